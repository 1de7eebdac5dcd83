// SPDX-License-Identifier: Apache-2.0
#include "os/own_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FOLDER_FILES_MAX = 100000,
};

static int read_all(int fd, struct buf *to, const char *path, struct err *err)
{
    char piece[16 * 1024];

    for (;;) {
        ssize_t n = read(fd, piece, sizeof(piece));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_SYS(err, "cannot read '%s'", path);
        if (n == 0)
            return 0;
        buf_bytes(to, piece, (size_t)n);
        if (!buf_ok(to))
            return ERR(err, ERR_LIMIT, "'%s' is larger than the %zu KiB that such a file may have",
                       path, to->max >> 10);
    }
}

int own_file_read(const char *path, struct buf *to, struct err *err)
{
    // A FIFO is not waited for: it has no writer that matters here.
    auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0)
        return ERR_SYS(err, "cannot open '%s'", path);
    if (fstat(fd, &st))
        return ERR_SYS(err, "cannot look at '%s'", path);
    if (!S_ISREG(st.st_mode))
        return ERR(err, ERR_USAGE, "'%s' is not a regular file", path);
    return read_all(fd, to, path, err);
}

static bool is_wanted(const struct dirent *e, const char *suffix)
{
    return e->d_name[0] != '.' && sv_ends(sv_str(e->d_name), sv_str(suffix));
}

static int by_bytes(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static int list_into(DIR *folder, const char *path, const char *suffix, struct arena *arena,
                     struct sv *paths, size_t room, size_t *count, struct err *err)
{
    const struct dirent *e;

    for (*count = 0;;) {
        errno = 0;
        e = readdir(folder);
        if (!e)
            return errno ? ERR_SYS(err, "cannot list '%s'", path) : 0;
        if (!is_wanted(e, suffix))
            continue;
        if (*count == FOLDER_FILES_MAX)
            return ERR(err, ERR_LIMIT, "'%s' holds more than %d files", path, FOLDER_FILES_MAX);
        // The first round, without room, only counts.
        if (*count < room)
            paths[*count] = arena_printf(arena, "%s/%s", path, e->d_name);
        *count += 1;
    }
}

static void close_folder(DIR **folder)
{
    if (*folder)
        (void)closedir(*folder);
}

int own_folder_list(const char *path, const char *suffix, struct arena *arena,
                    struct sv **ret_paths, size_t *ret_count, struct err *err)
{
    __attribute__((cleanup(close_folder))) DIR *folder = opendir(path);
    size_t room = 0, count = 0;
    struct sv *paths;

    if (!folder)
        return ERR_SYS(err, "cannot open the folder '%s'", path);
    TRY(list_into(folder, path, suffix, arena, NULL, 0, &room, err));
    paths = arena_take_array(arena, room ? room : 1, sizeof(*paths));
    if (!paths)
        return arena_error(arena, err);
    rewinddir(folder);
    TRY(list_into(folder, path, suffix, arena, paths, room, &count, err));
    if (arena_failed(arena))
        return arena_error(arena, err);
    // A file that came between the two rounds waits for the next start.
    count = count < room ? count : room;
    qsort(paths, count, sizeof(*paths), by_bytes);
    *ret_paths = paths;
    *ret_count = count;
    return 0;
}

bool own_folder_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int own_path_resolve(const char *path, struct buf *to, struct err *err)
{
    auto_free char *resolved = realpath(path, NULL);

    if (!resolved)
        return ERR_SYS(err, "cannot find '%s'", path);
    buf_str(to, resolved);
    return 0;
}

int own_program_folder(struct buf *to, struct err *err)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
    size_t slash;

    if (n < 0)
        return ERR_SYS(err, "cannot tell where the program lies");
    slash = sv_find_last((struct sv){path, (size_t)n}, '/');
    if (slash == SIZE_MAX || (size_t)n == sizeof(path))
        return ERR(err, ERR_UNSUPPORTED, "cannot tell where the program lies");
    buf_bytes(to, path, slash ? slash : 1);
    return 0;
}
