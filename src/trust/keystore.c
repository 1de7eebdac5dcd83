// SPDX-License-Identifier: Apache-2.0
/*
 * PKCS#12 is parts (PKCS#7 data, in the clear or encrypted) of bags; a bag is a certificate, a key,
 * or again bags. RFC 7292.
 *
 * How often a password is hashed stands in the file, so the work is bounded before it is begun. The
 * check value over the whole file (MAC) is not looked at: a right password shows by itself, and
 * what has been altered is still what the store says.
 */
#include "trust/keystore.h"

#include <pthread.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "trust/x509.h"

enum {
    HASHES_MAX = 4 * 1000 * 1000, /* of passwords, for one file: two seconds */
    DEPTH_MAX = 4,                /* bags in bags */
};

/* Java's mark of a certificate that is trusted by itself. */
#define ORACLE_TRUSTED_KEY_USAGE "2.16.840.1.113894.746875.1.1"

struct reading {
    struct arena *arena;
    const struct keystore_visitor *visitor;
    ASN1_OBJECT *trusted_mark;
    size_t password; /* the one that fitted last */
    long hashes_left;
    bool has_key;
};

static const char *const passwords[] = {"changeit", "", NULL};

/*
 * Ciphers of 1999 live in a provider of their own, which only this file shall have. It is a file
 * that is loaded, once for the process: before the jail, where there is one.
 */
static pthread_once_t old_ciphers_once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *old_ciphers; /* NULL where this OpenSSL has none */

static void load_old_ciphers(void)
{
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();

    if (context && OSSL_PROVIDER_load(context, "default") && OSSL_PROVIDER_load(context, "legacy"))
        old_ciphers = context; // the providers live as long as the process
    else
        OSSL_LIB_CTX_free(context);
    ERR_clear_error();
}

void keystore_prepare(void)
{
    (void)pthread_once(&old_ciphers_once, load_old_ciphers);
}

static bool is_old_cipher(int nid)
{
    return nid == NID_pbe_WithSHA1And40BitRC2_CBC || nid == NID_pbe_WithSHA1And128BitRC2_CBC ||
           nid == NID_pbe_WithSHA1And40BitRC4 || nid == NID_pbe_WithSHA1And128BitRC4 ||
           nid == NID_pbeWithMD5AndDES_CBC || nid == NID_pbeWithSHA1AndDES_CBC;
}

/* How often one try hashes; -1 when it is not told or beyond counting. */
static long hashes_of(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *kind;
    const void *ignored;
    int type;
    long n = -1;

    X509_ALGOR_get0(&kind, &type, &ignored, algorithm);
    if (OBJ_obj2nid(kind) == NID_pbes2) {
        PBE2PARAM *two = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
        PBKDF2PARAM *kdf = NULL;

        if (two && OBJ_obj2nid(two->keyfunc->algorithm) == NID_id_pbkdf2)
            kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), two->keyfunc->parameter);
        if (kdf)
            n = ASN1_INTEGER_get(kdf->iter);
        PBKDF2PARAM_free(kdf);
        PBE2PARAM_free(two);
    } else {
        PBEPARAM *one = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);

        if (one)
            n = ASN1_INTEGER_get(one->iter);
        PBEPARAM_free(one);
    }
    return n < 0 ? -1 : n;
}

static int decrypt(struct reading *r, const PKCS7 *part, STACK_OF(PKCS12_SAFEBAG) * *ret_bags,
                   struct err *err)
{
    const PKCS7_ENC_CONTENT *content = part->d.encrypted ? part->d.encrypted->enc_data : NULL;
    long hashes;
    OSSL_LIB_CTX *context = NULL;

    if (!content || !content->algorithm || !content->enc_data)
        return ERR(err, ERR_FORMAT, "PKCS#12: an encrypted part without content");
    hashes = hashes_of(content->algorithm);
    if (hashes < 0)
        return ERR(err, ERR_UNSUPPORTED, "PKCS#12: an unknown way to encrypt");
    if (is_old_cipher(OBJ_obj2nid(content->algorithm->algorithm))) {
        keystore_prepare();
        context = old_ciphers;
        if (!context)
            return x509_error(err, ERR_UNSUPPORTED, "PKCS#12: a cipher of old");
    }
    for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
        size_t which = (r->password + i) % ARRAY_LEN(passwords);
        const char *password = passwords[which];

        if (hashes > r->hashes_left)
            return ERR(err, ERR_LIMIT, "PKCS#12: trying a password would take too long");
        r->hashes_left -= hashes;
        *ret_bags = PKCS12_item_decrypt_d2i_ex(content->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS),
                                               password, password ? (int)strlen(password) : 0,
                                               content->enc_data, 1, context, NULL);
        ERR_clear_error();
        if (*ret_bags) {
            r->password = which;
            return 0;
        }
    }
    return ERR(err, ERR_ENCRYPTED, "PKCS#12: locked with a password");
}

static int unpack(struct reading *r, PKCS7 *part, STACK_OF(PKCS12_SAFEBAG) * *ret_bags,
                  struct err *err)
{
    if (PKCS7_type_is_encrypted(part))
        return decrypt(r, part, ret_bags, err);
    if (!PKCS7_type_is_data(part))
        return ERR(err, ERR_ENCRYPTED, "PKCS#12: a part is locked with a key");
    *ret_bags = PKCS12_unpack_p7data(part);
    return *ret_bags ? 0 : x509_error(err, ERR_FORMAT, "PKCS#12: a part");
}

static void look_for_keys(struct reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags, unsigned depth)
{
    for (int i = 0; depth < DEPTH_MAX && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        int kind = PKCS12_SAFEBAG_get_nid(bag);

        r->has_key = r->has_key || kind == NID_keyBag || kind == NID_pkcs8ShroudedKeyBag;
        if (kind == NID_safeContentsBag)
            look_for_keys(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
    }
}

static int visit_certificate(struct reading *r, PKCS12_SAFEBAG *bag, struct err *err)
{
    const STACK_OF(X509_ATTRIBUTE) *attributes = PKCS12_SAFEBAG_get0_attrs(bag);
    bool marked = attributes && X509at_get_attr_by_OBJ(attributes, r->trusted_mark, -1) >= 0;
    X509 *x509 = PKCS12_SAFEBAG_get1_cert(bag);
    struct certificate c;
    struct sv alias;
    char *name;
    int result;

    if (!x509)
        return x509_error(err, ERR_FORMAT, "PKCS#12: a certificate");
    name = PKCS12_get_friendlyname(bag);
    alias = arena_copy(r->arena, sv_str(name));
    OPENSSL_free(name);
    result = certificate_from_x509(x509, r->arena, &c, err);
    X509_free(x509);
    if (result == 0)
        r->visitor->certificate(r->visitor->to, &c, alias, marked || !r->has_key);
    return result;
}

static int visit(struct reading *r, const STACK_OF(PKCS12_SAFEBAG) * bags, unsigned depth,
                 struct err *err)
{
    int result = 0;

    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        int kind = PKCS12_SAFEBAG_get_nid(bag), one = 0;
        struct err wrong;

        if (kind == NID_certBag && PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate)
            one = visit_certificate(r, bag, &wrong);
        else if (kind == NID_safeContentsBag && depth < DEPTH_MAX)
            one = visit(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1, &wrong);
        else if (kind == NID_safeContentsBag)
            one = ERR(&wrong, ERR_LIMIT, "PKCS#12: bags in bags");
        if (one < 0 && result == 0) {
            result = one;
            *err = wrong;
        }
    }
    return result;
}

static void bags_free(STACK_OF(PKCS12_SAFEBAG) * bags)
{
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

/* Unpacks every part first: whether there is a key decides what the certificates are. */
static int read_parts(struct reading *r, const STACK_OF(PKCS7) * parts, struct err *err)
{
    int n = sk_PKCS7_num(parts), result = 0;
    STACK_OF(PKCS12_SAFEBAG) **all = arena_take_array(r->arena, (size_t)n + 1, sizeof(*all));
    struct err wrong;

    if (!all)
        return arena_error(r->arena, err);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < n; i++) {
            int one = 0;

            if (pass == 0) {
                one = unpack(r, sk_PKCS7_value(parts, i), &all[i], &wrong);
                look_for_keys(r, all[i], 0);
            } else if (all[i]) {
                one = visit(r, all[i], 0, &wrong);
            }
            if (one < 0 && result == 0) {
                result = one;
                *err = wrong;
            }
        }
    }
    for (int i = 0; i < n; i++)
        bags_free(all[i]);
    return result;
}

int keystore_read_pkcs12(struct span bytes, struct arena *arena,
                         const struct keystore_visitor *visitor, struct err *err)
{
    struct reading r = {.arena = arena, .visitor = visitor, .hashes_left = HASHES_MAX};
    const unsigned char *p = bytes.p;
    PKCS12 *file = bytes.n ? d2i_PKCS12(NULL, &p, (long)bytes.n) : NULL;
    STACK_OF(PKCS7) *parts = NULL;
    int result;

    if (!file) {
        ERR_clear_error();
        return KEYSTORE_NONE;
    }
    parts = PKCS12_unpack_authsafes(file);
    r.trusted_mark = OBJ_txt2obj(ORACLE_TRUSTED_KEY_USAGE, 1);
    if (!parts)
        result = x509_error(err, ERR_FORMAT, "PKCS#12: its parts");
    else if (!r.trusted_mark)
        result = x509_error(err, ERR_NOMEM, "no memory");
    else
        result = read_parts(&r, parts, err);
    ASN1_OBJECT_free(r.trusted_mark);
    sk_PKCS7_pop_free(parts, PKCS7_free);
    PKCS12_free(file);
    ERR_clear_error();
    return result;
}
