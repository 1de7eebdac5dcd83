// SPDX-License-Identifier: Apache-2.0
/*
 * What a lineage remembers beside its records is one header:
 *
 *     magic  sum:u64  what it was made by and holds for  secret  unfinished:u32 …  probes
 *
 * Every record holds for the probes, the day and the exceptions of the header: a scan with others
 * looks again at the files that these could make a difference to, and when it has visited
 * everything, the header holds for the new ones.
 */
#include "scan/rescan_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <xxhash.h>

#include "base/clock.h"
#include "os/program_id.h"
#include "trust/digest.h"
#include "version.h"

enum {
    FILES_UNSAVED = 10000, /* examined, before they are saved */
    SEGMENT = 1 << 20,     /* bytes, when all is written anew */
};

#define SAVE_NS (10 * NS_PER_S)
#define MAGIC "debar.memory/1\n"

struct header {
    char magic[16];
    uint64_t sum; /* of all that follows */
    uint8_t epoch[32], machine[32], judged[32], gaps[32], secret[SECRET];
    uint64_t segments, sums;
    uint32_t unfinished, probes;
};

uint64_t rescan_hash(const struct rescan *r, const void *p, size_t n)
{
    return XXH3_64bits_withSecret(p, n, r->secret, SECRET);
}

/* ---- what it depends on ---- */

static void sum_of(struct sv text, uint8_t ret[DIGEST_SHA256_SIZE])
{
    digest_sha256((struct span){(const uint8_t *)text.p, text.n}, ret);
}

static int digest_of(const struct buf *of, uint8_t ret[DIGEST_SHA256_SIZE], struct err *err)
{
    if (!buf_ok(of))
        return ERR(err, ERR_NOMEM, "no memory");
    sum_of(buf_view(of), ret);
    return 0;
}

static void add(struct buf *to, struct sv text)
{
    const uint64_t n = text.n;

    buf_bytes(to, &n, sizeof(n));
    buf_sv(to, text);
}

static void add_number(struct buf *to, uint64_t n)
{
    buf_bytes(to, &n, sizeof(n));
}

static void add_list(struct buf *to, const char *const *list, size_t n)
{
    add_number(to, n);
    for (size_t i = 0; i < n; i++)
        add(to, sv_str(list[i]));
}

/* Scans with the same key see the same files, and the same in them. */
static int key_of(const struct scan_options *o, struct sv host, uint8_t ret[32], struct err *err)
{
    const struct limits *l = o->limits ? o->limits : &limits_default;
    auto_buf all = {0};

    add(&all, SV("debar.lineage/1"));
    add(&all, host);
    add(&all, sv_str(o->root));
    add_list(&all, o->targets, o->target_count);
    add_list(&all, o->excludes, o->exclude_count);
    add_list(&all, o->exclude_fs, o->exclude_fs_count);
    add_number(&all, o->all_file_systems);
    add_number(&all, o->no_archives);
    add_number(&all, o->packages);
    add_number(&all, o->every_byte);
    buf_bytes(&all, l, sizeof(*l));
    return digest_of(&all, ret, err);
}

/* Exceptions that accept gaps for what a file holds or until a day. */
static int gaps_of(const struct rules *rules, int64_t today, uint8_t ret[32], struct err *err)
{
    auto_buf all = {0};

    for (size_t i = 0; i < rules->exception_count; i++) {
        const struct exception *e = &rules->exceptions[i];

        if (e->kind != EXCEPTION_COVERAGE)
            continue;
        add(&all, e->gap_place);
        add(&all, e->gap_sha256);
        add_number(&all, e->has_reason ? e->reason + 1 : 0);
        add_number(&all, (uint64_t)e->from);
        add_number(&all, (uint64_t)e->until);
        add_number(&all, (uint64_t)today);
    }
    return digest_of(&all, ret, err);
}

/* Signatures are judged by the roots and the day. */
static int judged_of(const struct roots *roots, int64_t today, uint8_t ret[32], struct err *err)
{
    uint8_t sum[DIGEST_SHA256_SIZE];
    auto_buf all = {0};

    roots_digest(roots, sum);
    buf_bytes(&all, sum, sizeof(sum));
    add_number(&all, (uint64_t)today);
    return digest_of(&all, ret, err);
}

static int know_conditions(struct rescan *r, struct sv machine, struct err *err)
{
    int64_t today = clock_now_ns() / (INT64_C(86400) * NS_PER_S);
    auto_buf id = {0};
    size_t n;
    const struct sv *digests = matcher_probe_digests(r->o->matcher, &n);

    program_id(&id);
    dissect_id(&id);
    if (!id.n)
        buf_str(&id, DEBAR_VERSION " " __DATE__ " " __TIME__);
    for (size_t i = 0; i < n; i++) {
        buf_sv(&r->now_probes, digests[i]);
        buf_char(&r->now_probes, '\n');
    }
    if (!buf_ok(&id) || !buf_ok(&r->now_probes))
        return ERR(err, ERR_NOMEM, "no memory");
    sum_of(buf_view(&id), r->epoch);
    sum_of(machine, r->machine);
    TRY(gaps_of(r->o->rules, today, r->now_gaps, err));
    return judged_of(r->o->roots, today, r->now_judged, err);
}

/* ---- reading ---- */

static void say(const struct rescan *r, const char *why)
{
    auto_buf text = BUF_INIT(512);

    buf_printf(&text,
               "what earlier scans know of unchanged files is not used: %s; every file is "
               "read",
               why);
    if (r->o->warn && buf_ok(&text))
        r->o->warn(text.p);
}

static bool read_header(struct rescan *r, struct sv text, struct header *h, const char **ret_why)
{
    if (text.n < sizeof(*h)) {
        *ret_why = "it is damaged";
        return false;
    }
    memcpy(h, text.p, sizeof(*h));
    if (memcmp(h->magic, MAGIC, sizeof(MAGIC) - 1) != 0)
        *ret_why = "it was written by another version of debar";
    else if (h->sum != XXH3_64bits(text.p + 24, text.n - 24) ||
             text.n != sizeof(*h) + (size_t)h->unfinished * sizeof(uint32_t) + h->probes)
        *ret_why = "it is damaged";
    else if (memcmp(h->machine, r->machine, sizeof(h->machine)) != 0)
        *ret_why = "it is from another machine";
    else if (memcmp(h->epoch, r->epoch, sizeof(h->epoch)) != 0)
        *ret_why = "debar or a library of it is another one now";
    else
        return true;
    return false;
}

static int load_record(void *to, struct span body, struct err *err)
{
    struct rescan *r = to;
    uint64_t sum = 0;

    TRY(cache_load(r->cache, body, err));
    memcpy(&sum, body.p, sizeof(sum));
    r->segments++;
    r->sums += sum;
    r->total += body.n;
    return 0;
}

/* All of it or nothing. */
static bool load(struct rescan *r, struct sv text, const char **ret_why, struct err *err)
{
    struct header h;
    const uint8_t *behind = (const uint8_t *)text.p + sizeof(h);

    if (!read_header(r, text, &h, ret_why))
        return false;
    *ret_why = "it is damaged";
    if (store_each_record(r->store, load_record, r, err) < 0 || r->segments != h.segments ||
        r->sums != h.sums)
        return false;
    memcpy(r->secret, h.secret, sizeof(r->secret));
    memcpy(r->judged, h.judged, sizeof(r->judged));
    memcpy(r->gaps, h.gaps, sizeof(r->gaps));
    buf_bytes(&r->probes, behind + (size_t)h.unfinished * sizeof(uint32_t), h.probes);
    r->unfinished = calloc(h.unfinished + 1, sizeof(*r->unfinished));
    if (!r->unfinished || !buf_ok(&r->probes))
        return false;
    r->unfinished_room = h.unfinished + 1;
    r->unfinished_count = h.unfinished;
    if (h.unfinished)
        memcpy(r->unfinished, behind, h.unfinished * sizeof(uint32_t));
    cache_forget(r->cache, r->unfinished, r->unfinished_count);
    return true;
}

static int drop(struct rescan *r, struct err *err)
{
    cache_drop(r->cache);
    r->segments = r->sums = r->total = 0;
    r->unfinished_count = 0;
    buf_reset(&r->probes);
    buf_sv(&r->probes, buf_view(&r->now_probes));
    memcpy(r->judged, r->now_judged, sizeof(r->judged));
    memcpy(r->gaps, r->now_gaps, sizeof(r->gaps));
    if (getrandom(r->secret, sizeof(r->secret), 0) != (ssize_t)sizeof(r->secret))
        return ERR_SYS(err, "getting random bytes");
    TRY(store_clear_records(r->store, err));
    return store_close_all(r->store, err);
}

/* ---- what makes a difference to what was taken from files ---- */

static void note_field(struct rescan *r, enum field_key key)
{
    if (key == FIELD_LITERAL && !r->o->every_byte) {
        r->distrust |= CACHE_WHOLE;
    } else if (key == FIELD_MAGIC || key == FIELD_LITERAL) {
        r->all_files = true;
    } else if (key == FIELD_IMPORT) {
        r->distrust |= CACHE_SCRIPT | CACHE_ENTRIES;
    } else {
        r->paths = true;
        r->distrust |= CACHE_ENTRIES; // their names are not known
    }
}

static void note_unknown(void *to, const struct indicator *indicator)
{
    struct rescan *r = to;

    note_field(r, indicator->test.field);
    for (size_t i = 0; i < indicator->with_count; i++)
        if (indicator->with[i].field == FIELD_LITERAL || indicator->with[i].field == FIELD_MAGIC)
            note_field(r, indicator->with[i].field);
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static int compare_probes(struct rescan *r, struct arena *arena, struct err *err)
{
    struct sv rest = buf_view(&r->probes), *before;
    size_t n = 0, now_count;
    const struct sv *now = matcher_probe_digests(r->o->matcher, &now_count);

    if (sv_eq(rest, buf_view(&r->now_probes)))
        return 0;
    before = arena_take_array(arena, rest.n / 64 + 1, sizeof(*before));
    if (!before)
        return arena_error(arena, err);
    while (rest.n >= 64)
        before[n++] = sv_line(&rest);
    for (size_t i = 0; i < n; i++)
        if (!now_count || !bsearch(&before[i], now, now_count, sizeof(*now), by_text))
            r->distrust |= CACHE_ROWS; // something may stand there for an indicator that is gone
    return matcher_unknown(r->o->matcher, before, n, note_unknown, r, err);
}

static int compare_conditions(struct rescan *r, struct arena *arena, struct err *err)
{
    r->distrust = CACHE_RECHECK;
    if (memcmp(r->judged, r->now_judged, sizeof(r->judged)) != 0)
        r->distrust |= CACHE_JUDGED;
    if (memcmp(r->gaps, r->now_gaps, sizeof(r->gaps)) != 0)
        r->distrust |= CACHE_GAP;
    return compare_probes(r, arena, err);
}

/* ---- beginning ---- */

static bool is_inside(struct sv path, struct sv folder)
{
    return sv_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/');
}

/* One that lies in another is walked twice, and one that is read as something else is not what the
 * next scan may take it for. */
static bool can_follow(const struct scan_options *o)
{
    for (size_t i = 0; i < o->target_count; i++)
        for (size_t j = 0; j < o->target_count; j++)
            if (i != j && is_inside(sv_str(o->targets[i]), sv_str(o->targets[j])))
                return false;
    return o->remember && !o->named_count && !o->columns && !o->recognisers;
}

struct count_done {
    struct sv seen;
    uint64_t files;
};

static void count_done(void *to, const struct cache_record *record)
{
    struct count_done *c = to;

    if (record->folder / 8 < c->seen.n &&
        (uint8_t)c->seen.p[record->folder / 8] >> record->folder % 8 & 1)
        c->files += record->count;
}

static int begin_scan(struct rescan *r, const struct rescan_start *start,
                      const struct store_before *before, struct err *err)
{
    struct count_done done = {.seen = before->folders};

    if (!r->o->resume || !before->exists || before->complete)
        return store_begin(r->store, start->scan_id, start->host, start->started_ns, err);
    cache_each(r->cache, count_done, &done);
    r->done = done.files;
    return store_go_on(r->store, err);
}

static int close_old(struct rescan *r, struct err *err)
{
    size_t n;
    const uint32_t *replaced = cache_replaced(r->cache, &n);

    TRY(store_close_loose(r->store, err));
    for (size_t i = 0; i < n; i++)
        TRY(store_close_folder(r->store, replaced[i], err));
    for (size_t i = 0; i < r->unfinished_count; i++)
        TRY(store_close_folder(r->store, r->unfinished[i], err));
    r->unfinished_count = 0;
    return 0;
}

static int begin(struct rescan *r, const struct rescan_start *start, struct arena *arena,
                 struct store_before *before, struct err *err)
{
    const char *why = NULL;
    struct sv text;
    uint32_t folders;
    uint8_t key[32];
    bool usable;

    TRY(key_of(r->o, start->host, key, err));
    TRY(know_conditions(r, start->machine, err));
    TRY(store_follow(r->store, (struct sv){(const char *)key, sizeof(key)}, arena, before, err));
    TRY(store_memory(r->store, arena, &text, &folders, err));
    atomic_init(&r->folders, folders);
    usable = text.n && !r->o->read_all && load(r, text, &why, err);
    if (!usable)
        cache_drop(r->cache);
    TRY(begin_scan(r, start, before, err));
    if (!usable && text.n && !r->o->read_all)
        say(r, why);
    TRY(usable ? close_old(r, err) : drop(r, err));
    if (getrandom(&r->salt, sizeof(r->salt), 0) != (ssize_t)sizeof(r->salt))
        return ERR_SYS(err, "getting random bytes");
    r->verify = (uint64_t)r->o->verify * VERIFY_STEPS / 100;
    return compare_conditions(r, arena, err);
}

int rescan_begin(const struct rescan_start *start, struct arena *arena, struct rescan **ret,
                 struct store_before *ret_before, struct err *err)
{
    const struct scan_options *o = start->options;
    struct rescan *r;
    int result;

    *ret_before = (struct store_before){0};
    *ret = NULL;
    if (!can_follow(o))
        return store_begin(o->store, start->scan_id, start->host, start->started_ns, err);
    r = calloc(1, sizeof(*r));
    if (!r)
        return ERR(err, ERR_NOMEM, "no memory");
    r->o = o;
    r->store = o->store;
    r->collector = start->collector;
    r->own_state = sv_str(o->own_state);
    r->saved_ns = clock_steady_ns();
    r->seen = calloc((FOLDERS_MAX + 1) / 64, sizeof(*r->seen));
    result = r->seen ? cache_new(&r->cache, err) : ERR(err, ERR_NOMEM, "no memory");
    if (result == 0)
        result = begin(r, start, arena, ret_before, err);
    if (result < 0)
        rescan_free(r);
    else
        *ret = r;
    return result;
}

void rescan_free(struct rescan *r)
{
    if (!r)
        return;
    cache_free(r->cache);
    free(r->seen);
    free(r->unfinished);
    buf_clear(&r->writer.segment);
    buf_clear(&r->probes);
    buf_clear(&r->now_probes);
    free(r);
}

void rescan_know(struct rescan *r, const struct owners *owners, const struct running *running)
{
    r->owners = owners;
    r->running = running;
}

uint64_t rescan_done(const struct rescan *r)
{
    return r->done;
}

uint64_t rescan_verified(const struct rescan *r, uint64_t *ret_differing)
{
    *ret_differing = r->differing;
    return r->verified;
}

/* ---- saving ---- */

static int put_header(struct rescan *r, struct err *err)
{
    struct header h = {.magic = MAGIC,
                       .segments = r->segments,
                       .sums = r->sums,
                       .unfinished = (uint32_t)r->unfinished_count,
                       .probes = (uint32_t)r->probes.n};
    auto_buf text = {0};
    uint64_t sum;

    memcpy(h.epoch, r->epoch, sizeof(h.epoch));
    memcpy(h.machine, r->machine, sizeof(h.machine));
    memcpy(h.judged, r->judged, sizeof(h.judged));
    memcpy(h.gaps, r->gaps, sizeof(h.gaps));
    memcpy(h.secret, r->secret, sizeof(h.secret));
    for (const struct visit *v = r->underway; v; v = v->next)
        h.unfinished++;
    buf_bytes(&text, &h, sizeof(h));
    if (r->unfinished_count)
        buf_bytes(&text, r->unfinished, r->unfinished_count * sizeof(*r->unfinished));
    for (const struct visit *v = r->underway; v; v = v->next)
        buf_bytes(&text, &v->folder, sizeof(v->folder));
    buf_sv(&text, buf_view(&r->probes));
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory");
    sum = XXH3_64bits(text.p + 24, text.n - 24);
    memcpy(text.p + 16, &sum, sizeof(sum));
    return store_put_memory(r->store, buf_view(&text), (uint32_t)atomic_load(&r->folders), err);
}

static int put_segment(struct rescan *r, struct err *err)
{
    struct span segment = cache_written(&r->writer);
    uint64_t sum;

    if (!buf_ok(&r->writer.segment))
        return ERR(err, ERR_NOMEM, "no memory for what is remembered of files");
    if (!segment.n)
        return 0;
    TRY(store_add_record(r->store, segment, err));
    memcpy(&sum, segment.p, sizeof(sum));
    r->segments++;
    r->sums += sum;
    r->total += segment.n;
    buf_reset(&r->writer.segment);
    return 0;
}

/* The folders that were opened, as bytes of bits up to the last number that was given. */
static struct sv seen_of(const struct rescan *r)
{
    size_t n = atomic_load(&r->folders);

    return (struct sv){(const char *)(uintptr_t)r->seen,
                       (n < FOLDERS_MAX ? n : FOLDERS_MAX) / 8 + 1};
}

static int save(struct rescan *r, struct err *err)
{
    TRY(put_segment(r, err));
    TRY(put_header(r, err));
    TRY(store_seen(r->store, seen_of(r), err));
    TRY(store_save(r->store, err));
    r->files = 0;
    r->saved_ns = clock_steady_ns();
    return 0;
}

/* ---- one folder is done ---- */

/* What is stored of the words that no entry has any more. */
static int close_gone(struct rescan *r, const struct visit *v, struct err *err)
{
    const struct cache_record *k = v->known;

    for (uint32_t i = 0; k && i < k->count; i++)
        if (k->words[i] & CACHE_ROWS && !(v->used[i / 64] >> i % 64 & 1))
            TRY(store_close_file(
                r->store, (struct store_origin){v->folder, k->words[i] & ~(uint64_t)CACHE_FLAGS},
                err));
    return 0;
}

static bool note_unfinished(struct rescan *r, uint32_t folder)
{
    if (r->unfinished_count == r->unfinished_room) {
        size_t room = r->unfinished_room ? 2 * r->unfinished_room : 64;
        uint32_t *more = realloc(r->unfinished, room * sizeof(*more));

        if (!more)
            return false;
        r->unfinished = more;
        r->unfinished_room = room;
    }
    r->unfinished[r->unfinished_count++] = folder;
    return true;
}

static int take(struct rescan *r, struct visit *v, struct err *err)
{
    struct cache_record head = {.key = {v->key[0], v->key[1]},
                                .folder = v->folder,
                                .count = v->count,
                                .notes = v->note_count};

    TRY(close_gone(r, v, err));
    if (v->failed)
        return (v->known || v->files) && !note_unfinished(r, v->folder)
                   ? ERR(err, ERR_NOMEM, "no memory")
                   : 0;
    if (v->known)
        r->old += cache_record_size(v->known->count, v->known->notes);
    cache_write(&r->writer, &head, v->words, v->notes);
    r->files += v->files;
    if (r->files >= FILES_UNSAVED || store_is_due(r->store) ||
        clock_steady_ns() - r->saved_ns > SAVE_NS)
        return save(r, err);
    return 0;
}

static void unlist(struct rescan *r, struct visit *v)
{
    if (v->last)
        v->last->next = v->next;
    else
        r->underway = v->next;
    if (v->next)
        v->next->last = v->last;
    v->listed = false;
}

void rescan_take(struct rescan *r, struct visit *v)
{
    struct err err;

    if (v->listed)
        unlist(r, v);
    collector_check(r->collector, take(r, v, &err), &err);
}

/* ---- the end ---- */

struct rewriting {
    struct rescan *r;
    bool closes; /* what lay in folders that are gone */
    int failed;
    struct err *err;
};

static bool is_seen(const struct rescan *r, uint32_t folder)
{
    return r->seen[folder / 64] >> folder % 64 & 1;
}

static void close_unseen(void *to, const struct cache_record *record)
{
    struct rewriting *w = to;
    bool rows = false;

    if (w->failed || is_seen(w->r, record->folder))
        return;
    for (uint32_t i = 0; i < record->count; i++)
        rows = rows || record->words[i] & CACHE_ROWS;
    if (rows)
        w->failed = store_close_folder(w->r->store, record->folder, w->err);
}

static void write_seen(void *to, const struct cache_record *record)
{
    struct rewriting *w = to;

    if (w->failed || !is_seen(w->r, record->folder))
        return;
    cache_write(&w->r->writer, record, record->words, cache_notes(record));
    if (w->r->writer.segment.n >= SEGMENT)
        w->failed = put_segment(w->r, w->err);
}

/* Without the records of folders that are gone and those that others took the place of. */
static int write_anew(struct rescan *r, struct err *err)
{
    struct rewriting w = {.r = r, .err = err};

    TRY(put_segment(r, err));
    cache_drop(r->cache);
    TRY(store_each_record(r->store, load_record, r, err));
    TRY(store_clear_records(r->store, err));
    r->segments = r->sums = r->total = 0;
    cache_each(r->cache, write_seen, &w);
    return w.failed;
}

/* The next scan reads everything. */
static int forget_all(struct rescan *r, struct err *err)
{
    TRY(store_clear_records(r->store, err));
    return store_put_memory(r->store, (struct sv){0}, (uint32_t)atomic_load(&r->folders), err);
}

static int end_complete(struct rescan *r, struct err *err)
{
    struct rewriting w = {.r = r, .err = err};
    bool gone = cache_count(r->cache) > atomic_load(&r->known);

    if (gone)
        cache_each(r->cache, close_unseen, &w);
    TRY(w.failed);
    memcpy(r->judged, r->now_judged, sizeof(r->judged));
    memcpy(r->gaps, r->now_gaps, sizeof(r->gaps));
    buf_reset(&r->probes);
    buf_sv(&r->probes, buf_view(&r->now_probes));
    return gone || r->old > r->total / 3 ? write_anew(r, err) : 0;
}

int rescan_end(struct rescan *r, bool complete, struct err *err)
{
    bug_if(r->underway);
    if (complete)
        TRY(end_complete(r, err));
    TRY(store_seen(r->store, seen_of(r), err));
    if (r->differing)
        return forget_all(r, err);
    TRY(put_segment(r, err));
    return put_header(r, err);
}
