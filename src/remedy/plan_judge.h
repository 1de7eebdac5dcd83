// SPDX-License-Identifier: Apache-2.0
/* What speaks against a plan once it is known what its steps touch. Pure, as plan_build(). */
#pragma once

#include "remedy/plan_build.h"

/* Add refusals, and say of each finding what it will be. */
int plan_judge(const struct plan_input *in, struct arena *arena, struct plan *p,
               struct err *err) MUST_USE;
