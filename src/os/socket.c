// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/net/tcp, a line a socket (udp, tcp6 and udp6 are alike):
 *
 *     sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt  uid timeout inode
 * … 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0   0       616
 *
 * An address is one or four 32-bit words, each printed in the byte order of the machine. A process
 * holds a socket when one of its PROC/PID/fd leads to "socket:[616]". proc_net(5), proc_pid_fd(5).
 */
#include "os/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "os/system_file.h"

enum {
    TABLE_MAX = 256 << 20,
    HOLDERS_MAX = 4 << 20,
    NAMESPACES_MAX = 64 * 1024,
    STATE_ESTABLISHED = 1,
    STATE_TIME_WAIT = 6,
    STATE_CLOSE = 7, // for UDP: not connected
    STATE_LISTEN = 10,
    STATE_NEW = 12,
};

struct holder {
    uint64_t inode;
    uint32_t pid;
};

struct name_space {
    uint64_t id;
    uint32_t pid; // a process in it
};

struct listing {
    const struct socket_events *events;
    void *to;
    struct holder *holders;
    size_t holder_count, holder_room;
    struct name_space *spaces;
    size_t space_count, space_room;
    struct buf link, table;
    uint32_t pid; // whose files are being listed
};

/* Make room for one more; 0 or -ERR_LIMIT, -ERR_NOMEM. */
static int grow(void **list, size_t count, size_t *room, size_t size, size_t max, struct err *err)
{
    size_t wanted = *room ? *room * 2 : 256;
    void *p;

    if (count < *room)
        return 0;
    if (wanted > max)
        return ERR(err, ERR_LIMIT, "more than %zu open sockets", max);
    p = reallocarray(*list, wanted, size);
    if (!p)
        return ERR(err, ERR_NOMEM, "out of memory");
    *list = p;
    *room = wanted;
    return 0;
}

/* The number of "socket:[616]" or "net:[4026531840]". */
static bool bracketed(struct sv link, struct sv prefix, uint64_t *ret_number)
{
    struct sv rest = sv_from(link, prefix.n);

    if (!sv_starts(link, prefix) || !sv_ends(rest, SV("]")))
        return false;
    rest.n--;
    return sv_to_u64(rest, ret_number);
}

static int each_fd(void *to, int folder_fd, const char *name, struct err *err)
{
    struct listing *l = to;
    uint64_t inode;

    buf_reset(&l->link);
    if (system_link(folder_fd, name, &l->link, NULL) < 0 ||
        !bracketed(buf_view(&l->link), SV("socket:["), &inode))
        return 0; // closed meanwhile, or another kind of file
    TRY(grow((void **)&l->holders, l->holder_count, &l->holder_room, sizeof(*l->holders),
             HOLDERS_MAX, err));
    l->holders[l->holder_count++] = (struct holder){inode, l->pid};
    return 0;
}

static int note_name_space(struct listing *l, int fd, struct err *err)
{
    uint64_t id;

    buf_reset(&l->link);
    if (system_link(fd, "ns/net", &l->link, NULL) < 0 ||
        !bracketed(buf_view(&l->link), SV("net:["), &id))
        return 0;
    for (size_t i = 0; i < l->space_count; i++) {
        if (l->spaces[i].id == id)
            return 0;
    }
    TRY(grow((void **)&l->spaces, l->space_count, &l->space_room, sizeof(*l->spaces),
             NAMESPACES_MAX, err));
    l->spaces[l->space_count++] = (struct name_space){id, l->pid};
    return 0;
}

static int each_pid(void *to, int proc_fd, const char *name, struct err *err)
{
    struct listing *l = to;
    struct err why = {0};
    auto_fd int fd = -1;
    uint64_t pid;
    int result;

    if (!sv_to_u64(sv_str(name), &pid) || pid > UINT32_MAX)
        return 0;
    l->pid = (uint32_t)pid;
    if (system_open(proc_fd, name, &fd, NULL) < 0)
        return 0;
    TRY(note_name_space(l, fd, err));
    result = system_each(fd, "fd", each_fd, l, &why);
    if (result == -ERR_LIMIT || result == -ERR_NOMEM) {
        if (err)
            *err = why;
        return result;
    }
    if (result < 0 && result != -ERR_GONE && l->events->unread)
        l->events->unread(l->to, l->pid, "fd", &why);
    return 0;
}

/* ---- the tables ---- */

static bool hex(struct sv text, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text.n == 0 || text.n > 16)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        const char *digits = "0123456789ABCDEF", *at = strchr(digits, text.p[i]);

        if (!at || text.p[i] == '\0')
            return false;
        value = value << 4 | (uint64_t)(at - digits);
    }
    *ret_value = value;
    return true;
}

struct address_text {
    char text[INET6_ADDRSTRLEN];
};

static bool end_of(struct sv word, struct address_text *room, struct socket_end *ret)
{
    struct sv address = sv_cut(&word, ':');
    uint32_t words[4] = {0};
    uint64_t value;
    bool v6 = address.n == 32;
    const void *bytes = words;

    if ((!v6 && address.n != 8) || !hex(word, &value) || value > UINT16_MAX)
        return false;
    ret->port = (uint16_t)value;
    for (size_t i = 0; i < address.n / 8; i++) {
        if (!hex((struct sv){address.p + i * 8, 8}, &value))
            return false;
        words[i] = (uint32_t)value;
    }
    if (v6 && words[0] == 0 && words[1] == 0 && words[2] == htonl(0xffff)) {
        v6 = false;
        bytes = &words[3];
    }
    if (!inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, room->text, sizeof(room->text)))
        return false;
    ret->address = sv_str(room->text);
    return true;
}

static struct sv next_word(struct sv *line)
{
    while (line->n && line->p[0] == ' ')
        *line = sv_from(*line, 1);
    return sv_cut(line, ' ');
}

static int by_inode(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;
    int order = (x->inode > y->inode) - (x->inode < y->inode);

    return order ? order : (x->pid > y->pid) - (x->pid < y->pid);
}

static int tell(const struct listing *l, struct socket_facts *s, struct err *err)
{
    size_t low = 0, high = l->holder_count;
    uint32_t last = 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (l->holders[middle].inode < s->inode)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < l->holder_count && l->holders[low].inode == s->inode; low++) {
        if (l->holders[low].pid == last) // the same process, by another number
            continue;
        s->pid = last = l->holders[low].pid;
        TRY(l->events->socket(l->to, s, err));
    }
    return last ? 0 : l->events->socket(l->to, s, err);
}

static int read_line(const struct listing *l, const char *protocol, struct sv line, struct err *err)
{
    struct socket_facts s = {.protocol = protocol};
    struct address_text local, remote;
    uint64_t state, uid;
    bool udp = protocol[0] == 'u';

    (void)next_word(&line);
    if (!end_of(next_word(&line), &local, &s.local) ||
        !end_of(next_word(&line), &remote, &s.remote) || !hex(next_word(&line), &state))
        return 0; // the heading
    for (int word = 0; word < 3; word++)
        (void)next_word(&line);
    if (!sv_to_u64(next_word(&line), &uid) || uid > UINT32_MAX)
        return 0;
    s.uid = (uint32_t)uid;
    (void)next_word(&line);
    if (!sv_to_u64(next_word(&line), &s.inode))
        return 0;
    s.listening = udp ? state == STATE_CLOSE : state == STATE_LISTEN;
    if (s.listening && s.local.port == 0)
        return 0;
    // What is closed, or closed and waits for stragglers, is connected to nobody.
    if (!s.listening && (state == STATE_TIME_WAIT || state == STATE_CLOSE || state == STATE_NEW ||
                         s.remote.port == 0))
        return 0;
    return tell(l, &s, err);
}

static int read_tables(struct listing *l, int proc_fd, const char *folder, struct err *err)
{
    static const struct {
        const char *file, *protocol;
    } tables[] = {{"tcp", "tcp"}, {"tcp6", "tcp"}, {"udp", "udp"}, {"udp6", "udp"}};

    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        auto_buf path = BUF_INIT(256);
        struct sv rest;
        int result;

        buf_printf(&path, "%s/%s", folder, tables[i].file);
        buf_reset(&l->table);
        result = system_read(proc_fd, path.p, TABLE_MAX, &l->table, err);
        if (result == -ERR_GONE) // no IPv6, or the process ended
            continue;
        if (result < 0)
            return result;
        rest = buf_view(&l->table);
        while (rest.n)
            TRY(read_line(l, tables[i].protocol, sv_line(&rest), err));
    }
    return 0;
}

static int list(struct listing *l, int fd, struct err *err)
{
    uint64_t own = 0;

    TRY(system_each(fd, ".", each_pid, l, err));
    if (l->holder_count)
        qsort(l->holders, l->holder_count, sizeof(*l->holders), by_inode);
    buf_reset(&l->link);
    if (system_link(fd, "self/ns/net", &l->link, NULL) == 0)
        (void)bracketed(buf_view(&l->link), SV("net:["), &own);
    TRY(read_tables(l, fd, "net", err));
    for (size_t i = 0; i < l->space_count; i++) {
        auto_buf folder = BUF_INIT(64);

        if (l->spaces[i].id == own)
            continue;
        buf_printf(&folder, "%u/net", l->spaces[i].pid);
        TRY(read_tables(l, fd, folder.p, err));
    }
    return 0;
}

int sockets_each(const char *proc, const struct socket_events *events, void *to, struct err *err)
{
    struct listing l = {.events = events, .to = to};
    auto_fd int fd = -1;
    int result;

    TRY(system_open(AT_FDCWD, proc, &fd, err));
    result = list(&l, fd, err);
    free(l.holders);
    free(l.spaces);
    buf_clear(&l.link);
    buf_clear(&l.table);
    return result;
}

void socket_end_write(const struct socket_end *end, struct buf *to)
{
    bool v6 = sv_find(end->address, SV(":")) != SIZE_MAX;

    buf_printf(to, "%s%.*s%s:%u", v6 ? "[" : "", (int)end->address.n, end->address.p, v6 ? "]" : "",
               end->port);
}
