// SPDX-License-Identifier: Apache-2.0
/*
 * What archives and compressed files that libarchive reads have in common: how it gets its bytes,
 * and what its errors mean. Only one format or filter is ever allowed to it, so that it cannot go
 * through layers on its own, nor start a program.
 */
#pragma once

#include <archive.h>

#include "source/input.h"

struct library {
    struct archive *archive;
    struct input *in;   /* borrowed */
    struct err failure; /* of reading `in`; code 0: none */
};

/* `seeks`: the input may be read here and there. */
int library_init(struct library *l, struct input *in, bool seeks, struct err *err) MUST_USE;
void library_clear(struct library *l);

/* The failure that the last call told. */
int library_error(const struct library *l, struct err *err);
