// SPDX-License-Identifier: Apache-2.0
#include "remedy/plan_build.h"

#include <stdlib.h>

#include "remedy/plan_building.h"

static struct plan_step spare_step;

struct plan_step *building_step(struct building *b, enum plan_stage stage, enum plan_action action,
                                struct sv title)
{
    struct plan_step *s = &spare_step;
    int r = facts_list_add(&b->steps, (void **)&s, b->err);

    if (r < 0 && !b->failed)
        b->failed = r;
    *s = (struct plan_step){
        .number = b->steps.count,
        .stage = stage,
        .action = action,
        .finding = b->finding ? b->finding->id : (struct sv){0},
        .title = title,
    };
    return s;
}

bool building_has(const struct building *b, enum plan_action action, struct sv path, struct sv edit,
                  struct sv key)
{
    const struct plan_step *all = b->steps.items;

    for (size_t i = 0; i < b->steps.count; i++)
        if (all[i].action == action && sv_eq(all[i].path, path) && sv_eq(all[i].edit, edit) &&
            sv_eq(all[i].edit_key, key))
            return true;
    return false;
}

bool building_removes(const struct building *b, struct sv path)
{
    const struct plan_step *all = b->steps.items;

    for (size_t i = 0; i < b->steps.count; i++)
        for (size_t k = 0; k < all[i].touch_count && all[i].action == ACTION_REMOVE; k++)
            if (sv_eq(all[i].touches[k].path, path))
                return true;
    return false;
}

static bool is_allowed(const struct plan_input *in, struct sv code, struct sv subject)
{
    for (size_t i = 0; i < in->allowance_count; i++)
        if (sv_eq(in->allowances[i].code, code) && sv_eq(in->allowances[i].subject, subject))
            return true;
    return false;
}

bool building_refuse(struct building *b, const char *code, struct sv subject, struct sv text)
{
    const struct plan_refusal *all = b->refusals.items;
    struct sv finding = b->finding ? b->finding->id : (struct sv){0};
    struct plan_refusal *made;
    int r;

    for (size_t i = 0; i < b->refusals.count; i++)
        if (sv_eq(all[i].code, sv_str(code)) && sv_eq(all[i].subject, subject) &&
            sv_eq(all[i].finding, finding))
            return all[i].allowed;
    r = facts_list_add(&b->refusals, (void **)&made, b->err);
    if (r < 0) {
        if (!b->failed)
            b->failed = r;
        return false;
    }
    *made = (struct plan_refusal){
        .code = sv_str(code),
        .finding = finding,
        .subject = subject,
        .text = text,
        .allowed = is_allowed(b->in, sv_str(code), subject),
    };
    return made->allowed;
}

/* ---- one finding ---- */

/* The exception by which every order that covers it lets it stay; NULL when one does not. */
static const struct finding_order *excepting(const struct finding *f)
{
    const struct finding_order *any = NULL;

    for (size_t i = 0; i < f->order_count; i++) {
        if (!f->orders[i].covered)
            continue;
        if (!f->orders[i].excepted)
            return NULL;
        any = any ? any : &f->orders[i];
    }
    return any;
}

/* What the item is when nothing can be done about it here; empty when something can. */
static struct sv why_not_here(const struct building *b)
{
    const struct finding *f = b->finding;

    if (f->carrier.n)
        return TEXT(b, "it is a part of %.*s, which its maker has to replace", SV_ARG(f->carrier));
    if (!b->hit_count)
        return SV("nothing of it is a file of this root");
    for (size_t i = 0; i < b->hit_count; i++)
        if (disposing_of(&b->hits[i])->disposal != DISPOSE_RECORD)
            return SV("");
    return SV("only records name it, and they stay");
}

static void find_hits(struct building *b)
{
    const struct facts *f = b->facts;
    size_t first = 0;

    while (first < f->hit_count && !sv_eq(f->hits[first].finding, b->finding->id))
        first++;
    b->hits = &f->hits[first];
    b->hit_count = 0;
    while (first + b->hit_count < f->hit_count &&
           sv_eq(f->hits[first + b->hit_count].finding, b->finding->id))
        b->hit_count++;
}

static void add_returns(struct building *b)
{
    struct facts_list texts = FACTS_LIST(b->arena, struct sv);
    const struct catalogue_removal *r;

    for (size_t n = 0;
         b->catalogue && (r = catalogue_removal(b->catalogue, b->finding->product, n)); n++)
        for (size_t i = 0; i < r->return_count; i++) {
            struct sv *text;

            if (facts_list_add(&texts, (void **)&text, b->err) == 0)
                *text = r->returns[i];
        }
    b->item->returns = texts.items;
    b->item->return_count = texts.count;
}

static void check_dangers(struct building *b)
{
    const struct catalogue_removal *r;

    for (size_t n = 0;
         b->catalogue && (r = catalogue_removal(b->catalogue, b->finding->product, n)); n++) {
        if (r->encrypts)
            (void)building_refuse(
                b, "disk-encryption", b->finding->product,
                TEXT(b,
                     "%.*s encrypts disks or files (%.*s); decrypt them with it first, or what "
                     "they hold is lost",
                     SV_ARG(b->finding->name), SV_ARG(r->source)));
        if (r->boots)
            (void)building_refuse(
                b, "boot", b->finding->product,
                TEXT(b,
                     "%.*s takes part in starting the machine (%.*s); make sure that it starts "
                     "without it first",
                     SV_ARG(b->finding->name), SV_ARG(r->source)));
    }
    for (size_t i = 0; i < b->hit_count; i++)
        if (sv_eq(b->hits[i].field, SV("class-filter")) && !b->hits[i].row.n)
            (void)building_refuse(
                b, "class-filter", b->hits[i].value,
                TEXT(b,
                     "the driver filters a class of devices (%.*s in %.*s); its name has to go "
                     "out of the class's filters before its file does, or no such device works",
                     SV_ARG(b->hits[i].value), SV_ARG(b->hits[i].place)));
}

/* Refusals that stand make a finding stay. */
static void settle(struct building *b)
{
    const struct plan_refusal *all = b->refusals.items;

    for (size_t i = 0; i < b->refusals.count; i++)
        if (sv_eq(all[i].finding, b->finding->id) && !all[i].allowed) {
            b->item->status = STATUS_REMAINING;
            b->item->status_why =
                TEXT(b, "refused: %.*s=%.*s", SV_ARG(all[i].code), SV_ARG(all[i].subject));
            return;
        }
}

static void plan_stages(struct building *b)
{
    struct plan_step *s =
        building_step(b, STAGE_EVIDENCE, ACTION_COLLECT,
                      TEXT(b, "Keep what shows what %.*s did", SV_ARG(b->finding->name)));

    s->checked = SV("every file that is known to hold such records is kept, or is said not to be");
    s->undo = SV("nothing was changed");
    plan_replacement(b);
    plan_stop(b);
    plan_uninstall(b);
    if (!b->facts->looked)
        return;
    plan_residue(b);
    plan_trust(b);
    plan_extensions(b);
    plan_edits(b, STAGE_BROWSER);
    plan_edits(b, STAGE_SOURCE);
    plan_references(b);
    plan_block(b);
}

static void plan_one(struct building *b)
{
    const struct finding *f = b->finding;
    struct sv why;

    b->catalogue = rules_catalogue(b->in->rules, f->vendor);
    b->product = b->catalogue ? catalogue_product(b->catalogue, f->product) : NULL;
    find_hits(b);
    *b->item = (struct plan_item){
        .finding = f->id,
        .vendor = f->vendor,
        .product = f->product,
        .name = f->name,
        .version = f->version,
        .state = f->state,
        .confidence = f->confidence,
        .why = f->reason,
        .anchor = f->anchor,
        .status = STATUS_REMOVED,
        .downtime = SV("none beside the product's own services"),
    };
    add_returns(b);
    if (excepting(f)) {
        b->item->status = STATUS_EXCEPTED;
        b->item->status_why = TEXT(b, "by exception %.*s", SV_ARG(excepting(f)->exception));
        return;
    }
    why = why_not_here(b);
    if (f->state == STATE_CONTAINED || f->state == STATE_REFERENCED || why.n) {
        b->item->status = f->carrier.n ? STATUS_REMAINING : STATUS_FOUND;
        b->item->status_why = why.n ? why
                                    : SV("it lies in an archive, an image or a list: a change is "
                                         "proposed, and a person makes it");
        if (!why.n)
            plan_references(b);
        return;
    }
    if (f->confidence <= CONFIDENCE_TRACE &&
        !building_refuse(b, "trace", f->id,
                         SV("nothing more than a trace of it was found: it may be something else; "
                            "look at the places with `debar explain`, and allow it when they are "
                            "the product's"))) {
        settle(b);
        return;
    }
    check_dangers(b);
    plan_stages(b);
    settle(b);
}

/* ---- the plan ---- */

/* What protects goes first, what manages it last: the agent would bring it back. */
static int rank_of(const struct building *b, const struct finding *f)
{
    static const char *const first[] = {"anti-virus", "oem-anti-virus", "edr", "engine"};
    const struct catalogue *c = rules_catalogue(b->in->rules, f->vendor);
    const struct product *p = c ? catalogue_product(c, f->product) : NULL;

    if (!p)
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(first); i++)
        if (sv_eq(p->kind, sv_str(first[i])))
            return 0;
    return sv_eq(p->kind, SV("management")) ? 2 : 1;
}

static void end_plan(struct building *b)
{
    struct plan_step *s;

    b->finding = NULL;
    s = building_step(b, STAGE_VERIFY, ACTION_VERIFY,
                      SV("Look again, by other means than the scan's"));
    s->checked = SV("package database, files and processes; again after the next boot and after 1, "
                    "7 and 30 days");
    s = building_step(b, STAGE_EXPIRE, ACTION_EXPIRE,
                      SV("When its time is over, delete what was kept for undo"));
    s->undo = SV("not possible from then on");
}

static void collect_orders(struct building *b, struct plan *p)
{
    struct facts_list orders = FACTS_LIST(b->arena, struct sv);

    for (size_t i = 0; i < b->in->rules->order_count; i++) {
        struct sv id = b->in->rules->orders[i].id, *made;
        bool covers = false;

        for (size_t k = 0; k < b->in->finding_count; k++)
            for (size_t o = 0; o < b->in->findings[k]->order_count; o++)
                covers = covers || (b->in->findings[k]->orders[o].covered &&
                                    sv_eq(b->in->findings[k]->orders[o].id, id));
        if (covers && facts_list_add(&orders, (void **)&made, b->err) == 0)
            *made = id;
    }
    p->orders = orders.items;
    p->order_count = orders.count;
}

int plan_build(const struct plan_input *in, struct arena *arena, struct plan *ret, struct err *err)
{
    struct building b = {
        .in = in,
        .facts = in->facts,
        .arena = arena,
        .items = FACTS_LIST(arena, struct plan_item),
        .steps = FACTS_LIST(arena, struct plan_step),
        .refusals = FACTS_LIST(arena, struct plan_refusal),
        .err = err,
    };
    struct plan p = {.scan_id = in->scan_id,
                     .host_id = in->host_id,
                     .host_name = in->host_name,
                     .root = in->facts->root};
    bool any = false;

    for (int rank = 0; rank < 3; rank++)
        for (size_t i = 0; i < in->finding_count && !b.failed; i++) {
            if (rank_of(&b, in->findings[i]) != rank)
                continue;
            b.finding = in->findings[i];
            TRY(facts_list_add(&b.items, (void **)&b.item, err));
            plan_one(&b);
        }
    any = b.steps.count > 0;
    if (any && in->facts->looked)
        end_plan(&b);
    TRY(b.failed);
    collect_orders(&b, &p);
    if (arena_failed(arena))
        return arena_error(arena, err);
    p.items = b.items.items;
    p.item_count = b.items.count;
    p.steps = b.steps.items;
    p.step_count = b.steps.count;
    p.refusals = b.refusals.items;
    p.refusal_count = b.refusals.count;
    for (size_t i = 0; i < p.step_count && !p.reboot; i++)
        if (p.steps[i].action == ACTION_UNLOAD) {
            p.reboot = true;
            p.reboot_why = SV("a kernel module of the product is loaded; one that cannot be "
                              "unloaded stays until the machine starts anew");
        }
    *ret = p;
    return 0;
}

/* ---- where to look ---- */

static int want(struct facts_list *to, struct sv path, bool recursive, struct err *err)
{
    struct facts_wanted *w;

    TRY(facts_list_add(to, (void **)&w, err));
    *w = (struct facts_wanted){path, recursive};
    return 0;
}

static int want_for(const struct plan_input *in, const struct finding *f, struct facts_list *to,
                    struct err *err)
{
    const struct catalogue *c = rules_catalogue(in->rules, f->vendor);
    const struct catalogue_removal *r;

    for (size_t n = 0; c && (r = catalogue_removal(c, f->product, n)); n++) {
        for (size_t i = 0; i < r->folder_count; i++)
            TRY(want(to, r->folders[i], true, err));
        for (size_t i = 0; i < r->empty_folder_count; i++)
            TRY(want(to, r->empty_folders[i], true, err));
    }
    return 0;
}

static struct sv folder_of(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX || slash == 0 ? SV("/") : (struct sv){path.p, slash};
}

int plan_wants(const struct plan_input *in, struct arena *arena, struct facts_wanted **ret,
               size_t *ret_count, struct err *err)
{
    const struct facts *f = in->facts;
    struct facts_list wanted = FACTS_LIST(arena, struct facts_wanted);

    for (size_t i = 0; i < in->finding_count; i++)
        TRY(want_for(in, in->findings[i], &wanted, err));
    for (size_t i = 0; i < f->hit_count; i++) {
        const struct disposing *d = disposing_of(&f->hits[i]);

        TRY(want(&wanted, f->hits[i].path, d->disposal == DISPOSE_FOLDER, err));
        if (d->disposal == DISPOSE_FOLDER)
            TRY(want(&wanted, folder_of(f->hits[i].path), true, err));
        // Where links to its certificates may be.
        if (d->disposal == DISPOSE_CERTIFICATE)
            TRY(want(&wanted, SV("/etc/ssl/certs"), true, err));
    }
    for (size_t i = 0; i < f->package_count; i++)
        for (size_t k = 0; k < f->packages[i].file_count; k++)
            TRY(want(&wanted, f->packages[i].files[k], false, err));
    *ret = wanted.items;
    *ret_count = wanted.count;
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}
