// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one user out of the lists of members (and in gshadow of administrators) of all groups:
 *
 *     group     name:password:number:member,member
 *     gshadow   name:password:administrator,…:member,…
 *
 * Formats: group(5), gshadow(5).
 */
#include "remedy/edit.h"

/* Take a name out of "a,b,c" with one of the commas at its sides. */
static void drop_from(struct edit_run *run, struct sv list)
{
    struct sv rest = list;
    bool kept = false; // a name before this one stays

    while (rest.n) {
        struct sv name = sv_cut(&rest, ',');

        if (!sv_eq(sv_trim(name), run->key)) {
            kept = true;
            continue;
        }
        if (kept)
            name = (struct sv){name.p - 1, name.n + 1};
        else if (name.p + name.n < list.p + list.n)
            name.n++;
        edit_cut(run, name);
    }
}

static int find(struct edit_run *run, struct err *err)
{
    struct sv rest = run->text;
    struct edit_line line;

    if (sv_find(run->key, SV(":")) != SIZE_MAX || sv_find(run->key, SV(",")) != SIZE_MAX)
        return ERR(err, ERR_USAGE, "the name has a ':' or ',' in it");
    TRY(edit_check_text(run, "a list of groups", err));
    while (edit_next_line(&rest, &line)) {
        struct sv fields = line.text;

        if (sv_starts(fields, SV("#")))
            continue;
        for (int field = 0; fields.n && field < 4; field++) {
            struct sv list = sv_cut(&fields, ':');

            if (field >= 2)
                drop_from(run, list);
        }
    }
    return 0;
}

const struct edit edit_drop_member = {
    .name = "drop-member",
    .summary = "one user out of the members of all groups, in group or gshadow",
    .key = "the name of the user",
    .find = find,
};
