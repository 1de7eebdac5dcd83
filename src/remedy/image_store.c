// SPDX-License-Identifier: Apache-2.0
#include "remedy/image_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/below.h"
#include "os/file.h"
#include "os/folder.h"
#include "remedy/tar_copy.h"

enum {
    PARTS_MAX = 200 * 1000,
    DEPTH_MAX = 6,
    NAMES_MAX = 100 * 1000, /* in one folder */
    TEXT_MAX = 32 << 20,
    ARENA_MAX = 256 << 20,
    PIECE = 256 << 10,
    ENDING = 1024, /* two blocks of zeros end a tar */
};

/* ---- reading ---- */

struct image_store {
    struct arena arena;
    int fd; /* of the folder, or of the tar */
    bool is_folder;
    struct image_part *parts;
    size_t count, room;
};

static int add_part(struct image_store *s, struct image_part part, struct err *err)
{
    if (s->count == PARTS_MAX)
        return ERR(err, ERR_LIMIT_ENTRIES, "the image has more than %d parts", PARTS_MAX);
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 64;
        struct image_part *more = arena_take_array(&s->arena, room, sizeof(*more));

        if (!more)
            return arena_error(&s->arena, err);
        if (s->count)
            memcpy(more, s->parts, s->count * sizeof(*more));
        s->parts = more;
        s->room = room;
    }
    s->parts[s->count++] = part;
    return 0;
}

static int list_folder(struct image_store *s, int dir_fd, struct sv above, unsigned depth,
                       struct err *err)
{
    struct folder_names names;

    if (depth == DEPTH_MAX)
        return ERR(err, ERR_LIMIT_DEPTH, "the image's folder is too deep");
    TRY(folder_list(dir_fd, NAMES_MAX, &s->arena, &names, err));
    if (names.more)
        return ERR(err, ERR_LIMIT_ENTRIES, "the image's folder has too many files");
    for (size_t i = 0; i < names.count; i++) {
        struct sv name = arena_printf(&s->arena, "%.*s%s%.*s", (int)above.n, above.p ? above.p : "",
                                      above.n ? "/" : "", (int)names.all[i].n, names.all[i].p);
        struct file_facts facts;
        auto_fd int below = -1;

        if (!name.n)
            return arena_error(&s->arena, err);
        TRY(file_facts(dir_fd, names.all[i].p, &facts, err));
        if (facts.kind == FILE_DIRECTORY) {
            TRY(file_open_dir(dir_fd, names.all[i].p, &below, err));
            TRY(list_folder(s, below, name, depth + 1, err));
        } else if (facts.kind == FILE_REGULAR) {
            TRY(add_part(s, (struct image_part){.name = name, .size = facts.size}, err));
        } else {
            return ERR(err, ERR_UNSUPPORTED, "'%s' in the image's folder is no file", name.p);
        }
    }
    return 0;
}

static int index_entry(void *to, const struct tar_entry *e, enum tar_verdict *ret, struct err *err)
{
    struct image_store *s = to;
    struct image_part part = {
        .name = arena_copy(&s->arena, e->path), .offset = e->at, .size = e->size};

    *ret = TAR_KEEP;
    if (e->type == '5')
        return 0;
    if (e->type == '2')
        part.link = arena_copy(&s->arena, e->link);
    else if (e->type != '0' && e->type != 0)
        return ERR(err, ERR_UNSUPPORTED, "'%.*s' in the image is no file", (int)e->path.n,
                   e->path.p);
    if (!part.name.n)
        return arena_error(&s->arena, err);
    return add_part(s, part, err);
}

static int index_tar(struct image_store *s, uint64_t size, struct err *err)
{
    struct tar_visitor visitor = {.to = s, .decide = index_entry};
    auto_layer_reader *reader = NULL;

    TRY(layer_reader_open(s->fd, 0, size, &reader, err));
    if (layer_reader_packing(reader) != LAYER_PLAIN)
        return ERR(err, ERR_UNSUPPORTED,
                   "the image is a compressed archive; decompress it (gunzip, zstd -d) first");
    return tar_copy(reader, NULL, &visitor, err);
}

static int by_name(const void *a, const void *b)
{
    const struct image_part *x = a, *y = b;

    return sv_cmp(x->name, y->name);
}

int image_store_open(const char *path, struct image_store **ret, struct err *err)
{
    auto_image_store *s = calloc(1, sizeof(*s));
    struct stat st;

    if (!s)
        return ERR(err, ERR_NOMEM, "no memory");
    arena_init(&s->arena, ARENA_MAX);
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return ERR_SYS(err, "%s", path);
    s->is_folder = S_ISDIR(st.st_mode);
    if (!s->is_folder && !S_ISREG(st.st_mode))
        return ERR(err, ERR_USAGE, "%s is neither a folder nor a file", path);
    if (s->is_folder)
        TRY(list_folder(s, s->fd, (struct sv){0}, 0, err));
    else
        TRY(index_tar(s, (uint64_t)st.st_size, err));
    if (s->count)
        qsort(s->parts, s->count, sizeof(*s->parts), by_name);
    *ret = STEAL(s);
    return 0;
}

void image_store_auto(struct image_store **s)
{
    if (!*s)
        return;
    if ((*s)->fd >= 0)
        (void)close((*s)->fd);
    arena_clear(&(*s)->arena);
    free(*s);
}

bool image_store_is_folder(const struct image_store *s)
{
    return s->is_folder;
}

const struct image_part *image_store_parts(const struct image_store *s, size_t *ret_count)
{
    *ret_count = s->count;
    return s->parts;
}

const struct image_part *image_store_find(const struct image_store *s, struct sv name)
{
    struct image_part key = {.name = name};

    return s->count ? bsearch(&key, s->parts, s->count, sizeof(*s->parts), by_name) : NULL;
}

int image_store_file(const struct image_store *s, const struct image_part *part, int *ret_fd,
                     uint64_t *ret_offset, struct err *err)
{
    *ret_offset = part->offset;
    if (s->is_folder)
        return file_open_below(s->fd, part->name.p, false, ret_fd, err);
    *ret_fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
    return *ret_fd < 0 ? ERR_SYS(err, "%s", part->name.p) : 0;
}

static int read_at(int fd, uint64_t at, char *to, size_t n, struct err *err)
{
    while (n) {
        ssize_t some = pread(fd, to, n, (off_t)at);

        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return ERR_SYS(err, "reading the image");
        if (some == 0)
            return ERR(err, ERR_GONE, "the image became shorter while it was read");
        to += some;
        at += (uint64_t)some;
        n -= (size_t)some;
    }
    return 0;
}

int image_store_text(const struct image_store *s, const struct image_part *part,
                     struct arena *arena, struct sv *ret, struct err *err)
{
    auto_fd int fd = -1;
    uint64_t offset;
    char *text;

    if (part->size > TEXT_MAX)
        return ERR(err, ERR_LIMIT, "%s is too large for what it should be", part->name.p);
    TRY(image_store_file(s, part, &fd, &offset, err));
    text = arena_take(arena, (size_t)part->size + 1);
    if (!text)
        return arena_error(arena, err);
    TRY(read_at(fd, offset, text, (size_t)part->size, err));
    *ret = (struct sv){text, (size_t)part->size};
    return 0;
}

/* ---- making ---- */

struct image_maker {
    char *path, *part; /* what it is to be called, and is called meanwhile */
    int fd;            /* of the folder, or of the tar */
    bool is_folder, finished;
};

int image_maker_open(const char *path, bool folder, struct image_maker **ret, struct err *err)
{
    auto_image_maker *m = calloc(1, sizeof(*m));
    struct stat st;

    if (!m)
        return ERR(err, ERR_NOMEM, "no memory");
    m->fd = -1;
    m->is_folder = folder;
    if (lstat(path, &st) == 0)
        return ERR(err, ERR_CONFLICT, "%s is there already; name a new file or folder", path);
    m->path = strdup(path);
    if (!m->path || asprintf(&m->part, "%s.debar-part", path) < 0)
        return ERR(err, ERR_NOMEM, "no memory");
    if (folder && mkdir(m->part, 0755) != 0)
        return ERR_SYS(err, "%s", m->part);
    m->fd = folder ? open(m->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                   : open(m->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (m->fd < 0)
        return ERR_SYS(err, "%s", m->part);
    *ret = STEAL(m);
    return 0;
}

int image_maker_scratch(const struct image_maker *m, int *ret_fd, struct err *err)
{
    char *slash = strrchr(m->part, '/');
    char *folder = slash ? strndup(m->part, (size_t)(slash - m->part) + 1) : strdup(".");

    if (!folder)
        return ERR(err, ERR_NOMEM, "no memory");
    *ret_fd = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    free(folder);
    return *ret_fd < 0 ? ERR_SYS(err, "an anonymous file beside %s", m->path) : 0;
}

static int write_all(int fd, const char *p, size_t n, struct err *err)
{
    while (n) {
        ssize_t some = write(fd, p, n);

        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return ERR_SYS(err, "writing the new image");
        p += some;
        n -= (size_t)some;
    }
    return 0;
}

/* A new file of the folder, the folders above it too; or the tar, behind a header. */
static int begin_part(struct image_maker *m, struct sv name, uint64_t size, int *ret_fd,
                      struct err *err)
{
    auto_buf header = {0};
    char path[512];

    if (!m->is_folder) {
        TRY(tar_header(name, '0', (struct sv){0}, size, &header, err));
        *ret_fd = m->fd;
        return write_all(m->fd, header.p, header.n, err);
    }
    if (name.n >= sizeof(path) || sv_find(name, SV("..")) != SIZE_MAX || sv_starts(name, SV("/")))
        return ERR(err, ERR_FORMAT, "'%.*s' is no name for a part of an image", (int)name.n,
                   name.p);
    memcpy(path, name.p, name.n);
    path[name.n] = '\0';
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdirat(m->fd, path, 0755) != 0 && errno != EEXIST)
            return ERR_SYS(err, "%s/%s", m->part, path);
        *slash = '/';
    }
    *ret_fd = openat(m->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    return *ret_fd < 0 ? ERR_SYS(err, "%s/%s", m->part, path) : 0;
}

static int end_part(struct image_maker *m, int fd, uint64_t size, struct err *err)
{
    static const char zeros[512];
    int result;

    if (!m->is_folder)
        return write_all(m->fd, zeros, (512 - (size_t)(size % 512)) % 512, err);
    result = below_sync(fd, err);
    (void)close(fd);
    return result;
}

int image_maker_put_file(struct image_maker *m, struct sv name, int fd, uint64_t offset,
                         uint64_t size, struct err *err)
{
    char *piece = malloc(PIECE);
    int to = -1, result;

    if (!piece)
        return ERR(err, ERR_NOMEM, "no memory");
    result = begin_part(m, name, size, &to, err);
    for (uint64_t left = size; result == 0 && left;) {
        size_t some = left < PIECE ? (size_t)left : PIECE;

        result = read_at(fd, offset + (size - left), piece, some, err);
        if (result == 0)
            result = write_all(to, piece, some, err);
        left -= some;
    }
    free(piece);
    if (result == 0)
        return end_part(m, to, size, err);
    if (m->is_folder && to >= 0)
        (void)close(to);
    return result;
}

int image_maker_put(struct image_maker *m, struct sv name, struct sv bytes, struct err *err)
{
    int to, result;

    TRY(begin_part(m, name, bytes.n, &to, err));
    result = write_all(to, bytes.p, bytes.n, err);
    if (result == 0)
        return end_part(m, to, bytes.n, err);
    if (m->is_folder)
        (void)close(to);
    return result;
}

int image_maker_put_link(struct image_maker *m, struct sv name, struct sv link, struct err *err)
{
    auto_buf header = {0};

    TRY(tar_header(name, '2', link, 0, &header, err));
    return write_all(m->fd, header.p, header.n, err);
}

static int sync_above(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char *above = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    auto_fd int fd = above ? open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    free(above);
    return fd < 0 ? ERR_SYS(err, "the folder of %s", path) : below_sync(fd, err);
}

int image_maker_finish(struct image_maker *m, struct err *err)
{
    static const char zeros[ENDING];

    if (!m->is_folder)
        TRY(write_all(m->fd, zeros, sizeof(zeros), err));
    TRY(below_sync(m->fd, err));
    if (renameat2(AT_FDCWD, m->part, AT_FDCWD, m->path, RENAME_NOREPLACE) != 0)
        return ERR_SYS(err, "%s", m->path);
    m->finished = true;
    return sync_above(m->path, err);
}

static void take_away(int dir_fd, const char *name)
{
    auto_fd int below = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    struct folder_names names;
    auto_arena arena = {0};
    struct err none;

    if (below < 0) {
        (void)unlinkat(dir_fd, name, 0);
        return;
    }
    arena_init(&arena, ARENA_MAX);
    if (folder_list(below, NAMES_MAX, &arena, &names, &none) == 0)
        for (size_t i = 0; i < names.count; i++)
            take_away(below, names.all[i].p);
    (void)unlinkat(dir_fd, name, AT_REMOVEDIR);
}

void image_maker_auto(struct image_maker **m)
{
    if (!*m)
        return;
    if ((*m)->fd >= 0) {
        (void)close((*m)->fd);
        if (!(*m)->finished)
            take_away(AT_FDCWD, (*m)->part);
    }
    free((*m)->path);
    free((*m)->part);
    free(*m);
}
