// SPDX-License-Identifier: Apache-2.0
#include "identify/xml.h"

#include <unistr.h>

struct xml xml_over(struct sv text)
{
    if (sv_starts(text, SV("\xef\xbb\xbf")))
        text = sv_from(text, 3);
    return (struct xml){.rest = text};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct sv without_prefix(struct sv name)
{
    size_t colon = sv_find_last(name, ':');

    return colon == SIZE_MAX ? name : sv_from(name, colon + 1);
}

/* Cut off what stands before `mark`, and the mark; all of it when there is none. */
static struct sv cut_at(struct sv *s, struct sv mark)
{
    size_t at = sv_find(*s, mark);
    struct sv head = *s;

    if (at == SIZE_MAX) {
        *s = (struct sv){0};
        return head;
    }
    head.n = at;
    *s = sv_from(*s, at + mark.n);
    return head;
}

/* The end of a tag: the first '>' outside of quotes. */
static size_t tag_length(struct sv s)
{
    char quote = 0;

    for (size_t at = 0; at < s.n; at++) {
        char c = s.p[at];

        if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return at;
        }
    }
    return s.n;
}

/* <!DOCTYPE … [ … ]>: everything up to the '>' behind its brackets. */
static void skip_declaration(struct sv *rest)
{
    struct sv head = cut_at(rest, SV(">"));

    if (sv_find(head, SV("[")) == SIZE_MAX || sv_find(head, SV("]")) != SIZE_MAX)
        return;
    (void)cut_at(rest, SV("]"));
    (void)cut_at(rest, SV(">"));
}

static void pop(struct xml *x)
{
    if (x->closing && x->depth)
        x->depth--;
    x->closing = false;
}

/* </name>: false when no such element is open. Those inside that were left open end with it. */
static bool close_element(struct xml *x, struct sv name, struct xml_item *ret_item)
{
    size_t depth = x->depth;

    while (depth && !sv_eq(x->path[depth - 1], name))
        depth--;
    if (depth == 0)
        return false;
    x->depth = depth;
    x->closing = true;
    *ret_item = (struct xml_item){.kind = XML_CLOSE, .name = name};
    return true;
}

static bool open_element(struct xml *x, struct sv tag, struct xml_item *ret_item)
{
    bool empty = sv_ends(tag, SV("/"));
    size_t n = 0;

    if (empty)
        tag.n--;
    while (n < tag.n && !is_space(tag.p[n]))
        n++;
    if (n == 0 || x->depth == XML_DEPTH_MAX)
        return false;

    struct sv name = without_prefix((struct sv){tag.p, n});

    x->path[x->depth++] = name;
    x->was_empty = empty;
    *ret_item = (struct xml_item){.kind = XML_OPEN, .name = name, .attributes = sv_from(tag, n)};
    return true;
}

bool xml_next(struct xml *x, struct xml_item *ret_item)
{
    if (x->was_empty) {
        x->was_empty = false;
        x->closing = true;
        *ret_item = (struct xml_item){.kind = XML_CLOSE, .name = xml_parent(x, 0)};
        return true;
    }
    pop(x);
    while (x->rest.n) {
        if (x->rest.p[0] != '<') {
            size_t end = sv_find(x->rest, SV("<"));
            struct sv text = {x->rest.p, end == SIZE_MAX ? x->rest.n : end};

            x->rest = sv_from(x->rest, text.n);
            if (sv_trim(text).n == 0)
                continue;
            *ret_item = (struct xml_item){.kind = XML_TEXT, .name = xml_parent(x, 0), .text = text};
            return true;
        }
        if (sv_starts(x->rest, SV("<!--"))) {
            x->rest = sv_from(x->rest, 4);
            (void)cut_at(&x->rest, SV("-->"));
        } else if (sv_starts(x->rest, SV("<![CDATA["))) {
            x->rest = sv_from(x->rest, 9);
            *ret_item = (struct xml_item){.kind = XML_TEXT, .name = xml_parent(x, 0)};
            ret_item->text = cut_at(&x->rest, SV("]]>"));
            ret_item->is_cdata = true;
            return true;
        } else if (sv_starts(x->rest, SV("<?"))) {
            (void)cut_at(&x->rest, SV("?>"));
        } else if (sv_starts(x->rest, SV("<!"))) {
            skip_declaration(&x->rest);
        } else {
            struct sv tag = sv_from(x->rest, 1);

            tag.n = tag.n ? tag_length(tag) : 0;
            x->rest = sv_from(x->rest, tag.n + 2);
            if (sv_starts(tag, SV("/"))
                    ? close_element(x, without_prefix(sv_trim(sv_from(tag, 1))), ret_item)
                    : open_element(x, tag, ret_item))
                return true;
        }
    }
    return false;
}

struct sv xml_parent(const struct xml *x, size_t up)
{
    return up < x->depth ? x->path[x->depth - 1 - up] : (struct sv){0};
}

struct sv xml_attribute(const struct xml_item *item, struct sv name)
{
    struct sv rest = item->attributes;

    while (rest.n) {
        struct sv key = sv_trim(sv_cut(&rest, '='));

        rest = sv_trim(rest);
        if (rest.n == 0 || (rest.p[0] != '"' && rest.p[0] != '\''))
            break;

        char quote = rest.p[0];

        rest = sv_from(rest, 1);

        struct sv value = sv_cut(&rest, quote);

        if (sv_eq(without_prefix(key), name))
            return value;
    }
    return (struct sv){0};
}

/* The character that "&name;" stands for; 0 when it is none that XML itself knows. */
static ucs4_t character_of(struct sv name)
{
    static const struct {
        const char *name;
        char is;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    ucs4_t c = 0;
    unsigned base = 10;

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (sv_eq(name, sv_str(known[i].name)))
            return (ucs4_t)known[i].is;
    }
    if (name.n < 2 || name.n > 9 || name.p[0] != '#')
        return 0;
    name = sv_from(name, 1);
    if (name.p[0] == 'x' || name.p[0] == 'X') {
        base = 16;
        name = sv_from(name, 1);
    }
    for (size_t i = 0; i < name.n; i++) {
        char d = name.p[i];
        unsigned digit = d >= '0' && d <= '9'   ? (unsigned)(d - '0')
                         : d >= 'a' && d <= 'f' ? (unsigned)(d - 'a') + 10
                         : d >= 'A' && d <= 'F' ? (unsigned)(d - 'A') + 10
                                                : 99;

        if (digit >= base)
            return 0;
        c = c * base + digit;
    }
    return c;
}

struct sv xml_plain(struct sv text, struct arena *arena)
{
    enum { NAME_MAX_BYTES = 12 };
    size_t n = 0;
    char *to;

    text = sv_trim(text);
    if (sv_find(text, SV("&")) == SIZE_MAX)
        return text;
    to = arena_take(arena, text.n + 1);
    if (!to)
        return text;
    for (size_t at = 0; at < text.n;) {
        struct sv rest = sv_from(text, at);
        struct sv near = {rest.p, rest.n < NAME_MAX_BYTES ? rest.n : NAME_MAX_BYTES};
        size_t end = rest.p[0] == '&' ? sv_find(near, SV(";")) : SIZE_MAX;
        ucs4_t c = end == SIZE_MAX ? 0 : character_of((struct sv){rest.p + 1, end - 1});
        // The shortest form of a character is never longer than its name.
        int bytes = c ? u8_uctomb((uint8_t *)to + n, c, (ptrdiff_t)(text.n - n)) : 0;

        if (bytes > 0) {
            n += (size_t)bytes;
            at += end + 1;
        } else {
            to[n++] = text.p[at++];
        }
    }
    return (struct sv){to, n};
}
