// SPDX-License-Identifier: Apache-2.0
/*
 * What is mounted where, what kind of file system it is, and from which mounts a walk starts so
 * that every tree is walked once.
 *
 * A file system may be mounted many times, as a whole or a folder of it (bind mounts, subvolumes).
 * A walk starts at each mount that is neither hidden (something else is mounted over it, so that no
 * path leads there) nor covered (another start comes by the same folder), does not go from one
 * mount into another, and leaves out the aliases: folders that another start is the mount of. An
 * overlay whose layers lie on other starts is covered by these; the root never is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum mount_class {
    MOUNT_LOCAL,     /* on this machine's disks, or its root whatever that is on */
    MOUNT_MEMORY,    /* tmpfs, ramfs: local, gone with the next start */
    MOUNT_PSEUDO,    /* views of the kernel, no files */
    MOUNT_NETWORK,   /* another machine's files, or a cloud's */
    MOUNT_REMOVABLE, /* a disk that can be taken out */
};

struct mount {
    uint64_t id, parent; /* id: as statx() says it */
    uint32_t device_major, device_minor;
    struct sv root;    /* which folder of the file system this is a mount of */
    struct sv point;   /* where it is */
    struct sv type;    /* ext4, fuse.sshfs, … */
    struct sv source;  /* /dev/sda1, server:/export, … */
    struct sv options; /* of the file system, as the kernel says them */
    enum mount_class class;
    bool hidden;
    bool covered;
};

struct mounts {
    struct mount *all; /* in the order of mountinfo */
    size_t count;
    struct sv *aliases; /* sorted */
    size_t alias_count;
};

struct mounts_options {
    const char *proc; /* the folder of procfs; its self/mountinfo is read */
    const char *sys;  /* the folder of sysfs, which knows the removable disks; NULL: none is */
    const char *root; /* put before the paths of an overlay's layers to look for them; "" */
};

const char *mount_class_text(enum mount_class class);

/* Values are in the arena. */
int mounts_read(const struct mounts_options *options, struct arena *arena, struct mounts *ret,
                struct err *err) MUST_USE;

/* The same from the text of a mountinfo file. -ERR_FORMAT for a line that is not mountinfo. */
int mounts_parse(struct sv mountinfo, const struct mounts_options *options, struct arena *arena,
                 struct mounts *ret, struct err *err) MUST_USE;

/* The mount that an absolute path lies in; NULL when none is above it. */
const struct mount *mounts_above(const struct mounts *mounts, struct sv path);

/* Whether a walk leaves out this folder, because another start has it. */
bool mounts_is_alias(const struct mounts *mounts, struct sv path);
