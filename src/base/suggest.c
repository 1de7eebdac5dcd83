// SPDX-License-Identifier: Apache-2.0
#include "base/suggest.h"

enum {
    WORD_MAX = 64, // longer ones are no misspelt words
};

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance, in three rows. */
static size_t distance(struct sv a, struct sv b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b.n; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *spare = before;

        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            unsigned char x = lower(a.p[i - 1]), y = lower(b.p[j - 1]);

            row[j] = least(last[j - 1] + (x != y), least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x == lower(b.p[j - 2]) && lower(a.p[i - 2]) == y)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
        row = spare;
    }
    return last[b.n];
}

static size_t allowed(struct sv wrong)
{
    return wrong.n < 3 ? 1 : (wrong.n + 2) / 3;
}

struct sv suggest_sv(struct sv wrong, const struct sv *words, size_t count)
{
    struct sv best = {0};
    size_t nearest = allowed(wrong) + 1;

    if (!wrong.n || wrong.n > WORD_MAX)
        return best;
    for (size_t i = 0; i < count; i++) {
        size_t d;

        if (!words[i].n || words[i].n > WORD_MAX)
            continue;
        d = distance(wrong, words[i]);
        // A word of which nothing is left is not what was meant.
        if (d < nearest && d < words[i].n) {
            nearest = d;
            best = words[i];
        }
    }
    return best;
}

const char *suggest(struct sv wrong, const char *const *words, size_t count)
{
    const char *best = NULL;

    for (size_t i = 0; i < count; i++) {
        struct sv two[2] = {sv_str(best), sv_str(words[i])};

        if (suggest_sv(wrong, two, 2).p == words[i])
            best = words[i];
    }
    return best;
}
