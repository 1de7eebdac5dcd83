// SPDX-License-Identifier: Apache-2.0
/*
 * The lines that stay are found by Eugene Myers' greedy algorithm ("An O(ND) Difference Algorithm
 * and Its Variations", 1986), after what is the same at both ends was set aside.
 */
#include "remedy/patch.h"

#include <string.h>

#include "base/arena.h"

enum {
    CONTEXT = 3,
    DIFFERENCES = 1000, /* lines that come or go; beyond it all is replaced */
    ARENA_MAX = 512 << 20,
};

struct lines {
    struct sv *at; /* with their ends */
    size_t count;
};

/* What became of the lines: [from, from + gone) of the old ones became [to, to + come). */
struct change {
    size_t from, gone, to, come;
};

struct diff {
    struct arena *arena;
    struct lines a, b;
    struct change *changes; /* in order, never adjoining */
    size_t count;
};

static int split(struct arena *arena, struct span bytes, struct lines *ret, struct err *err)
{
    struct sv rest = sv_of(bytes);
    size_t count = 1;

    if (bytes.n && memchr(bytes.p, '\0', bytes.n))
        return ERR(err, ERR_UNSUPPORTED, "there is no patch of what is no text");
    for (size_t i = 0; i < bytes.n; i++)
        count += bytes.p[i] == '\n';
    ret->count = 0;
    ret->at = arena_take_array(arena, count, sizeof(*ret->at));
    if (!ret->at)
        return arena_error(arena, err);
    while (rest.n) {
        size_t end = sv_find(rest, SV("\n"));
        struct sv line = {rest.p, end == SIZE_MAX ? rest.n : end + 1};

        ret->at[ret->count++] = line;
        rest = sv_from(rest, line.n);
    }
    return 0;
}

static bool same(const struct diff *d, size_t a, size_t b)
{
    return sv_eq(d->a.at[a], d->b.at[b]);
}

/* ---- what changed ---- */

static void add_change(struct diff *d, size_t from, size_t gone, size_t to, size_t come)
{
    struct change *last = d->count ? &d->changes[d->count - 1] : NULL;

    if (last && last->from + last->gone == from && last->to + last->come == to) {
        last->gone += gone;
        last->come += come;
        return;
    }
    d->changes[d->count++] = (struct change){from, gone, to, come};
}

/* How far each diagonal gets with `n` differences: row n of the trace is at[n], from -n to n. */
struct trace {
    int32_t *at[DIFFERENCES + 1];
    int found; /* the number of differences; -1: too many */
};

static int32_t reached(const struct trace *t, int n, int k)
{
    return k < -n || k > n ? -1 : t->at[n][k + n];
}

/* Whether diagonal `k` is best come to from the one above, by a line that came. */
static bool came(const struct trace *t, int n, int k)
{
    return k == -n || (k != n && reached(t, n - 1, k - 1) < reached(t, n - 1, k + 1));
}

static void search(const struct diff *d, size_t start, size_t a_end, size_t b_end, struct trace *t)
{
    int32_t rows = (int32_t)(a_end - start), columns = (int32_t)(b_end - start);

    t->found = -1;
    for (int n = 0; n <= DIFFERENCES; n++) {
        t->at[n] = arena_take_array(d->arena, 2 * (size_t)n + 1, sizeof(int32_t));
        if (!t->at[n])
            return;
        for (int k = -n; k <= n; k += 2) {
            int32_t x = 0, y;

            if (n)
                x = came(t, n, k) ? reached(t, n - 1, k + 1) : reached(t, n - 1, k - 1) + 1;
            y = x - k;
            while (x < rows && y >= 0 && y < columns &&
                   same(d, start + (size_t)x, start + (size_t)y)) {
                x++;
                y++;
            }
            t->at[n][k + n] = x;
            if (x >= rows && y >= columns) {
                t->found = n;
                return;
            }
        }
    }
}

/* Back from the end, then the other way round. */
static void trace_back(struct diff *d, size_t start, size_t a_end, size_t b_end,
                       const struct trace *t)
{
    int32_t x = (int32_t)(a_end - start), y = (int32_t)(b_end - start);
    struct change *steps = arena_take_array(d->arena, (size_t)t->found + 1, sizeof(*steps));
    size_t count = 0;

    if (!steps)
        return;
    for (int n = t->found; n > 0; n--) {
        int k = x - y;
        bool line_came = came(t, n, k);
        int32_t from_x = reached(t, n - 1, line_came ? k + 1 : k - 1);
        int32_t from_y = from_x - (line_came ? k + 1 : k - 1);

        steps[count++] =
            (struct change){start + (size_t)from_x, !line_came, start + (size_t)from_y, line_came};
        x = from_x;
        y = from_y;
    }
    while (count--)
        add_change(d, steps[count].from, steps[count].gone, steps[count].to, steps[count].come);
}

static int compare(struct diff *d, struct err *err)
{
    size_t start = 0, a_end = d->a.count, b_end = d->b.count;
    struct trace *t = arena_take(d->arena, sizeof(*t));

    d->changes = arena_take_array(d->arena, DIFFERENCES + 1, sizeof(*d->changes));
    if (!d->changes || !t)
        return arena_error(d->arena, err);
    while (start < a_end && start < b_end && same(d, start, start))
        start++;
    while (a_end > start && b_end > start && same(d, a_end - 1, b_end - 1)) {
        a_end--;
        b_end--;
    }
    if (start == a_end && start == b_end)
        return 0;
    search(d, start, a_end, b_end, t);
    if (t->found < 0)
        add_change(d, start, a_end - start, start, b_end - start);
    else
        trace_back(d, start, a_end, b_end, t);
    return arena_failed(d->arena) ? arena_error(d->arena, err) : 0;
}

/* ---- writing ---- */

static void write_line(struct buf *to, char sign, struct sv line)
{
    buf_char(to, sign);
    buf_sv(to, line);
    if (!sv_ends(line, SV("\n")))
        buf_str(to, "\n\\ No newline at end of file\n");
}

/* "start,count"; the start of none is the line before. */
static void write_range(struct buf *to, char sign, size_t start, size_t count)
{
    buf_printf(to, "%c%zu", sign, count ? start + 1 : start);
    if (count != 1)
        buf_printf(to, ",%zu", count);
}

/* Changes [first, last) with what stands around and between them. */
static void write_hunk(const struct diff *d, size_t first, size_t last, struct buf *to)
{
    const struct change *c = &d->changes[first], *z = &d->changes[last - 1];
    size_t lead = c->from < CONTEXT ? c->from : CONTEXT;
    size_t end = z->from + z->gone, tail = d->a.count - end < CONTEXT ? d->a.count - end : CONTEXT;
    size_t at = c->from - lead, to_start = c->to - lead;

    buf_str(to, "@@ ");
    write_range(to, '-', at, end + tail - at);
    buf_char(to, ' ');
    write_range(to, '+', to_start, z->to + z->come + tail - to_start);
    buf_str(to, " @@\n");
    for (; c <= z; c++) {
        while (at < c->from)
            write_line(to, ' ', d->a.at[at++]);
        for (size_t i = 0; i < c->gone; i++)
            write_line(to, '-', d->a.at[at++]);
        for (size_t i = 0; i < c->come; i++)
            write_line(to, '+', d->b.at[c->to + i]);
    }
    while (at < end + tail)
        write_line(to, ' ', d->a.at[at++]);
}

static void write_hunks(const struct diff *d, struct buf *to)
{
    for (size_t first = 0, last; first < d->count; first = last) {
        for (last = first + 1; last < d->count; last++) {
            const struct change *before = &d->changes[last - 1];

            if (d->changes[last].from - (before->from + before->gone) > 2 * CONTEXT)
                break;
        }
        write_hunk(d, first, last, to);
    }
}

/* As git quotes names, which patch(1) reads. */
static void write_name(struct buf *to, const char *side, struct sv path)
{
    bool quote = false, space = false;

    for (size_t i = 0; i < path.n; i++) {
        quote = quote || (unsigned char)path.p[i] < ' ' || path.p[i] == '"' || path.p[i] == '\\' ||
                path.p[i] == 0x7f;
        space = space || path.p[i] == ' ';
    }
    while (sv_starts(path, SV("/")))
        path = sv_from(path, 1);
    buf_str(to, quote ? "\"" : "");
    buf_str(to, side);
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];

        if ((unsigned char)c < ' ' || c == 0x7f)
            buf_printf(to, "\\%03o", (unsigned char)c);
        else if (quote && (c == '"' || c == '\\'))
            buf_printf(to, "\\%c", c);
        else
            buf_char(to, c);
    }
    buf_str(to, quote ? "\"\n" : space ? "\t\n" : "\n");
}

int patch_write(struct sv path, struct span before, struct span after, struct buf *to,
                struct err *err)
{
    auto_arena arena = {0};
    struct diff d = {.arena = &arena};

    arena_init(&arena, ARENA_MAX);
    TRY(split(&arena, before, &d.a, err));
    TRY(split(&arena, after, &d.b, err));
    TRY(compare(&d, err));
    if (d.count == 0)
        return PATCH_SAME;
    buf_str(to, "--- ");
    write_name(to, "a/", path);
    buf_str(to, "+++ ");
    write_name(to, "b/", path);
    write_hunks(&d, to);
    return buf_ok(to) ? 0 : ERR(err, ERR_LIMIT, "the patch is larger than allowed");
}
