// SPDX-License-Identifier: Apache-2.0
/*
 * SPDX 3.0 in JSON-LD: one flat list of elements, "@graph", that refer to each other by their
 * "spdxId". Packages name their suppliers and originators so.
 * Format: https://spdx.github.io/spdx-spec/v3.0.1/serializations/
 */
#include <stdlib.h>

#include "identify/spdx.h"

struct agent {
    struct sv id, name;
};

struct graph {
    const struct job *job;
    struct json_file *file;
    struct agent *agents; /* sorted by id */
    size_t agent_count;
};

static int by_id(const void *a, const void *b)
{
    return sv_cmp(((const struct agent *)a)->id, ((const struct agent *)b)->id);
}

static struct sv type_of(const struct json *v)
{
    struct sv type = json_get_text(v, "type");

    return type.n ? type : json_get_text(v, "@type");
}

static struct sv id_of(const struct json *v)
{
    struct sv id = json_get_text(v, "spdxId");

    return id.n ? id : json_get_text(v, "@id");
}

static bool is_agent(const struct json *v)
{
    struct sv type = type_of(v);

    return sv_eq(type, SV("Organization")) || sv_eq(type, SV("Person")) ||
           sv_eq(type, SV("Agent")) || sv_eq(type, SV("SoftwareAgent"));
}

static int read_agents(struct graph *g, const struct json *list, struct err *err)
{
    size_t n = 0;

    for (const struct json *one = json_first(list); one; one = json_next(one))
        n += is_agent(one);
    g->agents = arena_take_array(g->job->arena, n + 1, sizeof(*g->agents));
    if (!g->agents)
        return arena_error(g->job->arena, err);
    for (const struct json *one = json_first(list); one; one = json_next(one))
        if (is_agent(one))
            g->agents[g->agent_count++] = (struct agent){id_of(one), json_get_text(one, "name")};
    qsort(g->agents, g->agent_count, sizeof(*g->agents), by_id);
    return 0;
}

/* An agent, by its id or written out where it is named. */
static struct sv agent_name(const struct graph *g, const struct json *v)
{
    const struct agent wanted = {.id = json_text(v)}, *found;

    if (json_is_object(v))
        return json_get_text(v, "name");
    found = wanted.id.n && g->agent_count
                ? bsearch(&wanted, g->agents, g->agent_count, sizeof(wanted), by_id)
                : NULL;
    return found ? found->name : (struct sv){0};
}

/* One value, or a list of them. */
static void claim_agents(const struct graph *g, struct claims *c, enum field_key key,
                         const struct json *v)
{
    if (json_is_array(v))
        for (const struct json *one = json_first(v); one; one = json_next(one))
            claim(c, key, agent_name(g, one));
    else if (v)
        claim(c, key, agent_name(g, v));
}

static void read_package(const struct graph *g, const struct json *v)
{
    struct sv name = json_get_text(v, "name");
    const struct json *one;
    struct claims c = {
        .arena = g->job->arena,
        .type = spdx_type(json_get_text(v, "software_primaryPurpose")),
        .name = name,
        .version = json_get_text(v, "software_packageVersion"),
        .purl = json_get_text(v, "software_packageUrl"),
        .row = id_of(v),
        .at = json_file_find(g->file, name),
    };

    claim_agents(g, &c, FIELD_SUPPLIER, json_get(v, "suppliedBy"));
    claim_agents(g, &c, FIELD_AUTHOR, json_get(v, "originatedBy"));
    spdx_claim(&c, FIELD_HOMEPAGE, json_get_text(v, "software_homePage"));
    spdx_claim(&c, FIELD_URL, json_get_text(v, "software_downloadLocation"));
    spdx_claim(&c, FIELD_COPYRIGHT, json_get_text(v, "software_copyrightText"));
    spdx_claim(&c, FIELD_DESCRIPTION, json_get_text(v, "summary"));
    for (one = json_first(json_get(v, "verifiedUsing")); one; one = json_next(one))
        spdx_checksum(&c, json_get_text(one, "algorithm"), json_get_text(one, "hashValue"));
    for (one = json_first(json_get(v, "externalIdentifier")); one; one = json_next(one))
        spdx_reference(&c, json_get_text(one, "externalIdentifierType"),
                       json_get_text(one, "identifier"));
    (void)claims_emit(g->job, &c);
}

int spdx_read_3(const struct job *job, struct json_file *f, struct err *err)
{
    struct graph g = {.job = job, .file = f};
    const struct json *list = json_get(f->root, "@graph"), *context = json_get(f->root, "@context");
    struct sv address = json_text(context);

    if (json_is_array(context))
        address = json_text(json_first(context));
    if (!json_is_array(list) || sv_find(address, SV("spdx.org/rdf/3")) == SIZE_MAX)
        return RECOG_NOT_MINE;
    TRY(read_agents(&g, list, err));
    for (const struct json *one = json_first(list); one; one = json_next(one))
        if (sv_eq(type_of(one), SV("software_Package")))
            read_package(&g, one);
    return 0;
}
