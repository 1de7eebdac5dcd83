// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_plist;

enum {
    GATE_BUNDLE = 4,
    GATE_DAEMON = 8,
    GATE_RECEIPT = 10,
    GATE_HISTORY = 11,
    GATE_EXTENSIONS = 12,
    GATE_SAFARI = 13,
    GATE_SAFARI_OLD = 15,
};

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">"
#define STRING(key, value) "<key>" key "</key><string>" value "</string>"

#define INFO \
    HEAD "<dict>" STRING("CFBundleIdentifier", "com.example.net") STRING("CFBundleName", "Net") \
        STRING("CFBundleDisplayName", "Example Net") STRING("CFBundleExecutable", "net") \
            STRING("CFBundleShortVersionString", "12.1") STRING("CFBundleVersion", "12.1.0.7") \
                STRING("NSHumanReadableCopyright", "© 2020 Example &amp; Sons") \
                    STRING("CFBundlePackageType", "APPL") "</dict></plist>"

static void tells_what_a_bundle_is(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_plist, GATE_BUNDLE, BYTES(INFO));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application present\n"
                                    "  bundle-id=com.example.net @103+15\n"
                                    "  product=Example Net @208+11\n"
                                    "  product=Net @158+3\n"
                                    "  name=net @265+3\n"
                                    "  version=12.1 @322+4\n"
                                    "  version=12.1.0.7 @369+8\n"
                                    "  copyright=© 2020 Example & Sons @0+530\n");
    spy_clear(&spy);
}

/* {"CFBundleIdentifier": "com.example.net"} */
#define BINARY \
    "bplist00" \
    "\xd1\x01\x02" \
    "\x5f\x10\x12" \
    "CFBundleIdentifier" \
    "\x5f\x10\x0f" \
    "com.example.net" \
    "\x08\x0b\x20" \
    "\0\0\0\0\0\0\1\1" \
    "\0\0\0\0\0\0\0\3" \
    "\0\0\0\0\0\0\0\0" \
    "\0\0\0\0\0\0\0\x32"

static void reads_binary_lists(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_plist, GATE_BUNDLE, BYTES(BINARY));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application present\n"
                                    "  bundle-id=com.example.net @35+15\n");
    spy_clear(&spy);
}

static void tells_what_launchd_starts(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        const char *command;
    } cases[] = {
        {"arguments",
         BYTES(HEAD
               "<dict>" STRING("Label", "com.example.netd") "<key>ProgramArguments</key><array>"
                                                            "<string>/opt/netd</string><string>-d</"
                                                            "string></array></dict></plist>"),
         "  command=/opt/netd -d @"},
        {"a program",
         BYTES(HEAD "<dict>" STRING("Label", "com.example.netd")
                   STRING("Program", "/opt/netd") "</dict></plist>"),
         "  command=/opt/netd @"},
        {"both",
         BYTES(HEAD "<dict>" STRING("Label", "com.example.netd")
                   STRING("Program", "/opt/netd") "<key>ProgramArguments</key><array><string>netd</"
                                                  "string><string>-d</string>"
                                                  "</array></dict></plist>"),
         "  command=/opt/netd -d @"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_plist, GATE_DAEMON, cases[i].bytes);
        assert_int_equal(spy.result, 0);
        if (!strstr(spy.text.p, "service installed\n  launchd=com.example.netd @") ||
            !strstr(spy.text.p, cases[i].command))
            fail_msg("%s: %s", cases[i].why, spy.text.p);
        spy_clear(&spy);
    }
}

#define RECEIPT \
    HEAD "<dict><key>InstallDate</key><date>2021-03-04T05:06:07Z</date>" STRING( \
        "PackageIdentifier", "com.example.pkg.net") \
        STRING("PackageVersion", "12.1") "</dict></plist>"

static void tells_installed_packages(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_plist, GATE_RECEIPT, BYTES(RECEIPT));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  receipt=com.example.pkg.net @157+19\n"
                                    "  name=com.example.pkg.net @157+19\n"
                                    "  version=12.1 @218+4\n"
                                    "  installed-at=2021-03-04T05:06:07Z @94+20\n");
    spy_clear(&spy);
}

#define HISTORY \
    HEAD "<array><dict><key>date</key><date>2021-03-04T05:06:07Z</date>" STRING( \
        "displayName", "Net") STRING("displayVersion", "12.1") "<key>packageIdentifiers</key>" \
                                                               "<array><string>a.b</string>" \
                                                               "<string>a.c</string></array>" \
                                                               "</dict></array></plist>"

static void what_was_once_installed_is_residue(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_plist, GATE_HISTORY, BYTES(HISTORY));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application residue\n"
                                    "  product=Net @151+3\n"
                                    "  version=12.1 @196+4\n"
                                    "  receipt=a.b @253+3\n"
                                    "  receipt=a.c @273+3\n"
                                    "  installed-at=2021-03-04T05:06:07Z @94+20\n"
                                    "  row=entry 0\n");
    spy_clear(&spy);
}

#define EXTENSIONS \
    HEAD "<dict><key>extensions</key><array><dict>" STRING("identifier", "com.example.sysext") \
        STRING("teamID", "TEAM123456") \
            STRING("state", "activated_enabled") "<key>bundleVersion</key><dict>" STRING( \
                "CFBundleShortVersionString", "12.1") "</dict>" \
                                                      "</dict></array></dict></plist>"

static void tells_system_extensions(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_plist, GATE_EXTENSIONS, BYTES(EXTENSIONS));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "service installed\n"
                                    "  bundle-id=com.example.sysext @129+18\n"
                                    "  team-id=TEAM123456 @181+10\n"
                                    "  version=12.1 @325+4\n"
                                    "  status=activated_enabled @224+17\n"
                                    "  row=extensions 0\n");
    spy_clear(&spy);
}

/* An array of two references to the next array, and so on: 2^31 objects from 200 bytes. */
static void a_list_that_doubles_itself_is_refused(void **state)
{
    enum { LEVELS = 31 };
    auto_buf b = {0};
    uint8_t offsets[LEVELS + 1];
    struct spy spy;
    (void)state;

    buf_str(&b, "bplist00");
    for (size_t i = 0; i < LEVELS; i++) {
        offsets[i] = (uint8_t)b.n;
        buf_bytes(&b, (uint8_t[]){0xa2, (uint8_t)(i + 1), (uint8_t)(i + 1)}, 3);
    }
    offsets[LEVELS] = (uint8_t)b.n;
    buf_bytes(&b, "\x51x", 2);

    size_t table = b.n;

    buf_bytes(&b, offsets, sizeof(offsets));
    buf_bytes(&b, "\0\0\0\0\0\0\1\1\0\0\0\0\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 31);
    buf_char(&b, (char)table);
    spy_identify(&spy, &recog_plist, GATE_BUNDLE, (struct span){(const uint8_t *)b.p, b.n});
    assert_int_equal(spy.result, -ERR_FORMAT);
    assert_non_null(strstr(spy.err.text, "trap"));
    spy_clear(&spy);
}

static void a_list_that_holds_itself_is_refused(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_plist, GATE_BUNDLE,
                 BYTES("bplist00\xa1\0\x08\0\0\0\0\0\0\1\1\0\0\0\0\0\0\0\1"
                       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xa"));
    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
}

static void a_list_that_goes_too_deep_is_refused(void **state)
{
    auto_buf b = {0};
    struct spy spy;
    (void)state;

    buf_str(&b, HEAD);
    for (size_t i = 0; i < 100000; i++)
        buf_str(&b, i % 3 == 0 ? "<array><!-- </array></array> -->" : "<array>");
    spy_identify(&spy, &recog_plist, GATE_BUNDLE, (struct span){(const uint8_t *)b.p, b.n});
    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
}

static void other_lists_are_not_ours(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
    } cases[] = {
        {"text", GATE_BUNDLE, BYTES("Info.plist")},
        {"nothing", GATE_BUNDLE, {0}},
        {"no bundle", GATE_BUNDLE, BYTES(HEAD "<dict>" STRING("a", "b") "</dict></plist>")},
        {"no label", GATE_DAEMON, BYTES(HEAD "<dict>" STRING("a", "b") "</dict></plist>")},
        {"no package", GATE_RECEIPT, BYTES(HEAD "<array/></plist>")},
        {"no history", GATE_HISTORY, BYTES(HEAD "<dict/></plist>")},
        {"no extensions", GATE_EXTENSIONS, BYTES(HEAD "<dict/></plist>")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_plist, cases[i].gate, cases[i].bytes);
        if (spy.result != RECOG_NOT_MINE)
            fail_msg("%s: %d (%s)", cases[i].why, spy.result, spy.err.text);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_plist, GATE_BUNDLE, BYTES(INFO));
    spy_contract(&recog_plist, GATE_BUNDLE, BYTES(BINARY));
    spy_contract(&recog_plist, GATE_RECEIPT, BYTES(RECEIPT));
    spy_contract(&recog_plist, GATE_HISTORY, BYTES(HISTORY));
    spy_contract(&recog_plist, GATE_EXTENSIONS, BYTES(EXTENSIONS));
}

static void names_the_extensions_of_safari(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_plist, GATE_SAFARI,
                 BYTES(HEAD "<dict><key>com.example.app.ext (ABCDE12345)</key><dict>"
                            "<key>Enabled</key><true/></dict><key>Version</key><integer>1</integer>"
                            "</dict></plist>"));
    assert_int_equal(spy.result, 0);
    assert_non_null(strstr(spy.text.p, "  bundle-id=com.example.app.ext @"));
    assert_non_null(strstr(spy.text.p, "  team-id=ABCDE12345 @"));
    assert_non_null(strstr(spy.text.p, "  extension-id=com.example.app.ext-ABCDE12345\n"));
    assert_null(strstr(spy.text.p, "Version"));
    spy_clear(&spy);
    spy_identify(&spy, &recog_plist, GATE_SAFARI_OLD,
                 BYTES(HEAD "<dict><key>Installed Extensions</key><array><dict>" STRING(
                     "Archive File Name", "Advisor.safariextz") "</dict></array></dict></plist>"));
    assert_int_equal(spy.result, 0);
    assert_non_null(strstr(spy.text.p, "  file-name=Advisor.safariextz @"));
    spy_clear(&spy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_extensions_of_safari),
        cmocka_unit_test(tells_what_a_bundle_is),
        cmocka_unit_test(reads_binary_lists),
        cmocka_unit_test(tells_what_launchd_starts),
        cmocka_unit_test(tells_installed_packages),
        cmocka_unit_test(what_was_once_installed_is_residue),
        cmocka_unit_test(tells_system_extensions),
        cmocka_unit_test(a_list_that_doubles_itself_is_refused),
        cmocka_unit_test(a_list_that_holds_itself_is_refused),
        cmocka_unit_test(a_list_that_goes_too_deep_is_refused),
        cmocka_unit_test(other_lists_are_not_ours),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_plist", tests, NULL, NULL);
}
