// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_crx;

/* A key of three bytes, "abc", whose SHA-256 begins with the 16 bytes that version 3 has. */
#define VERSION_2 "Cr24\2\0\0\0\3\0\0\0\4\0\0\0abcsignPK\3\4"
#define DIGEST "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
/* Fields 2 (a proof, 3 bytes), 9 (a number) and 10000 (22 bytes: field 3, then the id). */
#define VERSION_3 \
    "Cr24\3\0\0\0\x21\0\0\0" \
    "\x12\3xyz" \
    "\x48\1" \
    "\x82\xf1\4\x16\x1a\2zz\x0a\x10" DIGEST "PK\3\4"

static void both_versions_tell_the_id(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        const char *text;
    } cases[] = {
        {"the key of version 2", BYTES(VERSION_2),
         "application present\n  extension-id=lkhibglpipabmpokebebeanofnkocccd @16+3\n"},
        {"the header of version 3", BYTES(VERSION_3),
         "application present\n  extension-id=lkhibglpipabmpokebebeanofnkocccd @12+33\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_crx, 0, cases[i].bytes);
        if (spy.result != 0 || strcmp(spy.text.p, cases[i].text) != 0)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void says_why_it_cannot_read_a_file(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        int result;
    } cases[] = {
        {"cut short", BYTES("Cr24\3\0\0"), -ERR_FORMAT},
        {"no id", BYTES("Cr24\3\0\0\0\2\0\0\0\x48\1"), -ERR_FORMAT},
        {"an id of another length", BYTES("Cr24\3\0\0\0\x07\0\0\0\x82\xf1\4\3\x0a\1x"),
         -ERR_FORMAT},
        {"a header larger than any", BYTES("Cr24\3\0\0\0\xff\xff\xff\xff"), -ERR_FORMAT},
        {"a version that there is not", BYTES("Cr24\4\0\0\0\0\0\0\0"), -ERR_UNSUPPORTED},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_crx, 0, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_crx, 0, BYTES(VERSION_2));
    spy_contract(&recog_crx, 0, BYTES(VERSION_3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_versions_tell_the_id),
        cmocka_unit_test(says_why_it_cannot_read_a_file),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_crx", tests, NULL, NULL);
}
