// SPDX-License-Identifier: Apache-2.0
/* What is left in a root: the state of paths, and of all that is in folders. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/place.h"
#include "os/below.h"
#include "os/file.h"
#include "remedy/facts_list.h"
#include "trust/digest.h"

enum {
    DEPTH_MAX = 128,
    PATHS_MAX = 1000000,
};

struct looking {
    int root_fd;
    struct arena *arena;
    struct facts_list left;
    struct buf raw; /* the path, as bytes */
};

static int by_path(const void *a, const void *b)
{
    return sv_cmp(((const struct fact_path *)a)->path, ((const struct fact_path *)b)->path);
}

const struct fact_path *facts_left(const struct facts *f, struct sv path)
{
    const struct fact_path key = {.path = path};

    return f->left_count ? bsearch(&key, f->left, f->left_count, sizeof(*f->left), by_path) : NULL;
}

static int add(struct looking *l, const struct path_state *s, struct err *err)
{
    char digest[PATH_DIGEST_HEX], sha256[2 * DIGEST_SHA256_SIZE + 1];
    auto_buf place = {0};
    struct fact_path *p;

    if (l->left.count >= PATHS_MAX)
        return ERR(err, ERR_LIMIT, "more than %d paths would have to be removed", PATHS_MAX);
    place_append(&place, buf_view(&l->raw));
    if (!buf_ok(&place))
        return ERR(err, ERR_NOMEM, "no memory");
    path_state_digest(s, digest);
    TRY(facts_list_add(&l->left, (void **)&p, err));
    p->path = arena_copy(l->arena, buf_view(&place));
    p->type = s->type;
    p->digest = arena_copy(l->arena, sv_str(digest));
    if (s->type == PATH_FILE) {
        digest_hex((struct span){s->sha256, sizeof(s->sha256)}, sha256);
        p->sha256 = arena_copy(l->arena, sv_str(sha256));
        p->size = s->size;
    }
    if (s->type == PATH_LINK)
        p->target = arena_copy(l->arena, s->target);
    p->locked = s->flags & (INODE_IMMUTABLE | INODE_APPEND);
    return arena_failed(l->arena) ? arena_error(l->arena, err) : 0;
}

static int look_at(struct looking *l, bool recursive, unsigned depth, struct err *err);

static int look_into(struct looking *l, unsigned depth, struct err *err)
{
    size_t length = l->raw.n;
    const struct dirent *e;
    int fd, r = 0;
    DIR *dir;

    if (depth > DEPTH_MAX)
        return ERR(err, ERR_LIMIT_DEPTH, "%s: folders in folders without end", l->raw.p);
    TRY(below_open_folder(l->root_fd, l->raw.p, &fd, err));
    dir = fdopendir(fd);
    if (!dir) {
        (void)close(fd);
        return ERR_SYS(err, "listing %s", l->raw.p);
    }
    while (r == 0 && (e = readdir(dir))) {
        if (sv_eq(sv_str(e->d_name), SV(".")) || sv_eq(sv_str(e->d_name), SV("..")))
            continue;
        buf_char(&l->raw, '/');
        buf_str(&l->raw, e->d_name);
        r = buf_ok(&l->raw) ? look_at(l, true, depth + 1, err) : ERR(err, ERR_NOMEM, "no memory");
        l->raw.n = length;
        l->raw.p[length] = '\0';
    }
    (void)closedir(dir);
    return r;
}

static int look_at(struct looking *l, bool recursive, unsigned depth, struct err *err)
{
    auto_arena arena;
    struct path_state s;
    int r;

    arena_init(&arena, 64 << 20);
    r = path_state_get(l->root_fd, l->raw.p, &arena, &s, err);
    // A part of the path is a link by now: what it leads to is another path.
    if (r == -ERR_CONFLICT || (r == 0 && s.type == PATH_ABSENT))
        return 0;
    TRY(r);
    TRY(add(l, &s, err));
    return recursive && s.type == PATH_FOLDER ? look_into(l, depth, err) : 0;
}

int facts_look(int fd, const struct facts_wanted *wanted, size_t count, struct arena *arena,
               struct facts *facts, struct err *err)
{
    struct looking l = {.root_fd = fd, .arena = arena, .left = FACTS_LIST(arena, struct fact_path)};
    struct fact_path *all;
    size_t kept = 0;
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        buf_reset(&l.raw);
        r = place_decode(wanted[i].path, &l.raw, err);
        if (r == 0 && l.raw.n)
            r = look_at(&l, wanted[i].recursive, 0, err);
    }
    buf_clear(&l.raw);
    TRY(r);
    all = l.left.items;
    if (l.left.count)
        qsort(all, l.left.count, sizeof(*all), by_path);
    for (size_t i = 0; i < l.left.count; i++)
        if (!kept || !sv_eq(all[kept - 1].path, all[i].path))
            all[kept++] = all[i];
    facts->left = all;
    facts->left_count = kept;
    facts->looked = true;
    return facts_dpkg_owners(fd, facts, arena, err);
}
