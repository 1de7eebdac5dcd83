// SPDX-License-Identifier: Apache-2.0
/*
 * How many components a second one core matches, under every order and catalogue that ships.
 *
 *     match-rate STATE [ROUNDS]
 *
 * Takes the inventory of the newest scan in STATE into memory, and gives it to match runs one after
 * the other: all of it, and only what no indicator hits. What is timed is match_run_add() for each
 * component, in CPU time of the thread; reading the store is timed by itself. The median of ROUNDS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "match/match_run.h"
#include "store/store.h"

enum {
    ROUNDS = 5,
    ROUNDS_MAX = 101,
};

struct inventory {
    struct arena arena;
    struct occurrence *list;
    size_t count, room;
};

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int copy(void *to, const struct occurrence *o, struct err *err)
{
    struct inventory *v = to;
    struct field *fields;

    if (v->count == v->room) {
        size_t room = v->room ? 2 * v->room : 1024;
        struct occurrence *more = realloc(v->list, room * sizeof(*more));

        if (!more)
            return ERR(err, ERR_NOMEM, "no memory for an inventory");
        v->list = more;
        v->room = room;
    }
    v->list[v->count] = *o;
    v->list[v->count].place = arena_copy(&v->arena, o->place);
    v->list[v->count].anchor = arena_copy(&v->arena, o->anchor);
    v->list[v->count].owner = arena_copy(&v->arena, o->owner);
    v->list[v->count].recogniser = arena_copy(&v->arena, o->recogniser);
    fields = arena_take_array(&v->arena, o->component.field_count, sizeof(*fields));
    for (size_t i = 0; i < o->component.field_count && fields; i++) {
        fields[i] = o->component.fields[i];
        fields[i].value = arena_copy(&v->arena, o->component.fields[i].value);
    }
    v->list[v->count++].component.fields = fields;
    return arena_failed(&v->arena) ? arena_error(&v->arena, err) : 0;
}

static int count_only(void *to, const struct occurrence *o, struct err *err)
{
    (void)o;
    (void)err;
    ++*(size_t *)to;
    return 0;
}

/* ---- one pass ---- */

static int pass(const struct matcher *m, const struct inventory *v, bool *hit, double *ret_seconds,
                struct err *err)
{
    const struct match_options options = {0};
    auto_match_run *run = NULL;
    double began;

    TRY(match_run_new(m, &options, &run, err));
    began = cpu_seconds();
    for (size_t i = 0; i < v->count; i++) {
        int r = match_run_add(run, &v->list[i], err);

        if (r < 0)
            return r;
        if (hit)
            hit[i] = r == MATCH_HIT;
    }
    *ret_seconds = cpu_seconds() - began;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static int timed(const struct matcher *m, const struct inventory *v, int rounds, double *ret_rate,
                 struct err *err)
{
    double seconds[ROUNDS_MAX];

    for (int i = 0; i < rounds; i++)
        TRY(pass(m, v, NULL, &seconds[i], err));
    qsort(seconds, (size_t)rounds, sizeof(*seconds), by_number);
    *ret_rate = (double)v->count / seconds[rounds / 2];
    return 0;
}

static int measure(struct store *store, const struct matcher *m, int rounds, struct err *err)
{
    struct inventory all = {0}, free_of_hits = {0};
    size_t stored = 0, hits = 0;
    double seconds, read, rate, rate_free;
    bool *hit;

    arena_init(&all.arena, (size_t)8 << 30);
    read = cpu_seconds();
    TRY(store_each_stored(store, count_only, &stored, err));
    read = cpu_seconds() - read;
    TRY(store_each_occurrence(store, copy, &all, err));
    hit = calloc(all.count + 1, sizeof(*hit));
    if (!hit)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(pass(m, &all, hit, &seconds, err));
    free_of_hits.list = calloc(all.count + 1, sizeof(*free_of_hits.list));
    for (size_t i = 0; i < all.count && free_of_hits.list; i++) {
        if (hit[i])
            hits++;
        else
            free_of_hits.list[free_of_hits.count++] = all.list[i];
    }
    TRY(timed(m, &all, rounds, &rate, err));
    TRY(timed(m, &free_of_hits, rounds, &rate_free, err));
    printf("{\"components\": %zu, \"hits\": %zu, \"orders\": %zu, \"read_per_s\": %.0f, "
           "\"match_per_s\": %.0f, \"match_without_hit_per_s\": %.0f}\n",
           all.count, hits, matcher_rules(m)->order_count, (double)stored / read, rate, rate_free);
    free(hit);
    free(all.list);
    free(free_of_hits.list);
    arena_clear(&all.arena);
    return 0;
}

static int run(const char *state, int rounds, struct err *err)
{
    struct rules_options options = {0};
    struct rules *rules = NULL;
    auto_matcher *matcher = NULL;
    struct stored_scan scan;
    auto_store *store = NULL;
    auto_arena arena;
    int r;

    arena_init(&arena, (size_t)64 << 20);
    TRY(store_open(state, STORE_READ, NULL, &store, err));
    TRY(store_choose(store, (struct sv){0}, &arena, &scan, err));
    TRY(rules_load(&options, &rules, err));
    r = matcher_new(rules, NULL, &matcher, err);
    if (r == 0)
        r = measure(store, matcher, rounds, err);
    matcher_free(STEAL(matcher));
    rules_free(rules);
    return r;
}

int main(int argc, char **argv)
{
    int rounds = argc == 3 ? atoi(argv[2]) : ROUNDS;
    struct err err = {0};

    if (argc < 2 || argc > 3 || rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: match-rate STATE [ROUNDS]\n");
        return 2;
    }
    if (run(argv[1], rounds, &err) < 0) {
        fprintf(stderr, "match-rate: %s\n", err.text);
        return 2;
    }
    return 0;
}
