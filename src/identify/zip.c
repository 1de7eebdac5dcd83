// SPDX-License-Identifier: Apache-2.0
#include "identify/zip.h"

#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

enum {
    END_SIZE = 22,
    COMMENT_MAX = 65535,
    LOCATOR_SIZE = 20,
    END64_SIZE = 56,
    ENTRY_SIZE = 46,
    LOCAL_SIZE = 30,
    DIRECTORY_MAX = 64 << 20,
    EXTRA_ZIP64 = 1,
    FLAG_ENCRYPTED = 1,
    STORED = 0,
    DEFLATED = 8,
    CHUNK = 64 * 1024,
};

/* ---- the directory ---- */

/* The last "PK\x05\x06" of a tail, or SIZE_MAX. */
static size_t find_end(struct sv tail)
{
    for (size_t at = tail.n < END_SIZE ? 0 : tail.n - END_SIZE + 1; at-- > 0;) {
        if (sv_starts(sv_from(tail, at), SV("PK\x05\x06")))
            return at;
    }
    return SIZE_MAX;
}

struct found {
    uint64_t at, size;
    uint64_t said; /* where the end record says that it is */
};

/* With zip64 the end record has no room for the sizes: another one, before its locator, has. */
static int find_directory64(const struct job *job, uint64_t end, struct found *ret, struct err *err)
{
    struct span locator, record;
    struct reader r;
    uint64_t at;

    if (end < LOCATOR_SIZE + END64_SIZE)
        return 0;
    TRY(source_read(job->bytes, end - LOCATOR_SIZE, LOCATOR_SIZE, job->arena, &locator, err));
    if (!sv_starts(sv_of(locator), SV("PK\x06\x07")))
        return 0;
    at = end - LOCATOR_SIZE - END64_SIZE;
    TRY(source_read(job->bytes, at, END64_SIZE, job->arena, &record, err));
    if (!sv_starts(sv_of(record), SV("PK\x06\x06")))
        return ERR(err, ERR_FORMAT, "zip64: its end record is not before the locator");
    r = reader_over(record);
    reader_skip(&r, 40);
    ret->size = reader_u64le(&r);
    ret->said = reader_u64le(&r);
    ret->at = ret->size <= at ? at - ret->size : 0;
    return 0;
}

int zip_directory_read(const struct job *job, struct zip_directory *ret, struct err *err)
{
    uint64_t tail_at = job->bytes->size, end;
    struct found d = {0};
    struct reader r;
    struct span tail;
    size_t at;

    tail_at -= tail_at < END_SIZE + COMMENT_MAX ? tail_at : END_SIZE + COMMENT_MAX;
    TRY(source_read(job->bytes, tail_at, END_SIZE + COMMENT_MAX, job->arena, &tail, err));
    at = find_end(sv_of(tail));
    if (at == SIZE_MAX)
        return sv_starts(sv_of(job->bytes->head), SV("PK\x03\x04"))
                   ? ERR(err, ERR_FORMAT, "zip: no end record")
                   : RECOG_NOT_MINE;
    end = tail_at + at;
    r = reader_over(span_from(tail, at));
    reader_skip(&r, 12);
    d.size = reader_u32le(&r);
    d.said = reader_u32le(&r);
    d.at = d.size <= end ? end - d.size : 0;
    TRY(find_directory64(job, end, &d, err));
    if (d.size > DIRECTORY_MAX)
        return ERR(err, ERR_LIMIT, "zip: a central directory of %llu bytes",
                   (unsigned long long)d.size);
    *ret =
        (struct zip_directory){.at = d.at, .end = end, .front = d.said <= d.at ? d.at - d.said : 0};
    return source_read(job->bytes, d.at, (size_t)d.size, job->arena, &ret->bytes, err);
}

/* ---- entries ---- */

/* What did not fit into 32 bits stands in a field of its own, in this order. */
static void read_zip64(struct span extra, struct zip_entry *e)
{
    struct reader r = reader_over(extra);

    while (r.rest.n) {
        uint16_t kind = reader_u16le(&r), size = reader_u16le(&r);
        struct reader field = reader_over(reader_take(&r, size));

        if (!reader_ok(&r) || kind != EXTRA_ZIP64)
            continue;
        if (e->size == UINT32_MAX)
            e->size = reader_u64le(&field);
        if (e->packed == UINT32_MAX)
            e->packed = reader_u64le(&field);
        if (e->header == UINT32_MAX)
            e->header = reader_u64le(&field);
        return;
    }
}

int zip_next(struct reader *rest, struct zip_entry *ret, struct err *err)
{
    struct span fixed, extra;
    uint16_t name_n, extra_n, comment_n;
    struct reader r;

    if (rest->rest.n == 0)
        return ZIP_END;
    fixed = reader_take(rest, ENTRY_SIZE);
    r = reader_over(span_from(fixed, 8));
    *ret = (struct zip_entry){.flags = reader_u16le(&r), .method = reader_u16le(&r)};
    reader_skip(&r, 8);
    ret->packed = reader_u32le(&r);
    ret->size = reader_u32le(&r);
    name_n = reader_u16le(&r);
    extra_n = reader_u16le(&r);
    comment_n = reader_u16le(&r);
    reader_skip(&r, 8);
    ret->header = reader_u32le(&r);
    ret->name = sv_of(reader_take(rest, name_n));
    extra = reader_take(rest, extra_n);
    reader_skip(rest, comment_n);
    if (!reader_ok(rest) || !sv_starts(sv_of(fixed), SV("PK\x01\x02")))
        return ERR(err, ERR_FORMAT, "zip: the central directory is damaged");
    read_zip64(extra, ret);
    return 0;
}

/* Where the bytes of an entry stand in the file. */
static int find_bytes(const struct job *job, const struct zip_directory *directory,
                      const struct zip_entry *e, uint64_t *ret, struct err *err)
{
    struct span local;
    struct reader r;
    uint64_t at = directory->front + e->header;

    if (e->header > directory->at || e->packed > directory->at)
        return ERR(err, ERR_FORMAT, "zip: an entry stands behind the directory");
    TRY(source_read(job->bytes, at, LOCAL_SIZE, job->arena, &local, err));
    r = reader_over(span_from(local, 26));
    at += LOCAL_SIZE + (uint64_t)reader_u16le(&r);
    at += reader_u16le(&r);
    if (!reader_ok(&r) || !sv_starts(sv_of(local), SV("PK\x03\x04")))
        return ERR(err, ERR_FORMAT, "zip: an entry is not where the directory says");
    if ((e->flags & FLAG_ENCRYPTED) && (e->method != STORED || e->size != e->packed))
        return ERR(err, ERR_ENCRYPTED, "zip: an entry is encrypted");
    if (e->method != DEFLATED && (e->method != STORED || e->size != e->packed))
        return ERR(err, ERR_UNSUPPORTED, "zip: an entry is packed by method %u", e->method);
    *ret = at;
    return 0;
}

struct unpacking {
    const struct job *job;
    uint8_t in[CHUNK], out[CHUNK];
    z_stream z;
    uint64_t at, left; /* what is still to be read */
    uint64_t made, size;
};

static int refill(struct unpacking *u, struct err *err)
{
    size_t want = u->left < CHUNK ? (size_t)u->left : CHUNK, got;

    TRY(u->job->bytes->read_at(u->job->bytes, u->at, u->in, want, &got, err));
    if (got != want)
        return ERR(err, ERR_FORMAT, "zip: an entry is cut short");
    u->at += got;
    u->left -= got;
    u->z.next_in = u->in;
    u->z.avail_in = (uInt)got;
    return 0;
}

static int unpack(struct unpacking *u, bool stored, zip_take *take, void *to, struct err *err)
{
    int result = Z_OK;

    while (result == Z_OK && u->made < u->size) {
        size_t n;

        if (u->z.avail_in == 0)
            TRY(refill(u, err));
        if (stored) {
            n = u->z.avail_in;
            take(to, (struct span){u->in, n});
            u->z.avail_in = 0;
        } else {
            u->z.next_out = u->out;
            u->z.avail_out = CHUNK;
            result = inflate(&u->z, Z_NO_FLUSH);
            n = CHUNK - u->z.avail_out;
            // No more than it says: who asked has room for that.
            n = n < u->size - u->made ? n : (size_t)(u->size - u->made);
            take(to, (struct span){u->out, n});
        }
        u->made += n;
        if (n == 0 && u->left == 0 && u->z.avail_in == 0)
            break;
    }
    if (u->made != u->size)
        return ERR(err, ERR_FORMAT, "zip: what an entry holds is damaged");
    return 0;
}

int zip_stream(const struct job *job, const struct zip_directory *directory,
               const struct zip_entry *e, zip_take *take, void *to, struct err *err)
{
    struct unpacking *u = arena_take(job->arena, sizeof(*u));
    int result;

    if (!u)
        return arena_error(job->arena, err);
    u->job = job;
    u->left = e->packed;
    u->size = e->size;
    TRY(find_bytes(job, directory, e, &u->at, err));
    if (inflateInit2(&u->z, -MAX_WBITS) != Z_OK)
        return ERR(err, ERR_NOMEM, "no memory to unpack an entry");
    result = unpack(u, e->method == STORED, take, to, err);
    (void)inflateEnd(&u->z);
    return result;
}

struct room {
    uint8_t *p;
    size_t n;
};

static void put(void *to, struct span piece)
{
    struct room *room = to;

    if (piece.n)
        memcpy(room->p + room->n, piece.p, piece.n);
    room->n += piece.n;
}

int zip_read(const struct job *job, const struct zip_directory *directory,
             const struct zip_entry *e, size_t max, struct span *ret, struct err *err)
{
    struct room room = {0};

    if (e->size > max)
        return ERR(err, ERR_LIMIT, "zip: an entry of %llu bytes where %zu are the most",
                   (unsigned long long)e->size, max);
    room.p = arena_take(job->arena, (size_t)e->size + 1);
    if (!room.p)
        return arena_error(job->arena, err);
    TRY(zip_stream(job, directory, e, put, &room, err));
    *ret = (struct span){room.p, room.n};
    return 0;
}
