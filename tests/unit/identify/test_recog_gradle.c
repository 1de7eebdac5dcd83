// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_gradle;

#define SCRIPT \
    "plugins { id 'java' }\n" \
    "/* implementation 'test.not:not:1'\n" \
    "   */ repositories { maven { url \"https://maven.corp.test/x\" } }\n" \
    "dependencies {\n" \
    "    // implementation 'test.not:not:1'\n" \
    "    implementation 'test.acme:lib:1.2.3' // 'test.not:not:2'\n" \
    "    api(\"test.acme:other:$version:classifier@aar\")\n" \
    "    compile group: 'test.acme', name: 'parts', version: '2.0'\n" \
    "    testImplementation platform(\"test.acme:bom\")\n" \
    "    implementation project(\":app:core\")\n" \
    "    doLast { println \"a:b\" }\n" \
    "}\n"

#define LOCK \
    "# This is a Gradle generated file for dependency locking.\n" \
    "test.acme:lib:1.2.3=compileClasspath,runtimeClasspath\n" \
    "empty=annotationProcessor\n"

#define CATALOGUE \
    "[versions]\n" \
    "lib = \"1.2.3\"\n" \
    "strict = { strictly = \"2\" }\n" \
    "[libraries]\n" \
    "a = \"test.acme:a:1.0\"\n" \
    "b = { module = \"test.acme:b\", version.ref = \"lib\" }\n" \
    "c = { group = \"test.acme\", name = \"c\", version = { ref = \"lib\" } }\n" \
    "d = { module = \"test.acme:d\", version = \"4\" }\n" \
    "[plugins]\n" \
    "e = { id = \"test.not\", version = \"1\" }\n"

static void reads_the_coordinates_in_a_script(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_gradle, 0, BYTES(SCRIPT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=test.acme:lib @196+19\n"
                                    "  name=test.acme:lib\n"
                                    "  package-type=maven\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:maven/test.acme/lib@1.2.3\n"
                                    "library referenced\n"
                                    "  package=test.acme:other @246+39\n"
                                    "  name=test.acme:other\n"
                                    "  package-type=maven\n"
                                    "  version=$version\n"
                                    "  purl=pkg:maven/test.acme/other\n"
                                    "library referenced\n"
                                    "  package=test.acme:parts @327+5\n"
                                    "  name=test.acme:parts\n"
                                    "  package-type=maven\n"
                                    "  version=2.0\n"
                                    "  purl=pkg:maven/test.acme/parts@2.0\n"
                                    "library referenced\n"
                                    "  package=test.acme:bom @383+13\n"
                                    "  name=test.acme:bom\n"
                                    "  package-type=maven\n"
                                    "  purl=pkg:maven/test.acme/bom\n");
    spy_clear(&spy);
}

static void reads_what_the_lock_file_pins(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_gradle, 2, BYTES(LOCK));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=test.acme:lib @58+19\n"
                                    "  name=test.acme:lib\n"
                                    "  package-type=maven\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:maven/test.acme/lib@1.2.3\n");
    spy_clear(&spy);
}

static void reads_the_version_catalogue(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_gradle, 4, BYTES(CATALOGUE));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=test.acme:a @70+15\n"
                                    "  name=test.acme:a\n"
                                    "  package-type=maven\n"
                                    "  version=1.0\n"
                                    "  purl=pkg:maven/test.acme/a@1.0\n"
                                    "library referenced\n"
                                    "  package=test.acme:b @113+1\n"
                                    "  name=test.acme:b\n"
                                    "  package-type=maven\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:maven/test.acme/b@1.2.3\n"
                                    "library referenced\n"
                                    "  package=test.acme:c @174+1\n"
                                    "  name=test.acme:c\n"
                                    "  package-type=maven\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:maven/test.acme/c@1.2.3\n"
                                    "library referenced\n"
                                    "  package=test.acme:d @232+1\n"
                                    "  name=test.acme:d\n"
                                    "  package-type=maven\n"
                                    "  version=4\n"
                                    "  purl=pkg:maven/test.acme/d@4\n");
    spy_clear(&spy);
}

static void other_text_names_nothing(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"no coordinates", 0,
         BYTES("println 'a:b'\n"
               "url 'https://x.test:80:1/a'\n"),
         RECOG_NOT_MINE},
        {"not a lock", 2, BYTES("a=b\n"), RECOG_NOT_MINE},
        {"no libraries", 4,
         BYTES("[versions]\n"
               "a = '1'\n"),
         RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_gradle, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_gradle, 0, BYTES(SCRIPT));
    spy_contract(&recog_gradle, 2, BYTES(LOCK));
    spy_contract(&recog_gradle, 4, BYTES(CATALOGUE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_coordinates_in_a_script),
        cmocka_unit_test(reads_what_the_lock_file_pins),
        cmocka_unit_test(reads_the_version_catalogue),
        cmocka_unit_test(other_text_names_nothing),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_gradle", tests, NULL, NULL);
}
