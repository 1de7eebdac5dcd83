// SPDX-License-Identifier: Apache-2.0
#include "source/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/buf.h"

enum {
    PIECE = 64 * 1024,
};

struct reading {
    struct source *outer;
    uint64_t at;
    uint8_t piece[PIECE];
};

/* Archives, compressed files, packages and images, by their first bytes. */
static bool is_closed(struct span head)
{
    static const struct {
        struct sv magic;
        size_t at;
    } kinds[] = {
        {{"PK\3\4", 4}, 0},
        {{"PK\5\6", 4}, 0},
        {{"\x1f\x8b", 2}, 0},
        {{"\x1f\x9d", 2}, 0},
        {{"BZh", 3}, 0},
        {{"\xfd"
          "7zXZ",
          5},
         0},
        {{"\x28\xb5\x2f\xfd", 4}, 0},
        {{"\x04\x22\x4d\x18", 4}, 0},
        {{"7z\xbc\xaf\x27\x1c", 6}, 0},
        {{"Rar!\x1a\x07", 6}, 0},
        {{"MSCF", 4}, 0},
        {{"!<arch>\ndebian-binary", 21}, 0},
        {{"070701", 6}, 0},
        {{"070702", 6}, 0},
        {{"070707", 6}, 0},
        {{"\xed\xab\xee\xdb", 4}, 0},
        {{"ustar", 5}, 257},
        {{"xar!", 4}, 0},
        {{"hsqs", 4}, 0},
        {{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8}, 0},
        {{"QFI\xfb", 4}, 0},
        {{"KDMV", 4}, 0},
        {{"vhdxfile", 8}, 0},
        {{"conectix", 8}, 0},
        {{"regf", 4}, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (sv_starts(sv_of(span_from(head, kinds[i].at)), kinds[i].magic))
            return true;
    return false;
}

enum archive_kind archive_kind(struct sv name, struct span head)
{
    static const char *const ends[] = {".jar", ".war", ".ear", ".aar"};

    for (size_t i = 0; i < ARRAY_LEN(ends) && sv_starts(sv_of(head), SV("PK\3\4")); i++)
        if (name.n > 4 && sv_eq_nocase(sv_from(name, name.n - 4), sv_str(ends[i])))
            return ARCHIVE_JAVA;
    return is_closed(head) ? ARCHIVE_CLOSED : ARCHIVE_NONE;
}

/* ---- libarchive reads through the outer source ---- */

static la_ssize_t on_read(struct archive *a, void *data, const void **ret)
{
    struct reading *r = data;
    struct err err;
    size_t got = 0;

    if (r->outer->read_at(r->outer, r->at, r->piece, PIECE, &got, &err) < 0) {
        archive_set_error(a, EIO, "%s", err.text);
        return -1;
    }
    r->at += got;
    *ret = r->piece;
    return (la_ssize_t)got;
}

static la_int64_t on_skip(struct archive *a, void *data, la_int64_t bytes)
{
    struct reading *r = data;

    (void)a;
    if (bytes < 0 || r->at + (uint64_t)bytes > r->outer->size)
        return 0;
    r->at += (uint64_t)bytes;
    return bytes;
}

static la_int64_t on_seek(struct archive *a, void *data, la_int64_t offset, int whence)
{
    struct reading *r = data;
    int64_t base = whence == SEEK_SET   ? 0
                   : whence == SEEK_CUR ? (int64_t)r->at
                                        : (int64_t)r->outer->size;

    (void)a;
    if (__builtin_add_overflow(base, offset, &base) || base < 0 || (uint64_t)base > r->outer->size)
        return ARCHIVE_FATAL;
    r->at = (uint64_t)base;
    return base;
}

static struct archive *open_archive(struct reading *r, struct err *err)
{
    struct archive *a = archive_read_new();

    if (!a) {
        (void)ERR(err, ERR_NOMEM, "no memory");
        return NULL;
    }
    (void)archive_read_support_format_zip_seekable(a);
    (void)archive_read_set_read_callback(a, on_read);
    (void)archive_read_set_skip_callback(a, on_skip);
    (void)archive_read_set_seek_callback(a, on_seek);
    (void)archive_read_set_callback_data(a, r);
    if (archive_read_open1(a) == ARCHIVE_OK)
        return a;
    (void)ERR(err, ERR_FORMAT, "archive: %s", archive_error_string(a));
    (void)archive_read_free(a);
    return NULL;
}

/* ---- entries ---- */

/* Unpack the current entry into `to`. */
static int unpack(struct archive *a, const struct archive_limits *limits, uint64_t *left,
                  struct buf *to, struct err *err)
{
    for (;;) {
        const void *p;
        size_t n;
        la_int64_t offset;
        int r = archive_read_data_block(a, &p, &n, &offset);

        if (r == ARCHIVE_EOF)
            return 0;
        if (r < ARCHIVE_WARN)
            return ERR(err, ERR_FORMAT, "unpacking: %s", archive_error_string(a));
        if (to->n + n > limits->entry_bytes)
            return ERR(err, ERR_LIMIT, "unpacks to more than %llu MiB",
                       (unsigned long long)(limits->entry_bytes >> 20));
        if (n > *left)
            return ERR(err, ERR_LIMIT, "the archive unpacks to more than %llu MiB",
                       (unsigned long long)(limits->bytes >> 20));
        *left -= n;
        buf_bytes(to, p, n);
        if (!buf_ok(to))
            return ERR(err, ERR_NOMEM, "no memory to unpack it");
    }
}

static int tell_entry(struct archive *a, struct archive_entry *e,
                      const struct archive_limits *limits, uint64_t *left,
                      int (*each)(void *to, const struct archive_file *file, struct err *err),
                      void *to, struct err *err)
{
    struct archive_file file = {.name = sv_str(archive_entry_pathname(e))};
    struct source_memory memory;
    auto_buf bytes = {0};
    struct err why;
    int r;

    if (archive_entry_is_encrypted(e))
        r = ERR(&why, ERR_ENCRYPTED, "the entry is encrypted");
    else
        r = unpack(a, limits, left, &bytes, &why);
    if (r < 0) {
        file.why = &why;
    } else {
        source_memory_init(&memory, (struct span){(const uint8_t *)bytes.p, bytes.n});
        file.source = &memory.source;
    }
    return each(to, &file, err);
}

static int each_entry(struct archive *a, const struct archive_limits *limits,
                      int (*each)(void *to, const struct archive_file *file, struct err *err),
                      void *to, struct err *err)
{
    uint64_t left = limits->bytes;
    struct archive_entry *e;

    for (uint64_t n = 0;; n++) {
        int r = archive_read_next_header(a, &e);

        if (r == ARCHIVE_EOF)
            return 0;
        if (r < ARCHIVE_WARN)
            return ERR(err, ERR_FORMAT, "archive: %s", archive_error_string(a));
        if (n == limits->entries)
            return ERR(err, ERR_LIMIT, "the archive has more than %llu entries",
                       (unsigned long long)limits->entries);
        if (archive_entry_filetype(e) == AE_IFDIR)
            continue;
        TRY(tell_entry(a, e, limits, &left, each, to, err));
        if (left == 0)
            return ERR(err, ERR_LIMIT, "the archive unpacks to more than %llu MiB",
                       (unsigned long long)(limits->bytes >> 20));
    }
}

int archive_each(struct source *outer, const struct archive_limits *limits,
                 int (*each)(void *to, const struct archive_file *file, struct err *err), void *to,
                 struct err *err)
{
    struct reading *reading = calloc(1, sizeof(*reading));
    struct archive *a;
    int r = -ERR_FORMAT;

    if (!reading)
        return ERR(err, ERR_NOMEM, "no memory");
    reading->outer = outer;
    a = open_archive(reading, err);
    if (a) {
        r = each_entry(a, limits, each, to, err);
        (void)archive_read_free(a);
    } else {
        r = -(int)err->code;
    }
    free(reading);
    return r;
}

static int see_nothing(void *to, const struct archive_file *file, struct err *err)
{
    (void)to;
    (void)file;
    (void)err;
    return 0;
}

void archive_prepare(void)
{
    // A zip of one file with a name in UTF-8: the C library reads tables to convert it.
    static const char zip[] = "PK\3\4\24\0\0\10\10\0\0\0!\0\xb6\x8d\xbf\4\5\0\0\0\37\0\0\0\2\0\0\0"
                              "\xc3\xa9KL\xc4\13\0"
                              "PK\1\2\24\3\24\0\0\10\10\0\0\0!\0\xb6\x8d\xbf\4\5\0\0\0\37\0\0\0\2"
                              "\0\0\0\0\0\0\0\0\0\0\0\x80\1\0\0\0\0\xc3\xa9"
                              "PK\5\6\0\0\0\0\1\0\1\0000\0\0\0%\0\0\0\0\0";
    static const struct archive_limits limits = {.entry_bytes = 64, .bytes = 64, .entries = 1};
    struct source_memory memory;
    struct err err;

    source_memory_init(&memory, BYTES(zip));
    bug_if(archive_each(&memory.source, &limits, see_nothing, NULL, &err) < 0);
}
