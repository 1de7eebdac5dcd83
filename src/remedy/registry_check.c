// SPDX-License-Identifier: Apache-2.0
/*
 * Both hives are walked side by side. libhivex changes cells where they lie, so that a key that
 * stays has to stand at the same place with the same attributes: flags, time, security, class.
 */
#include <string.h>

#include "identify/hive.h"
#include "remedy/registry_edit.h"

enum {
    BINS = 4096,
    KEY_SIZE = 76,
    ARENA_MORE = 64 << 20,
};

struct side {
    struct source_memory memory;
    struct hive *h;
    struct span bytes;
};

struct level {
    struct hive_keys before, after;
};

struct compare {
    struct side before, after;
    struct arena *arena;
    const struct registry_target *target;
    uint32_t gone_key; /* 0: none */
    uint32_t value_of; /* the key of the value that is changed; 0: none */
    struct sv value;
    struct level levels[REGISTRY_DEPTH_MAX];
    size_t depth;
};

static int differs(const char *what, struct sv name, struct err *err)
{
    return ERR(err, ERR_FORMAT,
               "the written hive is not what it should be: %s '%.*s'; nothing is changed", what,
               (int)(name.n < 100 ? name.n : 100), name.p ? name.p : "");
}

/* ---- what is to go ---- */

static struct registry_hive what_it_is(struct hive *h, const struct hive_key *root)
{
    struct registry_hive hive = {.current = 1};
    struct hive_key key;

    hive.is_users = hive_find(h, root, SV("Software"), &key);
    if (!hive_find(h, root, SV("Select"), &key) ||
        !hive_get_number(h, &key, "Current", &hive.current) || hive.current == 0 ||
        hive.current > 999)
        hive.current = 1;
    return hive;
}

static int find_target(struct compare *c, const struct hive_key *root, struct err *err)
{
    struct registry_hive hive = what_it_is(c->before.h, root);
    char path[REGISTRY_PATH_MAX];
    struct sv whole, name, parent;
    struct hive_key key;

    TRY(registry_path_in(&hive, c->target->path, path, err));
    whole = arena_copy(c->arena, sv_str(path));
    name = sv_from(whole, registry_last_name(whole));
    parent = (struct sv){whole.p, name.p && name.p > whole.p ? (size_t)(name.p - whole.p) - 1 : 0};
    if (!c->target->is_text && hive_find(c->before.h, root, whole, &key)) {
        c->gone_key = key.at;
        return 0;
    }
    if (!hive_find(c->before.h, root, parent, &key))
        return differs("debar's reader does not find", whole, err);
    c->value_of = key.at;
    c->value = name;
    return 0;
}

/* ---- values ---- */

static bool same_data(struct compare *c, const struct hive_value *a, const struct hive_value *b,
                      bool changed)
{
    struct span x = hive_data(c->before.h, a), y = hive_data(c->after.h, b);
    auto_buf want = {0};

    if (a->type != b->type || (!changed && a->size != b->size))
        return false;
    if (!changed)
        return x.n == y.n && (x.n == 0 || memcmp(x.p, y.p, x.n) == 0);
    registry_list_without(x, c->target->text, &want);
    return want.n == y.n && y.n < x.n && (y.n == 0 || memcmp(want.p, y.p, y.n) == 0);
}

static int compare_values(struct compare *c, const struct hive_key *before,
                          const struct hive_key *after, struct err *err)
{
    struct hive_values xs = hive_values(before), ys = hive_values(after);
    bool here = before->at == c->value_of, met = !here;
    struct hive_value x, y;

    while (hive_next_value(c->before.h, &xs, &x)) {
        bool target = !met && sv_eq_nocase(x.name, c->value);

        met = met || target;
        if (target && !c->target->is_text)
            continue;
        if (!hive_next_value(c->after.h, &ys, &y) || !sv_eq(x.name, y.name) ||
            !same_data(c, &x, &y, target))
            return differs("the value", x.name, err);
    }
    if (hive_next_value(c->after.h, &ys, &y))
        return differs("there is a new value", y.name, err);
    return met ? 0 : differs("debar's reader does not find the value", c->value, err);
}

/* ---- keys ---- */

/* The fields of a key's cell that have nothing to do with what is below it. */
static bool same_cell(const struct compare *c, uint32_t at)
{
    static const struct {
        size_t from, to;
    } fields[] = {
        {0, 20},  // kind, flags, time, parent
        {44, 52}, // security, class
        {72, 76}, // lengths of the name and the class
    };
    struct span x = span_from(c->before.bytes, (size_t)BINS + 4 + at);
    struct span y = span_from(c->after.bytes, (size_t)BINS + 4 + at);

    if (x.n < KEY_SIZE || y.n < KEY_SIZE)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (memcmp(x.p + fields[i].from, y.p + fields[i].from, fields[i].to - fields[i].from) != 0)
            return false;
    return true;
}

static int enter(struct compare *c, const struct hive_key *before, const struct hive_key *after,
                 struct err *err)
{
    if (before->at != after->at || !sv_eq(before->name, after->name) || !same_cell(c, before->at))
        return differs("the key", before->name, err);
    TRY(compare_values(c, before, after, err));
    if (c->depth == REGISTRY_DEPTH_MAX)
        return ERR(err, ERR_LIMIT_DEPTH, "the hive is more than %d keys deep", REGISTRY_DEPTH_MAX);
    c->levels[c->depth++] =
        (struct level){hive_keys(c->before.h, before), hive_keys(c->after.h, after)};
    return 0;
}

/* One more key of the deepest level, or back to the one above. */
static int step(struct compare *c, bool *met, struct err *err)
{
    struct level *l = &c->levels[c->depth - 1];
    struct hive_key x, y;

    if (!hive_next_key(c->before.h, &l->before, &x)) {
        if (hive_next_key(c->after.h, &l->after, &y))
            return differs("there is a new key", y.name, err);
        c->depth--;
        return 0;
    }
    if (c->gone_key && x.at == c->gone_key) {
        *met = true;
        return 0;
    }
    if (!hive_next_key(c->after.h, &l->after, &y))
        return differs("a key is gone too:", x.name, err);
    return enter(c, &x, &y, err);
}

static int open_side(struct side *s, struct span bytes, struct arena *arena, struct err *err)
{
    int result;

    s->bytes = bytes;
    source_memory_init(&s->memory, bytes);
    result = hive_open(&s->memory.source, arena, &s->h, err);
    return result > 0 ? ERR(err, ERR_FORMAT, "no hive of the Windows registry") : result;
}

static int compare(struct compare *c, struct err *err)
{
    struct hive_key before, after;
    bool met = false;
    int result = 0;

    if (!hive_root(c->before.h, &before) || !hive_root(c->after.h, &after))
        return ERR(err, ERR_FORMAT, "the hive has no root");
    TRY(find_target(c, &before, err));
    if (c->gone_key == before.at)
        return ERR(err, ERR_CONFLICT, "the root of a hive cannot be removed");
    result = enter(c, &before, &after, err);
    while (result == 0 && c->depth)
        result = step(c, &met, err);
    TRY(result);
    // Damage would hide what changed.
    TRY(hive_finish(c->before.h, err));
    TRY(hive_finish(c->after.h, err));
    if (!met && c->gone_key)
        return differs("debar's reader does not find the key", c->target->path, err);
    return arena_failed(c->arena) ? arena_error(c->arena, err) : 0;
}

int registry_check(struct span before, struct span after, const struct registry_target *target,
                   struct err *err)
{
    auto_arena arena = {0};
    struct compare *c;

    arena_init(&arena, 4 * (before.n + after.n) + ARENA_MORE);
    c = arena_take(&arena, sizeof(*c));
    if (!c)
        return arena_error(&arena, err);
    c->arena = &arena;
    c->target = target;
    TRY(open_side(&c->before, before, &arena, err));
    TRY(open_side(&c->after, after, &arena, err));
    return compare(c, err);
}
