// SPDX-License-Identifier: Apache-2.0
/*
 * Reads a table of goods or assets, as a purchase department or another tool exports it. A person
 * names it as such; what its columns mean, they say or the names of the columns do.
 *
 * Each row is one thing that is somewhere else: referenced, and never more than probable. Lines
 * above the names of the columns (a title, a date) are passed over.
 */
#include "identify/claims.h"
#include "identify/columns.h"
#include "identify/csv.h"
#include "identify/decoded_text.h"

enum {
    HEADER_WITHIN = 20, /* records, among which the names of the columns are */
    NAMES_SHOWN = 400,  /* bytes of an error */
};

struct mapping {
    enum field_key keys[CSV_CELLS_MAX];
    bool is_mapped[CSV_CELLS_MAX];
    size_t count;
};

static bool is_number(struct sv header, size_t *ret_index)
{
    uint64_t n;

    if (!sv_starts(header, SV("#")) || !sv_to_u64(sv_from(header, 1), &n) || n < 1 ||
        n > CSV_CELLS_MAX)
        return false;
    *ret_index = (size_t)n - 1;
    return true;
}

static void map(struct mapping *m, size_t at, enum field_key key)
{
    if (!m->is_mapped[at])
        m->count++;
    m->is_mapped[at] = true;
    m->keys[at] = key;
}

/* Where a header stands in a record, or SIZE_MAX. */
static size_t find_header(const struct csv *csv, struct sv header)
{
    size_t at;

    if (is_number(header, &at))
        return at;
    for (size_t i = 0; i < csv->count; i++)
        if (sv_eq_nocase(csv->cells[i], header))
            return i;
    return SIZE_MAX;
}

/* Whether all columns that were asked for are in this record; *ret_missing is the first that is
 * not. */
static bool map_asked(const struct csv *csv, const struct columns *columns, struct mapping *m,
                      struct sv *ret_missing)
{
    *m = (struct mapping){0};
    for (size_t i = 0; i < columns->count; i++) {
        size_t at = find_header(csv, columns->at[i].header);

        *ret_missing = columns->at[i].header;
        if (at == SIZE_MAX)
            return false;
        map(m, at, columns->at[i].key);
    }
    return true;
}

/* The columns whose names say what they are. */
static void map_known(const struct csv *csv, struct mapping *m)
{
    bool named = false;

    *m = (struct mapping){0};
    for (size_t i = 0; i < csv->count; i++) {
        enum field_key key;

        if (!column_of(csv->cells[i], &key))
            continue;
        // A second name of the same thing: "Software" and "Title".
        if (key == FIELD_NAME && named)
            key = FIELD_PRODUCT;
        named |= key == FIELD_NAME;
        map(m, i, key);
    }
}

static bool has_key(const struct mapping *m, enum field_key key)
{
    for (size_t i = 0; i < CSV_CELLS_MAX; i++)
        if (m->is_mapped[i] && m->keys[i] == key)
            return true;
    return false;
}

/* A table that says of each row what it is, by name, maker or package. */
static bool is_enough(const struct mapping *m)
{
    static const enum field_key keys[] = {FIELD_NAME,         FIELD_PRODUCT,   FIELD_SUPPLIER,
                                          FIELD_MANUFACTURER, FIELD_PUBLISHER, FIELD_PACKAGE,
                                          FIELD_PURL,         FIELD_CPE};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (has_key(m, keys[i]))
            return true;
    return false;
}

/* "A, B, C": the cells of the record that has the most of them. */
static void note_names(const struct csv *csv, size_t *most, struct buf *names)
{
    if (csv->count <= *most)
        return;
    *most = csv->count;
    buf_reset(names);
    for (size_t i = 0; i < csv->count && names->n < NAMES_SHOWN; i++) {
        if (i)
            buf_str(names, ", ");
        buf_sv(names, csv->cells[i]);
    }
    if (names->n >= NAMES_SHOWN)
        names->n = NAMES_SHOWN;
}

static bool all_are_numbers(const struct columns *columns)
{
    size_t at;

    for (size_t i = 0; columns && i < columns->count; i++)
        if (!is_number(columns->at[i].header, &at))
            return false;
    return columns != NULL;
}

/* Read up to the names of the columns. */
static int find_mapping(struct csv *csv, const struct columns *columns, struct mapping *ret,
                        struct err *err)
{
    auto_buf names = {0};
    struct csv start = *csv, best_end = *csv;
    struct mapping m;
    struct sv missing = {0}, first_missing = {0};
    size_t most = 0;

    *ret = (struct mapping){0};
    if (all_are_numbers(columns)) {
        (void)map_asked(csv, columns, ret, &missing);
        return 0;
    }
    buf_str(&names, "none");
    for (unsigned n = 0; n < HEADER_WITHIN && csv_next(csv); n++) {
        note_names(csv, &most, &names);
        if (columns && map_asked(csv, columns, ret, &missing))
            return 0;
        if (most == csv->count && columns)
            first_missing = missing;
        map_known(csv, &m);
        if (!columns && m.count > ret->count && is_enough(&m)) {
            *ret = m;
            best_end = *csv;
        }
    }
    *csv = columns ? start : best_end;
    if (!columns && ret->count)
        return 0;
    if (!buf_ok(&names))
        return ERR(err, ERR_NOMEM, "no memory for a table");
    if (columns)
        return ERR(err, ERR_USAGE, "there is no column '%.*s'; the columns are: %s",
                   first_missing.n < 80 ? (int)first_missing.n : 80,
                   first_missing.n ? first_missing.p : "", names.p);
    return ERR(err, ERR_USAGE,
               "no column is known by its name; say what they are with --columns "
               "name=…,vendor=…; the columns are: %s",
               names.p);
}

/* "00:11:22:33:44:55", "0011.2233.4455", "00-11-…" as "001122": who made the interface. */
static struct sv oui_of(struct sv mac, struct arena *arena)
{
    char *to = arena_take(arena, 13);
    size_t n = 0;

    for (size_t i = 0; to && i < mac.n; i++) {
        char c = mac.p[i];

        if (c == ':' || c == '-' || c == '.' || c == ' ')
            continue;
        if (c >= 'A' && c <= 'F')
            c = (char)(c | 0x20);
        if (n == 12 || !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return (struct sv){0};
        to[n++] = c;
    }
    return n == 12 ? (struct sv){to, 6} : (struct sv){0};
}

static void emit_row(const struct job *job, const struct csv *csv, const struct mapping *m,
                     const struct decoded_text *text)
{
    struct claims c = {.arena = job->arena, .type = TYPE_APPLICATION};
    bool is_device = false;

    for (size_t i = 0; i < csv->count; i++) {
        struct sv cell = csv->cells[i];

        if (!m->is_mapped[i] || cell.n == 0)
            continue;
        is_device |= m->keys[i] == FIELD_SERIAL || m->keys[i] == FIELD_MAC;
        if (m->keys[i] == FIELD_NAME && c.name.n == 0) {
            c.name = cell;
            c.at.offset = decoded_text_offset(text, cell, &c.at.length);
        } else if (m->keys[i] == FIELD_VERSION && c.version.n == 0) {
            c.version = cell;
        } else if (m->keys[i] == FIELD_PURL && c.purl.n == 0) {
            c.purl = cell;
        } else if (m->keys[i] == FIELD_MAC) {
            claim(&c, FIELD_OUI, oui_of(cell, job->arena));
            claim(&c, FIELD_MAC, cell);
        } else {
            claim(&c, m->keys[i], cell);
        }
    }
    if (c.name.n == 0 && c.purl.n == 0 && c.count == 0)
        return;
    if (is_device && c.version.n == 0)
        c.type = TYPE_DEVICE;
    if (claims_emit(job, &c)) {
        emit_fieldf(job->out, FIELD_ENTRY, "row %zu", csv->row);
    }
}

static int identify_csv(const struct job *job, struct err *err)
{
    struct csv *csv = arena_take(job->arena, sizeof(*csv));
    struct mapping *m = arena_take(job->arena, sizeof(*m));
    struct decoded_text text;

    if (!csv || !m)
        return arena_error(job->arena, err);
    if (decoded_text_read(job, &text, err) != 0)
        return ERR(err, ERR_UNSUPPORTED, "this is no table as text");
    csv_init(csv, text.text, 0, job->arena);
    TRY(find_mapping(csv, job->columns, m, err));
    while (csv_next(csv))
        emit_row(job, csv, m, &text);
    return claims_end(job, 0, err);
}

static const struct gate gates[] = {
    {.named = true, .state = STATE_REFERENCED, .ceiling = CONFIDENCE_PROBABLE},
    {0},
};

const struct recogniser recog_csv = {
    .name = "csv",
    .summary = "tables of goods and assets that a person names",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_csv,
};
