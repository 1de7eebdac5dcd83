// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_whiteout;

static void an_empty_file_deletes(void **state)
{
    struct captures captures;
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_whiteout, 0, BYTES(""));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "data contained\n  status=deleted\n");
    spy_clear(&spy);
    assert_true(
        gate_path_matches(recog_whiteout.gates[0].path, SV("/x.tar!/opt/.wh.avp.exe"), &captures));
    assert_int_equal(captures.at[0].key, FIELD_WHITEOUT);
    assert_true(sv_eq(captures.at[0].value, SV("avp.exe")));
    assert_false(gate_path_matches(recog_whiteout.gates[0].path, SV("/opt/x.wh.y"), &captures));
}

static void a_file_that_holds_something_does_not(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_whiteout, 0, BYTES("x"));

    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_deletes),
        cmocka_unit_test(a_file_that_holds_something_does_not),
    };
    return cmocka_run_group_tests_name("recog_whiteout", tests, NULL, NULL);
}
