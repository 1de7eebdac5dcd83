// SPDX-License-Identifier: Apache-2.0
/*
 * How long a scan has to rest so that it stays within what it may use: processor time, bytes read,
 * and less of both while others wait for the machine. Decisions only: what was used and what time
 * it is are told, and scan/pacer.h does the resting.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct governor_limits {
    unsigned cpu_percent; /* of all processors together; 0: no limit */
    uint64_t bytes_per_s; /* read; 0: no limit */
    bool idle;            /* only what nobody else wants */
};

/* In percent of the last ten seconds, "some" as the kernel calls it; all 0 when it does not say. */
struct governor_pressure {
    double cpu, io, memory;
};

/* All since the scan began. */
struct governor_use {
    int64_t now_ns, cpu_ns;
    uint64_t bytes;
};

struct governor {
    struct governor_limits limits;
    unsigned processors;
    double share; /* of what may be used; less than 1 under pressure */
    struct governor_use last;
    double cpu_left, bytes_left; /* what may be used at once; less than 0: was used too early */
};

enum {
    GOVERNOR_REST_MS = 2000,     /* the longest rest at once */
    GOVERNOR_PRESSURE_MS = 1000, /* how often to look at the pressure */
    GOVERNOR_STRETCH = 20,       /* how much longer a governed scan may take for one file */
};

bool governor_is_needed(const struct governor_limits *limits);

void governor_init(struct governor *g, const struct governor_limits *limits, unsigned processors,
                   const struct governor_use *use);

/* Others wait, or do so no more. */
void governor_feel(struct governor *g, const struct governor_pressure *pressure);

/* Nanoseconds from now that nothing should be done; 0: go on. */
int64_t governor_decide(struct governor *g, const struct governor_use *use);

/* How much one process may read before it has to ask again; 0: as much as it likes. */
uint64_t governor_grant(const struct governor *g);

/* The number after "avg10=" in the line that begins with "some"; 0 when there is none. */
double governor_read_pressure(const char *text);
