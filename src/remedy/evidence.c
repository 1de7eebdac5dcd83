// SPDX-License-Identifier: Apache-2.0
#include "remedy/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exposure/exposure.h"
#include "os/below.h"
#include "os/file.h"
#include "scan/result.h"
#include "trust/digest.h"

enum {
    PIECE = 64 << 10,
    NAME_ROOM = 4096,
};

#define EVIDENCE_ARENA ((size_t)1 << 30)

/* ---- keeping ---- */

struct keeper {
    int folder; /* of this collection */
    struct buf path;
};

/* Make the folders on the way to `path`, and open the last of them. */
static int open_way(int at, const char *path, int *ret_fd, struct err *err)
{
    auto_fd int fd = dup(at);
    char name[BELOW_NAME];

    if (fd < 0)
        return ERR_SYS(err, "evidence");
    for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
        int next;

        (void)snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
        if (mkdirat(fd, name, 0700) == 0)
            TRY(below_sync(fd, err));
        else if (errno != EEXIST)
            return ERR_SYS(err, "making the folder %s in the vault", name);
        TRY(file_open_dir(fd, name, &next, err));
        (void)close(fd);
        fd = next;
    }
    *ret_fd = fd;
    fd = -1;
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

static int copy(int from, int to, uint64_t size, struct err *err)
{
    auto_free char *piece = malloc(PIECE);
    uint64_t at = 0;

    if (!piece)
        return ERR(err, ERR_NOMEM, "no memory");
    while (at < size) {
        ssize_t n = pread(from, piece, PIECE, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_SYS(err, "reading it");
        if (n == 0)
            break;
        TRY(write_all(to, piece, (size_t)n, err));
        at += (uint64_t)n;
    }
    return 0;
}

/* What is on the disk, not what was meant to be. */
static int read_back(int fd, const char *expected, struct err *err)
{
    auto_free uint8_t *piece = malloc(PIECE);
    auto_digest digest = {0};
    uint8_t sha256[DIGEST_SHA256_SIZE];
    char hex[65];
    off_t at = 0;
    ssize_t n;

    if (!piece)
        return ERR(err, ERR_NOMEM, "no memory");
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    digest_init(&digest, DIGEST_SHA256);
    while ((n = pread(fd, piece, PIECE, at)) > 0) {
        digest_update(&digest, (struct span){piece, (size_t)n});
        at += n;
    }
    if (n < 0)
        return ERR_SYS(err, "reading it back");
    TRY(digest_finish(&digest, sha256, err));
    digest_hex((struct span){sha256, sizeof(sha256)}, hex);
    return strcmp(hex, expected) == 0 ? 0
                                      : ERR(err, ERR_IO, "it is not what was written to the disk");
}

static int put(void *to, const struct exposure_item *item, struct err *err)
{
    struct keeper *k = to;
    auto_fd int folder = -1, fd = -1;
    char beside[BELOW_NAME + 8];
    const char *name;

    buf_reset(&k->path);
    buf_sv(&k->path, item->name);
    if (!buf_ok(&k->path) || !k->path.p)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(open_way(k->folder, k->path.p, &folder, err));
    name = strrchr(k->path.p, '/');
    name = name ? name + 1 : k->path.p;
    (void)snprintf(beside, sizeof(beside), ".%.250s.new", name);
    fd = openat(folder, beside, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_SYS(err, "making %s in the vault", k->path.p);
    if (item->fd >= 0)
        TRY(copy(item->fd, fd, item->size, err));
    else
        TRY(write_all(fd, item->bytes.p, item->bytes.n, err));
    TRY(below_sync(fd, err));
    TRY(read_back(fd, item->sha256, err));
    if (renameat(folder, beside, folder, name) != 0)
        return ERR_SYS(err, "naming %s in the vault", k->path.p);
    return below_sync(folder, err);
}

/* ---- what of ---- */

static bool is_planned(const struct evidence_options *o, struct sv finding)
{
    if (o->finding.n)
        return sv_eq(o->finding, finding);
    for (size_t i = 0; i < o->plan->item_count; i++)
        if (sv_eq(o->plan->items[i].finding, finding))
            return true;
    return false;
}

static int collect_of(const struct evidence_options *o, const struct scan_result *result,
                      struct keeper *k, struct err *err)
{
    struct exposure_sink sink = {.to = k, .put = put};
    struct exposure_request request = {.root_fd = o->root_fd,
                                       .view = &result->view,
                                       .rules = o->rules,
                                       .temporary = store_temporary_folder(),
                                       .tolerate = o->tolerate};
    struct exposure_report report;
    const struct finding **findings;
    auto_arena arena;

    arena_init(&arena, EVIDENCE_ARENA);
    findings = arena_take_array(&arena, result->finding_count + 1, sizeof(*findings));
    if (!findings)
        return arena_error(&arena, err);
    for (size_t i = 0; i < result->finding_count; i++)
        if (is_planned(o, result->findings[i].id))
            findings[request.finding_count++] = &result->findings[i];
    if (!request.finding_count)
        return ERR(err, ERR_GONE,
                   "the scan that the plan was made of has no such finding any more");
    request.findings = findings;
    TRY(exposure_collect(&request, &sink, &arena, &report, err));
    for (size_t i = 0; o->say && i < report.count; i++)
        o->say(o->to, report.all[i].finding->name,
               exposure_conclusion_text(report.all[i].conclusion));
    return 0;
}

static int collect_into(const struct evidence_options *o, struct keeper *k, struct err *err)
{
    struct stored_scan scan;
    auto_result result = {0};
    auto_store *store = NULL;
    auto_arena arena;

    arena_init(&arena, EVIDENCE_ARENA);
    TRY(store_open(o->state_folder, STORE_READ, NULL, &store, err));
    TRY(store_choose(store, o->plan->scan_id, &arena, &scan, err));
    TRY(result_stored(store, &scan, o->rules, &result, err));
    return collect_of(o, &result, k, err);
}

int evidence_collect(const struct evidence_options *o, struct err *err)
{
    struct keeper k = {.folder = -1};
    char way[NAME_ROOM];
    int r;

    (void)snprintf(way, sizeof(way), "evidence/%.*s/%.*s%s", (int)o->plan->id.n, o->plan->id.p,
                   (int)o->finding.n, o->finding.n ? o->finding.p : "", o->finding.n ? "/" : "");
    TRY(open_way(vault_folder(o->vault), way, &k.folder, err));
    // The statement is written last.
    r = faccessat(k.folder, "statement.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0
            ? 0
            : collect_into(o, &k, err);
    if (r == 0)
        r = below_sync(k.folder, err);
    (void)close(k.folder);
    buf_clear(&k.path);
    return r < 0 ? err_wrap(err, r, "collecting evidence") : 0;
}
