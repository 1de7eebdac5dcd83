// SPDX-License-Identifier: Apache-2.0
#include "model/identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static int by_group_name_value(const void *a, const void *b)
{
    const struct field *x = a, *y = b;
    int order = (x->group > y->group) - (x->group < y->group);

    if (!order)
        order = strcmp(field_text(x->key), field_text(y->key));
    if (!order)
        order = sv_cmp(x->value, y->value);
    if (!order)
        order = (x->offset > y->offset) - (x->offset < y->offset);
    return order;
}

static bool same(const struct field *a, const struct field *b)
{
    return a->group == b->group && a->key == b->key && sv_eq(a->value, b->value);
}

int identity_fields(const struct component *c, struct arena *arena, struct field **ret_fields,
                    size_t *ret_count, struct err *err)
{
    struct field *fields = arena_take_array(arena, c->field_count, sizeof(*fields));
    size_t n = 0, kept = 0;

    if (!fields && c->field_count)
        return arena_error(arena, err);
    for (size_t i = 0; i < c->field_count; i++)
        if (field_is_identity(c->fields[i].key))
            fields[n++] = c->fields[i];
    if (n)
        qsort(fields, n, sizeof(*fields), by_group_name_value);
    for (size_t i = 0; i < n; i++)
        if (!kept || !same(&fields[kept - 1], &fields[i]))
            fields[kept++] = fields[i];
    *ret_fields = fields;
    *ret_count = kept;
    return 0;
}

/* One group's members: {"name":["v1","v2"]}. Returns the index after it. */
static size_t write_group(struct json_writer *w, const struct field *fields, size_t i, size_t count)
{
    uint16_t group = i < count ? fields[i].group : 0;

    json_object(w);
    while (i < count && fields[i].group == group) {
        enum field_key key = fields[i].key;

        json_key(w, field_text(key));
        json_array(w);
        for (; i < count && fields[i].group == group && fields[i].key == key; i++)
            json_string(w, fields[i].value);
        json_end(w);
    }
    json_end(w);
    return i;
}

void identity_write(enum component_type type, const struct field *fields, size_t count,
                    struct buf *to)
{
    struct json_writer w = json_writer_to(to, false);
    size_t i = 0;

    json_object(&w);
    json_key(&w, "fields");
    if (count && fields[0].group == 0) {
        i = write_group(&w, fields, 0, count);
    } else {
        json_object(&w);
        json_end(&w);
    }
    json_key(&w, "groups");
    json_array(&w);
    while (i < count)
        i = write_group(&w, fields, i, count);
    json_end(&w);
    json_key(&w, "type");
    json_str(&w, component_type_text(type));
    json_end(&w);
}
