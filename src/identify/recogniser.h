// SPDX-License-Identifier: Apache-2.0
/*
 * The interface of a recogniser: bytes to components.
 *
 * A recogniser never opens, keeps state, allocates outside the job's arena or names a vendor. Which
 * files it is given is data, its gates: the privileged side tests them on the place and the first
 * bytes alone. What stands in a place (an extension's id, a package's name) is captured by the
 * gate's path and added by the caller, so that no recogniser needs a path.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/source.h"
#include "model/message.h"

struct columns;
struct roots;

struct gate {
    /*
     * A pattern on the end of the place, compared without regard to ASCII case, NULL for any:
     *   "package.json"                       a file of that name anywhere
     *   "*.jar"                              by suffix; `*` stays within one name
     *   "node_modules/ ** /package.json"     `**` (without the spaces) is any number of folders
     *   "Extensions/{extension-id}/{version}/manifest.json"   {field}: one name, added to every
     *                                        component that comes through this gate; text may
     *                                        stand around it: "{package}.list", "{package}-*-*"
     *   "/etc/passwd"                        with a leading slash: only at the top of a root
     */
    const char *path;

    /* These bytes must stand at `magic_at`, below SOURCE_HEAD; empty for any. */
    struct sv magic;
    uint32_t magic_at;

    /* These bytes must stand anywhere in the first `within_n` (0: SOURCE_HEAD); empty for any. */
    struct sv within;
    uint32_t within_n;

    enum component_state state; /* what is found through this gate is this, unless emitted _as */
    enum confidence ceiling;    /* 0 (none) means no ceiling: CONFIDENCE_CONFIRMED */

    /*
     * The place of installation: so many names up from the file (1: its folder). 0 means the file
     * itself. For a package database it is the root that the database describes.
     */
    uint8_t anchor_up;
    bool whole;  /* a program: every byte is read, matched and, when nobody owns it, hashed */
    bool on_hit; /* kept only where an indicator asks for it now: what every source file has dozens
                    of, and what is never more than a trace */
    bool inside; /* the recogniser reads what is in it, too: it is not opened as an archive */
    bool first;  /* a package database at the top of a root: read before everything else */
    bool named;  /* only for a target that a person said to be this, whatever it looks like */
    int tag;     /* for the recogniser alone */
};

struct job {
    struct source *bytes;
    const struct gate *gate;
    struct arena *arena; /* reset after the job */
    struct emit *out;
    const struct roots *roots;     /* whom to trust for signatures; NULL: nobody */
    const struct columns *columns; /* what a table's columns are; NULL: as their names say */
};

enum { RECOG_NOT_MINE = 1 };

struct recogniser {
    const char *name;         /* stable id: appears in coverage and evidence, never renamed */
    const char *summary;      /* one line for people */
    uint32_t epoch;           /* raised when the same bytes would give other components */
    const struct gate *gates; /* ends with an all-zero row */
    bool packages; /* its files declare packages: an inventory of those reads no others */

    /*
     * Returns 0 with components emitted, RECOG_NOT_MINE, or -ERR_* for a file that is of this kind
     * but could not be read whole: that is reported as not examined, and what was emitted stands.
     */
    int (*identify)(const struct job *job, struct err *err);
};

/*
 * Ask a recogniser. What it says although memory ran out is not believed: that is a failure, also
 * where it went on without what it could not allocate.
 */
int recogniser_identify(const struct recogniser *recogniser, const struct job *job,
                        struct err *err) MUST_USE;

/* Have the libraries behind the recognisers open and load now what they need; see dissect_prepare()
 * in scan/. */
void recognisers_prepare(void);

/* Every recogniser, NULL at the end, in the order of identify/meson.build. */
extern const struct recogniser *const recognisers[];

/* Whether `path` (absolute within its root, '/' separated) ends as the gate's path says.
 * Captures are written as fields; at most CAPTURES_MAX. */
enum { CAPTURES_MAX = 4 };

struct captures {
    struct {
        enum field_key key;
        struct sv value; /* inside `path` */
    } at[CAPTURES_MAX];
    size_t count;
};

bool gate_path_matches(const char *pattern, struct sv path, struct captures *ret_captures);

/* Whether the first bytes are as the gate says: its magic, and what must stand within. */
bool gate_magic_matches(const struct gate *gate, struct span head);

/* The magic alone, which costs nothing. */
bool gate_begins(const struct gate *gate, struct span head);

/* What must stand within, by its byte that is the rarest in texts, which is looked for. */
size_t gate_rarest(const struct gate *gate);
bool gate_holds_within(const struct gate *gate, struct span head, size_t rarest);

/* False for the all-zero row at the end of a table. */
bool gate_is_row(const struct gate *gate);
