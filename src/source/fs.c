// SPDX-License-Identifier: Apache-2.0
#include "source/fs.h"

#include <stdlib.h>
#include <string.h>

enum {
    FOLDERS_MAX = 256, /* in each other */
    PATH_BYTES_MAX = 64 * 1024,
};

struct level {
    uint64_t id;
    size_t path_n; /* of the folder, with its '/' */
    void *folder;
};

struct fs_reader {
    struct entry_reader entries;
    struct fs *fs;
    struct buf path;
    struct level levels[FOLDERS_MAX];
    unsigned depth;
    struct fs_node node; /* of the item at hand */
    struct err why;      /* why the item at hand cannot be read; code 0: it can */
    struct mapped *file;
    bool is_open, enters; /* the item at hand: is being read, is a folder to go into */
};

void fs_note(struct fs *fs, const struct err *why)
{
    if (!fs->noted.code)
        fs->noted = *why;
}

void fs_claims(struct fs *fs, uint64_t bytes)
{
    struct err why;

    if (bytes <= fs->disk.size)
        return;
    (void)ERR(&why, ERR_FORMAT, "the file system has %llu bytes, and %llu are there",
              (unsigned long long)bytes, (unsigned long long)fs->disk.size);
    fs_note(fs, &why);
}

int fs_read(struct mapped *file, uint64_t at, void *to, size_t n, struct err *err)
{
    size_t got = 0;

    TRY(file->source.read_at(&file->source, at, to, n, &got, err));
    return got == n ? 0
                    : ERR(err, ERR_FORMAT, "it ends before its byte %llu", (unsigned long long)at);
}

int fs_open(struct fs *fs, const struct fs_node *node, struct mapped *file, struct err *err)
{
    mapped_init(file, node->size, fs->disk.budget, false);
    return fs->ops->file_open(fs, node, file, err);
}

/* ---- folders ---- */

static void leave(struct fs_reader *r)
{
    struct level *l = &r->levels[--r->depth];

    if (r->fs->ops->folder_close)
        r->fs->ops->folder_close(l->folder);
    free(l->folder);
}

static int enter(struct fs_reader *r, const struct fs_node *node, struct err *err)
{
    struct level *l = &r->levels[r->depth];
    int result;

    for (unsigned i = 0; i < r->depth; i++)
        if (r->levels[i].id == node->id)
            return ERR(err, ERR_FORMAT, "it is inside itself");
    if (r->depth == FOLDERS_MAX)
        return ERR(err, ERR_LIMIT, "folders in folders, more than %d deep", FOLDERS_MAX);
    l->id = node->id;
    l->folder = calloc(1, r->fs->ops->folder_size);
    if (!l->folder)
        return ERR(err, ERR_NOMEM, "no memory");
    l->path_n = r->path.n;
    r->depth++;
    result = r->fs->ops->folder_open(r->fs, node, l->folder, err);
    if (result < 0)
        leave(r);
    return result;
}

/* Go on behind a folder that cannot be read, unless nothing can be read any more. */
static int pass_over(struct fs_reader *r, int result, struct err *why, struct err *err)
{
    struct sv path = buf_view(&r->path);

    if (budget_is_hit(r->fs->disk.budget) || result == -ERR_NOMEM) {
        *err = *why;
        return result;
    }
    (void)err_wrap(why, result, "folder /%.*s", (int)(path.n < 200 ? path.n : 200), path.p);
    fs_note(r->fs, why);
    return 0;
}

static int enter_last(struct fs_reader *r, struct err *err)
{
    struct err why;
    int result;

    if (!r->enters)
        return 0;
    r->enters = false;
    buf_char(&r->path, '/');
    result = buf_ok(&r->path)
                 ? enter(r, &r->node, &why)
                 : ERR(&why, ERR_LIMIT, "its path is longer than %d bytes", PATH_BYTES_MAX);
    return result < 0 ? pass_over(r, result, &why, err) : 0;
}

/* The next name of the innermost folder: 0, FS_ENDED or a failure. */
static int next_name(struct fs_reader *r, struct err *err)
{
    const struct level *l = &r->levels[r->depth - 1];

    for (;;) {
        struct sv name;
        int result;

        r->path.n = l->path_n;
        r->path.failed = false;
        r->node = (struct fs_node){0};
        TRY(budget_worked(r->fs->disk.budget, 64, err));
        result = r->fs->ops->folder_next(r->fs, l->folder, &r->path, &r->node, err);
        if (result != 0)
            return result;
        name = sv_from(buf_view(&r->path), l->path_n);
        if (name.n && !sv_eq(name, SV(".")) && !sv_eq(name, SV("..")))
            return 0;
    }
}

/* ---- as a container ---- */

static void close_file(struct fs_reader *r)
{
    if (r->is_open && r->fs->ops->file_close)
        r->fs->ops->file_close(r->file);
    r->is_open = false;
}

static int next(struct entry_reader *entries, struct entry_item *ret, struct err *err)
{
    struct fs_reader *r = (struct fs_reader *)entries;
    struct err why;
    int result = 0;

    close_file(r);
    TRY(enter_last(r, err));
    while (r->depth) {
        result = next_name(r, &why);
        if (result == 0)
            break;
        if (result < 0) {
            r->path.n = r->levels[r->depth - 1].path_n;
            TRY(pass_over(r, result, &why, err));
        }
        leave(r);
    }
    if (r->depth == 0 && r->fs->noted.code) {
        *err = r->fs->noted;
        return -(int)err->code;
    }
    if (r->depth == 0)
        return ENTRIES_ENDED;
    r->why.code = 0;
    if (r->fs->ops->look && r->fs->ops->look(r->fs, &r->node, &r->why) < 0)
        r->node.type = ENTRY_FILE;
    r->enters = r->node.type == ENTRY_FOLDER;
    *ret = (struct entry_item){.name = buf_view(&r->path),
                               .type = r->node.type,
                               .mode = r->node.mode,
                               .size = r->node.size,
                               .encrypted = r->node.encrypted};
    return 0;
}

static int open_file(struct entry_reader *entries, struct source **ret, struct err *err)
{
    struct fs_reader *r = (struct fs_reader *)entries;

    if (r->why.code) {
        *err = r->why;
        return -(int)err->code;
    }
    memset(r->file, 0, r->fs->ops->file_size);
    r->is_open = true;
    mapped_init(r->file, r->node.size, r->fs->disk.budget, true);
    TRY(r->fs->ops->file_open(r->fs, &r->node, r->file, err));
    TRY(mapped_read_head(r->file, err));
    *ret = &r->file->source;
    return 0;
}

static void close_fs(struct fs *fs)
{
    disk_clear(&fs->disk);
    fs->ops->close(fs);
}

static void close_reader(struct entry_reader *entries)
{
    struct fs_reader *r = (struct fs_reader *)entries;

    close_file(r);
    while (r->depth)
        leave(r);
    close_fs(r->fs);
    buf_clear(&r->path);
    free(r->file);
    free(r);
}

int fs_walk(struct fs *fs, const struct fs_node *root, struct entry_reader **ret, struct err *err)
{
    struct fs_reader *r = calloc(1, sizeof(*r));
    int result;

    if (!r) {
        close_fs(fs);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    r->entries = (struct entry_reader){.next = next, .open = open_file, .close = close_reader};
    r->fs = fs;
    r->path = BUF_INIT(PATH_BYTES_MAX);
    r->file = calloc(1, fs->ops->file_size);
    result = r->file ? enter(r, root, err) : ERR(err, ERR_NOMEM, "no memory");
    if (result < 0)
        close_reader(&r->entries);
    else
        *ret = &r->entries;
    return result;
}
