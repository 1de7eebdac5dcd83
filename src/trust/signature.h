// SPDX-License-Identifier: Apache-2.0
/*
 * Who signed a file, and whether that holds.
 *
 * Two things must be right before a signature says anything: the digest of the file that stands in
 * it, and the signer's signature over that digest. Only then does the chain of certificates matter.
 * It is judged at the time of a timestamp that itself holds and leads to a trusted root, else at
 * the present. What certificates were issued for (their purpose) is not asked.
 *
 * An Authenticode signature may hold others (dual and nested signatures): every one is answered,
 * the outermost first, because any of them may be the vendor's own.
 * Formats: Microsoft "Windows Authenticode Portable Executable Signature Format", RFC 2315,
 * RFC 5652, RFC 3161.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/source.h"
#include "trust/certificate.h"
#include "trust/digest.h"
#include "trust/roots.h"

#define SIGNATURE_STATES(X) \
    X(VERIFIED, "verified")   /* digest and signature hold, the chain leads to a trusted root */ \
    X(UNTRUSTED, "untrusted") /* both hold, the chain does not */ \
    X(SELF_SIGNED, \
      "self-signed")          /* both hold, and the signer vouches for itself: anybody could */ \
    X(BROKEN, "broken")       /* the digest or the signature is wrong, or it is damaged */ \
    X(UNCHECKED, "unchecked") /* the signer's certificate is not in it: `signer` has no digest */

enum signature_state {
#define X(name, text) SIGNATURE_##name,
    SIGNATURE_STATES(X)
#undef X
};

struct signature {
    enum signature_state state;
    struct sv why;             /* for people; empty when verified */
    struct certificate signer; /* empty texts when the signature names none that is in it */
    struct sv submitter;       /* whose driver an authority has signed; mostly empty */
    int64_t signed_ns;         /* as a trusted timestamp says; 0 without one */
    uint64_t offset, length;   /* where in the file the outermost one stands */
    unsigned depth;            /* 0: outermost */
};

struct signatures {
    struct signature *at;
    size_t count;
};

enum {
    SIGNATURES_MAX = 64, /* of one file; what is beyond is not looked at */
    SIGNATURE_SIZE_MAX = 32 << 20,
    SIGNED_RANGES_MAX = 4,
};

/* The bytes that a signature vouches for. Begin with zeroes; the digests are made when needed. */
struct signed_file {
    struct source *bytes;
    struct {
        uint64_t offset, length;
    } range[SIGNED_RANGES_MAX];
    size_t range_count;
    bool known[DIGEST_SHA512 + 1];
    uint8_t digest[DIGEST_SHA512 + 1][DIGEST_MAX];
};

const char *signature_state_text(enum signature_state state);

/*
 * Check the Authenticode signature `pkcs7`, which stands at `offset` in the file, and those inside
 * it, and append them to `to`. `roots` may be NULL. A signature that does not hold is an answer;
 * -ERR_* only when the file could not be read or memory ran out.
 */
int signature_check_authenticode(struct signed_file *file, struct span pkcs7, uint64_t offset,
                                 const struct roots *roots, struct arena *arena,
                                 struct signatures *to, struct err *err) MUST_USE;

/*
 * Check the signature of a security catalog: PKCS#7 whose content is a list of digests. Whether a
 * file is in the list is not asked.
 */
int signature_check_catalog(struct span pkcs7, const struct roots *roots, struct arena *arena,
                            struct signatures *to, struct err *err) MUST_USE;

/* Check a detached CMS signature over `content`: Apple's code signatures, kernel modules. */
int signature_check_detached(struct span cms, struct span content, uint64_t offset,
                             const struct roots *roots, struct arena *arena, struct signatures *to,
                             struct err *err) MUST_USE;

/*
 * What a CMS message that is signed and has its content inside holds; empty when it is none.
 * Whether the signature holds, signature_check_detached() says.
 */
int signature_content(struct span cms, struct arena *arena, struct span *ret_content,
                      struct err *err) MUST_USE;

/* Append a signature that is there and cannot even be read. */
int signature_add_broken(const char *why, uint64_t offset, uint64_t length, struct arena *arena,
                         struct signatures *to, struct err *err) MUST_USE;
