// SPDX-License-Identifier: Apache-2.0
#include "support/make_cert.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"

static void add_name(X509_NAME *name, const char *kind, const char *value)
{
    if (value)
        bug_if(!X509_NAME_add_entry_by_txt(name, kind, MBSTRING_UTF8, (const unsigned char *)value,
                                           -1, -1, 0));
}

struct made_cert made_cert(const char *cn, const char *o, const char *serial_number, bool ca,
                           const struct made_cert *issuer)
{
    struct made_cert made = {X509_new(), EVP_EC_gen("P-256")};
    X509_NAME *subject;
    X509V3_CTX context;
    X509_EXTENSION *extension;

    bug_if(!made.x509 || !made.key);
    bug_if(!X509_set_version(made.x509, X509_VERSION_3));
    bug_if(!ASN1_INTEGER_set(X509_get_serialNumber(made.x509), 0x1234abcd));
    bug_if(!ASN1_TIME_set_string(X509_getm_notBefore(made.x509), "20200101000000Z"));
    bug_if(!ASN1_TIME_set_string(X509_getm_notAfter(made.x509), "20300101000000Z"));
    subject = X509_get_subject_name(made.x509);
    add_name(subject, "O", o);
    add_name(subject, "serialNumber", serial_number);
    add_name(subject, "CN", cn);
    bug_if(
        !X509_set_issuer_name(made.x509, issuer ? X509_get_subject_name(issuer->x509) : subject));
    bug_if(!X509_set_pubkey(made.x509, made.key));
    X509V3_set_ctx(&context, issuer ? issuer->x509 : made.x509, made.x509, NULL, NULL, 0);
    extension =
        X509V3_EXT_conf_nid(NULL, &context, NID_basic_constraints, ca ? "CA:TRUE" : "CA:FALSE");
    bug_if(!extension || !X509_add_ext(made.x509, extension, -1));
    X509_EXTENSION_free(extension);
    bug_if(!X509_sign(made.x509, issuer ? issuer->key : made.key, EVP_sha256()));
    return made;
}

void made_cert_clear(struct made_cert *made)
{
    X509_free(made->x509);
    EVP_PKEY_free(made->key);
    *made = (struct made_cert){0};
}

void made_cert_der(const struct made_cert *made, struct buf *to)
{
    unsigned char *der = NULL;
    int n = i2d_X509(made->x509, &der);

    bug_if(n <= 0);
    buf_bytes(to, der, (size_t)n);
    OPENSSL_free(der);
}

void made_cert_pem(const struct made_cert *made, struct buf *to)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;

    bug_if(!bio || !PEM_write_bio_X509(bio, made->x509));
    long n = BIO_get_mem_data(bio, &text);

    buf_bytes(to, text, (size_t)n);
    BIO_free(bio);
}
