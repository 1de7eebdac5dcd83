// SPDX-License-Identifier: Apache-2.0
#include "trust/base64.h"

#include <limits.h>

#include <openssl/evp.h>

#include "trust/x509.h"

int base64_decode(struct sv text, struct arena *arena, struct span *ret, struct err *err)
{
    unsigned char *out = arena_take(arena, text.n / 4 * 3 + 3);
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    int n = 0, more = 0;
    bool ok = false;

    if (context && out && text.n <= INT_MAX) {
        EVP_DecodeInit(context);
        ok = EVP_DecodeUpdate(context, out, &n, (const unsigned char *)text.p, (int)text.n) >= 0 &&
             EVP_DecodeFinal(context, out + n, &more) == 1;
    }
    EVP_ENCODE_CTX_free(context);
    if (!out)
        return arena_error(arena, err);
    if (!ok)
        return x509_error(err, ERR_FORMAT, "not base64");
    *ret = (struct span){out, (size_t)n + (size_t)more};
    return 0;
}
