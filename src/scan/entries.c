// SPDX-License-Identifier: Apache-2.0
/*
 * What is inside a container, each entry one object.
 *
 * What goes wrong with one entry is that entry's failure. What breaks a container is the
 * container's, and what was told before stands. What uses up the budget ends everything in the
 * file, and is the file's.
 */
#include "scan/dissect_internal.h"

enum {
    SHOWN_MAX = 200, /* bytes of an inner place in a sentence */
};

/* ---- entries ---- */

static void leave(struct dissector *d, size_t path_n, size_t place_n)
{
    d->depth--;
    d->path.n = path_n;
    d->place.n = place_n;
}

/* An entry without bytes that could be read: its name is all there is. */
static int tell_name(struct dissector *d, const struct dissect_begin *begin, bool encrypted,
                     struct err *err)
{
    d->events->begin(d->to, begin);
    d->events->told_all(d->to, false);
    return encrypted ? ERR(err, ERR_ENCRYPTED, "the entry is encrypted") : 0;
}

static void note_hit(struct dissector *d)
{
    if (!budget_is_hit(&d->budget) || d->hit_place.n)
        return;
    buf_sv(&d->hit_place, sv_from(buf_view(&d->place), d->file->place.n));
}

/* The entry that container_next() gave; its name is in path and place. */
static int dissect_bytes(struct dissector *d, struct container *c,
                         const struct dissect_begin *begin, bool *ret_begun, struct err *err)
{
    struct source *source = NULL;
    struct flow *flow = NULL;
    int r = container_read(c, &source, &flow, err);

    if (r < 0 && container_is_broken(c))
        return r;
    *ret_begun = true;
    if (r == 0)
        return dissect_object(d, source, flow, begin, err);
    (void)tell_name(d, begin, false, NULL);
    return r;
}

static int dissect_entry(struct dissector *d, struct container *c, const struct container_entry *e,
                         bool joined, bool on_disk, struct err *err)
{
    const struct dissect_begin begin = {
        .is_entry = true,
        .entry = e->item.name,
        .only = e->only,
        .joined = joined,
        .on_disk = on_disk,
        .empty = e->item.type != ENTRY_FILE,
        .link = e->item.type == ENTRY_LINK,
        .special = e->item.type == ENTRY_SPECIAL,
    };
    size_t path_n = d->path.n, place_n = d->place.n;
    bool begun = true;
    struct err why;
    int r;

    if (e->item.type == ENTRY_FOLDER)
        return 0;
    dissect_enter(&d->path, &d->place, &begin);
    if (!buf_ok(&d->path) || !buf_ok(&d->place))
        return ERR(err, ERR_NOMEM, "no memory");
    d->depth++;
    d->volume = e->item.volume;
    if (e->item.type != ENTRY_FILE || e->item.encrypted) {
        r = tell_name(d, &begin, e->item.encrypted, &why);
    } else {
        begun = false;
        r = dissect_bytes(d, c, &begin, &begun, &why);
    }
    if (r < 0 && container_is_broken(c)) {
        note_hit(d);
        if (begun)
            d->events->end(d->to, DISSECT_UNCOUNTED, NULL);
        leave(d, path_n, place_n);
        *err = why;
        return r;
    }
    d->events->end(d->to, r, &why);
    leave(d, path_n, place_n);
    return 0;
}

/* ---- containers ---- */

int entries_settle(struct dissector *d, struct source *source, enum container_kind *kind,
                   struct err *err)
{
    return container_settle(kind, source, &d->budget, err);
}

int entries_keep(struct dissector *d, bool recognised, enum container_kind *kind,
                 struct flow **flow, struct err *err)
{
    // Many things begin with zeros: only an image of a disc is worth keeping for it.
    if ((*kind == KIND_ISO || *kind == KIND_DISK) && !recognised) {
        TRY(flow_peek(*flow, CONTAINER_SETTLES, err));
        TRY(entries_settle(d, &(*flow)->source, kind, err));
    }
    if (!recognised && !kind_is_random(*kind))
        return 0;
    TRY(flow_keep(*flow, err));
    *flow = NULL;
    return 0;
}

static int each_entry(struct dissector *d, struct container *c, bool on_disk, struct err *err)
{
    const bool joined = d->volume;
    struct container_entry e;
    int r;

    while ((r = container_next(c, &e, err)) == 0)
        TRY(dissect_entry(d, c, &e, joined, on_disk, err));
    return r == CONTAINER_ENDED ? 0 : r;
}

static struct sv last_name(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

int entries_dissect(struct dissector *d, struct source *source, bool once, enum container_kind kind,
                    struct err *err)
{
    const struct limits *limits = &d->budget.limits;
    struct container *c = NULL;
    auto_buf name = {0};
    int r;

    if (d->depth == limits->depth) {
        TRY(entries_settle(d, source, &kind, err));
        return kind == KIND_NONE ? 0
                                 : ERR(err, ERR_LIMIT_DEPTH,
                                       "archives in archives, more than %u deep", limits->depth);
    }
    // Its own copy: the path grows and moves while the entries are looked at.
    buf_sv(&name, last_name(buf_view(&d->path)));
    r = container_open_beside(kind, source, once, buf_view(&name),
                              d->depth == 0 ? d->file->siblings : NULL, &d->spill, &d->budget, &c,
                              err);
    if (r == 0)
        r = each_entry(d, c, kind_is_disk(kind), err);
    container_close(c);
    if (r < 0 && d->depth == 0 && d->hit_place.n) {
        struct sv at = buf_view(&d->hit_place);

        return err_wrap(err, r, "at %.*s", (int)(at.n < SHOWN_MAX ? at.n : SHOWN_MAX), at.p);
    }
    return r == CONTAINER_NOT ? 0 : r;
}
