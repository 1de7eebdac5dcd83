// SPDX-License-Identifier: Apache-2.0
/*
 *     MBR   446: four entries of 16 bytes, 510: 55 AA; an extended one has a chain of more
 *     GPT   a header in sector 1, then entries of 128 bytes
 *     APM   "ER" at 0, then a block for each partition
 *
 * Partitions have the numbers that Linux gives them. Formats: UEFI specification, 5; Apple,
 * "Inside Macintosh: Devices".
 */
#include "source/partition.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/container.h"
#include "source/fs.h"
#include "source/volume.h"

enum {
    SECTOR = 512,
    MBR_TABLE = 446,
    MBR_ENTRY = 16,
    MBR_LOGICAL_MAX = 128,
    MBR_PROTECTIVE = 0xee,
    GPT_ENTRIES_MAX = 1024,
    GPT_ENTRY_MAX = 4096, /* bytes */
    APM_MAX = 256,
    PARTITIONS_MAX = GPT_ENTRIES_MAX,
    TYPE_TEXT = 64,
};

struct partition {
    uint64_t at, size; /* bytes */
    uint32_t number;
    bool code; /* programs that start the machine: bytes, and no file system */
    char type[TYPE_TEXT];
};

struct partition_reader {
    struct entry_reader entries;
    struct disk disk;
    struct partition parts[PARTITIONS_MAX];
    size_t count, at;
    struct err noted; /* what is wrong with the table itself */

    /* the current one */
    struct slice slice;
    struct err why; /* why it cannot be read; code 0: it can */
    char name[16];
};

static struct partition *add(struct partition_reader *r, uint64_t at, uint64_t size,
                             uint32_t number)
{
    struct partition *p;

    if (r->count == PARTITIONS_MAX || size == 0)
        return NULL;
    p = &r->parts[r->count++];
    *p = (struct partition){.at = at, .size = size, .number = number};
    return p;
}

/* ---- MBR ---- */

static bool is_extended(uint8_t type)
{
    return type == 0x05 || type == 0x0f || type == 0x85;
}

static void add_mbr(struct partition_reader *r, const uint8_t *entry, uint64_t from,
                    uint32_t number)
{
    static const struct {
        uint8_t type;
        bool code;
        const char *name;
    } names[] = {
        {0x07, false, "NTFS or exFAT"}, {0x0b, false, "FAT32"},
        {0x0c, false, "FAT32"},         {0x06, false, "FAT16"},
        {0x0e, false, "FAT16"},         {0x27, false, "Windows recovery"},
        {0x41, true, "PReP"},           {0x42, false, "Windows dynamic disk"},
        {0x82, false, "Linux swap"},    {0x83, false, "Linux"},
        {0x8e, false, "Linux LVM"},     {0xa5, false, "FreeBSD"},
        {0xa6, false, "OpenBSD"},       {0xa9, false, "NetBSD"},
        {0xaf, false, "Apple HFS"},     {0xbe, false, "Solaris"},
        {0xbf, false, "Solaris"},       {0xef, false, "EFI system"},
        {0xfb, false, "VMFS"},          {0xfd, false, "Linux RAID"},
    };
    struct partition *p =
        add(r, (from + fs_u32(entry + 8)) * SECTOR, (uint64_t)fs_u32(entry + 12) * SECTOR, number);

    if (!p)
        return;
    (void)snprintf(p->type, TYPE_TEXT, "of type 0x%02x", entry[4]);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].type == entry[4]) {
            (void)snprintf(p->type, TYPE_TEXT, "%s", names[i].name);
            p->code = names[i].code;
        }
}

/* Each sector of the chain has one partition, and where the next sector is. */
static int read_logical(struct partition_reader *r, uint64_t first, struct err *err)
{
    uint64_t at = first;

    for (uint32_t number = 5; number < 5 + MBR_LOGICAL_MAX; number++) {
        uint8_t sector[SECTOR];
        const uint8_t *entry = sector + MBR_TABLE, *more = entry + MBR_ENTRY;

        TRY(disk_read(&r->disk, at * SECTOR, sector, SECTOR, err));
        if (sector[510] != 0x55 || sector[511] != 0xaa)
            return ERR(err, ERR_FORMAT, "the chain of logical partitions is damaged");
        if (entry[4] != 0)
            add_mbr(r, entry, at, number);
        if (!is_extended(more[4]) || fs_u32(more + 8) == 0)
            return 0;
        at = first + fs_u32(more + 8);
    }
    return ERR(err, ERR_LIMIT, "more than %d logical partitions", MBR_LOGICAL_MAX);
}

static int read_mbr(struct partition_reader *r, const uint8_t *sector, struct err *err)
{
    struct err why;

    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *entry = sector + MBR_TABLE + i * MBR_ENTRY;

        if (entry[4] == 0 || fs_u32(entry + 12) == 0)
            continue;
        if (!is_extended(entry[4]))
            add_mbr(r, entry, 0, i + 1);
        else if (read_logical(r, fs_u32(entry + 8), &why) < 0)
            r->noted = why;
    }
    (void)err;
    return 0;
}

/* ---- GPT ---- */

static void guid_text(const uint8_t *g, char to[TYPE_TEXT])
{
    (void)snprintf(to, TYPE_TEXT, "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X", fs_u32(g),
                   fs_u16(g + 4), fs_u16(g + 6), g[8], g[9], g[10], g[11], g[12], g[13], g[14],
                   g[15]);
}

static void add_gpt(struct partition_reader *r, const uint8_t *entry, uint32_t sector,
                    uint32_t number)
{
    static const struct {
        const char *guid, *name;
        bool code;
    } names[] = {
        {"21686148-6449-6E6F-744E-656564454649", "BIOS boot", true},
        {"9E1A2D38-C612-4316-AA26-8B49521E5A8B", "PReP", true},
        {"C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "EFI system", false},
        {"E3C9E316-0B5C-4DB8-817D-F92DF00215AE", "Microsoft reserved", true},
        {"EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "Microsoft basic data", false},
        {"DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", "Windows recovery", false},
        {"5808C8AA-7E8F-42E0-85D2-E1E90434CFB3", "Windows LDM metadata", false},
        {"AF9B60A0-1431-4F62-BC68-3311714A69AD", "Windows LDM data", false},
        {"E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D", "Storage Spaces", false},
        {"0FC63DAF-8483-4772-8E79-3D69D8477DE4", "Linux", false},
        {"0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", "Linux swap", false},
        {"E6D6D379-F507-44C2-A23C-238F2A3DF928", "Linux LVM", false},
        {"A19D880F-05FC-4D3B-A006-743F0F84911E", "Linux RAID", false},
        {"4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "Linux root", false},
        {"48465300-0000-11AA-AA11-00306543ECAC", "Apple HFS+", false},
        {"7C3457EF-0000-11AA-AA11-00306543ECAC", "APFS", false},
        {"53746F72-6167-11AA-AA11-00306543ECAC", "Core Storage", false},
        {"516E7CB6-6ECF-11D6-8FF8-00022D09712B", "FreeBSD UFS", false},
        {"516E7CBA-6ECF-11D6-8FF8-00022D09712B", "FreeBSD ZFS", false},
        {"83BD6B9D-7F41-11DC-BE0B-001560B84F0F", "FreeBSD boot", true},
        {"6A898CC3-1DD2-11B2-99A6-080020736631", "ZFS", false},
        {"AA31E02A-400F-11DB-9590-000C2911D1B8", "VMFS", false},
    };
    uint64_t first = fs_u64(entry + 32), last = fs_u64(entry + 40);
    struct partition *p;

    if (first > last || last > UINT64_MAX / sector - 1)
        return;
    p = add(r, first * sector, (last - first + 1) * sector, number);
    if (!p)
        return;
    guid_text(entry, p->type);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i].guid, p->type) == 0) {
            (void)snprintf(p->type, TYPE_TEXT, "%s", names[i].name);
            p->code = names[i].code;
        }
}

static int read_gpt(struct partition_reader *r, uint64_t header_at, uint32_t sector,
                    struct err *err)
{
    static const uint8_t unused[16];
    uint8_t header[92], entry[48];
    uint64_t at;
    uint32_t count, size;

    TRY(disk_read(&r->disk, header_at, header, sizeof(header), err));
    at = fs_u64(header + 72);
    count = fs_u32(header + 80);
    size = fs_u32(header + 84);
    if (memcmp(header, "EFI PART", 8) != 0 || size < 128 || size > GPT_ENTRY_MAX ||
        at > UINT64_MAX / sector)
        return ERR(err, ERR_FORMAT, "gpt: its header is damaged");
    if (count > GPT_ENTRIES_MAX)
        return ERR(err, ERR_LIMIT, "gpt: %u partitions; %d are the most that are read", count,
                   GPT_ENTRIES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        TRY(disk_read(&r->disk, at * sector + (uint64_t)i * size, entry, sizeof(entry), err));
        if (memcmp(entry, unused, sizeof(unused)) != 0)
            add_gpt(r, entry, sector, i + 1);
    }
    return 0;
}

static bool is_gpt(struct disk *d, uint64_t at)
{
    uint8_t magic[8];

    return disk_read(d, at, magic, sizeof(magic), NULL) == 0 && memcmp(magic, "EFI PART", 8) == 0;
}

/* The header in the last sector is for when the first is damaged. */
static int read_any_gpt(struct partition_reader *r, struct err *err)
{
    static const uint32_t sectors[] = {512, 4096};

    for (size_t i = 0; i < ARRAY_LEN(sectors); i++)
        if (is_gpt(&r->disk, sectors[i]))
            return read_gpt(r, sectors[i], sectors[i], err);
    for (size_t i = 0; i < ARRAY_LEN(sectors); i++)
        if (r->disk.size >= 2 * sectors[i] && is_gpt(&r->disk, r->disk.size - sectors[i]))
            return read_gpt(r, r->disk.size - sectors[i], sectors[i], err);
    return ERR(err, ERR_FORMAT, "gpt: its header is damaged");
}

/* ---- APM ---- */

static uint32_t u32be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int read_apm(struct partition_reader *r, uint32_t block, struct err *err)
{
    uint32_t count = 1;

    for (uint32_t i = 1; i <= count && i <= APM_MAX; i++) {
        uint8_t e[80];
        struct partition *p;

        TRY(disk_read(&r->disk, (uint64_t)i * block, e, sizeof(e), err));
        if (e[0] != 'P' || e[1] != 'M')
            return ERR(err, ERR_FORMAT, "apm: its map is damaged");
        count = u32be(e + 4);
        if (memcmp(e + 48, "Apple_partition_map", 20) == 0 ||
            memcmp(e + 48, "Apple_Free", 11) == 0 || memcmp(e + 48, "Apple_Void", 11) == 0)
            continue;
        p = add(r, (uint64_t)u32be(e + 8) * block, (uint64_t)u32be(e + 12) * block, i);
        if (!p)
            continue;
        (void)snprintf(p->type, TYPE_TEXT, "%.32s", (const char *)e + 48);
        p->code = strstr(p->type, "Driver") || strstr(p->type, "Patches") ||
                  strstr(p->type, "Boot") || strstr(p->type, "Loader");
    }
    return 0;
}

/* ---- as a container ---- */

/* Is there something to be read in it, or to be said of it? */
static int look(struct partition_reader *r, const struct partition *p, bool *ret, struct err *err)
{
    uint64_t size = p->size;
    enum container_kind kind;
    struct disk disk;
    int result;

    *ret = true;
    if (p->at >= r->disk.size)
        return ERR(err, ERR_FORMAT, "it begins behind the end of the image");
    if (size > r->disk.size - p->at)
        size = r->disk.size - p->at; // a file system in it says that it is cut
    slice_init(&r->slice, r->disk.source, r->disk.base + p->at, size, r->disk.budget);
    TRY(mapped_read_head(&r->slice.mapped, err));
    kind = kind_of(r->slice.mapped.source.head, size);
    TRY(container_settle(&kind, &r->slice.mapped.source, r->disk.budget, err));
    if (kind != KIND_NONE || p->code)
        return 0;
    disk_init(&disk, &r->slice.mapped.source, 0, r->disk.budget);
    result = volume_explain(&disk, p->type, err);
    disk_clear(&disk);
    *ret = result != 0;
    return result;
}

static int next(struct entry_reader *entries, struct entry_item *ret, struct err *err)
{
    struct partition_reader *r = (struct partition_reader *)entries;

    while (r->at < r->count) {
        const struct partition *p = &r->parts[r->at++];
        bool something = true;

        r->why.code = 0;
        if (look(r, p, &something, &r->why) < 0 && budget_is_hit(r->disk.budget)) {
            *err = r->why;
            return -(int)err->code;
        }
        if (!something)
            continue;
        (void)snprintf(r->name, sizeof(r->name), "%u", p->number);
        *ret = (struct entry_item){
            .name = sv_str(r->name), .type = ENTRY_FILE, .size = p->size, .volume = true};
        return 0;
    }
    if (!r->noted.code)
        return ENTRIES_ENDED;
    *err = r->noted;
    return -(int)err->code;
}

static int open_partition(struct entry_reader *entries, struct source **ret, struct err *err)
{
    struct partition_reader *r = (struct partition_reader *)entries;

    if (r->why.code) {
        *err = r->why;
        return -(int)err->code;
    }
    *ret = &r->slice.mapped.source;
    return 0;
}

static void close_reader(struct entry_reader *entries)
{
    struct partition_reader *r = (struct partition_reader *)entries;

    disk_clear(&r->disk);
    free(r);
}

static int read_table(struct partition_reader *r, struct err *err)
{
    uint8_t sector[SECTOR];

    TRY(disk_read(&r->disk, 0, sector, SECTOR, err));
    if (is_gpt(&r->disk, 512) || is_gpt(&r->disk, 4096))
        return read_any_gpt(r, err);
    if (sector[0] == 'E' && sector[1] == 'R') {
        uint32_t block = (uint32_t)sector[2] << 8 | sector[3];
        uint8_t map[2];

        TRY(disk_read(&r->disk, SECTOR, map, 2, err));
        return read_apm(r, (map[0] == 'P' && map[1] == 'M') || !block ? SECTOR : block, err);
    }
    for (unsigned i = 0; i < 4; i++)
        if (sector[MBR_TABLE + i * MBR_ENTRY + 4] == MBR_PROTECTIVE)
            return read_any_gpt(r, err);
    return read_mbr(r, sector, err);
}

int partition_open(struct source *source, uint64_t base, struct budget *budget,
                   struct entry_reader **ret, struct err *err)
{
    struct partition_reader *r = calloc(1, sizeof(*r));
    struct err why;

    if (!r)
        return ERR(err, ERR_NOMEM, "no memory");
    r->entries = (struct entry_reader){.next = next, .open = open_partition, .close = close_reader};
    disk_init(&r->disk, source, base, budget);
    // What is wrong with the table is told after the partitions that it gave.
    if (read_table(r, &why) < 0)
        r->noted = why;
    *ret = &r->entries;
    return 0;
}

bool partition_may_begin(struct span head, uint64_t size)
{
    bool any = false;

    if (sv_starts(sv_of(span_from(head, 512)), SV("EFI PART")) ||
        (head.n > SECTOR && sv_starts(sv_of(head), SV("ER")) && head.p[SECTOR] == 'P' &&
         head.p[SECTOR + 1] == 'M'))
        return true;
    if (head.n <= SECTOR || head.p[510] != 0x55 || head.p[511] != 0xaa)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *e = head.p + MBR_TABLE + i * MBR_ENTRY;
        uint64_t first = fs_u32(e + 8), count = fs_u32(e + 12);

        if (e[0] & 0x7f)
            return false;
        if (e[4] == 0 && (first || count))
            return false;
        if (e[4] && count && first && first * SECTOR < size)
            any = true;
        else if (e[4] && (!first || !count))
            return false;
    }
    return any;
}
