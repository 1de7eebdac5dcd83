// SPDX-License-Identifier: Apache-2.0
/* What the stored scan says of the findings: components at their places, and what these may do. */
#include "base/clock.h"
#include "exposure/collecting.h"
#include "model/place.h"

enum {
    UNIT_MAX = 64 * 1024, // bytes of a unit file
};

static bool has_place(const struct finding *f, struct sv place)
{
    size_t low = 0, high = f->place_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = sv_cmp(f->places[middle], place);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* ---- one field ---- */

struct field_words {
    enum field_key key;
    enum exposure_topic topic;
    const char *what;
};

static const struct field_words told[] = {
    {FIELD_SERVICE, TOPIC_PRIVILEGE, "Service"},
    {FIELD_DRIVER, TOPIC_PRIVILEGE, "Driver in the kernel"},
    {FIELD_KERNEL_MODULE, TOPIC_PRIVILEGE, "Module of the kernel"},
    {FIELD_CLASS_FILTER, TOPIC_PRIVILEGE, "Filter of a class of devices"},
    {FIELD_LAUNCHD, TOPIC_PRIVILEGE, "Service (launchd)"},
    {FIELD_PROCESS, TOPIC_PRIVILEGE, "Process that ran"},
    {FIELD_USER, TOPIC_PRIVILEGE, "User account"},
    {FIELD_GROUP, TOPIC_PRIVILEGE, "Group"},
    {FIELD_EXTENSION_ID, TOPIC_PRIVILEGE, "Browser extension"},
    {FIELD_NATIVE_HOST, TOPIC_PRIVILEGE, "Program that a browser may start"},
    {FIELD_LISTEN, TOPIC_PRIVILEGE, "Listened on"},
    {FIELD_HOST, TOPIC_SERVER, "Host"},
    {FIELD_IMAGE, TOPIC_PRESENCE, "Container image"},
    {FIELD_RECEIPT, TOPIC_PRESENCE, "Receipt of an installation"},
    {FIELD_PRODUCT_CODE, TOPIC_PRESENCE, "Installation record (product code)"},
    {FIELD_EVENT_LOG, TOPIC_LOG, "Event log that was registered"},
    {FIELD_STATUS, TOPIC_PRESENCE, "State in its package database"},
};

static void add_field(struct collecting *c, struct subject *s, const struct field *f,
                      struct sv place)
{
    int64_t ns;

    if (f->key == FIELD_INSTALLED_AT) {
        subject_add(c, s, TOPIC_PRESENCE, SV("Installed, as recorded"), f->value, place);
        if (clock_parse(f->value, &ns))
            subject_seen(s, ns);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(told); i++)
        if (told[i].key == f->key)
            subject_add(c, s, told[i].topic, sv_str(told[i].what), f->value, place);
}

/* dpkg writes a package's list of files when it unpacks it. */
static void add_unpacked(struct collecting *c, struct subject *s, struct sv package,
                         struct sv architecture)
{
    if (sv_find(package, SV("/")) != SIZE_MAX || sv_find(architecture, SV("/")) != SIZE_MAX)
        return;
    for (int i = 0; i < 2; i++) {
        struct sv path =
            i ? arena_printf(c->arena, "/var/lib/dpkg/info/%.*s:%.*s.list", (int)package.n,
                             package.p, (int)architecture.n, architecture.p)
              : arena_printf(c->arena, "/var/lib/dpkg/info/%.*s.list", (int)package.n, package.p);
        struct file_facts facts;
        struct err ignored;
        auto_fd int fd = -1;

        if (!path.n || file_open_below(c->request->root_fd, path.p, false, &fd, &ignored) != 0 ||
            file_facts(fd, "", &facts, &ignored) != 0)
            continue;
        subject_seen(s, facts.mtime_ns);
        subject_add(c, s, TOPIC_PRESENCE, SV("Installed or upgraded last"),
                    time_text(c->arena, facts.mtime_ns), path);
    }
}

static void add_package(struct collecting *c, struct subject *s, const struct occurrence *o)
{
    struct sv package = component_get(&o->component, FIELD_PACKAGE);
    struct sv version = component_get(&o->component, FIELD_VERSION);
    struct sv type = component_get(&o->component, FIELD_PACKAGE_TYPE);

    if (package.n)
        subject_add(c, s, TOPIC_PRESENCE, SV("Package"),
                    arena_printf(c->arena, "%.*s:%.*s%s%.*s", (int)type.n, type.p, (int)package.n,
                                 package.p, version.n ? " " : "", (int)version.n, version.p),
                    within_root(c, o->place));
    if (package.n && sv_eq(type, SV("deb")))
        add_unpacked(c, s, package, component_get(&o->component, FIELD_ARCHITECTURE));
}

static void add_certificate(struct collecting *c, struct subject *s, const struct occurrence *o)
{
    struct sv name = component_get(&o->component, FIELD_CERTIFICATE_CN);
    struct sv kind = component_get(&o->component, FIELD_CERTIFICATE_KIND);
    struct sv store = component_get(&o->component, FIELD_CERTIFICATE_STORE);
    struct sv digest = component_get(&o->component, FIELD_CERTIFICATE_SHA256);
    bool ca = sv_eq(kind, SV("ca")) || sv_eq(kind, SV("self-signed-ca"));

    if (!digest.n && !name.n)
        return;
    subject_add(c, s, TOPIC_CERTIFICATE, SV("Certificate"),
                arena_printf(c->arena, "%.*s, %.*s, in store: %.*s, SHA-256 %.*s", (int)name.n,
                             name.p, (int)kind.n, kind.p, (int)store.n, store.p, (int)digest.n,
                             digest.p),
                within_root(c, o->place));
    if (!ca || !store.n || sv_eq(store, SV("loose")))
        return;
    s->intercepts = true;
    subject_add(c, s, TOPIC_PRIVILEGE, SV("Certification authority that was trusted"),
                arena_printf(c->arena, "%.*s: whoever has its key could read protected connections",
                             (int)name.n, name.p),
                within_root(c, o->place));
}

static int add_occurrence(void *to, const struct occurrence *o, struct err *err)
{
    struct collecting *c = to;

    for (size_t i = 0; i < c->request->finding_count; i++) {
        struct subject *s = &c->subjects[i];

        if (!has_place(c->request->findings[i], o->place))
            continue;
        add_package(c, s, o);
        add_certificate(c, s, o);
        for (size_t j = 0; j < o->component.field_count; j++)
            add_field(c, s, &o->component.fields[j], within_root(c, o->place));
    }
    return arena_failed(c->arena) ? arena_error(c->arena, err) : 0;
}

/* ---- whom a unit runs as ---- */

static bool service_user(struct sv text, struct sv *ret_user)
{
    bool in_service = false, is_unit = false;

    *ret_user = (struct sv){0};
    while (text.n) {
        struct sv line = sv_trim(sv_line(&text));

        if (sv_starts(line, SV("["))) {
            in_service = sv_eq(line, SV("[Service]"));
            is_unit = is_unit || in_service;
        } else if (in_service && sv_starts(line, SV("User="))) {
            *ret_user = sv_trim(sv_from(line, 5));
        }
    }
    return is_unit;
}

static void add_unit(struct collecting *c, struct subject *s, struct sv place)
{
    struct sv inside = within_root(c, place), text = {0}, user;
    auto_buf path = {0};
    struct err ignored;

    if (!sv_ends(place, SV(".service")) || sv_find(place, SV("!/")) != SIZE_MAX ||
        place_decode(inside, &path, &ignored) != 0 || !path.n)
        return;
    // A unit that is gone or unreadable is in the collection's other parts; here it only adds.
    if (file_read_below(c->request->root_fd, path.p, UNIT_MAX, c->arena, &text, &ignored) != 0 ||
        !service_user(text, &user))
        return;
    subject_add(c, s, TOPIC_PRIVILEGE, SV("Its service ran as"),
                user.n ? arena_copy(c->arena, user)
                       : SV("root: the unit names no user, see systemd.exec(5)"),
                inside);
}

/* ---- the finding itself ---- */

static void add_finding(struct collecting *c, struct subject *s, const struct finding *f)
{
    int64_t ns;

    subject_add(c, s, TOPIC_PRESENCE, SV("Product"),
                arena_printf(c->arena, "%.*s%s%.*s", (int)f->name.n, f->name.p,
                             f->version.n ? " " : "", (int)f->version.n, f->version.p),
                within_root(c, f->anchor));
    subject_add(c, s, TOPIC_PRESENCE, SV("State when the scan looked"),
                arena_printf(c->arena, "%s, %s", component_state_text(f->state),
                             confidence_text(f->confidence)),
                (struct sv){0});
    if (f->since.n && clock_parse(f->since, &ns))
        subject_seen(s, ns);
    if (s->exposure->present)
        subject_seen(s, c->request->view->finished_ns);
    for (size_t i = 0; i < f->place_count; i++)
        add_unit(c, s, f->places[i]);
}

int facts_read(struct collecting *c, struct err *err)
{
    const struct scan_view *view = c->request->view;

    for (size_t i = 0; i < c->request->finding_count; i++)
        add_finding(c, &c->subjects[i], c->request->findings[i]);
    return view->inventory ? view->inventory(view->context, add_occurrence, c, err) : 0;
}
