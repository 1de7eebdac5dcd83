// SPDX-License-Identifier: Apache-2.0
#include "source/fat.h"

#include <stdlib.h>

enum {
    STEP_WORK = 32,  /* one step along a chain counts as reading so many bytes */
    TOGETHER = 256,  /* clusters that are looked at as one */
    CHAIN_ENDED = 1, /* as FS_ENDED */
};

/* The cluster after another: 0, CHAIN_ENDED, or a failure. */
static int next_cluster(struct fat *f, uint32_t cluster, uint32_t *ret, struct err *err)
{
    static const unsigned bits[] = {[FAT_12] = 12, [FAT_16] = 16, [FAT_32] = 32, [FAT_EX] = 32};
    uint8_t bytes[4] = {0};
    uint32_t next;

    TRY(budget_worked(f->fs.disk.budget, STEP_WORK, err));
    TRY(disk_read(&f->fs.disk, f->table_at + (uint64_t)cluster * bits[f->width] / 8, bytes,
                  f->width < FAT_32 ? 2 : 4, err));
    next = fs_u32(bytes);
    if (f->width == FAT_12)
        next = cluster % 2 ? next >> 4 : next & 0xfff;
    if (f->width == FAT_32)
        next &= 0x0fffffff;
    if (next >= 2 && next - 2 < f->clusters) {
        *ret = next;
        return 0;
    }
    if (next >= (f->width == FAT_12   ? 0xff8u
                 : f->width == FAT_16 ? 0xfff8u
                 : f->width == FAT_32 ? 0x0ffffff8u
                                      : 0xfffffff8u))
        return CHAIN_ENDED;
    return ERR(err, ERR_FORMAT, "fat: a chain of clusters is damaged");
}

/* Go to a place of the chain. */
static int go_to(struct fat_file *f, uint64_t index, struct err *err)
{
    if (f->cluster == 0 || index < f->index) {
        f->index = 0;
        f->cluster = f->first;
    }
    if (f->first < 2 || f->first - 2 >= f->fat->clusters)
        return ERR(err, ERR_FORMAT, "fat: a file begins outside of it");
    while (f->index < index) {
        uint32_t next = 0;
        int r = next_cluster(f->fat, f->cluster, &next, err);

        if (r != 0)
            return r;
        f->cluster = next;
        f->index++;
    }
    return 0;
}

/* Where a byte of it is on the disk: 0, CHAIN_ENDED, or a failure. */
static int place(struct fat_file *f, uint64_t offset, uint64_t *ret, struct err *err)
{
    const struct fat *fat = f->fat;
    uint64_t first = f->first;
    int r;

    if (f->follow == FOLLOW_ROOT) {
        *ret = fat->root_at + offset;
        return 0;
    }
    if (f->follow == FOLLOW_TABLE) {
        r = go_to(f, offset / fat->cluster, err);
        if (r != 0)
            return r;
        first = f->cluster;
        offset %= fat->cluster;
    } else if (first < 2 || first - 2 + offset / fat->cluster >= fat->clusters) {
        return ERR(err, ERR_FORMAT, "fat: a file is outside of it");
    }
    *ret = fat->data_at + (first - 2) * fat->cluster + offset;
    return 0;
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct fat_file *f = (struct fat_file *)m;
    struct fat *fat = f->fat;
    uint64_t at = 0, count = 1;
    uint32_t next = 0, last;
    int r = place(f, offset, &at, err);

    TRY(r);
    if (r == CHAIN_ENDED)
        return ERR(err, ERR_FORMAT, "fat: a chain of clusters ends before its file");
    *ret = (struct extent){.how = EXTENT_AT,
                           .n = m->source.size - offset,
                           .from = fat->fs.disk.source,
                           .at = fat->fs.disk.base + at};
    if (f->follow != FOLLOW_TABLE)
        return 0;
    for (last = f->cluster; count < TOGETHER; count++, last = next)
        if (next_cluster(fat, last, &next, NULL) != 0 || next != last + 1)
            break;
    ret->n = count * fat->cluster - offset % fat->cluster;
    return 0;
}

int fat_read_record(struct fat_file *f, uint64_t offset, uint8_t *to, size_t n, struct err *err)
{
    uint64_t at = 0;
    int r;

    if (offset >= f->mapped.source.size)
        return FS_ENDED;
    r = place(f, offset, &at, err);
    if (r != 0)
        return r == CHAIN_ENDED ? FS_ENDED : r;
    return disk_read(&f->fat->fs.disk, at, to, n, err);
}

int fat_file_open(struct fs *fs, const struct fs_node *node, struct mapped *file, struct err *err)
{
    struct fat_file *f = (struct fat_file *)file;

    (void)err;
    f->fat = (struct fat *)fs;
    f->first = (uint32_t)node->at;
    f->follow = (enum fat_follow)node->part;
    file->find = find;
    return 0;
}

void fat_close(struct fs *fs)
{
    free(fs);
}
