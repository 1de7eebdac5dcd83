// SPDX-License-Identifier: Apache-2.0
#include "remedy/verify.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/glob.h"
#include "model/place.h"
#include "os/below.h"
#include "os/process.h"
#include "remedy/edit.h"
#include "remedy/rehearsal.h"
#include "remedy/whole_file.h"

enum {
    STATUS_MAX = 256 << 20,
    SWEEP_DEPTH = 64,
    SWEEP_NAMES = 2000000,
};

#define X(name, text) text,
static const char *const kind_words[] = {DRIFT_KINDS(X)};
#undef X

const char *drift_kind_text(enum drift_kind kind)
{
    return kind_words[kind];
}

struct verifying {
    const struct verify_request *request;
    void (*each)(void *to, const struct drift *d);
    void *to;
    struct verified counts;
    size_t names_left;
};

static void tell(struct verifying *v, enum drift_kind kind, struct sv subject, const char *text)
{
    const struct drift d = {kind, subject, text};

    if (kind == DRIFT_UNSEEN)
        v->counts.unseen++;
    else
        v->counts.drifts++;
    v->each(v->to, &d);
}

/* ---- paths ---- */

static int raw_path(struct sv place, struct buf *to, struct err *err)
{
    buf_reset(to);
    TRY(place_decode(place, to, err));
    buf_str(to, "");
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

/* Whether a path is there, no part of it a link: 1, 0, or that it cannot be known. */
static int is_there(const struct verifying *v, const char *path, struct stat *ret)
{
    char name[BELOW_NAME];
    auto_fd int folder = -1;
    int r = below_open_parent(v->request->root_fd, path, &folder, name, NULL);

    if (r == -ERR_GONE || r == -ERR_CONFLICT)
        return 0;
    if (r < 0)
        return r;
    return fstatat(folder, name, ret, AT_SYMLINK_NOFOLLOW) == 0 ? 1 : 0;
}

/* The last step that touches a path says how it is in the end. */
static bool is_last(const struct plan *p, size_t step, struct sv path)
{
    for (size_t i = step + 1; i < p->step_count; i++)
        for (size_t k = 0; k < p->steps[i].touch_count; k++)
            if (sv_eq(p->steps[i].touches[k].path, path))
                return false;
    return true;
}

static int verify_touch(struct verifying *v, size_t step, const struct plan_touch *t,
                        struct err *err)
{
    const struct plan *p = v->request->plan;
    // Folders that an uninstaller took away because they were empty may be anybody's by now.
    bool shared = p->steps[step].action == ACTION_RUN && sv_eq(t->type, SV("folder"));
    auto_buf raw = {0};
    struct stat st;
    int there;

    if (t->change != TOUCH_REMOVED || shared || !is_last(p, step, t->path))
        return 0;
    TRY(raw_path(t->path, &raw, err));
    v->counts.looked_at++;
    there = is_there(v, raw.p, &st);
    if (there < 0)
        tell(v, DRIFT_UNSEEN, t->path, "its folder cannot be opened");
    else if (there)
        tell(v, DRIFT_PATH, t->path, "it was removed and is there");
    return 0;
}

/* ---- entries in files ---- */

static int verify_edit(struct verifying *v, const struct plan_step *s, struct err *err)
{
    auto_buf raw = {0}, bytes = {0}, after = {0};
    struct err why;
    int r;

    TRY(raw_path(s->path, &raw, err));
    v->counts.looked_at++;
    r = whole_file_read(v->request->root_fd, raw.p, EDIT_FILE_MAX, &bytes, &why);
    if (r == -ERR_GONE || r == -ERR_CONFLICT)
        return 0;
    if (r == 0)
        r = edit_apply(s->edit, (struct span){(const uint8_t *)bytes.p, bytes.n}, s->edit_key,
                       &after, &why);
    if (r == EDIT_NOTHING)
        return 0;
    if (r < 0)
        tell(v, DRIFT_UNSEEN, s->path, why.text);
    else if (!sv_eq(buf_view(&after), buf_view(&bytes)))
        tell(v, DRIFT_CONTENT, s->path,
             s->stage == STAGE_BLOCK ? "what keeps the product away is not in it"
                                     : "the entry that was taken out is in it");
    return 0;
}

static int verify_write(struct verifying *v, const struct plan_step *s, size_t step,
                        struct err *err)
{
    auto_buf raw = {0}, bytes = {0};
    struct err why;

    if (!is_last(v->request->plan, step, s->path))
        return 0;
    TRY(raw_path(s->path, &raw, err));
    v->counts.looked_at++;
    if (whole_file_read(v->request->root_fd, raw.p, EDIT_FILE_MAX, &bytes, &why) < 0)
        tell(v, DRIFT_CONTENT, s->path, "what was written there is gone");
    else if (!sv_eq(buf_view(&bytes), s->content))
        tell(v, DRIFT_CONTENT, s->path, "it is not what was written there");
    return 0;
}

/* ---- packages ---- */

/* What the status file says of a package; empty when it does not have it. */
static struct sv status_of(struct sv text, struct sv package)
{
    bool mine = false;

    while (text.n) {
        struct sv line = sv_line(&text);

        if (sv_starts(line, SV("Package:")))
            mine = sv_eq(sv_trim(sv_from(line, 8)), package);
        else if (mine && sv_starts(line, SV("Status:")))
            return sv_trim(sv_from(line, 7));
    }
    return (struct sv){0};
}

static int verify_dpkg(struct verifying *v, const struct plan_step *s, size_t first,
                       struct err *err)
{
    auto_buf text = {0};
    struct err why;

    (void)err;
    if (whole_file_read(v->request->root_fd, "/var/lib/dpkg/status", STATUS_MAX, &text, &why) < 0) {
        tell(v, DRIFT_UNSEEN, SV("/var/lib/dpkg/status"), why.text);
        return 0;
    }
    for (size_t i = first; i < s->argc; i++) {
        struct sv status = status_of(buf_view(&text), s->argv[i]);

        v->counts.looked_at++;
        if (status.n && !sv_ends(status, SV(" not-installed")))
            tell(v, DRIFT_PACKAGE, s->argv[i], "the dpkg database has it");
    }
    return 0;
}

/* An rpm database is no text: rpm says what is in it, on a copy of the root. */
static int verify_rpm(struct verifying *v, const struct plan_step *s, size_t first, struct err *err)
{
    auto_rehearsal *r = NULL;
    struct err why;

    (void)err;
    if (rehearsal_new(v->request->plan->root.p, &r, &why) < 0) {
        tell(v, DRIFT_UNSEEN, SV("the rpm database"), why.text);
        return 0;
    }
    for (size_t i = first; i < s->argc; i++) {
        const struct sv argv[] = {SV("rpm"), SV("--query"), s->argv[i]};
        auto_buf output = {0};
        int code = 0;

        v->counts.looked_at++;
        if (rehearsal_run(r, argv, ARRAY_LEN(argv), &code, &output, &why) < 0)
            tell(v, DRIFT_UNSEEN, s->argv[i], why.text);
        else if (code == 0)
            tell(v, DRIFT_PACKAGE, s->argv[i], "the rpm database has it");
        else if (code != 1 || sv_find(buf_view(&output), SV("is not installed")) == SIZE_MAX)
            tell(v, DRIFT_UNSEEN, s->argv[i], "rpm could not say whether it is installed");
    }
    return 0;
}

/* The packages of a program that removes some stand behind its options. */
static int verify_packages(struct verifying *v, const struct plan_step *s, struct err *err)
{
    size_t first = 1;

    while (first < s->argc && sv_starts(s->argv[first], SV("-")))
        first++;
    if (s->argc && sv_eq(s->argv[0], SV("dpkg")))
        return verify_dpkg(v, s, first, err);
    return s->argc && sv_eq(s->argv[0], SV("rpm")) ? verify_rpm(v, s, first, err) : 0;
}

/* ---- processes ---- */

static bool is_removed(const struct plan *p, struct sv path)
{
    for (size_t i = 0; i < p->step_count; i++) {
        if (p->steps[i].action == ACTION_END_PROCESS && sv_eq(p->steps[i].path, path))
            return true;
        for (size_t k = 0; k < p->steps[i].touch_count; k++)
            if (p->steps[i].touches[k].change == TOUCH_REMOVED &&
                sv_eq(p->steps[i].touches[k].path, path))
                return true;
    }
    return false;
}

static int verify_process(void *to, const struct process *p, struct err *err)
{
    struct verifying *v = to;
    auto_buf place = {0};

    v->counts.looked_at++;
    if (p->kernel || p->other_root || !p->program.path.n)
        return 0;
    place_append(&place, p->program.path);
    if (!buf_ok(&place))
        return ERR(err, ERR_NOMEM, "no memory");
    if (is_removed(v->request->plan, buf_view(&place)))
        tell(v, DRIFT_PROCESS, buf_view(&place), "a process still runs it");
    return 0;
}

static void process_unread(void *to, uint32_t pid, const char *what, const struct err *why)
{
    struct verifying *v = to;
    auto_buf subject = {0};

    // The files that a process has mapped are not asked for here.
    if (strcmp(what, "exe") != 0)
        return;
    buf_printf(&subject, "process %u", pid);
    if (buf_ok(&subject))
        tell(v, DRIFT_UNSEEN, buf_view(&subject), why->text);
}

/* ---- the sweep ---- */

struct sweeping {
    struct verifying *v;
    struct sv pattern;
    struct buf path;
};

static bool is_in_plan(const struct plan *p, struct sv place)
{
    for (size_t i = 0; i < p->step_count; i++)
        for (size_t k = 0; k < p->steps[i].touch_count; k++)
            if (sv_eq(p->steps[i].touches[k].path, place))
                return true;
    return false;
}

static void sweep_hit(struct sweeping *s)
{
    auto_buf place = {0};

    place_append(&place, buf_view(&s->path));
    // What the plan names was looked at already.
    if (buf_ok(&place) && !is_in_plan(s->v->request->plan, buf_view(&place)))
        tell(s->v, DRIFT_PRODUCT, buf_view(&place), "only the product has such a path");
}

static int sweep_folder(struct sweeping *s, int fd, unsigned depth, struct err *err)
{
    DIR *dir = fdopendir(fd);
    size_t length = s->path.n;
    const struct dirent *e;
    int r = 0;

    if (!dir) {
        (void)close(fd);
        return ERR_SYS(err, "listing %s", s->path.p);
    }
    while (r == 0 && (e = readdir(dir))) {
        struct stat st;
        int below;

        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (!s->v->names_left--) {
            (void)closedir(dir);
            return ERR(err, ERR_LIMIT, "more than %d names to look at", SWEEP_NAMES);
        }
        buf_char(&s->path, '/');
        buf_str(&s->path, e->d_name);
        if (!buf_ok(&s->path))
            r = ERR(err, ERR_NOMEM, "no memory");
        else if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
            s->v->counts.looked_at++;
            if (!S_ISDIR(st.st_mode) && glob_match(s->pattern, buf_view(&s->path)))
                sweep_hit(s);
            if (S_ISDIR(st.st_mode) && depth < SWEEP_DEPTH &&
                below_open_folder(s->v->request->root_fd, s->path.p, &below, NULL) == 0)
                r = sweep_folder(s, below, depth + 1, err);
        }
        s->path.n = length;
        s->path.p[length] = '\0';
    }
    (void)closedir(dir);
    return r;
}

/* The folder before the first name that is a pattern. */
static struct sv fixed_part(struct sv pattern)
{
    size_t slash = 0;

    for (size_t i = 0; i < pattern.n && pattern.p[i] != '*' && pattern.p[i] != '?'; i++)
        if (pattern.p[i] == '/')
            slash = i;
    return (struct sv){pattern.p, slash};
}

static int sweep_one(struct verifying *v, const struct indicator *in, struct sv value,
                     struct err *err)
{
    struct sweeping s = {.v = v, .pattern = value};
    struct stat st;
    int fd, r = 0;

    if (in->test.op == OP_EXACT) {
        buf_sv(&s.path, value);
        v->counts.looked_at++;
        if (buf_ok(&s.path) && is_there(v, s.path.p, &st) == 1 && !S_ISDIR(st.st_mode))
            sweep_hit(&s);
    } else if (in->test.op == OP_GLOB && fixed_part(value).n > 1) {
        buf_sv(&s.path, fixed_part(value));
        if (buf_ok(&s.path) && below_open_folder(v->request->root_fd, s.path.p, &fd, NULL) == 0)
            r = sweep_folder(&s, fd, 0, err);
    }
    buf_clear(&s.path);
    return r;
}

/* Paths that only one product has; those of Windows and macOS lie on no root that is looked at
 * here, so that nothing is found by them. */
static int sweep_item(struct verifying *v, const struct plan_item *item, struct err *err)
{
    const struct catalogue *c = rules_catalogue(v->request->rules, item->vendor);

    if (item->status != STATUS_REMOVED)
        return 0;
    for (size_t i = 0; c && i < c->indicator_count; i++) {
        const struct indicator *in = &c->indicators[i];

        if (in->test.field != FIELD_PATH || !in->product || in->test.nocase ||
            in->strength < STRENGTH_STRONG || !sv_eq(in->product->id, item->product))
            continue;
        for (size_t k = 0; k < in->test.value_count; k++)
            TRY(sweep_one(v, in, in->test.values[k], err));
    }
    return 0;
}

/* ---- all ---- */

static int verify_step(struct verifying *v, size_t number, struct err *err)
{
    const struct plan_step *s = &v->request->plan->steps[number];

    for (size_t k = 0; k < s->touch_count; k++)
        TRY(verify_touch(v, number, &s->touches[k], err));
    if (s->action == ACTION_EDIT)
        return verify_edit(v, s, err);
    if (s->action == ACTION_WRITE)
        return verify_write(v, s, number, err);
    return s->action == ACTION_RUN ? verify_packages(v, s, err) : 0;
}

int verify_plan(const struct verify_request *request, void (*each)(void *to, const struct drift *d),
                void *to, struct verified *ret, struct err *err)
{
    const struct process_events events = {.process = verify_process, .unread = process_unread};
    struct verifying v = {.request = request, .each = each, .to = to, .names_left = SWEEP_NAMES};
    const struct plan *p = request->plan;

    for (size_t i = 0; i < p->step_count; i++)
        TRY(verify_step(&v, i, err));
    if (sv_eq(p->root, SV("/")))
        TRY(processes_each(request->proc, &events, &v, err));
    for (size_t i = 0; i < p->item_count && request->rules; i++)
        TRY(sweep_item(&v, &p->items[i], err));
    *ret = v.counts;
    return 0;
}
