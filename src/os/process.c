// SPDX-License-Identifier: Apache-2.0
/*
 * Formats: proc_pid_maps(5), proc_pid_status(5), proc_pid_cmdline(5), proc_pid_exe(5).
 */
#include "os/process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/arena.h"
#include "base/buf.h"
#include "os/system_file.h"

enum {
    MAPS_MAX = 64 << 20,
    STATUS_MAX = 64 * 1024,
    COMMAND_MAX = 8 * 1024,
    ARENA_MAX = 256 << 20,
    KTHREADD = 2,
};

struct listing {
    const struct process_events *events;
    void *to;
    struct buf own_mounts; /* the name of our mount namespace */
    struct buf text, link;
    struct arena arena;
};

static void unread(const struct listing *l, uint32_t pid, const char *what, int result,
                   const struct err *why)
{
    if (result != -ERR_GONE && l->events->unread)
        l->events->unread(l->to, pid, what, why);
}

static struct process_file file_of(struct sv path)
{
    struct sv suffix = SV(" (deleted)");
    struct process_file f = {.path = path, .deleted = sv_ends(path, suffix)};

    if (f.deleted)
        f.path.n -= suffix.n;
    return f;
}

/* ---- the words of status: "Name:\tvalue" ---- */

static uint32_t first_number(struct sv value)
{
    uint64_t n;

    value = sv_trim(value);
    value = sv_cut(&value, '\t');
    return sv_to_u64(value, &n) && n <= UINT32_MAX ? (uint32_t)n : 0;
}

static int read_status(struct listing *l, int fd, struct process *p, struct err *err)
{
    struct sv rest;

    buf_reset(&l->text);
    TRY(system_read(fd, "status", STATUS_MAX, &l->text, err));
    rest = buf_view(&l->text);
    while (rest.n) {
        struct sv value = sv_line(&rest), key = sv_cut(&value, ':');

        if (sv_eq(key, SV("PPid")))
            p->parent = first_number(value);
        else if (sv_eq(key, SV("Uid")))
            p->uid = first_number(value);
        else if (sv_eq(key, SV("Kthread")) && first_number(value) == 1)
            p->kernel = true;
    }
    if (p->pid == KTHREADD || p->parent == KTHREADD)
        p->kernel = p->kernel || p->uid == 0;
    return 0;
}

/* "comm" may hold a newline itself; it ends with one. */
static int read_name(struct listing *l, int fd, struct process *p, struct err *err)
{
    struct sv name;

    buf_reset(&l->text);
    TRY(system_read(fd, "comm", STATUS_MAX, &l->text, err));
    name = buf_view(&l->text);
    if (sv_ends(name, SV("\n")))
        name.n--;
    p->name = arena_copy(&l->arena, name);
    return 0;
}

/* Arguments end with a NUL each. Only as much is read as is wanted. */
static int read_command(struct listing *l, int fd, struct process *p, struct err *err)
{
    char *text;
    int result;

    buf_reset(&l->text);
    result = system_read(fd, "cmdline", COMMAND_MAX, &l->text, err);
    if (result < 0 && result != -ERR_LIMIT)
        return result;
    p->command = arena_copy(&l->arena, buf_view(&l->text));
    text = (char *)(uintptr_t)p->command.p;
    while (p->command.n && text[p->command.n - 1] == '\0')
        p->command.n--;
    for (size_t i = 0; i < p->command.n; i++) {
        if (text[i] == '\0')
            text[i] = ' ';
    }
    return 0;
}

static int read_program(struct listing *l, int fd, struct process *p, struct err *err)
{
    struct stat st;

    buf_reset(&l->link);
    TRY(system_link(fd, "exe", &l->link, err));
    p->program = file_of(arena_copy(&l->arena, buf_view(&l->link)));
    if (fstatat(fd, "exe", &st, 0) == 0) {
        p->device = (uint64_t)major(st.st_dev) << 32 | minor(st.st_dev);
        p->inode = st.st_ino;
    }
    return 0;
}

/* ---- maps: "7f00-7f01 r-xp 00000000 fe:00 123    /usr/lib/libc.so.6" ---- */

/* A newline in a name is written as \012; the line is ours to change. */
static struct sv unescape(struct sv path)
{
    char *to = (char *)(uintptr_t)path.p;
    size_t n = 0;

    for (size_t i = 0; i < path.n; i++) {
        if (sv_starts(sv_from(path, i), SV("\\012"))) {
            to[n++] = '\n';
            i += 3;
        } else {
            to[n++] = path.p[i];
        }
    }
    return (struct sv){path.p, n};
}

static int by_path(const void *a, const void *b)
{
    const struct process_file *x = a, *y = b;
    int order = sv_cmp(x->path, y->path);

    return order ? order : x->deleted - y->deleted;
}

static bool is_file(struct sv path)
{
    // Memory that only looks like a file: shared segments, memfd, deleted tmpfs files of those.
    return sv_starts(path, SV("/")) && !sv_starts(path, SV("/memfd:")) &&
           !sv_starts(path, SV("/SYSV")) && !sv_starts(path, SV("/dev/zero"));
}

static size_t keep_distinct(struct process_file *files, size_t count)
{
    size_t kept = 0;

    if (count)
        qsort(files, count, sizeof(*files), by_path);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || by_path(&files[kept - 1], &files[i]) != 0)
            files[kept++] = files[i];
    }
    return kept;
}

static int read_maps(struct listing *l, int fd, struct process *p, struct err *err)
{
    struct process_file *files;
    struct sv rest, all;
    size_t lines = 0, count = 0;

    buf_reset(&l->text);
    TRY(system_read(fd, "maps", MAPS_MAX, &l->text, err));
    all = rest = arena_copy(&l->arena, buf_view(&l->text));
    while (rest.n) {
        (void)sv_cut(&rest, '\n');
        lines++;
    }
    files = arena_take_array(&l->arena, lines, sizeof(*files));
    if (arena_failed(&l->arena))
        return arena_error(&l->arena, err);
    for (rest = all; rest.n;) {
        struct sv line = sv_cut(&rest, '\n'), access;

        (void)sv_cut(&line, ' ');
        access = sv_cut(&line, ' ');
        for (int word = 0; word < 3; word++) // offset, device, inode
            (void)sv_cut(&line, ' ');
        while (line.n && line.p[0] == ' ')
            line = sv_from(line, 1);
        if (access.n >= 3 && access.p[2] == 'x' && is_file(line))
            files[count++] = file_of(unescape(line));
    }
    p->mapped = files;
    p->mapped_count = keep_distinct(files, count);
    return 0;
}

/* ---- all of one process ---- */

static bool has_other_root(struct listing *l, int fd)
{
    buf_reset(&l->link);
    if (system_link(fd, "ns/mnt", &l->link, NULL) == 0 && l->own_mounts.n &&
        !sv_eq(buf_view(&l->link), buf_view(&l->own_mounts)))
        return true;
    buf_reset(&l->link);
    return system_link(fd, "root", &l->link, NULL) == 0 && !sv_eq(buf_view(&l->link), SV("/"));
}

static const struct {
    const char *what;
    int (*read)(struct listing *l, int fd, struct process *p, struct err *err);
    bool program; // a thread of the kernel has none
} readings[] = {
    {"status", read_status, false}, {"comm", read_name, false}, {"cmdline", read_command, true},
    {"exe", read_program, true},    {"maps", read_maps, true},
};

static int each_pid(void *to, int proc_fd, const char *name, struct err *err)
{
    struct listing *l = to;
    struct process p = {0};
    auto_fd int fd = -1;
    struct err why = {0};
    uint64_t pid;
    int result;

    if (!sv_to_u64(sv_str(name), &pid) || pid > UINT32_MAX)
        return 0;
    p.pid = (uint32_t)pid;
    result = system_open(proc_fd, name, &fd, &why);
    if (result < 0) {
        unread(l, p.pid, "process", result, &why);
        return 0;
    }
    arena_reset(&l->arena);
    for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
        if (p.kernel && readings[i].program)
            continue;
        result = readings[i].read(l, fd, &p, &why);
        if (result < 0)
            unread(l, p.pid, readings[i].what, result, &why);
    }
    if (p.name.n == 0) // it ended meanwhile
        return 0;
    p.other_root = !p.kernel && has_other_root(l, fd);
    return l->events->process(l->to, &p, err);
}

int processes_each(const char *proc, const struct process_events *events, void *to, struct err *err)
{
    struct listing l = {.events = events, .to = to};
    auto_fd int fd = -1;
    int result;

    TRY(system_open(AT_FDCWD, proc, &fd, err));
    arena_init(&l.arena, ARENA_MAX);
    if (system_link(fd, "self/ns/mnt", &l.own_mounts, NULL) < 0)
        buf_reset(&l.own_mounts); // roots alone will tell
    result = system_each(fd, ".", each_pid, &l, err);
    arena_clear(&l.arena);
    buf_clear(&l.own_mounts);
    buf_clear(&l.text);
    buf_clear(&l.link);
    return result;
}
