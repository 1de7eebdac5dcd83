// SPDX-License-Identifier: Apache-2.0
/*
 * Cheap questions before dear ones: may anything that indicators ask for stand in this text at all?
 *
 * Of source files, the most of many disks, nearly none imports what is asked for, and nearly no
 * path is one that is wanted. So tests are looked for anywhere in a text, without what binds them
 * to the beginning or the end of a name: one look for all of them, and what it does not find is not
 * there.
 */
#include <stdlib.h>
#include <string.h>

#include "match/matcher_internal.h"

/* A regular expression without ^ and $, which are empty: it is found wherever the other one was. */
static bool unbound(struct sv regex, struct buf *to)
{
    bool in_class = false;

    for (size_t i = 0; i < regex.n; i++) {
        char c = regex.p[i];

        if ((unsigned char)c >= 0x80)
            return false;
        if (c == '\\' && i + 1 < regex.n) {
            // A position (\b, \A) would be another one in a longer text.
            if (strchr("bBAzZG", regex.p[i + 1]))
                return false;
            buf_char(to, c);
            buf_char(to, regex.p[++i]);
            continue;
        }
        if (c == '[' && !in_class && i + 1 < regex.n && regex.p[i + 1] == '^') {
            buf_str(to, "[^");
            in_class = true;
            i++;
            continue;
        }
        if (c == '[' || c == ']')
            in_class = c == '[';
        if (in_class || (c != '^' && c != '$'))
            buf_char(to, c);
        else
            buf_str(to, "()");
    }
    return true;
}

typedef bool asks_fn(const struct test *t);

/* One database of the main tests that `asks`; *ret_anything when there is a test that it cannot say
 * for which texts. */
static int compile_anywhere(const struct matcher *m, asks_fn *asks, hs_database_t **ret,
                            bool *ret_anything, struct err *err)
{
    auto_free struct test *tests = calloc(m->test_count + 1, sizeof(*tests));
    auto_free uint32_t *which = calloc(m->test_count + 1, sizeof(*which));
    auto_buf texts = {0};
    size_t n = 0;
    bool utf8;

    if (!tests || !which)
        return ERR(err, ERR_NOMEM, "no memory for patterns");
    for (size_t i = 0; i < m->test_count; i++) {
        const struct test *t = &m->tests[i];

        if (!t->main || !asks(t))
            continue;
        tests[n] = *t;
        if (t->pattern.op == OP_REGEX) {
            size_t start = texts.n;

            *ret_anything |= !unbound(t->pattern.value, &texts);
            // Where it lies is known once no more text is added.
            tests[n].pattern.value = (struct sv){NULL, texts.n - start};
        }
        which[n] = (uint32_t)n;
        n++;
    }
    if (!buf_ok(&texts))
        return ERR(err, ERR_NOMEM, "no memory for patterns");
    for (size_t i = 0, at = 0; i < n; i++) {
        if (tests[i].pattern.op != OP_REGEX)
            continue;
        tests[i].pattern.value.p = texts.p + at;
        at += tests[i].pattern.value.n;
    }
    if (n == 0 || *ret_anything)
        return 0;
    return matcher_compile(m, tests, which, n, ret, &utf8, err);
}

static int note_found(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                      void *found)
{
    (void)id;
    (void)from;
    (void)to;
    (void)flags;
    *(bool *)found = true;
    return 1;
}

/* Without the memory to look: yes. */
static bool may_stand_in(struct matcher_scratch *s, const hs_database_t *database, bool anything,
                         struct sv text)
{
    struct err err;
    bool found = anything || (database && matcher_scratch_fill(s, &err) < 0);

    if (!found)
        matcher_scan(s, database, false, text, note_found, &found);
    return found;
}

/* ---- imports ---- */

static bool asks_import(const struct test *t)
{
    return condition_asks(t->condition, FIELD_IMPORT);
}

int matcher_compile_imports(struct matcher *m, struct err *err)
{
    return compile_anywhere(m, asks_import, &m->imports, &m->imports_anything, err);
}

bool matcher_may_import(const struct matcher *m, struct matcher_scratch *s, struct span text)
{
    return may_stand_in(s, m->imports, m->imports_anything, sv_of(text));
}

/* ---- paths ---- */

/* Exact values by their last names: as many bits as make a name that is none of them rarely one. */
static bool is_exact_path(const struct test *t)
{
    return t->main && t->pattern.op == OP_EXACT &&
           (condition_asks(t->condition, FIELD_PATH) ||
            condition_asks(t->condition, FIELD_FILE_NAME));
}

static bool asks_path(const struct test *t)
{
    return t->pattern.op != OP_EXACT && (condition_asks(t->condition, FIELD_PATH) ||
                                         condition_asks(t->condition, FIELD_FILE_NAME));
}

static struct sv last_name(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

/* The bit of a name that a test may be about, in any case; false for one that is longer than all.
 */
static bool bit_of(const struct matcher *m, struct sv name, size_t *ret)
{
    char room[FOLD_MAX];

    if (name.n > sizeof(room))
        return false;
    *ret = matcher_hash_name(matcher_to_lower(name, room)) & (m->last_name_bits - 1);
    return true;
}

static int note_last_names(struct matcher *m, struct err *err)
{
    size_t count = 0, bit;

    for (size_t i = 0; i < m->test_count; i++)
        count += is_exact_path(&m->tests[i]);
    for (m->last_name_bits = 64; m->last_name_bits < 64 * count;)
        m->last_name_bits *= 2;
    m->last_names = arena_take_array(&m->arena, m->last_name_bits / 64, sizeof(*m->last_names));
    if (!m->last_names)
        return arena_error(&m->arena, err);
    for (size_t i = 0; i < m->test_count; i++)
        if (is_exact_path(&m->tests[i]) && bit_of(m, last_name(m->tests[i].pattern.value), &bit))
            m->last_names[bit / 64] |= UINT64_C(1) << bit % 64;
    return 0;
}

int matcher_compile_paths(struct matcher *m, struct err *err)
{
    TRY(note_last_names(m, err));
    return compile_anywhere(m, asks_path, &m->paths, &m->paths_anything, err);
}

bool matcher_may_want_path(const struct matcher *m, struct matcher_scratch *s, struct sv path)
{
    size_t bit;

    if (bit_of(m, last_name(path), &bit) && m->last_names[bit / 64] >> bit % 64 & 1)
        return true;
    return may_stand_in(s, m->paths, m->paths_anything, path);
}
