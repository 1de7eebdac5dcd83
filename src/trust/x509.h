// SPDX-License-Identifier: Apache-2.0
/* What the files of trust/ share and nobody else may see: the types of OpenSSL. */
#pragma once

#include <openssl/x509.h>

#include "trust/certificate.h"
#include "trust/roots.h"

int certificate_from_x509(X509 *x509, struct arena *arena, struct certificate *ret,
                          struct err *err) MUST_USE;

/* Who issued it and its number: what a signature says of a signer whose certificate is not in it.
 */
void certificate_issued_by(const X509_NAME *issuer, const ASN1_INTEGER *serial, struct arena *arena,
                           struct certificate *ret);

/* Nanoseconds since 1970; 0 for a time that makes no sense. */
int64_t x509_time_ns(const ASN1_TIME *time);

/*
 * X509_V_OK when the chain of `leaf`, built with the certificates that came along (`others`, may be
 * NULL), leads to one of the roots at that time; else the reason, an X509_V_ERR_*.
 */
int x509_chain_error(X509 *leaf, STACK_OF(X509) * others, const struct roots *roots, int64_t at_ns,
                     int purpose);

/* Borrowed; NULL for NULL. */
X509_STORE *roots_store(const struct roots *roots);

/* Add what OpenSSL says about the last failure to `err`, empty its queue and return -code. */
int x509_error(struct err *err, enum err_code code, const char *what);
