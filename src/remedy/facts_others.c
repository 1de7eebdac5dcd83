// SPDX-License-Identifier: Apache-2.0
/* What an account owns beside the product: files that would belong to nobody. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/place.h"
#include "os/below.h"
#include "remedy/facts_list.h"
#include "remedy/whole_file.h"

enum {
    FILE_MAX = 16 << 20,
    DEPTH_MAX = 128,
    NAMES_MAX = 20000000,
};

struct sweep {
    struct facts *facts;
    struct arena *arena;
    uint64_t *ids; /* of each account; UINT64_MAX: not known, or has a file already */
    size_t waiting, names_left;
    struct buf path;
};

/* The third field of the account's line, where that is its number. */
static uint64_t id_of(int root_fd, const struct fact_account *a)
{
    auto_buf text = {0};
    struct sv rest;
    uint64_t id;

    if (!sv_eq(a->file, a->group ? SV("/etc/group") : SV("/etc/passwd")) ||
        whole_file_read(root_fd, a->file.p, FILE_MAX, &text, NULL) < 0)
        return UINT64_MAX;
    rest = buf_view(&text);
    while (rest.n) {
        struct sv line = sv_line(&rest);

        if (!sv_eq(sv_cut(&line, ':'), a->name))
            continue;
        (void)sv_cut(&line, ':');
        return sv_to_u64(sv_cut(&line, ':'), &id) && id ? id : UINT64_MAX;
    }
    return UINT64_MAX;
}

static void look_at(struct sweep *s, const struct stat *st)
{
    auto_buf place = {0};

    place_append(&place, buf_view(&s->path));
    if (!buf_ok(&place) || facts_left(s->facts, buf_view(&place)))
        return; // it goes, or the plan speaks of it
    for (size_t i = 0; i < s->facts->account_count; i++) {
        struct fact_account *a = &s->facts->accounts[i];

        if (s->ids[i] != (a->group ? st->st_gid : st->st_uid))
            continue;
        a->other = arena_copy(s->arena, buf_view(&place));
        s->ids[i] = UINT64_MAX;
        s->waiting--;
    }
}

static int sweep_folder(struct sweep *s, int fd, unsigned depth, struct err *err)
{
    DIR *dir = fdopendir(fd);
    size_t length = s->path.n;
    const struct dirent *e;
    int r = 0;

    if (!dir) {
        (void)close(fd);
        return ERR_SYS(err, "listing /%s", s->path.p ? s->path.p : "");
    }
    while (r == 0 && s->waiting && (e = readdir(dir))) {
        struct stat st;
        int below;

        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (!s->names_left--) {
            r = ERR(err, ERR_LIMIT, "more than %d names to look at", NAMES_MAX);
            break;
        }
        buf_char(&s->path, '/');
        buf_str(&s->path, e->d_name);
        if (!buf_ok(&s->path)) {
            r = ERR(err, ERR_NOMEM, "no memory");
            break;
        }
        look_at(s, &st);
        // Views of the kernel lie on the top folder of a live root only.
        if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX &&
            !(depth == 0 && (!strcmp(e->d_name, "proc") || !strcmp(e->d_name, "sys") ||
                             !strcmp(e->d_name, "dev") || !strcmp(e->d_name, "run")))) {
            below = openat(dirfd(dir), e->d_name,
                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME);
            if (below >= 0)
                r = sweep_folder(s, below, depth + 1, err);
        }
        s->path.n = length;
        s->path.p[length] = '\0';
    }
    (void)closedir(dir);
    return r;
}

int facts_others(int fd, struct facts *facts, struct arena *arena, struct err *err)
{
    struct sweep s = {.facts = facts, .arena = arena, .names_left = NAMES_MAX};
    int folder, r;

    if (!facts->account_count)
        return 0;
    s.ids = arena_take_array(arena, facts->account_count, sizeof(*s.ids));
    if (!s.ids)
        return arena_error(arena, err);
    for (size_t i = 0; i < facts->account_count; i++) {
        s.ids[i] = id_of(fd, &facts->accounts[i]);
        s.waiting += s.ids[i] != UINT64_MAX;
    }
    if (!s.waiting)
        return 0;
    TRY(below_open_folder(fd, "/", &folder, err));
    r = sweep_folder(&s, folder, 0, err);
    buf_clear(&s.path);
    // The other files of accounts go or stay with the one that has the number.
    for (size_t i = 0; i < facts->account_count; i++)
        for (size_t k = 0; k < facts->account_count; k++)
            if (facts->accounts[k].other.n && !facts->accounts[i].other.n &&
                facts->accounts[i].group == facts->accounts[k].group &&
                sv_eq(facts->accounts[i].name, facts->accounts[k].name))
                facts->accounts[i].other = facts->accounts[k].other;
    return r;
}
