// SPDX-License-Identifier: Apache-2.0
/* The edits of JSON: browser policies, native messaging, package.json. */
#include "support/edit_spy.h"

#define ID "abcdefghijklmnopabcdefghijklmnop"

static void drops_extensions_of_chromium(void **state)
{
    (void)state;
    EDITS("drop-extension", ID,
          {"one of a list, each on a line",
           "{\n  // ours\n  \"ExtensionInstallForcelist\": [\n    \"x;u\",\n    \"" ID
           ";https://u\"\n  ],\n  \"A\": 1\n}\n",
           "{\n  // ours\n  \"ExtensionInstallForcelist\": [\n    \"x;u\"\n  ],\n  \"A\": 1\n}\n"},
          {"the first of a list on one line",
           "{\"ExtensionInstallAllowlist\": [\"" ID "\", \"y\"]}",
           "{\"ExtensionInstallAllowlist\": [\"y\"]}"},
          {"the one in the middle", "{\"ExtensionInstallAllowlist\": [\"x\", \"" ID "\", \"y\"]}",
           "{\"ExtensionInstallAllowlist\": [\"x\", \"y\"]}"},
          {"the last two", "{\"ExtensionInstallAllowlist\": [\"x\", \"" ID "\", \"" ID "\"]}",
           "{\"ExtensionInstallAllowlist\": [\"x\"]}"},
          {"all of it", "{\"ExtensionInstallAllowlist\": [\"" ID "\"]}",
           "{\"ExtensionInstallAllowlist\": []}"},
          {"its settings",
           "{\r\n  \"ExtensionSettings\": {\r\n    \"" ID "\": {\r\n      \"installation_mode\": "
           "\"force_installed\"\r\n    },\r\n    \"*\": {}\r\n  }\r\n}",
           "{\r\n  \"ExtensionSettings\": {\r\n    \"*\": {}\r\n  }\r\n}"},
          {"one of several with the same settings",
           "{\"ExtensionSettings\":{\"x," ID "\":{\"installation_mode\":\"allowed\"}}}",
           "{\"ExtensionSettings\":{\"x\":{\"installation_mode\":\"allowed\"}}}"},
          {"what blocks it stays",
           "{\"ExtensionInstallBlocklist\":[\"" ID "\"],\"ExtensionSettings\":{\"" ID
           "\":{\"installation_mode\":\"blocked\"}}}",
           NULL},
          {"what it is given", "{\"3rdparty\":{\"extensions\":{\"" ID "\":{\"a\":1}, \"x\":{}}}}",
           "{\"3rdparty\":{\"extensions\":{\"x\":{}}}}"},
          {"a trailing comma stays", "{\"ExtensionInstallAllowlist\":[\"x\",\"" ID "\",],}",
           "{\"ExtensionInstallAllowlist\":[\"x\",],}"},
          {"comments stay",
           "{\"ExtensionInstallAllowlist\":[\n  \"x\", // x\n  \"" ID "\" // the guard\n]}",
           "{\"ExtensionInstallAllowlist\":[\n  \"x\" // x\n // the guard\n]}"},
          {"written with escapes",
           "{\"ExtensionInstallAllowlist\":[\"\\u0061bcdefghijklmnopabcdefghijklmnop\"]}",
           "{\"ExtensionInstallAllowlist\":[]}"},
          {"who may talk to a host",
           "{\"name\":\"h\",\"allowed_origins\":[\"chrome-extension://" ID
           "/\",\"chrome-extension://x/\"]}",
           "{\"name\":\"h\",\"allowed_origins\":[\"chrome-extension://x/\"]}"},
          {"elsewhere", "{\"URLAllowlist\":[\"" ID "\"],\"x\":\"" ID "\"}", NULL});
}

static void drops_extensions_of_firefox(void **state)
{
    (void)state;
    EDITS("drop-extension", "guard@acme.example",
          {"all that names it",
           "{\"policies\":{\"Extensions\":{\"Install\":[\"https://x/latest/guard@acme.example/"
           "a.xpi\"],"
           "\"Locked\":[\"guard@acme.example\",\"b\"]},"
           "\"ExtensionSettings\":{\"guard@acme.example\":{\"installation_mode\":\"allowed\"}}}}",
           "{\"policies\":{\"Extensions\":{\"Install\":[],\"Locked\":[\"b\"]},"
           "\"ExtensionSettings\":{}}}"},
          {"an address by another name",
           "{\"policies\":{\"Extensions\":{\"Install\":[\"/a.xpi\"]}}}", NULL});
}

static void says_what_is_no_json(void **state)
{
    (void)state;
    assert_edit_fails("drop-extension", ID, "{\"a\": [1, 2}", ERR_FORMAT);
    assert_edit_fails("drop-extension", ID, "{\"a\" 1}", ERR_FORMAT);
    assert_edit_fails("drop-extension", ID, "{} {}", ERR_FORMAT);
    assert_edit_fails("drop-extension", ID, "", ERR_FORMAT);
    assert_edit_fails("drop-extension", ID, "{\"ExtensionSettings\":{\"\\u0078," ID "\":{}}}",
                      ERR_UNSUPPORTED);
}

static void deep_and_long_texts_end(void **state)
{
    auto_buf deep = {0}, many = {0};
    (void)state;

    for (int i = 0; i < 100000; i++)
        buf_char(&deep, '[');
    assert_edit_fails_on("drop-extension", ID, buf_view(&deep), ERR_LIMIT_DEPTH);
    buf_str(&many, "{\"ExtensionInstallAllowlist\":[\"x\"");
    for (int i = 0; i < 20000; i++)
        buf_str(&many, ",\"" ID "\"");
    buf_str(&many, "]}");

    auto_buf after = {0};
    struct sv all = buf_view(&many);
    assert_int_equal(edit_apply(SV("drop-extension"), (struct span){(const uint8_t *)all.p, all.n},
                                SV(ID), &after, NULL),
                     0);
    assert_string_equal(after.p, "{\"ExtensionInstallAllowlist\":[\"x\"]}");
}

static void drops_hosts_that_a_policy_allows(void **state)
{
    (void)state;
    EDITS("drop-native-host", "com.acme.host",
          {"allowed",
           "{\"NativeMessagingAllowlist\":[\"com.acme.host\",\"b\"],"
           "\"NativeMessagingBlocklist\":[\"com.acme.host\"]}",
           "{\"NativeMessagingAllowlist\":[\"b\"],\"NativeMessagingBlocklist\":[\"com.acme.host\"]"
           "}"});
}

static void drops_what_a_pointer_names(void **state)
{
    (void)state;
    EDITS("drop-json", "/a/b~1c",
          {"a member", "{\"a\": {\"b/c\": {\"x\": 1}, \"d\": 2}}", "{\"a\": {\"d\": 2}}"},
          {"none", "{\"a\": [\"b/c\"]}", NULL});
    EDITS("drop-json", "/policies/Certificates/Install=acme.crt",
          {"an element",
           "{\"policies\":{\"Certificates\":{\"Install\":[\"acme.crt\", \"b.crt\"]}}}",
           "{\"policies\":{\"Certificates\":{\"Install\":[\"b.crt\"]}}}"});
    EDITS("drop-json", "/a=", {"no element is empty", "{\"a\":[\"b\"]}", NULL});
}

static void drops_packages_of_npm(void **state)
{
    (void)state;
    EDITS(
        "drop-npm", "@acme/scan",
        {"in each section of its own",
         "{\n  \"name\": \"@acme/scan\",\n  \"dependencies\": {\n    \"@acme/scan\": \"^1\",\n"
         "    \"b\": \"2\"\n  },\n  \"devDependencies\": {\n    \"b\": \"2\",\n    \"@acme/scan\": "
         "\"1\"\n  },\n  \"bundleDependencies\": [\"@acme/scan\"]\n}\n",
         "{\n  \"name\": \"@acme/scan\",\n  \"dependencies\": {\n    \"b\": \"2\"\n  },\n"
         "  \"devDependencies\": {\n    \"b\": \"2\"\n  },\n  \"bundleDependencies\": []\n}\n"},
        {"not of another", "{\"x\":{\"dependencies\":{\"@acme/scan\":\"1\"}}}", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_extensions_of_chromium),
        cmocka_unit_test(drops_extensions_of_firefox),
        cmocka_unit_test(says_what_is_no_json),
        cmocka_unit_test(deep_and_long_texts_end),
        cmocka_unit_test(drops_hosts_that_a_policy_allows),
        cmocka_unit_test(drops_what_a_pointer_names),
        cmocka_unit_test(drops_packages_of_npm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
