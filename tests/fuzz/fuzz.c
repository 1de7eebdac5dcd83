// SPDX-License-Identifier: Apache-2.0
/*
 * The fuzzer: one program for all targets, which DEBAR_FUZZ names.
 *
 *     DEBAR_FUZZ=pe fuzz [what libFuzzer takes] CORPUS...
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/target.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct target target;

__attribute__((visibility("default"))) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("DEBAR_FUZZ");

    (void)argc;
    (void)argv;
    if (!name || !target_named(name, &target)) {
        fprintf(stderr, "DEBAR_FUZZ names no target; they are:\n");
        for (size_t i = 0; target_at(i); i++)
            fprintf(stderr, "%s\n", target_at(i));
        exit(2);
    }
    target_prepare();
    return 0;
}

__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    target_run(&target, (struct span){bytes, n});
    return 0;
}
