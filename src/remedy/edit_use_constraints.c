// SPDX-License-Identifier: Apache-2.0
/*
 * Makes pip heed a constraints file at every installation: "constraint" in [global] of
 * etc/pip.conf. Format: https://pip.pypa.io/en/stable/topics/configuration/
 */
#include "remedy/ini_add.h"

static int find(struct edit_run *run, struct err *err)
{
    static const struct ini_list list = {"global", {"constraint"}};
    struct sv words = run->key;

    (void)edit_word(&words);
    if (words.n || sv_find(run->key, SV(",")) != SIZE_MAX)
        return ERR(err, ERR_USAGE, "the path of the constraints file has white space or ',' in it");
    TRY(edit_check_text(run, "a configuration of pip", err));
    ini_add(run, &list, run->key);
    return 0;
}

const struct edit edit_use_constraints = {
    .name = "use-constraints",
    .summary = "make pip heed a constraints file, in pip.conf",
    .key = "the path of the file",
    .find = find,
};
