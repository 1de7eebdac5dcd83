// SPDX-License-Identifier: Apache-2.0
#include "remedy/plan_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/own_files.h"

enum {
    BEGINNING_MIN = 4,
};

static int no_plan(const char *word, struct err *err)
{
    return ERR(err, ERR_GONE,
               "no stored plan has an id that begins with '%s'; `debar plan` makes one", word);
}

static struct sv name_of(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

static int find(const char *state_folder, const char *word, struct arena *arena, const char **ret,
                struct err *err)
{
    struct sv folder = arena_printf(arena, "%s/plans", state_folder);
    struct sv *paths = NULL;
    size_t count = 0;

    if (!folder.n)
        return arena_error(arena, err);
    if (strlen(word) < BEGINNING_MIN)
        return ERR(err, ERR_USAGE, "'%s' is too short for the beginning of a plan's id", word);
    if (!own_folder_exists(folder.p))
        return no_plan(word, err);
    TRY(own_folder_list(folder.p, ".json", arena, &paths, &count, err));
    *ret = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!sv_starts(name_of(paths[i]), sv_str(word)))
            continue;
        if (*ret)
            return ERR(err, ERR_CONFLICT,
                       "more than one plan begins with '%s'; give more of the id", word);
        *ret = paths[i].p;
    }
    return *ret ? 0 : no_plan(word, err);
}

int plan_file_read(const char *state_folder, const char *word, struct arena *arena,
                   struct plan *ret, struct sv *ret_text, struct err *err)
{
    const char *path = word;
    auto_buf text = BUF_INIT(PLAN_FILE_MAX);
    int r;

    if (!strchr(word, '/') && !sv_ends(sv_str(word), SV(".json")))
        TRY(find(state_folder, word, arena, &path, err));
    TRY(own_file_read(path, &text, err));
    *ret_text = arena_copy(arena, buf_view(&text));
    if (arena_failed(arena))
        return arena_error(arena, err);
    r = plan_read_json(*ret_text, arena, ret, err);
    return r < 0 ? err_wrap(err, r, "plan %s", path) : 0;
}

static int write_all(int fd, struct sv bytes, const char *path, struct err *err)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        if (n < 0 && errno != EINTR)
            return ERR_SYS(err, "writing %s", path);
        bytes = sv_from(bytes, n < 0 ? 0 : (size_t)n);
    }
    return fsync(fd) == 0 ? 0 : ERR_SYS(err, "writing %s", path);
}

int plan_file_write(const char *state_folder, const struct plan *plan, struct err *err)
{
    auto_buf text = {0}, path = {0}, beside = {0};
    auto_fd int fd = -1;
    struct json_writer w = json_writer_to(&text, true);

    plan_write_json(plan, true, &w);
    buf_char(&text, '\n');
    buf_printf(&path, "%s/plans", state_folder);
    if (!buf_ok(&text) || !buf_ok(&path))
        return ERR(err, ERR_NOMEM, "no memory");
    if (mkdir(path.p, 0700) != 0 && errno != EEXIST)
        return ERR_SYS(err, "making %s", path.p);
    buf_printf(&path, "/%.*s.json", (int)plan->id.n, plan->id.p);
    buf_printf(&beside, "%s.new", path.p);
    if (!buf_ok(&path) || !buf_ok(&beside))
        return ERR(err, ERR_NOMEM, "no memory");
    fd = open(beside.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return ERR_SYS(err, "writing %s", beside.p);
    TRY(write_all(fd, buf_view(&text), beside.p, err));
    return rename(beside.p, path.p) == 0 ? 0 : ERR_SYS(err, "writing %s", path.p);
}
