// SPDX-License-Identifier: Apache-2.0
/* The plan of an agency in the forms that it is handed over in. */
#pragma once

#include "model/agency_plan.h"
#include "report/report.h"

void agency_write_html(const struct agency_plan *a, struct sink *s);
void agency_write_json(const struct agency_plan *a, struct sink *s); /* debar.agency-plan/1 */

/* RFC 4180: element, title, label, text; one row for each line, and one for a missing element. */
void agency_write_csv(const struct agency_plan *a, struct sink *s);
