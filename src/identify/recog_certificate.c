// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises X.509 certificates in files: PEM bundles, single PEM files and DER.
 *
 * Each certificate is a component with one group of certificate-* fields. Where the file stands
 * says what it does there:
 *
 *     system   the operating system's trust store, or what it is made from
 *     bundle   several CA certificates in one file: somebody's own trust store
 *     loose    a certificate as a file; at most a trace, unless it is a self-signed CA, which is
 *              kept only to be trusted
 *
 * Formats: RFC 7468 (PEM), RFC 5280.
 */
#include "identify/certificate_fields.h"
#include "identify/recogniser.h"

enum {
    TAG_SYSTEM,
    TAG_ANY,
    TAG_DER,
    FILE_MAX = 32 << 20,
};

static void emit_one(const struct job *job, const struct certificate *c, const char *store,
                     uint64_t offset, uint64_t length)
{
    enum confidence ceiling = job->gate->ceiling;

    if (sv_eq(sv_str(store), SV("loose")) && !(c->is_ca && c->self_signed))
        ceiling = CONFIDENCE_TRACE;
    certificate_emit(job->out, c, store, job->gate->state, ceiling, offset, length);
}

/* How many CA certificates a text has, counted no further than two. */
static int count_cas(struct sv text, struct arena *arena)
{
    struct certificate c;
    struct span der;
    struct sv block;
    struct err err;
    int cas = 0, r;

    while (cas < 2 &&
           (r = certificate_next_pem(&text, arena, &der, &block, &err)) != CERTIFICATE_NONE)
        if (r == 0 && certificate_parse(der, arena, &c, NULL, &err) == 0)
            cas += c.is_ca;
    return cas;
}

static int identify_pem(const struct job *job, struct sv all, struct err *err)
{
    const char *store = job->gate->tag == TAG_SYSTEM     ? "system"
                        : count_cas(all, job->arena) > 1 ? "bundle"
                                                         : "loose";
    struct sv text = all, block;
    struct certificate c;
    struct span der;
    struct err wrong;
    int result = RECOG_NOT_MINE, r;

    while ((r = certificate_next_pem(&text, job->arena, &der, &block, &wrong)) !=
           CERTIFICATE_NONE) {
        if (r == 0)
            r = certificate_parse(der, job->arena, &c, NULL, &wrong);
        if (r == -ERR_NOMEM || r == -ERR_LIMIT)
            return *err = wrong, r;
        if (r < 0) {
            // A block that is no certificate does not hide those after it.
            if (result >= 0) {
                result = r;
                *err = wrong;
            }
            continue;
        }
        emit_one(job, &c, store, (uint64_t)(block.p - all.p), block.n);
        if (result == RECOG_NOT_MINE)
            result = 0;
    }
    return result;
}

static int identify_der(const struct job *job, struct span all, struct err *err)
{
    struct certificate c;
    struct err wrong;
    size_t used;
    int r = certificate_parse(all, job->arena, &c, &used, &wrong);

    // Much begins like a SEQUENCE and is none of ours: keys, requests, signed data.
    if (r == -ERR_FORMAT)
        return RECOG_NOT_MINE;
    if (r < 0)
        return *err = wrong, r;
    emit_one(job, &c, job->gate->tag == TAG_SYSTEM ? "system" : "loose", 0, used);
    return 0;
}

static int identify_certificate(const struct job *job, struct err *err)
{
    struct span head = job->bytes->head, all;

    if (head.n < 4)
        return RECOG_NOT_MINE;
    if (head.p[0] != 0x30 && sv_find(sv_of(head), SV("-----BEGIN ")) == SIZE_MAX)
        return RECOG_NOT_MINE;
    if (job->bytes->size > FILE_MAX)
        return ERR(err, ERR_LIMIT, "certificates: a file of more than %d MiB", FILE_MAX >> 20);
    TRY(source_read_all(job->bytes, FILE_MAX, job->arena, &all, err));
    return head.p[0] == 0x30 ? identify_der(job, all, err) : identify_pem(job, sv_of(all), err);
}

/* A place of the system's trust store: installed, at the root that lies `up` names above. */
#define SYSTEM(pattern, up) \
    { \
        .path = pattern, .state = STATE_INSTALLED, .anchor_up = up, .tag = TAG_SYSTEM \
    }
/* Anywhere else: the file itself is the place of installation. */
#define ANYWHERE(pattern) \
    { \
        .path = pattern, .state = STATE_PRESENT, .tag = TAG_ANY \
    }

static const struct gate gates[] = {
    SYSTEM("etc/ssl/certs/*", 4), // Debian, Alpine
    SYSTEM("etc/ssl/cert.pem", 3),
    SYSTEM("etc/ssl/ca-bundle.pem", 3),
    SYSTEM("usr/local/share/ca-certificates/*.crt", 5),
    SYSTEM("usr/local/share/ca-certificates/*/*.crt", 6),
    SYSTEM("usr/share/ca-certificates/*/*.crt", 5),
    SYSTEM("etc/pki/ca-trust/source/anchors/*", 6), // Fedora, RHEL
    SYSTEM("etc/pki/ca-trust/extracted/pem/*", 6),
    SYSTEM("etc/pki/tls/certs/*", 5),
    SYSTEM("usr/share/pki/ca-trust-source/anchors/*", 6),
    SYSTEM("etc/pki/trust/anchors/*", 5), // SUSE
    SYSTEM("usr/share/pki/trust/anchors/*", 6),
    SYSTEM("etc/ca-certificates/trust-source/anchors/*", 5), // Arch
    SYSTEM("etc/ca-certificates/extracted/*", 4),
    ANYWHERE("*.pem"),
    ANYWHERE("*.crt"),
    ANYWHERE("*.cer"),
    ANYWHERE("*.der"),
    ANYWHERE("*.ca-bundle"),
    ANYWHERE("*.cert"),
    {.magic = {"-----BEGIN CERTIFICATE-----", 27}, .state = STATE_PRESENT, .tag = TAG_ANY},
    {.magic = {"-----BEGIN TRUSTED CERTIFICATE-----", 35}, .state = STATE_PRESENT, .tag = TAG_ANY},
    {0},
};

const struct recogniser recog_certificate = {
    .name = "certificate",
    .summary = "X.509 certificates in trust stores, bundles and files",
    .epoch = 1,
    .gates = gates,
    .identify = identify_certificate,
};
