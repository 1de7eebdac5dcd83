// SPDX-License-Identifier: Apache-2.0
/*
 * What an X.509 certificate says of itself and of who issued it.
 *
 * All texts are UTF-8 whatever string type the certificate used, and lie in the caller's arena.
 * Of several names of one kind the most specific one, the last, is taken.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct certificate {
    struct sv cn, o;
    struct sv serial_number; /* 2.5.4.5 of the subject: a company's registration number */
    struct sv issuer_cn, issuer_o;
    struct sv serial; /* of the certificate, lower-case hex without leading zeros */
    struct sv sha256; /* of the DER, lower-case hex */
    int64_t not_before_ns, not_after_ns;
    bool is_ca;
    bool self_signed; /* by its own key: the same names alone prove nothing */
};

enum {
    CERTIFICATE_MAX = 256 * 1024, /* bytes of DER */
};

/* The certificate that `der` begins with; *ret_used (may be NULL) is how many bytes it takes. */
int certificate_parse(struct span der, struct arena *arena, struct certificate *ret,
                      size_t *ret_used, struct err *err) MUST_USE;

/*
 * Cut the next certificate off a text of PEM blocks; "CERTIFICATE", "X509 CERTIFICATE" and
 * "TRUSTED CERTIFICATE" are certificates; other blocks, text between blocks and blocks with text
 * instead of base64 are passed over.
 * *ret_der is in the arena; *ret_text is the block, from "-----BEGIN" to the end of "-----END ...".
 * 0, CERTIFICATE_NONE when there is no more, or -ERR_FORMAT for a block without an end or too long.
 */
enum { CERTIFICATE_NONE = 1 };
int certificate_next_pem(struct sv *text, struct arena *arena, struct span *ret_der,
                         struct sv *ret_text, struct err *err) MUST_USE;
