// SPDX-License-Identifier: Apache-2.0
/* libhivex is here only. It names files by paths, allocates what it answers, and sets errno. */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include <hivex.h>

#include "os/jailed.h"
#include "remedy/registry_edit.h"

enum {
    LARGE = 16344, /* bytes of a value from which on Windows wants it in pieces */
};

static void close_hive(hive_h **h)
{
    if (*h)
        (void)hivex_close(*h);
}

#define auto_hive __attribute__((cleanup(close_hive))) hive_h

void registry_write_prepare(void)
{
    static const char *const pairs[][2] = {
        {"UTF-8", "UTF-16LE"}, {"UTF-16LE", "UTF-8"}, {"UTF-8", "LATIN1"}, {"LATIN1", "UTF-8"}};

    // Left open, so that what they load stays.
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        (void)iconv_open(pairs[i][0], pairs[i][1]);
}

static int failed(const char *what, struct err *err)
{
    if (errno == ENOMEM)
        return ERR(err, ERR_NOMEM, "%s: no memory", what);
    return ERR(err, errno == EROFS ? ERR_DENIED : ERR_FORMAT, "%s: %s", what, strerror(errno));
}

/* 0: no such key. */
static hive_node_h find(hive_h *h, struct sv path)
{
    hive_node_h at = hivex_root(h);

    while (path.n && at) {
        char name[REGISTRY_PATH_MAX];
        struct sv part = sv_cut(&path, '\\');

        if (part.n >= sizeof(name))
            return 0;
        memcpy(name, part.p, part.n);
        name[part.n] = '\0';
        at = hivex_node_get_child(h, at, name);
    }
    return at;
}

static struct registry_hive what_it_is(hive_h *h)
{
    struct registry_hive hive = {.is_users = find(h, SV("Software")) != 0};
    hive_node_h select = find(h, SV("Select"));
    hive_value_h current = select ? hivex_node_get_value(h, select, "Current") : 0;
    int32_t number = current ? hivex_value_dword(h, current) : 0;

    hive.current = number > 0 && number < 1000 ? (uint32_t)number : 1;
    return hive;
}

/* ---- values ---- */

/* All values of a key: libhivex can only set them together. */
struct values {
    hive_set_value *at;
    size_t count;
};

#define auto_values __attribute__((cleanup(values_clear))) struct values

static void values_clear(struct values *v)
{
    for (size_t i = 0; i < v->count; i++) {
        free(v->at[i].key);
        free(v->at[i].value);
    }
    free(v->at);
}

static int read_value(hive_h *h, hive_value_h from, hive_set_value *to, struct err *err)
{
    to->key = hivex_value_key(h, from);
    to->value = hivex_value_value(h, from, &to->t, &to->len);
    if (!to->key || !to->value)
        return failed("reading a value", err);
    if (to->len > LARGE)
        return ERR(err, ERR_UNSUPPORTED,
                   "the value '%s' beside it has more than %d bytes, which cannot be written "
                   "again; remove it on the running Windows",
                   to->key, LARGE);
    return 0;
}

static int read_values(hive_h *h, hive_node_h key, struct values *ret, struct err *err)
{
    hive_value_h *all = hivex_node_values(h, key);
    size_t count = 0;
    int result = 0;

    if (!all)
        return failed("reading values", err);
    while (all[count])
        count++;
    ret->at = calloc(count + 1, sizeof(*ret->at));
    if (!ret->at)
        result = ERR(err, ERR_NOMEM, "no memory");
    while (result == 0 && ret->count < count) {
        result = read_value(h, all[ret->count], &ret->at[ret->count], err);
        ret->count++;
    }
    free(all);
    return result;
}

static int without_text(hive_set_value *value, struct sv text, struct err *err)
{
    auto_buf left = {0};

    if (value->t != hive_t_REG_MULTI_SZ)
        return ERR(err, ERR_UNSUPPORTED, "the value '%s' is no list of texts", value->key);
    registry_list_without((struct span){(const uint8_t *)value->value, value->len}, text, &left);
    if (left.n == value->len)
        return EDIT_NOTHING;
    if (left.n)
        memcpy(value->value, left.p, left.n);
    value->len = left.n;
    return 0;
}

static int change_value(hive_h *h, hive_node_h key, struct sv name,
                        const struct registry_target *target, struct err *err)
{
    auto_values values = {0};
    int result = EDIT_NOTHING;

    TRY(read_values(h, key, &values, err));
    for (size_t i = 0; i < values.count; i++) {
        hive_set_value *v = &values.at[i];

        if (!sv_eq_nocase(sv_str(v->key), name))
            continue;
        if (target->is_text) {
            result = without_text(v, target->text, err);
        } else {
            hive_set_value gone = *v;

            memmove(v, v + 1, (values.count - i - 1) * sizeof(*v));
            values.at[values.count - 1] = gone;
            result = 0;
        }
        if (result != 0)
            return result;
        if (hivex_node_set_values(h, key, values.count - !target->is_text, values.at, 0) != 0)
            return failed("writing values", err);
        return 0;
    }
    return result;
}

/* ---- the hive ---- */

static int change(hive_h *h, const struct registry_target *target, struct err *err)
{
    struct registry_hive hive = what_it_is(h);
    char path[REGISTRY_PATH_MAX];
    struct sv whole, parent, name;
    hive_node_h key;

    TRY(registry_path_in(&hive, target->path, path, err));
    whole = sv_str(path);
    key = target->is_text ? 0 : find(h, whole);
    if (key) {
        if (registry_is_shared(whole) || key == hivex_root(h))
            return ERR(err, ERR_CONFLICT, "'%s' is a key that others share", path);
        return hivex_node_delete_child(h, key) == 0 ? 0 : failed("removing a key", err);
    }
    name = sv_from(whole, registry_last_name(whole));
    parent = (struct sv){path, name.p && name.p > path ? (size_t)(name.p - path) - 1 : 0};
    key = find(h, parent);
    return key ? change_value(h, key, name, target, err) : EDIT_NOTHING;
}

int registry_write(const struct registry_target *target, struct err *err)
{
    auto_hive *h = hivex_open(jailed_path(JAILED_IN), HIVEX_OPEN_WRITE);

    if (!h)
        return failed("the hive cannot be opened", err);

    int result = change(h, target, err);

    if (result == 0 && hivex_commit(h, jailed_path(JAILED_OUT), 0) != 0)
        return failed("the hive cannot be written", err);
    return result;
}
