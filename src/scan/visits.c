// SPDX-License-Identifier: Apache-2.0
/*
 * A listing and the record of its folder are gone through side by side: as long as nothing has
 * changed, the next entry is the next word.
 */
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/clock.h"
#include "os/file_system.h"
#include "scan/machine.h"
#include "scan/owners.h"
#include "scan/rescan_internal.h"

enum {
    SEARCHES = 8,    /* through a whole record, before it is sorted */
    NAME_ROOM = 256, /* bytes of a name, of which Linux has 255 */
    YOUNG_S = 60,    /* see is_young() */
};

struct visits {
    struct rescan *r;
    struct visit *top; /* the folder that the worker is in */
    struct visit *free;
    unsigned outside; /* folders below one that is not remembered, with it */
    struct matcher_scratch *scratch;
    uint64_t device, objects;
    struct file_system file_system; /* of that device */
};

int visits_new(struct rescan *r, struct visits **ret, struct err *err)
{
    struct visits *v = calloc(1, sizeof(*v));

    if (!v)
        return ERR(err, ERR_NOMEM, "no memory");
    v->r = r;
    if (matcher_scratch_new(r->o->matcher, &v->scratch, err) < 0) {
        free(v);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    *ret = v;
    return 0;
}

static void visit_free(struct visit *v)
{
    free(v->words);
    free(v->notes);
    free(v->used);
    free(v->sorted);
    free(v);
}

void visits_free(struct visits *v)
{
    if (!v)
        return;
    while (v->free) {
        struct visit *next = v->free->above;

        visit_free(v->free);
        v->free = next;
    }
    bug_if(v->top);
    matcher_scratch_free(v->scratch);
    free(v);
}

/* ---- folders ---- */

static struct visit *make_visit(struct visits *v)
{
    struct visit *made = v->free, was;

    if (!made)
        return calloc(1, sizeof(*made));
    v->free = made->above;
    was = *made;
    *made = (struct visit){.words = was.words,
                           .room = was.room,
                           .notes = was.notes,
                           .note_room = was.note_room,
                           .used = was.used,
                           .used_room = was.used_room};
    return made;
}

static bool make_used(struct visit *v)
{
    uint32_t words = (v->known->count + 63) / 64;

    if (words > v->used_room) {
        uint64_t *more = realloc(v->used, words * sizeof(*more));

        if (!more)
            return false;
        v->used = more;
        v->used_room = words;
    }
    if (words)
        memset(v->used, 0, words * sizeof(*v->used));
    return true;
}

static void mark_seen(struct rescan *r, uint32_t folder)
{
    atomic_fetch_or_explicit(&r->seen[folder / 64], UINT64_C(1) << folder % 64,
                             memory_order_relaxed);
}

static bool was_seen(const struct rescan *r, uint32_t folder)
{
    return atomic_load_explicit(&r->seen[folder / 64], memory_order_relaxed) >> folder % 64 & 1;
}

static bool is_own(const struct rescan *r, struct sv path)
{
    return r->own_state.n && sv_starts(path, r->own_state) &&
           (path.n == r->own_state.n || path.p[r->own_state.n] == '/');
}

/* The folder's record, or a number for it. */
static bool enter(struct visits *v, struct visit *made, struct sv path)
{
    struct rescan *r = v->r;
    XXH128_hash_t key = XXH3_128bits_withSecret(path.p, path.n, r->secret, SECRET);

    made->of = v;
    made->owned = owners_in(r->owners, sv_from(path, sv_str(r->o->root).n));
    made->fs = v->file_system.id;
    made->key[0] = key.low64;
    made->key[1] = key.high64;
    made->known = cache_find(r->cache, made->key);
    if (made->known) {
        made->folder = made->known->folder;
        if (was_seen(r, made->folder) || !make_used(made))
            return false;
        atomic_fetch_add_explicit(&r->known, 1, memory_order_relaxed);
    } else {
        made->folder = (uint32_t)atomic_fetch_add(&r->folders, 1) + 1;
        if (made->folder > FOLDERS_MAX)
            return false;
    }
    mark_seen(r, made->folder);
    return true;
}

void visits_opened(struct visits *v, struct sv path, int fd, const struct file_facts *facts)
{
    struct visit *made;

    if (facts->device != v->device || !v->file_system.id) {
        v->file_system = file_system_of(fd, facts->device);
        v->device = facts->device;
    }
    if (v->outside || !v->file_system.tells_changes || is_own(v->r, path)) {
        v->outside++;
        return;
    }
    made = make_visit(v);
    if (!made || !enter(v, made, path)) {
        if (made) {
            made->above = v->free;
            v->free = made;
        }
        v->outside++;
        return;
    }
    made->above = v->top;
    v->top = made;
}

static bool is_unchanged(const struct visit *v)
{
    return !v->changed && v->known && v->count == v->known->count && v->met == v->count;
}

/* Nothing more will come of it. */
static void finish(struct visit *v)
{
    struct visits *of = v->of;
    struct rescan *r = of->r;

    if (atomic_load_explicit(r->o->cancel, memory_order_relaxed))
        v->failed = true;
    if (v->listed || v->failed || !is_unchanged(v)) {
        (void)pthread_mutex_lock(&r->collector->lock);
        rescan_take(r, v);
        (void)pthread_mutex_unlock(&r->collector->lock);
    }
    free(v->sorted);
    v->sorted = NULL;
    v->above = of->free;
    of->free = v;
}

void visits_closed(struct visits *v)
{
    struct visit *top = v->top;

    if (v->outside) {
        v->outside--;
        return;
    }
    atomic_fetch_add_explicit(&v->r->collector->progress->objects, v->objects,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&v->r->collector->progress->files, v->objects, memory_order_relaxed);
    v->objects = 0;
    v->top = top->above;
    top->closed = true;
    if (!top->pending)
        finish(top);
}

/* ---- entries ---- */

/* Everything that changes with the file, in one hash. */
static uint64_t print_of(const struct visit *v, struct sv name, enum file_kind kind,
                         const struct file_facts *facts, struct sv owner, uint64_t pid)
{
    struct {
        uint64_t fs, kind, inode, size;
        int64_t mtime_ns, ctime_ns;
        uint64_t owner, pid;
        char name[NAME_ROOM];
    } all;
    size_t n = name.n < sizeof(all.name) ? name.n : sizeof(all.name);

    all.fs = v->fs;
    all.kind = kind;
    all.inode = facts ? facts->inode : 0;
    all.size = facts ? facts->size : 0;
    all.mtime_ns = facts ? facts->mtime_ns : 0;
    all.ctime_ns = facts ? facts->ctime_ns : 0;
    all.owner = owner.n ? XXH3_64bits(owner.p, owner.n) : 0;
    all.pid = pid;
    memcpy(all.name, name.p, n);
    return rescan_hash(v->of->r, &all, sizeof(all) - sizeof(all.name) + n) & ~(uint64_t)CACHE_FLAGS;
}

static int by_word(const void *a, const void *b, void *words)
{
    const uint64_t *w = words;
    uint64_t x = w[*(const uint32_t *)a], y = w[*(const uint32_t *)b];

    return (x > y) - (x < y);
}

/* In a folder where much has changed, looking through all of it for each would take its time. */
static bool look_sorted(struct visit *v, uint64_t print, uint32_t *ret)
{
    const struct cache_record *k = v->known;
    uint32_t low = 0, high = k->count;

    if (!v->sorted) {
        v->sorted = calloc(k->count, sizeof(*v->sorted));
        for (uint32_t i = 0; v->sorted && i < k->count; i++)
            v->sorted[i] = i;
        if (v->sorted)
            qsort_r(v->sorted, k->count, sizeof(*v->sorted), by_word, (void *)(uintptr_t)k->words);
    }
    if (!v->sorted)
        return false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (k->words[v->sorted[middle]] < print)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == k->count || (k->words[v->sorted[low]] & ~(uint64_t)CACHE_FLAGS) != print)
        return false;
    *ret = v->sorted[low];
    return true;
}

/* The word of an entry in the record, if it has one that no other entry took. */
static bool look(struct visit *v, uint64_t print, uint32_t *ret)
{
    const struct cache_record *k = v->known;
    uint32_t at = v->cursor, n = k ? k->count : 0;

    if (n == 0)
        return false;
    if (at < n && (k->words[at] & ~(uint64_t)CACHE_FLAGS) == print) {
        *ret = at;
    } else if (v->misses < SEARCHES || n <= SEARCHES) {
        for (at = 0; at < n; at++)
            if ((k->words[at] & ~(uint64_t)CACHE_FLAGS) == print)
                break;
        v->misses++;
        if (at == n)
            return false;
        *ret = at;
    } else if (!look_sorted(v, print, ret)) {
        return false;
    }
    if (v->used[*ret / 64] >> *ret % 64 & 1)
        return false;
    v->cursor = *ret + 1;
    return true;
}

/* A place for one more entry; false without memory: then the folder is not remembered. */
static bool add_word(struct visit *v, uint64_t word)
{
    if (v->count == v->room) {
        uint32_t room = v->room ? 2 * v->room : 64;
        uint64_t *more = realloc(v->words, room * sizeof(*more));

        if (!more) {
            v->failed = true;
            return false;
        }
        v->words = more;
        v->room = room;
    }
    v->words[v->count++] = word;
    return true;
}

static void add_note(struct visit *v, uint32_t entry, uint32_t head, uint64_t count)
{
    if (v->note_count == v->note_room) {
        uint32_t room = v->note_room ? 2 * v->note_room : 16;
        struct cache_note *more = realloc(v->notes, room * sizeof(*more));

        if (!more) {
            v->failed = true;
            return;
        }
        v->notes = more;
        v->note_room = room;
    }
    v->notes[v->note_count++] = (struct cache_note){entry, head, count};
}

static void take_used(struct visit *v, uint32_t at)
{
    v->used[at / 64] |= UINT64_C(1) << at % 64;
    v->met++;
}

static void count_head(struct coverage *c, uint32_t head, uint64_t n)
{
    if (head == TALLY_EXAMINED) {
        c->examined += n;
    } else if (head < TALLY_REASONS) {
        c->skipped[head - TALLY_RULES] += n;
    } else if (head < TALLY_HEADS) {
        c->unexamined += n;
        c->by_reason[head - TALLY_REASONS] += n;
    }
}

/* Where the notes of a known entry begin: mostly behind those of the one before. */
static uint32_t first_note(struct visit *v, uint32_t at)
{
    const struct cache_note *notes = cache_notes(v->known);
    uint32_t n = v->known->notes, i = v->note_cursor;

    for (uint32_t tried = 0; tried < n; tried++, i++) {
        i = i < n ? i : 0;
        if (notes[i].entry == at)
            break;
    }
    v->note_cursor = i;
    return i;
}

/* Count an entry as it was counted before, and remember it as it was. */
static void take_over(struct visits *v, struct visit *top, uint32_t at, enum file_kind kind,
                      struct coverage *count)
{
    uint64_t word = top->known->words[at];
    const struct cache_note *notes = cache_notes(top->known);

    take_used(top, at);
    count->unchanged++;
    v->objects++;
    if (word & CACHE_NOTES) {
        for (uint32_t i = first_note(top, at); i < top->known->notes && notes[i].entry == at; i++) {
            count_head(count, notes[i].head, notes[i].count);
            add_note(top, top->count, notes[i].head, notes[i].count);
        }
    } else if (kind == FILE_REGULAR) {
        count->examined++;
    } else {
        count->skipped[kind == FILE_SYMLINK ? RULE_SYMLINK : RULE_SPECIAL]++;
    }
    (void)add_word(top, word);
}

static void path_wanted(void *to, const struct matcher_path *wanted)
{
    (void)wanted;
    *(bool *)to = true;
}

static bool is_wanted(struct visits *v, struct sv path)
{
    bool wanted = false;
    struct err err;

    return matcher_probe_path(v->r->o->matcher, v->scratch, path, path_wanted, &wanted, &err) < 0 ||
           wanted;
}

static bool is_sampled(const struct rescan *r, uint64_t word)
{
    return ((word ^ r->salt) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % VERIFY_STEPS < r->verify;
}

/* Whether what came of it can be taken over as well. */
static bool holds(struct visits *v, uint64_t word, struct sv path, const struct file_facts *facts)
{
    const struct rescan *r = v->r;

    return !(word & r->distrust) && !(r->all_files && facts && facts->size) &&
           !(r->paths && is_wanted(v, path)) && !(r->verify && facts && is_sampled(r, word));
}

bool visits_knows(struct visits *v, const struct walk_entry *e, struct coverage *count)
{
    struct visit *top = v->outside ? NULL : v->top;
    const struct rescan *r = v->r;
    struct sv path = sv_from(e->path, sv_str(r->o->root).n), owner = {0};
    struct file_facts facts;
    uint64_t print, pid = 0;
    struct err err;
    uint32_t at;

    if (!top || !top->known || e->kind == FILE_SPECIAL)
        return false;
    if (e->kind == FILE_REGULAR) {
        if (file_facts(e->dir_fd, e->name, &facts, &err) < 0 || facts.kind != FILE_REGULAR)
            return false;
        if (top->owned)
            owner = owners_get(r->owners, path);
        if (r->running)
            (void)running_pid(r->running, &facts, &pid);
    }
    print = print_of(top, sv_str(e->name), e->kind, e->kind == FILE_REGULAR ? &facts : NULL, owner,
                     pid);
    if (!look(top, print, &at))
        return false;
    if (!holds(v, top->known->words[at], path, e->kind == FILE_REGULAR ? &facts : NULL)) {
        top->cursor = at; // it is looked for again
        return false;
    }
    take_over(v, top, at, e->kind, count);
    return true;
}

/* ---- entries that are examined ---- */

/*
 * A file may be written to within the same tick of the clock as its change time, and through memory
 * until the kernel writes that back, half a minute later at most: what was read too soon after a
 * change may not be what is there, and the times would not say so.
 */
static bool is_young(const struct file_facts *facts)
{
    int64_t old = clock_now_ns() - YOUNG_S * NS_PER_S;

    return facts->ctime_ns > old || facts->mtime_ns > old;
}

struct visited visits_begin(struct visits *v, const struct walk_entry *e)
{
    struct visit *top = v->outside ? NULL : v->top;
    struct visited ret = {.visit = top};

    if (!top)
        return ret;
    ret.at = top->count;
    if (!add_word(top, CACHE_RECHECK)) {
        ret.visit = NULL;
        return ret;
    }
    top->pending++;
    ret.name = e->name;
    ret.kind = e->kind;
    return ret;
}

bool visited_has_owner(const struct visited *v)
{
    return v->visit && v->visit->owned;
}

/* From now on something may be stored of it. */
static void list(struct visit *v)
{
    struct rescan *r = v->of->r;

    (void)pthread_mutex_lock(&r->collector->lock);
    v->next = r->underway;
    v->last = NULL;
    if (v->next)
        v->next->last = v;
    r->underway = v;
    v->listed = true;
    (void)pthread_mutex_unlock(&r->collector->lock);
}

void visited_is(struct visited *at, const struct file_facts *facts, struct sv owner, uint64_t pid)
{
    struct visit *v = at->visit;
    struct err err;
    uint32_t known;

    if (!v)
        return;
    if (!v->listed)
        list(v);
    at->print = print_of(v, sv_str(at->name), at->kind, facts, owner, pid);
    at->name = NULL; // it lies in the listing, which goes on
    at->young = facts && is_young(facts);
    at->found = look(v, at->print, &known);
    if (!at->found)
        return;
    at->before = v->known->words[known];
    at->known = known;
    take_used(v, known);
    if (at->before & CACHE_ROWS) {
        (void)pthread_mutex_lock(&v->of->r->collector->lock);
        collector_check(v->of->r->collector,
                        store_close_file(v->of->r->store, visited_origin(at), &err), &err);
        (void)pthread_mutex_unlock(&v->of->r->collector->lock);
    }
}

struct store_origin visited_origin(const struct visited *v)
{
    return v->visit ? (struct store_origin){v->visit->folder, v->print} : STORE_NOWHERE;
}

static bool is_plain(const struct tally *t, enum file_kind kind)
{
    uint32_t sum = 0, own = kind == FILE_REGULAR   ? TALLY_EXAMINED
                            : kind == FILE_SYMLINK ? TALLY_RULES + RULE_SYMLINK
                                                   : TALLY_RULES + RULE_SPECIAL;

    for (int i = 0; i < TALLY_HEADS; i++)
        sum += t->counts[i];
    return sum == 1 && t->counts[own] == 1;
}

/* Whether the notes of this entry are those that it had. */
static bool same_notes(struct visit *v, uint32_t known, uint32_t first)
{
    const struct cache_note *notes = cache_notes(v->known);
    uint32_t at = first;

    if (!(v->known->words[known] & CACHE_NOTES))
        return at == v->note_count;
    for (uint32_t i = first_note(v, known); i < v->known->notes && notes[i].entry == known; i++) {
        if (at == v->note_count || v->notes[at].head != notes[i].head ||
            v->notes[at].count != notes[i].count)
            return false;
        at++;
    }
    return at == v->note_count;
}

/* With the lock held: does the store have of it what it had? */
static bool settle(struct visited *at, unsigned flags)
{
    struct rescan *r = at->visit->of->r;
    bool same = !(flags & CACHE_ROWS) && !(at->before & CACHE_ROWS);
    struct err err;

    if (flags & at->before & CACHE_ROWS)
        collector_check(r->collector, store_settle(r->store, visited_origin(at), &same, &err),
                        &err);
    return same;
}

/* A sample of what would have been taken over: is it what there is? */
static void compare(struct visited *at, bool same, unsigned flags)
{
    struct rescan *r = at->visit->of->r;

    if (at->before & r->distrust || r->all_files || r->paths)
        return;
    r->verified++;
    if (!same || (flags ^ at->before) & (CACHE_ROWS | CACHE_NOTES | CACHE_GAP))
        r->differing++;
}

void visited_end(struct visited *at, const struct tally *t)
{
    struct visit *v = at->visit;
    unsigned flags = t->flags | (at->young ? CACHE_RECHECK : 0);
    uint32_t first;
    bool same;

    if (!v)
        return;
    first = v->note_count;
    if (!is_plain(t, at->kind)) {
        flags |= CACHE_NOTES;
        for (uint32_t i = 0; i < TALLY_HEADS; i++)
            if (t->counts[i])
                add_note(v, at->at, i, t->counts[i]);
    }
    if (at->kind == FILE_SPECIAL)
        flags |= CACHE_RECHECK;
    v->words[at->at] = at->print | flags;
    if (at->found) {
        (void)pthread_mutex_lock(&v->of->r->collector->lock);
        same = settle(at, flags) && same_notes(v, at->known, first);
        if (v->of->r->verify)
            compare(at, same, flags);
        (void)pthread_mutex_unlock(&v->of->r->collector->lock);
    }
    if (!at->found || (at->before & CACHE_FLAGS) != flags || !same_notes(v, at->known, first))
        v->changed = true;
    at->visit = NULL;
    v->files++;
    if (--v->pending == 0 && v->closed)
        finish(v);
}
