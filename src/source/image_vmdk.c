// SPDX-License-Identifier: Apache-2.0
/*
 * The disk in a VMDK file that is sparse, also when it is compressed to be sent.
 *
 *     header   description (text)   directory ─► tables ─► grains
 *
 * Format: VMware "Virtual Disk Format 5.0".
 */
#include "source/image_vmdk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/fs.h"
#include "source/unpack.h"

enum {
    SECTOR = 512,
    FLAG_ZEROS = 1 << 2,
    FLAG_COMPRESSED = 1 << 16,
    FOOTER_BACK = 1024, /* bytes before the end, where it is not the header that counts */
    DESCRIPTION_MAX = 20 * 1024,
    GRAIN_HEADER = 12,
    GRAIN_MAX = 1 << 20, /* bytes */
};

struct vmdk {
    struct image image;
    uint64_t directory_at; /* bytes */
    uint64_t tables;
    uint32_t grain, entries, flags;
    struct blocks blocks;
    uint8_t *packed;
    struct image_below below;
    bool is_part; /* what a description said already */
};

static int unpack_grain(struct vmdk *v, uint64_t at, struct span *ret, struct err *err)
{
    uint8_t header[GRAIN_HEADER];
    unsigned slot = 0;
    uint32_t packed;
    size_t n = 0;
    uint8_t *to;

    if (blocks_get(&v->blocks, at, ret))
        return 0;
    to = blocks_room(&v->blocks, &slot);
    if (!v->packed)
        v->packed = malloc(2 * (size_t)v->grain);
    if (!to || !v->packed)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(image_read(&v->image, at, header, sizeof(header), err));
    packed = fs_u32(header + 8);
    if (packed == 0 || packed > 2 * v->grain)
        return ERR(err, ERR_FORMAT, "vmdk: a compressed grain is damaged");
    TRY(budget_worked(v->image.disk.budget, v->grain, err));
    TRY(image_read(&v->image, at + GRAIN_HEADER, v->packed, packed, err));
    TRY(unpack_block(UNPACK_ZLIB, (struct span){v->packed, packed}, to, v->grain, &n, err));
    memset(to + n, 0, v->grain - n);
    *ret = blocks_put(&v->blocks, slot, at, v->grain);
    return 0;
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct vmdk *v = (struct vmdk *)m;
    uint64_t index = offset / v->grain, in_grain = offset % v->grain,
             span = (uint64_t)v->grain * v->entries;
    uint8_t bytes[4];
    uint32_t at;
    struct span grain;

    if (index / v->entries >= v->tables)
        return ERR(err, ERR_FORMAT, "vmdk: its directory is too short");
    TRY(disk_read(&v->image.disk, v->directory_at + index / v->entries * 4, bytes, 4, err));
    at = fs_u32(bytes);
    image_below_extent(&v->below, offset, span - offset % span, ret);
    if (at == 0)
        return 0;
    TRY(disk_read(&v->image.disk, (uint64_t)at * SECTOR + index % v->entries * 4, bytes, 4, err));
    at = fs_u32(bytes);
    image_below_extent(&v->below, offset, v->grain - in_grain, ret);
    if (at == 0)
        return 0;
    *ret = (struct extent){.how = EXTENT_ZEROS, .n = v->grain - in_grain};
    if (at == 1 && v->flags & FLAG_ZEROS)
        return 0;
    if (!(v->flags & FLAG_COMPRESSED)) {
        image_extent(&v->image, (uint64_t)at * SECTOR + in_grain, v->grain - in_grain, ret);
        return 0;
    }
    TRY(unpack_grain(v, (uint64_t)at * SECTOR, &grain, err));
    ret->how = EXTENT_MADE;
    ret->made = grain.p + in_grain;
    return 0;
}

/* "x-s002.vmdk" is read with the text in "x.vmdk": IMAGE_NOT when that is there. */
static int vmdk_is_part(const struct image_file *file, struct err *err)
{
    char name[SIBLING_NAME_MAX + 1];
    size_t dot = sv_find_last(file->name, '.'), dash = sv_find_last(file->name, '-'),
           slash = sv_find_last(file->name, '/'), folder = slash == SIZE_MAX ? 0 : slash + 1;
    struct source *source;

    if (dot == SIZE_MAX || dash == SIZE_MAX || dash > dot || dash < folder ||
        file->name.n > SIBLING_NAME_MAX)
        return ERR(err, ERR_UNSUPPORTED, "vmdk: a part of a disk that is in several files");
    (void)snprintf(name, sizeof(name), "%.*s%.*s", (int)(dash - folder), file->name.p + folder,
                   (int)(file->name.n - dot), file->name.p + dot);
    TRY(image_sibling(file, sv_str(name), &source, err));
    return IMAGE_NOT;
}

/* What the text says: which other image it builds on. */
static int read_description(struct vmdk *v, const struct image_file *file, uint64_t at, uint64_t n,
                            struct err *err)
{
    auto_free char *text = NULL;
    struct sv rest, parent = {0};
    bool has_parent = false, is_whole = false;

    if (n == 0)
        return vmdk_is_part(file, err);
    n = n > DESCRIPTION_MAX ? DESCRIPTION_MAX : n;
    text = malloc((size_t)n);
    if (!text)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(disk_read(&v->image.disk, at, text, (size_t)n, err));
    rest = (struct sv){text, strnlen(text, (size_t)n)};
    while (rest.n) {
        struct sv line = sv_trim(sv_line(&rest)), name = sv_trim(sv_cut(&line, '='));

        if (sv_eq_nocase(name, SV("parentCID")) && !sv_eq_nocase(sv_trim(line), SV("ffffffff")))
            has_parent = true;
        if (sv_eq_nocase(name, SV("createType")))
            is_whole = true;
        if (sv_eq_nocase(name, SV("parentFileNameHint")))
            parent = sv_trim(line);
    }
    if (!is_whole)
        return vmdk_is_part(file, err);
    if (!has_parent)
        return 0;
    if (parent.n >= 2 && parent.p[0] == '"')
        parent = (struct sv){parent.p + 1, parent.n - 2};
    return image_below_open(file, parent, v->image.disk.budget, &v->below, err);
}

static int read_header(struct vmdk *v, const struct image_file *file, uint64_t *ret_size,
                       struct err *err)
{
    uint64_t sectors, grain, description, description_n;
    uint8_t h[SECTOR];

    TRY(disk_read(&v->image.disk, 0, h, SECTOR, err));
    description = fs_u64(h + 28);
    description_n = fs_u64(h + 36);
    if (fs_u64(h + 56) == UINT64_MAX) {
        if (v->image.disk.size < FOOTER_BACK + SECTOR)
            return ERR(err, ERR_FORMAT, "vmdk: its end is missing");
        TRY(disk_read(&v->image.disk, v->image.disk.size - FOOTER_BACK, h, SECTOR, err));
        if (memcmp(h, "KDMV", 4) != 0)
            return ERR(err, ERR_FORMAT, "vmdk: its end is missing");
    }
    v->flags = fs_u32(h + 8);
    sectors = fs_u64(h + 12);
    grain = fs_u64(h + 20);
    v->entries = fs_u32(h + 44);
    v->directory_at = fs_u64(h + 56);
    if (grain == 0 || grain > GRAIN_MAX / SECTOR || (grain & (grain - 1)) || !v->entries ||
        v->entries > 1 << 16 || sectors > UINT64_MAX >> 12 || v->directory_at > UINT64_MAX >> 12 ||
        description > UINT64_MAX >> 12 || description_n > UINT64_MAX >> 12)
        return ERR(err, ERR_FORMAT, "vmdk: its header is damaged");
    v->grain = (uint32_t)grain * SECTOR;
    v->directory_at *= SECTOR;
    *ret_size = sectors * SECTOR;
    v->tables =
        (*ret_size + (uint64_t)v->grain * v->entries - 1) / ((uint64_t)v->grain * v->entries);
    blocks_init(&v->blocks, v->grain);
    return v->is_part
               ? 0
               : read_description(v, file, description * SECTOR, description_n * SECTOR, err);
}

static void vmdk_close(struct image *image)
{
    struct vmdk *v = (struct vmdk *)image;

    image_below_close(&v->below);
    blocks_clear(&v->blocks);
    free(v->packed);
    free(v);
}

static int open_sparse(const struct image_file *file, bool is_part, struct budget *budget,
                       struct image **ret, struct err *err)
{
    struct vmdk *v = image_new(sizeof(*v), file->source, budget, vmdk_close, err);
    uint64_t size = 0;
    int r;

    if (!v)
        return -ERR_NOMEM;
    v->is_part = is_part;
    v->image.raw.find = find;
    r = read_header(v, file, &size, err);
    return image_opened(&v->image, r, size, ret, err);
}

int vmdk_part_open(const struct image_file *file, struct budget *budget, struct image **ret,
                   struct err *err)
{
    if (!sv_starts(sv_of(file->source->head), SV("KDMV")))
        return ERR(err, ERR_FORMAT, "vmdk: a part of it is of another kind");
    return open_sparse(file, true, budget, ret, err);
}

int vmdk_open(const struct image_file *file, struct budget *budget, struct image **ret,
              struct err *err)
{
    if (!sv_starts(sv_of(file->source->head), SV("KDMV")))
        return vmdk_set_open(file, budget, ret, err);
    return open_sparse(file, false, budget, ret, err);
}
