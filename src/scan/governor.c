// SPDX-License-Identifier: Apache-2.0
#include "scan/governor.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/*
 * A scan waits for processors and disks itself, which the kernel counts too: the marks are above
 * what it causes on a machine that is idle otherwise.
 */
#define CPU_MARK 80.0
#define IO_MARK 60.0
#define MEMORY_MARK 10.0

#define SHARE_MIN (1.0 / 4)
#define SHARE_STEP (1.0 / 16)

#define BURST_S 0.1 /* what was not used in this time is lost */

bool governor_is_needed(const struct governor_limits *limits)
{
    return limits->cpu_percent || limits->bytes_per_s || limits->idle;
}

void governor_init(struct governor *g, const struct governor_limits *limits, unsigned processors,
                   const struct governor_use *use)
{
    *g = (struct governor){
        .limits = *limits, .processors = processors ? processors : 1, .share = 1, .last = *use};
}

/* Half at once, and back in small steps: who waits should notice, who does not need not. */
void governor_feel(struct governor *g, const struct governor_pressure *pressure)
{
    if (pressure->cpu > CPU_MARK || pressure->io > IO_MARK || pressure->memory > MEMORY_MARK)
        g->share = g->share / 2 > SHARE_MIN ? g->share / 2 : SHARE_MIN;
    else
        g->share = g->share + SHARE_STEP < 1 ? g->share + SHARE_STEP : 1;
}

/* Take what was used from what was given since; the seconds until nothing is owed. */
static double settle(double *left, double rate, double passed_s, double used)
{
    *left += rate * passed_s - used;
    if (*left > rate * BURST_S)
        *left = rate * BURST_S;
    return *left < 0 ? -*left / rate : 0;
}

/* In processors; 0: as many as there are. */
static double cpu_rate(const struct governor *g)
{
    if (g->limits.cpu_percent)
        return g->share * g->processors * g->limits.cpu_percent / 100;
    return g->share < 1 ? g->share * g->processors : 0;
}

int64_t governor_decide(struct governor *g, const struct governor_use *use)
{
    double passed = (double)(use->now_ns - g->last.now_ns) / (double)NS_PER_S;
    double cpu = (double)(use->cpu_ns - g->last.cpu_ns) / (double)NS_PER_S;
    double bytes = (double)(use->bytes - g->last.bytes), rate = cpu_rate(g), rest = 0, other;

    g->last = *use;
    if (rate > 0)
        rest = settle(&g->cpu_left, rate, passed, cpu);
    else
        g->cpu_left = 0;
    if (g->limits.bytes_per_s) {
        other = settle(&g->bytes_left, g->share * (double)g->limits.bytes_per_s, passed, bytes);
        rest = other > rest ? other : rest;
    }
    if (rest > GOVERNOR_REST_MS / 1e3)
        rest = GOVERNOR_REST_MS / 1e3;
    return (int64_t)(rest * (double)NS_PER_S);
}

/* As much as a burst: who reads fast is not through before anybody has looked. */
uint64_t governor_grant(const struct governor *g)
{
    uint64_t grant = (uint64_t)(g->share * (double)g->limits.bytes_per_s * BURST_S);

    return g->limits.bytes_per_s ? grant + 1 : 0;
}

double governor_read_pressure(const char *text)
{
    const char *some = strncmp(text, "some ", 5) == 0 ? text : NULL;
    const char *value = some ? strstr(some, "avg10=") : NULL;
    double percent = value ? strtod(value + strlen("avg10="), NULL) : 0;

    return percent >= 0 && percent <= 100 ? percent : 0;
}
