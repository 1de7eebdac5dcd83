// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps packages from being installed by dnf or yum: "excludepkgs" in [main] of etc/dnf/dnf.conf
 * or etc/yum.conf, which yum calls "exclude". Format: dnf.conf(5), yum.conf(5).
 */
#include "remedy/ini_add.h"

static int find(struct edit_run *run, struct err *err)
{
    static const struct ini_list list = {"main", {"excludepkgs", "exclude"}};

    TRY(edit_check_text(run, "a configuration of dnf", err));
    ini_add(run, &list, run->key);
    return 0;
}

const struct edit edit_block_dnf = {
    .name = "block-dnf",
    .summary = "keep packages from being installed by dnf or yum, in its main configuration",
    .key = "names or patterns of packages, with white space between them",
    .find = find,
};
