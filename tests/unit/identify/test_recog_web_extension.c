// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_web_extension;

enum {
    GATE_PROFILE,
    GATE_XPI,
    GATE_ANYWHERE,
    GATE_DATA,
};

#define CHROMIUM \
    "{ // comments are allowed\n" \
    "\"name\":\"Acme Guard\",\"version\":\"1.2\",\"manifest_version\":3,\"author\":" \
    "{\"email\":\"a@acme.test\"},\"homepage_url\":\"https://acme.test\"," \
    "\"update_url\":\"https://store.test/crx\",\"description\":\"Guards\",\"key\":\"YWJj\"," \
    "\"browser_specific_settings\":{\"gecko\":{\"id\":\"guard@acme.test\"}}}"

#define FIELDS_OF_CHROMIUM \
    "  name=Acme Guard\n" \
    "  version=1.2\n" \
    "  description=Guards\n" \
    "  author=a@acme.test\n" \
    "  homepage=https://acme.test\n" \
    "  url=https://store.test/crx\n"
/* Half of the SHA-256 of "abc", ba7816bf 8f01cfea 414140de 5dae2223, a letter for four bits. */
#define CHROMIUM_ID "  extension-id=lkhibglpipabmpokebebeanofnkocccd @218+6\n"
#define FIREFOX_ID "  extension-id=guard@acme.test @268+17\n"

static void reads_what_an_extension_says_of_itself(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        const char *text;
    } cases[] = {
        {"in a profile of Chromium the folder and the key are the id", GATE_PROFILE,
         "application installed\n" FIELDS_OF_CHROMIUM CHROMIUM_ID},
        {"in an archive of Firefox its own id is", GATE_XPI,
         "application installed\n" FIELDS_OF_CHROMIUM FIREFOX_ID},
        {"anywhere else both tell", GATE_ANYWHERE,
         "application present\n" FIELDS_OF_CHROMIUM CHROMIUM_ID FIREFOX_ID},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_web_extension, cases[i].gate, BYTES(CHROMIUM));
        assert_int_equal(spy.result, 0);
        if (strcmp(spy.text.p, cases[i].text) != 0)
            fail_msg("%s: got\n%s", cases[i].why, spy.text.p);
        spy_clear(&spy);
    }
}

static void leaves_out_texts_that_stand_elsewhere(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_web_extension, GATE_PROFILE,
                 BYTES("{\"name\":\"__MSG_name__\",\"short_name\":\"Guard\",\"version\":\"1\","
                       "\"description\":\"__MSG_d__\",\"author\":\"Acme\",\"developer\":{\"name\":"
                       "\"Acme Ltd\"}}"));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  name=Guard\n"
                                    "  version=1\n"
                                    "  author=Acme\n"
                                    "  author=Acme Ltd\n");
    spy_clear(&spy);
}

static void data_of_an_extension_is_residue(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_web_extension, GATE_DATA, BYTES("MANIFEST-000001\n"));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "data residue\n  status=data that an extension keeps\n");
    spy_clear(&spy);
}

static void passes_by_what_is_no_extension(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"a web application", GATE_ANYWHERE, BYTES("{\"name\":\"x\",\"start_url\":\"/\"}"),
         RECOG_NOT_MINE},
        {"a build tool's file, damaged", GATE_ANYWHERE, BYTES("{\"a\":"), RECOG_NOT_MINE},
        {"only the word", GATE_ANYWHERE,
         BYTES("{\"name\":\"x\",\"version\":\"1\",\"doc\":\"manifest_version\"}"), RECOG_NOT_MINE},
        {"no version", GATE_ANYWHERE, BYTES("{\"name\":\"x\",\"manifest_version\":2}"),
         RECOG_NOT_MINE},
        {"empty", GATE_PROFILE, BYTES(""), RECOG_NOT_MINE},
        {"an extension's, damaged", GATE_ANYWHERE, BYTES("{\"manifest_version\":2,"), -ERR_FORMAT},
        {"damaged in a profile", GATE_PROFILE, BYTES("{\"name\":"), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_web_extension, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void a_key_that_is_none_gives_no_id(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_web_extension, GATE_ANYWHERE,
                 BYTES("{\"manifest_version\":2,\"name\":\"x\",\"version\":\"1\",\"key\":\"*\"}"));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application present\n  name=x\n  version=1\n");
    spy_clear(&spy);
}

static void takes_the_id_from_the_folder(void **state)
{
    const char *const paths[] = {
        "/home/u/.config/chromium/Default/Extensions/abc/1.2_0/manifest.json",
        "/home/u/.mozilla/firefox/x.default/extensions/abc.xpi!/manifest.json",
        NULL,
        "/Users/u/AppData/Local/Google/Chrome/User Data/Profile 1/Local Extension "
        "Settings/abc/CURRENT",
        "/p/Default/Sync Extension Settings/abc/CURRENT",
        "/p/Default/Managed Extension Settings/abc/CURRENT",
        "/p/Default/IndexedDB/chrome-extension_abc_0.indexeddb.leveldb/CURRENT",
        "/p/Default/Local Storage/chrome-extension_abc_0.localstorage",
        "/Users/u/Library/Safari/LocalStorage/safari-extension_abc_0.localstorage",
        "/p/x.default/browser-extension-data/abc/storage.js",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct captures captures;
        bool id = false;

        if (!paths[i])
            continue;
        assert_true(
            gate_path_matches(recog_web_extension.gates[i].path, sv_str(paths[i]), &captures));
        for (size_t c = 0; c < captures.count; c++)
            id = id || (captures.at[c].key == FIELD_EXTENSION_ID &&
                        sv_eq(captures.at[c].value, SV("abc")));
        assert_true(id);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_web_extension, GATE_PROFILE, BYTES(CHROMIUM));
    spy_contract(&recog_web_extension, GATE_ANYWHERE, BYTES(CHROMIUM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_an_extension_says_of_itself),
        cmocka_unit_test(leaves_out_texts_that_stand_elsewhere),
        cmocka_unit_test(data_of_an_extension_is_residue),
        cmocka_unit_test(passes_by_what_is_no_extension),
        cmocka_unit_test(a_key_that_is_none_gives_no_id),
        cmocka_unit_test(takes_the_id_from_the_folder),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_web_extension", tests, NULL, NULL);
}
