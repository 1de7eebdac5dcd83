// SPDX-License-Identifier: Apache-2.0
#include "scan/starts.h"

#include "model/place.h"

static bool is_below(struct sv path, struct sv folder)
{
    return folder.n == 1 ||
           (sv_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/'));
}

/* Whether a mount is left out, and by which rule. */
static bool left_out(const struct scan_options *o, const struct mount *m, enum coverage_rule *ret)
{
    static const enum coverage_rule rules[] = {[MOUNT_NETWORK] = RULE_NETWORK_FS,
                                               [MOUNT_REMOVABLE] = RULE_REMOVABLE_FS,
                                               [MOUNT_PSEUDO] = RULE_PSEUDO_FS};

    // The kernel's own views have no end and no bytes of their own: they are left out even then.
    if (m->class != MOUNT_LOCAL && m->class != MOUNT_MEMORY &&
        (!o->all_file_systems || m->class == MOUNT_PSEUDO)) {
        *ret = rules[m->class];
        return true;
    }
    // Only what would be scanned is excluded: it leaves the answer open.
    for (size_t i = 0; i < o->exclude_fs_count; i++) {
        if (sv_eq(m->type, sv_str(o->exclude_fs[i]))) {
            *ret = RULE_EXCLUDED_FS;
            return true;
        }
    }
    return false;
}

static int add(const char **starts, size_t room, size_t *count, struct sv path, struct err *err)
{
    if (*count == room)
        return ERR(err, ERR_LIMIT, "more than %zu file systems", room);
    for (size_t i = 0; i < *count; i++)
        if (sv_eq(sv_str(starts[i]), path))
            return 0;
    starts[(*count)++] = path.p;
    return 0;
}

/* A local file system under another mount: no path leads there. */
static void tell_hidden(struct collector *account, const struct mount *m)
{
    auto_buf place = {0};

    place_append(&place, m->point);
    collector_unexamined(account, buf_view(&place), REASON_DENIED,
                         "another file system is mounted over this one");
}

static int add_mounts_below(const struct scan_options *o, struct sv target,
                            const struct mounts *mounts, struct collector *account,
                            struct coverage *left, const char **starts, size_t room, size_t *count,
                            struct err *err)
{
    for (size_t i = 0; i < mounts->count; i++) {
        const struct mount *m = &mounts->all[i];
        enum coverage_rule rule;

        if (m->point.n == target.n || !is_below(m->point, target))
            continue;
        if (m->hidden) {
            if (m->class == MOUNT_LOCAL && !m->covered)
                tell_hidden(account, m);
            continue;
        }
        if (left_out(o, m, &rule))
            left->skipped[rule]++;
        else if (!m->covered)
            TRY(add(starts, room, count, m->point, err));
    }
    return 0;
}

int starts_of(const struct scan_options *o, const struct mounts *mounts, struct collector *account,
              const char **ret_starts, size_t room, size_t *ret_count, struct err *err)
{
    const char *whole = o->root ? o->root : "/";
    const char *const *targets = o->target_count ? o->targets : &whole;
    size_t target_count = o->target_count ? o->target_count : 1, count = 0;
    struct coverage left = {0};

    for (size_t i = 0; i < target_count; i++)
        TRY(add(ret_starts, room, &count, sv_str(targets[i]), err));
    for (size_t i = 0; i < target_count; i++)
        TRY(add_mounts_below(o, sv_str(targets[i]), mounts, account, &left, ret_starts, room,
                             &count, err));
    collector_count(account, &left);
    *ret_count = count;
    return 0;
}
