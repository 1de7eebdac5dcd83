// SPDX-License-Identifier: Apache-2.0
#include "source/installer_names.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 32, /* folders in folders */
};

struct installer_key {
    struct sv key;
    size_t row;
};

/* https://learn.microsoft.com/windows/win32/msi/property-reference#system-folder-properties */
static const struct {
    const char *key, *path;
} known_folders[] = {
    {"TARGETDIR", ""},
    {"AdminToolsFolder", "ProgramData/Microsoft/Windows/Start Menu/Programs/Administrative Tools"},
    {"AppDataFolder", "AppData/Roaming"},
    {"CommonAppDataFolder", "ProgramData"},
    {"CommonFiles64Folder", "Program Files/Common Files"},
    {"CommonFilesFolder", "Program Files/Common Files"},
    {"DesktopFolder", "Desktop"},
    {"FontsFolder", "Windows/Fonts"},
    {"LocalAppDataFolder", "AppData/Local"},
    {"PersonalFolder", "Documents"},
    {"ProgramFiles64Folder", "Program Files"},
    {"ProgramFilesFolder", "Program Files"},
    {"ProgramMenuFolder", "ProgramData/Microsoft/Windows/Start Menu/Programs"},
    {"StartMenuFolder", "ProgramData/Microsoft/Windows/Start Menu"},
    {"StartupFolder", "ProgramData/Microsoft/Windows/Start Menu/Programs/Startup"},
    {"System16Folder", "Windows/System"},
    {"System64Folder", "Windows/System32"},
    {"SystemFolder", "Windows/System32"},
    {"TempFolder", "Temp"},
    {"WindowsFolder", "Windows"},
};

static int by_key(const void *a, const void *b)
{
    const struct installer_key *x = a, *y = b;

    return sv_cmp(x->key, y->key);
}

static int index_init(struct installer_index *ix, struct msi *m, struct sv table,
                      const char *column, struct err *err)
{
    TRY(msi_table_open(m, table, &ix->table, err));
    ix->at = arena_take_array(m->arena, ix->table.rows, sizeof(*ix->at));
    if (!ix->at && ix->table.rows)
        return arena_error(m->arena, err);
    for (size_t row = 0; row < ix->table.rows; row++)
        ix->at[row] = (struct installer_key){sv_of(msi_bytes(&ix->table, row, column)), row};
    ix->count = ix->table.rows;
    if (ix->count)
        qsort(ix->at, ix->count, sizeof(*ix->at), by_key);
    return 0;
}

static bool find(const struct installer_index *ix, struct sv key, size_t *ret_row)
{
    size_t low = 0, high = ix->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = sv_cmp(ix->at[middle].key, key);

        if (order == 0) {
            *ret_row = ix->at[middle].row;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

int installer_names_init(struct installer_names *n, struct msi *m, struct err *err)
{
    TRY(index_init(&n->files, m, SV("File"), "File", err));
    TRY(index_init(&n->components, m, SV("Component"), "Component", err));
    return index_init(&n->folders, m, SV("Directory"), "Directory", err);
}

/* "short|long" */
static struct sv long_name(struct sv name)
{
    size_t bar = sv_find(name, SV("|"));

    return bar == SIZE_MAX ? name : sv_from(name, bar + 1);
}

static const char *known_folder(struct sv key)
{
    struct sv name = sv_cut(&key, '.'); // a merge module adds a number of its own

    for (size_t i = 0; i < ARRAY_LEN(known_folders); i++) {
        if (sv_eq(name, sv_str(known_folders[i].key)))
            return known_folders[i].path;
    }
    return NULL;
}

static void append_part(struct buf *to, size_t from, struct sv part)
{
    if (part.n && to->n > from)
        buf_char(to, '/');
    buf_sv(to, part);
}

static void append_folder(const struct installer_names *n, struct sv key, size_t from,
                          struct buf *to)
{
    struct sv parts[DEPTH_MAX];
    size_t count = 0, row;
    const char *known = NULL;

    while (key.n && count < DEPTH_MAX && !(known = known_folder(key)) &&
           find(&n->folders, key, &row)) {
        struct sv above = sv_of(msi_bytes(&n->folders.table, row, "Directory_Parent"));
        struct sv name = msi_text(&n->folders.table, row, "DefaultDir");

        name = long_name(sv_cut(&name, ':')); // behind it stands where it comes from
        if (!sv_eq(name, SV(".")) && !sv_eq(name, SV("SourceDir")))
            parts[count++] = name;
        if (sv_eq(above, key))
            break;
        key = above;
    }
    append_part(to, from, sv_str(known));
    while (count)
        append_part(to, from, parts[--count]);
}

void installer_names_append(const struct installer_names *n, struct sv key, struct buf *to)
{
    size_t file, component, from = to->n;

    if (!find(&n->files, key, &file)) {
        buf_sv(to, key);
        return;
    }
    if (find(&n->components, sv_of(msi_bytes(&n->files.table, file, "Component_")), &component))
        append_folder(n, sv_of(msi_bytes(&n->components.table, component, "Directory_")), from, to);
    append_part(to, from, long_name(msi_text(&n->files.table, file, "FileName")));
}
