// SPDX-License-Identifier: Apache-2.0
#include "source/image.h"

#include <stdlib.h>

enum {
    NAME_SHOWN = 255, /* bytes of a file's name in a sentence */
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
    if (result < 0)
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

int image_builds_on(struct image *image, uint64_t at, size_t n, struct err *err)
{
    char name[NAME_SHOWN];

    n = n < sizeof(name) ? n : sizeof(name);
    TRY(disk_read(&image->disk, at, name, n, err));
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            name[i] = '?';
    return ERR(err, ERR_UNSUPPORTED, "it builds on another image, '%.*s'", (int)n, name);
}
