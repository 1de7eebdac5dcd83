// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps packages from being installed by apt: a paragraph of a file in etc/apt/preferences.d that
 * gives every version of them a priority below zero. Format: apt_preferences(5).
 */
#include "remedy/edit.h"

static int find(struct edit_run *run, struct err *err)
{
    struct sv end = edit_line_end(run->text), names = run->key, stanza;
    const char *gap = "";
    auto_buf packages = {0};

    TRY(edit_check_text(run, "a file of apt's preferences", err));
    while (names.n) {
        struct sv name = edit_word(&names);

        buf_str(&packages, packages.n ? " " : "");
        buf_sv(&packages, name);
    }
    if (packages.n == 0)
        return ERR(err, ERR_USAGE, "no package is named");
    stanza = arena_printf(run->arena, "Package: %s%.*sPin: release *%.*sPin-Priority: -1%.*s",
                          packages.p, (int)end.n, end.p, (int)end.n, end.p, (int)end.n, end.p);
    if (sv_find(run->text, stanza) != SIZE_MAX)
        return 0;
    if (run->text.n)
        gap = sv_ends(run->text, SV("\n\n")) ? "" : sv_ends(run->text, SV("\n")) ? "\n" : "\n\n";
    edit_put(run, run->text.n, arena_printf(run->arena, "%s%.*s", gap, (int)stanza.n, stanza.p));
    return 0;
}

const struct edit edit_block_apt = {
    .name = "block-apt",
    .summary = "keep packages from being installed by apt, in a file of etc/apt/preferences.d",
    .key = "names or patterns of packages, with white space between them",
    .find = find,
};
