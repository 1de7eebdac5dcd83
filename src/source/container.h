// SPDX-License-Identifier: Apache-2.0
/*
 * What is inside a file: the entries of an archive, or the one file that was compressed.
 *
 *     source ─► locate ─► input ─► codec ─► flow ─► archive ─► entry ─► flow
 *                 a .rpm, .crx,     .gz …   its head says    one after the other,
 *                 an installer              whether there     each a source of its own
 *                                           is an archive
 *
 * A compressed archive that is read in order (tar, cpio) is one container: "x.tar.gz!/name". Any
 * other compressed file has one entry, named as the file without its suffix. Nothing is unpacked
 * before it is asked for; everything that is counts against the budget of the outer file.
 */
#pragma once

#include "base/buf.h"
#include "source/entry_reader.h"
#include "source/kind.h"
#include "source/siblings.h"

struct container;

struct container_entry {
    struct entry_item item;
    bool only; /* the one file that was compressed */
};

/*
 * Settle a kind that was a guess: it becomes KIND_NONE when it is no container. For a KIND_ISO or
 * KIND_DISK that comes once, its first CONTAINER_SETTLES bytes are enough; for other guesses it has
 * to be kept.
 */
enum { CONTAINER_SETTLES = 65608 };
int container_settle(enum container_kind *kind, struct source *source, struct budget *budget,
                     struct err *err) MUST_USE;

/*
 * 0, CONTAINER_NOT when it turned out to be none, or a failure. `name` is the file's own, without
 * folders; it and everything else is borrowed. A source that comes once will do for the kinds that
 * are not kind_is_random().
 */
enum { CONTAINER_NOT = 1, CONTAINER_ENDED = 1 };
int container_open(enum container_kind kind, struct source *source, bool once, struct sv name,
                   struct spill_file *spill, struct budget *budget, struct container **ret,
                   struct err *err) MUST_USE;

/* The same of a file that may have others beside it; `siblings` may be NULL, and are borrowed. */
int container_open_beside(enum container_kind kind, struct source *source, bool once,
                          struct sv name, struct siblings *siblings, struct spill_file *spill,
                          struct budget *budget, struct container **ret, struct err *err) MUST_USE;
void container_close(struct container *c);

/* Have libraries open and load now what they need; see dissect_prepare(). */
void container_prepare(void);

/* Of the libraries that are loaded only then; see program_id(). */
void container_id(struct buf *to);

/* 0, CONTAINER_ENDED, or a failure after which nothing more comes; the entries before it stand. */
int container_next(struct container *c, struct container_entry *ret, struct err *err) MUST_USE;

/*
 * The bytes of the entry that container_next() gave, until it is called again. `*ret_flow` is the
 * same source when it comes once, and NULL when it can be read at any offset.
 */
int container_read(struct container *c, struct source **ret, struct flow **ret_flow,
                   struct err *err) MUST_USE;

/* After a failure to read an entry: is the whole container broken, and not just that entry? */
bool container_is_broken(const struct container *c);
