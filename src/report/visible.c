// SPDX-License-Identifier: Apache-2.0
#include "report/visible.h"

#include <stdint.h>
#include <stdio.h>

#include <unistr.h>

/* Code points that draw nothing and change how others are drawn, or break the line. */
static bool is_invisible(ucs4_t c)
{
    static const struct {
        ucs4_t first, last;
    } ranges[] = {
        {0x0000, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad}, {0x034f, 0x034f},
        {0x061c, 0x061c},   {0x115f, 0x1160},   {0x17b4, 0x17b5}, {0x180b, 0x180f},
        {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f}, {0x3164, 0x3164},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb},
        {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

static void spell(ucs4_t c, char to[VISIBLE_ESCAPE_MAX])
{
    if (c == '\n')
        snprintf(to, VISIBLE_ESCAPE_MAX, "\\n");
    else if (c == '\r')
        snprintf(to, VISIBLE_ESCAPE_MAX, "\\r");
    else if (c == '\t')
        snprintf(to, VISIBLE_ESCAPE_MAX, "\\t");
    else if (c < 0x80)
        snprintf(to, VISIBLE_ESCAPE_MAX, "\\x%02X", (unsigned)c);
    else
        snprintf(to, VISIBLE_ESCAPE_MAX, "\\u{%04X}", (unsigned)c);
}

bool visible_next(struct sv *text, struct sv *ret_plain, char ret_escape[VISIBLE_ESCAPE_MAX])
{
    size_t shown = 0;

    ret_escape[0] = '\0';
    *ret_plain = (struct sv){text->p, 0};
    while (shown < text->n) {
        const uint8_t *at = (const uint8_t *)text->p + shown;
        ucs4_t c;
        int n = u8_mbtoucr(&c, at, text->n - shown);

        if (n > 0 && !is_invisible(c)) {
            shown += (size_t)n;
            continue;
        }
        if (shown)
            break;
        if (n > 0) {
            spell(c, ret_escape);
        } else {
            n = 1;
            snprintf(ret_escape, VISIBLE_ESCAPE_MAX, "\\x%02X", at[0]);
        }
        *text = sv_from(*text, (size_t)n);
        return true;
    }
    ret_plain->n = shown;
    *text = sv_from(*text, shown);
    return shown > 0;
}
