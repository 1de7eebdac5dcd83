// SPDX-License-Identifier: Apache-2.0
#include "source/archive.h"

#include <stdlib.h>

#include "source/library.h"

enum {
    ZEROS = 64 * 1024,
    NAME_BYTES_MAX = 64 * 1024, /* longer names are cut */
    IN_ORDER_MAX = 1 << 30, /* bytes of a zip without a directory that are searched for entries */
    CPIO_TRAILER = 124,     /* header and name of the entry that ends a cpio archive */
};

struct archive_reader {
    struct entry_reader entries;
    struct library library;
    struct input *in;
    bool in_order, first_done;
    enum container_kind kind;

    /* the current item */
    uint64_t size;    /* as claimed */
    struct span held; /* a block that stands behind a hole */
    uint64_t at;      /* of the next byte that pull() gives */
    uint64_t held_at;
    bool ended;
};

/* The one format that the library may see in it. */
static int support(struct archive *a, enum container_kind kind, bool in_order)
{
    switch ((int)kind) {
    case KIND_ZIP:
        return in_order ? libarchive.archive_read_support_format_zip_streamable(a)
                        : libarchive.archive_read_support_format_zip_seekable(a);
    case KIND_TAR:
        return libarchive.archive_read_support_format_tar(a);
    case KIND_CPIO:
        return libarchive.archive_read_support_format_cpio(a);
    case KIND_AR:
        return libarchive.archive_read_support_format_ar(a);
    case KIND_7Z:
        return libarchive.archive_read_support_format_7zip(a);
    case KIND_RAR:
        return libarchive.archive_read_support_format_rar(a);
    case KIND_RAR5:
        return libarchive.archive_read_support_format_rar5(a);
    case KIND_CAB:
        return libarchive.archive_read_support_format_cab(a);
    case KIND_XAR:
        return libarchive.archive_read_support_format_xar(a);
    case KIND_ISO:
        return libarchive.archive_read_support_format_iso9660(a);
    case KIND_LHA:
        return libarchive.archive_read_support_format_lha(a);
    case KIND_WARC:
        return libarchive.archive_read_support_format_warc(a);
    default:
        return ARCHIVE_FATAL;
    }
}

static int start(struct archive_reader *r, bool seeks, struct err *err)
{
    TRY(library_init(&r->library, r->in, seeks, err));
    if (support(r->library.archive, r->kind, r->in_order) < ARCHIVE_WARN ||
        libarchive.archive_read_open1(r->library.archive) < ARCHIVE_WARN)
        return library_error(&r->library, err);
    return 0;
}

bool archive_end(const struct entry_reader *archive, uint64_t *ret_at)
{
    const struct archive_reader *r = (const struct archive_reader *)archive;
    int format = libarchive.archive_format(r->library.archive);

    *ret_at = (uint64_t)libarchive.archive_read_header_position(r->library.archive) + CPIO_TRAILER;
    return format == ARCHIVE_FORMAT_CPIO_SVR4_NOCRC || format == ARCHIVE_FORMAT_CPIO_SVR4_CRC;
}

static int broken(struct archive_reader *r, struct err *err)
{
    r->entries.broken = true;
    // When even the list of names is locked, the library cannot say so entry by entry.
    if (!r->library.failure.code && !r->first_done &&
        libarchive.archive_read_has_encrypted_entries(r->library.archive) > 0)
        return ERR(err, ERR_ENCRYPTED, "its list of entries is encrypted");
    return library_error(&r->library, err);
}

static enum entry_type type_of(struct archive_entry *e)
{
    if (libarchive.archive_entry_hardlink(e))
        return ENTRY_LINK;
    switch (libarchive.archive_entry_filetype(e)) {
    case AE_IFDIR:
        return ENTRY_FOLDER;
    case AE_IFLNK:
        return ENTRY_LINK;
    case AE_IFREG:
    case 0: // formats that know nothing else
        return ENTRY_FILE;
    default:
        return ENTRY_SPECIAL;
    }
}

static struct sv name_of(struct archive_entry *e)
{
    const char *name = libarchive.archive_entry_pathname(e);
    struct sv s = sv_str(name ? name : libarchive.archive_entry_pathname_utf8(e));

    for (;;) {
        if (sv_starts(s, SV("/")))
            s = sv_from(s, 1);
        else if (sv_starts(s, SV("./")))
            s = sv_from(s, 2);
        else
            break;
    }
    if (s.n > NAME_BYTES_MAX)
        s.n = NAME_BYTES_MAX;
    return s;
}

static int next(struct entry_reader *entries, struct entry_item *ret, struct err *err)
{
    struct archive_reader *r = (struct archive_reader *)entries;
    struct archive_entry *e;
    int result = libarchive.archive_read_next_header(r->library.archive, &e);

    if (result == ARCHIVE_EOF && r->in_order) {
        r->entries.broken = true;
        return ERR(err, ERR_FORMAT, "zip: it has no directory at its end");
    }
    if (result == ARCHIVE_EOF)
        return ENTRIES_ENDED;
    if (result < ARCHIVE_WARN)
        return broken(r, err);
    r->first_done = true;
    r->held = (struct span){0};
    r->at = r->held_at = 0;
    r->ended = false;
    r->size = libarchive.archive_entry_size_is_set(e) && libarchive.archive_entry_size(e) >= 0
                  ? (uint64_t)libarchive.archive_entry_size(e)
                  : (uint64_t)FLOW_SIZE_UNKNOWN;
    *ret = (struct entry_item){
        .name = name_of(e),
        .type = type_of(e),
        .mode = libarchive.archive_entry_mode(e),
        .size = r->size,
        .encrypted = libarchive.archive_entry_is_encrypted(e) != 0,
    };
    return 0;
}

/* The next block of the library into `held`. */
static int hold(struct archive_reader *r, struct err *err)
{
    const void *p = NULL;
    la_int64_t offset = 0;
    size_t n = 0;
    int result = libarchive.archive_read_data_block(r->library.archive, &p, &n, &offset);

    if (result == ARCHIVE_FATAL)
        r->entries.broken = true;
    // A warning is a checksum that does not fit.
    if (result != ARCHIVE_OK && result != ARCHIVE_EOF)
        return library_error(&r->library, err);
    r->ended = result == ARCHIVE_EOF;
    r->held = r->ended ? (struct span){0} : (struct span){p, n};
    r->held_at = offset < 0 ? r->at : (uint64_t)offset;
    // At the end it is where a hole ends, but not all formats mean it so.
    if (r->ended && r->held_at > r->size)
        r->held_at = r->at;
    if (r->held_at < r->at && r->held.n)
        return ERR(err, ERR_FORMAT, "archive: its blocks overlap");
    return 0;
}

static int pull(void *reader, struct span *ret_piece, struct err *err)
{
    static const uint8_t zeros[ZEROS];
    struct archive_reader *r = reader;

    while (!r->ended && r->held.n == 0)
        TRY(hold(r, err));
    if (r->at < r->held_at) {
        uint64_t hole = r->held_at - r->at;

        *ret_piece = (struct span){zeros, hole < ZEROS ? (size_t)hole : ZEROS};
    } else {
        *ret_piece = r->held;
        r->held = (struct span){0};
    }
    r->at += ret_piece->n;
    return 0;
}

static void close_archive(struct entry_reader *entries)
{
    struct archive_reader *r = (struct archive_reader *)entries;

    library_clear(&r->library);
    free(r);
}

int archive_open(enum container_kind kind, struct input *in, bool seeks, struct entry_reader **ret,
                 struct err *err)
{
    struct archive_reader *r = calloc(1, sizeof(*r));
    int result;

    if (!r)
        return ERR(err, ERR_NOMEM, "no memory");
    r->entries = (struct entry_reader){.next = next, .pull = pull, .close = close_archive};
    r->in = in;
    r->kind = kind;
    result = start(r, seeks, err);
    // A zip whose end is missing has no directory, but what stands before each entry may do.
    if (result == -ERR_FORMAT && kind == KIND_ZIP) {
        library_clear(&r->library);
        in->at = 0;
        in->end = IN_ORDER_MAX;
        r->in_order = true;
        result = start(r, seeks, err);
    }
    if (result < 0)
        close_archive(&r->entries);
    else
        *ret = &r->entries;
    return result;
}

void archive_prepare(void)
{
    // A zip of one file with a name in UTF-8: the C library reads tables to convert it.
    static const char zip[] = "PK\3\4\24\0\0\10\10\0\0\0!\0\xb6\x8d\xbf\4\5\0\0\0\37\0\0\0\2\0\0\0"
                              "\xc3\xa9KL\xc4\13\0"
                              "PK\1\2\24\3\24\0\0\10\10\0\0\0!\0\xb6\x8d\xbf\4\5\0\0\0\37\0\0\0\2"
                              "\0\0\0\0\0\0\0\0\0\0\0\x80\1\0\0\0\0\xc3\xa9"
                              "PK\5\6\0\0\0\0\1\0\1\0000\0\0\0%\0\0\0\0\0";
    struct source_memory memory;
    struct entry_reader *reader;
    struct entry_item item;
    struct budget budget;
    struct input in;
    struct err err;

    if (library_load(&err) < 0)
        return; // each archive will say so
    source_memory_init(&memory, BYTES(zip));
    budget_begin(&budget, &limits_default, memory.source.size, NULL, NULL);
    input_init(&in, &memory.source, 0, &budget);
    bug_if(archive_open(KIND_ZIP, &in, true, &reader, &err) < 0);
    bug_if(reader->next(reader, &item, &err) != 0);
    reader->close(reader);
    input_clear(&in);
}
