// SPDX-License-Identifier: Apache-2.0
/* From a group to the finding that is stored and shown, with what each order says of it. */
#pragma once

#include "match/group.h"
#include "match/match_run.h"
#include "model/finding.h"

/* Everything in the finding is in the arena or borrowed from the rules. */
int conclude(const struct group *g, const struct rules *rules, const struct match_options *options,
             struct arena *arena, struct finding *ret, struct err *err) MUST_USE;
