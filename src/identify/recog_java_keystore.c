// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises the certificates in a Java keystore: JKS and JCEKS files, which `cacerts` is one of.
 *
 *     u32 magic feedfeed (JKS) or cececece (JCEKS)   u32 version, 1 or 2   u32 entries
 *     entry   u32 tag   utf alias   u64 date
 *       tag 1  private key: u32 n, n bytes; u32 certificates, certificate …
 *       tag 2  trusted certificate: certificate
 *       tag 3  secret key (JCEKS): a serialised object of no told length: reading ends there
 *     certificate   utf type (version 2 only)   u32 n, n bytes of DER
 *     utf   u16 n, n bytes
 *
 * All big-endian. Source: the description at the top of OpenJDK's JavaKeyStore.java.
 */
#include "identify/certificate_fields.h"
#include "identify/recogniser.h"

enum {
    FILE_MAX = 64 << 20,
    TAG_PRIVATE_KEY = 1,
    TAG_TRUSTED = 2,
    TAG_SECRET_KEY = 3,
    VERSION_TYPED = 2,
};

static struct span take_utf(struct reader *r)
{
    return reader_take(r, reader_u16be(r));
}

static int read_certificate(const struct job *job, struct reader *r, struct span all,
                            uint32_t version, bool trusted, struct sv alias, struct err *err)
{
    enum confidence ceiling = trusted ? job->gate->ceiling : CONFIDENCE_TRACE;
    struct certificate c;
    struct span der;

    if (version == VERSION_TYPED)
        (void)take_utf(r);
    der = reader_take(r, reader_u32be(r));
    if (!reader_ok(r))
        return ERR(err, ERR_FORMAT, "Java keystore: a certificate runs past the end");
    TRY(certificate_parse(der, job->arena, &c, NULL, err));
    certificate_emit(job->out, &c, "java", job->gate->state, ceiling, (uint64_t)(der.p - all.p),
                     der.n);
    emit_fieldf(job->out, FIELD_ROW, "alias %.*s", (int)alias.n, alias.p);
    return 0;
}

static int read_entry(const struct job *job, struct reader *r, struct span all, uint32_t version,
                      struct err *err)
{
    uint32_t tag = reader_u32be(r), certificates = 1;
    struct sv alias = sv_of(take_utf(r));

    (void)reader_u64be(r);
    if (!reader_ok(r))
        return ERR(err, ERR_FORMAT, "Java keystore: cut short");
    if (tag == TAG_SECRET_KEY)
        return ERR(err, ERR_UNSUPPORTED, "Java keystore: a secret key hides what follows it");
    if (tag == TAG_PRIVATE_KEY) {
        reader_skip(r, reader_u32be(r));
        certificates = reader_u32be(r);
    } else if (tag != TAG_TRUSTED) {
        return ERR(err, ERR_FORMAT, "Java keystore: an entry of unknown kind %u", tag);
    }
    for (uint32_t i = 0; i < certificates; i++)
        TRY(read_certificate(job, r, all, version, tag == TAG_TRUSTED, alias, err));
    return 0;
}

static int identify_java_keystore(const struct job *job, struct err *err)
{
    struct span all;
    struct reader r;
    uint32_t version, entries;

    TRY(source_read_all(job->bytes, FILE_MAX, job->arena, &all, err));
    r = reader_over(all);
    reader_skip(&r, 4);
    version = reader_u32be(&r);
    entries = reader_u32be(&r);
    if (!reader_ok(&r) || version < 1 || version > VERSION_TYPED)
        return RECOG_NOT_MINE;
    for (uint32_t i = 0; i < entries; i++)
        TRY(read_entry(job, &r, all, version, err));
    return 0;
}

#define JKS \
    { \
        "\xfe\xed\xfe\xed", 4 \
    }
#define JCEKS \
    { \
        "\xce\xce\xce\xce", 4 \
    }

static const struct gate gates[] = {
    {.path = "etc/ssl/certs/java/cacerts", .magic = JKS, .state = STATE_INSTALLED, .anchor_up = 5},
    {.path = "etc/pki/ca-trust/extracted/java/cacerts",
     .magic = JKS,
     .state = STATE_INSTALLED,
     .anchor_up = 6},
    {.magic = JKS, .state = STATE_PRESENT},
    {.magic = JCEKS, .state = STATE_PRESENT},
    {0},
};

const struct recogniser recog_java_keystore = {
    .name = "java_keystore",
    .summary = "certificates in Java keystores",
    .epoch = 1,
    .gates = gates,
    .identify = identify_java_keystore,
};
