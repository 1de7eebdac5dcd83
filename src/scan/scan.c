// SPDX-License-Identifier: Apache-2.0
/*
 * The order of a scan:
 *
 *     host ─► machine ─► parsers ─► owners (package databases, read ahead) ─► confine ─► walk ─►
 * end
 *
 * The package databases are read ahead only to know who owns which file; they are examined and
 * counted like every other file when the walk comes to them.
 */
#include "scan/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "model/place.h"
#include "os/priority.h"
#include "scan/ahead.h"
#include "scan/classify.h"
#include "scan/confine.h"
#include "scan/examine.h"
#include "scan/host.h"
#include "scan/machine.h"
#include "scan/owners_read.h"
#include "scan/pacer.h"
#include "scan/rescan.h"
#include "scan/result.h"
#include "scan/starts.h"
#include "trust/digest.h"
#include "version.h"

enum {
    STARTS_MAX = 4096,
};

struct scan {
    const struct scan_options *o;
    struct arena *arena;
    struct examine_context context;
    struct examiner **examiners; /* one a worker */
    unsigned jobs;
    struct collector collector;
    struct scan_view header;
    struct classifier *classifier;
    struct owners *owners;
    struct links *links;
    struct running *running;
    struct parsers *parsers;
    struct rescan *rescan;
    struct pacer *pacer;
    struct limits limits; /* of what is in one archive */
    struct closer closer;
    struct mounts mounts;
    unsigned told_missing; /* features of the sandbox */
    int root_fd;
};

static void on_file(void *to, unsigned worker, const struct walk_entry *e)
{
    struct scan *s = to;

    pacer_rest(s->pacer);
    examine(s->examiners[worker], e);
}

static void on_failed(void *to, unsigned worker, struct sv path, const struct err *why)
{
    examine_failed(((struct scan *)to)->examiners[worker], path, why);
}

static bool on_enter(void *to, unsigned worker, const struct walk_entry *e)
{
    return examine_enter(((struct scan *)to)->examiners[worker], e);
}

static void on_opened(void *to, unsigned worker, struct sv path, int fd,
                      const struct file_facts *facts)
{
    examine_opened(((struct scan *)to)->examiners[worker], path, fd, facts);
}

static void on_closed(void *to, unsigned worker)
{
    examine_closed(((struct scan *)to)->examiners[worker]);
}

static void on_deleted(void *to, uint64_t pid)
{
    examine_deleted(((struct scan *)to)->examiners[0], pid);
}

static int new_id(struct arena *arena, struct sv *ret, struct err *err)
{
    uint8_t b[16];

    if (getrandom(b, sizeof(b), 0) != sizeof(b))
        return ERR_SYS(err, "getting random bytes");
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    *ret = arena_printf(
        arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
        b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
    return ret->n ? 0 : arena_error(arena, err);
}

static int name_catalogues(struct scan *s, struct err *err)
{
    const struct rules *rules = s->o->rules;
    struct sv *list = arena_take_array(s->arena, rules->catalogue_count, sizeof(*list));

    if (!list && rules->catalogue_count)
        return arena_error(s->arena, err);
    for (size_t i = 0; i < rules->catalogue_count; i++) {
        const struct catalogue *c = &rules->catalogues[i];
        char hex[2 * DIGEST_SHA256_SIZE + 1];

        digest_hex((struct span){c->digest, sizeof(c->digest)}, hex);
        list[i] = arena_printf(s->arena, "%.*s sha256:%s", (int)c->vendor.n, c->vendor.p, hex);
    }
    s->header.catalogues = list;
    s->header.catalogue_count = rules->catalogue_count;
    return arena_failed(s->arena) ? arena_error(s->arena, err) : 0;
}

static struct sv encoded(struct arena *arena, const char *path)
{
    auto_buf place = {0};

    place_append(&place, sv_str(path));
    return arena_copy(arena, buf_view(&place));
}

static int describe(struct scan *s, struct err *err)
{
    const struct scan_options *o = s->o;
    size_t n = o->target_count ? o->target_count : 1;
    struct sv *targets = arena_take_array(s->arena, n, sizeof(*targets));

    if (!targets)
        return arena_error(s->arena, err);
    targets[0] = o->root ? encoded(s->arena, o->root) : SV("/");
    for (size_t i = 0; i < o->target_count; i++)
        targets[i] = encoded(s->arena, o->targets[i]);
    s->header.targets = targets;
    s->header.target_count = n;
    if (o->root)
        s->header.root = encoded(s->arena, o->root);
    s->header.version = SV(DEBAR_VERSION);
    s->header.started_ns = clock_now_ns();
    TRY(name_catalogues(s, err));
    TRY(host_describe(o->root, s->arena, &s->header.host, err));
    return new_id(s->arena, &s->header.scan_id, err);
}

/* A table of the machine that cannot be read leaves a gap; the files are examined all the same. */
static void read_table(struct scan *s, const char *place, int result, const struct err *err)
{
    if (result < 0)
        collector_unexamined(&s->collector, sv_str(place), reason_of(err), err->text);
}

/* Before anything hostile was read, so that they have seen nothing of it. */
static int start_parsers(struct scan *s, struct err *err)
{
    const struct scan_options *o = s->o;
    struct parsers_options options = o->parsers ? *o->parsers : parsers_defaults;

    if (o->sandbox == SCAN_SANDBOX_OFF) {
        dissect_prepare(&s->context.dissect); // here, where there is one thread
        return 0;
    }
    options.dissect = &s->context.dissect;
    options.count = s->jobs;
    options.paced = s->pacer != NULL;
    if (s->pacer) {
        // Who is slowed is not stuck.
        options.patience_ns *= GOVERNOR_STRETCH;
        options.patience_mib_ns *= GOVERNOR_STRETCH;
    }
    options.cancel = o->cancel;
    if (o->sandbox == SCAN_SANDBOX_REQUIRE)
        options.needed |= SANDBOX_NEEDED;
    return parsers_start(&options, &s->parsers, err);
}

/* Of what is scanned: for one folder, few packages own anything. */
static int owners_of(const struct scan *s, struct owners_wanted *ret, struct err *err)
{
    const struct scan_options *o = s->o;
    struct sv root = sv_str(o->root), *below;

    below = arena_take_array(s->arena, o->target_count, sizeof(*below));
    *ret = (struct owners_wanted){.below = below, .count = o->target_count};
    if (!below && o->target_count)
        return arena_error(s->arena, err);
    for (size_t i = 0; i < o->target_count; i++) {
        below[i] = sv_str(o->targets[i]);
        if (sv_starts(below[i], root))
            below[i] = sv_from(below[i], root.n);
    }
    return 0;
}

/* Who owns what, as it was kept when the package databases are as they were. */
static int find_owners(struct scan *s, struct err *err)
{
    const char *root = s->o->root ? s->o->root : "/";
    auto_buf kept = {0}, made = {0};
    struct owners_wanted wanted;
    uint8_t digest[16];
    bool young = true;

    TRY(owners_of(s, &wanted, err));
    if (s->rescan) {
        owners_digest(&s->context.dissect, root, &wanted, digest, &young);
        TRY(store_kept(s->o->store, "owners", &kept, err));
        if (owners_from(&kept, digest, &s->owners, err) == 0)
            return 0;
    }
    TRY(owners_new(&s->owners, err));
    TRY(owners_read(s->owners, &s->context.dissect, s->parsers, root, &wanted, err));
    if (young)
        return 0;
    TRY(owners_write(s->owners, digest, &made, err));
    return store_keep(s->o->store, "owners", (struct span){(const uint8_t *)made.p, made.n}, err);
}

static void tell_missing(struct scan *s, unsigned features)
{
    unsigned missing = s->parsers ? SANDBOX_NEEDED & ~features & ~s->told_missing : 0;
    auto_buf text = BUF_INIT(1024);

    if (!missing || !s->o->warn)
        return;
    s->told_missing |= missing;
    buf_str(&text, "files are parsed without all of the sandbox, which this system lacks: ");
    sandbox_features_write(missing, &text);
    if (buf_ok(&text))
        s->o->warn(text.p);
}

static int start_pacer(struct scan *s, struct err *err)
{
    const struct scan_options *o = s->o;

    s->limits = o->limits ? *o->limits : limits_default;
    if (!governor_is_needed(&o->governor))
        return 0;
    s->limits.time_ns *= GOVERNOR_STRETCH;
    if (o->governor.idle && !priority_idle() && o->warn)
        o->warn("the system does not let this scan step back for others as far as --idle asks");
    return pacer_new(&o->governor, o->cancel, &s->pacer, err);
}

/* A scan that rests holds no file open that it is done with. */
static struct closer *closer_of(struct scan *s)
{
    return s->pacer ? NULL : &s->closer;
}

/* With these recognisers, or those of them that are asked for. */
static int classify_with(struct scan *s, const struct recogniser *const *all, struct err *err)
{
    const struct recogniser **some;
    size_t count = 0, kept = 0;

    if (!s->o->packages)
        return classifier_new_of(all, &s->classifier, err);
    while (all[count])
        count++;
    some = arena_take_array(s->arena, count + 1, sizeof(*some));
    if (!some)
        return arena_error(s->arena, err);
    for (size_t i = 0; i < count; i++)
        if (all[i]->packages)
            some[kept++] = all[i];
    return classifier_new_of(some, &s->classifier, err);
}

static int prepare(struct scan *s, struct err *err)
{
    static const struct mounts_options mounts = {.proc = "/proc", .sys = "/sys", .root = ""};
    const struct scan_options *o = s->o;
    bool live = !o->root && !o->target_count && !o->packages;

    read_table(s, "/proc/self/mountinfo", mounts_read(&mounts, s->arena, &s->mounts, err), err);
    if (live) {
        // As long as the processes are those of others, and may be looked at.
        read_table(s, "/proc", running_new(&s->running, err), err);
        TRY(machine_read(o->matcher, &s->collector, err));
    }
    s->jobs = o->jobs ? o->jobs : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    TRY(classify_with(s, o->recognisers ? o->recognisers : recognisers, err));
    s->context.dissect = (struct dissect_context){.classifier = s->classifier,
                                                  .matcher = o->matcher,
                                                  .roots = o->roots,
                                                  .columns = o->columns,
                                                  .cancel = o->cancel,
                                                  .limits = &s->limits,
                                                  .spill_folder = o->spill_folder,
                                                  .keep_closed = o->no_archives || o->packages,
                                                  .every_byte = o->every_byte};
    TRY(start_pacer(s, err));
    TRY(links_new(&s->links, err));
    TRY(start_parsers(s, err));
    TRY(find_owners(s, err));
    s->context = (struct examine_context){
        .dissect = s->context.dissect,
        .parsers = s->parsers,
        .owners = s->owners,
        .links = s->links,
        .running = s->running,
        .mounts = &s->mounts,
        .rescan = s->rescan,
        .collector = &s->collector,
        .root_fd = s->root_fd,
        .root = sv_str(o->root),
        .excludes = o->excludes,
        .exclude_count = o->exclude_count,
        .packages = o->packages,
        .own_state = sv_str(o->own_state),
        .named = o->named,
        .named_count = o->named_count,
        .warn = o->warn,
        .meter = pacer_meter(s->pacer),
        .closer = closer_of(s),
    };
    if (s->rescan)
        rescan_know(s->rescan, s->owners, s->running);
    s->examiners = calloc(s->jobs, sizeof(struct examiner *));
    if (!s->examiners)
        return ERR(err, ERR_NOMEM, "no memory for %u workers", s->jobs);
    for (unsigned i = 0; i < s->jobs; i++)
        TRY(examiner_new(&s->context, i, &s->examiners[i], err));
    tell_missing(s, sandbox_available());
    return 0;
}

/* Programs that run and have no name any more, then everything below the starts. */
static int examine_all(struct scan *s, struct err *err)
{
    static const struct walk_events events = {on_file, on_failed, on_enter, on_opened, on_closed};
    struct walk_options walking = {.threads = s->jobs,
                                   .events = &events,
                                   .to = s,
                                   .cancel = s->o->cancel,
                                   .closer = closer_of(s)};
    auto_free const char **starts = malloc(STARTS_MAX * sizeof(*starts)); // few of it are written
    struct ahead *ahead = NULL;
    size_t count = 0;
    int r;

    if (!starts)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(starts_of(s->o, &s->mounts, &s->collector, starts, STARTS_MAX, &count, err));
    if (s->running)
        running_each_deleted(s->running, on_deleted, s);
    if (s->o->confine)
        confine(s->o);
    TRY(pacer_start(s->pacer, s->parsers, err));
    if (s->o->began)
        s->o->began(s->o->context);
    if (s->o->progress->watched)
        ahead = ahead_start(&s->context, starts, count);
    r = walk(starts, count, &walking, err);
    for (unsigned i = 0; r == 0 && i < s->jobs; i++)
        examiner_flush(s->examiners[i]);
    for (unsigned i = 0; r == 0 && i < s->jobs; i++)
        examiner_finish(s->examiners[i]);
    ahead_stop(ahead);
    // What the system should have, and a parser could not get.
    if (s->parsers)
        tell_missing(s, parsers_features(s->parsers));
    return r;
}

static int probes_of(const struct matcher *m, struct buf *to, struct err *err)
{
    size_t n;
    const struct sv *digests = matcher_probe_digests(m, &n);

    for (size_t i = 0; i < n; i++) {
        buf_sv(to, digests[i]);
        buf_char(to, '\n');
    }
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

static int end_rescan(struct scan *s, bool complete, struct err *err)
{
    uint64_t verified, differing;
    char text[160];

    if (!s->rescan)
        return 0;
    verified = rescan_verified(s->rescan, &differing);
    (void)snprintf(
        text, sizeof(text),
        "what was known of %llu of %llu files that were verified was wrong; the next scan "
        "reads every file",
        (unsigned long long)differing, (unsigned long long)verified);
    if (differing)
        collector_unexamined(&s->collector, s->header.targets[0], REASON_CHANGED, text);
    return rescan_end(s->rescan, complete, err);
}

static int finish(struct scan *s, struct err *err)
{
    auto_buf header = {0}, probes = {0};
    struct coverage *c = &s->collector.coverage;
    bool complete = !atomic_load(s->o->cancel);

    for (unsigned i = 0; i < s->jobs; i++) {
        examiner_free(s->examiners[i]);
        s->examiners[i] = NULL;
    }
    if (s->collector.failed) {
        *err = s->collector.failure;
        return -(int)err->code;
    }
    if (!complete)
        collector_unexamined(&s->collector, s->header.targets[0], REASON_INTERRUPTED,
                             "the scan was stopped before it had seen everything");
    TRY(end_rescan(s, complete, err));
    // Every object is counted once: this is the promise of the whole account.
    bug_if(c->examined + coverage_skipped(c) + c->unexamined != c->seen);
    s->header.coverage = *c;
    header_write(&s->header, &header);
    TRY(probes_of(s->o->matcher, &probes, err));
    if (!buf_ok(&header))
        return ERR(err, ERR_NOMEM, "no memory");
    return store_end(s->o->store, clock_now_ns(), complete, buf_view(&header), buf_view(&probes),
                     err);
}

static void clear(struct scan *s)
{
    for (unsigned i = 0; s->examiners && i < s->jobs; i++)
        examiner_free(s->examiners[i]);
    free(s->examiners);
    pacer_free(s->pacer);
    parsers_stop(s->parsers);
    running_free(s->running);
    owners_free(s->owners);
    links_free(s->links);
    rescan_free(s->rescan);
    closer_clear(&s->closer);
    classifier_free(s->classifier);
    if (s->root_fd >= 0)
        (void)close(s->root_fd);
}

static void tell_resumed(const struct scan *s, const struct store_before *before)
{
    char began[CLOCK_TEXT], text[200];

    if (before->complete)
        (void)snprintf(text, sizeof(text), "the scan before this one ended; a new one begins");
    else
        (void)snprintf(
            text, sizeof(text), "going on with the scan of %s: %llu of its files are done",
            clock_text(before->started_ns, began), (unsigned long long)rescan_done(s->rescan));
    if (s->o->say)
        s->o->say(text);
}

/* The scan in the store, and what it follows. */
static int begin(struct scan *s, struct err *err)
{
    struct rescan_start start = {.options = s->o,
                                 .host = s->header.host.id,
                                 .machine = s->header.host.id,
                                 .collector = &s->collector,
                                 .scan_id = s->header.scan_id,
                                 .started_ns = s->header.started_ns};
    struct store_before before;
    struct host here;

    if (s->o->root && s->o->remember) {
        TRY(host_describe(NULL, s->arena, &here, err));
        start.machine = here.id;
    }
    TRY(rescan_begin(&start, s->arena, &s->rescan, &before, err));
    if (!s->rescan || !before.exists)
        return 0;
    s->collector.coverage.unchanged_since_ns = before.started_ns;
    if (!s->o->resume)
        return 0;
    if (!before.complete) {
        s->header.scan_id = before.id;
        s->header.started_ns = before.started_ns;
    }
    tell_resumed(s, &before);
    return 0;
}

static int run(struct scan *s, struct err *err)
{
    const char *root = s->o->root ? s->o->root : "/";

    TRY(file_open_dir(AT_FDCWD, root, &s->root_fd, err));
    TRY(describe(s, err));
    TRY(begin(s, err));
    TRY(prepare(s, err));
    TRY(examine_all(s, err));
    return finish(s, err);
}

int scan_run(const struct scan_options *options, struct arena *arena, struct stored_scan *ret,
             struct err *err)
{
    struct scan s = {.o = options, .arena = arena, .root_fd = -1};
    int r;

    collector_init(&s.collector, options->store, options->rules, options->cancel,
                   options->progress);
    closer_init(&s.closer);
    r = run(&s, err);
    clear(&s);
    TRY(r);
    return store_choose(options->store, s.header.scan_id, arena, ret, err);
}
