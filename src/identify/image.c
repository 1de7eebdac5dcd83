// SPDX-License-Identifier: Apache-2.0
#include "identify/image.h"

#include <string.h>

enum {
    REFERENCE_MAX = 512,
};

/* The length of "${NAME:-value}" at the start of `s`, and its value; 0 when it is none. */
static size_t variable_with_default(struct sv s, struct sv *ret_value)
{
    size_t close = sv_find(s, SV("}"));
    struct sv inner, name;

    if (!sv_starts(s, SV("${")) || close == SIZE_MAX)
        return 0;
    inner = (struct sv){s.p + 2, close - 2};
    name = sv_cut(&inner, '-');
    if (name.n == 0 || inner.n == 0)
        return 0;
    *ret_value = inner;
    return close + 1;
}

/* Write the reference without variables; how many bytes. */
static size_t settle(struct sv s, char to[REFERENCE_MAX])
{
    size_t n = 0;

    while (s.n) {
        struct sv value = {s.p, 1};
        size_t length = 1;

        if (s.p[0] == '$' || s.p[0] == '{' || s.p[0] == '%' || s.p[0] == '<') {
            length = variable_with_default(s, &value);
            if (length == 0)
                break;
        }
        if (value.n > REFERENCE_MAX - n)
            return 0;
        memcpy(to + n, value.p, value.n);
        n += value.n;
        s = sv_from(s, length);
    }
    while (n && strchr(":@/-.", to[n - 1]))
        n--;
    return n;
}

static bool is_reference(struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
            (c == 0 || !strchr("._-/:@", c)))
            return false;
    }
    return s.n > 0 && s.p[0] != '/' && s.p[0] != '.' && s.p[0] != ':' && s.p[0] != '-';
}

bool image_emit(const struct job *job, struct sv reference, struct range at,
                enum component_state state, enum confidence ceiling)
{
    static const char *const schemes[] = {"docker://", "oci://", "docker-image://"};
    char text[REFERENCE_MAX];
    struct sv image, name, tag = {0};
    size_t mark;

    reference = sv_trim(reference);
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (sv_starts(reference, sv_str(schemes[i])))
            reference = sv_from(reference, strlen(schemes[i]));
    }
    image = (struct sv){text, settle(reference, text)};
    if (!is_reference(image))
        return false;
    name = image;
    mark = sv_find(name, SV("@"));
    if (mark != SIZE_MAX) {
        tag = sv_from(name, mark + 1);
        name.n = mark;
    }
    mark = sv_find_last(name, ':');
    // The colon of a port stands before a slash.
    if (mark != SIZE_MAX && sv_find(sv_from(name, mark), SV("/")) == SIZE_MAX) {
        tag = sv_from(name, mark + 1);
        name.n = mark;
    }
    emit_component_as(job->out, TYPE_CONTAINER, state, ceiling);
    emit_field_at(job->out, FIELD_IMAGE, image, at.offset, at.length);
    emit_field(job->out, FIELD_NAME, name);
    emit_field(job->out, FIELD_VERSION, tag);
    return true;
}

struct sv image_digest(struct sv text)
{
    text = sv_from(text, sv_find_last(text, '/') + 1);
    text = sv_from(text, sv_find_last(text, ':') + 1);
    if (sv_ends(text, SV(".json")))
        text.n -= sizeof(".json") - 1;
    return text;
}
