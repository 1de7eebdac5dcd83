// SPDX-License-Identifier: Apache-2.0
#include "format/msi.h"

#include <string.h>

#include "base/utf16.h"
#include "format/codepage.h"

enum {
    STREAM_MAX = 24 << 20, /* bytes of a table, or of all strings */
    PACKED_TWO = 0x3800,
    PACKED_ONE = 0x4800,
    PACKED_TABLE = 0x4840,
    TYPE_STRING = 0x800,
    TYPE_NULLABLE = 0x1000,
    TYPE_BINARY = 0x900,
    TYPE_SIZE = 0xff,
};

enum msi_kind msi_kind_of(const uint8_t class[COMPOUND_CLASS])
{
    // {000C1084-0000-0000-C000-000000000046} and its kin
    static const uint8_t rest[] = {0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};

    if (memcmp(class + 1, rest, sizeof(rest)) != 0)
        return MSI_NONE;
    return class[0] == 0x84   ? MSI_PACKAGE
           : class[0] == 0x86 ? MSI_PATCH
           : class[0] == 0x82 ? MSI_TRANSFORM
                              : MSI_NONE;
}

/* ---- names of streams ---- */

static uint8_t unpacked(unsigned six_bits)
{
    static const char characters[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";

    return (uint8_t)characters[six_bits & 0x3f];
}

static struct sv unpack_name(struct span name, bool *ret_table, struct arena *arena)
{
    struct reader r = reader_over(name);
    uint8_t text[4 * 64];
    size_t n = 0;

    *ret_table = false;
    while (r.rest.n >= 2) {
        uint16_t c = reader_u16le(&r);

        if (c == PACKED_TABLE && n == 0 && !*ret_table) {
            *ret_table = true;
        } else if (c >= PACKED_TWO && c < PACKED_ONE) {
            text[n++] = unpacked(c - PACKED_TWO);
            text[n++] = 0;
            text[n++] = unpacked((unsigned)(c - PACKED_TWO) >> 6);
            text[n++] = 0;
        } else if (c >= PACKED_ONE && c < PACKED_TABLE) {
            text[n++] = unpacked(c - PACKED_ONE);
            text[n++] = 0;
        } else {
            text[n++] = (uint8_t)c;
            text[n++] = (uint8_t)(c >> 8);
        }
    }
    return utf16le_text((struct span){text, n}, arena);
}

static int read_names(struct msi *m, struct err *err)
{
    m->names = arena_take_array(m->arena, m->file.count, sizeof(*m->names));
    m->is_table = arena_take_array(m->arena, m->file.count, sizeof(*m->is_table));
    if (!m->names || !m->is_table)
        return arena_error(m->arena, err);
    for (uint32_t i = 0; i < m->file.count; i++)
        m->names[i] = unpack_name(m->file.entries[i].name, &m->is_table[i], m->arena);
    return arena_failed(m->arena) ? arena_error(m->arena, err) : 0;
}

uint32_t msi_find(const struct msi *m, struct sv name, bool table)
{
    for (uint32_t i = 0; i < m->file.count; i++) {
        const struct compound_entry *e = &m->file.entries[i];

        if (e->parent == COMPOUND_ROOT && e->type == COMPOUND_STREAM && m->is_table[i] == table &&
            sv_eq(m->names[i], name))
            return i;
    }
    return UINT32_MAX;
}

int msi_stream(struct msi *m, uint32_t entry, struct span *ret, struct err *err)
{
    struct compound_stream *stream;

    *ret = (struct span){0};
    if (entry == UINT32_MAX)
        return 0;
    TRY(compound_stream_open(&m->file, entry, m->arena, &stream, err));
    return source_read_all(&stream->source, STREAM_MAX, m->arena, ret, err);
}

/* ---- strings ---- */

static int read_strings(struct msi *m, struct err *err)
{
    struct span pool;
    struct reader r;
    uint64_t end = 0;
    uint32_t head;

    TRY(msi_stream(m, msi_find(m, SV("_StringPool"), true), &pool, err));
    TRY(msi_stream(m, msi_find(m, SV("_StringData"), true), &m->data, err));
    r = reader_over(pool);
    head = reader_u32le(&r);
    m->codepage = head & 0x7fffffff;
    m->reference = head >> 31 ? 3 : 2;
    m->ends = arena_take_array(m->arena, pool.n / 4 + 1, sizeof(*m->ends));
    if (!m->ends)
        return arena_error(m->arena, err);
    while (r.rest.n >= 4) {
        uint32_t length = reader_u16le(&r), uses = reader_u16le(&r);

        // A string of 64 KiB and more takes two rows: the first one has the upper half of its
        // length.
        if (length == 0 && uses != 0) {
            length = uses << 16 | reader_u16le(&r);
            reader_skip(&r, 2);
        }
        end += length;
        m->ends[m->strings++] = end < m->data.n ? (uint32_t)end : (uint32_t)m->data.n;
    }
    return end <= m->data.n ? 0 : ERR(err, ERR_FORMAT, "msi: its strings are damaged");
}

static struct span string_of(const struct msi *m, uint32_t id)
{
    size_t from;

    if (id == 0 || id > m->strings)
        return (struct span){0};
    from = id > 1 ? m->ends[id - 2] : 0;
    return (struct span){m->data.p ? m->data.p + from : NULL, m->ends[id - 1] - from};
}

/* ---- tables ---- */

static size_t width_of(const struct msi *m, uint16_t type)
{
    if ((type & ~TYPE_NULLABLE) == TYPE_BINARY)
        return 2;
    if (type & TYPE_STRING)
        return m->reference;
    return (type & TYPE_SIZE) <= 2 ? 2 : 4;
}

static uint32_t number_at(struct span bytes, size_t at, size_t width)
{
    struct reader r = reader_over(span_from(bytes, at));
    uint32_t n = width == 4 ? reader_u32le(&r) : reader_u16le(&r);

    return width == 3 ? n | (uint32_t)reader_u8(&r) << 16 : n;
}

/* Its columns, from the table of all columns: table, number, name and type of each. */
static void read_columns(const struct msi *m, struct sv name, struct msi_table *t)
{
    size_t each = 2 * (size_t)m->reference + 4, rows = m->columns.n / each;
    size_t numbers = rows * m->reference, names = numbers + rows * 2;
    size_t types = names + rows * m->reference;

    for (size_t i = 0; i < rows; i++) {
        struct span table = string_of(m, number_at(m->columns, i * m->reference, m->reference));
        uint32_t number = number_at(m->columns, numbers + i * 2, 2) ^ 0x8000;

        if (!sv_eq(sv_of(table), name) || number == 0 || number > MSI_COLUMNS_MAX)
            continue;
        t->columns[number - 1].name =
            sv_of(string_of(m, number_at(m->columns, names + i * m->reference, m->reference)));
        t->columns[number - 1].type = (uint16_t)(number_at(m->columns, types + i * 2, 2) ^ 0x8000);
        if (number > t->count)
            t->count = number;
    }
}

int msi_table_open(struct msi *m, struct sv name, struct msi_table *ret, struct err *err)
{
    size_t width = 0;

    *ret = (struct msi_table){.msi = m};
    TRY(msi_stream(m, msi_find(m, name, true), &ret->bytes, err));
    read_columns(m, name, ret);
    for (size_t i = 0; i < ret->count; i++)
        width += width_of(m, ret->columns[i].type);
    ret->rows = width ? ret->bytes.n / width : 0;
    width = 0;
    for (size_t i = 0; i < ret->count; i++) {
        ret->columns[i].at = ret->rows * width;
        width += width_of(m, ret->columns[i].type);
    }
    return 0;
}

static bool cell(const struct msi_table *t, size_t row, const char *column, bool string,
                 uint32_t *ret)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct msi_column *c = &t->columns[i];
        size_t width = width_of(t->msi, c->type);

        if (!sv_eq(c->name, sv_str(column)))
            continue;
        *ret = number_at(t->bytes, c->at + row * width, width);
        if (!(c->type & TYPE_STRING))
            *ret ^= width == 4 ? 0x80000000 : 0x8000;
        return string == ((c->type & TYPE_STRING) != 0);
    }
    return false;
}

struct span msi_bytes(const struct msi_table *t, size_t row, const char *column)
{
    uint32_t id;

    return cell(t, row, column, true, &id) ? string_of(t->msi, id) : (struct span){0};
}

uint32_t msi_number(const struct msi_table *t, size_t row, const char *column)
{
    uint32_t n;

    return cell(t, row, column, false, &n) ? n : 0;
}

struct sv msi_text(const struct msi_table *t, size_t row, const char *column)
{
    return codepage_text(t->msi->codepage, msi_bytes(t, row, column), t->msi->arena);
}

/* ---- opening ---- */

int msi_open(struct msi *ret, struct source *source, uint64_t base, struct arena *arena,
             struct err *err)
{
    struct msi m = {.arena = arena};
    uint8_t class[COMPOUND_CLASS];
    int r = compound_class(source, base, class, err);

    if (r != 0)
        return r;
    m.kind = msi_kind_of(class);
    if (m.kind == MSI_NONE)
        return COMPOUND_NONE;
    TRY(compound_open(&m.file, source, base, arena, err));
    TRY(read_names(&m, err));
    *ret = m;
    return 0;
}

int msi_open_tables(struct msi *m, struct err *err)
{
    TRY(read_strings(m, err));
    return msi_stream(m, msi_find(m, SV("_Columns"), true), &m->columns, err);
}
