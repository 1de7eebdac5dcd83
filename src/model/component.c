// SPDX-License-Identifier: Apache-2.0
#include "model/component.h"

static const char *const type_texts[] = {
#define X(name, text) text,
    COMPONENT_TYPES(X)
#undef X
};

static const char *const state_texts[] = {
#define X(name, text) text,
    COMPONENT_STATES(X)
#undef X
};

static const char *const confidence_texts[] = {"none", "trace", "probable", "confirmed"};

static const struct {
    const char *text;
    bool identity;
} fields[] = {
#define X(name, text, identity) {text, identity},
    COMPONENT_FIELDS(X)
#undef X
};

const char *component_type_text(enum component_type type)
{
    return type_texts[type];
}

const char *component_state_text(enum component_state state)
{
    return state_texts[state];
}

const char *confidence_text(enum confidence confidence)
{
    return confidence_texts[confidence];
}

const char *field_text(enum field_key key)
{
    return fields[key].text;
}

bool field_is_identity(enum field_key key)
{
    return fields[key].identity;
}

static bool index_of(const char *const texts[], size_t count, struct sv text, size_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(sv_str(texts[i]), text)) {
            *ret = i;
            return true;
        }
    }
    return false;
}

bool field_from_text(struct sv text, enum field_key *ret_key)
{
    for (size_t i = 0; i < FIELD_COUNT_; i++) {
        if (sv_eq(sv_str(fields[i].text), text)) {
            *ret_key = (enum field_key)i;
            return true;
        }
    }
    return false;
}

bool component_type_from_text(struct sv text, enum component_type *ret_type)
{
    size_t i;

    if (!index_of(type_texts, ARRAY_LEN(type_texts), text, &i))
        return false;
    *ret_type = (enum component_type)i;
    return true;
}

bool component_state_from_text(struct sv text, enum component_state *ret_state)
{
    size_t i;

    if (!index_of(state_texts, ARRAY_LEN(state_texts), text, &i))
        return false;
    *ret_state = (enum component_state)i;
    return true;
}

bool confidence_from_text(struct sv text, enum confidence *ret_confidence)
{
    size_t i;

    if (!index_of(confidence_texts, ARRAY_LEN(confidence_texts), text, &i))
        return false;
    *ret_confidence = (enum confidence)i;
    return true;
}

struct sv component_get(const struct component *c, enum field_key key)
{
    for (size_t i = 0; i < c->field_count; i++)
        if (c->fields[i].key == key)
            return c->fields[i].value;
    return (struct sv){0};
}
