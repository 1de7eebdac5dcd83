// SPDX-License-Identifier: Apache-2.0
/*
 * Catalogues are read first, because orders name vendors and products; then orders, because
 * exceptions name orders.
 */
#include "order/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "datadir.h"
#include "order/reading.h"
#include "order/yaml_compiled.h"
#include "os/compiled_file.h"
#include "os/own_files.h"
#include "trust/digest.h"

enum {
    RULES_MEMORY_MAX = 512 << 20,
};

struct sv reading_base_name(const struct reading *r)
{
    struct sv name = r->check.file;
    size_t slash = sv_find_last(name, '/');

    if (slash != SIZE_MAX)
        name = sv_from(name, slash + 1);
    if (sv_ends(name, SV(".yaml")))
        name.n -= 5;
    return name;
}

void reading_check_name(struct reading *r, const struct yaml *node, struct sv id)
{
    struct sv base = reading_base_name(r);

    if (id.n && !sv_eq(id, base))
        check_problem(&r->check, node->line, "'%.*s' is '%.*s', but the file is called '%.*s.yaml'",
                      (int)node->key.n, node->key.p, (int)id.n, id.p, (int)base.n, base.p);
}

/* ---- files ---- */

struct paths {
    struct sv *list;
    size_t count;
};

/* One after the other: what is given, folders replaced by the files in them. */
static int expand(struct arena *arena, const char *const *given, size_t count, struct paths *ret,
                  struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct sv one = arena_copy(arena, sv_str(given[i])), *more = &one, *all;
        size_t more_count = 1;

        if (own_folder_exists(given[i]))
            TRY(own_folder_list(given[i], ".yaml", arena, &more, &more_count, err));
        all = arena_take_array(arena, ret->count + more_count + 1, sizeof(*all));
        if (!all)
            return arena_error(arena, err);
        if (ret->count)
            memcpy(all, ret->list, ret->count * sizeof(*all));
        if (more_count)
            memcpy(all + ret->count, more, more_count * sizeof(*all));
        ret->list = all;
        ret->count += more_count;
    }
    return 0;
}

static int paths_of(struct reading *r, const char *data, const char *folder,
                    const char *const *given, size_t given_count, struct paths *ret,
                    struct err *err)
{
    struct arena *arena = &r->rules->arena;
    struct sv path;

    if (given)
        return expand(arena, given, given_count, ret, err);
    path = arena_printf(arena, "%s/%s", data, folder);
    if (!path.p)
        return arena_error(arena, err);
    return expand(arena, (const char *const[]){path.p}, 1, ret, err);
}

/* The first problem of the whole run is the one that `err` keeps. */
struct totals {
    size_t count;
    struct err *err;
};

static void begin_file(struct reading *r, const struct totals *totals, struct sv path)
{
    r->check = (struct check){
        .arena = &r->rules->arena,
        .file = path,
        .problems = r->options->problems,
        .err = totals->count ? NULL : totals->err,
    };
}

/* The tree of a text whose digest is `key`. What it says lives as long as the rules. */
static int parse_text(struct reading *r, struct sv text, const uint8_t key[COMPILED_KEY],
                      const struct yaml **ret_root, unsigned *ret_line, struct err *err)
{
    struct compiled_file *compiled = r->options->compiled;
    auto_buf bytes = {0};
    struct yaml *root;
    struct span kept;

    arena_clear(&r->nodes);
    if (compiled && compiled_file_get(compiled, key, &kept) &&
        (*ret_root = yaml_compiled(kept, &r->nodes)))
        return 0;
    TRY(yaml_parse(text, r->check.arena, &root, ret_line, err));
    *ret_root = root;
    if (!compiled)
        return 0;
    yaml_compile(root, &bytes);
    if (buf_ok(&bytes))
        compiled_file_put(compiled, key, (struct span){(const uint8_t *)bytes.p, bytes.n});
    return 0;
}

static void add_digest(struct rules *rules, const uint8_t more[COMPILED_KEY])
{
    uint8_t both[sizeof(rules->digest) + COMPILED_KEY];

    memcpy(both, rules->digest, sizeof(rules->digest));
    memcpy(both + sizeof(rules->digest), more, COMPILED_KEY);
    digest_sha256((struct span){both, sizeof(both)}, rules->digest);
}

/*
 * NULL when the file has no tree: that is a problem like any other. The tree is gone when the next
 * file is read.
 */
static const struct yaml *parse_file(struct reading *r, uint8_t ret_digest[COMPILED_KEY])
{
    const struct yaml *root = NULL;
    unsigned line = 1;
    struct err err;
    int result;

    buf_reset(&r->text);
    result = own_file_read(r->check.file.p, &r->text, &err);
    if (result == 0) {
        digest_sha256((struct span){(const uint8_t *)r->text.p, r->text.n}, ret_digest);
        add_digest(r->rules, ret_digest);
        result = parse_text(r, buf_view(&r->text), ret_digest, &root, &line, &err);
    }
    if (result < 0)
        check_problem(&r->check, line, "%s", err.text);
    return result < 0 ? NULL : root;
}

static int load_catalogues(struct reading *r, const struct paths *paths, struct totals *totals)
{
    struct rules *rules = r->rules;

    rules->catalogues =
        arena_take_array(&rules->arena, paths->count + 1, sizeof(*rules->catalogues));
    if (!rules->catalogues)
        return arena_error(&rules->arena, totals->err);
    for (size_t i = 0; i < paths->count; i++) {
        struct catalogue *c = &rules->catalogues[rules->catalogue_count];
        const struct yaml *root;

        begin_file(r, totals, paths->list[i]);
        c->file = paths->list[i];
        root = parse_file(r, c->digest);
        if (root)
            catalogue_read(r, root, c);
        if (c->vendor.n && rules_catalogue(rules, c->vendor))
            check_problem(&r->check, 1, "vendor '%.*s' already has the file %.*s", (int)c->vendor.n,
                          c->vendor.p, (int)rules_catalogue(rules, c->vendor)->file.n,
                          rules_catalogue(rules, c->vendor)->file.p);
        totals->count += r->check.count;
        rules->catalogue_count++;
    }
    return 0;
}

static int load_orders(struct reading *r, const struct paths *paths, struct totals *totals)
{
    struct rules *rules = r->rules;

    rules->orders = arena_take_array(&rules->arena, paths->count + 1, sizeof(*rules->orders));
    if (!rules->orders)
        return arena_error(&rules->arena, totals->err);
    for (size_t i = 0; i < paths->count; i++) {
        struct order *o = &rules->orders[rules->order_count];
        uint8_t digest[COMPILED_KEY];
        const struct yaml *root;

        begin_file(r, totals, paths->list[i]);
        *o = (struct order){.file = paths->list[i], .issued = NO_DAY, .effective = NO_DAY};
        root = parse_file(r, digest);
        if (root)
            order_read(r, root, o);
        if (o->id.n && rules_order(rules, o->id))
            check_problem(&r->check, 1, "order '%.*s' is already in %.*s", (int)o->id.n, o->id.p,
                          (int)rules_order(rules, o->id)->file.n,
                          rules_order(rules, o->id)->file.p);
        totals->count += r->check.count;
        rules->order_count++;
    }
    return 0;
}

static void check_exception_id(struct reading *r, const struct exception *e)
{
    for (size_t i = 0; e->id.n && i < r->rules->exception_count; i++)
        if (sv_eq(r->rules->exceptions[i].id, e->id)) {
            check_problem(&r->check, e->line, "exception '%.*s' is already in %.*s", (int)e->id.n,
                          e->id.p, (int)r->rules->exceptions[i].file.n,
                          r->rules->exceptions[i].file.p);
            return;
        }
}

static int load_exceptions(struct reading *r, const struct paths *paths, struct totals *totals)
{
    struct rules *rules = r->rules;

    rules->exceptions =
        arena_take_array(&rules->arena, paths->count + 1, sizeof(*rules->exceptions));
    if (!rules->exceptions)
        return arena_error(&rules->arena, totals->err);
    for (size_t i = 0; i < paths->count; i++) {
        struct exception *e = &rules->exceptions[rules->exception_count];
        uint8_t digest[COMPILED_KEY];
        const struct yaml *root;

        begin_file(r, totals, paths->list[i]);
        *e = (struct exception){.file = paths->list[i], .from = NO_DAY, .until = NO_DAY};
        root = parse_file(r, digest);
        if (root)
            exception_read(r, root, e);
        check_exception_id(r, e);
        totals->count += r->check.count;
        rules->exception_count++;
    }
    return 0;
}

/* ---- ids that have to be unique over all catalogues ---- */

static int by_id(const void *a, const void *b)
{
    const struct indicator *x = *(const struct indicator *const *)a;
    const struct indicator *y = *(const struct indicator *const *)b;
    int order = sv_cmp(x->id, y->id);

    // The one that was read first stays first.
    return order                          ? order
           : x->catalogue != y->catalogue ? (x->catalogue > y->catalogue ? 1 : -1)
                                          : (x > y) - (x < y);
}

static int check_indicator_ids(struct reading *r, struct totals *totals)
{
    struct rules *rules = r->rules;
    const struct indicator **all;
    size_t count = 0;

    for (size_t i = 0; i < rules->catalogue_count; i++)
        count += rules->catalogues[i].indicator_count;
    all = arena_take_array(&rules->arena, count + 1, sizeof(*all));
    if (!all)
        return arena_error(&rules->arena, totals->err);
    count = 0;
    for (size_t i = 0; i < rules->catalogue_count; i++)
        for (size_t j = 0; j < rules->catalogues[i].indicator_count; j++)
            all[count++] = &rules->catalogues[i].indicators[j];
    qsort(all, count, sizeof(struct indicator *), by_id);
    for (size_t i = 1; i < count; i++) {
        if (!all[i]->id.n || !sv_eq(all[i]->id, all[i - 1]->id))
            continue;
        begin_file(r, totals, all[i]->catalogue->file);
        check_problem(&r->check, all[i]->line, "indicator id '%.*s' is already used in %.*s:%u",
                      (int)all[i]->id.n, all[i]->id.p, (int)all[i - 1]->catalogue->file.n,
                      all[i - 1]->catalogue->file.p, all[i - 1]->line);
        totals->count += r->check.count;
    }
    return 0;
}

/* ---- all of it ---- */

static int load(struct reading *r, const char *data, struct totals *totals)
{
    const struct rules_options *o = r->options;
    struct paths catalogues = {0}, orders = {0}, exceptions = {0};

    TRY(paths_of(r, data, "catalogue", o->catalogue_files, o->catalogue_file_count, &catalogues,
                 totals->err));
    TRY(paths_of(r, data, "orders", o->order_files, o->order_file_count, &orders, totals->err));
    TRY(expand(&r->rules->arena, o->exception_files, o->exception_file_count, &exceptions,
               totals->err));
    TRY(load_catalogues(r, &catalogues, totals));
    TRY(check_indicator_ids(r, totals));
    TRY(load_orders(r, &orders, totals));
    TRY(load_exceptions(r, &exceptions, totals));
    if (arena_failed(&r->rules->arena))
        return arena_error(&r->rules->arena, totals->err);
    return totals->count ? -ERR_FORMAT : 0;
}

int rules_load(const struct rules_options *options, struct rules **ret_rules, struct err *err)
{
    auto_rules *rules = calloc(1, sizeof(*rules));
    auto_buf data = BUF_INIT(0);
    struct reading r = {
        .rules = rules,
        .options = options,
        .today = clock_now_ns() / NS_PER_S / 86400,
        .text = BUF_INIT(YAML_SIZE_MAX),
    };
    struct totals totals = {.err = err};
    int result;

    if (!rules)
        return ERR(err, ERR_NOMEM, "out of memory");
    arena_init(&rules->arena, RULES_MEMORY_MAX);
    if (options->data)
        buf_str(&data, options->data);
    else
        TRY(rules_find_data(&data, err));
    arena_init(&r.nodes, RULES_MEMORY_MAX);
    result = load(&r, data.p ? data.p : "", &totals);
    buf_clear(&r.text);
    arena_clear(&r.nodes);
    TRY(result);
    *ret_rules = STEAL(rules);
    return 0;
}

void rules_free(struct rules *r)
{
    if (!r)
        return;
    arena_clear(&r->arena);
    free(r);
}

void rules_auto_free(struct rules **r)
{
    rules_free(*r);
}

const struct catalogue *rules_catalogue(const struct rules *r, struct sv vendor)
{
    for (size_t i = 0; i < r->catalogue_count; i++)
        if (sv_eq(r->catalogues[i].vendor, vendor))
            return &r->catalogues[i];
    return NULL;
}

const struct order *rules_order(const struct rules *r, struct sv id)
{
    for (size_t i = 0; i < r->order_count; i++)
        if (sv_eq(r->orders[i].id, id))
            return &r->orders[i];
    return NULL;
}

/* ---- where the data is ---- */

static bool has_data(const char *folder)
{
    auto_buf orders = BUF_INIT(0), catalogue = BUF_INIT(0);

    buf_printf(&orders, "%s/orders", folder);
    buf_printf(&catalogue, "%s/catalogue", folder);
    return buf_ok(&orders) && buf_ok(&catalogue) && own_folder_exists(orders.p) &&
           own_folder_exists(catalogue.p);
}

int rules_find_data(struct buf *to, struct err *err)
{
    const char *named = getenv("DEBAR_DATA");
    auto_buf tree = BUF_INIT(0);

    if (named && *named) {
        if (!has_data(named))
            return ERR(err, ERR_USAGE,
                       "DEBAR_DATA is '%s', which holds no folders orders and catalogue", named);
        buf_str(to, named);
        return 0;
    }
    // build/debar in a checkout: the tree it was built from goes first, for whoever works on it.
    if (own_program_folder(&tree, NULL) == 0) {
        buf_str(&tree, "/..");
        if (buf_ok(&tree) && has_data(tree.p))
            return own_path_resolve(tree.p, to, err);
    }
    if (!has_data(DEBAR_DATADIR))
        return ERR(err, ERR_USAGE,
                   "no orders and catalogue in %s; install them there, or name their folder in "
                   "DEBAR_DATA",
                   DEBAR_DATADIR);
    buf_str(to, DEBAR_DATADIR);
    return 0;
}
