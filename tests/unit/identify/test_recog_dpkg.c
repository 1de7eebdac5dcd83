// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_dpkg;

#define STATUS \
    "Package: sl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.02-1\n" \
    "Maintainer: A <a@example.org>\nConffiles:\n /etc/sl.conf 00ff\n\n" \
    "Package: old\nStatus: deinstall ok config-files\nVersion: 1\n\n" \
    "Package: half\nStatus: install reinstreq half-installed\nVersion: 2\n\n" \
    "Package: gone\nStatus: purge ok not-installed\n\n"

static void tells_every_state_word_apart(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_dpkg, 0, BYTES(STATUS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  package=sl @0+136\n"
                                    "  name=sl\n"
                                    "  package-type=deb\n"
                                    "  version=5.02-1\n"
                                    "  architecture=amd64\n"
                                    "  maintainer=A <a@example.org>\n"
                                    "  status=install ok installed\n"
                                    "  row=Package: sl\n"
                                    "  purl=pkg:deb/debian/sl@5.02-1\n"
                                    "  owns=/etc/sl.conf\n"
                                    "application residue\n"
                                    "  package=old @138+57\n"
                                    "  name=old\n"
                                    "  package-type=deb\n"
                                    "  version=1\n"
                                    "  status=deinstall ok config-files\n"
                                    "  row=Package: old\n"
                                    "  purl=pkg:deb/debian/old@1\n"
                                    "application installed\n"
                                    "  package=half @197+65\n"
                                    "  name=half\n"
                                    "  package-type=deb\n"
                                    "  version=2\n"
                                    "  status=install reinstreq half-installed\n"
                                    "  row=Package: half\n"
                                    "  purl=pkg:deb/debian/half@2\n");
    spy_clear(&spy);
}

static void lists_the_files_that_a_package_owns(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_dpkg, 2, BYTES("/.\n/usr\n/usr/games/sl\n"));

    assert_string_equal(spy.text.p, "application installed\n"
                                    "  package-type=deb\n"
                                    "  owns=/usr\n"
                                    "  owns=/usr/games/sl\n");
    spy_clear(&spy);
}

static void reads_the_control_file_of_a_package(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_dpkg, 3, BYTES("Package: sl\nVersion: 5.02-1\n"));

    assert_string_equal(spy.text.p, "application contained\n"
                                    "  package=sl @0+27\n"
                                    "  name=sl\n"
                                    "  package-type=deb\n"
                                    "  version=5.02-1\n"
                                    "  row=Package: sl\n"
                                    "  purl=pkg:deb/debian/sl@5.02-1\n");
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_dpkg, 0, BYTES(STATUS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_every_state_word_apart),
        cmocka_unit_test(lists_the_files_that_a_package_owns),
        cmocka_unit_test(reads_the_control_file_of_a_package),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_dpkg", tests, NULL, NULL);
}
