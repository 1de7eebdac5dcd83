// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_npm_lock;

#define VERSION_1 \
    "{\"name\":\"x\",\"lockfileVersion\":1,\"dependencies\":{\"a\":{\"version\":\"1.0.0\"," \
    "\"resolved\":\"https://registry.npmjs.org/a/-/a-1.0.0.tgz\",\"requires\":{\"b\":\"^2\"}," \
    "\"dependencies\":{\"b\":{\"version\":\"2.1.0\"}}},\"c\":{\"version\":\"npm:@real/c@3.0.0\"}," \
    "\"g\":{\"version\":\"git+https://git.test/g.git#0ff\"}}}"

#define VERSION_3 \
    "{\"name\":\"x\",\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"x\",\"version\":\"9\"}," \
    "\"node_modules/@s/a\":{\"version\":\"1.0.0\",\"resolved\":\"https://npm.corp.test/a.tgz\"}," \
    "\"node_modules/@s/a/node_modules/b\":{\"version\":\"2.1.0\"}," \
    "\"node_modules/alias\":{\"name\":\"real\",\"version\":\"3.0.0\"}," \
    "\"node_modules/w\":{\"resolved\":\"packages/w\",\"link\":true}},\"dependencies\":{\"z\":{}}}"

#define LIBRARY(at, name, version, purl) \
    "library referenced\n" \
    "  package=" name " @" at "\n" \
    "  name=" name "\n" \
    "  package-type=npm\n" \
    "  version=" version "\n" \
    "  purl=pkg:npm/" purl "@" version "\n"

static void reads_the_tree_of_version_1(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_npm_lock, 0, BYTES(VERSION_1));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p,
                        LIBRARY("48+3", "a", "1.0.0", "a") LIBRARY("165+3", "b", "2.1.0", "b")
                            LIBRARY("191+3", "@real/c", "3.0.0",
                                    "%40real/c") "library referenced\n"
                                                 "  package=g @227+3\n"
                                                 "  name=g\n"
                                                 "  package-type=npm\n"
                                                 "  purl=pkg:npm/g\n"
                                                 "  url=git+https://git.test/g.git#0ff\n");
    spy_clear(&spy);
}

static void reads_the_folders_of_versions_2_and_3(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_npm_lock, 2, BYTES(VERSION_3));

    assert_int_equal(spy.result, 0);
    assert_string_equal(
        spy.text.p,
        LIBRARY("74+19", "@s/a", "1.0.0", "%40s/a") "  url=https://npm.corp.test/a.tgz\n" LIBRARY(
            "155+34", "b", "2.1.0", "b") LIBRARY("210+20", "real", "3.0.0", "real"));
    spy_clear(&spy);
}

static void an_empty_lock_file_is_read_and_any_other_object_is_not_one(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_npm_lock, 0, BYTES("{\"lockfileVersion\":3,\"packages\":{}}"));
    assert_int_equal(spy.result, 0);
    spy_clear(&spy);
    spy_identify(&spy, &recog_npm_lock, 0, BYTES("{\"a\":1}"));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
    spy_identify(&spy, &recog_npm_lock, 0, BYTES("{\"lockfileVersion\":3,"));
    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_npm_lock, 0, BYTES(VERSION_1));
    spy_contract(&recog_npm_lock, 0, BYTES(VERSION_3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_tree_of_version_1),
        cmocka_unit_test(reads_the_folders_of_versions_2_and_3),
        cmocka_unit_test(an_empty_lock_file_is_read_and_any_other_object_is_not_one),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_npm_lock", tests, NULL, NULL);
}
