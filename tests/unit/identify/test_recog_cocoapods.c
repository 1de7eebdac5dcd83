// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_cocoapods;

#define LOCK \
    "PODS:\n" \
    "  - Acme (1.2.3)\n" \
    "  - Acme/Core (1.2.3):\n" \
    "    - Other (~> 1)\n" \
    "  - \"Other+Plus (1.0)\":\n" \
    "    - Acme\n" \
    "  - Other (1.0.1)\n" \
    "\n" \
    "DEPENDENCIES:\n" \
    "  - Acme\n"

#define PODFILE \
    "platform :ios, '13.0'\n" \
    "target 'App' do\n" \
    "  pod 'Acme/Core', '~> 1.2' # why\n" \
    "  pod \"Other\", :git => 'https://git.test/other'\n" \
    "  # pod 'Not'\n" \
    "end\n"

static void reads_what_the_lock_file_pins(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_cocoapods, 0, BYTES(LOCK));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=Acme @10+12\n"
                                    "  name=Acme\n"
                                    "  package-type=cocoapods\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:cocoapods/Acme@1.2.3\n"
                                    "library referenced\n"
                                    "  package=Other+Plus @69+18\n"
                                    "  name=Other+Plus\n"
                                    "  package-type=cocoapods\n"
                                    "  version=1.0\n"
                                    "  purl=pkg:cocoapods/Other%2BPlus@1.0\n"
                                    "library referenced\n"
                                    "  package=Other @104+13\n"
                                    "  name=Other\n"
                                    "  package-type=cocoapods\n"
                                    "  version=1.0.1\n"
                                    "  purl=pkg:cocoapods/Other@1.0.1\n");
    spy_clear(&spy);
}

static void reads_what_a_podfile_asks_for(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_cocoapods, 2, BYTES(PODFILE));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=Acme @45+9\n"
                                    "  name=Acme\n"
                                    "  package-type=cocoapods\n"
                                    "  version=~> 1.2\n"
                                    "  purl=pkg:cocoapods/Acme\n"
                                    "library referenced\n"
                                    "  package=Other @79+5\n"
                                    "  name=Other\n"
                                    "  package-type=cocoapods\n"
                                    "  purl=pkg:cocoapods/Other\n");
    spy_clear(&spy);
}

static void tells_other_files_from_damage(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"other", 0, BYTES("a: 1\n"), RECOG_NOT_MINE},
        {"no pods", 2, BYTES("platform :ios\n"), RECOG_NOT_MINE},
        {"damaged", 0,
         BYTES("PODS:\n"
               "  - ["),
         -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_cocoapods, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_cocoapods, 0, BYTES(LOCK));
    spy_contract(&recog_cocoapods, 2, BYTES(PODFILE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_lock_file_pins),
        cmocka_unit_test(reads_what_a_podfile_asks_for),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_cocoapods", tests, NULL, NULL);
}
