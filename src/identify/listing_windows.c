// SPDX-License-Identifier: Apache-2.0
/*
 * What the tools of Windows print, in whatever language it speaks:
 *
 *     driverquery [/v|/si] [/fo csv]    a table of drivers: the name, then the name for people
 *     tasklist [/svc] [/fo csv]         a table of processes: the name, then its number
 *     systeminfo                        "Host Name:    PC" …, always in the same order
 *
 * The tables have a ruler "==== ====" below their header, and are told apart by their numbers of
 * columns and by what stands in the second.
 */
#include "identify/csv.h"
#include "identify/listing.h"
#include "identify/text_table.h"

enum {
    ROWS_TRIED = 8,
};

enum table_kind {
    TABLE_NONE,
    TABLE_DRIVERS,        /* name, name for people, type, date */
    TABLE_DRIVERS_ALL,    /* … the file stands in column 13 */
    TABLE_DRIVERS_SIGNED, /* device, .inf, signed, maker */
    TABLE_TASKS,
    TABLE_TASKS_SERVICES, /* name, number, services */
};

static bool is_number(struct sv text)
{
    uint64_t n;

    return sv_to_u64(text, &n);
}

static bool ends_nocase(struct sv text, struct sv end)
{
    return text.n >= end.n && sv_eq_nocase(sv_from(text, text.n - end.n), end);
}

/* What a row of so many cells is one of. */
static enum table_kind kind_of_row(size_t count, struct sv second)
{
    if (second.n == 0)
        return TABLE_NONE;
    if (is_number(second))
        return count == 3                 ? TABLE_TASKS_SERVICES
               : count == 5 || count == 9 ? TABLE_TASKS
                                          : TABLE_NONE;
    if (count == 4)
        return ends_nocase(second, SV(".inf")) ? TABLE_DRIVERS_SIGNED : TABLE_DRIVERS;
    return count == 15 ? TABLE_DRIVERS_ALL : TABLE_NONE;
}

/* ---- rows ---- */

static void emit_services(struct listing *l, struct sv list)
{
    while (list.n) {
        struct sv name = sv_trim(sv_cut(&list, ','));
        struct claims c = listing_claims(l, TYPE_SERVICE, name);

        // "N/A" and what stands for it elsewhere.
        if (name.n == 0 || sv_find(name, SV("/")) != SIZE_MAX || sv_find(name, SV(" ")) != SIZE_MAX)
            continue;
        claim(&c, FIELD_SERVICE, name);
        listing_emit(l, &c);
    }
}

static void emit_driver(struct listing *l, struct sv name, struct sv display, struct sv path)
{
    struct claims c = listing_claims(l, TYPE_DEVICE_DRIVER, name);

    claim(&c, FIELD_DRIVER, name);
    claim(&c, FIELD_PRODUCT, display);
    claim(&c, FIELD_PATH, claimed_path(path, l->job->arena));
    listing_emit(l, &c);
}

static void emit_row(struct listing *l, enum table_kind kind, const struct sv cells[])
{
    struct claims c = listing_claims(l, TYPE_APPLICATION, cells[0]);

    switch (kind) {
    case TABLE_TASKS:
    case TABLE_TASKS_SERVICES:
        claim(&c, FIELD_PROCESS, cells[0]);
        listing_emit(l, &c);
        if (kind == TABLE_TASKS_SERVICES)
            emit_services(l, cells[2]);
        break;
    case TABLE_DRIVERS_SIGNED:
        c.type = TYPE_DEVICE_DRIVER;
        claim(&c, FIELD_DEVICE_NAME, cells[0]);
        claim(&c, FIELD_MANUFACTURER, cells[3]);
        listing_emit(l, &c);
        break;
    case TABLE_DRIVERS:
    case TABLE_DRIVERS_ALL:
        emit_driver(l, cells[0], cells[1], kind == TABLE_DRIVERS_ALL ? cells[13] : (struct sv){0});
        break;
    case TABLE_NONE:
        break;
    }
}

/* ---- drawn tables ---- */

/* Read up to the ruler. */
static bool find_ruler(struct listing *l, struct text_table *t)
{
    struct sv header = {0}, line;

    for (unsigned n = 0; n < 4 && listing_line(l, &line); n++) {
        if (sv_starts(line, SV("===")) && table_from_ruler(t, header, line, '='))
            return t->count > 2;
        header = line;
    }
    return false;
}

static enum table_kind kind_of_table(struct listing l, const struct text_table *t)
{
    enum table_kind kind = TABLE_NONE;
    struct sv line;

    for (unsigned n = 0; n < ROWS_TRIED && listing_text_line(&l, &line); n++) {
        enum table_kind row = kind_of_row(t->count, table_cell(t, line, 1));

        // Services that do not fit in a line go on in the next, below nothing.
        if (table_cell(t, line, 0).n == 0)
            continue;
        if (row == TABLE_NONE || (kind != TABLE_NONE && row != kind))
            return TABLE_NONE;
        kind = row;
    }
    return kind;
}

static bool is_drawn(struct listing l)
{
    struct text_table t;

    return find_ruler(&l, &t) && kind_of_table(l, &t) != TABLE_NONE;
}

static int read_drawn(struct listing *l, struct err *err)
{
    struct sv line, cells[TABLE_COLUMNS_MAX];
    struct text_table t;
    enum table_kind kind;

    (void)err;
    if (!find_ruler(l, &t))
        return RECOG_NOT_MINE;
    kind = kind_of_table(*l, &t);
    while (listing_text_line(l, &line)) {
        for (size_t i = 0; i < t.count; i++)
            cells[i] = table_cell(&t, line, i);
        if (cells[0].n)
            emit_row(l, kind, cells);
        else if (kind == TABLE_TASKS_SERVICES)
            emit_services(l, cells[2]);
    }
    return 0;
}

/* ---- the same with commas ---- */

static enum table_kind kind_of_csv(struct csv *csv)
{
    size_t count;

    // The header says nothing in a language that is not known; the first row does.
    if (!csv_next(csv) || csv->count < 3)
        return TABLE_NONE;
    count = csv->count;
    if (!csv_next(csv) || csv->count != count)
        return TABLE_NONE;
    return kind_of_row(count, csv->cells[1]);
}

static struct csv *csv_of(const struct listing *l)
{
    struct csv *csv = arena_take(l->job->arena, sizeof(*csv));

    if (csv)
        csv_init(csv, l->rest, ',', l->job->arena);
    return csv;
}

static bool is_comma_table(struct listing l)
{
    struct csv *csv = sv_starts(sv_trim(l.rest), SV("\"")) ? csv_of(&l) : NULL;

    return csv && kind_of_csv(csv) != TABLE_NONE;
}

static int read_comma_table(struct listing *l, struct err *err)
{
    struct csv *csv = csv_of(l);
    enum table_kind kind;
    size_t count;

    if (!csv)
        return arena_error(l->job->arena, err);
    kind = kind_of_csv(csv);
    count = csv->count;
    do {
        l->number = csv->row;
        if (csv->count == count)
            emit_row(l, kind, csv->cells);
    } while (csv_next(csv));
    return 0;
}

/* ---- systeminfo ---- */

/* The lines that matter, counted from 1; the same in every language since Windows XP. */
enum {
    LINE_HOST = 1,
    LINE_SYSTEM = 2,
    LINE_SYSTEM_VERSION = 3,
    LINE_SYSTEM_MAKER = 4,
    LINE_MAKER = 12,
    LINE_MODEL = 13,
    LINES_LEAST = 14,
};

/* Where the values begin: behind the label, its colon and spaces. 0 when it is no such line. */
static size_t value_column(struct sv line)
{
    size_t at = sv_find(line, SV(":"));

    if (at == SIZE_MAX || at == 0 || line.p[0] == ' ')
        return 0;
    for (at++; at < line.n && line.p[at] == ' ';)
        at++;
    return at < line.n ? at : 0;
}

static bool is_system(struct listing l)
{
    size_t column = 0, lines = 0;
    struct sv line;

    while (lines < LINES_LEAST && listing_text_line(&l, &line)) {
        size_t at = value_column(line);

        // Bytes are no columns where labels have letters beyond ASCII.
        if (at == 0 && lines < LINE_SYSTEM_MAKER)
            return false;
        lines++;
        if (lines == LINE_HOST)
            column = at;
        if (lines == LINE_SYSTEM && sv_find(sv_from(line, at), SV("Windows")) == SIZE_MAX)
            return false;
    }
    return lines == LINES_LEAST && column > 12;
}

static void emit_system(struct listing *l, const struct sv values[])
{
    struct claims system = listing_claims(l, TYPE_OPERATING_SYSTEM, values[LINE_SYSTEM]);
    struct claims device = listing_claims(l, TYPE_DEVICE, values[LINE_MODEL]);

    system.version = values[LINE_SYSTEM_VERSION];
    system.row = SV("line 2");
    claim(&system, FIELD_MANUFACTURER, values[LINE_SYSTEM_MAKER]);
    listing_emit(l, &system);
    device.row = SV("line 13");
    claim(&device, FIELD_MANUFACTURER, values[LINE_MAKER]);
    listing_emit(l, &device);
}

/* "[01]: Some Network Adapter", not "[01]: KB5000000" or an address. */
static void emit_numbered(struct listing *l, struct sv line)
{
    struct sv rest = sv_trim(line), name;
    struct claims c;

    if (!sv_starts(rest, SV("[")))
        return;
    name = rest;
    (void)sv_cut(&name, ':');
    name = sv_trim(name);
    if (name.n < 3 || sv_starts(name, SV("KB")) || (name.p[0] >= '0' && name.p[0] <= '9') ||
        sv_find(name, SV(" ")) == SIZE_MAX)
        return;
    c = listing_claims(l, TYPE_DEVICE, name);
    claim(&c, FIELD_DEVICE_NAME, name);
    listing_emit(l, &c);
}

static int read_system(struct listing *l, struct err *err)
{
    struct sv values[LINES_LEAST + 1] = {0}, line;
    size_t lines = 0;

    (void)err;
    while (listing_text_line(l, &line)) {
        lines++;
        if (lines <= LINES_LEAST)
            values[lines] = sv_trim(sv_from(line, value_column(line)));
        if (lines == LINES_LEAST)
            emit_system(l, values);
        if (lines > LINES_LEAST)
            emit_numbered(l, line);
    }
    return 0;
}

const struct listing_format listings_of_windows[] = {
    {"driverquery, tasklist", is_drawn, read_drawn},
    {"driverquery, tasklist /fo csv", is_comma_table, read_comma_table},
    {"systeminfo", is_system, read_system},
    {0},
};
