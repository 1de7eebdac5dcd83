// SPDX-License-Identifier: Apache-2.0
#include "os/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BUFFER = 1 << 20, /* asked for; the system may give less */
};

int channel_pair(int ret_ends[2], struct err *err)
{
    int size = BUFFER;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_ends) != 0)
        return ERR_SYS(err, "making a pair of sockets");
    for (int i = 0; i < 2; i++)
        (void)setsockopt(ret_ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    return 0;
}

static int gone(struct err *err)
{
    return ERR(err, ERR_GONE, "the other process has ended");
}

/* 0, 1 when nothing happened in that time, or an error. */
static int wait_for(int channel, short events, int patience_ms, struct err *err)
{
    struct pollfd p = {.fd = channel, .events = events};
    int n = poll(&p, 1, patience_ms);

    if (n < 0 && errno != EINTR)
        return ERR_SYS(err, "waiting for another process");
    return n > 0 ? 0 : 1;
}

static void attach(struct msghdr *m, char *room, const int *files, size_t count)
{
    struct cmsghdr *c;

    m->msg_control = room;
    m->msg_controllen = CMSG_SPACE(count * sizeof(int));
    c = CMSG_FIRSTHDR(m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), files, count * sizeof(int));
}

int channel_send(int channel, const void *p, size_t n, const int *files, size_t file_count,
                 int patience_ms, struct err *err)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(CHANNEL_FILES_MAX * sizeof(int))] = {0};
    const char *bytes = p;

    bug_if(file_count > CHANNEL_FILES_MAX);
    for (size_t sent = 0; sent < n;) {
        struct iovec piece = {(void *)(uintptr_t)(bytes + sent), n - sent};
        struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1};
        ssize_t got;

        // A parser may only send what cannot carry files.
        if (sent == 0 && file_count) {
            attach(&m, control, files, file_count);
            got = sendmsg(channel, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        } else {
            got = send(channel, bytes + sent, n - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        if (got >= 0) {
            sent += (size_t)got;
        } else if (errno == EAGAIN) {
            int r = wait_for(channel, POLLOUT, patience_ms, err);

            TRY(r);
            if (r)
                return ERR(err, ERR_CANCELLED, "the other process takes nothing");
        } else if (errno == ETOOMANYREFS && patience_ms-- > 0) {
            (void)poll(NULL, 0, 1); // too many files are on their way at once: until some arrive
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return gone(err);
        } else if (errno != EINTR) {
            return ERR_SYS(err, "sending to another process");
        }
    }
    return 0;
}

static int take_files(struct msghdr *m, int *files, size_t room, size_t *count, struct err *err)
{
    bool fits = !(m->msg_flags & MSG_CTRUNC);

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        int got[CHANNEL_FILES_MAX];

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        memcpy(got, CMSG_DATA(c), n * sizeof(int));
        for (size_t i = 0; i < n; i++) {
            if (*count < room) {
                files[(*count)++] = got[i];
            } else {
                (void)close(got[i]);
                fits = false;
            }
        }
    }
    return fits ? 0 : ERR(err, ERR_FORMAT, "more open files than were expected");
}

int channel_receive(int channel, void *to, size_t n, int *ret_files, size_t room,
                    size_t *ret_file_count, struct err *err)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(CHANNEL_FILES_MAX * sizeof(int))];

    for (size_t done = 0; done < n;) {
        struct iovec piece = {(char *)to + done, n - done};
        struct msghdr m = {.msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof(control)};
        ssize_t got = recvmsg(channel, &m, MSG_CMSG_CLOEXEC);

        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return gone(err);
        if (got < 0)
            return ERR_SYS(err, "receiving from another process");
        TRY(take_files(&m, ret_files, room, ret_file_count, err));
        done += (size_t)got;
    }
    return 0;
}

int channel_receive_some(int channel, void *to, size_t room, int patience_ms, size_t *ret_n,
                         struct err *err)
{
    ssize_t got = recv(channel, to, room, MSG_DONTWAIT);

    if (got < 0 && errno == EAGAIN) {
        int r = wait_for(channel, POLLIN, patience_ms, err);

        TRY(r);
        if (r) {
            *ret_n = 0;
            return 0;
        }
        got = recv(channel, to, room, MSG_DONTWAIT);
    }
    *ret_n = got > 0 ? (size_t)got : 0;
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return gone(err);
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        return ERR_SYS(err, "receiving from another process");
    return 0;
}
