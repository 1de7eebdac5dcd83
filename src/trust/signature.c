// SPDX-License-Identifier: Apache-2.0
/*
 * An Authenticode signature is a PKCS#7 SignedData whose content is no OCTET STRING but
 *
 *     SpcIndirectDataContent ::= SEQUENCE {
 *         data           SpcAttributeTypeAndOptionalValue,   what kind of file; page hashes
 *         messageDigest  DigestInfo }                        of the file
 *
 * and whose signer signs the octets inside that SEQUENCE. Because of it those octets are
 * digested here; CMS_verify() would look for an OCTET STRING. Unsigned attributes of the signer
 * hold timestamps (over the signer's signature octets) and further signatures.
 */
#include "trust/signature.h"

#include <string.h>
#include <time.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "trust/judge.h"
#include "trust/submitter.h"
#include "trust/timestamp.h"

enum {
    DEPTH_MAX = 4,
    CERTIFICATES_MAX = 200, /* in one signature: chain building tries all of them */
    CHUNK = 256 * 1024,
};

static const char oid_indirect_data[] = "1.3.6.1.4.1.311.2.1.4";
static const char oid_trust_list[] = "1.3.6.1.4.1.311.10.1";
static const char oid_nested[] = "1.3.6.1.4.1.311.2.4.1";

struct check {
    struct signed_file *file; /* NULL for a catalog, which is its own content */
    const struct roots *roots;
    struct arena *arena;
    struct signatures *to;
    uint64_t offset, length;
};

const char *signature_state_text(enum signature_state state)
{
    static const char *const texts[] = {
#define X(name, text) [SIGNATURE_##name] = text,
        SIGNATURE_STATES(X)
#undef X
    };
    return texts[state];
}

struct signature *signature_append(struct signatures *to, struct arena *arena)
{
    if (!to->at)
        to->at = arena_take_array(arena, SIGNATURES_MAX, sizeof(*to->at));
    if (!to->at || to->count == SIGNATURES_MAX)
        return NULL;
    to->at[to->count] = (struct signature){0};
    return &to->at[to->count++];
}

static int arena_state(const struct arena *arena, struct err *err)
{
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

static void judge(struct signature *s, enum signature_state state, struct sv why)
{
    s->state = state;
    s->why = why;
}

int signature_add_broken(const char *why, uint64_t offset, uint64_t length, struct arena *arena,
                         struct signatures *to, struct err *err)
{
    struct signature *s = signature_append(to, arena);

    if (s) {
        s->offset = offset;
        s->length = length;
        judge(s, SIGNATURE_BROKEN, arena_copy(arena, sv_str(why)));
    }
    return arena_state(arena, err);
}

/* ---- the chain ---- */

void signature_judge_chain(struct signature *s, X509 *signer, STACK_OF(X509) * others,
                           const struct roots *roots, struct arena *arena)
{
    int64_t at_ns = s->signed_ns ? s->signed_ns : clock_now_ns();
    int why = x509_chain_error(signer, others, roots, at_ns, X509_PURPOSE_ANY);

    if (why == X509_V_OK)
        judge(s, SIGNATURE_VERIFIED, (struct sv){0});
    else if (s->signer.self_signed)
        judge(s, SIGNATURE_SELF_SIGNED, SV("the signer's certificate is signed by itself"));
    else
        judge(s, SIGNATURE_UNTRUSTED,
              arena_copy(arena, sv_str(X509_verify_cert_error_string(why))));
}

/* ---- the digest of the file ---- */

static int digest_of_file(struct signed_file *file, enum digest_kind kind, struct arena *arena,
                          struct err *err)
{
    auto_digest d = {0};
    uint8_t *chunk;

    if (file->known[kind])
        return 0;
    chunk = arena_take(arena, CHUNK);
    if (!chunk)
        return arena_error(arena, err);
    digest_init(&d, kind);
    for (size_t i = 0; i < file->range_count; i++) {
        uint64_t at = file->range[i].offset, left = file->range[i].length;

        while (left) {
            size_t want = left < CHUNK ? (size_t)left : CHUNK, got;

            TRY(file->bytes->read_at(file->bytes, at, chunk, want, &got, err));
            if (got != want)
                return ERR(err, ERR_GONE, "the file became shorter while it was read");
            digest_update(&d, (struct span){chunk, got});
            at += got;
            left -= got;
        }
    }
    TRY(digest_finish(&d, file->digest[kind], err));
    file->known[kind] = true;
    return 0;
}

static bool kind_of(const X509_ALGOR *algorithm, enum digest_kind *ret)
{
    const struct {
        int nid;
        enum digest_kind kind;
    } kinds[] = {
        {NID_md5, DIGEST_MD5},       {NID_sha1, DIGEST_SHA1},     {NID_sha224, DIGEST_SHA224},
        {NID_sha256, DIGEST_SHA256}, {NID_sha384, DIGEST_SHA384}, {NID_sha512, DIGEST_SHA512},
    };
    const ASN1_OBJECT *oid;

    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (OBJ_obj2nid(oid) == kinds[i].nid) {
            *ret = kinds[i].kind;
            return true;
        }
    }
    return false;
}

/* ---- Authenticode ---- */

static bool is_oid(const ASN1_OBJECT *oid, const char *dotted)
{
    char text[80];

    return OBJ_obj2txt(text, sizeof(text), oid, 1) > 0 && strcmp(text, dotted) == 0;
}

/* The octets inside a DER SEQUENCE; empty when `der` does not begin with one. */
static struct span inside_sequence(struct span der, size_t *ret_all)
{
    const unsigned char *p = der.p;
    long length;
    int tag, class;

    if (der.n == 0 || der.n > SIGNATURE_SIZE_MAX)
        return (struct span){0};

    int how = ASN1_get_object(&p, &length, &tag, &class, (long)der.n);

    ERR_clear_error();
    if ((how & 0x80) || !(how & V_ASN1_CONSTRUCTED) || (how & 1) || tag != V_ASN1_SEQUENCE ||
        length <= 0)
        return (struct span){0};
    *ret_all = (size_t)(p - der.p) + (size_t)length;
    return (struct span){p, (size_t)length};
}

/* The octets that were signed, from a content of that type; empty when it is another one. */
static struct span signed_octets(PKCS7 *p7, const char *type)
{
    const PKCS7 *content = p7->d.sign->contents;
    const ASN1_TYPE *other;
    size_t all;

    if (!content || !is_oid(content->type, type))
        return (struct span){0};
    other = content->d.other;
    if (!other || other->type != V_ASN1_SEQUENCE)
        return (struct span){0};
    return inside_sequence((struct span){ASN1_STRING_get0_data(other->value.sequence),
                                         (size_t)ASN1_STRING_length(other->value.sequence)},
                           &all);
}

/* Compare the file with the DigestInfo; sets the state when they differ. */
static int judge_digest(struct check *c, struct signature *s, struct span octets, bool *ret_same,
                        struct err *err)
{
    enum digest_kind kind = DIGEST_SHA256;
    const X509_ALGOR *algorithm;
    const ASN1_OCTET_STRING *value;
    size_t data = 0;
    struct span info;
    X509_SIG *parsed = NULL;
    int result = 0;

    *ret_same = false;
    (void)inside_sequence(octets, &data);
    info = span_from(octets, data);
    if (data && info.n) {
        const unsigned char *p = info.p;

        parsed = d2i_X509_SIG(NULL, &p, (long)info.n);
    }
    if (!parsed) {
        judge(s, SIGNATURE_BROKEN, SV("it holds no digest of the file"));
        return 0;
    }
    X509_SIG_get0(parsed, &algorithm, &value);
    if (!kind_of(algorithm, &kind)) {
        judge(s, SIGNATURE_BROKEN, SV("its digest algorithm is not known"));
    } else {
        result = digest_of_file(c->file, kind, c->arena, err);
        *ret_same =
            result == 0 && (size_t)ASN1_STRING_length(value) == digest_size(kind) &&
            memcmp(ASN1_STRING_get0_data(value), c->file->digest[kind], digest_size(kind)) == 0;
        if (!*ret_same)
            judge(s, SIGNATURE_BROKEN,
                  arena_printf(c->arena, "the %s digest of the file is another one",
                               digest_text(kind)));
    }
    X509_SIG_free(parsed);
    return result;
}

/*
 * The signer's signature over the octets. PKCS7_verify() does the same, and loses memory when a
 * damaged signature names digests that it cannot set up.
 */
static bool signature_holds(PKCS7 *p7, PKCS7_SIGNER_INFO *info, X509 *signer, struct span octets)
{
    BIO *bio = BIO_new_mem_buf(octets.p, (int)octets.n);
    BIO *digesting = bio ? PKCS7_dataInit(p7, bio) : NULL;
    unsigned char chunk[4096];
    bool holds = false;

    if (digesting) {
        while (BIO_read(digesting, chunk, sizeof(chunk)) > 0)
            ;
        holds = PKCS7_signatureVerify(digesting, p7, info, signer) == 1;
        BIO_free_all(digesting); // ends with `bio`
    } else {
        BIO_free(bio);
    }
    ERR_clear_error();
    return holds;
}

/* The certificate of the first signer, borrowed; NULL when it is not there. */
static X509 *signer_of(PKCS7 *p7)
{
    PKCS7_SIGNER_INFO *info = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);

    if (!info || !p7->d.sign->cert)
        return NULL;
    return X509_find_by_issuer_and_serial(p7->d.sign->cert, info->issuer_and_serial->issuer,
                                          info->issuer_and_serial->serial);
}

static int judge_pkcs7(struct check *c, PKCS7 *p7, struct signature *s, struct err *err)
{
    PKCS7_SIGNER_INFO *info = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
    struct span octets = signed_octets(p7, c->file ? oid_indirect_data : oid_trust_list);
    X509 *signer = signer_of(p7);
    bool same = true;

    if (signer)
        TRY(certificate_from_x509(signer, c->arena, &s->signer, err));
    else if (info)
        certificate_issued_by(info->issuer_and_serial->issuer, info->issuer_and_serial->serial,
                              c->arena, &s->signer);
    if (!info || octets.n == 0) {
        judge(s, SIGNATURE_BROKEN,
              c->file ? SV("it is not an Authenticode signature") : SV("it is no catalog"));
        return 0;
    }
    if (c->file)
        TRY(judge_digest(c, s, octets, &same, err));
    if (!same)
        return 0;
    if (!signer) {
        judge(s, SIGNATURE_UNCHECKED, SV("the signer's certificate is not in it"));
        return 0;
    }
    if (!signature_holds(p7, info, signer, octets)) {
        judge(s, SIGNATURE_BROKEN, SV("the signer's signature is wrong"));
        return 0;
    }
    s->submitter = submitter_of(info, signer, c->arena);
    s->signed_ns = timestamp_of(info->unauth_attr, info->enc_digest, p7->d.sign->cert, c->roots);
    signature_judge_chain(s, signer, p7->d.sign->cert, c->roots, c->arena);
    return 0;
}

static int check_one(struct check *c, struct span der, unsigned depth, struct err *err);

/* The signatures inside a signature, in the signer's unsigned attributes. */
static int check_nested(struct check *c, PKCS7 *p7, unsigned depth, struct err *err)
{
    PKCS7_SIGNER_INFO *info = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
    int attributes = info ? sk_X509_ATTRIBUTE_num(info->unauth_attr) : 0;

    for (int i = 0; i < attributes; i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(info->unauth_attr, i);

        if (!is_oid(X509_ATTRIBUTE_get0_object(attribute), oid_nested))
            continue;
        for (int v = 0; v < X509_ATTRIBUTE_count(attribute); v++) {
            const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, v);

            if (value && value->type == V_ASN1_SEQUENCE)
                TRY(check_one(c,
                              (struct span){ASN1_STRING_get0_data(value->value.sequence),
                                            (size_t)ASN1_STRING_length(value->value.sequence)},
                              depth + 1, err));
        }
    }
    return 0;
}

static int check_one(struct check *c, struct span der, unsigned depth, struct err *err)
{
    struct signature *s = depth <= DEPTH_MAX ? signature_append(c->to, c->arena) : NULL;
    const unsigned char *p = der.p;
    PKCS7 *p7;
    int result = 0;

    if (!s)
        return arena_state(c->arena, err);
    s->offset = c->offset;
    s->length = c->length;
    s->depth = depth;
    p7 = der.n && der.n <= SIGNATURE_SIZE_MAX ? d2i_PKCS7(NULL, &p, (long)der.n) : NULL;
    ERR_clear_error();
    if (!p7 || !PKCS7_type_is_signed(p7) || !p7->d.sign) {
        judge(s, SIGNATURE_BROKEN, SV("it is not PKCS#7 signed data"));
    } else if (sk_X509_num(p7->d.sign->cert) > CERTIFICATES_MAX) {
        judge(s, SIGNATURE_UNCHECKED, SV("it holds too many certificates"));
    } else {
        result = judge_pkcs7(c, p7, s, err);
        if (result == 0)
            result = check_nested(c, p7, depth, err);
    }
    PKCS7_free(p7);
    ERR_clear_error();
    return result < 0 ? result : arena_state(c->arena, err);
}

int signature_check_authenticode(struct signed_file *file, struct span pkcs7, uint64_t offset,
                                 const struct roots *roots, struct arena *arena,
                                 struct signatures *to, struct err *err)
{
    struct check c = {file, roots, arena, to, offset, pkcs7.n};

    return check_one(&c, pkcs7, 0, err);
}

int signature_check_catalog(struct span pkcs7, const struct roots *roots, struct arena *arena,
                            struct signatures *to, struct err *err)
{
    struct check c = {NULL, roots, arena, to, 0, pkcs7.n};

    return check_one(&c, pkcs7, 0, err);
}

/* ---- detached CMS ---- */

/* Whether its digests are of kinds that OpenSSL knows: for others CMS_verify keeps its copy of the
 * content for ever. */
static bool digests_are_known(CMS_ContentInfo *cms, BIO *content)
{
    BIO *chain = CMS_dataInit(cms, content);
    bool known = chain != NULL;

    while (chain && chain != content) {
        BIO *next = BIO_pop(chain);

        BIO_free(chain);
        chain = next;
    }
    return known;
}

static int judge_cms(CMS_ContentInfo *cms, struct span content, const struct roots *roots,
                     struct arena *arena, struct signature *s, struct err *err)
{
    CMS_SignerInfo *info = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
    STACK_OF(X509) *certificates = CMS_get1_certs(cms);
    BIO *bio = BIO_new_mem_buf(content.p, (int)content.n);
    X509 *signer = NULL;
    bool holds;
    int result = 0;

    bool too_many = sk_X509_num(certificates) > CERTIFICATES_MAX;

    for (int i = 0; info && !too_many && i < sk_X509_num(certificates); i++) {
        X509 *candidate = sk_X509_value(certificates, i);

        if (!signer && CMS_SignerInfo_cert_cmp(info, candidate) == 0)
            signer = candidate;
    }
    holds = signer && bio && digests_are_known(cms, bio) &&
            CMS_verify(cms, NULL, NULL, bio, NULL,
                       CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY | CMS_DETACHED) == 1;
    if (signer)
        result = certificate_from_x509(signer, arena, &s->signer, err);
    if (!info) {
        judge(s, SIGNATURE_BROKEN, SV("nobody signed it"));
    } else if (!signer) {
        X509_NAME *issuer = NULL;
        ASN1_INTEGER *serial = NULL;

        if (CMS_SignerInfo_get0_signer_id(info, NULL, &issuer, &serial) == 1 && issuer && serial)
            certificate_issued_by(issuer, serial, arena, &s->signer);
        judge(s, SIGNATURE_UNCHECKED,
              too_many ? SV("it holds too many certificates")
                       : SV("the signer's certificate is not in it"));
    } else if (!holds) {
        judge(s, SIGNATURE_BROKEN, SV("the signer's signature is wrong"));
    } else if (result == 0) {
        s->signed_ns = timestamp_of_cms(info, certificates, roots);
        signature_judge_chain(s, signer, certificates, roots, arena);
    }
    BIO_free(bio);
    sk_X509_pop_free(certificates, X509_free);
    return result;
}

int signature_content(struct span der, struct arena *arena, struct span *ret_content,
                      struct err *err)
{
    const unsigned char *p = der.p;
    CMS_ContentInfo *cms =
        der.n && der.n <= SIGNATURE_SIZE_MAX ? d2i_CMS_ContentInfo(NULL, &p, (long)der.n) : NULL;
    ASN1_OCTET_STRING **content =
        cms && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed ? CMS_get0_content(cms) : NULL;
    struct sv copy = {0};

    if (content && *content)
        copy = arena_copy(arena, (struct sv){(const char *)ASN1_STRING_get0_data(*content),
                                             (size_t)ASN1_STRING_length(*content)});
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    *ret_content = (struct span){(const uint8_t *)copy.p, copy.n};
    return arena_state(arena, err);
}

int signature_check_detached(struct span der, struct span content, uint64_t offset,
                             const struct roots *roots, struct arena *arena, struct signatures *to,
                             struct err *err)
{
    struct signature *s = signature_append(to, arena);
    const unsigned char *p = der.p;
    CMS_ContentInfo *cms;
    int result = 0;

    if (!s)
        return arena_state(arena, err);
    s->offset = offset;
    s->length = der.n;
    cms = der.n && der.n <= SIGNATURE_SIZE_MAX ? d2i_CMS_ContentInfo(NULL, &p, (long)der.n) : NULL;
    if (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed || content.n == 0 ||
        content.n > INT32_MAX)
        judge(s, SIGNATURE_BROKEN, SV("it is not CMS signed data"));
    else
        result = judge_cms(cms, content, roots, arena, s, err);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return result < 0 ? result : arena_state(arena, err);
}
