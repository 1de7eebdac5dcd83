// SPDX-License-Identifier: Apache-2.0
/*
 * The file system exFAT.
 *
 * A file is a set of records: one with its attributes, one with its clusters, and its name in
 * parts. Format: Microsoft "exFAT file system specification".
 */
#include "source/fat.h"

#include <stdlib.h>

#include "base/utf16.h"

enum {
    RECORD = 32,
    FOLDER_BYTES_MAX = 256 << 20,
    RECORD_FILE = 0x85,
    RECORD_STREAM = 0xc0,
    RECORD_NAME = 0xc1,
    NAME_PART = 30, /* bytes */
    NAME_PARTS = 17,
    ATTRIBUTE_FOLDER = 0x10,
    FLAG_NO_CHAIN = 2,
};

struct exfat_folder {
    struct fat_file file;
    uint64_t at;
};

static int folder_open(struct fs *fs, const struct fs_node *node, void *folder, struct err *err)
{
    struct exfat_folder *d = folder;
    struct fs_node as_file = *node;

    if (as_file.size == 0 || as_file.size > FOLDER_BYTES_MAX)
        as_file.size = FOLDER_BYTES_MAX;
    return fs_open(fs, &as_file, &d->file.mapped, err);
}

/* The next record: 0, FS_ENDED, or a failure. */
static int next_record(struct exfat_folder *d, uint8_t *record, struct err *err)
{
    int r = fat_read_record(&d->file, d->at, record, RECORD, err);

    if (r != 0 || record[0] == 0)
        return r < 0 ? r : FS_ENDED;
    d->at += RECORD;
    return 0;
}

static void set_node(const uint8_t *file, const uint8_t *stream, struct fs_node *ret)
{
    ret->type = fs_u16(file + 4) & ATTRIBUTE_FOLDER ? ENTRY_FOLDER : ENTRY_FILE;
    ret->at = ret->id = fs_u32(stream + 20);
    ret->part = stream[1] & FLAG_NO_CHAIN ? FOLLOW_EACH_OTHER : FOLLOW_TABLE;
    ret->size = fs_u64(stream + 24);
}

/* What follows the first record of a file. */
static int read_set(struct exfat_folder *d, const uint8_t *file, struct buf *to,
                    struct fs_node *ret, struct err *err)
{
    uint8_t name[NAME_PARTS * NAME_PART], stream[RECORD] = {0};
    unsigned parts = 0, more = file[1];

    while (more--) {
        uint8_t record[RECORD];
        int r = next_record(d, record, err);

        TRY(r);
        if (r == FS_ENDED)
            return ERR(err, ERR_FORMAT, "exfat: the records of a file are cut short");
        if (record[0] == RECORD_STREAM)
            for (unsigned i = 0; i < RECORD; i++)
                stream[i] = record[i];
        if (record[0] == RECORD_NAME && parts < NAME_PARTS) {
            for (unsigned i = 0; i < NAME_PART; i++)
                name[parts * NAME_PART + i] = record[2 + i];
            parts++;
        }
    }
    if (stream[0] != RECORD_STREAM || stream[3] == 0 || stream[3] * 2u > parts * NAME_PART)
        return ERR(err, ERR_FORMAT, "exfat: the records of a file are damaged");
    utf16le_append(to, (struct span){name, stream[3] * 2u});
    set_node(file, stream, ret);
    return 0;
}

static int folder_next(struct fs *fs, void *folder, struct buf *to, struct fs_node *ret,
                       struct err *err)
{
    struct exfat_folder *d = folder;
    uint8_t record[RECORD];
    struct err why;

    for (;;) {
        int r = next_record(d, record, err);
        uint64_t behind = d->at;

        if (r != 0)
            return r;
        if (record[0] != RECORD_FILE)
            continue;
        r = read_set(d, record, to, ret, &why);
        if (r == 0)
            return 0;
        TRY(budget_worked(fs->disk.budget, RECORD, err));
        fs_note(fs, &why);
        d->at = behind;
    }
}

static const struct fs_ops ops = {
    .folder_size = sizeof(struct exfat_folder),
    .file_size = sizeof(struct fat_file),
    .folder_open = folder_open,
    .folder_next = folder_next,
    .file_open = fat_file_open,
    .close = fat_close,
};

static int read_boot(struct fat *f, uint32_t *ret_root, struct err *err)
{
    uint8_t b[512];
    unsigned sector;

    TRY(disk_read(&f->fs.disk, 0, b, sizeof(b), err));
    sector = b[108];
    if (sector < 9 || sector > 12 || b[109] > 25 - sector)
        return ERR(err, ERR_FORMAT, "exfat: its boot sector is damaged");
    f->width = FAT_EX;
    f->cluster = 1u << (sector + b[109]);
    f->table_at = (uint64_t)fs_u32(b + 80) << sector;
    f->data_at = (uint64_t)fs_u32(b + 88) << sector;
    f->clusters = fs_u32(b + 92);
    *ret_root = fs_u32(b + 96);
    fs_claims(&f->fs, f->data_at + (uint64_t)f->clusters * f->cluster);
    if (f->clusters > UINT32_MAX - 16)
        return ERR(err, ERR_FORMAT, "exfat: its boot sector is damaged");
    return 0;
}

int exfat_open(struct source *source, uint64_t base, struct budget *budget,
               struct entry_reader **ret, struct err *err)
{
    struct fat *f = calloc(1, sizeof(*f));
    uint32_t root = 0;
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
    return fs_walk(&f->fs, &(struct fs_node){.id = root, .at = root}, ret, err);
}
