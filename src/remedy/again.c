// SPDX-License-Identifier: Apache-2.0
/* What state a removal is in, by looking again. */
#include "remedy/act_internal.h"

/* What the plan removes and is there nevertheless: the first of them, and how many. */
static int count_remaining(struct removal *r, struct sv *ret_first, size_t *ret_count,
                           struct err *err)
{
    *ret_count = 0;
    for (size_t i = 0; i < r->plan.step_count; i++)
        for (size_t k = 0; k < r->plan.steps[i].touch_count; k++) {
            const struct plan_touch *t = &r->plan.steps[i].touches[k];
            struct path_state now;
            struct sv path;

            if (t->change != TOUCH_REMOVED)
                continue;
            arena_reset(&r->step_arena);
            TRY(stage_path(&r->step_arena, t->path, &path, err));
            TRY(path_state_get(r->root_fd, path.p, &r->step_arena, &now, err));
            if (now.type == PATH_ABSENT)
                continue;
            if (!(*ret_count)++)
                *ret_first = t->path;
        }
    return 0;
}

int removal_verify(struct removal *r, struct err *err)
{
    struct sv first = {0};
    size_t count;

    TRY(count_remaining(r, &first, &count, err));
    if (count)
        return removal_set_state(r, JOURNAL_REMAINING, err,
                                 "%zu paths are there again, such as %.*s", count, (int)first.n,
                                 first.p);
    return removal_set_state(r, JOURNAL_REMOVED, err, "%s", "");
}
