// SPDX-License-Identifier: Apache-2.0
/*
 * Formats: machine-id(5), os-release(5), hostname(5).
 */
#include "os/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/system_file.h"

enum {
    FILE_MAX = 64 * 1024,
    MACHINE_ID_DIGITS = 32,
    UUID_DIGITS = 36,
};

/* The beginning of a file below the root; empty when there is none. */
static struct sv read_file(int root_fd, const char *path, struct arena *arena)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOATIME,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    char text[FILE_MAX];
    auto_fd int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
    struct stat st;
    ssize_t n;

    // O_NOATIME is for the owner and root only.
    if (fd < 0 && errno == EPERM) {
        how.flags &= ~(uint64_t)O_NOATIME;
        fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
    }
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return (struct sv){0};
    n = read(fd, text, sizeof(text));
    return n > 0 ? arena_copy(arena, (struct sv){text, (size_t)n}) : (struct sv){0};
}

static struct sv lower_hex(struct sv text, size_t digits, struct arena *arena)
{
    struct sv copy = arena_copy(arena, sv_trim(text));
    char *p = (char *)(uintptr_t)copy.p;

    if (copy.n != digits)
        return (struct sv){0};
    for (size_t i = 0; i < copy.n; i++) {
        if (p[i] >= 'A' && p[i] <= 'F')
            p[i] = (char)(p[i] - 'A' + 'a');
        if (!(p[i] >= '0' && p[i] <= '9') && !(p[i] >= 'a' && p[i] <= 'f') && p[i] != '-')
            return (struct sv){0};
    }
    return copy;
}

static struct sv machine_id(int root_fd, struct arena *arena)
{
    static const char *const files[] = {"etc/machine-id", "var/lib/dbus/machine-id"};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct sv text = read_file(root_fd, files[i], arena);
        struct sv id = lower_hex(sv_line(&text), MACHINE_ID_DIGITS, arena);

        // An image that has not been started yet says nothing, or "uninitialized".
        if (id.n && sv_find(id, SV("-")) == SIZE_MAX)
            return id;
    }
    return (struct sv){0};
}

/* The value of NAME="value"; quotes of both kinds, and backslashes in double ones. */
static struct sv unquote(struct sv value, struct arena *arena)
{
    bool quoted = value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') &&
                  value.p[value.n - 1] == value.p[0];
    char *to;
    size_t n = 0;

    if (!quoted)
        return value;
    value = (struct sv){value.p + 1, value.n - 2};
    to = arena_take(arena, value.n + 1);
    if (!to)
        return (struct sv){0};
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\\' && i + 1 < value.n)
            i++;
        to[n++] = value.p[i];
    }
    return (struct sv){to, n};
}

static void read_os_release(int root_fd, struct arena *arena, struct host_facts *h)
{
    struct sv text = read_file(root_fd, "etc/os-release", arena);
    struct sv name = {0};

    if (text.n == 0)
        text = read_file(root_fd, "usr/lib/os-release", arena);
    while (text.n) {
        struct sv value = sv_trim(sv_line(&text)), key = sv_cut(&value, '=');

        if (sv_eq(key, SV("PRETTY_NAME")))
            h->os = unquote(value, arena);
        else if (sv_eq(key, SV("NAME")))
            name = unquote(value, arena);
        else if (sv_eq(key, SV("ID")))
            h->os_id = unquote(value, arena);
        else if (sv_eq(key, SV("VERSION_ID")))
            h->os_version = unquote(value, arena);
    }
    if (h->os.n == 0)
        h->os = name;
}

static struct sv hostname_file(int root_fd, struct arena *arena)
{
    struct sv text = read_file(root_fd, "etc/hostname", arena);

    while (text.n) {
        struct sv line = sv_trim(sv_line(&text));

        if (line.n && line.p[0] != '#')
            return line;
    }
    return (struct sv){0};
}

/* What the shell of the root was built for. */
static struct sv architecture(int root_fd, struct arena *arena)
{
    static const struct {
        uint16_t machine;
        const char *name;
    } machines[] = {
        {3, "i686"},    {8, "mips"},    {20, "ppc"},      {21, "ppc64"},    {22, "s390x"},
        {40, "armv7l"}, {62, "x86_64"}, {183, "aarch64"}, {243, "riscv64"}, {258, "loongarch64"},
    };
    static const char *const programs[] = {"bin/sh", "usr/bin/sh", "sbin/init", "bin/busybox"};

    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        struct sv text = read_file(root_fd, programs[i], arena);
        struct reader r = reader_over((struct span){(const uint8_t *)text.p, text.n});
        bool little, elf = sv_eq(sv_of(reader_take(&r, 4)), SV("\x7f"
                                                               "ELF"));
        uint16_t machine;

        reader_skip(&r, 1);
        little = reader_u8(&r) == 1;
        reader_skip(&r, 12);
        machine = little ? reader_u16le(&r) : reader_u16be(&r);
        if (!elf || !reader_ok(&r))
            continue;
        if (machine == 21 && little)
            return SV("ppc64le");
        for (size_t m = 0; m < ARRAY_LEN(machines); m++) {
            if (machines[m].machine == machine)
                return sv_str(machines[m].name);
        }
    }
    return (struct sv){0};
}

static void read_live(const char *sys, struct arena *arena, struct host_facts *h)
{
    auto_buf path = BUF_INIT(4096), line = BUF_INIT(0);
    struct utsname names;

    if (uname(&names) == 0) {
        h->name = arena_copy(arena, sv_str(names.nodename));
        h->kernel = arena_copy(arena, sv_str(names.release));
        h->architecture = arena_copy(arena, sv_str(names.machine));
    }
    buf_printf(&path, "%s/class/dmi/id/product_uuid", sys);
    if (buf_ok(&path))
        h->dmi_uuid = lower_hex(system_line(AT_FDCWD, path.p, &line), UUID_DIGITS, arena);
}

int host_read(const struct host_options *options, struct arena *arena, struct host_facts *ret,
              struct err *err)
{
    struct host_facts h = {0};
    auto_fd int root_fd = -1;

    TRY(system_open(AT_FDCWD, options->root, &root_fd, err));
    h.machine_id = machine_id(root_fd, arena);
    read_os_release(root_fd, arena, &h);
    if (options->live) {
        read_live(options->sys, arena, &h);
    } else {
        h.name = hostname_file(root_fd, arena);
        h.architecture = architecture(root_fd, arena);
    }
    *ret = h;
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}
