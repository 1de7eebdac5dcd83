// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one trusted certificate out of a Java keystore of the kind JKS or JCEKS, which is what
 * ca-certificates-java makes. Its layout is told in identify/recog_java_keystore.c; behind it
 * stands
 *
 *     SHA-1 of: the password in UTF-16BE, "Mighty Aphrodite", everything before
 *
 * A store that is locked with a password of its own, or is PKCS#12, is refused: keytool can do
 * those. A certificate that goes with a private key is somebody's own and stays.
 * Source: the description at the top of OpenJDK's JavaKeyStore.java.
 */
#include "remedy/edit.h"

#include <string.h>

#include "trust/certificate.h"
#include "trust/digest.h"

#define MAGIC_JKS UINT32_C(0xfeedfeed)
#define MAGIC_JCEKS UINT32_C(0xcececece)

enum {
    DIGEST = 20,
    COUNT = 8, /* where the number of entries stands */
    ENTRIES = 12,
    TAG_PRIVATE_KEY = 1,
    TAG_TRUSTED = 2,
    VERSION_TYPED = 2,
};

static void digest_with(const char *password, struct span data, uint8_t ret[DIGEST])
{
    auto_digest d = {0};
    struct err err;

    digest_init(&d, DIGEST_SHA1);
    for (; *password; password++)
        digest_update(&d, (struct span){(const uint8_t[]){0, (uint8_t)*password}, 2});
    digest_update(&d, BYTES("Mighty Aphrodite"));
    digest_update(&d, data);
    if (digest_finish(&d, ret, &err) < 0)
        memset(ret, 0, DIGEST);
}

/* Of those that a store without secrets has. */
static const char *password_of(struct span data, const uint8_t *digest)
{
    static const char *const passwords[] = {"changeit", "changeme", ""};
    uint8_t got[DIGEST];

    for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
        digest_with(passwords[i], data, got);
        if (memcmp(got, digest, DIGEST) == 0)
            return passwords[i];
    }
    return NULL;
}

static struct span take_utf(struct reader *r)
{
    return reader_take(r, reader_u16be(r));
}

static struct span take_certificate(struct reader *r, uint32_t version)
{
    if (version == VERSION_TYPED)
        (void)take_utf(r);
    return reader_take(r, reader_u32be(r));
}

/* Past one entry; *ret_der is a certificate that it makes trusted. */
static int pass_entry(struct reader *r, uint32_t version, struct span *ret_der, struct err *err)
{
    uint32_t tag = reader_u32be(r), certificates;

    *ret_der = (struct span){0};
    (void)take_utf(r);
    reader_skip(r, 8);
    if (tag == TAG_TRUSTED) {
        *ret_der = take_certificate(r, version);
    } else if (tag == TAG_PRIVATE_KEY) {
        reader_skip(r, reader_u32be(r));
        certificates = reader_u32be(r);
        for (uint32_t i = 0; i < certificates && reader_ok(r); i++)
            (void)take_certificate(r, version);
    } else if (reader_ok(r)) {
        return ERR(err, ERR_UNSUPPORTED,
                   "the store has an entry of kind %u, whose end is not known; use keytool -delete",
                   tag);
    }
    return reader_ok(r) ? 0 : ERR(err, ERR_FORMAT, "the Java keystore is cut short");
}

/* All entries but those that make the key's certificate trusted. */
static int copy_entries(struct edit_run *run, struct span data, struct buf *to, struct err *err)
{
    struct reader r = reader_over(data);
    uint32_t version, count, kept = 0;
    size_t start = to->n;

    reader_skip(&r, 4);
    version = reader_u32be(&r);
    count = reader_u32be(&r);
    buf_bytes(to, data.p, ENTRIES);
    for (uint32_t i = 0; i < count; i++) {
        struct span entry = r.rest, der;
        struct certificate c;
        struct err wrong;

        TRY(pass_entry(&r, version, &der, err));
        entry.n -= r.rest.n;
        if (der.n && certificate_parse(der, run->arena, &c, NULL, &wrong) == 0 &&
            sv_eq_nocase(c.sha256, run->key))
            continue;
        buf_bytes(to, entry.p, entry.n);
        kept++;
    }
    if (r.rest.n)
        return ERR(err, ERR_FORMAT, "something follows the last entry of the Java keystore");
    if (kept == count)
        return EDIT_NOTHING;
    for (int i = 0; i < 4 && buf_ok(to); i++)
        to->p[start + COUNT + (size_t)i] = (char)(kept >> (24 - 8 * i));
    return 0;
}

static int rewrite(struct edit_run *run, struct buf *after, struct err *err)
{
    struct span data = run->before;
    struct reader r = reader_over(data);
    uint32_t magic = reader_u32be(&r);
    uint8_t digest[DIGEST];
    const char *password;
    size_t start = after->n;
    int result;

    if (run->key.n != 64)
        return ERR(err, ERR_USAGE, "the key has to be a SHA-256 in hexadecimal");
    if (data.n && data.p[0] == 0x30)
        return ERR(err, ERR_UNSUPPORTED,
                   "the store is PKCS#12; use keytool -delete -alias ALIAS -keystore FILE");
    if ((magic != MAGIC_JKS && magic != MAGIC_JCEKS) || data.n < ENTRIES + DIGEST)
        return ERR(err, ERR_FORMAT, "the file is no Java keystore");
    data.n -= DIGEST;
    result = copy_entries(run, data, after, err);
    if (result != 0)
        return result;
    password = password_of(data, data.p + data.n);
    if (!password)
        return ERR(err, ERR_ENCRYPTED,
                   "the store is locked with a password of its own (or damaged); use keytool "
                   "-delete with it");
    if (!buf_ok(after))
        return ERR(err, ERR_NOMEM, "no memory");
    digest_with(password, (struct span){(const uint8_t *)after->p + start, after->n - start},
                digest);
    buf_bytes(after, digest, DIGEST);
    return 0;
}

const struct edit edit_drop_java_cert = {
    .name = "drop-java-cert",
    .summary = "one trusted certificate out of a Java keystore (JKS, JCEKS)",
    .key = "the SHA-256 of its DER in hexadecimal",
    .rewrite = rewrite,
};
