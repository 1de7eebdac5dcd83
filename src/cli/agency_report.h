// SPDX-License-Identifier: Apache-2.0
/* What `debar plan --report ORDER` adds to a plan: the plan of the agency, as its order asks for
 * it.
 */
#pragma once

#include "cli/command.h"
#include "model/plan.h"
#include "order/rules.h"

#define OPTION_REPORT \
    { \
        "report", 0, "ORDER", \
            "write the plan that this order asks agencies for, with -o html, json or csv" \
    }
#define OPTION_AGENCY \
    { \
        "agency", 0, "FILE", "what only people know for it (YAML; see --agency-template)" \
    }
#define OPTION_AGENCY_TEMPLATE \
    { \
        "agency-template", 0, NULL, "print such a file to fill in, and do nothing else" \
    }
#define OPTION_WITH_PLAN \
    { \
        "with", 0, "PLAN", \
            "also count this plan, of another machine (an id or a file); may be repeated" \
    }

/* Check the -o words. */
int agency_check_outputs(const struct arguments *args, struct err *err) MUST_USE;

/* Print the file to fill in. */
int agency_template_print(const struct arguments *args, const struct rules *rules,
                          struct err *err) MUST_USE;

/*
 * Write the agency's plan from this machine's plan and those of --with. An exit_code: EXIT_ABSENT
 * when every element is answered, EXIT_UNKNOWN when some are not: they are named on stderr.
 */
int agency_report_write(const struct arguments *args, const struct rules *rules,
                        const struct plan *plan, const char *state_folder, struct arena *arena,
                        struct err *err) MUST_USE;
