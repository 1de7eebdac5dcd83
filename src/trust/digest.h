// SPDX-License-Identifier: Apache-2.0
/*
 * Digests of bytes, in one go or piece by piece.
 *
 * A failure inside the library (no memory, an algorithm that the machine's policy forbids) is
 * remembered: digest_finish() answers with it, so that digest_update() needs no check. Clearing a
 * zeroed or a finished digest is allowed; an initialised one may be initialised again.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum digest_kind {
    DIGEST_MD5, /* met in old signatures; proves nothing */
    DIGEST_SHA1,
    DIGEST_SHA224,
    DIGEST_SHA256,
    DIGEST_SHA384,
    DIGEST_SHA512,
};

enum {
    DIGEST_MAX = 64, /* bytes of the longest digest */
    DIGEST_SHA256_SIZE = 32,
    DIGEST_HEX_MAX = 2 * DIGEST_MAX + 1,
};

struct digest {
    void *context; /* of the library */
    enum digest_kind kind;
    int failed; /* 0, or the error that digest_finish() will give */
};

#define auto_digest __attribute__((cleanup(digest_clear))) struct digest

size_t digest_size(enum digest_kind kind);
const char *digest_text(enum digest_kind kind); /* "sha256" */

/* Have the library read now what a jail forbids to open later: its configuration. */
void digest_prepare(void);

/* Begin; clear it when it is not needed any more, finished or not. */
void digest_init(struct digest *d, enum digest_kind kind);
void digest_clear(struct digest *d);
void digest_update(struct digest *d, struct span bytes);

/* The digest, digest_size() bytes. After it only digest_init() and digest_clear() may be called. */
int digest_finish(struct digest *d, uint8_t *ret_digest, struct err *err) MUST_USE;

/* All in one. Where memory runs out the process ends: these cannot fail for any input. */
void digest_sha256(struct span bytes, uint8_t ret_digest[DIGEST_SHA256_SIZE]);
void digest_sha1(struct span bytes, uint8_t ret_digest[20]);

/* Lower-case hexadecimal with a NUL; `ret_text` has room for 2 * bytes.n + 1. */
void digest_hex(struct span bytes, char *ret_text);
