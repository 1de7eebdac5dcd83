// SPDX-License-Identifier: Apache-2.0
/*
 * What a package manager does by itself when it removes packages, told from its database, where it
 * could not be tried: their files go, folders that no other package has go, and its own files
 * change. What scripts of packages do cannot be told.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/below.h"
#include "remedy/facts_list.h"
#include "remedy/plan_rehearse.h"

enum {
    TARGET_MAX = 256,
};

struct foreseeing {
    int root;
    const struct plan_step *step;
    struct arena *arena;
    struct facts_list own, others, changed; /* of struct sv */
};

/* What dpkg(1) and its triggers keep about themselves. */
static const char *const dpkg_files[] = {
    "/var/lib/dpkg/available",
    "/var/lib/dpkg/available-old",
    "/var/lib/dpkg/diversions",
    "/var/lib/dpkg/diversions-old",
    "/var/lib/dpkg/lock",
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/statoverride",
    "/var/lib/dpkg/statoverride-old",
    "/var/lib/dpkg/status",
    "/var/lib/dpkg/status-old",
    "/var/lib/dpkg/triggers/File",
    "/var/lib/dpkg/triggers/Lock",
    "/var/lib/dpkg/triggers/Unincorp",
    "/var/log/alternatives.log",
    "/var/log/dpkg.log",
};

static int add(struct foreseeing *f, struct facts_list *to, struct sv path, struct err *err)
{
    struct sv *made;

    TRY(facts_list_add(to, (void **)&made, err));
    *made = arena_copy(f->arena, path);
    return arena_failed(f->arena) ? arena_error(f->arena, err) : 0;
}

static bool is_removed(const struct foreseeing *f, struct sv list)
{
    for (size_t i = 0; i < f->step->argc; i++)
        if (facts_is_list_of(list, f->step->argv[i]))
            return true;
    return false;
}

/* On a root whose /lib is a link into /usr, what a list has in /lib lies there. */
static struct sv real_path(const struct foreseeing *f, struct sv path)
{
    struct sv rest = sv_from(path, 1), first = sv_cut(&rest, '/');
    char name[BELOW_NAME], target[TARGET_MAX];
    struct sv to;
    ssize_t n;

    if (!rest.n || first.n >= sizeof(name))
        return path;
    memcpy(name, first.p, first.n);
    name[first.n] = '\0';
    n = readlinkat(f->root, name, target, sizeof(target));
    if (n <= 0 || n == (ssize_t)sizeof(target))
        return path;
    to = (struct sv){target, (size_t)n};
    if (to.p[0] == '/')
        to = sv_from(to, 1);
    return arena_printf(f->arena, "/%.*s/%.*s", (int)to.n, to.p, (int)rest.n, rest.p);
}

static bool any(void *to, struct sv name)
{
    (void)to;
    (void)name;
    return true;
}

static int take_list(void *to, struct sv name, struct sv text, struct err *err)
{
    struct foreseeing *f = to;
    struct facts_list *list = is_removed(f, name) ? &f->own : &f->others;

    while (text.n) {
        struct sv path = sv_line(&text);

        if (path.n > 1 && path.p[0] == '/' && !sv_eq(path, SV("/.")))
            TRY(add(f, list, real_path(f, path), err));
    }
    return 0;
}

/* "kesl.prerm", "kesl:amd64.md5sums". */
static bool is_of_package(const struct foreseeing *f, struct sv file)
{
    struct sv stem = {file.p, sv_find_last(file, '.')};

    if (stem.n == SIZE_MAX)
        return false;
    stem = sv_cut(&stem, ':');
    for (size_t i = 0; i < f->step->argc; i++)
        if (sv_eq(stem, f->step->argv[i]))
            return true;
    return false;
}

/* The names in a folder: those of the packages go, or, where that is no question, all change. */
static int list_folder(struct foreseeing *f, const char *path, bool of_package, struct err *err)
{
    const struct dirent *e;
    DIR *folder;
    int fd, r = 0;

    if (below_open_folder(f->root, path, &fd, NULL) < 0)
        return 0;
    folder = fdopendir(fd);
    if (!folder) {
        (void)close(fd);
        return ERR_SYS(err, "listing %s", path);
    }
    while (r == 0 && (e = readdir(folder)))
        if (e->d_name[0] != '.' && (!of_package || is_of_package(f, sv_str(e->d_name))))
            r = add(f, of_package ? &f->own : &f->changed,
                    arena_printf(f->arena, "%s/%s", path, e->d_name), err);
    (void)closedir(folder);
    return r;
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* Sorted, each once, and without what others have too. */
static void sort_own(struct foreseeing *f, struct foreseen *ret)
{
    struct sv *own = f->own.items;
    size_t kept = 0;

    if (f->own.count)
        qsort(own, f->own.count, sizeof(*own), by_text);
    if (f->others.count)
        qsort(f->others.items, f->others.count, sizeof(struct sv), by_text);
    for (size_t i = 0; i < f->own.count; i++)
        if ((!kept || !sv_eq(own[kept - 1], own[i])) &&
            !(f->others.count &&
              bsearch(&own[i], f->others.items, f->others.count, sizeof(struct sv), by_text)))
            own[kept++] = own[i];
    ret->removed = own;
    ret->removed_count = kept;
}

static int foresee_dpkg(struct foreseeing *f, struct err *err)
{
    TRY(facts_each_list(f->root, take_list, any, f, err));
    TRY(list_folder(f, "/var/lib/dpkg/info", true, err));
    for (size_t i = 0; i < ARRAY_LEN(dpkg_files); i++)
        TRY(add(f, &f->changed, sv_str(dpkg_files[i]), err));
    return 0;
}

/* What rpm removes is in its database, which only rpm reads; that is kept as a whole. */
static int foresee_rpm(struct foreseeing *f, struct err *err)
{
    TRY(list_folder(f, "/var/lib/rpm", false, err));
    return list_folder(f, "/usr/lib/sysimage/rpm", false, err);
}

int plan_foresee_program(int root_fd, const struct plan_step *step, struct arena *arena,
                         struct foreseen *ret, struct err *err)
{
    struct foreseeing f = {.root = root_fd,
                           .step = step,
                           .arena = arena,
                           .own = FACTS_LIST(arena, struct sv),
                           .others = FACTS_LIST(arena, struct sv),
                           .changed = FACTS_LIST(arena, struct sv)};

    *ret = (struct foreseen){0};
    if (step->action == ACTION_RUN && step->argc && sv_eq(step->argv[0], SV("dpkg")))
        TRY(foresee_dpkg(&f, err));
    if (step->action == ACTION_RUN && step->argc && sv_eq(step->argv[0], SV("rpm")))
        TRY(foresee_rpm(&f, err));
    sort_own(&f, ret);
    ret->changed = f.changed.items;
    ret->changed_count = f.changed.count;
    return 0;
}
