// SPDX-License-Identifier: Apache-2.0
/*
 * Makes the plan of a removal: gathers what there is to know, rehearses every step on a copy of the
 * root, and writes down what each touched. Changes nothing on the root.
 */
#pragma once

#include "remedy/plan_build.h"

struct plan_request {
    struct facts_request facts;
    struct sv scan_id, host_id, host_name;
    const struct allowance *allowances;
    size_t allowance_count;
    void (*say)(void *to, const char *text); /* what takes time; may be NULL */
    void *to;
};

int plan_make(const struct plan_request *request, struct arena *arena, struct plan *ret,
              struct err *err) MUST_USE;
