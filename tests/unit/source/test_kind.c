// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "source/kind.h"

static void tells_kinds_by_their_first_bytes(void **state)
{
    const struct {
        const char *why;
        struct span head;
        enum container_kind kind;
    } cases[] = {
        {"nothing", BYTES(""), KIND_NONE},
        {"text", BYTES("PK is how some sentences begin"), KIND_NONE},
        {"zip", BYTES("PK\3\4"), KIND_ZIP},
        {"zip with nothing in it", BYTES("PK\5\6"), KIND_ZIP},
        {"gzip", BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"), KIND_GZIP},
        {"gzip of an unknown method", BYTES("\x1f\x8b\x07\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"),
         KIND_NONE},
        {"gzip with flags of tomorrow", BYTES("\x1f\x8b\x08\x80\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"),
         KIND_NONE},
        {"bzip2", BYTES("BZh91AY&SY\0\0\0\0"), KIND_BZIP2},
        {"bzip2 of nothing", BYTES("BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0"), KIND_BZIP2},
        {"a word", BYTES("BZhello, wide world"), KIND_NONE},
        {"compress", BYTES("\x1f\x9d\x90\x61\xc4\0"), KIND_COMPRESS},
        {"compress with codes of 31 bits", BYTES("\x1f\x9d\x9f\x61\xc4\0"), KIND_NONE},
        {"compress that begins with no byte", BYTES("\x1f\x9d\x90\x61\xc5\0"), KIND_NONE},
        {"lzma", BYTES("\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0"), KIND_LZMA},
        {"lzma with an odd dictionary", BYTES("\x5d\1\2\3\4\xff\xff\xff\xff\xff\xff\xff\xff\0"),
         KIND_NONE},
        {"binary cpio", BYTES("\xc7\x71------------------\2\0----a\0\0\0"), KIND_CPIO},
        {"two bytes of binary cpio", BYTES("\xc7\x71 and then something else altogether"),
         KIND_NONE},
        {"lha", BYTES("\x16\0-lh5-\0\0\0\0\0\0\0\0\0\0\0\0 \0\1a\0\0"), KIND_LHA},
        {"a program", BYTES("MZ"), KIND_PROGRAM},
        {"a short script", BYTES("#!/bin/sh\n"), KIND_NONE},
        {"a script with other bytes", BYTES("#!/bin/sh\n\0"), KIND_SCRIPT},
        {"a static library", BYTES("!<arch>\n/               "), KIND_AR},
        {"a virtual disk", BYTES("QFI\xfb"), KIND_QCOW},
        {"a disk image of macOS that is encrypted", BYTES("encrcdsa"), KIND_DMG},
        {"the same, packed by LZFSE", BYTES("bvx2"), KIND_DMG},
        {"the files of a package", BYTES("pbzx\0\0"), KIND_PBZX},
        {"an object of ostree",
         BYTES("\0\0\0\x1a\0\0\0\0\0\0\0\0\0\0\0\x33\0\0\0\0\0\0\0\0\0\0\x81\xa4\0\0\0\0\0\x19"),
         KIND_OSTREE},
        {"a link in ostree",
         BYTES("\0\0\0\x1d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xa1\xff\0\0\0\0abc\0\x1c"),
         KIND_NONE},
        {"a short file of zlib", BYTES("\x78\x01\x03\0\0\0\0\1"), KIND_NONE},
        {"a Windows image", BYTES("MSWIM\0\0\0"), KIND_UNSUPPORTED},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (kind_of(cases[i].head, cases[i].head.n) != cases[i].kind)
            fail_msg("%s: %d", cases[i].why, kind_of(cases[i].head, cases[i].head.n));
}

static void tells_scripts_that_may_hold_a_payload(void **state)
{
    const struct {
        const char *why;
        struct span head;
        uint64_t size;
        enum container_kind kind;
    } cases[] = {
        {"of a shell, and longer than its head", BYTES("#!/bin/sh\n"), 20000, KIND_SCRIPT},
        {"of Python, with its archive behind the head",
         BYTES("#!/usr/bin/env python3\nimport os\n"), 20000, KIND_SCRIPT},
        {"of Python, a zipapp", BYTES("#!/usr/bin/env python3\nPK\3\4\x14\0"), 20000, KIND_SCRIPT},
        {"an attribute of Rust", BYTES("#![allow(dead_code)]\n"), 20000, KIND_NONE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (kind_of(cases[i].head, cases[i].size) != cases[i].kind)
            fail_msg("%s: %d", cases[i].why, kind_of(cases[i].head, cases[i].size));
}

/* A header of tar with the right checksum, of chars without or with a sign. */
static void make_tar(uint8_t head[512], bool with_sign)
{
    int sum = 8 * ' ';

    memset(head, 0, 512);
    head[0] = 0xe4;
    memcpy(head + 100, "0000644", 8);
    for (size_t i = 0; i < 512; i++)
        sum += with_sign ? (int8_t)head[i] : head[i];
    for (int i = 5; i >= 0; i--, sum /= 8)
        head[148 + i] = (uint8_t)('0' + sum % 8);
    head[155] = ' ';
}

static void tells_tar_by_its_checksum(void **state)
{
    uint8_t head[512];
    (void)state;

    for (int with_sign = 0; with_sign < 2; with_sign++) {
        make_tar(head, with_sign);
        assert_int_equal(kind_of((struct span){head, sizeof(head)}, 10240), KIND_TAR);
        head[1]++;
        assert_int_equal(kind_of((struct span){head, sizeof(head)}, 10240), KIND_NONE);
    }
    memset(head, 0, sizeof(head));
    assert_int_equal(kind_of((struct span){head, sizeof(head)}, 10240), KIND_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_kinds_by_their_first_bytes),
        cmocka_unit_test(tells_scripts_that_may_hold_a_payload),
        cmocka_unit_test(tells_tar_by_its_checksum),
    };
    return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
