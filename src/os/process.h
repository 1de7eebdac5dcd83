// SPDX-License-Identifier: Apache-2.0
/*
 * The processes of the machine, from /proc: what each one is, runs and has mapped.
 *
 * Paths are as the process sees them; `other_root` says that this is another tree than ours (a
 * container). A program whose file is gone still runs: its bytes are at PROC/PID/exe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct process_file {
    struct sv path; /* without " (deleted)" */
    bool deleted;
};

struct process {
    uint32_t pid, parent, uid;
    struct sv name;              /* of the image, cut to 15 bytes by the kernel */
    struct sv command;           /* its arguments with a space between them, at most 8 KiB */
    struct process_file program; /* path empty when there is none or it may not be known */
    uint64_t device, inode;      /* of the program as os/file.h gives them; 0, 0 when not known */
    const struct process_file *mapped; /* executable files mapped, sorted, each once */
    size_t mapped_count;
    bool kernel; /* a thread of the kernel: it has no program */
    bool other_root;
};

struct process_events {
    /* A failure ends the listing. What the process holds is valid during the call. */
    int (*process)(void *to, const struct process *p, struct err *err);
    /* `what` ("exe", "maps", …) of a process could not be read; ended processes are not reported.
     */
    void (*unread)(void *to, uint32_t pid, const char *what, const struct err *why);
};

/* `proc` is the folder of procfs. */
int processes_each(const char *proc, const struct process_events *events, void *to,
                   struct err *err) MUST_USE;
