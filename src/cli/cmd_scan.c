// SPDX-License-Identifier: Apache-2.0
/* debar scan: examine files and this machine, match, report. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/session.h"
#include "identify/columns.h"
#include "os/compiled_file.h"
#include "os/file.h"
#include "scan/scan.h"
#include "trust/roots.h"

enum {
    LIST_MAX = 256,
};

/* What may be spilled to a volume; in memory it is less, see limits_default. */
#define SPILL_ON_VOLUME (UINT64_C(16) << 30)

static atomic_bool cancel;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&cancel, true);
}

/* The first Ctrl-C, SIGTERM or SIGHUP ends the scan and keeps what was found; the second kills. */
static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        (void)sigaction(numbers[i], &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* ---- the progress line ---- */

struct ticker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopped, started; /* guarded by lock */
    struct scan_progress *progress;
    int64_t began_ns;
    bool quiet;
};

/* Rounded up, by halves at the end: large files come when they come, and nobody minds to be done
 * early. */
static void say_left(double seconds, char *to, size_t n)
{
    unsigned long long halves = 1 + (unsigned long long)(seconds * 2);

    if (seconds < 10)
        (void)snprintf(to, n, ", about %llu.%llu s left", halves / 2, halves % 2 * 5);
    else
        (void)snprintf(to, n, ", about %llu s left", (halves + 1) / 2);
}

static void draw(const struct ticker *t)
{
    uint64_t objects = atomic_load(&t->progress->objects), bytes = atomic_load(&t->progress->bytes);
    uint64_t files = atomic_load(&t->progress->files);
    uint64_t expected = atomic_load(&t->progress->expected);
    double s = (double)(clock_steady_ns() - t->began_ns) / 1e9;
    char left[48] = "", line[512], place[PROGRESS_PLACE];
    unsigned columns = terminal_columns(stderr);

    (void)pthread_mutex_lock(&t->progress->lock);
    memcpy(place, t->progress->place, sizeof(place));
    (void)pthread_mutex_unlock(&t->progress->lock);
    if (expected > files && files > 1000 && s > 1)
        say_left(s * (double)(expected - files) / (double)files, left, sizeof(left));
    (void)snprintf(line, sizeof(line), "%llu files, %.0f MB, %.0f MB/s, %llu suspect%s  %s",
                   (unsigned long long)objects, (double)bytes / 1e6,
                   s > 0 ? (double)bytes / 1e6 / s : 0,
                   (unsigned long long)atomic_load(&t->progress->hits), left, place);
    fprintf(stderr, "\r\033[K%.*s", columns ? (int)columns - 1 : 79, line);
    (void)fflush(stderr);
}

static void *tick(void *arg)
{
    struct ticker *t = arg;

    (void)pthread_mutex_lock(&t->lock);
    while (!t->stopped) {
        struct timespec until;

        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 200000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        (void)pthread_cond_timedwait(&t->stop, &t->lock, &until);
        draw(t);
    }
    (void)pthread_mutex_unlock(&t->lock);
    fprintf(stderr, "\r\033[K");
    return NULL;
}

static void ticker_start(void *context)
{
    struct ticker *t = context;

    if (t->quiet)
        return;
    t->began_ns = clock_steady_ns();
    t->started = pthread_create(&t->thread, NULL, tick, t) == 0;
}

static void ticker_stop(struct ticker *t)
{
    if (!t->started)
        return;
    (void)pthread_mutex_lock(&t->lock);
    t->stopped = true;
    (void)pthread_cond_signal(&t->stop);
    (void)pthread_mutex_unlock(&t->lock);
    (void)pthread_join(t->thread, NULL);
    t->started = false;
}

/* ---- options ---- */

static size_t gather(const struct arguments *args, const char *name, const char *list[LIST_MAX])
{
    size_t at = 0, n = 0;
    const char *value;

    while (n < LIST_MAX && (value = arguments_next(args, name, &at)))
        list[n++] = value;
    return n;
}

static int jobs_of(const struct arguments *args, unsigned *ret, struct err *err)
{
    const char *word = arguments_get(args, "jobs");
    uint64_t n = 0;

    if (word && (!sv_to_u64(sv_str(word), &n) || n < 1 || n > 256))
        return ERR(err, ERR_USAGE, "--jobs %s: a number from 1 to 256 was expected", word);
    *ret = (unsigned)n;
    return 0;
}

static int governor_of(const struct arguments *args, struct governor_limits *ret, struct err *err)
{
    const char *cpu = arguments_get(args, "max-cpu"), *io = arguments_get(args, "max-io");
    uint64_t percent = 0;

    if (cpu && (!sv_to_u64(sv_str(cpu), &percent) || percent < 1 || percent > 100))
        return ERR(err, ERR_USAGE,
                   "--max-cpu %s: a number from 1 to 100 was expected, percent of all processors "
                   "together",
                   cpu);
    if (io && (!sv_to_size(sv_str(io), &ret->bytes_per_s) || ret->bytes_per_s == 0))
        return ERR(err, ERR_USAGE, "--max-io %s: bytes per second were expected, as in 500K or 20M",
                   io);
    ret->cpu_percent = (unsigned)percent;
    ret->idle = arguments_has(args, "idle");
    return 0;
}

static int sandbox_of(const struct arguments *args, enum scan_sandbox *ret, struct err *err)
{
    static const struct {
        const char *word;
        enum scan_sandbox sandbox;
    } words[] = {{"auto", SCAN_SANDBOX_AUTO},
                 {"require", SCAN_SANDBOX_REQUIRE},
                 {"on", SCAN_SANDBOX_REQUIRE},
                 {"off", SCAN_SANDBOX_OFF}};
    const char *word = arguments_get(args, "sandbox");

    *ret = SCAN_SANDBOX_AUTO;
    for (size_t i = 0; word && i < ARRAY_LEN(words); i++) {
        if (strcmp(word, words[i].word) == 0) {
            *ret = words[i].sandbox;
            return 0;
        }
    }
    return word ? ERR(err, ERR_USAGE, "--sandbox %s: require, auto or off was expected", word) : 0;
}

static void warn(const char *text)
{
    fprintf(stderr, "debar: warning: %s\n", text);
}

/* Targets and the root as absolute real paths: what a person names is followed, what lies in it
 * is not. */
static int real_path(const char *word, struct arena *arena, const char **ret, struct err *err)
{
    char path[PATH_MAX];

    if (!realpath(word, path))
        return ERR_SYS(err, "%s", word);
    *ret = arena_copy(arena, sv_str(path)).p;
    return *ret ? 0 : arena_error(arena, err);
}

/* "csv:FILE", "listing:FILE": what a person says that a target is. */
static const char *kind_of_target(const char **word)
{
    static const char *const kinds[] = {"csv", "listing"};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        size_t n = strlen(kinds[i]);

        if (strncmp(*word, kinds[i], n) == 0 && (*word)[n] == ':') {
            *word += n + 1;
            return kinds[i];
        }
    }
    return NULL;
}

static int targets_of(const struct arguments *args, struct arena *arena, struct scan_options *o,
                      const char *targets[LIST_MAX], struct scan_named named[LIST_MAX],
                      struct err *err)
{
    const char *root = arguments_get(args, "root");

    if (args->operand_count > LIST_MAX)
        return ERR(err, ERR_USAGE, "more than %d targets", LIST_MAX);
    if (root)
        TRY(real_path(root, arena, &o->root, err));
    if (o->root && strcmp(o->root, "/") == 0)
        o->root = NULL;
    for (size_t i = 0; i < args->operand_count; i++) {
        const char *operand = args->operands[i], *kind = kind_of_target(&operand);
        struct sv word = sv_str(operand);

        // With --root a target is a path in it, or a path on this machine that leads into it.
        if (o->root && !sv_starts(word, sv_str(o->root)))
            word = arena_printf(arena, "%s/%s", o->root, operand);
        TRY(real_path(word.p, arena, &targets[i], err));
        if (o->root && !sv_starts(sv_str(targets[i]), sv_str(o->root)))
            return ERR(err, ERR_USAGE, "target %s is not below the root %s", operand, o->root);
        if (kind)
            named[o->named_count++] = (struct scan_named){targets[i], kind};
    }
    o->named = named;
    o->targets = targets;
    o->target_count = args->operand_count;
    return 0;
}

/* Where the store and the reports go, also while they are being made. */
static int writable_of(const struct arguments *args, struct arena *arena, const char *state,
                       const char *list[LIST_MAX + 3], size_t *ret_count, struct err *err)
{
    const char *word, *spill = arguments_get(args, "spill");
    size_t at = 0, n = 0;

    if (state)
        list[n++] = state;
    if (spill)
        list[n++] = spill;
    list[n++] = store_temporary_folder();
    while (n < LIST_MAX + 3 && (word = arguments_next(args, "output", &at))) {
        const char *file = strchr(word, '=');
        size_t slash;

        if (!file || strcmp(++file, "-") == 0)
            continue;
        slash = sv_find_last(sv_str(file), '/');
        list[n] =
            slash == SIZE_MAX ? "." : arena_copy(arena, (struct sv){file, slash ? slash : 1}).p;
        if (!list[n++])
            return arena_error(arena, err);
    }
    *ret_count = n;
    return 0;
}

static int columns_of(const struct arguments *args, struct arena *arena, struct scan_options *o,
                      struct columns *columns, struct err *err)
{
    const char *word = arguments_get(args, "columns");

    if (!word)
        return 0;
    for (size_t i = 0; i < o->named_count; i++) {
        if (strcmp(o->named[i].recogniser, "csv") == 0) {
            o->columns = columns;
            // A parser process has its arguments overwritten with its name.
            return columns_read(arena_copy(arena, sv_str(word)), columns, err);
        }
    }
    return ERR(err, ERR_USAGE, "--columns is for a target csv:FILE");
}

static void note(const char *text)
{
    fprintf(stderr, "debar: %s\n", text);
}

static void say_waiting(const char *folder)
{
    fprintf(stderr, "debar: another scan is writing to %s; waiting for it to end\n", folder);
}

/* ---- the command ---- */

static int scan_into(const struct arguments *args, struct scan_options *o, struct arena *arena,
                     struct session *session, struct err *err)
{
    struct scan_progress progress = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct ticker ticker = {
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .stop = PTHREAD_COND_INITIALIZER,
        .progress = &progress,
        .quiet = arguments_has(args, "quiet") || !isatty(STDERR_FILENO),
    };
    struct scan_result result = {0};
    struct stored_scan scan;
    int r;

    progress.watched = !ticker.quiet;
    o->progress = &progress;
    o->cancel = &cancel;
    o->began = ticker_start;
    o->context = &ticker;
    r = scan_run(o, arena, &scan, err);
    ticker_stop(&ticker);
    TRY(r);
    TRY(result_match(o->store, &scan, session->rules, session->matcher, true, &result, err));
    if (atomic_load(&cancel) && !arguments_has(args, "quiet"))
        fprintf(stderr, "debar: interrupted; this is what was found so far\n");
    r = write_outputs(args, "text", &result.view, err);
    if (r == 0)
        r = (int)exit_of(result.view.verdict);
    result_clear(&result);
    return r;
}

static int verify_of(const struct arguments *args, unsigned *ret, struct err *err)
{
    const char *word = arguments_get(args, "verify-cache");
    uint64_t n = 0;

    if (word && (!sv_to_u64(sv_str(word), &n) || n < 1 || n > 100))
        return ERR(err, ERR_USAGE, "--verify-cache %s: percent, from 1 to 100, were expected",
                   word);
    *ret = (unsigned)n;
    return 0;
}

static int limits_of(const struct arguments *args, struct limits *limits, struct err *err)
{
    const char *word;
    size_t at = 0;

    while ((word = arguments_next(args, "limit", &at)))
        TRY(limits_set(limits, sv_str(word), err));
    return 0;
}

static int run_with(const struct arguments *args, struct session *session, struct arena *arena,
                    struct err *err)
{
    const char *targets[LIST_MAX], *excludes[LIST_MAX], *exclude_fs[LIST_MAX], *state = NULL;
    const char *trusted[LIST_MAX + 1] = {0}, *writable[LIST_MAX + 3];
    struct scan_named named[LIST_MAX];
    struct columns columns;
    struct limits limits = limits_default;
    struct roots *roots = NULL;
    auto_store *store = NULL;
    int r;
    struct scan_options o = {.rules = session->rules,
                             .matcher = session->matcher,
                             .warn = warn,
                             .note = arguments_has(args, "verbose") ? note : NULL,
                             .say = arguments_has(args, "quiet") ? NULL : note,
                             .excludes = excludes,
                             .exclude_fs = exclude_fs,
                             .all_file_systems = arguments_has(args, "all-file-systems"),
                             .no_archives = arguments_has(args, "no-archives"),
                             .packages = arguments_has(args, "packages"),
                             .every_byte = arguments_has(args, "every-byte"),
                             .limits = &limits};

    TRY(targets_of(args, arena, &o, targets, named, err));
    TRY(columns_of(args, arena, &o, &columns, err));
    TRY(jobs_of(args, &o.jobs, err));
    TRY(sandbox_of(args, &o.sandbox, err));
    TRY(governor_of(args, &o.governor, err));
    limits.spill = 0;
    TRY(limits_of(args, &limits, err));
    o.exclude_count = gather(args, "exclude", excludes);
    o.exclude_fs_count = gather(args, "exclude-fs", exclude_fs);
    if (!arguments_has(args, "no-store"))
        TRY(state_folder(args, arena, &state, err));
    TRY(store_open(state, state ? STORE_WRITE : STORE_PRIVATE, say_waiting, &store, err));
    if (state)
        TRY(real_path(state, arena, &o.own_state, err));
    if (state)
        compiled_file_save(session->compiled); // a new state folder is there only now
    o.store = store;
    o.remember = state != NULL;
    o.read_all = arguments_has(args, "no-cache");
    o.resume = arguments_has(args, "resume");
    TRY(verify_of(args, &o.verify, err));
    if (!o.remember && (o.resume || o.verify))
        return ERR(err, ERR_USAGE, "--%s: with --no-store nothing of an earlier scan is known",
                   o.resume ? "resume" : "verify-cache");
    if (o.read_all && (o.resume || o.verify))
        return ERR(err, ERR_USAGE, "--%s needs what --no-cache leaves out",
                   o.resume ? "resume" : "verify-cache");
    o.spill_folder = arguments_has(args, "spill") ? arguments_get(args, "spill") : o.own_state;
    if (!limits.spill)
        limits.spill = o.spill_folder ? SPILL_ON_VOLUME : limits_default.spill;
    (void)gather(args, "trust-ca", trusted);
    o.confine = o.sandbox != SCAN_SANDBOX_OFF;
    TRY(writable_of(args, arena, o.own_state, writable, &o.writable_count, err));
    o.writable = writable;
    TRY(roots_open(trusted, &roots, err));
    o.roots = roots;
    r = scan_into(args, &o, arena, session, err);
    roots_free(roots);
    return r;
}

static int run(const struct arguments *args, struct err *err)
{
    struct session session;
    auto_arena arena;
    int r;

    arena_init(&arena, (size_t)64 << 20);
    TRY(check_outputs(args, err));
    TRY(session_open(args, true, &session, err));
    file_raise_limit();
    catch_signals();
    r = run_with(args, &session, &arena, err);
    session_close(&session);
    return r;
}

static const struct option_row options[] = {
    {"root", 0, "DIR", "the file system of another machine, mounted or unpacked at DIR"},
    OPTION_ORDERS,
    OPTION_EXCEPTIONS,
    OPTION_OUTPUT,
    OPTION_STATE,
    {"no-store", 0, NULL, "keep nothing of this scan"},
    {"no-cache", 0, NULL, "read every file again, whatever an earlier scan knows of it"},
    {"verify-cache", 0, "PERCENT",
     "read so many of the files that have not changed all the same, and compare with what an "
     "earlier scan knows of them"},
    {"resume", 0, NULL, "go on with a scan of the same that was interrupted or killed"},
    {"jobs", 'j', "N", "threads (default: one for each processor)"},
    {"max-cpu", 0, "PERCENT",
     "use no more than this of all processors together, and less while others wait for the "
     "machine"},
    {"max-io", 0, "BYTES",
     "read no more than this in a second (20M; K, M, G and T are known), and less while others "
     "wait"},
    {"idle", 0, NULL,
     "leave processors and disks to whoever wants them: the idle class, the lowest priority, and "
     "rests while others wait"},
    {"exclude", 0, "GLOB", "leave out paths that match, as a skip rule; may be repeated"},
    {"exclude-fs", 0, "TYPE", "leave out file systems of this type; may be repeated"},
    {"all-file-systems", 0, NULL, "also network, removable and pseudo file systems"},
    {"sandbox", 0, "HOW",
     "parse files in processes without rights: auto (as far as the system can, the default), "
     "require (or end with an error), off"},
    {"no-archives", 0, NULL, "do not open archives: each counts as left out by rule"},
    {"packages", 0, NULL,
     "an inventory of packages alone: what package databases, manifests and lock files declare; "
     "every other file, by its name, counts as left out by rule, and nothing is said to be absent"},
    {"every-byte", 0, NULL,
     "look for the catalogues' literals in every byte of every file, not in programs alone: what "
     "stands elsewhere is a trace, unless its indicator says in which files it is more"},
    {"limit", 0, "NAME=N",
     "of what is in one archive: depth=16, bytes=64G, ratio=1000, entries=1000000, time=300 "
     "(seconds), memory=8M, spill=16G (128M in memory); may be repeated"},
    {"spill", 0, "DIR",
     "keep what is too large for memory on this folder's volume, in files without a name (default: "
     "the state folder's; with --no-store, in memory)"},
    {"columns", 0, "FIELD=COLUMN,…",
     "what the columns of csv:FILE are: name, vendor, version, purl, host, serial … each with the "
     "header of its column or #NUMBER (default: as the headers say)"},
    {"trust-ca", 0, "FILE", "trust these certificates too when signatures are verified (PEM)"},
    {0},
};

const struct command cmd_scan = {
    .name = "scan",
    .summary = "find every trace of what the orders ban",
    .usage = "[OPTIONS] [TARGET…]",
    .details = "Scans this machine: every local file system, the running processes, services,\n"
               "devices and trust stores. With TARGETs only those files and folders; with --root\n"
               "another machine's file system. A TARGET csv:FILE is a table of goods or assets,\n"
               "listing:FILE what a tool of another machine listed (dpkg -l, rpm -qa, reg export,\n"
               "systeminfo …). What was recognised is stored, so that\n"
               "`debar match` answers for a new order without touching the disk.\n\n"
               "Exit codes: 0 absent, and everything was examined; 1 found; 2 an error or wrong\n"
               "usage; 3 nothing found, but something could not be examined.\n",
    .options = options,
    .operands_max = -1,
    .run = run,
};
