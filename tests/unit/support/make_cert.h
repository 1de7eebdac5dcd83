// SPDX-License-Identifier: Apache-2.0
/* Makes certificates for tests: P-256 keys, valid for ten years from 2020. */
#pragma once

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

struct made_cert {
    X509 *x509;
    EVP_PKEY *key;
};

/* `issuer` NULL: self-signed. Texts may be NULL. */
struct made_cert made_cert(const char *cn, const char *o, const char *serial_number, bool ca,
                           const struct made_cert *issuer);
void made_cert_clear(struct made_cert *made);

/* Append the DER or PEM form. */
struct buf;
void made_cert_der(const struct made_cert *made, struct buf *to);
void made_cert_pem(const struct made_cert *made, struct buf *to);
