// SPDX-License-Identifier: Apache-2.0
/*
 * What a product put into the files of others: certificates, browser policies, package sources,
 * references in lists; and what keeps it from coming back.
 */
#include "remedy/edit.h"
#include "remedy/plan_building.h"

static struct sv base_name(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

static struct sv folder_of(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? SV("") : (struct sv){path.p, slash};
}

/* ---- one entry in a file ---- */

static void edit_one(struct building *b, const struct fact_hit *h, enum plan_stage stage,
                     struct sv edit, struct sv key)
{
    const struct edit *row = edit_named(edit);
    const struct fact_path *p = facts_left(b->facts, h->path);
    struct plan_step *s;

    if (!row || !key.n || !p || p->type != PATH_FILE || building_removes(b, h->path) ||
        building_has(b, ACTION_EDIT, h->path, edit, key))
        return;
    if (p->locked &&
        !building_refuse(b, "locked", h->path,
                         TEXT(b,
                              "%.*s is immutable or append-only (lsattr); take the flag away "
                              "with chattr -i -a",
                              SV_ARG(h->path))))
        return;
    s = building_step(b, stage, ACTION_EDIT,
                      TEXT(b, "In %.*s, %s: %.*s", SV_ARG(h->path), row->summary, SV_ARG(key)));
    s->path = h->path;
    s->edit = edit;
    s->edit_key = key;
    s->checked = SV("the file has no such entry, and all others");
    s->undo = SV("the file is put back from the vault");
}

void plan_filters(struct building *b)
{
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];

        if (sv_eq(h->field, SV("class-filter")) && h->row.n)
            edit_one(b, h, STAGE_RESIDUE, SV("drop-registry-text"),
                     TEXT(b, "%.*s=%.*s", SV_ARG(h->row), SV_ARG(h->value)));
    }
}

void plan_edits(struct building *b, enum plan_stage stage)
{
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];
        const struct disposing *d = disposing_of(h);
        bool wanted = d->disposal == DISPOSE_EDIT && d->stage == stage;

        // A policy is told of by the extension it installs, a source by its host; their other
        // fields say the same again.
        if (wanted && sv_eq(h->field, SV("class-filter")))
            continue; // by plan_filters()
        if (wanted && stage == STAGE_BROWSER && !sv_eq(h->field, SV("extension-id")))
            continue;
        if (wanted && stage == STAGE_SOURCE && !sv_eq(h->field, SV("host")))
            continue;
        if (wanted)
            edit_one(b, h, stage, sv_str(d->edit),
                     d->key == KEY_ROW           ? h->row
                     : d->key == KEY_COMMAND     ? h->command
                     : d->key == KEY_CERTIFICATE ? h->certificate
                                                 : h->value);
    }
}

/* ---- certificates ---- */

/* Links to what is removed, and links to those. */
static void add_links(struct building *b, struct removals *r)
{
    const struct facts *f = b->facts;
    size_t before;

    do {
        before = r->touches.count;
        for (size_t i = 0; i < f->left_count; i++) {
            const struct fact_path *p = &f->left[i];
            struct sv target = p->target;

            if (p->type != PATH_LINK || !target.n)
                continue;
            if (target.p[0] != '/') {
                struct sv folder = folder_of(p->path);

                target = TEXT(b, "%.*s/%.*s", SV_ARG(folder), SV_ARG(target));
            }
            if (removals_has(r, target))
                removals_add(r, b, p, TEXT(b, "leads to %.*s", SV_ARG(target)));
        }
    } while (r->touches.count != before);
}

/* A file that was made of others by a program of the system. */
static bool is_extracted(struct sv path)
{
    return sv_starts(path, SV("/etc/pki/ca-trust/extracted/"));
}

/* A file that holds certificates of many, and stays when one of them goes. */
static bool is_bundle(struct sv path)
{
    static const char *const names[] = {"ca-certificates.crt", "ca-bundle.crt", "ca-bundle.pem",
                                        "tls-ca-bundle.pem",   "cacert.pem",    "cert.pem"};
    struct sv name = base_name(path);

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (sv_eq(name, sv_str(names[i])))
            return true;
    return false;
}

static void extract_again(struct building *b)
{
    struct facts_list words = FACTS_LIST(b->arena, struct sv);
    struct plan_step *s;
    struct sv *word;

    if (facts_list_add(&words, (void **)&word, b->err) < 0)
        return;
    *word = SV("update-ca-trust");
    s = building_step(b, STAGE_TRUST, ACTION_RUN,
                      SV("Let the system make its certificate bundles again"));
    s->argv = words.items;
    s->argc = words.count;
    s->checked = SV("no bundle has the certificate");
    s->undo = SV("the bundles are put back from the vault");
}

void plan_trust(struct building *b)
{
    struct removals r;
    struct plan_step *s;
    bool extracted = false;

    removals_init(&r, b);
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];
        const struct fact_path *p = facts_left(b->facts, h->path);

        if (disposing_of(h)->disposal != DISPOSE_CERTIFICATE || !p)
            continue;
        extracted = extracted || is_extracted(h->path);
        // A file with this certificate alone.
        if (p->type == PATH_FILE && !h->others && h->certificate.n && !p->owner.n &&
            !is_extracted(h->path) && !is_bundle(h->path))
            removals_add(&r, b, p, TEXT(b, "indicator %.*s", SV_ARG(h->indicator)));
    }
    add_links(b, &r);
    if (r.touches.count) {
        s = building_step(b, STAGE_TRUST, ACTION_REMOVE,
                          TEXT(b, "Remove the certificate and the links to it"));
        s->checked = SV("each of these paths is gone");
        s->undo = SV("each is put back from the vault as it was");
        removals_end(&r, s);
    }
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];

        if (disposing_of(h)->disposal == DISPOSE_CERTIFICATE && h->certificate.n &&
            !(is_extracted(h->path) && b->facts->tools.update_ca_trust))
            edit_one(b, h, STAGE_TRUST, SV("drop-pem"), h->certificate);
    }
    if (extracted && b->facts->tools.update_ca_trust)
        extract_again(b);
    plan_edits(b, STAGE_TRUST);
}

/* ---- extensions of browsers ---- */

/* The folder of the extension that a path lies in: the one that its id names. */
static struct sv extension_folder(struct sv path, struct sv id)
{
    for (struct sv folder = folder_of(path); folder.n > 1; folder = folder_of(folder))
        if (sv_eq(base_name(folder), id))
            return folder;
    return SV("");
}

void plan_extensions(struct building *b)
{
    const struct facts *f = b->facts;
    struct removals r;
    struct plan_step *s;

    removals_init(&r, b);
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];
        struct sv folder;

        if (disposing_of(h)->disposal != DISPOSE_FOLDER || !sv_eq(h->field, SV("extension-id")))
            continue;
        folder = extension_folder(h->path, h->value);
        for (size_t k = 0; folder.n && k < f->left_count; k++)
            if (sv_starts(f->left[k].path, folder) &&
                (f->left[k].path.n == folder.n || f->left[k].path.p[folder.n] == '/'))
                removals_add(&r, b, &f->left[k], TEXT(b, "the extension %.*s", SV_ARG(h->value)));
    }
    if (!r.touches.count)
        return;
    s = building_step(b, STAGE_BROWSER, ACTION_REMOVE, SV("Remove the browser extension"));
    s->checked = SV("each of these paths is gone");
    s->undo = SV("each is put back from the vault as it was");
    removals_end(&r, s);
}

/* ---- references ---- */

static struct sv advice(struct building *b, const struct fact_hit *h)
{
    if (h->inside)
        return TEXT(b,
                    "what lies in %.*s is not taken out of it; remove or replace that file, or "
                    "make it anew without it",
                    SV_ARG(h->path));
    return TEXT(b, "take %.*s out of %.*s", SV_ARG(h->value), SV_ARG(h->path));
}

/* What a file names twice, by name and by purl, is one change of it. */
static bool is_proposed(const struct building *b, const struct fact_hit *h,
                        const struct disposing *d)
{
    if (h->inside)
        return building_has(b, ACTION_PROPOSE, h->path, SV(""), SV(""));
    if (d->edit && h->package.n)
        return building_has(b, ACTION_PROPOSE, h->path, sv_str(d->edit), h->package);
    return building_has(b, ACTION_PROPOSE, h->path, SV(""), h->value);
}

void plan_references(struct building *b)
{
    for (size_t i = 0; i < b->hit_count; i++) {
        const struct fact_hit *h = &b->hits[i];
        const struct disposing *d = disposing_of(h);
        struct plan_step *s;

        if ((d->disposal != DISPOSE_REFERENCE &&
             (d->disposal != DISPOSE_FILE || hit_is_of_file(h))) ||
            is_proposed(b, h, d) || building_removes(b, h->path))
            continue;
        if (b->facts->looked && !facts_left(b->facts, h->path))
            continue;
        s = building_step(b, d->stage, ACTION_PROPOSE,
                          TEXT(b, "To be done by a person: %.*s", SV_ARG(h->path)));
        s->path = h->path;
        s->edit_key = h->inside ? SV("") : h->value;
        s->content = advice(b, h);
        // Where it is known how, the rehearsal makes a patch of it.
        if (d->edit && !h->inside && h->package.n) {
            s->edit = sv_str(d->edit);
            s->edit_key = h->package;
        }
        s->undo = SV("nothing was changed");
    }
}

/* ---- keeping it away ---- */

static bool names_package(const struct indicator *in, struct sv type)
{
    if (in->test.field != FIELD_PACKAGE || in->test.op != OP_EXACT)
        return false;
    for (size_t i = 0; i < in->type_count; i++)
        if (sv_eq(in->types[i], type))
            return true;
    return false;
}

/* Names of packages: those that are removed, and those that the catalogue knows of the product. */
static struct sv packages_of(struct building *b, struct sv type)
{
    struct sv names = {0};
    const struct fact_package *p;
    const struct catalogue *c = b->catalogue;

    for (size_t i = 0; c && i < c->indicator_count; i++) {
        const struct indicator *in = &c->indicators[i];

        if (!in->product || !sv_eq(in->product->id, b->finding->product) ||
            !names_package(in, type))
            continue;
        for (size_t v = 0; v < in->test.value_count; v++)
            names = names.n ? TEXT(b, "%.*s %.*s", SV_ARG(names), SV_ARG(in->test.values[v]))
                            : in->test.values[v];
    }
    for (size_t n = 0; (p = building_package(b, n)); n++)
        if (sv_eq(p->type, type) && sv_find(names, p->name) == SIZE_MAX)
            names = names.n ? TEXT(b, "%.*s %.*s", SV_ARG(names), SV_ARG(p->name)) : p->name;
    return names;
}

static bool has_package(const struct building *b, struct sv type)
{
    const struct fact_package *p;

    for (size_t n = 0; (p = building_package(b, n)); n++)
        if (sv_eq(p->type, type))
            return true;
    return false;
}

static void block_apt(struct building *b)
{
    struct sv names = packages_of(b, SV("deb"));
    struct plan_step *s;
    auto_buf content = {0};

    if (!b->facts->tools.apt || !has_package(b, SV("deb")) || !names.n ||
        edit_apply(SV("block-apt"), (struct span){0}, names, &content, NULL) != 0)
        return;
    s = building_step(b, STAGE_BLOCK, ACTION_WRITE,
                      TEXT(b, "Keep apt from installing %.*s again", SV_ARG(names)));
    s->path = TEXT(b, "/etc/apt/preferences.d/debar-%.*s-%.*s.pref", SV_ARG(b->finding->vendor),
                   SV_ARG(b->finding->product));
    s->content = arena_copy(b->arena, buf_view(&content));
    s->checked = SV("the file says so");
    s->undo = SV("the file is removed");
}

static void block_dnf(struct building *b)
{
    struct sv names = packages_of(b, SV("rpm"));
    struct plan_step *s;

    if (!b->facts->tools.dnf_conf || !has_package(b, SV("rpm")) || !names.n)
        return;
    s = building_step(b, STAGE_BLOCK, ACTION_EDIT,
                      TEXT(b, "Keep dnf from installing %.*s again", SV_ARG(names)));
    s->path = SV("/etc/dnf/dnf.conf");
    s->edit = SV("block-dnf");
    s->edit_key = names;
    s->checked = SV("the file says so");
    s->undo = SV("the file is put back from the vault");
}

void plan_block(struct building *b)
{
    block_apt(b);
    block_dnf(b);
}
