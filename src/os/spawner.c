// SPDX-License-Identifier: Apache-2.0
/*
 * Three messages on a channel that only the spawner and its owner have:
 *
 *     make number + a channel's end + a file  ─►  pid, or why there is none
 *     end pid                                 ─►  wait status, or why it is not known
 *     (end of the stream)                     ─►  the spawner ends
 */
#include "os/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/channel.h"

enum {
    PATIENCE_MS = 30 * 1000,
    CHANNEL = STDERR_FILENO + 1,
    FILE_OF_WORKER = CHANNEL + 1,
};

struct request {
    enum { MAKE, END } what;
    int value; /* the number of a worker, a pid */
};

struct reply {
    int value, result;
    struct err why;
};

struct spawner {
    pthread_mutex_t lock; /* one request at a time on the channel */
    int channel, pid;
};

/* What the spawner is, once it was asked for a worker. */
struct state {
    bool asked;
    int result; /* of making everything ready */
    struct err why;
    unsigned features;
};

/* ---- in the spawner and its workers ---- */

static void die_with_parent(int parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
}

/* What is meant for the owner (Ctrl-C reaches the whole group) must not take its workers away. */
static void leave_signals(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP};
    sigset_t none;

    for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
        (void)signal(ignored[i], SIG_IGN);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void move(int from, int to)
{
    if (from != to && dup2(from, to) < 0)
        _exit(1);
}

/* Keep the standard three, CHANNEL and, unless it is -1, FILE_OF_WORKER. */
static void keep_only(int channel, int file)
{
    const int first = file < 0 ? FILE_OF_WORKER : FILE_OF_WORKER + 1;

    if (file == CHANNEL && (file = dup(file)) < 0)
        _exit(1);
    move(channel, CHANNEL);
    if (file >= 0)
        move(file, FILE_OF_WORKER);
    if (close_range((unsigned)first, ~0u, 0) == 0)
        return;
    for (long fd = first, n = sysconf(_SC_OPEN_MAX); fd < n; fd++)
        (void)close((int)fd); // a kernel before 5.9
}

__attribute__((noreturn)) static void run_worker(const struct spawner_options *o, unsigned number,
                                                 const int files[2], unsigned features, int parent)
{
    int file = files[1] < 0 ? -1 : FILE_OF_WORKER;
    struct err err = {0};
    unsigned entered = 0;

    keep_only(files[0], files[1]);
    die_with_parent(parent);
    if (o->jail && sandbox_enter(o->worker_name, &o->limits, file, &entered, &err) < 0)
        entered = 0;
    o->work(o->to, number, CHANNEL, file, features | entered, &err);
    _exit(0);
}

static int get_ready(const struct spawner_options *o, struct state *s, int parent)
{
    if (s->asked)
        return s->result;
    s->asked = true;
    if (o->prepare)
        s->result = o->prepare(o->to, &s->why);
    if (s->result == 0 && o->jail)
        s->result = sandbox_renounce(o->name, &s->features, &s->why);
    die_with_parent(parent); // again: when privileges are given up, that is forgotten
    return s->result;
}

static void make(const struct spawner_options *o, const struct state *s,
                 const struct request *request, const int files[2], struct reply *reply)
{
    int self = getpid();

    reply->value = fork();
    if (reply->value == 0)
        run_worker(o, (unsigned)request->value, files, s->features, self);
    if (reply->value < 0)
        reply->result = ERR_SYS(&reply->why, "starting a parser process");
}

/* Only a worker can be ended: who asks must not get at other processes by the spawner's rights. */
static void end(int pid, struct reply *reply)
{
    pid_t ended = pid > 0 ? waitpid(pid, &reply->value, WNOHANG) : -1;

    if (ended == 0) {
        (void)kill(pid, SIGKILL);
        while ((ended = waitpid(pid, &reply->value, 0)) < 0 && errno == EINTR)
            continue;
    }
    if (ended < 0)
        reply->result = ERR(&reply->why, ERR_GONE, "no process %d was started", pid);
}

__attribute__((noreturn)) static void run_spawner(const struct spawner_options *o, int channel,
                                                  int parent)
{
    struct state state = {0};
    struct err err;

    die_with_parent(parent);
    leave_signals();
    (void)prctl(PR_SET_NAME, o->name);
    (void)prctl(PR_SET_DUMPABLE, 0); // nobody looks into it while it still has its rights
    if (o->inherit && o->inherit(o->to, &err) < 0)
        _exit(1);
    keep_only(channel, -1);
    for (;;) {
        struct request request;
        struct reply reply = {0};
        int files[2] = {-1, -1};
        size_t count = 0;

        if (channel_receive(CHANNEL, &request, sizeof(request), files, 2, &count, &err) < 0)
            _exit(0);
        if (request.what == END)
            end(request.value, &reply);
        else if ((reply.result = get_ready(o, &state, parent)) < 0)
            reply.why = state.why;
        else
            make(o, &state, &request, files, &reply);
        for (size_t i = 0; i < count; i++)
            (void)close(files[i]);
        if (channel_send(CHANNEL, &reply, sizeof(reply), NULL, 0, PATIENCE_MS, &err) < 0)
            _exit(0);
    }
}

/* ---- in its owner ---- */

int spawner_start(const struct spawner_options *options, struct spawner **ret, struct err *err)
{
    struct spawner *s = calloc(1, sizeof(*s));
    int ends[2], parent = getpid();

    if (!s)
        return ERR(err, ERR_NOMEM, "no memory");
    if (channel_pair(ends, err) < 0) {
        free(s);
        return -(int)err->code;
    }
    (void)pthread_mutex_init(&s->lock, NULL);
    s->channel = ends[0];
    s->pid = fork();
    if (s->pid == 0)
        run_spawner(options, ends[1], parent);
    (void)close(ends[1]);
    if (s->pid < 0) {
        (void)ERR_SYS(err, "starting a process");
        spawner_stop(s);
        return -(int)err->code;
    }
    *ret = s;
    return 0;
}

void spawner_stop(struct spawner *s)
{
    if (!s)
        return;
    (void)close(s->channel);
    while (s->pid > 0 && waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

static int ask(struct spawner *s, const struct request *request, const int files[2], int *ret,
               struct err *err)
{
    struct reply reply;
    size_t count = 0, none = 0;
    int r;

    while (files && count < 2 && files[count] >= 0)
        count++;
    (void)pthread_mutex_lock(&s->lock);
    r = channel_send(s->channel, request, sizeof(*request), files, count, PATIENCE_MS, err);
    if (r == 0)
        r = channel_receive(s->channel, &reply, sizeof(reply), NULL, 0, &none, err);
    (void)pthread_mutex_unlock(&s->lock);
    if (r < 0)
        return err_wrap(err, r, "the process that starts parsers");
    if (reply.result < 0)
        *err = reply.why;
    else
        *ret = reply.value;
    return reply.result;
}

int spawner_worker(struct spawner *s, unsigned number, int file, int *ret_pid, int *ret_channel,
                   struct err *err)
{
    struct request request = {.what = MAKE, .value = (int)number};
    int ends[2], r;

    TRY(channel_pair(ends, err));
    r = ask(s, &request, (const int[2]){ends[1], file}, ret_pid, err);
    (void)close(ends[1]);
    if (r < 0)
        (void)close(ends[0]);
    else
        *ret_channel = ends[0];
    return r;
}

int spawner_reap(struct spawner *s, int pid, int *ret_status, struct err *err)
{
    struct request request = {.what = END, .value = pid};

    return ask(s, &request, NULL, ret_status, err);
}
