// SPDX-License-Identifier: Apache-2.0
#include "remedy/image_strip.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "remedy/image_layers.h"
#include "remedy/json_text.h"
#include "remedy/tar_copy.h"
#include "trust/digest.h"

enum {
    ARENA_MAX = 512 << 20,
    HEX = 64,
};

/* A part that is written anew. */
struct change {
    struct sv was, name; /* of the part */
    struct sv bytes;     /* of a document */
    int fd;              /* of a layer; -1 */
    char digest[HEX + 1];
    uint64_t size;
    struct sv plain_was, plain; /* of a layer: digests of it unpacked */
};

struct strip {
    const struct image_strip_options *o;
    struct image_strip_counts counts;
    struct arena arena;
    struct image_store *from;
    struct image_maker *to;
    struct image_cut *cuts; /* sorted by path */
    struct change *changes;
    size_t change_count, change_room;
};

/* ---- what is written anew ---- */

static struct change *changed(struct strip *s, struct sv was)
{
    for (size_t i = 0; i < s->change_count; i++)
        if (sv_eq(s->changes[i].was, was))
            return &s->changes[i];
    return NULL;
}

static bool is_hex(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return s.n == HEX;
}

/* A name that has the digest in it gets the new one; others ("<id>/layer.tar") stay. */
static struct sv name_with(struct strip *s, struct sv was, const char *digest)
{
    size_t slash = sv_find_last(was, '/');
    struct sv last = slash == SIZE_MAX ? was : sv_from(was, slash + 1), stem = last;

    stem = sv_cut(&stem, '.');
    if (!is_hex(stem))
        return was;
    return arena_printf(&s->arena, "%.*s%s%.*s", (int)(was.n - last.n), was.p, digest,
                        (int)(last.n - HEX), last.p + HEX);
}

static int add_change(struct strip *s, struct change c, struct err *err)
{
    if (s->change_count == s->change_room) {
        size_t room = s->change_room ? 2 * s->change_room : 32;
        struct change *more = arena_take_array(&s->arena, room, sizeof(*more));

        if (!more)
            return arena_error(&s->arena, err);
        if (s->change_count)
            memcpy(more, s->changes, s->change_count * sizeof(*more));
        s->changes = more;
        s->change_room = room;
    }
    c.name = name_with(s, c.was, c.digest);
    s->changes[s->change_count++] = c;
    return 0;
}

static int add_document(struct strip *s, struct sv was, const struct buf *text, struct err *err)
{
    struct change c = {.was = was, .fd = -1, .bytes = arena_copy(&s->arena, buf_view(text))};
    uint8_t digest[DIGEST_SHA256_SIZE];

    digest_sha256((struct span){(const uint8_t *)text->p, text->n}, digest);
    digest_hex((struct span){digest, sizeof(digest)}, c.digest);
    c.size = text->n;
    return add_change(s, c, err);
}

/* ---- layers ---- */

struct layer {
    struct strip *s;
    struct sv name;
    bool look; /* only see whether there is anything to do */
    size_t files, edits;
};

static int by_path(const void *a, const void *b)
{
    const struct image_cut *x = a, *y = b;

    return sv_cmp(x->path, y->path);
}

/* The cut of that path for this layer, and the next of that path; NULL for none. */
static const struct image_cut *cut_at(const struct layer *l, struct sv path,
                                      const struct image_cut *after)
{
    const struct strip *s = l->s;
    const struct image_cut *end = s->cuts + s->o->cut_count;

    if (!after) {
        struct image_cut key = {.path = path};

        after = bsearch(&key, s->cuts, s->o->cut_count, sizeof(*s->cuts), by_path);
        if (!after)
            return NULL;
        while (after > s->cuts && sv_eq(after[-1].path, path))
            after--;
    } else {
        after++;
    }
    for (; after < end && sv_eq(after->path, path); after++)
        if (!after->layer.n || sv_eq(after->layer, l->name))
            return after;
    return NULL;
}

static bool goes(const struct layer *l, struct sv path, char type)
{
    for (size_t i = 1; i <= path.n; i++) {
        struct sv part = {path.p, i};

        if (i < path.n && path.p[i] != '/')
            continue;
        for (const struct image_cut *c = cut_at(l, part, NULL); c; c = cut_at(l, part, c))
            if (!c->edit.n && (!c->is_file || (i == path.n && type != '5')))
                return true;
    }
    return false;
}

static int decide(void *to, const struct tar_entry *e, enum tar_verdict *ret, struct err *err)
{
    struct layer *l = to;

    *ret = TAR_KEEP;
    if (goes(l, e->path, e->type)) {
        *ret = TAR_DROP;
        l->files++;
        return 0;
    }
    if (e->type == '1' && goes(l, e->link, '0'))
        return ERR(err, ERR_CONFLICT,
                   "%.*s stays and is a hard link to %.*s, which goes; name the finding that has "
                   "both, or make the image again without it",
                   (int)e->path.n, e->path.p, (int)e->link.n, e->link.p);
    if ((e->type == '0' || e->type == 0) && cut_at(l, e->path, NULL)) {
        l->edits++;
        if (!l->look)
            *ret = TAR_REWRITE;
    }
    return 0;
}

static int rewrite(void *to, const struct tar_entry *e, struct span before, struct buf *after,
                   struct err *err)
{
    struct layer *l = to;
    auto_buf text = {0};

    buf_bytes(&text, before.p, before.n);
    for (const struct image_cut *c = cut_at(l, e->path, NULL); c; c = cut_at(l, e->path, c)) {
        auto_buf next = {0};
        struct span now = {(const uint8_t *)text.p, text.n};
        int result = edit_apply(c->edit, now, c->key, &next, err);

        if (result < 0)
            return err_wrap(err, result, "%.*s", (int)e->path.n, e->path.p);
        if (result == EDIT_NOTHING)
            continue;
        buf_reset(&text);
        buf_sv(&text, buf_view(&next));
    }
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory");
    buf_sv(after, buf_view(&text));
    return 0;
}

/* Through the layer; `to` NULL: only look. */
static int pass_layer(struct layer *l, const struct image_part *part, struct layer_writer *to,
                      enum layer_packing *ret_packing, struct err *err)
{
    struct tar_visitor visitor = {.to = l, .decide = decide, .rewrite = rewrite};
    auto_layer_reader *reader = NULL;
    auto_fd int fd = -1;
    uint64_t offset;
    int result;

    TRY(image_store_file(l->s->from, part, &fd, &offset, err));
    TRY(layer_reader_open(fd, offset, part->size, &reader, err));
    *ret_packing = layer_reader_packing(reader);
    result = tar_copy(reader, to, &visitor, err);
    return result < 0 ? err_wrap(err, result, "layer %.*s", (int)l->name.n, l->name.p) : 0;
}

/* The digest of the layer as it was, unpacked: what the configuration calls it. */
static int plain_digest(struct strip *s, const struct image_part *part, struct sv *ret,
                        struct err *err)
{
    auto_layer_reader *reader = NULL;
    auto_layer_writer *none = NULL;
    struct layer_digests digests;
    auto_fd int fd = -1;
    uint64_t offset;
    char piece[64 << 10];
    size_t n = 0;

    TRY(image_store_file(s->from, part, &fd, &offset, err));
    TRY(layer_reader_open(fd, offset, part->size, &reader, err));
    TRY(layer_writer_open(-1, LAYER_PLAIN, &none, err));
    do {
        TRY(layer_read(reader, piece, sizeof(piece), &n, err));
        TRY(layer_write(none, piece, n, err));
    } while (n);
    TRY(layer_writer_finish(none, &digests, err));
    *ret = arena_copy(&s->arena, sv_str(digests.plain));
    return 0;
}

static int strip_layer(struct strip *s, struct sv name, struct err *err)
{
    const struct image_part *part = image_store_find(s->from, name);
    struct layer look = {.s = s, .name = name, .look = true}, work = {.s = s, .name = name};
    struct change c = {.was = name, .fd = -1};
    auto_layer_writer *writer = NULL;
    enum layer_packing packing;
    struct layer_digests now;
    int result;

    TRY(pass_layer(&look, part, NULL, &packing, err));
    if (look.files + look.edits == 0)
        return 0;
    TRY(plain_digest(s, part, &c.plain_was, err));
    TRY(image_maker_scratch(s->to, &c.fd, err));
    result = layer_writer_open(c.fd, packing, &writer, err);
    if (result == 0)
        result = pass_layer(&work, part, writer, &packing, err);
    if (result == 0)
        result = layer_writer_finish(writer, &now, err);
    if (result == 0) {
        memcpy(c.digest, now.packed, sizeof(c.digest));
        c.size = now.size;
        c.plain = arena_copy(&s->arena, sv_str(now.plain));
        s->counts.layers++;
        s->counts.files += work.files;
        s->counts.edits += work.edits;
        result = add_change(s, c, err);
    }
    if (result < 0)
        (void)close(c.fd);
    return result;
}

/* ---- documents ---- */

static int begin_document(struct strip *s, struct sv name, struct edit_run *run,
                          struct json_text *ret, struct err *err)
{
    const struct image_part *part = image_store_find(s->from, name);
    struct sv text;
    int result;

    if (!part)
        return ERR(err, ERR_GONE, "the image has no %.*s", (int)name.n, name.p);
    TRY(image_store_text(s->from, part, &s->arena, &text, err));
    *run = (struct edit_run){
        .text = text, .before = {(const uint8_t *)text.p, text.n}, .arena = &s->arena};
    result = json_text_parse(run, ret, err);
    return result < 0 ? err_wrap(err, result, "%.*s", (int)name.n, name.p) : 0;
}

static int end_document(struct strip *s, struct sv name, struct edit_run *run, struct err *err)
{
    auto_buf after = {0};
    int result = edit_write(run, &after, err);

    return result == 0 ? add_document(s, name, &after, err) : result < 0 ? result : 0;
}

static struct json_node *member(struct json_text *t, const struct json_node *of, const char *name)
{
    uint32_t parent = (uint32_t)(of - t->nodes);
    const char *end = of->value.p + of->value.n;

    for (size_t i = parent + 1; i < t->count && t->nodes[i].value.p < end; i++)
        if (t->nodes[i].parent == parent && sv_eq(t->nodes[i].name, sv_str(name)))
            return &t->nodes[i];
    return NULL;
}

static void replace_text(struct strip *s, struct edit_run *run, const struct json_node *n,
                         struct sv text)
{
    edit_replace(run, n->value, arena_printf(&s->arena, "\"%.*s\"", (int)text.n, text.p));
}

/* One more step in the history, in the form that the others have. */
static void add_history(struct strip *s, struct edit_run *run, struct json_text *t)
{
    struct json_node *history = member(t, t->nodes, "history");
    char now[CLOCK_TEXT];
    auto_buf step = {0};
    struct json_writer w = json_writer_to(&step, false);
    bool any = false;

    if (!history || history->kind != '[')
        return;
    for (size_t i = 0; i < t->count; i++)
        any = any || (i && json_parent(t, &t->nodes[i]) == history);
    buf_str(&step, any ? "," : "");
    json_object(&w);
    json_member(&w, "created", sv_str(clock_text(clock_now_ns(), now)));
    json_member(&w, "created_by", SV("debar image strip"));
    json_member(&w, "comment", sv_str(s->o->note));
    json_key(&w, "empty_layer");
    json_bool(&w, true);
    json_end(&w);
    edit_put(run, (size_t)(history->value.p + history->value.n - 1 - run->text.p),
             arena_copy(&s->arena, buf_view(&step)));
}

static int strip_config(struct strip *s, struct sv name, struct err *err)
{
    struct json_text t;
    struct edit_run run;
    size_t hits = 0;

    if (changed(s, name))
        return 0;
    TRY(begin_document(s, name, &run, &t, err));
    for (size_t i = 1; i < t.count; i++) {
        struct sv text = json_string_of(&run, &t.nodes[i]);

        if (!json_is_in(&t, &t.nodes[i], "diff_ids") || !sv_starts(text, SV("sha256:")))
            continue;
        for (size_t k = 0; k < s->change_count; k++) {
            const struct change *c = &s->changes[k];

            if (!c->plain.n || !sv_eq(sv_from(text, 7), c->plain_was))
                continue;
            replace_text(s, &run, &t.nodes[i],
                         arena_printf(&s->arena, "sha256:%.*s", HEX, c->plain.p));
            hits++;
            break;
        }
    }
    if (hits)
        add_history(s, &run, &t);
    return end_document(s, name, &run, err);
}

/* What speaks of the bytes of a layer as they were packed: indexes of eStargz and zstd:chunked. */
static bool is_about_bytes(struct sv name)
{
    return sv_find(name, SV("stargz")) != SIZE_MAX || sv_find(name, SV("zstd-chunked")) != SIZE_MAX;
}

/* {"digest", "size"} of a part that changed. */
static bool strip_descriptor(struct strip *s, struct edit_run *run, struct json_text *t,
                             const struct json_node *n)
{
    struct json_node *digest = member(t, n, "digest"), *size = member(t, n, "size"), *notes;
    const struct change *c;

    if (!digest)
        return false;
    c = changed(s, image_blob_name(json_string_of(run, digest), &s->arena));
    if (!c)
        return false;
    replace_text(s, run, digest, arena_printf(&s->arena, "sha256:%s", c->digest));
    if (size)
        edit_replace(run, size->value,
                     arena_printf(&s->arena, "%llu", (unsigned long long)c->size));
    notes = member(t, n, "annotations");
    for (size_t i = 0; notes && i < t->count; i++)
        if (i && json_parent(t, &t->nodes[i]) == notes && is_about_bytes(t->nodes[i].name))
            t->nodes[i].gone = true;
    return true;
}

static int strip_manifest(struct strip *s, struct sv name, struct edit_run *run,
                          struct json_text *t, struct err *err)
{
    struct json_node *config = member(t, t->nodes, "config");
    struct json_node *digest = config ? member(t, config, "digest") : NULL;
    struct json_node *layers = member(t, t->nodes, "layers");
    size_t hits = 0;

    for (size_t i = 1; i < t->count; i++)
        if (json_parent(t, &t->nodes[i]) == layers)
            hits += strip_descriptor(s, run, t, &t->nodes[i]);
    if (hits == 0)
        return 0;
    if (digest)
        TRY(strip_config(s, image_blob_name(json_string_of(run, digest), &s->arena), err));
    if (config)
        (void)strip_descriptor(s, run, t, config);
    s->counts.images++;
    json_text_cut(run, t);
    return end_document(s, name, run, err);
}

static int strip_document(struct strip *s, struct sv name, unsigned depth, struct err *err)
{
    struct json_text t;
    struct edit_run run;

    if (changed(s, name) || !image_store_find(s->from, name))
        return 0;
    if (depth == IMAGE_NESTED_MAX)
        return ERR(err, ERR_LIMIT_DEPTH, "the indexes of the image are nested too deep");
    TRY(begin_document(s, name, &run, &t, err));
    if (member(&t, t.nodes, "layers"))
        return strip_manifest(s, name, &run, &t, err);
    for (size_t i = 1; i < t.count; i++) {
        struct json_node *digest;
        struct sv below;

        if (t.nodes[i].kind != '{' || !json_is_in(&t, &t.nodes[i], "manifests"))
            continue;
        digest = member(&t, &t.nodes[i], "digest");
        below = digest ? image_blob_name(json_string_of(&run, digest), &s->arena) : (struct sv){0};
        if (below.n)
            TRY(strip_document(s, below, depth + 1, err));
        (void)strip_descriptor(s, &run, &t, &t.nodes[i]);
    }
    return end_document(s, name, &run, err);
}

/* The manifest.json of `docker save`: names of parts. */
static int strip_saved(struct strip *s, struct err *err)
{
    bool alone = !image_store_find(s->from, SV("index.json"));
    struct json_text t;
    struct edit_run run;

    TRY(begin_document(s, SV("manifest.json"), &run, &t, err));
    for (size_t i = 1; i < t.count; i++) {
        struct json_node *n = &t.nodes[i];
        struct sv text = json_string_of(&run, n);
        const struct change *c;

        if (sv_eq(n->name, SV("Config")) && n->kind == '"') {
            size_t before = s->change_count;

            TRY(strip_config(s, arena_copy(&s->arena, text), err));
            s->counts.images += alone && s->change_count > before;
        } else if (!json_is_in(&t, n, "Layers")) {
            continue;
        }
        c = changed(s, text);
        if (c && !sv_eq(c->name, text))
            replace_text(s, &run, n, c->name);
    }
    return end_document(s, SV("manifest.json"), &run, err);
}

/* ---- the new image ---- */

static bool is_made(const struct strip *s, struct sv name, size_t before)
{
    for (size_t i = 0; i < before; i++)
        if (sv_eq(s->changes[i].name, name))
            return true;
    return false;
}

/* A link to a part that has another name now. */
static struct sv new_link(struct strip *s, struct sv link)
{
    for (size_t i = 0; i < s->change_count; i++) {
        const struct change *c = &s->changes[i];

        if (sv_ends(link, c->was) && !sv_eq(c->was, c->name))
            return arena_printf(&s->arena, "%.*s%.*s", (int)(link.n - c->was.n), link.p,
                                (int)c->name.n, c->name.p);
    }
    return link;
}

static int write_image(struct strip *s, struct err *err)
{
    size_t count;
    const struct image_part *parts = image_store_parts(s->from, &count);

    for (size_t i = 0; i < s->change_count; i++) {
        const struct change *c = &s->changes[i];

        if (is_made(s, c->name, i))
            continue;
        if (c->fd >= 0)
            TRY(image_maker_put_file(s->to, c->name, c->fd, 0, c->size, err));
        else
            TRY(image_maker_put(s->to, c->name, c->bytes, err));
    }
    for (size_t i = 0; i < count; i++) {
        const struct image_part *p = &parts[i];
        auto_fd int fd = -1;
        uint64_t offset;

        if (changed(s, p->name) || is_made(s, p->name, s->change_count))
            continue;
        if (p->link.n) {
            TRY(image_maker_put_link(s->to, p->name, new_link(s, p->link), err));
            continue;
        }
        TRY(image_store_file(s->from, p, &fd, &offset, err));
        TRY(image_maker_put_file(s->to, p->name, fd, offset, p->size, err));
    }
    return image_maker_finish(s->to, err);
}

static int strip(struct strip *s, struct err *err)
{
    const struct image_strip_options *o = s->o;
    struct image_layers layers;

    s->cuts = arena_take_array(&s->arena, o->cut_count + 1, sizeof(*s->cuts));
    if (!s->cuts)
        return arena_error(&s->arena, err);
    if (o->cut_count)
        memcpy(s->cuts, o->cuts, o->cut_count * sizeof(*s->cuts));
    qsort(s->cuts, o->cut_count, sizeof(*s->cuts), by_path);
    TRY(image_store_open(o->from, &s->from, err));
    TRY(image_layers_list(s->from, &s->arena, &layers, err));
    TRY(image_maker_open(o->to, image_store_is_folder(s->from), &s->to, err));
    for (size_t i = 0; i < layers.count; i++)
        TRY(strip_layer(s, layers.names[i], err));
    if (s->change_count == 0)
        return IMAGE_UNCHANGED;
    TRY(strip_document(s, SV("index.json"), 0, err));
    if (image_store_find(s->from, SV("manifest.json")))
        TRY(strip_saved(s, err));
    if (arena_failed(&s->arena))
        return arena_error(&s->arena, err);
    return write_image(s, err);
}

int image_strip(const struct image_strip_options *o, struct image_strip_counts *ret,
                struct err *err)
{
    struct strip s = {.o = o};
    int result;

    arena_init(&s.arena, ARENA_MAX);
    result = strip(&s, err);
    if (result == 0)
        *ret = s.counts;
    for (size_t i = 0; i < s.change_count; i++)
        if (s.changes[i].fd >= 0)
            (void)close(s.changes[i].fd);
    image_maker_auto(&s.to);
    image_store_auto(&s.from);
    arena_clear(&s.arena);
    return result;
}
