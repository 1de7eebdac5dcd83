// SPDX-License-Identifier: Apache-2.0
/*
 * Goes down from the root one name at a time, each opened in the folder before it, so that no link
 * is followed whatever changes meanwhile.
 */
#include "base/glob.h"
#include "exposure/collecting.h"
#include "os/folder.h"

#include <errno.h>

enum {
    DEPTH_MAX = 48,
};

struct step {
    struct finder *f;
    struct buf path; /* from the root, raw */
    unsigned depth;
};

static int go(struct step *s, int dir_fd, struct sv rest, struct err *err);

static struct sv lower(struct arena *arena, struct sv text)
{
    struct sv copy = arena_copy(arena, text);
    char *p = arena_take(arena, text.n + 1);

    if (!p || !copy.p)
        return (struct sv){0};
    for (size_t i = 0; i < text.n; i++)
        p[i] = text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] - 'A' + 'a') : text.p[i];
    return (struct sv){p, text.n};
}

static int odd(struct step *s, const char *why, int result, struct err *err)
{
    return s->f->odd(s->f->to, buf_view(&s->path), why, result, err);
}

/* Gone is what files do; anything else that cannot be looked at is told. */
static int failed(struct step *s, int result, const struct err *why, struct err *err)
{
    if (why->sys_errno == ENOENT || why->sys_errno == ENOTDIR)
        return 0;
    if (why->sys_errno == ELOOP)
        return odd(s, "a link, which is not followed", 0, err);
    if (err)
        *err = *why;
    return odd(s, NULL, result, err);
}

static int into(struct step *s, int dir_fd, const char *name, struct sv rest, struct err *err)
{
    struct err why = {0};
    auto_fd int fd = -1;
    int r = file_open_dir(dir_fd, name, &fd, &why);

    if (r < 0)
        return failed(s, r, &why, err);
    if (s->depth == DEPTH_MAX)
        return odd(s, "too many folders in one another", 0, err);
    s->depth++;
    r = go(s, fd, rest, err);
    s->depth--;
    return r;
}

/* One name that fits. `everything`: below a `**`. */
static int met(struct step *s, int dir_fd, const char *name, struct sv rest, bool everything,
               struct err *err)
{
    struct found found = {.dir_fd = dir_fd, .name = name};
    size_t before = s->path.n;
    struct err why = {0};
    int r;

    buf_char(&s->path, '/');
    buf_str(&s->path, name);
    if (!buf_ok(&s->path))
        return ERR(err, ERR_NOMEM, "no memory");
    found.path = buf_view(&s->path);
    r = file_facts(dir_fd, name, &found.facts, &why);
    if (r < 0)
        r = failed(s, r, &why, err);
    else if (found.facts.kind == FILE_SYMLINK)
        r = odd(s, "a link, which is not followed", 0, err);
    else if (found.facts.kind == FILE_DIRECTORY && (rest.n || everything))
        r = into(s, dir_fd, name, everything ? SV("**") : rest, err);
    else if (found.facts.kind == FILE_REGULAR && !rest.n)
        r = s->f->each(s->f->to, &found, err);
    else if (found.facts.kind == FILE_SPECIAL && !rest.n)
        r = odd(s, "neither a file nor a folder", 0, err);
    s->path.n = before;
    s->path.p[before] = '\0';
    return r;
}

static int among(struct step *s, int dir_fd, struct sv name, struct sv rest, struct err *err)
{
    bool everything = sv_eq(name, SV("**"));
    struct finder *f = s->f;
    struct folder_names names;
    struct err why = {0};
    int r = folder_list(dir_fd, (size_t)*f->names_left, f->arena, &names, &why);

    if (r == -ERR_NOMEM || r == -ERR_LIMIT) {
        if (err)
            *err = why;
        return r;
    }
    if (r < 0)
        return failed(s, r, &why, err);
    *f->names_left -= names.count;
    if (names.more)
        TRY(odd(s, "too many names to look at all of them", 0, err));
    if (f->nocase)
        name = lower(f->arena, name);
    for (size_t i = 0; i < names.count; i++) {
        struct sv here = f->nocase ? lower(f->arena, names.all[i]) : names.all[i];

        if (everything || glob_match(name, here))
            TRY(met(s, dir_fd, names.all[i].p, rest, everything, err));
    }
    return arena_failed(f->arena) ? arena_error(f->arena, err) : 0;
}

static bool is_literal(struct sv name)
{
    return sv_find(name, SV("*")) == SIZE_MAX && sv_find(name, SV("?")) == SIZE_MAX;
}

static int go(struct step *s, int dir_fd, struct sv rest, struct err *err)
{
    struct sv name = sv_cut(&rest, '/'), copy;

    if (s->f->nocase || !is_literal(name))
        return among(s, dir_fd, name, rest, err);
    copy = arena_copy(s->f->arena, name); // with a NUL
    if (!copy.p)
        return arena_error(s->f->arena, err);
    return met(s, dir_fd, copy.p, rest, false, err);
}

int find_files(struct finder *f, struct sv glob, struct err *err)
{
    struct step s = {.f = f};
    int r;

    while (sv_starts(glob, SV("/")))
        glob = sv_from(glob, 1);
    r = glob.n ? go(&s, f->root_fd, glob, err) : 0;
    buf_clear(&s.path);
    return r;
}
