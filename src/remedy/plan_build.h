// SPDX-License-Identifier: Apache-2.0
/*
 * Makes a plan of findings, of what is known of the root, and of the catalogues: a pure function.
 * The same input gives the same plan, byte for byte.
 *
 * What is left behind an uninstaller is known only after a rehearsal. So it is called twice: while
 * facts->looked is false, a product's steps end with its uninstaller; then plan_wants() says where
 * to look (facts_look), and the second call gives all steps. Touches of what runs or is edited come
 * from the rehearsal as well (remedy/plan_make.h).
 */
#pragma once

#include "model/plan.h"
#include "order/rules.h"
#include "remedy/act.h"
#include "remedy/facts.h"

struct plan_input {
    struct sv scan_id, host_id, host_name;
    const struct finding *const *findings; /* to be planned for, in the order of their ids */
    size_t finding_count;
    const struct rules *rules;
    const struct facts *facts;
    const struct allowance *allowances;
    size_t allowance_count;
};

int plan_build(const struct plan_input *in, struct arena *arena, struct plan *ret,
               struct err *err) MUST_USE;

/* Where to look for what is left. */
int plan_wants(const struct plan_input *in, struct arena *arena, struct facts_wanted **ret,
               size_t *ret_count, struct err *err) MUST_USE;
