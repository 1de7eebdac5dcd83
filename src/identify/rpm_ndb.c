// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Packages.db, the database that rpm keeps on SUSE systems ("ndb"). All little-endian.
 *
 *     0    "RpmP"  version:u32=0  generation:u32  slot pages:u32  next number:u32  …   32 bytes
 *     32   slots of 16 bytes up to the end of the slot pages (4096 bytes each):
 *          "Slot"  number:u32  block:u32  blocks:u32        block 0: a free slot
 *     …    blobs at block × 16:
 *          "BlbS"  number:u32  generation:u32  n:u32   n bytes of header   Adler-32  n  "BlbE"
 *
 * Format: lib/backend/ndb/rpmpkg.c in the source of rpm.
 */
#include "identify/rpm_header.h"

enum {
    HEADER_SIZE = 32,
    PAGE_SIZE = 4096,
    SLOT_SIZE = 16,
    BLOCK_SIZE = 16,
    BLOB_HEAD = 16,
};

static int read_blob(struct source *bytes, struct arena *arena, uint32_t number, uint32_t block,
                     struct rpm_visitor *v, struct err *err)
{
    uint64_t offset = (uint64_t)block * BLOCK_SIZE;
    struct span head, header;
    struct reader r;
    uint32_t n;

    TRY(source_read(bytes, offset, BLOB_HEAD, arena, &head, err));
    r = reader_over(head);
    if (!sv_eq(sv_of(reader_take(&r, 4)), SV("BlbS")) || reader_u32le(&r) != number) {
        v->damaged(v, "a slot that leads to no header");
        return 0;
    }
    reader_skip(&r, 4);
    n = reader_u32le(&r);
    if (!reader_ok(&r) || n > RPM_HEADER_MAX || n > bytes->size) {
        v->damaged(v, "a header longer than the file");
        return 0;
    }
    TRY(source_read(bytes, offset + BLOB_HEAD, n, arena, &header, err));
    if (header.n < n) {
        v->damaged(v, "a header cut short");
        return 0;
    }
    return v->header(v, number, header, offset + BLOB_HEAD, err);
}

int rpm_ndb_read(struct source *bytes, struct rpm_visitor *v, struct err *err)
{
    // Headers are read one after the other; memory is kept for one.
    auto_arena slots_arena, blob_arena;
    struct span head, slots;
    struct reader r;
    uint64_t slots_end;

    arena_init(&slots_arena, RPM_HEADER_MAX);
    arena_init(&blob_arena, RPM_HEADER_MAX + PAGE_SIZE);
    TRY(source_read(bytes, 0, HEADER_SIZE, &slots_arena, &head, err));
    r = reader_over(head);
    if (!sv_eq(sv_of(reader_take(&r, 4)), SV("RpmP")))
        return RECOG_NOT_MINE;
    if (reader_u32le(&r) != 0)
        return ERR(err, ERR_UNSUPPORTED, "rpm ndb: a version newer than 0");
    reader_skip(&r, 4);
    slots_end = (uint64_t)reader_u32le(&r) * PAGE_SIZE;
    if (!reader_ok(&r) || slots_end < PAGE_SIZE || slots_end > bytes->size)
        return ERR(err, ERR_FORMAT, "rpm ndb: slots run past the end of the file");
    if (slots_end > RPM_HEADER_MAX)
        return ERR(err, ERR_LIMIT, "rpm ndb: more slots than a database may have");
    TRY(source_read(bytes, HEADER_SIZE, (size_t)slots_end - HEADER_SIZE, &slots_arena, &slots,
                    err));
    for (r = reader_over(slots); r.rest.n >= SLOT_SIZE;) {
        struct sv magic = sv_of(reader_take(&r, 4));
        uint32_t number = reader_u32le(&r), block = reader_u32le(&r);

        reader_skip(&r, 4);
        if (!sv_eq(magic, SV("Slot"))) {
            v->damaged(v, "a damaged slot");
            continue;
        }
        if (block == 0)
            continue;
        arena_reset(&blob_arena);
        TRY(read_blob(bytes, &blob_arena, number, block, v, err));
    }
    return 0;
}
