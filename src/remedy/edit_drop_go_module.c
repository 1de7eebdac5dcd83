// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one module out of a go.mod: what is required of it and what replaces it. Lines that exclude
 * or retract it stay. To propose a patch with: `go mod tidy` makes go.sum again.
 * Format: https://go.dev/ref/mod#go-mod-file
 */
#include "remedy/edit.h"

static struct sv unquoted(struct sv word)
{
    if (word.n >= 2 && (word.p[0] == '"' || word.p[0] == '`') && word.p[word.n - 1] == word.p[0])
        return (struct sv){word.p + 1, word.n - 2};
    return word;
}

/* "require", "replace" and those in parentheses behind one of them. */
static bool is_directive(struct sv word)
{
    return sv_eq(word, SV("require")) || sv_eq(word, SV("replace")) || sv_eq(word, SV("tool"));
}

static int find(struct edit_run *run, struct err *err)
{
    struct sv rest = run->text, block = {0};
    struct edit_line line;

    TRY(edit_check_text(run, "a go.mod", err));
    while (edit_next_line(&rest, &line)) {
        struct sv words = line.text, directive = block;

        if (block.n && sv_starts(words, SV(")"))) {
            block = (struct sv){0};
            continue;
        }
        if (block.n == 0)
            directive = edit_word(&words);
        if (block.n == 0 && sv_starts(words, SV("("))) {
            block = directive;
            continue;
        }
        if (is_directive(directive) && sv_eq(unquoted(edit_word(&words)), run->key))
            edit_cut(run, line.whole);
    }
    return 0;
}

const struct edit edit_drop_go_module = {
    .name = "drop-go-module",
    .summary = "one module out of what a go.mod requires and replaces",
    .key = "the path of the module",
    .find = find,
};
