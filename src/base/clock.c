// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DAY_S INT64_C(86400)

static int64_t fixed_ns, settled_ns;
static bool settled;

void clock_fix(int64_t ns)
{
    fixed_ns = ns;
}

static int64_t read_clock(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t); // cannot fail for the clocks used here
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* What the environment says; 0 for nothing. */
static int64_t environment_ns(void)
{
    const char *set = settled ? NULL : getenv("DEBAR_NOW");
    int64_t ns;

    if (settled)
        return settled_ns;
    return set && clock_parse(sv_str(set), &ns) ? ns : 0;
}

void clock_settle(void)
{
    settled_ns = environment_ns();
    settled = true;
}

int64_t clock_now_ns(void)
{
    int64_t set = fixed_ns ? fixed_ns : environment_ns();

    return set ? set : read_clock(CLOCK_REALTIME);
}

int64_t clock_steady_ns(void)
{
    return fixed_ns ? fixed_ns : read_clock(CLOCK_MONOTONIC);
}

int64_t clock_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

const char *clock_text(int64_t ns, char ret_text[CLOCK_TEXT])
{
    time_t s = (time_t)(ns / NS_PER_S);
    struct tm tm;

    if (!gmtime_r(&s, &tm) || !strftime(ret_text, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm))
        ret_text[0] = '\0';
    return ret_text;
}

const char *clock_day_text(int64_t day, char ret_text[CLOCK_TEXT])
{
    time_t s = (time_t)(day * DAY_S);
    struct tm tm;

    if (!gmtime_r(&s, &tm) || !strftime(ret_text, CLOCK_TEXT, "%Y-%m-%d", &tm))
        ret_text[0] = '\0';
    return ret_text;
}

static bool number(struct sv s, uint64_t low, uint64_t high, int *ret)
{
    uint64_t value;

    if (!sv_to_u64(s, &value) || value < low || value > high)
        return false;
    *ret = (int)value;
    return true;
}

bool clock_parse_day(struct sv text, int64_t *ret_day)
{
    struct tm tm = {0}, back;
    int year, month, day;
    time_t s;

    if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-' ||
        !number((struct sv){text.p, 4}, 1970, 9999, &year) ||
        !number((struct sv){text.p + 5, 2}, 1, 12, &month) ||
        !number((struct sv){text.p + 8, 2}, 1, 31, &day))
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    s = timegm(&tm);
    // timegm turns the 31st of June into the 1st of July: such a day does not exist.
    if (!gmtime_r(&s, &back) || back.tm_mday != day)
        return false;
    *ret_day = (int64_t)s / DAY_S;
    return true;
}

bool clock_parse(struct sv text, int64_t *ret_ns)
{
    int hour = 0, minute = 0, second = 0;
    int64_t day;

    if (!clock_parse_day((struct sv){text.p, text.n < 10 ? text.n : 10}, &day))
        return false;
    if (text.n != 10) {
        if (text.n != 20 || text.p[10] != 'T' || text.p[13] != ':' || text.p[16] != ':' ||
            text.p[19] != 'Z' || !number((struct sv){text.p + 11, 2}, 0, 23, &hour) ||
            !number((struct sv){text.p + 14, 2}, 0, 59, &minute) ||
            !number((struct sv){text.p + 17, 2}, 0, 60, &second))
            return false;
    }
    *ret_ns = (day * DAY_S + hour * 3600 + minute * 60 + second) * NS_PER_S;
    return true;
}
