// SPDX-License-Identifier: Apache-2.0
/*
 * For the build alone: the code pages that stand in Windows' files, as tables, from what the
 * C library of the building machine knows of them.
 */
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/codepage_table.h"

static const struct {
    unsigned number;
    const char *name;
} singles[] = {{1252, "CP1252"}, {874, "CP874"},   {1250, "CP1250"}, {1251, "CP1251"},
               {1253, "CP1253"}, {1254, "CP1254"}, {1255, "CP1255"}, {1256, "CP1256"},
               {1257, "CP1257"}, {1258, "CP1258"}, {866, "CP866"},   {437, "CP437"},
               {850, "CP850"}},
  doubles[] = {{932, "CP932"}, {936, "CP936"}, {949, "CP949"}, {950, "BIG5"}};

static iconv_t open_page(const char *name)
{
    iconv_t page = iconv_open("UCS-4LE", name);

    if (page == (iconv_t)-1) {
        fprintf(stderr, "make-codepages: this C library does not know %s: %s\n", name,
                strerror(errno));
        exit(1);
    }
    return page;
}

/* The one character that these bytes are; 0 when they are none. */
static unsigned decoded(iconv_t page, const char *bytes, size_t n)
{
    char *from = (char *)(uintptr_t)bytes;
    uint8_t out[16], *p = out;
    size_t room = sizeof(out);

    (void)iconv(page, NULL, NULL, NULL, NULL);
    // Some pages hold back what a mark may follow.
    if (iconv(page, &from, &n, (char **)&p, &room) == (size_t)-1 || n ||
        iconv(page, NULL, NULL, (char **)&p, &room) == (size_t)-1 || p != out + 4)
        return 0;
    if (out[2] || out[3]) {
        fprintf(stderr, "make-codepages: a character beyond U+FFFF\n");
        exit(1);
    }
    return (unsigned)out[0] | (unsigned)out[1] << 8;
}

static void print(unsigned value, size_t at)
{
    printf("%u,%s", value, at % 24 == 23 ? "\n" : "");
}

static void single_page(iconv_t page)
{
    for (unsigned c = 0; c < CODEPAGE_HIGH; c++)
        print(decoded(page, (char[]){(char)(c + 0x80)}, 1), c);
}

static void double_page(iconv_t page)
{
    for (unsigned i = 0; i < CODEPAGE_LEADS * CODEPAGE_TRAILS; i++)
        print(decoded(page,
                      (char[]){(char)(CODEPAGE_LEAD + i / CODEPAGE_TRAILS),
                               (char)(CODEPAGE_TRAIL + i % CODEPAGE_TRAILS)},
                      2),
              i);
}

static void pages(size_t count, bool two)
{
    for (size_t i = 0; i < count; i++) {
        unsigned number = two ? doubles[i].number : singles[i].number;
        iconv_t page = open_page(two ? doubles[i].name : singles[i].name);

        printf("{%u,{", number);
        single_page(page);
        printf("}");
        if (two) {
            printf(",{");
            double_page(page);
            printf("}");
        }
        printf("},\n");
        (void)iconv_close(page);
    }
}

int main(void)
{
    printf("static const struct codepage_single singles[] = {\n");
    pages(sizeof(singles) / sizeof(singles[0]), false);
    printf("};\nstatic const struct codepage_double doubles[] = {\n");
    pages(sizeof(doubles) / sizeof(doubles[0]), true);
    printf("};\n");
    return fflush(stdout) == 0 ? 0 : 1;
}
