// SPDX-License-Identifier: Apache-2.0
/* The side of the process that asks; os/copy_root_keeper.c is the other one. */
#include "os/copy_root.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/channel.h"
#include "os/copy_root_keeper.h"
#include "os/file.h"

enum {
    OUTPUT_MAX = 256 << 10,
    ARGUMENTS_MAX = 128 << 10,
};

struct copy_root {
    int channel;
    pid_t keeper;
    int merged;
    struct copy_layer *layers;
    size_t count;
    struct keeper_hello hello;
};

void copy_root_free(struct copy_root *c)
{
    if (!c)
        return;
    // The keeper ends when nobody is at the other end, and the kernel ends whatever it ran.
    if (c->channel >= 0)
        (void)close(c->channel);
    if (c->keeper > 0)
        while (waitpid(c->keeper, NULL, 0) < 0 && errno == EINTR)
            ;
    for (size_t i = 0; i < c->count; i++) {
        (void)close(c->layers[i].lower);
        (void)close(c->layers[i].upper);
        free((void *)(uintptr_t)c->layers[i].point.p);
    }
    free(c->layers);
    if (c->merged >= 0)
        (void)close(c->merged);
    free(c);
}

void copy_root_auto_free(struct copy_root **c)
{
    copy_root_free(*c);
}

int copy_root_fd(const struct copy_root *c)
{
    return c->merged;
}

const struct copy_layer *copy_root_layers(const struct copy_root *c, size_t *ret_count)
{
    *ret_count = c->count;
    return c->layers;
}

bool copy_root_made(const struct copy_root *c, const char *path)
{
    for (unsigned i = 0; i < KEEPER_FOLDERS; i++)
        if (c->hello.made & 1u << i && *path == '/' && !strcmp(path + 1, keeper_folders[i]))
            return true;
    return false;
}

/* What the keeper says of a layer, and its two folders. */
static int take_layer(struct copy_root *c, struct err *err)
{
    struct copy_layer *l = &c->layers[c->count];
    int files[2] = {-1, -1};
    size_t count = 0, length;
    auto_free char *point = NULL;

    TRY(channel_receive(c->channel, &length, sizeof(length), files, ARRAY_LEN(files), &count, err));
    point = calloc(1, length + 1);
    if (!point || count != ARRAY_LEN(files)) {
        for (size_t i = 0; i < count; i++)
            (void)close(files[i]);
        return ERR(err, ERR_NOMEM, "copy of a root: out of memory or of open files");
    }
    *l = (struct copy_layer){.point = {point, length}, .lower = files[0], .upper = files[1]};
    STEAL(point);
    c->count++;
    if (!length)
        return 0;
    return channel_receive(c->channel, (char *)(uintptr_t)l->point.p, length, NULL, 0, &count, err);
}

static int take_hello(struct copy_root *c, struct err *err)
{
    size_t count = 0;
    int r = channel_receive(c->channel, &c->hello, sizeof(c->hello), &c->merged, 1, &count, err);

    if (r < 0)
        return err_wrap(err, r, "copy of a root: what keeps it has ended");
    if (c->hello.result < 0) {
        if (err)
            *err = c->hello.err;
        return c->hello.result;
    }
    c->layers = calloc(c->hello.layers, sizeof(*c->layers));
    if (!c->layers || count != 1)
        return ERR(err, ERR_NOMEM, "copy of a root: out of memory or of open files");
    for (size_t i = 0; i < c->hello.layers; i++)
        TRY(take_layer(c, err));
    return 0;
}

int copy_root_new(const char *root, struct copy_root **ret, struct err *err)
{
    auto_copy_root *c = calloc(1, sizeof(*c));
    int ends[2];

    if (!c)
        return ERR(err, ERR_NOMEM, "copy of a root: out of memory");
    c->channel = c->merged = -1;
    if (geteuid() != 0)
        return ERR(err, ERR_DENIED,
                   "trying what an uninstaller does needs root, for an overlay and namespaces");
    TRY(channel_pair(ends, err));
    c->keeper = fork();
    if (c->keeper < 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return ERR_SYS(err, "starting a process");
    }
    if (c->keeper == 0) {
        (void)close(ends[0]);
        keeper_work(root, ends[1]);
    }
    (void)close(ends[1]);
    c->channel = ends[0];
    TRY(take_hello(c, err));
    *ret = STEAL(c);
    return 0;
}

int copy_root_run(struct copy_root *c, const struct sv *argv, size_t argc, unsigned limit_s,
                  struct copy_run *ret, struct buf *output, struct err *err)
{
    auto_buf words = BUF_INIT(ARGUMENTS_MAX);
    struct keeper_request request = {.argc = argc, .limit_s = limit_s};
    struct keeper_reply reply;
    int ends[2], r;
    size_t count;

    for (size_t i = 0; i < argc; i++) {
        if (memchr(argv[i].p, '\0', argv[i].n))
            return ERR(err, ERR_FORMAT, "an argument has a NUL in it");
        buf_sv(&words, argv[i]);
        buf_char(&words, '\0');
    }
    if (!argc || !buf_ok(&words))
        return ERR(err, ERR_LIMIT, "no arguments, or more than %d bytes of them", ARGUMENTS_MAX);
    request.size = words.n;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ERR_SYS(err, "making a pipe");
    r = channel_send(c->channel, &request, sizeof(request), &ends[1], 1, -1, err);
    (void)close(ends[1]);
    if (r == 0)
        r = channel_send(c->channel, words.p, words.n, NULL, 0, -1, err);
    if (r == 0)
        file_drain(ends[0], OUTPUT_MAX, output);
    (void)close(ends[0]);
    TRY(r);
    TRY(channel_receive(c->channel, &reply, sizeof(reply), NULL, 0, &count, err));
    if (reply.result < 0) {
        if (err)
            *err = reply.err;
        return reply.result;
    }
    *ret = (struct copy_run){.code = reply.code, .timed_out = reply.timed_out};
    return 0;
}
