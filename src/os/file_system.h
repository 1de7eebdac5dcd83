// SPDX-License-Identifier: Apache-2.0
/* What a file system promises of the inodes and times of its files. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct file_system {
    uint64_t id; /* the same as long as it is mounted, and mostly longer */
    /*
     * A file that has changed has another change time, which no call can set: so a file with the
     * same inode, size and times is the same file. False where that is not known to be so, as on
     * network file systems and on those of removable media.
     */
    bool tells_changes;
};

struct file_system file_system_of(int fd, uint64_t device);
