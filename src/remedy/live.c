// SPDX-License-Identifier: Apache-2.0
/* What a removal does to the running machine beside its files. */
#include "base/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "os/service.h"
#include "remedy/act_internal.h"

enum {
    PATIENCE_MS = 10000, /* for a process to end by itself */
};

static int stop_unit(struct removal *r, const struct plan_step *step, struct err *err)
{
    struct journal_unit u = {
        .step = step->number, .name = step->unit, .active = service_is_active(step->unit)};

    // Before it is stopped, so that undo knows also when this is the last that happens.
    TRY(journal_add_unit(r->journal, r->plan.id, &u, err));
    TRY(journal_set_step(r->journal, r->plan.id, step->number, STEP_BEGUN, clock_now_ns(),
                         (struct sv){0}, err));
    return u.active ? service_stop(step->unit, err) : 0;
}

struct ending {
    uint64_t device, inode;
    struct removal *r;
};

static int end_one(void *to, const struct process *p, struct err *err)
{
    struct ending *e = to;

    if (p->inode != e->inode || p->device != e->device)
        return 0;
    removal_say(e->r, "ending process %u (%.*s)", p->pid, (int)p->name.n, p->name.p);
    return service_end_process(p->pid, e->device, e->inode, PATIENCE_MS, err);
}

static int end_processes(struct removal *r, const struct plan_step *step, struct err *err)
{
    const struct process_events events = {.process = end_one};
    struct ending e = {.r = r};
    struct file_facts facts;
    auto_fd int fd = -1;
    struct sv path;
    int result;

    TRY(stage_path(&r->step_arena, step->path, &path, err));
    result = file_open_below(r->root_fd, path.p, false, &fd, err);
    if (result == -ERR_GONE)
        return 0;
    TRY(result);
    TRY(file_facts(fd, "", &facts, err));
    e.device = facts.device;
    e.inode = facts.inode;
    return processes_each(r->o.proc, &events, &e, err);
}

int live_act(struct removal *r, const struct plan_step *step, struct err *err)
{
    if (!r->live)
        return 0;
    if (step->action == ACTION_STOP_UNIT)
        return stop_unit(r, step, err);
    if (step->action == ACTION_END_PROCESS)
        return end_processes(r, step, err);
    if (step->action == ACTION_UNLOAD)
        return service_unload(step->unit, err);
    return 0;
}

/* Units that ran run again. That one cannot is told: its files are back all the same. */
int live_undo(struct removal *r, const struct plan_step *step, struct err *err)
{
    struct journal_unit *units;
    size_t count;

    if (!r->live || step->action != ACTION_STOP_UNIT)
        return 0;
    TRY(journal_units(r->journal, r->plan.id, step->number, &r->step_arena, &units, &count, err));
    for (size_t i = 0; i < count; i++) {
        struct err why = {0};

        if (!units[i].active)
            continue;
        if (service_reload(&why) < 0 || service_start(units[i].name, &why) < 0)
            removal_say(r, "%s", why.text);
    }
    return 0;
}
