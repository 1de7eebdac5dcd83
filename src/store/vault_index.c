// SPDX-License-Identifier: Apache-2.0
#include "store/vault_index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "os/below.h"
#include "os/file.h"
#include "trust/digest.h"

enum {
    INDEX_MAX = 64 << 20,
    DEPTH_MAX = 64,
};

static bool read_small(int folder, const char *name, struct arena *arena, struct sv *ret)
{
    struct stat s;

    return fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(s.st_mode) &&
           s.st_size <= INDEX_MAX &&
           file_read_below(folder, name, (size_t)s.st_size + 1, arena, ret, NULL) == 0;
}

/* ---- writing ---- */

static void hex_of(struct sv text, char ret[65])
{
    uint8_t sha256[DIGEST_SHA256_SIZE];

    digest_sha256((struct span){(const uint8_t *)text.p, text.n}, sha256);
    digest_hex((struct span){sha256, sizeof(sha256)}, ret);
}

/* Written beside, synced, renamed. */
static int replace(int vault_fd, const char *name, struct sv text, struct err *err)
{
    const char *at = text.p;
    char beside[32];
    size_t left = text.n;
    auto_fd int fd = -1;

    (void)snprintf(beside, sizeof(beside), "%s.new", name);
    fd = openat(vault_fd, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_SYS(err, "making %s of the vault", beside);
    while (left) {
        ssize_t n = write(fd, at, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_SYS(err, "writing %s of the vault", beside);
        at += n;
        left -= (size_t)n;
    }
    TRY(below_sync(fd, err));
    return renameat(vault_fd, beside, vault_fd, name) == 0
               ? 0
               : ERR_SYS(err, "naming %s of the vault", name);
}

static void write_line(const struct vault_line *l, struct buf *to)
{
    struct json_writer w = json_writer_to(to, false);
    char until[CLOCK_TEXT];

    json_object(&w);
    json_member(&w, "name", l->name);
    json_key(&w, "size");
    json_u64(&w, l->size);
    json_member(&w, "plan", l->plan);
    json_member(&w, "kept_until", sv_str(clock_text(l->kept_until_ns, until)));
    json_end(&w);
    buf_char(to, '\n');
}

int vault_index_write(int vault_fd, const struct vault_line *lines, size_t count, struct err *err)
{
    auto_buf text = {0}, digests = {0};
    struct sv old = {0};
    char hex[65];
    auto_arena arena;

    arena_init(&arena, INDEX_MAX + 4096);
    for (size_t i = 0; i < count; i++)
        write_line(&lines[i], &text);
    hex_of(buf_view(&text), hex);
    buf_printf(&digests, "%s\n", hex);
    if (read_small(vault_fd, "index", &arena, &old)) {
        char old_hex[65];

        hex_of(old, old_hex);
        if (strcmp(hex, old_hex) != 0)
            buf_printf(&digests, "%s\n", old_hex);
    }
    if (!buf_ok(&text) || !buf_ok(&digests))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(replace(vault_fd, "index.sha256", buf_view(&digests), err));
    TRY(below_sync(vault_fd, err));
    TRY(replace(vault_fd, "index", buf_view(&text), err));
    return below_sync(vault_fd, err);
}

/* ---- checking ---- */

struct known {
    struct vault_line *all;
    size_t count;
    struct vault_facts facts;
};

static int by_name(const void *a, const void *b)
{
    return sv_cmp(((const struct vault_line *)a)->name, ((const struct vault_line *)b)->name);
}

static bool is_listed(const char *list, const char *hex)
{
    return strstr(list, hex) != NULL;
}

static bool read_line(struct sv line, struct arena *arena, struct vault_line *ret)
{
    auto_json *v = NULL;
    double size = -1;

    if (json_parse(line, &v, NULL) < 0)
        return false;
    ret->name = arena_copy(arena, json_get_text(v, "name"));
    ret->plan = arena_copy(arena, json_get_text(v, "plan"));
    if (!json_number(json_get(v, "size"), &size) || size < 0 ||
        !clock_parse(json_get_text(v, "kept_until"), &ret->kept_until_ns))
        return false;
    ret->size = (uint64_t)size;
    return ret->name.n && !arena_failed(arena);
}

static bool read_lines(struct sv text, struct arena *arena, struct known *k)
{
    size_t count = 0;

    for (size_t i = 0; i < text.n; i++)
        count += text.p[i] == '\n';
    k->all = arena_take_array(arena, count + 1, sizeof(*k->all));
    if (!k->all)
        return false;
    while (text.n) {
        struct sv line = sv_line(&text);

        if (k->count == count || !read_line(line, arena, &k->all[k->count++]))
            return false;
    }
    if (k->count)
        qsort(k->all, k->count, sizeof(*k->all), by_name);
    return true;
}

static bool names_all(struct known *k, int folder_fd, const char *prefix, unsigned depth);

static bool names_one(struct known *k, int folder, const char *prefix, const char *name,
                      unsigned depth)
{
    const struct vault_line *line;
    struct vault_line wanted = {0};
    char path[4096];
    struct stat s;
    int fd;

    if (fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) != 0 ||
        snprintf(path, sizeof(path), S_ISDIR(s.st_mode) ? "%s%s/" : "%s%s", prefix, name) >=
            (int)sizeof(path))
        return false;
    if (S_ISDIR(s.st_mode))
        return depth < DEPTH_MAX && file_open_dir(folder, name, &fd, NULL) == 0 &&
               names_all(k, fd, path, depth + 1);
    if (!strcmp(path, "index") || !strcmp(path, "index.sha256"))
        return S_ISREG(s.st_mode);
    wanted.name = sv_str(path);
    line = k->count ? bsearch(&wanted, k->all, k->count, sizeof(wanted), by_name) : NULL;
    if (!line || !S_ISREG(s.st_mode) || (uint64_t)s.st_size != line->size)
        return false;
    k->facts.files++;
    k->facts.bytes += line->size;
    if (line->kept_until_ns > k->facts.kept_until_ns)
        k->facts.kept_until_ns = line->kept_until_ns;
    return true;
}

/* Takes the descriptor. */
static bool names_all(struct known *k, int folder_fd, const char *prefix, unsigned depth)
{
    DIR *folder = fdopendir(folder_fd);
    struct dirent *d;
    bool all = true;

    if (!folder) {
        (void)close(folder_fd);
        return false;
    }
    while (all && (d = readdir(folder)))
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            all = names_one(k, folder_fd, prefix, d->d_name, depth);
    (void)closedir(folder);
    return all;
}

bool vault_index_check(int dir_fd, const char *name, struct vault_facts *ret)
{
    struct known k = {0};
    struct sv index, digests;
    struct stat s;
    char hex[65];
    auto_fd int fd = -1;
    auto_arena arena;
    int again;

    arena_init(&arena, (size_t)4 * INDEX_MAX);
    if (strcmp(name, "vault") != 0 || file_open_dir(dir_fd, name, &fd, NULL) < 0 ||
        fstat(fd, &s) != 0 || s.st_uid != 0 || (s.st_mode & 07777) != 0700)
        return false;
    if (!read_small(fd, "index.sha256", &arena, &digests) ||
        !read_small(fd, "index", &arena, &index))
        return false;
    hex_of(index, hex);
    if (!is_listed(digests.p, hex) || !read_lines(index, &arena, &k) ||
        file_open_dir(fd, ".", &again, NULL) < 0 || !names_all(&k, again, "", 0))
        return false;
    *ret = k.facts;
    return true;
}
