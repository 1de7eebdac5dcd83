// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/socket.h"
#include "support/made_tree.h"

static int write_socket(void *to, const struct socket_facts *s, struct err *err)
{
    struct buf *b = to;

    (void)err;
    buf_printf(b, "%s ", s->protocol);
    socket_end_write(&s->local, b);
    if (s->listening)
        buf_str(b, " listens");
    else {
        buf_str(b, " -> ");
        socket_end_write(&s->remote, b);
    }
    buf_printf(b, " pid %u uid %u\n", s->pid, s->uid);
    return 0;
}

static void write_unread(void *to, uint32_t pid, const char *what, const struct err *why)
{
    buf_printf(to, "unread %u %s %d\n", pid, what, (int)why->code);
}

static const struct socket_events events = {write_socket, write_unread};

#define HEADING \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid ...\n"
#define ROW(local, remote, state, uid, inode) \
    "   0: " local " " remote " " state " 00000000:00000000 00:00000000 00000000  " uid \
    "        0 " inode " 1 0000000000000000 100 0 0 10 0\n"

/* Addresses are words in the byte order of the machine: these are for little-endian ones. */
static void reads_the_tables_and_joins_them_with_processes(void **state)
{
    struct made_tree tree;
    auto_buf answer = {0};
    (void)state;

    if (htonl(1) == 1)
        skip();
    made_tree_init(&tree);
    made_link(&tree, "self/ns/net", "net:[1]");
    made_file(&tree, "net/tcp",
              HEADING ROW("00000000:32C8", "00000000:0000", "0A", "0", "616")
                  ROW("0F02000A:8001", "22D8B85D:01BB", "01", "33", "617")
                      ROW("0F02000A:8002", "22D8B85D:01BB", "06", "0", "0")
                          ROW("broken", "22D8B85D:01BB", "01", "0", "9"));
    made_file(&tree, "net/tcp6",
              HEADING ROW("00000000000000000000000001000000:0277",
                          "00000000000000000000000000000000:0000", "0A", "0", "618")
                  ROW("0000000000000000FFFF00000F02000A:0016",
                      "0000000000000000FFFF000001010101:D431", "01", "0", "619"));
    made_file(&tree, "net/udp", HEADING ROW("00000000:0044", "00000000:0000", "07", "0", "620"));
    made_link(&tree, "10/fd/3", "socket:[616]");
    made_link(&tree, "10/fd/4", "socket:[616]");
    made_link(&tree, "10/fd/5", "/dev/null");
    made_link(&tree, "10/ns/net", "net:[1]");
    made_link(&tree, "11/fd/3", "socket:[616]");
    made_link(&tree, "11/fd/9", "socket:[617]");
    made_link(&tree, "12/fd/1", "socket:[900]");
    made_link(&tree, "12/ns/net", "net:[2]");
    made_file(&tree, "12/net/tcp", HEADING ROW("0100007F:1F90", "00000000:0000", "0A", "7", "900"));
    made_file(&tree, "13/fd", "no folder");
    assert_int_equal(sockets_each(tree.path, &events, &answer, NULL), 0);

    assert_string_equal(answer.p, "unread 13 fd 3\n"
                                  "tcp 0.0.0.0:13000 listens pid 10 uid 0\n"
                                  "tcp 0.0.0.0:13000 listens pid 11 uid 0\n"
                                  "tcp 10.0.2.15:32769 -> 93.184.216.34:443 pid 11 uid 33\n"
                                  "tcp [::1]:631 listens pid 0 uid 0\n"
                                  "tcp 10.0.2.15:22 -> 1.1.1.1:54321 pid 0 uid 0\n"
                                  "udp 0.0.0.0:68 listens pid 0 uid 0\n"
                                  "tcp 127.0.0.1:8080 listens pid 12 uid 7\n");
    made_tree_clear(&tree);
}

struct wanted {
    uint16_t port;
    unsigned seen;
};

static int find_port(void *to, const struct socket_facts *s, struct err *err)
{
    struct wanted *w = to;

    (void)err;
    if (s->pid != (uint32_t)getpid() || s->local.port != w->port)
        return 0;
    assert_string_equal(s->protocol, "tcp");
    assert_true(s->listening);
    assert_true(sv_eq(s->local.address, SV("127.0.0.1")));
    w->seen++;
    return 0;
}

static void finds_a_socket_of_its_own(void **state)
{
    const struct socket_events own_events = {find_port, NULL};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct wanted wanted = {0};
    (void)state;

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    wanted.port = ntohs(address.sin_port);

    assert_int_equal(sockets_each("/proc", &own_events, &wanted, NULL), 0);

    assert_int_equal(wanted.seen, 1);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_tables_and_joins_them_with_processes),
        cmocka_unit_test(finds_a_socket_of_its_own),
    };
    return cmocka_run_group_tests_name("socket", tests, NULL, NULL);
}
