// SPDX-License-Identifier: Apache-2.0
/*
 *     SpcSpOpusInfo ::= SEQUENCE {
 *         programName  [0] EXPLICIT CHOICE { unicode [0] BMPString, ascii [1] IA5String } OPTIONAL,
 *         moreInfo     [1] … OPTIONAL }
 *
 * Format: Microsoft "Windows Authenticode Portable Executable Signature Format".
 */
#include "trust/submitter.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/utf16.h"

static const char oid_opus_info[] = "1.3.6.1.4.1.311.2.1.12";
static const char oid_driver_test[] = "1.3.6.1.4.1.311.10.3.5"; /* and .1: on the sender's word */

enum {
    NAME_MAX_BYTES = 4096,
    TAG_PROGRAM = 0,
    TAG_WIDE = 0,
    TAG_PLAIN = 1,
};

static bool is_oid(const ASN1_OBJECT *oid, const char *dotted)
{
    char text[80];
    size_t n = strlen(dotted);

    return OBJ_obj2txt(text, sizeof(text), oid, 1) > 0 && strncmp(text, dotted, n) == 0 &&
           (text[n] == '\0' || strcmp(text + n, ".1") == 0);
}

static bool is_for_drivers(X509 *signer)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(signer, NID_ext_key_usage, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++)
        found = found || is_oid(sk_ASN1_OBJECT_value(usages, i), oid_driver_test);
    EXTENDED_KEY_USAGE_free(usages);
    ERR_clear_error();
    return found;
}

/* Step into a value; false when it is another one or not whole. */
static bool enter(struct span *der, int wanted_class, int *tag)
{
    const unsigned char *p = der->p;
    long length = 0;
    int class = 0, how;

    if (der->n == 0 || der->n > NAME_MAX_BYTES)
        return false;
    how = ASN1_get_object(&p, &length, tag, &class, (long)der->n);
    ERR_clear_error();
    if ((how & 0x80) || (how & 1) || class != wanted_class)
        return false;
    *der = (struct span){p, (size_t)length};
    return true;
}

static struct sv program_name(struct span der, struct arena *arena)
{
    auto_buf text = BUF_INIT(2 * NAME_MAX_BYTES);
    int tag = 0;

    if (!enter(&der, V_ASN1_UNIVERSAL, &tag) || tag != V_ASN1_SEQUENCE ||
        !enter(&der, V_ASN1_CONTEXT_SPECIFIC, &tag) || tag != TAG_PROGRAM ||
        !enter(&der, V_ASN1_CONTEXT_SPECIFIC, &tag))
        return (struct sv){0};
    if (tag == TAG_PLAIN)
        return arena_copy(arena, sv_of(der));
    if (tag == TAG_WIDE)
        utf16be_append(&text, der);
    return arena_copy(arena, buf_view(&text));
}

struct sv submitter_of(const PKCS7_SIGNER_INFO *info, X509 *signer, struct arena *arena)
{
    int count = sk_X509_ATTRIBUTE_num(info->auth_attr);

    for (int i = 0; i < count && is_for_drivers(signer); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(info->auth_attr, i);
        const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, 0);

        if (!is_oid(X509_ATTRIBUTE_get0_object(attribute), oid_opus_info) || !value ||
            value->type != V_ASN1_SEQUENCE)
            continue;
        return program_name((struct span){ASN1_STRING_get0_data(value->value.sequence),
                                          (size_t)ASN1_STRING_length(value->value.sequence)},
                            arena);
    }
    return (struct sv){0};
}
