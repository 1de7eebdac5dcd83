// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_firefox_extension;

enum {
    GATE_LIST,
    GATE_STORE,
    GATE_LEFT,
    GATE_XPI,
    GATE_XPI_SYSTEM,
};

#define LIST \
    "{\"schemaVersion\":36,\"addons\":[{\"id\":\"guard@acme.test\",\"version\":\"1.2\"," \
    "\"type\":\"extension\",\"active\":true,\"location\":\"app-profile\",\"installDate\":" \
    "1600000000000,\"path\":\"/p/extensions/guard@acme.test.xpi\",\"sourceURI\":" \
    "\"https://store.test/guard.xpi\",\"defaultLocale\":{\"name\":\"Acme Guard\",\"creator\":" \
    "\"Acme Ltd\",\"description\":\"Guards\",\"homepageURL\":\"https://acme.test\"}}," \
    "{\"id\":\"{11111111-2222-3333-4444-555555555555}\",\"type\":\"theme\",\"active\":false," \
    "\"location\":\"app-global\",\"path\":\"/usr/share/x\",\"installDate\":-1," \
    "\"defaultLocale\":{\"creator\":null}},{\"version\":\"1\"},7]}"
#define STORE \
    "{\"schema\":6,\"addons\":[{\"id\":\"guard@acme.test\",\"name\":\"Acme Guard\",\"version\":" \
    "\"1.2\",\"creator\":{\"name\":\"Acme Ltd\"},\"sourceURI\":\"https://store.test/g.xpi\"}]}"
#define LEFT \
    "{\"guard@acme.test\":{\"permissions\":[],\"origins\":[]},\"other\":{\"permissions\":[]}}"

static void reads_what_a_profile_has(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_firefox_extension, GATE_LIST, BYTES(LIST));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p,
                        "application installed\n"
                        "  extension-id=guard@acme.test @36+17\n"
                        "  name=Acme Guard\n"
                        "  version=1.2\n"
                        "  description=Guards\n"
                        "  author=Acme Ltd\n"
                        "  homepage=https://acme.test\n"
                        "  url=https://store.test/guard.xpi\n"
                        "  installed-at=2020-09-13T12:26:40Z\n"
                        "  status=active, app-profile\n"
                        "data installed\n"
                        "  extension-id={11111111-2222-3333-4444-555555555555} @365+40\n"
                        "  status=inactive, app-global\n"
                        "  depends=/usr/share/x\n");
    spy_clear(&spy);
}

static void what_the_store_says_is_a_reference(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_firefox_extension, GATE_STORE, BYTES(STORE));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application referenced\n"
                                    "  extension-id=guard@acme.test @28+17\n"
                                    "  name=Acme Guard\n"
                                    "  version=1.2\n"
                                    "  author=Acme Ltd\n"
                                    "  url=https://store.test/g.xpi\n");
    spy_clear(&spy);
}

static void what_stays_is_residue(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_firefox_extension, GATE_LEFT, BYTES(LEFT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "data residue\n"
                                    "  extension-id=guard@acme.test @1+17\n"
                                    "  status=permissions that it was given\n");
    spy_clear(&spy);
}

static void an_archive_is_known_by_its_name(void **state)
{
    const struct {
        size_t gate;
        const char *path;
    } cases[] = {
        {GATE_XPI, "/home/u/.mozilla/firefox/x.default/extensions/guard@acme.test.xpi"},
        {GATE_XPI, "/usr/lib/firefox/distribution/extensions/guard@acme.test.xpi"},
        {GATE_XPI_SYSTEM, "/usr/share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}/"
                          "guard@acme.test.xpi"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct gate *g = &recog_firefox_extension.gates[cases[i].gate];
        struct captures captures;
        struct spy spy;

        assert_true(gate_path_matches(g->path, sv_str(cases[i].path), &captures));
        assert_int_equal(captures.count, 1);
        assert_int_equal(captures.at[0].key, FIELD_EXTENSION_ID);
        assert_true(sv_eq(captures.at[0].value, SV("guard@acme.test")));
        spy_identify(&spy, &recog_firefox_extension, cases[i].gate, BYTES("PK\3\4"));
        assert_int_equal(spy.result, 0);
        assert_string_equal(spy.text.p, "application installed\n"
                                        "  status=in a folder that the browser loads from\n");
        spy_clear(&spy);
    }
}

static void passes_by_other_files_of_these_names(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"an editor's, with comments", GATE_LIST,
         BYTES("{ // for this project\n \"recommendations\": [\"acme.guard\"] }"), RECOG_NOT_MINE},
        {"an editor's list", GATE_LIST, BYTES("[{\"identifier\":{\"id\":\"a.b\"}}]"),
         RECOG_NOT_MINE},
        {"addons that are no list", GATE_LIST, BYTES("{\"addons\":{}}"), RECOG_NOT_MINE},
        {"a new profile", GATE_LIST, BYTES("{\"addons\":[]}"), 0},
        {"breaks off", GATE_LIST, BYTES("{\"addons\":[{\"id\":"), -ERR_FORMAT},
        {"a program's own permissions", GATE_LEFT, BYTES("{\"x\":{\"permissions\":[]}}"), 0},
        {"empty", GATE_STORE, BYTES(""), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_firefox_extension, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void preferences_are_no_source(void **state)
{
    const char *const names[] = {"/p/x.default/prefs.js", "/p/x.default/user.js",
                                 "/usr/lib/firefox/defaults/pref/all.js"};
    (void)state;

    for (const struct gate *g = recog_firefox_extension.gates; g->path; g++) {
        struct captures captures;

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            assert_false(gate_path_matches(g->path, sv_str(names[i]), &captures));
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_firefox_extension, GATE_LIST, BYTES(LIST));
    spy_contract(&recog_firefox_extension, GATE_STORE, BYTES(STORE));
    spy_contract(&recog_firefox_extension, GATE_LEFT, BYTES(LEFT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_profile_has),
        cmocka_unit_test(what_the_store_says_is_a_reference),
        cmocka_unit_test(what_stays_is_residue),
        cmocka_unit_test(an_archive_is_known_by_its_name),
        cmocka_unit_test(passes_by_other_files_of_these_names),
        cmocka_unit_test(preferences_are_no_source),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_firefox_extension", tests, NULL, NULL);
}
