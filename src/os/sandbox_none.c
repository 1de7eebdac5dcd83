// SPDX-License-Identifier: Apache-2.0
/* For a build without libseccomp: nothing is given up, and that is what is said. */
#include "os/sandbox.h"

unsigned sandbox_available(void)
{
    return 0;
}

int sandbox_renounce(const char *name, unsigned *ret_features, struct err *err)
{
    (void)name;
    (void)err;
    *ret_features = 0;
    return 0;
}

int sandbox_enter(const char *name, const struct sandbox_limits *limits, int file,
                  unsigned *ret_features, struct err *err)
{
    (void)name;
    (void)limits;
    (void)file;
    *ret_features = 0;
    return ERR(err, ERR_UNSUPPORTED, "this debar was built without a sandbox");
}

int sandbox_confine(const struct sandbox_path *paths, size_t count, enum sandbox_bounds bounds,
                    unsigned *ret_features, struct err *err)
{
    (void)bounds;
    (void)paths;
    (void)count;
    (void)err;
    *ret_features = 0;
    return 0;
}

int sandbox_guest(struct err *err)
{
    return ERR(err, ERR_UNSUPPORTED,
               "this debar was built without a sandbox, so no program of a root can be tried");
}
