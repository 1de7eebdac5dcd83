// SPDX-License-Identifier: Apache-2.0
#include "support/seed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/compiler.h"

enum { SEED_MAX = 1 << 20 };

void seed_keep(const char *target, struct span bytes)
{
    const char *folder = getenv("SPY_SEEDS");
    char path[4096];
    FILE *f;

    if (!folder || bytes.n == 0 || bytes.n > SEED_MAX)
        return;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, target);
    bug_if(mkdir(path, 0777) != 0 && errno != EEXIST);
    (void)snprintf(path, sizeof(path), "%s/%s/%016llx", folder, target,
                   (unsigned long long)XXH3_64bits(bytes.p, bytes.n));
    f = fopen(path, "wb");
    bug_if(!f || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0);
}
