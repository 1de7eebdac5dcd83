// SPDX-License-Identifier: Apache-2.0
/*
 * Certificates that were parsed before. A machine has the same authorities in several stores, and
 * to decode a key and check a signature by it is most of what a certificate costs.
 */
#pragma once

#include "trust/certificate.h"
#include "trust/digest.h"

/* Any thread: what became of the same bytes, in `arena`. False when they are not known any more. */
bool seen_certificate_get(const uint8_t digest[DIGEST_SHA256_SIZE], struct arena *arena,
                          struct certificate *ret);

/* Without memory it is not kept. */
void seen_certificate_put(const uint8_t digest[DIGEST_SHA256_SIZE], const struct certificate *c);
