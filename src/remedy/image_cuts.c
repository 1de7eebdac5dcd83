// SPDX-License-Identifier: Apache-2.0
#include "remedy/image_cuts.h"

#include <stdlib.h>
#include <string.h>

#include "model/place.h"
#include "remedy/image_layers.h"
#include "remedy/tar_copy.h"

#define DPKG "var/lib/dpkg/"
#define INFO DPKG "info/"

enum {
    LISTS_MAX = 64 << 20, /* bytes of all lists of files of an image's packages */
    PACKAGES_MAX = 256,   /* that are taken out */
};

struct file_list {
    struct sv name, text; /* of a package, as "name" or "name:arch" */
};

struct finding_cuts {
    const struct image_cuts_options *o;
    struct arena *arena;
    struct image_cuts *to;
    struct sv packages[PACKAGES_MAX];
    size_t package_count;
    struct file_list
        *lists; /* of every package of dpkg; a later layer's in the place of an earlier */
    size_t list_count, list_room;
    size_t list_bytes;
};

/* ---- collecting ---- */

static int add(struct finding_cuts *c, struct image_cut cut, struct err *err)
{
    struct image_cuts *to = c->to;

    for (size_t i = 0; i < to->count; i++)
        if (sv_eq(to->at[i].layer, cut.layer) && sv_eq(to->at[i].path, cut.path) &&
            sv_eq(to->at[i].edit, cut.edit) && sv_eq(to->at[i].key, cut.key))
            return 0;
    if (to->count == to->room) {
        size_t room = to->room ? 2 * to->room : 64;
        struct image_cut *more = arena_take_array(c->arena, room, sizeof(*more));

        if (!more)
            return arena_error(c->arena, err);
        if (to->count)
            memcpy(more, to->at, to->count * sizeof(*more));
        to->at = more;
        to->room = room;
    }
    to->at[to->count++] = cut;
    return 0;
}

static int add_package(struct finding_cuts *c, struct sv name, struct err *err)
{
    for (size_t i = 0; i < c->package_count; i++)
        if (sv_eq(c->packages[i], name))
            return 0;
    if (c->package_count == PACKAGES_MAX)
        return ERR(err, ERR_LIMIT_ENTRIES, "more than %d packages", PACKAGES_MAX);
    c->packages[c->package_count++] = name;
    return 0;
}

/* ---- what a place is ---- */

/* "…image.tar!/blobs/sha256/x!/opt/y" is the layer "blobs/sha256/x" and the file "opt/y". */
static bool part_of(const struct image_cuts_options *o, struct sv place, struct sv *ret_layer,
                    struct sv *ret_path)
{
    size_t at;

    if (!sv_starts(place, o->place))
        return false;
    place = sv_from(place, o->place.n);
    if (sv_starts(place, SV("!/")))
        place = sv_from(place, 2);
    else if (sv_starts(place, SV("/")))
        place = sv_from(place, 1);
    else if (place.n)
        return false;
    at = sv_find(place, SV("!/"));
    *ret_layer = at == SIZE_MAX ? place : (struct sv){place.p, at};
    *ret_path = at == SIZE_MAX ? (struct sv){0} : sv_from(place, at + 2);
    return true;
}

bool image_cuts_has(const struct image_cuts_options *o, const struct finding *f)
{
    struct sv layer, path;

    for (size_t i = 0; i < f->place_count; i++)
        if (part_of(o, f->places[i], &layer, &path))
            return true;
    return false;
}

static bool is_below(struct sv path, const char *folder)
{
    return sv_starts(path, sv_str(folder));
}

/* A database of packages that is not a text of dpkg. */
static bool is_other_database(struct sv path)
{
    static const char *const folders[] = {"var/lib/rpm/",    "usr/lib/sysimage/rpm/",
                                          "lib/apk/db/",     "usr/lib/apk/db/",
                                          "var/lib/pacman/", "var/lib/snapd/state.json"};

    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        if (is_below(path, folders[i]))
            return true;
    return false;
}

struct kind {
    const char *path, *field, *edit; /* a path that ends in '/' is a folder */
};

/* Files that belong to others: which edit takes out what field says. */
static const struct kind kinds[] = {
    {DPKG "status", "package", "drop-deb"},
    {DPKG "status-old", "package", "drop-deb"},
    {DPKG "available", "package", "drop-deb"},
    {"etc/passwd", "user", "drop-account"},
    {"etc/group", "group", "drop-account"},
    {"etc/hosts", "host", "drop-host"},
    {"etc/modules", "kernel-module", "drop-module"},
    {"etc/modules-load.d/", "kernel-module", "drop-module"},
    {"etc/modprobe.d/", "kernel-module", "drop-module"},
    {"etc/apt/sources.list", "host", "drop-source"},
    {"etc/apt/sources.list.d/", "host", "drop-source"},
    {"etc/yum.repos.d/", "host", "drop-source"},
    {"etc/zypp/repos.d/", "host", "drop-source"},
    {"etc/apk/repositories", "host", "drop-source"},
    {"etc/crontab", "command", "drop-cron"},
    {"etc/ssl/certs/java/cacerts", "certificate-sha256", "drop-java-cert"},
    {"etc/ssl/certs/", "certificate-sha256", "drop-pem"},
    {"etc/ssl/", "certificate-sha256", "drop-pem"},
    {"etc/pki/", "certificate-sha256", "drop-pem"},
};

static const struct kind *kind_of(struct sv path)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct sv pattern = sv_str(kinds[i].path);

        if (sv_eq(path, pattern) || (sv_ends(pattern, SV("/")) && sv_starts(path, pattern)))
            return &kinds[i];
    }
    return NULL;
}

/* ---- cuts of one place ---- */

/* Edits for what the finding's indicators say of this place. */
static int add_edits(struct finding_cuts *c, const struct finding *f, struct sv place,
                     const struct image_cut *file, const struct kind *kind, struct err *err)
{
    size_t added = 0;

    for (size_t i = 0; i < f->indicator_count; i++) {
        const struct finding_indicator *in = &f->indicators[i];
        struct image_cut cut = *file;

        if (!sv_eq(in->field, sv_str(kind->field)))
            continue;
        if (!sv_eq(in->place, place) && !sv_eq(in->field, SV("package")))
            continue;
        cut.edit = sv_str(kind->edit);
        cut.key = arena_copy(c->arena, in->value);
        TRY(add(c, cut, err));
        added++;
        if (sv_eq(in->field, SV("package")))
            TRY(add_package(c, cut.key, err));
        if (sv_eq(in->field, SV("user"))) {
            static const char *const files[] = {"etc/passwd", "etc/shadow", "etc/subuid",
                                                "etc/subgid"};
            static const char *const groups[] = {"etc/group", "etc/gshadow"};

            for (size_t k = 0; k < ARRAY_LEN(files); k++)
                TRY(add(c, (struct image_cut){{0}, sv_str(files[k]), cut.edit, cut.key, false},
                        err));
            for (size_t k = 0; k < ARRAY_LEN(groups); k++)
                TRY(add(
                    c,
                    (struct image_cut){{0}, sv_str(groups[k]), SV("drop-member"), cut.key, false},
                    err));
        }
    }
    if (!added)
        c->o->stays(c->o->to, place, "it is in a file of others, and what of it is not known");
    return 0;
}

static int add_place(struct finding_cuts *c, const struct finding *f, struct sv place,
                     struct err *err)
{
    struct sv layer, path;
    struct image_cut cut = {0};
    const struct kind *kind;
    auto_buf raw = {0};

    if (!part_of(c->o, place, &layer, &path))
        return 0;
    if (!path.n) {
        c->o->stays(c->o->to, place, "the image says it of itself; make it from another base");
        return 0;
    }
    if (sv_find(path, SV("!/")) != SIZE_MAX)
        return 0; // see add_nested()
    TRY(place_decode(path, &raw, err));
    cut.layer = arena_copy(c->arena, layer);
    cut.path = arena_copy(c->arena, buf_view(&raw));
    kind = kind_of(cut.path);
    if (kind)
        return add_edits(c, f, place, &cut, kind, err);
    if (is_other_database(cut.path))
        c->o->stays(c->o->to, place,
                    "the package is in a database that cannot be edited in a layer; make the image "
                    "again with a step that removes it (rpm -e, apk del, pacman -R)");
    else if (sv_ends(cut.path, SV("/cert9.db")))
        c->o->stays(c->o->to, place,
                    "make the image again with a step that removes it (certutil -D)");
    else if (is_below(cut.path, "var/log/"))
        c->o->stays(c->o->to, place, "it is a log, which is kept");
    else
        return add(c, cut, err);
    return 0;
}

/* What is inside of a file goes with that file, when that is the vendor's. */
static int add_nested(struct finding_cuts *c, struct sv place, struct err *err)
{
    struct sv layer, path, file;
    auto_buf raw = {0};
    size_t at;

    if (!part_of(c->o, place, &layer, &path))
        return 0;
    at = sv_find(path, SV("!/"));
    if (at == SIZE_MAX)
        return 0;
    TRY(place_decode((struct sv){path.p, at}, &raw, err));
    file = buf_view(&raw);
    for (size_t i = 0; i < c->to->count; i++) {
        const struct image_cut *cut = &c->to->at[i];

        if (!cut->edit.n && sv_eq(cut->path, file) && (!cut->layer.n || sv_eq(cut->layer, layer)))
            return 0;
    }
    c->o->stays(c->o->to, place, "it is inside of a file that is not the vendor's as a whole");
    return 0;
}

/* ---- files of packages ---- */

static bool is_packages(const struct finding_cuts *c, struct sv name)
{
    struct sv plain = name;

    plain = sv_cut(&plain, ':');
    for (size_t i = 0; i < c->package_count; i++)
        if (sv_eq(c->packages[i], plain) || sv_eq(c->packages[i], name))
            return true;
    return false;
}

static int see_info(void *to, const struct tar_entry *e, enum tar_verdict *ret, struct err *err)
{
    struct finding_cuts *c = to;
    struct sv file = sv_from(e->path, strlen(INFO)), name = file;
    size_t dot;

    *ret = TAR_KEEP;
    if (!sv_starts(e->path, SV(INFO)) || (e->type != '0' && e->type != 0))
        return 0;
    dot = sv_find_last(file, '.');
    name.n = dot == SIZE_MAX ? file.n : dot;
    if (sv_ends(file, SV(".list")))
        *ret = TAR_REWRITE;
    if (is_packages(c, name))
        return add(c, (struct image_cut){.path = arena_copy(c->arena, e->path)}, err);
    return 0;
}

static int keep_list(void *to, const struct tar_entry *e, struct span before, struct buf *after,
                     struct err *err)
{
    struct finding_cuts *c = to;
    struct sv name = sv_from(e->path, strlen(INFO));
    struct file_list *list = NULL;

    (void)after;
    name.n -= strlen(".list");
    for (size_t i = 0; i < c->list_count; i++)
        if (sv_eq(c->lists[i].name, name))
            list = &c->lists[i];
    if (!list && c->list_count == c->list_room) {
        size_t room = c->list_room ? 2 * c->list_room : 256;
        struct file_list *more = arena_take_array(c->arena, room, sizeof(*more));

        if (!more)
            return arena_error(c->arena, err);
        if (c->list_count)
            memcpy(more, c->lists, c->list_count * sizeof(*more));
        c->lists = more;
        c->list_room = room;
    }
    c->list_bytes += before.n;
    if (c->list_bytes > LISTS_MAX)
        return ERR(err, ERR_LIMIT, "the lists of files of the image's packages are too large");
    if (!list) {
        list = &c->lists[c->list_count++];
        list->name = arena_copy(c->arena, name);
    }
    list->text = arena_copy(c->arena, sv_of(before));
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* Every line of the lists of the other packages, sorted. */
static int others(struct finding_cuts *c, struct sv **ret, size_t *ret_count, struct err *err)
{
    size_t room = 1, count = 0;

    for (size_t i = 0; i < c->list_count; i++)
        for (size_t k = 0; k < c->lists[i].text.n; k++)
            room += c->lists[i].text.p[k] == '\n';
    *ret = arena_take_array(c->arena, room + c->list_count, sizeof(**ret));
    if (!*ret)
        return arena_error(c->arena, err);
    for (size_t i = 0; i < c->list_count; i++) {
        struct sv rest = c->lists[i].text;

        while (rest.n && !is_packages(c, c->lists[i].name))
            (*ret)[count++] = sv_line(&rest);
    }
    qsort(*ret, count, sizeof(**ret), by_text);
    *ret_count = count;
    return 0;
}

static int add_owned(struct finding_cuts *c, struct err *err)
{
    struct sv *other = NULL;
    size_t count = 0;

    TRY(others(c, &other, &count, err));
    for (size_t i = 0; i < c->list_count; i++) {
        struct sv rest = c->lists[i].text;

        while (rest.n && is_packages(c, c->lists[i].name)) {
            struct sv line = sv_line(&rest);

            if (line.n < 2 || line.p[0] != '/' || sv_eq(line, SV("/.")) ||
                (count && bsearch(&line, other, count, sizeof(*other), by_text)))
                continue;
            TRY(add(c, (struct image_cut){.path = sv_from(line, 1), .is_file = true}, err));
        }
    }
    return 0;
}

static int add_packages(struct finding_cuts *c, struct err *err)
{
    struct tar_visitor visitor = {.to = c, .decide = see_info, .rewrite = keep_list};
    auto_image_store *s = NULL;
    struct image_layers layers;

    TRY(image_store_open(c->o->image, &s, err));
    TRY(image_layers_list(s, c->arena, &layers, err));
    for (size_t i = 0; i < layers.count; i++) {
        const struct image_part *part = image_store_find(s, layers.names[i]);
        auto_layer_reader *reader = NULL;
        auto_fd int fd = -1;
        uint64_t offset;

        TRY(image_store_file(s, part, &fd, &offset, err));
        TRY(layer_reader_open(fd, offset, part->size, &reader, err));
        TRY(tar_copy(reader, NULL, &visitor, err));
    }
    return add_owned(c, err);
}

int image_cuts_of(const struct image_cuts_options *o, const struct finding *const *findings,
                  size_t count, struct arena *arena, struct image_cuts *ret, struct err *err)
{
    struct finding_cuts *c = arena_take(arena, sizeof(*c));

    if (!c)
        return arena_error(arena, err);
    *ret = (struct image_cuts){0};
    c->o = o;
    c->arena = arena;
    c->to = ret;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < findings[i]->place_count; k++)
            TRY(add_place(c, findings[i], findings[i]->places[k], err));
    if (c->package_count)
        TRY(add_packages(c, err));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < findings[i]->place_count; k++)
            TRY(add_nested(c, findings[i]->places[k], err));
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}
