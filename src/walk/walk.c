// SPDX-License-Identifier: Apache-2.0
/*
 * One thread walks depth first on a stack of levels; when the others are hungry it gives them
 * folders through a small queue: one that it comes by, or between two files the one that waits
 * highest in the tree, below which most is to be expected.
 *
 *     level   an open folder, where its listing stands, and the sub-folders of the last batch
 *     task    a folder to start with: its path, and the mount it must lie on
 *
 * Deeper than LEVELS_OPEN, the folders far above are closed and opened again through ".." on the
 * way back; device and inode then say whether ".." is still the same folder.
 */
#include "walk/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"

enum {
    BATCH = 64 * 1024,
    LEVELS_OPEN = 200,
    QUEUE_LENGTH = 64,
    SHARE_PATH_MAX = 4000, /* a longer path cannot be opened at once by another thread */
};

struct level {
    int fd; /* -1 while closed */
    uint64_t device, inode;
    off_t listed;  /* where getdents64 goes on */
    char *folders; /* names, each with its NUL */
    size_t folders_n, folders_at;
    size_t path_n; /* length of this folder's path */
};

struct task {
    char *path;
    uint64_t mount;
};

struct queue {
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t changed;
    struct task tasks[QUEUE_LENGTH];
    size_t count;
    unsigned waiting, threads;
    bool done;
    atomic_bool hungry; /* more wait than there are tasks; read without the lock, as a hint */
};

struct worker {
    const struct walk_options *options;
    struct queue *queue;
    pthread_t thread;
    unsigned number;
    struct level *levels;
    size_t depth, room;
    struct buf path;
    uint64_t mount;
    char *batch;
};

static bool cancelled(const struct worker *w)
{
    return w->options->cancel && atomic_load_explicit(w->options->cancel, memory_order_relaxed);
}

static void failed(struct worker *w, const struct err *why)
{
    w->options->events->failed(w->options->to, w->number, buf_view(&w->path), why);
}

/* Returns how long the path was. */
static size_t add_name(struct buf *path, const char *name)
{
    size_t was = path->n;

    if (was != 1 || path->p[0] != '/')
        buf_char(path, '/');
    buf_str(path, name);
    return was;
}

/* ---- the queue ---- */

/* With the lock held. */
static void settle(struct queue *q)
{
    atomic_store_explicit(&q->hungry, q->count < q->waiting && q->count < QUEUE_LENGTH,
                          memory_order_relaxed);
}

static bool is_hungry(const struct worker *w)
{
    return atomic_load_explicit(&w->queue->hungry, memory_order_relaxed);
}

/* Give a folder away when somebody waits for one. `path` is taken when it was; NULL is none. */
static bool give(struct worker *w, char *path)
{
    struct queue *q = w->queue;
    bool given = false;

    (void)pthread_mutex_lock(&q->lock);
    if (path && q->count < q->waiting && q->count < QUEUE_LENGTH) {
        q->tasks[q->count++] = (struct task){path, w->mount};
        settle(q);
        (void)pthread_cond_signal(&q->changed);
        given = true;
    }
    (void)pthread_mutex_unlock(&q->lock);
    return given;
}

/* The folder whose path is w->path. */
static bool share(struct worker *w)
{
    char *path = is_hungry(w) && w->path.n <= SHARE_PATH_MAX ? strndup(w->path.p, w->path.n) : NULL;
    bool given = path && give(w, path);

    if (!given)
        free(path);
    return given;
}

/* The folder that waits highest in the tree. */
static void share_highest(struct worker *w)
{
    struct level *l = w->levels, *end = l + w->depth;
    auto_buf path = {0};
    const char *name;

    while (l < end && l->folders_at == l->folders_n)
        l++;
    if (l == end || l->path_n > SHARE_PATH_MAX)
        return;
    name = l->folders + l->folders_at;
    buf_bytes(&path, w->path.p, l->path_n);
    add_name(&path, name);
    if (buf_ok(&path) && give(w, path.p)) {
        path = (struct buf){0};
        l->folders_at += strlen(name) + 1;
    }
}

/* Wait for a folder; false when all threads wait, so that none will come any more. */
static bool take(struct queue *q, struct task *ret)
{
    bool got = false;

    (void)pthread_mutex_lock(&q->lock);
    q->waiting++;
    settle(q);
    while (!q->count && !q->done) {
        if (q->waiting == q->threads) {
            q->done = true;
            (void)pthread_cond_broadcast(&q->changed);
            break;
        }
        (void)pthread_cond_wait(&q->changed, &q->lock);
    }
    if (q->count) {
        *ret = q->tasks[--q->count];
        got = true;
    }
    q->waiting--;
    settle(q);
    (void)pthread_mutex_unlock(&q->lock);
    return got;
}

/* ---- levels ---- */

static void pop(struct worker *w)
{
    struct level *top = &w->levels[--w->depth], *above = w->depth ? top - 1 : NULL;
    struct file_facts facts;
    struct err err;

    if (above && above->fd < 0) {
        if (file_open_parent(top->fd, &above->fd, &err) < 0 ||
            file_facts(above->fd, "", &facts, &err) < 0 || facts.device != above->device ||
            facts.inode != above->inode) {
            (void)ERR(&err, ERR_GONE, "the folder was moved while it was walked");
            if (above->fd >= 0)
                (void)close(above->fd);
            above->fd = -1;
            above->folders_at = above->folders_n;
        } else {
            (void)lseek(above->fd, above->listed, SEEK_SET);
        }
    }
    if (w->options->events->closed)
        w->options->events->closed(w->options->to, w->number);
    if (top->fd >= 0)
        closer_close(w->options->closer, top->fd);
    free(top->folders);
    w->path.n = above ? above->path_n : 0;
    if (above && above->fd < 0) {
        failed(w, &err);
        pop(w);
    }
}

/* The folder whose path is w->path, opened by `name` from `dir_fd`, becomes the top level. */
static void push(struct worker *w, int dir_fd, const char *name)
{
    struct level level = {.fd = -1, .path_n = w->path.n};
    struct file_facts facts;
    struct err err;

    if (w->depth == w->room) {
        size_t room = w->room ? w->room * 2 : 64;
        struct level *levels = realloc(w->levels, room * sizeof(*levels));

        if (!levels) {
            (void)ERR(&err, ERR_NOMEM, "no memory to go deeper");
            failed(w, &err);
            return;
        }
        w->levels = levels;
        w->room = room;
    }
    if (file_open_dir(dir_fd, name, &level.fd, &err) < 0) {
        failed(w, &err);
        return;
    }
    if (file_facts(level.fd, "", &facts, &err) < 0) {
        failed(w, &err);
        (void)close(level.fd);
        return;
    }
    if (w->mount && facts.mount && facts.mount != w->mount) {
        (void)close(level.fd); // a mount point: a start of its own, or left out by rule
        return;
    }
    if (!w->mount)
        w->mount = facts.mount;
    level.device = facts.device;
    level.inode = facts.inode;
    if (w->depth >= LEVELS_OPEN) {
        struct level *far = &w->levels[w->depth - LEVELS_OPEN];

        if (far->fd >= 0)
            (void)close(far->fd);
        far->fd = -1;
    }
    w->levels[w->depth++] = level;
    if (w->options->events->opened)
        w->options->events->opened(w->options->to, w->number, buf_view(&w->path), level.fd, &facts);
}

static void drop_name(struct worker *w, size_t was)
{
    w->path.n = was;
    w->path.p[was] = '\0';
}

struct dents {
    ino64_t ino;
    off64_t off;
    unsigned short reclen;
    unsigned char type;
    char name[];
};

static bool kind_of_type(unsigned char type, enum file_kind *ret)
{
    switch (type) {
    case DT_REG:
        *ret = FILE_REGULAR;
        return true;
    case DT_DIR:
        *ret = FILE_DIRECTORY;
        return true;
    case DT_LNK:
        *ret = FILE_SYMLINK;
        return true;
    case DT_UNKNOWN:
        return false;
    default:
        *ret = FILE_SPECIAL;
        return true;
    }
}

static void visit(struct worker *w, struct level *top, const struct dents *d, struct buf *folders)
{
    const struct walk_events *events = w->options->events;
    struct walk_entry e = {.dir_fd = top->fd, .name = d->name};
    struct file_facts facts;
    struct err err;
    size_t was = add_name(&w->path, d->name);

    e.path = buf_view(&w->path);
    if (!kind_of_type(d->type, &e.kind)) {
        if (file_facts(top->fd, d->name, &facts, &err) < 0) {
            failed(w, &err);
            drop_name(w, was);
            return;
        }
        e.kind = facts.kind;
    }
    if (e.kind != FILE_DIRECTORY) {
        events->file(w->options->to, w->number, &e);
        if (is_hungry(w))
            share_highest(w);
    } else if (!events->enter || events->enter(w->options->to, w->number, &e)) {
        if (!share(w))
            buf_bytes(folders, d->name, strlen(d->name) + 1);
    }
    drop_name(w, was);
}

/* Read the next batch of the top level's listing. False at its end. */
static bool list(struct worker *w)
{
    struct level *top = &w->levels[w->depth - 1];
    struct buf folders = {0};
    struct err err;
    long n = 0;

    // Where nothing can follow nobody needs to ask: as ext4 and others say of a folder's last name.
    if (top->listed != INT64_MAX)
        n = syscall(SYS_getdents64, top->fd, w->batch, BATCH);
    if (n < 0) {
        (void)ERR_SYS(&err, "listing the folder");
        failed(w, &err);
    }
    if (n <= 0)
        return false;
    for (long at = 0; at < n && !cancelled(w);) {
        const struct dents *d = (const struct dents *)(const void *)(w->batch + at);

        at += d->reclen;
        top->listed = d->off;
        if (strcmp(d->name, ".") != 0 && strcmp(d->name, "..") != 0)
            visit(w, top, d, &folders);
    }
    if (!buf_ok(&folders)) {
        (void)ERR(&err, ERR_NOMEM, "no memory for the folders in it");
        failed(w, &err);
    }
    free(top->folders);
    top->folders = folders.p;
    top->folders_n = folders.n;
    top->folders_at = 0;
    return true;
}

static void descend(struct worker *w)
{
    struct level *top = &w->levels[w->depth - 1];
    const char *name = top->folders + top->folders_at;
    size_t was, depth = w->depth;

    top->folders_at += strlen(name) + 1;
    was = add_name(&w->path, name);
    push(w, top->fd, name);
    if (w->depth == depth)
        drop_name(w, was);
}

static void walk_task(struct worker *w, const struct task *task)
{
    buf_reset(&w->path);
    buf_str(&w->path, task->path);
    w->mount = task->mount;
    push(w, AT_FDCWD, task->path);
    while (w->depth) {
        struct level *top = &w->levels[w->depth - 1];

        if (cancelled(w))
            pop(w);
        else if (top->folders_at < top->folders_n)
            descend(w);
        else if (!list(w))
            pop(w);
    }
}

static void *run(void *arg)
{
    struct worker *w = arg;
    struct task task;

    while (take(w->queue, &task)) {
        walk_task(w, &task);
        free(task.path);
    }
    return NULL;
}

/* ---- the whole ---- */

static int start_file(const char *path, const struct walk_options *o, bool *ret_folder,
                      struct err *err)
{
    const char *name = strrchr(path, '/');
    auto_free char *parent = NULL;
    auto_fd int fd = -1;
    struct file_facts facts;

    if (file_facts(AT_FDCWD, path, &facts, err) < 0)
        return err_wrap(err, -(int)err->code, "%s", path);
    *ret_folder = facts.kind == FILE_DIRECTORY;
    if (*ret_folder)
        return 0;
    bug_if(!name);
    parent = strndup(path, name == path ? 1 : (size_t)(name - path));
    if (!parent)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(file_open_dir(AT_FDCWD, parent, &fd, err));

    struct walk_entry e = {fd, name + 1, sv_str(path), facts.kind};

    o->events->file(o->to, 0, &e);
    return 0;
}

static bool start_worker(struct worker *w)
{
    return w->number == 0 || pthread_create(&w->thread, NULL, run, w) == 0;
}

/* The first works in this thread: most folders that are walked are small. */
static int run_workers(struct queue *q, const struct walk_options *o, struct err *err)
{
    struct worker *workers = calloc(o->threads, sizeof(*workers));
    unsigned started = 0;

    if (!workers)
        return ERR(err, ERR_NOMEM, "no memory for %u threads", o->threads);
    for (; started < o->threads; started++) {
        struct worker *w = &workers[started];

        *w = (struct worker){.options = o, .queue = q, .number = started, .batch = malloc(BATCH)};
        if (!w->batch || !start_worker(w))
            break;
    }
    if (started < o->threads) {
        // Fewer threads walk as well; without a single one there is nobody to do it.
        free(workers[started].batch);
        (void)pthread_mutex_lock(&q->lock);
        q->threads = started;
        (void)pthread_cond_broadcast(&q->changed);
        (void)pthread_mutex_unlock(&q->lock);
    }
    if (started)
        (void)run(&workers[0]);
    for (unsigned i = 0; i < started; i++) {
        if (i)
            (void)pthread_join(workers[i].thread, NULL);
        free(workers[i].batch);
        free(workers[i].levels);
        buf_clear(&workers[i].path);
    }
    free(workers);
    return started ? 0 : ERR(err, ERR_NOMEM, "no memory to walk");
}

int walk(const char *const starts[], size_t count, const struct walk_options *options,
         struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct queue q = {.lock = PTHREAD_MUTEX_INITIALIZER,
                          .changed = PTHREAD_COND_INITIALIZER,
                          .threads = options->threads};
        bool folder = false;

        TRY(start_file(starts[i], options, &folder, err));
        if (!folder)
            continue;
        q.tasks[q.count++] = (struct task){strdup(starts[i]), 0};
        if (!q.tasks[0].path)
            return ERR(err, ERR_NOMEM, "no memory");
        TRY(run_workers(&q, options, err));
    }
    return 0;
}
