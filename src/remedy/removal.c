// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/below.h"
#include "os/compiled_file.h"
#include "os/lock_file.h"
#include "os/service.h"
#include "remedy/act_internal.h"
#include "remedy/keeping.h"

#define PLAN_ARENA ((size_t)1 << 30)
#define STEP_ARENA ((size_t)2 << 30)

/* ---- telling ---- */

void removal_say(const struct removal *r, const char *fmt, ...)
{
    char text[600];
    va_list args;

    if (!r->o.events.say)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    r->o.events.say(r->o.events.to, text);
}

void removal_tell(const struct removal *r, const struct plan_step *step, enum step_state state,
                  const char *note)
{
    if (r->o.events.step)
        r->o.events.step(r->o.events.to, step, state, note);
}

/* ---- life ---- */

static int open_all(struct removal *r, struct err *err)
{
    int result;

    if (!r->o.look) {
        TRY(journal_open(r->o.state_folder, true, &r->journal, err));
        return vault_open(r->o.state_folder, true, &r->vault, err);
    }
    result = journal_open(r->o.state_folder, false, &r->journal, err);
    return result == -ERR_GONE ? 0 : result;
}

static int open_root(struct removal *r, struct err *err)
{
    auto_buf root = {0};

    buf_sv(&root, r->plan.root);
    if (!root.n || !buf_ok(&root))
        return ERR(err, ERR_FORMAT, "the plan names no root");
    r->live = sv_eq(r->plan.root, SV("/"));
    // -ERR_GONE says of this module's functions that there is no such plan.
    return below_open_root(root.p, &r->root_fd, err) < 0 ? -ERR_IO : 0;
}

static struct removal *fresh(const struct removal_options *o)
{
    struct removal *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->o = *o;
    r->root_fd = -1;
    for (size_t i = 0; i < LOCKS_MAX; i++)
        r->locks[i] = -1;
    arena_init(&r->arena, PLAN_ARENA);
    arena_init(&r->step_arena, STEP_ARENA);
    names_init(&r->names);
    return r;
}

static int take_given(struct removal *r, const struct plan *plan, struct sv text, struct err *err)
{
    struct sv id = plan->id;
    int found = -ERR_GONE;

    r->plan = *plan;
    TRY(open_all(r, err));
    if (r->journal)
        found = journal_get_plan(r->journal, id, &r->arena, &r->row, err);
    if (found < 0 && found != -ERR_GONE)
        return found;
    r->stored = found == 0;
    if (!r->stored)
        r->row = (struct journal_plan){.id = id, .root = plan->root, .body = text};
    return open_root(r, err);
}

int removal_open(const struct removal_options *o, const struct plan *plan, struct sv text,
                 struct removal **ret, struct err *err)
{
    struct removal *r = fresh(o);
    int result;

    if (!r)
        return ERR(err, ERR_NOMEM, "no memory");
    result = take_given(r, plan, text, err);
    if (result < 0)
        removal_close(r);
    else
        *ret = r;
    return result;
}

static int take_stored(struct removal *r, struct sv id, struct err *err)
{
    TRY(open_all(r, err));
    TRY(journal_get_plan(r->journal, id, &r->arena, &r->row, err));
    TRY(plan_read_json(r->row.body, &r->arena, &r->plan, err));
    r->stored = true;
    return open_root(r, err);
}

int removal_open_stored(const struct removal_options *o, struct sv id, struct removal **ret,
                        struct err *err)
{
    struct removal *r = fresh(o);
    int result;

    if (!r)
        return ERR(err, ERR_NOMEM, "no memory");
    result = take_stored(r, id, err);
    if (result < 0)
        removal_close(r);
    else
        *ret = r;
    return result;
}

void removal_close(struct removal *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < LOCKS_MAX; i++)
        if (r->locks[i] >= 0)
            (void)close(r->locks[i]);
    if (r->root_fd >= 0)
        (void)close(r->root_fd);
    vault_close(r->vault);
    journal_close(r->journal);
    names_clear(&r->names);
    rules_free(r->rules);
    compiled_file_close(r->compiled);
    arena_clear(&r->arena);
    arena_clear(&r->step_arena);
    free(r);
}

void removal_auto_close(struct removal **r)
{
    removal_close(*r);
    *r = NULL;
}

const struct plan *removal_plan(const struct removal *r)
{
    return &r->plan;
}

enum journal_state removal_state(const struct removal *r)
{
    return r->row.state;
}

struct sv removal_note(const struct removal *r)
{
    return r->row.note;
}

/* ---- what the parts share ---- */

bool removal_is_allowed(void *removal, struct sv code, struct sv subject)
{
    struct removal *r = removal;

    for (size_t i = 0; i < r->o.allowance_count; i++)
        if (sv_eq(r->o.allowances[i].code, code) && sv_eq(r->o.allowances[i].subject, subject))
            return true;
    return r->stored && journal_is_allowed(r->journal, r->plan.id, code, subject);
}

/* apt's is the first: dpkg lets whoever runs it have that. */
static const char *const lock_files[LOCKS_MAX] = {"/var/lib/dpkg/lock-frontend",
                                                  "/var/lib/dpkg/lock", "/var/lib/rpm/.rpm.lock",
                                                  "/usr/lib/sysimage/rpm/.rpm.lock"};

int removal_lock_packages(struct removal *r, struct err *err)
{
    for (size_t i = 0; i < LOCKS_MAX; i++) {
        int fd = -1, result;

        if (r->locks[i] >= 0)
            continue;
        result = lock_file_take(r->root_fd, lock_files[i], &fd, err);
        // A link on the way there leads out of the root, or to one of the others.
        if (result == LOCK_NO_FILE ||
            (result == -ERR_CONFLICT && fd < 0 && err && strstr(err->text, "symbolic link")))
            continue;
        TRY(result);
        r->locks[i] = fd;
    }
    return 0;
}

void removal_unlock_packages(struct removal *r)
{
    for (size_t i = 1; i < LOCKS_MAX; i++) {
        if (r->locks[i] >= 0)
            (void)close(r->locks[i]);
        r->locks[i] = -1;
    }
}

struct stage removal_stage(struct removal *r)
{
    return (struct stage){.root_fd = r->root_fd,
                          .root = r->row.root.p,
                          .vault = r->vault,
                          .names = &r->names,
                          .arena = &r->step_arena,
                          .began_ns = r->row.began_ns,
                          .allowed = removal_is_allowed,
                          .to = r};
}

static void tell_conflict(void *to, struct sv path, const char *why)
{
    removal_say(to, "%.*s was left as it is: %s", (int)path.n, path.p, why);
}

struct commit removal_commit(struct removal *r, bool fresh)
{
    return (struct commit){.root_fd = r->root_fd,
                           .journal = r->journal,
                           .vault = r->vault,
                           .fresh = fresh,
                           .conflict = tell_conflict,
                           .to = r};
}

int removal_set_state(struct removal *r, enum journal_state state, struct err *err, const char *fmt,
                      ...)
{
    const bool ends =
        state != JOURNAL_ACTING && state != JOURNAL_UNDOING && state != JOURNAL_REBOOT;
    char text[600];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    TRY(journal_begin(r->journal, err));
    if (r->done_unsaid)
        TRY(journal_set_step(r->journal, r->plan.id, r->done_unsaid, STEP_DONE, clock_now_ns(),
                             (struct sv){0}, err));
    TRY(journal_set_plan(r->journal, r->plan.id, state, ends ? clock_now_ns() : 0, sv_str(text),
                         err));
    TRY(journal_commit(r->journal, err));
    r->done_unsaid = 0;
    r->row.state = state;
    r->row.note = arena_copy(&r->arena, sv_str(text));
    return 0;
}

void removal_index(struct removal *r)
{
    struct err why = {0};

    if (keeping_index(r->journal, r->vault, &why) < 0)
        removal_say(r, "%s", why.text);
}

int removal_work(struct removal *r, uint64_t step, struct work *ret, struct err *err)
{
    *ret = (struct work){.plan = r->plan.id, .step = step};
    return journal_get_changes(r->journal, r->plan.id, step, &r->step_arena, &ret->changes,
                               &ret->count, &ret->folders, &ret->folder_count, err);
}

int removal_take_back(struct removal *r, uint64_t step, enum step_state state, const char *note,
                      size_t *ret_conflicts, struct err *err)
{
    struct commit c = removal_commit(r, false);
    struct work w;

    TRY(removal_work(r, step, &w, err));
    TRY(commit_tidy(&c, &w, err));
    TRY(commit_back(&c, &w, ret_conflicts, err));
    return journal_set_step(r->journal, r->plan.id, step, state, clock_now_ns(), sv_str(note), err);
}
