// SPDX-License-Identifier: Apache-2.0
/* The `removal:` section of a catalogue: how a product goes. */
#include "order/reading.h"

enum {
    REM_ID,
    REM_PRODUCTS,
    REM_UNINSTALLER,
    REM_FOLDERS,
    REM_EMPTY_FOLDERS,
    REM_USERS,
    REM_GROUPS,
    REM_RETURNS,
    REM_ENCRYPTS,
    REM_BOOTS,
    REM_SOURCE,
};

static const struct check_key removal_keys[] = {
    [REM_ID] = {"id"},
    [REM_PRODUCTS] = {"products"},
    [REM_UNINSTALLER] = {"uninstaller", .optional = true},
    [REM_FOLDERS] = {"folders", .optional = true},
    [REM_EMPTY_FOLDERS] = {"empty_folders", .optional = true},
    [REM_USERS] = {"users", .optional = true},
    [REM_GROUPS] = {"groups", .optional = true},
    [REM_RETURNS] = {"returns", .optional = true},
    [REM_ENCRYPTS] = {"encrypts", .optional = true},
    [REM_BOOTS] = {"boots", .optional = true},
    [REM_SOURCE] = {"source"},
};

/* Folders that many packages share: none of them is ever wholly one product's. */
static bool is_shared(struct sv path)
{
    static const char *const shared[] = {
        "/etc",     "/opt",       "/usr", "/var",     "/var/opt",  "/var/lib",
        "/var/log", "/var/cache", "/srv", "/usr/bin", "/usr/lib",  "/usr/opt",
        "/etc/opt", "/usr/local", "/lib", "/bin",     "/sbin",     "/home",
        "/root",    "/tmp",       "/run", "/boot",    "/usr/share"};

    for (size_t i = 0; i < ARRAY_LEN(shared); i++)
        if (sv_eq(path, sv_str(shared[i])))
            return true;
    return false;
}

static const char *folder_wants(struct sv path)
{
    size_t depth = 0;

    if (!sv_starts(path, SV("/")))
        return "an absolute path";
    if (sv_find(path, SV("*")) != SIZE_MAX || sv_find(path, SV("?")) != SIZE_MAX)
        return "a path without * and ?: what is removed is named";
    for (struct sv rest = sv_from(path, 1); rest.n; depth++) {
        struct sv name = sv_cut(&rest, '/');

        if (!name.n || sv_eq(name, SV(".")) || sv_eq(name, SV("..")))
            return "a path without empty names, . and ..";
    }
    if (sv_ends(path, SV("/")))
        return "a path without / at its end";
    return depth < 2 || is_shared(path) ? "a folder that is not shared with other software" : NULL;
}

static struct sv *read_folders(struct reading *r, const struct yaml *node, size_t *ret_count)
{
    struct sv *folders = check_texts(&r->check, node, false, ret_count);
    const struct yaml *item = node ? node->first : NULL;

    for (size_t i = 0; i < *ret_count && item; i++, item = item->next) {
        const char *wants = folders[i].n ? folder_wants(folders[i]) : NULL;

        if (wants)
            check_problem(&r->check, item->line, "folder '%.*s'; expected %s",
                          (int)(folders[i].n > 80 ? 80 : folders[i].n), folders[i].p, wants);
    }
    return folders;
}

static void read_one(struct reading *r, const struct yaml *node, const struct catalogue *in,
                     struct catalogue_removal *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(removal_keys)];

    to->line = node->line;
    if (!check_map(c, node, "a removal", removal_keys, ARRAY_LEN(removal_keys), v))
        return;
    to->id = check_id(c, v[REM_ID], "._-");
    reading_check_id(r, v[REM_ID], to->id, in->vendor);
    for (const struct catalogue_removal *e = in->removals; e < to && to->id.n; e++)
        if (sv_eq(e->id, to->id))
            check_problem(c, node->line, "removal '%.*s' is there twice", (int)to->id.n, to->id.p);
    to->products = reading_products(r, v[REM_PRODUCTS], in, &to->product_count);
    to->uninstaller = check_texts(c, v[REM_UNINSTALLER], false, &to->uninstaller_count);
    if (to->uninstaller_count && !sv_starts(to->uninstaller[0], SV("/")))
        check_problem(c, v[REM_UNINSTALLER]->line,
                      "uninstaller '%.*s'; expected the absolute path of a program",
                      (int)to->uninstaller[0].n, to->uninstaller[0].p);
    to->folders = read_folders(r, v[REM_FOLDERS], &to->folder_count);
    to->empty_folders = read_folders(r, v[REM_EMPTY_FOLDERS], &to->empty_folder_count);
    to->users = check_texts(c, v[REM_USERS], false, &to->user_count);
    to->groups = check_texts(c, v[REM_GROUPS], false, &to->group_count);
    to->returns = check_texts(c, v[REM_RETURNS], false, &to->return_count);
    to->encrypts = check_bool(c, v[REM_ENCRYPTS]);
    to->boots = check_bool(c, v[REM_BOOTS]);
    to->source = check_prose(c, v[REM_SOURCE]);
}

void removal_read(struct reading *r, const struct yaml *node, struct catalogue *to)
{
    const struct yaml *item = node ? check_list(&r->check, node, false) : NULL;

    if (!item)
        return;
    to->removals = arena_take_array(r->check.arena, node->count, sizeof(*to->removals));
    if (!to->removals)
        return;
    for (; item; item = item->next)
        read_one(r, item, to, &to->removals[to->removal_count++]);
}
