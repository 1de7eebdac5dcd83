// SPDX-License-Identifier: Apache-2.0
/* What the readers of FAT and exFAT share: chains of clusters. */
#pragma once

#include "source/fs.h"

enum fat_width {
    FAT_12,
    FAT_16,
    FAT_32,
    FAT_EX,
};

struct fat {
    struct fs fs;
    enum fat_width width;
    uint64_t table_at, data_at; /* bytes: of the table, of cluster 2 */
    uint64_t root_at;           /* of a root without clusters */
    uint32_t cluster;           /* bytes */
    uint32_t clusters;          /* so many; the first is number 2 */
};

/* Which clusters a file has; in struct fs_node: `at` is the first, `part` how they follow. */
enum fat_follow {
    FOLLOW_TABLE,
    FOLLOW_EACH_OTHER, /* there is no chain */
    FOLLOW_ROOT,       /* there are no clusters */
};

struct fat_file {
    struct mapped mapped;
    struct fat *fat;
    enum fat_follow follow;
    uint32_t first;
    uint32_t index, cluster; /* one place of the chain */
};

int fat_file_open(struct fs *fs, const struct fs_node *node, struct mapped *file, struct err *err);

/*
 * A record of a folder, `n` bytes at `offset`: 0, or FS_ENDED beyond the end of its clusters, since
 * nothing else may say how large it is.
 */
int fat_read_record(struct fat_file *f, uint64_t offset, uint8_t *to, size_t n, struct err *err);

void fat_close(struct fs *fs);
