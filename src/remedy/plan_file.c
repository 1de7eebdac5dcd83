// SPDX-License-Identifier: Apache-2.0
#include "remedy/plan_file.h"

#include <string.h>

#include "os/own_files.h"

enum {
    BEGINNING_MIN = 4,
};

static int no_plan(const char *word, struct err *err)
{
    return ERR(err, ERR_GONE,
               "no stored plan has an id that begins with '%s'; `debar plan` makes one", word);
}

static struct sv name_of(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

static int find(const char *state_folder, const char *word, struct arena *arena, const char **ret,
                struct err *err)
{
    struct sv folder = arena_printf(arena, "%s/plans", state_folder);
    struct sv *paths = NULL;
    size_t count = 0;

    if (!folder.n)
        return arena_error(arena, err);
    if (strlen(word) < BEGINNING_MIN)
        return ERR(err, ERR_USAGE, "'%s' is too short for the beginning of a plan's id", word);
    if (!own_folder_exists(folder.p))
        return no_plan(word, err);
    TRY(own_folder_list(folder.p, ".json", arena, &paths, &count, err));
    *ret = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!sv_starts(name_of(paths[i]), sv_str(word)))
            continue;
        if (*ret)
            return ERR(err, ERR_CONFLICT,
                       "more than one plan begins with '%s'; give more of the id", word);
        *ret = paths[i].p;
    }
    return *ret ? 0 : no_plan(word, err);
}

int plan_file_read(const char *state_folder, const char *word, struct arena *arena,
                   struct plan *ret, struct sv *ret_text, struct err *err)
{
    const char *path = word;
    auto_buf text = BUF_INIT(PLAN_FILE_MAX);
    int r;

    if (!strchr(word, '/') && !sv_ends(sv_str(word), SV(".json")))
        TRY(find(state_folder, word, arena, &path, err));
    TRY(own_file_read(path, &text, err));
    *ret_text = arena_copy(arena, buf_view(&text));
    if (arena_failed(arena))
        return arena_error(arena, err);
    r = plan_read_json(*ret_text, arena, ret, err);
    return r < 0 ? err_wrap(err, r, "plan %s", path) : 0;
}
