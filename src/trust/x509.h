// SPDX-License-Identifier: Apache-2.0
/* What the files of trust/ share and nobody else may see: the types of OpenSSL. */
#pragma once

#include <openssl/x509.h>

#include "trust/certificate.h"
#include "trust/roots.h"

int certificate_from_x509(X509 *x509, struct arena *arena, struct certificate *ret,
                          struct err *err) MUST_USE;

/* Borrowed; NULL for NULL. */
X509_STORE *roots_store(const struct roots *roots);

/* Add what OpenSSL says about the last failure to `err`, empty its queue and return -code. */
int x509_error(struct err *err, enum err_code code, const char *what);
