// SPDX-License-Identifier: Apache-2.0
/*
 * A root to try things on: every file system that lies under it has an overlay whose changes are
 * kept in memory, in namespaces of its own. Nothing that happens there reaches the root, the
 * machine's services or the network; all of it is gone when it is freed or this process ends.
 *
 *     this process ── channel ──► keeper, owns the namespaces ──► init of one run ──► the program
 *          └── open folders: the merged root, each layer before and after
 *
 * A run sees a fresh /proc (read-only), /dev, /run and /tmp, no /sys, and has a process tree of its
 * own, which ends with it. os/sandbox.h (sandbox_guest) is what the program may do.
 *
 * Needs root, overlayfs and namespaces; Linux 5.12.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

struct copy_root;

#define auto_copy_root __attribute__((cleanup(copy_root_auto_free))) struct copy_root

/* One overlay. */
struct copy_layer {
    struct sv point; /* below the root: "/var"; "" is the root itself */
    int lower;       /* the folder as it is on the disk */
    int upper;       /* what was changed, as overlayfs keeps it */
};

/* -ERR_UNSUPPORTED or -ERR_DENIED with what is missing when it cannot be had here. */
int copy_root_new(const char *root, struct copy_root **ret, struct err *err) MUST_USE;
void copy_root_free(struct copy_root *c);
void copy_root_auto_free(struct copy_root **c);

/* The merged root, to be used by ordinary *at calls of this process. Borrowed. */
int copy_root_fd(const struct copy_root *c);

const struct copy_layer *copy_root_layers(const struct copy_root *c, size_t *ret_count);

/* Whether `path` ("/proc") is a folder that was made for a run, since the root has none. */
bool copy_root_made(const struct copy_root *c, const char *path);

struct copy_run {
    int code;       /* of its exit; 128 + the signal that ended it */
    bool timed_out; /* it took longer than it may, and was ended with all it had started */
};

/*
 * Run a program of the root. What it writes on stdout and stderr is appended to `output`, at most
 * 256 KiB of it. It is looked for in the usual folders when argv[0] has no "/".
 */
int copy_root_run(struct copy_root *c, const struct sv *argv, size_t argc, unsigned limit_s,
                  struct copy_run *ret, struct buf *output, struct err *err) MUST_USE;
