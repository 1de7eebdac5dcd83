// SPDX-License-Identifier: Apache-2.0
/* Values against the compiled tests: which of them hold? */
#include <stdlib.h>
#include <string.h>

#include <unistr.h>
#include <xxhash.h>

#include "match/matcher_internal.h"
#include "model/publisher.h"

/* ---- what compiling and looking must do alike ---- */

bool condition_asks(const struct condition *condition, enum field_key key)
{
    if (condition->publisher_family) {
        // The names of an entity count for a certificate's organisation too.
        if (key == FIELD_CERTIFICATE_O)
            return condition->normalised;
        for (const enum field_key *f = publisher_fields(); *f != FIELD_COUNT_; f++)
            if (*f == key)
                return true;
        return false;
    }
    if (condition->field == FIELD_IP_PREFIX && key == FIELD_HOST)
        return true;
    return condition->field == key;
}

size_t condition_fields(const struct condition *condition, enum field_key ret[ASKED_MAX])
{
    size_t n = 0;

    if (!condition->publisher_family) {
        ret[n++] = condition->field;
        if (condition->field == FIELD_IP_PREFIX)
            ret[n++] = FIELD_HOST;
        return n;
    }
    for (const enum field_key *f = publisher_fields(); *f != FIELD_COUNT_; f++)
        ret[n++] = *f;
    if (condition->normalised)
        ret[n++] = FIELD_CERTIFICATE_O;
    bug_if(n > ASKED_MAX);
    return n;
}

bool matcher_is_bytes(enum field_key field)
{
    return field == FIELD_MAGIC || field == FIELD_LITERAL;
}

struct sv matcher_to_lower(struct sv value, char *room)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];

        room[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (struct sv){room, value.n};
}

uint64_t matcher_hash_exact(enum field_key field, struct sv lower)
{
    return XXH3_64bits_withSeed(lower.p, lower.n, (uint64_t)field + 1);
}

uint64_t matcher_hash_name(struct sv name)
{
    return XXH3_64bits_withSeed(name.p, name.n, 0);
}

struct pattern matcher_pattern(const struct indicator *in, const struct condition *c, size_t i)
{
    return (struct pattern){
        .field = c->field,
        .op = c->op,
        .nocase = c->nocase || pattern_ignores_case(c->field, in->platforms),
        .value = c->values[i],
    };
}

/* ---- looking ---- */

/* Every byte that is no UTF-8 becomes `?`: Vectorscan must not see it in UTF-8 mode. */
static struct sv only_utf8(struct sv text, struct buf *room)
{
    const uint8_t *bad = u8_check((const uint8_t *)text.p, text.n);

    if (!bad)
        return text;
    buf_reset(room);
    while ((bad = u8_check((const uint8_t *)text.p, text.n))) {
        size_t good = (size_t)(bad - (const uint8_t *)text.p);

        buf_bytes(room, text.p, good);
        buf_char(room, '?');
        text = sv_from(text, good + 1);
    }
    buf_sv(room, text);
    return buf_ok(room) ? buf_view(room) : (struct sv){0};
}

void matcher_scan(struct matcher_scratch *s, const hs_database_t *database, bool utf8,
                  struct sv text, match_event_handler each, void *to)
{
    if (!database || text.n == 0)
        return;
    if (utf8)
        text = only_utf8(text, &s->text);
    if (text.n > UINT32_MAX / 2)
        text.n = UINT32_MAX / 2;
    (void)hs_scan(database, text.p ? text.p : "", (unsigned)text.n, 0, s->vectorscan, each, to);
}

static void candidate(struct matcher_scratch *s, uint32_t test, uint32_t field)
{
    if (s->candidate_count == s->candidate_room) {
        size_t room = s->candidate_room ? 2 * s->candidate_room : 64;
        struct candidate *bigger = realloc(s->candidates, room * sizeof(*bigger));

        if (!bigger) {
            s->failed = true;
            return;
        }
        s->candidates = bigger;
        s->candidate_room = room;
    }
    s->candidates[s->candidate_count++] = (struct candidate){test, field};
}

void matcher_look_exact(const struct matcher *m, struct matcher_scratch *s, enum field_key key,
                        struct sv subject, uint32_t field)
{
    const struct index *x = &m->fields[key];
    const struct table *t = &m->exact;
    uint64_t hash;

    if (subject.n < x->exact_min || subject.n > x->exact_max || subject.n == 0)
        return;
    hash = matcher_hash_exact(key, matcher_to_lower(subject, s->fold));
    for (size_t at = hash & (t->room - 1); t->slots[at].test; at = (at + 1) & (t->room - 1)) {
        const struct test *test = &m->tests[t->slots[at].test - 1];

        if (t->slots[at].hash != hash || !condition_asks(test->condition, key))
            continue;
        // The field of a byte test holds the indicator's value, whatever its operation.
        if (matcher_is_bytes(key) ? sv_eq(test->pattern.value, subject)
                                  : pattern_matches(&test->pattern, subject))
            candidate(s, t->slots[at].test - 1, field);
    }
}

static int note_word(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                     void *found)
{
    (void)id;
    (void)from;
    (void)to;
    (void)flags;
    *(bool *)found = true;
    return 1;
}

/* False only when the text cannot be one of the names. */
static bool may_be_name(const struct matcher *m, struct matcher_scratch *s, struct sv text)
{
    bool found = false;

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        // Quotation marks are dropped inside words: then the text's own words say nothing.
        if (c >= 0x80 || c == '"' || c == '\'' || c == '`')
            return true;
    }
    matcher_scan(s, m->name_words, false, text, note_word, &found);
    return found;
}

static void look_names(const struct matcher *m, struct matcher_scratch *s, enum field_key key,
                       struct sv text, uint32_t field)
{
    const struct table *t = &m->names;
    struct sv name;
    uint64_t hash;

    if (text.n > PUBLISHER_NAME_MAX || !may_be_name(m, s, text))
        return;
    buf_reset(&s->name);
    if (publisher_normalise(pattern_name(text), &s->name) != 0 || !buf_ok(&s->name))
        return;
    name = buf_view(&s->name);
    hash = matcher_hash_name(name);
    for (size_t at = hash & (t->room - 1); t->slots[at].test; at = (at + 1) & (t->room - 1)) {
        const struct test *test = &m->tests[t->slots[at].test - 1];

        if (t->slots[at].hash == hash && condition_asks(test->condition, key) &&
            sv_eq(test->pattern.value, name))
            candidate(s, t->slots[at].test - 1, field);
    }
}

static void look_networks(const struct matcher *m, struct matcher_scratch *s, struct sv text,
                          uint32_t field)
{
    unsigned char c = (unsigned char)text.p[0];

    // Nothing else begins an address; a host name that does is told apart when it is read.
    if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F') && c != ':' &&
        c != '[')
        return;
    for (size_t i = 0; i < m->network_count; i++)
        if (pattern_network_holds(m->tests[m->networks[i]].pattern.value, text))
            candidate(s, m->networks[i], field);
}

struct look {
    const struct matcher *matcher;
    struct matcher_scratch *scratch;
    const struct index *index;
    struct sv subject;
    uint32_t field;
};

static int note_scanned(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                        void *context)
{
    const struct look *look = context;
    uint32_t number = look->index->scanned[id];
    const struct test *t = &look->matcher->tests[number];

    (void)from;
    (void)to;
    (void)flags;
    if (t->pattern.op == OP_REGEX || pattern_matches(&t->pattern, look->subject))
        candidate(look->scratch, number, look->field);
    return 0;
}

/* "Name <address>", where the name alone is to be compared too. */
static bool is_name_with_address(enum field_key key, struct sv value)
{
    return (key == FIELD_SUPPLIER || key == FIELD_PUBLISHER || key == FIELD_AUTHOR ||
            key == FIELD_MAINTAINER) &&
           pattern_name(value).n < value.n;
}

static void look_all(const struct matcher *m, struct matcher_scratch *s, enum field_key key,
                     struct sv value, uint32_t field)
{
    const struct index *x = &m->fields[key];
    struct sv subject = pattern_subject(key, value);
    struct look look = {m, s, x, subject, field};

    matcher_look_exact(m, s, key, subject, field);
    if (is_name_with_address(key, value))
        matcher_look_exact(m, s, key, pattern_name(value), field);
    if (x->names)
        look_names(m, s, key, value, field);
    if (x->networks)
        look_networks(m, s, subject, field);
    matcher_scan(s, x->borrowed ? x->borrowed->database : x->database, x->utf8, subject,
                 note_scanned, &look);
    if (key == FIELD_PATH) {
        look.index = &m->path_regex;
        matcher_scan(s, m->path_regex.database, m->path_regex.utf8, subject, note_scanned, &look);
    }
}

/* Where a value without candidates is noted; NULL for one that is too long. */
static struct barren *barren_of(struct matcher_scratch *s, enum field_key key, struct sv value,
                                uint64_t *ret_hash)
{
    if (value.n > sizeof(s->barren->text))
        return NULL;
    *ret_hash = XXH3_64bits_withSeed(value.p, value.n, (uint64_t)key + 1);
    return &s->barren[*ret_hash & (BARREN_SLOTS - 1)];
}

void matcher_look(const struct matcher *m, struct matcher_scratch *s, enum field_key key,
                  struct sv value, uint32_t field)
{
    const struct index *x = &m->fields[key];
    size_t before = s->candidate_count;
    struct barren *barren;
    uint64_t hash = 0;

    if (!m->wanted[key] || value.n == 0)
        return;
    if (!x->names && !x->networks && !openings_fit(&x->openings, pattern_subject(key, value)))
        return;
    barren = barren_of(s, key, value, &hash);
    if (barren && barren->hash == hash && barren->key == key && barren->n == value.n &&
        memcmp(barren->text, value.p, value.n) == 0)
        return;
    look_all(m, s, key, value, field);
    if (!barren || s->candidate_count != before || s->failed)
        return;
    *barren = (struct barren){.hash = hash, .key = (uint8_t)key, .n = (uint8_t)value.n};
    memcpy(barren->text, value.p, value.n);
}

static const struct with_regex *with_regex(const struct matcher *m, const struct condition *c)
{
    for (size_t i = 0; i < m->with_count; i++)
        if (m->with[i].condition == c)
            return &m->with[i];
    return NULL;
}

static bool name_holds(struct matcher_scratch *s, const struct condition *c, struct sv value)
{
    buf_reset(&s->name);
    if (publisher_normalise(pattern_name(value), &s->name) != 0 || !buf_ok(&s->name))
        return false;
    for (size_t i = 0; i < c->value_count; i++)
        if (sv_eq(c->values[i], buf_view(&s->name)))
            return true;
    return false;
}

static bool pattern_holds(const struct pattern *p, struct sv subject)
{
    if (matcher_is_bytes(p->field))
        return sv_eq(p->value, subject);
    if (p->field == FIELD_IP_PREFIX)
        return pattern_network_holds(p->value, subject);
    return pattern_matches(p, subject);
}

bool matcher_condition_holds(const struct matcher *m, struct matcher_scratch *s,
                             const struct indicator *indicator, const struct condition *c,
                             enum field_key key, struct sv value)
{
    struct sv subject = pattern_subject(key, value);

    if (c->normalised)
        return name_holds(s, c, value);
    if (c->op == OP_REGEX && !matcher_is_bytes(c->field)) {
        const struct with_regex *w = with_regex(m, c);
        bool found = false;

        if (w)
            matcher_scan(s, w->database, w->utf8, subject, note_word, &found);
        return found;
    }
    for (size_t i = 0; i < c->value_count; i++) {
        struct pattern p = matcher_pattern(indicator, c, i);

        if (pattern_holds(&p, subject) ||
            (is_name_with_address(key, value) && pattern_holds(&p, pattern_name(value))))
            return true;
    }
    return false;
}
