// SPDX-License-Identifier: Apache-2.0
/*
 * The disk in a VDI file of VirtualBox: a header, a map of blocks, and blocks.
 *
 * Format: VirtualBox, src/VBox/Storage/VDICore.h.
 */
#include "source/image.h"

#include <stdlib.h>

#include "source/fs.h"

enum {
    HEADER = 512,
    TYPE_DIFFERENCING = 4,
    BLOCK_MAX = 256 << 20,
};

#define BLOCK_FREE 0xfffffffeu /* and the number above: nothing was written, or zeros */

struct vdi {
    struct image image;
    uint32_t map_at, data_at, block, extra, count;
};

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct vdi *v = (struct vdi *)m;
    uint64_t index = offset / v->block, in_block = offset % v->block;
    uint8_t entry[4];

    *ret = (struct extent){.how = EXTENT_ZEROS, .n = v->block - in_block};
    if (index >= v->count)
        return ERR(err, ERR_FORMAT, "vdi: its map is too short");
    TRY(disk_read(&v->image.disk, v->map_at + index * 4, entry, 4, err));
    if (fs_u32(entry) < BLOCK_FREE)
        image_extent(&v->image,
                     v->data_at + (uint64_t)fs_u32(entry) * (v->block + (uint64_t)v->extra) +
                         v->extra + in_block,
                     v->block - in_block, ret);
    return 0;
}

static int read_header(struct vdi *v, uint64_t *ret_size, struct err *err)
{
    uint8_t h[HEADER];

    TRY(disk_read(&v->image.disk, 0, h, HEADER, err));
    if (fs_u32(h + 68) >> 16 != 1)
        return ERR(err, ERR_UNSUPPORTED, "vdi: version %u; 1 is read", fs_u32(h + 68) >> 16);
    if (fs_u32(h + 76) == TYPE_DIFFERENCING)
        return ERR(err, ERR_UNSUPPORTED, "vdi: it builds on another image");
    v->map_at = fs_u32(h + 340);
    v->data_at = fs_u32(h + 344);
    *ret_size = fs_u64(h + 368);
    v->block = fs_u32(h + 376);
    v->extra = fs_u32(h + 380);
    v->count = fs_u32(h + 384);
    if (v->block < 512 || v->block > BLOCK_MAX || *ret_size > UINT64_MAX >> 2)
        return ERR(err, ERR_FORMAT, "vdi: its header is damaged");
    return 0;
}

static void vdi_close(struct image *image)
{
    free(image);
}

int vdi_open(const struct image_file *file, struct budget *budget, struct image **ret,
             struct err *err)
{
    struct vdi *v = image_new(sizeof(*v), file->source, budget, vdi_close, err);
    uint64_t size = 0;
    int r;

    if (!v)
        return -ERR_NOMEM;
    v->image.raw.find = find;
    r = read_header(v, &size, err);
    return image_opened(&v->image, r, size, ret, err);
}
