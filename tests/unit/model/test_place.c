// SPDX-License-Identifier: Apache-2.0
#include "model/place.h"
#include "support/spy.h"

static void is_unambiguous_and_reversible(void **state)
{
    const struct {
        const char *why, *raw, *place;
    } cases[] = {
        {"plain", "/usr/bin/x", "/usr/bin/x"},
        {"UTF-8 stays", "/\xc3\xa9", "/\xc3\xa9"},
        {"what is not UTF-8", "/\xff\xc3/", "/%FF%C3/"},
        {"a line end", "/a\nb", "/a%0Ab"},
        {"per cent", "/50%", "/50%25"},
        {"a ! that would look like a container", "/a!/b", "/a%21/b"},
        {"a ! at the end", "/a!", "/a%21"},
        {"a ! within", "/wow!x", "/wow!x"},
        {"a C1 control", "/\xc2\x85", "/%C2%85"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf place = {0}, raw = {0};

        place_append(&place, sv_str(cases[i].raw));
        assert_int_equal(place_decode(buf_view(&place), &raw, NULL), 0);
        if (strcmp(place.p, cases[i].place) != 0 || strcmp(raw.p, cases[i].raw) != 0)
            fail_msg("%s: '%s'", cases[i].why, place.p);
    }
}

static void names_what_is_inside(void **state)
{
    auto_buf place = {0};
    (void)state;

    place_append(&place, SV("/x/outer.iso"));
    buf_str(&place, "!/");
    place_append_name(&place, SV("/inner!/f.dll"));

    assert_string_equal(place.p, "/x/outer.iso!/inner%21/f.dll");
    assert_true(sv_eq(place_outer(buf_view(&place)), SV("/x/outer.iso")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_unambiguous_and_reversible),
        cmocka_unit_test(names_what_is_inside),
    };
    return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
