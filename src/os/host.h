// SPDX-License-Identifier: Apache-2.0
/*
 * Which machine this is: the running one, or the one whose file system lies under a root.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct host_facts {
    struct sv machine_id; /* 32 lower-case hexadecimal digits; never to be published as it is */
    struct sv name;
    struct sv os;           /* "Debian GNU/Linux 12 (bookworm)" */
    struct sv os_id;        /* "debian" */
    struct sv os_version;   /* "12" */
    struct sv kernel;       /* release; of the running machine only */
    struct sv architecture; /* as uname -m says it: "x86_64" */
    struct sv dmi_uuid;     /* of the running machine only; root may read it */
};

struct host_options {
    const char *root; /* whose files are read; symbolic links do not lead out of it */
    const char *sys;  /* the folder of sysfs */
    bool live;        /* root is that of the running machine */
};

/* What is not there or cannot be read stays empty. Values are in the arena. */
int host_read(const struct host_options *options, struct arena *arena, struct host_facts *ret,
              struct err *err) MUST_USE;
