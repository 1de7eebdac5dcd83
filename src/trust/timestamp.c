// SPDX-License-Identifier: Apache-2.0
#include "trust/timestamp.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "trust/x509.h"

enum {
    ATTRIBUTES_MAX = 64,
    CERTIFICATES_MAX = 200,
    TOKEN_MAX = 1 << 20,
};

static const char oid_token_microsoft[] = "1.3.6.1.4.1.311.3.3.1";
static const char oid_token[] = "1.2.840.113549.1.9.16.2.14";
static const char oid_countersignature[] = "1.2.840.113549.1.9.6";

static struct span octets_of(const ASN1_STRING *s)
{
    return (struct span){ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)};
}

static bool digest_matches(const EVP_MD *algorithm, struct span bytes, struct span digest)
{
    unsigned char own[EVP_MAX_MD_SIZE];
    unsigned int n = 0;

    return algorithm && EVP_Digest(bytes.p, bytes.n, own, &n, algorithm, NULL) == 1 &&
           n == digest.n && memcmp(own, digest.p, n) == 0;
}

static const EVP_MD *algorithm_of(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid;

    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    return EVP_get_digestbyobj(oid);
}

/* ---- RFC 3161 ---- */

/* The certificate of a token's signer, if its chain holds at the time it states. */
static bool token_is_trusted(CMS_ContentInfo *cms, STACK_OF(X509) * more, const struct roots *roots,
                             int64_t at_ns)
{
    STACK_OF(X509) *own = CMS_get1_certs(cms), *signers = CMS_get0_signers(cms);
    X509 *signer = sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;
    bool trusted = false;

    if (signer && sk_X509_num(own) <= CERTIFICATES_MAX) {
        // The issuer may stand in the token or in the signature around it.
        for (int i = 0; own && i < sk_X509_num(more); i++) {
            X509 *x509 = sk_X509_value(more, i);

            if (X509_up_ref(x509) == 1 && !sk_X509_push(own, x509))
                X509_free(x509);
        }
        trusted =
            x509_chain_error(signer, own, roots, at_ns, X509_PURPOSE_TIMESTAMP_SIGN) == X509_V_OK;
    }
    sk_X509_free(signers);
    sk_X509_pop_free(own, X509_free);
    return trusted;
}

static int64_t token_time(struct span der, struct span signature, STACK_OF(X509) * more,
                          const struct roots *roots)
{
    const unsigned char *p = der.p;
    CMS_ContentInfo *cms =
        der.n && der.n <= TOKEN_MAX ? d2i_CMS_ContentInfo(NULL, &p, (long)der.n) : NULL;
    TS_TST_INFO *info = NULL;
    int64_t at_ns = 0;

    if (cms && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed &&
        CMS_verify(cms, NULL, NULL, NULL, NULL, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) == 1) {
        ASN1_OCTET_STRING **content = CMS_get0_content(cms);

        if (content && *content) {
            p = ASN1_STRING_get0_data(*content);
            info = d2i_TS_TST_INFO(NULL, &p, ASN1_STRING_length(*content));
        }
    }
    if (info) {
        TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);

        if (digest_matches(algorithm_of(TS_MSG_IMPRINT_get_algo(imprint)), signature,
                           octets_of(TS_MSG_IMPRINT_get_msg(imprint))))
            at_ns = x509_time_ns(TS_TST_INFO_get_time(info));
    }
    if (at_ns && !token_is_trusted(cms, more, roots, at_ns))
        at_ns = 0;
    TS_TST_INFO_free(info);
    CMS_ContentInfo_free(cms);
    return at_ns;
}

/* ---- PKCS#9 countersignature ---- */

static const ASN1_TYPE *signed_attribute(const PKCS7_SIGNER_INFO *info, int nid)
{
    int at = X509at_get_attr_by_NID(info->auth_attr, nid, -1);
    X509_ATTRIBUTE *attribute = at >= 0 ? X509at_get_attr(info->auth_attr, at) : NULL;

    return attribute ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;
}

/* The signed attributes as they were signed: a SET OF, not the [0] that stands in the file. */
static bool countersigner_signed(const PKCS7_SIGNER_INFO *info, X509 *signer)
{
    EVP_PKEY *key = X509_get0_pubkey(signer);
    const EVP_MD *algorithm = algorithm_of(info->digest_alg);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char *der = NULL;
    int n =
        ASN1_item_i2d((const ASN1_VALUE *)info->auth_attr, &der, ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
    struct span signature = octets_of(info->enc_digest);
    bool holds = key && algorithm && context && n > 0 &&
                 EVP_DigestVerifyInit(context, NULL, algorithm, NULL, key) == 1 &&
                 EVP_DigestVerify(context, signature.p, signature.n, der, (size_t)n) == 1;

    OPENSSL_free(der);
    EVP_MD_CTX_free(context);
    return holds;
}

static int64_t countersignature_time(struct span der, struct span signature,
                                     STACK_OF(X509) * certificates, const struct roots *roots)
{
    const unsigned char *p = der.p;
    PKCS7_SIGNER_INFO *info =
        der.n && der.n <= TOKEN_MAX ? d2i_PKCS7_SIGNER_INFO(NULL, &p, (long)der.n) : NULL;
    int64_t at_ns = 0;

    if (info) {
        X509 *signer = X509_find_by_issuer_and_serial(certificates, info->issuer_and_serial->issuer,
                                                      info->issuer_and_serial->serial);
        const ASN1_TYPE *digest = signed_attribute(info, NID_pkcs9_messageDigest);
        const ASN1_TYPE *time = signed_attribute(info, NID_pkcs9_signingTime);

        if (signer && digest && digest->type == V_ASN1_OCTET_STRING && time &&
            (time->type == V_ASN1_UTCTIME || time->type == V_ASN1_GENERALIZEDTIME) &&
            digest_matches(algorithm_of(info->digest_alg), signature,
                           octets_of(digest->value.octet_string)) &&
            countersigner_signed(info, signer))
            at_ns = x509_time_ns(time->value.asn1_string);
        // Certificates of that age do not mark the purpose as critical, as RFC 3161 wants it.
        if (at_ns &&
            (!(X509_get_extended_key_usage(signer) & XKU_TIMESTAMP) ||
             x509_chain_error(signer, certificates, roots, at_ns, X509_PURPOSE_ANY) != X509_V_OK))
            at_ns = 0;
    }
    PKCS7_SIGNER_INFO_free(info);
    return at_ns;
}

/* ---- attributes ---- */

static int64_t attribute_time(X509_ATTRIBUTE *attribute, struct span signature,
                              STACK_OF(X509) * certificates, const struct roots *roots)
{
    const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, 0);
    char oid[80];
    int64_t at_ns = 0;

    if (!value || value->type != V_ASN1_SEQUENCE ||
        OBJ_obj2txt(oid, sizeof(oid), X509_ATTRIBUTE_get0_object(attribute), 1) <= 0)
        return 0;
    if (strcmp(oid, oid_token_microsoft) == 0 || strcmp(oid, oid_token) == 0)
        at_ns = token_time(octets_of(value->value.sequence), signature, certificates, roots);
    else if (strcmp(oid, oid_countersignature) == 0)
        at_ns =
            countersignature_time(octets_of(value->value.sequence), signature, certificates, roots);
    ERR_clear_error();
    return at_ns;
}

int64_t timestamp_of(STACK_OF(X509_ATTRIBUTE) * unsigned_attributes,
                     const ASN1_OCTET_STRING *signature, STACK_OF(X509) * certificates,
                     const struct roots *roots)
{
    int count = sk_X509_ATTRIBUTE_num(unsigned_attributes);
    int64_t at_ns = 0;

    for (int i = 0; i < count && i < ATTRIBUTES_MAX && !at_ns; i++)
        at_ns = attribute_time(sk_X509_ATTRIBUTE_value(unsigned_attributes, i),
                               octets_of(signature), certificates, roots);
    return at_ns;
}

int64_t timestamp_of_cms(CMS_SignerInfo *info, STACK_OF(X509) * certificates,
                         const struct roots *roots)
{
    int count = CMS_unsigned_get_attr_count(info);
    int64_t at_ns = 0;

    for (int i = 0; i < count && i < ATTRIBUTES_MAX && !at_ns; i++)
        at_ns = attribute_time(CMS_unsigned_get_attr(info, i),
                               octets_of(CMS_SignerInfo_get0_signature(info)), certificates, roots);
    return at_ns;
}
