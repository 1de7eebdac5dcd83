// SPDX-License-Identifier: Apache-2.0
#include "model/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    FIELDS_MAX = 1 << 20, /* of one component */
};

void emit_init(struct emit *e, enum component_state state, enum confidence ceiling)
{
    *e = (struct emit){.bytes = BUF_INIT(EMIT_MAX), .state = state, .ceiling = ceiling};
}

void emit_clear(struct emit *e)
{
    buf_clear(&e->bytes);
}

static void end_component(struct emit *e)
{
    if (e->open)
        buf_char(&e->bytes, 'E');
    e->open = false;
    e->group = 0;
}

void emit_component_as(struct emit *e, enum component_type type, enum component_state state,
                       enum confidence ceiling)
{
    end_component(e);
    buf_char(&e->bytes, 'C');
    buf_char(&e->bytes, (char)type);
    buf_char(&e->bytes, (char)state);
    buf_char(&e->bytes, (char)ceiling);
    e->open = true;
}

void emit_component(struct emit *e, enum component_type type)
{
    emit_component_as(e, type, e->state, e->ceiling);
}

static uint16_t last_group(const struct emit *e)
{
    return e->group & 0x7fff;
}

void emit_group(struct emit *e)
{
    // The top bit marks "closed": the number is kept, so that the next group gets a new one.
    e->group = (uint16_t)((last_group(e) + 1) & 0x7fff);
}

void emit_group_end(struct emit *e)
{
    e->group |= 0x8000;
}

static void put_le(struct buf *b, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_char(b, (char)(value >> (8 * i) & 0xff));
}

void emit_field_at(struct emit *e, enum field_key key, struct sv value, uint64_t offset,
                   uint64_t length)
{
    bug_if(!e->open);
    if (value.n == 0)
        return;
    if (value.n > EMIT_VALUE_MAX)
        value.n = EMIT_VALUE_MAX;
    buf_char(&e->bytes, 'F');
    buf_char(&e->bytes, (char)key);
    put_le(&e->bytes, e->group & 0x8000 ? 0 : e->group, 2);
    put_le(&e->bytes, offset, 8);
    put_le(&e->bytes, length, 8);
    put_le(&e->bytes, value.n, 4);
    buf_sv(&e->bytes, value);
}

void emit_field(struct emit *e, enum field_key key, struct sv value)
{
    emit_field_at(e, key, value, 0, 0);
}

void emit_fieldf(struct emit *e, enum field_key key, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (n > 0)
        emit_field(e, key,
                   (struct sv){text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1});
}

/* A purl that is longer has no use, and is left out. */
enum { PURL_MAX = 4096 };

struct purl {
    char text[PURL_MAX];
    size_t n;
    bool full;
};

static void purl_char(struct purl *p, char c)
{
    if (p->n < PURL_MAX)
        p->text[p->n++] = c;
    else
        p->full = true;
}

static void purl_part(struct purl *p, struct sv s, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n && !p->full; i++) {
        char c = s.p[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr(".-_~:", c) || (c == '/' && keep_slash)) {
            purl_char(p, c);
        } else {
            purl_char(p, '%');
            purl_char(p, digits[(unsigned char)c >> 4]);
            purl_char(p, digits[c & 15]);
        }
    }
}

void emit_purl(struct emit *e, const char *type, struct sv name_space, struct sv name,
               struct sv version)
{
    struct purl p = {.n = 0};

    if (name.n == 0)
        return;
    for (const char *c = "pkg:"; *c; c++)
        purl_char(&p, *c);
    for (; *type; type++)
        purl_char(&p, *type);
    purl_char(&p, '/');
    if (name_space.n) {
        purl_part(&p, name_space, true);
        purl_char(&p, '/');
    }
    purl_part(&p, name, false);
    if (version.n) {
        purl_char(&p, '@');
        purl_part(&p, version, false);
    }
    if (!p.full)
        emit_field(e, FIELD_PURL, (struct sv){p.text, p.n});
}

int emit_finish(struct emit *e, struct err *err)
{
    end_component(e);
    if (!buf_ok(&e->bytes))
        return ERR(err, ERR_LIMIT, "more than %d MiB recognised in one file", EMIT_MAX >> 20);
    return 0;
}

static int bad(struct err *err, const char *what)
{
    return ERR(err, ERR_FORMAT, "a recogniser's answer is damaged: %s", what);
}

/* Count the fields up to 'E' on a copy of the reader, so that they can be taken as one array. */
static int count_fields(struct reader r, size_t *ret_count, struct err *err)
{
    size_t count = 0;

    for (;;) {
        uint8_t tag = reader_u8(&r);

        if (tag == 'E') {
            *ret_count = count;
            return 0;
        }
        reader_skip(&r, 1 + 2 + 8 + 8);
        reader_skip(&r, reader_u32le(&r));
        if (tag != 'F' || !reader_ok(&r) || ++count > FIELDS_MAX)
            return bad(err, "fields");
    }
}

int message_next(struct reader *message, struct arena *arena, struct component *ret,
                 struct err *err)
{
    uint8_t type, state, ceiling;
    struct field *fields;
    size_t count = 0;

    if (message->rest.n == 0 && reader_ok(message))
        return MESSAGE_END;
    if (reader_u8(message) != 'C')
        return bad(err, "no component");
    type = reader_u8(message);
    state = reader_u8(message);
    ceiling = reader_u8(message);
    if (!reader_ok(message) || type >= TYPE_COUNT_ || state >= STATE_COUNT_ ||
        ceiling > CONFIDENCE_CONFIRMED)
        return bad(err, "header");
    TRY(count_fields(*message, &count, err));
    // Not cleared: every member is read below.
    fields = arena_take_raw(arena, count * sizeof(*fields));
    if (!fields && count)
        return arena_error(arena, err);
    for (size_t i = 0; i < count; i++) {
        uint8_t key;

        (void)reader_u8(message);
        key = reader_u8(message);
        if (key >= FIELD_COUNT_)
            return bad(err, "field name");
        fields[i].key = (enum field_key)key;
        fields[i].group = reader_u16le(message);
        fields[i].offset = reader_u64le(message);
        fields[i].length = reader_u64le(message);
        fields[i].value = sv_of(reader_take(message, reader_u32le(message)));
        if (fields[i].value.n > EMIT_VALUE_MAX)
            return bad(err, "value too long");
    }
    (void)reader_u8(message);
    *ret = (struct component){.type = (enum component_type)type,
                              .state = (enum component_state)state,
                              .ceiling = (enum confidence)ceiling,
                              .fields = fields,
                              .field_count = count};
    return 0;
}
