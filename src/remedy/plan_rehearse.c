// SPDX-License-Identifier: Apache-2.0
#include "remedy/plan_rehearse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/place.h"
#include "os/below.h"
#include "remedy/edit.h"
#include "remedy/facts_list.h"
#include "remedy/patch.h"
#include "remedy/whole_file.h"
#include "trust/digest.h"

enum {
    OUTPUT_MAX = 256 << 10,
    OUTPUT_KEPT = 2000,
};

struct doing {
    struct rehearsal *r;
    struct plan_step *step;
    struct arena *arena;
    int root; /* of the copy */
};

/* ---- what a step does ---- */

static int raw_path(struct sv place, struct buf *to, struct err *err)
{
    buf_reset(to);
    TRY(place_decode(place, to, err));
    buf_str(to, "");
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

static int remove_path(const struct doing *d, struct sv place, struct err *err)
{
    char name[BELOW_NAME];
    auto_fd int folder = -1;
    auto_buf raw = {0};
    int r;

    TRY(raw_path(place, &raw, err));
    r = below_open_parent(d->root, raw.p, &folder, name, err);
    if (r == -ERR_GONE)
        return 0;
    TRY(r);
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT ||
        (errno == EISDIR && unlinkat(folder, name, AT_REMOVEDIR) == 0))
        return 0;
    // A folder with something that stays is no longer the product's alone.
    return errno == ENOTEMPTY ? 0 : ERR_SYS(err, "removing %s from the copy of the root", raw.p);
}

static int remove_all(const struct doing *d, struct err *err)
{
    // Sorted by path, so that what is in a folder stands behind it.
    for (size_t i = d->step->touch_count; i > 0; i--)
        TRY(remove_path(d, d->step->touches[i - 1].path, err));
    return 0;
}

static int make_folders(const struct doing *d, const char *path, struct err *err)
{
    auto_buf folder = {0};

    for (const char *p = path + 1; *p; p++) {
        char name[BELOW_NAME];
        auto_fd int parent = -1;

        if (*p != '/')
            continue;
        buf_reset(&folder);
        buf_bytes(&folder, path, (size_t)(p - path));
        if (!buf_ok(&folder))
            return ERR(err, ERR_NOMEM, "no memory");
        TRY(below_open_parent(d->root, folder.p, &parent, name, err));
        if (mkdirat(parent, name, 0755) != 0 && errno != EEXIST)
            return ERR_SYS(err, "making %s in the copy of the root", folder.p);
    }
    return 0;
}

static int write_bytes(const struct doing *d, struct sv place, struct sv bytes, struct err *err)
{
    char name[BELOW_NAME];
    auto_fd int folder = -1, fd = -1;
    auto_buf raw = {0};

    TRY(raw_path(place, &raw, err));
    TRY(make_folders(d, raw.p, err));
    TRY(below_open_parent(d->root, raw.p, &folder, name, err));
    fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                0644);
    if (fd < 0)
        return ERR_SYS(err, "writing %s in the copy of the root", raw.p);
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        if (n < 0 && errno != EINTR)
            return ERR_SYS(err, "writing %s in the copy of the root", raw.p);
        bytes = sv_from(bytes, n < 0 ? 0 : (size_t)n);
    }
    return 0;
}

/* An edit that cannot be sure leaves the file to a person. */
static void propose(const struct doing *d, const struct err *why)
{
    d->step->action = ACTION_PROPOSE;
    d->step->title = arena_printf(d->arena, "To be done by a person: %.*s", (int)d->step->path.n,
                                  d->step->path.p);
    d->step->content = arena_printf(d->arena, "%s (%.*s: %.*s)", why->text, (int)d->step->edit.n,
                                    d->step->edit.p, (int)d->step->edit_key.n, d->step->edit_key.p);
    d->step->edit = d->step->edit_key = (struct sv){0};
    d->step->undo = SV("nothing was changed");
}

/* What the edit makes of its file: 0, or EDIT_NOTHING. */
static int edited(const struct doing *d, struct buf *after, struct err *err)
{
    auto_buf raw = {0}, text = {0};
    struct err why;
    int r;

    TRY(raw_path(d->step->path, &raw, err));
    r = whole_file_read(d->root, raw.p, EDIT_FILE_MAX, &text, &why);
    if (r == -ERR_GONE)
        return EDIT_NOTHING;
    if (r == 0)
        r = edit_apply(d->step->edit, (struct span){(const uint8_t *)text.p, text.n},
                       d->step->edit_key, after, &why);
    if (r < 0) {
        propose(d, &why);
        return EDIT_NOTHING;
    }
    return buf_ok(after) ? r : ERR(err, ERR_NOMEM, "no memory");
}

static int edit_file(const struct doing *d, struct err *err)
{
    auto_buf after = {0};
    int r = edited(d, &after, err);

    TRY(r);
    return r == EDIT_NOTHING ? 0 : write_bytes(d, d->step->path, buf_view(&after), err);
}

/* What a person would have to change, as a patch; without one, the advice stays. */
static int write_patch(const struct doing *d, struct err *err)
{
    auto_buf raw = {0}, text = {0}, after = {0}, patch = {0};
    struct plan_step *s = d->step;
    struct span before;

    TRY(raw_path(s->path, &raw, err));
    if (whole_file_read(d->root, raw.p, EDIT_FILE_MAX, &text, NULL) == 0) {
        before = (struct span){(const uint8_t *)text.p, text.n};
        if (edit_apply(s->edit, before, s->edit_key, &after, NULL) == 0 && buf_ok(&after) &&
            patch_write(sv_from(s->path, 1), before,
                        (struct span){(const uint8_t *)after.p, after.n}, &patch, NULL) == 0 &&
            buf_ok(&patch))
            s->content = arena_copy(d->arena, buf_view(&patch));
    }
    s->edit = (struct sv){0};
    return arena_failed(d->arena) ? arena_error(d->arena, err) : 0;
}

static int run_program(const struct doing *d, struct rehearsed_failure *failure, struct err *err)
{
    auto_buf output = BUF_INIT(OUTPUT_MAX);
    struct err why;
    struct sv told;
    int code = 0;
    int r = rehearsal_run(d->r, d->step->argv, d->step->argc, &code, &output, &why);

    if (r < 0 && r != -ERR_LIMIT_TIME) {
        if (err)
            *err = why;
        return r;
    }
    if (r == 0 && code == 0)
        return 0;
    told = r < 0 ? sv_str(why.text) : sv_trim(buf_view(&output));
    if (told.n > OUTPUT_KEPT)
        told = sv_from(told, told.n - OUTPUT_KEPT);
    *failure = (struct rehearsed_failure){
        .program = d->step->argv[0],
        .output = arena_copy(d->arena, told),
        .code = code,
    };
    return REHEARSED_FAILED;
}

/* ---- what it touched ---- */

struct touching {
    const struct doing *d;
    struct facts_list touches;
};

static struct sv reason(const struct plan_step *step, struct sv place, enum touch_change change)
{
    static const char *const by_program[] = {
        [TOUCH_REMOVED] = "the uninstaller removes it",
        [TOUCH_CHANGED] = "the uninstaller changes it",
        [TOUCH_CREATED] = "the uninstaller makes it",
        [TOUCH_COUNT_] = "",
    };

    for (size_t i = 0; i < step->touch_count; i++)
        if (sv_eq(step->touches[i].path, place))
            return step->touches[i].why;
    if (step->action == ACTION_RUN)
        return sv_str(by_program[change]);
    return step->action == ACTION_EDIT ? SV("one entry is taken out of it or put into it")
                                       : SV("debar makes it");
}

static int touch(void *to, const struct rehearsal_change *c, struct err *err)
{
    struct touching *t = to;
    struct arena *arena = t->d->arena;
    const struct path_state *is = c->change == TOUCH_CREATED ? c->after : c->before;
    auto_buf place = {0};
    struct plan_touch *made;
    char hex[PATH_DIGEST_HEX];

    place_append(&place, c->path);
    if (!buf_ok(&place))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(facts_list_add(&t->touches, (void **)&made, err));
    made->path = arena_copy(arena, buf_view(&place));
    made->change = c->change;
    made->type = sv_str(path_type_text(is->type));
    made->why = reason(t->d->step, made->path, c->change);
    if (c->change == TOUCH_CREATED)
        return 0;
    path_state_digest(c->before, hex);
    made->before = arena_copy(arena, sv_str(hex));
    if (c->before->type == PATH_FILE) {
        digest_hex((struct span){c->before->sha256, sizeof(c->before->sha256)}, hex);
        made->sha256 = arena_copy(arena, sv_str(hex));
        made->size = c->before->size;
    }
    return 0;
}

int plan_rehearse(struct rehearsal *r, struct plan_step *step, struct arena *arena,
                  struct rehearsed_failure *ret_failure, struct err *err)
{
    struct doing d = {.r = r, .step = step, .arena = arena, .root = rehearsal_root(r)};
    struct touching t = {.d = &d, .touches = FACTS_LIST(arena, struct plan_touch)};
    int result = 0;

    switch (step->action) {
    case ACTION_RUN:
        result = run_program(&d, ret_failure, err);
        break;
    case ACTION_REMOVE:
    case ACTION_STOP_UNIT:
        result = remove_all(&d, err);
        break;
    case ACTION_EDIT:
        result = edit_file(&d, err);
        break;
    case ACTION_WRITE:
        result = write_bytes(&d, step->path, step->content, err);
        break;
    case ACTION_PROPOSE:
        return step->edit.n ? write_patch(&d, err) : 0;
    case ACTION_COLLECT:
    case ACTION_CHECK:
    case ACTION_END_PROCESS:
    case ACTION_UNLOAD:
    case ACTION_VERIFY:
    case ACTION_EXPIRE:
    case ACTION_COUNT_:
        return 0;
    }
    if (result != 0)
        return result;
    TRY(rehearsal_changes(r, touch, &t, err));
    step->touches = t.touches.items;
    step->touch_count = t.touches.count;
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

/* ---- where it cannot be rehearsed ---- */

/* A path as it is now, which the step changes or makes. */
static int foresee_path(struct touching *t, struct sv path, enum path_type made, struct err *err)
{
    struct path_state before, after = {.type = made};
    struct rehearsal_change c = {.path = path, .before = &before, .after = &after};

    TRY(path_state_get(t->d->root, path.p, t->d->arena, &before, err));
    if (before.type == PATH_FOLDER && made == PATH_FOLDER)
        return 0;
    c.change = made == PATH_ABSENT          ? TOUCH_REMOVED
               : before.type == PATH_ABSENT ? TOUCH_CREATED
                                            : TOUCH_CHANGED;
    return made == PATH_ABSENT && before.type == PATH_ABSENT ? 0 : touch(t, &c, err);
}

static int foresee_file(struct touching *t, struct err *err)
{
    auto_buf raw = {0};

    TRY(raw_path(t->d->step->path, &raw, err));
    for (size_t i = 1; i < raw.n; i++)
        if (raw.p[i] == '/')
            TRY(foresee_path(t, arena_copy(t->d->arena, (struct sv){raw.p, i}), PATH_FOLDER, err));
    return foresee_path(t, arena_copy(t->d->arena, sv_str(raw.p)), PATH_FILE, err);
}

/* What the step itself removes, as it is now. */
static int foresee_removed(struct touching *t, struct err *err)
{
    auto_buf raw = {0};

    for (size_t i = 0; i < t->d->step->touch_count; i++) {
        TRY(raw_path(t->d->step->touches[i].path, &raw, err));
        TRY(foresee_path(t, arena_copy(t->d->arena, sv_str(raw.p)), PATH_ABSENT, err));
    }
    return 0;
}

int plan_foresee(int root_fd, struct plan_step *step, const struct foreseen *program,
                 struct arena *arena, struct err *err)
{
    struct doing d = {.step = step, .arena = arena, .root = root_fd};
    struct touching t = {.d = &d, .touches = FACTS_LIST(arena, struct plan_touch)};
    auto_buf after = {0};
    int r = 0;

    if (step->action == ACTION_PROPOSE)
        return step->edit.n ? write_patch(&d, err) : 0;
    if (step->action == ACTION_EDIT)
        r = edited(&d, &after, err);
    TRY(r);
    if (step->action == ACTION_WRITE || (step->action == ACTION_EDIT && r != EDIT_NOTHING))
        TRY(foresee_file(&t, err));
    if (step->action == ACTION_REMOVE || step->action == ACTION_STOP_UNIT)
        TRY(foresee_removed(&t, err));
    for (size_t i = 0; i < program->removed_count; i++)
        TRY(foresee_path(&t, program->removed[i], PATH_ABSENT, err));
    for (size_t i = 0; i < program->changed_count; i++)
        TRY(foresee_path(&t, program->changed[i], PATH_FILE, err));
    if (step->action != ACTION_END_PROCESS && step->action != ACTION_UNLOAD) {
        step->touches = t.touches.items;
        step->touch_count = t.touches.count;
    }
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}
