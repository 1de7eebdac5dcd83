// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one package out of a requirements.txt or constraints file of pip, with the lines that go on
 * with it (hashes). To propose a patch with. Names are compared as PEP 503 says.
 * Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
#include "remedy/edit.h"

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

static bool is_part_of_run(char c)
{
    return c == '-' || c == '_' || c == '.';
}

/* Runs of "-", "_" and "." are one "-". */
static bool same_name(struct sv a, struct sv b)
{
    while (a.n && b.n) {
        if (is_part_of_run(a.p[0]) && is_part_of_run(b.p[0])) {
            while (a.n && is_part_of_run(a.p[0]))
                a = sv_from(a, 1);
            while (b.n && is_part_of_run(b.p[0]))
                b = sv_from(b, 1);
        } else {
            if (!sv_eq_nocase((struct sv){a.p, 1}, (struct sv){b.p, 1}))
                return false;
            a = sv_from(a, 1);
            b = sv_from(b, 1);
        }
    }
    return a.n == 0 && b.n == 0;
}

/* "name>=1", "name[extra] @ url", "git+https://…#egg=name"; empty for options and comments. */
static struct sv name_of(struct sv line)
{
    size_t egg = sv_find(line, SV("#egg="));
    struct sv name = egg == SIZE_MAX ? line : sv_from(line, egg + 5);

    if (egg == SIZE_MAX && (sv_starts(line, SV("-")) || sv_starts(line, SV("#"))))
        return (struct sv){0};
    for (size_t i = 0; i < name.n; i++)
        if (!is_name(name.p[i]))
            name.n = i;
    return name;
}

static int find(struct edit_run *run, struct err *err)
{
    struct sv rest = run->text;
    struct edit_line line;

    TRY(edit_check_text(run, "a list of requirements", err));
    while (edit_next_line(&rest, &line)) {
        struct edit_line more = line;

        while (sv_ends(more.text, SV("\\")) && edit_next_line(&rest, &more))
            line.whole.n += more.whole.n;
        if (same_name(name_of(line.text), run->key))
            edit_cut(run, line.whole);
    }
    return 0;
}

const struct edit edit_drop_requirement = {
    .name = "drop-requirement",
    .summary = "one package out of a requirements.txt",
    .key = "the name of the package",
    .find = find,
};
