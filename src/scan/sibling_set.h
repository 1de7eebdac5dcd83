// SPDX-License-Identifier: Apache-2.0
/*
 * The files beside an image that it was given.
 *
 *     in the opener:  a name is opened beneath the folder of the image, at once
 *     in a parser:    a name that it was not given yet is wanted: the job fails, and is done again
 *                     with that file
 */
#pragma once

#include "os/file.h"
#include "source/siblings.h"

struct sibling {
    char name[SIBLING_NAME_MAX + 1];
    int fd; /* -1: there is no such file, or it may not be opened */
    struct file_source file;
    uint8_t head[SOURCE_HEAD];
};

struct sibling_set {
    struct siblings siblings; /* first */
    int folder;               /* open; -1: names are wanted */
    struct sibling *all[SIBLINGS_MAX];
    unsigned count;
    char wants[SIBLING_NAME_MAX + 1]; /* empty: nothing */
};

void sibling_set_init(struct sibling_set *s, int folder);
void sibling_set_clear(struct sibling_set *s); /* closes what was opened, not the folder */

/* Take an open file, -1 for one that is not there, of that size. */
int sibling_set_add(struct sibling_set *s, struct sv name, int fd, uint64_t size,
                    struct err *err) MUST_USE;

/* Open a regular file beneath a folder, as no link: -1 when that fails. */
int sibling_open(int folder, const char *name, uint64_t *ret_size);
