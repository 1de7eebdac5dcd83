// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"
#include "trust/digest.h"

extern const struct recogniser recog_macho;

/*
 * A library: header and commands, names at 0x200, a code signature at 0x240 that covers all before
 * it in pages of 256 bytes.
 */
enum {
    NAMES = 0x200,
    NAMES_SIZE = 32,
    SIGNED = 0x240,
    PAGE_SHIFT = 8,
    PAGES = 3,
    PART = 0x400,
    FAT_PART = 0x100, /* where the first part of a fat file stands */
};

struct image {
    uint8_t bytes[PART];
    bool wide, big;
    size_t at;
};

static void put(struct image *m, uint64_t value, unsigned bytes, bool big)
{
    for (unsigned i = 0; i < bytes; i++)
        m->bytes[m->at + (big ? bytes - 1 - i : i)] = (uint8_t)(value >> 8 * i);
    m->at += bytes;
}

static void put_u32(struct image *m, uint32_t value)
{
    put(m, value, 4, m->big);
}

static void put_dylib(struct image *m, uint32_t command, const char *name)
{
    put_u32(m, command);
    put_u32(m, 64);
    put_u32(m, 24);
    m->at += 12;
    memcpy(m->bytes + m->at, name, strlen(name));
    m->at += 40;
}

static void put_signature(struct image *m, uint32_t flags)
{
    static const char names[] = "org.example.net\0TEAM123456";
    size_t directory = SIGNED + 20, hashes = 80;

    m->at = SIGNED;
    put(m, 0xfade0cc0, 4, true);
    put(m, 20 + hashes + PAGES * 32, 4, true);
    put(m, 1, 4, true);
    put(m, 0, 4, true);
    put(m, 20, 4, true);
    put(m, 0xfade0c02, 4, true);
    put(m, hashes + PAGES * 32, 4, true);
    put(m, 0x20200, 4, true);
    put(m, flags, 4, true);
    put(m, hashes, 4, true);
    put(m, 52, 4, true); // identifier
    put(m, 0, 4, true);
    put(m, PAGES, 4, true);
    put(m, SIGNED, 4, true);
    put(m, 32, 1, true);
    put(m, 2, 1, true);
    put(m, 0, 1, true);
    put(m, PAGE_SHIFT, 1, true);
    m->at += 8;
    put(m, 52 + 16, 4, true); // team
    assert_int_equal(m->at, directory + 52);
    memcpy(m->bytes + m->at, names, sizeof(names));
    for (size_t i = 0; i < PAGES; i++) {
        size_t n = i + 1 < PAGES ? 256 : SIGNED % 256;

        digest_sha256((struct span){m->bytes + 256 * i, n}, m->bytes + directory + hashes + 32 * i);
    }
}

static void make_image(struct image *m, bool wide, bool big)
{
    *m = (struct image){.wide = wide, .big = big};
    put_u32(m, wide ? 0xfeedfacf : 0xfeedface);
    put_u32(m, wide ? 0x0100000c : 18);
    put_u32(m, 0);
    put_u32(m, 6); // a library
    put_u32(m, 5);
    put_u32(m, 64 + 64 + 24 + 24 + 16);
    put_u32(m, 0);
    if (wide)
        put_u32(m, 0);
    put_dylib(m, 0xd, "@rpath/libnet.dylib");
    put_dylib(m, 0x80000018, "/usr/lib/libdep.dylib");
    put_u32(m, 0x1b);
    put_u32(m, 24);
    memcpy(m->bytes + m->at, "0123456789abcdef", 16);
    m->at += 16;
    put_u32(m, 2);
    put_u32(m, 24);
    put_u32(m, 0);
    put_u32(m, 0);
    put_u32(m, NAMES);
    put_u32(m, NAMES_SIZE);
    put_u32(m, 0x1d);
    put_u32(m, 16);
    put_u32(m, SIGNED);
    put_u32(m, PART - SIGNED);
    memcpy(m->bytes + NAMES, "\0_NET_Init\0_plain\0", 18);
    put_signature(m, 0);
}

static void tells_what_a_library_is_and_asks_for(void **state)
{
    struct image m;
    struct spy spy;
    (void)state;

    make_image(&m, true, false);
    spy_identify(&spy, &recog_macho, 0, (struct span){m.bytes, PART});

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  architecture=aarch64\n"
                                    "  soname=@rpath/libnet.dylib @56+19\n"
                                    "  needed=/usr/lib/libdep.dylib @120+21\n"
                                    "  build-id=30313233343536373839616263646566 @168+16\n"
                                    "  symbol=NET_Init @513+9\n"
                                    "  [1] signature=unsigned\n"
                                    "  [1] status=an ad hoc signature: nobody vouches for it\n"
                                    "  [1] bundle-id=org.example.net @648+15\n"
                                    "  [1] team-id=TEAM123456 @664+10\n");
    spy_clear(&spy);
}

static void reads_both_classes_and_byte_orders(void **state)
{
    (void)state;

    for (unsigned i = 0; i < 4; i++) {
        struct image m;
        struct spy spy;

        make_image(&m, i & 1, i & 2);
        spy_identify(&spy, &recog_macho, 0, (struct span){m.bytes, PART});
        assert_int_equal(spy.result, 0);
        assert_non_null(strstr(spy.text.p, i & 1 ? "=aarch64\n" : "=powerpc\n"));
        assert_non_null(strstr(spy.text.p, "soname=@rpath/libnet.dylib"));
        assert_non_null(strstr(spy.text.p, "symbol=NET_Init"));
        spy_clear(&spy);
    }
}

static void a_changed_page_breaks_the_signature(void **state)
{
    (void)state;

    for (size_t at = 60; at < SIGNED; at += 97) {
        struct image m;
        struct spy spy;

        make_image(&m, true, false);
        m.bytes[at] ^= 1;
        spy_identify(&spy, &recog_macho, 0, (struct span){m.bytes, PART});
        assert_non_null(strstr(spy.text.p, "signature=broken @576+448\n"
                                           "  [1] status=the digest of a page of the file"));
        assert_non_null(strstr(spy.text.p, "team-id=TEAM123456"));
        spy_clear(&spy);
    }
}

static void a_directory_that_leaves_something_out_is_broken(void **state)
{
    const struct {
        const char *why;
        size_t at;
        uint64_t value;
        unsigned bytes;
        const char *status;
    } cases[] = {
        {"fewer pages", SIGNED + 20 + 28, 2, 4, "does not cover"},
        {"shorter", SIGNED + 20 + 32, 0x100, 4, "does not cover"},
        {"longer", SIGNED + 20 + 32, 0x10000, 4, "does not cover"},
        {"unknown digest", SIGNED + 20 + 37, 9, 1, "unknown kind"},
        {"another size of digest", SIGNED + 20 + 36, 1, 1, "unknown kind"},
        {"digests outside", SIGNED + 20 + 16, 0x10000, 4, "digest of a page"},
        {"no directory", SIGNED + 12, 0x9999, 4, "no code directory"},
        {"too many blobs", SIGNED + 8, 0x9999, 4, "damaged"},
        {"no signature at all", SIGNED, 0, 4, "damaged"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct image m;
        struct spy spy;

        make_image(&m, true, false);
        m.at = cases[i].at;
        put(&m, cases[i].value, cases[i].bytes, true);
        spy_identify(&spy, &recog_macho, 0, (struct span){m.bytes, PART});
        if (!strstr(spy.text.p, "signature=broken") || !strstr(spy.text.p, cases[i].status))
            fail_msg("%s: %s", cases[i].why, spy.text.p);
        spy_clear(&spy);
    }
}

static void the_name_a_linker_gives_is_no_bundle_id(void **state)
{
    struct image m;
    struct spy spy;
    (void)state;

    make_image(&m, true, false);
    put_signature(&m, 0x20002);
    spy_identify(&spy, &recog_macho, 0, (struct span){m.bytes, PART});
    assert_null(strstr(spy.text.p, "bundle-id"));
    spy_clear(&spy);
}

/* Two parts: one for each of two processors, or a program and a static library. */
static void make_fat(uint8_t *file, size_t size, const struct image *first, struct span second)
{
    struct image head = {.big = true};

    memset(file, 0, size);
    put_u32(&head, 0xcafebabe);
    put_u32(&head, 2);
    put_u32(&head, 0x0100000c);
    put_u32(&head, 0);
    put_u32(&head, FAT_PART);
    put_u32(&head, PART);
    put_u32(&head, 0);
    put_u32(&head, 18);
    put_u32(&head, 0);
    put_u32(&head, FAT_PART + PART);
    put_u32(&head, (uint32_t)second.n);
    memcpy(file, head.bytes, 48);
    memcpy(file + FAT_PART, first->bytes, PART);
    memcpy(file + FAT_PART + PART, second.p, second.n);
}

static void a_fat_file_is_one_component_with_two_signatures(void **state)
{
    static uint8_t file[FAT_PART + 2 * PART];
    struct image one, other;
    struct spy spy;
    (void)state;

    make_image(&one, true, false);
    make_image(&other, false, true);
    other.bytes[PART - 0x200] ^= 1; // in its pages
    make_fat(file, sizeof(file), &one, (struct span){other.bytes, PART});
    spy_identify(&spy, &recog_macho, 5, (struct span){file, sizeof(file)});

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  architecture=aarch64\n"
                                    "  soname=@rpath/libnet.dylib @312+19\n"
                                    "  needed=/usr/lib/libdep.dylib @376+21\n"
                                    "  build-id=30313233343536373839616263646566 @424+16\n"
                                    "  architecture=powerpc\n"
                                    "  symbol=NET_Init @769+9\n"
                                    "  [1] signature=unsigned\n"
                                    "  [1] status=an ad hoc signature: nobody vouches for it\n"
                                    "  [1] bundle-id=org.example.net @904+15\n"
                                    "  [1] team-id=TEAM123456 @920+10\n"
                                    "  [2] signature=broken @1856+448\n"
                                    "  [2] status=the digest of a page of the file is another one\n"
                                    "  [2] bundle-id=org.example.net @1928+15\n"
                                    "  [2] team-id=TEAM123456 @1944+10\n");
    spy_clear(&spy);
}

#define LIBRARY \
    "!<arch>\n" \
    "__.SYMDEF       0           0     0     100644  26        `\n" \
    "\x08\0\0\0" \
    "\0\0\0\0" \
    "\0\0\0\0" \
    "\x0a\0\0\0" \
    "_WEB_Init\0"

static void a_part_may_be_a_static_library(void **state)
{
    static uint8_t file[FAT_PART + PART + sizeof(LIBRARY) - 1];
    struct image one;
    struct spy spy;
    (void)state;

    make_image(&one, true, false);
    make_fat(file, sizeof(file), &one, BYTES(LIBRARY));
    spy_identify(&spy, &recog_macho, 5, (struct span){file, sizeof(file)});
    assert_int_equal(spy.result, 0);
    assert_non_null(strstr(spy.text.p, "symbol=WEB_Init"));
    spy_clear(&spy);
}

static void says_when_it_is_no_program_or_cut(void **state)
{
    struct image m;
    struct spy spy;
    (void)state;

    // A class of Java 8, whose version stands where a fat file has the number of parts.
    spy_identify(&spy, &recog_macho, 5, BYTES("\xca\xfe\xba\xbe\0\0\0\x34\0\0\0\0\0\0\0\0"));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);

    make_image(&m, true, false);
    spy_identify(&spy, &recog_macho, 0, (struct span){m.bytes, SIGNED});
    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    static uint8_t file[FAT_PART + 2 * PART];
    struct image one, other;
    (void)state;

    make_image(&one, true, false);
    make_image(&other, false, true);
    spy_contract(&recog_macho, 0, (struct span){one.bytes, PART});
    make_fat(file, sizeof(file), &one, (struct span){other.bytes, PART});
    spy_contract(&recog_macho, 5, (struct span){file, sizeof(file)});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_a_library_is_and_asks_for),
        cmocka_unit_test(reads_both_classes_and_byte_orders),
        cmocka_unit_test(a_changed_page_breaks_the_signature),
        cmocka_unit_test(a_directory_that_leaves_something_out_is_broken),
        cmocka_unit_test(the_name_a_linker_gives_is_no_bundle_id),
        cmocka_unit_test(a_fat_file_is_one_component_with_two_signatures),
        cmocka_unit_test(a_part_may_be_a_static_library),
        cmocka_unit_test(says_when_it_is_no_program_or_cut),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_macho", tests, NULL, NULL);
}
