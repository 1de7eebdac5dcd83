// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the package database of rpm, in each of the three kinds of file that it has been kept in:
 * rpmdb.sqlite (Fedora, RHEL 9), Packages.db ("ndb", SUSE) and Packages (Berkeley DB, RHEL 8 and
 * before). Each is a set of headers, one a package; see rpm_header.c.
 */
#include "identify/rpm_header.h"

enum {
    KIND_SQLITE,
    KIND_NDB,
    KIND_BDB,
};

struct reading {
    struct rpm_visitor visitor;
    const struct job *job;
    struct arena scratch;
    uint64_t budget; // bytes of headers still allowed: records that overlap cannot go on for ever
    unsigned damaged;
    const char *why;
    struct err first;
};

static void on_damaged(struct rpm_visitor *v, const char *why)
{
    struct reading *r = (struct reading *)v;

    if (r->damaged++ == 0)
        r->why = why;
}

static int on_header(struct rpm_visitor *v, uint32_t number, struct span header, uint64_t offset,
                     struct err *err)
{
    struct reading *r = (struct reading *)v;
    auto_buf row = BUF_INIT(64);
    struct err failure = {0};
    int result;

    if (header.n > r->budget)
        return ERR(err, ERR_LIMIT, "rpm database: its records are longer than the file");
    r->budget -= header.n;
    buf_printf(&row, "Packages %u", number);
    arena_reset(&r->scratch);
    result = rpm_header_emit(header, buf_view(&row), offset, &r->scratch, r->job->out, &failure);
    if (result == -ERR_FORMAT || result == -ERR_LIMIT) {
        if (r->damaged == 0)
            r->first = failure;
        on_damaged(v, NULL);
        return 0;
    }
    if (result < 0 && err)
        *err = failure;
    return result;
}

static int identify_rpm(const struct job *job, struct err *err)
{
    struct reading r = {.visitor = {on_header, on_damaged},
                        .job = job,
                        .budget = job->bytes->size * 2 + SOURCE_HEAD};
    int result;

    arena_init(&r.scratch, RPM_HEADER_MAX);
    switch (job->gate->tag) {
    case KIND_SQLITE:
        result = rpm_sqlite_read(job->bytes, &r.visitor, err);
        break;
    case KIND_NDB:
        result = rpm_ndb_read(job->bytes, &r.visitor, err);
        break;
    default:
        result = rpm_bdb_read(job->bytes, &r.visitor, err);
        break;
    }
    arena_clear(&r.scratch);
    if (result == 0 && r.damaged)
        return ERR(err, ERR_FORMAT, "rpm database: %u damaged records, the first: %s", r.damaged,
                   r.why ? r.why : r.first.text);
    return result;
}

#define DATABASE(folder, up) \
    {.path = folder "/rpmdb.sqlite", \
     .magic = {"SQLite format 3", 16}, \
     .state = STATE_INSTALLED, \
     .anchor_up = (up), \
     .first = true, \
     .tag = KIND_SQLITE}, \
        {.path = folder "/Packages.db", \
         .magic = {"RpmP", 4}, \
         .state = STATE_INSTALLED, \
         .anchor_up = (up), \
         .first = true, \
         .tag = KIND_NDB}, \
    { \
        .path = folder "/Packages", .state = STATE_INSTALLED, .anchor_up = (up), .first = true, \
        .tag = KIND_BDB \
    }

static const struct gate gates[] = {
    DATABASE("var/lib/rpm", 4),
    DATABASE("usr/lib/sysimage/rpm", 5),
    DATABASE("usr/share/rpm", 4), // ostree keeps it with what cannot be changed
    {0},
};

const struct recogniser recog_rpm = {
    .name = "rpm",
    .summary = "packages that rpm installed, and the files they own",
    .epoch = 1,
    .gates = gates,
    .identify = identify_rpm,
};
