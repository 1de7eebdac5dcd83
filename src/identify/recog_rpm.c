// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the package database of rpm, in each of the three kinds of file that it has been kept in:
 * rpmdb.sqlite (Fedora, RHEL 9), Packages.db ("ndb", SUSE) and Packages (Berkeley DB, RHEL 8 and
 * before). Each is a set of headers, one a package; see rpm_header.c.
 *
 * A package that is not installed, x.rpm, has the same header behind its signatures:
 *
 *     lead[96]  header of signatures, to 8  8e ad e8 01  0:u32  header  payload
 */
#include "identify/rpm_header.h"

enum {
    KIND_SQLITE,
    KIND_NDB,
    KIND_BDB,
    KIND_PACKAGE,
};

enum {
    LEAD = 96,
    INTRO = 16, /* the magic, and how much follows */
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

/* How many bytes follow the eight bytes of magic at `at`. */
static int header_size(const struct job *job, uint64_t at, uint64_t *ret, struct err *err)
{
    struct span intro;
    struct reader r;
    uint64_t rows, bytes;

    TRY(source_read(job->bytes, at, INTRO, job->arena, &intro, err));
    r = reader_over(intro);
    if (!sv_starts(sv_of(reader_take(&r, 8)), SV("\x8e\xad\xe8")))
        return ERR(err, ERR_FORMAT, "rpm: no header where one has to be");
    rows = reader_u32be(&r);
    bytes = reader_u32be(&r);
    *ret = 8 + rows * 16 + bytes;
    if (!reader_ok(&r) || *ret > RPM_HEADER_MAX)
        return ERR(err, ERR_FORMAT, "rpm: its header is damaged");
    return 0;
}

static int identify_package(const struct job *job, struct err *err)
{
    auto_arena scratch;
    struct span header;
    uint64_t size, at = LEAD;

    arena_init(&scratch, RPM_HEADER_MAX);
    TRY(header_size(job, at, &size, err));
    at += 8 + (size + 7) / 8 * 8;
    TRY(header_size(job, at, &size, err));
    TRY(source_read(job->bytes, at + 8, (size_t)size, job->arena, &header, err));
    return rpm_header_emit(header, (struct sv){0}, at + 8, &scratch, job->out, err);
}

static int identify_rpm(const struct job *job, struct err *err)
{
    if (job->gate->tag == KIND_PACKAGE)
        return identify_package(job, err);

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
    {.magic = {"\xed\xab\xee\xdb", 4}, .state = STATE_CONTAINED, .tag = KIND_PACKAGE},
    {0},
};

const struct recogniser recog_rpm = {
    .name = "rpm",
    .summary = "packages that rpm installed, and the files they own; .rpm packages",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_rpm,
};
