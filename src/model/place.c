// SPDX-License-Identifier: Apache-2.0
#include "model/place.h"

#include <string.h>

#include <unistr.h>

/* ASCII that stands for itself. */
static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '%' && c != '!';
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Not 0 when a byte of the word is 0. */
static uint64_t has_zero(uint64_t word)
{
    return (word - EACH(1)) & ~word & EACH(0x80);
}

/* Eight bytes at once. False also where a byte below 0x20 only seems to be there. */
static bool are_plain(const uint8_t *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return !(((w - EACH(0x20)) | w) & EACH(0x80)) && !has_zero(w ^ EACH('%')) &&
           !has_zero(w ^ EACH('!')) && !has_zero(w ^ EACH(0x7f));
}

/* How many bytes stand for themselves: nearly all in most paths. */
static size_t plain_run(const uint8_t *p, size_t n)
{
    size_t i = 0;

    while (n - i >= sizeof(uint64_t) && are_plain(p + i))
        i += sizeof(uint64_t);
    while (i < n && is_plain(p[i]))
        i++;
    return i;
}

void place_append(struct buf *to, struct sv raw_path)
{
    const uint8_t *p = (const uint8_t *)raw_path.p;
    size_t left = raw_path.n;

    while (left) {
        size_t run = plain_run(p, left);

        buf_bytes(to, p, run);
        p += run;
        left -= run;
        if (left == 0)
            break;

        int n = p[0] < 0x80 ? 1 : u8_mblen(p, left);
        bool control =
            p[0] < 0x20 || p[0] == 0x7f || (n == 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f);

        if (n < 1)
            n = 1;
        if (control || p[0] == '%' || (p[0] >= 0x80 && u8_mblen(p, left) < 1) ||
            (p[0] == '!' && (left == 1 || p[1] == '/'))) {
            for (int i = 0; i < n; i++)
                buf_printf(to, "%%%02X", p[i]);
        } else {
            buf_bytes(to, p, (size_t)n);
        }
        p += n;
        left -= (size_t)n;
    }
}

void place_append_name(struct buf *to, struct sv raw_name)
{
    while (sv_starts(raw_name, SV("/")))
        raw_name = sv_from(raw_name, 1);
    place_append(to, raw_name);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int place_decode(struct sv place, struct buf *to, struct err *err)
{
    for (size_t i = 0; i < place.n; i++) {
        if (place.p[i] != '%') {
            buf_char(to, place.p[i]);
            continue;
        }
        if (place.n - i < 3 || hex(place.p[i + 1]) < 0 || hex(place.p[i + 2]) < 0)
            return ERR(err, ERR_FORMAT, "a place has '%%' without two hexadecimal digits");
        buf_char(to, (char)(hex(place.p[i + 1]) * 16 + hex(place.p[i + 2])));
        i += 2;
    }
    return 0;
}

struct sv place_outer(struct sv place)
{
    size_t at = sv_find(place, SV("!/"));

    return at == SIZE_MAX ? place : (struct sv){place.p, at};
}
