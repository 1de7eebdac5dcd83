// SPDX-License-Identifier: Apache-2.0
/*
 * Compiling catalogues.
 *
 * Each value of an indicator is one test. A test goes to
 *
 *     exact      `exact` tests, under (field, lower-case value); case is decided on the candidate
 *     names      tests of normalised names. Most texts are ruled out before they are normalised, by
 *                one look for the longest word of each name
 *     fields[]   `prefix`, `suffix`, `glob` and `regex`, one database a field. For the first three
 *                it only finds candidates, which pattern.h decides
 *     bytes      `magic` and `literal`, one database over all files
 *
 * Conditions in `with` are tested only on components that a main condition has hit.
 */
#include "match/matcher.h"

#include <stdlib.h>
#include <string.h>

#include <unistr.h>
#include <xxhash.h>

#include "base/glob.h"
#include "match/matcher_internal.h"
#include "model/publisher.h"

enum {
    ARENA_MAX = 512 << 20,
};

/* ---- helpers ---- */

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

static bool is_bytes(enum field_key field)
{
    return field == FIELD_MAGIC || field == FIELD_LITERAL;
}

static struct sv to_lower(struct sv value, char *room)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];

        room[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (struct sv){room, value.n};
}

static int blame(const struct test *t, struct err *err, int result)
{
    return err_wrap(err, result, "%.*s:%u: indicator '%.*s'", (int)t->indicator->catalogue->file.n,
                    t->indicator->catalogue->file.p, t->indicator->line, (int)t->indicator->id.n,
                    t->indicator->id.p);
}

/* ---- tables ---- */

static uint64_t hash_exact(enum field_key field, struct sv lower)
{
    return XXH3_64bits_withSeed(lower.p, lower.n, (uint64_t)field + 1);
}

static uint64_t hash_name(struct sv name)
{
    return XXH3_64bits_withSeed(name.p, name.n, 0);
}

static int table_make(struct table *t, size_t count, struct arena *arena, struct err *err)
{
    t->room = 16;
    while (t->room < 2 * count + 2)
        t->room *= 2;
    t->slots = arena_take_array(arena, t->room, sizeof(*t->slots));
    return t->slots ? 0 : arena_error(arena, err);
}

static void table_put(struct table *t, uint64_t hash, uint32_t test)
{
    size_t at = hash & (t->room - 1);

    while (t->slots[at].test)
        at = (at + 1) & (t->room - 1);
    t->slots[at] = (struct slot){hash, test + 1};
    t->used++;
    bug_if(2 * t->used > t->room);
}

/* ---- Vectorscan ---- */

static unsigned flags_of(const struct test *t)
{
    unsigned flags = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;

    if (t->pattern.nocase)
        flags |= HS_FLAG_CASELESS;
    // A literal's bytes above 0x7f are quoted one by one; only a regex speaks of characters.
    if (t->pattern.op == OP_REGEX)
        for (size_t i = 0; i < t->pattern.value.n; i++)
            if ((unsigned char)t->pattern.value.p[i] >= 0x80)
                return flags | HS_FLAG_UTF8;
    return flags;
}

int matcher_compile(const struct test *tests, const uint32_t *which, size_t count,
                    hs_database_t **ret_database, bool *ret_utf8, struct err *err)
{
    auto_free char **texts = calloc(count, sizeof(*texts));
    auto_free unsigned *flags = calloc(count, sizeof(*flags));
    auto_free unsigned *ids = calloc(count, sizeof(*ids));
    hs_compile_error_t *problem = NULL;
    auto_buf text = {0};
    int result = 0;

    if (!texts || !flags || !ids)
        return ERR(err, ERR_NOMEM, "no memory for %zu patterns", count);
    *ret_utf8 = false;
    for (size_t i = 0; i < count; i++) {
        const struct test *t = &tests[which[i]];

        buf_reset(&text);
        pattern_to_regex(&t->pattern, &text);
        buf_char(&text, '\0');
        texts[i] = buf_ok(&text) ? strdup(text.p) : NULL;
        flags[i] = flags_of(t);
        ids[i] = (unsigned)i;
        *ret_utf8 |= (flags[i] & HS_FLAG_UTF8) != 0;
        if (!texts[i])
            result = ERR(err, ERR_NOMEM, "no memory for %zu patterns", count);
    }
    if (result == 0 &&
        hs_compile_multi((const char *const *)texts, flags, ids, (unsigned)count, HS_MODE_BLOCK,
                         NULL, ret_database, &problem) != HS_SUCCESS) {
        result = ERR(err, ERR_FORMAT, "'%s' is no pattern that can be matched: %s",
                     problem->expression >= 0 ? texts[problem->expression] : "?", problem->message);
        if (problem->expression >= 0)
            result = blame(&tests[which[problem->expression]], err, result);
        hs_free_compile_error(problem);
    }
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    return result;
}

int matcher_check_regex(struct sv pattern, bool nocase, struct err *err)
{
    const struct indicator indicator = {0};
    const struct test t = {
        .pattern = {.op = OP_REGEX, .nocase = nocase, .value = pattern},
        .indicator = &indicator,
    };
    hs_compile_error_t *problem = NULL;
    hs_database_t *database = NULL;
    auto_buf text = {0};
    int result = 0;

    pattern_to_regex(&t.pattern, &text);
    buf_char(&text, '\0');
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory for a pattern");
    if (strlen(text.p) != pattern.n)
        return ERR(err, ERR_FORMAT, "a regular expression with a NUL in it; write \\x00");
    if (hs_compile(text.p, flags_of(&t), HS_MODE_BLOCK, NULL, &database, &problem) != HS_SUCCESS) {
        result = ERR(err, ERR_FORMAT, "%s", problem->message);
        hs_free_compile_error(problem);
    }
    hs_free_database(database);
    return result;
}

/* ---- building ---- */

static size_t count_values(const struct indicator *in)
{
    size_t n = in->test.value_count;

    for (size_t i = 0; i < in->with_count; i++)
        n += in->with[i].value_count;
    return n;
}

static struct pattern pattern_of(const struct indicator *in, const struct condition *c, size_t i)
{
    return (struct pattern){
        .field = c->field,
        .op = c->op,
        .nocase = c->nocase || pattern_ignores_case(c->field, in->platforms),
        .value = c->values[i],
    };
}

static void add_tests(struct matcher *m, const struct indicator *in, const struct condition *c,
                      uint32_t rank)
{
    for (size_t i = 0; i < c->value_count; i++) {
        m->tests[m->test_count++] = (struct test){
            .pattern = pattern_of(in, c, i),
            .indicator = in,
            .condition = c,
            .rank = rank,
            .main = c == &in->test,
        };
    }
}

static int collect_tests(struct matcher *m, const struct rules *rules, struct err *err)
{
    size_t tests = 0, indicators = 0;

    for (size_t c = 0; c < rules->catalogue_count; c++) {
        const struct catalogue *catalogue = &rules->catalogues[c];

        indicators += catalogue->indicator_count;
        for (size_t i = 0; i < catalogue->indicator_count; i++)
            tests += count_values(&catalogue->indicators[i]);
    }
    m->tests = arena_take_array(&m->arena, tests, sizeof(*m->tests));
    m->indicators = arena_take_array(&m->arena, indicators, sizeof(*m->indicators));
    if (arena_failed(&m->arena))
        return arena_error(&m->arena, err);
    for (size_t c = 0; c < rules->catalogue_count; c++) {
        const struct catalogue *catalogue = &rules->catalogues[c];

        for (size_t i = 0; i < catalogue->indicator_count; i++) {
            const struct indicator *in = &catalogue->indicators[i];
            uint32_t rank = (uint32_t)m->indicator_count;

            m->indicators[m->indicator_count++] = in;
            add_tests(m, in, &in->test, rank);
            for (size_t w = 0; w < in->with_count; w++)
                add_tests(m, in, &in->with[w], rank);
        }
    }
    bug_if(m->test_count != tests);
    return 0;
}

/* Probes ask for the regular expressions among the path tests by themselves. */
static struct index *index_of(struct matcher *m, enum field_key key, const struct test *t)
{
    return key == FIELD_PATH && t->pattern.op == OP_REGEX ? &m->path_regex : &m->fields[key];
}

static int index_add(struct matcher *m, struct index *x, uint32_t test, struct err *err)
{
    if (x->scanned_count == x->scanned_room) {
        size_t room = x->scanned_room ? 2 * x->scanned_room : 8;
        uint32_t *bigger = arena_take_array(&m->arena, room, sizeof(*bigger));

        if (!bigger)
            return arena_error(&m->arena, err);
        if (x->scanned_count)
            memcpy(bigger, x->scanned, x->scanned_count * sizeof(*bigger));
        x->scanned = bigger;
        x->scanned_room = room;
    }
    x->scanned[x->scanned_count++] = test;
    return 0;
}

/* A main test, for one of the fields it asks for. */
static int index_test(struct matcher *m, uint32_t number, enum field_key key, struct err *err)
{
    const struct test *t = &m->tests[number];
    struct index *x = &m->fields[key];
    struct sv value = pattern_subject(t->pattern.field, t->pattern.value);
    char room[FOLD_MAX];

    m->wanted[key] = true;
    if (t->condition->normalised) {
        x->names = true; // stands in the table of names already
        return 0;
    }
    if (t->pattern.field == FIELD_IP_PREFIX) {
        if (key == FIELD_IP_PREFIX)
            m->networks[m->network_count++] = number;
        x->networks = true;
        return 0;
    }
    if (t->pattern.op != OP_EXACT && !is_bytes(key))
        return index_add(m, index_of(m, key, t), number, err);
    if (value.n > sizeof(room))
        return blame(
            t, err,
            ERR(err, ERR_FORMAT, "a value of %zu bytes; at most %zu", value.n, sizeof(room)));
    table_put(&m->exact, hash_exact(key, to_lower(value, room)), number);
    if (x->exact_max == 0 || value.n < x->exact_min)
        x->exact_min = value.n;
    if (value.n > x->exact_max)
        x->exact_max = value.n;
    return 0;
}

static int index_tests(struct matcher *m, struct err *err)
{
    size_t exact = 0, names = 0;

    for (size_t i = 0; i < m->test_count; i++) {
        const struct test *t = &m->tests[i];

        exact += t->condition->publisher_family ? FIELD_COUNT_ : 1;
        names += t->condition->normalised;
    }
    TRY(table_make(&m->exact, exact, &m->arena, err));
    TRY(table_make(&m->names, names, &m->arena, err));
    m->networks = arena_take_array(&m->arena, m->test_count + 1, sizeof(*m->networks));
    if (!m->networks)
        return arena_error(&m->arena, err);
    for (size_t i = 0; i < m->test_count; i++) {
        const struct test *t = &m->tests[i];

        if (t->pattern.op == OP_GLOB && t->pattern.value.n > GLOB_MAX)
            return blame(t, err,
                         ERR(err, ERR_FORMAT, "a glob of %zu bytes; at most %d", t->pattern.value.n,
                             GLOB_MAX));
        if (t->condition->normalised && t->pattern.op != OP_EXACT)
            return blame(t, err, ERR(err, ERR_FORMAT, "normalised names are compared as a whole"));
        if (!t->main)
            continue;
        if (t->condition->normalised)
            table_put(&m->names, hash_name(t->pattern.value), (uint32_t)i);
        for (enum field_key key = 0; key < FIELD_COUNT_; key++)
            if (condition_asks(t->condition, key))
                TRY(index_test(m, (uint32_t)i, key, err));
    }
    return 0;
}

static bool same_tests(const struct index *a, const struct index *b)
{
    return a->scanned_count == b->scanned_count &&
           memcmp(a->scanned, b->scanned, a->scanned_count * sizeof(*a->scanned)) == 0;
}

static int compile_fields(struct matcher *m, struct err *err)
{
    for (enum field_key key = 0; key < FIELD_COUNT_; key++) {
        struct index *x = &m->fields[key];

        if (x->scanned_count == 0)
            continue;
        // Compiling is slow, and the fields of publishers mostly ask for the same.
        for (enum field_key other = 0; other < key && !x->borrowed; other++)
            if (m->fields[other].database && same_tests(&m->fields[other], x))
                x->borrowed = &m->fields[other];
        if (x->borrowed) {
            x->utf8 = x->borrowed->utf8;
            continue;
        }
        TRY(matcher_compile(m->tests, x->scanned, x->scanned_count, &x->database, &x->utf8, err));
    }
    if (m->path_regex.scanned_count == 0)
        return 0;
    return matcher_compile(m->tests, m->path_regex.scanned, m->path_regex.scanned_count,
                           &m->path_regex.database, &m->path_regex.utf8, err);
}

/* The longest run of ASCII letters and digits. */
static struct sv longest_word(struct sv name)
{
    struct sv best = {0};
    size_t start = 0;

    for (size_t i = 0; i <= name.n; i++) {
        unsigned char c = i < name.n ? (unsigned char)name.p[i] : ' ';

        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
            continue;
        if (i - start > best.n)
            best = (struct sv){name.p + start, i - start};
        start = i + 1;
    }
    return best;
}

/*
 * One word of each name, so that a text in ASCII without any of them needs no normalising. A name
 * that has none of ASCII is no name of a text in ASCII.
 */
static int compile_name_words(struct matcher *m, struct err *err)
{
    auto_free struct test *words = calloc(m->test_count + 1, sizeof(*words));
    auto_free uint32_t *which = calloc(m->test_count + 1, sizeof(*which));
    size_t n = 0;
    bool utf8;

    if (!words || !which)
        return ERR(err, ERR_NOMEM, "no memory for names");
    for (size_t i = 0; i < m->test_count; i++) {
        const struct test *t = &m->tests[i];
        struct sv word = longest_word(t->pattern.value);
        bool known = word.n == 0;

        if (!t->main || !t->condition->normalised)
            continue;
        for (size_t w = 0; w < n && !known; w++)
            known = sv_eq(words[w].pattern.value, word);
        if (known)
            continue;
        words[n] = *t;
        words[n].pattern = (struct pattern){.op = OP_REGEX, .nocase = true, .value = word};
        which[n] = (uint32_t)n;
        n++;
    }
    if (n == 0)
        return 0;
    return matcher_compile(words, which, n, &m->name_words, &utf8, err);
}

static int compile_with(struct matcher *m, struct err *err)
{
    auto_free uint32_t *which = calloc(m->test_count + 1, sizeof(*which));

    m->with = arena_take_array(&m->arena, m->test_count + 1, sizeof(*m->with));
    if (!m->with || !which)
        return ERR(err, ERR_NOMEM, "no memory for conditions");
    for (size_t i = 0; i < m->test_count; i++) {
        const struct condition *c = m->tests[i].condition;
        struct with_regex *w = &m->with[m->with_count];
        size_t n = 0;

        if (m->tests[i].main || c->op != OP_REGEX)
            continue;
        while (i + n < m->test_count && m->tests[i + n].condition == c) {
            which[n] = (uint32_t)(i + n);
            n++;
        }
        w->condition = c;
        TRY(matcher_compile(m->tests, which, n, &w->database, &w->utf8, err));
        m->with_count++;
        i += n - 1;
    }
    return 0;
}

int matcher_new(const struct rules *rules, struct matcher **ret_matcher, struct err *err)
{
    auto_matcher *m = calloc(1, sizeof(*m));

    if (!m)
        return ERR(err, ERR_NOMEM, "no memory for a matcher");
    m->rules = rules;
    arena_init(&m->arena, ARENA_MAX);
    TRY(collect_tests(m, rules, err));
    TRY(index_tests(m, err));
    TRY(compile_fields(m, err));
    TRY(compile_name_words(m, err));
    TRY(compile_with(m, err));
    TRY(matcher_compile_bytes(m, err));
    TRY(matcher_compile_digests(m, err));
    *ret_matcher = STEAL(m);
    return 0;
}

void matcher_free(struct matcher *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < FIELD_COUNT_; i++)
        hs_free_database(m->fields[i].database);
    for (size_t i = 0; i < m->with_count; i++)
        hs_free_database(m->with[i].database);
    hs_free_database(m->path_regex.database);
    hs_free_database(m->name_words);
    hs_free_database(m->bytes_block);
    hs_free_database(m->bytes_stream);
    arena_clear(&m->arena);
    free(m);
}

void matcher_auto_free(struct matcher **m)
{
    matcher_free(*m);
}

const struct rules *matcher_rules(const struct matcher *m)
{
    return m->rules;
}

/* ---- scratch ---- */

static bool scratch_fits(struct matcher_scratch *s, const hs_database_t *database)
{
    return !database || hs_alloc_scratch(database, &s->vectorscan) == HS_SUCCESS;
}

int matcher_scratch_new(const struct matcher *m, struct matcher_scratch **ret_scratch,
                        struct err *err)
{
    auto_matcher_scratch *s = calloc(1, sizeof(*s));
    bool fits = s != NULL;

    for (size_t i = 0; fits && i < FIELD_COUNT_; i++)
        fits = scratch_fits(s, m->fields[i].database);
    for (size_t i = 0; fits && i < m->with_count; i++)
        fits = scratch_fits(s, m->with[i].database);
    fits = fits && scratch_fits(s, m->path_regex.database) && scratch_fits(s, m->name_words) &&
           scratch_fits(s, m->bytes_block) && scratch_fits(s, m->bytes_stream);
    if (fits && m->bytes_stream)
        fits = hs_open_stream(m->bytes_stream, 0, &s->stream) == HS_SUCCESS;
    if (fits) {
        s->seen = calloc(m->byte_count + 1, 1);
        s->memos = calloc(m->indicator_count + 1, sizeof(*s->memos));
    }
    if (!fits || !s->seen || !s->memos)
        return ERR(err, ERR_NOMEM, "no memory for a matcher's scratch");
    *ret_scratch = STEAL(s);
    return 0;
}

void matcher_scratch_free(struct matcher_scratch *s)
{
    if (!s)
        return;
    if (s->stream)
        (void)hs_close_stream(s->stream, NULL, NULL, NULL); // no scratch: nothing is reported
    hs_free_scratch(s->vectorscan);
    free(s->candidates);
    free(s->hits);
    free(s->seen);
    free(s->memos);
    free(s->prefixes);
    buf_clear(&s->name);
    buf_clear(&s->text);
    buf_clear(&s->place);
    free(s);
}

void matcher_scratch_auto_free(struct matcher_scratch **s)
{
    matcher_scratch_free(*s);
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
    hash = hash_exact(key, to_lower(subject, s->fold));
    for (size_t at = hash & (t->room - 1); t->slots[at].test; at = (at + 1) & (t->room - 1)) {
        const struct test *test = &m->tests[t->slots[at].test - 1];

        if (t->slots[at].hash != hash || !condition_asks(test->condition, key))
            continue;
        // The field of a byte test holds the indicator's value, whatever its operation.
        if (is_bytes(key) ? sv_eq(test->pattern.value, subject)
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
    hash = hash_name(name);
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

void matcher_look(const struct matcher *m, struct matcher_scratch *s, enum field_key key,
                  struct sv value, uint32_t field)
{
    const struct index *x = &m->fields[key];
    struct sv subject = pattern_subject(key, value);
    struct look look = {m, s, x, subject, field};

    if (!m->wanted[key] || value.n == 0)
        return;
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
    if (is_bytes(p->field))
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
    if (c->op == OP_REGEX && !is_bytes(c->field)) {
        const struct with_regex *w = with_regex(m, c);
        bool found = false;

        if (w)
            matcher_scan(s, w->database, w->utf8, subject, note_word, &found);
        return found;
    }
    for (size_t i = 0; i < c->value_count; i++) {
        struct pattern p = pattern_of(indicator, c, i);

        if (pattern_holds(&p, subject) ||
            (is_name_with_address(key, value) && pattern_holds(&p, pattern_name(value))))
            return true;
    }
    return false;
}
