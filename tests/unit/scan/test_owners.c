// SPDX-License-Identifier: Apache-2.0
#include "scan/owners_read.h"

#include <stdio.h>

#include "support/spy.h"

static void knows_who_owns_what_in_either_spelling(void **state)
{
    struct owners *o = NULL;
    (void)state;

    assert_int_equal(owners_new(&o, NULL), 0);
    assert_int_equal(owners_get(o, SV("/bin/sh")).n, 0);
    for (int i = 0; i < 5000; i++) {
        char path[32];

        (void)snprintf(path, sizeof(path), "/usr/share/f%d", i);
        assert_int_equal(owners_add(o, sv_str(path), i % 2 ? SV("deb:odd") : SV("deb:even"), NULL),
                         0);
    }
    assert_int_equal(owners_add(o, SV("/bin/sh"), SV("deb:dash"), NULL), 0);

    assert_true(sv_eq(owners_get(o, SV("/usr/share/f41")), SV("deb:odd")));
    assert_true(sv_eq(owners_get(o, SV("/usr/share/f42")), SV("deb:even")));
    assert_true(sv_eq(owners_get(o, SV("/usr/bin/sh")), SV("deb:dash")));
    assert_int_equal(owners_get(o, SV("/usr/share/g")).n, 0);
    owners_free(o);
}

static void wants_what_lies_below_in_either_spelling(void **state)
{
    static const struct {
        const char *below, *path;
        bool wanted;
    } cases[] = {
        {"/srv/a", "/srv/a", true},
        {"/srv/a", "/srv/a/b", true},
        {"/srv/a", "/srv/ab", false},
        {"/srv/a", "/srv", false},
        {"/usr/lib", "/lib/x", true},
        {"/usr/lib", "/usr/lib/x", true},
        {"/usr/lib", "/usr/bin", false},
        {"/lib", "/usr/lib/x", true},
        {"/usr", "/bin/sh", true},
        {"/", "/etc/x", true},
        {"", "/etc/x", true},
        {"/opt", "/etc/x", false},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct sv below[] = {SV("/nowhere"), sv_str(cases[i].below)};

        if (owners_wants(&(struct owners_wanted){below, 2}, sv_str(cases[i].path)) !=
            cases[i].wanted)
            fail_msg("%s below %s", cases[i].path, cases[i].below);
    }
    assert_true(owners_wants(&(struct owners_wanted){0}, SV("/etc/x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_who_owns_what_in_either_spelling),
        cmocka_unit_test(wants_what_lies_below_in_either_spelling),
    };
    return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
