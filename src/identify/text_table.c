// SPDX-License-Identifier: Apache-2.0
#include "identify/text_table.h"

#include <unistr.h>
#include <uniwidth.h>

/* The bytes of a line before a position. */
static size_t bytes_before(struct sv line, size_t position)
{
    size_t at = 0, column = 0;

    while (at < line.n && column < position) {
        ucs4_t c;
        int bytes = u8_mbtoucr(&c, (const uint8_t *)line.p + at, line.n - at);
        int width = bytes > 0 ? uc_width(c, "UTF-8") : 1;

        at += bytes > 0 ? (size_t)bytes : 1;
        column += width > 0 ? (size_t)width : 0;
    }
    return at;
}

static size_t position_of(struct sv line, size_t bytes)
{
    size_t at = 0, column = 0;

    while (at < line.n && at < bytes) {
        ucs4_t c;
        int n = u8_mbtoucr(&c, (const uint8_t *)line.p + at, line.n - at);
        int width = n > 0 ? uc_width(c, "UTF-8") : 1;

        at += n > 0 ? (size_t)n : 1;
        column += width > 0 ? (size_t)width : 0;
    }
    return column;
}

struct sv table_cell(const struct text_table *t, struct sv line, size_t column)
{
    size_t from, to = line.n;

    if (column >= t->count)
        return (struct sv){0};
    from = bytes_before(line, t->from[column]);
    if (column + 1 < t->count)
        to = bytes_before(line, t->from[column + 1]);
    if (from >= to)
        return (struct sv){0};
    return sv_trim((struct sv){line.p + from, to - from});
}

static void name_columns(struct text_table *t, struct sv header)
{
    for (size_t i = 0; i < t->count; i++)
        t->names[i] = table_cell(t, header, i);
}

bool table_from_ruler(struct text_table *t, struct sv header, struct sv ruler, char mark)
{
    *t = (struct text_table){0};
    for (size_t i = 0; i < ruler.n; i++) {
        if (ruler.p[i] != mark && ruler.p[i] != ' ')
            return false;
        if (ruler.p[i] == mark && (i == 0 || ruler.p[i - 1] == ' ') && t->count < TABLE_COLUMNS_MAX)
            t->from[t->count++] = i;
    }
    name_columns(t, header);
    return t->count > 0;
}

bool table_from_header(struct text_table *t, struct sv header, size_t gap)
{
    size_t spaces = gap;

    *t = (struct text_table){0};
    for (size_t i = 0; i < header.n; i++) {
        if (header.p[i] == ' ') {
            spaces++;
            continue;
        }
        if (spaces >= gap && t->count < TABLE_COLUMNS_MAX)
            t->from[t->count++] = position_of(header, i);
        spaces = 0;
    }
    name_columns(t, header);
    return t->count > 0;
}
