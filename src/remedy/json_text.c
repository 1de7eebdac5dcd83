// SPDX-License-Identifier: Apache-2.0
#include "remedy/json_text.h"

#include <string.h>

enum {
    DEPTH_MAX = 128,
    NODES_FIRST = 64,
};

struct parser {
    struct edit_run *run;
    struct sv all;
    size_t at;
    struct json_text *to;
    size_t room;
    uint32_t open[DEPTH_MAX]; /* nodes of what is not closed yet */
    size_t depth;
};

/* ---- tokens ---- */

static int broken(const struct parser *p, const char *what, struct err *err)
{
    size_t line = 1;

    for (size_t i = 0; i < p->at && i < p->all.n; i++)
        line += p->all.p[i] == '\n';
    return ERR(err, ERR_FORMAT, "line %zu of the JSON text: %s", line, what);
}

static char here(const struct parser *p)
{
    return p->at < p->all.n ? p->all.p[p->at] : '\0';
}

static bool looking_at(const struct parser *p, const char *what)
{
    return sv_starts(sv_from(p->all, p->at), sv_str(what));
}

static void skip_to(struct parser *p, const char *what)
{
    size_t found = sv_find(sv_from(p->all, p->at), sv_str(what));

    p->at = found == SIZE_MAX ? p->all.n : p->at + found + strlen(what);
}

static void skip_gap(struct parser *p)
{
    for (;;) {
        char c = here(p);

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            p->at++;
        else if (looking_at(p, "//"))
            skip_to(p, "\n");
        else if (looking_at(p, "/*"))
            skip_to(p, "*/");
        else
            return;
    }
}

static int past_string(struct parser *p, struct sv *ret, struct err *err)
{
    size_t start = p->at++;

    while (p->at < p->all.n && here(p) != '"' && here(p) != '\n')
        p->at += here(p) == '\\' ? 2 : 1;
    if (here(p) != '"')
        return broken(p, "a string has no end", err);
    p->at++;
    *ret = (struct sv){p->all.p + start, p->at - start};
    return 0;
}

static int past_word(struct parser *p, struct sv *ret, struct err *err)
{
    size_t start = p->at;

    while (here(p) && !strchr(" \t\r\n,:]}[{\"/", here(p)))
        p->at++;
    if (p->at == start)
        return broken(p, "a value is missing", err);
    *ret = (struct sv){p->all.p + start, p->at - start};
    return 0;
}

/* ---- strings ---- */

static int hex_at(struct sv s)
{
    int n = 0;

    if (s.n < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF", *d;

        d = s.p[i] ? strchr(digits, s.p[i]) : NULL;
        if (!d)
            return -1;
        n = n << 4 | (int)((d - digits) & 15);
    }
    return n;
}

static void put_character(struct buf *to, unsigned c)
{
    if (c < 0x80) {
        buf_char(to, (char)c);
    } else if (c < 0x800) {
        buf_char(to, (char)(0xc0 | c >> 6));
        buf_char(to, (char)(0x80 | (c & 0x3f)));
    } else {
        if (c < 0x10000) {
            buf_char(to, (char)(0xe0 | c >> 12));
        } else {
            buf_char(to, (char)(0xf0 | c >> 18));
            buf_char(to, (char)(0x80 | (c >> 12 & 0x3f)));
        }
        buf_char(to, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_char(to, (char)(0x80 | (c & 0x3f)));
    }
}

/* What stands behind "\u", and with the other half of a pair; -1 for what is none. */
static void put_escaped(struct buf *to, struct sv *rest)
{
    int c = hex_at(*rest), low;

    if (c < 0)
        return;
    *rest = sv_from(*rest, 4);
    low = c >= 0xd800 && c < 0xdc00 && sv_starts(*rest, SV("\\u")) ? hex_at(sv_from(*rest, 2)) : -1;
    if (low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        *rest = sv_from(*rest, 6);
    }
    put_character(to, (unsigned)c);
}

/* Without quotes and escapes. */
static struct sv unescaped(struct edit_run *run, struct sv quoted)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    struct sv rest = {quoted.p + 1, quoted.n - 2};
    auto_buf text = {0};

    if (!memchr(rest.p, '\\', rest.n))
        return rest;
    while (rest.n) {
        char c = rest.p[0];
        const char *known;

        rest = sv_from(rest, 1);
        if (c != '\\' || rest.n == 0) {
            buf_char(&text, c);
            continue;
        }
        c = rest.p[0];
        rest = sv_from(rest, 1);
        known = c ? strchr(from, c) : NULL;
        if (c == 'u')
            put_escaped(&text, &rest);
        else
            buf_char(&text, known ? to[known - from] : c);
    }
    return arena_copy(run->arena, buf_view(&text));
}

/* ---- nodes ---- */

static int add_node(struct parser *p, struct json_node node, struct err *err)
{
    struct json_text *t = p->to;

    if (t->count == p->room) {
        size_t room = p->room ? 2 * p->room : NODES_FIRST;
        struct json_node *more = arena_take_array(p->run->arena, room, sizeof(*more));

        if (!more)
            return arena_error(p->run->arena, err);
        if (t->count)
            memcpy(more, t->nodes, t->count * sizeof(*more));
        t->nodes = more;
        p->room = room;
    }
    t->nodes[t->count++] = node;
    return 0;
}

static void end_node(struct parser *p, struct json_node *n)
{
    const char *end = p->all.p + p->at;

    n->value.n = (size_t)(end - n->value.p);
    n->whole.n = (size_t)(end - n->whole.p);
}

/* A value with its name, up to its end or, of a list or an object, its beginning. */
static int read_value(struct parser *p, struct err *err)
{
    struct json_node n = {.comma = SIZE_MAX};
    struct sv name = {0}, value = {0};

    if (p->depth) {
        n.parent = p->open[p->depth - 1];
        if (p->to->nodes[n.parent].kind == '{') {
            if (here(p) != '"')
                return broken(p, "the name of a member is missing", err);
            TRY(past_string(p, &name, err));
            n.whole.p = name.p;
            n.name = unescaped(p->run, name);
            skip_gap(p);
            if (here(p) != ':')
                return broken(p, "a ':' is missing behind a name", err);
            p->at++;
            skip_gap(p);
        }
    }
    n.value.p = p->all.p + p->at;
    n.whole.p = name.p ? name.p : n.value.p;
    if (here(p) == '{' || here(p) == '[') {
        if (p->depth == DEPTH_MAX)
            return ERR(err, ERR_LIMIT_DEPTH, "the JSON text is more than %d levels deep",
                       DEPTH_MAX);
        n.kind = here(p);
        p->open[p->depth++] = (uint32_t)p->to->count;
        p->at++;
        return add_node(p, n, err);
    }
    if (here(p) == '"')
        TRY(past_string(p, &value, err));
    else
        TRY(past_word(p, &value, err));
    n.kind = value.p[0] == '"' ? '"' : '\0';
    end_node(p, &n);
    return add_node(p, n, err);
}

/* What may follow a value: a comma, and ends of what it is in. `last`: the value's node. */
static int read_ends(struct parser *p, uint32_t last, struct err *err)
{
    while (p->depth) {
        struct json_node *in = &p->to->nodes[p->open[p->depth - 1]];
        char closer = in->kind == '{' ? '}' : ']';

        skip_gap(p);
        if (here(p) == ',' && last) {
            p->to->nodes[last].comma = p->at++;
            skip_gap(p);
            last = 0;
        }
        if (here(p) != closer) {
            if (last)
                return broken(p, "a ',' or the end of a list or object is missing", err);
            return 0;
        }
        p->at++;
        end_node(p, in);
        last = p->open[--p->depth];
    }
    return 0;
}

int json_text_parse(struct edit_run *run, struct json_text *ret, struct err *err)
{
    struct json_text t = {0};
    struct parser p = {.run = run, .all = run->text, .to = &t};

    if (looking_at(&p, "\xef\xbb\xbf"))
        p.at = 3;
    do {
        bool is_open;

        skip_gap(&p);
        TRY(read_value(&p, err));
        is_open = t.nodes[t.count - 1].kind == '{' || t.nodes[t.count - 1].kind == '[';
        TRY(read_ends(&p, is_open ? 0 : (uint32_t)t.count - 1, err));
    } while (p.depth);
    skip_gap(&p);
    if (p.at < p.all.n)
        return broken(&p, "something follows the end", err);
    *ret = t;
    return 0;
}

/* ---- asking ---- */

const struct json_node *json_parent(const struct json_text *t, const struct json_node *n)
{
    return &t->nodes[n->parent];
}

bool json_is_in(const struct json_text *t, const struct json_node *n, const char *name)
{
    return n != t->nodes && sv_eq(json_parent(t, n)->name, sv_str(name));
}

struct sv json_string_of(struct edit_run *run, const struct json_node *n)
{
    return n->kind == '"' ? unescaped(run, n->value) : (struct sv){0};
}

struct sv json_member_of(struct edit_run *run, const struct json_text *t, const struct json_node *n,
                         const char *name)
{
    const char *end = n->value.p + n->value.n;

    for (const struct json_node *m = n + 1; m < t->nodes + t->count && m->value.p < end; m++)
        if (json_parent(t, m) == n && sv_eq(m->name, sv_str(name)))
            return json_string_of(run, m);
    return (struct sv){0};
}

/* ---- taking out ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* From `at` on to where the line or what is white in it ends. */
static const char *past_blank(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* `tail`: nothing behind it in its list stays. */
static void cut_node(struct edit_run *run, const struct json_node *n, bool tail)
{
    const char *first = run->text.p, *last = first + run->text.n;
    const char *start = n->whole.p, *end = start + n->whole.n, *before = start, *behind;
    bool begins_line;

    if (n->comma != SIZE_MAX && past_blank(end, last) == first + n->comma)
        end = first + n->comma + 1;
    else if (n->comma != SIZE_MAX)
        edit_cut(run, (struct sv){first + n->comma, 1});
    while (before > first && is_blank(before[-1]))
        before--;
    begins_line = before == first || before[-1] == '\n';
    behind = past_blank(end, last);
    if (begins_line && behind < last && *behind == '\n')
        edit_cut(run, (struct sv){before, (size_t)(behind + 1 - before)});
    else if (!tail && n->comma != SIZE_MAX && behind < last && *behind != '\n')
        edit_cut(run, (struct sv){start, (size_t)(behind - start)});
    else
        edit_cut(run, (struct sv){before, (size_t)(end - before)});
}

void json_text_cut(struct edit_run *run, const struct json_text *t)
{
    for (uint32_t i = 1; i < t->count; i++) {
        struct json_node *in = &t->nodes[t->nodes[i].parent];

        in->last = i;
        if (!t->nodes[i].gone)
            in->kept = i;
    }
    for (size_t i = 1; i < t->count; i++) {
        const struct json_node *n = &t->nodes[i], *in = json_parent(t, n);

        if (n->gone)
            cut_node(run, n, i > in->kept);
    }
    // The comma of the last one that stays, where all behind it go and had none at the end.
    for (size_t i = 0; i < t->count; i++) {
        const struct json_node *n = &t->nodes[i], *kept = &t->nodes[n->kept];

        if (n->kept && n->last > n->kept && t->nodes[n->last].comma == SIZE_MAX)
            edit_cut(run, (struct sv){run->text.p + kept->comma, 1});
    }
}
