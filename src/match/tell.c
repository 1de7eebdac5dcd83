// SPDX-License-Identifier: Apache-2.0
#include "match/tell.h"

#include <string.h>

enum {
    QUOTE_MAX = 100, /* bytes of a value in a sentence; the evidence has it whole */
    TOLD_MAX = 3,    /* hits in a sentence */
};

/* What a hit on a field is called; %s: the value. */
static const struct {
    enum field_key key;
    const char *text;
} phrases[] = {
    {FIELD_NAME, "the name %s"},
    {FIELD_PURL, "the package %s"},
    {FIELD_CPE, "the CPE name %s"},
    {FIELD_SUPPLIER, "the supplier %s"},
    {FIELD_PUBLISHER, "the publisher %s"},
    {FIELD_AUTHOR, "the author %s"},
    {FIELD_MAINTAINER, "the maintainer %s"},
    {FIELD_MANUFACTURER, "the manufacturer %s"},
    {FIELD_COMPANY, "a version resource that names the company %s"},
    {FIELD_COPYRIGHT, "a copyright line, %s"},
    {FIELD_PRODUCT, "the product name %s"},
    {FIELD_DESCRIPTION, "the description %s"},
    {FIELD_CERTIFICATE_CN, "a certificate of %s"},
    {FIELD_CERTIFICATE_O, "a certificate of the organisation %s"},
    {FIELD_CERTIFICATE_ISSUER_CN, "a certificate issued by %s"},
    {FIELD_CERTIFICATE_ISSUER_O, "a certificate issued by the organisation %s"},
    {FIELD_CERTIFICATE_SHA256, "the certificate with the SHA-256 %s"},
    {FIELD_BUNDLE_ID, "the application id %s"},
    {FIELD_RECEIPT, "the installation receipt %s"},
    {FIELD_LAUNCHD, "the launchd job %s"},
    {FIELD_EXTENSION_ID, "the browser extension %s"},
    {FIELD_NATIVE_HOST, "the native-messaging host %s"},
    {FIELD_SERVICE, "the service %s"},
    {FIELD_DRIVER, "the driver %s"},
    {FIELD_KERNEL_MODULE, "the kernel module %s"},
    {FIELD_REGISTRY_KEY, "the registry key %s"},
    {FIELD_PATH, "a file at %s"},
    {FIELD_FILE_NAME, "a file named %s"},
    {FIELD_PROCESS, "a process named %s"},
    {FIELD_USER, "the user %s"},
    {FIELD_GROUP, "the group %s"},
    {FIELD_IMAGE, "the container image %s"},
    {FIELD_HOST, "the host %s"},
    {FIELD_URL, "the address %s"},
    {FIELD_MAGIC, "a file that begins as the product's do, with %s"},
    {FIELD_LITERAL, "the bytes %s in the file"},
    {FIELD_SYMBOL, "the symbol %s"},
    {FIELD_SONAME, "a library that calls itself %s"},
    {FIELD_NEEDED, "a program that loads %s"},
    {FIELD_JAVA_PACKAGE, "the Java package %s"},
    {FIELD_IMPORT, "an import of %s"},
    {FIELD_PCI_VENDOR, "a PCI device of the vendor %s"},
    {FIELD_USB_VENDOR, "a USB device of the vendor %s"},
    {FIELD_OUI, "a network address with the prefix %s"},
    {FIELD_DEVICE_NAME, "a device named %s"},
    {FIELD_PRODUCT_CODE, "the installer product code %s"},
    {FIELD_UPGRADE_CODE, "the installer upgrade code %s"},
    {FIELD_CLSID, "the COM class %s"},
    {FIELD_EVENT_LOG, "the event log %s"},
    {FIELD_ALTITUDE, "the filter driver altitude %s"},
    {FIELD_CLASS_FILTER, "the device class filter %s"},
    {FIELD_IP_PREFIX, "an address in %s"},
    {FIELD_ASN, "the autonomous system %s"},
};

static const struct {
    const char *type, *database;
} databases[] = {
    {"deb", "dpkg"},    {"rpm", "rpm"},    {"apk", "apk"},         {"pacman", "pacman"},
    {"alpm", "pacman"}, {"snap", "snapd"}, {"flatpak", "Flatpak"},
};

static struct sv quoted(struct sv value, struct arena *arena)
{
    size_t n = value.n;

    if (n <= QUOTE_MAX)
        return arena_printf(arena, "`%.*s`", (int)n, value.p);
    n = QUOTE_MAX;
    while (n && ((unsigned char)value.p[n] & 0xc0) == 0x80)
        n--;
    return arena_printf(arena, "`%.*s…`", (int)n, value.p);
}

static struct sv tell_package(const struct item *item, struct sv value, struct arena *arena)
{
    for (size_t i = 0; i < ARRAY_LEN(databases); i++) {
        if (!sv_eq(item->package_type, sv_str(databases[i].type)) || item->state == STATE_CONTAINED)
            continue;
        return arena_printf(arena, "%s package %.*s in the %s database",
                            item->state == STATE_RESIDUE ? "what is left of" : "registered",
                            (int)value.n, value.p, databases[i].database);
    }
    return arena_printf(arena, "the %.*s%spackage %.*s%s", (int)item->package_type.n,
                        item->package_type.p ? item->package_type.p : "",
                        item->package_type.n ? " " : "", (int)value.n, value.p,
                        item->state == STATE_REFERENCED  ? " in a manifest or lock file"
                        : item->state == STATE_CONTAINED ? " in an archive or image"
                                                         : "");
}

static struct sv tell_signature(const struct proof *p, struct sv value, struct arena *arena)
{
    const char *what = "a signature that nobody verified and that names";

    if (sv_eq(p->signature, SV("verified")))
        what = "a verified signature of";
    else if (sv_eq(p->signature, SV("untrusted")))
        what = "a valid signature without a trusted root that names";
    else if (sv_eq(p->signature, SV("unchecked")))
        what = "a signature that could not be checked and that names";
    else if (sv_eq(p->signature, SV("broken")))
        what = "a broken signature that names";
    else if (sv_eq(p->signature, SV("self-signed")))
        what = "a self-signed signature that names";
    return arena_printf(arena, "%s %.*s", what, (int)value.n, value.p);
}

static struct sv tell_proof(const struct item *item, const struct proof *p, struct arena *arena)
{
    struct sv value = quoted(p->value, arena);

    if (p->evidence.key == FIELD_PACKAGE)
        return tell_package(item, value, arena);
    if (p->evidence.family == FAMILY_SIGNATURE)
        return tell_signature(p, value, arena);
    for (size_t i = 0; i < ARRAY_LEN(phrases); i++) {
        const char *text = phrases[i].text, *hole = strstr(text, "%s");

        if (phrases[i].key == p->evidence.key)
            return arena_printf(arena, "%.*s%.*s%s", (int)(hole - text), text, (int)value.n,
                                value.p, hole + 2);
    }
    return arena_printf(arena, "%s %.*s", field_text(p->evidence.key), (int)value.n, value.p);
}

static const struct item *item_of(const struct group *g, const struct proof *p)
{
    for (size_t i = 0; i < g->part_count; i++)
        for (size_t k = 0; k < g->parts[i]->proof_count; k++)
            if (g->parts[i]->proofs[k] == p)
                return g->parts[i]->item;
    return g->parts[0]->item;
}

/* Whether `p` is worth a sentence beside those told already: other knowledge or another kind. */
static bool is_news(const struct proof *p, const struct proof *const *told, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (told[i]->evidence.rank == p->evidence.rank ||
            (told[i]->evidence.key == p->evidence.key && sv_eq(told[i]->value, p->value)))
            return false;
    return true;
}

/* The hits that decide: all of the best strength for which something new is to be said. */
static size_t choose(const struct proof *const *proofs, size_t count, enum confidence confidence,
                     const struct proof *told[TOLD_MAX])
{
    enum strength least = proofs[0]->evidence.effective;
    bool pair = confidence == CONFIDENCE_CONFIRMED && least < STRENGTH_CONCLUSIVE;
    size_t n = 0;

    for (size_t i = 0; i < count && n < TOLD_MAX; i++) {
        bool other_family = n == 0 || proofs[i]->evidence.family != told[0]->evidence.family;

        if (proofs[i]->evidence.effective < least || !is_news(proofs[i], told, n))
            continue;
        if (pair && (proofs[i]->evidence.capped || !other_family))
            continue;
        told[n++] = proofs[i];
    }
    return n;
}

struct sv tell_reason(const struct group *g, const struct proof *const *proofs, size_t count,
                      struct arena *arena)
{
    enum confidence confidence = group_confidence(g, FAMILY_COUNT_);
    const struct proof *told[TOLD_MAX];
    size_t n = choose(proofs, count, confidence, told);
    struct sv text = arena_printf(arena, "%s: ", confidence_text(confidence));

    for (size_t i = 0; i < n; i++) {
        struct sv what = tell_proof(item_of(g, told[i]), told[i], arena);
        const char *note = note_text(told[i]->evidence.note);

        text = arena_printf(arena, "%.*s%s%.*s (%s%s%s)", (int)text.n, text.p, i ? "; " : "",
                            (int)what.n, what.p, strength_text(told[i]->evidence.effective),
                            *note ? "; " : "", note);
    }
    return text;
}

static const char *without_text(enum confidence confidence)
{
    return confidence == CONFIDENCE_NONE ? "there would be no finding"
           : confidence == CONFIDENCE_TRACE
               ? "it would be a trace"
               : (confidence == CONFIDENCE_PROBABLE ? "it would be probable"
                                                    : "it would still be confirmed");
}

static const char *what_raises(const struct evidence *best)
{
    switch ((int)best->note) {
    case NOTE_UNTRUSTED:
        return "A chain to a trusted root, or a certificate whose digest the catalogue cites, "
               "would "
               "confirm it";
    case NOTE_UNCHECKED:
        return "A signature that can be checked would confirm it";
    case NOTE_BROKEN:
        return "An unbroken signature would confirm it";
    case NOTE_REFERENCE:
        return "The product itself, installed or present, would confirm it";
    case NOTE_PLACE_PROBABLE:
        return "The same in the place where the product puts it would confirm it";
    default:
        break;
    }
    switch ((int)best->family) {
    case FAMILY_SIGNATURE:
        return "A registered package, or another component with strong evidence that is no "
               "signature, would confirm it";
    case FAMILY_PACKAGE:
        return "A verified signature, or another component with strong evidence that is no package "
               "name, would confirm it";
    case FAMILY_CLAIM:
        return "A verified signature, a registered package, or strong evidence other than names "
               "and "
               "places would confirm it";
    default:
        return "A verified signature, a registered package, or strong evidence of another kind in "
               "another component would confirm it";
    }
}

struct sv tell_raise(const struct group *g, const struct proof *const *proofs, size_t count,
                     struct arena *arena)
{
    enum confidence confidence = group_confidence(g, FAMILY_COUNT_);
    const struct evidence *best = &proofs[0]->evidence;
    const char *without = without_text(group_confidence(g, best->family));

    (void)count;
    if (confidence == CONFIDENCE_CONFIRMED)
        return arena_printf(arena, "Nothing can raise it. Without the %s evidence %s.",
                            family_text(best->family), without);
    if (confidence == CONFIDENCE_PROBABLE)
        return arena_printf(arena, "%s. Without the %s evidence %s.", what_raises(best),
                            family_text(best->family), without);
    return arena_printf(arena,
                        "A verified signature, a registered package, or the product's files, "
                        "services or code in their own place would raise it. Without the %s "
                        "evidence %s.",
                        family_text(best->family), without);
}
