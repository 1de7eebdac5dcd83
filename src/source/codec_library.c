// SPDX-License-Identifier: Apache-2.0
/* bzip2, xz, lzma, lzip, zstd and lz4, each as the one filter of a libarchive reader. */
#include <stdlib.h>

#include "source/codec.h"
#include "source/library.h"

struct filter {
    struct codec codec;
    struct library library;
    bool empty;
};

enum {
    FRAME_HEADER = 18,
    FRAME_SINGLE = 0x20,
    WINDOW_MAX = 128 << 20,
};

#define FRAME_MAGIC UINT32_C(0xfd2fb528)

static const int filter_codes[KIND_COUNT_] = {
    [KIND_BZIP2] = ARCHIVE_FILTER_BZIP2, [KIND_XZ] = ARCHIVE_FILTER_XZ,
    [KIND_LZMA] = ARCHIVE_FILTER_LZMA,   [KIND_LZIP] = ARCHIVE_FILTER_LZIP,
    [KIND_ZSTD] = ARCHIVE_FILTER_ZSTD,   [KIND_LZ4] = ARCHIVE_FILTER_LZ4,
};

static int filter_next(struct codec *c, struct span *ret_piece, struct err *err)
{
    struct filter *f = (struct filter *)c;
    const void *p = NULL;
    la_int64_t offset;
    size_t n = 0;
    int r;

    *ret_piece = (struct span){0};
    if (f->empty)
        return 0;
    // A block may be empty without being the last.
    do
        r = libarchive.archive_read_data_block(f->library.archive, &p, &n, &offset);
    while (r == ARCHIVE_OK && n == 0);
    if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
        return library_error(&f->library, err);
    if (r == ARCHIVE_OK)
        *ret_piece = (struct span){p, n};
    return 0;
}

static void filter_close(struct codec *c)
{
    struct filter *f = (struct filter *)c;

    library_clear(&f->library);
    free(f);
}

/*
 * A zstd frame says how far back it looks. The library refuses more than 128 MiB, and then it
 * cannot say why. Format: RFC 8878, 3.1.1.1.
 */
static int check_window(struct input *in, struct err *err)
{
    uint64_t window = 0;
    struct span head;
    struct reader r;
    uint8_t flags, size_bytes, log;

    TRY(input_peek(in, FRAME_HEADER, &head, err));
    r = reader_over(head);
    if (reader_u32le(&r) != FRAME_MAGIC)
        return 0;
    flags = reader_u8(&r);
    if (!(flags & FRAME_SINGLE)) {
        log = reader_u8(&r);
        window = UINT64_C(1) << (10 + (log >> 3));
        window += window / 8 * (log & 7);
    } else {
        // One segment is its own window; the size stands behind the dictionary's number.
        size_bytes = (uint8_t)(1 << (flags >> 6));
        reader_skip(&r, (size_t)(1 << (flags & 3)) >> 1);
        window = size_bytes < 4 ? 0 : size_bytes == 4 ? reader_u32le(&r) : reader_u64le(&r);
    }
    if (window > WINDOW_MAX)
        return ERR(err, ERR_LIMIT,
                   "zstd: it takes %llu MiB of memory to unpack, and %d are allowed",
                   (unsigned long long)(window >> 20), WINDOW_MAX >> 20);
    return 0;
}

static int start(struct filter *f, enum container_kind kind, struct err *err)
{
    struct archive *a = f->library.archive;
    struct archive_entry *entry;
    int r;

    if (kind == KIND_ZSTD)
        TRY(check_window(f->library.in, err));
    if (libarchive.archive_read_append_filter(a, filter_codes[kind]) != ARCHIVE_OK ||
        libarchive.archive_read_support_format_raw(a) != ARCHIVE_OK ||
        libarchive.archive_read_support_format_empty(a) != ARCHIVE_OK ||
        libarchive.archive_read_open1(a) != ARCHIVE_OK)
        return library_error(&f->library, err);
    // What is damaged at once looks like nothing at all.
    if (libarchive.archive_errno(a) != 0)
        return library_error(&f->library, err);
    r = libarchive.archive_read_next_header(a, &entry);
    f->empty = r == ARCHIVE_EOF;
    return r == ARCHIVE_OK || r == ARCHIVE_EOF ? 0 : library_error(&f->library, err);
}

int codec_library_open(enum container_kind kind, struct input *in, struct codec **ret,
                       struct err *err)
{
    struct filter *f = calloc(1, sizeof(*f));
    int r;

    if (!f)
        return ERR(err, ERR_NOMEM, "no memory");
    f->codec = (struct codec){filter_next, filter_close};
    r = library_init(&f->library, in, false, err);
    if (r == 0)
        r = start(f, kind, err);
    if (r < 0)
        filter_close(&f->codec);
    else
        *ret = &f->codec;
    return r;
}
