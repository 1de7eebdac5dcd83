// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include "identify/hive.h"
#include "support/made_hive.h"

enum {
    ROOT_CELL = 36,
    KEY_SUBKEYS = 4 + 20,
    KEY_LIST = 4 + 28,
};

struct opened {
    struct arena arena;
    struct source_memory memory;
    struct hive *hive;
    struct span bytes;
    struct err err;
    int result;
};

static void open_bytes(struct opened *o, struct span bytes)
{
    o->bytes = bytes;
    source_memory_init(&o->memory, bytes);
    o->result = hive_open(&o->memory.source, &o->arena, &o->hive, &o->err);
}

static void open_made(struct opened *o, const char *text, const struct made_hive *how)
{
    arena_init(&o->arena, 64 << 20);
    open_bytes(o, made_hive(text, how, &o->arena));
    assert_int_equal(o->result, 0);
}

/* All keys with their values, as text. */
static void tell(struct hive *h, const struct hive_key *key, unsigned depth, struct buf *to)
{
    struct hive_values values = hive_values(key);
    struct hive_keys keys = hive_keys(h, key);
    struct hive_value value;
    struct hive_key below;

    buf_printf(to, "%*s%.*s", (int)depth * 2, "", (int)key->name.n, key->name.p);
    while (hive_next_value(h, &values, &value))
        buf_printf(to, " %.*s=%.*s", (int)value.name.n, value.name.p,
                   (int)hive_text(h, &value).text.n, hive_text(h, &value).text.p);
    buf_char(to, '\n');
    while (depth < 8 && hive_next_key(h, &keys, &below))
        tell(h, &below, depth + 1, to);
}

#define TREE \
    "[Acme]\nName=Agent\nPath=C:\\Acme\n[Acme\\a]\n[Acme\\b]\n=own\n[Acme\\c]\n[Acme\\c\\deep]\n" \
    "x=y\n[Other]\n"

static void reads_every_kind_of_list(void **state)
{
    const struct made_hive kinds[] = {{.lists = MADE_LH},
                                      {.lists = MADE_LF},
                                      {.lists = MADE_LI},
                                      {.lists = MADE_RI},
                                      {.lists = MADE_RI, .wide_names = true}};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct opened o;
        struct hive_key root;
        auto_buf text = {0};

        open_made(&o, TREE, &kinds[i]);
        assert_true(hive_root(o.hive, &root));
        tell(o.hive, &root, 0, &text);
        assert_string_equal(text.p, "root\n"
                                    "  Acme Name=Agent Path=C:\\Acme\n"
                                    "    a\n"
                                    "    b =own\n"
                                    "    c\n"
                                    "      deep x=y\n"
                                    "  Other\n");
        assert_int_equal(hive_finish(o.hive, &o.err), 0);
        arena_clear(&o.arena);
    }
}

static void finds_keys_and_values_whatever_their_case(void **state)
{
    struct opened o;
    struct hive_key root, key;
    struct hive_value value;
    struct hive_texts texts;
    struct sv one;
    uint32_t number = 0;
    (void)state;

    open_made(&o, "[A\\B]\nStart:dword=3\nUpper:multi=one|two\nBlob:hex=00ff01\n", NULL);
    assert_true(hive_root(o.hive, &root));
    assert_true(hive_find(o.hive, &root, SV("a\\b"), &key));
    assert_false(hive_find(o.hive, &root, SV("a\\bb"), &root));
    assert_true(hive_get_number(o.hive, &key, "START", &number));
    assert_int_equal(number, 3);
    assert_true(hive_value(o.hive, &key, "upper", &value));
    texts = hive_texts(o.hive, &value);
    assert_true(hive_next_text(o.hive, &texts, &one) && sv_eq(one, SV("one")));
    assert_true(hive_next_text(o.hive, &texts, &one) && sv_eq(one, SV("two")));
    assert_false(hive_next_text(o.hive, &texts, &one));
    assert_true(hive_value(o.hive, &key, "Blob", &value));
    assert_int_equal(hive_data(o.hive, &value).n, 3);
    assert_int_equal(hive_text(o.hive, &value).text.n, 0);
    arena_clear(&o.arena);
}

static void puts_long_data_together_from_its_pieces(void **state)
{
    struct opened o;
    struct hive_key root;
    struct hive_text text;
    auto_buf lines = {0};
    (void)state;

    buf_str(&lines, "Long=");
    for (unsigned i = 0; i < 30000; i++)
        buf_char(&lines, (char)('a' + i % 26));
    open_made(&o, lines.p, NULL);
    assert_true(hive_root(o.hive, &root));
    text = hive_get(o.hive, &root, "Long");
    assert_int_equal(text.text.n, 30000);
    assert_memory_equal(text.text.p, lines.p + 5, 30000);
    assert_int_equal(hive_finish(o.hive, &o.err), 0);
    arena_clear(&o.arena);
}

static void says_that_the_last_changes_are_in_a_log(void **state)
{
    struct opened o;
    struct hive_key root;
    (void)state;

    open_made(&o, TREE, &(struct made_hive){.dirty = true});
    assert_true(hive_root(o.hive, &root));
    assert_int_equal(hive_finish(o.hive, &o.err), -ERR_UNSUPPORTED);
    assert_non_null(strstr(o.err.text, "transaction logs"));
    arena_clear(&o.arena);
}

static void leaves_logs_and_other_files_alone(void **state)
{
    struct opened o;
    uint8_t *p;
    (void)state;

    open_made(&o, TREE, NULL);
    p = (uint8_t *)(uintptr_t)o.bytes.p;
    p[28] = 1; // the type of a transaction log
    made_hive_seal(o.bytes);
    open_bytes(&o, o.bytes);
    assert_int_equal(o.result, HIVE_NONE);
    open_bytes(&o, BYTES("regf and nothing more"));
    assert_int_equal(o.result, HIVE_NONE);
    arena_clear(&o.arena);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t n)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(n >> 8 * i);
}

static uint64_t walk(struct hive *h, const struct hive_key *key, unsigned depth)
{
    struct hive_keys keys = hive_keys(h, key);
    struct hive_key below;
    uint64_t n = 1;

    while (depth < 1000 && hive_next_key(h, &keys, &below))
        n += walk(h, &below, depth + 1);
    return n;
}

static void ends_when_keys_or_lists_make_a_circle(void **state)
{
    struct opened o;
    struct hive_key root;
    uint8_t *p, *key, *list;
    (void)state;

    // given a list of lists that names itself
    open_made(&o, TREE, &(struct made_hive){.lists = MADE_RI});
    p = (uint8_t *)(uintptr_t)o.bytes.p;
    key = p + 4096 + get32(p + ROOT_CELL);
    list = p + 4096 + get32(key + KEY_LIST);
    put32(list + 8, get32(key + KEY_LIST));
    assert_true(hive_root(o.hive, &root));
    (void)walk(o.hive, &root, 0);
    assert_int_equal(hive_finish(o.hive, &o.err), -ERR_FORMAT);
    assert_non_null(strstr(o.err.text, "inside of another"));
    arena_clear(&o.arena);

    // and keys that name one another
    open_made(&o, TREE, &(struct made_hive){.lists = MADE_LI});
    p = (uint8_t *)(uintptr_t)o.bytes.p;
    key = p + 4096 + get32(p + ROOT_CELL);
    list = p + 4096 + get32(key + KEY_LIST);
    put32(list + 8, get32(p + ROOT_CELL));
    put32(list + 12, get32(p + ROOT_CELL));
    assert_true(hive_root(o.hive, &root));
    assert_true(walk(o.hive, &root, 0) < 100000);
    assert_int_equal(hive_finish(o.hive, &o.err), -ERR_LIMIT_ENTRIES);
    arena_clear(&o.arena);
}

static void tells_what_is_damaged_and_reads_the_rest(void **state)
{
    struct opened o;
    struct hive_key root, key;
    uint8_t *p, *cell, *list;
    (void)state;

    open_made(&o, "[a]\n[b]\n[c]\nx=y\n", &(struct made_hive){.lists = MADE_LI});
    p = (uint8_t *)(uintptr_t)o.bytes.p;
    cell = p + 4096 + get32(p + ROOT_CELL);
    list = p + 4096 + get32(cell + KEY_LIST);
    put32(list + 12, 0x7ffffff8);
    assert_true(hive_root(o.hive, &root));
    assert_true(hive_find(o.hive, &root, SV("c"), &key));
    assert_true(sv_eq(hive_get(o.hive, &key, "x").text, SV("y")));
    assert_int_equal(hive_finish(o.hive, &o.err), -ERR_FORMAT);
    assert_non_null(strstr(o.err.text, "a key at cell 0x7ffffff8"));
    arena_clear(&o.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_of_list),
        cmocka_unit_test(finds_keys_and_values_whatever_their_case),
        cmocka_unit_test(puts_long_data_together_from_its_pieces),
        cmocka_unit_test(says_that_the_last_changes_are_in_a_log),
        cmocka_unit_test(leaves_logs_and_other_files_alone),
        cmocka_unit_test(ends_when_keys_or_lists_make_a_circle),
        cmocka_unit_test(tells_what_is_damaged_and_reads_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
