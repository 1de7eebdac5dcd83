// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_apk;

#define INSTALLED \
    "C:Q1abc=\nP:acme\nV:1.2.4-r1\nA:x86_64\nT:the acme agent\nU:https://acme.example\nL:MIT\n" \
    "m:A B <a@acme.example>\nt:1683000000\nF:\nR:init\nF:usr/bin\nR:acme\na:0:0:755\nZ:Q1x=\n\n" \
    "P:empty\nV:1\n\n" \
    "V:no name\n\n"

static void reads_packages_and_their_files(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_apk, 0, BYTES(INSTALLED));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  package=acme @0+161\n"
                                    "  name=acme\n"
                                    "  package-type=apk\n"
                                    "  version=1.2.4-r1\n"
                                    "  architecture=x86_64\n"
                                    "  maintainer=A B <a@acme.example>\n"
                                    "  licence=MIT\n"
                                    "  homepage=https://acme.example\n"
                                    "  description=the acme agent\n"
                                    "  row=P:acme\n"
                                    "  purl=pkg:apk/alpine/acme@1.2.4-r1\n"
                                    "  owns=/init\n"
                                    "  owns=/usr/bin/acme\n"
                                    "application installed\n"
                                    "  package=empty @163+11\n"
                                    "  name=empty\n"
                                    "  package-type=apk\n"
                                    "  version=1\n"
                                    "  row=P:empty\n"
                                    "  purl=pkg:apk/alpine/empty@1\n");
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_apk, 0, BYTES(INSTALLED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_packages_and_their_files),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_apk", tests, NULL, NULL);
}
