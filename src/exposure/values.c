// SPDX-License-Identifier: Apache-2.0
/*
 * Values out of text that whoever owned the machine could write. Every form is searched by lines
 * and fixed words; a form that does not fit gives nothing.
 */
#include "exposure/collecting.h"

enum {
    VALUES_MAX = 64,     // of one key in one file
    VALUE_LENGTH = 200,  // bytes that are shown of one
    TEXT_LINES_MAX = 40, // of form text
    GAP_MAX = 16,        // spaces between a key, its sign and its value
    PIECE_MAX = 4096,    // of a tag or a value: what has no end is not searched for it to the last
};

typedef void value_fn(void *to, struct sv value);

struct reading_values {
    struct collecting *c;
    struct subject *s;
    const struct evidence_value *v;
    struct sv path;
    size_t count;
};

static struct sv shortened(struct sv value)
{
    value = sv_trim(value);
    if (value.n > VALUE_LENGTH)
        value.n = VALUE_LENGTH;
    return value;
}

static struct sv unquoted(struct sv value)
{
    value = sv_trim(value);
    if (value.n >= 2 && (*value.p == '"' || *value.p == '\'') && value.p[value.n - 1] == *value.p)
        value = (struct sv){value.p + 1, value.n - 2};
    return value;
}

/* ---- forms ---- */

static void read_ini(struct sv text, struct sv key, value_fn *each, void *to)
{
    size_t slash = sv_find_last(key, '/');
    struct sv wanted = slash == SIZE_MAX ? (struct sv){0} : (struct sv){key.p, slash};
    struct sv name = slash == SIZE_MAX ? key : sv_from(key, slash + 1), section = {0};

    while (text.n) {
        struct sv line = sv_trim(sv_line(&text)), left;

        if (sv_starts(line, SV("[")) && sv_ends(line, SV("]"))) {
            section = (struct sv){line.p + 1, line.n - 2};
            continue;
        }
        if (!line.n || *line.p == '#' || *line.p == ';' || sv_find(line, SV("=")) == SIZE_MAX)
            continue;
        left = sv_cut(&line, '=');
        if (sv_eq(sv_trim(left), name) && (!wanted.n || sv_eq(section, wanted)))
            each(to, unquoted(line));
    }
}

static struct sv without_spaces(struct sv text)
{
    for (size_t i = 0; i < GAP_MAX && text.n &&
                       (*text.p == ' ' || *text.p == '\t' || *text.p == '\r' || *text.p == '\n');
         i++)
        text = sv_from(text, 1);
    return text;
}

/* A string up to its quote, or a number or word. */
static struct sv json_scalar(struct sv text)
{
    size_t n = 0;

    text.n = text.n < PIECE_MAX ? text.n : PIECE_MAX;
    if (sv_starts(text, SV("\""))) {
        text = sv_from(text, 1);
        while (n < text.n && text.p[n] != '"' && text.p[n] != '\n')
            n += text.p[n] == '\\' && n + 1 < text.n ? 2 : 1;
        return (struct sv){text.p, n < text.n ? n : text.n};
    }
    while (n < text.n && text.p[n] != ',' && text.p[n] != '}' && text.p[n] != ']' &&
           text.p[n] > ' ')
        n++;
    return (struct sv){text.p, n};
}

static void read_json(struct sv text, struct sv key, value_fn *each, void *to)
{
    size_t at;

    while ((at = sv_find(text, key)) != SIZE_MAX) {
        bool opened = at && text.p[at - 1] == '"';
        struct sv rest = sv_from(text, at + key.n);

        text = rest;
        if (!opened || !sv_starts(rest, SV("\"")))
            continue;
        rest = without_spaces(sv_from(rest, 1));
        if (!sv_starts(rest, SV(":")))
            continue;
        rest = without_spaces(sv_from(rest, 1));
        if (!sv_starts(rest, SV("{")) && !sv_starts(rest, SV("[")))
            each(to, json_scalar(rest));
    }
}

static bool ends_name(struct sv text)
{
    return text.n && (*text.p == '>' || *text.p == '/' || *text.p == ' ' || *text.p == '\t' ||
                      *text.p == '\r' || *text.p == '\n');
}

/* The value of an attribute within the text of one tag. */
static bool attribute_of(struct sv tag, struct sv name, struct sv *ret)
{
    size_t at;

    for (struct sv rest = tag; (at = sv_find(rest, name)) != SIZE_MAX;) {
        bool begins = at && (rest.p[at - 1] == ' ' || rest.p[at - 1] == '\t' ||
                             rest.p[at - 1] == '\n' || rest.p[at - 1] == '\r');
        char quote;

        rest = without_spaces(sv_from(rest, at + name.n));
        if (!begins || !sv_starts(rest, SV("=")))
            continue;
        rest = without_spaces(sv_from(rest, 1));
        if (!rest.n || (*rest.p != '"' && *rest.p != '\''))
            continue;
        quote = *rest.p;
        rest = sv_from(rest, 1);
        *ret = sv_cut(&rest, quote);
        return true;
    }
    return false;
}

static void read_xml(struct sv text, struct sv key, value_fn *each, void *to)
{
    struct sv attribute = key, element = sv_cut(&attribute, '@');
    size_t at;

    while ((at = sv_find(text, element)) != SIZE_MAX) {
        bool opened = at && text.p[at - 1] == '<';
        struct sv rest = sv_from(text, at + element.n), tag, value;
        size_t end = sv_find((struct sv){rest.p, rest.n < PIECE_MAX ? rest.n : PIECE_MAX}, SV(">"));

        text = rest;
        if (!opened || !ends_name(rest) || end == SIZE_MAX)
            continue;
        tag = (struct sv){rest.p, end};
        rest = sv_from(rest, end + 1);
        text = rest;
        if (attribute.n && attribute_of(tag, attribute, &value))
            each(to, value);
        else if (!attribute.n && !sv_ends(tag, SV("/")))
            each(to, sv_cut(&rest, '<'));
    }
}

static void read_line(struct sv text, struct sv key, value_fn *each, void *to)
{
    while (text.n) {
        struct sv line = sv_line(&text);
        size_t at = sv_find(line, key);

        if (at != SIZE_MAX)
            each(to, sv_from(line, at + key.n));
    }
}

static void read_text(struct sv text, value_fn *each, void *to)
{
    for (size_t i = 0; text.n && i < TEXT_LINES_MAX; i++)
        each(to, sv_line(&text));
}

/* ---- what they tell ---- */

static enum exposure_topic topic_of(enum evidence_meaning means)
{
    switch (means) {
    case MEANS_VERSION:
        return TOPIC_PRESENCE;
    case MEANS_SERVER:
    case MEANS_UPDATE_SOURCE:
    case MEANS_UPDATED:
        return TOPIC_SERVER;
    case MEANS_DETECTION:
    case MEANS_SENT:
        return TOPIC_OBJECT;
    case MEANS_SETTING:
    case MEANS_SENDING:
    case MEANS_STATEMENT:
    case MEANS_COUNT_:
        break;
    }
    return TOPIC_SENDING;
}

static bool among(const struct evidence_words *words, struct sv value)
{
    for (size_t i = 0; i < words->count; i++)
        if (sv_eq_nocase(words->words[i], value))
            return true;
    return false;
}

static enum sending sending_of(const struct evidence_value *v, struct sv value)
{
    if (among(&v->files, value))
        return SENDING_FILES;
    if (among(&v->on, value))
        return SENDING_ON;
    if (among(&v->queries, value))
        return SENDING_QUERIES;
    return among(&v->off, value) ? SENDING_OFF : SENDING_UNKNOWN;
}

static const char *sending_words(enum sending sending)
{
    static const char *const words[] = {
        [SENDING_UNKNOWN] = "a word that the catalogue does not know",
        [SENDING_OFF] = "nothing is sent",
        [SENDING_QUERIES] = "asks about objects: their digests and addresses leave the machine",
        [SENDING_ON] = "takes part; in which way is not said",
        [SENDING_FILES] = "takes part in full: objects or parts of them may be sent",
    };

    return words[sending];
}

static void take_value(void *to, struct sv value)
{
    struct reading_values *r = to;
    struct subject *s = r->s;

    value = shortened(value);
    if (!value.n || r->count++ >= VALUES_MAX)
        return;
    if (r->v->means == MEANS_SENDING) {
        enum sending sending = sending_of(r->v, value);

        s->sending = sending > s->sending ? sending : s->sending;
        s->unclear = s->unclear || sending == SENDING_UNKNOWN;
        value =
            arena_printf(r->c->arena, "%.*s (%s)", (int)value.n, value.p, sending_words(sending));
    }
    s->objects += r->v->means == MEANS_DETECTION;
    s->sent += r->v->means == MEANS_SENT;
    subject_add(r->c, s, topic_of(r->v->means), r->v->name, value, r->path);
}

void values_read(struct collecting *c, struct subject *s, const struct catalogue_evidence *e,
                 struct sv text, struct sv path)
{
    for (size_t i = 0; i < e->value_count; i++) {
        const struct evidence_value *v = &e->values[i];
        struct reading_values to = {.c = c, .s = s, .v = v, .path = path};

        switch (v->form) {
        case FORM_INI:
            read_ini(text, v->key, take_value, &to);
            break;
        case FORM_JSON:
            read_json(text, v->key, take_value, &to);
            break;
        case FORM_XML:
            read_xml(text, v->key, take_value, &to);
            break;
        case FORM_LINE:
            read_line(text, v->key, take_value, &to);
            break;
        case FORM_TEXT:
            read_text(text, take_value, &to);
            break;
        case FORM_COUNT_:
            break;
        }
        if (to.count > VALUES_MAX)
            subject_gap(c, s, topic_of(v->means),
                        arena_printf(c->arena, "%zu more of: %.*s", to.count - VALUES_MAX,
                                     (int)v->name.n, v->name.p),
                        path);
    }
}
