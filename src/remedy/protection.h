// SPDX-License-Identifier: Apache-2.0
/*
 * Anti-malware that runs beside the product: a removal must not take the last one. Asked when a
 * plan is made, and again right before it is carried out, because it may have ended since.
 */
#pragma once

#include <stdbool.h>

#include "model/plan.h"

/* The maker's name for it when a program of that name is anti-malware that protects while it runs;
 * else NULL. */
const char *protection_named(struct sv program);

struct protection_now {
    const char *other;    /* what runs and is not of the finding; NULL: nothing that is known */
    bool product_running; /* a program that the plan takes away for the finding */
};

/* Look through the processes of this machine. `proc` is the folder of procfs. */
int protection_look(const struct plan *plan, struct sv finding, const char *proc,
                    struct protection_now *ret, struct err *err) MUST_USE;
