// SPDX-License-Identifier: Apache-2.0
#include "source/image.h"

#include <stdio.h>
#include <stdlib.h>

#include "source/dmg.h"

enum {
    BELOW_MAX = 16,
    NAME_LONG = 4096,
};

void image_close(struct image *image)
{
    if (!image)
        return;
    disk_clear(&image->disk);
    image->close(image);
}

void *image_new(size_t size, struct source *source, struct budget *budget,
                void (*close)(struct image *image), struct err *err)
{
    struct image *image = calloc(1, size);

    if (!image) {
        (void)ERR(err, ERR_NOMEM, "no memory");
        return NULL;
    }
    disk_init(&image->disk, source, 0, budget);
    image->close = close;
    return image;
}

int image_opened(struct image *image, int result, uint64_t size, struct image **ret,
                 struct err *err)
{
    if (result == 0) {
        mapped_init(&image->raw, size, image->disk.budget, false);
        result = mapped_read_head(&image->raw, err);
    }
    if (result != 0)
        image_close(image);
    else
        *ret = image;
    return result;
}

void image_extent(const struct image *image, uint64_t at, uint64_t n, struct extent *ret)
{
    *ret = (struct extent){.how = EXTENT_AT, .n = n, .from = image->disk.source, .at = at};
}

int image_read(struct image *image, uint64_t at, void *to, size_t n, struct err *err)
{
    struct source *source = image->disk.source;
    size_t got = 0;

    TRY(budget_worked(image->disk.budget, n, err));
    TRY(source->read_at(source, at, to, n, &got, err));
    return got == n ? 0
                    : ERR(err, ERR_FORMAT, "the image ends before its byte %llu is there",
                          (unsigned long long)(at + got));
}

/* The name from the folder of the outermost image on. */
static int full_name(const struct image_file *file, struct sv name, char to[SIBLING_NAME_MAX + 1],
                     struct sv *ret, struct err *err)
{
    size_t slash = sv_find_last(file->name, '/');
    int folder = slash == SIZE_MAX ? 0 : (int)slash + 1,
        n = snprintf(to, SIBLING_NAME_MAX + 1, "%.*s%.*s", folder, file->name.p,
                     (int)(name.n < NAME_LONG ? name.n : NAME_LONG), name.p);

    if (n < 0 || n > SIBLING_NAME_MAX)
        return ERR(err, ERR_UNSUPPORTED, "it needs a file with a name that is too long");
    *ret = (struct sv){to, (size_t)n};
    return 0;
}

int image_sibling(const struct image_file *file, struct sv name, struct source **ret,
                  struct err *err)
{
    char room[SIBLING_NAME_MAX + 1];
    struct sv full = name;

    if (name.n && name.p[0] != '/')
        TRY(full_name(file, name, room, &full, err));
    return siblings_get(file->siblings, full, ret, err);
}

int image_below_open(const struct image_file *file, struct sv name, struct budget *budget,
                     struct image_below *ret, struct err *err)
{
    char room[SIBLING_NAME_MAX + 1];
    struct image_file below = {.siblings = file->siblings, .below = file->below + 1};
    enum container_kind kind;
    int r;

    if (below.below > BELOW_MAX)
        return ERR(err, ERR_LIMIT_DEPTH, "images that build on images, more than %d deep",
                   BELOW_MAX);
    TRY(image_sibling(file, name, &below.source, err));
    TRY(full_name(file, name, room, &below.name, err));
    ret->source = below.source;
    kind = kind_of(below.source->head, below.source->size);
    if (!kind_is_image(kind))
        return 0;
    r = image_open(kind, &below, budget, &ret->image, err);
    if (r != 0)
        return r < 0 ? err_wrap(err, r, "%.*s", (int)name.n, name.p)
                     : ERR(err, ERR_FORMAT, "it builds on a part of a disk");
    ret->source = &ret->image->raw.source;
    return 0;
}

void image_below_close(struct image_below *below)
{
    image_close(below->image);
    *below = (struct image_below){0};
}

void image_below_extent(const struct image_below *below, uint64_t offset, uint64_t n,
                        struct extent *ret)
{
    *ret = (struct extent){.how = EXTENT_ZEROS, .n = n};
    if (!below->source || offset >= below->source->size)
        return;
    ret->how = EXTENT_AT;
    ret->from = below->source;
    ret->at = offset;
    if (ret->n > below->source->size - offset)
        ret->n = below->source->size - offset;
}

static image_opener *const openers[KIND_COUNT_] = {
    [KIND_EWF] = ewf_open,   [KIND_QCOW] = qcow_open, [KIND_VDI] = vdi_open, [KIND_VHD] = vhd_open,
    [KIND_VHDX] = vhdx_open, [KIND_VMDK] = vmdk_open, [KIND_DMG] = dmg_open,
};

int image_open(enum container_kind kind, const struct image_file *file, struct budget *budget,
               struct image **ret, struct err *err)
{
    return openers[kind](file, budget, ret, err);
}
