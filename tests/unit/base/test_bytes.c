// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

static void a_reader_remembers_the_first_overrun(void **state)
{
    struct reader r = reader_over(BYTES("\x01\x02\x03"));
    (void)state;

    assert_int_equal(reader_u16le(&r), 0x0201);
    assert_int_equal(reader_u32be(&r), 0);
    assert_int_equal(reader_u8(&r), 0);
    assert_false(reader_ok(&r));
}

static void text_is_cut_trimmed_and_found(void **state)
{
    struct sv s = SV("one\r\ntwo"), line = sv_line(&s);
    uint64_t n = 7;
    (void)state;

    assert_true(sv_eq(line, SV("one")));
    assert_true(sv_eq(sv_line(&s), SV("two")));
    assert_true(sv_eq(sv_trim(SV(" \t a b \n")), SV("a b")));
    assert_int_equal(sv_find(SV("abcabc"), SV("ca")), 2);
    assert_int_equal(sv_find(SV("abc"), SV("x")), SIZE_MAX);
    assert_true(sv_to_u64(SV("18446744073709551615"), &n));
    assert_false(sv_to_u64(SV("18446744073709551616"), &n));
    assert_false(sv_to_u64(SV(""), &n));
}

static void an_arena_refuses_past_its_maximum_and_forgets_on_reset(void **state)
{
    auto_arena a;
    (void)state;

    arena_init(&a, 1000);
    assert_non_null(arena_take(&a, 900));
    assert_null(arena_take(&a, 200));
    assert_true(arena_failed(&a));
    arena_reset(&a);
    assert_false(arena_failed(&a));
    assert_non_null(arena_take(&a, 900));
    assert_null(arena_take_array(&a, SIZE_MAX / 2, 4));
}

static void a_source_never_reads_past_its_end(void **state)
{
    struct source_memory m;
    struct span got;
    auto_arena a;
    (void)state;

    arena_init(&a, 1 << 20);
    source_memory_init(&m, BYTES("0123456789"));
    assert_int_equal(source_read(&m.source, 8, 100, &a, &got, NULL), 0);
    assert_int_equal(got.n, 2);
    assert_int_equal(source_read(&m.source, UINT64_MAX, 100, &a, &got, NULL), 0);
    assert_int_equal(got.n, 0);
    assert_int_equal(source_read_all(&m.source, 9, &a, &got, NULL), -ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_remembers_the_first_overrun),
        cmocka_unit_test(text_is_cut_trimmed_and_found),
        cmocka_unit_test(an_arena_refuses_past_its_maximum_and_forgets_on_reset),
        cmocka_unit_test(a_source_never_reads_past_its_end),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
