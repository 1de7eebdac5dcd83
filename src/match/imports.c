// SPDX-License-Identifier: Apache-2.0
/*
 * Which texts may import something that an indicator asks for. Source files are the most of many
 * disks, and nearly none of them does: one look at the bytes saves reading their statements.
 *
 * A module's name stands in the text as it is compared later, so a test is looked for anywhere in
 * it, without what binds it to the beginning or end of a name.
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

int matcher_compile_imports(struct matcher *m, struct err *err)
{
    auto_free struct test *tests = calloc(m->test_count + 1, sizeof(*tests));
    auto_free uint32_t *which = calloc(m->test_count + 1, sizeof(*which));
    auto_buf texts = {0};
    size_t n = 0;
    bool utf8;

    if (!tests || !which)
        return ERR(err, ERR_NOMEM, "no memory for imports");
    for (size_t i = 0; i < m->test_count; i++) {
        const struct test *t = &m->tests[i];

        if (!t->main || !condition_asks(t->condition, FIELD_IMPORT))
            continue;
        tests[n] = *t;
        if (t->pattern.op == OP_REGEX) {
            size_t start = texts.n;

            m->imports_anything |= !unbound(t->pattern.value, &texts);
            // Where it lies is known once no more text is added.
            tests[n].pattern.value = (struct sv){NULL, texts.n - start};
        }
        which[n] = (uint32_t)n;
        n++;
    }
    if (!buf_ok(&texts))
        return ERR(err, ERR_NOMEM, "no memory for imports");
    for (size_t i = 0, at = 0; i < n; i++) {
        if (tests[i].pattern.op != OP_REGEX)
            continue;
        tests[i].pattern.value.p = texts.p + at;
        at += tests[i].pattern.value.n;
    }
    if (n == 0 || m->imports_anything)
        return 0;
    return matcher_compile(m, tests, which, n, &m->imports, &utf8, err);
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

bool matcher_may_import(const struct matcher *m, struct matcher_scratch *s, struct span text)
{
    bool found = m->imports_anything;

    if (!found)
        matcher_scan(s, m->imports, false, sv_of(text), note_found, &found);
    return found;
}
