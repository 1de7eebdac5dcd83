// SPDX-License-Identifier: Apache-2.0
/*
 * The files debar itself lives from: its data and what a person names on the command line. Unlike
 * os/file.h, which reads what is examined, this follows symbolic links.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Append the whole of a text file. -ERR_LIMIT when it is larger than what `to` may hold. */
int own_file_read(const char *path, struct buf *to, struct err *err) MUST_USE;

/* The paths of the files in a folder whose names end in `suffix`, sorted by bytes; hidden ones not.
 */
int own_folder_list(const char *path, const char *suffix, struct arena *arena,
                    struct sv **ret_paths, size_t *ret_count, struct err *err) MUST_USE;

bool own_folder_exists(const char *path);

/* Append the absolute path of what is there, without `..` and symbolic links. */
int own_path_resolve(const char *path, struct buf *to, struct err *err) MUST_USE;

/* Append the folder that the running program lies in. */
int own_program_folder(struct buf *to, struct err *err) MUST_USE;
