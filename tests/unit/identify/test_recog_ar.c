// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_ar;

#define MEMBER(name, size) name "0           0     0     100644  " size "`\n"

#define GNU \
    "!<arch>\n" MEMBER("/               ", "36        ") "\0\0\0\2" \
                                                         "\0\0\0\x64" \
                                                         "\0\0\0\x64" \
                                                         "NET_Init\0NET_Stop\0paddin" MEMBER( \
                                                             "net.o/          ", \
                                                             "7         ") "object\n\n"

static void lists_symbols_of_gnu_archives(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_ar, 0, BYTES(GNU));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  symbol=NET_Init @80+8\n"
                                    "  symbol=NET_Stop @89+8\n");
    spy_clear(&spy);
}

#define GNU_64 \
    "!<arch>\n" MEMBER("/SYM64/         ", "25        ") "\0\0\0\0\0\0\0\1" \
                                                         "\0\0\0\0\0\0\0\x64" \
                                                         "NET_Init\0\n"

static void lists_symbols_of_large_archives(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_ar, 0, BYTES(GNU_64));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n  symbol=NET_Init @84+8\n");
    spy_clear(&spy);
}

#define MACHO \
    "!<arch>\n" MEMBER("#1/20           ", \
                       "50        ") "__.SYMDEF SORTED\0\0\0\0" \
                                     "\x08\0\0\0" \
                                     "\0\0\0\0" \
                                     "\x64\0\0\0" \
                                     "\x0e\0\0\0" \
                                     "_NET_Init\0\0\0\0\0" MEMBER( \
                                         "#1/8            ", \
                                         "40        ") "net.o\0\0\0" \
                                                       "\xcf\xfa\xed\xfe" \
                                                       "0123456789012345678901234567"

static void lists_symbols_of_macos_archives(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_ar, 2, BYTES(MACHO));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n  symbol=NET_Init @104+9\n");
    spy_clear(&spy);
}

/* The first and the second list of symbols, then an import. */
#define WINDOWS \
    "!<arch>\n" MEMBER( \
        "/               ", \
        "45        ") "\0\0\0\2" \
                      "\0\0\0\x64" \
                      "\0\0\0\x64" \
                      "_NET_Init@0\0__imp__NET_Init@0\0\0\0\0\n" MEMBER( \
                          "/               ", \
                          "4         ") "\0\0\0\0" MEMBER("HCNetSDK.dll/   ", \
                                                          "45        ") "\0\0\xff\xff\0\0\x4c\1\0" \
                                                                        "\0\0\0\x17\0\0\0\0\0\0\0" \
                                                                        "_NET_Init@0\0HCNetSDK." \
                                                                        "dll\0\n"

static void names_the_library_that_an_import_library_stands_for(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_ar, 1, BYTES(WINDOWS));
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  needed=HCNetSDK.dll @270+12\n"
                                    "  architecture=i386\n"
                                    "  symbol=NET_Init @80+11\n");
    spy_clear(&spy);
}

static void says_when_it_could_not_read_all(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        int result;
    } cases[] = {
        {"no archive", BYTES("!<arc"), RECOG_NOT_MINE},
        {"a Debian package", BYTES("!<arch>\n" MEMBER("debian-binary   ", "4         ") "2.0\n"),
         RECOG_NOT_MINE},
        {"nothing inside", BYTES("!<arch>\n"), 0},
        {"half a header", BYTES("!<arch>\nnet.o"), -ERR_FORMAT},
        {"cut member", BYTES("!<arch>\n" MEMBER("net.o/          ", "8         ") "object\n"),
         -ERR_FORMAT},
        {"size is a word", BYTES("!<arch>\n" MEMBER("net.o/          ", "many      ") "object\n\n"),
         -ERR_FORMAT},
        {"more symbols than bytes",
         BYTES("!<arch>\n" MEMBER("/               ", "8         ") "\0\0\xff\xff"
                                                                    "\0\0\0\0"),
         -ERR_FORMAT},
        {"thin: members are elsewhere", BYTES("!<thin>\n" MEMBER("net.o/          ", "8000      ")),
         0},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_ar, 0, cases[i].bytes);
        if (spy.result != cases[i].result)
            fail_msg("%s: %d (%s)", cases[i].why, spy.result, spy.err.text);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_ar, 0, BYTES(GNU));
    spy_contract(&recog_ar, 0, BYTES(GNU_64));
    spy_contract(&recog_ar, 2, BYTES(MACHO));
    spy_contract(&recog_ar, 1, BYTES(WINDOWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_symbols_of_gnu_archives),
        cmocka_unit_test(lists_symbols_of_large_archives),
        cmocka_unit_test(lists_symbols_of_macos_archives),
        cmocka_unit_test(names_the_library_that_an_import_library_stands_for),
        cmocka_unit_test(says_when_it_could_not_read_all),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_ar", tests, NULL, NULL);
}
