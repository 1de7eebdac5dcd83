// SPDX-License-Identifier: Apache-2.0
/*
 * A file that holds a disk: the disk is a source, read at any offset, of which nothing is copied.
 */
#pragma once

#include "source/disk.h"
#include "source/mapped.h"

struct image {
    struct mapped raw; /* first: the disk */
    struct disk disk;  /* the file, for what describes the disk */
    void (*close)(struct image *image);
    struct err noted; /* what is wrong with it although it can be read; code 0: nothing */
};

/* The file starts at byte 0 of the source; all is borrowed. `ret->raw` has its head. */
typedef int image_opener(struct source *source, struct budget *budget, struct image **ret,
                         struct err *err);

void image_close(struct image *image); /* NULL is allowed */

/*
 * For openers: `size` bytes, the struct image first; then, when all but the size of the disk is
 * known, image_opened() with the result so far, which closes the image when that is a failure.
 */
void *image_new(size_t size, struct source *source, struct budget *budget,
                void (*close)(struct image *image), struct err *err);
int image_opened(struct image *image, int result, uint64_t size, struct image **ret,
                 struct err *err) MUST_USE;

/* Bytes of the file as an extent. */
void image_extent(const struct image *image, uint64_t at, uint64_t n, struct extent *ret);

/* Exactly n bytes of the file, for what is not worth a place in the cache. */
int image_read(struct image *image, uint64_t at, void *to, size_t n, struct err *err) MUST_USE;

/* The failure for a disk of which the rest is in another file, whose name is `n` bytes at `at`. */
int image_builds_on(struct image *image, uint64_t at, size_t n, struct err *err);

/* The openers, one a file. */
image_opener ewf_open, qcow_open, vdi_open, vhd_open, vhdx_open, vmdk_open;
