// SPDX-License-Identifier: Apache-2.0
/* SPDX 2.2 and 2.3 in JSON. */
#include "identify/spdx.h"

void spdx_checksum(struct claims *c, struct sv algorithm, struct sv value)
{
    if (sv_eq_nocase(algorithm, SV("SHA256")))
        claim(c, FIELD_SHA256, value);
}

void spdx_claim(struct claims *c, enum field_key key, struct sv text)
{
    text = sv_trim(text);
    if (!sv_eq(text, SV("NOASSERTION")) && !sv_eq(text, SV("NONE")))
        claim(c, key, text);
}

void spdx_reference(struct claims *c, struct sv type, struct sv locator)
{
    if (sv_eq_nocase(type, SV("purl")) || sv_eq_nocase(type, SV("packageUrl"))) {
        // One purl is the package, more are other names of it.
        if (c->purl.n == 0)
            c->purl = sv_trim(locator);
        else
            claim(c, FIELD_PURL, locator);
    } else if (sv_starts(type, SV("cpe2"))) {
        claim(c, FIELD_CPE, locator);
    }
}

enum component_type spdx_type(struct sv purpose)
{
    static const struct {
        const char *word;
        enum component_type type;
    } words[] = {
        {"application", TYPE_APPLICATION},
        {"install", TYPE_APPLICATION},
        {"framework", TYPE_FRAMEWORK},
        {"container", TYPE_CONTAINER},
        {"operating-system", TYPE_OPERATING_SYSTEM},
        {"operatingSystem", TYPE_OPERATING_SYSTEM},
        {"device", TYPE_DEVICE},
        {"deviceDriver", TYPE_DEVICE_DRIVER},
        {"firmware", TYPE_FIRMWARE},
        {"file", TYPE_FILE},
        {"platform", TYPE_PLATFORM},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (sv_eq_nocase(purpose, sv_str(words[i].word)))
            return words[i].type;
    return TYPE_LIBRARY;
}

static void read_package(const struct job *job, struct json_file *f, const struct json *v)
{
    struct sv name = json_get_text(v, "name");
    const struct json *one;
    struct claims c = {
        .arena = job->arena,
        .type = spdx_type(json_get_text(v, "primaryPackagePurpose")),
        .name = name,
        .version = json_get_text(v, "versionInfo"),
        .row = json_get_text(v, "SPDXID"),
        .at = json_file_find(f, name),
    };

    claim(&c, FIELD_SUPPLIER, claimed_party(json_get_text(v, "supplier")));
    claim(&c, FIELD_AUTHOR, claimed_party(json_get_text(v, "originator")));
    spdx_claim(&c, FIELD_HOMEPAGE, json_get_text(v, "homepage"));
    spdx_claim(&c, FIELD_URL, json_get_text(v, "downloadLocation"));
    spdx_claim(&c, FIELD_COPYRIGHT, json_get_text(v, "copyrightText"));
    spdx_claim(&c, FIELD_DESCRIPTION, json_get_text(v, "summary"));
    spdx_claim(&c, FIELD_DESCRIPTION, json_get_text(v, "description"));
    spdx_claim(&c, FIELD_LICENCE, json_get_text(v, "licenseConcluded"));
    spdx_claim(&c, FIELD_FILE_NAME, json_get_text(v, "packageFileName"));
    for (one = json_first(json_get(v, "checksums")); one; one = json_next(one))
        spdx_checksum(&c, json_get_text(one, "algorithm"), json_get_text(one, "checksumValue"));
    for (one = json_first(json_get(v, "externalRefs")); one; one = json_next(one))
        spdx_reference(&c, json_get_text(one, "referenceType"),
                       json_get_text(one, "referenceLocator"));
    (void)claims_emit(job, &c);
}

int spdx_read_2(const struct job *job, struct json_file *f, struct err *err)
{
    // GitHub's export has the document inside: {"sbom": {…}}; an attestation: {"predicate": {…}}.
    const struct json *root = f->root, *inside = json_get(root, "sbom");
    struct sv version;

    inside = inside ? inside : json_get(root, "predicate");
    if (!json_get(root, "spdxVersion") && json_get(inside, "spdxVersion"))
        root = inside;
    version = json_get_text(root, "spdxVersion");
    if (!sv_starts(version, SV("SPDX-")))
        return RECOG_NOT_MINE;
    if (!sv_starts(version, SV("SPDX-2.")))
        return ERR(err, ERR_UNSUPPORTED, "an SPDX document of version %.*s", (int)version.n,
                   version.p);
    for (const struct json *one = json_first(json_get(root, "packages")); one; one = json_next(one))
        if (json_is_object(one))
            read_package(job, f, one);
    return 0;
}
