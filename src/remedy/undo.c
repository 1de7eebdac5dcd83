// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/clock.h"
#include "os/below.h"
#include "remedy/act_internal.h"

static int64_t expected_mtime(const struct work *w, const struct journal_folder *f)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->changes[i].after.type == PATH_FOLDER && sv_eq(w->changes[i].path, f->path))
            return w->changes[i].after.mtime_ns;
    return f->mtime_ns;
}

/* Folders in which somebody worked since keep the times that this gave them. */
static int note_times(struct removal *r, struct work *w, bool was_done, struct err *err)
{
    for (size_t i = 0; i < w->folder_count; i++) {
        struct journal_folder *f = &w->folders[i];
        struct path_state now;
        auto_fd int fd = -1;

        f->undo_known = true;
        f->undo_atime_ns = f->atime_ns;
        f->undo_mtime_ns = f->mtime_ns;
        if (was_done && below_open_folder(r->root_fd, f->path.p, &fd, NULL) == 0) {
            TRY(path_state_glance(fd, "", &r->step_arena, &now, err));
            if (now.mtime_ns != expected_mtime(w, f)) {
                f->undo_atime_ns = now.atime_ns;
                f->undo_mtime_ns = now.mtime_ns;
            }
        }
        TRY(journal_set_undo_times(r->journal, r->plan.id, w->step, f, err));
    }
    return 0;
}

static int begin_step(struct removal *r, const struct journal_step *now, struct err *err)
{
    struct work w;
    int result;

    TRY(removal_work(r, now->number, &w, err));
    TRY(journal_begin(r->journal, err));
    result = note_times(r, &w, now->state == STEP_DONE, err);
    if (result == 0)
        result = journal_set_step(r->journal, r->plan.id, now->number, STEP_UNDOING, clock_now_ns(),
                                  (struct sv){0}, err);
    if (result == 0)
        result = journal_commit(r->journal, err);
    if (result < 0)
        journal_rollback(r->journal);
    return result;
}

/* One that is undone is looked at again: what was left then may have been made way for. So is one
 * that failed on the root itself, of which not all could be brought back. */
static bool is_to_be_taken_back(const struct plan_step *step, enum step_state state)
{
    return state != STEP_BEGUN && (state != STEP_FAILED || step->direct);
}

static int undo_step(struct removal *r, const struct plan_step *step, size_t *conflicts,
                     struct err *err)
{
    struct journal_step now;
    size_t mine = 0;

    arena_reset(&r->step_arena);
    TRY(journal_get_step(r->journal, r->plan.id, step->number, &r->step_arena, &now, err));
    if (now.state == STEP_PLANNED)
        return 0;
    if (now.state == STEP_STAGED || now.state == STEP_DONE)
        TRY(begin_step(r, &now, err));
    if (now.state == STEP_RUNNING)
        TRY(direct_recover(r, step, STEP_UNDONE, &mine, err));
    else if (is_to_be_taken_back(step, now.state))
        TRY(removal_take_back(r, step->number, STEP_UNDONE, now.note.n ? now.note.p : "", &mine,
                              err));
    if (step->direct && sv_find(now.note, SV(DIRECT_LEFT)) != SIZE_MAX) {
        removal_say(r, "%.*s", (int)now.note.n, now.note.p);
        mine++;
    }
    *conflicts += mine;
    TRY(live_undo(r, step, err));
    if (step->touch_count || step->action == ACTION_STOP_UNIT)
        removal_tell(r, step, STEP_UNDONE, "");
    return 0;
}

int removal_undo(struct removal *r, struct err *err)
{
    size_t conflicts = 0;

    if (!r->stored)
        return ERR(err, ERR_GONE, "the plan %.*s was never carried out", (int)r->plan.id.n,
                   r->plan.id.p);
    if (r->row.kept_until_ns == 0)
        return ERR(err, ERR_GONE,
                   "what the plan %.*s removed is no longer kept (`debar vault expire`)",
                   (int)r->plan.id.n, r->plan.id.p);
    if (r->row.state == JOURNAL_UNDONE)
        return 0;
    TRY(removal_lock_packages(r, err));
    TRY(removal_set_state(r, JOURNAL_UNDOING, err, "%s", ""));
    for (size_t i = r->plan.step_count; i-- > 0;) {
        const struct plan_step *step = &r->plan.steps[i];
        int result = undo_step(r, step, &conflicts, err);

        if (result < 0)
            return err_wrap(
                err, result,
                "undoing step %llu (nothing is lost: make it possible, then undo again)",
                (unsigned long long)step->number);
    }
    TRY(journal_drop_due(r->journal, r->plan.id, err));
    removal_index(r);
    if (conflicts)
        return removal_set_state(r, JOURNAL_PARTLY, err,
                                 "%zu paths were left, because somebody changed them meanwhile",
                                 conflicts);
    return removal_set_state(r, JOURNAL_UNDONE, err, "%s", "");
}
