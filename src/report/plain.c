// SPDX-License-Identifier: Apache-2.0
#include "report/plain.h"

#include <string.h>

#include <unistr.h>
#include <uniwidth.h>

#include "report/visible.h"

unsigned plain_columns(const struct sink *s)
{
    if (s->columns == 0)
        return 80;
    if (s->columns < PLAIN_COLUMNS_MIN)
        return PLAIN_COLUMNS_MIN;
    return s->columns < PLAIN_COLUMNS_MAX ? s->columns : PLAIN_COLUMNS_MAX;
}

void plain_style(struct sink *s, enum plain_style style)
{
    static const char *const codes[] = {"\x1b[0m",    "\x1b[1m",    "\x1b[2m",
                                        "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m"};

    if (s->colour)
        sink_str(s, codes[style]);
}

static size_t shown_width(struct sv plain)
{
    int n = u8_width((const uint8_t *)plain.p, plain.n, "UTF-8");

    return n > 0 ? (size_t)n : 0;
}

size_t plain_width(struct sv text)
{
    char escape[VISIBLE_ESCAPE_MAX];
    struct sv plain;
    size_t width = 0;

    while (visible_next(&text, &plain, escape))
        width += escape[0] ? strlen(escape) : shown_width(plain);
    return width;
}

void plain_text(struct sink *s, struct sv text)
{
    char escape[VISIBLE_ESCAPE_MAX];
    struct sv plain;

    while (visible_next(&text, &plain, escape))
        sink_sv(s, escape[0] ? sv_str(escape) : plain);
}

void plain_pad(struct sink *s, size_t columns)
{
    while (columns--)
        sink_char(s, ' ');
}

/* The longest beginning of a stretch of plain text that is at most `width` columns wide. */
static struct sv fitting(struct sv plain, size_t width, size_t *ret_width)
{
    size_t n = 0, used = 0;

    while (n < plain.n) {
        ucs4_t c;
        int bytes = u8_mbtouc(&c, (const uint8_t *)plain.p + n, plain.n - n);
        int wide = uc_width(c, "UTF-8");

        wide = wide > 0 ? wide : 0;
        if (used + (size_t)wide > width)
            break;
        used += (size_t)wide;
        n += (size_t)bytes;
    }
    *ret_width = used;
    return (struct sv){plain.p, n};
}

static size_t cut_to(struct sink *s, struct sv text, size_t width)
{
    char escape[VISIBLE_ESCAPE_MAX];
    struct sv plain;
    size_t used = 0;

    while (used < width && visible_next(&text, &plain, escape)) {
        size_t wide = strlen(escape);
        struct sv fits = escape[0] ? sv_str(escape) : fitting(plain, width - used, &wide);

        if (used + wide > width)
            break;
        sink_sv(s, fits);
        used += wide;
        if (fits.n < plain.n)
            break;
    }
    return used;
}

void plain_cell(struct sink *s, struct sv text, size_t width, bool right)
{
    size_t wide = plain_width(text);

    if (wide <= width) {
        plain_pad(s, right ? width - wide : 0);
        plain_text(s, text);
        plain_pad(s, right ? 0 : width - wide);
        return;
    }
    wide = cut_to(s, text, width - 1);
    sink_str(s, "\xe2\x80\xa6");
    plain_pad(s, width - 1 - wide);
}

void plain_cut(struct sink *s, struct sv text, size_t width)
{
    size_t wide = plain_width(text);

    plain_cell(s, text, wide < width ? wide : width, false);
}

void plain_wrap(struct sink *s, size_t at, size_t indent, struct sv text)
{
    size_t columns = plain_columns(s), used = at;
    bool first = true;

    while (text.n) {
        struct sv word = sv_cut(&text, ' ');
        size_t wide = plain_width(word);

        if (word.n == 0)
            continue;
        if (!first && used + 1 + wide > columns) {
            sink_char(s, '\n');
            plain_pad(s, indent);
            used = indent;
        } else if (!first) {
            sink_char(s, ' ');
            used++;
        }
        plain_text(s, word);
        used += wide;
        first = false;
    }
    sink_char(s, '\n');
}

void plain_labelled(struct sink *s, const char *label, size_t indent, struct sv text)
{
    size_t wide = strlen(label);

    if (text.n == 0)
        return;
    plain_style(s, PLAIN_DIM);
    sink_str(s, label);
    plain_style(s, PLAIN_NORMAL);
    plain_pad(s, wide < indent ? indent - wide : 1);
    plain_wrap(s, wide < indent ? indent : wide + 1, indent, text);
}
