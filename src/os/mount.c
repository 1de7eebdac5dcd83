// SPDX-License-Identifier: Apache-2.0
/*
 * One line of mountinfo, proc_pid_mountinfo(5):
 *
 *     36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *     id parent device root point options tags…  - type source options
 *
 * Space, tab, newline and backslash are written as three octal digits after a backslash.
 */
#include "os/mount.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/system_file.h"

enum {
    MOUNTINFO_MAX = 64 << 20,
    MOUNTS_MAX = 100 * 1000,
};

const char *mount_class_text(enum mount_class class)
{
    static const char *const texts[] = {
        [MOUNT_LOCAL] = "local",     [MOUNT_MEMORY] = "memory",       [MOUNT_PSEUDO] = "pseudo",
        [MOUNT_NETWORK] = "network", [MOUNT_REMOVABLE] = "removable",
    };

    return texts[class];
}

/* ---- what kind of file system ---- */

static bool listed(struct sv type, const char *const *list)
{
    for (; *list; list++) {
        if (sv_eq(type, sv_str(*list)))
            return true;
    }
    return false;
}

static const char *const memory_types[] = {"tmpfs", "ramfs", "efivarfs", NULL};

static const char *const pseudo_types[] = {
    "anon_inodefs", "autofs",   "bdev",       "binder",     "binfmt_misc",     "bpf",
    "cgroup",       "cgroup2",  "configfs",   "cpuset",     "debugfs",         "devfs",
    "devpts",       "devtmpfs", "dlmfs",      "functionfs", "fuse.gvfsd-fuse", "fuse.lxcfs",
    "fuse.portal",  "fusectl",  "gadgetfs",   "hugetlbfs",  "ibmasmfs",        "mqueue",
    "nfsd",         "nsfs",     "openpromfs", "pidfs",      "pipefs",          "proc",
    "pstore",       "resctrl",  "rpc_pipefs", "secretmem",  "securityfs",      "selinuxfs",
    "smackfs",      "sockfs",   "spufs",      "sysfs",      "tracefs",         "usbfs",
    "xenfs",        NULL,
};

static const char *const network_types[] = {
    "9p",     "acfs",      "afpfs", "afs",    "beegfs", "ceph",     "cifs",   "coda",     "davfs",
    "drvfs",  "glusterfs", "gpfs",  "lustre", "ncpfs",  "nfs",      "nfs4",   "orangefs", "panfs",
    "prl_fs", "pvfs2",     "smb3",  "smbfs",  "vboxsf", "virtiofs", "vmhgfs", "wekafs",   NULL,
};

/*
 * What is known to show the files of a local disk or image. Everything else behind FUSE (sshfs,
 * rclone, the clients of clouds) is taken for a network: reading it may fetch the file.
 */
static const char *const local_fuse_types[] = {
    "fuse.bindfs",         "fuse.cryfs",          "fuse.dwarfs",
    "fuse.encfs",          "fuse.exfat",          "fuse.ext2",
    "fuse.ext4",           "fuse.fuse-overlayfs", "fuse.fuseext2",
    "fuse.gocryptfs",      "fuse.mergerfs",       "fuse.ntfs",
    "fuse.ntfs-3g",        "fuse.snapfuse",       "fuse.squashfuse",
    "fuse.squashfuse_ll",  "fuse.unionfs",        "fuse.unionfs-fuse",
    "fuse.vmware-vmblock", "fuse.zfs-fuse",       NULL,
};

static enum mount_class class_of(struct sv type)
{
    if (listed(type, memory_types))
        return MOUNT_MEMORY;
    if (listed(type, pseudo_types))
        return MOUNT_PSEUDO;
    if (listed(type, network_types) || sv_eq(type, SV("fuse")))
        return MOUNT_NETWORK;
    if (sv_starts(type, SV("fuse.")) && !listed(type, local_fuse_types))
        return MOUNT_NETWORK;
    return MOUNT_LOCAL; // "fuseblk" too: it is on a block device
}

/* ---- reading ---- */

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static struct sv unescape(struct sv word, struct arena *arena)
{
    char *to;
    size_t n = 0;

    if (sv_find(word, SV("\\")) == SIZE_MAX)
        return arena_copy(arena, word);
    to = arena_take(arena, word.n + 1);
    if (!to)
        return (struct sv){0};
    for (size_t i = 0; i < word.n; i++) {
        const char *p = word.p + i;

        if (*p == '\\' && word.n - i > 3 && is_octal(p[1]) && is_octal(p[2]) && is_octal(p[3])) {
            to[n++] = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
            i += 3;
        } else {
            to[n++] = *p;
        }
    }
    return (struct sv){to, n};
}

static bool device_of(struct sv word, struct mount *m)
{
    struct sv major = sv_cut(&word, ':');
    uint64_t a, b;

    if (!sv_to_u64(major, &a) || !sv_to_u64(word, &b) || a > UINT32_MAX || b > UINT32_MAX)
        return false;
    m->device_major = (uint32_t)a;
    m->device_minor = (uint32_t)b;
    return true;
}

static bool parse_line(struct sv line, struct arena *arena, struct mount *ret)
{
    struct sv id = sv_cut(&line, ' '), parent = sv_cut(&line, ' '), device = sv_cut(&line, ' ');
    struct sv root = sv_cut(&line, ' '), point = sv_cut(&line, ' ');
    struct mount m = {0};

    (void)sv_cut(&line, ' ');
    // Any number of optional words, up to a dash.
    while (line.n && !sv_eq(sv_cut(&line, ' '), SV("-")))
        continue;
    m.type = unescape(sv_cut(&line, ' '), arena);
    m.source = unescape(sv_cut(&line, ' '), arena);
    m.options = unescape(sv_cut(&line, ' '), arena);
    m.root = unescape(root, arena);
    m.point = unescape(point, arena);
    if (!sv_to_u64(id, &m.id) || !sv_to_u64(parent, &m.parent) || !device_of(device, &m) ||
        m.root.n == 0 || !sv_starts(m.point, SV("/")) || m.type.n == 0)
        return false;
    m.class = sv_eq(m.point, SV("/")) ? MOUNT_LOCAL : class_of(m.type);
    *ret = m;
    return true;
}

/* ---- removable disks ---- */

/* /sys/class/block/sdb1 is a link to .../block/sdb/sdb1; the disk's folder has `removable`. */
static bool is_removable(int block_fd, const struct mount *m)
{
    auto_buf path = BUF_INIT(4096), line = BUF_INIT(0);
    size_t slash = sv_find_last(m->source, '/');
    struct sv name = slash == SIZE_MAX ? (struct sv){0} : sv_from(m->source, slash + 1);

    if (!sv_starts(m->source, SV("/dev/")) || name.n == 0 || name.p[0] == '.')
        return false;
    for (int up = 0; up < 2; up++) {
        buf_reset(&path);
        buf_sv(&path, name);
        buf_str(&path, up ? "/../removable" : "/removable");
        if (buf_ok(&path) && sv_eq(system_line(block_fd, path.p, &line), SV("1")))
            return true;
    }
    return false;
}

static bool same_device(const struct mount *a, const struct mount *b)
{
    return a->device_major == b->device_major && a->device_minor == b->device_minor;
}

static void mark_removable(struct mounts *mounts, const char *sys)
{
    auto_buf path = BUF_INIT(4096);
    const struct mount *top = mounts_above(mounts, SV("/"));
    auto_fd int block_fd = -1;

    buf_printf(&path, "%s/class/block", sys);
    if (!buf_ok(&path) || system_open(AT_FDCWD, path.p, &block_fd, NULL) < 0)
        return; // a machine without block devices
    for (size_t i = 0; i < mounts->count; i++) {
        struct mount *m = &mounts->all[i];

        // A machine that runs from a stick is examined.
        if (m->class == MOUNT_LOCAL && !(top && same_device(m, top)) && is_removable(block_fd, m))
            m->class = MOUNT_REMOVABLE;
    }
}

/* ---- which of them to walk ---- */

/* Whether `path` is `above` or lies below it. */
static bool lies_in(struct sv path, struct sv above)
{
    if (!sv_starts(path, above))
        return false;
    return path.n == above.n || sv_ends(above, SV("/")) || path.p[above.n] == '/';
}

const struct mount *mounts_above(const struct mounts *mounts, struct sv path)
{
    const struct mount *best = NULL;

    for (size_t i = 0; i < mounts->count; i++) {
        const struct mount *m = &mounts->all[i];

        if (!m->hidden && lies_in(path, m->point) && (!best || m->point.n >= best->point.n))
            best = m;
    }
    return best;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_id(const void *a, const void *b)
{
    const struct mount *const *x = a, *const *y = b;

    return compare_u64((*x)->id, (*y)->id);
}

static int compare_place(const struct mount *x, uint64_t parent, struct sv point)
{
    int order = compare_u64(x->parent, parent);

    return order ? order : sv_cmp(x->point, point);
}

static int by_place(const void *a, const void *b)
{
    const struct mount *const *x = a, *const *y = b;

    return compare_place(*x, (*y)->parent, (*y)->point);
}

/* The preferred start first: the root, then what holds most of its file system. */
static unsigned rank(const struct mount *m)
{
    // Where disks are looked at, beside the place that they serve at.
    static const char *const aside[] = {"/mnt", "/media", "/run", "/host", "/.snapshots", NULL};

    if (m->point.n == 1)
        return 0;
    for (const char *const *folder = aside; *folder; folder++) {
        if (lies_in(m->point, sv_str(*folder)))
            return 2;
    }
    return 1;
}

static int by_preference(const void *a, const void *b)
{
    const struct mount *x = *(const struct mount *const *)a, *y = *(const struct mount *const *)b;
    int order = compare_u64(rank(x), rank(y));

    order = order ? order : compare_u64(x->root.n, y->root.n);
    order = order ? order : compare_u64(x->point.n, y->point.n);
    return order ? order : compare_u64(x->id, y->id);
}

struct plan {
    struct mounts *mounts;
    struct arena *arena;
    struct mount **by_id, **by_place, **by_preference;
    bool *unreachable; /* by the place in mounts->all */
};

static struct mount **sorted(struct plan *p, int (*compare)(const void *, const void *))
{
    struct mount **list = arena_take_array(p->arena, p->mounts->count, sizeof(struct mount *));

    if (!list)
        return NULL;
    for (size_t i = 0; i < p->mounts->count; i++)
        list[i] = &p->mounts->all[i];
    qsort(list, p->mounts->count, sizeof(struct mount *), compare);
    return list;
}

static struct mount *find_id(const struct plan *p, uint64_t id)
{
    size_t low = 0, high = p->mounts->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (p->by_id[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->mounts->count && p->by_id[low]->id == id ? p->by_id[low] : NULL;
}

/* The mount at `point` whose parent is `parent`. */
static struct mount *find_place(const struct plan *p, uint64_t parent, struct sv point)
{
    size_t low = 0, high = p->mounts->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_place(p->by_place[middle], parent, point) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < p->mounts->count && compare_place(p->by_place[low], parent, point) == 0)
        return p->by_place[low];
    return NULL;
}

/*
 * A mount on a folder above `m` with the same parent came later: had it been there before, it would
 * be the parent.
 */
static bool has_later_above(const struct plan *p, const struct mount *m)
{
    struct sv above = m->point;

    while (above.n > 1) {
        size_t slash = sv_find_last(above, '/');
        const struct mount *other;

        above.n = slash ? slash : 1;
        other = find_place(p, m->parent, above);
        if (other && other != m)
            return true;
    }
    return false;
}

static void mark_hidden(struct plan *p)
{
    struct mount *all = p->mounts->all;
    bool changed = true;

    for (size_t i = 0; i < p->mounts->count; i++)
        p->unreachable[i] = has_later_above(p, &all[i]);
    // A child may stand before its parent: go on until nothing changes. Depth bounds the rounds.
    while (changed) {
        changed = false;
        for (size_t i = 0; i < p->mounts->count; i++) {
            const struct mount *parent = find_id(p, all[i].parent);

            if (!p->unreachable[i] && parent && parent != &all[i] && p->unreachable[parent - all]) {
                p->unreachable[i] = true;
                changed = true;
            }
        }
    }
    for (size_t i = 0; i < p->mounts->count; i++) {
        const struct mount *over = find_place(p, all[i].id, all[i].point);

        all[i].hidden = p->unreachable[i] || (over && over != &all[i]);
    }
}

/* Where the folder `root` of the file system is seen through `m`; `root` lies in m->root. */
static struct sv seen_through(const struct mount *m, struct sv root, struct arena *arena)
{
    struct sv below = sv_from(root, m->root.n);

    if (sv_starts(below, SV("/")))
        below = sv_from(below, 1);
    if (below.n == 0)
        return m->point;
    return arena_printf(arena, "%.*s%s%.*s", (int)m->point.n, m->point.p,
                        sv_ends(m->point, SV("/")) ? "" : "/", (int)below.n, below.p);
}

static bool is_start(const struct mount *m)
{
    return !m->hidden && !m->covered && m->class != MOUNT_PSEUDO;
}

static bool covers(const struct plan *p, const struct mount *start, const struct mount *m)
{
    return lies_in(m->root, start->root) &&
           mounts_above(p->mounts, seen_through(start, m->root, p->arena)) == start;
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static int mark_covered(struct plan *p, struct err *err)
{
    size_t count = p->mounts->count, room = 0;
    struct sv *aliases = NULL;

    for (size_t i = 0; i < count; i++) {
        struct mount *m = p->by_preference[i];
        bool kept = is_start(m);

        for (size_t j = 0; kept && j < i; j++) {
            const struct mount *start = p->by_preference[j];

            if (is_start(start) && same_device(start, m) && covers(p, start, m))
                kept = false;
        }
        m->covered = is_start(m) && !kept;
    }
    for (int pass = 0; pass < 2; pass++) {
        p->mounts->alias_count = 0;
        for (size_t i = 0; i < count; i++) {
            const struct mount *m = p->by_preference[i];

            for (size_t j = 0; is_start(m) && j < i; j++) {
                const struct mount *start = p->by_preference[j];

                if (!is_start(start) || !same_device(start, m) || !lies_in(start->root, m->root))
                    continue;
                if (pass)
                    aliases[p->mounts->alias_count] = seen_through(m, start->root, p->arena);
                p->mounts->alias_count++;
            }
        }
        room = p->mounts->alias_count;
        if (pass == 0 && room) {
            aliases = arena_take_array(p->arena, room, sizeof(*aliases));
            if (!aliases)
                return arena_error(p->arena, err);
        }
        if (room == 0)
            break;
    }
    if (room)
        qsort(aliases, room, sizeof(*aliases), by_text);
    p->mounts->aliases = aliases;
    return 0;
}

bool mounts_is_alias(const struct mounts *mounts, struct sv path)
{
    return mounts->alias_count &&
           bsearch(&path, mounts->aliases, mounts->alias_count, sizeof(struct sv), by_text);
}

/* ---- overlays ---- */

/* Every layer of the list is a folder on a start of this machine. */
static bool layers_seen(const struct plan *p, const char *root, struct sv layers, char separator)
{
    while (layers.n) {
        struct sv layer = sv_cut(&layers, separator);
        auto_buf path = BUF_INIT(8192);
        const struct mount *m;

        if (layer.n == 0) // "::" stands before layers that hold data only
            continue;
        if (!sv_starts(layer, SV("/")))
            return false;
        m = mounts_above(p->mounts, layer);
        buf_str(&path, root);
        buf_sv(&path, layer);
        if (!m || (m->class != MOUNT_LOCAL && m->class != MOUNT_MEMORY) || !buf_ok(&path) ||
            access(path.p, F_OK) != 0)
            return false;
    }
    return true;
}

static void mark_overlays(const struct plan *p, const char *root)
{
    for (size_t i = 0; i < p->mounts->count; i++) {
        struct mount *m = &p->mounts->all[i];
        struct sv options = m->options;
        bool seen = false;

        if (!is_start(m) || m->point.n == 1 || !sv_eq(m->type, SV("overlay")))
            continue;
        while (options.n) {
            struct sv value = sv_cut(&options, ','), name = sv_cut(&value, '=');

            if (sv_eq(name, SV("lowerdir")) || sv_eq(name, SV("upperdir"))) {
                seen = layers_seen(p, root, value, sv_eq(name, SV("lowerdir")) ? ':' : '\0');
                if (!seen)
                    break;
            }
        }
        m->covered = seen;
    }
}

/* ---- all of it ---- */

static int make_plan(struct mounts *mounts, const char *root, struct arena *arena, struct err *err)
{
    struct plan p = {.mounts = mounts, .arena = arena};

    p.by_id = sorted(&p, by_id);
    p.by_place = sorted(&p, by_place);
    p.by_preference = sorted(&p, by_preference);
    p.unreachable = arena_take_array(arena, mounts->count, sizeof(bool));
    if (!p.by_id || !p.by_place || !p.by_preference || !p.unreachable)
        return arena_error(arena, err);
    mark_hidden(&p);
    TRY(mark_covered(&p, err));
    mark_overlays(&p, root ? root : "");
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

int mounts_parse(struct sv mountinfo, const struct mounts_options *options, struct arena *arena,
                 struct mounts *ret, struct err *err)
{
    struct mounts mounts = {0};
    size_t lines = 1;

    for (size_t i = 0; i < mountinfo.n; i++)
        lines += mountinfo.p[i] == '\n';
    if (lines > MOUNTS_MAX)
        return ERR(err, ERR_LIMIT, "more than %d mounts", MOUNTS_MAX);
    mounts.all = arena_take_array(arena, lines, sizeof(*mounts.all));
    if (!mounts.all)
        return arena_error(arena, err);
    while (mountinfo.n) {
        struct sv line = sv_cut(&mountinfo, '\n');

        if (line.n == 0)
            continue;
        if (!parse_line(line, arena, &mounts.all[mounts.count]))
            return ERR(err, ERR_FORMAT, "mountinfo: '%.*s'", line.n < 200 ? (int)line.n : 200,
                       line.p);
        mounts.count++;
    }
    // Removable disks are starts like any other; whether they are taken is the caller's rule.
    TRY(make_plan(&mounts, options->root, arena, err));
    if (options->sys)
        mark_removable(&mounts, options->sys);
    *ret = mounts;
    return 0;
}

int mounts_read(const struct mounts_options *options, struct arena *arena, struct mounts *ret,
                struct err *err)
{
    auto_buf path = BUF_INIT(4096), text = BUF_INIT(0);

    buf_printf(&path, "%s/self/mountinfo", options->proc);
    if (!buf_ok(&path))
        return ERR(err, ERR_LIMIT, "the path of procfs is too long");
    TRY(system_read(AT_FDCWD, path.p, MOUNTINFO_MAX, &text, err));
    return mounts_parse(buf_view(&text), options, arena, ret, err);
}
