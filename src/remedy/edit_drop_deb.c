// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one package out of a database of dpkg (status, status-old, available): its paragraph and
 * the empty line behind it. For an image whose files go too; on a machine dpkg does this itself.
 * Format: deb-control(5).
 */
#include "remedy/edit.h"

static int find(struct edit_run *run, struct err *err)
{
    struct sv rest = run->text, paragraph = run->text;
    struct edit_line line;
    bool hit = false;

    TRY(edit_check_text(run, "a database of dpkg", err));
    paragraph.n = 0;
    while (edit_next_line(&rest, &line)) {
        struct sv value = line.text, key = sv_cut(&value, ':');

        paragraph.n += line.whole.n;
        if (sv_eq_nocase(key, SV("Package")) && key.n < line.text.n &&
            sv_eq(sv_trim(value), run->key))
            hit = true;
        if (line.text.n && rest.n)
            continue;
        if (hit)
            edit_cut(run, paragraph);
        hit = false;
        paragraph = (struct sv){line.whole.p + line.whole.n, 0};
    }
    return 0;
}

const struct edit edit_drop_deb = {
    .name = "drop-deb",
    .summary = "one package out of a database of dpkg",
    .key = "the name of the package",
    .find = find,
};
