// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_pacman;

enum {
    GATE_DESC,
    GATE_FILES,
};

#define DESC \
    "%NAME%\nacme\n\n%VERSION%\n1:2.0-1\n\n%DESC%\nAcme agent\n\n%ARCH%\nx86_64\n\n" \
    "%INSTALLDATE%\n1600000000\n\n%PACKAGER%\nA B <a@acme.example>\n\n%LICENSE%\nMIT\nGPL\n\n"
#define FILES \
    "%FILES%\nusr/\nusr/bin/\nusr/bin/acme\netc/acme.conf\n\n" \
    "%BACKUP%\netc/acme.conf\td41d8\n"

static void reads_what_a_package_is(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_pacman, GATE_DESC, BYTES(DESC));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  package=acme @7+4\n"
                                    "  name=acme\n"
                                    "  package-type=pacman\n"
                                    "  version=1:2.0-1\n"
                                    "  description=Acme agent\n"
                                    "  architecture=x86_64\n"
                                    "  installed-at=2020-09-13T12:26:40Z\n"
                                    "  maintainer=A B <a@acme.example>\n"
                                    "  licence=MIT\n"
                                    "  purl=pkg:alpm/arch/acme@1:2.0-1\n");
    spy_clear(&spy);
}

static void lists_the_files_that_a_package_owns_and_no_folders(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_pacman, GATE_FILES, BYTES(FILES));

    assert_string_equal(spy.text.p, "application installed\n"
                                    "  package-type=pacman\n"
                                    "  owns=/usr/bin/acme\n"
                                    "  owns=/etc/acme.conf\n");
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_pacman, GATE_DESC, BYTES(DESC));
    spy_contract(&recog_pacman, GATE_FILES, BYTES(FILES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_package_is),
        cmocka_unit_test(lists_the_files_that_a_package_owns_and_no_folders),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_pacman", tests, NULL, NULL);
}
