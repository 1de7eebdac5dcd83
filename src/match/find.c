// SPDX-License-Identifier: Apache-2.0
/*
 * One component against all indicators: candidates by field, then every other condition of each.
 */
#include <stdlib.h>
#include <string.h>

#include "match/matcher_internal.h"
#include "model/place.h"

static bool is_signature_field(enum field_key key)
{
    return key == FIELD_SIGNATURE || key == FIELD_TEAM_ID ||
           (key >= FIELD_SIGNER_CN && key <= FIELD_SIGNER_CERTIFICATE_SERIAL);
}

/* ---- conditions on the component ---- */

static bool type_is(const struct indicator *in, struct sv type)
{
    for (size_t i = 0; i < in->type_count; i++)
        if (sv_eq_nocase(in->types[i], type))
            return true;
    return false;
}

/* The type in "pkg:npm/…", for a component that a bill of materials only gives a purl. */
static struct sv purl_type(struct sv purl)
{
    size_t slash;

    if (!sv_starts(purl, SV("pkg:")))
        return (struct sv){0};
    purl = sv_from(purl, 4);
    slash = sv_find(purl, SV("/"));
    return slash == SIZE_MAX ? (struct sv){0} : (struct sv){purl.p, slash};
}

static bool type_holds(const struct indicator *in, const struct component *c)
{
    bool said = false;

    if (in->type_count == 0)
        return true;
    for (size_t i = 0; i < c->field_count; i++) {
        if (c->fields[i].key != FIELD_PACKAGE_TYPE)
            continue;
        said = true;
        if (type_is(in, c->fields[i].value))
            return true;
    }
    return !said && type_is(in, purl_type(component_get(c, FIELD_PURL)));
}

static bool version_holds(const struct indicator *in, const struct component *c)
{
    struct sv version;

    if (version_range_is_any(&in->version))
        return true;
    version = component_get(c, FIELD_VERSION);
    return version.n && version_in_range(version, &in->version);
}

/* The place as a path in any root that its names may begin: a place does not say where roots are.
 */
static bool place_holds(const struct matcher *m, struct matcher_scratch *s,
                        const struct indicator *in, const struct condition *c, struct sv place)
{
    struct sv raw;

    buf_reset(&s->place);
    if (place_decode(place, &s->place, NULL) < 0 || !buf_ok(&s->place))
        return false;
    raw = buf_view(&s->place);
    if (c->field == FIELD_FILE_NAME) {
        size_t slash = sv_find_last(raw, '/');

        return matcher_condition_holds(m, s, in, c, FIELD_FILE_NAME,
                                       slash == SIZE_MAX ? raw : sv_from(raw, slash + 1));
    }
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] == '/' && matcher_condition_holds(m, s, in, c, FIELD_PATH, sv_from(raw, i)))
            return true;
    return false;
}

/* Fields of two signatures or certificates do not add up to one. */
static bool may_belong_together(const struct field *a, const struct field *b)
{
    return a->group == 0 || b->group == 0 || a->group == b->group;
}

static bool condition_holds(const struct matcher *m, struct matcher_scratch *s,
                            const struct indicator *in, const struct condition *condition,
                            const struct component *c, struct sv place, const struct field *main,
                            uint16_t *ret_signature)
{
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];

        if (!condition_asks(condition, f->key) || !may_belong_together(main, f) ||
            !matcher_condition_holds(m, s, in, condition, f->key, f->value))
            continue;
        if (is_signature_field(f->key))
            *ret_signature = f->group;
        return true;
    }
    return (condition->field == FIELD_PATH || condition->field == FIELD_FILE_NAME) &&
           place_holds(m, s, in, condition, place);
}

/* ---- hits ---- */

static void hit(struct matcher_scratch *s, struct matcher_hit h)
{
    if (s->hit_count == s->hit_room) {
        size_t room = s->hit_room ? 2 * s->hit_room : 32;
        struct matcher_hit *bigger = realloc(s->hits, room * sizeof(*bigger));

        if (!bigger) {
            s->failed = true;
            return;
        }
        s->hits = bigger;
        s->hit_room = room;
    }
    s->hits[s->hit_count++] = h;
}

/* All conditions but the one on the field itself; they are the same for all fields of a group. */
static const struct memo *other_conditions(const struct matcher *m, struct matcher_scratch *s,
                                           const struct test *t, const struct component *c,
                                           struct sv place, const struct field *f)
{
    const struct indicator *in = t->indicator;
    struct memo *memo = &s->memos[t->rank];

    if (memo->look == s->look && memo->group == f->group)
        return memo;
    *memo = (struct memo){.look = s->look, .group = f->group};
    memo->holds = type_holds(in, c) && version_holds(in, c);
    for (size_t i = 0; memo->holds && i < in->with_count; i++)
        memo->holds = condition_holds(m, s, in, &in->with[i], c, place, f, &memo->signature);
    return memo;
}

static void check_candidate(const struct matcher *m, struct matcher_scratch *s,
                            const struct candidate *candidate, const struct component *c,
                            struct sv place)
{
    const struct test *t = &m->tests[candidate->test];
    const struct field *f = &c->fields[candidate->field];
    const struct memo *memo = other_conditions(m, s, t, c, place, f);

    if (!memo->holds)
        return;
    hit(s, (struct matcher_hit){
               .indicator = t->indicator,
               .field = candidate->field,
               .rank = t->rank,
               .reach = (uint32_t)t->pattern.value.n,
               .signature = is_signature_field(f->key) ? f->group : memo->signature,
           });
}

static int by_rank_and_field(const void *a, const void *b)
{
    const struct matcher_hit *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->field != y->field)
        return x->field < y->field ? -1 : 1;
    return (x->reach < y->reach) - (x->reach > y->reach);
}

/* Several values of one indicator may hold for one field: the longest speaks for them. */
static void sort_hits(struct matcher_scratch *s)
{
    size_t kept = 0, of_indicator = 0;

    if (s->hit_count < 2)
        return;
    qsort(s->hits, s->hit_count, sizeof(*s->hits), by_rank_and_field);
    for (size_t i = 0; i < s->hit_count; i++) {
        const struct matcher_hit *h = &s->hits[i], *last = kept ? &s->hits[kept - 1] : NULL;

        if (last && last->rank == h->rank && last->field == h->field)
            continue;
        of_indicator = last && last->rank == h->rank ? of_indicator + 1 : 1;
        if (of_indicator <= HITS_PER_INDICATOR)
            s->hits[kept++] = *h;
    }
    s->hit_count = kept;
}

int matcher_find(const struct matcher *m, struct matcher_scratch *s, const struct component *c,
                 struct sv place, const struct matcher_hit **ret_hits, size_t *ret_count,
                 struct err *err)
{
    TRY(matcher_scratch_fill(s, err));
    s->candidate_count = 0;
    s->hit_count = 0;
    s->failed = false;
    s->look++;
    for (size_t i = 0; i < c->field_count; i++)
        if (m->wanted[c->fields[i].key])
            matcher_look(m, s, c->fields[i].key, c->fields[i].value, (uint32_t)i);
    for (size_t i = 0; i < s->candidate_count; i++)
        check_candidate(m, s, &s->candidates[i], c, place);
    sort_hits(s);
    if (s->failed)
        return ERR(err, ERR_NOMEM, "no memory to match a component");
    *ret_hits = s->hits;
    *ret_count = s->hit_count;
    return 0;
}
