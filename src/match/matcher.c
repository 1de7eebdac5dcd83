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

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "match/matcher_internal.h"
#include "match/pattern_set.h"

enum {
    ARENA_MAX = 512 << 20,
};

static int blame(const struct test *t, struct err *err, int result)
{
    return err_wrap(err, result, "%.*s:%u: indicator '%.*s'", (int)t->indicator->catalogue->file.n,
                    t->indicator->catalogue->file.p, t->indicator->line, (int)t->indicator->id.n,
                    t->indicator->id.p);
}

/* ---- tables ---- */

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

int matcher_compile(const struct matcher *m, const struct test *tests, const uint32_t *which,
                    size_t count, hs_database_t **ret_database, bool *ret_utf8, struct err *err)
{
    auto_free char **texts = calloc(count, sizeof(*texts));
    auto_free unsigned *flags = calloc(count, sizeof(*flags));
    auto_free unsigned *ids = calloc(count, sizeof(*ids));
    auto_buf text = {0};
    int result = 0, wrong;

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

    const struct pattern_set set = {.expressions = (const char *const *)texts,
                                    .flags = flags,
                                    .ids = ids,
                                    .count = (unsigned)count,
                                    .mode = HS_MODE_BLOCK};

    if (result == 0)
        result = pattern_set_compile(&set, m->compiled, ret_database, &wrong, err);
    if (result == -ERR_FORMAT) {
        result = err_wrap(err, result, "'%s' is no pattern that can be matched",
                          wrong >= 0 ? texts[wrong] : "?");
        if (wrong >= 0)
            result = blame(&tests[which[wrong]], err, result);
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
    hs_database_t *database = NULL;
    auto_buf text = {0};
    int wrong;

    pattern_to_regex(&t.pattern, &text);
    buf_char(&text, '\0');
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory for a pattern");
    if (strlen(text.p) != pattern.n)
        return ERR(err, ERR_FORMAT, "a regular expression with a NUL in it; write \\x00");

    const struct pattern_set set = {.expressions = (const char *const[]){text.p},
                                    .flags = (const unsigned[]){flags_of(&t)},
                                    .ids = (const unsigned[]){0},
                                    .count = 1,
                                    .mode = HS_MODE_BLOCK};

    TRY(pattern_set_compile(&set, NULL, &database, &wrong, err));
    pattern_set_free(NULL, database);
    return 0;
}

/* ---- building ---- */

static size_t count_values(const struct indicator *in)
{
    size_t n = in->test.value_count;

    for (size_t i = 0; i < in->with_count; i++)
        n += in->with[i].value_count;
    return n;
}

static void add_tests(struct matcher *m, const struct indicator *in, const struct condition *c,
                      uint32_t rank)
{
    for (size_t i = 0; i < c->value_count; i++) {
        m->tests[m->test_count++] = (struct test){
            .pattern = matcher_pattern(in, c, i),
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
    // A byte test's value is compared as it is, whatever its operation.
    if (matcher_is_bytes(key) || key == FIELD_PATH)
        x->openings.anything = true;
    else if (!t->condition->normalised)
        openings_add(&x->openings, &t->pattern);
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
    if (t->pattern.op != OP_EXACT && !matcher_is_bytes(key))
        return index_add(m, index_of(m, key, t), number, err);
    if (value.n > sizeof(room))
        return blame(
            t, err,
            ERR(err, ERR_FORMAT, "a value of %zu bytes; at most %zu", value.n, sizeof(room)));
    table_put(&m->exact, matcher_hash_exact(key, matcher_to_lower(value, room)), number);
    if (x->exact_max == 0 || value.n < x->exact_min)
        x->exact_min = value.n;
    if (value.n > x->exact_max)
        x->exact_max = value.n;
    return 0;
}

static int index_tests(struct matcher *m, struct err *err)
{
    size_t exact = 0, names = 0;
    enum field_key asked[ASKED_MAX];

    for (size_t i = 0; i < m->test_count; i++) {
        const struct test *t = &m->tests[i];

        exact += t->main ? condition_fields(t->condition, asked) : 0;
        names += t->main && t->condition->normalised;
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
            table_put(&m->names, matcher_hash_name(t->pattern.value), (uint32_t)i);
        for (size_t n = condition_fields(t->condition, asked); n > 0; n--)
            TRY(index_test(m, (uint32_t)i, asked[n - 1], err));
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
        TRY(matcher_compile(m, m->tests, x->scanned, x->scanned_count, &x->database, &x->utf8,
                            err));
    }
    if (m->path_regex.scanned_count == 0)
        return 0;
    return matcher_compile(m, m->tests, m->path_regex.scanned, m->path_regex.scanned_count,
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
    return matcher_compile(m, words, which, n, &m->name_words, &utf8, err);
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
        TRY(matcher_compile(m, m->tests, which, n, &w->database, &w->utf8, err));
        m->with_count++;
        i += n - 1;
    }
    return 0;
}

int matcher_new(const struct rules *rules, struct compiled_file *compiled,
                struct matcher **ret_matcher, struct err *err)
{
    auto_matcher *m = calloc(1, sizeof(*m));

    if (!m || !(m->room = calloc(1, sizeof(*m->room))))
        return ERR(err, ERR_NOMEM, "no memory for a matcher");
    (void)pthread_mutex_init(&m->room->lock, NULL);
    m->rules = rules;
    m->compiled = compiled;
    arena_init(&m->arena, ARENA_MAX);
    TRY(collect_tests(m, rules, err));
    TRY(index_tests(m, err));
    TRY(compile_fields(m, err));
    TRY(compile_name_words(m, err));
    TRY(compile_with(m, err));
    TRY(matcher_compile_bytes(m, err));
    TRY(matcher_compile_imports(m, err));
    TRY(matcher_compile_paths(m, err));
    TRY(matcher_compile_digests(m, err));
    *ret_matcher = STEAL(m);
    return 0;
}

static void room_free(struct matcher_room *room)
{
    if (!room)
        return;
    hs_free_scratch(room->vectorscan);
    (void)pthread_mutex_destroy(&room->lock);
    free(room);
}

void matcher_free(struct matcher *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < FIELD_COUNT_; i++)
        pattern_set_free(m->compiled, m->fields[i].database);
    for (size_t i = 0; i < m->with_count; i++)
        pattern_set_free(m->compiled, m->with[i].database);
    room_free(m->room);
    pattern_set_free(m->compiled, m->path_regex.database);
    pattern_set_free(m->compiled, m->name_words);
    pattern_set_free(m->compiled, m->bytes_block);
    pattern_set_free(m->compiled, m->bytes_stream);
    pattern_set_free(m->compiled, m->imports);
    pattern_set_free(m->compiled, m->paths);
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

static bool room_for(const struct matcher *m, const hs_database_t *database)
{
    return !database || hs_alloc_scratch(database, &m->room->vectorscan) == HS_SUCCESS;
}

/* The large ones first: each that needs more than those before has it made anew. */
static bool make_room(const struct matcher *m)
{
    bool fits = room_for(m, m->bytes_block) && room_for(m, m->bytes_stream) &&
                room_for(m, m->paths) && room_for(m, m->imports) && room_for(m, m->name_words) &&
                room_for(m, m->path_regex.database);

    for (size_t i = 0; fits && i < FIELD_COUNT_; i++)
        fits = room_for(m, m->fields[i].database);
    for (size_t i = 0; fits && i < m->with_count; i++)
        fits = room_for(m, m->with[i].database);
    return fits;
}

/* Vectorscan reads all of a database before it says what it needs; to copy what fits is cheap. */
static bool copy_room(const struct matcher *m, hs_scratch_t **ret)
{
    struct matcher_room *room = m->room;
    bool fits;

    (void)pthread_mutex_lock(&room->lock);
    fits = room->made = room->made || make_room(m);
    if (fits && room->vectorscan)
        fits = hs_clone_scratch(room->vectorscan, ret) == HS_SUCCESS;
    (void)pthread_mutex_unlock(&room->lock);
    return fits;
}

int matcher_scratch_new(const struct matcher *m, struct matcher_scratch **ret_scratch,
                        struct err *err)
{
    struct matcher_scratch *s = calloc(1, sizeof(*s));

    if (!s)
        return ERR(err, ERR_NOMEM, "no memory for a matcher's scratch");
    s->matcher = m;
    *ret_scratch = s;
    return 0;
}

int matcher_scratch_fill(struct matcher_scratch *s, struct err *err)
{
    const struct matcher *m = s->matcher;
    bool fits;

    if (s->filled)
        return 0;
    fits = s->vectorscan || copy_room(m, &s->vectorscan);
    if (fits && m->bytes_stream && !s->stream)
        fits = hs_open_stream(m->bytes_stream, 0, &s->stream) == HS_SUCCESS;
    if (fits && !s->seen)
        s->seen = calloc(m->byte_count + 1, 1);
    if (fits && !s->memos)
        s->memos = calloc(m->indicator_count + 1, sizeof(*s->memos));
    if (fits && !s->barren)
        s->barren = calloc(BARREN_SLOTS, sizeof(*s->barren));
    s->filled = fits && s->seen && s->memos && s->barren;
    return s->filled ? 0 : ERR(err, ERR_NOMEM, "no memory for a matcher's scratch");
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
    free(s->barren);
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
