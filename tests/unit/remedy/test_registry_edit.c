// SPDX-License-Identifier: Apache-2.0
/* That a hive is compared: nothing but what was to go may differ. And the process it is made in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "identify/hive.h"
#include "os/jailed.h"
#include "remedy/registry_edit.h"
#include "support/made_hive.h"

static const struct registry_target target = {.path = {"HKLM\\SOFTWARE\\Acme", 18}};

static const struct registry_target other = {.path = {"HKLM\\SOFTWARE\\Other", 19}};
static const char text[] = "[Acme]\nv=x\n[Acme\\Below]\n[Other]\nname=value\nlist:multi=one|two\n";

enum {
    BINS = 4096 + 4, /* what is in a cell, behind its size */
};

/* Without its first key: the second one takes its place in the list of two. */
static struct span without_first(struct span hive, struct arena *arena, uint32_t *ret_second)
{
    struct sv copy = arena_copy(arena, sv_of(hive));
    uint8_t *p = (uint8_t *)(uintptr_t)copy.p;
    struct source_memory memory;
    struct hive_keys keys;
    struct hive_key root, key;
    struct hive *h;

    source_memory_init(&memory, hive);
    assert_int_equal(hive_open(&memory.source, arena, &h, NULL), 0);
    assert_true(hive_root(h, &root));
    keys = hive_keys(h, &root);
    assert_true(hive_next_key(h, &keys, &key) && hive_next_key(h, &keys, &key));
    *ret_second = key.at;
    p[BINS + root.at + 20] = 1;
    p[BINS + root.subkey_list + 2] = 1;
    memmove(p + BINS + root.subkey_list + 4, p + BINS + root.subkey_list + 12, 8);
    return (struct span){p, copy.n};
}

static void what_else_changed_is_seen(void **state)
{
    static const unsigned fields[][2] = {{0, 20}, {44, 52}, {72, 76 + 5}};
    auto_arena arena = {0};
    struct span before, after;
    uint32_t second;
    struct err err;
    (void)state;

    arena_init(&arena, 1 << 20);
    before = made_hive(text, &(struct made_hive){.lists = MADE_LH}, &arena);
    after = without_first(before, &arena, &second);
    assert_int_equal(registry_check(before, after, &target, &err), 0);
    // Nothing was taken out; something else was to be.
    assert_true(registry_check(before, before, &target, &err) < 0);
    assert_true(registry_check(before, after, &other, &err) < 0);
    // Any byte of the key beside it, but for how many bytes its longest names have.
    for (size_t f = 0; f < ARRAY_LEN(fields); f++) {
        for (unsigned i = fields[f][0]; i < fields[f][1]; i++) {
            uint8_t *p = (uint8_t *)(uintptr_t)after.p + BINS + second + i;

            *p ^= 1;
            if (registry_check(before, after, &target, &err) == 0)
                fail_msg("byte %u of a key may change", i);
            *p ^= 1;
        }
    }
}

static void what_values_hold_is_compared(void **state)
{
    auto_arena arena = {0};
    struct span before, after;
    size_t tried = 0;
    uint32_t second;
    struct err err;
    (void)state;

    arena_init(&arena, 1 << 20);
    before = made_hive(text, &(struct made_hive){.lists = MADE_LH}, &arena);
    after = without_first(before, &arena, &second);
    for (size_t i = 0; i + 10 < after.n; i++) {
        uint8_t *p = (uint8_t *)(uintptr_t)after.p + i;

        if (memcmp(p, "v\0a\0l\0u\0e\0", 10) != 0 && memcmp(p, "o\0n\0e\0\0\0t\0", 10) != 0)
            continue;
        tried++;
        p[2] ^= 1;
        assert_true(registry_check(before, after, &target, &err) < 0);
        p[2] ^= 1;
    }
    assert_int_equal(tried, 2);
}

static int ends_badly(void *to, struct err *err)
{
    (void)to;
    (void)err;
    abort();
}

static int opens(void *to, struct err *err)
{
    (void)to;
    return access("/etc/passwd", R_OK) == 0 ? ERR(err, ERR_DENIED, "it can look at files") : 0;
}

static int answers(void *to, struct err *err)
{
    char read_back[16];
    ssize_t n = read(JAILED_IN, read_back, sizeof(read_back));

    if (n < 0 || pwrite(JAILED_OUT, read_back, (size_t)n, 0) != n)
        return ERR_SYS(err, "%s", (const char *)to);
    return 7;
}

static int fails(void *to, struct err *err)
{
    return ERR(err, ERR_CONFLICT, "%s", (const char *)to);
}

static int run(int (*work)(void *, struct err *), struct buf *out, struct err *err)
{
    char to[] = "why";

    return jailed_run(&(struct jailed){.name = "test",
                                       .in = BYTES("bytes"),
                                       .limits = {.written = 1 << 20, .cpu_s = 20},
                                       .work = work,
                                       .to = to},
                      out, err);
}

static void a_process_without_rights_answers_fails_or_ends(void **state)
{
    auto_buf out = {0};
    struct err err = {0};
    (void)state;

    assert_int_equal(run(answers, &out, &err), 7);
    assert_string_equal(out.p, "bytes");
    assert_int_equal(run(fails, &out, &err), -ERR_CONFLICT);
    assert_string_equal(err.text, "why");
    assert_int_equal(run(ends_badly, &out, &err), -ERR_FORMAT);
    if (sandbox_available() == SANDBOX_NEEDED)
        assert_int_equal(run(opens, &out, &err), -ERR_FORMAT); // access(2) is not for it
    assert_int_equal(out.n, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_values_hold_is_compared),
        cmocka_unit_test(what_else_changed_is_seen),
        cmocka_unit_test(a_process_without_rights_answers_fails_or_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
