// SPDX-License-Identifier: Apache-2.0
/*
 * CycloneDX in XML. Elements come in order, so each open component and service has a level; what is
 * read goes to the innermost, by the names of the elements between it and the text.
 */
#include "identify/cyclonedx.h"
#include "identify/xml.h"

struct level {
    struct claims claims;
    size_t depth;     /* of its element */
    bool is_subject;  /* metadata/component: what the bill is of */
    bool is_finished; /* and waits for the end of the metadata */
};

struct reading {
    const struct job *job;
    struct sv text;
    struct xml xml;
    struct level levels[CYCLONEDX_NESTING_MAX];
    size_t count;
    struct sv supplier, manufacturer; /* of what the bill is of */
    struct sv attributes;             /* of the element that opened last */
    struct sv reference_type;
    bool is_bom, is_whole;
};

static void push(struct reading *r, const struct xml_item *item)
{
    struct sv parent = xml_parent(&r->xml, 1);
    bool is_service = sv_eq(item->name, SV("service")) && sv_eq(parent, SV("services"));
    bool is_subject = sv_eq(item->name, SV("component")) && sv_eq(parent, SV("metadata"));
    bool is_component = sv_eq(item->name, SV("component")) && sv_eq(parent, SV("components"));

    // What made the bill is not a part of what it is of.
    if (sv_eq(xml_parent(&r->xml, 2), SV("tools")) || r->count == CYCLONEDX_NESTING_MAX ||
        !(is_service || is_subject || is_component))
        return;
    r->levels[r->count++] = (struct level){
        .claims = {.arena = r->job->arena,
                   .type =
                       is_service ? TYPE_SERVICE : cyclonedx_type(xml_attribute(item, SV("type"))),
                   .row = xml_attribute(item, SV("bom-ref"))},
        .depth = r->xml.depth,
        .is_subject = is_subject,
    };
}

static void pop(struct reading *r)
{
    struct level *l = &r->levels[r->count - 1];

    if (l->is_subject && !claims_have(&l->claims, FIELD_SUPPLIER))
        claim(&l->claims, FIELD_SUPPLIER, r->supplier);
    if (l->is_subject && !claims_have(&l->claims, FIELD_MANUFACTURER))
        claim(&l->claims, FIELD_MANUFACTURER, r->manufacturer);
    (void)claims_emit(r->job, &l->claims);
    r->count--;
}

static void once(struct sv *to, struct sv value)
{
    if (to->n == 0)
        *to = value;
}

/* The text of an element that stands in the component itself. */
static void read_own(struct reading *r, struct claims *c, const struct xml_item *item)
{
    struct sv value = xml_plain(item->text, r->job->arena);
    static const struct {
        const char *name;
        enum field_key key;
    } fields[] = {
        {"publisher", FIELD_PUBLISHER},
        {"author", FIELD_AUTHOR},
        {"copyright", FIELD_COPYRIGHT},
        {"description", FIELD_DESCRIPTION},
        {"cpe", FIELD_CPE},
    };

    if (sv_eq(item->name, SV("name")) && c->name.n == 0) {
        c->name = value;
        c->at = range_of(r->text, sv_trim(item->text));
    } else if (sv_eq(item->name, SV("version"))) {
        once(&c->version, value);
    } else if (sv_eq(item->name, SV("group"))) {
        once(&c->group, value);
    } else if (sv_eq(item->name, SV("purl"))) {
        once(&c->purl, value);
    }
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (sv_eq(item->name, sv_str(fields[i].name)))
            claim(c, fields[i].key, value);
}

/* The text of an element further in, by the names above it. */
static void read_inner(struct reading *r, struct claims *c, const struct xml_item *item)
{
    struct sv value = xml_plain(item->text, r->job->arena), in = xml_parent(&r->xml, 1);
    const struct xml_item tag = {.attributes = r->attributes};
    bool is_name = sv_eq(item->name, SV("name"));

    if (is_name && (sv_eq(in, SV("supplier")) || sv_eq(in, SV("provider"))))
        claim(c, FIELD_SUPPLIER, value);
    else if (is_name && sv_eq(in, SV("manufacturer")))
        claim(c, FIELD_MANUFACTURER, value);
    else if (is_name && sv_eq(in, SV("author")))
        claim(c, FIELD_AUTHOR, value);
    else if (sv_eq(in, SV("license")) && (is_name || sv_eq(item->name, SV("id"))))
        claim(c, FIELD_LICENCE, value);
    else if (sv_eq(in, SV("licenses")))
        claim(c, FIELD_LICENCE, value);
    else if (sv_eq(in, SV("hashes")) && sv_eq(xml_parent(&r->xml, 2), SV("component")))
        cyclonedx_hash(c, xml_attribute(&tag, SV("alg")), value);
    else if (sv_eq(in, SV("endpoints")))
        claim(c, FIELD_URL, value);
    else if (sv_eq(in, SV("reference")) && sv_eq(item->name, SV("url")))
        cyclonedx_reference(c, r->reference_type, value);
    else if (sv_eq(in, SV("properties")))
        cyclonedx_property(c, xml_plain(xml_attribute(&tag, SV("name")), r->job->arena), value);
    else if (sv_eq(in, SV("occurrence")) && sv_eq(item->name, SV("location")))
        cyclonedx_place(c, value);
}

static void read_text(struct reading *r, const struct xml_item *item)
{
    struct level *l = r->count ? &r->levels[r->count - 1] : NULL;
    struct sv value = xml_plain(item->text, r->job->arena), in = xml_parent(&r->xml, 1);

    if (sv_eq(item->name, SV("name")) && sv_eq(xml_parent(&r->xml, 2), SV("metadata"))) {
        if (sv_eq(in, SV("supplier")))
            once(&r->supplier, value);
        else if (sv_eq(in, SV("manufacturer")) || sv_eq(in, SV("manufacture")))
            once(&r->manufacturer, value);
    }
    if (!l || l->is_finished)
        return;
    if (r->xml.depth == l->depth + 1) {
        read_own(r, &l->claims, item);
        return;
    }
    // A forebear is named in the pedigree, it is not a part.
    for (size_t up = 1; up + l->depth < r->xml.depth; up++)
        if (sv_eq(xml_parent(&r->xml, up), SV("pedigree")))
            return;
    read_inner(r, &l->claims, item);
}

static void read_close(struct reading *r, const struct xml_item *item)
{
    if (r->count && r->levels[r->count - 1].depth == r->xml.depth) {
        if (r->levels[r->count - 1].is_subject)
            r->levels[r->count - 1].is_finished = true;
        else
            pop(r);
    } else if (r->count && sv_eq(item->name, SV("metadata"))) {
        pop(r);
    }
    r->is_whole |= sv_eq(item->name, SV("bom")) && r->xml.depth == 1;
}

int cyclonedx_read_xml(const struct job *job, struct sv text, struct err *err)
{
    struct reading *r = arena_take(job->arena, sizeof(*r));
    struct xml_item item;

    if (!r)
        return arena_error(job->arena, err);
    *r = (struct reading){.job = job, .text = text, .xml = xml_over(text)};
    while (xml_next(&r->xml, &item)) {
        if (item.kind == XML_OPEN && r->xml.depth == 1 && !r->is_bom) {
            r->is_bom = sv_eq(item.name, SV("bom")) &&
                        sv_find(item.attributes, SV("cyclonedx.org/schema/bom/")) != SIZE_MAX;
            if (!r->is_bom)
                return RECOG_NOT_MINE;
        } else if (item.kind == XML_OPEN) {
            r->attributes = item.attributes;
            if (sv_eq(item.name, SV("reference")))
                r->reference_type = xml_attribute(&item, SV("type"));
            push(r, &item);
        } else if (item.kind == XML_TEXT) {
            read_text(r, &item);
        } else {
            read_close(r, &item);
        }
    }
    while (r->count)
        pop(r);
    if (!r->is_bom)
        return RECOG_NOT_MINE;
    return r->is_whole ? claims_end(job, 0, err)
                       : ERR(err, ERR_FORMAT, "the bill of materials ends in its middle");
}
