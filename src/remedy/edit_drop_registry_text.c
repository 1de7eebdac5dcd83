// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one text out of a value of a Windows registry hive that is a list of texts: the filter
 * driver of a product out of UpperFilters. The value stays, empty at the end. See
 * remedy/registry_edit.h.
 */
#include "remedy/registry_edit.h"

static int rewrite(struct edit_run *run, struct buf *after, struct err *err)
{
    size_t at = sv_find_last(run->key, '=');
    struct registry_target target = {.is_text = true};

    if (at == SIZE_MAX || at + 1 == run->key.n)
        return ERR(err, ERR_USAGE, "the key has no '=' with a text behind it");
    target.path = (struct sv){run->key.p, at};
    target.text = sv_from(run->key, at + 1);
    return registry_edit(run->before, &target, after, err);
}

const struct edit edit_drop_registry_text = {
    .name = "drop-registry-text",
    .summary = "one text out of a list of texts (REG_MULTI_SZ) in a hive of the Windows registry",
    .key = "the path of the value, '=', and the text",
    .rewrite = rewrite,
};
