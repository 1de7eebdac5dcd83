// SPDX-License-Identifier: Apache-2.0
/*
 * What time it is. Nothing else in debar asks the system for the date.
 *
 * Times are nanoseconds since 1970 UTC. The environment variable DEBAR_NOW (RFC 3339, UTC) or
 * clock_fix() stops the clock, for tests and for reports that must be repeatable.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    CLOCK_TEXT = 32, /* room for an RFC 3339 time and its NUL */
};

#define NS_PER_S INT64_C(1000000000)

int64_t clock_now_ns(void);
int64_t clock_steady_ns(void); /* for durations only; also stopped by clock_fix */
int64_t clock_cpu_ns(void);    /* that all threads of this process have used; never stopped */
void clock_fix(int64_t ns);    /* 0 lets it run again */

/* Look at DEBAR_NOW a last time: for a process that will have no environment. */
void clock_settle(void);

/* "2026-11-23T22:38:25Z"; returns `ret_text`. */
const char *clock_text(int64_t ns, char ret_text[CLOCK_TEXT]);

/* "YYYY-MM-DD" or an RFC 3339 time that ends in Z. False when it is neither or no such day exists.
 */
bool clock_parse(struct sv text, int64_t *ret_ns);

/* Days since 1970-01-01 of "YYYY-MM-DD"; false when there is no such day. */
bool clock_parse_day(struct sv text, int64_t *ret_day);

/* "YYYY-MM-DD" of a day number; returns `ret_text`. */
const char *clock_day_text(int64_t day, char ret_text[CLOCK_TEXT]);
