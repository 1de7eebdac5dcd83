// SPDX-License-Identifier: Apache-2.0
#include "remedy/sweep.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/below.h"
#include "remedy/facts_list.h"
#include "remedy/root_each.h"

enum {
    VERSION = 1,
    TRIES_MAX = 5,
};

#define SWEEP_ARENA ((size_t)4 << 30)

static int64_t ctime_of(const struct stat *st)
{
    return st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec;
}

void sweep_clear(struct sweep *s)
{
    arena_clear(&s->arena);
    *s = (struct sweep){0};
}

static int add(struct sweep *s, const struct swept *one, struct err *err)
{
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 1024;
        struct swept *grown = arena_take_array(&s->arena, room, sizeof(*grown));

        if (!grown)
            return arena_error(&s->arena, err);
        if (s->count)
            memcpy(grown, s->all, s->count * sizeof(*grown));
        s->all = grown;
        s->room = room;
    }
    s->all[s->count++] = *one;
    return 0;
}

/* ---- taking ---- */

struct taking {
    const struct sweep_options *o;
    struct sweep *sweep;
    struct stat state_folder;
    bool glance; /* only what stat(2) says */
};

static bool is_left_out(const struct taking *t, struct sv path, const struct stat *st)
{
    return S_ISDIR(st->st_mode) &&
           (sv_eq(path, SV("/tmp")) ||
            (st->st_dev == t->state_folder.st_dev && st->st_ino == t->state_folder.st_ino));
}

/* A file of the running machine may be written to just now. */
static int look(const struct taking *t, int folder, const char *name, struct swept *one,
                struct err *err)
{
    for (int tries = 0;; tries++) {
        int r = one->whole ? path_state_at(folder, name, &t->sweep->arena, &one->state, err)
                           : path_state_glance(folder, name, &t->sweep->arena, &one->state, err);

        if (r == -ERR_GONE) {
            one->state = (struct path_state){0};
            return 0;
        }
        if (r != -ERR_CONFLICT || tries == TRIES_MAX)
            return r < 0 ? err_wrap(err, r, "%s", one->path.p) : 0;
    }
}

static int take(void *to, int folder, const char *name, struct sv path, const struct stat *st,
                struct err *err)
{
    struct taking *t = to;
    struct swept one = {.ctime_ns = ctime_of(st)};

    if (is_left_out(t, path, st))
        return ROOT_EACH_PASS_BY;
    one.path = arena_copy(&t->sweep->arena, path);
    if (t->glance) {
        one.state.device = st->st_dev;
        one.state.inode = st->st_ino;
        return add(t->sweep, &one, err);
    }
    one.whole = !S_ISREG(st->st_mode) || st->st_size == 0 || t->o->whole(t->o->to, path);
    TRY(look(t, folder, name, &one, err));
    return one.state.type == PATH_ABSENT ? 0 : add(t->sweep, &one, err);
}

/* The root itself has a name nowhere. */
static int take_root(struct taking *t, struct err *err)
{
    struct swept one = {.path = SV("/"), .whole = true};
    struct stat st;

    if (fstat(t->o->root_fd, &st) != 0)
        return ERR_SYS(err, "looking at the root");
    one.ctime_ns = ctime_of(&st);
    TRY(path_state_glance(t->o->root_fd, "", &t->sweep->arena, &one.state, err));
    return add(t->sweep, &one, err);
}

static int by_path(const void *a, const void *b)
{
    return sv_cmp(((const struct swept *)a)->path, ((const struct swept *)b)->path);
}

static int go_through(struct taking *t, struct err *err)
{
    const struct root_each each = {
        .root_fd = t->o->root_fd, .no_memory = true, .each = take, .to = t};

    arena_init(&t->sweep->arena, SWEEP_ARENA);
    if (stat(t->o->state_folder, &t->state_folder) != 0)
        return ERR_SYS(err, "looking at %s", t->o->state_folder);
    TRY(take_root(t, err));
    TRY(root_each(&each, err));
    if (arena_failed(&t->sweep->arena))
        return arena_error(&t->sweep->arena, err);
    if (t->sweep->count)
        qsort(t->sweep->all, t->sweep->count, sizeof(*t->sweep->all), by_path);
    return 0;
}

int sweep_take(const struct sweep_options *o, struct sweep *ret, struct err *err)
{
    struct taking t = {.o = o, .sweep = ret};

    *ret = (struct sweep){0};
    return go_through(&t, err);
}

/* ---- keeping ---- */

static void put_u64(struct buf *to, uint64_t n)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(n >> (8 * i));
    buf_bytes(to, bytes, sizeof(bytes));
}

void sweep_write(const struct sweep *s, struct buf *to)
{
    auto_buf state = {0};

    buf_char(to, VERSION);
    for (size_t i = 0; i < s->count; i++) {
        buf_reset(&state);
        path_state_write(&s->all[i].state, &state);
        put_u64(to, s->all[i].path.n);
        buf_sv(to, s->all[i].path);
        put_u64(to, (uint64_t)s->all[i].ctime_ns);
        buf_char(to, s->all[i].whole);
        put_u64(to, buf_ok(&state) ? state.n : UINT64_MAX);
        buf_sv(to, buf_view(&state));
    }
}

static struct span take_bytes(struct reader *r)
{
    uint64_t n = reader_u64le(r);

    return reader_take(r, n > r->rest.n ? SIZE_MAX : (size_t)n); // which the reader remembers
}

int sweep_read(struct span bytes, struct sweep *ret, struct err *err)
{
    struct reader r = reader_over(bytes);

    *ret = (struct sweep){0};
    arena_init(&ret->arena, SWEEP_ARENA);
    if (reader_u8(&r) != VERSION)
        return ERR(err, ERR_FORMAT, "what the root was before has another version");
    while (reader_ok(&r) && r.rest.n) {
        struct swept one = {.path = arena_copy(&ret->arena, sv_of(take_bytes(&r)))};
        struct span state;

        one.ctime_ns = (int64_t)reader_u64le(&r);
        one.whole = reader_u8(&r) != 0;
        state = take_bytes(&r);
        if (!reader_ok(&r))
            break;
        TRY(path_state_read(state, &ret->arena, &one.state, err));
        TRY(add(ret, &one, err));
    }
    if (!reader_ok(&r))
        return ERR(err, ERR_FORMAT, "what the root was before is damaged");
    return arena_failed(&ret->arena) ? arena_error(&ret->arena, err) : 0;
}

/* ---- comparing ---- */

struct comparing {
    const struct sweep_options *o;
    struct arena *arena;
    struct facts_list changes;
};

/* Whether something beside the content explains that its status changed. */
static bool is_explained(const struct path_state *a, const struct path_state *b)
{
    struct path_state x = *a, y = *b;

    if (a->links != b->links)
        return true;
    memset(x.sha256, 0, sizeof(x.sha256));
    memset(y.sha256, 0, sizeof(y.sha256));
    return !path_state_same(&x, &y);
}

/* `before` of a file whose content was not read then: it is told apart by what is known. */
static bool differs_unread(const struct swept *before, struct sweep_change *c)
{
    struct path_state was = before->state;
    const bool same_file = c->now.type == PATH_FILE && was.device == c->now.device &&
                           was.inode == c->now.inode && was.size == c->now.size &&
                           was.mtime_ns == c->now.mtime_ns;

    c->unknown = !same_file || !is_explained(&was, &c->now);
    memcpy(was.sha256, c->now.sha256, sizeof(was.sha256));
    return c->unknown || !path_state_same(&was, &c->now);
}

/* A path as it is now; there is none when a link took the place of a folder above it. */
static int look_now(const struct comparing *c, struct sweep_change *change, struct err *err)
{
    char name[BELOW_NAME];
    auto_fd int folder = -1;
    int r;

    if (sv_eq(change->path, SV("/")))
        return path_state_glance(c->o->root_fd, "", c->arena, &change->now, err);
    r = below_open_parent(c->o->root_fd, change->path.p, &folder, name, err);
    if (r == -ERR_GONE || r == -ERR_CONFLICT)
        return 0;
    TRY(r);
    for (int tries = 0; tries <= TRIES_MAX; tries++) {
        r = path_state_at(folder, name, c->arena, &change->now, err);
        if (r == -ERR_GONE)
            change->now = (struct path_state){0};
        if (r != -ERR_CONFLICT)
            return r == -ERR_GONE ? 0 : r;
    }
    // Somebody writes to it all the time.
    change->unread = true;
    return path_state_glance(folder, name, c->arena, &change->now, err);
}

static int look_again(struct comparing *c, struct sv path, const struct swept *before,
                      struct err *err)
{
    struct sweep_change change = {.path = arena_copy(c->arena, path), .before = before}, *made;

    TRY(look_now(c, &change, err));
    if (!before && change.now.type == PATH_ABSENT)
        return 0;
    if (before && before->whole && path_state_same(&before->state, &change.now))
        return 0;
    if (before && !before->whole && !differs_unread(before, &change) && !change.unread)
        return 0;
    TRY(facts_list_add(&c->changes, (void **)&made, err));
    *made = change;
    return 0;
}

static int compare(struct comparing *c, const struct sweep *before, const struct sweep *now,
                   struct err *err)
{
    size_t i = 0, k = 0;

    while (i < before->count || k < now->count) {
        const struct swept *a = i < before->count ? &before->all[i] : NULL;
        const struct swept *b = k < now->count ? &now->all[k] : NULL;
        int order = !a ? 1 : !b ? -1 : sv_cmp(a->path, b->path);

        if (order != 0 || a->state.device != b->state.device || a->state.inode != b->state.inode ||
            a->ctime_ns != b->ctime_ns)
            TRY(look_again(c, order > 0 ? b->path : a->path, order > 0 ? NULL : a, err));
        i += order <= 0;
        k += order >= 0;
    }
    return 0;
}

int sweep_compare(const struct sweep *before, const struct sweep_options *o, struct arena *arena,
                  struct sweep_change **ret, size_t *ret_count, struct err *err)
{
    struct comparing c = {o, arena, FACTS_LIST(arena, struct sweep_change)};
    auto_sweep now = {0};
    struct taking t = {.o = o, .sweep = &now, .glance = true};

    TRY(go_through(&t, err));
    TRY(compare(&c, before, &now, err));
    *ret = c.changes.items;
    *ret_count = c.changes.count;
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}
