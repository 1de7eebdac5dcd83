// SPDX-License-Identifier: Apache-2.0
#include "scan/pacer.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "scan/parsers.h"

enum {
    TICK_MS = 20,
    WAIT_MS = 100, /* a rest is left when the scan is stopped: how often to look */
    GRANT_MS = 5,  /* how often to look whether more may be read */
};

struct pacer {
    struct governor_limits limits;
    struct read_meter meter;
    const atomic_bool *cancel;
    struct parsers *parsers;
    int pressure_fds[3]; /* cpu, io, memory; -1: the kernel does not say */
    atomic_uint_fast64_t bytes;
    atomic_uint_fast64_t bytes_until; /* that may be read by now; 0: no limit */
    atomic_int_fast64_t rest_until_ns;
    atomic_bool stop;
    struct governor governor; /* the thread's, once it runs */
    pthread_t thread;
    bool started;
};

static void on_read(void *to, uint64_t bytes)
{
    struct pacer *p = to;

    atomic_fetch_add_explicit(&p->bytes, bytes, memory_order_relaxed);
    pacer_rest(p);
}

int pacer_new(const struct governor_limits *limits, const atomic_bool *cancel, struct pacer **ret,
              struct err *err)
{
    static const char *const files[] = {"/proc/pressure/cpu", "/proc/pressure/io",
                                        "/proc/pressure/memory"};
    struct pacer *p = calloc(1, sizeof(*p));

    if (!p)
        return ERR(err, ERR_NOMEM, "no memory");
    p->limits = *limits;
    p->cancel = cancel;
    p->meter = (struct read_meter){on_read, p};
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        p->pressure_fds[i] = open(files[i], O_RDONLY | O_CLOEXEC);
    *ret = p;
    return 0;
}

static double pressure_of(int fd)
{
    char text[256];
    ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

    if (n <= 0)
        return 0;
    text[n] = '\0';
    return governor_read_pressure(text);
}

static struct governor_use use_of(struct pacer *p)
{
    struct governor_use use = {.now_ns = clock_steady_ns(),
                               .cpu_ns = clock_cpu_ns(),
                               .bytes = atomic_load_explicit(&p->bytes, memory_order_relaxed)};

    if (p->parsers)
        parsers_add_use(p->parsers, &use.cpu_ns, &use.bytes);
    return use;
}

static void grant(struct pacer *p, const struct governor *g)
{
    uint64_t bytes = governor_grant(g), read = atomic_load(&p->bytes);

    if (!bytes)
        return;
    atomic_store(&p->bytes_until, read + bytes);
    if (p->parsers)
        parsers_grant(p->parsers, bytes);
}

static void *pace(void *arg)
{
    struct pacer *p = arg;
    struct governor g = p->governor;
    int64_t felt_ns = g.last.now_ns;

    while (!atomic_load_explicit(&p->stop, memory_order_relaxed)) {
        struct governor_use use;
        int64_t rest;

        (void)poll(NULL, 0, TICK_MS);
        use = use_of(p);
        if (use.now_ns - felt_ns >= GOVERNOR_PRESSURE_MS * (NS_PER_S / 1000)) {
            governor_feel(&g,
                          &(struct governor_pressure){.cpu = pressure_of(p->pressure_fds[0]),
                                                      .io = pressure_of(p->pressure_fds[1]),
                                                      .memory = pressure_of(p->pressure_fds[2])});
            felt_ns = use.now_ns;
        }
        rest = governor_decide(&g, &use);
        if (rest == 0) {
            grant(p, &g);
            continue;
        }
        atomic_store(&p->rest_until_ns, use.now_ns + rest);
        if (p->parsers)
            parsers_rest(p->parsers, use.now_ns + rest);
    }
    return NULL;
}

int pacer_start(struct pacer *p, struct parsers *parsers, struct err *err)
{
    struct governor_use use;
    int r;

    if (!p)
        return 0;
    p->parsers = parsers;
    use = use_of(p);
    governor_init(&p->governor, &p->limits, (unsigned)sysconf(_SC_NPROCESSORS_ONLN), &use);
    grant(p, &p->governor);
    r = pthread_create(&p->thread, NULL, pace, p);
    p->started = r == 0;
    return r == 0 ? 0 : ERR(err, ERR_NOMEM, "no thread to keep the scan within its limits");
}

void pacer_free(struct pacer *p)
{
    if (!p)
        return;
    atomic_store(&p->stop, true);
    if (p->started)
        (void)pthread_join(p->thread, NULL);
    for (size_t i = 0; i < ARRAY_LEN(p->pressure_fds); i++)
        if (p->pressure_fds[i] >= 0)
            (void)close(p->pressure_fds[i]);
    free(p);
}

/* Milliseconds to wait before looking again; 0: go on. */
static int rest_ms(struct pacer *p)
{
    int64_t until = atomic_load_explicit(&p->rest_until_ns, memory_order_relaxed);
    int64_t left = until ? until - clock_steady_ns() : 0, ms = left / (NS_PER_S / 1000) + 1;
    uint64_t bytes = atomic_load_explicit(&p->bytes_until, memory_order_relaxed);

    if (left > 0)
        return (int)(ms < WAIT_MS ? ms : WAIT_MS);
    return bytes && atomic_load_explicit(&p->bytes, memory_order_relaxed) > bytes ? GRANT_MS : 0;
}

void pacer_rest(struct pacer *p)
{
    int ms;

    while (p && (ms = rest_ms(p)) > 0 && !atomic_load_explicit(p->cancel, memory_order_relaxed))
        (void)poll(NULL, 0, ms);
}

const struct read_meter *pacer_meter(const struct pacer *p)
{
    return p ? &p->meter : NULL;
}
