// SPDX-License-Identifier: Apache-2.0
/* debar exposure: what a product may have let out of the machine, without removing anything. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/session.h"
#include "exposure/exposure.h"
#include "model/place.h"
#include "os/file.h"

enum {
    FINDINGS_MAX = 4096,
    PIECE = 64 * 1024,
};

/* ---- keeping files in a folder ---- */

struct folder {
    const char *path;
    int fd;
};

static int make_folder(const char *path, struct folder *ret, struct err *err)
{
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? ERR(err, ERR_USAGE,
                                     "--to %s: it is there already; name a folder to be made", path)
                               : ERR_SYS(err, "--to %s", path);
    *ret = (struct folder){.path = path};
    return file_open_dir(AT_FDCWD, path, &ret->fd, err);
}

/* The folders of a name, and its last part. Names are plain: none is empty, "." or "..". */
static int open_parent(int fd, char *name, int *ret_fd, const char **ret_last, struct err *err)
{
    auto_fd int at = dup(fd);
    char *slash;

    if (at < 0)
        return ERR_SYS(err, "opening a folder");
    for (; (slash = strchr(name, '/')); name = slash + 1) {
        int next;

        *slash = '\0';
        if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
            return ERR_SYS(err, "making a folder");
        TRY(file_open_dir(at, name, &next, err));
        (void)close(at); // it was only looked into
        at = next;
    }
    *ret_fd = at;
    at = -1;
    *ret_last = name;
    return 0;
}

static int write_all(int fd, const char *p, size_t n, struct err *err)
{
    while (n) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return ERR_SYS(err, "writing it");
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

static int copy_all(int from, uint64_t size, int to, struct err *err)
{
    char piece[PIECE];

    for (uint64_t at = 0; at < size;) {
        ssize_t n = pread(from, piece, sizeof(piece), (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_SYS(err, "reading a copy");
        TRY(write_all(to, piece, (size_t)n, err));
        at += (uint64_t)n;
    }
    return 0;
}

static int put_in(const struct folder *f, const struct exposure_item *item, char *name,
                  struct err *err)
{
    const char *last = NULL;
    auto_fd int parent = -1, fd = -1;

    TRY(open_parent(f->fd, name, &parent, &last, err));
    fd = openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_SYS(err, "writing it");
    if (item->fd < 0)
        TRY(write_all(fd, item->bytes.p, item->bytes.n, err));
    else
        TRY(copy_all(item->fd, item->size, fd, err));
    return fsync(fd) == 0 ? 0 : ERR_SYS(err, "writing it");
}

static int put(void *to, const struct exposure_item *item, struct err *err)
{
    const struct folder *f = to;
    auto_free char *name = strndup(item->name.p, item->name.n);

    if (!name)
        return ERR(err, ERR_NOMEM, "no memory");
    return err_wrap(err, put_in(f, item, name, err), "%s/%.*s", f->path, (int)item->name.n,
                    item->name.p);
}

/* ---- which findings ---- */

static bool begins(const struct arguments *args, const struct finding *f, bool *named)
{
    const char *id;

    *named = false;
    for (size_t at = 0; (id = arguments_next(args, "finding", &at));) {
        *named = true;
        if (sv_starts(f->id, sv_str(id)))
            return true;
    }
    return false;
}

/* Those named, or all that some order covers and that are more than a trace. */
static int choose(const struct arguments *args, const struct scan_result *r,
                  const struct finding **chosen, size_t *ret_count, struct err *err)
{
    const char *id;

    *ret_count = 0;
    for (size_t i = 0; i < r->finding_count; i++) {
        const struct finding *f = &r->findings[i];
        bool named, is_one = begins(args, f, &named);

        if (!(named ? is_one : finding_counts(f)))
            continue;
        if (*ret_count == FINDINGS_MAX)
            return ERR(err, ERR_LIMIT, "more than %d findings; name some with --finding",
                       FINDINGS_MAX);
        chosen[(*ret_count)++] = f;
    }
    for (size_t at = 0; (id = arguments_next(args, "finding", &at));) {
        bool is_known = false;

        for (size_t i = 0; i < *ret_count && !is_known; i++)
            is_known = sv_starts(chosen[i]->id, sv_str(id));
        if (!is_known)
            return ERR(err, ERR_GONE,
                       "no finding of the stored scan has the id '%s'; `debar findings` lists them",
                       id);
    }
    return 0;
}

/* ---- the command ---- */

static int open_root(const struct scan_view *view, int *ret_fd, struct err *err)
{
    auto_buf path = {0};

    if (!view->root.n)
        return file_open_dir(AT_FDCWD, "/", ret_fd, err);
    TRY(place_decode(view->root, &path, err));
    return err_wrap(err, file_open_dir(AT_FDCWD, path.p, ret_fd, err),
                    "the root %.*s of the stored scan", (int)view->root.n, view->root.p);
}

static int print(const struct arguments *args, const struct exposure_report *report,
                 struct err *err)
{
    const char *format = arguments_get(args, "output");
    auto_sink sink = {0};

    sink_init(&sink, stdout);
    sink.colour = colour_wanted(stdout);
    sink.columns = terminal_columns(stdout);
    if (format && strcmp(format, "json") == 0)
        exposure_write_json(report, &sink.buf);
    else
        exposure_write_text(report, &sink);
    return sink_finish(&sink, err);
}

static enum exit_code code_of(const struct exposure_report *r)
{
    if (r->worst != EXPOSURE_NONE_SEEN)
        return EXIT_FOUND;
    for (size_t i = 0; i < r->count; i++)
        if (r->all[i].gaps)
            return EXIT_UNKNOWN;
    return EXIT_ABSENT;
}

static int assess(const struct arguments *args, const struct scan_result *result,
                  const struct rules *rules, struct arena *arena, struct err *err)
{
    const struct finding **chosen = arena_take_array(arena, FINDINGS_MAX, sizeof(*chosen));
    const char *to = arguments_get(args, "to");
    struct exposure_report report;
    struct folder folder = {.fd = -1};
    auto_fd int root = -1;
    struct exposure_request request = {.view = &result->view,
                                       .findings = chosen,
                                       .rules = rules,
                                       .temporary = store_temporary_folder(),
                                       .tolerate = arguments_has(args, "skip-unreadable")};
    struct exposure_sink sink = {.to = &folder, .put = put};
    int r;

    if (!chosen)
        return arena_error(arena, err);
    TRY(choose(args, result, chosen, &request.finding_count, err));
    TRY(open_root(&result->view, &root, err));
    request.root_fd = root;
    if (to)
        TRY(make_folder(to, &folder, err));
    r = exposure_collect(&request, to ? &sink : NULL, arena, &report, err);
    if (folder.fd >= 0)
        (void)close(folder.fd); // every file in it was synced
    TRY(r);
    TRY(print(args, &report, err));
    return (int)code_of(&report);
}

static int check_format(const struct arguments *args, struct err *err)
{
    const char *word = arguments_get(args, "output");

    if (word && strcmp(word, "text") != 0 && strcmp(word, "json") != 0)
        return ERR(err, ERR_USAGE, "-o %s: text or json was expected", word);
    return 0;
}

static int run(const struct arguments *args, struct err *err)
{
    struct session session;
    struct stored_scan scan;
    auto_result result = {0};
    auto_store *store = NULL;
    auto_arena arena;
    int r;

    arena_init(&arena, (size_t)256 << 20);
    TRY(check_format(args, err));
    TRY(store_of(args, &arena, &store, &scan, err));
    TRY(session_open(args, false, &session, err));
    r = result_stored(store, &scan, session.rules, &result, err);
    if (r == 0)
        r = assess(args, &result, session.rules, &arena, err);
    session_close(&session);
    return r;
}

static const struct option_row options[] = {
    {"finding", 0, "ID",
     "only this finding, by the beginning of its id; may be repeated (default: all that count)"},
    {"to", 0, "DIR",
     "keep the evidence in this folder, which is made: the files, exposure.json, exposure.txt and "
     "statement.json"},
    {"skip-unreadable", 0, NULL, "say what could not be read and go on, instead of ending"},
    {"output", 'o', "FORMAT", "text or json"},
    OPTION_STATE,
    OPTION_SCAN,
    {0},
};

const struct command cmd_exposure = {
    .name = "exposure",
    .summary = "assess what a banned product may have let out, and keep the evidence of it",
    .usage = "[OPTIONS]",
    .details =
        "Looks, for the findings of the stored scan, where their catalogues say that the products "
        "keep settings, accepted terms, servers, updates, logs, detections and objects set aside. "
        "Nothing is changed or removed. The conclusion for each finding is one of four: none seen, "
        "possible, likely, recorded. A log that was not kept is said, and is no sign that nothing "
        "happened. It says what the product could send and what is recorded, not what was done "
        "with it.\n\n"
        "statement.json lists everything kept with its SHA-256 as subjects of an in-toto "
        "statement, which is not signed.\n\n"
        "Exit codes: 0 none seen, 1 possible, likely or recorded, 2 an error, 3 none seen, but "
        "something was not kept or not looked at.\n",
    .options = options,
    .run = run,
};
