// SPDX-License-Identifier: Apache-2.0
/*
 * A file system in memory that, when the power fails, keeps only what was synced.
 *
 *     forgetful_fs MOUNTPOINT       prints "ready" each time it is mounted
 *
 *     SIGUSR1   the power fails: what no fsync asked for is gone; mounted anew, with nothing cached
 *     SIGUSR2   all that is there is synced, and is what SIGHUP goes back to
 *     SIGHUP    back to that; mounted anew
 *     SIGTERM   end
 *
 * A node has three faces, of which bytes, attributes and names are shared until one is changed:
 *
 *     live      what is seen
 *     synced    what a power failure leaves: of a file its bytes and metadata since its fsync; of a
 *               folder its names, and of what has no fsync (links, special files) all of it
 *     kept      what SIGHUP brings back
 *
 * So a file whose bytes were synced but whose name was not is lost, and a name that was removed
 * comes back until the folder was synced: stricter than any real file system, which may do the one
 * with the other.
 */
#define FUSE_USE_VERSION 34
#include <errno.h>
#include <fuse_lowlevel.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, NODES_MAX = 1 << 20 };

/* Bytes, names or attributes that several faces may share. */
struct shared {
    unsigned users;
};

struct bytes { /* blocks that were never written are holes */
    struct shared shared;
    size_t room;
    char *blocks[];
};

struct name {
    struct name *next;
    struct node *node;
    char text[];
};

struct names {
    struct shared shared;
    struct name *first;
};

struct attribute {
    struct attribute *next;
    size_t n;
    char *value;
    char name[];
};

struct attributes {
    struct shared shared;
    struct attribute *first;
};

struct face {
    bool there;
    struct stat st;
    struct bytes *bytes;
    struct names *names;
    struct attributes *attributes;
    char *target; /* never changed, never freed */
};

struct node {
    fuse_ino_t ino;
    struct face live, synced, kept;
};

static struct node *nodes[NODES_MAX];
static fuse_ino_t node_count, kept_count;
static struct fuse_session *session;
static volatile sig_atomic_t asked;

static void *take(size_t n)
{
    void *p = calloc(1, n);

    if (!p)
        abort();
    return p;
}

/* ---- faces ---- */

static void drop_bytes(struct bytes *b)
{
    if (!b || --b->shared.users)
        return;
    for (size_t i = 0; i < b->room; i++)
        free(b->blocks[i]);
    free(b);
}

static void drop_names(struct names *n)
{
    if (!n || --n->shared.users)
        return;
    for (struct name *at = n->first, *next; at; at = next) {
        next = at->next;
        free(at);
    }
    free(n);
}

static void drop_attributes(struct attributes *a)
{
    if (!a || --a->shared.users)
        return;
    for (struct attribute *at = a->first, *next; at; at = next) {
        next = at->next;
        free(at->value);
        free(at);
    }
    free(a);
}

/* Let one face be as another is. */
static void assume(struct face *to, const struct face *from)
{
    struct face old = *to;

    *to = *from;
    if (to->bytes)
        to->bytes->shared.users++;
    if (to->names)
        to->names->shared.users++;
    if (to->attributes)
        to->attributes->shared.users++;
    drop_bytes(old.bytes);
    drop_names(old.names);
    drop_attributes(old.attributes);
}

/* The bytes of a live face for oneself, with room for `blocks`. */
static struct bytes *own_bytes(struct node *n, size_t blocks)
{
    struct bytes *old = n->live.bytes, *own;
    size_t room = old ? old->room : 0;

    if (old && old->shared.users == 1 && room >= blocks)
        return old;
    if (blocks > room)
        room = blocks + blocks / 2;
    own = take(sizeof(*own) + room * sizeof(own->blocks[0]));
    own->shared.users = 1;
    own->room = room;
    for (size_t i = 0; old && i < old->room; i++) {
        if (!old->blocks[i])
            continue;
        own->blocks[i] = take(BLOCK);
        memcpy(own->blocks[i], old->blocks[i], BLOCK);
    }
    drop_bytes(old);
    return n->live.bytes = own;
}

static struct names *own_names(struct node *n)
{
    struct names *old = n->live.names, *own;
    struct name **end;

    if (old->shared.users == 1)
        return old;
    own = take(sizeof(*own));
    own->shared.users = 1;
    end = &own->first;
    for (const struct name *at = old->first; at; at = at->next) {
        struct name *copy = take(sizeof(*copy) + strlen(at->text) + 1);

        copy->node = at->node;
        strcpy(copy->text, at->text);
        *end = copy;
        end = &copy->next;
    }
    drop_names(old);
    return n->live.names = own;
}

static struct attributes *own_attributes(struct node *n)
{
    struct attributes *old = n->live.attributes, *own = take(sizeof(*own));

    own->shared.users = 1;
    for (const struct attribute *at = old ? old->first : NULL; at; at = at->next) {
        struct attribute *copy = take(sizeof(*copy) + strlen(at->name) + 1);

        strcpy(copy->name, at->name);
        copy->n = at->n;
        copy->value = take(at->n + 1);
        memcpy(copy->value, at->value, at->n);
        copy->next = own->first;
        own->first = copy;
    }
    drop_attributes(old);
    return n->live.attributes = own;
}

static struct node *node_of(fuse_ino_t ino)
{
    return nodes[ino];
}

static struct name **find(struct names *names, const char *text)
{
    struct name **at = &names->first;

    while (*at && strcmp((*at)->text, text) != 0)
        at = &(*at)->next;
    return at;
}

static bool is_plain(const struct node *n)
{
    return S_ISREG(n->live.st.st_mode);
}

static void now(struct timespec *t)
{
    clock_gettime(CLOCK_REALTIME, t);
}

static void touched(struct node *n)
{
    now(&n->live.st.st_mtim);
    n->live.st.st_ctim = n->live.st.st_mtim;
}

static struct node *make(mode_t mode, dev_t device, const struct fuse_ctx *who)
{
    struct node *n = take(sizeof(*n));

    if (++node_count == NODES_MAX)
        abort();
    n->ino = node_count;
    nodes[n->ino] = n;
    n->live.there = true;
    n->live.st = (struct stat){.st_ino = n->ino,
                               .st_mode = mode,
                               .st_rdev = device,
                               .st_uid = who ? who->uid : 0,
                               .st_gid = who ? who->gid : 0,
                               .st_blksize = BLOCK};
    touched(n);
    n->live.st.st_atim = n->live.st.st_mtim;
    if (S_ISDIR(mode)) {
        n->live.names = take(sizeof(*n->live.names));
        n->live.names->shared.users = 1;
        // What a folder holds is lost with the power until it is synced, not the folder that has a
        // name.
        assume(&n->synced, &n->live);
        n->synced.there = false;
    }
    return n;
}

static void put_name(struct node *folder, const char *text, struct node *n)
{
    struct name *name = take(sizeof(*name) + strlen(text) + 1);
    struct names *names = own_names(folder);

    name->node = n;
    strcpy(name->text, text);
    name->next = names->first;
    names->first = name;
    n->live.st.st_nlink += S_ISDIR(n->live.st.st_mode) ? 2 : 1;
    folder->live.st.st_nlink += S_ISDIR(n->live.st.st_mode) ? 1 : 0;
    touched(folder);
    now(&n->live.st.st_ctim);
}

static void take_name(struct node *folder, const char *text)
{
    struct name **at = find(own_names(folder), text), *name = *at;
    bool is_folder = S_ISDIR(name->node->live.st.st_mode);

    *at = name->next;
    name->node->live.st.st_nlink -= is_folder ? 2 : 1;
    folder->live.st.st_nlink -= is_folder ? 1 : 0;
    now(&name->node->live.st.st_ctim);
    touched(folder);
    free(name);
}

/* ---- the power ---- */

static void sync_node(struct node *n)
{
    assume(&n->synced, &n->live);
}

static void sync_folder(struct node *n)
{
    sync_node(n);
    for (const struct name *at = n->live.names->first; at; at = at->next) {
        struct node *child = at->node;

        if (S_ISDIR(child->live.st.st_mode)) {
            if (!child->synced.there) { // new: with its metadata, and no names yet
                child->synced.st = child->live.st;
                child->synced.there = true;
            }
        } else if (!is_plain(child)) {
            sync_node(child);
        } else if (!child->synced.there) { // new and never synced: a name without bytes
            child->synced.there = true;
            child->synced.st = child->live.st;
            child->synced.st.st_size = 0;
        }
    }
}

/* Nodes that no name leads to are gone; the numbers of links are those of the names. */
static void count_links(struct node *folder)
{
    folder->live.st.st_nlink = 2;
    for (const struct name *at = folder->live.names->first; at; at = at->next) {
        if (!S_ISDIR(at->node->live.st.st_mode)) {
            at->node->live.st.st_nlink++;
            continue;
        }
        folder->live.st.st_nlink++;
        count_links(at->node);
    }
}

static void forget(struct node *n)
{
    const struct face nothing = {0};

    assume(&n->live, &nothing);
    assume(&n->synced, &nothing);
    free(n);
}

static void go_back(bool kept)
{
    while (kept && node_count > kept_count)
        forget(nodes[node_count--]);
    for (fuse_ino_t i = 1; i <= node_count; i++) {
        assume(&nodes[i]->live, kept ? &nodes[i]->kept : &nodes[i]->synced);
        if (kept)
            assume(&nodes[i]->synced, &nodes[i]->live);
        nodes[i]->live.st.st_nlink = 0;
    }
    count_links(nodes[FUSE_ROOT_ID]);
}

static void keep_all(void)
{
    kept_count = node_count;
    for (fuse_ino_t i = 1; i <= node_count; i++) {
        sync_node(nodes[i]);
        assume(&nodes[i]->kept, &nodes[i]->live);
    }
}

/* ---- requests ---- */

static void fill(const struct node *n, struct fuse_entry_param *e)
{
    *e = (struct fuse_entry_param){
        .ino = n->ino, .attr = n->live.st, .attr_timeout = 1, .entry_timeout = 1};
}

static void reply_node(fuse_req_t q, const struct node *n)
{
    struct fuse_entry_param e;

    fill(n, &e);
    fuse_reply_entry(q, &e);
}

static void on_init(void *unused, struct fuse_conn_info *c)
{
    (void)unused;
    c->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
    printf("ready\n");
    fflush(stdout);
}

static void on_lookup(fuse_req_t q, fuse_ino_t parent, const char *text)
{
    struct name *name = *find(node_of(parent)->live.names, text);

    if (name)
        reply_node(q, name->node);
    else
        fuse_reply_err(q, ENOENT);
}

static void on_getattr(fuse_req_t q, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)fi;
    fuse_reply_attr(q, &node_of(ino)->live.st, 1);
}

static void resize(struct node *n, off_t size)
{
    size_t keep = (size_t)(size + BLOCK - 1) / BLOCK;
    struct bytes *b = own_bytes(n, 0);

    for (size_t i = keep; i < b->room; i++) {
        n->live.st.st_blocks -= b->blocks[i] ? BLOCK / 512 : 0;
        free(b->blocks[i]);
        b->blocks[i] = NULL;
    }
    if (size % BLOCK && keep && keep <= b->room && b->blocks[keep - 1])
        memset(b->blocks[keep - 1] + size % BLOCK, 0, (size_t)(BLOCK - size % BLOCK));
    n->live.st.st_size = size;
}

static void on_setattr(fuse_req_t q, fuse_ino_t ino, struct stat *want, int to,
                       struct fuse_file_info *fi)
{
    struct node *n = node_of(ino);
    struct stat *st = &n->live.st;

    (void)fi;
    if (to & FUSE_SET_ATTR_MODE)
        st->st_mode = (st->st_mode & S_IFMT) | (want->st_mode & 07777);
    if (to & FUSE_SET_ATTR_UID)
        st->st_uid = want->st_uid;
    if (to & FUSE_SET_ATTR_GID)
        st->st_gid = want->st_gid;
    if (to & FUSE_SET_ATTR_SIZE) {
        resize(n, want->st_size);
        touched(n);
    }
    if (to & FUSE_SET_ATTR_ATIME)
        st->st_atim = want->st_atim;
    if (to & FUSE_SET_ATTR_MTIME)
        st->st_mtim = want->st_mtim;
    if (to & FUSE_SET_ATTR_ATIME_NOW)
        now(&st->st_atim);
    if (to & FUSE_SET_ATTR_MTIME_NOW)
        now(&st->st_mtim);
    now(&st->st_ctim);
    fuse_reply_attr(q, st, 1);
}

static void on_readlink(fuse_req_t q, fuse_ino_t ino)
{
    fuse_reply_readlink(q, node_of(ino)->live.target);
}

static struct node *add(fuse_req_t q, fuse_ino_t parent, const char *text, mode_t mode,
                        dev_t device)
{
    struct node *folder = node_of(parent), *n;

    if (*find(folder->live.names, text))
        return NULL;
    n = make(mode, device, fuse_req_ctx(q));
    put_name(folder, text, n);
    return n;
}

static void reply_added(fuse_req_t q, const struct node *n)
{
    if (n)
        reply_node(q, n);
    else
        fuse_reply_err(q, EEXIST);
}

static void on_mknod(fuse_req_t q, fuse_ino_t parent, const char *text, mode_t mode, dev_t device)
{
    reply_added(q, add(q, parent, text, mode, device));
}

static void on_mkdir(fuse_req_t q, fuse_ino_t parent, const char *text, mode_t mode)
{
    reply_added(q, add(q, parent, text, (mode & 07777) | S_IFDIR, 0));
}

static void on_symlink(fuse_req_t q, const char *target, fuse_ino_t parent, const char *text)
{
    struct node *n = add(q, parent, text, S_IFLNK | 0777, 0);

    if (n) {
        n->live.target = strdup(target);
        n->live.st.st_size = (off_t)strlen(target);
    }
    reply_added(q, n);
}

static void on_link(fuse_req_t q, fuse_ino_t ino, fuse_ino_t parent, const char *text)
{
    struct node *folder = node_of(parent), *n = node_of(ino);

    if (*find(folder->live.names, text)) {
        fuse_reply_err(q, EEXIST);
        return;
    }
    put_name(folder, text, n);
    reply_node(q, n);
}

static void on_unlink(fuse_req_t q, fuse_ino_t parent, const char *text)
{
    struct node *folder = node_of(parent);
    struct name *name = *find(folder->live.names, text);

    if (name)
        take_name(folder, text);
    fuse_reply_err(q, name ? 0 : ENOENT);
}

static void on_rmdir(fuse_req_t q, fuse_ino_t parent, const char *text)
{
    struct node *folder = node_of(parent);
    struct name *name = *find(folder->live.names, text);
    bool full = name && name->node->live.names->first;

    if (name && !full)
        take_name(folder, text);
    fuse_reply_err(q, !name ? ENOENT : full ? ENOTEMPTY : 0);
}

static void on_rename(fuse_req_t q, fuse_ino_t from, const char *old, fuse_ino_t to,
                      const char *text, unsigned flags)
{
    struct node *a = node_of(from), *b = node_of(to), *moved;
    struct name *source = *find(a->live.names, old), *target = *find(b->live.names, text);

    if (!source || (flags & ~1U) || (target && flags & 1U)) { // 1: RENAME_NOREPLACE
        fuse_reply_err(q, !source ? ENOENT : target ? EEXIST : EINVAL);
        return;
    }
    moved = source->node;
    if (target && target->node == moved) {
        fuse_reply_err(q, 0);
        return;
    }
    if (target && target->node->live.names && target->node->live.names->first) {
        fuse_reply_err(q, ENOTEMPTY);
        return;
    }
    if (target)
        take_name(b, text);
    put_name(b, text, moved);
    take_name(a, old);
    fuse_reply_err(q, 0);
}

static void on_open(fuse_req_t q, fuse_ino_t ino, struct fuse_file_info *fi)
{
    if (fi->flags & O_TRUNC) {
        resize(node_of(ino), 0);
        touched(node_of(ino));
    }
    fuse_reply_open(q, fi);
}

static void on_create(fuse_req_t q, fuse_ino_t parent, const char *text, mode_t mode,
                      struct fuse_file_info *fi)
{
    struct node *n = add(q, parent, text, (mode & 07777) | S_IFREG, 0);
    struct fuse_entry_param e;

    if (!n) {
        fuse_reply_err(q, EEXIST);
        return;
    }
    fill(n, &e);
    fuse_reply_create(q, &e, fi);
}

static void on_read(fuse_req_t q, fuse_ino_t ino, size_t n, off_t at, struct fuse_file_info *fi)
{
    const struct node *node = node_of(ino);
    const struct bytes *b = node->live.bytes;
    char *to;

    (void)fi;
    if (at >= node->live.st.st_size)
        n = 0;
    else if ((off_t)n > node->live.st.st_size - at)
        n = (size_t)(node->live.st.st_size - at);
    to = take(n + 1);
    for (size_t done = 0; done < n;) {
        size_t block = ((size_t)at + done) / BLOCK, in = ((size_t)at + done) % BLOCK;
        size_t piece = n - done < BLOCK - in ? n - done : BLOCK - in;

        if (b && block < b->room && b->blocks[block])
            memcpy(to + done, b->blocks[block] + in, piece);
        done += piece;
    }
    fuse_reply_buf(q, to, n);
    free(to);
}

static void on_write(fuse_req_t q, fuse_ino_t ino, const char *from, size_t n, off_t at,
                     struct fuse_file_info *fi)
{
    struct node *node = node_of(ino);
    struct bytes *b = own_bytes(node, ((size_t)at + n + BLOCK - 1) / BLOCK);

    (void)fi;
    for (size_t done = 0; done < n;) {
        size_t block = ((size_t)at + done) / BLOCK, in = ((size_t)at + done) % BLOCK;
        size_t piece = n - done < BLOCK - in ? n - done : BLOCK - in;

        if (!b->blocks[block]) {
            b->blocks[block] = take(BLOCK);
            node->live.st.st_blocks += BLOCK / 512;
        }
        memcpy(b->blocks[block] + in, from + done, piece);
        done += piece;
    }
    if (node->live.st.st_size < at + (off_t)n)
        node->live.st.st_size = at + (off_t)n;
    touched(node);
    fuse_reply_write(q, n);
}

static void on_lseek(fuse_req_t q, fuse_ino_t ino, off_t at, int whence, struct fuse_file_info *fi)
{
    const struct node *n = node_of(ino);
    const struct bytes *b = n->live.bytes;

    (void)fi;
    if (at < 0 || at >= n->live.st.st_size) {
        fuse_reply_err(q, ENXIO);
        return;
    }
    for (size_t block = (size_t)at / BLOCK; (off_t)(block * BLOCK) < n->live.st.st_size; block++) {
        bool data = b && block < b->room && b->blocks[block];

        if (data == (whence == SEEK_DATA)) {
            off_t found = (off_t)(block * BLOCK);

            fuse_reply_lseek(q, found > at ? found : at);
            return;
        }
    }
    if (whence == SEEK_DATA)
        fuse_reply_err(q, ENXIO);
    else
        fuse_reply_lseek(q, n->live.st.st_size);
}

static void on_fsync(fuse_req_t q, fuse_ino_t ino, int data_only, struct fuse_file_info *fi)
{
    (void)data_only;
    (void)fi;
    sync_node(node_of(ino));
    fuse_reply_err(q, 0);
}

static void on_fsyncdir(fuse_req_t q, fuse_ino_t ino, int data_only, struct fuse_file_info *fi)
{
    (void)data_only;
    (void)fi;
    sync_folder(node_of(ino));
    fuse_reply_err(q, 0);
}

/* A listing as it was when the folder was opened. */
struct listing {
    size_t n, room;
    char *p;
};

static void list(fuse_req_t q, struct listing *l, const char *text, const struct node *n)
{
    size_t need = fuse_add_direntry(q, NULL, 0, text, NULL, 0);

    if (l->n + need > l->room) {
        l->room = 2 * (l->room + need);
        l->p = realloc(l->p, l->room);
        if (!l->p)
            abort();
    }
    fuse_add_direntry(q, l->p + l->n, need, text, &n->live.st, (off_t)(l->n + need));
    l->n += need;
}

static void on_opendir(fuse_req_t q, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct listing *l = take(sizeof(*l));
    const struct node *n = node_of(ino);

    list(q, l, ".", n);
    list(q, l, "..", n);
    for (const struct name *at = n->live.names->first; at; at = at->next)
        list(q, l, at->text, at->node);
    fi->fh = (uint64_t)(uintptr_t)l;
    fuse_reply_open(q, fi);
}

static void on_readdir(fuse_req_t q, fuse_ino_t ino, size_t n, off_t at, struct fuse_file_info *fi)
{
    struct listing *l = (void *)(uintptr_t)fi->fh;
    size_t from = (size_t)at;

    if (from == 0) { // rewound: as it is now
        const struct node *node = node_of(ino);

        l->n = 0;
        list(q, l, ".", node);
        list(q, l, "..", node);
        for (const struct name *name = node->live.names->first; name; name = name->next)
            list(q, l, name->text, name->node);
    }
    if (from > l->n)
        from = l->n;
    fuse_reply_buf(q, l->p + from, l->n - from < n ? l->n - from : n);
}

static void on_releasedir(fuse_req_t q, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct listing *l = (void *)(uintptr_t)fi->fh;

    (void)ino;
    free(l->p);
    free(l);
    fuse_reply_err(q, 0);
}

static void on_statfs(fuse_req_t q, fuse_ino_t ino)
{
    const struct statvfs st = {.f_bsize = BLOCK,
                               .f_frsize = BLOCK,
                               .f_blocks = 1 << 20,
                               .f_bfree = 1 << 19,
                               .f_bavail = 1 << 19,
                               .f_files = NODES_MAX,
                               .f_ffree = NODES_MAX - node_count,
                               .f_namemax = 255};

    (void)ino;
    fuse_reply_statfs(q, &st);
}

static struct attribute **find_attribute(struct attributes *a, const char *name)
{
    struct attribute **at = &a->first;

    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

static void on_setxattr(fuse_req_t q, fuse_ino_t ino, const char *name, const char *value, size_t n,
                        int flags)
{
    struct attributes *all;
    struct attribute **at;

    // Access lists would have to change with the mode, and the mode with them.
    if (strncmp(name, "system.", 7) == 0) {
        fuse_reply_err(q, EOPNOTSUPP);
        return;
    }
    all = own_attributes(node_of(ino));
    at = find_attribute(all, name);
    if (*at ? flags & XATTR_CREATE : flags & XATTR_REPLACE) {
        fuse_reply_err(q, *at ? EEXIST : ENODATA);
        return;
    }
    if (!*at) {
        *at = take(sizeof(**at) + strlen(name) + 1);
        strcpy((*at)->name, name);
    }
    free((*at)->value);
    (*at)->value = take(n + 1);
    memcpy((*at)->value, value, n);
    (*at)->n = n;
    now(&node_of(ino)->live.st.st_ctim);
    fuse_reply_err(q, 0);
}

static void reply_bytes(fuse_req_t q, const char *p, size_t n, size_t room)
{
    if (room == 0)
        fuse_reply_xattr(q, n);
    else if (room < n)
        fuse_reply_err(q, ERANGE);
    else
        fuse_reply_buf(q, p, n);
}

static void on_getxattr(fuse_req_t q, fuse_ino_t ino, const char *name, size_t room)
{
    struct attributes *all = node_of(ino)->live.attributes;
    const struct attribute *a = all ? *find_attribute(all, name) : NULL;

    if (a)
        reply_bytes(q, a->value, a->n, room);
    else
        fuse_reply_err(q, ENODATA);
}

static void on_listxattr(fuse_req_t q, fuse_ino_t ino, size_t room)
{
    const struct attributes *all = node_of(ino)->live.attributes;
    char names[65536];
    size_t n = 0;

    for (const struct attribute *a = all ? all->first : NULL; a; a = a->next) {
        size_t one = strlen(a->name) + 1;

        if (n + one <= sizeof(names)) {
            memcpy(names + n, a->name, one);
            n += one;
        }
    }
    reply_bytes(q, names, n, room);
}

static void on_removexattr(fuse_req_t q, fuse_ino_t ino, const char *name)
{
    struct attributes *all = own_attributes(node_of(ino));
    struct attribute **at = find_attribute(all, name), *gone = *at;

    if (gone) {
        *at = gone->next;
        free(gone->value);
        free(gone);
    }
    fuse_reply_err(q, gone ? 0 : ENODATA);
}

static const struct fuse_lowlevel_ops operations = {
    .init = on_init,
    .lookup = on_lookup,
    .getattr = on_getattr,
    .setattr = on_setattr,
    .readlink = on_readlink,
    .mknod = on_mknod,
    .mkdir = on_mkdir,
    .symlink = on_symlink,
    .link = on_link,
    .unlink = on_unlink,
    .rmdir = on_rmdir,
    .rename = on_rename,
    .open = on_open,
    .create = on_create,
    .read = on_read,
    .write = on_write,
    .lseek = on_lseek,
    .fsync = on_fsync,
    .fsyncdir = on_fsyncdir,
    .opendir = on_opendir,
    .readdir = on_readdir,
    .releasedir = on_releasedir,
    .statfs = on_statfs,
    .setxattr = on_setxattr,
    .getxattr = on_getxattr,
    .listxattr = on_listxattr,
    .removexattr = on_removexattr,
};

static void on_signal(int number)
{
    asked = number;
    if (number != SIGUSR2 && session)
        fuse_session_exit(session);
}

/* Serve one mount until a signal ends it. */
static void serve(const char *at, struct fuse_args *args)
{
    struct fuse_buf request = {0};

    session = fuse_session_new(args, &operations, sizeof(operations), NULL);
    if (!session || fuse_session_mount(session, at) != 0) {
        fprintf(stderr, "forgetful_fs: %s cannot be mounted\n", at);
        exit(2);
    }
    while (!fuse_session_exited(session)) {
        int n = fuse_session_receive_buf(session, &request);

        if (asked == SIGUSR2) {
            asked = 0;
            keep_all();
            printf("kept\n");
            fflush(stdout);
        }
        if (n > 0)
            fuse_session_process_buf(session, &request);
        else if (n != -EINTR)
            break;
    }
    free(request.mem);
    fuse_session_unmount(session);
    fuse_session_destroy(session);
    session = NULL;
}

int main(int argc, char **argv)
{
    char *words[] = {argv[0], "-o", "allow_other,default_permissions,suid,dev,fsname=forgetful",
                     NULL};
    const struct sigaction act = {.sa_handler = on_signal};

    if (argc != 2) {
        fprintf(stderr, "usage: forgetful_fs MOUNTPOINT\n");
        return 2;
    }
    sigaction(SIGUSR1, &act, NULL);
    sigaction(SIGUSR2, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    make(S_IFDIR | 0755, 0, NULL)->live.st.st_nlink = 2;
    nodes[FUSE_ROOT_ID]->synced.there = true;
    for (;;) {
        struct fuse_args args = FUSE_ARGS_INIT(3, words);

        asked = 0;
        serve(argv[1], &args);
        fuse_opt_free_args(&args);
        if (asked != SIGUSR1 && asked != SIGHUP)
            return 0;
        go_back(asked == SIGHUP);
    }
}
