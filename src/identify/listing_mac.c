// SPDX-License-Identifier: Apache-2.0
/*
 * What system_profiler of macOS prints, as text and as a property list:
 *
 *     Applications:
 *
 *         Some Program:
 *
 *           Version: 1.2
 *           Signed by: Developer ID Application: Acme (ABCDE12345), Developer ID …, Apple Root CA
 *           Location: /Applications/Some Program.app
 */
#include "identify/listing_mac.h"
#include "identify/property_list.h"

enum {
    TEAM_ID_LENGTH = 10,
    INDENT_NAME = 4,
    INDENT_VALUE = 6,
};

/* Nobody checks the signature here, and so it proves nothing. */
static void claim_signer(struct claims *c, struct sv signer)
{
    size_t open = sv_find_last(signer, '(');

    if (signer.n == 0)
        return;
    claim_in_group(c, FIELD_SIGNATURE, SV("unchecked"), 1);
    claim_in_group(c, FIELD_SIGNER_CN, signer, 1);
    if (open != SIZE_MAX && sv_ends(signer, SV(")")) && signer.n - open - 2 == TEAM_ID_LENGTH)
        claim_in_group(c, FIELD_TEAM_ID, (struct sv){signer.p + open + 1, TEAM_ID_LENGTH}, 1);
}

void mac_item_emit(struct listing *l, const struct mac_item *item)
{
    struct claims c = listing_claims(l, TYPE_APPLICATION, item->name);

    if (c.name.n == 0)
        return;
    c.version = item->version;
    if (sv_starts(item->data_type, SV("SPExtensions")))
        c.type = TYPE_DEVICE_DRIVER;
    claim(&c, FIELD_BUNDLE_ID, item->bundle_id);
    claim(&c, FIELD_PATH, claimed_path(item->path, c.arena));
    claim_signer(&c, item->signer);
    listing_emit(l, &c);
}

/* ---- text ---- */

static size_t indent_of(struct sv line)
{
    size_t n = 0;

    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

static bool is_profile(struct listing l)
{
    struct sv line;
    size_t names = 0, values = 0;

    for (unsigned n = 0; n < 12 && listing_text_line(&l, &line); n++) {
        size_t indent = indent_of(line);

        names += indent == INDENT_NAME && sv_ends(line, SV(":"));
        values += indent == INDENT_VALUE && sv_find(line, SV(": ")) != SIZE_MAX;
        if (n == 0 && (indent != 0 || !sv_ends(line, SV(":"))))
            return false;
    }
    return names && values;
}

static int read_profile(struct listing *l, struct err *err)
{
    struct mac_item item = {0};
    struct sv line;

    (void)err;
    while (listing_text_line(l, &line)) {
        struct sv value = line, label = sv_trim(sv_cut(&value, ':'));

        value = sv_trim(value);
        if (indent_of(line) <= INDENT_NAME && sv_ends(line, SV(":"))) {
            mac_item_emit(l, &item);
            item = (struct mac_item){0};
            if (indent_of(line) == INDENT_NAME)
                item.name = sv_trim((struct sv){line.p, line.n - 1});
        } else if (sv_eq(label, SV("Version"))) {
            item.version = value;
        } else if (sv_eq(label, SV("Signed by"))) {
            item.signer = sv_trim(sv_cut(&value, ','));
        } else if (sv_eq(label, SV("Bundle ID"))) {
            item.bundle_id = value;
        } else if (sv_eq(label, SV("Location"))) {
            item.path = value;
        }
    }
    mac_item_emit(l, &item);
    return 0;
}

/* ---- property lists ---- */

static bool is_profile_list(struct listing l)
{
    return (sv_starts(l.rest, SV("<?xml")) || sv_starts(l.rest, SV("<plist"))) &&
           sv_find(l.rest, SV("<key>_dataType</key>")) != SIZE_MAX;
}

static void read_item(struct listing *l, struct sv data_type, const struct property *p)
{
    const struct property *signers = property_get(p, "signed_by");
    struct mac_item item = {
        .data_type = data_type,
        .name = property_get_text(p, "_name"),
        .version = property_get_text(p, "version"),
        .path = property_get_text(p, "path"),
        .bundle_id = property_get_text(p, "spext_bundleid"),
        .signer = property_text(property_at(signers, 0)),
    };

    if (item.version.n == 0)
        item.version = property_get_text(p, "spext_version");
    if (item.path.n == 0)
        item.path = property_get_text(p, "spext_path");
    mac_item_emit(l, &item);
}

static int read_profile_list(struct listing *l, struct err *err)
{
    const struct span bytes = {(const uint8_t *)l->all.p, l->all.n};
    auto_property *root = NULL;

    if (bytes.n > PROPERTY_LIST_MAX)
        return ERR(err, ERR_LIMIT, "a property list of %zu bytes", bytes.n);
    TRY(property_list_parse(bytes, l->job->arena, &root, err));
    for (size_t i = 0; i < property_count(root); i++) {
        const struct property *part = property_at(root, i), *items = property_get(part, "_items");

        for (size_t k = 0; k < property_count(items); k++) {
            l->number++;
            read_item(l, property_get_text(part, "_dataType"), property_at(items, k));
        }
    }
    return l->any || l->named ? 0 : RECOG_NOT_MINE;
}

const struct listing_format listings_of_mac[] = {
    {"system_profiler -xml", is_profile_list, read_profile_list},
    {"system_profiler", is_profile, read_profile},
    {0},
};
