// SPDX-License-Identifier: Apache-2.0
/*
 * Which recognisers a file is for: the only thing that the privileged side does with hostile bytes.
 *
 * The gates of all recognisers are indexed once, by the last name of their path pattern or by the
 * first byte of their magic, so that a file is compared with the few gates that may fit.
 */
#pragma once

#include <stddef.h>

#include "identify/recogniser.h"

struct classifier;

enum {
    CHOSEN_MAX = 16, /* recognisers for one file */
};

/*
 * What the files of one folder have in common, so that it is asked once for all that come one after
 * the other: which of the rows may fit that ask for more than a last name. Zero to begin with, and
 * of one classifier.
 */
struct row;
struct folder_rows {
    char path[512]; /* of the folder, with its slash */
    size_t path_n;  /* 0: nothing is known */
    const struct row *by_folder[16], *rest[24];
    size_t by_folder_n, rest_n;
};

struct chosen {
    const struct recogniser *recogniser;
    const struct gate *gate;
    struct captures captures; /* inside the path that was asked for */
};

int classifier_new(struct classifier **ret, struct err *err) MUST_USE;

/* Of other recognisers than those of identify/; `table` ends with NULL and is borrowed. */
int classifier_new_of(const struct recogniser *const *table, struct classifier **ret,
                      struct err *err) MUST_USE;
void classifier_free(struct classifier *c);

/* `path` is absolute within its root. At most one gate of each recogniser is chosen: its first. */
size_t classify(const struct classifier *c, struct folder_rows *folder, struct sv path,
                struct span head, struct chosen ret_chosen[CHOSEN_MAX]);

/* Whether a recogniser may be for a file of this path, whatever its bytes are. */
bool classify_name(const struct classifier *c, struct folder_rows *folder, struct sv path);

/* The gate of a recogniser for what a person said to be its kind; false when it has none. */
bool classifier_named(const struct classifier *c, const char *recogniser, struct chosen *ret);

/* Recognisers and gates by number, for another process; false when there is none of it. */
uint32_t classifier_index(const struct classifier *c, const struct recogniser *recogniser);
bool classifier_gate(const struct classifier *c, uint32_t recogniser, uint32_t gate,
                     const struct recogniser **ret_recogniser, const struct gate **ret_gate);

/* Only the gates marked `first`: is this file (part of) a package database? */
size_t classify_first(const struct classifier *c, struct sv path, struct chosen *ret_chosen);
