// SPDX-License-Identifier: Apache-2.0
#include "identify/columns.h"

#include <string.h>

/*
 * Words of headers, as people and tools write them: English, German, French, Spanish, Italian,
 * Russian. Compared without regard to ASCII case; '_', '-' and '.' are spaces.
 */
static const struct {
    enum field_key key;
    const char *words; /* parted by '|' */
} known[] = {
    {FIELD_NAME, "name|product|product name|productname|software|software name|softwarename|"
                 "application|application name|applicationname|app|app name|program|title|"
                 "display name|displayname|item|item name|article|asset|asset name|component|"
                 "produkt|produktname|programm|anwendung|bezeichnung|artikel|artikelbezeichnung|"
                 "produit|logiciel|nom|désignation|nom du produit|producto|nombre|aplicación|"
                 "prodotto|nome|applicazione|продукт|наименование|программа|название"},
    {FIELD_PRODUCT, "model|model name|modell|modèle|modelo|modello|модель|part|part number|"
                    "description of goods"},
    {FIELD_SUPPLIER, "vendor|vendor name|vendorname|supplier|supplier name|anbieter|lieferant|"
                     "fournisseur|proveedor|fornitore|поставщик|вендор"},
    {FIELD_MANUFACTURER, "manufacturer|manufacturer name|maker|make|brand|producer|hersteller|"
                         "marke|fabricant|marque|fabricante|marca|produttore|производитель|бренд"},
    {FIELD_PUBLISHER, "publisher|software publisher|developer|company|company name|herausgeber|"
                      "entwickler|éditeur|Éditeur|editeur|editor|editore|разработчик|издатель"},
    {FIELD_VERSION, "version|product version|productversion|software version|app version|"
                    "display version|displayversion|ver|versión|versione|версия|firmware version"},
    {FIELD_PACKAGE, "package|package name|packagename|paket"},
    {FIELD_PACKAGE_TYPE, "package type|packagetype|ecosystem"},
    {FIELD_PURL, "purl|package url"},
    {FIELD_CPE, "cpe|cpe23|cpe 2 3"},
    {FIELD_SHA256, "sha256|sha 256"},
    {FIELD_PRODUCT_CODE, "product code|productcode|identifyingnumber|identifying number"},
    {FIELD_BUNDLE_ID, "bundle id|bundleid|bundle identifier|bundleidentifier"},
    {FIELD_EXTENSION_ID, "extension id|extensionid"},
    {FIELD_IMAGE, "image|container image"},
    {FIELD_URL, "url|download url"},
    {FIELD_HOST, "host|host name|hostname|computer|computer name|computername|machine|"
                 "machine name|device name|devicename|node|server|rechner|rechnername|"
                 "computername|gerätename|gerät|ordinateur|equipo|hostnamen|компьютер"},
    {FIELD_SERIAL, "serial|serial number|serialnumber|serial no|s n|seriennummer|"
                   "numéro de série|número de serie|numero di serie|серийный номер"},
    {FIELD_MAC, "mac|mac address|macaddress|mac adresse|hardware address"},
};

static bool same_word(struct sv header, struct sv word)
{
    if (header.n != word.n)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        char c = header.p[i];

        if (c == '_' || c == '-' || c == '.' || c == '/')
            c = ' ';
        else if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != word.p[i])
            return false;
    }
    return true;
}

/* "Наименование" and the like: the first letter of a Cyrillic word may be a capital. */
static bool same_but_first(struct sv header, struct sv word)
{
    if (header.n < 3 || header.n != word.n || (unsigned char)header.p[0] != 0xd0 ||
        !sv_eq(sv_from(header, 2), sv_from(word, 2)))
        return false;
    // А to П are D0 90 to D0 9F, а to п D0 B0 to D0 BF, Р to Я D0 A0 to D0 AF, р to я D1 80 on.
    return ((unsigned char)word.p[0] == 0xd0 &&
            (unsigned char)word.p[1] == (unsigned char)header.p[1] + 0x20) ||
           ((unsigned char)word.p[0] == 0xd1 &&
            (unsigned char)word.p[1] + 0x20 == (unsigned char)header.p[1]);
}

bool column_of(struct sv header, enum field_key *ret_key)
{
    header = sv_trim(header);
    for (size_t i = 0; header.n && i < ARRAY_LEN(known); i++) {
        struct sv rest = sv_str(known[i].words);

        while (rest.n) {
            struct sv word = sv_cut(&rest, '|');

            if (same_word(header, word) || same_but_first(header, word)) {
                *ret_key = known[i].key;
                return true;
            }
        }
    }
    return false;
}

/* What says something of the record or the scan is in no table of goods. */
static bool may_be_column(enum field_key key)
{
    return field_is_identity(key) || key == FIELD_PATH || key == FIELD_FILE_NAME ||
           key == FIELD_SERIAL || key == FIELD_MAC || key == FIELD_PROFILE;
}

/* Up to the next comma outside of quotes. */
static struct sv cut_pair(struct sv *rest)
{
    struct sv pair = *rest;
    bool quoted = false;

    for (size_t i = 0; i < rest->n; i++) {
        quoted ^= rest->p[i] == '"';
        if (rest->p[i] == ',' && !quoted) {
            pair.n = i;
            *rest = sv_from(*rest, i + 1);
            return pair;
        }
    }
    *rest = (struct sv){0};
    return pair;
}

int columns_read(struct sv text, struct columns *ret, struct err *err)
{
    *ret = (struct columns){0};
    while (text.n) {
        struct sv header = cut_pair(&text), name = sv_trim(sv_cut(&header, '='));
        enum field_key key;

        header = sv_trim(header);
        if (header.n >= 2 && header.p[0] == '"' && sv_ends(header, SV("\"")))
            header = (struct sv){header.p + 1, header.n - 2};
        if (name.n == 0 || header.n == 0)
            return ERR(err, ERR_USAGE,
                       "--columns: '%.*s' has to be FIELD=COLUMN, such as name=Product",
                       (int)name.n, name.n ? name.p : "");
        if (!(field_from_text(name, &key) && may_be_column(key)) && !column_of(name, &key))
            return ERR(err, ERR_USAGE,
                       "--columns: there is no field '%.*s'; name, vendor, manufacturer, "
                       "publisher, version, package, purl, cpe, product, host, serial and mac are "
                       "what most tables have",
                       (int)name.n, name.p);
        if (ret->count == COLUMNS_MAX)
            return ERR(err, ERR_USAGE, "--columns: more than %d columns", COLUMNS_MAX);
        ret->at[ret->count].key = key;
        ret->at[ret->count++].header = header;
    }
    return ret->count ? 0 : ERR(err, ERR_USAGE, "--columns: FIELD=COLUMN was expected");
}
