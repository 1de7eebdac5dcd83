// SPDX-License-Identifier: Apache-2.0
#include "support/made_compound.h"

#include <string.h>

enum {
    SECTOR = 512,
    SMALL = 64,
    ENTRY = 128,
    CHAIN_END = -2,
    FREE = -1,
    IS_TABLE = -3,
};

static void u16(struct buf *to, unsigned value)
{
    buf_char(to, (char)value);
    buf_char(to, (char)(value >> 8));
}

static void u32(struct buf *to, uint32_t value)
{
    u16(to, value & 0xffff);
    u16(to, value >> 16);
}

static void fill(struct buf *to, size_t until, char c)
{
    while (to->n < until)
        buf_char(to, c);
}

static unsigned six_bits(char c)
{
    static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";

    return (unsigned)(strchr(set, c) - set);
}

/* 64 bytes of name and its length. */
static void put_name(struct buf *to, const char *name)
{
    size_t from = to->n;
    unsigned n = 1;

    if (*name == '!') {
        u16(to, 0x4840);
        n++;
        for (name++; *name; name += name[1] ? 2 : 1, n++)
            u16(to, name[1] ? 0x3800 + six_bits(name[0]) + (six_bits(name[1]) << 6)
                            : 0x4800 + six_bits(name[0]));
    } else {
        for (; *name; name++, n++)
            u16(to, (uint8_t)*name);
    }
    fill(to, from + 64, 0);
    u16(to, n * 2);
}

static void put_entry(struct buf *to, const char *name, char type, uint32_t right, uint32_t child,
                      uint8_t class, uint32_t start, size_t size)
{
    static const char rest[] = {0x10, 0x0c, 0, 0, 0, 0, 0, (char)0xc0, 0, 0, 0, 0, 0, 0, 0x46};
    size_t from = to->n;

    put_name(to, name);
    buf_char(to, type);
    buf_char(to, 1);
    u32(to, UINT32_MAX);
    u32(to, right);
    u32(to, child);
    buf_char(to, (char)class);
    if (class)
        buf_bytes(to, rest, sizeof(rest));
    fill(to, from + 116, 0);
    u32(to, start);
    u32(to, (uint32_t)size);
    u32(to, 0);
}

static size_t parts(size_t n, size_t size)
{
    return (n + size - 1) / size;
}

static void put_header(struct buf *to)
{
    buf_str(to, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    fill(to, 24, 0);
    u16(to, 0x3e);
    u16(to, 3);
    u16(to, 0xfffe);
    u16(to, 9);
    u16(to, 6);
    fill(to, 44, 0);
    u32(to, 1);
    u32(to, 2);
    u32(to, 0);
    u32(to, 4096);
    u32(to, 1);
    u32(to, 1);
    u32(to, (uint32_t)CHAIN_END);
    u32(to, 0);
    u32(to, 0);
    fill(to, SECTOR, (char)0xff);
}

/* Sectors that follow each other, as rows of the table. */
static void put_run(struct buf *to, uint32_t first, size_t count)
{
    for (size_t i = 1; i <= count; i++)
        u32(to, i == count ? (uint32_t)CHAIN_END : first + (uint32_t)i);
}

void made_compound(struct buf *to, uint8_t class, const struct made_stream *streams, size_t n)
{
    size_t directory = parts((n + 1) * ENTRY, SECTOR), small = 0, at = 0;

    for (size_t i = 0; i < n; i++)
        small += parts(streams[i].bytes.n, SMALL);
    put_header(to);
    u32(to, (uint32_t)IS_TABLE);
    u32(to, (uint32_t)CHAIN_END);
    put_run(to, 2, directory);
    put_run(to, 2 + (uint32_t)directory, parts(small * SMALL, SECTOR));
    fill(to, (size_t)2 * SECTOR, (char)0xff);
    for (size_t i = 0; i < n; i++) {
        put_run(to, (uint32_t)at, parts(streams[i].bytes.n, SMALL));
        at += parts(streams[i].bytes.n, SMALL);
    }
    fill(to, (size_t)3 * SECTOR, (char)0xff);
    put_entry(to, "Root Entry", 5, UINT32_MAX, n ? 1 : UINT32_MAX, class, 2 + (uint32_t)directory,
              small * SMALL);
    at = 0;
    for (size_t i = 0; i < n; i++) {
        put_entry(to, streams[i].name, 2, i + 1 < n ? (uint32_t)i + 2 : UINT32_MAX, UINT32_MAX, 0,
                  (uint32_t)at, streams[i].bytes.n);
        at += parts(streams[i].bytes.n, SMALL);
    }
    fill(to, (3 + directory) * SECTOR, 0);
    for (size_t i = 0; i < n; i++) {
        size_t from = to->n;

        buf_bytes(to, streams[i].bytes.p, streams[i].bytes.n);
        fill(to, from + parts(streams[i].bytes.n, SMALL) * SMALL, 0);
    }
    fill(to, parts(to->n, SECTOR) * SECTOR, 0);
}
