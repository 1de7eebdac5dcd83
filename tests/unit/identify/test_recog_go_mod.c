// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_go_mod;

#define MOD \
    "module example.org/Tool/v2 // import \"x\"\n" \
    "\n" \
    "go 1.21\n" \
    "\n" \
    "require example.org/a v1.2.3\n" \
    "require (\n" \
    "\texample.org/b v0.0.0-20200101000000-abcdef // indirect\n" \
    "\t\"github.com/Own/Er\" v2.0.0+incompatible\n" \
    "\t// example.org/not v1.0.0\n" \
    ")\n" \
    "\n" \
    "replace example.org/a => example.org/fork v1.2.4\n" \
    "\n" \
    "replace example.org/b => ../b\n" \
    "\n" \
    "exclude example.org/x v1.0.0\n"

#define CACHED \
    "module example.org/a\n" \
    "require example.org/b v1.0.0\n"

#define SUM \
    "example.org/a v1.2.3 h1:AAAA=\n" \
    "example.org/a v1.2.3/go.mod h1:BBBB=\n" \
    "example.org/weighed v0.1.0/go.mod h1:CCCC=\n"

#define VENDOR \
    "# example.org/a v1.2.3\n" \
    "## explicit; go 1.18\n" \
    "example.org/a/sub\n" \
    "# example.org/b v0.1.0 => example.org/fork v0.1.1\n" \
    "# example.org/c => ./c\n"

static void a_module_references_what_it_requires(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_go_mod, 1, BYTES(MOD));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  package=example.org/Tool/v2 @7+19\n"
                                    "  name=example.org/Tool/v2\n"
                                    "  package-type=golang\n"
                                    "  purl=pkg:golang/example.org/tool/v2\n"
                                    "library referenced\n"
                                    "  package=example.org/a @59+13\n"
                                    "  name=example.org/a\n"
                                    "  package-type=golang\n"
                                    "  version=v1.2.3\n"
                                    "  purl=pkg:golang/example.org/a@v1.2.3\n"
                                    "library referenced\n"
                                    "  package=example.org/b @91+13\n"
                                    "  name=example.org/b\n"
                                    "  package-type=golang\n"
                                    "  version=v0.0.0-20200101000000-abcdef\n"
                                    "  purl=pkg:golang/example.org/b@v0.0.0-20200101000000-abcdef\n"
                                    "library referenced\n"
                                    "  package=github.com/Own/Er @148+17\n"
                                    "  name=github.com/Own/Er\n"
                                    "  package-type=golang\n"
                                    "  version=v2.0.0+incompatible\n"
                                    "  purl=pkg:golang/github.com/own/er@v2.0.0%2Bincompatible\n"
                                    "library referenced\n"
                                    "  package=example.org/fork @242+16\n"
                                    "  name=example.org/fork\n"
                                    "  package-type=golang\n"
                                    "  version=v1.2.4\n"
                                    "  purl=pkg:golang/example.org/fork@v1.2.4\n");
    spy_clear(&spy);
}

static void a_cached_module_is_there_itself_only(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_go_mod, 0, BYTES(CACHED));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  package=example.org/a @7+13\n"
                                    "  name=example.org/a\n"
                                    "  package-type=golang\n"
                                    "  purl=pkg:golang/example.org/a\n");
    spy_clear(&spy);
}

static void go_sum_names_what_was_taken(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_go_mod, 2, BYTES(SUM));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=example.org/a @0+13\n"
                                    "  name=example.org/a\n"
                                    "  package-type=golang\n"
                                    "  version=v1.2.3\n"
                                    "  purl=pkg:golang/example.org/a@v1.2.3\n");
    spy_clear(&spy);
}

static void reads_what_is_vendored(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_go_mod, 3, BYTES(VENDOR));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=example.org/a @2+13\n"
                                    "  name=example.org/a\n"
                                    "  package-type=golang\n"
                                    "  version=v1.2.3\n"
                                    "  purl=pkg:golang/example.org/a@v1.2.3\n"
                                    "library referenced\n"
                                    "  package=example.org/fork @88+16\n"
                                    "  name=example.org/fork\n"
                                    "  package-type=golang\n"
                                    "  version=v0.1.1\n"
                                    "  purl=pkg:golang/example.org/fork@v0.1.1\n"
                                    "library referenced\n"
                                    "  package=example.org/b @64+13\n"
                                    "  name=example.org/b\n"
                                    "  package-type=golang\n"
                                    "  version=v0.1.0\n"
                                    "  purl=pkg:golang/example.org/b@v0.1.0\n");
    spy_clear(&spy);
}

static void other_text_is_no_module_file(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 1, BYTES(""), RECOG_NOT_MINE},
        {"prose", 1,
         BYTES("hello world\n"
               "require patience\n"),
         RECOG_NOT_MINE},
        {"another sum", 2, BYTES("0123  file\n"), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_go_mod, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_go_mod, 1, BYTES(MOD));
    spy_contract(&recog_go_mod, 0, BYTES(CACHED));
    spy_contract(&recog_go_mod, 2, BYTES(SUM));
    spy_contract(&recog_go_mod, 3, BYTES(VENDOR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_module_references_what_it_requires),
        cmocka_unit_test(a_cached_module_is_there_itself_only),
        cmocka_unit_test(go_sum_names_what_was_taken),
        cmocka_unit_test(reads_what_is_vendored),
        cmocka_unit_test(other_text_is_no_module_file),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_go_mod", tests, NULL, NULL);
}
