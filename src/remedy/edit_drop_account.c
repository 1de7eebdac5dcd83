// SPDX-License-Identifier: Apache-2.0
/*
 * Takes the entry of one user or group out of etc/passwd, shadow, group, gshadow, subuid or subgid:
 * every line whose first field is that name. Formats: passwd(5), shadow(5), group(5), gshadow(5),
 * subuid(5).
 */
#include "remedy/edit.h"

static int find(struct edit_run *run, struct err *err)
{
    struct sv rest = run->text;
    struct edit_line line;

    if (sv_find(run->key, SV(":")) != SIZE_MAX || sv_find(run->key, SV("\n")) != SIZE_MAX)
        return ERR(err, ERR_USAGE, "the name has a ':' or a line end in it");
    TRY(edit_check_text(run, "a list of accounts", err));
    while (edit_next_line(&rest, &line)) {
        struct sv fields = line.whole, name = sv_cut(&fields, ':');

        if (name.n < line.whole.n && sv_eq(name, run->key))
            edit_cut(run, line.whole);
    }
    return 0;
}

const struct edit edit_drop_account = {
    .name = "drop-account",
    .summary = "one user or group out of passwd, shadow, group, gshadow, subuid or subgid",
    .key = "the name of the user or group",
    .find = find,
};
