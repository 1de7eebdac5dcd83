// SPDX-License-Identifier: Apache-2.0
#include "fuzz/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identify/recogniser.h"
#include "remedy/edit.h"
#include "source/container.h"

enum {
    NAME_MAX_SIZE = 64,
    ARENA_MAX = 192 << 20,
    TAGS = 64,       /* gates that differ for a recogniser */
    READ = 64 << 10, /* bytes at a time */
    READ_MAX = 1 << 20,
};

static const char containers[] = "container-";

/* ---- names ---- */

static const char *name_of(const struct target *t)
{
    static char name[NAME_MAX_SIZE];

    if (t->recogniser)
        return t->recogniser->name;
    if (t->edit) {
        (void)snprintf(name, sizeof(name), "edit-%s", t->edit->name);
        return name;
    }
    if (t->kind == KIND_NONE)
        return "message";
    (void)snprintf(name, sizeof(name), "%s%s", containers, kind_text((enum container_kind)t->kind));
    return name;
}

static bool target_number(size_t i, struct target *ret)
{
    size_t n = 0, m = 0;

    while (recognisers[n])
        n++;
    while (edits[m])
        m++;
    if (i >= n + KIND_COUNT_ + m)
        return false;
    if (i < n)
        *ret = (struct target){.recogniser = recognisers[i]};
    else if (i < n + KIND_COUNT_)
        *ret = (struct target){.kind = (int)(i - n)};
    else
        *ret = (struct target){.edit = edits[i - n - KIND_COUNT_]};
    return true;
}

const char *target_at(size_t i)
{
    struct target t;

    return target_number(i, &t) ? name_of(&t) : NULL;
}

bool target_named(const char *name, struct target *ret)
{
    for (size_t i = 0; target_number(i, ret); i++)
        if (strcmp(name_of(ret), name) == 0)
            return true;
    return false;
}

void target_prepare(void)
{
    container_prepare();
    recognisers_prepare();
}

/* ---- recognisers ---- */

static void read_message(struct span bytes)
{
    struct reader message = reader_over(bytes);
    auto_arena arena = {0};
    struct component c;
    struct err err;

    arena_init(&arena, ARENA_MAX);
    while (message_next(&message, &arena, &c, &err) == 0)
        continue;
}

static void ask(const struct recogniser *r, const struct gate *gate, struct source *source)
{
    struct job job = {.bytes = source, .gate = gate};
    auto_arena arena = {0};
    struct reader message;
    struct component c;
    struct emit emit;
    struct err err = {0};
    int result, more;

    arena_init(&arena, ARENA_MAX);
    emit_init(&emit, gate->state, gate->ceiling);
    job.arena = &arena;
    job.out = &emit;
    result = recogniser_identify(r, &job, &err);
    bug_if(result > 0 && result != RECOG_NOT_MINE);
    bug_if(result < 0 && (-result != (int)err.code || !err.text[0]));
    if (emit_finish(&emit, &err) == 0) {
        arena_reset(&arena);
        message = reader_over((struct span){(const uint8_t *)emit.bytes.p, emit.bytes.n});
        while ((more = message_next(&message, &arena, &c, &err)) == 0)
            continue;
        bug_if(more < 0 && !arena_failed(&arena));
    }
    emit_clear(&emit);
}

/* Through one gate of each tag: for a recogniser, nothing else tells them apart. */
static void ask_all(const struct recogniser *r, struct source *source)
{
    int tags[TAGS];
    size_t n = 0;

    for (const struct gate *g = r->gates; g->path || g->magic.n; g++) {
        size_t i = 0;

        while (i < n && tags[i] != g->tag)
            i++;
        if (i < n || !gate_magic_matches(g, source->head))
            continue;
        if (n < TAGS)
            tags[n++] = g->tag;
        ask(r, g, source);
    }
}

/* ---- containers ---- */

static int read_entry(struct container *c, struct budget *budget, bool keep, struct err *err)
{
    static uint8_t piece[READ];
    struct source *source = NULL;
    struct flow *flow = NULL;

    TRY(container_read(c, &source, &flow, err));
    if (flow && keep)
        TRY(flow_keep(flow, err));
    if (flow && !keep)
        return flow_drop(flow, READ_MAX, err);
    for (uint64_t at = 0; at < source->size && at < READ_MAX;) {
        size_t got = 0;

        TRY(source->read_at(source, at, piece, sizeof(piece), &got, err));
        TRY(budget_worked(budget, got, err));
        bug_if(got > sizeof(piece));
        if (got == 0)
            break;
        at += got;
    }
    return 0;
}

static void open_container(enum container_kind kind, struct source *source, bool keep)
{
    struct limits limits = limits_default;
    struct container *c = NULL;
    struct container_entry e;
    struct spill_file spill;
    struct budget budget;
    struct err err = {0};
    int r;

    limits.bytes = 8 << 20;
    limits.entries = 2000;
    limits.memory = 1 << 20;
    limits.spill = 4 << 20;
    limits.time_ns = INT64_C(5) * 1000 * 1000 * 1000;
    spill_init(&spill, NULL);
    budget_begin(&budget, &limits, source->size, NULL, NULL);
    r = container_open(kind, source, false, SV("x"), &spill, &budget, &c, &err);
    while (r == 0 && (r = container_next(c, &e, &err)) == 0) {
        bug_if(e.item.name.n && !e.item.name.p);
        if (e.item.type != ENTRY_FILE || e.item.encrypted)
            continue;
        r = read_entry(c, &budget, keep, &err);
        if (r < 0 && !container_is_broken(c))
            r = 0;
    }
    bug_if(r < 0 && (-r != (int)err.code || !err.text[0]));
    container_close(c);
    spill_clear(&spill);
}

/* ---- edits ---- */

static void apply_edit(const struct edit *edit, struct span bytes)
{
    struct sv file = sv_of(bytes), key = sv_line(&file);
    auto_buf once = {0}, twice = {0};
    struct err err = {0};
    int r = edit_apply(sv_str(edit->name), (struct span){(const uint8_t *)file.p, file.n}, key,
                       &once, &err);

    bug_if(r > 0 && r != EDIT_NOTHING);
    bug_if(r != 0 && once.n);
    bug_if(r < 0 && (-r != (int)err.code || !err.text[0]));
    if (r == 0)
        bug_if(edit_apply(sv_str(edit->name), (struct span){(const uint8_t *)once.p, once.n}, key,
                          &twice, &err) == 0);
}

/* ---- one input ---- */

void target_run(const struct target *t, struct span bytes)
{
    uint8_t *copy = malloc(bytes.n ? bytes.n : 1);
    struct source_memory memory;

    bug_if(!copy);
    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    source_memory_init(&memory, (struct span){copy, bytes.n});
    if (t->recogniser)
        ask_all(t->recogniser, &memory.source);
    else if (t->edit)
        apply_edit(t->edit, memory.bytes);
    else if (t->kind == KIND_NONE)
        read_message(memory.bytes);
    else
        open_container((enum container_kind)t->kind, &memory.source, bytes.n % 2);
    free(copy);
}
