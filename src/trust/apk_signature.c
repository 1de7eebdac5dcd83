// SPDX-License-Identifier: Apache-2.0
/*
 *     v2:   signers { signer { signed data, signatures, public key }… }
 *     v3:   signers { signer { signed data, u32 from, u32 to, signatures, public key }… }
 *     signed data { digests { { u32 algorithm, digest }… }, certificates { DER… }, … }
 *     signatures  { { u32 algorithm, signature }… }
 *
 * Every list and element has its u32 length before it. `from` and `to` are versions of Android.
 */
#include "trust/apk_signature.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "trust/judge.h"

enum {
    PIECE = 1 << 20,
    BLOCK_MAX = 32 << 20,
    FOOTER = 24, /* u64 size, magic */
    SIGNERS_MAX = 16,
    CERTIFICATES_MAX = 64,
    ALGORITHMS_MAX = 16,
    ID_V2 = 0x7109871a,
    END_SIZE = 22, /* of the end record, without its comment */
    END_OFFSET_AT = 16,
};

#define ID_V3 UINT32_C(0xf05368c0)
#define ID_V31 UINT32_C(0x1b93ad61)

static const char magic[] = "APK Sig Block 42";

struct algorithm {
    uint32_t id;
    int key;
    bool pss;
    enum digest_kind digest;
};

/* The best first. */
static const struct algorithm algorithms[] = {
    {0x0102, EVP_PKEY_RSA, true, DIGEST_SHA512},  {0x0104, EVP_PKEY_RSA, false, DIGEST_SHA512},
    {0x0202, EVP_PKEY_EC, false, DIGEST_SHA512},  {0x0101, EVP_PKEY_RSA, true, DIGEST_SHA256},
    {0x0103, EVP_PKEY_RSA, false, DIGEST_SHA256}, {0x0201, EVP_PKEY_EC, false, DIGEST_SHA256},
    {0x0301, EVP_PKEY_DSA, false, DIGEST_SHA256},
};

struct check {
    const struct apk_layout *apk;
    const struct roots *roots;
    struct arena *arena;
    struct signatures *to;
    uint64_t block_at, block_size; /* in the file */
    bool known[DIGEST_SHA512 + 1];
    uint8_t digest[DIGEST_SHA512 + 1][DIGEST_MAX];
};

struct signer {
    struct span signed_data, signatures, key;
    struct span digests, certificates;
};

/* What stands behind a u32 length. */
static struct span counted(struct reader *r)
{
    return reader_take(r, reader_u32le(r));
}

static void judge(struct signature *s, enum signature_state state, struct sv why)
{
    s->state = state;
    s->why = why;
}

/* ---- the digest of the file ---- */

/*
 * The last section is the end record as it would be without the block: with the offset of the
 * directory where the block begins.
 */
struct section {
    uint64_t at, length;
    bool is_end;
};

static void put_u32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static int digest_piece(struct check *c, enum digest_kind kind, const struct section *s,
                        uint64_t done, uint8_t *room, struct digest *all, struct err *err)
{
    size_t want = s->length - done < PIECE ? (size_t)(s->length - done) : PIECE, got;
    uint8_t head[5] = {0xa5}, sum[DIGEST_MAX];
    auto_digest piece = {0};

    TRY(c->apk->bytes->read_at(c->apk->bytes, s->at + done, room, want, &got, err));
    if (got != want)
        return ERR(err, ERR_GONE, "the file became shorter while it was read");
    if (s->is_end && done == 0 && want >= END_SIZE)
        put_u32(room + END_OFFSET_AT, (uint32_t)c->block_at);
    put_u32(head + 1, (uint32_t)want);
    digest_init(&piece, kind);
    digest_update(&piece, (struct span){head, sizeof(head)});
    digest_update(&piece, (struct span){room, want});
    TRY(digest_finish(&piece, sum, err));
    digest_update(all, (struct span){sum, digest_size(kind)});
    return 0;
}

static int digest_file(struct check *c, enum digest_kind kind, struct err *err)
{
    const struct apk_layout *apk = c->apk;
    const struct section sections[] = {
        {0, c->block_at, false},
        {apk->directory, apk->end - apk->directory, false},
        {apk->end, apk->bytes->size - apk->end, true},
    };
    uint64_t pieces = 0;
    uint8_t head[5] = {0x5a}, *room;
    auto_digest all = {0};

    if (c->known[kind])
        return 0;
    room = arena_take(c->arena, PIECE);
    if (!room)
        return arena_error(c->arena, err);
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        pieces += (sections[i].length + PIECE - 1) / PIECE;
    put_u32(head + 1, (uint32_t)pieces);
    digest_init(&all, kind);
    digest_update(&all, (struct span){head, sizeof(head)});
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        for (uint64_t done = 0; done < sections[i].length; done += PIECE)
            TRY(digest_piece(c, kind, &sections[i], done, room, &all, err));
    TRY(digest_finish(&all, c->digest[kind], err));
    c->known[kind] = true;
    return 0;
}

/* ---- one signer ---- */

/* The value that stands beside an algorithm in a list of pairs. */
static struct span value_of(struct span list, uint32_t algorithm)
{
    struct reader r = reader_over(list);

    for (unsigned i = 0; i < ALGORITHMS_MAX && r.rest.n && reader_ok(&r); i++) {
        struct reader pair = reader_over(counted(&r));
        uint32_t id = reader_u32le(&pair);
        struct span value = counted(&pair);

        if (id == algorithm && reader_ok(&pair))
            return value;
    }
    return (struct span){0};
}

static const EVP_MD *md_of(enum digest_kind kind)
{
    return kind == DIGEST_SHA512 ? EVP_sha512() : EVP_sha256();
}

static bool signature_holds(const struct algorithm *a, EVP_PKEY *key, struct span signature,
                            struct span bytes)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_context = NULL;
    bool ready =
        context && EVP_DigestVerifyInit(context, &key_context, md_of(a->digest), NULL, key) == 1;

    if (ready && a->pss)
        ready = EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, (int)digest_size(a->digest)) == 1;
    ready = ready && EVP_DigestVerify(context, signature.p, signature.n, bytes.p, bytes.n) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return ready;
}

static bool same_key(EVP_PKEY *key, struct span der)
{
    unsigned char *mine = NULL;
    int n = i2d_PUBKEY(key, &mine);
    bool same = n > 0 && (size_t)n == der.n && memcmp(mine, der.p, der.n) == 0;

    OPENSSL_free(mine);
    return same;
}

static int judge_signer(struct check *c, const struct signer *from, EVP_PKEY *key,
                        struct signature *s, bool *ret_holds, struct err *err)
{
    const struct algorithm *a = NULL;
    struct span signature = {0}, digest;

    for (size_t i = 0; i < ARRAY_LEN(algorithms) && signature.n == 0; i++) {
        a = &algorithms[i];
        signature = value_of(from->signatures, a->id);
    }
    *ret_holds = false;
    if (signature.n == 0) {
        judge(s, SIGNATURE_UNCHECKED, SV("it is made in a way that is not known"));
        return 0;
    }
    if (!key || EVP_PKEY_get_base_id(key) != a->key || !same_key(key, from->key) ||
        !signature_holds(a, key, signature, from->signed_data)) {
        judge(s, SIGNATURE_BROKEN, SV("the signer's signature is wrong"));
        return 0;
    }
    digest = value_of(from->digests, a->id);
    TRY(digest_file(c, a->digest, err));
    *ret_holds =
        digest.n == digest_size(a->digest) && memcmp(digest.p, c->digest[a->digest], digest.n) == 0;
    if (!*ret_holds)
        judge(s, SIGNATURE_BROKEN,
              arena_printf(c->arena, "the %s digest of the file is another one",
                           digest_text(a->digest)));
    return 0;
}

/* The first certificate is the signer's. */
static X509 *certificates_of(struct span list, STACK_OF(X509) * others)
{
    struct reader r = reader_over(list);
    X509 *first = NULL;

    for (unsigned i = 0; i < CERTIFICATES_MAX && r.rest.n && reader_ok(&r); i++) {
        struct span der = counted(&r);
        const unsigned char *p = der.p;
        X509 *x = der.n && der.n <= CERTIFICATE_MAX ? d2i_X509(NULL, &p, (long)der.n) : NULL;

        if (!x || !sk_X509_push(others, x)) {
            X509_free(x);
            break;
        }
        if (!first)
            first = x;
    }
    ERR_clear_error();
    return first;
}

static int check_signer(struct check *c, const struct signer *from, struct err *err)
{
    struct signature *s = signature_append(c->to, c->arena);
    STACK_OF(X509) *others = sk_X509_new_null();
    X509 *signer = others ? certificates_of(from->certificates, others) : NULL;
    bool holds = false;
    int result = 0;

    if (s) {
        s->offset = c->block_at;
        s->length = c->block_size;
        judge(s, SIGNATURE_BROKEN, SV("it holds no certificate of its signer"));
    }
    if (s && signer) {
        result = certificate_from_x509(signer, c->arena, &s->signer, err);
        if (result == 0)
            result = judge_signer(c, from, X509_get0_pubkey(signer), s, &holds, err);
        if (result == 0 && holds)
            signature_judge_chain(s, signer, others, c->roots, c->arena);
    }
    sk_X509_pop_free(others, X509_free);
    ERR_clear_error();
    if (result == 0 && arena_failed(c->arena))
        result = arena_error(c->arena, err);
    return result;
}

static int check_signers(struct check *c, struct span value, bool has_versions, struct err *err)
{
    struct reader all = reader_over(value), list = reader_over(counted(&all));

    for (unsigned i = 0; i < SIGNERS_MAX && list.rest.n; i++) {
        struct reader one = reader_over(counted(&list)), data;
        struct signer s = {.signed_data = counted(&one)};

        if (has_versions)
            reader_skip(&one, 8);
        s.signatures = counted(&one);
        s.key = counted(&one);
        data = reader_over(s.signed_data);
        s.digests = counted(&data);
        s.certificates = counted(&data);
        if (!reader_ok(&list) || !reader_ok(&one) || !reader_ok(&data))
            return signature_add_broken("the signing block is damaged", c->block_at, c->block_size,
                                        c->arena, c->to, err);
        TRY(check_signer(c, &s, err));
    }
    return 0;
}

/* ---- the block ---- */

/* The values of the schemes that are there; false for a damaged block. */
static bool find_schemes(struct span pairs, struct span *v2, struct span *v3, struct span *v31)
{
    struct reader r = reader_over(pairs);

    while (r.rest.n) {
        uint64_t length = reader_u64le(&r);
        struct reader pair;
        uint32_t id;

        if (!reader_ok(&r) || length < 4 || length > r.rest.n)
            return false;
        pair = reader_over(reader_take(&r, (size_t)length));
        id = reader_u32le(&pair);
        if (id == ID_V2)
            *v2 = pair.rest;
        else if (id == ID_V3)
            *v3 = pair.rest;
        else if (id == ID_V31)
            *v31 = pair.rest;
    }
    return true;
}

static int check_block(struct check *c, struct span block, struct err *err)
{
    struct span pairs = span_from(block, 8), v2 = {0}, v3 = {0}, v31 = {0};

    pairs.n -= pairs.n < FOOTER ? pairs.n : FOOTER;
    if (!find_schemes(pairs, &v2, &v3, &v31))
        return signature_add_broken("the signing block is damaged", c->block_at, c->block_size,
                                    c->arena, c->to, err);
    // Version 3.1 is for newer Androids what 3 is for others: both may say who signed.
    if (v31.n)
        TRY(check_signers(c, v31, true, err));
    if (v3.n)
        return check_signers(c, v3, true, err);
    return v2.n ? check_signers(c, v2, false, err) : 0;
}

int apk_signature_check(const struct apk_layout *apk, const struct roots *roots,
                        struct arena *arena, struct signatures *to, struct err *err)
{
    struct check *c;
    struct span footer, block;
    struct reader r;
    uint64_t size;

    if (apk->directory < FOOTER || apk->end < apk->directory || apk->end > apk->bytes->size)
        return 0;
    TRY(source_read(apk->bytes, apk->directory - FOOTER, FOOTER, arena, &footer, err));
    r = reader_over(footer);
    size = reader_u64le(&r);
    if (!sv_eq(sv_of(r.rest), SV(magic)))
        return 0;
    if (size < FOOTER || size > BLOCK_MAX || size + 8 > apk->directory)
        return signature_add_broken("the signing block is damaged", apk->directory - FOOTER, FOOTER,
                                    arena, to, err);
    c = arena_take(arena, sizeof(*c));
    if (!c)
        return arena_error(arena, err);
    *c = (struct check){.apk = apk,
                        .roots = roots,
                        .arena = arena,
                        .to = to,
                        .block_at = apk->directory - size - 8,
                        .block_size = size + 8};
    TRY(source_read(apk->bytes, c->block_at, (size_t)c->block_size, arena, &block, err));
    return check_block(c, block, err);
}
