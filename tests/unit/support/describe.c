// SPDX-License-Identifier: Apache-2.0
#include "support/describe.h"

#include "base/buf.h"
#include "model/component.h"

void describe_component(struct buf *to, const struct component *c)
{
    buf_printf(to, "%s %s", component_type_text(c->type), component_state_text(c->state));
    if (c->ceiling != CONFIDENCE_NONE && c->ceiling != CONFIDENCE_CONFIRMED)
        buf_printf(to, " <=%s", confidence_text(c->ceiling));
    buf_char(to, '\n');
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &c->fields[i];

        buf_str(to, "  ");
        if (f->group)
            buf_printf(to, "[%u] ", f->group);
        buf_printf(to, "%s=%.*s", field_text(f->key), (int)f->value.n, f->value.p);
        if (f->length)
            buf_printf(to, " @%llu+%llu", (unsigned long long)f->offset,
                       (unsigned long long)f->length);
        buf_char(to, '\n');
    }
}
