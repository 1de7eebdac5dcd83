// SPDX-License-Identifier: Apache-2.0
/*
 * From the names in a package's cabinets, which are keys of its table File, to paths.
 *
 *     File       key, component, "SHORT~1.DLL|a long name.dll"
 *     Component  key, folder
 *     Directory  key, folder above, "SHORT~1|A long name" ("." for the one above)
 *
 * Folders that Windows knows have the names that they usually have.
 */
#pragma once

#include "base/buf.h"
#include "format/msi.h"

struct installer_key;

struct installer_index {
    struct msi_table table;
    struct installer_key *at; /* in order */
    size_t count;
};

struct installer_names {
    struct installer_index files, components, folders;
};

int installer_names_init(struct installer_names *n, struct msi *m, struct err *err) MUST_USE;

/* Append the path of a member; without a row for it, that is its key. */
void installer_names_append(const struct installer_names *n, struct sv key, struct buf *to);
