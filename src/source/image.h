// SPDX-License-Identifier: Apache-2.0
/*
 * A file that holds a disk: the disk is a source, read at any offset, of which nothing is copied.
 */
#pragma once

#include "source/disk.h"
#include "source/kind.h"
#include "source/mapped.h"
#include "source/siblings.h"

struct image {
    struct mapped raw; /* first: the disk */
    struct disk disk;  /* the file, for what describes the disk */
    void (*close)(struct image *image);
    struct err noted; /* what is wrong with it although it can be read; code 0: nothing */
};

/* The file that an image is in; it starts at byte 0 of the source. All is borrowed. */
struct image_file {
    struct source *source;
    struct sv name;            /* from the folder of the outermost image on */
    struct siblings *siblings; /* NULL: there are none */
    unsigned below;            /* so many images build on it */
};

/*
 * `ret->raw` has its head. IMAGE_NOT for what is read with another file. Like that is a failure
 * for want of a sibling, if it is asked for now and given later.
 */
enum { IMAGE_NOT = 1 };
typedef int image_opener(const struct image_file *file, struct budget *budget, struct image **ret,
                         struct err *err);

int image_open(enum container_kind kind, const struct image_file *file, struct budget *budget,
               struct image **ret, struct err *err) MUST_USE;

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

/* The disk that a disk builds on: an image too, or as it is. */
struct image_below {
    struct source *source; /* NULL: there is none */
    struct image *image;
};

int image_below_open(const struct image_file *file, struct sv name, struct budget *budget,
                     struct image_below *ret, struct err *err) MUST_USE;
void image_below_close(struct image_below *below);

/* What an image does not have itself; zeros behind the end of what is below it, or without that. */
void image_below_extent(const struct image_below *below, uint64_t offset, uint64_t n,
                        struct extent *ret);

/* Another file by its name from the folder of this one on. */
int image_sibling(const struct image_file *file, struct sv name, struct source **ret,
                  struct err *err) MUST_USE;

/* The openers, one a file. */
image_opener ewf_open, qcow_open, vdi_open, vhd_open, vhdx_open, vmdk_open;
