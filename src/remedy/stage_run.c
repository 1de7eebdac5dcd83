// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "model/place.h"
#include "os/file.h"
#include "remedy/rehearsal.h"
#include "remedy/stage.h"

enum {
    OUTPUT_TAIL = 200,
};

struct outcome {
    struct staging *g;
    int merged_fd;
    const struct plan_touch **touches; /* sorted by path */
    size_t count;
};

static int by_place(const void *a, const void *b)
{
    return sv_cmp((*(const struct plan_touch *const *)a)->path,
                  (*(const struct plan_touch *const *)b)->path);
}

static bool is_planned(const struct outcome *o, struct sv place)
{
    const struct plan_touch wanted = {.path = place}, *key = &wanted;

    return o->count && bsearch(&key, o->touches, o->count, sizeof(*o->touches), by_place);
}

/* What it made or wrote is as old as the removal, however often it had to be begun. */
static struct path_state at_our_time(const struct outcome *o, const struct rehearsal_change *c)
{
    struct path_state s = *c->after;

    if (s.type == PATH_ABSENT || (c->before->type == s.type && c->before->mtime_ns == s.mtime_ns))
        return s;
    s.mtime_ns = s.atime_ns = o->g->s->began_ns;
    return s;
}

static int take(void *to, const struct rehearsal_change *c, struct err *err)
{
    struct outcome *o = to;
    struct path_state after = at_our_time(o, c);
    auto_fd int fd = -1;
    auto_buf place = {0};

    place_append(&place, c->path);
    if (!buf_ok(&place))
        return ERR(err, ERR_NOMEM, "no memory");
    if (!is_planned(o, buf_view(&place)))
        return ERR(
            err, ERR_CONFLICT,
            "it would touch %s, which the plan does not name: nothing of it was carried out; "
            "make a new plan",
            place.p);
    if (after.type == PATH_FILE && after.size) {
        TRY(file_open_below(o->merged_fd, c->path.p, false, &fd, err));
        TRY(vault_keep(o->g->s->vault, fd, after.size, after.sha256, err));
    }
    return staging_add(o->g, c->path, c->before, &after, err);
}

static int failed(const struct plan_step *step, int code, const struct buf *output, struct err *err)
{
    struct sv tail = sv_trim(buf_view(output));

    if (tail.n > OUTPUT_TAIL)
        tail = sv_from(tail, tail.n - OUTPUT_TAIL);
    return ERR(
        err, ERR_IO,
        "`%.*s` ended with %d when it was tried on a copy, so nothing of it was carried out: "
        "%.*s",
        (int)step->argv[0].n, step->argv[0].p, code, (int)tail.n, tail.p);
}

int stage_run(struct staging *g, struct err *err)
{
    auto_rehearsal *r = NULL;
    auto_buf output = BUF_INIT(256 << 10);
    struct outcome o = {.g = g};
    int code = 0;

    if (!g->step->argc)
        return ERR(err, ERR_FORMAT, "the plan does not say which program to run");
    o.touches = arena_take_array(g->s->arena, g->step->touch_count, sizeof(*o.touches));
    if (!o.touches)
        return arena_error(g->s->arena, err);
    for (size_t i = 0; i < g->step->touch_count; i++)
        o.touches[o.count++] = &g->step->touches[i];
    qsort(o.touches, o.count, sizeof(*o.touches), by_place);
    TRY(rehearsal_new(g->s->root, &r, err));
    TRY(rehearsal_run(r, g->step->argv, g->step->argc, &code, &output, err));
    if (code != 0)
        return failed(g->step, code, &output, err);
    o.merged_fd = rehearsal_root(r);
    return rehearsal_changes(r, take, &o, err);
}
