// SPDX-License-Identifier: Apache-2.0
#include "os/jailed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/spill_file.h"

enum {
    FILES = 16, /* open at once */
    PIECE = 64 << 10,
};

/* In memory that both processes see; what the other one writes there is not believed. */
struct reply {
    bool done;
    int result;
    struct err err;
};

const char *jailed_path(int file)
{
    return file == JAILED_IN ? "/proc/self/fd/3" : "/proc/self/fd/4";
}

/* ---- in the process without rights ---- */

static int give_up(const struct jailed *j, struct err *err)
{
    struct sandbox_limits limits = j->limits;
    unsigned features;

    limits.files = FILES;
    TRY(sandbox_renounce(j->name, &features, err));
    // Opening names is only allowed where Landlock leaves nothing but these two to open.
    limits.opens = features & SANDBOX_FILES;
    if (!limits.opens)
        return 0;
    return sandbox_enter(j->name, &limits, JAILED_OUT, &features, err);
}

static void work(const struct jailed *j, int in, int out, struct reply *reply)
{
    struct err err = {0};
    int result = 0;

    if (j->prepare)
        j->prepare();
    // Both above where they go, so that neither takes the other's place.
    in = fcntl(in, F_DUPFD, FILES);
    out = fcntl(out, F_DUPFD, FILES);
    if (in < 0 || out < 0 || dup2(in, JAILED_IN) < 0 || dup2(out, JAILED_OUT) < 0 ||
        close_range(JAILED_OUT + 1, ~0U, 0) != 0)
        result = ERR_SYS(&err, "the files of a process without rights");
    if (result == 0)
        result = give_up(j, &err);
    if (result == 0)
        result = j->work(j->to, &err);
    reply->result = result;
    reply->err = err;
    reply->done = true;
}

/* ---- in the process that asks ---- */

static int wait_for(pid_t pid, int *ret_status, struct err *err)
{
    while (waitpid(pid, ret_status, 0) < 0)
        if (errno != EINTR)
            return ERR_SYS(err, "waiting for a process without rights");
    return 0;
}

static int judge(const struct jailed *j, const struct reply *reply, int status, struct err *err)
{
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXFSZ))
        return ERR(err, ERR_LIMIT, "%s: it took more time or room than it may", j->name);
    if (WIFSIGNALED(status))
        return ERR(err, ERR_FORMAT, "%s: the bytes ended the process that reads them (signal %d)",
                   j->name, WTERMSIG(status));
    if (!reply->done || (reply->result < 0 && -reply->result >= ERR_COUNT_))
        return ERR(err, ERR_FORMAT, "%s: the bytes ended the process that reads them", j->name);
    if (reply->result < 0) {
        char text[sizeof(reply->err.text)];

        memcpy(text, reply->err.text, sizeof(text));
        text[sizeof(text) - 1] = '\0';
        return ERR(err, (enum err_code) - reply->result, "%s", text);
    }
    return reply->result;
}

static int take_out(int fd, struct buf *out, uint64_t max, struct err *err)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char piece[PIECE];

    if (size < 0 || (uint64_t)size > max)
        return ERR(err, ERR_LIMIT, "more came out than may");
    for (off_t at = 0; at < size;) {
        ssize_t n = pread(fd, piece, sizeof(piece), at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_SYS(err, "reading what came out");
        buf_bytes(out, piece, (size_t)n);
        at += n;
    }
    return buf_ok(out) ? 0 : ERR(err, ERR_LIMIT, "more came out than may");
}

static int run(const struct jailed *j, int in, int out, struct reply *reply, struct err *err)
{
    pid_t pid;
    int status;

    (void)fflush(NULL);
    pid = fork();
    if (pid < 0)
        return ERR_SYS(err, "making a process without rights");
    if (pid == 0) {
        work(j, in, out, reply);
        _exit(0);
    }
    TRY(wait_for(pid, &status, err));
    return judge(j, reply, status, err);
}

int jailed_run(const struct jailed *j, struct buf *out, struct err *err)
{
    struct spill_file in;
    auto_fd int made = -1;
    struct reply *reply;
    int result;

    spill_init(&in, NULL);
    reply = mmap(NULL, sizeof(*reply), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reply == MAP_FAILED)
        return ERR_SYS(err, "memory for a process without rights");
    result = spill_make(NULL, &made, err);
    if (result == 0)
        result = spill_make(NULL, &in.fd, err);
    if (result == 0)
        result = spill_append(&in, j->in, err);
    if (result == 0)
        result = run(j, in.fd, made, reply, err);
    if (result >= 0) {
        int taken = take_out(made, out, j->limits.written, err);

        result = taken < 0 ? taken : result;
    }
    spill_clear(&in);
    (void)munmap(reply, sizeof(*reply));
    return result;
}
