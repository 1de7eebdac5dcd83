// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include <openssl/evp.h>

#include "support/make_cert.h"

extern const struct recogniser recog_browser_policy;

enum {
    GATE_MANAGED,
    GATE_RECOMMENDED,
    GATE_FIREFOX,
    GATE_FIREFOX_DISTRIBUTION,
    GATE_MACOS_FIREFOX,
    GATE_MACOS_FIREFOX_USER,
    GATE_MACOS,
};

#define A "aaaabbbbccccddddeeeeffffgggghhhh"
#define B "bbbbbbbbccccddddeeeeffffgggghhhh"
#define C "ccccbbbbccccddddeeeeffffgggghhhh"
#define D "ddddbbbbccccddddeeeeffffgggghhhh"
#define E "eeeebbbbccccddddeeeeffffgggghhhh"
#define F "ffffbbbbccccddddeeeeffffgggghhhh"

#define CHROMIUM \
    "{ // by order of the administrator\n" \
    "\"ExtensionSettings\":{\"*\":{\"installation_mode\":\"allowed\"},\"" B "," C \
    "\":{\"installation_mode\":\"force_installed\",\"update_url\":\"https://s.test/\"}," \
    "\"" D "\":{\"installation_mode\":\"blocked\"},\"" E "\":{\"toolbar_pin\":\"force_pinned\"}}," \
    "\"ExtensionInstallForcelist\":[\"" A ";https://s.test/crx\"],\"3rdparty\":{\"extensions\":" \
    "{\"" F "\":{\"x\":1}}}," \
    "\"ExtensionInstallAllowlist\":[\"" A "\",\"*\"],\"ExtensionInstallBlocklist\":[\"" D "\"],}"

#define FIREFOX \
    "{\"policies\":{\"ExtensionSettings\":{\"*\":{\"installation_mode\":\"blocked\"}," \
    "\"guard@acme.test\":{\"installation_mode\":\"normal_installed\",\"install_url\":" \
    "\"https://s.test/guard.xpi\"},\"bad@acme.test\":{\"installation_mode\":\"blocked\"}}," \
    "\"Extensions\":{\"Install\":[\"https://s.test/other.xpi\",\"C:\\\\acme\\\\third.xpi\"]," \
    "\"Uninstall\":[\"bad@acme.test\"],\"Locked\":[\"guard@acme.test\"]}," \
    "\"Certificates\":{\"ImportEnterpriseRoots\":true,\"Install\":[\"/opt/acme/ca.pem\"]}}}"

static void reads_what_chromium_shall_install(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_browser_policy, GATE_MANAGED, BYTES(CHROMIUM));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application referenced\n"
                                    "  extension-id=" A " @394+53\n"
                                    "  url=https://s.test/crx\n"
                                    "  status=policy\n"
                                    "  row=ExtensionInstallForcelist\n"
                                    "application referenced <=trace\n"
                                    "  extension-id=" A " @549+34\n"
                                    "  status=policy\n"
                                    "  row=ExtensionInstallAllowlist\n"
                                    "application referenced\n"
                                    "  extension-id=" B " @92+67\n"
                                    "  url=https://s.test/\n"
                                    "  status=policy, force_installed\n"
                                    "  row=ExtensionSettings\n"
                                    "application referenced\n"
                                    "  extension-id=" C " @92+67\n"
                                    "  url=https://s.test/\n"
                                    "  status=policy, force_installed\n"
                                    "  row=ExtensionSettings\n"
                                    "application referenced <=trace\n"
                                    "  extension-id=" E " @298+34\n"
                                    "  status=policy\n"
                                    "  row=ExtensionSettings\n"
                                    "application referenced <=trace\n"
                                    "  extension-id=" F " @475+34\n"
                                    "  status=policy\n"
                                    "  row=3rdparty\n");
    assert_null(strstr(spy.text.p, D)); // what is blocked is kept out
    spy_clear(&spy);
}

static void reads_what_firefox_shall_install(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_browser_policy, GATE_FIREFOX, BYTES(FIREFOX));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application referenced\n"
                                    "  name=other.xpi @244+26\n"
                                    "  url=https://s.test/other.xpi\n"
                                    "  status=policy\n"
                                    "  row=Extensions.Install\n"
                                    "application referenced\n"
                                    "  name=third.xpi\n"
                                    "  depends=C:\\acme\\third.xpi\n"
                                    "  status=policy\n"
                                    "  row=Extensions.Install\n"
                                    "application referenced <=trace\n"
                                    "  extension-id=guard@acme.test @334+17\n"
                                    "  status=policy\n"
                                    "  row=Extensions.Locked\n"
                                    "application referenced\n"
                                    "  extension-id=guard@acme.test @70+17\n"
                                    "  url=https://s.test/guard.xpi\n"
                                    "  status=policy, normal_installed\n"
                                    "  row=ExtensionSettings\n"
                                    "cryptographic-asset referenced\n"
                                    "  name=ca.pem\n"
                                    "  depends=/opt/acme/ca.pem\n"
                                    "  certificate-store=policy\n"
                                    "  row=Certificates.Install\n");
    assert_null(strstr(spy.text.p, "bad@acme.test"));
    spy_clear(&spy);
}

static void reads_the_certificates_that_a_policy_trusts(void **state)
{
    struct made_cert made = made_cert("Acme Root", "Acme Ltd", NULL, true, NULL);
    auto_buf der = {0}, file = {0};
    char text[4096];
    struct spy spy;
    (void)state;

    made_cert_der(&made, &der);
    made_cert_clear(&made);
    EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)der.p, (int)der.n);
    buf_printf(&file, "{\"CACertificates\":[\"AAAA\",\"%s\"]}", text);
    spy_identify(&spy, &recog_browser_policy, GATE_RECOMMENDED,
                 (struct span){(const uint8_t *)file.p, file.n});

    assert_int_equal(spy.result, -ERR_FORMAT); // for the first one
    assert_non_null(strstr(spy.text.p, "cryptographic-asset installed\n  name=Acme Root\n"));
    assert_non_null(strstr(spy.text.p, "certificate-store=policy\n  row=CACertificates\n"));
    spy_clear(&spy);
}

#define PLIST(body) \
    "<?xml version=\"1.0\"?>\n<plist version=\"1.0\"><dict>" body "</dict></plist>\n"
#define MACOS \
    PLIST("<key>ExtensionInstallForcelist</key><array><string>" A ";https://s.test/crx</string>" \
          "</array><key>Many</key><integer>3</integer><key>When</key>" \
          "<date>2020-01-01T00:00:00Z</date>" \
          "<key>ExtensionSettings</key><dict><key>" B "</key><dict><key>installation_mode</key>" \
          "<string>blocked</string></dict></dict>")
#define MACOS_FIREFOX \
    PLIST("<key>EnterprisePoliciesEnabled</key><true/><key>Extensions__Install</key><array>" \
          "<string>https://s.test/guard.xpi</string></array>" \
          "<key>Extensions</key><dict><key>Locked</key><array><string>guard@acme.test</string>" \
          "</array></dict>")

static void reads_what_macos_manages(void **state)
{
    struct spy chromium, firefox;
    (void)state;

    spy_identify(&chromium, &recog_browser_policy, GATE_MACOS, BYTES(MACOS));
    spy_identify(&firefox, &recog_browser_policy, GATE_MACOS_FIREFOX, BYTES(MACOS_FIREFOX));

    assert_int_equal(chromium.result, 0);
    assert_string_equal(chromium.text.p, "application referenced\n"
                                         "  extension-id=" A "\n"
                                         "  url=https://s.test/crx\n"
                                         "  status=policy\n"
                                         "  row=ExtensionInstallForcelist\n");
    assert_int_equal(firefox.result, 0);
    assert_string_equal(firefox.text.p, "application referenced\n"
                                        "  name=guard.xpi\n"
                                        "  url=https://s.test/guard.xpi\n"
                                        "  status=policy\n"
                                        "  row=Extensions.Install\n"
                                        "application referenced <=trace\n"
                                        "  extension-id=guard@acme.test\n"
                                        "  status=policy\n"
                                        "  row=Extensions.Locked\n");
    spy_clear(&chromium);
    spy_clear(&firefox);
}

static void passes_by_what_is_no_policy(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"policies of something else", GATE_FIREFOX, BYTES("{\"rules\":[}"), RECOG_NOT_MINE},
        {"policies that are a list", GATE_FIREFOX, BYTES("{\"policies\":[]}"), RECOG_NOT_MINE},
        {"no extension in it", GATE_MANAGED, BYTES("{\"HomepageLocation\":\"x\"}"), 0},
        {"ids that are none", GATE_MANAGED,
         BYTES("{\"ExtensionInstallForcelist\":[\"guard@acme.test\",7]}"), 0},
        {"text", GATE_MANAGED, BYTES("none"), RECOG_NOT_MINE},
        {"a list of properties that is an array", GATE_MACOS,
         BYTES("<?xml version=\"1.0\"?><plist><array/></plist>"), RECOG_NOT_MINE},
        {"not a list of properties", GATE_MACOS, BYTES("{\"x\":1}"), RECOG_NOT_MINE},
        {"breaks off", GATE_MANAGED, BYTES("{\"ExtensionSettings\":{"), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_browser_policy, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_browser_policy, GATE_MANAGED, BYTES(CHROMIUM));
    spy_contract(&recog_browser_policy, GATE_FIREFOX_DISTRIBUTION, BYTES(FIREFOX));
    spy_contract(&recog_browser_policy, GATE_MACOS, BYTES(MACOS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_chromium_shall_install),
        cmocka_unit_test(reads_what_firefox_shall_install),
        cmocka_unit_test(reads_the_certificates_that_a_policy_trusts),
        cmocka_unit_test(reads_what_macos_manages),
        cmocka_unit_test(passes_by_what_is_no_policy),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_browser_policy", tests, NULL, NULL);
}
