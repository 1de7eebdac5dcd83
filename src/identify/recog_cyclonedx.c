// SPDX-License-Identifier: Apache-2.0
/*
 * Reads CycloneDX bills of materials, 1.2 to 1.7, in JSON and in XML: what a bill is of, its
 * components and services, however deep they are nested. What made the bill, the forebears of a
 * component and what is said of vulnerabilities are no parts of it.
 *
 * A bill says what is somewhere else: referenced. One that debar has written says more, as
 * properties. Format: https://cyclonedx.org/docs/1.6/json/, https://cyclonedx.org/docs/1.6/xml/
 */
#include "identify/cyclonedx.h"
#include "identify/json_file.h"

enum {
    TAG_JSON,
    TAG_XML,
};

struct reading {
    const struct job *job;
    struct json_file *file;
};

static void claim_organisation(struct claims *c, enum field_key key, const struct json *party)
{
    claim(c, key, json_get_text(party, "name"));
}

static void read_makers(struct claims *c, const struct json *v)
{
    claim_organisation(c, FIELD_SUPPLIER, json_get(v, "supplier"));
    claim_organisation(c, FIELD_SUPPLIER, json_get(v, "provider"));
    claim_organisation(c, FIELD_MANUFACTURER, json_get(v, "manufacturer"));
    claim(c, FIELD_AUTHOR, json_get_text(v, "author"));
    for (const struct json *a = json_first(json_get(v, "authors")); a; a = json_next(a))
        claim_organisation(c, FIELD_AUTHOR, a);
    claim(c, FIELD_PUBLISHER, json_get_text(v, "publisher"));
}

static void read_licences(struct claims *c, const struct json *list)
{
    for (const struct json *one = json_first(list); one; one = json_next(one)) {
        const struct json *licence = json_get(one, "license");

        claim(c, FIELD_LICENCE, json_get_text(one, "expression"));
        claim(c, FIELD_LICENCE, json_get_text(licence, "id"));
        claim(c, FIELD_LICENCE, json_get_text(licence, "name"));
    }
}

static void read_lists(struct claims *c, const struct json *v)
{
    const struct json *one;

    for (one = json_first(json_get(v, "hashes")); one; one = json_next(one))
        cyclonedx_hash(c, json_get_text(one, "alg"), json_get_text(one, "content"));
    for (one = json_first(json_get(v, "externalReferences")); one; one = json_next(one))
        cyclonedx_reference(c, json_get_text(one, "type"), json_get_text(one, "url"));
    for (one = json_first(json_get(v, "endpoints")); one; one = json_next(one))
        claim(c, FIELD_URL, json_text(one));
    for (one = json_first(json_get(json_get(v, "evidence"), "occurrences")); one;
         one = json_next(one))
        cyclonedx_place(c, json_get_text(one, "location"));
    for (one = json_first(json_get(v, "properties")); one; one = json_next(one))
        cyclonedx_property(c, json_get_text(one, "name"), json_get_text(one, "value"));
}

static void read_list(struct reading *r, const struct json *list, bool services, unsigned depth);

/* `metadata` of the bill that this is the subject of, or NULL. */
static void read_one(struct reading *r, const struct json *v, bool service,
                     const struct json *metadata, unsigned depth)
{
    struct sv name = json_get_text(v, "name");
    struct claims c = {
        .arena = r->job->arena,
        .type = service ? TYPE_SERVICE : cyclonedx_type(json_get_text(v, "type")),
        .name = name,
        .version = json_get_text(v, "version"),
        .group = json_get_text(v, "group"),
        .purl = json_get_text(v, "purl"),
        .row = json_get_text(v, "bom-ref"),
        .at = json_file_find(r->file, name),
    };

    read_makers(&c, v);
    if (!claims_have(&c, FIELD_SUPPLIER))
        claim_organisation(&c, FIELD_SUPPLIER, json_get(metadata, "supplier"));
    if (!claims_have(&c, FIELD_MANUFACTURER)) {
        claim_organisation(&c, FIELD_MANUFACTURER, json_get(metadata, "manufacturer"));
        claim_organisation(&c, FIELD_MANUFACTURER, json_get(metadata, "manufacture"));
    }
    claim(&c, FIELD_DESCRIPTION, json_get_text(v, "description"));
    claim(&c, FIELD_COPYRIGHT, json_get_text(v, "copyright"));
    claim(&c, FIELD_CPE, json_get_text(v, "cpe"));
    read_licences(&c, json_get(v, "licenses"));
    read_lists(&c, v);
    (void)claims_emit(r->job, &c);
    read_list(r, json_get(v, "components"), false, depth + 1);
    read_list(r, json_get(v, "services"), true, depth + 1);
}

static void read_list(struct reading *r, const struct json *list, bool services, unsigned depth)
{
    if (!json_is_array(list) || depth == CYCLONEDX_NESTING_MAX)
        return;
    for (const struct json *one = json_first(list); one; one = json_next(one))
        if (json_is_object(one))
            read_one(r, one, services, NULL, depth);
}

/* The bill itself, or what an attestation says: {"predicateType": …, "predicate": {…}}. */
static const struct json *bill_in(const struct json *root)
{
    const struct json *predicate = json_get(root, "predicate");

    return json_get(root, "bomFormat") ? root : predicate;
}

static int read_json(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    struct reading r = {.job = job, .file = &f};
    const struct json *bill, *metadata;
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    bill = bill_in(f.root);
    if (!sv_eq(json_get_text(bill, "bomFormat"), SV("CycloneDX")))
        return RECOG_NOT_MINE;
    if (!sv_starts(json_get_text(bill, "specVersion"), SV("1.")))
        return ERR(err, ERR_UNSUPPORTED, "a CycloneDX bill of version %.*s",
                   (int)json_get_text(bill, "specVersion").n, json_get_text(bill, "specVersion").p);
    metadata = json_get(bill, "metadata");
    // In the order of the file, so that each name is found where it stands.
    for (const struct json *one = json_first(bill); one; one = json_next(one)) {
        struct sv name = json_name(one);

        if (one == metadata && json_is_object(json_get(one, "component")))
            read_one(&r, json_get(one, "component"), false, metadata, 0);
        else if (sv_eq(name, SV("components")) || sv_eq(name, SV("services")))
            read_list(&r, one, sv_eq(name, SV("services")), 0);
    }
    return claims_end(job, 0, err);
}

static int identify_cyclonedx(const struct job *job, struct err *err)
{
    struct span all;

    if (job->gate->tag == TAG_JSON)
        return read_json(job, err);
    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    return cyclonedx_read_xml(job, sv_of(all), err);
}

#define BILL .state = STATE_REFERENCED, .ceiling = CONFIDENCE_PROBABLE
#define XML_BILL BILL, .within = {"cyclonedx.org/schema/bom/", 25}, .within_n = 4096, .tag = TAG_XML

static const struct gate gates[] = {
    {.magic = {"{", 1}, .within = {"\"bomFormat\"", 11}, BILL, .tag = TAG_JSON},
    {.path = "*.cdx.json", .magic = {"{", 1}, BILL, .tag = TAG_JSON},
    {.magic = {"<", 1}, XML_BILL},
    {.magic = {"\xef\xbb\xbf<", 4}, XML_BILL},
    {.magic = {"\xef\xbb\xbf{", 4}, .within = {"\"bomFormat\"", 11}, BILL, .tag = TAG_JSON},
    {0},
};

const struct recogniser recog_cyclonedx = {
    .name = "cyclonedx",
    .summary = "bills of materials in CycloneDX's JSON and XML",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_cyclonedx,
};
