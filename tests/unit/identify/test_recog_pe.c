// SPDX-License-Identifier: Apache-2.0
#include "identify/emit_once.h"
#include "identify/pe_version.h"
#include "support/spy.h"

extern const struct recogniser recog_pe;

/*
 * A library of one section, which stands at 0x200 in the file and at 0x1000 in memory:
 * exports at 0x1000, imports at 0x1100, resources at 0x1200.
 */
enum {
    SIZE = 0x600,
    OPTIONAL = 0x98,
    SECTION = OPTIONAL + 240,
    RAW = 0x200,
    RVA = 0x1000,
};

static void put(uint8_t *image, size_t at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        image[at + i] = (uint8_t)(value >> 8 * i);
}

static void put_text(uint8_t *image, size_t at, const char *text)
{
    memcpy(image + at, text, strlen(text) + 1);
}

static size_t raw(size_t rva)
{
    return rva - RVA + RAW;
}

static void put_headers(uint8_t *image)
{
    put_text(image, 0, "MZ");
    put(image, 0x3c, 0x80, 4);
    put_text(image, 0x80, "PE");
    put(image, 0x84, 0x8664, 2);
    put(image, 0x86, 1, 2);      // sections
    put(image, 0x94, 240, 2);    // size of the optional header
    put(image, 0x96, 0x2022, 2); // a DLL
    put(image, OPTIONAL, 0x20b, 2);
    put(image, OPTIONAL + 36, 0x200, 4); // alignment in the file
    put(image, OPTIONAL + 60, RAW, 4);   // size of the headers
    put(image, OPTIONAL + 68, 3, 2);
    put(image, OPTIONAL + 108, 16, 4); // directories
    put(image, OPTIONAL + 112, 0x1000, 4);
    put(image, OPTIONAL + 116, 0x80, 4);
    put(image, OPTIONAL + 120, 0x1100, 4);
    put(image, OPTIONAL + 124, 40, 4);
    put(image, OPTIONAL + 128, 0x1200, 4);
    put(image, OPTIONAL + 132, 0x200, 4);
    put_text(image, SECTION, ".all");
    put(image, SECTION + 8, 0x400, 4);
    put(image, SECTION + 12, RVA, 4);
    put(image, SECTION + 16, 0x400, 4);
    put(image, SECTION + 20, RAW, 4);
}

static void put_exports(uint8_t *image)
{
    size_t at = raw(0x1000);

    put(image, at + 12, 0x1060, 4); // name
    put(image, at + 24, 2, 4);      // names
    put(image, at + 32, 0x1040, 4);
    put(image, raw(0x1040), 0x1070, 4);
    put(image, raw(0x1044), 0x1080, 4);
    put_text(image, raw(0x1060), "HCNet.dll");
    put_text(image, raw(0x1070), "NET_Init");
    put_text(image, raw(0x1080), "plain");
}

static void put_imports(uint8_t *image)
{
    size_t at = raw(0x1100);

    put(image, at, 0x1140, 4);
    put(image, at + 12, 0x1160, 4);
    put(image, raw(0x1140), 0x1170, 8);
    put(image, raw(0x1148), UINT64_C(0x8000000000000007), 8); // the seventh, by number
    put_text(image, raw(0x1160), "other.dll");
    put_text(image, raw(0x1172), "OTHER_Init");
}

/* Append a block and return where its length stands; close it with end_block(). */
static size_t begin_block(struct buf *b, const char *name, uint16_t value_length, uint16_t text)
{
    size_t at = b->n;

    buf_bytes(b, "\0\0", 2);
    buf_char(b, (char)(value_length & 0xff));
    buf_char(b, (char)(value_length >> 8));
    buf_char(b, (char)text);
    buf_char(b, 0);
    for (; *name; name++)
        buf_bytes(b, (char[]){*name, 0}, 2);
    buf_bytes(b, "\0\0", 2);
    while (b->n % 4)
        buf_char(b, 0);
    return at;
}

static void end_block(struct buf *b, size_t at)
{
    b->p[at] = (char)((b->n - at) & 0xff);
    b->p[at + 1] = (char)((b->n - at) >> 8);
    while (b->n % 4)
        buf_char(b, 0);
}

static void put_string(struct buf *b, const char *name, const char *value)
{
    size_t at = begin_block(b, name, (uint16_t)(strlen(value) + 1), 1);

    for (; *value; value++)
        buf_bytes(b, (char[]){*value, 0}, 2);
    buf_bytes(b, "\0\0", 2);
    end_block(b, at);
}

static void put_info(struct buf *b)
{
    uint8_t fixed[52] = {0};
    size_t root, strings, table;

    put(fixed, 0, 0xfeef04bd, 4);
    put(fixed, 16, 0x00040003, 4);
    put(fixed, 20, 0x00020001, 4);
    root = begin_block(b, "VS_VERSION_INFO", sizeof(fixed), 0);
    buf_bytes(b, fixed, sizeof(fixed));
    strings = begin_block(b, "StringFileInfo", 0, 1);
    table = begin_block(b, "040904b0", 0, 1);
    put_string(b, "CompanyName", "Acme");
    put_string(b, "Comments", "no");
    end_block(b, table);
    table = begin_block(b, "040704b0", 0, 1);
    put_string(b, "CompanyName", "Acme GmbH");
    put_string(b, "companyname", "Acme");
    end_block(b, table);
    end_block(b, strings);
    end_block(b, root);
}

static void put_resources(uint8_t *image)
{
    size_t at = raw(0x1200);
    auto_buf info = {0};

    // Kind 16, then name 1, then language 0x409, then where the bytes are.
    put(image, at + 14, 1, 2);
    put(image, at + 16, 16, 4);
    put(image, at + 20, 0x80000020, 4);
    put(image, at + 0x20 + 14, 1, 2);
    put(image, at + 0x20 + 16, 1, 4);
    put(image, at + 0x20 + 20, 0x80000040, 4);
    put(image, at + 0x40 + 14, 1, 2);
    put(image, at + 0x40 + 16, 0x409, 4);
    put(image, at + 0x40 + 20, 0x60, 4);
    put_info(&info);
    assert_in_range(info.n, 1, 0x190);
    put(image, at + 0x60, 0x1270, 4);
    put(image, at + 0x64, info.n, 4);
    memcpy(image + at + 0x70, info.p, info.n);
}

static void make_image(uint8_t image[SIZE])
{
    memset(image, 0, SIZE);
    put_headers(image);
    put_exports(image);
    put_imports(image);
    put_resources(image);
}

static void tells_what_a_library_says_offers_and_asks_for(void **state)
{
    uint8_t image[SIZE];
    struct spy spy;
    (void)state;

    make_image(image);
    spy_identify(&spy, &recog_pe, 2, (struct span){image, SIZE});

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  company=Acme @1320+8\n"
                                    "  company=Acme GmbH @1420+18\n"
                                    "  version=4.3.2.1\n"
                                    "  architecture=x86_64\n"
                                    "  soname=HCNet.dll @608+9\n"
                                    "  needed=other.dll @864+9\n"
                                    "  symbol=NET_Init @624+8\n"
                                    "  symbol=OTHER_Init @882+10\n"
                                    "  [1] signature=unsigned\n");
    spy_clear(&spy);
}

static void says_when_it_could_not_read_all(void **state)
{
    const struct {
        const char *why;
        size_t at;
        uint64_t value;
        unsigned bytes;
        int result;
    } cases[] = {
        {"no PE header: an MS-DOS program", 0x80, 0, 4, RECOG_NOT_MINE},
        {"neither PE32 nor PE32+", OPTIONAL, 0x107, 2, -ERR_FORMAT},
        {"section table beyond the end", 0x86, 0x700, 2, -ERR_FORMAT},
        {"section beyond the end", SECTION + 16, 0x10000, 4, -ERR_FORMAT},
        {"version resource beyond the end", 0x400 + 0x60, 0x13f0, 4, -ERR_FORMAT},
        {"version resource without its name", 0x400 + 0x76, 'X', 2, -ERR_FORMAT},
        {"resources in no section: it unpacks itself", OPTIONAL + 128, 0x9000, 4, 0},
        {"exports in no section", OPTIONAL + 112, 0x9000, 4, 0},
        {"a resource directory inside itself", 0x400 + 20, 0x80000000, 4, 0},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t image[SIZE];
        struct spy spy;

        make_image(image);
        put(image, cases[i].at, cases[i].value, cases[i].bytes);
        spy_identify(&spy, &recog_pe, 2, (struct span){image, SIZE});
        if (spy.result != cases[i].result)
            fail_msg("%s: %d (%s)\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    uint8_t image[SIZE];
    (void)state;

    make_image(image);
    spy_contract(&recog_pe, 2, (struct span){image, SIZE});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_a_library_says_offers_and_asks_for),
        cmocka_unit_test(says_when_it_could_not_read_all),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_pe", tests, NULL, NULL);
}
