// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

static struct reader over(const struct emit *e)
{
    return reader_over((struct span){(const uint8_t *)e->bytes.p, e->bytes.n});
}

static void write_sample(struct emit *e)
{
    emit_init(e, STATE_PRESENT, CONFIDENCE_PROBABLE);
    emit_component(e, TYPE_LIBRARY);
    emit_field_at(e, FIELD_NAME, SV("x"), 7, 3);
    emit_group(e);
    emit_field(e, FIELD_SIGNER_CN, SV("first"));
    emit_group_end(e);
    emit_field(e, FIELD_VERSION, SV("1"));
    emit_group(e);
    emit_field(e, FIELD_SIGNER_CN, SV("second"));
    emit_purl(e, "npm", SV("@a"), SV("b c"), SV("1/2"));
}

static void reads_back_what_was_written(void **state)
{
    auto_arena arena;
    struct reader r;
    struct component c;
    struct emit e;
    (void)state;

    arena_init(&arena, 1 << 20);
    write_sample(&e);
    assert_int_equal(emit_finish(&e, NULL), 0);
    r = over(&e);

    assert_int_equal(message_next(&r, &arena, &c, NULL), 0);
    assert_int_equal(c.state, STATE_PRESENT);
    assert_int_equal(c.ceiling, CONFIDENCE_PROBABLE);
    assert_int_equal(c.field_count, 5);
    assert_int_equal(c.fields[0].offset, 7);
    assert_int_equal(c.fields[1].group, 1);
    assert_int_equal(c.fields[2].group, 0);
    assert_int_equal(c.fields[3].group, 2);
    assert_true(sv_eq(c.fields[4].value, SV("pkg:npm/%40a/b%20c@1%2F2")));
    assert_int_equal(message_next(&r, &arena, &c, NULL), MESSAGE_END);
    emit_clear(&e);
}

static void refuses_every_damaged_message(void **state)
{
    auto_arena arena;
    struct component c;
    struct emit e;
    (void)state;

    arena_init(&arena, 1 << 20);
    write_sample(&e);
    assert_int_equal(emit_finish(&e, NULL), 0);
    for (size_t n = 1; n < e.bytes.n; n++) {
        struct reader r = reader_over((struct span){(const uint8_t *)e.bytes.p, n});

        assert_int_equal(message_next(&r, &arena, &c, NULL), -ERR_FORMAT);
        arena_reset(&arena);
    }
    e.bytes.p[1] = 99;
    struct reader r = over(&e);
    assert_int_equal(message_next(&r, &arena, &c, NULL), -ERR_FORMAT);
    emit_clear(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_was_written),
        cmocka_unit_test(refuses_every_damaged_message),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
