// SPDX-License-Identifier: Apache-2.0
/* What an uninstaller leaves: files and folders, accounts, entries in files of others. */
#include <stdlib.h>

#include "remedy/plan_building.h"

/* ---- paths that are to be removed ---- */

void removals_init(struct removals *r, struct building *b)
{
    r->touches = FACTS_LIST(b->arena, struct plan_touch);
}

bool removals_has(const struct removals *r, struct sv path)
{
    const struct plan_touch *all = r->touches.items;

    for (size_t i = 0; i < r->touches.count; i++)
        if (sv_eq(all[i].path, path))
            return true;
    return false;
}

static bool is_below(struct sv path, struct sv folder)
{
    return sv_starts(path, folder) && path.n > folder.n && path.p[folder.n] == '/';
}

static bool boots(struct sv path)
{
    return is_below(path, SV("/boot")) || is_below(path, SV("/efi"));
}

/* Whether it may be removed. What must not be is told. */
static bool may_remove(struct building *b, const struct fact_path *p)
{
    if (p->owner.n && !building_removes_package(b, p->owner) &&
        !building_refuse(b, "foreign-owner", p->path,
                         TEXT(b,
                              "%.*s belongs to %.*s, which is not to be removed; make a plan "
                              "that allows it if it is the product's all the same",
                              SV_ARG(p->path), SV_ARG(p->owner))))
        return false;
    if (p->locked &&
        !building_refuse(b, "locked", p->path,
                         TEXT(b,
                              "%.*s is immutable or append-only (lsattr), so somebody wanted it "
                              "to stay; take the flag away with chattr -i -a",
                              SV_ARG(p->path))))
        return false;
    return !boots(p->path) ||
           building_refuse(b, "boot", p->path,
                           TEXT(b,
                                "%.*s lies where the machine starts from; make sure that it "
                                "starts without it",
                                SV_ARG(p->path)));
}

void removals_add(struct removals *r, struct building *b, const struct fact_path *p, struct sv why)
{
    struct plan_touch *t;
    int failed;

    if (removals_has(r, p->path) || building_removes(b, p->path) || !may_remove(b, p))
        return;
    failed = facts_list_add(&r->touches, (void **)&t, b->err);
    if (failed < 0) {
        if (!b->failed)
            b->failed = failed;
        return;
    }
    *t = (struct plan_touch){
        .path = p->path,
        .change = TOUCH_REMOVED,
        .type = sv_str(path_type_text(p->type)),
        .before = p->digest,
        .sha256 = p->sha256,
        .size = p->size,
        .why = why,
    };
}

static int by_path(const void *a, const void *b)
{
    return sv_cmp(((const struct plan_touch *)a)->path, ((const struct plan_touch *)b)->path);
}

void removals_end(struct removals *r, struct plan_step *step)
{
    if (r->touches.count)
        qsort(r->touches.items, r->touches.count, r->touches.size, by_path);
    step->touches = r->touches.items;
    step->touch_count = r->touches.count;
}

/* ---- files and folders ---- */

static void check_changed(struct building *b, const struct fact_hit *h, const struct fact_path *p)
{
    if (h->scanned.n && p->sha256.n && !sv_eq(h->scanned, p->sha256))
        (void)building_refuse(b, "changed", h->path,
                              TEXT(b,
                                   "%.*s is another file than the one that was scanned; scan "
                                   "again and make a new plan",
                                   SV_ARG(h->path)));
}

static void add_hits(struct building *b, struct removals *r)
{
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];
        const struct fact_path *p = facts_left(b->facts, h->path);
        enum disposal d = disposing_of(h)->disposal;

        if (!p || (d != DISPOSE_FILE && d != DISPOSE_UNIT) || !hit_is_of_file(h) ||
            p->type == PATH_FOLDER)
            continue;
        check_changed(b, h, p);
        removals_add(r, b, p, TEXT(b, "indicator %.*s", SV_ARG(h->indicator)));
    }
}

static void add_folder(struct building *b, struct removals *r, struct sv folder, struct sv why)
{
    const struct facts *f = b->facts;

    for (size_t i = 0; i < f->left_count; i++)
        if (sv_eq(f->left[i].path, folder) || is_below(f->left[i].path, folder))
            removals_add(r, b, &f->left[i], why);
}

/* A folder goes when all that is left in it goes. */
static void add_if_empty(struct building *b, struct removals *r, struct sv folder, struct sv why)
{
    const struct facts *f = b->facts;
    const struct fact_path *p = facts_left(f, folder);

    if (!p || p->type != PATH_FOLDER || (p->owner.n && !building_removes_package(b, p->owner)))
        return;
    for (size_t i = 0; i < f->left_count; i++)
        if (is_below(f->left[i].path, folder) && !removals_has(r, f->left[i].path) &&
            !building_removes(b, f->left[i].path))
            return;
    removals_add(r, b, p, why);
}

static void add_units(struct building *b, struct removals *r)
{
    const struct fact_package *p;

    for (size_t n = 0; (p = building_package(b, n)); n++)
        for (size_t i = 0; i < p->file_count; i++) {
            const struct fact_path *left = facts_left(b->facts, p->files[i]);

            if (left && !left->owner.n)
                removals_add(r, b, left,
                             TEXT(b, "came with %.*s:%.*s", SV_ARG(p->type), SV_ARG(p->name)));
        }
}

static void remove_files(struct building *b)
{
    const struct catalogue_removal *of;
    struct removals r;
    struct plan_step *s;

    removals_init(&r, b);
    for (size_t n = 0;
         b->catalogue && (of = catalogue_removal(b->catalogue, b->finding->product, n)); n++)
        for (size_t i = 0; i < of->folder_count; i++)
            add_folder(b, &r, of->folders[i],
                       TEXT(b, "in %.*s, which is wholly the product's (%.*s)",
                            SV_ARG(of->folders[i]), SV_ARG(of->id)));
    add_hits(b, &r);
    add_units(b, &r);
    for (size_t n = 0;
         b->catalogue && (of = catalogue_removal(b->catalogue, b->finding->product, n)); n++)
        for (size_t i = 0; i < of->empty_folder_count; i++)
            add_if_empty(b, &r, of->empty_folders[i],
                         TEXT(b, "nothing is left in it (%.*s)", SV_ARG(of->id)));
    if (!r.touches.count)
        return;
    s = building_step(b, STAGE_RESIDUE, ACTION_REMOVE,
                      TEXT(b, "Remove what is left of %.*s", SV_ARG(b->finding->name)));
    s->checked = SV("each of these paths is gone");
    s->undo = SV("each is put back from the vault as it was");
    removals_end(&r, s);
}

/* ---- accounts ---- */

static bool is_account(struct building *b, const struct fact_account *a)
{
    const struct catalogue_removal *r;

    for (size_t i = 0; i < b->hit_count; i++)
        if (disposing_of(&b->hits[i])->disposal == DISPOSE_ACCOUNT &&
            sv_eq(b->hits[i].value, a->name) &&
            sv_eq(b->hits[i].field, a->group ? SV("group") : SV("user")))
            return true;
    for (size_t n = 0;
         b->catalogue && (r = catalogue_removal(b->catalogue, b->finding->product, n)); n++) {
        size_t count = a->group ? r->group_count : r->user_count;
        const struct sv *names = a->group ? r->groups : r->users;

        for (size_t i = 0; i < count; i++)
            if (sv_eq(names[i], a->name))
                return true;
    }
    return false;
}

static void remove_accounts(struct building *b)
{
    for (size_t i = 0; i < b->facts->account_count; i++) {
        const struct fact_account *a = &b->facts->accounts[i];
        const char *kind = a->group ? "group" : "user";
        struct plan_step *s;

        if (!is_account(b, a) || building_has(b, ACTION_EDIT, a->file, SV("drop-account"), a->name))
            continue;
        if (a->other.n &&
            !building_refuse(b, "shared-account", a->name,
                             TEXT(b,
                                  "the %s %.*s also owns %.*s, which stays; give that to "
                                  "somebody else first",
                                  kind, SV_ARG(a->name), SV_ARG(a->other))))
            continue;
        s = building_step(
            b, STAGE_RESIDUE, ACTION_EDIT,
            TEXT(b, "Take the %s %.*s out of %.*s", kind, SV_ARG(a->name), SV_ARG(a->file)));
        s->path = a->file;
        s->edit = SV("drop-account");
        s->edit_key = a->name;
        s->checked = SV("the file has no such line, and all others");
        s->undo = SV("the file is put back from the vault");
    }
}

void plan_residue(struct building *b)
{
    plan_filters(b); // before the driver's file goes
    remove_files(b);
    remove_accounts(b);
    plan_edits(b, STAGE_RESIDUE);
}
