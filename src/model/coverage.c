// SPDX-License-Identifier: Apache-2.0
#include "model/coverage.h"

const char *coverage_reason_text(enum coverage_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        COVERAGE_REASONS(X)
#undef X
    };
    return texts[reason];
}

const char *coverage_rule_text(enum coverage_rule rule)
{
    static const char *const texts[] = {
#define X(name, text) text,
        COVERAGE_RULES(X)
#undef X
    };
    return texts[rule];
}

uint64_t coverage_left_out(const struct coverage *c)
{
    return c->skipped[RULE_EXCLUDED_FS] + c->skipped[RULE_NO_PACKAGES];
}

uint64_t coverage_skipped(const struct coverage *c)
{
    uint64_t sum = 0;

    for (int i = 0; i < RULE_COUNT_; i++)
        sum += c->skipped[i];
    return sum;
}
