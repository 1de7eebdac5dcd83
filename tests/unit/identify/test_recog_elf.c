// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_elf;

/*
 * A library of both classes and byte orders: all of the file is loaded at BASE. Strings at 0x200,
 * symbols at 0x300, the dynamic segment at 0x380, notes at 0x480, sections at 0x500.
 */
enum {
    SIZE = 0x700,
    BASE = 0x10000,
    STRINGS = 0x200,
    SYMBOLS = 0x300,
    DYNAMIC = 0x380,
    NOTES = 0x480,
    SECTIONS = 0x500,
    SONAME = 1,
    NEEDED = 11,
    EXPORTED = 21,
    IMPORTED = 30,
    LOCAL = 40,
    STRINGS_SIZE = 50,
};

struct image {
    uint8_t bytes[SIZE];
    bool wide, big;
    size_t at;
};

static void put(struct image *m, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        m->bytes[m->at + (m->big ? bytes - 1 - i : i)] =
            (uint8_t)(i < sizeof(value) ? value >> 8 * i : 0);
    m->at += bytes;
}

static void put_word(struct image *m, uint64_t value)
{
    put(m, value, m->wide ? 8 : 4);
}

static void put_segment(struct image *m, uint32_t type, uint64_t offset, uint64_t size)
{
    put(m, type, 4);
    if (m->wide)
        put(m, 4, 4);
    put_word(m, offset);
    put_word(m, BASE + offset);
    put_word(m, BASE + offset);
    put_word(m, size);
    put_word(m, size);
    if (!m->wide)
        put(m, 4, 4);
    put_word(m, 4);
}

static void put_section(struct image *m, uint32_t type, uint64_t offset, uint64_t size,
                        uint32_t link)
{
    put(m, 0, 4);
    put(m, type, 4);
    put_word(m, 0);
    put_word(m, BASE + offset);
    put_word(m, offset);
    put_word(m, size);
    put(m, link, 4);
    put(m, 0, 4);
    put_word(m, 4);
    put_word(m, 0);
}

static void put_symbol(struct image *m, uint32_t name, uint8_t bind)
{
    put(m, name, 4);
    if (!m->wide)
        put(m, 0, 8);
    put(m, (uint64_t)(bind << 4 | 2), 1);
    put(m, 0, 3);
    if (m->wide)
        put(m, 0, 16);
}

static void put_dynamic(struct image *m, uint64_t tag, uint64_t value)
{
    put_word(m, tag);
    put_word(m, value);
}

static void put_header(struct image *m, unsigned sections)
{
    memcpy(m->bytes, "\177ELF", 4);
    m->bytes[4] = m->wide ? 2 : 1;
    m->bytes[5] = m->big ? 2 : 1;
    m->bytes[6] = 1;
    m->at = 16;
    put(m, 3, 2);
    put(m, m->wide ? 62 : 8, 2);
    put(m, 1, 4);
    put_word(m, 0);
    put_word(m, m->wide ? 64 : 52);
    put_word(m, sections ? SECTIONS : 0);
    put(m, 0, 4);
    put(m, m->wide ? 64 : 52, 2);
    put(m, m->wide ? 56 : 32, 2);
    put(m, 3, 2);
    put(m, m->wide ? 64 : 40, 2);
    put(m, sections, 2);
    put(m, 0, 2);
    put_segment(m, 1, 0, SIZE);
    put_segment(m, 2, DYNAMIC, (m->wide ? 16 : 8) * 6);
    put_segment(m, 4, NOTES, 28);
}

static void make_image(struct image *m, bool wide, bool big, bool sections)
{
    *m = (struct image){.wide = wide, .big = big};
    put_header(m, sections ? 5 : 0);
    memcpy(m->bytes + STRINGS, "\0libnet.so\0libdep.so\0NET_Init\0OTHER_Run\0NET_Local\0", 51);
    m->at = SYMBOLS;
    put_symbol(m, 0, 0);
    put_symbol(m, EXPORTED, 1);
    put_symbol(m, IMPORTED, 2);
    put_symbol(m, LOCAL, 0);
    m->at = DYNAMIC;
    put_dynamic(m, 14, SONAME);
    put_dynamic(m, 1, NEEDED);
    put_dynamic(m, 5, BASE + STRINGS);
    put_dynamic(m, 10, STRINGS_SIZE);
    put_dynamic(m, 0, 0);
    m->at = NOTES;
    put(m, 4, 4);
    put(m, 8, 4);
    put(m, 3, 4);
    memcpy(m->bytes + m->at, "GNU\0\1\2\3\4\xa\xb\xc\xd", 12);
    if (sections) {
        m->at = SECTIONS;
        put_section(m, 0, 0, 0, 0);
        put_section(m, 11, SYMBOLS, (wide ? 24 : 16) * 4, 2);
        put_section(m, 3, STRINGS, STRINGS_SIZE, 0);
        put_section(m, 6, DYNAMIC, 64, 2);
        put_section(m, 7, NOTES, 28, 0);
    }
}

#define ANSWER(machine, symbols) \
    "library present\n" \
    "  build-id=010203040a0b0c0d @1168+8\n" \
    "  architecture=" machine "\n" \
    "  soname=libnet.so @513+9\n" \
    "  needed=libdep.so @523+9\n" symbols

static void reads_both_classes_and_byte_orders(void **state)
{
    (void)state;

    for (unsigned i = 0; i < 4; i++) {
        struct image m;
        struct spy spy;

        make_image(&m, i & 1, i & 2, true);
        spy_identify(&spy, &recog_elf, 1, (struct span){m.bytes, SIZE});
        assert_int_equal(spy.result, 0);
        assert_string_equal(spy.text.p, i & 1 ? ANSWER("x86_64", "  symbol=NET_Init @533+8\n"
                                                                 "  symbol=OTHER_Run @542+9\n")
                                              : ANSWER("mips", "  symbol=NET_Init @533+8\n"
                                                               "  symbol=OTHER_Run @542+9\n"));
        spy_clear(&spy);
    }
}

static void needs_no_sections(void **state)
{
    struct image m;
    struct spy spy;
    (void)state;

    make_image(&m, true, false, false);
    spy_identify(&spy, &recog_elf, 1, (struct span){m.bytes, SIZE});

    assert_int_equal(spy.result, 0);
    // Without a table that says which are local, every name counts.
    assert_string_equal(spy.text.p, ANSWER("x86_64", "  symbol=NET_Init @533+8\n"
                                                     "  symbol=NET_Local @552+9\n"
                                                     "  symbol=OTHER_Run @542+9\n"));
    spy_clear(&spy);
}

static void says_when_it_could_not_read_all(void **state)
{
    const struct {
        const char *why;
        size_t at;
        uint64_t value;
        unsigned bytes;
        int result;
    } cases[] = {
        {"no class", 4, 0, 1, RECOG_NOT_MINE},
        {"no byte order", 5, 3, 1, RECOG_NOT_MINE},
        {"a memory dump", 16, 4, 2, RECOG_NOT_MINE},
        {"sections beyond the end", 60, 500, 2, -ERR_FORMAT},
        {"a section beyond the end", SECTIONS + 64 + 32, 0x10000, 8, -ERR_FORMAT},
        {"a library's name outside the strings", DYNAMIC + 8, 0x1000, 8, 0},
        {"strings nowhere", DYNAMIC + 40, 0, 8, 0},
        {"only debug information: what is loaded is not in the file", SECTIONS + 3 * 64 + 4, 8, 4,
         0},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct image m;
        struct spy spy;

        make_image(&m, true, false, true);
        m.at = cases[i].at;
        put(&m, cases[i].value, cases[i].bytes);
        spy_identify(&spy, &recog_elf, 1, (struct span){m.bytes, SIZE});
        if (spy.result != cases[i].result)
            fail_msg("%s: %d (%s)\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;

    for (unsigned i = 0; i < 4; i++) {
        struct image m;

        make_image(&m, i & 1, i & 2, true);
        spy_contract(&recog_elf, 1, (struct span){m.bytes, SIZE});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_classes_and_byte_orders),
        cmocka_unit_test(needs_no_sections),
        cmocka_unit_test(says_when_it_could_not_read_all),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_elf", tests, NULL, NULL);
}
