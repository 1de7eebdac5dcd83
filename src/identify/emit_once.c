// SPDX-License-Identifier: Apache-2.0
#include "identify/emit_once.h"

enum {
    VALUES_MAX = 65536,
};

void emit_once_init(struct emit_once *once, struct emit *out, struct arena *arena)
{
    once->out = out;
    name_set_init(&once->seen, arena, VALUES_MAX);
}

void emit_once_at(struct emit_once *once, enum field_key key, struct sv value, uint64_t offset,
                  uint64_t length)
{
    auto_buf both = {0};
    size_t number;

    if (value.n == 0)
        return;
    buf_char(&both, (char)key);
    buf_sv(&both, value);
    if (buf_ok(&both) && name_set_add(&once->seen, buf_view(&both), &number) == NAME_NEW)
        emit_field_at(once->out, key, value, offset, length);
}
