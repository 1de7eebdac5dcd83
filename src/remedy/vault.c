// SPDX-License-Identifier: Apache-2.0
#include "remedy/vault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <zstd.h>

#include "os/below.h"
#include "trust/digest.h"

enum {
    LEVEL = 3,
    PIECE = 64 << 10,
    NAME_ROOM = 96,
    SHELVES = 256, /* by the first byte of the digest */
};

struct vault {
    char *path;
    int fd, objects;
    bool dirty[SHELVES], new_shelf;
    ZSTD_CCtx *packer;
    uint8_t *in, *out; /* PIECE bytes, and what zstd wants */
    size_t out_room;
};

/* ---- life ---- */

static int folder_in(int at, const char *name, bool make, int *ret_fd, struct err *err)
{
    bool made = make && mkdirat(at, name, 0700) == 0;
    int fd;

    if (make && !made && errno != EEXIST)
        return ERR_SYS(err, "making the folder %s of the vault", name);
    fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return ERR_SYS(err, "opening the folder %s of the vault", name);
    *ret_fd = fd;
    return made ? below_sync(at, err) : 0;
}

static int check_owner(const struct vault *v, struct err *err)
{
    struct stat s;

    if (fstat(v->fd, &s) != 0)
        return ERR_SYS(err, "looking at the vault");
    if (s.st_uid != geteuid() || (s.st_mode & 077))
        return ERR(
            err, ERR_DENIED,
            "the vault %s must belong to you alone (owner %u, mode %03o): somebody else could "
            "have changed what is in it",
            v->path, s.st_uid, s.st_mode & 0777);
    return 0;
}

static int open_folders(struct vault *v, const char *state_folder, bool make, struct err *err)
{
    auto_fd int state = open(state_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (state < 0)
        return ERR_SYS(err, "opening the state folder %s", state_folder);
    TRY(folder_in(state, "vault", make, &v->fd, err));
    TRY(check_owner(v, err));
    return folder_in(v->fd, "objects", make, &v->objects, err);
}

int vault_open(const char *state_folder, bool make, struct vault **ret, struct err *err)
{
    struct vault *v = calloc(1, sizeof(*v));
    int r;

    if (!v)
        return ERR(err, ERR_NOMEM, "no memory");
    v->fd = v->objects = -1;
    v->out_room = ZSTD_CStreamOutSize();
    v->in = malloc(PIECE);
    v->out = malloc(v->out_room);
    v->packer = ZSTD_createCCtx();
    if (asprintf(&v->path, "%s/vault", state_folder) < 0)
        v->path = NULL;
    if (!v->in || !v->out || !v->packer || !v->path)
        r = ERR(err, ERR_NOMEM, "no memory");
    else
        r = open_folders(v, state_folder, make, err);
    if (r < 0)
        vault_close(v);
    else
        *ret = v;
    return r;
}

void vault_close(struct vault *v)
{
    if (!v)
        return;
    if (v->fd >= 0)
        (void)close(v->fd);
    if (v->objects >= 0)
        (void)close(v->objects);
    (void)ZSTD_freeCCtx(v->packer);
    free(v->in);
    free(v->out);
    free(v->path);
    free(v);
}

void vault_auto_close(struct vault **v)
{
    vault_close(*v);
    *v = NULL;
}

int vault_folder(const struct vault *v)
{
    return v->fd;
}

static void name_of(const uint8_t sha256[32], const char *suffix, char ret[NAME_ROOM])
{
    char hex[65];

    digest_hex((struct span){sha256, 32}, hex);
    (void)snprintf(ret, NAME_ROOM, "%.2s/%s%s", hex, hex, suffix);
}

/* ---- reading ---- */

struct unpacking {
    ZSTD_DCtx *unpacker;
    int fd;
    ZSTD_inBuffer in;
    uint8_t bytes[PIECE];
    struct digest digest;
    uint8_t expected[32];
    bool ended, frame_over;
    char name[NAME_ROOM];
};

static int damaged(const struct unpacking *u, struct err *err)
{
    return ERR(err, ERR_FORMAT, "the object %s of the vault is damaged", u->name);
}

static int finish(struct unpacking *u, struct err *err)
{
    uint8_t sha256[DIGEST_SHA256_SIZE];

    u->ended = true;
    TRY(digest_finish(&u->digest, sha256, err));
    return memcmp(sha256, u->expected, sizeof(sha256)) == 0 && u->frame_over ? 0 : damaged(u, err);
}

static int object_read(struct content *c, void *to, size_t room, size_t *ret_n, struct err *err)
{
    struct unpacking *u = ((struct vault_object *)c)->state;
    ZSTD_outBuffer out = {to, room, 0};

    while (out.pos == 0 && !u->ended) {
        size_t r;

        if (u->in.pos == u->in.size) {
            ssize_t n = read(u->fd, u->bytes, sizeof(u->bytes));

            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return ERR_SYS(err, "reading the object %s of the vault", u->name);
            if (n == 0) {
                TRY(finish(u, err));
                break;
            }
            u->in = (ZSTD_inBuffer){u->bytes, (size_t)n, 0};
        }
        r = ZSTD_decompressStream(u->unpacker, &out, &u->in);
        if (ZSTD_isError(r))
            return damaged(u, err);
        u->frame_over = r == 0;
    }
    digest_update(&u->digest, (struct span){to, out.pos});
    *ret_n = out.pos;
    return 0;
}

static int object_open_as(const struct vault *v, const char *name, const uint8_t sha256[32],
                          struct vault_object *ret, struct err *err)
{
    struct unpacking *u = calloc(1, sizeof(*u));

    if (!u)
        return ERR(err, ERR_NOMEM, "no memory");
    *ret = (struct vault_object){.content.read = object_read, .state = u};
    (void)snprintf(u->name, sizeof(u->name), "%s", name);
    memcpy(u->expected, sha256, sizeof(u->expected));
    digest_init(&u->digest, DIGEST_SHA256);
    u->unpacker = ZSTD_createDCtx();
    u->fd = openat(v->objects, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (u->unpacker && u->fd >= 0)
        return 0;
    if (u->fd < 0)
        err_set_sys(err, __FILE__, "the object %s of the vault", name);
    else
        err_set(err, ERR_NOMEM, __FILE__, "no memory");
    vault_object_close(ret);
    return err ? -(int)err->code : -ERR_IO;
}

int vault_object_open(const struct vault *v, const uint8_t sha256[32], struct vault_object *ret,
                      struct err *err)
{
    char name[NAME_ROOM];

    name_of(sha256, ".zst", name);
    return object_open_as(v, name, sha256, ret, err);
}

void vault_object_close(struct vault_object *o)
{
    struct unpacking *u = o->state;

    if (!u)
        return;
    (void)ZSTD_freeDCtx(u->unpacker);
    digest_clear(&u->digest);
    if (u->fd >= 0)
        (void)close(u->fd);
    free(u);
    *o = (struct vault_object){0};
}

static int read_through(const struct vault *v, const char *name, const uint8_t sha256[32],
                        struct err *err)
{
    struct vault_object o = {0};
    auto_free uint8_t *piece = malloc(PIECE);
    size_t n = 1;
    int r;

    if (!piece)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(object_open_as(v, name, sha256, &o, err));
    // What was just written must come from the disk, not from memory.
    (void)posix_fadvise(((struct unpacking *)o.state)->fd, 0, 0, POSIX_FADV_DONTNEED);
    do
        r = o.content.read(&o.content, piece, PIECE, &n, err);
    while (r == 0 && n);
    vault_object_close(&o);
    return r;
}

int vault_check(const struct vault *v, const uint8_t sha256[32], struct err *err)
{
    char name[NAME_ROOM];

    name_of(sha256, ".zst", name);
    return read_through(v, name, sha256, err);
}

bool vault_has(const struct vault *v, const uint8_t sha256[32])
{
    char name[NAME_ROOM];

    name_of(sha256, ".zst", name);
    return faccessat(v->objects, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int vault_read(const struct vault *v, const uint8_t sha256[32], uint64_t size, size_t max,
               struct arena *arena, struct span *ret, struct err *err)
{
    struct vault_object o = {0};
    uint8_t *bytes;
    size_t used = 0, n = 1;
    int r = 0;

    *ret = (struct span){0};
    if (size == 0)
        return 0;
    if (size > max)
        return ERR(err, ERR_LIMIT, "it has %llu bytes, more than %zu", (unsigned long long)size,
                   max);
    bytes = arena_take(arena, (size_t)size + 1);
    if (!bytes)
        return arena_error(arena, err);
    TRY(vault_object_open(v, sha256, &o, err));
    while (r == 0 && n) {
        r = o.content.read(&o.content, bytes + used, (size_t)size + 1 - used, &n, err);
        used += r == 0 ? n : 0;
        if (r == 0 && used > size)
            r = damaged(o.state, err);
    }
    vault_object_close(&o);
    TRY(r);
    *ret = (struct span){bytes, used};
    return 0;
}

/* ---- keeping ---- */

/* What is to be kept: an open file, or bytes. */
struct origin {
    int fd;
    struct span bytes;
    uint64_t at;
};

static int next_piece(struct vault *v, struct origin *o, struct span *ret, struct err *err)
{
    ssize_t n;

    if (o->fd < 0) {
        *ret = o->bytes;
        o->bytes = (struct span){0};
        return 0;
    }
    do
        n = pread(o->fd, v->in, PIECE, (off_t)o->at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return ERR_SYS(err, "reading it");
    o->at += (uint64_t)n;
    *ret = (struct span){v->in, (size_t)n};
    return 0;
}

static int put(int fd, const uint8_t *p, size_t n, struct err *err)
{
    while (n) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return ERR_SYS(err, "writing to the vault");
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

static int pack(struct vault *v, struct origin *o, int fd, uint8_t ret_sha256[32], struct err *err)
{
    auto_digest digest = {0};
    struct span piece;

    digest_init(&digest, DIGEST_SHA256);
    (void)ZSTD_CCtx_reset(v->packer, ZSTD_reset_session_and_parameters);
    (void)ZSTD_CCtx_setParameter(v->packer, ZSTD_c_compressionLevel, LEVEL);
    (void)ZSTD_CCtx_setParameter(v->packer, ZSTD_c_checksumFlag, 1);
    do {
        ZSTD_inBuffer in;
        size_t left;

        TRY(next_piece(v, o, &piece, err));
        digest_update(&digest, piece);
        in = (ZSTD_inBuffer){piece.p, piece.n, 0};
        do {
            ZSTD_outBuffer out = {v->out, v->out_room, 0};

            left =
                ZSTD_compressStream2(v->packer, &out, &in, piece.n ? ZSTD_e_continue : ZSTD_e_end);
            if (ZSTD_isError(left))
                return ERR(err, ERR_NOMEM, "compressing: %s", ZSTD_getErrorName(left));
            TRY(put(fd, v->out, out.pos, err));
        } while (piece.n ? in.pos < in.size : left > 0);
    } while (piece.n);
    return digest_finish(&digest, ret_sha256, err);
}

static int shelf_of(struct vault *v, const uint8_t sha256[32], struct err *err)
{
    char name[NAME_ROOM];

    name_of(sha256, "", name);
    name[2] = '\0';
    v->dirty[sha256[0]] = true;
    if (mkdirat(v->objects, name, 0700) == 0)
        v->new_shelf = true;
    else if (errno != EEXIST)
        return ERR_SYS(err, "making a folder in the vault");
    return 0;
}

static int write_object(struct vault *v, struct origin *o, const char *beside,
                        const uint8_t sha256[32], struct err *err)
{
    uint8_t packed[DIGEST_SHA256_SIZE];
    auto_fd int fd =
        openat(v->objects, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return ERR_SYS(err, "making a file in the vault");
    TRY(pack(v, o, fd, packed, err));
    if (memcmp(packed, sha256, sizeof(packed)) != 0)
        return ERR(err, ERR_CONFLICT, "it was changed while it was kept");
    return below_sync(fd, err);
}

static int keep(struct vault *v, struct origin *o, const uint8_t sha256[32], struct err *err)
{
    char name[NAME_ROOM], beside[NAME_ROOM];
    int r;

    if (vault_has(v, sha256) && vault_check(v, sha256, NULL) == 0)
        return 0;
    name_of(sha256, ".zst", name);
    name_of(sha256, ".new", beside);
    TRY(shelf_of(v, sha256, err));
    r = write_object(v, o, beside, sha256, err);
    if (r == 0)
        r = read_through(v, beside, sha256, err);
    if (r == 0 && renameat(v->objects, beside, v->objects, name) != 0)
        r = ERR_SYS(err, "naming an object of the vault");
    if (r < 0)
        (void)unlinkat(v->objects, beside, 0);
    return r;
}

int vault_keep(struct vault *v, int fd, uint64_t size, const uint8_t sha256[32], struct err *err)
{
    struct origin o = {.fd = fd};

    return size == 0 ? 0 : keep(v, &o, sha256, err);
}

int vault_keep_bytes(struct vault *v, struct span bytes, uint8_t ret_sha256[32], struct err *err)
{
    struct origin o = {.fd = -1, .bytes = bytes};

    digest_sha256(bytes, ret_sha256);
    return bytes.n == 0 ? 0 : keep(v, &o, ret_sha256, err);
}

int vault_sync(struct vault *v, struct err *err)
{
    for (unsigned i = 0; i < SHELVES; i++) {
        char name[3];
        auto_fd int fd = -1;

        if (!v->dirty[i])
            continue;
        (void)snprintf(name, sizeof(name), "%02x", i);
        TRY(folder_in(v->objects, name, false, &fd, err));
        TRY(below_sync(fd, err));
        v->dirty[i] = false;
    }
    if (v->new_shelf)
        TRY(below_sync(v->objects, err));
    v->new_shelf = false;
    return 0;
}

int vault_free_bytes(const struct vault *v, uint64_t *ret, struct err *err)
{
    struct statvfs s;

    if (fstatvfs(v->fd, &s) != 0)
        return ERR_SYS(err, "asking how much room the vault has");
    *ret = (uint64_t)(geteuid() == 0 ? s.f_bfree : s.f_bavail) * s.f_frsize;
    return 0;
}

/* ---- all of it ---- */

static bool hex_byte(const char *two, uint8_t *ret)
{
    unsigned value = 0;

    for (int i = 0; i < 2; i++) {
        const char *digit = two[i] ? strchr("0123456789abcdef", two[i]) : NULL;

        if (!digit)
            return false;
        value = value << 4 | (unsigned)(digit - "0123456789abcdef");
    }
    *ret = (uint8_t)value;
    return true;
}

static bool parse_name(const char *name, uint8_t ret[32])
{
    if (strlen(name) != 68 || strcmp(name + 64, ".zst") != 0)
        return false;
    for (size_t i = 0; i < 32; i++)
        if (!hex_byte(name + 2 * i, &ret[i]))
            return false;
    return true;
}

struct listing {
    struct arena *arena;
    struct vault_entry *all;
    size_t count, room;
    bool tidy;
};

static int add_entry(struct listing *l, int shelf, const char *name, struct err *err)
{
    struct vault_entry e = {0};
    struct stat s;

    if (!parse_name(name, e.sha256)) {
        if (l->tidy && strlen(name) == 68 && strcmp(name + 64, ".new") == 0)
            (void)unlinkat(shelf, name, 0); // the next one will
        return 0;
    }
    if (fstatat(shelf, name, &s, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    e.stored = (uint64_t)s.st_size;
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 64;
        struct vault_entry *grown = arena_take_array(l->arena, room, sizeof(*grown));

        if (!grown)
            return arena_error(l->arena, err);
        if (l->count)
            memcpy(grown, l->all, l->count * sizeof(*grown));
        l->all = grown;
        l->room = room;
    }
    l->all[l->count++] = e;
    return 0;
}

static int list_shelf(struct listing *l, int shelf, struct err *err)
{
    DIR *folder = fdopendir(shelf);
    struct dirent *d;
    int r = 0;

    if (!folder) {
        (void)close(shelf);
        return ERR_SYS(err, "listing the vault");
    }
    while (r == 0 && (d = readdir(folder)))
        r = add_entry(l, shelf, d->d_name, err);
    (void)closedir(folder);
    return r;
}

static int by_digest(const void *a, const void *b)
{
    return memcmp(((const struct vault_entry *)a)->sha256, ((const struct vault_entry *)b)->sha256,
                  32);
}

int vault_list(struct vault *v, bool tidy, struct arena *arena, struct vault_entry **ret,
               size_t *ret_count, struct err *err)
{
    struct listing l = {.arena = arena, .tidy = tidy};

    for (unsigned i = 0; i < SHELVES; i++) {
        char name[3];
        int fd;

        (void)snprintf(name, sizeof(name), "%02x", i);
        fd = openat(v->objects, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0)
            TRY(list_shelf(&l, fd, err));
        else if (errno != ENOENT)
            return ERR_SYS(err, "opening the folder %s of the vault", name);
    }
    if (l.count)
        qsort(l.all, l.count, sizeof(*l.all), by_digest);
    *ret = l.all;
    *ret_count = l.count;
    return 0;
}

int vault_drop(struct vault *v, const uint8_t sha256[32], struct err *err)
{
    char name[NAME_ROOM];

    name_of(sha256, ".zst", name);
    if (unlinkat(v->objects, name, 0) != 0 && errno != ENOENT)
        return ERR_SYS(err, "removing the object %s from the vault", name);
    return 0;
}
