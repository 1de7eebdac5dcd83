// SPDX-License-Identifier: Apache-2.0
/*
 * Puts an agency's plan together: what the order asks for, what people answered, and what the plans
 * of machines say. A pure function of these and the day.
 */
#pragma once

#include "base/arena.h"
#include "model/agency_plan.h"
#include "model/scan_view.h"
#include "order/agency.h"

struct agency_parts {
    const struct order *order;
    const struct order_summary *summary; /* with its deadlines */
    const struct agency *agency;         /* NULL: nobody answered anything */
    const struct plan *const *plans;     /* of one machine each */
    size_t plan_count;
    int64_t today;
};

/* -ERR_CONFLICT when a plan was not made under this order, or two are of one machine. */
int agency_plan_make(const struct agency_parts *parts, struct arena *arena, struct agency_plan *ret,
                     struct err *err) MUST_USE;
