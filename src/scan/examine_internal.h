// SPDX-License-Identifier: Apache-2.0
/* What examine.c and pending.c share. */
#pragma once

#include "scan/examine.h"
#include "scan/listener.h"

/* The files beside an image that its parser asked for so far. */
struct pending_siblings {
    struct wire_sibling all[SIBLINGS_MAX];
    char names[SIBLINGS_MAX][SIBLING_NAME_MAX + 1];
    int files[SIBLINGS_MAX];
    unsigned file_count;
};

/* A file that is parsed elsewhere, and what is to be known of it when the answer comes. */
struct pending {
    struct parser_job job; /* first */
    struct pending *next;  /* that is free, or under way */
    struct examiner *examiner;
    struct buf path, place;
    struct file_facts file;
    struct sv owner;
    uint64_t pid;
    uint64_t bytes; /* read here */
    unsigned slot;
    bool running, known, named;
    bool script; /* that was looked at for what it imports */
    struct visited visited;
    int folder;                        /* of an image, open; -1 */
    struct pending_siblings *siblings; /* NULL: none was asked for */
    struct pending *again;             /* the next that is to be submitted again */
};

struct examiner {
    const struct examine_context *context;
    struct parser *parser;           /* NULL: everything is parsed here */
    struct pending *free, *underway; /* the latest first */
    struct pending *again;           /* those of the ones under way that want another file */
    int folder;                      /* of the file at hand; -1 */
    unsigned slots;                  /* of the parser that pending ones have */
    struct dissector *dissector;
    struct listener listener;
    struct visits *visits;    /* NULL: nothing is taken over */
    struct visited visited;   /* the file at hand */
    struct folder_rows names; /* where only names are asked for */
    unsigned shown;
};

/* `to` is the listener. */
extern const struct parser_events pending_events;

/* Room for the file that was begun, on the list of free ones; NULL without memory or parser. */
struct pending *pending_room(struct examiner *x);

/* Give the file that was begun to a parser; `named` is NULL for all that fits. `fd` is taken. */
void pending_hand_over(struct examiner *x, int fd, const struct file_source *file,
                       const struct chosen *named);

void pending_free_all(struct pending *list);

/* The file cannot be read as the person wants: that is to be put right before anything else. */
void examiner_refuse(struct examiner *x, int result, struct err *err);

/* What was begun ends, and with it the account of the file. */
void examiner_end_file(struct examiner *x, int fd, int result, struct err *err, bool short_read,
                       uint64_t bytes);
