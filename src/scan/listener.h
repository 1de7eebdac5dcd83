// SPDX-License-Identifier: Apache-2.0
/*
 * Hears what the dissector tells of a file, and makes components and lines of the account of it.
 *
 * What is told is checked like any other input. What the place says (path indicators, captures of a
 * gate, the place of installation, the owner, whether it runs) is added here and in keep.c and
 * nowhere else.
 */
#pragma once

#include "os/file.h"
#include "scan/collector.h"
#include "scan/dissect.h"
#include "scan/tally.h"
#include "trust/digest.h"

struct examine_context;

enum {
    LISTENER_EXTRA = 64, /* fields added to one component by probes */
};

/* One thing to examine: a file of the disk or an entry inside one. */
struct object {
    struct sv path;  /* raw, within the root; entries continue with "!/name" */
    struct sv place; /* encoded, on the scanning machine */
    struct sv owner;
    bool owner_unknown; /* yet: listener_owner() finds out */
    bool is_entry;
    bool on_disk; /* an entry, and everything around it is a disk */
    size_t top_n; /* then: where the path of its file system's top ends */
    bool running;
    uint64_t pid;

    struct dissect_begin begin;     /* without the name */
    size_t extra_count, from_bytes; /* of the listener's; those of the bytes begin there */
    bool wanted_path;               /* a path indicator spells out where it lies in a root */
    size_t root_n;                  /* then: the length of that root in `path` */
    uint64_t names_left;            /* of folders to go through for what records name */
    size_t mention_count;           /* of the listener's, too */
    bool emitted;                   /* a component has taken `extra` */
};

/* An object that was begun and not ended: entries in it follow. */
struct level {
    size_t path_n, place_n; /* where its own path and place end */
    bool closed;            /* an archive whose entries are not looked at */
    bool link, special;     /* without bytes */
    bool on_disk;           /* in a file system of an image, and nothing around it is packed */
    bool failed;            /* to take what was told of it, because of `why` */
    struct err why;
};

struct listener {
    const struct examine_context *context;
    struct matcher_scratch *scratch;
    struct coverage coverage; /* counted so far, without what went to the collector */
    struct {
        uint64_t objects, files, bytes;
    } unshown; /* in the progress, which all workers add to: now and then */
    struct arena arena;
    struct buf path, place, anchor;
    struct file_facts file; /* that was begun */
    int fd;                 /* it, open and borrowed; -1 where it is not */
    bool digest_tried;      /* for exceptions that accept a gap by the digest of the file */
    char sha256[2 * DIGEST_SHA256_SIZE + 1];
    bool known;                            /* its bytes were read under another name */
    struct store_origin origin;            /* of what is found in it */
    struct tally tally;                    /* of it, with all that is in it */
    struct object object;                  /* that was begun last */
    struct field extra[LISTENER_EXTRA];    /* what the probes saw of it; values in the arena */
    struct field mentions[LISTENER_EXTRA]; /* literals in what is no program */
    struct level *levels; /* DISSECT_DEPTH_MAX + 1, of which those in use were begun */
    unsigned depth;
};

int listener_init(struct listener *l, const struct examine_context *context,
                  struct err *err) MUST_USE;
void listener_clear(struct listener *l);

/* From here on it is about the file with this raw path, of which `root_n` bytes are the root's. */
struct object *listener_begin(struct listener *l, struct sv raw_path, size_t root_n);

/* The same with what that made of them: the path within the root and the place. */
struct object *listener_resume(struct listener *l, struct sv path, struct sv place);

/* For what has no bytes: what its name alone says. */
int listener_name(struct listener *l, struct err *err) MUST_USE;

/* A name that a layer of an image deletes, or a folder that hides all that those below it have. */
void listener_whiteout(struct listener *l, bool opaque);

/* The package that owns the file that was begun, for what is in it as well; empty for none. */
struct sv listener_owner(struct listener *l);

/* Whether the bytes of a file were read under another name. */
bool listener_knows(struct listener *l, const struct file_facts *file, bool hashed);

/* `to` is the listener. */
extern const struct dissect_events listener_events;

/* One line of the account for the object that was begun last and has not ended: */
void listener_end(struct listener *l, int result, const struct err *why);
void listener_account(struct listener *l, enum coverage_reason reason, const char *detail);

void listener_skip(struct listener *l, enum coverage_rule rule);

/* for it and all that it is in, because nothing more will be told; */
void listener_lost(struct listener *l, enum coverage_reason reason, const char *detail);

/* and for the person who watches. */
void listener_count(struct listener *l, uint64_t bytes);
