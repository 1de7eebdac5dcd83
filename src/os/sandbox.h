// SPDX-License-Identifier: Apache-2.0
/*
 * Giving up rights, for good.
 *
 * Three kinds of processes, from the most to the least trusted:
 *
 *     opener   opens files and keeps what was found; parses nothing     sandbox_confine
 *     spawner  makes parsers; sees nothing of any file                  sandbox_renounce
 *     parser   looks into bytes that somebody else opened               sandbox_renounce, _enter
 *
 * and a fourth, which is not debar: a program of another root, run to see what it would do
 * (sandbox_guest, on top of os/copy_root.h).
 *
 * What the running kernel lacks is left out and said: callers decide whether that will do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum sandbox_feature {
    SANDBOX_PRIVILEGES = 1 << 0, /* no capability, no way to get one (no_new_privs) */
    SANDBOX_FILES = 1 << 1,      /* Landlock: no path can be opened */
    SANDBOX_CALLS = 1 << 2,      /* seccomp: only the listed system calls */
    SANDBOX_NAMESPACES = 1 << 3, /* a user and network namespace of its own */
};

enum {
    SANDBOX_ALL = SANDBOX_PRIVILEGES | SANDBOX_FILES | SANDBOX_CALLS | SANDBOX_NAMESPACES,
    /* What a jail must have; namespaces are often forbidden, and the others do without them. */
    SANDBOX_NEEDED = SANDBOX_PRIVILEGES | SANDBOX_FILES | SANDBOX_CALLS,
};

/* Which of SANDBOX_NEEDED this kernel and this build can do. Changes nothing. */
unsigned sandbox_available(void);

/* Append "Landlock, seccomp": the names of the features. */
void sandbox_features_write(unsigned features, struct buf *to);

struct sandbox_limits {
    uint64_t memory;  /* bytes of address space beyond what it has; 0: no limit */
    unsigned cpu_s;   /* 0: no limit */
    unsigned files;   /* open at once */
    uint64_t written; /* bytes of the one file that may be written */
    bool opens;       /* may also open by name what no path leads to, and write to it */
};

/*
 * Of a process with one thread: no file can be opened any more, no privilege be had, nothing of the
 * environment, the arguments and the terminal is left, and it ends with its parent. `name` is what
 * ps shows. It may still make processes. *ret_features is what took hold.
 */
int sandbox_renounce(const char *name, unsigned *ret_features, struct err *err) MUST_USE;

/*
 * Of a process that renounced: from here on it can read what it has, write to `file` (-1: to none),
 * compute, answer on its sockets, and end. Any other system call kills it.
 */
int sandbox_enter(const char *name, const struct sandbox_limits *limits, int file,
                  unsigned *ret_features, struct err *err) MUST_USE;

/* A file or folder that the opener may use, and what is in it. */
struct sandbox_path {
    const char *path;
    enum { SANDBOX_LIST, SANDBOX_READ, SANDBOX_WRITE /* also make and remove */ } access;
};

enum sandbox_bounds {
    SANDBOX_WRITES, /* where to write */
    SANDBOX_LISTS,  /* and which folders to list: a walk cannot leave where it was sent */
    SANDBOX_READS,  /* and what to read, which costs about 2.5 µs for each file that is opened */
};

/*
 * Of a process whose other threads are to come: `paths` are the bounds of what it does; runs no
 * program, makes no process, opens no connection, traces nobody. Of its capabilities it keeps the
 * one to read what it has no permission for. Paths that are not there are left out.
 */
int sandbox_confine(const struct sandbox_path *paths, size_t count, enum sandbox_bounds bounds,
                    unsigned *ret_features, struct err *err) MUST_USE;

/*
 * Of a process in namespaces of its own that is about to run a program which may be hostile, as
 * root of what it sees: it may do with files what their owner may, and change nothing of the
 * machine: no mount, module, device, clock, no other process's memory, no socket but of IP and the
 * local kind. -ERR_UNSUPPORTED when that cannot be had; then nothing may be run.
 */
int sandbox_guest(struct err *err) MUST_USE;
