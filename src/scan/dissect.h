// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one file apart: literals and a digest over its bytes, recognisers, the entries inside it.
 *
 * This is all that looks into hostile bytes, and so it is what a process without rights does: it
 * opens nothing, and what it finds it tells by events that can be written down and read back. What
 * only the place of a file can say (captures of a gate, the place of installation, who owns it) is
 * added by whoever listens.
 */
#pragma once

#include <stdatomic.h>

#include "base/buf.h"
#include "match/matcher.h"
#include "scan/classify.h"
#include "source/budget.h"
#include "source/siblings.h"

/* Const while anybody dissects. */
struct dissect_context {
    const struct classifier *classifier;
    const struct matcher *matcher;
    const struct roots *roots;
    const struct columns *columns; /* of tables; NULL: as their names say */
    const atomic_bool *cancel;     /* ends it between two entries; NULL for never */
    const struct limits *limits;
    const char *spill_folder;    /* for what is too large for memory; NULL: memory all the same */
    bool keep_closed;            /* open no archive */
    bool every_byte;             /* match every byte, not of programs alone */
    atomic_uint_fast64_t *beats; /* grows while there is progress; NULL: nobody looks */
};

struct dissect_file {
    struct source *source;
    struct sv path;            /* raw, within its root */
    struct sv place;           /* encoded, model/place.h */
    bool executable;           /* somebody may run it */
    bool hash;                 /* when it is a program: nobody else vouches for its bytes */
    bool known;                /* when it is a program: its bytes were read under another name */
    bool plain;                /* dissect_parses() was asked last, and says no: nothing fits it */
    struct siblings *siblings; /* files beside it that it may need; NULL: none */
};

/* What is known of a file or an entry once its first bytes were looked at. */
struct dissect_begin {
    bool is_entry;   /* in what was begun before and not ended; else the file itself */
    struct sv entry; /* then: its raw name in that */
    bool only;       /* it is what the file that holds it, and nothing else, was compressed from */
    bool joined;     /* it is in a part of a disk, whose name it continues in places */
    bool on_disk;    /* in a file system, as in a mounted one: not packed */
    bool link;       /* to something else, which is there itself */
    bool special;    /* device, FIFO, socket */
    bool whole;      /* a program: every byte is read */
    bool script;     /* text that somebody may run */
    bool empty;      /* no bytes at all */
    bool closed;     /* an archive or image whose entries are not looked at */
};

/*
 * From an object to an entry in it, in its path and place. A compressed file has the folder of what
 * it holds: "/lib/a.ko.xz" and "/lib/a.ko", but "/srv/a.zip" and "/srv/a.zip!/a.ko". In places what
 * is in a part of a disk continues the part's name, "/srv/vm!/2/etc"; in paths it is a root's top.
 */
void dissect_enter(struct buf *path, struct buf *place, const struct dissect_begin *entry);

/* What a recogniser says of an object. */
struct dissect_answer {
    const struct recogniser *recogniser;
    const struct gate *gate;
    struct span message; /* model/message.h; to be checked by whoever reads it */
    bool cut;            /* the first component is not in it: nobody asks for that one */
};

/*
 * In this order: begin, what was seen and told of it, told_all, the entries in it (each from begin
 * to end), and end, which the file itself has not: that is what dissect() returns.
 */
struct dissect_events {
    void (*begin)(void *to, const struct dissect_begin *b);
    void (*seen)(void *to,
                 const struct field *field); /* by a probe; the value dies with the call */
    void (*told)(void *to, const struct dissect_answer *answer);
    /* All of it but the entries in it. `read`: a program, and every byte was read just now. */
    void (*told_all)(void *to, bool read);
    void (*end)(void *to, int result, const struct err *why);
};

enum {
    /* Instead of a result: what it is in broke, and so the failure is not its own. */
    DISSECT_UNCOUNTED = 1,

    DISSECT_DEPTH_MAX = LIMIT_DEPTH_MAX, /* entries in entries */
    DISSECT_ARENA = 192 << 20,           /* bytes that the recognisers of one object may take */
    DISSECT_ARENA_ONLY = 512 << 20,      /* a package database, read whole: dissect_only */
};

struct dissector;

int dissector_new(const struct dissect_context *context, struct dissector **ret,
                  struct err *err) MUST_USE;
void dissector_free(struct dissector *d);

/* What is too large for memory goes to this open file, which the dissector then owns. */
void dissector_spill_to(struct dissector *d, int fd);

/* Of a file that nobody has asked for its size: parsed, if it is at any. */
#define DISSECT_ANY_SIZE UINT64_MAX

/* Whether more is to be done than to compare the first bytes: then the content is parsed. */
bool dissect_parses(struct dissector *d, struct sv path, struct span head, uint64_t size);

/* Whether the file that it was last asked about, or took apart, was looked at for what it imports.
 */
bool dissector_looked_for_imports(const struct dissector *d);

/*
 * Do now what libraries would do at their first use: open their files, fill their tables. For a
 * process that soon may not open anything any more. What unpacks is loaded if archives are opened.
 */
void dissect_prepare(const struct dissect_context *context);

/* What tells the libraries that are loaded only then from others, as program_id(). */
void dissect_id(struct buf *to);

/* Only what one recogniser says of it through one of its gates: begin, told, told_all. */
int dissect_only(struct dissector *d, const struct dissect_file *file,
                 const struct recogniser *recogniser, const struct gate *gate,
                 const struct dissect_events *events, void *to, struct err *err) MUST_USE;

/* 0, or -ERR_* for a file that could not be read whole; what was told before stands. */
int dissect(struct dissector *d, const struct dissect_file *file,
            const struct dissect_events *events, void *to, struct err *err) MUST_USE;
