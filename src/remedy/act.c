// SPDX-License-Identifier: Apache-2.0
#include "remedy/act.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "os/service.h"
#include "remedy/act_internal.h"
#include "remedy/evidence.h"

#define DAY_NS (INT64_C(86400) * NS_PER_S)

/* ---- beginning ---- */

static int write_beginning(struct removal *r, struct err *err)
{
    char boot[64];
    int64_t now = clock_now_ns();

    r->row.began_ns = now;
    r->row.kept_until_ns = now + r->o.keep_ns;
    r->row.user = r->o.user;
    r->row.boot = arena_copy(&r->arena, service_boot_id(boot));
    r->row.root = arena_copy(&r->arena, r->row.root); // with a NUL
    r->row.state = JOURNAL_ACTING;
    TRY(journal_add_plan(r->journal, &r->row, err));
    for (size_t i = 0; i < r->o.allowance_count; i++)
        TRY(journal_allow(r->journal, r->plan.id, r->o.allowances[i].code,
                          r->o.allowances[i].subject, r->o.user, now, err));
    return 0;
}

static int begin(struct removal *r, struct err *err)
{
    int result;

    TRY(journal_begin(r->journal, err));
    result = write_beginning(r, err);
    if (result == 0)
        result = journal_commit(r->journal, err);
    if (result < 0)
        journal_rollback(r->journal);
    r->stored = result == 0;
    return result;
}

/* What was allowed for going on is recorded like what was allowed for beginning. */
static int go_on(struct removal *r, struct err *err)
{
    for (size_t i = 0; i < r->o.allowance_count; i++)
        TRY(journal_allow(r->journal, r->plan.id, r->o.allowances[i].code,
                          r->o.allowances[i].subject, r->o.user, clock_now_ns(), err));
    return removal_set_state(r, JOURNAL_ACTING, err, "%s", "");
}

/* ---- one step ---- */

static int note_staged(struct removal *r, const struct work *w, struct err *err)
{
    TRY(journal_begin(r->journal, err));
    if (r->done_unsaid)
        TRY(journal_set_step(r->journal, r->plan.id, r->done_unsaid, STEP_DONE, clock_now_ns(),
                             (struct sv){0}, err));
    TRY(journal_set_changes(r->journal, r->plan.id, w->step, w->changes, w->count, w->folders,
                            w->folder_count, err));
    TRY(journal_set_step(r->journal, r->plan.id, w->step, STEP_STAGED, clock_now_ns(),
                         (struct sv){0}, err));
    return journal_commit(r->journal, err);
}

static int stage(struct removal *r, const struct plan_step *step, struct work *ret, struct err *err)
{
    struct stage s = removal_stage(r);
    int result;

    TRY(stage_step(&s, &r->plan, step, ret, err));
    if (!ret->count)
        return 0;
    result = note_staged(r, ret, err);
    if (result < 0)
        journal_rollback(r->journal);
    return result;
}

/* From the states before to those after, or all the way back. */
static int commit(struct removal *r, const struct work *w, bool fresh, struct err *err)
{
    struct commit c = removal_commit(r, fresh);
    size_t conflicts = 0;
    struct err why = {0};
    int result = commit_forward(&c, w, &why);

    if (result == 0)
        return 0;
    TRY(journal_set_step(r->journal, r->plan.id, w->step, STEP_UNDOING, clock_now_ns(),
                         sv_str(why.text), err));
    TRY(removal_take_back(r, w->step, STEP_FAILED, why.text, &conflicts, err));
    if (err)
        *err = why;
    return result;
}

/* Where a step was when the removal was interrupted: 0 to do it now, 1 when nothing is left to do.
 */
static int pick_up(struct removal *r, const struct plan_step *step, struct err *err)
{
    struct journal_step now;
    struct commit c = removal_commit(r, false);
    struct work w;
    size_t conflicts = 0;

    TRY(journal_get_step(r->journal, r->plan.id, step->number, &r->step_arena, &now, err));
    switch (now.state) {
    case STEP_DONE:
        return 1;
    case STEP_STAGED:
        TRY(removal_work(r, step->number, &w, err));
        TRY(commit_tidy(&c, &w, err));
        TRY(commit(r, &w, false, err));
        r->done_unsaid = step->number;
        removal_tell(r, step, STEP_DONE, "");
        return 1;
    case STEP_UNDOING:
        // It had failed, and was being taken back.
        TRY(removal_take_back(r, step->number, STEP_FAILED, now.note.p ? now.note.p : "",
                              &conflicts, err));
        return 0;
    case STEP_RUNNING:
        TRY(direct_recover(r, step, STEP_FAILED, &conflicts, err));
        return 0;
    case STEP_PLANNED:
    case STEP_BEGUN:
    case STEP_FAILED:
    case STEP_UNDONE:
        return 0;
    }
    return 0;
}

static void say_exposure(void *to, struct sv name, const char *conclusion)
{
    removal_say(to, "evidence of %.*s is kept; that something of it left this machine: %s",
                (int)name.n, name.p, conclusion);
}

/* Nothing is removed while this fails, unless it was allowed by name. */
static int collect(struct removal *r, const struct plan_step *step, struct err *err)
{
    struct sv subject = step->finding.n ? step->finding : r->plan.id;
    struct evidence_options o = {.state_folder = r->o.state_folder,
                                 .vault = r->vault,
                                 .plan = &r->plan,
                                 .finding = step->finding,
                                 .root_fd = r->root_fd,
                                 .tolerate = removal_is_allowed(r, SV("evidence"), subject),
                                 .say = say_exposure,
                                 .to = r};
    int result = removal_rules(r, &o.rules, err);

    if (result == 0)
        result = evidence_collect(&o, err);
    if (result < 0 && o.tolerate) {
        removal_say(r, "%s; going on without, as was allowed", err ? err->text : "");
        return 0;
    }
    return result < 0 ? err_wrap(err, result,
                                 "evidence comes first, and nothing was removed (--allow "
                                 "evidence=%.*s goes on without)",
                                 (int)subject.n, subject.p)
                      : 0;
}

/* What has to be so, now. */
static int check(struct removal *r, const struct plan_step *step, struct err *err)
{
    struct path_state now;
    struct sv path, product;

    if (step->stage == STAGE_REPLACEMENT)
        TRY(removal_check_replacement(r, &product, err));
    if (r->live && step->unit.n && !service_is_active(step->unit))
        return ERR(err, ERR_CONFLICT, "the unit %.*s does not run", (int)step->unit.n,
                   step->unit.p);
    if (!step->path.n)
        return 0;
    TRY(stage_path(&r->step_arena, step->path, &path, err));
    TRY(path_state_get(r->root_fd, path.p, &r->step_arena, &now, err));
    return now.type == PATH_ABSENT ? ERR(err, ERR_GONE, "%s is not there", path.p) : 0;
}

/* What changes no path. */
static int do_apart(struct removal *r, const struct plan_step *step, struct err *err)
{
    if (step->action == ACTION_COLLECT)
        return collect(r, step, err);
    return step->action == ACTION_CHECK ? check(r, step, err) : 0;
}

/* 0 done, 1 done once the machine was started anew. */
static int do_step(struct removal *r, const struct plan_step *step, struct err *err)
{
    struct work w = {0};
    int live, result;

    TRY(do_apart(r, step, err));
    live = live_act(r, step, err);
    TRY(live);
    TRY(step->direct ? direct_run(r, step, &w, err) : stage(r, step, &w, err));
    if (w.count)
        TRY(commit(r, &w, !step->direct, err));
    // Nothing but the word of it is lost when this is said later.
    if (w.count)
        r->done_unsaid = step->number;
    else
        TRY(journal_set_step(r->journal, r->plan.id, step->number, STEP_DONE, clock_now_ns(),
                             (struct sv){0}, err));
    result = live > 0;
    removal_tell(r, step, STEP_DONE, result ? "complete after the next boot" : "");
    return result;
}

/* ---- all steps ---- */

static int fail(struct removal *r, const struct plan_step *step, const struct err *why,
                struct err *err)
{
    TRY(journal_set_step(r->journal, r->plan.id, step->number, STEP_FAILED, clock_now_ns(),
                         sv_str(why->text), err));
    removal_tell(r, step, STEP_FAILED, why->text);
    removal_index(r);
    return removal_set_state(r, JOURNAL_REMAINING, err, "step %llu (%.*s) failed: %s",
                             (unsigned long long)step->number, (int)step->title.n, step->title.p,
                             why->text);
}

/* A step that is neither taken back nor done must be gone on with; all else may go on without. */
static bool is_stuck(struct removal *r, const struct plan_step *step)
{
    struct journal_step now;

    return journal_get_step(r->journal, r->plan.id, step->number, &r->step_arena, &now, NULL) < 0 ||
           now.state == STEP_UNDOING || now.state == STEP_STAGED || now.state == STEP_RUNNING;
}

static int stuck(struct removal *r, const struct plan_step *step, const struct err *why,
                 struct err *err)
{
    removal_tell(r, step, STEP_FAILED, why->text);
    return removal_set_state(r, JOURNAL_ACTING, err,
                             "step %llu could be neither finished nor taken back: %s; make that "
                             "possible, then `debar resume` or `debar undo`",
                             (unsigned long long)step->number, why->text);
}

static int add_dues(struct removal *r, bool after_boot, struct err *err)
{
    static const int days[] = {1, 7, 30};

    TRY(journal_drop_due(r->journal, r->plan.id, err));
    for (size_t i = 0; i < ARRAY_LEN(days); i++) {
        struct journal_due d = {
            .plan = r->plan.id, .what = SV("verify"), .at_ns = clock_now_ns() + days[i] * DAY_NS};

        TRY(journal_add_due(r->journal, &d, err));
    }
    for (size_t i = 0; i < r->plan.step_count; i++)
        if (r->plan.steps[i].action == ACTION_EXPIRE) {
            struct journal_due d = {
                .plan = r->plan.id, .what = SV("expire"), .at_ns = r->row.kept_until_ns};

            TRY(journal_add_due(r->journal, &d, err));
            break;
        }
    if (after_boot) {
        struct journal_due d = {
            .plan = r->plan.id, .what = SV("verify"), .at_ns = clock_now_ns(), .after_boot = true};

        TRY(journal_add_due(r->journal, &d, err));
    }
    return 0;
}

static int finish(struct removal *r, bool reboot, struct err *err)
{
    TRY(journal_begin(r->journal, err));
    TRY(add_dues(r, reboot, err));
    TRY(journal_commit(r->journal, err));
    removal_index(r);
    if (reboot)
        return removal_set_state(r, JOURNAL_REBOOT, err, "start the machine anew: %.*s",
                                 (int)r->plan.reboot_why.n,
                                 r->plan.reboot_why.p ? r->plan.reboot_why.p : "");
    return removal_verify(r, err);
}

static int act_all(struct removal *r, struct err *err)
{
    char boot[64];
    bool rebooted = r->row.boot.n && !sv_eq(service_boot_id(boot), r->row.boot);
    bool reboot = false;

    for (size_t i = 0; i < r->plan.step_count; i++) {
        const struct plan_step *step = &r->plan.steps[i];
        struct err why = {0};
        int result;

        arena_reset(&r->step_arena);
        result = pick_up(r, step, &why);
        if (result == 0) {
            removal_tell(r, step, STEP_BEGUN, "");
            result = do_step(r, step, &why);
            reboot = reboot || result > 0;
        }
        if (result < 0)
            return is_stuck(r, step) ? stuck(r, step, &why, err) : fail(r, step, &why, err);
    }
    return finish(r, r->live && !rebooted && (reboot || r->plan.reboot), err);
}

int removal_act(struct removal *r, struct err *err)
{
    struct sv product;

    if (r->stored && (r->row.state == JOURNAL_UNDOING || r->row.state == JOURNAL_PARTLY))
        return ERR(err, ERR_CONFLICT, "the plan %.*s is being undone; go on with `debar undo %.*s`",
                   (int)r->plan.id.n, r->plan.id.p, (int)r->plan.id.n, r->plan.id.p);
    if (r->stored && r->row.state == JOURNAL_UNDONE)
        return ERR(err, ERR_CONFLICT, "the plan %.*s was undone; make a new plan",
                   (int)r->plan.id.n, r->plan.id.p);
    TRY(removal_check_replacement(r, &product, err));
    TRY(removal_lock_packages(r, err));
    TRY(r->stored ? go_on(r, err) : begin(r, err));
    return act_all(r, err);
}
