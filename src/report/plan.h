// SPDX-License-Identifier: Apache-2.0
/*
 * A plan of a removal for those who approve it and those who carry it out: as text and as one
 * self-contained page. As JSON it writes itself (model/plan.h).
 */
#pragma once

#include "model/plan.h"
#include "model/scan_view.h"
#include "report/report.h"

struct plan_view {
    const struct plan *plan;
    const struct order_summary
        *orders; /* what is known of those that the plan names; may be none */
    size_t order_count;
};

void plan_write_text(const struct plan_view *v, struct sink *s);
void plan_write_html(const struct plan_view *v, struct sink *s);
