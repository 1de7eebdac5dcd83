// SPDX-License-Identifier: Apache-2.0
/*
 * Certificates that Windows keeps in its registry:
 *
 *     Microsoft\SystemCertificates\<store>\Certificates\<SHA-1>    Blob
 *     Microsoft\EnterpriseCertificates\…, Policies\Microsoft\SystemCertificates\…
 *
 *     Blob   property*     property   u32 id, u32 1, u32 n, n bytes      (little-endian)
 *
 * Property 32 is the certificate itself, in DER. A store of trust makes what it holds trusted; what
 * is in "My" (somebody's own) or "Disallowed" (never to be trusted) is at most a trace.
 *
 * Formats: MS-GPEF section 2.2.1 (serialised certificates), RFC 5280.
 */
#include "identify/certificate_fields.h"
#include "identify/registry.h"

enum {
    PROPERTY_CERTIFICATE = 32,
};

struct store {
    bool trusts;
};

/* The certificate in a blob; empty when there is none. */
static struct span certificate_in(struct span blob)
{
    struct reader r = reader_over(blob);

    while (r.rest.n && reader_ok(&r)) {
        uint32_t id = reader_u32le(&r);
        struct span bytes;

        reader_skip(&r, 4);
        bytes = reader_take(&r, reader_u32le(&r));
        if (id == PROPERTY_CERTIFICATE && reader_ok(&r))
            return bytes;
    }
    return (struct span){0};
}

static void certificate(struct registry *r, const struct store *store, const struct hive_key *key,
                        struct sv path)
{
    struct hive_value value;
    struct certificate c;
    struct span der;
    struct err err;
    int result;

    if (!hive_value(r->h, key, "Blob", &value))
        return;
    der = certificate_in(hive_data(r->h, &value));
    result = certificate_parse(der, r->arena, &c, NULL, &err);
    if (result < 0) {
        hive_fail(r->h, result, &err);
        return;
    }
    certificate_emit(r->out, &c, store->trusts ? "system" : "loose", r->gate->state,
                     store->trusts ? r->gate->ceiling : CONFIDENCE_TRACE, value.offset, value.size);
    emit_field(r->out, FIELD_ROW, path);
}

static bool is_trusting(struct sv name)
{
    static const char *const names[] = {"ROOT",          "AuthRoot", "CA", "TrustedPublisher",
                                        "TrustedPeople", "Trust"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (sv_eq_nocase(name, sv_str(names[i])))
            return true;
    return false;
}

static void certificate_store(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct store store = {is_trusting(key->name)};
    struct hive_key all, one;
    struct hive_keys keys;

    if (!hive_find(r->h, key, SV("Certificates"), &all))
        return;
    path = registry_join(r, path, SV("Certificates"));
    keys = hive_keys(r->h, &all);
    while (hive_next_key(r->h, &keys, &one))
        certificate(r, &store, &one, registry_join(r, path, one.name));
}

void registry_certificates(struct registry *r)
{
    registry_each(r, "", "Microsoft\\SystemCertificates", certificate_store);
    registry_each(r, "", "Microsoft\\EnterpriseCertificates", certificate_store);
    registry_each(r, "", "Policies\\Microsoft\\SystemCertificates", certificate_store);
}
