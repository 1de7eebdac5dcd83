// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Packages, the Berkeley DB hash table that rpm kept before 4.16: number (u32) → header.
 * The file is in the byte order of the machine that wrote it.
 *
 *     page 0      12 magic:u32=0x061561  16 version:u32  20 page size:u32  24 encryption:u8
 *                 25 type:u8=8  26 flags:u8  32 last page:u32
 *     each page   16 next:u32  20 entries:u16  22 free or used:u16  25 type:u8  26 data
 *
 * A hash page holds keys and values by turns: an array of offsets from byte 26 on, and the items
 * from the end of the page downwards, so that an item ends where the one before it begins. The
 * first byte of an item is its kind: 1 the bytes themselves, 3 the bytes are on a chain of overflow
 * pages. The order of the keys does not matter here, so pages are read from first to last.
 * Format: dbinc/db_page.h in the source of Berkeley DB.
 */
#include "identify/rpm_header.h"

enum {
    HASH_MAGIC = 0x061561,
    META_SIZE = 72,
    META_HASH = 8,
    META_FLAG_CHECKSUM = 1,
    VERSION_MIN = 7,
    VERSION_MAX = 10,
    PAGE_HASH_OLD = 2, // before Berkeley DB 4.6
    PAGE_OVERFLOW = 7,
    PAGE_HASH = 13,
    PAGE_HEAD = 26,
    PAGE_HEAD_CHECKSUM = 32,
    PAGE_SIZE_MIN = 512,
    PAGE_SIZE_MAX = 64 * 1024,
    ITEM_BYTES = 1,
    ITEM_OFF_PAGE = 3,
    SCRATCH_MAX = 4 << 20,
};

struct bdb {
    struct source *bytes;
    struct rpm_visitor *visitor;
    bool big_endian;
    uint32_t page_size, last_page;
    size_t page_head;
    uint64_t budget;       // bytes that chains may still give: they may cross or run in a circle
    struct arena page;     // the hash page that is being read
    struct arena overflow; // one page of a chain
    struct buf value;      // a header put together from a chain
};

static uint32_t u32(const struct bdb *db, struct reader *r)
{
    return db->big_endian ? reader_u32be(r) : reader_u32le(r);
}

static uint16_t u16(const struct bdb *db, struct reader *r)
{
    return db->big_endian ? reader_u16be(r) : reader_u16le(r);
}

struct page {
    struct span all;
    uint32_t next;
    uint16_t entries, used;
    uint8_t type;
};

/* Type 0 for a page that is not there whole. */
static int read_page(struct bdb *db, uint32_t number, struct arena *arena, struct page *ret,
                     struct err *err)
{
    struct reader r;

    *ret = (struct page){0};
    arena_reset(arena);
    TRY(source_read(db->bytes, (uint64_t)number * db->page_size, db->page_size, arena, &ret->all,
                    err));
    if (ret->all.n < db->page_size)
        return 0;
    r = reader_over(ret->all);
    reader_skip(&r, 16);
    ret->next = u32(db, &r);
    ret->entries = u16(db, &r);
    ret->used = u16(db, &r);
    reader_skip(&r, 1);
    ret->type = reader_u8(&r);
    return 0;
}

/* What a chain of overflow pages holds; empty when the chain is broken. */
static int read_chain(struct bdb *db, uint32_t number, uint32_t length, struct err *err)
{
    buf_reset(&db->value);
    if (length > RPM_HEADER_MAX || length > db->bytes->size)
        return 0;
    while (db->value.n < length) {
        struct reader r;
        struct page page;
        size_t n = length - db->value.n;
        struct span part;

        if (number == 0 || number > db->last_page)
            break;
        TRY(read_page(db, number, &db->overflow, &page, err));
        if (page.type != PAGE_OVERFLOW || page.used == 0)
            break;
        r = reader_over(span_from(page.all, db->page_head));
        part = reader_take(&r, n < page.used ? n : page.used);
        if (!reader_ok(&r))
            break;
        if (part.n > db->budget)
            return ERR(err, ERR_LIMIT, "Berkeley DB: its records are longer than the file");
        db->budget -= part.n;
        buf_bytes(&db->value, part.p, part.n);
        number = page.next;
    }
    if (!buf_ok(&db->value))
        return ERR(err, ERR_NOMEM, "out of memory");
    if (db->value.n < length)
        buf_reset(&db->value);
    return 0;
}

/* Items lie from the end of the page downwards: number `i` ends where `i - 1` begins. */
static struct span item_at(const struct bdb *db, const struct page *page, uint32_t i)
{
    struct reader r = reader_over(span_from(page->all, db->page_head));
    size_t begin, end = db->page_size;

    if (i > 0) {
        reader_skip(&r, (i - 1) * 2u);
        end = u16(db, &r);
    }
    begin = u16(db, &r);
    if (!reader_ok(&r) || begin >= end || end > db->page_size)
        return (struct span){0};
    r = reader_over(span_from(page->all, begin));
    return reader_take(&r, end - begin);
}

static int read_pair(struct bdb *db, const struct page *page, uint32_t i, uint64_t page_offset,
                     struct err *err)
{
    struct span key = item_at(db, page, i), value = item_at(db, page, i + 1);
    struct reader k = reader_over(key), v = reader_over(value);
    uint8_t kind = reader_u8(&v);
    uint32_t number, first, length;

    if (reader_u8(&k) != ITEM_BYTES || k.rest.n != sizeof(number)) {
        db->visitor->damaged(db->visitor, "a key that is no number");
        return 0;
    }
    number = u32(db, &k);
    if (number == 0) // holds the highest number given out
        return 0;
    if (kind == ITEM_BYTES)
        return db->visitor->header(db->visitor, number, v.rest,
                                   page_offset + (uint64_t)(v.rest.p - page->all.p), err);
    reader_skip(&v, 3);
    first = u32(db, &v);
    length = u32(db, &v);
    if (kind != ITEM_OFF_PAGE || !reader_ok(&v)) {
        db->visitor->damaged(db->visitor, "a value of an unknown kind");
        return 0;
    }
    TRY(read_chain(db, first, length, err));
    if (db->value.n == 0) {
        db->visitor->damaged(db->visitor, "a chain of pages that breaks off");
        return 0;
    }
    return db->visitor->header(db->visitor, number,
                               (struct span){(const uint8_t *)db->value.p, db->value.n}, 0, err);
}

static int read_pages(struct bdb *db, struct err *err)
{
    for (uint32_t number = 1; number <= db->last_page; number++) {
        struct page page;

        TRY(read_page(db, number, &db->page, &page, err));
        if (page.all.n < db->page_size) {
            db->visitor->damaged(db->visitor, "the file is cut short");
            return 0;
        }
        if (page.type != PAGE_HASH && page.type != PAGE_HASH_OLD)
            continue;
        for (uint32_t i = 0; i + 1 < page.entries; i += 2)
            TRY(read_pair(db, &page, i, (uint64_t)number * db->page_size, err));
    }
    return 0;
}

static int open_meta(struct bdb *db, struct err *err)
{
    struct span head;
    struct reader r;
    uint32_t version;
    uint8_t encryption, type, flags;

    TRY(source_read(db->bytes, 0, META_SIZE, &db->page, &head, err));
    r = reader_over(head);
    reader_skip(&r, 12);
    if (reader_u32le(&r) != HASH_MAGIC) {
        r = reader_over(head);
        reader_skip(&r, 12);
        if (reader_u32be(&r) != HASH_MAGIC)
            return RECOG_NOT_MINE;
        db->big_endian = true;
    }
    version = u32(db, &r);
    db->page_size = u32(db, &r);
    encryption = reader_u8(&r);
    type = reader_u8(&r);
    flags = reader_u8(&r);
    reader_skip(&r, 1 + 4);
    db->last_page = u32(db, &r);
    if (!reader_ok(&r) || type != META_HASH)
        return RECOG_NOT_MINE;
    if (encryption)
        return ERR(err, ERR_ENCRYPTED, "Berkeley DB: encrypted");
    if (version < VERSION_MIN || version > VERSION_MAX)
        return ERR(err, ERR_UNSUPPORTED, "Berkeley DB: hash version %u", version);
    if (db->page_size < PAGE_SIZE_MIN || db->page_size > PAGE_SIZE_MAX ||
        (db->page_size & (db->page_size - 1)) != 0)
        return ERR(err, ERR_FORMAT, "Berkeley DB: pages of %u bytes", db->page_size);
    db->page_head = flags & META_FLAG_CHECKSUM ? PAGE_HEAD_CHECKSUM : PAGE_HEAD;
    return 0;
}

int rpm_bdb_read(struct source *bytes, struct rpm_visitor *v, struct err *err)
{
    struct bdb db = {
        .bytes = bytes, .visitor = v, .budget = bytes->size * 2, .value = BUF_INIT(RPM_HEADER_MAX)};
    int result;

    arena_init(&db.page, SCRATCH_MAX);
    arena_init(&db.overflow, SCRATCH_MAX);
    result = open_meta(&db, err);
    if (result == 0)
        result = read_pages(&db, err);
    arena_clear(&db.page);
    arena_clear(&db.overflow);
    buf_clear(&db.value);
    return result;
}
