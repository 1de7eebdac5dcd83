// SPDX-License-Identifier: Apache-2.0
/*
 * What a recogniser answers: one message of components, as bytes.
 *
 * The recogniser writes with emit_*(); the privileged side reads with message_next(), which checks
 * everything, because in time the writer is a process that hostile bytes may have taken over.
 *
 *     message    component*
 *     component  'C' type state ceiling  field*  'E'
 *     field      'F' key  group:u16  offset:u64  length:u64  n:u32  n bytes      (little-endian)
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "model/component.h"

enum {
    EMIT_MAX = 256 << 20,       /* bytes of one message: a package database with all its files */
    EMIT_VALUE_MAX = 64 * 1024, /* bytes of one value; longer ones are cut there */
};

struct emit {
    struct buf bytes;
    enum component_state state; /* default of emit_component(): the gate's */
    enum confidence ceiling;    /* default: the gate's */
    uint16_t group;
    bool open;
};

void emit_init(struct emit *e, enum component_state state, enum confidence ceiling);
void emit_clear(struct emit *e);

/* Begin a component with the gate's state and ceiling; the one before ends. */
void emit_component(struct emit *e, enum component_type type);
void emit_component_as(struct emit *e, enum component_type type, enum component_state state,
                       enum confidence ceiling);

/* Fields that follow belong together (one signature, one certificate) until the next call. */
void emit_group(struct emit *e);
void emit_group_end(struct emit *e);

/* Add a field; an empty value adds nothing. */
void emit_field(struct emit *e, enum field_key key, struct sv value);
void emit_field_at(struct emit *e, enum field_key key, struct sv value, uint64_t offset,
                   uint64_t length);
void emit_fieldf(struct emit *e, enum field_key key, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * "pkg:type/namespace/name@version", percent-encoded as the purl specification says; namespace and
 * version may be empty. https://github.com/package-url/purl-spec
 */
void emit_purl(struct emit *e, const char *type, struct sv name_space, struct sv name,
               struct sv version);

/* End the last component. 0, or -ERR_LIMIT when the message grew past EMIT_MAX. */
int emit_finish(struct emit *e, struct err *err) MUST_USE;

/*
 * Read the next component of a message; its fields are in the arena and its values in the message.
 * 0, MESSAGE_END, or -ERR_FORMAT for a message that no honest recogniser writes.
 */
enum { MESSAGE_END = 1 };
int message_next(struct reader *message, struct arena *arena, struct component *ret,
                 struct err *err) MUST_USE;
