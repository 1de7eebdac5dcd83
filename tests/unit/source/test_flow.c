// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "source/flow.h"

/* Gives `size` bytes, each the low byte of its offset, in pieces; fails at `bad`. */
struct maker {
    uint64_t at, size, bad;
    size_t piece;
    uint8_t bytes[100000];
};

static int make_piece(void *from, struct span *ret, struct err *err)
{
    struct maker *m = from;
    size_t n = 0;

    for (; n < m->piece && m->at < m->size; n++, m->at++) {
        if (m->bad && m->at >= m->bad)
            return ERR(err, ERR_FORMAT, "bad");
        m->bytes[n] = (uint8_t)m->at;
    }
    *ret = (struct span){m->bytes, n};
    return 0;
}

struct set {
    struct maker maker;
    struct spill_file spill;
    struct flow_room room;
    struct budget budget;
    struct flow flow;
    struct err err;
};

static struct set set;

static int begin(uint64_t size, size_t piece, uint64_t bad)
{
    struct limits limits = limits_default;

    limits.memory = 40000;
    set = (struct set){.maker = {.size = size, .piece = piece, .bad = bad}};
    spill_init(&set.spill, NULL);
    set.room.spill = &set.spill;
    budget_begin(&set.budget, &limits, size, NULL, NULL);
    return flow_begin(&set.flow, make_piece, &set.maker, (uint64_t)FLOW_SIZE_UNKNOWN, &set.room,
                      &set.budget, &set.err);
}

static int end(void **state)
{
    (void)state;
    flow_end(&set.flow);
    flow_room_clear(&set.room);
    spill_clear(&set.spill);
    return 0;
}

static bool has(uint64_t offset, size_t n)
{
    uint8_t bytes[3000];
    size_t got = 0;

    assert_true(n <= sizeof(bytes));
    assert_int_equal(set.flow.source.read_at(&set.flow.source, offset, bytes, n, &got, &set.err),
                     0);
    for (size_t i = 0; i < got; i++)
        if (bytes[i] != (uint8_t)(offset + i))
            return false;
    return got == n;
}

static void keeps_the_head_and_unpacks_no_more(void **state)
{
    (void)state;

    assert_int_equal(begin(80000, 1000, 0), 0);
    assert_int_equal(set.flow.source.head.n, SOURCE_HEAD);
    assert_int_equal(set.flow.pulled, 17000);
    assert_true(has(16000, 300));
}

static void knows_the_size_of_what_is_short(void **state)
{
    (void)state;

    assert_int_equal(begin(16383, 1000, 0), 0);
    assert_int_equal(set.flow.source.size, 16383);
    assert_true(set.flow.ended);
}

static void reads_on_in_order(void **state)
{
    (void)state;

    assert_int_equal(begin(80000, 7000, 0), 0);
    for (uint64_t at = 0; at + 2000 <= 80000; at += 2000)
        assert_true(has(at, 2000));
    assert_false(has(79999, 2));
}

static void does_not_go_back(void **state)
{
    uint8_t byte;
    size_t got;
    (void)state;

    assert_int_equal(begin(80000, 7000, 0), 0);
    assert_true(has(50000, 100));
    assert_int_equal(set.flow.source.read_at(&set.flow.source, 20000, &byte, 1, &got, &set.err),
                     -ERR_UNSUPPORTED);
    assert_true(has(100, 100));
}

static void keeps_all_in_memory_or_spilled(void **state)
{
    const uint64_t sizes[] = {0, 1, 16384, 16385, 39999, 40000, 40001, 99000};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        assert_int_equal(begin(sizes[i], 7000, 0), 0);
        assert_int_equal(flow_keep(&set.flow, &set.err), 0);
        assert_int_equal(set.flow.source.size, sizes[i]);
        assert_int_equal(set.spill.size, sizes[i] >= 40000 ? sizes[i] : 0);
        for (uint64_t at = sizes[i]; at > 2000; at -= 2000)
            assert_true(has(at - 2000, 2000));
        assert_int_equal(set.flow.source.head.n, sizes[i] < SOURCE_HEAD ? sizes[i] : SOURCE_HEAD);
        (void)end(NULL);
        assert_int_equal(set.budget.spilled, 0);
    }
}

static void keeps_what_was_peeked_at(void **state)
{
    (void)state;

    assert_int_equal(begin(80000, 7000, 0), 0);
    assert_int_equal(flow_peek(&set.flow, 33000, &set.err), 0);
    assert_true(has(32000, 1000));
    assert_true(has(10, 1000));
    assert_int_equal(flow_keep(&set.flow, &set.err), 0);
    assert_true(has(60000, 1000));
    assert_true(has(20000, 1000));
}

static void gives_what_came_before_a_failure(void **state)
{
    uint8_t byte;
    size_t got;
    (void)state;

    assert_int_equal(begin(80000, 1000, 30500), 0);
    assert_true(has(29999, 1));
    assert_int_equal(set.flow.source.read_at(&set.flow.source, 30000, &byte, 1, &got, &set.err),
                     -ERR_FORMAT);
    (void)end(NULL);
    assert_int_equal(begin(80000, 1000, 30500), 0);
    assert_int_equal(flow_keep(&set.flow, &set.err), -ERR_FORMAT);
    (void)end(NULL);
    assert_int_equal(begin(80000, 1000, 500), -ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(keeps_the_head_and_unpacks_no_more, end),
        cmocka_unit_test_teardown(knows_the_size_of_what_is_short, end),
        cmocka_unit_test_teardown(reads_on_in_order, end),
        cmocka_unit_test_teardown(does_not_go_back, end),
        cmocka_unit_test_teardown(keeps_all_in_memory_or_spilled, end),
        cmocka_unit_test_teardown(keeps_what_was_peeked_at, end),
        cmocka_unit_test_teardown(gives_what_came_before_a_failure, end),
    };
    return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
