// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one key with all below it, or one value, out of a hive of the Windows registry that no
 * running Windows has open. See remedy/registry_edit.h.
 */
#include "remedy/registry_edit.h"

static int rewrite(struct edit_run *run, struct buf *after, struct err *err)
{
    return registry_edit(run->before, &(struct registry_target){.path = run->key}, after, err);
}

const struct edit edit_drop_registry = {
    .name = "drop-registry",
    .summary = "one key or one value out of a hive of the Windows registry",
    .key = "the path of the key, or of the value with the key before it",
    .rewrite = rewrite,
};
