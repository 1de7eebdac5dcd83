// SPDX-License-Identifier: Apache-2.0
/*
 * What a banned product may have let out of the machine, collected before the product is removed,
 * because its removal destroys the record.
 *
 * Where to look is data (`evidence:` of a catalogue). Files are found from the root without
 * following a link, copied to an anonymous file, and from there digested, handed on and searched
 * for values line by line: nothing is parsed, and what is digested is what is kept, also of a log
 * that grows meanwhile. Everything else comes from the stored scan. Each finding ends in one of
 * four words with its reasons, and what was not looked at, cut or never kept is said.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/scan_view.h"
#include "order/rules.h"
#include "report/report.h"

enum {
    EXPOSURE_FILES_MAX = 4096,    /* of one collection */
    EXPOSURE_NAMES_MAX = 200000,  /* looked at in folders */
    EXPOSURE_LOOKED_MAX = 1 << 20 /* bytes of a file that are searched for values */
};

#define EXPOSURE_FILE_MAX (UINT64_C(256) << 20) /* bytes of one file */
#define EXPOSURE_TOTAL_MAX (UINT64_C(2) << 30)  /* and of all */

#define EXPOSURE_CONCLUSIONS(X) \
    X(NONE_SEEN, "none seen") /* sending was off, or the product was never in use here */ \
    X(POSSIBLE, "possible")   /* nothing rules it out */ \
    X(LIKELY, "likely")       /* it may send objects, and there were such */ \
    X(RECORDED, "recorded")   /* a record says that objects were sent */

enum exposure_conclusion {
#define X(name, text) EXPOSURE_##name,
    EXPOSURE_CONCLUSIONS(X)
#undef X
};

#define EXPOSURE_TOPICS(X) \
    X(PRESENCE, "presence", "Product, version, and how long it was there") \
    X(PRIVILEGE, "privilege", "What it could do") \
    X(SENDING, "sending", "Whether it was set to send, and what was agreed to") \
    X(SERVER, "server", "Who it spoke to, and updates") \
    X(OBJECT, "object", "Objects that could have been sent") \
    X(LOG, "log", "Logs") \
    X(CERTIFICATE, "certificate", "Certificates")

enum exposure_topic {
#define X(name, text, title) TOPIC_##name,
    EXPOSURE_TOPICS(X)
#undef X
        TOPIC_COUNT_
};

struct exposure_fact {
    struct exposure_fact *next;
    enum exposure_topic topic;
    struct sv what, value;
    struct sv place; /* where it stands; or empty */
    bool gap;        /* this is what is not known: no log kept, a file left out */
};

/* A file that was kept. */
struct exposure_file {
    struct exposure_file *next;
    struct sv name;  /* in the collection: "files/" and the path */
    struct sv path;  /* from the root, encoded as places are */
    struct sv title; /* what it is */
    struct sv evidence, finding;
    enum evidence_kind kind;
    uint64_t size;
    char sha256[65];
    int64_t mtime_ns, ctime_ns;
    uint32_t mode, uid, gid;
};

struct exposure {
    const struct finding *finding; /* borrowed */
    struct exposure_fact *facts;   /* by topic, then in the order in which they were found */
    enum exposure_conclusion conclusion;
    struct sv reasons[6];
    size_t reason_count;
    int64_t first_ns, last_ns; /* of its presence, as far as anything says; INT64_MIN: nothing */
    bool present;              /* it was when the scan looked */
    bool gaps;                 /* something was not kept, cut or left out */
};

/* Everything of one collection. Lives in the arena of the call. */
struct exposure_report {
    struct sv scan_id, version;
    struct host host;
    struct sv root; /* "/" or the other machine's */
    int64_t collected_ns;
    struct exposure *all; /* as the findings were given */
    size_t count;
    struct exposure_file *files; /* as they were found */
    size_t file_count;
    uint64_t bytes;
    enum exposure_conclusion worst;
};

/* One thing to be kept: a file of the machine, or a document about them. */
struct exposure_item {
    struct sv name;                   /* a path of plain names, parted by / */
    const struct exposure_file *file; /* NULL for a document */
    int fd;             /* an anonymous copy, to be read from offset 0; -1: `bytes` is all */
    struct sv bytes;    /* of a document */
    uint64_t size;      /* of either */
    const char *sha256; /* in hex, of exactly these bytes */
};

/*
 * Who keeps it. Files come first, then exposure.json, exposure.txt and
 * last statement.json: an in-toto statement, not signed, whose subjects are all of the others. So
 * a collection without it is not whole. A failure ends the collection and is passed up.
 */
struct exposure_sink {
    void *to;
    int (*put)(void *to, const struct exposure_item *item, struct err *err);
};

struct exposure_request {
    int root_fd;                           /* an open folder: the root of the machine */
    const struct scan_view *view;          /* the stored scan that has the findings */
    const struct finding *const *findings; /* those to be assessed */
    size_t finding_count;
    const struct rules *rules; /* with the vendors' catalogues */
    const char *temporary;     /* folder for anonymous copies; NULL: memory */
    bool tolerate;             /* what cannot be read is said, not an error */
};

/*
 * Collect and assess. `sink` may be NULL: then nothing is kept. Any file that cannot be read is an
 * error that names it, unless `tolerate`; one that is too large, a link, or gone is said.
 */
int exposure_collect(const struct exposure_request *request, const struct exposure_sink *sink,
                     struct arena *arena, struct exposure_report *ret, struct err *err) MUST_USE;

const char *exposure_conclusion_text(enum exposure_conclusion conclusion);

/* The assessment as `debar.exposure/1`, the same bytes for the same assessment; and for people. */
void exposure_write_json(const struct exposure_report *r, struct buf *to);
void exposure_write_text(const struct exposure_report *r, struct sink *to);
