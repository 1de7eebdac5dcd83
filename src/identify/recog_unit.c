// SPDX-License-Identifier: Apache-2.0
/*
 * Units of systemd: services, and the timers, sockets and paths that start them, with drop-ins.
 * Which service it is stands in the name of the file; what it runs stands in it.
 * Format: systemd.unit(5), systemd.service(5).
 */
#include "identify/key_file.h"
#include "identify/recogniser.h"

enum {
    UNIT_MAX = 1 << 20,
};

/* A value over several lines on one: "\" and the newline become a space. */
static struct sv one_line(struct sv value, struct arena *arena)
{
    struct sv copy;
    char *p;

    if (sv_find(value, SV("\n")) == SIZE_MAX)
        return value;
    copy = arena_copy(arena, value);
    p = (char *)(uintptr_t)copy.p;
    for (size_t i = 0; i < copy.n; i++) {
        if (p[i] == '\n' ||
            (p[i] == '\\' && i + 1 < copy.n && (p[i + 1] == '\n' || p[i + 1] == '\r')))
            p[i] = ' ';
    }
    return copy;
}

static struct sv without_prefix(struct sv command)
{
    while (command.n && (command.p[0] == '-' || command.p[0] == '@' || command.p[0] == ':' ||
                         command.p[0] == '+' || command.p[0] == '!' || command.p[0] == '|'))
        command = sv_from(command, 1);
    return command;
}

static bool is_unit_section(struct sv section)
{
    static const char *const known[] = {"Unit", "Service", "Timer", "Socket", "Path", "Install"};

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (sv_eq(section, sv_str(known[i])))
            return true;
    }
    return false;
}

static int identify_unit(const struct job *job, struct err *err)
{
    struct emit *out = job->out;
    struct key_line line;
    struct key_file f;
    struct span all;
    bool any = false;

    TRY(source_read_all(job->bytes, UNIT_MAX, job->arena, &all, err));
    f = key_file_over(sv_of(all));
    while (key_file_next(&f, true, &line)) {
        struct sv value;

        if (!is_unit_section(line.section))
            continue;
        if (!any)
            emit_component(out, TYPE_SERVICE);
        any = true;
        value = one_line(line.value, job->arena);
        if (sv_starts(line.key, SV("ExecStart")))
            emit_field_at(out, FIELD_COMMAND, without_prefix(value), line.offset, line.length);
        else if (sv_eq(line.key, SV("Description")))
            emit_field_at(out, FIELD_DESCRIPTION, value, line.offset, line.length);
        else if (sv_eq(line.key, SV("User")))
            emit_field_at(out, FIELD_USER, value, line.offset, line.length);
    }
    return any ? 0 : RECOG_NOT_MINE;
}

#define KINDS(folder, up) \
    UNITS(folder, "service", up), UNITS(folder, "timer", up), UNITS(folder, "socket", up), \
        UNITS(folder, "path", up)
#define UNITS(folder, kind, up) \
    {.path = folder "/{service}." kind, .state = STATE_INSTALLED, .anchor_up = (up)}, \
    { \
        .path = folder "/{service}." kind ".d/*.conf", .state = STATE_INSTALLED, \
        .anchor_up = (up) + 1 \
    }

static const struct gate gates[] = {
    KINDS("usr/local/lib/systemd/system", 6),
    KINDS("usr/lib/systemd/system", 5),
    KINDS("lib/systemd/system", 4),
    KINDS("etc/systemd/system", 4),
    KINDS("run/systemd/system", 4),
    KINDS("run/systemd/generator", 4),
    KINDS("run/systemd/generator.late", 4),
    KINDS("run/systemd/transient", 4),
    KINDS("usr/local/lib/systemd/user", 6),
    KINDS("usr/lib/systemd/user", 5),
    KINDS("etc/systemd/user", 4),
    KINDS(".config/systemd/user", 4),
    KINDS(".local/share/systemd/user", 5),
    {0},
};

const struct recogniser recog_unit = {
    .name = "unit",
    .summary = "services, timers, sockets and paths of systemd",
    .epoch = 1,
    .gates = gates,
    .identify = identify_unit,
};
