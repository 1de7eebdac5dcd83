// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises the certificates in a Java keystore: JKS and JCEKS files, or PKCS#12, which Java makes
 * since version 9 and others use too. `cacerts` is any of them.
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
 *
 * A certificate that stands with a private key is somebody's own and not trusted: a trace.
 */
#include "identify/certificate_fields.h"
#include "identify/recogniser.h"
#include "trust/keystore.h"

#define JKS "\xfe\xed\xfe\xed"
#define JCEKS "\xce\xce\xce\xce"
#define DER_SEQUENCE "\x30"

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

static int identify_jks(const struct job *job, struct err *err)
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

static void emit_pkcs12(void *to, const struct certificate *c, struct sv alias, bool trusted)
{
    const struct job *job = to;

    certificate_emit(job->out, c, "java", job->gate->state,
                     trusted ? job->gate->ceiling : CONFIDENCE_TRACE, 0, 0);
    if (alias.n)
        emit_fieldf(job->out, FIELD_ROW, "alias %.*s", (int)alias.n, alias.p);
}

static int identify_pkcs12(const struct job *job, struct err *err)
{
    struct job copy = *job;
    struct keystore_visitor visitor = {&copy, emit_pkcs12};
    struct span all;
    int result;

    TRY(source_read_all(job->bytes, FILE_MAX, job->arena, &all, err));
    result = keystore_read_pkcs12(all, job->arena, &visitor, err);
    return result == KEYSTORE_NONE ? RECOG_NOT_MINE : result;
}

static int identify_java_keystore(const struct job *job, struct err *err)
{
    struct sv head = sv_of(job->bytes->head);

    if (sv_starts(head, SV(JKS)) || sv_starts(head, SV(JCEKS)))
        return identify_jks(job, err);
    return sv_starts(head, SV(DER_SEQUENCE)) ? identify_pkcs12(job, err) : RECOG_NOT_MINE;
}

/* A trust store that programs use; its root or, for a runtime of its own, that lies `up` above. */
#define IN_USE(pattern, up) \
    { \
        .path = pattern, .state = STATE_INSTALLED, .anchor_up = up \
    }
#define ANYWHERE(pattern) \
    { \
        .path = pattern, .state = STATE_PRESENT \
    }

static const struct gate gates[] = {
    IN_USE("etc/ssl/certs/java/cacerts", 5),
    IN_USE("etc/pki/ca-trust/extracted/java/cacerts", 6),
    IN_USE("etc/ca-certificates/extracted/java-cacerts.jks", 4),
    IN_USE("lib/security/cacerts", 3),
    IN_USE("lib/security/jssecacerts", 3),
    ANYWHERE("cacerts"),
    ANYWHERE("*.jks"),
    ANYWHERE("*.jceks"),
    ANYWHERE("*.keystore"),
    ANYWHERE("*.truststore"),
    ANYWHERE("*.p12"),
    ANYWHERE("*.pfx"),
    {.magic = {JKS, 4}, .state = STATE_PRESENT},
    {.magic = {JCEKS, 4}, .state = STATE_PRESENT},
    {0},
};

const struct recogniser recog_java_keystore = {
    .name = "java_keystore",
    .summary = "certificates in Java keystores and PKCS#12 files",
    .epoch = 1,
    .gates = gates,
    .identify = identify_java_keystore,
};
