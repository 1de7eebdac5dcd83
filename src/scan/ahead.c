// SPDX-License-Identifier: Apache-2.0
#include "scan/ahead.h"

#include <pthread.h>
#include <stdlib.h>

struct ahead {
    const struct examine_context *context;
    const char *const *starts;
    size_t count;
    pthread_t thread;
    atomic_bool ended;
    uint64_t files;
};

static void on_file(void *to, unsigned worker, const struct walk_entry *e)
{
    (void)worker;
    (void)e;
    ((struct ahead *)to)->files++;
}

/* A folder that cannot be listed is one object of the account. */
static void on_failed(void *to, unsigned worker, struct sv path, const struct err *why)
{
    (void)worker;
    (void)path;
    (void)why;
    ((struct ahead *)to)->files++;
}

static bool on_enter(void *to, unsigned worker, const struct walk_entry *e)
{
    const struct ahead *a = to;

    (void)worker;
    return !examine_excludes(a->context, e->path) && !mounts_is_alias(a->context->mounts, e->path);
}

static void *count(void *arg)
{
    static const struct walk_events events = {
        .file = on_file, .failed = on_failed, .enter = on_enter};
    struct ahead *a = arg;
    const struct walk_options walking = {
        .threads = 1, .events = &events, .to = a, .cancel = &a->ended};
    struct err err;

    if (walk(a->starts, a->count, &walking, &err) == 0 && !atomic_load(&a->ended))
        atomic_store(&a->context->collector->progress->expected, a->files);
    return NULL;
}

struct ahead *ahead_start(const struct examine_context *context, const char *const starts[],
                          size_t count_of_starts)
{
    struct ahead *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    *a = (struct ahead){.context = context, .starts = starts, .count = count_of_starts};
    if (pthread_create(&a->thread, NULL, count, a) == 0)
        return a;
    free(a);
    return NULL;
}

void ahead_stop(struct ahead *a)
{
    if (!a)
        return;
    atomic_store(&a->ended, true);
    (void)pthread_join(a->thread, NULL);
    free(a);
}
