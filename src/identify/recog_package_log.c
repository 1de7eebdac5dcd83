// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the logs of package managers: what was once installed here. Whether it still is, a database
 * says, and so all of it is what is left.
 *
 *     dpkg.log          2024-01-01 10:00:00 install name:arch <none> 1.0
 *     apt history.log   Start-Date: 2024-01-01  10:00:00 / Install: name:arch (1.0, automatic), …
 *     dnf.rpm.log       2024-01-01T10:00:00Z SUBDEBUG Installed: name-1.0-1.x86_64
 *     yum.log           Jan 01 10:00:00 Installed: name-1.0-1.x86_64
 *     zypp/history      2024-01-01 10:00:00|install|name|1.0-1|x86_64|…
 *     pacman.log        [2024-01-01T10:00:00+0000] [ALPM] installed name (1.0-1)
 *
 * Each package and version is told once, with the time of its first line.
 */
#include "identify/name_set.h"
#include "identify/nevra.h"
#include "identify/text_file.h"

enum {
    TAG_DPKG,
    TAG_APT,
    TAG_RPM,
    TAG_ZYPP,
    TAG_PACMAN,
    PACKAGES_MAX = 200000,
};

struct log {
    const struct job *job;
    struct text_file file;
    struct name_set seen;
    struct sv at; /* the time of what follows, where it has a line of its own */
    bool any;
};

static void emit_package(struct log *log, const char *type, struct sv name, struct sv version,
                         struct sv at)
{
    struct emit *out = log->job->out;
    struct sv key = arena_printf(log->job->arena, "%.*s %.*s", (int)name.n, name.n ? name.p : "",
                                 (int)version.n, version.n ? version.p : "");
    size_t number;

    if (name.n == 0 || name_set_add(&log->seen, key, &number) != NAME_NEW)
        return;
    emit_component(out, TYPE_LIBRARY);
    emit_field_at(out, FIELD_PACKAGE, name, text_file_offset(&log->file, name), name.n);
    emit_field(out, FIELD_NAME, name);
    emit_field(out, FIELD_PACKAGE_TYPE, sv_str(type));
    emit_field(out, FIELD_VERSION, version);
    emit_field(out, FIELD_INSTALLED_AT, at);
    emit_fieldf(out, FIELD_ROW, "line %zu", log->file.number);
    log->any = true;
}

/* "2024-01-01" and "10:00:00" as "2024-01-01T10:00:00Z": what clock it was, no log says. */
static struct sv time_of(const struct log *log, struct sv day, struct sv time)
{
    if (day.n != 10 || day.p[4] != '-' || time.n < 8 || time.p[2] != ':')
        return (struct sv){0};
    return arena_printf(log->job->arena, "%.*sT%.8sZ", (int)day.n, day.p, time.p);
}

static void read_dpkg(struct log *log)
{
    struct sv line = log->file.line, day = text_word(&line), time = text_word(&line);
    struct sv action = text_word(&line), name = text_word(&line), old = text_word(&line);
    struct sv version = text_word(&line);

    if (!sv_eq(action, SV("install")) && !sv_eq(action, SV("upgrade")))
        return;
    if (version.n == 0)
        version = old;
    emit_package(log, "deb", sv_cut(&name, ':'), version, time_of(log, day, time));
}

/* "name:arch (1.0, automatic), other:arch (1, 2)" */
static void read_apt_list(struct log *log, struct sv list)
{
    while (list.n) {
        struct sv versions = sv_cut(&list, ')'), name = sv_cut(&versions, '(');
        struct sv version = sv_trim(sv_cut(&versions, ',')), newer = sv_trim(versions);

        while (name.n && (name.p[0] == ',' || name.p[0] == ' '))
            name = sv_from(name, 1);
        // An upgrade has the version before and after.
        if (newer.n && newer.p[0] >= '0' && newer.p[0] <= '9')
            version = newer;
        name = sv_trim(name);
        emit_package(log, "deb", sv_cut(&name, ':'), version, log->at);
    }
}

static void read_apt(struct log *log)
{
    struct sv value = log->file.line, label = sv_cut(&value, ':');

    if (sv_eq(label, SV("Start-Date"))) {
        struct sv day = text_word(&value);

        log->at = time_of(log, day, text_word(&value));
    } else if (sv_eq(label, SV("Install")) || sv_eq(label, SV("Upgrade")) ||
               sv_eq(label, SV("Reinstall"))) {
        read_apt_list(log, value);
    }
}

static void read_rpm(struct log *log)
{
    static const char *const words[] = {
        "Installed: ", "Updated: ", "Upgrade: ", "Upgraded: ", "Reinstall: ", "Install: "};
    struct sv line = log->file.line, rest = line, day = text_word(&rest);
    struct sv time = {0};
    struct nevra nevra;

    if (day.n > 19 && day.p[10] == 'T')
        time = time_of(log, (struct sv){day.p, 10}, sv_from(day, 11));
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t at = sv_find(line, sv_str(words[i]));
        struct sv name, epoch;

        if (at == SIZE_MAX)
            continue;
        rest = sv_from(line, at + sv_str(words[i]).n);
        name = text_word(&rest);
        // "2:name-1.0-1.x86_64"
        epoch = name;
        if (sv_find(name, SV(":")) != SIZE_MAX && sv_cut(&epoch, ':').n <= 2)
            name = epoch;
        if (nevra_read(name, &nevra))
            emit_package(log, "rpm", nevra.name, nevra.version, time);
        return;
    }
}

static void read_zypp(struct log *log)
{
    struct sv line = log->file.line, when = sv_cut(&line, '|'), action = sv_cut(&line, '|');
    struct sv name = sv_cut(&line, '|'), version = sv_cut(&line, '|'), day = text_word(&when);

    if (sv_eq(action, SV("install")))
        emit_package(log, "rpm", name, version, time_of(log, day, when));
}

static void read_pacman(struct log *log)
{
    struct sv line = log->file.line, when = sv_from(text_word(&line), 1);
    struct sv source = text_word(&line), action, name, version;
    struct sv day = {when.p, when.n < 10 ? when.n : 10}, time = sv_from(when, 11);

    // "[2019-01-01 10:00]" in old logs.
    if (sv_ends(source, SV("]")) && !sv_starts(source, SV("[")))
        source = text_word(&line);
    action = sv_eq(source, SV("[ALPM]")) ? text_word(&line) : (struct sv){0};
    if (!sv_eq(action, SV("installed")) && !sv_eq(action, SV("upgraded")) &&
        !sv_eq(action, SV("reinstalled")))
        return;
    name = text_word(&line);
    version = sv_trim(line);
    if (version.n > 2 && version.p[0] == '(' && sv_ends(version, SV(")")))
        version = (struct sv){version.p + 1, version.n - 2};
    else
        version = (struct sv){0};
    if (sv_find(version, SV(" -> ")) != SIZE_MAX)
        version = sv_from(version, sv_find(version, SV(" -> ")) + 4);
    emit_package(log, "pacman", name, version, time_of(log, day, time));
}

static int identify_package_log(const struct job *job, struct err *err)
{
    static void (*const readers[])(struct log *) = {
        [TAG_DPKG] = read_dpkg, [TAG_APT] = read_apt,       [TAG_RPM] = read_rpm,
        [TAG_ZYPP] = read_zypp, [TAG_PACMAN] = read_pacman,
    };
    struct log log = {.job = job};
    int r = text_file_read(job, &log.file, err);

    if (r != 0)
        return r;
    name_set_init(&log.seen, job->arena, PACKAGES_MAX);
    while (text_file_next(&log.file, '#'))
        readers[job->gate->tag](&log);
    if (arena_failed(job->arena))
        return arena_error(job->arena, err);
    return log.any ? 0 : RECOG_NOT_MINE;
}

/* A log says that a package was there once, not that it is. */
#define LOG .state = STATE_RESIDUE, .ceiling = CONFIDENCE_TRACE

static const struct gate gates[] = {
    {.path = "var/log/dpkg.log*", LOG, .anchor_up = 3, .tag = TAG_DPKG},
    {.path = "dpkg.log", LOG, .tag = TAG_DPKG},
    {.path = "var/log/apt/history.log*", LOG, .anchor_up = 4, .tag = TAG_APT},
    {.path = "apt/history.log", LOG, .tag = TAG_APT},
    {.path = "var/log/dnf.rpm.log*", LOG, .anchor_up = 3, .tag = TAG_RPM},
    {.path = "var/log/dnf.log*", LOG, .anchor_up = 3, .tag = TAG_RPM},
    {.path = "var/log/yum.log*", LOG, .anchor_up = 3, .tag = TAG_RPM},
    {.path = "dnf.rpm.log", LOG, .tag = TAG_RPM},
    {.path = "dnf.log", LOG, .tag = TAG_RPM},
    {.path = "yum.log", LOG, .tag = TAG_RPM},
    {.path = "var/log/zypp/history*", LOG, .anchor_up = 4, .tag = TAG_ZYPP},
    {.path = "var/log/pacman.log*", LOG, .anchor_up = 3, .tag = TAG_PACMAN},
    {.path = "pacman.log", LOG, .tag = TAG_PACMAN},
    {0},
};

const struct recogniser recog_package_log = {
    .name = "package_log",
    .summary = "packages that the logs of package managers name",
    .epoch = 1,
    .gates = gates,
    .identify = identify_package_log,
};
