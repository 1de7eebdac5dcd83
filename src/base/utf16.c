// SPDX-License-Identifier: Apache-2.0
#include "base/utf16.h"

enum {
    REPLACEMENT = 0xfffd,
};

static void put_utf8(struct buf *to, uint32_t c)
{
    if (c < 0x80) {
        buf_char(to, (char)c);
        return;
    }
    if (c < 0x800) {
        buf_char(to, (char)(0xc0 | c >> 6));
    } else {
        if (c < 0x10000) {
            buf_char(to, (char)(0xe0 | c >> 12));
        } else {
            buf_char(to, (char)(0xf0 | c >> 18));
            buf_char(to, (char)(0x80 | (c >> 12 & 0x3f)));
        }
        buf_char(to, (char)(0x80 | (c >> 6 & 0x3f)));
    }
    buf_char(to, (char)(0x80 | (c & 0x3f)));
}

static void append(struct buf *to, struct span text, uint16_t (*unit)(struct reader *))
{
    struct reader r = reader_over((struct span){text.p, text.n / 2 * 2});

    while (r.rest.n) {
        uint32_t c = unit(&r);

        if (c >= 0xd800 && c < 0xdc00 && r.rest.n) {
            struct reader ahead = r;
            uint32_t low = unit(&ahead);

            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
                r = ahead;
            }
        }
        put_utf8(to, c == 0 || (c >= 0xd800 && c < 0xe000) ? REPLACEMENT : c);
    }
}

void utf16le_append(struct buf *to, struct span text)
{
    append(to, text, reader_u16le);
}

void utf16be_append(struct buf *to, struct span text)
{
    append(to, text, reader_u16be);
}

struct sv utf16le_text(struct span text, struct arena *arena)
{
    auto_buf b = {0};

    utf16le_append(&b, text);
    return arena_copy(arena, buf_view(&b));
}

struct span utf16_until_nul(struct span text)
{
    for (size_t i = 0; i + 1 < text.n; i += 2) {
        if (text.p[i] == 0 && text.p[i + 1] == 0)
            return (struct span){text.p, i};
    }
    return text;
}
