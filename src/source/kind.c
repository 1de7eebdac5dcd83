// SPDX-License-Identifier: Apache-2.0
#include "source/kind.h"

#include <assert.h>
#include <string.h>

#include "source/kind_disk.h"

enum {
    TAR_BLOCK = 512,
    TAR_CHECKSUM = 148,
    ISO_DESCRIPTOR = 32768,
    ISO_BLOCK = 2048,
    CPIO_HEADER = 26, /* of the binary kind */
    CPIO_NAME_MAX = 1024,
    LZMA_HEADER = 13,
    OSTREE_HEADER_MIN = 25,
    OSTREE_HEADER_MAX = 64 * 1024,
    DMG_MIN = 1024,
};

struct magic {
    enum container_kind kind;
    uint16_t at;
    struct sv bytes;
};

#define MAGIC(kind, at, bytes) \
    { \
        (kind), (at), \
        { \
            (bytes), sizeof(bytes) - 1 \
        } \
    }

static const struct magic magics[] = {
    MAGIC(KIND_ZIP, 0, "PK\3\4"),
    MAGIC(KIND_ZIP, 0, "PK\5\6"),         // nothing in it
    MAGIC(KIND_ZIP, 0, "PK00PK\3\4"),     // was to be in parts
    MAGIC(KIND_ZIP, 0, "PK\7\x08PK\3\4"), // is the first part
    MAGIC(KIND_ZIP, 4, "PK\1\2"),         // the directory first, as in omni.ja
    MAGIC(KIND_CPIO, 0, "070701"),
    MAGIC(KIND_CPIO, 0, "070702"),
    MAGIC(KIND_CPIO, 0, "070707"),
    MAGIC(KIND_AR, 0, "!<arch>\n"),
    MAGIC(KIND_7Z, 0, "7z\xbc\xaf\x27\x1c"),
    MAGIC(KIND_RAR, 0, "Rar!\x1a\7\0"),
    MAGIC(KIND_RAR5, 0, "Rar!\x1a\7\1\0"),
    MAGIC(KIND_CAB, 0, "MSCF\0\0\0\0"),
    MAGIC(KIND_XAR, 0, "xar!"),
    MAGIC(KIND_ISO, 8, "AI\1"), // AppImage of the first type: ELF and ISO in one
    MAGIC(KIND_WARC, 0, "WARC/1."),
    MAGIC(KIND_DMG, 0, "encrcdsa"),
    MAGIC(KIND_DMG, 0, "bvx2"), // its first block, packed by LZFSE
    MAGIC(KIND_DMG, 0, "bvxn"),
    MAGIC(KIND_XZ, 0,
          "\xfd"
          "7zXZ\0"),
    MAGIC(KIND_PBZX, 0, "pbzx\0\0"),
    MAGIC(KIND_LZIP, 0, "LZIP\1"),
    MAGIC(KIND_ZSTD, 0, "\x28\xb5\x2f\xfd"),
    MAGIC(KIND_LZ4, 0, "\x04\x22\x4d\x18"),
    MAGIC(KIND_LZ4, 0, "\x02\x21\x4c\x18"), // as Linux compresses itself
    MAGIC(KIND_NSIS, 4, "\xef\xbe\xad\xdeNullsoftInst"),
    MAGIC(KIND_RPM, 0, "\xed\xab\xee\xdb"),
    MAGIC(KIND_CRX, 0, "Cr24"),
    MAGIC(KIND_PROGRAM, 0, "MZ"),
    MAGIC(KIND_APPIMAGE, 8, "AI\2"),
    MAGIC(KIND_COMPOUND, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    MAGIC(KIND_QCOW, 0, "QFI\xfb"),
    MAGIC(KIND_VMDK, 0, "# Disk DescriptorFile"),
    MAGIC(KIND_VMDK, 0, "KDMV\1\0\0"),
    MAGIC(KIND_VMDK, 0, "KDMV\2\0\0"),
    MAGIC(KIND_VMDK, 0, "KDMV\3\0\0"),
    MAGIC(KIND_EWF, 0, "EVF\x09\r\n\xff\0"),
    MAGIC(KIND_VDI, 64, "\x7f\x10\xda\xbe"),
    MAGIC(KIND_VHDX, 0, "vhdxfile"),
    MAGIC(KIND_VHD, 0, "conectix"),
    MAGIC(KIND_CLOSED, 0, "regf"),
    MAGIC(KIND_UNSUPPORTED, 0, "07070X"), // files of rpm that cpio has no room for
    MAGIC(KIND_UNSUPPORTED, 0, "\x89LZO\0\r\n\x1a\n"),
    MAGIC(KIND_UNSUPPORTED, 0, "LRZI\0"),
    MAGIC(KIND_UNSUPPORTED, 0, "EVF2\r\n\x81\0"),
    MAGIC(KIND_UNSUPPORTED, 0, "COWD\1\0\0\0"),
    MAGIC(KIND_UNSUPPORTED, 0, "ISc("), // cabinets of InstallShield
    MAGIC(KIND_UNSUPPORTED, 0, "MSWIM\0\0\0"),
    MAGIC(KIND_UNSUPPORTED, 0, "sprs\0\0\0\3"), // a disk image of macOS that grows
    MAGIC(KIND_UNSUPPORTED, 7, "**ACE**"),
};

/* ---- kinds that a few fixed bytes do not tell ---- */

static bool is_gzip(struct span head)
{
    return head.n >= 18 && head.p[0] == 0x1f && head.p[1] == 0x8b && head.p[2] == 8 &&
           (head.p[3] & 0xe0) == 0;
}

static bool is_bzip2(struct span head)
{
    struct sv block = sv_of(span_from(head, 4));

    return sv_starts(sv_of(head), SV("BZh")) && head.n >= 14 && head.p[3] >= '1' &&
           head.p[3] <= '9' &&
           (sv_starts(block, SV("1AY&SY")) || sv_starts(block, SV("\x17\x72\x45\x38\x50\x90")));
}

/* The first code is a byte, so it is below 256; there is none when nothing was compressed. */
static bool is_compress(struct span head)
{
    unsigned bits = head.n >= 3 ? head.p[2] & 0x1fu : 0;

    return bits >= 9 && bits <= 16 && head.p[0] == 0x1f && head.p[1] == 0x9d &&
           (head.p[2] & 0x60) == 0 && (head.n == 3 || (head.n > 4 && (head.p[4] & 1) == 0));
}

/* There is no magic: the usual properties, a dictionary as encoders make it, a sane length. */
static bool is_lzma(struct span head)
{
    struct reader r = reader_over(head);
    uint32_t dictionary, half;
    uint64_t size;

    if (head.n <= LZMA_HEADER || reader_u8(&r) != 0x5d)
        return false;
    dictionary = reader_u32le(&r);
    size = reader_u64le(&r);
    if (dictionary < 4096 || head.p[LZMA_HEADER] != 0) // the first byte of the coder is always 0
        return false;
    half = dictionary & (dictionary - 1); // without its lowest bit
    if (half != 0 && (half & (half - 1)) != 0)
        return false;
    return size == UINT64_MAX || (size > 0 && size < UINT64_C(1) << 38);
}

/*
 * A regular file in a repository of ostree, "….filez": the length of a header, nothing, and the
 * header: size, user, group, mode, no device, no target. What comes after it is deflated.
 * Format: https://github.com/ostreedev/ostree (ostree-core.h, OSTREE_FILE_HEADER_GVARIANT_FORMAT)
 */
static bool is_ostree(struct span head)
{
    struct reader r = reader_over(head);
    uint32_t length = reader_u32be(&r), nothing = reader_u32be(&r), mode, device;

    if (length < OSTREE_HEADER_MIN || length > OSTREE_HEADER_MAX || nothing != 0)
        return false;
    reader_skip(&r, 8 + 4 + 4);
    mode = reader_u32be(&r);
    device = reader_u32be(&r);
    return (mode & UINT32_C(0xfffff000)) == 0x8000 && device == 0 && reader_u8(&r) == 0 &&
           reader_ok(&r);
}

static bool is_octal(struct span s)
{
    bool digits = false;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '7')
            digits = true;
        else if (s.p[i] != ' ' && s.p[i] != '\0')
            return false;
    }
    return digits;
}

static uint32_t octal(struct span s)
{
    uint32_t value = 0;

    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '7')
            value = value * 8 + (s.p[i] - '0');
    return value;
}

bool kind_is_tar(struct span head)
{
    uint32_t sum = 0;
    int32_t with_sign = 0;
    struct span field;

    if (head.n < TAR_BLOCK)
        return false;
    field = (struct span){head.p + TAR_CHECKSUM, 8};
    if (!is_octal(field))
        return false;
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        uint8_t c = i >= TAR_CHECKSUM && i < TAR_CHECKSUM + 8 ? ' ' : head.p[i];

        sum += c;
        with_sign += (int8_t)c; // some old writers added them up so
    }
    return octal(field) == sum || (int64_t)octal(field) == with_sign;
}

/* The old binary kind has a magic of two bytes, so the first name has to be one. */
static bool is_binary_cpio(struct span head)
{
    bool little = sv_starts(sv_of(head), SV("\xc7\x71")),
         big = sv_starts(sv_of(head), SV("\x71\xc7"));
    size_t name_n;

    if ((!little && !big) || head.n < CPIO_HEADER + 2)
        return false;
    name_n =
        little ? (size_t)(head.p[20] | head.p[21] << 8) : (size_t)(head.p[20] << 8 | head.p[21]);
    if (name_n < 2 || name_n > CPIO_NAME_MAX || name_n > head.n - CPIO_HEADER)
        return false;
    for (size_t i = 0; i + 1 < name_n; i++)
        if (head.p[CPIO_HEADER + i] < 0x20)
            return false;
    return head.p[CPIO_HEADER + name_n - 1] == '\0';
}

/* "-lh5-", "-lzs-", "-pm0-" after the size and sum of the header. */
static bool is_lha(struct span head)
{
    return head.n > 24 && head.p[2] == '-' && head.p[6] == '-' && head.p[0] >= 20 &&
           head.p[3] == 'l' && (head.p[4] == 'h' || head.p[4] == 'z') && head.p[20] <= 3;
}

/*
 * The descriptor of an ISO image stands behind 32 KiB that belong to others: nothing, the code that
 * boots from a disk, or the map of a Macintosh's partitions.
 */
static bool may_be_iso(struct span head, uint64_t size)
{
    static const uint8_t zeros[TAR_BLOCK];

    if (size < ISO_DESCRIPTOR + ISO_BLOCK || head.n < TAR_BLOCK)
        return false;
    return memcmp(head.p, zeros, sizeof(zeros)) == 0 ||
           (head.p[510] == 0x55 && head.p[511] == 0xaa) || (head.p[0] == 'E' && head.p[1] == 'R');
}

/* The first block of a disk image of macOS is packed; what tells it is a trailer at its end. */
static bool may_be_dmg(struct span head)
{
    return head.n >= DMG_MIN && head.p[0] == 0x78 && (head.p[1] & 0x20) == 0 &&
           (head.p[0] << 8 | head.p[1]) % 31 == 0;
}

/* "#![" begins a file of Rust. */
static bool may_be_packed_script(struct span head, uint64_t size)
{
    return sv_starts(sv_of(head), SV("#!")) && !sv_starts(sv_of(head), SV("#![")) &&
           (size > SOURCE_HEAD || memchr(head.p, 0, head.n));
}

/* Which rows a file of this first byte may be, a bit each: most files may be one of the few that
 * do not begin with their magic. */
static uint64_t rows_for[256];
static_assert(ARRAY_LEN(magics) <= 64, "a bit for each");

__attribute__((constructor)) static void note_first_bytes(void)
{
    for (size_t i = 0; i < ARRAY_LEN(magics); i++)
        for (unsigned byte = 0; byte < 256; byte++)
            if (magics[i].at > 0 || byte == (uint8_t)magics[i].bytes.p[0])
                rows_for[byte] |= UINT64_C(1) << i;
}

static enum container_kind kind_by_magic(struct span head)
{
    for (uint64_t rows = head.n ? rows_for[head.p[0]] : 0; rows; rows &= rows - 1) {
        const struct magic *m = &magics[__builtin_ctzll(rows)];

        if (head.n > m->at && head.p[m->at] == (uint8_t)m->bytes.p[0] &&
            sv_starts(sv_of(span_from(head, m->at)), m->bytes))
            return m->kind;
    }
    return KIND_NONE;
}

enum container_kind kind_of(struct span head, uint64_t size)
{
    enum container_kind disk, kind = kind_by_magic(head);

    if (kind != KIND_NONE)
        return kind;
    if (is_gzip(head))
        return KIND_GZIP;
    if (is_bzip2(head))
        return KIND_BZIP2;
    if (is_compress(head))
        return KIND_COMPRESS;
    if (is_lzma(head))
        return KIND_LZMA;
    if (is_ostree(head))
        return KIND_OSTREE;
    if (kind_is_tar(head))
        return KIND_TAR;
    if (is_binary_cpio(head))
        return KIND_CPIO;
    if (is_lha(head))
        return KIND_LHA;
    if (may_be_dmg(head))
        return KIND_DMG;
    if (may_be_packed_script(head, size))
        return KIND_SCRIPT;
    disk = kind_of_disk(head, size);
    if (disk != KIND_NONE)
        return disk;
    return may_be_iso(head, size) ? KIND_ISO : KIND_NONE;
}

enum container_kind kind_by_name(struct sv name)
{
    const struct sv dmg = SV(".dmg");

    return name.n > dmg.n && sv_eq_nocase(sv_from(name, name.n - dmg.n), dmg) ? KIND_DMG
                                                                              : KIND_NONE;
}

bool kind_is_compressed(enum container_kind kind)
{
    return kind >= KIND_GZIP && kind <= KIND_COMPRESS;
}

bool kind_is_disk(enum container_kind kind)
{
    return kind > KIND_DMG && kind < KIND_SQUASHFS;
}

bool kind_is_image(enum container_kind kind)
{
    return kind >= KIND_DMG && kind < KIND_DISK;
}

bool kind_is_random(enum container_kind kind)
{
    static const bool random[KIND_COUNT_] = {
        [KIND_ZIP] = true,     [KIND_7Z] = true,     [KIND_RAR] = true, [KIND_RAR5] = true,
        [KIND_CAB] = true,     [KIND_XAR] = true,    [KIND_ISO] = true, [KIND_CRX] = true,
        [KIND_PROGRAM] = true, [KIND_SCRIPT] = true,
    };

    return random[kind] || (kind >= KIND_DMG && kind <= KIND_VOLUME) ||
           (kind >= KIND_COMPOUND && kind <= KIND_BUNDLE);
}

/* No default: a kind without a name does not compile. */
const char *kind_text(enum container_kind kind)
{
    switch (kind) {
    case KIND_NONE:
        return "none";
    case KIND_ZIP:
        return "zip";
    case KIND_TAR:
        return "tar";
    case KIND_CPIO:
        return "cpio";
    case KIND_AR:
        return "ar";
    case KIND_7Z:
        return "7z";
    case KIND_RAR:
        return "rar";
    case KIND_RAR5:
        return "rar5";
    case KIND_CAB:
        return "cab";
    case KIND_XAR:
        return "xar";
    case KIND_ISO:
        return "iso";
    case KIND_LHA:
        return "lha";
    case KIND_WARC:
        return "warc";
    case KIND_GZIP:
        return "gzip";
    case KIND_BZIP2:
        return "bzip2";
    case KIND_XZ:
        return "xz";
    case KIND_LZMA:
        return "lzma";
    case KIND_LZIP:
        return "lzip";
    case KIND_ZSTD:
        return "zstd";
    case KIND_LZ4:
        return "lz4";
    case KIND_PBZX:
        return "pbzx";
    case KIND_OSTREE:
        return "ostree";
    case KIND_COMPRESS:
        return "compress";
    case KIND_RPM:
        return "rpm";
    case KIND_CRX:
        return "crx";
    case KIND_PROGRAM:
        return "program";
    case KIND_SCRIPT:
        return "script";
    case KIND_DMG:
        return "dmg";
    case KIND_EWF:
        return "ewf";
    case KIND_QCOW:
        return "qcow";
    case KIND_VDI:
        return "vdi";
    case KIND_VHD:
        return "vhd";
    case KIND_VHDX:
        return "vhdx";
    case KIND_VMDK:
        return "vmdk";
    case KIND_DISK:
        return "disk";
    case KIND_EXT:
        return "ext";
    case KIND_FAT:
        return "fat";
    case KIND_EXFAT:
        return "exfat";
    case KIND_HFS:
        return "hfs";
    case KIND_NTFS:
        return "ntfs";
    case KIND_LVM:
        return "lvm";
    case KIND_XFS:
        return "xfs";
    case KIND_SQUASHFS:
        return "squashfs";
    case KIND_APPIMAGE:
        return "appimage";
    case KIND_VOLUME:
        return "volume";
    case KIND_COMPOUND:
        return "compound";
    case KIND_NSIS:
        return "nsis";
    case KIND_BUNDLE:
        return "bundle";
    case KIND_CLOSED:
        return "closed";
    case KIND_UNSUPPORTED:
        return "unsupported";
    case KIND_COUNT_:
        break;
    }
    return "none";
}
