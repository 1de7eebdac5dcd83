// SPDX-License-Identifier: Apache-2.0
/*
 * The disk in a VHD file that grows. (One of a fixed size is the disk itself, and a footer.)
 *
 *     copy of the footer   header   table ─► blocks: a bitmap of sectors, then the sectors
 *
 * Format: Microsoft "Virtual Hard Disk Image Format Specification".
 */
#include "source/image.h"

#include <stdlib.h>

enum {
    FOOTER = 512,
    HEADER = 1024,
    SECTOR = 512,
    TYPE_FIXED = 2,
    TYPE_DYNAMIC = 3,
    TYPE_DIFFERENCING = 4,
    BLOCK_MAX = 256 << 20,
};

struct vhd {
    struct image image;
    uint64_t table_at;
    uint32_t count, block, bitmap; /* bytes */
};

static uint64_t be(const uint8_t *p, unsigned n)
{
    uint64_t value = 0;

    while (n--)
        value = value << 8 | *p++;
    return value;
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct vhd *v = (struct vhd *)m;
    uint64_t index = offset / v->block, in_block = offset % v->block;
    uint8_t entry[4];

    *ret = (struct extent){.how = EXTENT_ZEROS, .n = v->block - in_block};
    if (index >= v->count)
        return ERR(err, ERR_FORMAT, "vhd: its table is too short");
    TRY(disk_read(&v->image.disk, v->table_at + index * 4, entry, 4, err));
    if (be(entry, 4) != UINT32_MAX)
        image_extent(&v->image, be(entry, 4) * SECTOR + v->bitmap + in_block, v->block - in_block,
                     ret);
    return 0;
}

static int read_header(struct vhd *v, uint64_t *ret_size, struct err *err)
{
    uint8_t footer[FOOTER], header[HEADER];
    uint64_t at, type;

    TRY(disk_read(&v->image.disk, 0, footer, FOOTER, err));
    at = be(footer + 16, 8);
    *ret_size = be(footer + 48, 8);
    type = be(footer + 60, 4);
    if (type == TYPE_DIFFERENCING)
        return ERR(err, ERR_UNSUPPORTED, "vhd: it builds on another image");
    if (type != TYPE_DYNAMIC)
        return ERR(err, ERR_FORMAT, "vhd: its footer is damaged");
    TRY(disk_read(&v->image.disk, at, header, HEADER, err));
    v->table_at = be(header + 16, 8);
    v->count = (uint32_t)be(header + 28, 4);
    v->block = (uint32_t)be(header + 32, 4);
    if (!sv_starts(sv_of((struct span){header, 8}), SV("cxsparse")) || v->block < SECTOR ||
        v->block > BLOCK_MAX || (v->block & (v->block - 1)) || *ret_size > UINT64_MAX >> 2)
        return ERR(err, ERR_FORMAT, "vhd: its header is damaged");
    v->bitmap = (v->block / SECTOR / 8 + SECTOR - 1) / SECTOR * SECTOR;
    return 0;
}

static void vhd_close(struct image *image)
{
    free(image);
}

int vhd_open(const struct image_file *file, struct budget *budget, struct image **ret,
             struct err *err)
{
    struct vhd *v = image_new(sizeof(*v), file->source, budget, vhd_close, err);
    uint64_t size = 0;
    int r;

    if (!v)
        return -ERR_NOMEM;
    v->image.raw.find = find;
    r = read_header(v, &size, err);
    return image_opened(&v->image, r, size, ret, err);
}
