// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include "base/buf.h"
#include "support/make_cert.h"

#include <openssl/bio.h>
#include <openssl/cms.h>

extern const struct recogniser recog_profile;

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>"
#define STRING(key, value) "<key>" key "</key><string>" value "</string>"
#define PROFILE_HEAD \
    STRING("PayloadIdentifier", "org.example.it") \
    STRING("PayloadDisplayName", "Allow it") STRING("PayloadOrganization", "Example Org")
#define PROFILE \
    HEAD PROFILE_HEAD \
        "<key>PayloadContent</key><array>" \
        "<dict><key>PayloadType</key><string>com.apple.system-extension-policy</string>" \
        "<key>AllowedSystemExtensions</key><dict><key>ABCDE12345</key>" \
        "<array><string>com.example.sysext</string></array></dict></dict>" \
        "<dict><key>PayloadType</key><string>com.apple.syspolicy.kernel-extension-policy</string>" \
        "<key>AllowedTeamIdentifiers</key><array><string>ZYXWV98765</string></array></dict>" \
        "<dict><key>PluginBundleID</key><string>com.example.filter</string></dict>" \
        "</array></dict></plist>"

static const char expected[] = "data referenced\n"
                               "  name=org.example.it\n"
                               "  product=Allow it\n"
                               "  publisher=Example Org\n"
                               "  bundle-id=com.example.sysext\n"
                               "  bundle-id=com.example.filter\n"
                               "  team-id=ABCDE12345\n"
                               "  team-id=ZYXWV98765\n";

static void tells_what_is_allowed(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_profile, 0, BYTES(PROFILE));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, expected);
    spy_clear(&spy);
}

/* The profile as somebody signed it. */
static void put_signed(struct buf *to)
{
    struct made_cert made = made_cert("Example IT", "Example Org", NULL, false, NULL);
    BIO *in = BIO_new_mem_buf(PROFILE, (int)sizeof(PROFILE) - 1);
    CMS_ContentInfo *cms = CMS_sign(made.x509, made.key, NULL, in, CMS_BINARY | CMS_NOSMIMECAP);
    unsigned char *der = NULL;
    int n = i2d_CMS_ContentInfo(cms, &der);

    assert_true(n > 0);
    buf_bytes(to, der, (size_t)n);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    made_cert_clear(&made);
}

static void a_signed_one_names_its_signer_too(void **state)
{
    auto_buf bytes = {0};
    struct spy spy;
    (void)state;

    put_signed(&bytes);
    spy_identify(&spy, &recog_profile, 0, (struct span){(const uint8_t *)bytes.p, bytes.n});
    assert_int_equal(spy.result, 0);
    assert_int_equal(strncmp(spy.text.p, expected, strlen(expected)), 0);
    assert_non_null(strstr(spy.text.p, "[1] signature=self-signed"));
    assert_non_null(strstr(spy.text.p, "[1] signer-cn=Example IT"));
    spy_clear(&spy);
    // one letter of the profile
    ((char *)strstr(memmem(bytes.p, bytes.n, "Allow it", 8), "it"))[0] = 'I';
    spy_identify(&spy, &recog_profile, 0, (struct span){(const uint8_t *)bytes.p, bytes.n});
    assert_non_null(strstr(spy.text.p, "product=Allow It"));
    assert_non_null(strstr(spy.text.p, "[1] signature=broken"));
    spy_clear(&spy);
}

static void a_root_certificate_is_one(void **state)
{
    struct made_cert made = made_cert("Example Root", "Example Org", NULL, true, NULL);
    auto_buf pem = {0}, bytes = {0};
    struct spy spy;
    (void)state;

    made_cert_pem(&made, &pem);
    made_cert_clear(&made);
    buf_str(&bytes,
            HEAD PROFILE_HEAD "<key>PayloadContent</key><array><dict>" STRING(
                "PayloadType", "com.apple.security.root") "<key>PayloadContent</key><data>");
    for (struct sv rest = buf_view(&pem); rest.n;) {
        struct sv line = sv_line(&rest);

        if (!sv_starts(line, SV("-")))
            buf_sv(&bytes, line);
    }
    buf_str(&bytes, "</data></dict></array></dict></plist>");
    spy_identify(&spy, &recog_profile, 0, (struct span){(const uint8_t *)bytes.p, bytes.n});
    assert_int_equal(spy.result, 0);
    assert_non_null(strstr(spy.text.p, "cryptographic-asset referenced\n  name=Example Root"));
    assert_non_null(strstr(spy.text.p, "certificate-store=policy"));
    spy_clear(&spy);
}

static void says_what_it_cannot_read(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        int result;
    } cases[] = {
        {"locked",
         BYTES(HEAD PROFILE_HEAD
               "<key>EncryptedPayloadContent</key><data>AAAA</data></dict></plist>"),
         -ERR_ENCRYPTED},
        {"another list", BYTES(HEAD STRING("Label", "a") "</dict></plist>"), RECOG_NOT_MINE},
        {"text", BYTES("mobile, configured"), RECOG_NOT_MINE},
        {"a key", BYTES("\x30\x03\x02\x01\x01"), RECOG_NOT_MINE},
        {"nothing", BYTES(""), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_profile, 0, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    auto_buf bytes = {0};
    (void)state;

    put_signed(&bytes);
    spy_contract(&recog_profile, 0, (struct span){(const uint8_t *)bytes.p, bytes.n});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_is_allowed),
        cmocka_unit_test(a_signed_one_names_its_signer_too),
        cmocka_unit_test(a_root_certificate_is_one),
        cmocka_unit_test(says_what_it_cannot_read),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_profile", tests, NULL, NULL);
}
