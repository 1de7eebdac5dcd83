// SPDX-License-Identifier: Apache-2.0
/*
 * Listings in JSON: lists of objects that are flat, as osqueryi --json and ConvertTo-Json write
 * them (`pip list --format=json` too); system_profiler -json.
 */
#include "identify/listing.h"
#include "identify/listing_mac.h"

#include "base/json.h"

static bool is_json_list(struct listing l)
{
    struct sv rest = sv_trim(l.rest);

    if (!sv_starts(rest, SV("[")))
        return false;
    rest = sv_trim(sv_from(rest, 1));
    return sv_starts(rest, SV("{")) || sv_starts(rest, SV("]"));
}

static bool is_json_object(struct listing l)
{
    return sv_starts(sv_trim(l.rest), SV("{\"SP")) ||
           (sv_starts(sv_trim(l.rest), SV("{")) && sv_find(l.rest, SV("\"SP")) != SIZE_MAX);
}

static void read_object(struct listing *l, const struct json *v)
{
    struct properties p = properties_of(l);
    size_t members = 0;

    for (const struct json *one = json_first(v); one; one = json_next(one)) {
        property_add(&p, json_name(one), json_text(one));
        members++;
    }
    // A name and a version and nothing else: pip, for somebody who says so.
    if (l->named && members == 2 && p.c.name.n && p.c.version.n) {
        struct package package = {.type = "pypi",
                                  .name = p.c.name,
                                  .version = p.c.version,
                                  .state = l->job->gate->state,
                                  .ceiling = l->job->gate->ceiling};

        l->any |= package_emit(l->job->out, &package);
        return;
    }
    properties_emit(l, &p);
}

static int read_json_list(struct listing *l, struct err *err)
{
    struct json *root;

    TRY(json_parse(l->all, &root, err));
    for (const struct json *one = json_first(root); one; one = json_next(one)) {
        l->number++;
        if (json_is_object(one))
            read_object(l, one);
    }
    json_free(root);
    return l->any || l->named ? 0 : RECOG_NOT_MINE;
}

static void read_items(struct listing *l, struct sv data_type, const struct json *items)
{
    for (const struct json *one = json_first(items); one; one = json_next(one)) {
        const struct json *signers = json_get(one, "signed_by");
        struct mac_item item = {
            .data_type = data_type,
            .name = json_get_text(one, "_name"),
            .version = json_get_text(one, "version"),
            .path = json_get_text(one, "path"),
            .bundle_id = json_get_text(one, "spext_bundleid"),
        };

        l->number++;
        if (item.path.n == 0)
            item.path = json_get_text(one, "spext_path");
        if (item.version.n == 0)
            item.version = json_get_text(one, "spext_version");
        item.signer = json_is_array(signers) ? json_text(json_first(signers)) : json_text(signers);
        mac_item_emit(l, &item);
    }
}

static int read_json_object(struct listing *l, struct err *err)
{
    struct json *root;

    TRY(json_parse(l->all, &root, err));
    for (const struct json *one = json_first(root); one; one = json_next(one))
        if (sv_starts(json_name(one), SV("SP")) && sv_ends(json_name(one), SV("DataType")))
            read_items(l, json_name(one), one);
    json_free(root);
    return l->any || l->named ? 0 : RECOG_NOT_MINE;
}

const struct listing_format listings_of_json[] = {
    {"osquery and PowerShell in JSON", is_json_list, read_json_list},
    {"system_profiler -json", is_json_object, read_json_object},
    {0},
};
