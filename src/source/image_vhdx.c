// SPDX-License-Identifier: Apache-2.0
/*
 * The disk in a VHDX file.
 *
 *     two headers, two tables of regions ─► metadata: sizes
 *                                       ─► block table ─► blocks
 *
 * The log is not replayed: when it is not empty, that is said behind what was found. Format:
 * Microsoft MS-VHDX.
 */
#include "source/image.h"

#include <stdlib.h>
#include <string.h>

#include "source/fs.h"

enum {
    HEADERS_AT = 64 * 1024,
    REGIONS_AT = 192 * 1024,
    COPY = 64 * 1024,
    REGIONS_MAX = 2047,
    ITEMS_MAX = 2047,
    ENTRY = 32,
    HAS_PARENT = 2,
    STATE_MASK = 7,
    STATE_PRESENT = 6,
    STATE_PARTLY = 7,
    BLOCK_MAX = 256 << 20,
};

#define ENTRY_AT_MASK (~UINT64_C(0xfffff))

struct vhdx {
    struct image image;
    uint64_t table_at, metadata_at;
    uint32_t table_n, block, sector;
    uint64_t ratio; /* blocks between two entries that are not of blocks */
};

static const char table_guid[] = "\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b\xfd\x4a\x08";
static const char metadata_guid[] =
    "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e";
static const char parameters_guid[] =
    "\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b";
static const char size_guid[] = "\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8";
static const char sector_guid[] =
    "\x1d\xbf\x41\x81\x6f\xa9\x09\x47\xba\x47\xf2\x33\xa8\xfa\xab\x5f";

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct vhdx *v = (struct vhdx *)m;
    uint64_t index = offset / v->block, in_block = offset % v->block, entry;
    uint8_t bytes[8];

    *ret = (struct extent){.how = EXTENT_ZEROS, .n = v->block - in_block};
    index += index / v->ratio;
    if (index >= v->table_n / 8)
        return ERR(err, ERR_FORMAT, "vhdx: its block table is too short");
    TRY(disk_read(&v->image.disk, v->table_at + index * 8, bytes, 8, err));
    entry = fs_u64(bytes);
    if ((entry & STATE_MASK) == STATE_PRESENT)
        image_extent(&v->image, (entry & ENTRY_AT_MASK) + in_block, v->block - in_block, ret);
    else if ((entry & STATE_MASK) == STATE_PARTLY)
        return ERR(err, ERR_UNSUPPORTED, "vhdx: it builds on another image");
    return 0;
}

/* The log belongs to the header that was written last. */
static int check_log(struct vhdx *v, struct err *err)
{
    static const uint8_t none[16];
    uint8_t h[2][80];
    unsigned last;

    for (unsigned i = 0; i < 2; i++)
        TRY(disk_read(&v->image.disk, HEADERS_AT + (uint64_t)i * COPY, h[i], sizeof(h[i]), err));
    last = memcmp(h[0], "head", 4) != 0 || fs_u64(h[1] + 8) > fs_u64(h[0] + 8);
    if (memcmp(h[last], "head", 4) != 0)
        return ERR(err, ERR_FORMAT, "vhdx: its headers are damaged");
    if (memcmp(h[last] + 48, none, sizeof(none)) != 0)
        (void)ERR(&v->image.noted, ERR_UNSUPPORTED,
                  "vhdx: it was not closed, and its log is not replayed");
    return 0;
}

static int read_regions(struct vhdx *v, struct err *err)
{
    uint8_t head[16], e[ENTRY];
    uint64_t at = REGIONS_AT;

    TRY(disk_read(&v->image.disk, at, head, sizeof(head), err));
    if (memcmp(head, "regi", 4) != 0) {
        at += COPY;
        TRY(disk_read(&v->image.disk, at, head, sizeof(head), err));
    }
    if (memcmp(head, "regi", 4) != 0 || fs_u32(head + 8) > REGIONS_MAX)
        return ERR(err, ERR_FORMAT, "vhdx: its table of regions is damaged");
    for (uint32_t i = 0; i < fs_u32(head + 8); i++) {
        TRY(disk_read(&v->image.disk, at + 16 + (uint64_t)i * ENTRY, e, ENTRY, err));
        if (memcmp(e, table_guid, 16) == 0) {
            v->table_at = fs_u64(e + 16);
            v->table_n = fs_u32(e + 24);
        } else if (memcmp(e, metadata_guid, 16) == 0) {
            v->metadata_at = fs_u64(e + 16);
        }
    }
    return v->table_at && v->metadata_at ? 0 : ERR(err, ERR_FORMAT, "vhdx: a region is missing");
}

static int read_metadata(struct vhdx *v, uint64_t *ret_size, struct err *err)
{
    uint8_t head[32], e[ENTRY], value[8];
    uint32_t flags = 0;

    TRY(disk_read(&v->image.disk, v->metadata_at, head, sizeof(head), err));
    if (memcmp(head, "metadata", 8) != 0 || fs_u16(head + 10) > ITEMS_MAX)
        return ERR(err, ERR_FORMAT, "vhdx: its metadata are damaged");
    for (uint32_t i = 0; i < fs_u16(head + 10); i++) {
        TRY(disk_read(&v->image.disk, v->metadata_at + ENTRY * (i + UINT64_C(1)), e, ENTRY, err));
        if (memcmp(e, parameters_guid, 16) != 0 && memcmp(e, size_guid, 16) != 0 &&
            memcmp(e, sector_guid, 16) != 0)
            continue;
        TRY(disk_read(&v->image.disk, v->metadata_at + fs_u32(e + 16), value,
                      memcmp(e, sector_guid, 16) == 0 ? 4 : 8, err));
        if (memcmp(e, size_guid, 16) == 0)
            *ret_size = fs_u64(value);
        else if (memcmp(e, sector_guid, 16) == 0)
            v->sector = fs_u32(value);
        else
            v->block = fs_u32(value), flags = fs_u32(value + 4);
    }
    if (flags & HAS_PARENT)
        return ERR(err, ERR_UNSUPPORTED, "vhdx: it builds on another image");
    if (v->block < 1 << 20 || v->block > BLOCK_MAX || (v->block & (v->block - 1)) ||
        (v->sector != 512 && v->sector != 4096) || *ret_size > UINT64_MAX >> 2)
        return ERR(err, ERR_FORMAT, "vhdx: its metadata are damaged");
    v->ratio = (UINT64_C(1) << 23) * v->sector / v->block;
    return 0;
}

static void vhdx_close(struct image *image)
{
    free(image);
}

int vhdx_open(const struct image_file *file, struct budget *budget, struct image **ret,
              struct err *err)
{
    struct vhdx *v = image_new(sizeof(*v), file->source, budget, vhdx_close, err);
    uint64_t size = 0;
    int r;

    if (!v)
        return -ERR_NOMEM;
    v->image.raw.find = find;
    r = check_log(v, err);
    if (r == 0)
        r = read_regions(v, err);
    if (r == 0)
        r = read_metadata(v, &size, err);
    return image_opened(&v->image, r, size, ret, err);
}
