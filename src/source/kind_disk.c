// SPDX-License-Identifier: Apache-2.0
#include "source/kind_disk.h"

#include "source/partition.h"
#include "source/volume.h"

enum {
    DISK_MIN = 64 * 1024, /* bytes: less is the copy of a boot sector, not a disk */
    EXT_SUPERBLOCK = 1024,
    BOOT_SECTOR = 512,
    SQUASH_VERSION = 28,
};

static struct reader at(struct span head, size_t offset)
{
    return reader_over(span_from(head, offset));
}

static bool is_ext(struct span head)
{
    struct reader r = at(head, EXT_SUPERBLOCK);
    uint32_t inodes = reader_u32le(&r), blocks = reader_u32le(&r), log, revision;

    reader_skip(&r, 16);
    log = reader_u32le(&r);
    reader_skip(&r, 28);
    if (reader_u16le(&r) != 0xef53)
        return false;
    reader_skip(&r, 18);
    revision = reader_u32le(&r);
    return reader_ok(&r) && inodes && blocks && log <= 6 && revision <= 1;
}

static bool is_xfs(struct span head)
{
    struct reader r = at(head, 4);
    uint32_t block = reader_u32be(&r);

    return sv_starts(sv_of(head), SV("XFSB")) && reader_u64be(&r) && block >= 512 &&
           block <= 64 * 1024;
}

/* Its label is in one of the first four sectors. */
static bool is_lvm(struct span head)
{
    for (size_t sector = 0; sector < 4; sector++)
        if (sv_starts(sv_of(span_from(head, sector * BOOT_SECTOR)), SV("LABELONE")) &&
            sv_starts(sv_of(span_from(head, sector * BOOT_SECTOR + 24)), SV("LVM2 001")))
            return true;
    return false;
}

static bool is_power(unsigned n)
{
    return n && (n & (n - 1)) == 0;
}

/* A jump, and a sector of a size that there is. */
static bool is_boot_sector(struct span head)
{
    struct reader r = at(head, 11);
    unsigned sector = reader_u16le(&r);

    return head.n > BOOT_SECTOR && head.p[510] == 0x55 && head.p[511] == 0xaa &&
           ((head.p[0] == 0xeb && head.p[2] == 0x90) || head.p[0] == 0xe9) && is_power(sector) &&
           sector >= 512 && sector <= 4096;
}

static bool is_ntfs(struct span head)
{
    struct reader r = at(head, 40);
    uint64_t sectors = reader_u64le(&r), table = reader_u64le(&r);

    return is_boot_sector(head) && sv_starts(sv_of(span_from(head, 3)), SV("NTFS    ")) &&
           sectors && table;
}

static bool is_exfat(struct span head)
{
    return head.n > BOOT_SECTOR && head.p[510] == 0x55 && head.p[511] == 0xaa &&
           sv_starts(sv_of(span_from(head, 3)), SV("EXFAT   \0\0\0\0\0\0\0\0"));
}

/* There is no magic: every field of the sector has to make sense, and the table to begin so. */
static bool is_fat(struct span head)
{
    struct reader r = at(head, 11);
    unsigned sector = reader_u16le(&r), clusters = reader_u8(&r), reserved = reader_u16le(&r),
             tables = reader_u8(&r), roots = reader_u16le(&r), total = reader_u16le(&r),
             media = reader_u8(&r), table = reader_u16le(&r);
    uint32_t total_large, table_large;
    struct span first;

    reader_skip(&r, 8);
    total_large = reader_u32le(&r);
    table_large = reader_u32le(&r);
    if (!reader_ok(&r) || !is_boot_sector(head) || !is_power(clusters) || !reserved || tables < 1 ||
        tables > 2 || (media != 0xf0 && media < 0xf8) || (!total && !total_large) ||
        (!table && !table_large) || (!table != !roots))
        return false;
    first = span_from(head, (size_t)reserved * sector);
    return first.n < 3 || (first.p[0] == media && first.p[1] == 0xff);
}

/* HFS+ and HFSX. */
static bool is_hfs(struct span head)
{
    struct sv header = sv_of(span_from(head, 1024));

    return sv_starts(header, SV("H+\0\4")) || sv_starts(header, SV("HX\0\5"));
}

enum container_kind kind_of_disk(struct span head, uint64_t size)
{
    struct reader r = at(head, SQUASH_VERSION);

    if (sv_starts(sv_of(head), SV("hsqs")) && reader_u16le(&r) <= 4 && reader_ok(&r))
        return KIND_SQUASHFS;
    if (size < DISK_MIN)
        return KIND_NONE;
    if (is_ntfs(head))
        return KIND_NTFS;
    if (is_exfat(head))
        return KIND_EXFAT;
    if (is_fat(head))
        return KIND_FAT;
    if (is_hfs(head))
        return KIND_HFS;
    if (is_ext(head))
        return KIND_EXT;
    if (is_xfs(head))
        return KIND_XFS;
    if (is_lvm(head))
        return KIND_LVM;
    if (partition_may_begin(head, size))
        return KIND_DISK;
    return volume_is_known(head) ? KIND_VOLUME : KIND_NONE;
}
