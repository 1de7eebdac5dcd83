// SPDX-License-Identifier: Apache-2.0
#include "scan/classify.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 512, /* a power of two */
};

struct row {
    const struct recogniser *recogniser;
    const struct gate *gate;
    struct row *next;
};

/*
 * A row stands in exactly one list: under its last name when that has no wildcard, under the suffix
 * after the last '.' when only that is fixed, under the fixed name of its folder, or among the
 * rest; gates without a path stand under the first byte of their magic.
 */
struct classifier {
    const struct recogniser *const *table;
    struct row *rows;
    struct row *by_name[BUCKETS], *by_suffix[BUCKETS], *by_folder[BUCKETS];
    struct row *by_byte[256];
    struct row *rest;
    struct row *first; /* rows of `first` gates, beside the lists above */
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

static struct row **list_for(struct classifier *c, const struct gate *g)
{
    struct sv path = sv_str(g->path), name = last_name(path);

    if (!g->path)
        return g->magic.n && g->magic_at == 0 ? &c->by_byte[(uint8_t)g->magic.p[0]] : &c->rest;
    if (is_fixed(name))
        return &c->by_name[hash_nocase(name)];
    if (is_fixed(suffix(name)))
        return &c->by_suffix[hash_nocase(suffix(name))];
    if (is_fixed(folder_name(path)))
        return &c->by_folder[hash_nocase(folder_name(path))];
    return &c->rest;
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
            c->rows[used] = (struct row){table[i], g, *list};
            *list = &c->rows[used];
            if (g->first) {
                c->first_rows[used] = (struct row){table[i], g, c->first};
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

static size_t choose(const struct row *list, struct sv path, struct span head,
                     struct chosen *chosen, size_t n)
{
    for (const struct row *r = list; r; r = r->next) {
        struct captures captures = {0};
        size_t at = 0;

        while (at < n && chosen[at].recogniser != r->recogniser)
            at++;
        // The lists are no order among the gates of one recogniser; its table is.
        if (at == CHOSEN_MAX || (at < n && chosen[at].gate < r->gate) ||
            !gate_magic_matches(r->gate, head) ||
            (r->gate->path && !gate_path_matches(r->gate->path, path, &captures)))
            continue;
        chosen[at] = (struct chosen){r->recogniser, r->gate, captures};
        n += at == n;
    }
    return n;
}

size_t classify(const struct classifier *c, struct sv path, struct span head,
                struct chosen ret_chosen[CHOSEN_MAX])
{
    struct sv name = last_name(path), end = suffix(name), folder = folder_name(path);
    size_t n = choose(c->by_name[hash_nocase(name)], path, head, ret_chosen, 0);

    if (end.n)
        n = choose(c->by_suffix[hash_nocase(end)], path, head, ret_chosen, n);
    if (folder.n)
        n = choose(c->by_folder[hash_nocase(folder)], path, head, ret_chosen, n);
    if (head.n)
        n = choose(c->by_byte[head.p[0]], path, head, ret_chosen, n);
    return choose(c->rest, path, head, ret_chosen, n);
}

size_t classify_first(const struct classifier *c, struct sv path, struct chosen *ret_chosen)
{
    for (const struct row *r = c->first; r; r = r->next) {
        if (!gate_path_matches(r->gate->path, path, &ret_chosen->captures))
            continue;
        ret_chosen->recogniser = r->recogniser;
        ret_chosen->gate = r->gate;
        return 1;
    }
    return 0;
}
