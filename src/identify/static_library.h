// SPDX-License-Identifier: Apache-2.0
/*
 * Static libraries (.a, .lib) and the import libraries of Windows: archives of objects.
 *
 *     "!<arch>\n"  { name[16] date[12] uid[6] gid[6] mode[8] size[10] "`\n"  bytes, to 2 }…
 *
 * The first member lists the symbols of all others: "/" (u32be count, offsets, names), "/SYM64/"
 * (the same with u64be), or "__.SYMDEF" of macOS and BSD (u32le or u64le: bytes of pairs, pairs,
 * bytes of names, names), whose own name may stand before its bytes ("#1/20"). Members of an
 * import library say which DLL they stand for.
 * Format: ar(5); Microsoft "PE Format", archive (library) file format, import library format.
 */
#pragma once

#include "identify/emit_once.h"
#include "identify/recogniser.h"
#include "identify/symbols.h"

/* Whether these first bytes are those of one. Debian packages are archives too, of other things. */
bool static_library_is(struct span head);

/*
 * Read the archive [offset, offset + size) of the file: write the libraries that it stands for and
 * its architecture, and add its symbols. -ERR_FORMAT when it could not be read to its end.
 */
int static_library_read(const struct job *job, uint64_t offset, uint64_t size,
                        struct emit_once *once, struct symbols *symbols, struct err *err) MUST_USE;
