// SPDX-License-Identifier: Apache-2.0
#include "format/codepage.h"

#include <uninorm.h>
#include <unistr.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "format/codepage_table.h"

#include "codepage_tables.inc"

enum {
    LATER_MARKS = 1258, /* marks follow their letters, and belong to them */
    REPLACEMENT = 0xfffd,
};

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= 0x80)
            return false;
    }
    return true;
}

static void put(struct buf *to, ucs4_t c)
{
    uint8_t bytes[6];
    int n = u8_uctomb(bytes, c, sizeof(bytes));

    if (n > 0)
        buf_bytes(to, bytes, (size_t)n);
}

static void put_single(struct span text, const uint16_t high[CODEPAGE_HIGH], bool marks,
                       struct buf *to)
{
    ucs4_t held = 0; /* may be the letter of a mark */

    for (size_t i = 0; i < text.n; i++) {
        uint8_t b = text.p[i];
        ucs4_t c = b < 0x80 ? b : high[b - 0x80],
               both = held && marks ? uc_composition(held, c) : 0;

        if (i && !both)
            put(to, held);
        held = both ? both : b && !c ? REPLACEMENT : c;
    }
    if (text.n)
        put(to, held);
}

static void put_double(struct span text, const struct codepage_double *page, struct buf *to)
{
    while (text.n) {
        uint8_t b = text.p[0], next = text.n > 1 ? text.p[1] : 0;
        ucs4_t c = b < 0x80 ? b : page->high[b - 0x80];
        bool two = false;

        if (b && !c && b >= CODEPAGE_LEAD && b != 0xff && next >= CODEPAGE_TRAIL && next != 0xff) {
            c = page->pairs[(b - CODEPAGE_LEAD) * CODEPAGE_TRAILS + (next - CODEPAGE_TRAIL)];
            two = c != 0;
        }
        put(to, b && !c ? REPLACEMENT : c);
        text = span_from(text, two ? 2 : 1);
    }
}

static void put_utf8(struct span text, struct buf *to)
{
    while (text.n) {
        ucs4_t c;
        int n = u8_mbtoucr(&c, text.p, text.n);

        put(to, n > 0 ? c : REPLACEMENT);
        text = span_from(text, n > 0 ? (size_t)n : 1);
    }
}

static void convert(unsigned codepage, struct span text, struct buf *to)
{
    static const uint16_t none[CODEPAGE_HIGH];

    if (codepage == CODEPAGE_UTF8) {
        put_utf8(text, to);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(doubles); i++) {
        if (doubles[i].number == codepage) {
            put_double(text, &doubles[i], to);
            return;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(singles); i++) {
        if (singles[i].number == (codepage ? codepage : CODEPAGE_LATIN)) {
            put_single(text, singles[i].high, codepage == LATER_MARKS, to);
            return;
        }
    }
    put_single(text, none, false, to);
}

struct sv codepage_text(unsigned codepage, struct span text, struct arena *arena)
{
    auto_buf b = {0};

    if (is_ascii(text))
        return arena_copy(arena, sv_of(text));
    convert(codepage, text, &b);
    return buf_ok(&b) ? arena_copy(arena, buf_view(&b)) : arena_copy(arena, (struct sv){0});
}
