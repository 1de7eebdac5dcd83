// SPDX-License-Identifier: Apache-2.0
/*
 * What only people know for the plan that an order asks an agency for: a small YAML with one answer
 * for each of the order's `plan_elements` that has a key.
 *
 *     schema: debar.agency/1
 *     order: bod-17-01
 *     agency_name: Department of Roads
 *     contact: {name: …, telephone: …, email: …}
 *
 * A key that is left out, or has nothing behind it, is an answer that is missing, not a mistake.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "model/agency_plan.h"
#include "order/order.h"

struct agency_answer {
    struct agency_line *lines; /* none: missing */
    size_t count;
};

struct agency {
    struct agency_answer *answers; /* as the order's plan_elements */
};

/* Every mistake is a line of `problems`, "FILE:LINE: what is wrong"; err has the first. */
int agency_read(const char *file, const struct order *o, struct arena *arena, struct buf *problems,
                struct agency *ret, struct err *err) MUST_USE;

/* A file to fill in, with what each answer is for. */
void agency_write_template(const struct order *o, struct buf *to);
