// SPDX-License-Identifier: Apache-2.0
/*
 * Reads SPDX documents: 2.2 and 2.3 in JSON and as tags, 3.0 in JSON-LD. Each package is a
 * component that is somewhere else: referenced.
 *
 *     SPDXVersion: SPDX-2.3
 *     PackageName: name
 *     PackageSupplier: Organization: Acme (ops@acme.test)
 *     PackageCopyrightText: <text>Copyright
 *     of somebody</text>
 *
 * RDF and YAML are named as not supported. Format: https://spdx.github.io/spdx-spec/v2.3/
 */
#include "identify/spdx.h"
#include "identify/text_file.h"

enum {
    TAG_JSON,
    TAG_TAGS,
    TAG_OTHER,
};

/* ---- tags ---- */

/* The value of a tag, which between <text> and </text> runs over several lines. */
static struct sv tag_value(struct sv value, struct sv all, struct sv *rest)
{
    const struct sv end = SV("</text>");
    size_t at;

    value = sv_trim(value);
    if (!sv_starts(value, SV("<text>")))
        return value;
    // What is left of this line and all that follows are one piece of text.
    value = sv_from(all, (size_t)(value.p - all.p) + sizeof("<text>") - 1);
    at = sv_find(value, end);
    if (at == SIZE_MAX) {
        *rest = (struct sv){0};
        return value;
    }
    *rest = sv_from(value, at + end.n);
    (void)sv_line(rest);
    value.n = at;
    return value;
}

static void read_checksum(struct claims *c, struct sv value)
{
    struct sv algorithm = sv_cut(&value, ':');

    spdx_checksum(c, sv_trim(algorithm), sv_trim(value));
}

/* "PACKAGE-MANAGER purl pkg:deb/…" */
static void read_reference(struct claims *c, struct sv value)
{
    (void)text_word(&value);

    struct sv type = text_word(&value);

    spdx_reference(c, type, value);
}

static void read_tag(struct claims *c, struct sv all, struct sv name, struct sv value)
{
    static const struct {
        const char *name;
        enum field_key key;
    } texts[] = {
        {"PackageHomePage", FIELD_HOMEPAGE},       {"PackageDownloadLocation", FIELD_URL},
        {"PackageCopyrightText", FIELD_COPYRIGHT}, {"PackageSummary", FIELD_DESCRIPTION},
        {"PackageDescription", FIELD_DESCRIPTION}, {"PackageLicenseConcluded", FIELD_LICENCE},
        {"PackageFileName", FIELD_FILE_NAME},
    };

    if (sv_eq(name, SV("PackageName"))) {
        c->name = value;
        c->at = range_of(all, value);
    } else if (sv_eq(name, SV("SPDXID"))) {
        c->row = value;
    } else if (sv_eq(name, SV("PackageVersion"))) {
        c->version = value;
    } else if (sv_eq(name, SV("PackageSupplier"))) {
        claim(c, FIELD_SUPPLIER, claimed_party(value));
    } else if (sv_eq(name, SV("PackageOriginator"))) {
        claim(c, FIELD_AUTHOR, claimed_party(value));
    } else if (sv_eq(name, SV("PackageChecksum"))) {
        read_checksum(c, value);
    } else if (sv_eq(name, SV("ExternalRef"))) {
        read_reference(c, value);
    } else if (sv_eq(name, SV("PrimaryPackagePurpose"))) {
        c->type = spdx_type(value);
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (sv_eq(name, sv_str(texts[i].name)))
            spdx_claim(c, texts[i].key, value);
}

/* What begins something that is no part of the package above it. */
static bool ends_package(struct sv name)
{
    return sv_eq(name, SV("PackageName")) || sv_eq(name, SV("FileName")) ||
           sv_eq(name, SV("SnippetSPDXID")) || sv_eq(name, SV("LicenseID")) ||
           sv_eq(name, SV("SPDXVersion")) || sv_eq(name, SV("Annotator"));
}

static int read_tags(const struct job *job, struct sv all, struct err *err)
{
    const struct claims none = {.arena = job->arena, .type = TYPE_LIBRARY};
    struct sv rest = all, version = {0};
    struct claims c = none;
    bool open = false;

    if (sv_starts(rest, SV("\xef\xbb\xbf")))
        rest = sv_from(rest, 3);
    while (rest.n) {
        struct sv value = sv_line(&rest), name = sv_trim(sv_cut(&value, ':'));

        if (name.n == 0 || name.p[0] == '#')
            continue;
        value = tag_value(value, all, &rest);
        if (version.n == 0 && !sv_eq(name, SV("SPDXVersion")))
            return RECOG_NOT_MINE;
        if (version.n == 0)
            version = value;
        if (ends_package(name)) {
            if (open)
                (void)claims_emit(job, &c);
            c = none;
            open = sv_eq(name, SV("PackageName"));
        }
        if (open)
            read_tag(&c, all, name, value);
    }
    if (open)
        (void)claims_emit(job, &c);
    if (!sv_starts(version, SV("SPDX-")))
        return RECOG_NOT_MINE;
    return sv_starts(version, SV("SPDX-2."))
               ? 0
               : ERR(err, ERR_UNSUPPORTED, "an SPDX document of version %.*s",
                     version.n < 32 ? (int)version.n : 32, version.p);
}

/* ---- all of it ---- */

static int read_json(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    result = spdx_read_2(job, &f, err);
    if (result == RECOG_NOT_MINE)
        result = spdx_read_3(job, &f, err);
    return claims_end(job, result, err);
}

static int identify_spdx(const struct job *job, struct err *err)
{
    struct span all;

    if (job->gate->tag == TAG_JSON)
        return read_json(job, err);
    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    if (job->gate->tag == TAG_TAGS)
        return claims_end(job, read_tags(job, sv_of(all), err), err);
    if (sv_find(sv_of(all), SV("SpdxDocument")) == SIZE_MAX &&
        sv_find(sv_of(all), SV("spdxVersion:")) == SIZE_MAX)
        return RECOG_NOT_MINE;
    return ERR(err, ERR_UNSUPPORTED, "an SPDX document in RDF or YAML; JSON and tags are read");
}

#define DOCUMENT .state = STATE_REFERENCED, .ceiling = CONFIDENCE_PROBABLE
#define JSON_WITH(word) \
    { \
        .magic = {"{", 1}, .within = {word, sizeof(word) - 1}, DOCUMENT, .tag = TAG_JSON \
    }

static const struct gate gates[] = {
    JSON_WITH("\"spdxVersion\""),
    JSON_WITH("\"SPDXID\""),
    JSON_WITH("spdx.org/rdf/3"),
    {.path = "*.spdx.json", .magic = {"{", 1}, DOCUMENT, .tag = TAG_JSON},
    {.magic = {"SPDXVersion:", 12}, DOCUMENT, .tag = TAG_TAGS},
    {.magic = {"\xef\xbb\xbfSPDXVersion:", 15}, DOCUMENT, .tag = TAG_TAGS},
    {.path = "*.spdx", .within = {"SPDXVersion:", 12}, DOCUMENT, .tag = TAG_TAGS},
    {.path = "*.spdx.rdf", DOCUMENT, .tag = TAG_OTHER},
    {.path = "*.spdx.rdf.xml", DOCUMENT, .tag = TAG_OTHER},
    {.path = "*.spdx.yaml", DOCUMENT, .tag = TAG_OTHER},
    {.path = "*.spdx.yml", DOCUMENT, .tag = TAG_OTHER},
    {0},
};

const struct recogniser recog_spdx = {
    .name = "spdx",
    .summary = "bills of materials in SPDX's JSON and tags",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_spdx,
};
