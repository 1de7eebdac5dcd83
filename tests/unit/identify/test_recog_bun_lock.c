// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_bun_lock;

#define LOCK \
    "{\n  // a comment, with \"quotes\"\n  \"lockfileVersion\": 1, /* , ] */\n" \
    "  \"workspaces\": {\"\": {\"name\": \"x\", \"dependencies\": {\"a,}\": \"//no " \
    "comment\",},},},\n" \
    "  \"packages\": {\n" \
    "    \"@s/a\": [\"@s/a@1.2.3\", \"\", {\"bin\": {\"a\": \"a.js\"}}, \"sha512-x==\"],\n" \
    "    \"alias\": [\"real@2.0.0\", \"\", {}, \"sha512-y==\"],\n" \
    "    \"own\": [\"own@workspace:packages/own\"],\n  },\n}\n"

#define LIBRARY(at, name, version, purl) \
    "library referenced\n" \
    "  package=" name " @" at "\n" \
    "  name=" name "\n" \
    "  package-type=npm\n" \
    "  version=" version "\n" \
    "  purl=pkg:npm/" purl "@" version "\n"

static void reads_packages_between_comments_and_trailing_commas(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_bun_lock, 0, BYTES(LOCK));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, LIBRARY("167+6", "@s/a", "1.2.3", "%40s/a")
                                        LIBRARY("237+7", "real", "2.0.0", "real"));
    spy_clear(&spy);
}

static void other_objects_are_not_lock_files_and_damage_is_said(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_bun_lock, 0, BYTES("{\"a\":1}"));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
    spy_identify(&spy, &recog_bun_lock, 0, BYTES("{\"packages\":{,}"));
    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_bun_lock, 0, BYTES(LOCK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_packages_between_comments_and_trailing_commas),
        cmocka_unit_test(other_objects_are_not_lock_files_and_damage_is_said),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_bun_lock", tests, NULL, NULL);
}
