// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

extern const struct recogniser recog_dex;

enum {
    HEADER = 112,
};

static void put_le(struct buf *b, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_char(b, (char)(value >> (8 * i) & 0xff));
}

static void put_u32_at(struct buf *b, size_t at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        b->p[at + i] = (char)(value >> 8 * i & 0xff);
}

static struct span bytes_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

/* A DEX of these types, which are sorted, of which the classes that `defined` says are its own. */
static void put_dex(struct buf *b, const char *version, const char *const *types, size_t count,
                    const bool *defined)
{
    size_t strings = HEADER, type_ids = strings + 4 * count, classes = type_ids + 4 * count,
           own = 0, base = b->n, data;

    for (size_t i = 0; i < count; i++)
        own += defined[i];
    data = classes + 32 * own;
    buf_printf(b, "dex\n%s", version);
    while (b->n < base + HEADER)
        buf_char(b, 0);
    put_u32_at(b, base + 36, HEADER);
    put_u32_at(b, base + 40, 0x12345678);
    put_u32_at(b, base + 56, (uint32_t)count);
    put_u32_at(b, base + 60, (uint32_t)strings);
    put_u32_at(b, base + 64, (uint32_t)count);
    put_u32_at(b, base + 68, (uint32_t)type_ids);
    put_u32_at(b, base + 96, (uint32_t)own);
    put_u32_at(b, base + 100, (uint32_t)classes);
    for (size_t i = 0; i < count; i++) {
        put_le(b, data, 4);
        data += strlen(types[i]) + 2;
    }
    for (size_t i = 0; i < count; i++)
        put_le(b, i, 4);
    for (size_t i = 0; i < count; i++) {
        if (!defined[i])
            continue;
        put_le(b, i, 4);
        for (unsigned k = 0; k < 28; k++)
            buf_char(b, 0);
    }
    for (size_t i = 0; i < count; i++) {
        put_le(b, strlen(types[i]), 1);
        buf_bytes(b, types[i], strlen(types[i]) + 1);
    }
    put_u32_at(b, base + 32, (uint32_t)(b->n - base));
}

static const char *const types[] = {
    "I", "LMain;", "La/b/C;", "Lcom/sdk/One;", "Lcom/sdk/Two;", "Lother/Asked;"};
static const bool defined[] = {false, true, true, true, true, false};
static const char expected[] = "library present\n  java-package=a.b\n  java-package=com.sdk\n";

static void expect(struct span bytes, size_t gate, const char *text, int result)
{
    struct spy spy;

    spy_identify(&spy, &recog_dex, gate, bytes);
    assert_string_equal(spy.text.p ? spy.text.p : "", text);
    assert_int_equal(spy.result, result);
    spy_clear(&spy);
}

static void names_the_packages_of_its_own_classes(void **state)
{
    auto_buf dex = {0};
    (void)state;

    put_dex(&dex, "035", types, ARRAY_LEN(types), defined);
    expect(bytes_of(&dex), 0, expected, 0);
}

static void optimised_file_has_a_dex_inside(void **state)
{
    auto_buf dex = {0};
    (void)state;

    buf_bytes(&dex, "dey\n036\0\x28\0\0\0", 12);
    while (dex.n < 40)
        buf_char(&dex, 0);
    put_dex(&dex, "035", types, ARRAY_LEN(types), defined);
    expect(bytes_of(&dex), 1, expected, 0);
}

/* From version 41 on, offsets count from the first of the DEX files that share one. */
static void several_share_one_file(void **state)
{
    static const char *const more[] = {"Lnext/One;"};
    static const bool all[] = {true};
    auto_buf dex = {0};
    size_t second;
    (void)state;

    put_dex(&dex, "041", types, ARRAY_LEN(types), defined);
    second = dex.n;
    put_dex(&dex, "041", more, 1, all);
    put_u32_at(&dex, second + 60, (uint32_t)second + HEADER);
    put_u32_at(&dex, second + 68, (uint32_t)second + HEADER + 4);
    put_u32_at(&dex, second + 100, (uint32_t)second + HEADER + 8);
    put_u32_at(&dex, second + HEADER, (uint32_t)second + HEADER + 8 + 32);
    expect(bytes_of(&dex), 0,
           "library present\n  java-package=a.b\n  java-package=com.sdk\n  java-package=next\n", 0);
}

static void other_files_are_not_its_own(void **state)
{
    (void)state;
    expect(BYTES("dex\ninations are many, said he"), 0, "", RECOG_NOT_MINE);
}

static void says_what_is_damaged(void **state)
{
    auto_buf dex = {0};
    (void)state;

    put_dex(&dex, "035", types, ARRAY_LEN(types), defined);
    // ends in the header
    expect((struct span){(const uint8_t *)dex.p, 80}, 0, "", -ERR_FORMAT);
    // the other byte order
    put_u32_at(&dex, 40, 0x78563412);
    expect(bytes_of(&dex), 0, "", -ERR_UNSUPPORTED);
    put_u32_at(&dex, 40, 0x12345678);
    // a name that is not in it: the others stand
    put_u32_at(&dex, HEADER + 4 * 2, 0x7fffffff);
    expect(bytes_of(&dex), 0, "library present\n  java-package=com.sdk\n", -ERR_FORMAT);
    put_u32_at(&dex, 64, 1 << 20);
    expect(bytes_of(&dex), 0, "", -ERR_FORMAT);
}

static void many_packages_are_told_by_how_they_begin(void **state)
{
    enum { COUNT = 9000 };
    const char **names = calloc(COUNT, sizeof(*names));
    bool *all = calloc(COUNT, sizeof(*all));
    auto_buf dex = {0};
    (void)state;

    for (int i = 0; i < COUNT; i++) {
        char text[64];

        snprintf(text, sizeof(text), "Lorg/big/app/part/p%05d/C;", i);
        names[i] = strdup(text);
        all[i] = true;
    }
    put_dex(&dex, "035", names, COUNT, all);
    expect(bytes_of(&dex), 0, "library present\n  java-package=org.big.app.part\n", 0);
    for (int i = 0; i < COUNT; i++)
        free((void *)(uintptr_t)names[i]);
    free(names);
    free(all);
}

static void survives_damage(void **state)
{
    auto_buf dex = {0};
    (void)state;

    put_dex(&dex, "041", types, ARRAY_LEN(types), defined);
    spy_contract(&recog_dex, 0, bytes_of(&dex));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_packages_of_its_own_classes),
        cmocka_unit_test(optimised_file_has_a_dex_inside),
        cmocka_unit_test(several_share_one_file),
        cmocka_unit_test(other_files_are_not_its_own),
        cmocka_unit_test(says_what_is_damaged),
        cmocka_unit_test(many_packages_are_told_by_how_they_begin),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_dex", tests, NULL, NULL);
}
