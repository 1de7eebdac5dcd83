// SPDX-License-Identifier: Apache-2.0
/*
 * LZNT1: chunks of 4 KiB, each with a header of two bytes, then groups of eight tokens behind a
 * byte that tells which of them are bytes and which are references back. Format: Microsoft
 * MS-XCA, 2.5.
 */
#include "source/ntfs.h"

#include <string.h>

enum {
    CHUNK = 4096,
    CHUNK_PACKED = 0x8000,
};

static bool unpack_chunk(struct span from, uint8_t *to, size_t room, size_t *ret_n)
{
    struct reader r = reader_over(from);
    size_t n = 0;

    while (r.rest.n) {
        uint8_t flags = reader_u8(&r);

        for (unsigned i = 0; i < 8 && r.rest.n; i++, flags >>= 1) {
            unsigned bits = 12, token;
            size_t back, length;

            if (n == room)
                return false;
            if (!(flags & 1)) {
                to[n++] = reader_u8(&r);
                continue;
            }
            token = reader_u16le(&r);
            // The farther from the beginning of the chunk, the more bits say how far back.
            for (size_t far = n ? n - 1 : 0; far >= 16; far /= 2)
                bits--;
            back = (token >> bits) + 1;
            length = (token & ((1u << bits) - 1)) + 3;
            if (!reader_ok(&r) || back > n || length > room - n)
                return false;
            for (; length; length--, n++)
                to[n] = to[n - back];
        }
    }
    *ret_n = n;
    return true;
}

int ntfs_unpack(struct span from, uint8_t *to, size_t room, struct err *err)
{
    struct reader r = reader_over(from);

    for (size_t done = 0; done < room && r.rest.n >= 2; done += CHUNK) {
        uint16_t header = reader_u16le(&r);
        size_t limit = room - done < CHUNK ? room - done : CHUNK, n = 0;
        struct span chunk;

        if (header == 0)
            break;
        chunk = reader_take(&r, (header & 0xfffu) + 1);
        if (!reader_ok(&r))
            return ERR(err, ERR_FORMAT, "ntfs: a compressed file is damaged");
        if (!(header & CHUNK_PACKED))
            memcpy(to + done, chunk.p, chunk.n < limit ? chunk.n : limit);
        else if (!unpack_chunk(chunk, to + done, limit, &n))
            return ERR(err, ERR_FORMAT, "ntfs: a compressed file is damaged");
    }
    return 0;
}
