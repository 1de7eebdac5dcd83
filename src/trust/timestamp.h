// SPDX-License-Identifier: Apache-2.0
/*
 * When a signature was made, as a third party confirms.
 *
 * Two kinds stand in a signer's unsigned attributes, both over the octets of its signature:
 * RFC 3161 tokens, and older countersignatures (PKCS#9). Only one that is sound and whose own
 * signer leads to a trusted root, for time stamping, at the time it states, is believed. The
 * answer is the time in nanoseconds, 0 for none.
 */
#pragma once

#include <stdint.h>

#include <openssl/cms.h>
#include <openssl/x509.h>

#include "trust/roots.h"

/* `certificates`: those of the outer signature; a countersigner's stand there. */
int64_t timestamp_of(STACK_OF(X509_ATTRIBUTE) * unsigned_attributes,
                     const ASN1_OCTET_STRING *signature, STACK_OF(X509) * certificates,
                     const struct roots *roots);
int64_t timestamp_of_cms(CMS_SignerInfo *info, STACK_OF(X509) * certificates,
                         const struct roots *roots);
