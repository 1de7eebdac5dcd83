// SPDX-License-Identifier: Apache-2.0
#include "trust/certificate.h"

#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "trust/base64.h"
#include "trust/digest.h"
#include "trust/seen_certificates.h"
#include "trust/x509.h"

enum {
    LABEL_MAX = 64, /* bytes of "X509 CERTIFICATE-----" and the like */
};

int x509_error(struct err *err, enum err_code code, const char *what)
{
    unsigned long last = ERR_peek_last_error();
    const char *reason = last ? ERR_reason_error_string(last) : NULL;

    ERR_clear_error();
    return ERR(err, code, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
}

static struct sv name_part(const X509_NAME *name, int nid, struct arena *arena)
{
    struct sv text = {0};
    int at = -1, last = -1;

    while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
        last = at;
    if (last < 0)
        return text;

    unsigned char *utf8 = NULL;
    int n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));

    if (n > 0)
        text = arena_copy(arena, sv_trim((struct sv){(const char *)utf8, (size_t)n}));
    OPENSSL_free(utf8);
    return text;
}

static struct sv hex(struct span bytes, struct arena *arena)
{
    char *text = arena_take(arena, 2 * bytes.n + 1);

    if (!text)
        return (struct sv){0};
    digest_hex(bytes, text);
    return (struct sv){text, 2 * bytes.n};
}

static struct sv serial_hex(const ASN1_INTEGER *serial, struct arena *arena)
{
    struct span bytes = {ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)};

    while (bytes.n > 1 && bytes.p[0] == 0)
        bytes = span_from(bytes, 1);
    return hex(bytes, arena);
}

int64_t x509_time_ns(const ASN1_TIME *time)
{
    struct tm tm;

    if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
        return 0;

    int64_t ns, s = timegm(&tm);

    // Year 9999 ("no expiry") is beyond what nanoseconds can count.
    if (__builtin_mul_overflow(s, NS_PER_S, &ns))
        return s < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

void certificate_issued_by(const X509_NAME *issuer, const ASN1_INTEGER *serial, struct arena *arena,
                           struct certificate *ret)
{
    *ret = (struct certificate){
        .issuer_cn = name_part(issuer, NID_commonName, arena),
        .issuer_o = name_part(issuer, NID_organizationName, arena),
        .serial = serial_hex(serial, arena),
    };
}

int certificate_from_x509(X509 *x509, struct arena *arena, struct certificate *ret, struct err *err)
{
    const X509_NAME *subject = X509_get_subject_name(x509), *issuer = X509_get_issuer_name(x509);
    uint8_t digest[DIGEST_SHA256_SIZE];
    unsigned char *der = NULL;
    int n = i2d_X509(x509, &der);

    if (n <= 0)
        return x509_error(err, ERR_FORMAT, "certificate");
    digest_sha256((struct span){der, (size_t)n}, digest);
    OPENSSL_free(der);
    *ret = (struct certificate){
        .cn = name_part(subject, NID_commonName, arena),
        .o = name_part(subject, NID_organizationName, arena),
        .serial_number = name_part(subject, NID_serialNumber, arena),
        .issuer_cn = name_part(issuer, NID_commonName, arena),
        .issuer_o = name_part(issuer, NID_organizationName, arena),
        .serial = serial_hex(X509_get0_serialNumber(x509), arena),
        .sha256 = hex((struct span){digest, sizeof(digest)}, arena),
        .not_before_ns = x509_time_ns(X509_get0_notBefore(x509)),
        .not_after_ns = x509_time_ns(X509_get0_notAfter(x509)),
        .is_ca = X509_check_ca(x509) > 0,
        .self_signed = X509_self_signed(x509, 1) == 1,
    };
    ERR_clear_error();
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

/* The bytes of the certificate that `der` begins with, if its head says how many these are. */
static bool cut(struct span der, struct span *ret)
{
    const unsigned char *p = der.p;
    long n;
    int tag, class;

    if (ASN1_get_object(&p, &n, &tag, &class, (long)der.n) != V_ASN1_CONSTRUCTED || n <= 0 ||
        (size_t)(p - der.p) + (size_t)n > der.n) {
        ERR_clear_error();
        return false;
    }
    *ret = (struct span){der.p, (size_t)(p - der.p) + (size_t)n};
    return true;
}

int certificate_parse(struct span der, struct arena *arena, struct certificate *ret,
                      size_t *ret_used, struct err *err)
{
    struct span all = {der.p, der.n < CERTIFICATE_MAX ? der.n : CERTIFICATE_MAX}, own;
    uint8_t digest[DIGEST_SHA256_SIZE];
    const unsigned char *p = all.p;
    bool known = cut(all, &own);
    X509 *x509;
    int result;

    if (known) {
        digest_sha256(own, digest);
        if (seen_certificate_get(digest, arena, ret)) {
            if (ret_used)
                *ret_used = own.n;
            return arena_failed(arena) ? arena_error(arena, err) : 0;
        }
    }
    x509 = all.n ? d2i_X509(NULL, &p, (long)all.n) : NULL;
    if (!x509)
        return x509_error(err, ERR_FORMAT, "not a certificate");
    result = certificate_from_x509(x509, arena, ret, err);
    X509_free(x509);
    if (result == 0 && ret_used)
        *ret_used = (size_t)(p - all.p);
    if (result == 0 && known && own.n == (size_t)(p - all.p))
        seen_certificate_put(digest, ret);
    return result;
}

static bool is_certificate_label(struct sv label)
{
    return sv_eq(label, SV("CERTIFICATE")) || sv_eq(label, SV("X509 CERTIFICATE")) ||
           sv_eq(label, SV("TRUSTED CERTIFICATE"));
}

/* What stands before the end of the line, which is not looked for further than a label is long. */
static struct sv first_line(struct sv text)
{
    struct sv start = {text.p, text.n < LABEL_MAX ? text.n : LABEL_MAX};

    return sv_line(&start);
}

int certificate_next_pem(struct sv *text, struct arena *arena, struct span *ret_der,
                         struct sv *ret_text, struct err *err)
{
    const struct sv begin = SV("-----BEGIN "), end = SV("-----END "), dashes = SV("-----");

    for (;;) {
        size_t start = sv_find(*text, begin);

        if (start == SIZE_MAX) {
            *text = (struct sv){0};
            return CERTIFICATE_NONE;
        }

        struct sv block = sv_from(*text, start), rest = sv_from(block, begin.n);
        struct sv label = first_line(rest);
        size_t label_end = sv_find(label, dashes);

        *text = rest;
        if (label_end == SIZE_MAX)
            continue;
        label.n = label_end;
        if (!is_certificate_label(label))
            continue;

        struct sv body = sv_from(rest, label.n + dashes.n);
        size_t body_end = sv_find(body, end);

        if (body_end == SIZE_MAX) {
            *text = (struct sv){0}; // then no later one has an end either
            return ERR(err, ERR_FORMAT, "a PEM block has no end");
        }
        body.n = body_end;
        *text = sv_from(sv_from(rest, label.n + dashes.n), body_end + end.n);
        if (body.n > 2 * CERTIFICATE_MAX)
            return ERR(err, ERR_FORMAT, "a PEM block is too long for a certificate");

        int decoded = base64_decode(body, arena, ret_der, err);

        // "Put your certificate here": a certificate to nobody.
        if (decoded == -ERR_FORMAT)
            continue;
        TRY(decoded);

        // The block with what stands behind its end on the same line, which may be nothing.
        *ret_text = (struct sv){block.p, begin.n + label.n + dashes.n + body_end + end.n +
                                             first_line(*text).n};
        return 0;
    }
}
