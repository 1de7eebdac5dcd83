// SPDX-License-Identifier: Apache-2.0
#include "os/closer.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SHARE = 16, /* of the files that may be open, one in so many */
};

void closer_init(struct closer *c)
{
    struct rlimit limit = {0};

    *c = (struct closer){.lock = PTHREAD_MUTEX_INITIALIZER, .batch = CLOSER_ROOM};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < SHARE * CLOSER_ROOM)
        c->batch = 1 + (unsigned)(limit.rlim_cur / SHARE);
}

/* [first, last] are open, all of them to be closed. */
static void close_run(int first, int last)
{
    if (first == last || syscall(SYS_close_range, first, last, 0) != 0)
        for (int fd = first; fd <= last; fd++)
            (void)close(fd);
}

static void close_all(const int files[], unsigned count)
{
    for (unsigned i = 0, next; i < count; i = next) {
        next = i + 1;
        while (next < count && files[next] == files[next - 1] + 1)
            next++;
        close_run(files[i], files[next - 1]);
    }
}

void closer_close(struct closer *c, int fd)
{
    int files[CLOSER_ROOM];
    unsigned at, count = 0;

    if (!c) {
        (void)close(fd);
        return;
    }
    (void)pthread_mutex_lock(&c->lock);
    // New descriptors mostly go up, so that its place is near the end.
    for (at = c->count++; at && c->files[at - 1] > fd; at--)
        c->files[at] = c->files[at - 1];
    c->files[at] = fd;
    if (c->count >= c->batch) {
        count = c->count;
        memcpy(files, c->files, count * sizeof(*files));
        c->count = 0;
    }
    (void)pthread_mutex_unlock(&c->lock);
    close_all(files, count);
}

void closer_clear(struct closer *c)
{
    close_all(c->files, c->count);
    c->count = 0;
}
