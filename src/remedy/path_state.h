// SPDX-License-Identifier: Apache-2.0
/*
 * The state of one path: everything that a removal must be able to bring back.
 *
 * Two states are the same when their digests are. The digest has type, mode, owner, device number,
 * extended attributes (ACLs, capabilities, labels), target of a link, content, and the time of the
 * last change; not the latter of a folder, which moves whenever a name in it comes or goes. Neither
 * are in it what nobody can set (inode, change time), what reading moves (access time), and what
 * the file system may move by itself (where a sparse file has holes). These are restored all the
 * same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "os/attributes.h"

enum path_type {
    PATH_ABSENT,
    PATH_FILE,
    PATH_FOLDER,
    PATH_LINK,
    PATH_SPECIAL, /* FIFO, device, socket: which, is in the mode */
};

enum {
    PATH_DIGEST_HEX = 65,
};

struct path_state {
    enum path_type type;
    uint32_t mode; /* with the bits of the type, as stat() has it */
    uint32_t uid, gid;
    uint64_t rdev, size; /* size: of a file */
    int64_t mtime_ns, atime_ns;
    struct attribute *attributes; /* sorted by name */
    size_t attribute_count;
    struct sv target;   /* of a link */
    uint8_t sha256[32]; /* of a file's bytes */
    struct extent *extents;
    size_t extent_count;
    uint32_t flags;                /* of the inode: os/attributes.h */
    uint64_t device, inode, links; /* names with the same device and inode are one file */
};

/* The state of a path below a root. Absent is a state; -ERR_CONFLICT when a part of the path is a
 * symbolic link, or the file was written to while it was read. */
int path_state_get(int root_fd, const char *path, struct arena *arena, struct path_state *ret,
                   struct err *err) MUST_USE;

/* The same of a name in an open folder; "" is the folder itself. */
int path_state_at(int folder_fd, const char *name, struct arena *arena, struct path_state *ret,
                  struct err *err) MUST_USE;

/* Without content: size, but neither digest nor extents. */
int path_state_glance(int folder_fd, const char *name, struct arena *arena, struct path_state *ret,
                      struct err *err) MUST_USE;

/* Whether it is a file with bytes, and which ones is known. */
bool path_state_has_content(const struct path_state *s);

void path_state_digest(const struct path_state *s, char ret_hex[PATH_DIGEST_HEX]);
bool path_state_same(const struct path_state *a, const struct path_state *b);

/* Whether `now` may be what is left by a change from `a` to `b` that was interrupted. */
bool path_state_between(const struct path_state *now, const struct path_state *a,
                        const struct path_state *b);

const char *path_type_text(enum path_type type); /* "file", "folder", "link", "special", "absent" */

/* As bytes, to keep it. */
void path_state_write(const struct path_state *s, struct buf *to);
int path_state_read(struct span bytes, struct arena *arena, struct path_state *ret,
                    struct err *err) MUST_USE;
