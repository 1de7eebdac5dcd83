// SPDX-License-Identifier: Apache-2.0
#include "remedy/facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/place.h"
#include "os/below.h"
#include "os/file.h"
#include "os/process.h"
#include "os/system_file.h"
#include "remedy/facts_list.h"
#include "remedy/protection.h"
#include "remedy/whole_file.h"

enum {
    FILE_MAX = 16 << 20,
};

struct gathering {
    const struct facts_request *request;
    struct arena *arena;
    struct facts *facts;
    int root_fd;
    struct facts_list hits, links, accounts, processes, protections, modules;
};

struct sv facts_path(struct sv root, struct sv place)
{
    struct sv outer = place_outer(place);

    if (root.n == 1)
        return outer;
    if (!sv_starts(outer, root) || outer.n <= root.n || outer.p[root.n] != '/')
        return SV("");
    return sv_from(outer, root.n);
}

static struct sv base_name(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

/* ---- hits ---- */

static int by_place(const void *a, const void *b)
{
    const struct fact_hit *x = a, *y = b;
    int c = sv_cmp(x->place, y->place);

    return c ? c : sv_cmp(x->finding, y->finding);
}

static int by_finding(const void *a, const void *b)
{
    const struct fact_hit *x = a, *y = b;
    int c = sv_cmp(x->finding, y->finding);

    if (c == 0)
        c = sv_cmp(x->path, y->path);
    if (c == 0)
        c = sv_cmp(x->place, y->place);
    if (c == 0)
        c = sv_cmp(x->field, y->field);
    if (c == 0)
        c = sv_cmp(x->value, y->value);
    return c ? c : sv_cmp(x->indicator, y->indicator);
}

static int add_hits(struct gathering *g, const struct finding *f, struct err *err)
{
    for (size_t i = 0; i < f->indicator_count; i++) {
        const struct finding_indicator *in = &f->indicators[i];
        struct sv path = facts_path(g->facts->root, in->place);
        struct fact_hit *h;

        if (!path.n)
            continue; // of the machine, not of a file
        TRY(facts_list_add(&g->hits, (void **)&h, err));
        *h = (struct fact_hit){
            .finding = f->id,
            .indicator = in->id,
            .place = in->place,
            .path = path,
            .inside = sv_find(in->place, SV("!/")) != SIZE_MAX,
            .field = in->field,
            .value = in->value,
            .row = in->row,
        };
    }
    return 0;
}

/* Whether the component holds what the indicator saw; a value is cut to 200 bytes there. */
static bool holds(const struct component *c, const struct fact_hit *h)
{
    for (size_t i = 0; i < c->field_count; i++)
        if (sv_eq(sv_str(field_text(c->fields[i].key)), h->field) &&
            sv_starts(c->fields[i].value, h->value))
            return true;
    return false;
}

static struct sv copied(struct gathering *g, const struct component *c, enum field_key key)
{
    struct sv v = component_get(c, key);

    return v.n ? arena_copy(g->arena, v) : SV("");
}

/* What the inventory says of the component that an indicator is from. */
static int add_component(void *to, const struct occurrence *o, struct err *err)
{
    struct gathering *g = to;
    struct fact_hit *all = g->hits.items;
    const struct fact_hit key = {.place = o->place};
    size_t low = 0, high = g->hits.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sv_cmp(all[middle].place, key.place) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < g->hits.count && sv_eq(all[low].place, o->place); low++) {
        struct fact_hit *h = &all[low];
        struct sv sha256 = component_get(&o->component, FIELD_SHA256);

        if (sha256.n && !h->inside)
            h->scanned = arena_copy(g->arena, sha256);
        if (!holds(&o->component, h)) {
            h->others++;
            continue;
        }
        h->recogniser = arena_copy(g->arena, o->recogniser);
        h->package = copied(g, &o->component, FIELD_PACKAGE);
        h->certificate = copied(g, &o->component, FIELD_CERTIFICATE_SHA256);
        h->command = copied(g, &o->component, FIELD_COMMAND);
    }
    return arena_failed(g->arena) ? arena_error(g->arena, err) : 0;
}

static int gather_hits(struct gathering *g, struct err *err)
{
    for (size_t i = 0; i < g->request->finding_count; i++)
        TRY(add_hits(g, g->request->findings[i], err));
    if (!g->hits.count)
        return 0;
    qsort(g->hits.items, g->hits.count, g->hits.size, by_place);
    TRY(store_each_occurrence(g->request->store, add_component, g, err));
    qsort(g->hits.items, g->hits.count, g->hits.size, by_finding);
    return 0;
}

/* ---- units ---- */

static int by_link(const void *a, const void *b)
{
    return sv_cmp(((const struct fact_link *)a)->path, ((const struct fact_link *)b)->path);
}

static int each_name(int folder, int (*each)(void *to, int folder, const char *name, struct err *),
                     void *to, struct err *err)
{
    int fd = fcntl(folder, F_DUPFD_CLOEXEC, 3), r = 0;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;

    if (!dir) {
        if (fd >= 0)
            (void)close(fd);
        return ERR_SYS(err, "listing a folder");
    }
    rewinddir(dir);
    while (r == 0 && (e = readdir(dir)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            r = each(to, folder, e->d_name, err);
    (void)closedir(dir);
    return r;
}

struct link_folder {
    struct gathering *g;
    struct sv path; /* of the folder */
    bool deep;
};

static int add_link(void *to, int folder, const char *name, struct err *err)
{
    const struct link_folder *l = to;
    char target[4096];
    ssize_t n = readlinkat(folder, name, target, sizeof(target));
    auto_buf path = {0};

    buf_sv(&path, l->path);
    buf_char(&path, '/');
    place_append_name(&path, sv_str(name));
    if (!buf_ok(&path))
        return ERR(err, ERR_NOMEM, "no memory");
    if (n > 0) {
        struct fact_link *link;

        TRY(facts_list_add(&l->g->links, (void **)&link, err));
        link->path = arena_copy(l->g->arena, buf_view(&path));
        link->name = arena_copy(l->g->arena, base_name((struct sv){target, (size_t)n}));
        // A link that is named as the unit and leads to nothing, or an alias.
        if (sv_eq(link->name, SV("null")))
            link->name = arena_copy(l->g->arena, sv_str(name));
    } else if (l->deep) {
        struct link_folder below = {l->g, arena_copy(l->g->arena, buf_view(&path)), false};
        auto_fd int fd = -1;

        if (file_open_dir(folder, name, &fd, NULL) == 0)
            return each_name(fd, add_link, &below, err);
    }
    return 0;
}

static int gather_links(struct gathering *g, struct err *err)
{
    static const char *const folders[] = {
        "/etc/systemd/system", "/etc/systemd/user", "/etc/rc0.d", "/etc/rc1.d", "/etc/rc2.d",
        "/etc/rc3.d",          "/etc/rc4.d",        "/etc/rc5.d", "/etc/rc6.d", "/etc/rcS.d",
    };

    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        struct link_folder l = {g, sv_str(folders[i]), i < 2};
        auto_fd int fd = -1;

        if (below_open_folder(g->root_fd, folders[i], &fd, NULL) == 0)
            TRY(each_name(fd, add_link, &l, err));
    }
    if (g->links.count)
        qsort(g->links.items, g->links.count, g->links.size, by_link);
    return 0;
}

/* ---- accounts ---- */

/* Whether a file of accounts has a line for this name. */
static int add_account(struct gathering *g, const char *file, struct sv name, bool group,
                       struct err *err)
{
    auto_buf text = {0};
    struct sv rest;

    if (whole_file_read(g->root_fd, file, FILE_MAX, &text, NULL) < 0)
        return 0;
    rest = buf_view(&text);
    while (rest.n) {
        struct sv line = sv_line(&rest);

        if (sv_eq(sv_cut(&line, ':'), name)) {
            struct fact_account *a;

            TRY(facts_list_add(&g->accounts, (void **)&a, err));
            *a = (struct fact_account){.name = name, .group = group, .file = sv_str(file)};
            return 0;
        }
    }
    return 0;
}

static int add_accounts(struct gathering *g, struct sv name, bool group, struct err *err)
{
    static const char *const of_users[] = {"/etc/passwd", "/etc/shadow", "/etc/subuid",
                                           "/etc/subgid", NULL};
    static const char *const of_groups[] = {"/etc/group", "/etc/gshadow", NULL};
    const struct fact_account *all = g->accounts.items;

    for (size_t i = 0; i < g->accounts.count; i++)
        if (sv_eq(all[i].name, name) && all[i].group == group)
            return 0;
    for (const char *const *file = group ? of_groups : of_users; *file; file++)
        TRY(add_account(g, *file, name, group, err));
    return 0;
}

static int gather_accounts(struct gathering *g, struct err *err)
{
    const struct fact_hit *hits = g->hits.items;

    for (size_t i = 0; i < g->hits.count; i++)
        if (sv_eq(hits[i].field, SV("user")) || sv_eq(hits[i].field, SV("group")))
            TRY(add_accounts(g, hits[i].value, sv_eq(hits[i].field, SV("group")), err));
    for (size_t i = 0; i < g->request->finding_count; i++) {
        const struct finding *f = g->request->findings[i];
        const struct catalogue *c = rules_catalogue(g->request->rules, f->vendor);
        const struct catalogue_removal *r;

        for (size_t n = 0; c && (r = catalogue_removal(c, f->product, n)); n++) {
            for (size_t u = 0; u < r->user_count; u++)
                TRY(add_accounts(g, r->users[u], false, err));
            for (size_t u = 0; u < r->group_count; u++)
                TRY(add_accounts(g, r->groups[u], true, err));
        }
    }
    return 0;
}

/* ---- the running machine ---- */

static bool is_of_finding(const struct gathering *g, struct sv path)
{
    const struct fact_hit *hits = g->hits.items;

    for (size_t i = 0; i < g->hits.count; i++)
        if (sv_eq(hits[i].path, path))
            return true;
    for (size_t i = 0; i < g->request->finding_count; i++) {
        const struct finding *f = g->request->findings[i];
        const struct catalogue *c = rules_catalogue(g->request->rules, f->vendor);
        const struct catalogue_removal *r;

        for (size_t n = 0; c && (r = catalogue_removal(c, f->product, n)); n++)
            for (size_t k = 0; k < r->folder_count; k++)
                if (sv_starts(path, r->folders[k]) && path.n > r->folders[k].n &&
                    path.p[r->folders[k].n] == '/')
                    return true;
    }
    return false;
}

static int add_process(void *to, const struct process *p, struct err *err)
{
    struct gathering *g = to;
    const struct fact_process *all = g->processes.items;
    auto_buf path = {0};
    struct sv place;

    if (p->kernel || p->other_root || !p->program.path.n)
        return 0;
    place_append(&path, p->program.path);
    if (!buf_ok(&path))
        return ERR(err, ERR_NOMEM, "no memory");
    place = buf_view(&path);
    if (is_of_finding(g, place)) {
        struct fact_process *made;

        for (size_t i = 0; i < g->processes.count; i++)
            if (sv_eq(all[i].path, place))
                return 0;
        TRY(facts_list_add(&g->processes, (void **)&made, err));
        made->path = arena_copy(g->arena, place);
        made->name = arena_copy(g->arena, p->name);
        return 0;
    }
    if (protection_named(p->program.path)) {
        struct sv *name;

        TRY(facts_list_add(&g->protections, (void **)&name, err));
        *name = sv_str(protection_named(p->program.path));
    }
    return 0;
}

static int by_process(const void *a, const void *b)
{
    return sv_cmp(((const struct fact_process *)a)->path, ((const struct fact_process *)b)->path);
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static int gather_modules(struct gathering *g, struct err *err)
{
    auto_buf text = {0};
    struct sv rest;

    if (system_read(AT_FDCWD, "/proc/modules", FILE_MAX, &text, NULL) < 0)
        return 0; // a kernel without modules
    rest = buf_view(&text);
    while (rest.n) {
        struct sv line = sv_line(&rest), *name;

        TRY(facts_list_add(&g->modules, (void **)&name, err));
        *name = arena_copy(g->arena, sv_cut(&line, ' '));
    }
    return 0;
}

static int gather_live(struct gathering *g, struct err *err)
{
    const struct process_events events = {.process = add_process};

    if (!g->request->live)
        return 0;
    TRY(processes_each("/proc", &events, g, err));
    if (g->processes.count)
        qsort(g->processes.items, g->processes.count, g->processes.size, by_process);
    if (g->protections.count)
        qsort(g->protections.items, g->protections.count, g->protections.size, by_text);
    return gather_modules(g, err);
}

/* ---- all ---- */

static void gather_tools(struct gathering *g)
{
    struct fact_tools *t = &g->facts->tools;

    t->dpkg = file_exists_in(g->root_fd, "/usr/bin/dpkg");
    t->rpm = file_exists_in(g->root_fd, "/usr/bin/rpm") || file_exists_in(g->root_fd, "/bin/rpm");
    t->update_ca_trust = file_exists_in(g->root_fd, "/usr/bin/update-ca-trust");
    t->certutil = file_exists_in(g->root_fd, "/usr/bin/certutil");
    t->keytool = file_exists_in(g->root_fd, "/usr/bin/keytool");
    t->apt = file_exists_in(g->root_fd, "/etc/apt/preferences.d");
    t->dnf_conf = file_exists_in(g->root_fd, "/etc/dnf/dnf.conf");
}

int facts_gather(const struct facts_request *request, struct arena *arena, struct facts *ret,
                 struct err *err)
{
    struct facts f = {.root = arena_copy(arena, sv_str(request->root)), .live = request->live};
    auto_fd int root_fd = -1;
    struct gathering g = {.request = request, .arena = arena, .facts = &f};

    TRY(below_open_root(request->root, &root_fd, err));
    g.root_fd = root_fd;
    g.hits = FACTS_LIST(arena, struct fact_hit);
    g.links = FACTS_LIST(arena, struct fact_link);
    g.accounts = FACTS_LIST(arena, struct fact_account);
    g.processes = FACTS_LIST(arena, struct fact_process);
    g.protections = FACTS_LIST(arena, struct sv);
    g.modules = FACTS_LIST(arena, struct sv);
    gather_tools(&g);
    TRY(gather_hits(&g, err));
    TRY(gather_links(&g, err));
    TRY(gather_accounts(&g, err));
    TRY(gather_live(&g, err));
    f.hits = g.hits.items;
    f.hit_count = g.hits.count;
    f.links = g.links.items;
    f.link_count = g.links.count;
    f.accounts = g.accounts.items;
    f.account_count = g.accounts.count;
    f.processes = g.processes.items;
    f.process_count = g.processes.count;
    f.protections = g.protections.items;
    f.protection_count = g.protections.count;
    f.modules = g.modules.items;
    f.module_count = g.modules.count;
    TRY(facts_packages(root_fd, &f, arena, err));
    if (arena_failed(arena))
        return arena_error(arena, err);
    *ret = f;
    return 0;
}
