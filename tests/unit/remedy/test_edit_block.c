// SPDX-License-Identifier: Apache-2.0
/* The edits that keep packages from coming back. */
#include "support/edit_spy.h"

static void pins_packages_of_apt(void **state)
{
    (void)state;
    EDITS("block-apt", " kesl  kesl-* ",
          {"a new file", "", "Package: kesl kesl-*\nPin: release *\nPin-Priority: -1\n"},
          {"behind others", "Package: a\nPin: release *\nPin-Priority: 1\n",
           "Package: a\nPin: release *\nPin-Priority: 1\n\n"
           "Package: kesl kesl-*\nPin: release *\nPin-Priority: -1\n"},
          {"it is there", "Package: kesl kesl-*\nPin: release *\nPin-Priority: -1\n", NULL});
    assert_edit_fails("block-apt", "  ", "", ERR_USAGE);
}

static void excludes_packages_of_dnf(void **state)
{
    (void)state;
    EDITS("block-dnf", "kesl kesl-gui", {"a new file", "", "[main]\nexcludepkgs = kesl kesl-gui\n"},
          {"no section", "[x]\na=1", "[x]\na=1\n[main]\nexcludepkgs = kesl kesl-gui\n"},
          {"no list", "[main]\ngpgcheck=1\n[x]\nexcludepkgs=y\n",
           "[main]\nexcludepkgs = kesl kesl-gui\ngpgcheck=1\n[x]\nexcludepkgs=y\n"},
          {"a list", "[main]\nexcludepkgs=a, kesl\nb=1\n",
           "[main]\nexcludepkgs=a, kesl kesl-gui\nb=1\n"},
          {"an empty list", "[main]\nexcludepkgs=\n", "[main]\nexcludepkgs= kesl kesl-gui\n"},
          {"a list that goes on, of yum", "[main]\nexclude=a\n  b\nc=1\n",
           "[main]\nexclude=a\n  b kesl kesl-gui\nc=1\n"},
          {"all are there", "[main]\nexclude=kesl,kesl-gui\n", NULL});
}

static void constrains_packages_of_pip(void **state)
{
    (void)state;
    EDITS("block-pip", "acme-scan b", {"a new file", "", "acme-scan<0\nb<0\n"},
          {"one of them", "x==1\nb<0", "x==1\nb<0\nacme-scan<0\n"},
          {"both", "b<0\nacme-scan<0\n", NULL});
    EDITS("use-constraints", "/etc/banned.txt",
          {"a new file", "", "[global]\nconstraint = /etc/banned.txt\n"},
          {"another one", "[global]\nconstraint = /etc/x\n",
           "[global]\nconstraint = /etc/x /etc/banned.txt\n"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pins_packages_of_apt),
        cmocka_unit_test(excludes_packages_of_dnf),
        cmocka_unit_test(constrains_packages_of_pip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
