// SPDX-License-Identifier: Apache-2.0
#include "remedy/keeping.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"
#include "store/vault_index.h"
#include "trust/digest.h"

#define KEEPING_ARENA ((size_t)1 << 30)

static bool is_under_way(enum journal_state state)
{
    return state == JOURNAL_ACTING || state == JOURNAL_REBOOT || state == JOURNAL_UNDOING;
}

static int by_digest(const void *key, const void *object)
{
    return memcmp(key, ((const struct journal_object *)object)->sha256, 32);
}

static const struct journal_object *needed(const struct journal_object *all, size_t count,
                                           const uint8_t sha256[32])
{
    return count ? bsearch(sha256, all, count, sizeof(*all), by_digest) : NULL;
}

/* ---- the index ---- */

struct indexing {
    struct arena *arena;
    struct vault_line *lines;
    size_t count, room;
};

static int add_line(struct indexing *x, struct vault_line line, struct err *err)
{
    if (x->count == x->room) {
        size_t room = x->room ? x->room * 2 : 64;
        struct vault_line *grown = arena_take_array(x->arena, room, sizeof(*grown));

        if (!grown)
            return arena_error(x->arena, err);
        if (x->count)
            memcpy(grown, x->lines, x->count * sizeof(*grown));
        x->lines = grown;
        x->room = room;
    }
    x->lines[x->count++] = line;
    return 0;
}

static int add_folder(struct indexing *x, int folder_fd, struct sv prefix,
                      const struct vault_line *like, struct err *err);

static int add_entry(struct indexing *x, int folder, struct sv prefix, const char *name,
                     const struct vault_line *like, struct err *err)
{
    struct sv path = arena_printf(x->arena, "%.*s/%s", (int)prefix.n, prefix.p, name);
    struct vault_line line = *like;
    struct stat s;
    int fd;

    if (!path.n)
        return arena_error(x->arena, err);
    if (fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if (S_ISDIR(s.st_mode)) {
        TRY(file_open_dir(folder, name, &fd, err));
        return add_folder(x, fd, path, like, err);
    }
    line.name = path;
    line.size = (uint64_t)s.st_size;
    return add_line(x, line, err);
}

/* Takes the descriptor. */
static int add_folder(struct indexing *x, int folder_fd, struct sv prefix,
                      const struct vault_line *like, struct err *err)
{
    DIR *folder = fdopendir(folder_fd);
    struct dirent *d;
    int r = 0;

    if (!folder) {
        (void)close(folder_fd);
        return ERR_SYS(err, "listing the vault");
    }
    while (r == 0 && (d = readdir(folder)))
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            r = add_entry(x, folder_fd, prefix, d->d_name, like, err);
    (void)closedir(folder);
    return r;
}

static int add_evidence(struct indexing *x, struct journal *j, struct vault *v, struct err *err)
{
    struct journal_plan *plans;
    size_t count;

    TRY(journal_plans(j, x->arena, &plans, &count, err));
    for (size_t i = 0; i < count; i++) {
        struct sv prefix =
            arena_printf(x->arena, "evidence/%.*s", (int)plans[i].id.n, plans[i].id.p);
        const struct vault_line like = {.plan = plans[i].id,
                                        .kept_until_ns = plans[i].kept_until_ns};
        int fd;

        if (!prefix.n)
            return arena_error(x->arena, err);
        if (file_open_dir(vault_folder(v), prefix.p, &fd, NULL) == 0)
            TRY(add_folder(x, fd, prefix, &like, err));
    }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return sv_cmp(((const struct vault_line *)a)->name, ((const struct vault_line *)b)->name);
}

static int index_with(struct indexing *x, struct journal *j, struct vault *v, struct err *err)
{
    struct journal_object *objects;
    struct vault_entry *entries;
    size_t object_count, entry_count;

    TRY(journal_objects(j, x->arena, &objects, &object_count, err));
    TRY(vault_list(v, true, x->arena, &entries, &entry_count, err));
    for (size_t i = 0; i < entry_count; i++) {
        const struct journal_object *o = needed(objects, object_count, entries[i].sha256);
        struct vault_line line = {.size = entries[i].stored};
        char hex[65];

        digest_hex((struct span){entries[i].sha256, 32}, hex);
        line.name = arena_printf(x->arena, "objects/%.2s/%s.zst", hex, hex);
        if (o) {
            line.plan = o->plan;
            line.kept_until_ns = o->kept_until_ns;
        }
        TRY(add_line(x, line, err));
    }
    TRY(add_evidence(x, j, v, err));
    if (x->count)
        qsort(x->lines, x->count, sizeof(*x->lines), by_name);
    return vault_index_write(vault_folder(v), x->lines, x->count, err);
}

int keeping_index(struct journal *j, struct vault *v, struct err *err)
{
    struct indexing x = {0};
    auto_arena arena;

    arena_init(&arena, KEEPING_ARENA);
    x.arena = &arena;
    return index_with(&x, j, v, err);
}

/* ---- what there is ---- */

static struct keeping *keeping_of(const struct keepings *k, struct sv plan)
{
    for (size_t i = 0; i < k->count; i++)
        if (sv_eq(k->all[i].plan.id, plan))
            return &k->all[i];
    return NULL;
}

int keeping_list(struct journal *j, struct vault *v, int64_t now_ns, struct arena *arena,
                 struct keepings *ret, struct err *err)
{
    struct keepings k = {0};
    struct journal_plan *plans;
    struct journal_object *objects;
    struct vault_entry *entries;
    size_t object_count, entry_count;

    TRY(journal_plans(j, arena, &plans, &k.count, err));
    TRY(journal_objects(j, arena, &objects, &object_count, err));
    TRY(vault_list(v, false, arena, &entries, &entry_count, err));
    k.all = arena_take_array(arena, k.count + 1, sizeof(*k.all));
    if (!k.all)
        return arena_error(arena, err);
    for (size_t i = 0; i < k.count; i++)
        k.all[i] = (struct keeping){
            .plan = plans[i],
            .can_be_undone = plans[i].kept_until_ns && plans[i].state != JOURNAL_UNDONE,
            .overdue = plans[i].kept_until_ns && !is_under_way(plans[i].state) &&
                       (plans[i].kept_until_ns <= now_ns || plans[i].state == JOURNAL_UNDONE)};
    for (size_t i = 0; i < entry_count; i++) {
        const struct journal_object *o = needed(objects, object_count, entries[i].sha256);
        struct keeping *of = o ? keeping_of(&k, o->plan) : NULL;

        k.bytes += entries[i].stored;
        if (of) {
            of->objects++;
            of->bytes += entries[i].stored;
        } else {
            k.unneeded++;
            k.unneeded_bytes += entries[i].stored;
        }
    }
    *ret = k;
    return 0;
}

size_t keeping_choose(struct keepings *k, struct sv plan, uint64_t max_bytes)
{
    uint64_t left = k->bytes - k->unneeded_bytes;
    size_t chosen = 0;

    for (size_t i = k->count; i-- > 0;) {
        struct keeping *o = &k->all[i];

        if (is_under_way(o->plan.state) || !o->plan.kept_until_ns)
            continue;
        o->goes =
            plan.n ? sv_starts(o->plan.id, plan) : o->overdue || (max_bytes && left > max_bytes);
        if (o->goes) {
            left -= o->bytes < left ? o->bytes : left;
            chosen++;
        }
    }
    return chosen;
}

/* ---- giving up ---- */

static int remove_tree(int at, const char *name, struct err *err)
{
    struct dirent *d;
    DIR *folder;
    int fd, r = 0;

    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return ERR_SYS(err, "removing %s from the vault", name);
    TRY(file_open_dir(at, name, &fd, err));
    folder = fdopendir(fd);
    if (!folder) {
        (void)close(fd);
        return ERR_SYS(err, "listing %s of the vault", name);
    }
    while (r == 0 && (d = readdir(folder)))
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            r = remove_tree(fd, d->d_name, err);
    (void)closedir(folder);
    if (r == 0 && unlinkat(at, name, AT_REMOVEDIR) != 0)
        return ERR_SYS(err, "removing %s from the vault", name);
    return r;
}

static int drop_unneeded(struct journal *j, struct vault *v, struct arena *arena, struct err *err)
{
    struct journal_object *objects;
    struct vault_entry *entries;
    size_t object_count, entry_count;

    TRY(journal_objects(j, arena, &objects, &object_count, err));
    TRY(vault_list(v, true, arena, &entries, &entry_count, err));
    for (size_t i = 0; i < entry_count; i++)
        if (!needed(objects, object_count, entries[i].sha256))
            TRY(vault_drop(v, entries[i].sha256, err));
    return 0;
}

int keeping_expire(struct journal *j, struct vault *v, const struct keepings *k, struct err *err)
{
    auto_arena arena;
    int r = 0;

    arena_init(&arena, KEEPING_ARENA);
    // The journal first: an object that it does not need any more may be gone, never the reverse.
    TRY(journal_begin(j, err));
    for (size_t i = 0; r == 0 && i < k->count; i++)
        if (k->all[i].goes)
            r = journal_keep_until(j, k->all[i].plan.id, 0, err);
    if (r == 0)
        r = journal_commit(j, err);
    if (r < 0) {
        journal_rollback(j);
        return r;
    }
    TRY(drop_unneeded(j, v, &arena, err));
    for (size_t i = 0; i < k->count; i++) {
        struct sv path =
            arena_printf(&arena, "evidence/%.*s", (int)k->all[i].plan.id.n, k->all[i].plan.id.p);

        if (!path.n)
            return arena_error(&arena, err);
        if (k->all[i].goes)
            TRY(remove_tree(vault_folder(v), path.p, err));
    }
    return keeping_index(j, v, err);
}

int keeping_verify(struct journal *j, struct vault *v,
                   void (*bad)(void *to, struct sv plan, const char *why), void *to,
                   uint64_t *ret_good, uint64_t *ret_bad, struct err *err)
{
    struct journal_object *objects;
    size_t count;
    auto_arena arena;

    arena_init(&arena, KEEPING_ARENA);
    *ret_good = *ret_bad = 0;
    TRY(journal_objects(j, &arena, &objects, &count, err));
    for (size_t i = 0; i < count; i++) {
        struct err why = {0};

        if (vault_check(v, objects[i].sha256, &why) == 0) {
            (*ret_good)++;
            continue;
        }
        (*ret_bad)++;
        bad(to, objects[i].plan, why.text);
    }
    return 0;
}
