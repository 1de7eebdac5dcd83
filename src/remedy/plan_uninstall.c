// SPDX-License-Identifier: Apache-2.0
/* The first stages of a product: what protects instead, stopping it, and its own uninstaller. */
#include "remedy/plan_building.h"

static struct sv base_name(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

/* ---- replacement ---- */

static bool is_in_product(const struct building *b, struct sv path)
{
    const struct catalogue_removal *r;

    for (size_t i = 0; i < b->hit_count; i++)
        if (sv_eq(b->hits[i].path, path))
            return true;
    for (size_t n = 0;
         b->catalogue && (r = catalogue_removal(b->catalogue, b->finding->product, n)); n++)
        for (size_t i = 0; i < r->folder_count; i++)
            if (sv_starts(path, r->folders[i]) && path.n > r->folders[i].n &&
                path.p[r->folders[i].n] == '/')
                return true;
    return false;
}

static bool runs(const struct building *b)
{
    for (size_t i = 0; i < b->facts->process_count; i++)
        if (is_in_product(b, b->facts->processes[i].path))
            return true;
    return b->finding->state == STATE_RUNNING;
}

static bool protects(const struct building *b)
{
    return b->product &&
           (sv_eq(b->product->kind, SV("anti-virus")) ||
            sv_eq(b->product->kind, SV("oem-anti-virus")) || sv_eq(b->product->kind, SV("edr")));
}

/* What the orders that cover the finding say of a replacement. */
static struct sv orders_say(struct building *b)
{
    for (size_t i = 0; i < b->finding->order_count; i++) {
        const struct order *o = b->finding->orders[i].covered
                                    ? rules_order(b->in->rules, b->finding->orders[i].id)
                                    : NULL;

        if (o && o->replacement.text.n)
            return TEXT(b, " (%.*s: %.*s)", SV_ARG(o->id), SV_ARG(o->replacement.text));
    }
    return SV("");
}

void plan_replacement(struct building *b)
{
    const struct facts *f = b->facts;
    struct plan_step *s;

    if (!protects(b) || b->finding->state == STATE_RESIDUE)
        return;
    s = building_step(b, STAGE_REPLACEMENT, ACTION_CHECK,
                      TEXT(b, "Look whether something else protects the machine from malware"));
    s->undo = SV("nothing was changed");
    if (!f->live) {
        s->checked = SV("not on a root that does not run: see to it before the machine starts");
        return;
    }
    if (f->protection_count) {
        s->checked = TEXT(b, "%.*s runs", SV_ARG(f->protections[0]));
        s->content = f->protections[0];
        return;
    }
    s->checked = SV("nothing else that is known to debar runs");
    if (runs(b)) {
        struct sv order = orders_say(b);

        (void)building_refuse(
            b, "last-protection", b->finding->product,
            TEXT(b,
                 "%.*s is the only protection from malware that is seen to run%.*s; start its "
                 "replacement first, or allow it when one runs that debar does not know",
                 SV_ARG(b->finding->name), SV_ARG(order)));
    }
}

/* ---- stopping ---- */

static bool is_unit(struct sv path)
{
    static const char *const endings[] = {".service", ".socket", ".timer", ".path"};

    for (size_t i = 0; i < ARRAY_LEN(endings); i++)
        if (sv_ends(path, sv_str(endings[i])))
            return sv_find(path, SV("/systemd/")) != SIZE_MAX;
    return sv_starts(path, SV("/etc/init.d/"));
}

static void add_link(struct building *b, struct removals *to, const struct fact_link *l)
{
    const struct fact_path *p = facts_left(b->facts, l->path);
    struct fact_path made = {.path = l->path, .type = PATH_LINK};

    removals_add(to, b, p ? p : &made, TEXT(b, "starts %.*s", SV_ARG(l->name)));
}

static void stop_unit(struct building *b, struct sv path)
{
    struct sv name = base_name(path);
    struct removals links;
    struct plan_step *s;
    const struct plan_step *all = b->steps.items;

    for (size_t i = 0; i < b->steps.count; i++)
        if (all[i].action == ACTION_STOP_UNIT && sv_eq(all[i].unit, name))
            return;
    removals_init(&links, b);
    for (size_t i = 0; i < b->facts->link_count; i++)
        if (sv_eq(b->facts->links[i].name, name))
            add_link(b, &links, &b->facts->links[i]);
    s = building_step(b, STAGE_STOP, ACTION_STOP_UNIT,
                      TEXT(b, "Stop %.*s and keep it from starting", SV_ARG(name)));
    s->unit = name;
    s->checked = SV("it does not run, and nothing starts it");
    s->undo = SV("its links are made again; it is started if it ran");
    removals_end(&links, s);
    b->item->downtime = SV("the product's services end; nothing else is stopped");
}

static void end_processes(struct building *b)
{
    for (size_t i = 0; i < b->facts->process_count; i++) {
        const struct fact_process *p = &b->facts->processes[i];
        struct plan_step *s;

        if (!is_in_product(b, p->path) ||
            building_has(b, ACTION_END_PROCESS, p->path, SV(""), SV("")))
            continue;
        s = building_step(b, STAGE_STOP, ACTION_END_PROCESS,
                          TEXT(b, "End what runs %.*s", SV_ARG(p->path)));
        s->path = p->path;
        s->checked = SV("no process runs it");
        s->undo = SV("a process that no unit started is not started again");
    }
}

static void unload_modules(struct building *b)
{
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];
        struct plan_step *s;

        for (size_t m = 0; m < b->facts->module_count; m++) {
            if (!sv_eq(h->field, SV("kernel-module")) || !sv_eq(h->value, b->facts->modules[m]))
                continue;
            s = building_step(b, STAGE_STOP, ACTION_UNLOAD,
                              TEXT(b, "Take the module %.*s out of the kernel", SV_ARG(h->value)));
            s->unit = h->value;
            s->checked = SV("it is not loaded");
            s->undo = SV("it is loaded again when the machine starts");
            return;
        }
    }
}

void plan_stop(struct building *b)
{
    const struct fact_package *p;

    for (size_t i = 0; i < b->hit_count; i++)
        if (disposing_of(&b->hits[i])->disposal == DISPOSE_UNIT && is_unit(b->hits[i].path))
            stop_unit(b, b->hits[i].path);
    for (size_t n = 0; (p = building_package(b, n)); n++)
        for (size_t i = 0; i < p->file_count; i++)
            if (is_unit(p->files[i]))
                stop_unit(b, p->files[i]);
    end_processes(b);
    unload_modules(b);
}

/* ---- the uninstaller ---- */

static bool is_packages(const struct building *b, const struct fact_package *p)
{
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];

        if (disposing_of(h)->disposal == DISPOSE_DATABASE && sv_eq(h->package, p->name) &&
            sv_eq(h->recogniser, sv_eq(p->type, SV("deb")) ? SV("dpkg") : p->type))
            return true;
    }
    return false;
}

const struct fact_package *building_package(const struct building *b, size_t n)
{
    for (size_t i = 0; i < b->facts->package_count; i++)
        if (is_packages(b, &b->facts->packages[i]) && n-- == 0)
            return &b->facts->packages[i];
    return NULL;
}

bool building_removes_package(const struct building *b, struct sv owner)
{
    for (size_t i = 0; i < b->facts->package_count; i++) {
        const struct fact_package *p = &b->facts->packages[i];

        if (sv_starts(owner, p->type) && owner.n == p->type.n + 1 + p->name.n &&
            sv_ends(owner, p->name))
            return true;
    }
    return false;
}

static bool is_planned(const struct building *b, struct sv type, struct sv name)
{
    for (size_t i = 0; i < b->facts->package_count; i++)
        if (sv_eq(b->facts->packages[i].type, type) && sv_eq(b->facts->packages[i].name, name))
            return true;
    return false;
}

/* Others that need the package: true when one of them is to be left broken. */
static bool check_dependents(struct building *b, const struct fact_package *p,
                             struct facts_list *dependents)
{
    bool forced = false;

    for (size_t i = 0; i < p->dependent_count; i++) {
        struct sv name = p->dependents[i], *made;

        if (facts_list_add(dependents, (void **)&made, b->err) == 0)
            *made = TEXT(b, "%.*s:%.*s needs %.*s", SV_ARG(p->type), SV_ARG(name), SV_ARG(p->name));
        if (is_planned(b, p->type, name))
            continue;
        if (building_refuse(
                b, "reverse-dependency", name,
                TEXT(b,
                     "the package %.*s needs %.*s and is no part of this plan; remove it or "
                     "replace what it needs first; allowed, it stays and is broken",
                     SV_ARG(name), SV_ARG(p->name))))
            forced = true;
    }
    return forced;
}

/* A script of the package that fails is replaced by one that does nothing. */
static bool neutralise(struct building *b, const struct fact_package *p)
{
    bool any = false;

    for (size_t i = 0; i < b->facts->script_count; i++) {
        const struct fact_script *script = &b->facts->scripts[i];
        struct plan_step *s;

        if (!sv_eq(script->package, p->name))
            continue;
        s = building_step(b, STAGE_UNINSTALL, ACTION_WRITE,
                          TEXT(b,
                               "Put a script that does nothing in the place of %.*s's %.*s, "
                               "which fails",
                               SV_ARG(p->name), SV_ARG(script->name)));
        s->path = script->path;
        s->content = SV("#!/bin/sh\nexit 0\n");
        s->undo = SV("the script is put back from the vault");
        any = true;
    }
    return any;
}

static void add_word(struct building *b, struct facts_list *words, struct sv word)
{
    struct sv *made;

    if (facts_list_add(words, (void **)&made, b->err) == 0)
        *made = word;
}

static bool has_tool(struct building *b, struct sv type)
{
    bool is = sv_eq(type, SV("deb")) ? b->facts->tools.dpkg : b->facts->tools.rpm;

    if (!is)
        (void)building_refuse(
            b, "no-uninstaller", type,
            TEXT(b,
                 "the root has a database of %.*s packages and no program that removes them; "
                 "put it there, or remove the packages with one of another machine",
                 SV_ARG(type)));
    return is;
}

static void end_run(struct building *b, struct plan_step *s, struct facts_list *words,
                    struct sv subject)
{
    s->argv = words->items;
    s->argc = words->count;
    s->undo = SV("every path that it changed is put back from the vault, the package database too");
    if (b->facts->cannot_rehearse.n) {
        s->direct = true;
        s->undo =
            SV("what it changes is put back from the vault; what it changes and the plan does "
               "not name may be lost, and is named then");
        (void)building_refuse(
            b, "no-rehearsal", subject,
            TEXT(b,
                 "what the uninstaller does could not be tried on a copy of the root: %.*s; "
                 "allowed, it runs on the root itself, and a file that it changes or removes "
                 "beyond what is listed here may be lost",
                 SV_ARG(b->facts->cannot_rehearse)));
    }
    if (b->facts->failed.n)
        (void)building_refuse(b, "uninstaller-fails", subject, b->facts->failed);
}

static void uninstall_type(struct building *b, struct sv type)
{
    const bool deb = sv_eq(type, SV("deb"));
    struct facts_list words = FACTS_LIST(b->arena, struct sv),
                      dependents = FACTS_LIST(b->arena, struct sv);
    struct sv names = {0}, whole = {0};
    bool forced = false, half = false;
    const struct fact_package *p;
    struct plan_step *s;

    for (size_t n = 0; (p = building_package(b, n)); n++) {
        if (!sv_eq(p->type, type))
            continue;
        forced = check_dependents(b, p, &dependents) || forced;
        half = neutralise(b, p) || p->half || half;
        names = names.n ? TEXT(b, "%.*s, %.*s", SV_ARG(names), SV_ARG(p->name)) : p->name;
        whole = p->name;
    }
    if (!names.n || !has_tool(b, type))
        return;
    b->item->dependents = dependents.items;
    b->item->dependent_count = dependents.count;
    add_word(b, &words, deb ? SV("dpkg") : SV("rpm"));
    if (deb && half)
        add_word(b, &words, SV("--force-remove-reinstreq"));
    if (forced)
        add_word(b, &words, deb ? SV("--force-depends") : SV("--nodeps"));
    add_word(b, &words, deb ? SV("--purge") : SV("--erase"));
    for (size_t n = 0; (p = building_package(b, n)); n++)
        if (sv_eq(p->type, type))
            add_word(b, &words, p->name);
    s = building_step(
        b, STAGE_UNINSTALL, ACTION_RUN,
        half ? TEXT(b, "Remove the package %.*s, which is only half there", SV_ARG(names))
             : TEXT(b, "Remove the package %.*s", SV_ARG(names)));
    s->checked = SV("the package database has no such package");
    end_run(b, s, &words, TEXT(b, "%.*s:%.*s", SV_ARG(type), SV_ARG(whole)));
}

/* The product's own, where it lies there and no package says how. */
static void run_uninstaller(struct building *b)
{
    const struct catalogue_removal *r;

    for (size_t n = 0;
         b->catalogue && (r = catalogue_removal(b->catalogue, b->finding->product, n)); n++)
        for (size_t i = 0; i < b->hit_count && r->uninstaller_count; i++) {
            struct facts_list words = FACTS_LIST(b->arena, struct sv);
            struct plan_step *s;

            if (!sv_eq(b->hits[i].path, r->uninstaller[0]) || b->hits[i].inside)
                continue;
            for (size_t w = 0; w < r->uninstaller_count; w++)
                add_word(b, &words, r->uninstaller[w]);
            s = building_step(
                b, STAGE_UNINSTALL, ACTION_RUN,
                TEXT(b, "Run the product's own uninstaller, %.*s", SV_ARG(r->uninstaller[0])));
            s->checked = SV("it ends well, and changes nothing that the plan does not name");
            end_run(b, s, &words, r->uninstaller[0]);
            return;
        }
}

/* A package of which nothing here knows how to remove it is not called removed. */
static void refuse_others(struct building *b)
{
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];

        if (disposing_of(h)->disposal != DISPOSE_DATABASE || !h->package.n ||
            sv_eq(h->recogniser, SV("dpkg")) || sv_eq(h->recogniser, SV("rpm")))
            continue;
        (void)building_refuse(
            b, "no-uninstaller", TEXT(b, "%.*s:%.*s", SV_ARG(h->recogniser), SV_ARG(h->package)),
            TEXT(b,
                 "debar does not remove packages of %.*s; remove %.*s with %.*s itself and scan "
                 "again; allowed, its files go and the database goes on naming it",
                 SV_ARG(h->recogniser), SV_ARG(h->package), SV_ARG(h->recogniser)));
    }
}

void plan_uninstall(struct building *b)
{
    uninstall_type(b, SV("deb"));
    uninstall_type(b, SV("rpm"));
    refuse_others(b);
    if (!building_package(b, 0))
        run_uninstaller(b);
}
