// SPDX-License-Identifier: Apache-2.0
/*
 * Opening and looking at files without leaving a trace: never follows a symbolic link, never
 * blocks on a FIFO or device, keeps the access time where the system allows it, and triggers no
 * automount.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"

enum file_kind {
    FILE_REGULAR,
    FILE_DIRECTORY,
    FILE_SYMLINK,
    FILE_SPECIAL, /* device, FIFO, socket */
};

struct file_facts {
    enum file_kind kind;
    uint32_t mode, links, uid, gid;
    uint64_t device, inode, mount; /* mount: id as in mountinfo; 0 when the kernel does not say */
    uint64_t size;
    int64_t mtime_ns, ctime_ns;
};

/* Facts of `name` in the folder `dir_fd`, or of dir_fd itself when name is "". */
int file_facts(int dir_fd, const char *name, struct file_facts *ret, struct err *err) MUST_USE;

/*
 * What a layer of an overlay file system says of those below it: that a name is deleted (the device
 * 0/0), or all that a folder held. Attributes of the name space "trusted" are for those who may
 * administer the system; others see no difference.
 */
bool file_is_whiteout(int dir_fd, const char *name);
bool file_is_opaque(int dir_fd, const char *name);

/* Open a regular file to read it. */
int file_open(int dir_fd, const char *name, int *ret_fd, struct err *err) MUST_USE;

/* Open what a link of /proc such as PID/exe stands for, also when no folder has it any more. */
int file_open_program(const char *path, int *ret_fd, struct err *err) MUST_USE;

/* Open a folder to list it; AT_FDCWD and an absolute path to start with. */
int file_open_dir(int dir_fd, const char *name, int *ret_fd, struct err *err) MUST_USE;

/* Open the folder above `dir_fd`. */
int file_open_parent(int dir_fd, int *ret_fd, struct err *err) MUST_USE;

/* A path below `root_fd`, of which no part may be a symbolic link or lead out of the root. */
int file_open_below(int root_fd, const char *path, bool directory, int *ret_fd,
                    struct err *err) MUST_USE;

/* Whether there is such a file when `root_fd` is taken for "/", links in it included. */
bool file_exists_in(int root_fd, const char *path);

/* The whole of a small file below a root, NUL-terminated, in the arena. */
int file_read_below(int root_fd, const char *path, size_t max, struct arena *arena,
                    struct sv *ret_text, struct err *err) MUST_USE;

/* The first `n` bytes of an open file, instead of what was in the buffer; fewer when it ends. */
int file_read_all(int fd, size_t n, struct buf *to, struct err *err) MUST_USE;

/* Everything up to the end of the last process that holds the other end of a pipe; the first `max`
 * bytes of it are kept. */
void file_drain(int pipe, size_t max, struct buf *to);

/* Let this process have as many open files as the system allows it. */
void file_raise_limit(void);

/* Who wants to know of each read of a file, and may take his time then. */
struct read_meter {
    void (*read)(void *to, uint64_t bytes);
    void *to;
};

/*
 * An open file as a source. `head_room` is SOURCE_HEAD bytes of the caller's; the head is read at
 * once. `short_read` is set when the file ended before its size: it shrank meanwhile.
 */
struct file_source {
    struct source source;
    int fd;
    uint64_t bytes_read;
    bool short_read;
    const struct read_meter *meter; /* set once it was made; NULL: nobody */
};

int file_source_init(struct file_source *f, int fd, uint64_t size, uint8_t *head_room,
                     struct err *err) MUST_USE;

/*
 * The same of a file whose size nobody has asked for: when it ends within the head, that is its
 * size; otherwise the size is SOURCE_HEAD until somebody sets it.
 */
int file_source_begin(struct file_source *f, int fd, uint8_t *head_room, struct err *err) MUST_USE;

/* The same of a file whose head somebody has read; fd -1 when that is all of it. */
void file_source_init_with(struct file_source *f, int fd, uint64_t size, struct span head);
