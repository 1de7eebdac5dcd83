// SPDX-License-Identifier: Apache-2.0
/*
 * The file system NTFS, with the streams beside a file's bytes: "file:stream".
 *
 *     boot sector ─► file table ─► a folder's index ─► records ─► streams
 *
 * An index is a tree, and is read block by block instead: its bitmap says which are in use, so that
 * no loop is possible. What Windows keeps of the file system itself ($MFT, $LogFile, …) is left
 * out. Format: as documented by the Linux-NTFS project.
 */
#include "source/ntfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"

enum {
    ROOT = 5,
    RECORDS_OWN = 16, /* of the file system itself */
    INDEX_BLOCK_MAX = 64 * 1024,
    INDEX_ROOT_NODE = 16,
    INDEX_BLOCK_NODE = 24,
    NODE = 16,
    ENTRY = 16,
    ENTRY_LAST = 2,
    KEY_NAME = 66,
    NAME_IN_DOS = 2,
    UNPACKED = 64 * 1024,
};

#define REFERENCE_MASK UINT64_C(0xffffffffffff)

/* Reparse tags that are links; of others the bytes are somewhere else. */
#define TAG_MOUNT_POINT 0xa0000003u
#define TAG_LINK 0xa000000cu
#define TAG_LINK_LINUX 0xa000001du
#define TAG_APP 0x8000001bu
#define TAG_PACKED 0x80000017u
#define TAG_DEDUPLICATED 0x80000013u
#define TAG_CLOUD 0x9000001au
#define TAG_CLOUD_MASK 0xffff0fffu

static const uint8_t index_name[] = {'$', 0, 'I', 0, '3', 0, '0', 0};

struct ntfs_folder {
    struct ntfs_file blocks, bitmap;
    bool has_blocks;
    uint64_t next_block;
    uint8_t *node; /* the root's entries, or a block's */
    uint32_t node_n, at;

    /* the streams of the file that was named last */
    struct ntfs_walk *streams;
    struct fs_node file;
    char *name;
    size_t name_n;
    uint32_t stream;
};

/* ---- folders ---- */

static void folder_close(void *folder)
{
    struct ntfs_folder *d = folder;

    ntfs_file_close(&d->blocks.mapped);
    ntfs_file_close(&d->bitmap.mapped);
    if (d->streams)
        ntfs_walk_end(d->streams);
    free(d->streams);
    free(d->name);
    free(d->node);
}

/* Where a node's entries are, from its header. */
static int begin_node(struct ntfs_folder *d, uint32_t header, uint32_t n, struct err *err)
{
    uint32_t first, end;

    d->at = d->node_n = 0;
    if (n < header + NODE)
        return ERR(err, ERR_FORMAT, "ntfs: an index is damaged");
    first = fs_u32(d->node + header);
    end = fs_u32(d->node + header + 4);
    if (first > end || end > n - header)
        return ERR(err, ERR_FORMAT, "ntfs: an index is damaged");
    d->at = header + first;
    d->node_n = header + end;
    return 0;
}

static int folder_open(struct fs *fs, const struct fs_node *node, void *folder, struct err *err)
{
    const struct span name = {index_name, sizeof(index_name)};
    struct ntfs_folder *d = folder;
    struct ntfs *n = (struct ntfs *)fs;
    struct ntfs_file *root = calloc(1, sizeof(*root));
    uint32_t size;
    int r;

    d->node = malloc(INDEX_BLOCK_MAX);
    d->streams = calloc(1, sizeof(*d->streams));
    if (!root || !d->node || !d->streams) {
        free(root);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    r = ntfs_open_attribute(n, node->at, ATTRIBUTE_INDEX_ROOT, name, root, err);
    if (r == FS_ENDED)
        r = ERR(err, ERR_FORMAT, "ntfs: a folder has no index");
    size = root->mapped.source.size < NTFS_RECORD_MAX ? (uint32_t)root->mapped.source.size
                                                      : NTFS_RECORD_MAX;
    if (r == 0)
        r = fs_read(&root->mapped, 0, d->node, size, err);
    if (r == 0)
        r = begin_node(d, INDEX_ROOT_NODE, size, err);
    ntfs_file_close(&root->mapped);
    free(root);
    TRY(r);
    r = ntfs_open_attribute(n, node->at, ATTRIBUTE_INDEX_ALLOCATION, name, &d->blocks, err);
    d->has_blocks = r == 0;
    if (r != 0)
        return r < 0 ? r : 0;
    r = ntfs_open_attribute(n, node->at, ATTRIBUTE_BITMAP, name, &d->bitmap, err);
    return r == FS_ENDED ? ERR(err, ERR_FORMAT, "ntfs: the index of a folder is damaged") : r;
}

/* The next block of the index that is in use: 0 or FS_ENDED. */
static int next_block(struct ntfs *n, struct ntfs_folder *d, struct err *err)
{
    struct err why;

    while (d->has_blocks && d->next_block < d->blocks.mapped.source.size / n->index_block) {
        uint64_t block = d->next_block++;
        uint8_t bits = 0;

        if (block / 8 >= d->bitmap.mapped.source.size)
            break;
        TRY(fs_read(&d->bitmap.mapped, block / 8, &bits, 1, err));
        if (!(bits >> block % 8 & 1))
            continue;
        TRY(fs_read(&d->blocks.mapped, block * n->index_block, d->node, n->index_block, err));
        if (memcmp(d->node, "INDX", 4) == 0 && ntfs_put_right(d->node, n->index_block) &&
            begin_node(d, INDEX_BLOCK_NODE, n->index_block, &why) == 0)
            return 0;
        // The names in it are lost, those in other blocks are not.
        (void)ERR(&why, ERR_FORMAT, "ntfs: a block of the index of a folder is damaged");
        fs_note(&n->fs, &why);
    }
    return FS_ENDED;
}

/* One entry of the node at hand; an empty name for what is no name. FS_ENDED behind the last. */
static int next_entry(struct ntfs_folder *d, struct span *ret_name, uint64_t *ret_reference,
                      struct err *err)
{
    const uint8_t *e = d->node + d->at;
    uint32_t length;

    *ret_name = (struct span){0};
    if (d->node_n - d->at < ENTRY)
        return FS_ENDED;
    length = fs_u16(e + 8);
    if (fs_u16(e + 12) & ENTRY_LAST)
        return FS_ENDED;
    if (length < ENTRY || length > d->node_n - d->at) {
        d->at = d->node_n;
        return ERR(err, ERR_FORMAT, "ntfs: an entry of a folder is damaged");
    }
    d->at += length;
    if (length < ENTRY + KEY_NAME || length - ENTRY - KEY_NAME < e[ENTRY + 64] * 2u)
        return ERR(err, ERR_FORMAT, "ntfs: an entry of a folder is damaged");
    *ret_reference = fs_u64(e);
    // Names for DOS stand beside others of the same file.
    if (e[ENTRY + 65] != NAME_IN_DOS)
        *ret_name = (struct span){e + ENTRY + KEY_NAME, e[ENTRY + 64] * 2u};
    return 0;
}

static int next_name(struct ntfs *n, struct ntfs_folder *d, struct span *ret_name,
                     uint64_t *ret_reference, struct err *err)
{
    struct err why;

    for (;;) {
        int r = next_entry(d, ret_name, ret_reference, &why);
        uint64_t record = r == 0 ? *ret_reference & REFERENCE_MASK : 0;

        TRY(budget_worked(n->fs.disk.budget, 32, err));
        if (r < 0)
            fs_note(&n->fs, &why);
        if (r == 0 && ret_name->n && record >= RECORDS_OWN)
            return 0;
        if (r == FS_ENDED) {
            d->at = d->node_n = 0;
            r = next_block(n, d, err);
            if (r != 0)
                return r;
        }
    }
}

/* ---- streams ---- */

/* What the record of a file says of it. */
static void look_at(const struct ntfs_attribute *a, struct fs_node *node, uint32_t *tag)
{
    if (a->type == ATTRIBUTE_REPARSE && a->resident && a->value.n >= 4)
        *tag = fs_u32(a->value.p);
    if (a->type != ATTRIBUTE_DATA || a->name.n || (!a->resident && a->first))
        return;
    node->size = a->size;
    node->encrypted = a->flags & DATA_ENCRYPTED;
}

static int begin_streams(struct ntfs *n, struct ntfs_folder *d, struct fs_node *node,
                         struct err *err)
{
    struct ntfs_attribute a;
    uint32_t tag = 0;
    int r;

    ntfs_walk_end(d->streams);
    TRY(ntfs_walk_begin(n, node->at, d->streams, err));
    node->type = d->streams->base.flags & RECORD_FOLDER ? ENTRY_FOLDER : ENTRY_FILE;
    while ((r = ntfs_walk_next(n, d->streams, &a, err)) == 0)
        look_at(&a, node, &tag);
    if (tag == TAG_LINK || tag == TAG_MOUNT_POINT || tag == TAG_LINK_LINUX || tag == TAG_APP)
        node->type = ENTRY_LINK;
    d->streams->at = 0;
    d->streams->in_list = false;
    d->streams->list_at = 0;
    return r < 0 ? r : 0;
}

/* The next stream beside the bytes of the file at hand: 0 or FS_ENDED. */
static int next_stream(struct ntfs *n, struct ntfs_folder *d, struct buf *to, struct fs_node *ret,
                       struct err *err)
{
    struct ntfs_attribute a;
    int r = FS_ENDED;

    while (d->name && (r = ntfs_walk_next(n, d->streams, &a, err)) == 0) {
        if (a.type != ATTRIBUTE_DATA || a.name.n == 0 || (!a.resident && a.first))
            continue;
        *ret = d->file;
        ret->type = ENTRY_FILE;
        ret->size = a.size;
        ret->part = ++d->stream;
        ret->encrypted = a.flags & DATA_ENCRYPTED;
        buf_bytes(to, d->name, d->name_n);
        buf_char(to, ':');
        utf16le_append(to, a.name);
        return 0;
    }
    free(d->name);
    d->name = NULL;
    return r;
}

static int folder_next(struct fs *fs, void *folder, struct buf *to, struct fs_node *ret,
                       struct err *err)
{
    struct ntfs_folder *d = folder;
    struct ntfs *n = (struct ntfs *)fs;
    struct span name;
    size_t before = to->n;
    struct err why;
    int r = next_stream(n, d, to, ret, &why);

    if (r == 0)
        return 0;
    if (r < 0)
        fs_note(fs, &why);
    r = next_name(n, d, &name, &ret->at, err);
    if (r != 0)
        return r;
    ret->id = ret->at & REFERENCE_MASK;
    ret->type = ENTRY_FILE;
    utf16le_append(to, name);
    // The file stays an entry: to open it says what is wrong with it.
    if (begin_streams(n, d, ret, &why) < 0)
        return 0;
    d->file = *ret;
    d->stream = 0;
    d->name_n = to->n - before;
    d->name = malloc(d->name_n + 1);
    if (!d->name)
        return ERR(err, ERR_NOMEM, "no memory");
    memcpy(d->name, to->p + before, d->name_n);
    return 0;
}

/* ---- files ---- */

static const char *elsewhere(uint32_t tag)
{
    if (tag == TAG_PACKED)
        return "compressed by Windows (WOF)";
    if (tag == TAG_DEDUPLICATED)
        return "deduplicated: its bytes are in a store of Windows";
    if ((tag & TAG_CLOUD_MASK) == TAG_CLOUD)
        return "kept in a cloud";
    return NULL;
}

/* Find a stream by its number, and say what a file is whose bytes are somewhere else. */
static int find_stream(struct ntfs *n, const struct fs_node *node, uint8_t name[NTFS_NAME_MAX],
                       size_t *ret_n, struct err *err)
{
    struct ntfs_walk *w = malloc(sizeof(*w));
    struct ntfs_attribute a;
    uint32_t stream = 0, tag = 0;
    int r;

    if (!w)
        return ERR(err, ERR_NOMEM, "no memory");
    *ret_n = 0;
    r = ntfs_walk_begin(n, node->at, w, err);
    while (r == 0 && (r = ntfs_walk_next(n, w, &a, err)) == 0) {
        if (a.type == ATTRIBUTE_REPARSE && a.resident && a.value.n >= 4)
            tag = fs_u32(a.value.p);
        if (a.type != ATTRIBUTE_DATA || a.name.n == 0 || (!a.resident && a.first) ||
            ++stream != node->part)
            continue;
        memcpy(name, a.name.p, a.name.n);
        *ret_n = a.name.n;
    }
    ntfs_walk_end(w);
    free(w);
    if (r >= 0 && node->part == 0 && elsewhere(tag))
        return ERR(err, ERR_UNSUPPORTED, "ntfs: a file that is %s", elsewhere(tag));
    return r < 0 ? r : 0;
}

static int file_open(struct fs *fs, const struct fs_node *node, struct mapped *file,
                     struct err *err)
{
    struct ntfs *n = (struct ntfs *)fs;
    uint8_t name[NTFS_NAME_MAX];
    size_t name_n = 0;
    int r;

    TRY(find_stream(n, node, name, &name_n, err));
    r = ntfs_open_attribute(n, node->at, ATTRIBUTE_DATA, (struct span){name, name_n},
                            (struct ntfs_file *)file, err);
    return r == FS_ENDED ? ERR(err, ERR_FORMAT, "ntfs: a file has no bytes") : r;
}

/* ---- the file system ---- */

static void ntfs_close(struct fs *fs)
{
    struct ntfs *n = (struct ntfs *)fs;

    ntfs_runs_clear(&n->table);
    blocks_clear(&n->unpacked);
    free(n->packed);
    free(n);
}

static const struct fs_ops ops = {
    .folder_size = sizeof(struct ntfs_folder),
    .file_size = sizeof(struct ntfs_file),
    .folder_open = folder_open,
    .folder_next = folder_next,
    .folder_close = folder_close,
    .file_open = file_open,
    .file_close = ntfs_file_close,
    .close = ntfs_close,
};

/* In clusters, or as the power of two of bytes. */
static uint32_t size_of(const struct ntfs *n, uint8_t coded)
{
    int8_t value = (int8_t)coded;

    if (value > 0)
        return (uint32_t)value * n->cluster;
    return value < -30 || value == 0 ? 0 : UINT32_C(1) << -value;
}

static int read_boot(struct ntfs *n, struct err *err)
{
    uint8_t b[512];
    uint64_t sectors;
    uint32_t sector;

    TRY(disk_read(&n->fs.disk, 0, b, sizeof(b), err));
    sector = fs_u16(b + 11);
    sectors = fs_u64(b + 40);
    n->cluster = b[13] <= 0x80 ? sector * b[13] : b[13] < 0xf4 ? 0 : sector << (256 - b[13]);
    if (!n->cluster || n->cluster > 2 << 20 || sectors > UINT64_MAX / 4096)
        return ERR(err, ERR_FORMAT, "ntfs: its boot sector is damaged");
    n->clusters = sectors * sector / n->cluster + 1;
    n->record = size_of(n, b[64]);
    n->index_block = size_of(n, b[68]);
    if (n->record < 512 || n->record > NTFS_RECORD_MAX || n->record % 512 || n->index_block < 512 ||
        n->index_block > INDEX_BLOCK_MAX || n->index_block % 512 || fs_u64(b + 48) > n->clusters)
        return ERR(err, ERR_FORMAT, "ntfs: its boot sector is damaged");
    fs_claims(&n->fs, sectors * sector);
    blocks_init(&n->unpacked, UNPACKED);
    return ntfs_find_table(n, fs_u64(b + 48) * n->cluster, err);
}

int ntfs_open(struct source *source, uint64_t base, struct budget *budget,
              struct entry_reader **ret, struct err *err)
{
    struct ntfs *n = calloc(1, sizeof(*n));
    int r;

    if (!n)
        return ERR(err, ERR_NOMEM, "no memory");
    n->fs.ops = &ops;
    disk_init(&n->fs.disk, source, base, budget);
    r = read_boot(n, err);
    if (r < 0) {
        disk_clear(&n->fs.disk);
        ntfs_close(&n->fs);
        return r;
    }
    return fs_walk(&n->fs, &(struct fs_node){.id = ROOT, .at = ROOT}, ret, err);
}
