// SPDX-License-Identifier: Apache-2.0
/*
 * The pattern is compiled to a row of steps and all ways through it are followed at once: `at[i]`
 * says that the text so far can be matched by the first i steps. So there is no backtracking, and
 * no pattern that takes exponential time.
 */
#include "base/glob.h"

#include <string.h>

enum step_kind {
    STEP_BYTE,
    STEP_ONE,    // ?
    STEP_REST,   // the further bytes of ?'s character
    STEP_RUN,    // *
    STEP_ANY,    // **
    STEP_DIRS,   // ** and the / after it: may stand for nothing,
    STEP_IN_DIRS // or for anything that ends in a /
};

struct step {
    unsigned char kind;
    char byte;
};

static size_t compile(struct sv pattern, struct step *steps)
{
    size_t n = 0;

    while (pattern.n) {
        if (sv_starts(pattern, SV("**/"))) {
            steps[n++] = (struct step){.kind = STEP_DIRS};
            steps[n++] = (struct step){.kind = STEP_IN_DIRS};
            pattern = sv_from(pattern, 3);
        } else if (sv_starts(pattern, SV("**"))) {
            steps[n++] = (struct step){.kind = STEP_ANY};
            pattern = sv_from(pattern, 2);
        } else if (*pattern.p == '*') {
            steps[n++] = (struct step){.kind = STEP_RUN};
            pattern = sv_from(pattern, 1);
        } else if (*pattern.p == '?') {
            steps[n++] = (struct step){.kind = STEP_ONE};
            steps[n++] = (struct step){.kind = STEP_REST};
            pattern = sv_from(pattern, 1);
        } else {
            steps[n++] = (struct step){.kind = STEP_BYTE, .byte = *pattern.p};
            pattern = sv_from(pattern, 1);
        }
    }
    return n;
}

/* Steps that may stand for nothing let what comes after them be reached too. */
static void reach(const struct step *steps, size_t n, bool *at)
{
    for (size_t i = 0; i < n; i++) {
        if (!at[i])
            continue;
        if (steps[i].kind == STEP_DIRS)
            at[i + 2] = true;
        else if (steps[i].kind == STEP_REST || steps[i].kind == STEP_RUN ||
                 steps[i].kind == STEP_ANY)
            at[i + 1] = true;
    }
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Where the way that has come to step i may be after one more byte. */
static void follow(const struct step *steps, size_t i, char c, bool *next)
{
    switch ((enum step_kind)steps[i].kind) {
    case STEP_BYTE:
        next[i + 1] |= c == steps[i].byte;
        break;
    case STEP_ONE:
        next[i + 1] |= c != '/';
        break;
    case STEP_REST:
        next[i] |= is_continuation(c);
        break;
    case STEP_RUN:
        next[i] |= c != '/';
        break;
    case STEP_ANY:
        next[i] = true;
        break;
    case STEP_DIRS:
        next[i + 1] = true;
        next[i + 2] |= c == '/';
        break;
    case STEP_IN_DIRS:
        next[i] = true;
        next[i + 1] |= c == '/';
        break;
    }
}

bool glob_match(struct sv pattern, struct sv text)
{
    struct step steps[2 * GLOB_MAX];
    bool rows[2][2 * GLOB_MAX + 1];
    bool *at = rows[0], *next = rows[1];
    size_t n;

    if (pattern.n > GLOB_MAX)
        return false;
    n = compile(pattern, steps);
    memset(at, 0, n + 1);
    at[0] = true;
    reach(steps, n, at);
    for (size_t t = 0; t < text.n; t++) {
        bool *spare = at;

        memset(next, 0, n + 1);
        for (size_t i = 0; i < n; i++)
            if (at[i])
                follow(steps, i, text.p[t], next);
        reach(steps, n, next);
        at = next;
        next = spare;
    }
    return at[n];
}
