// SPDX-License-Identifier: Apache-2.0
#include "identify/csv.h"

#include <string.h>

/* Of the marks that may part cells, the one that the first lines have most of, outside quotes. */
static char delimiter_of(struct sv text)
{
    static const char marks[] = {',', ';', '\t', '|'};
    size_t counts[sizeof(marks)] = {0}, best = 0, lines = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.n && lines < 5; i++) {
        const char *mark = memchr(marks, text.p[i], sizeof(marks));

        quoted ^= text.p[i] == '"';
        if (mark && !quoted)
            counts[mark - marks]++;
        lines += text.p[i] == '\n' && !quoted;
    }
    for (size_t i = 1; i < sizeof(marks); i++)
        if (counts[i] > counts[best])
            best = i;
    return marks[best];
}

void csv_init(struct csv *csv, struct sv text, char delimiter, struct arena *arena)
{
    struct sv after = text, line = sv_line(&after);

    csv->rest = text;
    csv->delimiter = delimiter;
    csv->row = 0;
    csv->arena = arena;
    csv->count = 0;
    if (line.n == 5 && sv_eq_nocase((struct sv){line.p, 4}, SV("sep="))) {
        csv->delimiter = line.p[4];
        csv->rest = after;
    }
    if (!csv->delimiter)
        csv->delimiter = delimiter_of(text);
}

/* The text between quotes with each doubled one made single. */
static struct sv unquoted(struct csv *csv, struct sv text)
{
    char *to = sv_find(text, SV("\"")) == SIZE_MAX ? NULL : arena_take(csv->arena, text.n + 1);
    size_t n = 0;

    if (!to)
        return text;
    for (size_t i = 0; i < text.n; i++) {
        to[n++] = text.p[i];
        if (text.p[i] == '"' && i + 1 < text.n && text.p[i + 1] == '"')
            i++;
    }
    return (struct sv){to, n};
}

/* Cut a cell that begins with a quote; what stands behind its end is dropped. */
static struct sv cut_quoted(struct csv *csv)
{
    struct sv rest = sv_from(csv->rest, 1), cell = rest;
    size_t end = 0;

    while (end < rest.n && (rest.p[end] != '"' || (end + 1 < rest.n && rest.p[end + 1] == '"')))
        end += rest.p[end] == '"' ? 2 : 1;
    cell.n = end < rest.n ? end : rest.n;
    rest = sv_from(rest, end + 1);
    for (end = 0; end < rest.n && rest.p[end] != csv->delimiter && rest.p[end] != '\n';)
        end++;
    csv->rest = sv_from(rest, end);
    return unquoted(csv, cell);
}

static struct sv cut_plain(struct csv *csv)
{
    struct sv cell = csv->rest;
    size_t end = 0;

    while (end < cell.n && cell.p[end] != csv->delimiter && cell.p[end] != '\n')
        end++;
    cell.n = end;
    csv->rest = sv_from(csv->rest, end);
    return cell;
}

bool csv_next(struct csv *csv)
{
    bool more = true;

    csv->count = 0;
    if (csv->rest.n == 0)
        return false;
    csv->row++;
    while (more) {
        struct sv rest = csv->rest, cell;

        // White space before a quote is none of the cell's.
        while (rest.n && rest.p[0] == ' ')
            rest = sv_from(rest, 1);
        if (rest.n && rest.p[0] == '"')
            csv->rest = rest;
        cell = csv->rest.n && csv->rest.p[0] == '"' ? cut_quoted(csv) : cut_plain(csv);
        if (csv->count < CSV_CELLS_MAX)
            csv->cells[csv->count++] = sv_trim(cell);
        more = csv->rest.n && csv->rest.p[0] == csv->delimiter;
        csv->rest = sv_from(csv->rest, 1);
        // A mark at the very end has one more empty cell behind it, of which nobody asks.
        more = more && csv->rest.n;
    }
    if (csv->count == 1 && csv->cells[0].n == 0)
        csv->count = 0;
    return true;
}
