// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one key, one value, or one text of a list out of a hive of the Windows registry.
 *
 * libhivex writes the new hive, from a copy in memory, in a process without rights. Then a second
 * such process compares both with debar's own reader: the one thing has to be gone, and every other
 * key has to be in its old place with the same attributes and values. Only then is it an answer.
 *
 * What is to go is named as findings name it: "HKLM\SYSTEM\CurrentControlSet\Services\x", with the
 * hive's own name before the path, or without. A hive whose last changes are only in its
 * transaction logs is refused, as is a key that others share ("…\Run").
 */
#pragma once

#include "remedy/edit.h"

struct registry_target {
    struct sv path;
    bool is_text;   /* of the list that the value at `path` is, only `text` goes */
    struct sv text; /* compared without regard to ASCII case */
};

/* 0, EDIT_NOTHING or -ERR_*; see edit.h. */
int registry_edit(struct span before, const struct registry_target *target, struct buf *after,
                  struct err *err) MUST_USE;

/* ---- between the files of it ---- */

enum {
    REGISTRY_PATH_MAX = 4096,
    REGISTRY_DEPTH_MAX = 512, /* Windows' own limit */
};

/* What of a hive says what a path in it means. */
struct registry_hive {
    uint32_t current; /* control set; 0: the hive has none */
    bool is_users;    /* it has a key "Software" */
};

/* The path from the hive's root, NUL-terminated; -ERR_USAGE when it has no place there. */
int registry_path_in(const struct registry_hive *hive, struct sv path, char ret[REGISTRY_PATH_MAX],
                     struct err *err) MUST_USE;

/* Whether more than one product has something in a key of that name. */
bool registry_is_shared(struct sv path);

/* Where the last name in a path begins. */
size_t registry_last_name(struct sv path);

/* UTF-16LE texts, each with a NUL, and one NUL more: append all that are not `text`. */
void registry_list_without(struct span list, struct sv text, struct buf *to);

/* Of libhivex, from JAILED_IN to JAILED_OUT. */
void registry_write_prepare(void);
int registry_write(const struct registry_target *target, struct err *err) MUST_USE;

/* By debar's own reader. */
int registry_check(struct span before, struct span after, const struct registry_target *target,
                   struct err *err) MUST_USE;
