// SPDX-License-Identifier: Apache-2.0
#include "format/codepage.h"

#include <errno.h>
#include <iconv.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/starved.h"

static const struct {
    unsigned number;
    const char *name;
} pages[] = {
    {0, "CP1252"},    {CODEPAGE_UTF8, "UTF-8"}, {20127, "ASCII"}, {CODEPAGE_LATIN, "CP1252"},
    {874, "CP874"},   {932, "CP932"},           {936, "CP936"},   {949, "CP949"},
    {950, "BIG5"},    {1250, "CP1250"},         {1251, "CP1251"}, {1253, "CP1253"},
    {1254, "CP1254"}, {1255, "CP1255"},         {1256, "CP1256"}, {1257, "CP1257"},
    {1258, "CP1258"}, {866, "CP866"},           {437, "CP437"},   {850, "CP850"},
};

static iconv_t open_page(unsigned codepage)
{
    iconv_t page = (iconv_t)-1;

    for (size_t i = 0; i < ARRAY_LEN(pages) && page == (iconv_t)-1; i++) {
        if (pages[i].number != codepage)
            continue;
        page = iconv_open("UTF-8", pages[i].name);
        // A system without that table answers EINVAL.
        if (page == (iconv_t)-1 && errno != EINVAL)
            starved_note();
    }
    return page;
}

void codepage_prepare(void)
{
    static iconv_t kept[ARRAY_LEN(pages)]; // for as long as the process lives

    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        char in[2] = "\x80", out[8], *from = in, *to = out;
        size_t n = 1, room = sizeof(out);

        if (!kept[i])
            kept[i] = open_page(pages[i].number);
        if (kept[i] != (iconv_t)-1)
            (void)iconv(kept[i], &from, &n, &to, &room); // tables are loaded at the first use
    }
}

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= 0x80)
            return false;
    }
    return true;
}

static void convert(iconv_t page, struct span text, struct buf *to)
{
    while (text.n) {
        char out[1024], *p = out;
        size_t room = sizeof(out), left = text.n;
        char *from = (char *)(uintptr_t)text.p; // iconv() reads only

        if (page == (iconv_t)-1) {
            if (text.p[0] < 0x80)
                buf_char(to, (char)text.p[0]);
            else
                buf_str(to, "\xef\xbf\xbd");
            text = span_from(text, 1);
            continue;
        }

        bool wrong = iconv(page, &from, &left, &p, &room) == (size_t)-1 && room > 8;

        buf_bytes(to, out, sizeof(out) - room);
        text = span_from(text, text.n - left);
        if (wrong && text.n) {
            buf_str(to, "\xef\xbf\xbd");
            text = span_from(text, 1);
        }
    }
}

struct sv codepage_text(unsigned codepage, struct span text, struct arena *arena)
{
    auto_buf b = {0};
    iconv_t page;

    if (is_ascii(text))
        return arena_copy(arena, sv_of(text));
    page = open_page(codepage);
    convert(page, text, &b);
    if (page != (iconv_t)-1)
        iconv_close(page);
    return buf_ok(&b) ? arena_copy(arena, buf_view(&b)) : arena_copy(arena, (struct sv){0});
}
