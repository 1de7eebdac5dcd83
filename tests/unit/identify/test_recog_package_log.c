// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_package_log;

enum { DPKG_GATE = 0, APT_GATE = 2, RPM_GATE = 4, ZYPP_GATE = 10, PACMAN_GATE = 11 };

static void reads_each_log(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        const char *answer;
    } cases[] = {
        {"dpkg", DPKG_GATE,
         BYTES("2024-01-01 10:00:00 startup archives unpack\n"
               "2024-01-01 10:00:01 install acme:amd64 <none> 1.0\n"
               "2024-01-01 10:00:02 status installed acme:amd64 1.0\n"
               "2024-01-02 10:00:00 upgrade acme:amd64 1.0 2.0\n"
               "2024-01-03 10:00:00 upgrade acme:amd64 1.0 2.0\n"
               "2024-01-03 10:00:00 remove other:amd64 1.0 <none>\n"),
         "library residue <=trace\n"
         "  package=acme @72+4\n"
         "  name=acme\n"
         "  package-type=deb\n"
         "  version=1.0\n"
         "  installed-at=2024-01-01T10:00:01Z\n"
         "  row=line 2\n"
         "library residue <=trace\n"
         "  package=acme @174+4\n"
         "  name=acme\n"
         "  package-type=deb\n"
         "  version=2.0\n"
         "  installed-at=2024-01-02T10:00:00Z\n"
         "  row=line 4\n"},
        {"apt", APT_GATE,
         BYTES("\nStart-Date: 2024-01-01  10:00:00\nCommandline: apt install acme\n"
               "Install: acme:amd64 (1.0), other:all (2, automatic)\n"
               "Upgrade: third:amd64 (1, 2)\nRemove: gone:amd64 (1)\nEnd-Date: 2024-01-01  "
               "10:00:09\n"),
         "library residue <=trace\n"
         "  package=acme @73+4\n"
         "  name=acme\n"
         "  package-type=deb\n"
         "  version=1.0\n"
         "  installed-at=2024-01-01T10:00:00Z\n"
         "  row=line 4\n"
         "library residue <=trace\n"
         "  package=other @91+5\n"
         "  name=other\n"
         "  package-type=deb\n"
         "  version=2\n"
         "  installed-at=2024-01-01T10:00:00Z\n"
         "  row=line 4\n"
         "library residue <=trace\n"
         "  package=third @125+5\n"
         "  name=third\n"
         "  package-type=deb\n"
         "  version=2\n"
         "  installed-at=2024-01-01T10:00:00Z\n"
         "  row=line 5\n"},
        {"dnf and yum", RPM_GATE,
         BYTES("2024-01-01T10:00:00+0000 SUBDEBUG Installed: acme-1.0-1.x86_64\n"
               "Jan 02 10:00:00 Updated: 2:other-lib-1.0-1.noarch\n"
               "Jan 02 10:00:00 Erased: gone-1.0-1.noarch\n"
               "2024-01-01T10:00:00+0000 INFO Installed: words\n"),
         "library residue <=trace\n"
         "  package=acme @45+4\n"
         "  name=acme\n"
         "  package-type=rpm\n"
         "  version=1.0-1\n"
         "  installed-at=2024-01-01T10:00:00Z\n"
         "  row=line 1\n"
         "library residue <=trace\n"
         "  package=other-lib @90+9\n"
         "  name=other-lib\n"
         "  package-type=rpm\n"
         "  version=1.0-1\n"
         "  row=line 2\n"},
        {"zypp", ZYPP_GATE,
         BYTES("# a comment\n2024-01-01 10:00:00|install|acme|1.0-1|x86_64|root@pc|repo|sum|\n"
               "2024-01-01 10:00:00|remove |gone|1.0-1|x86_64|root@pc|\n"),
         "library residue <=trace\n"
         "  package=acme @40+4\n"
         "  name=acme\n"
         "  package-type=rpm\n"
         "  version=1.0-1\n"
         "  installed-at=2024-01-01T10:00:00Z\n"
         "  row=line 2\n"},
        {"pacman", PACMAN_GATE,
         BYTES("[2024-01-01T10:00:00+0000] [PACMAN] Running 'pacman -S acme'\n"
               "[2024-01-01T10:00:00+0000] [ALPM] installed acme (1.0-1)\n"
               "[2019-01-01 10:00] [ALPM] upgraded other (1-1 -> 2-1)\n"
               "[2024-01-01T10:00:00+0000] [ALPM] removed gone (1.0-1)\n"),
         "library residue <=trace\n"
         "  package=acme @105+4\n"
         "  name=acme\n"
         "  package-type=pacman\n"
         "  version=1.0-1\n"
         "  installed-at=2024-01-01T10:00:00Z\n"
         "  row=line 2\n"
         "library residue <=trace\n"
         "  package=other @153+5\n"
         "  name=other\n"
         "  package-type=pacman\n"
         "  version=2-1\n"
         "  row=line 3\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_package_log, cases[i].gate, cases[i].bytes);
        if (spy.result != 0 || strcmp(spy.text.p, cases[i].answer) != 0)
            fail_msg("%s: %d %s\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
        spy_contract(&recog_package_log, cases[i].gate, cases[i].bytes);
    }
}

static void passes_over_other_texts(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_package_log, DPKG_GATE, BYTES("a text\nabout install acme 1.0\n"));

    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_log),
        cmocka_unit_test(passes_over_other_texts),
    };
    return cmocka_run_group_tests_name("recog_package_log", tests, NULL, NULL);
}
