// SPDX-License-Identifier: Apache-2.0
/*
 * The file systems FAT12, FAT16 and FAT32, with long names.
 *
 *     boot sector … table(s) … root (not with FAT32) … clusters
 *
 * A long name stands in records before the file's own, its last part first. Format: Microsoft
 * "FAT: General Overview of On-Disk Format".
 */
#include "source/fat.h"

#include <stdlib.h>

#include "base/utf16.h"

enum {
    RECORD = 32,
    FOLDER_BYTES_MAX = 65536 * RECORD,
    ATTRIBUTE_LABEL = 0x08,
    ATTRIBUTE_FOLDER = 0x10,
    ATTRIBUTES_LONG = 0x0f,
    LOWER_BASE = 0x08,
    LOWER_SUFFIX = 0x10,
    LONG_PARTS = 20,
    LONG_PART = 26, /* bytes of a name in one record */
    FAT12_CLUSTERS = 4085,
    FAT16_CLUSTERS = 65525,
};

struct fat_folder {
    struct fat_file file;
    uint64_t at;
    uint8_t name[LONG_PARTS * LONG_PART];
    unsigned parts, wanted; /* of the long name: so many, and the next that has to come */
    uint8_t sum;
};

static int folder_open(struct fs *fs, const struct fs_node *node, void *folder, struct err *err)
{
    struct fat_folder *d = folder;
    struct fs_node as_file = *node;

    if (node->part != FOLLOW_ROOT)
        as_file.size = FOLDER_BYTES_MAX;
    return fs_open(fs, &as_file, &d->file.mapped, err);
}

/* ---- names ---- */

static uint8_t sum_of(const uint8_t *short_name)
{
    uint8_t sum = 0;

    for (unsigned i = 0; i < 11; i++)
        sum = (uint8_t)((sum & 1 ? 0x80 : 0) + (sum >> 1) + short_name[i]);
    return sum;
}

static void take_long(struct fat_folder *d, const uint8_t *record)
{
    unsigned number = record[0] & 0x3f;
    uint8_t *to;

    if (record[0] & 0x40) {
        d->parts = d->wanted = number <= LONG_PARTS ? number : 0;
        d->sum = record[13];
    }
    if (number == 0 || number != d->wanted || record[13] != d->sum) {
        d->parts = 0;
        return;
    }
    to = d->name + (size_t)(number - 1) * LONG_PART;
    for (unsigned i = 0; i < 10; i++)
        to[i] = record[1 + i];
    for (unsigned i = 0; i < 12; i++)
        to[10 + i] = record[14 + i];
    for (unsigned i = 0; i < 4; i++)
        to[22 + i] = record[28 + i];
    d->wanted--;
}

static void put_short(const uint8_t *record, struct buf *to)
{
    size_t base = 8, suffix = 3;

    while (base && record[base - 1] == ' ')
        base--;
    while (suffix && record[8 + suffix - 1] == ' ')
        suffix--;
    for (size_t i = 0; i < 8 + suffix; i++) {
        bool lower = record[12] & (i < 8 ? LOWER_BASE : LOWER_SUFFIX);
        uint8_t c = i == 0 && record[0] == 0x05 ? 0xe5 : record[i];

        if (i >= base && i < 8)
            continue;
        if (i == 8)
            buf_char(to, '.');
        buf_char(to, (char)(lower && c >= 'A' && c <= 'Z' ? c + 32 : c));
    }
}

static void put_name(const struct fat_folder *d, const uint8_t *record, struct buf *to)
{
    struct span name = {d->name, (size_t)d->parts * LONG_PART};

    if (d->parts && d->wanted == 0 && d->sum == sum_of(record))
        utf16le_append(to, utf16_until_nul(name));
    else
        put_short(record, to);
}

/* ---- folders ---- */

static void set_node(const struct fat *f, const uint8_t *record, struct fs_node *ret)
{
    ret->at = fs_u16(record + 26);
    if (f->width == FAT_32)
        ret->at |= (uint64_t)fs_u16(record + 20) << 16;
    ret->id = ret->at;
    ret->part = FOLLOW_TABLE;
    ret->type = record[11] & ATTRIBUTE_FOLDER ? ENTRY_FOLDER : ENTRY_FILE;
    ret->size = ret->type == ENTRY_FILE ? fs_u32(record + 28) : 0;
}

static int folder_next(struct fs *fs, void *folder, struct buf *to, struct fs_node *ret,
                       struct err *err)
{
    struct fat_folder *d = folder;
    const struct fat *f = (const struct fat *)fs;

    for (;; d->at += RECORD) {
        uint8_t record[RECORD];
        int r = fat_read_record(&d->file, d->at, record, RECORD, err);

        if (r != 0 || record[0] == 0)
            return r < 0 ? r : FS_ENDED;
        if ((record[11] & 0x3f) == ATTRIBUTES_LONG && record[0] != 0xe5) {
            take_long(d, record);
            continue;
        }
        if (record[0] == 0xe5 || (record[11] & ATTRIBUTE_LABEL)) {
            d->parts = 0;
            continue;
        }
        put_name(d, record, to);
        d->parts = 0;
        d->at += RECORD;
        set_node(f, record, ret);
        return 0;
    }
}

/* ---- the file system ---- */

static const struct fs_ops ops = {
    .folder_size = sizeof(struct fat_folder),
    .file_size = sizeof(struct fat_file),
    .folder_open = folder_open,
    .folder_next = folder_next,
    .file_open = fat_file_open,
    .close = fat_close,
};

static int read_boot(struct fat *f, struct fs_node *root, struct err *err)
{
    uint8_t b[512];
    uint32_t sector, roots, table, total, reserved, tables;
    uint64_t data;

    TRY(disk_read(&f->fs.disk, 0, b, sizeof(b), err));
    sector = fs_u16(b + 11);
    reserved = fs_u16(b + 14);
    tables = b[16];
    roots = fs_u16(b + 17);
    total = fs_u16(b + 19) ? fs_u16(b + 19) : fs_u32(b + 32);
    table = fs_u16(b + 22) ? fs_u16(b + 22) : fs_u32(b + 36);
    f->cluster = sector * b[13];
    if (!f->cluster || !table || sector < 512)
        return ERR(err, ERR_FORMAT, "fat: its boot sector is damaged");
    f->table_at = (uint64_t)reserved * sector;
    f->root_at = f->table_at + (uint64_t)tables * table * sector;
    data = f->root_at + ((uint64_t)roots * RECORD + sector - 1) / sector * sector;
    f->data_at = data;
    if (data / sector >= total)
        return ERR(err, ERR_FORMAT, "fat: its boot sector is damaged");
    f->clusters = (uint32_t)((total - data / sector) / b[13]);
    f->width = fs_u16(b + 22) == 0            ? FAT_32
               : f->clusters < FAT12_CLUSTERS ? FAT_12
               : f->clusters < FAT16_CLUSTERS ? FAT_16
                                              : FAT_32;
    fs_claims(&f->fs, (uint64_t)total * sector);
    *root =
        (struct fs_node){.id = UINT64_MAX, .size = (uint64_t)roots * RECORD, .part = FOLLOW_ROOT};
    if (f->width == FAT_32)
        *root = (struct fs_node){.id = fs_u32(b + 44), .at = fs_u32(b + 44), .part = FOLLOW_TABLE};
    return 0;
}

int fat_open(struct source *source, uint64_t base, struct budget *budget, struct entry_reader **ret,
             struct err *err)
{
    struct fat *f = calloc(1, sizeof(*f));
    struct fs_node root;
    int r;

    if (!f)
        return ERR(err, ERR_NOMEM, "no memory");
    f->fs.ops = &ops;
    disk_init(&f->fs.disk, source, base, budget);
    r = read_boot(f, &root, err);
    if (r < 0) {
        disk_clear(&f->fs.disk);
        free(f);
        return r;
    }
    return fs_walk(&f->fs, &root, ret, err);
}
