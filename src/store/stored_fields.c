// SPDX-License-Identifier: Apache-2.0
#include "store/stored_fields.h"

#include <stdlib.h>

#include "model/message.h"

/* ---- writing ---- */

static void put_value(struct buf *to, struct sv value)
{
    if (value.n > EMIT_VALUE_MAX)
        value.n = EMIT_VALUE_MAX;
    buf_uvarint(to, value.n);
    buf_sv(to, value);
}

void identity_put(struct buf *to, enum component_type type, const struct field *fields,
                  size_t count)
{
    buf_char(to, (char)type);
    buf_uvarint(to, count);
    for (size_t i = 0; i < count; i++) {
        buf_char(to, (char)fields[i].key);
        buf_uvarint(to, fields[i].group);
        put_value(to, fields[i].value);
    }
}

void evidence_put(struct buf *to, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].length == 0)
            continue;
        buf_uvarint(to, i);
        buf_uvarint(to, fields[i].offset);
        buf_uvarint(to, fields[i].length);
    }
}

void own_put(struct buf *to, const struct component *c)
{
    size_t count = 0;

    for (size_t i = 0; i < c->field_count; i++)
        count += !field_is_identity(c->fields[i].key);
    if (count)
        buf_uvarint(to, count);
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];

        if (field_is_identity(f->key))
            continue;
        buf_char(to, (char)f->key);
        buf_uvarint(to, f->group);
        buf_uvarint(to, f->offset);
        buf_uvarint(to, f->length);
        put_value(to, f->value);
    }
}

/* ---- reading ---- */

static int bad(struct err *err, const char *what)
{
    return ERR(err, ERR_FORMAT, "%s", what);
}

/* What all of a stored inventory goes through: mostly one byte. */
static inline uint64_t take_number(struct reader *r)
{
    if (r->rest.n && r->rest.p[0] < 0x80) {
        uint64_t value = r->rest.p[0];

        r->rest.p++;
        r->rest.n--;
        return value;
    }
    return reader_uvarint(r);
}

static bool take_field(struct reader *r, bool own, struct field *ret)
{
    uint64_t key = take_number(r), group = take_number(r), n;

    ret->offset = own ? take_number(r) : 0;
    ret->length = own ? take_number(r) : 0;
    n = take_number(r);
    if (!reader_ok(r) || key >= FIELD_COUNT_ || group > UINT16_MAX || n > EMIT_VALUE_MAX ||
        n > r->rest.n)
        return false;
    ret->key = (enum field_key)key;
    ret->group = (uint16_t)group;
    ret->value = (struct sv){(const char *)r->rest.p, (size_t)n};
    r->rest.p += n;
    r->rest.n -= n;
    return true;
}

static int make_room(struct field_room *room, size_t count, struct err *err)
{
    struct field *more;

    if (count <= room->room)
        return 0;
    more = reallocarray(room->fields, count, sizeof(*more));
    if (!more)
        return ERR(err, ERR_NOMEM, "no memory for a component");
    room->fields = more;
    room->room = count;
    return 0;
}

/* Fields behind those that are there. */
static int take_fields(struct reader *r, bool own, struct field_room *room, size_t *count,
                       struct err *err)
{
    uint64_t more = take_number(r);

    // A field is at least three bytes long.
    if (!reader_ok(r) || more > r->rest.n / 3)
        return bad(err, own ? "an occurrence" : "a component");
    TRY(make_room(room, *count + (size_t)more, err));
    for (uint64_t i = 0; i < more; i++)
        if (!take_field(r, own, &room->fields[(*count)++]))
            return bad(err, own ? "an occurrence" : "a component");
    return r->rest.n ? bad(err, own ? "an occurrence" : "a component") : 0;
}

static int take_evidence(struct reader *r, struct field *fields, size_t count, struct err *err)
{
    while (r->rest.n) {
        uint64_t i = take_number(r), offset = take_number(r), length = take_number(r);

        if (!reader_ok(r) || i >= count)
            return bad(err, "evidence");
        fields[i].offset = offset;
        fields[i].length = length;
    }
    return 0;
}

int fields_join(struct span identity, struct span own, struct span evidence,
                struct field_room *room, struct component *ret, struct err *err)
{
    struct reader r = reader_over(identity);
    uint8_t type = reader_u8(&r);
    size_t count = 0, of_identity;

    if (type >= TYPE_COUNT_)
        return bad(err, "a component");
    TRY(take_fields(&r, false, room, &count, err));
    of_identity = count;
    r = reader_over(own);
    if (own.n)
        TRY(take_fields(&r, true, room, &count, err));
    r = reader_over(evidence);
    TRY(take_evidence(&r, room->fields, of_identity, err));
    ret->type = (enum component_type)type;
    ret->fields = room->fields;
    ret->field_count = count;
    return 0;
}

void field_room_clear(struct field_room *r)
{
    free(r->fields);
    *r = (struct field_room){0};
}
