// SPDX-License-Identifier: Apache-2.0
/*
 * Scans with recognisers that are the attacker: each file costs itself, and the account adds up.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zlib.h>

#include "base/clock.h"
#include "scan/result.h"
#include "scan/scan.h"
#include "support/matching.h"

#define CATALOGUE \
    "products:\n" \
    "  - {id: anvil, name: Acme Anvil, kind: anti-virus, platforms: [any], source: here}\n" \
    "indicators:\n" \
    "  - {id: acme.t.name, product: anvil, field: name, op: exact, value: anvil," \
    " strength: strong, scope: branded, source: here, hit: [anvil], miss: [anvils]}\n"

enum {
    CHANNEL = 3, /* where a parser process has it */
};

enum deed {
    NAME = 1, /* the only honest one */
    DAMAGED,
    ABORT,
    OVERRUN,
    SPIN,
    EXIT,
    GARBAGE,
    FORGE,
    CLOSE,
    MEMORY,
    OPEN,
    CONNECT,
    RUN,
    FORK,
    TRACE,
    KILL,
    SCRIBBLE,
};

static void name(const struct job *job)
{
    emit_component(job->out, TYPE_APPLICATION);
    emit_field(job->out, FIELD_NAME, sv_of(job->bytes->head));
}

/* Past the end of what it has, as far as it takes to fall over something. */
static void overrun(void)
{
    volatile char *p = malloc(16);

    for (size_t i = 0; p; i++)
        p[i] = 1;
}

static void forge(void)
{
    static const char ends[] = "\x0a\0\0\0F\0\0\0\0\0\0\0\0\0\0";

    // That this file ended, and others that are nobody's.
    for (int i = 0; i < 100; i++)
        (void)send(CHANNEL, ends, sizeof(ends) - 1, MSG_NOSIGNAL);
}

static void send_garbage(void)
{
    char noise[4096];

    memset(noise, 0xa5, sizeof(noise));
    (void)send(CHANNEL, noise, sizeof(noise), MSG_NOSIGNAL);
}

/* Over what the opener has read of this file and of others. */
static void scribble(const struct job *job)
{
    uintptr_t page = (uintptr_t)job->bytes->head.p & ~(uintptr_t)4095;

    emit_component(job->out, TYPE_APPLICATION);
    emit_field(job->out, FIELD_NAME,
               mprotect((void *)page, 4096, PROT_READ | PROT_WRITE) == 0 ? SV("overwritten")
                                                                         : sv_of(job->bytes->head));
}

static int do_it(const struct job *job, struct err *err)
{
    char *const none[] = {NULL};

    switch ((enum deed)job->gate->tag) {
    case NAME:
        name(job);
        return 0;
    case DAMAGED:
        name(job);
        return ERR(err, ERR_FORMAT, "it is damaged");
    case ABORT:
        abort();
    case OVERRUN:
        overrun();
        return 0;
    case SPIN:
        for (volatile unsigned i = 0;; i++)
            continue;
    case EXIT:
        _exit(0);
    case GARBAGE:
        send_garbage();
        return 0;
    case FORGE:
        forge();
        return 0;
    case CLOSE:
        (void)close(CHANNEL);
        return 0;
    case MEMORY:
        while (arena_take(job->arena, 1 << 20))
            continue;
        return arena_error(job->arena, err);
    case OPEN:
        (void)open("/etc/shadow", O_RDONLY);
        return 0;
    case CONNECT:
        (void)socket(AF_INET, SOCK_STREAM, 0);
        return 0;
    case RUN:
        (void)execve("/bin/true", none, none);
        return 0;
    case FORK:
        (void)fork();
        return 0;
    case TRACE:
        (void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
        return 0;
    case SCRIBBLE:
        scribble(job);
        return 0;
    case KILL:
        (void)kill(getppid(), SIGKILL);
        return 0;
    default:
        return RECOG_NOT_MINE;
    }
}

static const struct recogniser hostile = {
    .name = "hostile",
    .summary = "does what its file is called",
    .gates =
        (const struct gate[]){
            {.path = "*.name", .state = STATE_PRESENT, .tag = NAME},
            {.path = "*.damaged", .state = STATE_PRESENT, .tag = DAMAGED},
            {.path = "*.abort", .state = STATE_PRESENT, .tag = ABORT},
            {.path = "*.overrun", .state = STATE_PRESENT, .tag = OVERRUN},
            {.path = "*.spin", .state = STATE_PRESENT, .tag = SPIN},
            {.path = "*.exit", .state = STATE_PRESENT, .tag = EXIT},
            {.path = "*.garbage", .state = STATE_PRESENT, .tag = GARBAGE},
            {.path = "*.forge", .state = STATE_PRESENT, .tag = FORGE},
            {.path = "*.close", .state = STATE_PRESENT, .tag = CLOSE},
            {.path = "*.memory", .state = STATE_PRESENT, .tag = MEMORY},
            {.path = "*.open", .state = STATE_PRESENT, .tag = OPEN},
            {.path = "*.connect", .state = STATE_PRESENT, .tag = CONNECT},
            {.path = "*.run", .state = STATE_PRESENT, .tag = RUN},
            {.path = "*.fork", .state = STATE_PRESENT, .tag = FORK},
            {.path = "*.trace", .state = STATE_PRESENT, .tag = TRACE},
            {.path = "*.scribble", .state = STATE_PRESENT, .tag = SCRIBBLE},
            {.path = "*.kill", .state = STATE_PRESENT, .tag = KILL},
            {0},
        },
    .identify = do_it,
};

static const struct recogniser *const table[] = {&hostile, NULL};

/* ---- a scan ---- */

struct scanning {
    struct matching rules;
    struct made_tree tree;
    struct parsers_options parsers;
    struct scan_options options;
    struct scan_progress progress;
    atomic_bool cancel;
    struct coverage coverage;
    struct buf text;
    struct arena arena;
    struct err err;
    int result;
};

static void scanning_init(struct scanning *s)
{
    *s = (struct scanning){.parsers = parsers_defaults};
    matching_init(&s->rules, CATALOGUE, NULL, NULL);
    made_tree_init(&s->tree);
    arena_init(&s->arena, (size_t)64 << 20);
    (void)pthread_mutex_init(&s->progress.lock, NULL);
    s->options = (struct scan_options){.rules = s->rules.rules,
                                       .matcher = s->rules.matcher,
                                       .jobs = 2,
                                       .sandbox = SCAN_SANDBOX_REQUIRE,
                                       .recognisers = table,
                                       .parsers = &s->parsers,
                                       .cancel = &s->cancel,
                                       .progress = &s->progress};
}

static void scanning_clear(struct scanning *s)
{
    matching_clear(&s->rules);
    made_tree_clear(&s->tree);
    arena_clear(&s->arena);
    buf_clear(&s->text);
}

static struct sv within(const struct scanning *s, struct sv place)
{
    size_t n = strlen(s->tree.path);

    return sv_starts(place, sv_str(s->tree.path)) ? sv_from(place, n + 1) : place;
}

static int say_component(void *to, const struct occurrence *o, struct err *err)
{
    struct scanning *s = to;
    struct sv place = within(s, o->place), value = component_get(&o->component, FIELD_NAME);

    (void)err;
    buf_printf(&s->text, "%.*s: %.*s\n", (int)place.n, place.p, (int)value.n, value.p);
    return 0;
}

static int say_gap(void *to, const struct unexamined *u, struct err *err)
{
    struct scanning *s = to;
    struct sv place = within(s, u->place);

    (void)err;
    buf_printf(&s->text, "%.*s: %s, %.*s\n", (int)place.n, place.p, coverage_reason_text(u->reason),
               (int)u->detail.n, u->detail.p);
    return 0;
}

static void read_coverage(struct scanning *s, const struct stored_scan *stored)
{
    struct scan_view view = {0};
    const struct coverage *c = &view.coverage;

    assert_int_equal(header_read(stored->header, &s->arena, &view, &s->err), 0);
    assert_int_equal(c->examined + coverage_skipped(c) + c->unexamined, c->seen);
    s->coverage = *c;
}

/* Components in the order of places, then gaps; or the error. */
static const char *scan(struct scanning *s)
{
    const char *targets[] = {s->tree.path};
    struct stored_scan stored;
    auto_store *store = NULL;

    s->options.targets = targets;
    s->options.target_count = 1;
    assert_int_equal(store_open(NULL, STORE_PRIVATE, NULL, &store, &s->err), 0);
    s->options.store = store;
    buf_reset(&s->text);
    buf_str(&s->text, "");
    atomic_store(&s->cancel, false);
    s->result = scan_run(&s->options, &s->arena, &stored, &s->err);
    if (s->result < 0) {
        buf_str(&s->text, s->err.text);
    } else {
        assert_int_equal(store_each_occurrence(store, say_component, s, &s->err), 0);
        assert_int_equal(store_each_unexamined(store, say_gap, s, &s->err), 0);
        read_coverage(s, &stored);
    }
    return s->text.p;
}

/* ---- archives ---- */

static void put16(struct buf *b, unsigned value)
{
    buf_char(b, (char)(value & 0xff));
    buf_char(b, (char)(value >> 8 & 0xff));
}

static void put32(struct buf *b, unsigned long value)
{
    put16(b, value & 0xffff);
    put16(b, value >> 16 & 0xffff);
}

/* What the local and the central header of an entry have in common; nothing is compressed. */
static void zip_header(struct buf *b, const char *entry, const char *bytes)
{
    put16(b, 20);
    put16(b, 0);
    put16(b, 0);
    put32(b, 0x00210000);
    put32(b, crc32(0, (const Bytef *)bytes, (uInt)strlen(bytes)));
    put32(b, strlen(bytes));
    put32(b, strlen(bytes));
    put16(b, (unsigned)strlen(entry));
    put16(b, 0);
}

/* name, content, name, content … NULL */
static void made_zip(struct made_tree *t, const char *path, const char *const entries[])
{
    auto_buf zip = {0}, directory = {0};
    size_t count = 0, at;

    for (; entries[2 * count]; count++) {
        const char *entry = entries[2 * count], *bytes = entries[2 * count + 1];

        at = zip.n;
        buf_str(&zip, "PK\3\4");
        zip_header(&zip, entry, bytes);
        buf_str(&zip, entry);
        buf_str(&zip, bytes);
        buf_str(&directory, "PK\1\2");
        put16(&directory, 20);
        zip_header(&directory, entry, bytes);
        put16(&directory, 0); // comment
        put16(&directory, 0); // disk
        put16(&directory, 0); // attributes
        put32(&directory, 0);
        put32(&directory, at);
        buf_str(&directory, entry);
    }
    at = zip.n;
    buf_sv(&zip, buf_view(&directory));
    buf_str(&zip, "PK\5\6");
    put32(&zip, 0);
    put16(&zip, (unsigned)count);
    put16(&zip, (unsigned)count);
    put32(&zip, directory.n);
    put32(&zip, at);
    put16(&zip, 0);
    assert_true(buf_ok(&zip));
    made_bytes(t, path, zip.p, zip.n);
}

/* ---- tests ---- */

static void a_hostile_file_costs_itself_alone(void **state)
{
    struct scanning s;
    (void)state;
    scanning_init(&s);
    s.parsers.patience_ns = 3 * NS_PER_S; // one takes its time to fill its memory
    for (char path[] = "a.name"; path[0] <= 'z'; path[0]++)
        made_file(&s.tree, path, "honest");
    made_file(&s.tree, "b.damaged", "half");
    made_file(&s.tree, "c.abort", "x");
    made_file(&s.tree, "d.spin", "x");
    made_file(&s.tree, "e.exit", "x");
    made_file(&s.tree, "f.garbage", "x");
    made_file(&s.tree, "h.memory", "x");
    made_file(&s.tree, "i.open", "x");
    made_file(&s.tree, "j.connect", "x");
    made_file(&s.tree, "k.run", "x");
    made_file(&s.tree, "l.fork", "x");
    made_file(&s.tree, "m.trace", "x");
    made_file(&s.tree, "n.kill", "x");

    assert_string_equal(
        scan(&s),
        "a.name: honest\nb.damaged: half\nb.name: honest\nc.name: honest\nd.name: honest\n"
        "e.name: honest\nf.name: honest\ng.name: honest\nh.name: honest\ni.name: honest\n"
        "j.name: honest\nk.name: honest\nl.name: honest\nm.name: honest\nn.name: honest\n"
        "o.name: honest\np.name: honest\nq.name: honest\nr.name: honest\ns.name: honest\n"
        "t.name: honest\nu.name: honest\nv.name: honest\nw.name: honest\nx.name: honest\n"
        "y.name: honest\nz.name: honest\n"
        "b.damaged: damaged, hostile: it is damaged\n"
        "c.abort: parser-crashed, the parser crashed (Aborted)\n"
        "d.spin: parser-hung, the parser made no progress for too long\n"
        "e.exit: parser-crashed, the parser ended by itself\n"
        "f.garbage: parser-crashed, the parser's answer makes no sense: a record is too long\n"
        "h.memory: limit-bytes, hostile: needs more than the 192 MiB of memory that one file may "
        "use\n"
        "i.open: parser-crashed, the parser made a system call that the sandbox forbids\n"
        "j.connect: parser-crashed, the parser made a system call that the sandbox forbids\n"
        "k.run: parser-crashed, the parser made a system call that the sandbox forbids\n"
        "l.fork: parser-crashed, the parser made a system call that the sandbox forbids\n"
        "m.trace: parser-crashed, the parser made a system call that the sandbox forbids\n"
        "n.kill: parser-crashed, the parser made a system call that the sandbox forbids\n");
    assert_int_equal(s.coverage.seen, 38);
    scanning_clear(&s);
}

/* How such a process ends is not always the same: with a message of its own, by a signal. */
static void a_process_that_breaks_itself_costs_one_file(void **state)
{
    static const char *const paths[] = {"x.overrun", "x.close"};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct scanning s;

        scanning_init(&s);
        made_file(&s.tree, "a.name", "first");
        made_file(&s.tree, paths[i], "x");
        made_file(&s.tree, "z.name", "last");

        assert_non_null(strstr(scan(&s), "a.name: first\nz.name: last\nx."));

        assert_int_equal(s.coverage.by_reason[REASON_PARSER_CRASHED], 1);
        scanning_clear(&s);
    }
}

/* It can hide itself and its company. The opener stands, and every file has its line. */
static void forged_answers_do_no_harm_to_the_opener(void **state)
{
    struct scanning s;
    (void)state;
    scanning_init(&s);
    made_file(&s.tree, "a.name", "first");
    made_file(&s.tree, "x.forge", "x");
    made_file(&s.tree, "z.name", "last");

    (void)scan(&s);

    assert_int_equal(s.result, 0);
    assert_int_equal(s.coverage.seen, 3);
    scanning_clear(&s);
}

static void what_the_opener_has_read_cannot_be_changed(void **state)
{
    struct scanning s;
    (void)state;
    scanning_init(&s);
    made_file(&s.tree, "x.scribble", "as it was");

    assert_string_equal(scan(&s), "x.scribble: as it was\n");
    scanning_clear(&s);
}

static void many_crashes_among_many_files_lose_nothing_else(void **state)
{
    struct scanning s;
    (void)state;
    scanning_init(&s);
    for (int i = 0; i < 400; i++) {
        char path[32];

        (void)snprintf(path, sizeof(path), "%d/%d.%s", i / 20, i, i % 25 == 7 ? "exit" : "name");
        made_file(&s.tree, path, "x");
    }

    (void)scan(&s);

    assert_int_equal(s.coverage.examined, 384);
    assert_int_equal(s.coverage.by_reason[REASON_PARSER_CRASHED], 16);
    assert_int_equal(atomic_load(&s.progress.components), 384);
    scanning_clear(&s);
}

static void what_was_read_of_an_archive_before_the_crash_counts(void **state)
{
    static const char *const inner[] = {"b.name", "before", "c.exit", "x", "d.name", "after", NULL};
    struct scanning s;
    (void)state;
    scanning_init(&s);
    made_zip(&s.tree, "a.jar", inner);

    assert_string_equal(scan(&s), "a.jar!/b.name: before\n"
                                  "a.jar: parser-crashed, the parser ended by itself\n"
                                  "a.jar!/c.exit: parser-crashed, the parser ended by itself\n");
    assert_int_equal(s.coverage.seen, 3);
    scanning_clear(&s);
}

static void a_process_is_replaced_after_its_life(void **state)
{
    struct scanning s;
    (void)state;
    scanning_init(&s);
    s.parsers.life = 3;
    for (char path[] = "a.name"; path[0] <= 'z'; path[0]++)
        made_file(&s.tree, path, "x");

    (void)scan(&s);

    assert_int_equal(s.coverage.examined, 26);
    scanning_clear(&s);
}

static void the_same_is_found_without_a_sandbox(void **state)
{
    static const char *const inner[] = {"b.name", "in", "c/d.damaged", "half", "e", "", NULL};
    struct scanning s;
    auto_buf jailed = {0};
    (void)state;
    scanning_init(&s);
    made_file(&s.tree, "a.name", "x");
    made_file(&s.tree, "b.damaged", "y");
    made_file(&s.tree, "c", "z");
    made_zip(&s.tree, "d.jar", inner);

    buf_str(&jailed, scan(&s));
    s.options.sandbox = SCAN_SANDBOX_OFF;

    assert_string_equal(scan(&s), jailed.p);
    assert_string_equal(jailed.p, "a.name: x\n"
                                  "b.damaged: y\n"
                                  "d.jar!/b.name: in\n"
                                  "d.jar!/c/d.damaged: half\n"
                                  "b.damaged: damaged, hostile: it is damaged\n"
                                  "d.jar!/c/d.damaged: damaged, hostile: it is damaged\n");
    scanning_clear(&s);
}

static char warned[256];

static void keep_warning(const char *text)
{
    (void)snprintf(warned, sizeof(warned), "%s", text);
}

static void a_sandbox_that_cannot_be_is_told_or_refused(void **state)
{
    struct scanning s;
    (void)state;
    scanning_init(&s);
    s.parsers.jail = false; // as on a system that has nothing of it
    s.options.warn = keep_warning;
    made_file(&s.tree, "a.name", "x");

    assert_string_equal(scan(&s), "a parser process cannot be started: the sandbox needs what this "
                                  "system does not offer: dropping privileges, Landlock, seccomp");
    s.options.sandbox = SCAN_SANDBOX_AUTO;

    assert_string_equal(scan(&s), "a.name: x\n");
    assert_string_equal(warned, "files are parsed without all of the sandbox, which this system "
                                "lacks: dropping privileges, Landlock, seccomp");
    scanning_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hostile_file_costs_itself_alone),
        cmocka_unit_test(a_process_that_breaks_itself_costs_one_file),
        cmocka_unit_test(forged_answers_do_no_harm_to_the_opener),
        cmocka_unit_test(what_the_opener_has_read_cannot_be_changed),
        cmocka_unit_test(many_crashes_among_many_files_lose_nothing_else),
        cmocka_unit_test(what_was_read_of_an_archive_before_the_crash_counts),
        cmocka_unit_test(a_process_is_replaced_after_its_life),
        cmocka_unit_test(the_same_is_found_without_a_sandbox),
        cmocka_unit_test(a_sandbox_that_cannot_be_is_told_or_refused),
    };

    if ((sandbox_available() & SANDBOX_NEEDED) != SANDBOX_NEEDED) {
        (void)printf("this system has no sandbox\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
