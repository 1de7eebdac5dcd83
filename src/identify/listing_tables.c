// SPDX-License-Identifier: Apache-2.0
/*
 * Tables and lists of properties:
 *
 *     winget list                         columns as the header stands, above one long ruler
 *     Get-ItemProperty … | Format-Table   a ruler below each name of a property
 *     … | Format-List                     "DisplayName : x", an empty line after each
 *     wmic product get name,version       columns as the header stands
 *     wmic product list /format:list      "Name=x"
 *
 * The names of properties are not translated; of winget's columns the first three are the name, the
 * id and the version.
 */
#include "identify/csv.h"
#include "identify/listing.h"
#include "identify/text_table.h"

/* ---- winget ---- */

/* winget draws a spinner first, which stays in a file: what counts is behind the last of it. */
static struct sv behind_spinner(struct sv line)
{
    size_t at = sv_find_last(line, '\r');
    size_t back = sv_find_last(line, '\b');

    if (back != SIZE_MAX && (at == SIZE_MAX || back > at))
        at = back;
    return at == SIZE_MAX ? line : sv_from(line, at + 1);
}

static bool is_long_ruler(struct sv line)
{
    size_t n = 0;

    while (n < line.n && line.p[n] == '-')
        n++;
    return n >= 20 && n == line.n;
}

/* Read up to the ruler. The second column is called "Id" in every language with Latin letters. */
static bool find_winget(struct listing *l, struct text_table *t)
{
    struct sv header = {0}, line;

    for (unsigned n = 0; n < 12 && listing_line(l, &line); n++) {
        if (is_long_ruler(line))
            return table_from_header(t, header, 1) && t->count >= 3 && t->count <= 6 &&
                   (sv_eq_nocase(t->names[1], SV("Id")) || l->named);
        header = behind_spinner(line);
    }
    return false;
}

static bool is_winget(struct listing l)
{
    struct text_table t;

    return find_winget(&l, &t);
}

/* "ARP\Machine\X64\{GUID}" is an entry of the registry, not a package. */
static void claim_id(struct claims *c, struct sv id)
{
    size_t at = sv_find_last(id, '\\');

    if (at != SIZE_MAX && sv_starts(sv_from(id, at + 1), SV("{"))) {
        claim(c, FIELD_PRODUCT_CODE, sv_from(id, at + 1));
    } else if (at == SIZE_MAX) {
        claim(c, FIELD_PACKAGE, id);
        claim(c, FIELD_PACKAGE_TYPE, SV("winget"));
    }
}

static int read_winget(struct listing *l, struct err *err)
{
    struct text_table t;
    struct sv line;

    (void)err;
    if (!find_winget(l, &t))
        return RECOG_NOT_MINE;
    while (listing_text_line(l, &line)) {
        struct claims c = listing_claims(l, TYPE_APPLICATION, table_cell(&t, line, 0));
        struct sv id = table_cell(&t, line, 1);

        if (c.name.n == 0 || id.n == 0)
            continue;
        c.version = table_cell(&t, line, 2);
        claim_id(&c, id);
        listing_emit(l, &c);
    }
    return 0;
}

/* ---- columns called after properties ---- */

static bool names_are_known(const struct text_table *t)
{
    size_t known = 0;

    for (size_t i = 0; i < t->count; i++)
        known += property_is_known(t->names[i]);
    return known >= 2 && 2 * known >= t->count;
}

static bool find_properties(struct listing *l, struct text_table *t)
{
    struct sv header = {0}, line;
    struct listing second;

    if (!listing_text_line(l, &header))
        return false;
    second = *l;
    if (listing_line(&second, &line) && sv_starts(line, SV("--")) &&
        table_from_ruler(t, header, line, '-') && names_are_known(t)) {
        *l = second;
        return true;
    }
    return table_from_header(t, header, 2) && names_are_known(t);
}

static bool is_property_table(struct listing l)
{
    struct text_table t;

    return find_properties(&l, &t);
}

static int read_property_table(struct listing *l, struct err *err)
{
    struct text_table t;
    struct sv line;

    (void)err;
    if (!find_properties(l, &t))
        return RECOG_NOT_MINE;
    while (listing_text_line(l, &line)) {
        struct properties p = properties_of(l);

        for (size_t i = 0; i < t.count; i++)
            property_add(&p, t.names[i], table_cell(&t, line, i));
        // The columns that were chosen need not be those that tell a program.
        p.is_program = true;
        properties_emit(l, &p);
    }
    return 0;
}

/* ---- one property a line ---- */

/* "Name : value" as PowerShell writes it, "Name=value" as wmic does. */
static bool cut_property(struct sv line, struct sv *ret_name, struct sv *ret_value)
{
    struct sv value = line, name = sv_cut(&value, '=');

    if (sv_find(line, SV(" : ")) != SIZE_MAX || sv_ends(line, SV(" :"))) {
        value = line;
        name = sv_cut(&value, ':');
    } else if (sv_find(line, SV("=")) == SIZE_MAX) {
        return false;
    }
    *ret_name = sv_trim(name);
    *ret_value = sv_trim(value);
    return ret_name->n > 0;
}

static bool is_property_list(struct listing l)
{
    struct sv line, name, value;
    size_t known = 0, lines = 0;

    while (lines < 12 && listing_text_line(&l, &line)) {
        lines++;
        // What PowerShell breaks goes on with spaces at its beginning.
        if (line.p[0] == ' ')
            continue;
        if (!cut_property(line, &name, &value))
            return false;
        known += property_is_known(name);
    }
    return known >= 2 && 3 * known >= lines;
}

static int read_property_list(struct listing *l, struct err *err)
{
    struct properties p = properties_of(l);
    struct sv line, name, value;

    (void)err;
    while (listing_line(l, &line)) {
        if (sv_trim(line).n == 0) {
            p.is_program = true;
            properties_emit(l, &p);
            p = properties_of(l);
        } else if (cut_property(line, &name, &value)) {
            property_add(&p, name, value);
        }
    }
    p.is_program = true;
    properties_emit(l, &p);
    return 0;
}

/* ---- wmic /format:csv, Export-Csv ---- */

static struct csv *known_csv(const struct listing *l, struct sv **ret_names)
{
    struct csv *csv = arena_take(l->job->arena, sizeof(*csv));
    struct sv *names = arena_take_array(l->job->arena, CSV_CELLS_MAX, sizeof(*names));
    size_t known = 0;

    if (!csv || !names)
        return NULL;
    csv_init(csv, l->rest, 0, l->job->arena);
    for (unsigned n = 0; n < 4 && known == 0 && csv_next(csv); n++) {
        for (size_t i = 0; i < csv->count; i++) {
            names[i] = csv->cells[i];
            known += property_is_known(names[i]);
        }
        // "#TYPE System.Management…" stands above what PowerShell exports.
        if (known < 2 || 3 * known < csv->count)
            known = 0;
    }
    *ret_names = names;
    return known ? csv : NULL;
}

static bool is_property_csv(struct listing l)
{
    struct sv *names;

    return known_csv(&l, &names) != NULL;
}

static int read_property_csv(struct listing *l, struct err *err)
{
    struct sv *names;
    struct csv *csv = known_csv(l, &names);

    if (!csv)
        return arena_failed(l->job->arena) ? arena_error(l->job->arena, err) : RECOG_NOT_MINE;
    while (csv_next(csv)) {
        struct properties p = properties_of(l);

        for (size_t i = 0; i < csv->count; i++)
            property_add(&p, names[i], csv->cells[i]);
        p.is_program = true;
        l->number = csv->row;
        properties_emit(l, &p);
    }
    return 0;
}

const struct listing_format listings_of_tables[] = {
    {"winget list", is_winget, read_winget},
    {"wmic, Format-Table", is_property_table, read_property_table},
    {"wmic /format:list, Format-List", is_property_list, read_property_list},
    {"wmic /format:csv, Export-Csv", is_property_csv, read_property_csv},
    {0},
};
