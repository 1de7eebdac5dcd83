// SPDX-License-Identifier: Apache-2.0
/*
 * The questions of a scan that reads files: which magic and literal values stand in these bytes,
 * and does any indicator want this path? Nothing is parsed here.
 *
 * Bytes. One Vectorscan database holds every value, a literal also in UTF-16LE; a magic value is
 * bound to its offset by the database itself, so that pieces of any size will do.
 *
 * Paths. An indicator's path is absolute in its root, and a root may lie anywhere (a container's
 * layers, a mounted disk). So the database looks for the path at any place of the path given; for
 * what it finds, every name of the path is tried as the first one below a root.
 */
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "match/matcher_internal.h"
#include "match/pattern_set.h"

/* ---- bytes: compiling ---- */

static bool is_bytes_test(const struct test *t)
{
    return t->pattern.field == FIELD_MAGIC || t->pattern.field == FIELD_LITERAL;
}

static void quote_bytes(struct sv bytes, struct buf *to)
{
    for (size_t i = 0; i < bytes.n; i++)
        pattern_put_byte(to, (uint8_t)bytes.p[i]);
}

/* The value in UTF-16LE, quoted; false when it is not text. */
static bool quote_utf16(struct sv text, struct buf *to, size_t *ret_length)
{
    const uint8_t *p = (const uint8_t *)text.p;
    size_t left = text.n, units = 0;

    while (left) {
        uint16_t unit[2];
        ucs4_t c;
        int n = u8_mbtoucr(&c, p, left), made;

        if (n < 1)
            return false;
        made = u16_uctomb(unit, c, 2);
        for (int i = 0; i < made; i++) {
            // A letter stands as itself, so that the database can ignore its case.
            if (unit[i] < 0x80 && ((unit[i] | 0x20) >= 'a' && (unit[i] | 0x20) <= 'z'))
                buf_char(to, (char)unit[i]);
            else
                pattern_put_byte(to, (uint8_t)(unit[i] & 0xff));
            pattern_put_byte(to, (uint8_t)(unit[i] >> 8));
        }
        units += (size_t)made;
        p += n;
        left -= (size_t)n;
    }
    *ret_length = 2 * units;
    return true;
}

static void quote_letters(struct sv text, struct buf *to)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = (char)(text.p[i] | 0x20);

        if (c >= 'a' && c <= 'z')
            buf_char(to, text.p[i]);
        else
            quote_bytes((struct sv){text.p + i, 1}, to);
    }
}

struct byte_set {
    struct buf texts;
    size_t *text_at;
    const char **expressions;
    unsigned *flags, *ids;
    hs_expr_ext_t *extended;
    const hs_expr_ext_t **extended_of;
    bool som;
};

static void byte_set_clear(struct byte_set *set)
{
    buf_clear(&set->texts);
    free(set->text_at);
    free(set->expressions);
    free(set->flags);
    free(set->ids);
    free(set->extended);
    free(set->extended_of);
}

/* The pattern whose text was just appended to `texts` from `start` on. */
static void byte_set_add(struct matcher *m, struct byte_set *set, uint32_t test, size_t start,
                         size_t length)
{
    const struct test *t = &m->tests[test];
    size_t n = m->byte_count;

    buf_char(&set->texts, '\0');
    set->text_at[n] = start;
    set->flags[n] = HS_FLAG_DOTALL | (t->pattern.nocase ? HS_FLAG_CASELESS : 0u);
    // A literal's start is known from its length; of a regular expression it has to be asked for.
    set->flags[n] |= length ? HS_FLAG_SINGLEMATCH : HS_FLAG_SOM_LEFTMOST;
    set->som |= length == 0;
    set->ids[n] = (unsigned)n;
    if (t->pattern.field == FIELD_MAGIC) {
        uint64_t end = t->indicator->offset + length;

        set->extended[n] = (hs_expr_ext_t){
            .flags = HS_EXT_FLAG_MIN_OFFSET | HS_EXT_FLAG_MAX_OFFSET,
            .min_offset = end,
            .max_offset = end,
        };
    }
    set->extended_of[n] = &set->extended[n];
    m->bytes[m->byte_count++] = (struct byte_pattern){.test = test, .length = length};
}

static int byte_set_fill(struct matcher *m, struct byte_set *set, struct err *err)
{
    for (size_t i = 0; i < m->test_count; i++) {
        const struct test *t = &m->tests[i];
        size_t start = set->texts.n, length;

        if (!is_bytes_test(t))
            continue;
        if (t->pattern.op != OP_EXACT &&
            (t->pattern.op != OP_REGEX || t->pattern.field == FIELD_MAGIC))
            return ERR(err, ERR_FORMAT, "indicator '%.*s': %s can only be %s",
                       (int)t->indicator->id.n, t->indicator->id.p, field_text(t->pattern.field),
                       t->pattern.field == FIELD_MAGIC ? "exact" : "exact or regex");
        if (t->pattern.op == OP_REGEX) {
            buf_sv(&set->texts, t->pattern.value);
            byte_set_add(m, set, (uint32_t)i, start, 0);
            continue;
        }
        quote_letters(t->pattern.value, &set->texts);
        byte_set_add(m, set, (uint32_t)i, start, t->pattern.value.n);
        start = set->texts.n;
        if (t->pattern.field == FIELD_LITERAL &&
            quote_utf16(t->pattern.value, &set->texts, &length))
            byte_set_add(m, set, (uint32_t)i, start, length);
        else
            set->texts.n = start; // what was appended before it proved to be no text
    }
    if (!buf_ok(&set->texts))
        return ERR(err, ERR_NOMEM, "no memory for the byte patterns");
    for (size_t i = 0; i < m->byte_count; i++)
        set->expressions[i] = set->texts.p + set->text_at[i];
    return 0;
}

static int byte_set_compile(struct matcher *m, const struct byte_set *set, unsigned mode,
                            hs_database_t **ret, struct err *err)
{
    int result, wrong;

    const struct pattern_set patterns = {.expressions = set->expressions,
                                         .flags = set->flags,
                                         .ids = set->ids,
                                         .extended = set->extended_of,
                                         .count = (unsigned)m->byte_count,
                                         .mode = mode};

    result = pattern_set_compile(&patterns, m->compiled, ret, &wrong, err);
    if (result == -ERR_FORMAT && wrong >= 0) {
        const struct test *t = &m->tests[m->bytes[wrong].test];

        result =
            err_wrap(err, result, "indicator '%.*s'", (int)t->indicator->id.n, t->indicator->id.p);
    }
    return result;
}

/* ---- magic values, which stand at one place ---- */

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static struct magic_table *magic_at(struct matcher *m, uint64_t offset)
{
    for (size_t i = 0; i < m->magic_count; i++)
        if (m->magics[i].offset == offset)
            return &m->magics[i];
    m->magics[m->magic_count].offset = offset;
    m->magics[m->magic_count].first = arena_take_array(&m->arena, 256, sizeof(uint32_t));
    return m->magics[m->magic_count].first ? &m->magics[m->magic_count++] : NULL;
}

/* By offset and first byte, backwards, so that each list keeps the order of the tests. */
static int note_magics(struct matcher *m, struct err *err)
{
    m->magics = arena_take_array(&m->arena, m->byte_count + 1, sizeof(*m->magics));
    for (size_t i = m->byte_count; m->magics && i-- > 0;) {
        const struct test *t = &m->tests[m->bytes[i].test];
        struct magic_table *table;
        uint32_t *list;

        if (t->pattern.field != FIELD_MAGIC || t->pattern.value.n == 0)
            continue;
        table = magic_at(m, t->indicator->offset);
        if (!table)
            break;
        list = &table->first[lower((unsigned char)t->pattern.value.p[0])];
        m->bytes[i].next = *list;
        *list = (uint32_t)i + 1;
    }
    return arena_failed(&m->arena) ? arena_error(&m->arena, err) : 0;
}

void matcher_probe_magic(const struct matcher *m, struct span head, matcher_seen_fn *each, void *to)
{
    for (size_t i = 0; i < m->magic_count; i++) {
        const struct magic_table *table = &m->magics[i];
        struct sv from =
            table->offset < head.n ? sv_of(span_from(head, (size_t)table->offset)) : (struct sv){0};

        for (uint32_t at = from.n ? table->first[lower((unsigned char)from.p[0])] : 0; at;
             at = m->bytes[at - 1].next) {
            const struct pattern *p = &m->tests[m->bytes[at - 1].test].pattern;
            struct sv there = {from.p, p->value.n};

            if (from.n >= p->value.n &&
                (p->nocase ? sv_eq_nocase(there, p->value) : sv_eq(there, p->value)))
                each(to, &(struct matcher_seen){.field = FIELD_MAGIC,
                                                .value = p->value,
                                                .offset = table->offset,
                                                .length = p->value.n});
        }
    }
}

/* ---- bytes: all of it ---- */

int matcher_compile_bytes(struct matcher *m, struct err *err)
{
    __attribute__((cleanup(byte_set_clear))) struct byte_set set = {0};
    unsigned stream = HS_MODE_STREAM;
    size_t room = 1;

    for (size_t i = 0; i < m->test_count; i++)
        room += is_bytes_test(&m->tests[i]) ? 2 : 0;
    if (room == 1)
        return 0;
    m->bytes = arena_take_array(&m->arena, room, sizeof(*m->bytes));
    set.text_at = calloc(room, sizeof(*set.text_at));
    set.expressions = calloc(room, sizeof(*set.expressions));
    set.flags = calloc(room, sizeof(*set.flags));
    set.ids = calloc(room, sizeof(*set.ids));
    set.extended = calloc(room, sizeof(*set.extended));
    set.extended_of = calloc(room, sizeof(*set.extended_of));
    if (!m->bytes || !set.text_at || !set.expressions || !set.flags || !set.ids || !set.extended ||
        !set.extended_of)
        return ERR(err, ERR_NOMEM, "no memory for the byte patterns");
    TRY(byte_set_fill(m, &set, err));
    TRY(note_magics(m, err));
    if (set.som)
        stream |= HS_MODE_SOM_HORIZON_LARGE;
    TRY(byte_set_compile(m, &set, HS_MODE_BLOCK, &m->bytes_block, err));
    return byte_set_compile(m, &set, stream, &m->bytes_stream, err);
}

/* ---- bytes: looking ---- */

struct byte_look {
    const struct matcher *matcher;
    struct matcher_scratch *scratch;
    matcher_seen_fn *each;
    void *to;
};

static int note_bytes(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                      void *context)
{
    const struct byte_look *look = context;
    const struct byte_pattern *p = &look->matcher->bytes[id];
    const struct test *t = &look->matcher->tests[p->test];

    (void)flags;
    if (look->scratch->seen[id])
        return 0;
    look->scratch->seen[id] = 1;
    if (p->length)
        from = to - p->length;
    look->each(look->to, &(struct matcher_seen){
                             .field = t->pattern.field,
                             .value = t->pattern.value,
                             .offset = from,
                             .length = to - from,
                         });
    return 0;
}

static int vectorscan_failed(struct err *err)
{
    return ERR(err, ERR_NOMEM, "the byte matcher ran out of memory");
}

bool matcher_wants_bytes(const struct matcher *m)
{
    return m->byte_count > 0;
}

int matcher_bytes_begin(const struct matcher *m, struct matcher_scratch *s, struct err *err)
{
    if (m->byte_count == 0)
        return 0;
    TRY(matcher_scratch_fill(s, err));
    if (hs_reset_stream(s->stream, 0, NULL, NULL, NULL) != HS_SUCCESS)
        return vectorscan_failed(err);
    memset(s->seen, 0, m->byte_count);
    return 0;
}

int matcher_bytes_add(const struct matcher *m, struct matcher_scratch *s, struct span piece,
                      matcher_seen_fn *each, void *to, struct err *err)
{
    struct byte_look look = {m, s, each, to};

    while (m->byte_count && piece.n) {
        size_t n = piece.n < (1u << 30) ? piece.n : 1u << 30;

        if (hs_scan_stream(s->stream, (const char *)piece.p, (unsigned)n, 0, s->vectorscan,
                           note_bytes, &look) != HS_SUCCESS)
            return vectorscan_failed(err);
        piece = span_from(piece, n);
    }
    return 0;
}

int matcher_bytes_end(const struct matcher *m, struct matcher_scratch *s, matcher_seen_fn *each,
                      void *to, struct err *err)
{
    struct byte_look look = {m, s, each, to};

    if (m->byte_count == 0)
        return 0;
    if (hs_reset_stream(s->stream, 0, s->vectorscan, note_bytes, &look) != HS_SUCCESS)
        return vectorscan_failed(err);
    return 0;
}

int matcher_probe_bytes(const struct matcher *m, struct matcher_scratch *s, struct span bytes,
                        matcher_seen_fn *each, void *to, struct err *err)
{
    struct byte_look look = {m, s, each, to};

    if (m->byte_count == 0 || bytes.n == 0)
        return 0;
    if (bytes.n > 1u << 30) {
        TRY(matcher_bytes_begin(m, s, err));
        TRY(matcher_bytes_add(m, s, bytes, each, to, err));
        return matcher_bytes_end(m, s, each, to, err);
    }
    TRY(matcher_scratch_fill(s, err));
    memset(s->seen, 0, m->byte_count);
    if (hs_scan(m->bytes_block, (const char *)bytes.p, (unsigned)bytes.n, 0, s->vectorscan,
                note_bytes, &look) != HS_SUCCESS)
        return vectorscan_failed(err);
    return 0;
}

/* ---- paths ---- */

/*
 * The folder that a path test spells out, as a number of names: the names before the first one that
 * may differ, or for a regular expression all but the last, as far as its slashes stand open.
 */
static size_t folder_names(const struct pattern *p)
{
    size_t names = 0, end;
    int group = 0, set = 0;

    if (p->op != OP_REGEX) {
        end = pattern_fixed_folder(p);
        for (size_t i = 0; i < end; i++)
            names += p->value.p[i] == '/';
        return names;
    }
    for (size_t i = 0; i < p->value.n; i++) {
        char c = p->value.p[i];

        if (c == '\\')
            i++;
        else if (set)
            set = c != ']';
        else if (c == '[')
            set = 1;
        else if (c == '(' || c == ')')
            group += c == '(' ? 1 : -1;
        else if (c == '|' && group == 0)
            return 0; // two patterns in one
        else if (c == '/' && group > 0)
            return 0; // it may be there or not
        else if (c == '/')
            names++;
    }
    return names ? names - 1 : 0;
}

/* The bytes of the first `names` names of an absolute path, if it has more than these. */
static size_t folder_bytes(struct sv path, size_t names)
{
    for (size_t i = 1; names && i < path.n; i++)
        if (path.p[i] == '/' && --names == 0)
            return i;
    return 0;
}

struct path_look {
    const struct matcher *matcher;
    struct matcher_scratch *scratch;
    const uint32_t *tests; /* what the ids of the database mean */
    struct sv path;        /* all of it */
    size_t from;           /* where what is scanned begins */
};

static void note_prefix(struct matcher_scratch *s, size_t prefix, size_t folder)
{
    if (s->prefix_count + 2 > s->prefix_room) {
        size_t room = s->prefix_room ? 2 * s->prefix_room : 16;
        size_t *bigger = realloc(s->prefixes, room * sizeof(*bigger));

        if (!bigger) {
            s->failed = true;
            return;
        }
        s->prefixes = bigger;
        s->prefix_room = room;
    }
    for (size_t i = 0; i < s->prefix_count; i += 2) {
        if (s->prefixes[i] == prefix) {
            if (folder > s->prefixes[i + 1])
                s->prefixes[i + 1] = folder;
            return;
        }
    }
    s->prefixes[s->prefix_count++] = prefix;
    s->prefixes[s->prefix_count++] = folder;
}

/* Whether a path may match from here on: cheap, since a path may have thousands of names. */
static bool may_begin(const struct pattern *p, struct sv rest)
{
    size_t fixed = p->op == OP_SUFFIX ? 0 : pattern_fixed_folder(p);

    return rest.p[0] == '/' && rest.n >= fixed &&
           (p->nocase ? sv_eq_nocase((struct sv){rest.p, fixed}, (struct sv){p->value.p, fixed})
                      : sv_eq((struct sv){rest.p, fixed}, (struct sv){p->value.p, fixed}));
}

/*
 * Every name of the path may be the first below a root. From the top is the best there is, and all
 * there is for a pattern that begins with any number of folders.
 */
static void try_prefixes(const struct path_look *look, const struct test *t)
{
    size_t names = folder_names(&t->pattern);
    bool top_only = t->pattern.op == OP_SUFFIX || sv_starts(t->pattern.value, SV("/**"));

    for (size_t i = 0; i < (top_only && look->path.n ? 1 : look->path.n); i++) {
        struct sv rest = sv_from(look->path, i);

        if (!may_begin(&t->pattern, rest) || !pattern_matches(&t->pattern, rest))
            continue;
        note_prefix(look->scratch, i, folder_bytes(rest, names));
        if (i == 0)
            return;
    }
}

static int note_path(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                     void *context)
{
    const struct path_look *look = context;
    const struct test *t = &look->matcher->tests[look->tests[id]];

    (void)from;
    (void)to;
    (void)flags;
    if (t->pattern.op != OP_REGEX)
        try_prefixes(look, t);
    else
        note_prefix(look->scratch, look->from,
                    folder_bytes(sv_from(look->path, look->from), folder_names(&t->pattern)));
    return 0;
}

static int by_prefix(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void probe_whole_path(const struct matcher *m, struct matcher_scratch *s, struct sv path)
{
    const struct index *x = &m->fields[FIELD_PATH];
    struct path_look look = {m, s, x->scanned, path, 0};

    s->prefix_count = 0;
    matcher_scan(s, x->database, x->utf8, path, note_path, &look);
    // Exact paths stand in the table; there are as many to ask for as there are names.
    for (size_t i = 0; x->exact_max && i < path.n; i++) {
        if (path.p[i] != '/')
            continue;
        s->candidate_count = 0;
        matcher_look_exact(m, s, FIELD_PATH, sv_from(path, i), 0);
        for (size_t c = 0; c < s->candidate_count; c++)
            note_prefix(s, i,
                        folder_bytes(sv_from(path, i),
                                     folder_names(&m->tests[s->candidates[c].test].pattern)));
    }
    look.tests = m->path_regex.scanned;
    for (look.from = 0; m->path_regex.database && look.from < path.n; look.from++)
        if (path.p[look.from] == '/')
            matcher_scan(s, m->path_regex.database, m->path_regex.utf8, sv_from(path, look.from),
                         note_path, &look);
}

int matcher_probe_path(const struct matcher *m, struct matcher_scratch *s, struct sv path,
                       matcher_path_fn *each, void *to, struct err *err)
{
    size_t slash = sv_find_last(path, '/');
    struct sv name = slash == SIZE_MAX ? path : sv_from(path, slash + 1);

    TRY(matcher_scratch_fill(s, err));
    s->failed = false;
    if (!matcher_may_want_path(m, s, path))
        return 0;
    if (m->wanted[FIELD_PATH]) {
        probe_whole_path(m, s, path);
        if (s->prefix_count > 2)
            qsort(s->prefixes, s->prefix_count / 2, 2 * sizeof(*s->prefixes), by_prefix);
        for (size_t i = 0; i < s->prefix_count; i += 2)
            each(to, &(struct matcher_path){
                         .field = FIELD_PATH,
                         .value = sv_from(path, s->prefixes[i]),
                         .prefix = s->prefixes[i],
                         .folder = s->prefixes[i + 1],
                     });
    }
    s->candidate_count = 0;
    matcher_look(m, s, FIELD_FILE_NAME, name, 0);
    if (s->candidate_count)
        each(to, &(struct matcher_path){.field = FIELD_FILE_NAME, .value = name});
    if (s->failed)
        return ERR(err, ERR_NOMEM, "no memory to match a path");
    return 0;
}
