// SPDX-License-Identifier: Apache-2.0
#include "source/budget.h"

#include "base/clock.h"

enum {
    CHECK_AFTER = 1 << 20, /* bytes of work between two looks at the clock */
    ENTRY_WORK = 4096,     /* an entry counts as so many */
};

/* Small files may well be a few pages of nothing but zeros: below this no ratio is too high. */
#define RATIO_FROM (UINT64_C(128) << 20)

const struct limits limits_default = {
    .depth = 16,
    .bytes = UINT64_C(64) << 30,
    .ratio = 1000,
    .entries = 1000000,
    .time_ns = 300 * NS_PER_S,
    .memory = UINT64_C(8) << 20,
    .spill = UINT64_C(128) << 20,
};

int limits_set(struct limits *l, struct sv word, struct err *err)
{
    struct sv value = word, name = sv_cut(&value, '=');
    uint64_t n = 0, seconds = (uint64_t)l->time_ns / NS_PER_S, depth = l->depth;
    const struct {
        const char *name;
        uint64_t *to, max;
        bool unit;
    } rows[] = {
        {"depth", &depth, LIMIT_DEPTH_MAX, false}, {"bytes", &l->bytes, UINT64_MAX, true},
        {"ratio", &l->ratio, UINT64_MAX, false},   {"entries", &l->entries, UINT64_MAX, false},
        {"time", &seconds, UINT32_MAX, false},     {"memory", &l->memory, UINT64_C(1) << 40, true},
        {"spill", &l->spill, UINT64_MAX, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!sv_eq(name, sv_str(rows[i].name)))
            continue;
        if (!(rows[i].unit ? sv_to_size(value, &n) : sv_to_u64(value, &n)) || n > rows[i].max)
            return ERR(err, ERR_USAGE,
                       "--limit %.*s: a number%s was expected after the =", (int)word.n, word.p,
                       rows[i].unit ? " of bytes, as in 512M," : "");
        *rows[i].to = n;
        l->depth = (unsigned)depth;
        l->time_ns = (int64_t)seconds * NS_PER_S;
        l->ratio += l->ratio == 0;
        return 0;
    }
    return ERR(err, ERR_USAGE,
               "--limit %.*s: depth, bytes, ratio, entries, time, memory and spill are known",
               (int)word.n, word.p);
}

void budget_begin(struct budget *b, const struct limits *limits, uint64_t size,
                  const atomic_bool *cancel, atomic_uint_fast64_t *beats)
{
    *b = (struct budget){.limits = *limits,
                         .size = size,
                         .until_ns = clock_steady_ns() + limits->time_ns,
                         .cancel = cancel,
                         .beats = beats};
}

bool budget_is_hit(const struct budget *b)
{
    return b->hit.code != 0;
}

static int again(const struct budget *b, struct err *err)
{
    if (err)
        *err = b->hit;
    return -(int)b->hit.code;
}

int budget_worked(struct budget *b, uint64_t bytes, struct err *err)
{
    if (budget_is_hit(b))
        return again(b, err);
    b->unchecked += bytes;
    if (b->unchecked < CHECK_AFTER)
        return 0;
    b->unchecked = 0;
    if (b->beats)
        atomic_fetch_add_explicit(b->beats, 1, memory_order_relaxed);
    if (b->cancel && atomic_load_explicit(b->cancel, memory_order_relaxed))
        (void)ERR(&b->hit, ERR_CANCELLED, "stopped");
    else if (clock_steady_ns() > b->until_ns)
        (void)ERR(&b->hit, ERR_LIMIT_TIME, "what is in it takes more than %lld s",
                  (long long)(b->limits.time_ns / NS_PER_S));
    return budget_is_hit(b) ? again(b, err) : 0;
}

int budget_unpacked(struct budget *b, uint64_t bytes, struct err *err)
{
    TRY(budget_worked(b, bytes, err));
    b->bytes += bytes;
    if (b->bytes > b->limits.bytes)
        (void)ERR(&b->hit, ERR_LIMIT, "it unpacks to more than %llu MiB",
                  (unsigned long long)(b->limits.bytes >> 20));
    else if (b->bytes > RATIO_FROM && b->bytes / b->limits.ratio > b->size)
        (void)ERR(&b->hit, ERR_LIMIT_RATIO, "it unpacks to more than %llu times its size",
                  (unsigned long long)b->limits.ratio);
    return budget_is_hit(b) ? again(b, err) : 0;
}

int budget_entry(struct budget *b, struct err *err)
{
    TRY(budget_worked(b, ENTRY_WORK, err));
    if (++b->entries > b->limits.entries) {
        (void)ERR(&b->hit, ERR_LIMIT_ENTRIES, "more than %llu entries are in it",
                  (unsigned long long)b->limits.entries);
        return again(b, err);
    }
    return 0;
}

int budget_spill(struct budget *b, uint64_t bytes, struct err *err)
{
    if (bytes > b->limits.spill - b->spilled)
        return ERR(err, ERR_LIMIT,
                   "to read it takes more than %llu MiB of room outside memory; --spill names a "
                   "volume that has it, --limit spill=SIZE allows more",
                   (unsigned long long)(b->limits.spill >> 20));
    b->spilled += bytes;
    return 0;
}

void budget_unspill(struct budget *b, uint64_t bytes)
{
    bug_if(bytes > b->spilled);
    b->spilled -= bytes;
}
