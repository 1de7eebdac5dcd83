// SPDX-License-Identifier: Apache-2.0
/*
 * Whose product something lies in, where no package database says it: by what the programs around
 * it say of themselves.
 *
 *     /Program Files/Maker/…        the programs in the folder of that maker
 *     /Applications/Name.app/…      the bundle
 *     /srv/setup.exe!/…             the file that holds it
 */
#pragma once

#include "match/group.h"

struct neighbours;

int neighbours_new(struct arena *arena, struct neighbours **ret, struct err *err) MUST_USE;
void neighbours_free(struct neighbours *n);

/* Any component; those that do not say whose they are, or are no programs, are passed over. */
int neighbours_note(struct neighbours *n, const struct occurrence *o, struct err *err) MUST_USE;

/*
 * What carries an item: the name of another maker's product; empty when nothing does. `count` items
 * are sorted; whose are its vendor's says that a folder is the vendor's own.
 */
struct sv neighbours_carrier(const struct neighbours *n, const struct item *item,
                             const struct item *items, size_t count);
