// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of npm, yarn, pnpm and bun have in common: how a package that is wanted is
 * written, and where packages come from.
 */
#pragma once

#include "identify/json_file.h"
#include "identify/package.h"

/*
 * Cut "@scope/name@1.2.3" into name and version; without a version all of it is the name. A name
 * that stands for another, "name@npm:@scope/other@^1", gives the other.
 */
void npm_split(struct sv spec, struct sv *ret_name, struct sv *ret_version);

/* The address a package was fetched from, when it says more than "the public registry". */
void npm_emit_source(struct emit *out, struct sv url);

/* The members of a {"name": "range"} object as referenced packages; whether there was any. */
bool npm_emit_wanted(const struct job *job, struct json_file *f, const struct json *wanted);

/* A package that a lock file pins. */
bool npm_emit_locked(const struct job *job, struct sv name, struct sv version, struct sv url,
                     struct range at);
