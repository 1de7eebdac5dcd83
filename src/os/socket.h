// SPDX-License-Identifier: Apache-2.0
/*
 * The TCP and UDP sockets of the machine that listen or are connected, and whose they are, from
 * /proc. Every network namespace that a process lives in is looked at.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct socket_end {
    struct sv address; /* "10.1.2.3", "fe80::1"; IPv4 in IPv6 is written as IPv4 */
    uint16_t port;
};

struct socket_facts {
    const char *protocol; /* "tcp" or "udp" */
    bool listening;       /* else it is connected to `remote` */
    struct socket_end local, remote;
    uint32_t uid;
    uint64_t inode;
    uint32_t pid; /* 0 when no process that may be read holds it */
};

struct socket_events {
    /* Once for each process that holds the socket. A failure ends the listing. */
    int (*socket)(void *to, const struct socket_facts *s, struct err *err);
    /* The open files of a process could not be read: its sockets come with pid 0. */
    void (*unread)(void *to, uint32_t pid, const char *what, const struct err *why);
};

int sockets_each(const char *proc, const struct socket_events *events, void *to,
                 struct err *err) MUST_USE;

/* "0.0.0.0:80", "[::1]:443", appended. */
struct buf;
void socket_end_write(const struct socket_end *end, struct buf *to);
