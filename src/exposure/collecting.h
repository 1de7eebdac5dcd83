// SPDX-License-Identifier: Apache-2.0
/* What the files of exposure/ share. */
#pragma once

#include "exposure/exposure.h"
#include "os/file.h"

enum sending {
    SENDING_UNKNOWN,
    SENDING_OFF,
    SENDING_QUERIES, /* questions about objects: digests, addresses */
    SENDING_ON,      /* not known which */
    SENDING_FILES,   /* objects too */
};

/* One finding while it is being assessed. */
struct subject {
    struct exposure *exposure;
    const struct catalogue *catalogue; /* NULL: none is known */
    struct exposure_fact *first[TOPIC_COUNT_], **end[TOPIC_COUNT_];
    size_t fact_counts[TOPIC_COUNT_], left_away[TOPIC_COUNT_];
    enum sending sending; /* the most that any setting allows */
    bool unclear;         /* a setting was read and not understood */
    size_t objects, sent; /* candidates, and records of objects that were sent */
    size_t logs_known, logs_kept;
    size_t kept; /* files of any kind, also such as were too large to copy */
    bool intercepts;
};

struct collecting {
    const struct exposure_request *request;
    const struct exposure_sink *sink;
    struct arena *arena;
    struct exposure_report *report;
    struct subject *subjects; /* as the findings */
    struct exposure_file **file_end;
    uint64_t names_left;
    struct buf head; /* the beginning of the file at hand */
};

void subject_add(struct collecting *c, struct subject *s, enum exposure_topic topic, struct sv what,
                 struct sv value, struct sv place);
void subject_gap(struct collecting *c, struct subject *s, enum exposure_topic topic, struct sv text,
                 struct sv place);

/* "was there" at a time: moves first_ns and last_ns. */
void subject_seen(struct subject *s, int64_t ns);

/* A place of the scan, which is a path on the machine that scanned, as one from the root. */
struct sv within_root(const struct collecting *c, struct sv place);

/* A time as "2026-11-23T22:38:25Z", in the arena. */
struct sv time_text(struct arena *arena, int64_t ns);

/* facts.c: what the stored scan knows of the findings. */
int facts_read(struct collecting *c, struct err *err) MUST_USE;

/* values.c: what the first bytes of a file say, as one kind of evidence reads them. */
void values_read(struct collecting *c, struct subject *s, const struct catalogue_evidence *e,
                 struct sv text, struct sv path);

/* find.c: every file that a glob names, in the order of paths. */
struct found {
    int dir_fd; /* of the folder that it is in */
    const char *name;
    struct sv path; /* raw bytes, from the root */
    struct file_facts facts;
};

struct finder {
    int root_fd;
    bool nocase;
    uint64_t *names_left;
    struct arena *arena;
    void *to;
    int (*each)(void *to, const struct found *f, struct err *err);
    /* A link, or what cannot be looked into: `why` is a reason for people, or NULL and see `err`,
     * which is the result unless this gives 0. */
    int (*odd)(void *to, struct sv path, const char *why, int result, struct err *err);
};

int find_files(struct finder *f, struct sv glob, struct err *err) MUST_USE;

/* conclude.c */
void subject_conclude(struct collecting *c, struct subject *s);
