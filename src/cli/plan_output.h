// SPDX-License-Identifier: Apache-2.0
/* The outputs of `debar plan`: -o text, html or json, each with =FILE if it is to be one. */
#pragma once

#include "cli/command.h"
#include "model/plan.h"
#include "order/rules.h"

#define OPTION_PLAN_OUTPUT \
    { \
        "output", 'o', "FORMAT[=FILE]", \
            "text, html, json; with --report html, json, csv; may be repeated" \
    }

/* Check the -o words before a plan takes its time. */
int plan_check_outputs(const struct arguments *args, struct err *err) MUST_USE;

/* Write every -o; text on standard output when there is none. */
int plan_write_outputs(const struct arguments *args, const struct plan *plan,
                       const struct rules *rules, struct arena *arena, struct err *err) MUST_USE;
