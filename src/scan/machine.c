// SPDX-License-Identifier: Apache-2.0
#include "scan/machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/place.h"
#include "os/device.h"
#include "os/kernel.h"
#include "os/process.h"
#include "os/socket.h"

enum {
    FIELDS_MAX = 16,
    ARENA_MAX = 64 << 20,
};

/* ---- which files run ---- */

struct entry {
    uint64_t device, inode, pid;
};

struct running {
    struct entry *entries; /* sorted by device and inode */
    size_t count, room;
    uint64_t *deleted; /* pids */
    size_t deleted_count;
};

static int by_file(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->inode > y->inode) - (x->inode < y->inode);
}

static int remember(struct running *r, uint64_t device, uint64_t inode, uint64_t pid,
                    struct err *err)
{
    if (r->count == r->room) {
        size_t room = r->room ? r->room * 2 : 256;
        struct entry *more = realloc(r->entries, room * sizeof(*more));

        if (!more)
            return ERR(err, ERR_NOMEM, "no memory for the running programs");
        r->entries = more;
        r->room = room;
    }
    r->entries[r->count++] = (struct entry){device, inode, pid};
    return 0;
}

static int remember_process(void *to, const struct process *p, struct err *err)
{
    struct running *r = to;

    if (p->kernel)
        return 0;
    if (p->program.deleted && !p->other_root) {
        uint64_t *more = realloc(r->deleted, (r->deleted_count + 1) * sizeof(*more));

        if (!more)
            return ERR(err, ERR_NOMEM, "no memory for the running programs");
        r->deleted = more;
        r->deleted[r->deleted_count++] = p->pid;
    }
    if (p->inode)
        TRY(remember(r, p->device, p->inode, p->pid, err));
    if (p->other_root)
        return 0;
    for (size_t i = 0; i < p->mapped_count; i++) {
        auto_buf path = {0};
        struct file_facts facts;
        struct err gone;

        buf_sv(&path, p->mapped[i].path);
        if (!p->mapped[i].deleted && buf_ok(&path) && path.n &&
            file_facts(AT_FDCWD, path.p, &facts, &gone) == 0)
            TRY(remember(r, facts.device, facts.inode, p->pid, err));
    }
    return 0;
}

/* What cannot be read is accounted for when the machine is read, once. */
static void pass_over(void *to, uint32_t pid, const char *what, const struct err *why)
{
    (void)to;
    (void)pid;
    (void)what;
    (void)why;
}

int running_new(struct running **ret, struct err *err)
{
    static const struct process_events events = {remember_process, pass_over};
    struct running *r = calloc(1, sizeof(*r));
    int result;

    if (!r)
        return ERR(err, ERR_NOMEM, "no memory");
    result = processes_each("/proc", &events, r, err);
    if (result < 0) {
        running_free(r);
        return result;
    }
    if (r->count)
        qsort(r->entries, r->count, sizeof(*r->entries), by_file);
    *ret = r;
    return 0;
}

void running_free(struct running *r)
{
    if (!r)
        return;
    free(r->entries);
    free(r->deleted);
    free(r);
}

void running_each_deleted(const struct running *r, void (*each)(void *to, uint64_t pid), void *to)
{
    for (size_t i = 0; i < r->deleted_count; i++)
        each(to, r->deleted[i]);
}

bool running_pid(const struct running *r, const struct file_facts *facts, uint64_t *ret_pid)
{
    struct entry wanted = {facts->device, facts->inode, 0}, *found;

    found = r->count ? bsearch(&wanted, r->entries, r->count, sizeof(wanted), by_file) : NULL;
    if (found)
        *ret_pid = found->pid;
    return found != NULL;
}

/* ---- components of the machine ---- */

struct machine {
    struct collector *collector;
    const struct matcher *matcher;
    struct matcher_scratch *scratch;
    struct arena arena;
    struct buf place;
    struct field fields[FIELDS_MAX];
    size_t count;
};

static void begin(struct machine *m)
{
    arena_reset(&m->arena);
    buf_reset(&m->place);
    m->count = 0;
}

static void add(struct machine *m, enum field_key key, struct sv value)
{
    if (value.n && m->count < FIELDS_MAX)
        m->fields[m->count++] = (struct field){.key = key, .value = value};
}

static void keep(struct machine *m, enum component_type type, enum component_state state,
                 enum confidence ceiling, struct sv place, struct sv anchor)
{
    struct occurrence o = {.component = {.type = type,
                                         .state = state,
                                         .ceiling = ceiling,
                                         .fields = m->fields,
                                         .field_count = m->count},
                           .place = place,
                           .anchor = anchor,
                           .recogniser = SV("machine")};

    collector_add(m->collector, &o, STORE_NOWHERE);
}

static void unread(void *to, uint32_t pid, const char *what, const struct err *why)
{
    struct machine *m = to;
    char place[64];

    (void)snprintf(place, sizeof(place), "/proc/%u/%s", pid, what);
    collector_unexamined(m->collector, sv_str(place), reason_of(why), why->text);
}

/* ---- processes ---- */

struct probing {
    struct machine *m;
    bool at_root;
};

static void path_wanted(void *to, const struct matcher_path *wanted)
{
    struct probing *p = to;

    if (wanted->field == FIELD_PATH && wanted->prefix)
        return;
    add(p->m, wanted->field, wanted->value);
    p->at_root = p->at_root || (wanted->field == FIELD_PATH && wanted->folder);
}

static struct sv folder_of(struct sv place)
{
    size_t slash = sv_find_last(place, '/');

    return slash == SIZE_MAX || slash == 0 ? SV("/") : (struct sv){place.p, slash};
}

static int keep_process(void *to, const struct process *p, struct err *err)
{
    struct machine *m = to;
    struct probing probing = {.m = m};
    struct sv program = p->program.path, place;
    size_t slash = sv_find_last(program, '/');

    if (p->kernel)
        return 0;
    begin(m);
    if (program.n)
        place_append(&m->place, program);
    else
        buf_printf(&m->place, "/proc/%u", p->pid);
    place = buf_view(&m->place);
    add(m, FIELD_NAME, p->name);
    add(m, FIELD_PROCESS, program.n ? sv_from(program, slash + 1) : p->name);
    add(m, FIELD_COMMAND, p->command);
    add(m, FIELD_PID, arena_printf(&m->arena, "%u", p->pid));
    add(m, FIELD_ROW, arena_printf(&m->arena, "process %u", p->pid));
    if (program.n && !p->other_root)
        TRY(matcher_probe_path(m->matcher, m->scratch, program, path_wanted, &probing, err));
    keep(m, TYPE_APPLICATION, STATE_RUNNING, CONFIDENCE_CONFIRMED, place,
         probing.at_root ? SV("/") : folder_of(place));
    return 0;
}

/* ---- sockets ---- */

static int keep_socket(void *to, const struct socket_facts *s, struct err *err)
{
    struct machine *m = to;
    auto_buf local = {0}, remote = {0};
    struct sv place;

    (void)err;
    begin(m);
    socket_end_write(&s->local, &local);
    socket_end_write(&s->remote, &remote);
    place = arena_printf(&m->arena, "/proc/net/%s", s->protocol);
    if (s->listening)
        add(m, FIELD_LISTEN, arena_printf(&m->arena, "%s %s", s->protocol, local.p));
    else
        add(m, FIELD_HOST, s->remote.address);
    if (s->pid)
        add(m, FIELD_PID, arena_printf(&m->arena, "%u", s->pid));
    add(m, FIELD_ROW,
        s->listening ? arena_printf(&m->arena, "%s listens on %s", s->protocol, local.p)
                     : arena_printf(&m->arena, "%s %s to %s", s->protocol, local.p, remote.p));
    // Traffic is a hint at a product, never the product.
    keep(m, TYPE_SERVICE, STATE_RUNNING, CONFIDENCE_TRACE, place, SV("/"));
    return 0;
}

/* ---- kernel modules and devices ---- */

static int keep_module(void *to, const struct kernel_module *module, struct err *err)
{
    struct machine *m = to;

    (void)err;
    begin(m);
    add(m, FIELD_NAME, module->name);
    add(m, FIELD_KERNEL_MODULE, module->name);
    add(m, FIELD_VERSION, module->version);
    add(m, FIELD_ROW, arena_printf(&m->arena, "module %.*s", (int)module->name.n, module->name.p));
    keep(m, TYPE_DEVICE_DRIVER, STATE_RUNNING, CONFIDENCE_CONFIRMED, SV("/proc/modules"), SV("/"));
    return 0;
}

/* The first three bytes of a MAC address name its maker: "00:1b:54:…" to "001b54". */
static struct sv oui_of(struct machine *m, struct sv address)
{
    if (address.n < 8)
        return (struct sv){0};
    return arena_printf(&m->arena, "%.2s%.2s%.2s", address.p, address.p + 3, address.p + 6);
}

static int keep_device(void *to, const struct device *d, struct err *err)
{
    struct machine *m = to;
    struct sv place;

    (void)err;
    begin(m);
    place_append(&m->place, d->place);
    place = buf_view(&m->place);
    add(m, FIELD_NAME, d->product.n ? d->product : sv_str(device_kind_text(d->kind)));
    add(m, FIELD_VERSION, d->version);
    add(m, FIELD_MANUFACTURER, d->manufacturer);
    add(m, FIELD_DEVICE_NAME, d->product);
    add(m, FIELD_DEVICE_ID, d->device_id);
    add(m, d->kind == DEVICE_USB ? FIELD_USB_VENDOR : FIELD_PCI_VENDOR, d->vendor_id);
    if (d->kind == DEVICE_PCI)
        add(m, FIELD_PCI_VENDOR, d->subsystem_vendor_id);
    add(m, FIELD_MAC, d->address);
    if (!d->address_made_up)
        add(m, FIELD_OUI, oui_of(m, d->address));
    keep(m, d->kind == DEVICE_FIRMWARE ? TYPE_FIRMWARE : TYPE_DEVICE, STATE_INSTALLED,
         CONFIDENCE_CONFIRMED, place, place);
    return 0;
}

/* ---- the whole ---- */

/* What cannot be read is a gap; only a store that fails ends the scan, and it says so itself. */
static void account(struct machine *m, const char *place, int result, const struct err *err)
{
    if (result < 0)
        collector_unexamined(m->collector, sv_str(place), reason_of(err), err->text);
}

static void read_tables(struct machine *m)
{
    static const struct process_events processes = {keep_process, unread};
    // Whose open files cannot be read is told with the processes already.
    static const struct socket_events sockets = {keep_socket, pass_over};
    struct err err;

    account(m, "/proc", processes_each("/proc", &processes, m, &err), &err);
    account(m, "/proc/net", sockets_each("/proc", &sockets, m, &err), &err);
    account(m, "/proc/modules", kernel_modules_each("/proc", "/sys", keep_module, m, &err), &err);
    account(m, "/sys", devices_each("/sys", keep_device, m, &err), &err);
}

int machine_read(const struct matcher *matcher, struct collector *to, struct err *err)
{
    struct machine m = {.collector = to, .matcher = matcher};
    int r;

    arena_init(&m.arena, ARENA_MAX);
    r = matcher_scratch_new(matcher, &m.scratch, err);
    if (r == 0)
        read_tables(&m);
    matcher_scratch_free(m.scratch);
    arena_clear(&m.arena);
    buf_clear(&m.place);
    return r;
}
