// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_chromium_extension;

enum {
    GATE_PREFERENCES,
    GATE_SECURE_PREFERENCES,
    GATE_INITIAL,
    GATE_MASTER,
    GATE_EXTERNAL_LIST,
    GATE_EXTERNAL,
    GATE_EXTERNAL_LINUX,
};

#define A "aaaabbbbccccddddeeeeffffgggghhhh"
#define B "bbbbbbbbccccddddeeeeffffgggghhhh"
#define C "ccccbbbbccccddddeeeeffffgggghhhh"
#define D "ddddbbbbccccddddeeeeffffgggghhhh"

#define PREFERENCES \
    "{\"account\":{\"" A "\":{}},\"extensions\":{\"settings\":{" \
    "\"" A "\":{\"first_install_time\":\"13439950706374305\",\"from_webstore\":true," \
    "\"location\":2,\"disable_reasons\":[],\"path\":\"" A "/1.2_0\",\"manifest\":{" \
    "\"name\":\"Acme Guard\",\"version\":\"1.2\"}}," \
    "\"" B "\":{\"location\":4,\"disable_reasons\":[1],\"path\":\"/opt/acme/extension\"}," \
    "\"" C "\":{\"ack_external\":true}," \
    "\"" D "\":{\"state\":2,\"path\":\"x\"}," \
    "\"not-an-id\":{\"path\":\"x\"},\"opsettings\":3}}}"

static void reads_what_a_profile_has(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_chromium_extension, GATE_PREFERENCES, BYTES(PREFERENCES));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  extension-id=" A " @77+34\n"
                                    "  name=Acme Guard\n"
                                    "  version=1.2\n"
                                    "  installed-at=2026-11-23T23:38:26Z\n"
                                    "  status=enabled, from an external file, from the web store\n"
                                    "  row=extensions.settings." A "\n"
                                    "application installed\n"
                                    "  extension-id=" B " @307+34\n"
                                    "  status=disabled, unpacked\n"
                                    "  row=extensions.settings." B "\n"
                                    "  depends=/opt/acme/extension\n"
                                    "application residue\n"
                                    "  extension-id=" C " @408+34\n"
                                    "  status=removed\n"
                                    "  row=extensions.settings." C "\n"
                                    "application residue\n"
                                    "  extension-id=" D " @465+34\n"
                                    "  status=removed\n"
                                    "  row=extensions.settings." D "\n"
                                    "  depends=x\n");
    spy_clear(&spy);
}

static void old_browsers_say_by_a_number_that_it_is_disabled(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_chromium_extension, GATE_SECURE_PREFERENCES,
                 BYTES("{\"extensions\":{\"settings\":{\"" A "\":{\"state\":0,\"path\":\"" A
                       "/1\",\"install_time\":\"99999999999999999999\",\"location\":77}}}}"));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  extension-id=" A " @27+34\n"
                                    "  status=disabled\n"
                                    "  row=extensions.settings." A "\n");
    spy_clear(&spy);
}

static void what_new_profiles_shall_get_is_referenced(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_chromium_extension, GATE_MASTER,
                 BYTES("{\"extensions\":{\"settings\":{\"" A
                       "\":{\"location\":1,\"manifest\":{\"update_url\":\"https://s.test/\"}}}}}"));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application referenced\n"
                                    "  extension-id=" A " @27+34\n"
                                    "  url=https://s.test/\n"
                                    "  status=enabled, from the browser's store or a file\n"
                                    "  row=extensions.settings." A "\n");
    spy_clear(&spy);
}

static void reads_what_the_browser_is_told_to_install(void **state)
{
    struct spy one, list;
    (void)state;

    spy_identify(&one, &recog_chromium_extension, GATE_EXTERNAL,
                 BYTES("{\"external_crx\":\"/opt/acme/guard.crx\",\"external_version\":\"1.2\"}"));
    spy_identify(&list, &recog_chromium_extension, GATE_EXTERNAL_LIST,
                 BYTES("{\"" A "\":{\"external_update_url\":\"https://s.test/\"},\"x\":"
                       "{\"external_crx\":\"y\"}}"));

    assert_int_equal(one.result, 0);
    assert_string_equal(one.text.p, "application referenced\n"
                                    "  version=1.2\n"
                                    "  depends=/opt/acme/guard.crx\n"
                                    "  status=the browser is told to install it\n");
    assert_int_equal(list.result, 0);
    assert_string_equal(list.text.p, "application referenced\n"
                                     "  extension-id=" A "\n"
                                     "  url=https://s.test/\n"
                                     "  status=the browser is told to install it\n");
    spy_clear(&one);
    spy_clear(&list);
}

static void passes_by_other_files_of_these_names(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"Preferences of another program", GATE_PREFERENCES, BYTES("{\"window\":{}}"),
         RECOG_NOT_MINE},
        {"settings that are no object", GATE_PREFERENCES,
         BYTES("{\"extensions\":{\"settings\":[1]}}"), RECOG_NOT_MINE},
        {"a profile without extensions", GATE_PREFERENCES,
         BYTES("{\"extensions\":{\"settings\":{}}}"), 0},
        {"a preference that blocks", GATE_PREFERENCES,
         BYTES("{\"extensions\":{\"install\":{\"denylist\":[\"" A "\"]}}}"), RECOG_NOT_MINE},
        {"text", GATE_PREFERENCES, BYTES("user_pref(1);"), RECOG_NOT_MINE},
        {"breaks off", GATE_PREFERENCES, BYTES("{\"extensions\":{"), -ERR_FORMAT},
        {"some JSON of extensions", GATE_EXTERNAL_LINUX, BYTES("{\"id\":1,}"), RECOG_NOT_MINE},
        {"some damaged JSON", GATE_EXTERNAL_LINUX, BYTES("{\"id\":1"), RECOG_NOT_MINE},
        {"only a locale", GATE_EXTERNAL, BYTES("{\"external_version\":\"1\"}"), RECOG_NOT_MINE},
        {"an empty list", GATE_EXTERNAL_LIST, BYTES("{}"), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_chromium_extension, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void finds_the_profiles_of_every_system(void **state)
{
    const struct {
        size_t gate;
        const char *path;
    } cases[] = {
        {GATE_PREFERENCES, "/home/u/.config/google-chrome/Profile 2/Preferences"},
        {GATE_SECURE_PREFERENCES,
         "/Users/u/AppData/Local/Microsoft/Edge/User Data/Default/Secure Preferences"},
        {GATE_EXTERNAL, "/Users/u/Library/Application Support/Google/Chrome/External "
                        "Extensions/" A ".json"},
        {GATE_EXTERNAL_LINUX, "/opt/google/chrome/extensions/" A ".json"},
        {GATE_EXTERNAL_LINUX, "/usr/share/chromium/extensions/" A ".json"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct captures captures;

        assert_true(gate_path_matches(recog_chromium_extension.gates[cases[i].gate].path,
                                      sv_str(cases[i].path), &captures));
        assert_int_equal(captures.count, 1);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_chromium_extension, GATE_PREFERENCES, BYTES(PREFERENCES));
    spy_contract(&recog_chromium_extension, GATE_EXTERNAL_LIST,
                 BYTES("{\"" A "\":{\"external_update_url\":\"https://s.test/\"}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_profile_has),
        cmocka_unit_test(old_browsers_say_by_a_number_that_it_is_disabled),
        cmocka_unit_test(what_new_profiles_shall_get_is_referenced),
        cmocka_unit_test(reads_what_the_browser_is_told_to_install),
        cmocka_unit_test(passes_by_other_files_of_these_names),
        cmocka_unit_test(finds_the_profiles_of_every_system),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_chromium_extension", tests, NULL, NULL);
}
