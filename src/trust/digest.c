// SPDX-License-Identifier: Apache-2.0
// The old calls for one digest need no memory, and so cannot fail.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "trust/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

static const struct {
    const char *text;
    size_t size;
    const EVP_MD *(*algorithm)(void);
} kinds[] = {
    [DIGEST_MD5] = {"md5", 16, EVP_md5},          [DIGEST_SHA1] = {"sha1", 20, EVP_sha1},
    [DIGEST_SHA224] = {"sha224", 28, EVP_sha224}, [DIGEST_SHA256] = {"sha256", 32, EVP_sha256},
    [DIGEST_SHA384] = {"sha384", 48, EVP_sha384}, [DIGEST_SHA512] = {"sha512", 64, EVP_sha512},
};

size_t digest_size(enum digest_kind kind)
{
    return kinds[kind].size;
}

const char *digest_text(enum digest_kind kind)
{
    return kinds[kind].text;
}

void digest_prepare(void)
{
    auto_digest d = {0};

    digest_init(&d, DIGEST_SHA256);
    (void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
}

void digest_init(struct digest *d, enum digest_kind kind)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    *d = (struct digest){.context = context, .kind = kind};
    if (!context)
        d->failed = -ERR_NOMEM;
    else if (EVP_DigestInit_ex(context, kinds[kind].algorithm(), NULL) != 1)
        d->failed = -ERR_UNSUPPORTED;
}

void digest_clear(struct digest *d)
{
    EVP_MD_CTX_free(d->context);
    *d = (struct digest){0};
}

void digest_update(struct digest *d, struct span bytes)
{
    if (d->failed || bytes.n == 0)
        return;
    if (EVP_DigestUpdate(d->context, bytes.p, bytes.n) != 1)
        d->failed = -ERR_NOMEM;
}

int digest_finish(struct digest *d, uint8_t *ret_digest, struct err *err)
{
    unsigned int n = 0;

    if (!d->failed && EVP_DigestFinal_ex(d->context, ret_digest, &n) != 1)
        d->failed = -ERR_NOMEM;
    if (d->failed)
        return ERR(err, (enum err_code) - d->failed, "no %s digest could be made",
                   digest_text(d->kind));
    bug_if(n != digest_size(d->kind));
    return 0;
}

void digest_sha256(struct span bytes, uint8_t ret_digest[DIGEST_SHA256_SIZE])
{
    SHA256_CTX context;

    (void)SHA256_Init(&context);
    (void)SHA256_Update(&context, bytes.p, bytes.n);
    (void)SHA256_Final(ret_digest, &context);
}

void digest_sha1(struct span bytes, uint8_t ret_digest[20])
{
    SHA_CTX context;

    (void)SHA1_Init(&context);
    (void)SHA1_Update(&context, bytes.p, bytes.n);
    (void)SHA1_Final(ret_digest, &context);
}

void digest_hex(struct span bytes, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.n; i++) {
        ret_text[2 * i] = digits[bytes.p[i] >> 4];
        ret_text[2 * i + 1] = digits[bytes.p[i] & 0xf];
    }
    ret_text[2 * bytes.n] = '\0';
}
