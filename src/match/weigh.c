// SPDX-License-Identifier: Apache-2.0
#include "match/weigh.h"

const char *family_text(enum family family)
{
    static const char *const texts[] = {
#define X(name, text) text,
        FAMILIES(X)
#undef X
    };

    return texts[family];
}

const char *note_text(enum note note)
{
    static const char *const texts[] = {
#define X(name, text) text,
        NOTES(X)
#undef X
    };

    return texts[note];
}

enum family family_of(enum field_key key)
{
    switch ((int)key) {
    case FIELD_SIGNATURE:
    case FIELD_SIGNER_CN:
    case FIELD_SIGNER_O:
    case FIELD_SIGNER_SERIAL_NUMBER:
    case FIELD_SIGNER_SHA256:
    case FIELD_SIGNER_ISSUER:
    case FIELD_SIGNER_CERTIFICATE_SERIAL:
    case FIELD_TEAM_ID:
        return FAMILY_SIGNATURE;
    case FIELD_PACKAGE:
    case FIELD_PACKAGE_TYPE:
    case FIELD_PURL:
    case FIELD_CPE:
    case FIELD_BUNDLE_ID:
    case FIELD_RECEIPT:
    case FIELD_PRODUCT_CODE:
    case FIELD_UPGRADE_CODE:
    case FIELD_IMAGE:
        return FAMILY_PACKAGE;
    case FIELD_SHA256:
    case FIELD_BUILD_ID:
    case FIELD_MAGIC:
    case FIELD_LITERAL:
    case FIELD_SYMBOL:
    case FIELD_SONAME:
    case FIELD_NEEDED:
    case FIELD_JAVA_PACKAGE:
    case FIELD_IMPORT:
        return FAMILY_CONTENT;
    case FIELD_SERVICE:
    case FIELD_DRIVER:
    case FIELD_KERNEL_MODULE:
    case FIELD_LAUNCHD:
    case FIELD_REGISTRY_KEY:
    case FIELD_NATIVE_HOST:
    case FIELD_EXTENSION_ID:
    case FIELD_CLSID:
    case FIELD_EVENT_LOG:
    case FIELD_ALTITUDE:
    case FIELD_CLASS_FILTER:
        return FAMILY_REGISTRATION;
    case FIELD_CERTIFICATE_CN:
    case FIELD_CERTIFICATE_O:
    case FIELD_CERTIFICATE_ISSUER_CN:
    case FIELD_CERTIFICATE_ISSUER_O:
    case FIELD_CERTIFICATE_SHA256:
    case FIELD_CERTIFICATE_SERIAL:
    case FIELD_CERTIFICATE_KIND:
    case FIELD_CERTIFICATE_STORE:
        return FAMILY_CERTIFICATE;
    case FIELD_PCI_VENDOR:
    case FIELD_USB_VENDOR:
    case FIELD_DEVICE_ID:
    case FIELD_OUI:
    case FIELD_MAC:
    case FIELD_DEVICE_NAME:
        return FAMILY_DEVICE;
    case FIELD_HOST:
    case FIELD_URL:
    case FIELD_IP_PREFIX:
    case FIELD_ASN:
    case FIELD_LISTEN:
        return FAMILY_NETWORK;
    default:
        return FAMILY_CLAIM;
    }
}

static void lower(struct evidence *e, enum strength most, enum note note)
{
    if (e->effective <= most)
        return;
    e->effective = most;
    e->note = note;
}

/* Strong at most, and not one of two strong ones that confirm. */
static void cap(struct evidence *e, enum note note)
{
    if (e->effective < STRENGTH_STRONG || e->capped)
        return;
    e->effective = STRENGTH_STRONG;
    e->capped = true;
    e->note = note;
}

static struct sv in_group(const struct component *c, uint16_t group, enum field_key key)
{
    for (size_t i = 0; i < c->field_count; i++)
        if (c->fields[i].group == group && c->fields[i].key == key)
            return c->fields[i].value;
    return (struct sv){0};
}

/* ---- signatures ---- */

/* The certificate that signed is itself one whose digest the catalogue cites. */
static bool certificate_is_cited(const struct component *c, const struct matcher_hit *hits,
                                 size_t count, uint16_t group)
{
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &c->fields[hits[i].field];

        if (f->key == FIELD_SIGNER_SHA256 && f->group == group)
            return true;
    }
    return false;
}

static void weigh_signature(const struct component *c, const struct matcher_hit *hits, size_t count,
                            const struct matcher_hit *hit, struct evidence *e)
{
    struct sv signature = in_group(c, hit->signature, FIELD_SIGNATURE);

    if (sv_eq(signature, SV("verified")))
        return;
    if (sv_eq(signature, SV("broken"))) {
        cap(e, NOTE_BROKEN);
        return;
    }
    if (signature.n && certificate_is_cited(c, hits, count, hit->signature))
        return;
    if (sv_eq(signature, SV("untrusted")))
        cap(e, NOTE_UNTRUSTED);
    else if (sv_eq(signature, SV("unchecked")))
        cap(e, NOTE_UNCHECKED);
    else
        lower(e, STRENGTH_WEAK,
              sv_eq(signature, SV("self-signed")) ? NOTE_SELF_SIGNED : NOTE_UNVERIFIED);
}

/*
 * An application id inside a signature is as good as that signature. Where nothing is signed it is
 * a claim, however conclusive the id is for what a system has installed.
 */
static void weigh_identifier(const struct component *c, const struct matcher_hit *hits,
                             size_t count, const struct matcher_hit *hit, struct evidence *e)
{
    struct matcher_hit inside = *hit;

    inside.signature = c->fields[e->field].group;
    if (sv_eq(in_group(c, inside.signature, FIELD_SIGNATURE), SV("unsigned")))
        cap(e, NOTE_UNSIGNED);
    else
        weigh_signature(c, hits, count, &inside, e);
}

/* What a program says of its maker is worth the same, but a reader must know who vouches for it. */
static void note_signer(const struct component *c, const struct matcher_hit *hits, size_t count,
                        struct evidence *e)
{
    struct sv signature = component_get(c, FIELD_SIGNATURE);

    if (signature.n == 0 || e->note != NOTE_NONE ||
        (e->key != FIELD_COMPANY && e->key != FIELD_PRODUCT && e->key != FIELD_COPYRIGHT))
        return;
    for (size_t i = 0; i < count; i++)
        if (family_of(c->fields[hits[i].field].key) == FAMILY_SIGNATURE)
            return;
    e->note = sv_eq(signature, SV("unsigned")) ? NOTE_UNSIGNED : NOTE_FOREIGN;
}

/* ---- certificates ---- */

/*
 * The vendor's name alone: on a certificate that its holder has made himself it is anyone's, and a
 * genuine one of a site or a person lies in many a test corpus.
 */
static void weigh_certificate(const struct component *c, const struct matcher_hit *hits,
                              size_t count, struct evidence *e)
{
    uint16_t group = c->fields[e->field].group;
    struct sv kind = in_group(c, group, FIELD_CERTIFICATE_KIND);
    bool self_signed = sv_starts(kind, SV("self-signed"));

    if (e->key != FIELD_CERTIFICATE_O || (!self_signed && !sv_eq(kind, SV("leaf"))))
        return;
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &c->fields[hits[i].field];

        if (f->group == group &&
            (f->key == FIELD_CERTIFICATE_CN || f->key == FIELD_CERTIFICATE_SHA256))
            return;
    }
    lower(e, STRENGTH_WEAK, self_signed ? NOTE_OWN_CERTIFICATE : NOTE_LEAF);
}

/* ---- words ---- */

/* Whether the indicator says itself in which files it means something. */
static bool names_its_files(const struct indicator *in)
{
    for (size_t i = 0; i < in->with_count; i++)
        if (in->with[i].field == FIELD_FILE_NAME || in->with[i].field == FIELD_PATH)
            return true;
    return false;
}

/* Everybody may write about a product: news, lists of what others detect, a licence. */
static void weigh_words(const struct component *c, struct evidence *e)
{
    if (e->key == FIELD_LITERAL && c->type == TYPE_FILE && c->state == STATE_REFERENCED &&
        !names_its_files(e->indicator))
        lower(e, STRENGTH_WEAK, NOTE_WORDS);
}

/* ---- the component as a whole ---- */

static bool is_mention(enum field_key key)
{
    return key == FIELD_IMPORT || key == FIELD_URL || key == FIELD_HOST || key == FIELD_IP_PREFIX ||
           key == FIELD_ASN;
}

static void weigh_component(const struct component *c, struct evidence *e, size_t count)
{
    bool mentions = true;

    for (size_t i = 0; i < count; i++)
        mentions &= is_mention(e[i].key);
    for (size_t i = 0; i < count; i++) {
        if (mentions)
            lower(&e[i], STRENGTH_WEAK, NOTE_MENTION);
        if (c->ceiling == CONFIDENCE_TRACE)
            lower(&e[i], STRENGTH_WEAK, NOTE_PLACE_TRACE);
        if (c->state == STATE_REFERENCED)
            cap(&e[i], NOTE_REFERENCE);
        if (c->ceiling == CONFIDENCE_PROBABLE)
            cap(&e[i], NOTE_PLACE_PROBABLE);
    }
}

void weigh(const struct component *c, const struct matcher_hit *hits, size_t count,
           struct evidence *ret)
{
    for (size_t i = 0; i < count; i++) {
        struct evidence *e = &ret[i];

        *e = (struct evidence){
            .indicator = hits[i].indicator,
            .rank = hits[i].rank,
            .reach = hits[i].reach,
            .field = hits[i].field,
            .key = c->fields[hits[i].field].key,
            .family = family_of(c->fields[hits[i].field].key),
            .effective = hits[i].indicator->strength,
        };
        if (e->family == FAMILY_CLAIM)
            lower(e, STRENGTH_STRONG, NOTE_NAME);
        if (e->family == FAMILY_SIGNATURE || hits[i].signature)
            weigh_signature(c, hits, count, &hits[i], e);
        else if (e->key == FIELD_BUNDLE_ID && c->fields[e->field].group)
            weigh_identifier(c, hits, count, &hits[i], e);
        else
            note_signer(c, hits, count, e);
        if (e->family == FAMILY_CERTIFICATE)
            weigh_certificate(c, hits, count, e);
        weigh_words(c, e);
    }
    weigh_component(c, ret, count);
}
