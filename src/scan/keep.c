// SPDX-License-Identifier: Apache-2.0
#include "scan/keep.h"

#include <stdio.h>

#include "identify/command.h"
#include "identify/layer_folder.h"
#include "identify/windows_path.h"
#include "model/place.h"
#include "os/lookup.h"
#include "scan/cache.h"
#include "scan/examine.h"

enum {
    PROGRAMS_MAX = 8, /* paths that one service runs and indicators name */
};

/* The encoded place of installation: `up` names up from the file, or the root a path hit named. */
static struct sv anchor_of(struct listener *l, const struct object *o, unsigned up)
{
    struct sv anchor = o->place;

    if (o->wanted_path && o->is_entry)
        return (struct sv){l->place.p, l->levels[l->depth - 1].place_n};
    if (o->wanted_path) {
        buf_reset(&l->anchor);
        place_append(&l->anchor, l->context->root);
        place_append(&l->anchor, (struct sv){o->path.p, o->root_n});
        anchor = buf_view(&l->anchor);
    }
    for (; up && !o->wanted_path && anchor.n; up--) {
        size_t slash = sv_find_last(anchor, '/'), top = l->levels[0].place_n;

        // What is in an archive is not installed beside it.
        if (o->is_entry && (slash == SIZE_MAX || slash <= top + 1)) {
            anchor.n = top;
            break;
        }
        anchor.n = slash == SIZE_MAX ? 0 : slash;
    }
    // "x.jar!" is left of "x.jar!/META-INF/MANIFEST.MF": the archive itself.
    if (o->is_entry && sv_ends(anchor, SV("!")))
        anchor.n--;
    return anchor.n ? anchor : SV("/");
}

static bool is_hit(struct listener *l, const struct component *c, struct sv place)
{
    const struct matcher_hit *hits;
    struct err err;
    size_t n = 0;

    return matcher_find(l->context->dissect.matcher, l->scratch, c, place, &hits, &n, &err) == 0 &&
           n;
}

/* Whether what a record names is gone, below the folder `up` names above the object. */
static bool is_gone(struct listener *l, struct object *o, struct sv path, bool windows, unsigned up)
{
    struct sv folder = o->path;
    auto_buf whole = BUF_INIT(16384);

    l->tally.flags |= CACHE_RECHECK; // another file may come and go
    for (; up && folder.n; up--)
        folder.n = sv_find_last(folder, '/') == SIZE_MAX ? 0 : sv_find_last(folder, '/');
    buf_sv(&whole, folder);
    buf_sv(&whole, path);
    return buf_ok(&whole) && !(windows ? lookup_nocase(l->context->root_fd, whole.p, &o->names_left)
                                       : file_exists_in(l->context->root_fd, whole.p));
}

/* The same for a path of Windows, which for a program of 32 bits lies in another folder. */
static bool is_gone_from_windows(struct listener *l, struct object *o, struct sv path, unsigned up)
{
    static const char of_64[] = "/Windows/System32/", of_32[] = "/Windows/SysWOW64/";
    auto_buf other = BUF_INIT(16384);

    if (!is_gone(l, o, path, true, up))
        return false;
    if (path.n < sizeof(of_64) ||
        !sv_eq_nocase((struct sv){path.p, sizeof(of_64) - 1}, sv_str(of_64)))
        return true;
    buf_str(&other, of_32);
    buf_sv(&other, sv_from(path, sizeof(of_64) - 1));
    return !buf_ok(&other) || is_gone(l, o, buf_view(&other), true, up);
}

/*
 * A service or job whose program is gone does nothing any more: that is what is left of one. So is
 * the record of a product when nothing is where it says; what cannot be looked for counts as there.
 */
static bool is_orphan(struct listener *l, struct object *o, const struct component *c, unsigned up)
{
    bool located = false, found = false;
    struct sv path;

    if (c->state != STATE_INSTALLED || o->is_entry)
        return false;
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];

        if (f->key == FIELD_COMMAND && windows_path(f->value, &l->arena, &path) &&
            is_gone_from_windows(l, o, path, up))
            return true;
        if (f->key == FIELD_LOCATION && !found) {
            located = true;
            found =
                !windows_path(f->value, &l->arena, &path) || !is_gone_from_windows(l, o, path, up);
        }
    }
    if (located && !found)
        return true;
    return c->type == TYPE_SERVICE && command_program(component_get(c, FIELD_COMMAND), &path) &&
           is_gone(l, o, path, false, up);
}

/* The program that a service or job runs, where an indicator names its path. */
struct runs {
    struct arena *arena;
    const struct field *command;
    struct field *fields;
    size_t count;
};

static void runs_wanted(void *to, const struct matcher_path *wanted)
{
    struct runs *r = to;

    if (wanted->field == FIELD_PATH && wanted->prefix == 0 && r->count < PROGRAMS_MAX)
        r->fields[r->count++] = (struct field){.key = FIELD_PATH,
                                               .value = arena_copy(r->arena, wanted->value),
                                               .offset = r->command->offset,
                                               .length = r->command->length};
}

static size_t programs_of(struct listener *l, const struct component *c, struct field *ret_fields)
{
    struct runs runs = {.arena = &l->arena, .fields = ret_fields};
    struct sv program;
    struct err err;

    for (size_t i = 0; i < c->field_count; i++) {
        struct sv value = c->fields[i].value;
        bool names = false;

        runs.command = &c->fields[i];
        if (c->fields[i].key == FIELD_COMMAND || c->fields[i].key == FIELD_LOCATION)
            names = windows_path(value, &l->arena, &program);
        if (c->fields[i].key == FIELD_COMMAND && c->type == TYPE_SERVICE && !names)
            names = command_program(value, &program);
        if (names)
            l->tally.flags |= CACHE_RECHECK; // an indicator may name the path
        // Without memory the walk meets the program itself all the same.
        if (names && matcher_probe_path(l->context->dissect.matcher, l->scratch, program,
                                        runs_wanted, &runs, &err) < 0)
            break;
    }
    return runs.count;
}

/* "/assets.csv!/row 17" */
static struct sv place_of_entry(struct listener *l, struct sv place, struct sv entry)
{
    auto_buf whole = {0};

    buf_sv(&whole, place);
    buf_str(&whole, "!/");
    place_append_name(&whole, entry);
    return arena_copy(&l->arena, buf_view(&whole));
}

/* Packed, or in the layer of an image, unless a container runs it. */
static bool is_contained(const struct object *o)
{
    return o->is_entry ? !o->on_disk : !o->running && layer_folder(o->path);
}

void keep_component(struct listener *l, struct object *o, const struct component *c, unsigned up,
                    const struct captures *captures, const char *recogniser, bool takes_extra)
{
    size_t room = c->field_count + CAPTURES_MAX + LISTENER_EXTRA + PROGRAMS_MAX + 1, n = 0;
    struct field *fields = arena_take_raw(&l->arena, room * sizeof(*fields));
    struct sv entry = component_get(c, FIELD_ENTRY), place = o->place;
    struct component whole = *c;
    char pid[24];

    if (!fields)
        return;
    for (size_t i = 0; i < c->field_count; i++) {
        if (c->fields[i].key != FIELD_OWNS && c->fields[i].key != FIELD_ENTRY)
            fields[n++] = c->fields[i];
        if (c->fields[i].key == FIELD_SIGNATURE)
            l->tally.flags |= CACHE_JUDGED;
    }
    for (size_t i = 0; captures && i < captures->count; i++)
        if (component_get(c, captures->at[i].key).n == 0)
            fields[n++] =
                (struct field){.key = captures->at[i].key, .value = captures->at[i].value};
    if (takes_extra) {
        for (size_t i = 0; i < o->extra_count; i++)
            fields[n++] = l->extra[i];
        if (o->running) {
            whole.state = STATE_RUNNING;
            (void)snprintf(pid, sizeof(pid), "%llu", (unsigned long long)o->pid);
            fields[n++] = (struct field){.key = FIELD_PID, .value = sv_str(pid)};
        }
        o->emitted = true;
    }
    if (!is_contained(o))
        n += programs_of(l, c, fields + n);
    if (is_contained(o) && whole.state < STATE_CONTAINED)
        whole.state = STATE_CONTAINED;
    else if (!is_contained(o) && is_orphan(l, o, c, up))
        whole.state = STATE_RESIDUE;
    whole.fields = fields;
    whole.field_count = n;
    if (entry.n)
        place = place_of_entry(l, o->place, entry);

    struct occurrence occurrence = {.component = whole,
                                    .place = place,
                                    .anchor = anchor_of(l, o, up),
                                    .owner = listener_owner(l),
                                    .recogniser = sv_str(recogniser)};

    if (is_hit(l, &whole, place)) // for the person who watches
        atomic_fetch_add_explicit(&l->context->collector->progress->hits, 1, memory_order_relaxed);
    collector_add(l->context->collector, &occurrence, l->origin);
    l->tally.flags |= CACHE_ROWS;
}

void keep_probed(struct listener *l, struct object *o)
{
    struct component c = {.type = TYPE_FILE, .ceiling = CONFIDENCE_CONFIRMED};
    bool magic = false;

    for (size_t i = 0; i < o->extra_count; i++)
        magic = magic || l->extra[i].key == FIELD_MAGIC;
    // Names alone are residue unless a program stands behind them; content is there.
    c.state = o->begin.whole || o->begin.script || magic ? STATE_PRESENT : STATE_RESIDUE;
    if (o->begin.empty)
        c.ceiling = CONFIDENCE_TRACE;
    keep_component(l, o, &c, 1, NULL, "probe", true);
}

void keep_mentions(struct listener *l, struct object *o)
{
    const struct component c = {.type = TYPE_FILE,
                                .state = STATE_REFERENCED,
                                .ceiling = CONFIDENCE_CONFIRMED,
                                .fields = l->mentions,
                                .field_count = o->mention_count};

    keep_component(l, o, &c, 1, NULL, "probe", false);
}
