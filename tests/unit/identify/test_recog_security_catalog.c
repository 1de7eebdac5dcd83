// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "support/make_cert.h"

extern const struct recogniser recog_security_catalog;

/* The program is called "Acme". */
static void add_program_name(PKCS7_SIGNER_INFO *info)
{
    static const unsigned char opus[] = "\x30\x0c\xa0\x0a\x80\x08\0A\0c\0m\0e";
    ASN1_STRING *sequence = ASN1_STRING_new();
    int nid = OBJ_txt2nid("1.3.6.1.4.1.311.2.1.12");

    if (nid == NID_undef)
        nid = OBJ_create("1.3.6.1.4.1.311.2.1.12", "opusInfo", "opus info");
    ASN1_STRING_set(sequence, opus, sizeof(opus) - 1);
    PKCS7_add_signed_attribute(info, nid, V_ASN1_SEQUENCE, sequence);
}

/* Make a certificate one for signing drivers that somebody else has sent in. */
static void let_sign_drivers(struct made_cert *made)
{
    EXTENDED_KEY_USAGE *usages = sk_ASN1_OBJECT_new_null();

    sk_ASN1_OBJECT_push(usages, OBJ_txt2obj("1.3.6.1.4.1.311.10.3.5.1", 1));
    assert_int_equal(X509_add1_ext_i2d(made->x509, NID_ext_key_usage, usages, 0, 0), 1);
    assert_true(X509_sign(made->x509, made->key, EVP_sha256()) > 0);
    EXTENDED_KEY_USAGE_free(usages);
}

/* A catalog as signing tools make them: content of another type, of which the octets inside the
 * SEQUENCE are signed. */
static void make_catalog(const struct made_cert *by, const char *type, struct buf *to)
{
    static const unsigned char content[] = "\x30\x05\x02\x03\x01\x02\x03";
    PKCS7 *p7 = PKCS7_new(), *inner = PKCS7_new();
    PKCS7_SIGNER_INFO *info;
    ASN1_STRING *sequence = ASN1_STRING_new();
    unsigned char *der = NULL;
    BIO *bio;
    int n;

    assert_int_equal(PKCS7_set_type(p7, NID_pkcs7_signed), 1);
    info = PKCS7_add_signature(p7, by->x509, by->key, EVP_sha256());
    assert_non_null(info);
    PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_txt2obj(type, 1));
    add_program_name(info);
    PKCS7_content_new(p7, NID_pkcs7_data);
    PKCS7_add_certificate(p7, by->x509);
    bio = PKCS7_dataInit(p7, NULL);
    BIO_write(bio, content + 2, sizeof(content) - 3);
    assert_int_equal(PKCS7_dataFinal(p7, bio), 1);
    BIO_free_all(bio);
    inner->type = OBJ_txt2obj(type, 1);
    inner->d.other = ASN1_TYPE_new();
    ASN1_STRING_set(sequence, content, sizeof(content) - 1);
    ASN1_TYPE_set(inner->d.other, V_ASN1_SEQUENCE, sequence);
    PKCS7_set_content(p7, inner);
    n = i2d_PKCS7(p7, &der);
    assert_true(n > 0);
    buf_bytes(to, der, (size_t)n);
    OPENSSL_free(der);
    PKCS7_free(p7);
}

static struct span bytes_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

#define TRUST_LIST "1.3.6.1.4.1.311.10.1"

static void says_who_signed_a_catalog(void **state)
{
    struct made_cert leaf = made_cert("Acme Drivers", "Acme", NULL, false, NULL);
    auto_buf catalog = {0};
    struct spy spy;
    (void)state;

    make_catalog(&leaf, TRUST_LIST, &catalog);
    spy_identify(&spy, &recog_security_catalog, 2, bytes_of(&catalog));

    assert_int_equal(spy.result, 0);
    assert_non_null(strstr(spy.text.p, "file present\n  [1] signature=self-signed"));
    assert_non_null(strstr(spy.text.p, "[1] signer-cn=Acme Drivers"));
    assert_non_null(strstr(spy.text.p, "[1] signer-o=Acme"));
    assert_null(strstr(spy.text.p, "publisher="));
    spy_clear(&spy);
    made_cert_clear(&leaf);
}

static void says_whose_driver_an_authority_has_signed(void **state)
{
    struct made_cert leaf = made_cert("Compatibility Publisher", "Authority", NULL, false, NULL);
    auto_buf catalog = {0};
    struct spy spy;
    (void)state;

    let_sign_drivers(&leaf);
    make_catalog(&leaf, TRUST_LIST, &catalog);
    spy_identify(&spy, &recog_security_catalog, 2, bytes_of(&catalog));

    assert_non_null(strstr(spy.text.p, "[1] signer-cn=Compatibility Publisher"));
    assert_non_null(strstr(spy.text.p, "[1] publisher=Acme\n"));
    spy_clear(&spy);
    made_cert_clear(&leaf);
}

static void a_changed_catalog_is_broken(void **state)
{
    struct made_cert leaf = made_cert("Acme Drivers", "Acme", NULL, false, NULL);
    auto_buf catalog = {0};
    struct spy spy;
    char *content;
    (void)state;

    make_catalog(&leaf, TRUST_LIST, &catalog);
    content = memmem(catalog.p, catalog.n, "\x02\x03\x01\x02\x03", 5);
    assert_non_null(content);
    content[4] = 9;
    spy_identify(&spy, &recog_security_catalog, 2, bytes_of(&catalog));

    assert_int_equal(spy.result, 0);
    assert_non_null(strstr(spy.text.p, "signature=broken"));
    spy_clear(&spy);
    made_cert_clear(&leaf);
}

static void leaves_other_signed_data_alone(void **state)
{
    struct made_cert leaf = made_cert("Acme Drivers", "Acme", NULL, false, NULL);
    auto_buf other = {0};
    struct spy spy;
    (void)state;

    make_catalog(&leaf, "1.3.6.1.4.1.311.2.1.4", &other);
    spy_identify(&spy, &recog_security_catalog, 2, bytes_of(&other));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
    spy_identify(&spy, &recog_security_catalog, 2, BYTES("0 a catalog of messages"));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
    made_cert_clear(&leaf);
}

static void survives_damage(void **state)
{
    struct made_cert leaf = made_cert("Acme Drivers", "Acme", NULL, false, NULL);
    auto_buf catalog = {0};
    (void)state;

    let_sign_drivers(&leaf);
    make_catalog(&leaf, TRUST_LIST, &catalog);
    spy_contract(&recog_security_catalog, 2, bytes_of(&catalog));
    made_cert_clear(&leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_who_signed_a_catalog),
        cmocka_unit_test(says_whose_driver_an_authority_has_signed),
        cmocka_unit_test(a_changed_catalog_is_broken),
        cmocka_unit_test(leaves_other_signed_data_alone),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_security_catalog", tests, NULL, NULL);
}
