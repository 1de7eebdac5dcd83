// SPDX-License-Identifier: Apache-2.0
/*
 * A container image as it lies on a disk, as names and their bytes: the folder of an OCI layout, or
 * the tar of one or of `docker save`. Reading never changes it. A new one is made beside its name
 * and gets it when all is written.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

struct image_store;
struct image_maker;

#define auto_image_store __attribute__((cleanup(image_store_auto))) struct image_store
#define auto_image_maker __attribute__((cleanup(image_maker_auto))) struct image_maker

struct image_part {
    struct sv name; /* "blobs/sha256/…" */
    struct sv link; /* what a symbolic link holds; else empty */
    uint64_t offset, size;
};

int image_store_open(const char *path, struct image_store **ret, struct err *err) MUST_USE;
void image_store_auto(struct image_store **s);
bool image_store_is_folder(const struct image_store *s);

/* All parts, sorted by name. */
const struct image_part *image_store_parts(const struct image_store *s, size_t *ret_count);
const struct image_part *image_store_find(const struct image_store *s, struct sv name);

/* An open file, and where in it the part begins; the caller closes it. */
int image_store_file(const struct image_store *s, const struct image_part *part, int *ret_fd,
                     uint64_t *ret_offset, struct err *err) MUST_USE;

/* The whole of a part, NUL-terminated, in the arena. */
int image_store_text(const struct image_store *s, const struct image_part *part,
                     struct arena *arena, struct sv *ret, struct err *err) MUST_USE;

/* A folder or a tar that is not there yet. */
int image_maker_open(const char *path, bool folder, struct image_maker **ret,
                     struct err *err) MUST_USE;

/* An anonymous file on the same volume. */
int image_maker_scratch(const struct image_maker *m, int *ret_fd, struct err *err) MUST_USE;
int image_maker_put_file(struct image_maker *m, struct sv name, int fd, uint64_t offset,
                         uint64_t size, struct err *err) MUST_USE;
int image_maker_put(struct image_maker *m, struct sv name, struct sv bytes,
                    struct err *err) MUST_USE;
int image_maker_put_link(struct image_maker *m, struct sv name, struct sv link,
                         struct err *err) MUST_USE;
int image_maker_finish(struct image_maker *m, struct err *err) MUST_USE;
void image_maker_auto(struct image_maker **m); /* what is not finished is taken away */
