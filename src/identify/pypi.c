// SPDX-License-Identifier: Apache-2.0
#include "identify/pypi.h"

#include <string.h>

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

/* Cut the name off the front. */
static struct sv cut_name(struct sv *s)
{
    size_t n = 0;

    while (n < s->n && is_name_byte(s->p[n]))
        n++;

    struct sv name = {s->p, n};

    *s = sv_trim(sv_from(*s, n));
    return name;
}

static struct sv before(struct sv s, struct sv mark)
{
    size_t at = sv_find(s, mark);

    return at == SIZE_MAX ? s : sv_trim((struct sv){s.p, at});
}

/* "==1.2.3" with nothing else is exact. */
static struct sv exact_version(struct sv constraint)
{
    struct sv version = sv_trim(sv_from(constraint, 2));

    if (!sv_starts(constraint, SV("==")) || sv_find(version, SV("*")) != SIZE_MAX ||
        sv_find(version, SV(",")) != SIZE_MAX)
        return (struct sv){0};
    return sv_starts(version, SV("=")) ? sv_trim(sv_from(version, 1)) : version;
}

bool pypi_emit(const struct job *job, struct sv name, struct sv version, struct sv constraint,
               struct range at)
{
    const struct package p = {
        .type = "pypi",
        .name = name,
        .version = version,
        .constraint = constraint,
        .at = at,
        .state = STATE_REFERENCED,
        .ceiling = job->gate->ceiling,
    };

    return package_emit(job->out, &p);
}

/* "git+https://host/name@tag#egg=name&subdirectory=x": the name is only in the fragment. */
static bool emit_address(const struct job *job, struct sv whole, struct sv address)
{
    size_t egg = sv_find(address, SV("egg="));
    struct sv rest = egg == SIZE_MAX ? (struct sv){0} : sv_from(address, egg + 4);
    struct sv name = cut_name(&rest);

    if (!pypi_emit(job, name, (struct sv){0}, (struct sv){0}, range_of(whole, name)))
        return false;
    emit_field(job->out, FIELD_URL, before(address, SV("#")));
    return true;
}

bool pypi_emit_requirement(const struct job *job, struct sv whole, struct sv requirement)
{
    struct sv rest = sv_trim(requirement), name;
    const char *const editable[] = {"-e ", "--editable ", "--editable="};

    for (size_t i = 0; i < ARRAY_LEN(editable); i++) {
        if (sv_starts(rest, sv_str(editable[i])))
            rest = sv_trim(sv_from(rest, strlen(editable[i])));
    }
    if (rest.n == 0 || !is_name_byte(rest.p[0]) || rest.p[0] == '-' || rest.p[0] == '.')
        return false;
    rest = before(before(before(rest, SV(" #")), SV(" --")), SV(" \\"));

    struct sv all = rest;

    name = cut_name(&rest);
    if (sv_starts(rest, SV("["))) {
        size_t end = sv_find(rest, SV("]"));

        rest = end == SIZE_MAX ? (struct sv){0} : sv_trim(sv_from(rest, end + 1));
    }
    if (sv_starts(rest, SV("@"))) {
        if (!pypi_emit(job, name, (struct sv){0}, (struct sv){0}, range_of(whole, name)))
            return false;
        emit_field(job->out, FIELD_URL, before(sv_trim(sv_from(rest, 1)), SV(" ;")));
        return true;
    }
    if (sv_starts(rest, SV("+")) || sv_starts(rest, SV("://")))
        return emit_address(job, whole, all);
    rest = before(rest, SV(";"));
    if (sv_starts(rest, SV("(")))
        rest = before(sv_from(rest, 1), SV(")"));
    // Anything else behind the first word is prose.
    if (rest.n && !memchr("=<>!~", rest.p[0], 5))
        return false;
    return pypi_emit(job, name, exact_version(rest), rest, range_of(whole, name));
}
