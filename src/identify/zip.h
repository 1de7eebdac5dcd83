// SPDX-License-Identifier: Apache-2.0
/*
 * The directory of a ZIP archive, and single small members of it, for recognisers of formats that
 * are such archives: what an archive is, is said in a few of its members.
 *
 *     … entries … | signing block | central directory | [zip64 end, locator] | end record, comment
 *
 * The directory is looked for before the end record, where it lies also when something was put in
 * front of the archive; the places that it names move along.
 * Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
#pragma once

#include "identify/recogniser.h"

struct zip_directory {
    struct span bytes;
    uint64_t at;    /* of the directory */
    uint64_t end;   /* of the end record */
    uint64_t front; /* bytes before the archive */
};

struct zip_entry {
    struct sv name;
    uint16_t flags, method;
    uint64_t packed, size, header; /* header: where its local header begins in the file */
};

/* Find and read the directory: 0, RECOG_NOT_MINE for what is no ZIP archive, or a failure. */
int zip_directory_read(const struct job *job, struct zip_directory *ret, struct err *err) MUST_USE;

/*
 * Cut the next entry off `rest`, which begins as reader_over(directory.bytes). 0, ZIP_END or
 * -ERR_FORMAT.
 */
enum { ZIP_END = 1 };
int zip_next(struct reader *rest, struct zip_entry *ret, struct err *err) MUST_USE;

/* What an entry holds, unpacked into the arena; -ERR_LIMIT when that is more than `max` bytes. */
int zip_read(const struct job *job, const struct zip_directory *directory,
             const struct zip_entry *entry, size_t max, struct span *ret, struct err *err) MUST_USE;

/* The same piece by piece, of any size. */
typedef void zip_take(void *to, struct span piece);
int zip_stream(const struct job *job, const struct zip_directory *directory,
               const struct zip_entry *entry, zip_take *take, void *to, struct err *err) MUST_USE;
