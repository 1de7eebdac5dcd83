// SPDX-License-Identifier: Apache-2.0
/* What both reports of a plan say: counts, and the sentences made from them. */
#pragma once

#include "report/plan.h"

struct plan_tally {
    uint64_t statuses[STATUS_COUNT_]; /* items by status */
    uint64_t touches[TOUCH_COUNT_];   /* paths by change, each once */
    uint64_t bytes;                   /* of files that are removed or changed */
    uint64_t standing, allowed;       /* refusals */
    uint64_t units;                   /* that are stopped */
    uint64_t processes;               /* kinds of programs that are ended */
    uint64_t commands;                /* of uninstallers that run over a copy */
    uint64_t direct;                  /* of those, on the machine itself */
    uint64_t proposed;                /* changes for a person to make */
};

void plan_tally_take(const struct plan *p, struct plan_tally *ret);

/* What may be done with it, in two or three words; and in a sentence or two. */
const char *say_plan_heading(const struct plan_view *v, const struct plan_tally *t);
void say_plan_grounds(struct buf *to, const struct plan_view *v, const struct plan_tally *t);

/* "12 paths removed, 3 changed, 1 created; 38.4 MiB"; of a plan and of a step. */
void say_plan_touches(struct buf *to, const struct plan_tally *t);
void say_step_touches(struct buf *to, const struct plan_step *step);

/* What the machine has to bear: stops, restarts. */
void say_plan_downtime(struct buf *to, const struct plan *p, const struct plan_tally *t);

/* "Removed", "Remains", … and what it means, for a heading and for a key. */
const char *say_plan_status(enum plan_status status);
const char *say_plan_status_meaning(enum plan_status status);

/* "Stop", "Uninstall", … */
const char *say_plan_stage(enum plan_stage stage);
const char *say_touch_change(enum touch_change change);

/* The command of a step as one would type it. */
void say_command(struct buf *to, const struct plan_step *step);

/* NULL when nothing is known of it. */
const struct order_summary *plan_order(const struct plan_view *v, struct sv id);

/* Whether the machine is this one. */
bool plan_is_live(const struct plan *p);
