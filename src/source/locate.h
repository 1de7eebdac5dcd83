// SPDX-License-Identifier: Apache-2.0
/* Finds the archive behind something else, and settles the kinds that were a guess. */
#pragma once

#include "source/input.h"
#include "source/kind.h"

struct located {
    enum container_kind kind; /* one that can be opened; KIND_NONE: it is no container after all */
    uint64_t base;            /* where it begins */
};

/* Whether it is a disk image of macOS, which says so at its end; it can be read there. */
int locate_dmg(struct input *in, struct located *ret, struct err *err) MUST_USE;

int locate(enum container_kind guess, struct input *in, struct located *ret,
           struct err *err) MUST_USE;
