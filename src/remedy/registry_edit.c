// SPDX-License-Identifier: Apache-2.0
#include "remedy/registry_edit.h"

#include <stdio.h>
#include <string.h>

#include "base/utf16.h"
#include "os/jailed.h"

enum {
    HEADER = 4096,
    SEQUENCES = 4, /* two numbers; they differ while changes are not written */
    MEMORY_MORE = 512 << 20,
    CPU_S = 300,
};

/* ---- paths ---- */

static bool cut_prefix(struct sv *path, const char *prefix)
{
    struct sv p = sv_str(prefix);

    if (path->n < p.n || !sv_eq_nocase((struct sv){path->p, p.n}, p))
        return false;
    *path = sv_from(*path, p.n);
    return true;
}

int registry_path_in(const struct registry_hive *hive, struct sv path, char ret[REGISTRY_PATH_MAX],
                     struct err *err)
{
    struct sv whole = path;
    char before[32] = "";
    int n;

    if (cut_prefix(&path, "HKLM\\SYSTEM\\CurrentControlSet\\"))
        (void)snprintf(before, sizeof(before), "ControlSet%03u\\", hive->current);
    else if (cut_prefix(&path, "HKCU\\Software\\Classes\\"))
        (void)snprintf(before, sizeof(before), "%s", hive->is_users ? "Software\\Classes\\" : "");
    else if (!cut_prefix(&path, "HKLM\\SOFTWARE\\") && !cut_prefix(&path, "HKLM\\SYSTEM\\") &&
             !cut_prefix(&path, "HKLM\\DRIVERS\\"))
        (void)cut_prefix(&path, "HKCU\\");
    n = snprintf(ret, REGISTRY_PATH_MAX, "%s%.*s", before, (int)path.n, path.p ? path.p : "");
    if (path.n == 0 || n < 0 || n >= REGISTRY_PATH_MAX || memchr(path.p, '\0', path.n))
        return ERR(err, ERR_USAGE, "'%.*s' is no path of a hive",
                   (int)(whole.n < 200 ? whole.n : 200), whole.p ? whole.p : "");
    return 0;
}

size_t registry_last_name(struct sv path)
{
    size_t at = sv_find_last(path, '\\');

    return at == SIZE_MAX ? 0 : at + 1;
}

bool registry_is_shared(struct sv path)
{
    static const char *const names[] = {
        "AuthRoot",
        "CA",
        "Certificates",
        "Class",
        "Classes",
        "Clients",
        "CLSID",
        "Components",
        "Control",
        "CurrentVersion",
        "DriverPackages",
        "Enum",
        "EventLog",
        "Explorer",
        "Extensions",
        "Installer",
        "Interface",
        "Microsoft",
        "Policies",
        "Products",
        "Provider",
        "ROOT",
        "Run",
        "RunOnce",
        "RunOnceEx",
        "RunServices",
        "Select",
        "Services",
        "Software",
        "SystemCertificates",
        "TypeLib",
        "Uninstall",
        "UpgradeCodes",
        "UserData",
        "Windows",
        "Windows NT",
        "Wow6432Node",
        "Application",
        "System",
        "Security",
        "ExtensionInstallForcelist",
        "NativeMessagingHosts",
    };
    struct sv last = sv_from(path, registry_last_name(path));

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (sv_eq_nocase(last, sv_str(names[i])))
            return true;
    // A control set, or a class of devices.
    return (last.n == 13 && sv_eq_nocase((struct sv){last.p, 10}, SV("ControlSet"))) ||
           (sv_starts(last, SV("{")) && sv_find(path, SV("Control\\Class\\")) != SIZE_MAX);
}

/* ---- lists of texts ---- */

static bool is_text(struct span one, struct sv text)
{
    auto_buf utf8 = {0};

    utf16le_append(&utf8, one);
    return sv_eq_nocase(buf_view(&utf8), text);
}

void registry_list_without(struct span list, struct sv text, struct buf *to)
{
    while (list.n >= 2) {
        struct span one = utf16_until_nul(list);
        size_t n = one.n + 2 < list.n ? one.n + 2 : list.n;

        if (one.n == 0 || !is_text(one, text))
            buf_bytes(to, list.p, n);
        list = span_from(list, n);
    }
}

/* ---- both processes ---- */

struct check {
    const struct registry_target *target;
    struct span before, after;
};

static int work_write(void *to, struct err *err)
{
    return registry_write(to, err);
}

static int work_check(void *to, struct err *err)
{
    const struct check *c = to;

    return registry_check(c->before, c->after, c->target, err);
}

static uint32_t number_at(struct span bytes, size_t at)
{
    struct reader r = reader_over(span_from(bytes, at));

    return reader_u32le(&r);
}

static int check_header(struct span before, struct err *err)
{
    if (before.n < HEADER || memcmp(before.p, "regf", 4) != 0)
        return ERR(err, ERR_FORMAT, "the file is no hive of the Windows registry");
    if (number_at(before, SEQUENCES) != number_at(before, SEQUENCES + 4))
        return ERR(err, ERR_UNSUPPORTED,
                   "the hive's last changes are only in its transaction logs (.LOG1, .LOG2); start "
                   "that Windows and shut it down wholly (shutdown /s /t 0, no hibernation), then "
                   "scan and plan again");
    return 0;
}

int registry_edit(struct span before, const struct registry_target *target, struct buf *after,
                  struct err *err)
{
    auto_buf made = {0}, none = {0}, path = {0}, text = {0};
    struct registry_target copy = {.is_text = target->is_text};
    struct check check = {.target = &copy, .before = before};
    struct jailed write = {
        .name = "debar-hive",
        .in = before,
        .limits = {.memory = 4 * (uint64_t)before.n + MEMORY_MORE,
                   .cpu_s = CPU_S,
                   .written = 2 * (uint64_t)before.n + MEMORY_MORE},
        .prepare = registry_write_prepare,
        .work = work_write,
        .to = &copy,
    };
    struct jailed compare = {
        .name = write.name, .limits = write.limits, .work = work_check, .to = &check};
    int result;

    TRY(check_header(before, err));
    // Such a process forgets its arguments, and these may lie there.
    buf_sv(&path, target->path);
    buf_sv(&text, target->text);
    if (!buf_ok(&path) || !buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory");
    copy.path = buf_view(&path);
    copy.text = buf_view(&text);
    result = jailed_run(&write, &made, err);
    if (result != 0)
        return result < 0 ? result : EDIT_NOTHING;
    check.after = (struct span){(const uint8_t *)made.p, made.n};
    result = jailed_run(&compare, &none, err);
    TRY(result);
    buf_sv(after, buf_view(&made));
    return 0;
}
