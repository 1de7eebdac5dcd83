// SPDX-License-Identifier: Apache-2.0
#include "scan/parsers.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/spawner.h"
#include "os/spill_file.h"
#include "scan/parser_process.h"

enum {
    PAGE = 4096, /* at least one of the machine's */
};

const struct parsers_options parsers_defaults = {
    .jail = true,
    // A dictionary of 1 GiB, the largest that is unpacked, and what is made ready beside it.
    .limits = {.memory = UINT64_C(5) << 28, .cpu_s = 3600, .files = 128},
    .patience_ns = 60 * NS_PER_S,
    .patience_mib_ns = NS_PER_S / 8,
    .life = 20000,
};

struct parsers {
    struct parsers_options o;
    struct dissect_context context;
    struct dissector *dissector; /* in the spawner, for the processes, which have a copy each */
    struct spawner *spawner;
    uint8_t *pages;
    size_t page_size;
    uint8_t *heads; /* for each parser its slots; NULL: none */
    int heads_fd;
    atomic_uint features;
};

struct parser_page *parsers_page(const struct parsers *all, unsigned number)
{
    return (struct parser_page *)(void *)(all->pages + number * all->page_size);
}

/* In the process: no memory is shared but its own page. */
static void keep_page(struct parsers *all, unsigned number)
{
    size_t before = number * all->page_size, own = before + all->page_size,
           end = all->o.count * all->page_size;

    if (before)
        (void)munmap(all->pages, before);
    if (own < end)
        (void)munmap(all->pages + own, end - own);
}

static size_t heads_size(const struct parsers *all)
{
    return (size_t)all->o.count * PARSER_SLOTS * SOURCE_HEAD;
}

static uint8_t *heads_of(const struct parsers *all, unsigned number)
{
    return all->heads ? all->heads + (size_t)number * PARSER_SLOTS * SOURCE_HEAD : NULL;
}

/*
 * Memory that this process writes and that no other can: from the moment it is sealed there is no
 * new way to write to it, and the spawner gives up the one that it has inherited. Without it, all
 * is read through open files.
 */
static void share_heads(struct parsers *all)
{
    int fd = memfd_create("heads", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *p = MAP_FAILED;

    if (fd < 0)
        return;
    if (ftruncate(fd, (off_t)heads_size(all)) == 0)
        p = mmap(NULL, heads_size(all), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE) != 0) {
        if (p != MAP_FAILED)
            (void)munmap(p, heads_size(all));
        (void)close(fd);
        return;
    }
    all->heads = p;
    all->heads_fd = fd;
}

/* In the spawner: the same memory at the same place, to be read only. */
static int inherit(void *to, struct err *err)
{
    struct parsers *all = to;

    if (all->heads && mmap(all->heads, heads_size(all), PROT_READ, MAP_SHARED | MAP_FIXED,
                           all->heads_fd, 0) != all->heads)
        return ERR_SYS(err, "memory that is shared with parsers");
    return 0;
}

/* In the spawner: what a jail forbids. */
static int prepare(void *to, struct err *err)
{
    struct parsers *all = to;

    clock_settle();
    dissect_prepare(&all->context);
    return dissector_new(&all->context, &all->dissector, err);
}

static void work(void *to, unsigned number, int channel, int spill, unsigned features,
                 const struct err *why)
{
    struct parsers *all = to;
    struct parser_process process = {.dissector = all->dissector,
                                     .page = parsers_page(all, number),
                                     .heads = heads_of(all, number),
                                     .classifier = all->context.classifier,
                                     .channel = channel,
                                     .paced = all->o.paced};

    keep_page(all, number);
    all->context.cancel = &process.page->stop;
    all->context.beats = &process.page->beats;
    dissector_spill_to(all->dissector, spill);
    parser_process_run(&process, features, why);
}

static int start_spawner(struct parsers *all, struct err *err)
{
    struct spawner_options o = {.name = "debar-spawner",
                                .worker_name = "debar-parser",
                                .jail = all->o.jail,
                                .limits = all->o.limits,
                                .inherit = inherit,
                                .prepare = prepare,
                                .work = work,
                                .to = all};

    return spawner_start(&o, &all->spawner, err);
}

static int check_needed(const struct parsers_options *o, unsigned features, struct err *err)
{
    auto_buf missing = {0};

    if ((o->needed & ~features) == 0)
        return 0;
    sandbox_features_write(o->needed & ~features, &missing);
    return ERR(err, ERR_UNSUPPORTED, "the sandbox needs what this system does not offer: %s",
               missing.p ? missing.p : "?");
}

int parsers_start(const struct parsers_options *options, struct parsers **ret, struct err *err)
{
    struct parsers *all;
    void *pages;
    int r;

    if (options->needed & SANDBOX_NEEDED)
        TRY(check_needed(options, sandbox_available() | ~(unsigned)SANDBOX_NEEDED, err));
    all = calloc(1, sizeof(*all));
    if (!all)
        return ERR(err, ERR_NOMEM, "no memory");
    all->o = *options;
    all->context = *options->dissect;
    all->o.limits.written = all->context.limits->spill;
    all->page_size = (size_t)sysconf(_SC_PAGESIZE) > PAGE ? (size_t)sysconf(_SC_PAGESIZE) : PAGE;
    atomic_init(&all->features, SANDBOX_ALL);
    pages = mmap(NULL, all->page_size * all->o.count, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        free(all);
        return ERR_SYS(err, "memory that is shared with parsers");
    }
    all->pages = pages;
    share_heads(all);
    r = start_spawner(all, err);
    if (r < 0)
        parsers_stop(all);
    else
        *ret = all;
    return r;
}

void parsers_stop(struct parsers *all)
{
    if (!all)
        return;
    spawner_stop(all->spawner);
    (void)munmap(all->pages, all->page_size * all->o.count);
    if (all->heads) {
        (void)munmap(all->heads, heads_size(all));
        (void)close(all->heads_fd);
    }
    free(all);
}

unsigned parsers_features(const struct parsers *all)
{
    return atomic_load(&all->features);
}

void parsers_add_use(const struct parsers *all, int64_t *cpu_ns, uint64_t *bytes)
{
    for (unsigned i = 0; i < all->o.count; i++) {
        struct parser_page *page = parsers_page(all, i);

        *cpu_ns += (int64_t)atomic_load_explicit(&page->cpu_ns, memory_order_relaxed);
        *bytes += atomic_load_explicit(&page->bytes, memory_order_relaxed);
    }
}

void parsers_rest(const struct parsers *all, int64_t until_ns)
{
    for (unsigned i = 0; i < all->o.count; i++)
        atomic_store_explicit(&parsers_page(all, i)->rest_until_ns, until_ns, memory_order_relaxed);
}

void parsers_grant(const struct parsers *all, uint64_t bytes)
{
    for (unsigned i = 0; i < all->o.count; i++) {
        struct parser_page *page = parsers_page(all, i);
        uint64_t read = atomic_load_explicit(&page->bytes, memory_order_relaxed);

        atomic_store_explicit(&page->bytes_until, read + bytes / all->o.count + 1,
                              memory_order_relaxed);
    }
}

/* ---- for one parser ---- */

const struct parsers_options *parsers_options(const struct parsers *all)
{
    return &all->o;
}

uint8_t *parsers_head(const struct parsers *all, unsigned number, unsigned slot)
{
    uint8_t *heads = heads_of(all, number);

    bug_if(slot >= PARSER_SLOTS);
    return heads ? heads + (size_t)slot * SOURCE_HEAD : NULL;
}

void parsers_head_settle(const struct parsers *all, unsigned number, unsigned slot)
{
    uint8_t *head = parsers_head(all, number, slot);

    if (head)
        (void)madvise(head, SOURCE_HEAD, MADV_POPULATE_WRITE); // if the system can
}

int parsers_make(struct parsers *all, unsigned number, int *ret_pid, int *ret_channel,
                 struct err *err)
{
    int spill, r;

    // Made here, since the process may make no file.
    TRY(spill_make(all->context.spill_folder, &spill, err));
    r = spawner_worker(all->spawner, number, spill, ret_pid, ret_channel, err);
    (void)close(spill);
    return r;
}

int parsers_end(struct parsers *all, int pid, int *ret_status, struct err *err)
{
    return spawner_reap(all->spawner, pid, ret_status, err);
}

int parsers_take(struct parsers *all, unsigned features, struct err *err)
{
    atomic_fetch_and(&all->features, features);
    return check_needed(&all->o, parsers_features(all), err);
}
