// SPDX-License-Identifier: Apache-2.0
/*
 * How one file goes through:
 *
 *     open ─► head ─► dissect: literals, SHA-256, recognisers, entries ─► listener ─► collector
 *
 * When its content is to be parsed, a parser process dissects it (pending.c).
 */
#include "scan/examine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/glob.h"
#include "identify/layer_folder.h"
#include "model/place.h"
#include "scan/machine.h"
#include "scan/scan.h"
#include "scan/sibling_set.h"
#include "store/vault_index.h"

int examiner_new(const struct examine_context *context, unsigned number, struct examiner **ret,
                 struct err *err)
{
    struct examiner *x = calloc(1, sizeof(*x));
    int r;

    if (!x)
        return ERR(err, ERR_NOMEM, "no memory");
    x->context = context;
    x->folder = -1;
    r = listener_init(&x->listener, context, err);
    if (r == 0 && context->rescan)
        r = visits_new(context->rescan, &x->visits, err);
    if (r == 0)
        r = dissector_new(&context->dissect, &x->dissector, err);
    if (r == 0 && context->parsers)
        r = parser_new(context->parsers, number, &pending_events, &x->listener, &x->parser, err);
    if (r < 0)
        examiner_free(x);
    else
        *ret = x;
    return r;
}

void examiner_free(struct examiner *x)
{
    if (!x)
        return;
    collector_count(x->context->collector, &x->listener.coverage);
    parser_free(x->parser);
    pending_free_all(x->underway);
    pending_free_all(x->free);
    dissector_free(x->dissector);
    visits_free(x->visits);
    listener_clear(&x->listener);
    free(x);
}

/* ---- accounting ---- */

/* Now and then, so that nobody waits for the one who looks. */
static void show_place(struct examiner *x, struct sv place)
{
    struct scan_progress *p = x->context->collector->progress;

    if (++x->shown % 64 || pthread_mutex_trylock(&p->lock) != 0)
        return;
    (void)snprintf(p->place, sizeof(p->place), "%.*s", (int)(place.n < 1024 ? place.n : 1024),
                   place.p);
    (void)pthread_mutex_unlock(&p->lock);
}

static void skipped(struct examiner *x, enum coverage_rule rule)
{
    listener_skip(&x->listener, rule);
    listener_count(&x->listener, 0);
}

void examine_failed(struct examiner *x, struct sv raw_path, const struct err *why)
{
    (void)listener_begin(&x->listener, raw_path, 0);
    listener_end(&x->listener, -(int)why->code, why);
    listener_count(&x->listener, 0);
}

/* ---- one file ---- */

/* Whether a person said what the file that was begun is. */
static bool is_named(const struct examine_context *c, struct sv path, struct chosen *ret)
{
    for (size_t i = 0; i < c->named_count; i++) {
        struct sv named = sv_str(c->named[i].path);

        if (sv_starts(named, c->root) && sv_eq(sv_from(named, c->root.n), path))
            return classifier_named(c->dissect.classifier, c->named[i].recogniser, ret);
    }
    return false;
}

void examiner_refuse(struct examiner *x, int result, struct err *err)
{
    struct sv path = x->listener.object.path;

    if (result == -ERR_USAGE) {
        (void)err_wrap(err, result, "%.*s", (int)path.n, path.p);
        collector_fail(x->context->collector, err);
    }
}

void examiner_end_file(struct examiner *x, int fd, int result, struct err *err, bool short_read,
                       uint64_t bytes)
{
    struct listener *l = &x->listener;
    struct file_facts after;

    if (short_read && file_facts(fd, "", &after, err) == 0 && after.size != l->file.size)
        listener_account(l, REASON_CHANGED, "it shrank while it was read");
    else
        listener_end(l, result, err);
    listener_count(l, bytes);
}

/* ---- opening ---- */

/* Compare, and parse here what is not parsed elsewhere. */
static int examine_source(struct examiner *x, struct file_source *file, const struct chosen *named,
                          struct err *err)
{
    struct listener *l = &x->listener;
    struct dissect_file whole = {.source = &file->source,
                                 .path = l->object.path,
                                 .place = l->object.place,
                                 .executable = l->file.mode & 0111,
                                 .plain = x->parser != NULL};
    struct sibling_set siblings;
    int r;

    if (named) {
        r = dissect_only(x->dissector, &whole, named->recogniser, named->gate, &listener_events, l,
                         err);

        examiner_refuse(x, r, err);
        return r;
    }
    l->known = false;
    if (!whole.plain) {
        whole.hash = listener_owner(l).n == 0;
        l->known = whole.known = listener_knows(l, &l->file, whole.hash);
    }
    sibling_set_init(&siblings, x->folder);
    if (x->folder >= 0)
        whole.siblings = &siblings.siblings;
    r = dissect(x->dissector, &whole, &listener_events, l, err);
    if (siblings.count)
        l->tally.flags |= CACHE_RECHECK; // they may change
    if (dissector_looked_for_imports(x->dissector))
        l->tally.flags |= CACHE_SCRIPT;
    sibling_set_clear(&siblings);
    return r;
}

static int regular_facts(int fd, struct file_facts *ret, struct err *err)
{
    TRY(file_facts(fd, "", ret, err));
    return ret->kind == FILE_REGULAR
               ? 0
               : ERR(err, ERR_GONE, "it became something else while it was opened");
}

/*
 * The head of the file that was begun, and the facts of it before that: who remembers both must not
 * take what changed in between for what was read.
 */
static int begin_known(struct examiner *x, int fd, uint8_t *head, struct file_source *ret,
                       struct err *err)
{
    struct file_facts *facts = &x->listener.file;

    TRY(regular_facts(fd, facts, err));
    return file_source_init(ret, fd, facts->size, head, err);
}

static int ask_late(struct file_source *file, struct file_facts *facts, struct err *err)
{
    size_t head_n = file->source.head.n;

    TRY(regular_facts(file->fd, facts, err));
    file->source.size = head_n < SOURCE_HEAD || facts->size < head_n ? head_n : facts->size;
    facts->size = file->source.size;
    return 0;
}

/*
 * The same where nobody remembers: most files are small, or their bytes say that they are nothing
 * that is parsed, however long they are. Those are not asked for more.
 */
static int begin_unknown(struct examiner *x, int fd, uint8_t *head, struct file_source *ret,
                         bool *ret_parses, struct err *err)
{
    struct object *o = &x->listener.object;
    struct file_facts *facts = &x->listener.file;
    bool all;

    if (file_source_begin(ret, fd, head, err) < 0) {
        struct err read = *err;

        TRY(regular_facts(fd, facts, err));
        *err = read;
        return -(int)read.code;
    }
    *facts = (struct file_facts){.kind = FILE_REGULAR, .size = ret->source.head.n};
    all = ret->source.head.n < SOURCE_HEAD;
    *ret_parses = dissect_parses(x->dissector, o->path, ret->source.head,
                                 all ? facts->size : DISSECT_ANY_SIZE);
    if (!*ret_parses && !sv_starts(sv_of(ret->source.head), SV("#!")) &&
        (all || !x->context->dissect.every_byte))
        return 0;
    TRY(ask_late(ret, facts, err));
    if (!all)
        *ret_parses = dissect_parses(x->dissector, o->path, ret->source.head, facts->size);
    return 0;
}

/* The file that was begun, open, or the failure to open it. `fd` is taken. */
static void examine_open(struct examiner *x, int fd, int r, struct err *err)
{
    struct file_facts *facts = &x->listener.file;
    struct object *o = &x->listener.object;
    const struct pending *room = pending_room(x);
    uint8_t here[SOURCE_HEAD], *head = room ? parser_head(x->parser, room->slot) : NULL;
    struct file_source file = {0};
    struct sv owner = {0};
    struct chosen chosen;
    const struct chosen *named = is_named(x->context, o->path, &chosen) ? &chosen : NULL;
    bool parses = false, known = x->visits || x->context->running || named || !x->parser;

    x->listener.fd = fd;
    if (r == 0 && x->parser && !room)
        r = ERR(err, ERR_NOMEM, "no memory");
    if (r == 0 && known)
        r = begin_known(x, fd, head ? head : here, &file, err);
    else if (r == 0)
        r = begin_unknown(x, fd, head ? head : here, &file, &parses, err);
    if (r == 0 && known && x->parser)
        parses = named || dissect_parses(x->dissector, o->path, file.source.head, facts->size);
    file.meter = x->context->meter;
    if (file.meter)
        file.meter->read(file.meter->to, file.bytes_read);
    if (r == 0 && !o->running && x->context->running)
        o->running = running_pid(x->context->running, facts, &o->pid);
    if (visited_has_owner(&x->visited))
        owner = listener_owner(&x->listener);
    visited_is(&x->visited, r == 0 ? facts : NULL, owner, o->running ? o->pid : 0);
    x->listener.origin = visited_origin(&x->visited);
    if (r == 0 && parses) {
        pending_hand_over(x, fd, &file, named);
        return;
    }
    if (r == 0)
        r = examine_source(x, &file, named, err);
    examiner_end_file(x, fd, r, err, file.short_read, file.bytes_read);
    visited_end(&x->visited, &x->listener.tally);
    if (fd >= 0)
        closer_close(x->context->closer, fd);
}

static void examine_file(struct examiner *x, const struct walk_entry *e)
{
    int fd = -1;
    struct err err;
    int r = file_open(e->dir_fd, e->name, &fd, &err);

    x->listener.object.owner_unknown = true;
    x->folder = e->dir_fd;
    examine_open(x, fd, r, &err);
    x->folder = -1;
}

void examine_deleted(struct examiner *x, uint64_t pid)
{
    int fd = -1;
    struct object *o;
    char path[64];
    struct err err;
    int r;

    (void)snprintf(path, sizeof(path), "/proc/%llu/exe", (unsigned long long)pid);
    x->visited = (struct visited){0};
    o = listener_begin(&x->listener, sv_str(path), 0);
    o->running = true;
    o->pid = pid;
    r = file_open_program(path, &fd, &err);
    // Once the process has ended there is nothing left that could be examined.
    if (r != -ERR_GONE)
        examine_open(x, fd, r, &err);
}

bool examine_excludes(const struct examine_context *c, struct sv path)
{
    struct sv name = sv_from(path, sv_find_last(path, '/') + 1);

    for (size_t i = 0; i < c->exclude_count; i++) {
        struct sv pattern = sv_str(c->excludes[i]);

        if (glob_match(pattern, sv_find(pattern, SV("/")) == SIZE_MAX ? name : path))
            return true;
    }
    return false;
}

static bool is_below(struct sv path, struct sv folder)
{
    return folder.n && sv_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/');
}

/* What a removal took away is not there any more, but is kept for a while: that is said. */
static bool skip_vault(struct examiner *x, const struct walk_entry *e)
{
    struct vault_facts facts;
    auto_buf text = {0};
    char until[CLOCK_TEXT];

    if (!vault_index_check(e->dir_fd, e->name, &facts))
        return false;
    buf_str(&text, "the vault of removals ");
    place_append(&text, e->path);
    buf_str(&text, " is not scanned; it keeps ");
    if (facts.files)
        buf_printf(&text, "%llu files until %.10s at the latest", (unsigned long long)facts.files,
                   clock_text(facts.kept_until_ns, until));
    else
        buf_str(&text, "nothing");
    if (x->context->warn && buf_ok(&text))
        x->context->warn(text.p);
    skipped(x, RULE_VAULT);
    return true;
}

bool examine_enter(struct examiner *x, const struct walk_entry *e)
{
    if (examine_excludes(x->context, e->path)) {
        skipped(x, RULE_EXCLUDED);
        return false;
    }
    if (strcmp(e->name, "vault") == 0 && skip_vault(x, e))
        return false;
    // What another start walks anyway is nothing left out.
    if (mounts_is_alias(x->context->mounts, e->path))
        return false;
    if (layer_folder(sv_from(e->path, x->context->root.n)) && file_is_opaque(e->dir_fd, e->name)) {
        (void)listener_begin(&x->listener, e->path, x->context->root.n);
        listener_whiteout(&x->listener, true);
    }
    return true;
}

static void begin_name(struct examiner *x)
{
    visited_is(&x->visited, NULL, (struct sv){0}, 0);
    x->listener.origin = visited_origin(&x->visited);
}

/* A link or socket has no bytes, but its name may be all that is left of a product. */
static void examine_name(struct examiner *x, enum file_kind kind)
{
    struct err err;

    begin_name(x);
    if (listener_name(&x->listener, &err) < 0) {
        listener_end(&x->listener, -(int)err.code, &err);
        listener_count(&x->listener, 0);
    } else {
        skipped(x, kind == FILE_SYMLINK ? RULE_SYMLINK : RULE_SPECIAL);
    }
    visited_end(&x->visited, &x->listener.tally);
}

/* Its name is that of what is deleted, not of what is there. */
static void examine_whiteout(struct examiner *x)
{
    begin_name(x);
    listener_whiteout(&x->listener, false);
    skipped(x, RULE_SPECIAL);
    visited_end(&x->visited, &x->listener.tally);
}

void examine_opened(struct examiner *x, struct sv raw_path, int fd, const struct file_facts *facts)
{
    if (x->visits)
        visits_opened(x->visits, raw_path, fd, facts);
}

void examine_closed(struct examiner *x)
{
    if (x->visits)
        visits_closed(x->visits);
}

static bool is_of_no_packages(struct examiner *x, const struct walk_entry *e)
{
    const struct examine_context *c = x->context;
    struct sv path = sv_from(e->path, c->root.n);
    struct chosen chosen;

    return c->packages && e->kind == FILE_REGULAR && !is_named(c, path, &chosen) &&
           !classify_name(c->dissect.classifier, &x->names, path);
}

/* Left out by a rule for its path. */
static bool is_left_out(struct examiner *x, const struct walk_entry *e)
{
    enum coverage_rule rule;

    if (examine_excludes(x->context, e->path))
        rule = RULE_EXCLUDED;
    else if (is_below(e->path, x->context->own_state))
        rule = RULE_OWN_STATE;
    else if (is_of_no_packages(x, e))
        rule = RULE_NO_PACKAGES;
    else
        return false;
    (void)listener_begin(&x->listener, e->path, x->context->root.n);
    skipped(x, rule);
    return true;
}

void examine(struct examiner *x, const struct walk_entry *e)
{
    const struct object *o;

    if (is_left_out(x, e) || (x->visits && visits_knows(x->visits, e, &x->listener.coverage)))
        return;
    x->visited = x->visits ? visits_begin(x->visits, e) : (struct visited){0};
    o = listener_begin(&x->listener, e->path, x->context->root.n);
    show_place(x, o->place);
    if (e->kind == FILE_REGULAR)
        examine_file(x, e);
    else if (e->kind == FILE_SPECIAL && layer_folder(o->path) &&
             file_is_whiteout(e->dir_fd, e->name))
        examine_whiteout(x);
    else
        examine_name(x, e->kind);
}
