// SPDX-License-Identifier: Apache-2.0
#include "support/contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/faults.h"
#include "trust/crypto_memory.h"

enum {
    WHOLE_MAX = 4096, /* bytes of a sample that is tried at every byte */
    BITS_MAX = 512,   /* bytes of a sample of which every bit is flipped */
    POINTS = 2000,    /* where larger ones are tried */
    LARGE = 64 << 10, /* bytes of a sample with which memory runs out less often */
    FAULTS = 400,     /* allocations that fail in turn; of more a choice */
    ARENA_STEP = 16,  /* bytes that an arena gives out at a time */
    ARENA_MAX = 192 << 20,
    WORK = 30000, /* of one test program; samples that come then are tried at some bytes only */
    WORK_BYTES = 4096, /* as much as one run at least */
    WORK_ALLOCATIONS = 16,
    THIN = 32,
};

enum damage {
    DAMAGE_CUT,
    DAMAGE_INVERTED,
    DAMAGE_SHRUNK, /* while it is read */
    DAMAGE_BIT,    /* the first of eight */
    DAMAGES = DAMAGE_BIT + 8,
};

/* Bytes read by a recogniser are at most so many times those of the file, and some. */
enum {
    READ_TIMES = 200,
    READ_MORE = 4 << 20,
};

struct trial {
    const struct recogniser *recogniser;
    const struct gate *gate;
    struct arena arena;
    uint32_t seed;
    uint64_t left; /* of WORK */
};

struct answer {
    struct emit emit;
    struct err err;
    int result;
};

/* Memory that counts what is read of it, and may have shrunk. */
struct counted_source {
    struct source source;
    struct span bytes;
    uint64_t read;
};

static int counted_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                           struct err *err)
{
    struct counted_source *c = (struct counted_source *)s;

    (void)err;
    if (offset >= c->bytes.n)
        n = 0;
    else if (n > c->bytes.n - offset)
        n = c->bytes.n - (size_t)offset;
    if (n)
        memcpy(to, c->bytes.p + offset, n);
    c->read += n + 1;
    *ret_n = n;
    return 0;
}

static void answer_clear(struct answer *a)
{
    emit_clear(&a->emit);
}

/* `size` is what the file says; `fault` 0 for none. */
static void run_on(struct trial *t, struct counted_source *from, size_t fault, struct answer *ret)
{
    struct job job = {
        .bytes = &from->source, .gate = t->gate, .arena = &t->arena, .out = &ret->emit};
    struct err wrong = {0};
    uint64_t cost;

    *ret = (struct answer){0};
    arena_reset(&t->arena);
    emit_init(&ret->emit, t->gate->state, t->gate->ceiling);
    faults_begin(fault);
    ret->result = recogniser_identify(t->recogniser, &job, &ret->err);
    if (emit_finish(&ret->emit, &wrong) < 0 && ret->result >= 0) {
        ret->result = -(int)wrong.code;
        ret->err = wrong;
    }
    cost = 1 + (from->source.size + t->arena.used) / WORK_BYTES + faults_end() / WORK_ALLOCATIONS;
    t->left -= t->left < cost ? t->left : cost;
    if (ret->result < 0 && ((int)ret->err.code != -ret->result || !ret->err.text[0]))
        fail_msg("%s: fails with %d and says '%s'", t->recogniser->name, ret->result,
                 ret->err.text);
    if (ret->result > 0 && ret->result != RECOG_NOT_MINE)
        fail_msg("%s: answers %d", t->recogniser->name, ret->result);
    if (from->read > from->source.size * READ_TIMES + READ_MORE)
        fail_msg("%s: reads %llu bytes of a file of %llu", t->recogniser->name,
                 (unsigned long long)from->read, (unsigned long long)from->source.size);
}

/* In a block of just that size, so that a byte too far is seen. */
static void run(struct trial *t, struct span bytes, uint64_t size, struct answer *ret)
{
    uint8_t *copy = malloc(bytes.n ? bytes.n : 1);
    struct counted_source from = {
        .source = {.size = size, .read_at = counted_read_at},
        .bytes = {copy, bytes.n},
    };

    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    from.source.head = (struct span){copy, bytes.n < SOURCE_HEAD ? bytes.n : SOURCE_HEAD};
    run_on(t, &from, 0, ret);
    free(copy);
}

static void try_bytes(struct trial *t, struct span bytes, uint64_t size)
{
    struct answer a;

    run(t, bytes, size, &a);
    answer_clear(&a);
}

static size_t random_below(struct trial *t, size_t n)
{
    t->seed = t->seed * 1664525 + 1013904223;
    return (size_t)((uint64_t)(t->seed >> 1) * n >> 31);
}

static unsigned step_of(const struct trial *t)
{
    return t->left ? 1 : THIN;
}

static bool same(const struct answer *a, const struct answer *b)
{
    return a->result == b->result && a->emit.bytes.n == b->emit.bytes.n &&
           (a->emit.bytes.n == 0 || memcmp(a->emit.bytes.p, b->emit.bytes.p, a->emit.bytes.n) == 0);
}

/* ---- the promises ---- */

static void check_same(struct trial *t, struct span sample, const struct answer *first)
{
    struct answer again;

    run(t, sample, sample.n, &again);
    if (!same(first, &again) || strcmp(first->err.text, again.err.text) != 0)
        fail_msg("%s: another answer for the same bytes: %d '%s', %d '%s'", t->recogniser->name,
                 first->result, first->err.text, again.result, again.err.text);
    answer_clear(&again);
}

/* One byte of the sample, or all from there on, is not as it was. */
static void damage_at(struct trial *t, struct span sample, uint8_t *bytes, size_t at, unsigned how)
{
    switch (how) {
    case DAMAGE_CUT:
        try_bytes(t, (struct span){sample.p, at}, at);
        return;
    case DAMAGE_SHRUNK:
        try_bytes(t, (struct span){sample.p, at}, sample.n);
        return;
    case DAMAGE_INVERTED:
        bytes[at] = (uint8_t)~sample.p[at];
        break;
    default:
        bytes[at] = (uint8_t)(sample.p[at] ^ (1u << (how - DAMAGE_BIT)));
        break;
    }
    try_bytes(t, (struct span){bytes, sample.n}, sample.n);
    bytes[at] = sample.p[at];
}

static void check_damage(struct trial *t, struct span sample)
{
    uint8_t *bytes = malloc(sample.n ? sample.n : 1);

    if (sample.n)
        memcpy(bytes, sample.p, sample.n);
    if (sample.n > WHOLE_MAX) {
        for (unsigned i = 0; i < POINTS; i += step_of(t))
            damage_at(t, sample, bytes, random_below(t, sample.n), i % DAMAGES);
    } else {
        for (size_t at = 0; at < sample.n; at += step_of(t)) {
            damage_at(t, sample, bytes, at, DAMAGE_CUT);
            damage_at(t, sample, bytes, at, DAMAGE_INVERTED);
            damage_at(t, sample, bytes, at, DAMAGE_BIT + at % 8);
            for (unsigned how = DAMAGE_SHRUNK; sample.n <= BITS_MAX && how < DAMAGES; how++)
                damage_at(t, sample, bytes, at, how);
        }
    }
    free(bytes);
}

/* Either it fails, or nothing is missing. */
static void check_outcome(struct trial *t, const char *what, size_t which, const struct answer *a,
                          const struct answer *whole)
{
    if (a->result >= 0 && !same(a, whole))
        fail_msg("%s: %s %zu fails, and it answers %d with %zu bytes, not %d with %zu",
                 t->recogniser->name, what, which, a->result, a->emit.bytes.n, whole->result,
                 whole->emit.bytes.n);
}

static void check_memory(struct trial *t, struct span sample, const struct answer *whole)
{
    struct counted_source from = {
        .source = {.size = sample.n,
                   .head = {sample.p, sample.n < SOURCE_HEAD ? sample.n : SOURCE_HEAD},
                   .read_at = counted_read_at},
        .bytes = sample,
    };
    struct answer a;
    size_t count, used, step, choice = t->left && sample.n <= LARGE ? FAULTS : FAULTS / THIN;

    arena_clear(&t->arena);
    run_on(t, &from, 0, &a);
    count = faults_end();
    used = t->arena.used;
    answer_clear(&a);
    for (size_t i = 1; i <= count; i += count > choice ? 1 : step_of(t)) {
        if (count > choice && random_below(t, count) >= choice)
            continue;
        arena_clear(&t->arena);
        from.read = 0;
        run_on(t, &from, i, &a);
        check_outcome(t, "allocation", i, &a, whole);
        answer_clear(&a);
    }
    step = used / ARENA_STEP > choice ? used / choice : ARENA_STEP;
    for (size_t max = 0; max < used; max += step * step_of(t)) {
        t->arena.max = max;
        from.read = 0;
        run_on(t, &from, 0, &a);
        check_outcome(t, "arena of", max, &a, whole);
        answer_clear(&a);
    }
    t->arena.max = ARENA_MAX;
}

/* Before any test makes a certificate. */
__attribute__((constructor)) static void prepare(void)
{
    crypto_memory_prepare();
}

void contract_check(const struct recogniser *recogniser, const struct gate *gate,
                    struct span sample)
{
    static uint64_t left = WORK;
    struct trial t = {.recogniser = recogniser, .gate = gate, .seed = 1, .left = left};
    struct answer first;

    arena_init(&t.arena, ARENA_MAX);
    run(&t, sample, sample.n, &first);
    check_same(&t, sample, &first);
    check_damage(&t, sample);
    check_memory(&t, sample, &first);
    answer_clear(&first);
    left = t.left;
    arena_clear(&t.arena);
}
