// SPDX-License-Identifier: Apache-2.0
#include "remedy/path_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/below.h"
#include "trust/digest.h"

enum {
    PIECE = 64 << 10,
    TARGET_MAX = 4096,
};

const char *path_type_text(enum path_type type)
{
    static const char *const texts[] = {"absent", "file", "folder", "link", "special"};

    return texts[type];
}

/* ---- looking ---- */

static enum path_type type_of(unsigned mode)
{
    if (S_ISREG(mode))
        return PATH_FILE;
    if (S_ISDIR(mode))
        return PATH_FOLDER;
    return S_ISLNK(mode) ? PATH_LINK : PATH_SPECIAL;
}

static int64_t ns(struct timespec t)
{
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void take_stat(const struct stat *s, struct path_state *ret)
{
    ret->type = type_of(s->st_mode);
    ret->mode = s->st_mode;
    ret->uid = s->st_uid;
    ret->gid = s->st_gid;
    ret->rdev = ret->type == PATH_SPECIAL ? s->st_rdev : 0;
    ret->size = ret->type == PATH_FILE ? (uint64_t)s->st_size : 0;
    ret->mtime_ns = ns(s->st_mtim);
    ret->atime_ns = ns(s->st_atim);
    ret->device = s->st_dev;
    ret->inode = s->st_ino;
    ret->links = s->st_nlink;
}

static int changed(struct err *err)
{
    return ERR(err, ERR_CONFLICT, "it was changed while it was looked at");
}

static int hash(int fd, uint64_t size, uint8_t ret_digest[32], struct err *err)
{
    auto_free uint8_t *piece = malloc(PIECE);
    auto_digest digest = {0};
    uint64_t at = 0;

    if (!piece)
        return ERR(err, ERR_NOMEM, "no memory");
    digest_init(&digest, DIGEST_SHA256);
    while (at <= size) {
        ssize_t n = pread(fd, piece, PIECE, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_SYS(err, "reading it");
        if (n == 0)
            break;
        digest_update(&digest, (struct span){piece, (size_t)n});
        at += (uint64_t)n;
    }
    return at == size ? digest_finish(&digest, ret_digest, err) : changed(err);
}

static bool untouched(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           ns(a->st_mtim) == ns(b->st_mtim) && ns(a->st_ctim) == ns(b->st_ctim);
}

static int open_quietly(int fd, const char *name, int flags)
{
    int opened = openat(fd, name, flags | O_NOATIME);

    // For the owner and root only.
    return opened < 0 && errno == EPERM ? openat(fd, name, flags) : opened;
}

/* Files and folders are looked at through a descriptor, so that it is one and the same. */
static int look_open(int folder_fd, const char *name, const struct stat *seen, bool content,
                     struct arena *arena, struct path_state *ret, struct err *err)
{
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
    auto_fd int fd = open_quietly(folder_fd, *name ? name : ".", flags);
    struct stat before, after;

    if (fd < 0)
        return ERR_SYS(err, "opening it");
    if (fstat(fd, &before) != 0)
        return ERR_SYS(err, "looking at it");
    if (before.st_ino != seen->st_ino || before.st_dev != seen->st_dev)
        return changed(err);
    take_stat(&before, ret);
    ret->flags = inode_flags_get(fd);
    TRY(attributes_get(fd, "", arena, &ret->attributes, &ret->attribute_count, err));
    if (ret->type != PATH_FILE || !content)
        return 0;
    TRY(hash(fd, ret->size, ret->sha256, err));
    TRY(extents_get(fd, ret->size, arena, &ret->extents, &ret->extent_count, err));
    if (fstat(fd, &after) != 0)
        return ERR_SYS(err, "looking at it");
    return untouched(&before, &after) ? 0 : changed(err);
}

static int look_by_name(int folder_fd, const char *name, const struct stat *seen,
                        struct arena *arena, struct path_state *ret, struct err *err)
{
    struct stat again;

    take_stat(seen, ret);
    if (ret->type == PATH_LINK) {
        char target[TARGET_MAX];
        ssize_t n = readlinkat(folder_fd, name, target, sizeof(target));

        if (n < 0)
            return ERR_SYS(err, "reading the link");
        ret->target = arena_copy(arena, (struct sv){target, (size_t)n});
        if (arena_failed(arena))
            return arena_error(arena, err);
    }
    TRY(attributes_get(folder_fd, name, arena, &ret->attributes, &ret->attribute_count, err));
    if (fstatat(folder_fd, name, &again, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
        return ERR_SYS(err, "looking at it");
    return untouched(seen, &again) ? 0 : changed(err);
}

static int look(int folder_fd, const char *name, bool content, struct arena *arena,
                struct path_state *ret, struct err *err)
{
    struct path_state s = {0};
    struct stat seen;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH);

    if (fstatat(folder_fd, name, &seen, flags) != 0) {
        if (errno != ENOENT)
            return ERR_SYS(err, "looking at it");
    } else if (S_ISREG(seen.st_mode) || S_ISDIR(seen.st_mode)) {
        TRY(look_open(folder_fd, name, &seen, content, arena, &s, err));
    } else {
        TRY(look_by_name(folder_fd, name, &seen, arena, &s, err));
    }
    *ret = s;
    return 0;
}

int path_state_at(int folder_fd, const char *name, struct arena *arena, struct path_state *ret,
                  struct err *err)
{
    return look(folder_fd, name, true, arena, ret, err);
}

int path_state_glance(int folder_fd, const char *name, struct arena *arena, struct path_state *ret,
                      struct err *err)
{
    return look(folder_fd, name, false, arena, ret, err);
}

int path_state_get(int root_fd, const char *path, struct arena *arena, struct path_state *ret,
                   struct err *err)
{
    char name[BELOW_NAME];
    auto_fd int folder = -1;
    int r;

    if (!path[strspn(path, "/")])
        return path_state_at(root_fd, "", arena, ret, err);
    r = below_open_parent(root_fd, path, &folder, name, err);
    if (r == -ERR_GONE) {
        *ret = (struct path_state){0};
        return 0;
    }
    TRY(r);
    r = path_state_at(folder, name, arena, ret, err);
    return r < 0 ? err_wrap(err, r, "%s", path) : 0;
}

/* ---- comparing ---- */

static void put_u64(struct buf *to, uint64_t n)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(n >> (8 * i));
    buf_bytes(to, bytes, 8);
}

static void put_text(struct buf *to, struct sv s)
{
    put_u64(to, s.n);
    buf_sv(to, s);
}

static void put_what_counts(const struct path_state *s, struct buf *to)
{
    put_u64(to, s->type);
    if (s->type == PATH_ABSENT)
        return;
    put_u64(to, s->mode);
    put_u64(to, s->uid);
    put_u64(to, s->gid);
    put_u64(to, s->rdev);
    put_u64(to, s->size);
    put_u64(to, s->type == PATH_FOLDER ? 0 : (uint64_t)s->mtime_ns);
    put_text(to, s->target);
    buf_bytes(to, s->sha256, sizeof(s->sha256));
    put_u64(to, s->attribute_count);
    for (size_t i = 0; i < s->attribute_count; i++) {
        put_text(to, s->attributes[i].name);
        put_text(to, s->attributes[i].value);
    }
}

bool path_state_has_content(const struct path_state *s)
{
    static const uint8_t none[sizeof(s->sha256)];

    return s->type == PATH_FILE && s->size && memcmp(s->sha256, none, sizeof(none)) != 0;
}

void path_state_digest(const struct path_state *s, char ret_hex[PATH_DIGEST_HEX])
{
    uint8_t sha256[DIGEST_SHA256_SIZE];
    auto_buf bytes = {0};

    put_what_counts(s, &bytes);
    bug_if(!buf_ok(&bytes));
    digest_sha256((struct span){(const uint8_t *)bytes.p, bytes.n}, sha256);
    digest_hex((struct span){sha256, sizeof(sha256)}, ret_hex);
}

bool path_state_same(const struct path_state *a, const struct path_state *b)
{
    auto_buf left = {0}, right = {0};

    put_what_counts(a, &left);
    put_what_counts(b, &right);
    bug_if(!buf_ok(&left) || !buf_ok(&right));
    return sv_eq(buf_view(&left), buf_view(&right));
}

static const struct attribute *attribute_of(const struct path_state *s, struct sv name)
{
    for (size_t i = 0; i < s->attribute_count; i++)
        if (sv_eq(s->attributes[i].name, name))
            return &s->attributes[i];
    return NULL;
}

static bool attributes_between(const struct path_state *now, const struct path_state *a,
                               const struct path_state *b)
{
    for (size_t i = 0; i < now->attribute_count; i++) {
        const struct attribute *n = &now->attributes[i];
        const struct attribute *x = attribute_of(a, n->name), *y = attribute_of(b, n->name);

        if (!(x && sv_eq(x->value, n->value)) && !(y && sv_eq(y->value, n->value)))
            return false;
    }
    for (size_t i = 0; i < a->attribute_count; i++)
        if (attribute_of(b, a->attributes[i].name) && !attribute_of(now, a->attributes[i].name))
            return false;
    return true;
}

bool path_state_between(const struct path_state *now, const struct path_state *a,
                        const struct path_state *b)
{
    if (path_state_same(now, a) || path_state_same(now, b))
        return true;
    // A name cannot go from a folder to anything else, or back, in one step.
    if (now->type == PATH_ABSENT)
        return a->type != PATH_ABSENT && b->type != PATH_ABSENT &&
               (a->type == PATH_FOLDER) != (b->type == PATH_FOLDER);
    // All but folders is put in place as a whole.
    return now->type == PATH_FOLDER && a->type == PATH_FOLDER && b->type == PATH_FOLDER &&
           (now->mode == a->mode || now->mode == b->mode) &&
           (now->uid == a->uid || now->uid == b->uid) &&
           (now->gid == a->gid || now->gid == b->gid) && attributes_between(now, a, b);
}

/* ---- keeping ---- */

enum {
    RECORD_VERSION = 1,
};

void path_state_write(const struct path_state *s, struct buf *to)
{
    buf_char(to, RECORD_VERSION);
    put_what_counts(s, to);
    if (s->type == PATH_ABSENT)
        return;
    put_u64(to, (uint64_t)s->mtime_ns);
    put_u64(to, (uint64_t)s->atime_ns);
    put_u64(to, s->flags);
    put_u64(to, s->device);
    put_u64(to, s->inode);
    put_u64(to, s->links);
    put_u64(to, s->extent_count);
    for (size_t i = 0; i < s->extent_count; i++) {
        put_u64(to, s->extents[i].offset);
        put_u64(to, s->extents[i].length);
    }
}

static struct sv take_text(struct reader *r, struct arena *arena)
{
    uint64_t n = reader_u64le(r);

    // More than there is: the reader remembers it.
    return arena_copy(arena, sv_of(reader_take(r, n > r->rest.n ? SIZE_MAX : (size_t)n)));
}

/* A count of records of at least 16 bytes each; no more than there can be. */
static size_t take_count(struct reader *r)
{
    uint64_t n = reader_u64le(r);

    if (n > r->rest.n / 16) {
        r->overrun = true;
        return 0;
    }
    return (size_t)n;
}

static void take_what_counts(struct reader *r, struct arena *arena, struct path_state *s)
{
    struct span sha256;

    s->mode = (uint32_t)reader_u64le(r);
    s->uid = (uint32_t)reader_u64le(r);
    s->gid = (uint32_t)reader_u64le(r);
    s->rdev = reader_u64le(r);
    s->size = reader_u64le(r);
    (void)reader_u64le(r); // again behind, also for folders
    s->target = take_text(r, arena);
    sha256 = reader_take(r, sizeof(s->sha256));
    if (reader_ok(r))
        memcpy(s->sha256, sha256.p, sizeof(s->sha256));
    s->attribute_count = take_count(r);
    s->attributes = arena_take_array(arena, s->attribute_count, sizeof(*s->attributes));
    for (size_t i = 0; s->attributes && i < s->attribute_count; i++) {
        s->attributes[i].name = take_text(r, arena);
        s->attributes[i].value = take_text(r, arena);
    }
}

int path_state_read(struct span bytes, struct arena *arena, struct path_state *ret, struct err *err)
{
    struct reader r = reader_over(bytes);
    struct path_state s = {0};
    uint64_t type;

    if (reader_u8(&r) != RECORD_VERSION)
        return ERR(err, ERR_FORMAT, "the state of a path in the journal has another version");
    type = reader_u64le(&r);
    if (type > PATH_SPECIAL)
        return ERR(err, ERR_FORMAT, "the state of a path in the journal is damaged");
    s.type = (enum path_type)type;
    if (s.type != PATH_ABSENT) {
        take_what_counts(&r, arena, &s);
        s.mtime_ns = (int64_t)reader_u64le(&r);
        s.atime_ns = (int64_t)reader_u64le(&r);
        s.flags = (uint32_t)reader_u64le(&r);
        s.device = reader_u64le(&r);
        s.inode = reader_u64le(&r);
        s.links = reader_u64le(&r);
        s.extent_count = take_count(&r);
        s.extents = arena_take_array(arena, s.extent_count, sizeof(*s.extents));
        for (size_t i = 0; s.extents && i < s.extent_count; i++) {
            s.extents[i].offset = reader_u64le(&r);
            s.extents[i].length = reader_u64le(&r);
        }
    }
    if (!reader_ok(&r))
        return ERR(err, ERR_FORMAT, "the state of a path in the journal is damaged");
    if (arena_failed(arena))
        return arena_error(arena, err);
    *ret = s;
    return 0;
}
