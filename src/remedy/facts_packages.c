// SPDX-License-Identifier: Apache-2.0
/*
 * What the dpkg database says: text, as deb-control(5) and dpkg-query(1) have it. An rpm database
 * is asked through rpm itself, in the rehearsal.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/place.h"
#include "os/below.h"
#include "remedy/facts_list.h"
#include "remedy/whole_file.h"

enum {
    STATUS_MAX = 256 << 20,
    LIST_MAX = 64 << 20,
};

static struct fact_package *package_of(struct facts_list *l, struct sv type, struct sv name)
{
    struct fact_package *all = l->items;

    for (size_t i = 0; i < l->count; i++)
        if (sv_eq(all[i].type, type) && sv_eq(all[i].name, name))
            return &all[i];
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct fact_package *x = a, *y = b;
    int c = sv_cmp(x->type, y->type);

    return c ? c : sv_cmp(x->name, y->name);
}

static int name_packages(const struct facts *f, struct facts_list *to, struct err *err)
{
    for (size_t i = 0; i < f->hit_count; i++) {
        const struct fact_hit *h = &f->hits[i];
        struct sv type = sv_eq(h->recogniser, SV("dpkg"))  ? SV("deb")
                         : sv_eq(h->recogniser, SV("rpm")) ? SV("rpm")
                                                           : SV("");
        struct fact_package *p;

        if (!type.n || !h->package.n || h->inside || package_of(to, type, h->package))
            continue;
        TRY(facts_list_add(to, (void **)&p, err));
        *p = (struct fact_package){.type = type, .name = h->package};
    }
    if (to->count)
        qsort(to->items, to->count, to->size, by_name);
    return 0;
}

/* ---- the status file ---- */

struct stanza {
    struct sv package, version, status, depends, pre_depends;
};

static struct sv value_of(struct sv line)
{
    (void)sv_cut(&line, ':');
    return sv_trim(line);
}

static struct stanza next_stanza(struct sv *rest)
{
    struct stanza s = {0};

    while (rest->n) {
        struct sv line = sv_line(rest);

        if (!line.n)
            break;
        if (sv_starts(line, SV("Package:")))
            s.package = value_of(line);
        else if (sv_starts(line, SV("Version:")))
            s.version = value_of(line);
        else if (sv_starts(line, SV("Status:")))
            s.status = value_of(line);
        else if (sv_starts(line, SV("Depends:")))
            s.depends = value_of(line);
        else if (sv_starts(line, SV("Pre-Depends:")))
            s.pre_depends = value_of(line);
    }
    return s;
}

/* Whether each way to satisfy one of the relations is this package: "a | b" needs neither. */
static bool needs(struct sv relations, struct sv package)
{
    while (relations.n) {
        struct sv one = sv_trim(sv_cut(&relations, ','));

        if (sv_find(one, SV("|")) != SIZE_MAX)
            continue;
        one = sv_cut(&one, ' ');
        one = sv_cut(&one, '(');
        if (sv_eq(sv_cut(&one, ':'), package))
            return true;
    }
    return false;
}

static bool is_installed(const struct stanza *s)
{
    return sv_ends(s->status, SV(" installed"));
}

static void take_status(struct fact_package *p, const struct stanza *s, struct arena *arena)
{
    p->version = arena_copy(arena, s->version);
    p->status = arena_copy(arena, s->status);
    p->half = sv_find(s->status, SV("half-")) != SIZE_MAX ||
              sv_find(s->status, SV("reinstreq")) != SIZE_MAX ||
              sv_ends(s->status, SV(" unpacked")) ||
              sv_find(s->status, SV("triggers-")) != SIZE_MAX;
}

static int read_status(struct sv text, struct facts_list *packages, struct arena *arena,
                       struct err *err)
{
    struct fact_package *all = packages->items;
    size_t rooms = 0;

    for (struct sv rest = text; rest.n; rooms++)
        (void)next_stanza(&rest);
    for (size_t i = 0; i < packages->count; i++) {
        all[i].dependents = arena_take_array(arena, rooms, sizeof(struct sv));
        if (!all[i].dependents)
            return arena_error(arena, err);
    }
    while (text.n) {
        struct stanza s = next_stanza(&text);
        struct fact_package *p = package_of(packages, SV("deb"), s.package);

        if (p)
            take_status(p, &s, arena);
        for (size_t i = 0; i < packages->count && is_installed(&s); i++)
            if (!sv_eq(all[i].name, s.package) &&
                (needs(s.depends, all[i].name) || needs(s.pre_depends, all[i].name)))
                all[i].dependents[all[i].dependent_count++] = arena_copy(arena, s.package);
    }
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

/* ---- lists of files ---- */

static bool starts_something(struct sv path)
{
    return sv_find(path, SV("/systemd/system/")) != SIZE_MAX || sv_starts(path, SV("/etc/init.d/"));
}

/* A list belongs to a package: "kesl.list" or "kesl:amd64.list". */
bool facts_is_list_of(struct sv file, struct sv package)
{
    return sv_starts(file, package) && sv_ends(file, SV(".list")) &&
           (file.n == package.n + 5 || file.p[package.n] == ':');
}

int facts_each_list(int root_fd, facts_list_fn *each, bool (*wanted)(void *to, struct sv name),
                    void *to, struct err *err)
{
    int fd, r = 0;
    DIR *dir;
    const struct dirent *e;

    if (below_open_folder(root_fd, "/var/lib/dpkg/info", &fd, NULL) < 0)
        return 0;
    dir = fdopendir(fd);
    if (!dir) {
        (void)close(fd);
        return ERR_SYS(err, "listing /var/lib/dpkg/info");
    }
    while (r == 0 && (e = readdir(dir))) {
        struct sv name = sv_str(e->d_name);
        auto_buf text = {0};

        if (!sv_ends(name, SV(".list")) || !wanted(to, name))
            continue;
        r = whole_file_read(fd, e->d_name, LIST_MAX, &text, err);
        if (r == 0)
            r = each(to, name, buf_view(&text), err);
    }
    (void)closedir(dir);
    return r;
}

struct file_reading {
    struct facts_list *packages;
    struct arena *arena;
};

static bool is_wanted(void *to, struct sv name)
{
    const struct file_reading *r = to;
    const struct fact_package *all = r->packages->items;

    for (size_t i = 0; i < r->packages->count; i++)
        if (sv_eq(all[i].type, SV("deb")) && facts_is_list_of(name, all[i].name))
            return true;
    return false;
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static int take_files(void *to, struct sv name, struct sv text, struct err *err)
{
    struct file_reading *r = to;
    struct fact_package *all = r->packages->items;

    for (size_t i = 0; i < r->packages->count; i++) {
        struct facts_list files = FACTS_LIST(r->arena, struct sv);

        if (!facts_is_list_of(name, all[i].name))
            continue;
        for (struct sv rest = text; rest.n;) {
            struct sv path = sv_line(&rest), *file;
            auto_buf place = {0};

            if (!starts_something(path))
                continue;
            place_append(&place, path);
            TRY(facts_list_add(&files, (void **)&file, err));
            *file = arena_copy(r->arena, buf_view(&place));
        }
        all[i].files = files.items;
        all[i].file_count = files.count;
        if (files.count)
            qsort(files.items, files.count, files.size, by_text);
    }
    return 0;
}

int facts_packages(int root_fd, struct facts *facts, struct arena *arena, struct err *err)
{
    struct facts_list packages = FACTS_LIST(arena, struct fact_package);
    struct file_reading reading = {&packages, arena};
    auto_buf status = {0};

    TRY(name_packages(facts, &packages, err));
    facts->packages = packages.items;
    facts->package_count = packages.count;
    if (!packages.count)
        return 0;
    if (whole_file_read(root_fd, "/var/lib/dpkg/status", STATUS_MAX, &status, NULL) == 0)
        TRY(read_status(buf_view(&status), &packages, arena, err));
    return facts_each_list(root_fd, take_files, is_wanted, &reading, err);
}

/* ---- owners ---- */

struct owning {
    struct facts *facts;
    struct arena *arena;
};

static bool is_any(void *to, struct sv name)
{
    (void)to;
    (void)name;
    return true;
}

static void own(const struct owning *o, struct sv path, struct sv package)
{
    // The list has bytes where places are encoded; paths that differ there are rare and unowned.
    struct fact_path *p = (struct fact_path *)(uintptr_t)facts_left(o->facts, path);

    if (p && !p->owner.n)
        p->owner = arena_printf(o->arena, "deb:%.*s", (int)package.n, package.p);
}

static int take_owners(void *to, struct sv name, struct sv text, struct err *err)
{
    const struct owning *o = to;
    struct sv package = {name.p, name.n - 5};

    package = sv_cut(&package, ':');
    while (text.n) {
        struct sv path = sv_line(&text);
        char other[4096];

        own(o, path, package);
        // On a root whose /lib is a link into /usr, both spellings are one path.
        if ((sv_starts(path, SV("/lib")) || sv_starts(path, SV("/bin/")) ||
             sv_starts(path, SV("/sbin/"))) &&
            path.n + 4 < sizeof(other)) {
            memcpy(other, "/usr", 4);
            memcpy(other + 4, path.p, path.n);
            own(o, (struct sv){other, path.n + 4}, package);
        }
    }
    return arena_failed(o->arena) ? arena_error(o->arena, err) : 0;
}

int facts_dpkg_owners(int fd, struct facts *facts, struct arena *arena, struct err *err)
{
    struct owning o = {facts, arena};

    return facts->left_count ? facts_each_list(fd, take_owners, is_any, &o, err) : 0;
}
