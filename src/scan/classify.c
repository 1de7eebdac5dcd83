// SPDX-License-Identifier: Apache-2.0
#include "scan/classify.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 512, /* a power of two */
};

enum { HINT_DEPTH = 8 };

/* One fixed text that a name of the path must have: cheaper to ask for than the whole pattern. */
struct hint {
    struct sv text; /* empty: there is none */
    uint8_t depth;  /* 0: the last name */
    bool whole;     /* the pattern asks for nothing else */
    enum { HINT_IS, HINT_BEGINS, HINT_ENDS, HINT_HAS } how;
};

struct row {
    const struct recogniser *recogniser;
    const struct gate *gate;
    struct row *next;
    struct hint hint;
    size_t rarest; /* of what must stand within */
};

/*
 * A row stands in exactly one list: under its last name when that has no wildcard, under the suffix
 * after the last '.' when only that is fixed, under the fixed name of its folder, or among the
 * rest; gates without a path stand under the first byte of their magic, or among those by words.
 */
struct classifier {
    const struct recogniser *const *table;
    struct row *rows;
    struct row *by_name[BUCKETS], *by_suffix[BUCKETS], *by_folder[BUCKETS];
    struct row *by_byte[256];
    uint64_t name_lengths[256]; /* of the names in `by_name` that begin with a byte, a bit each */
    struct row *rest;
    struct row *by_word; /* lists that commands print, under any name: by words in them */
    struct row *first;   /* rows of `first` gates, beside the lists above */
    struct row *first_rows;
};

static unsigned hash_nocase(struct sv s)
{
    unsigned h = 2166136261u;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        h = (h ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 16777619u;
    }
    return h & (BUCKETS - 1);
}

static struct sv last_name(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

static struct sv folder_name(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? (struct sv){0} : last_name((struct sv){path.p, slash});
}

static struct sv suffix(struct sv name)
{
    size_t dot = sv_find_last(name, '.');

    return dot == SIZE_MAX ? (struct sv){0} : sv_from(name, dot);
}

static bool is_fixed(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '*' || s.p[i] == '{' || s.p[i] == '}')
            return false;
    return s.n > 0;
}

/* ---- hints ---- */

/* The names of a path, the last first; as many as were asked for. */
struct names {
    struct sv at[HINT_DEPTH];
    struct sv rest;
    size_t count;
};

/* False when the path has no such name. */
static bool name_at(struct names *names, size_t depth)
{
    while (names->count <= depth && names->count < HINT_DEPTH && names->rest.n) {
        struct sv name = last_name(names->rest);

        names->at[names->count++] = name;
        names->rest.n -= name.n;
        names->rest.n -= names->rest.n > 0;
    }
    return depth < names->count;
}

static struct hint hint_of_name(struct sv pattern, uint8_t depth)
{
    size_t fixed = 0;

    while (fixed < pattern.n && !strchr("*{", pattern.p[fixed]))
        fixed++;
    if (fixed == pattern.n)
        return (struct hint){.text = pattern, .depth = depth, .how = HINT_IS};
    if (fixed)
        return (struct hint){.text = {pattern.p, fixed}, .depth = depth, .how = HINT_BEGINS};
    while (fixed < pattern.n && !strchr("*}", pattern.p[pattern.n - 1 - fixed]))
        fixed++;
    if (fixed)
        return (struct hint){
            .text = sv_from(pattern, pattern.n - fixed), .depth = depth, .how = HINT_ENDS};
    // "*text*"
    pattern = sv_from(pattern, 1);
    while (fixed < pattern.n && !strchr("*{", pattern.p[fixed]))
        fixed++;
    return (struct hint){.text = {pattern.p, fixed}, .depth = depth, .how = HINT_HAS};
}

/* Of the names behind the last `**`, a whole one before a part of one. */
static struct hint hint_of(const char *pattern)
{
    struct names names = {.rest = sv_str(pattern)};
    struct hint best = {0};
    struct sv whole = names.rest;

    for (size_t i = 0; name_at(&names, i) && !sv_eq(names.at[i], SV("**")); i++) {
        struct hint h = hint_of_name(names.at[i], (uint8_t)i);

        if (h.text.n && (best.text.n == 0 || (h.how == HINT_IS && best.how != HINT_IS)))
            best = h;
    }
    // "name" and "*.suffix", without a capture.
    best.whole = (best.how == HINT_IS || best.how == HINT_ENDS) &&
                 whole.n == best.text.n + (best.how == HINT_ENDS) &&
                 sv_find_last(whole, '/') == SIZE_MAX && sv_find_last(whole, '{') == SIZE_MAX;
    return best;
}

static bool has_nocase(struct sv name, struct sv text)
{
    char first = text.p[0],
         other = first >= 'a' && first <= 'z' ? (char)(first - 'a' + 'A') : first;

    for (size_t i = 0; i + text.n <= name.n; i++)
        if ((name.p[i] == first || name.p[i] == other) &&
            sv_eq_nocase((struct sv){name.p + i, text.n}, text))
            return true;
    return false;
}

/* Whether two letters may be the same one in any case: true of few others. */
static bool may_be_same(char a, char b)
{
    return ((a ^ b) & ~0x20) == 0;
}

static bool hint_holds(const struct hint *h, struct names *names)
{
    struct sv name;

    if (h->text.n == 0)
        return true;
    if (!name_at(names, h->depth))
        return false;
    name = names->at[h->depth];
    if (name.n < h->text.n || (h->how == HINT_IS && name.n != h->text.n))
        return false;
    if (h->how == HINT_HAS)
        return has_nocase(name, h->text);
    if (h->how == HINT_ENDS)
        name = sv_from(name, name.n - h->text.n);
    return may_be_same(name.p[0], h->text.p[0]) &&
           sv_eq_nocase((struct sv){name.p, h->text.n}, h->text);
}

/* ---- lists ---- */

static struct row **list_for(struct classifier *c, const struct gate *g)
{
    struct sv path = sv_str(g->path), name = last_name(path);

    if (!g->path)
        return g->magic.n && g->magic_at == 0 ? &c->by_byte[(uint8_t)g->magic.p[0]] : &c->by_word;
    if (is_fixed(name))
        return &c->by_name[hash_nocase(name)];
    if (is_fixed(suffix(name)))
        return &c->by_suffix[hash_nocase(suffix(name))];
    if (is_fixed(folder_name(path)))
        return &c->by_folder[hash_nocase(folder_name(path))];
    return &c->rest;
}

/* Names of 63 bytes and more share a bit. */
static uint64_t length_bit(struct sv name)
{
    return UINT64_C(1) << (name.n < 63 ? name.n : 63);
}

static void note_length(struct classifier *c, const struct gate *g)
{
    struct sv name = last_name(sv_str(g->path));
    unsigned char first;

    if (!g->path || !is_fixed(name))
        return;
    first = (unsigned char)name.p[0];
    c->name_lengths[first] |= length_bit(name);
    if ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z'))
        c->name_lengths[first ^ 0x20] |= length_bit(name);
}

static bool may_be_by_name(const struct classifier *c, struct sv name)
{
    return name.n && c->name_lengths[(unsigned char)name.p[0]] & length_bit(name);
}

int classifier_new_of(const struct recogniser *const *table, struct classifier **ret,
                      struct err *err)
{
    struct classifier *c = calloc(1, sizeof(*c));
    size_t gates = 0, n = 0;

    for (size_t i = 0; table[i]; i++)
        for (const struct gate *g = table[i]->gates; gate_is_row(g); g++)
            gates++;
    if (c) {
        c->rows = calloc(gates + 1, sizeof(*c->rows));
        c->first_rows = calloc(gates + 1, sizeof(*c->first_rows));
    }
    if (!c || !c->rows || !c->first_rows) {
        classifier_free(c);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    // Backwards, so that each list keeps the order of the tables.
    for (size_t i = 0; table[i]; i++)
        n++;
    for (size_t i = n, used = 0; i-- > 0;) {
        const struct gate *all = table[i]->gates, *g = all;

        while (gate_is_row(g))
            g++;
        while (g-- > all) {
            struct row **list = list_for(c, g);

            if (g->named)
                continue;
            c->rows[used] =
                (struct row){table[i], g, *list, hint_of(g->path ? g->path : ""), gate_rarest(g)};
            *list = &c->rows[used];
            note_length(c, g);
            if (g->first) {
                c->first_rows[used] = (struct row){table[i], g, c->first, c->rows[used].hint, 0};
                c->first = &c->first_rows[used];
            }
            used++;
        }
    }
    c->table = table;
    *ret = c;
    return 0;
}

int classifier_new(struct classifier **ret, struct err *err)
{
    return classifier_new_of(recognisers, ret, err);
}

void classifier_free(struct classifier *c)
{
    if (!c)
        return;
    free(c->rows);
    free(c->first_rows);
    free(c);
}

bool classifier_named(const struct classifier *c, const char *recogniser, struct chosen *ret)
{
    for (size_t i = 0; c->table[i]; i++) {
        if (strcmp(c->table[i]->name, recogniser) != 0)
            continue;
        for (const struct gate *g = c->table[i]->gates; gate_is_row(g); g++) {
            if (g->named) {
                *ret = (struct chosen){.recogniser = c->table[i], .gate = g};
                return true;
            }
        }
    }
    return false;
}

uint32_t classifier_index(const struct classifier *c, const struct recogniser *recogniser)
{
    uint32_t i = 0;

    while (c->table[i] && c->table[i] != recogniser)
        i++;
    bug_if(!c->table[i]);
    return i;
}

bool classifier_gate(const struct classifier *c, uint32_t recogniser, uint32_t gate,
                     const struct recogniser **ret_recogniser, const struct gate **ret_gate)
{
    for (uint32_t i = 0; c->table[i]; i++) {
        const struct gate *g = c->table[i]->gates;

        for (uint32_t j = 0; i == recogniser && gate_is_row(g); j++, g++) {
            if (j == gate) {
                *ret_recogniser = c->table[i];
                *ret_gate = g;
                return true;
            }
        }
    }
    return false;
}

/* What was chosen so far, for one file. */
struct choice {
    struct sv path;
    struct span head;
    struct names names;
    bool any_head; /* the bytes are not asked */
    struct chosen *chosen;
    size_t n;
};

static void choose_row(struct choice *to, const struct row *r)
{
    struct captures captures;
    size_t at = 0;

    if (!hint_holds(&r->hint, &to->names) || (!to->any_head && !gate_begins(r->gate, to->head)))
        return;
    captures.count = 0;
    while (at < to->n && to->chosen[at].recogniser != r->recogniser)
        at++;
    // The lists are no order among the gates of one recogniser; its table is.
    if (at == CHOSEN_MAX || (at < to->n && to->chosen[at].gate < r->gate) ||
        (r->gate->path && !r->hint.whole &&
         !gate_path_matches(r->gate->path, to->path, &captures)) ||
        (!to->any_head && !gate_holds_within(r->gate, to->head, r->rarest)))
        return;
    to->chosen[at] = (struct chosen){r->recogniser, r->gate, captures};
    to->n += at == to->n;
}

static void choose(struct choice *to, const struct row *list)
{
    for (const struct row *r = list; r; r = r->next)
        choose_row(to, r);
}

/* ---- folders ---- */

/* The rows of a list that may fit a file of the folder; false when there is no room for them. */
static bool note_rows(const struct row *list, struct names *names, const struct row *rows[],
                      size_t room, size_t *ret_n)
{
    *ret_n = 0;
    for (const struct row *r = list; r; r = r->next) {
        if (r->hint.depth > 0 && !hint_holds(&r->hint, names))
            continue;
        if (*ret_n == room)
            return false;
        rows[(*ret_n)++] = r;
    }
    return true;
}

/* Those for the folder of this path; false when they cannot be noted. */
static bool enter_folder(const struct classifier *c, struct folder_rows *f, struct choice *to)
{
    struct sv name = to->names.at[0], folder = {to->path.p, to->path.n - name.n}, last;

    if (folder.n && folder.n == f->path_n && memcmp(folder.p, f->path, folder.n) == 0)
        return true;
    f->path_n = 0;
    last = name_at(&to->names, 1) ? to->names.at[1] : (struct sv){0};
    if (!note_rows(last.n ? c->by_folder[hash_nocase(last)] : NULL, &to->names, f->by_folder,
                   ARRAY_LEN(f->by_folder), &f->by_folder_n) ||
        !note_rows(c->rest, &to->names, f->rest, ARRAY_LEN(f->rest), &f->rest_n))
        return false;
    if (folder.n <= sizeof(f->path)) {
        memcpy(f->path, folder.p, folder.n);
        f->path_n = folder.n;
    }
    return true;
}

static void choose_some(struct choice *to, const struct row *const rows[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        choose_row(to, rows[i]);
}

/* Nobody keeps what a command printed as source code, which is what most files of a tree are. */
static bool is_source(const struct chosen chosen[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (chosen[i].gate->on_hit)
            return true;
    return false;
}

/* By the rows that ask for a path. */
static void choose_by_path(const struct classifier *c, struct folder_rows *folder,
                           struct choice *to)
{
    struct sv name = name_at(&to->names, 0) ? to->names.at[0] : (struct sv){0}, end = suffix(name);
    bool noted = name.n && enter_folder(c, folder, to);

    if (may_be_by_name(c, name))
        choose(to, c->by_name[hash_nocase(name)]);
    if (end.n)
        choose(to, c->by_suffix[hash_nocase(end)]);
    if (noted)
        choose_some(to, folder->by_folder, folder->by_folder_n);
    else if (name_at(&to->names, 1))
        choose(to, c->by_folder[hash_nocase(to->names.at[1])]);
    if (noted)
        choose_some(to, folder->rest, folder->rest_n);
    else
        choose(to, c->rest);
}

size_t classify(const struct classifier *c, struct folder_rows *folder, struct sv path,
                struct span head, struct chosen ret_chosen[CHOSEN_MAX])
{
    struct choice to = {.path = path, .head = head, .names = {.rest = path}, .chosen = ret_chosen};

    choose_by_path(c, folder, &to);
    if (head.n)
        choose(&to, c->by_byte[head.p[0]]);
    if (!is_source(ret_chosen, to.n))
        choose(&to, c->by_word);
    return to.n;
}

bool classify_name(const struct classifier *c, struct folder_rows *folder, struct sv path)
{
    struct chosen chosen[CHOSEN_MAX];
    struct choice to = {.path = path, .any_head = true, .names = {.rest = path}, .chosen = chosen};

    choose_by_path(c, folder, &to);
    return to.n > 0;
}

size_t classify_first(const struct classifier *c, struct sv path, struct chosen *ret_chosen)
{
    struct names names = {.rest = path};

    for (const struct row *r = c->first; r; r = r->next) {
        if (!hint_holds(&r->hint, &names) ||
            !gate_path_matches(r->gate->path, path, &ret_chosen->captures))
            continue;
        ret_chosen->recogniser = r->recogniser;
        ret_chosen->gate = r->gate;
        return 1;
    }
    return 0;
}
