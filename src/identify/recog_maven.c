// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Maven's project files: pom.xml, *.pom of a repository, and META-INF/maven/…/pom.xml and
 * pom.properties, which a jar carries of everything that was built into it.
 *
 * A project in a source tree references its dependencies and plugins. The file in a jar or in a
 * repository is of something built: present itself, and what it wanted may not be there.
 * "${name}" is replaced from <properties> and the project's own coordinates.
 * Format: https://maven.apache.org/pom.html
 */
#include "identify/json_file.h"
#include "identify/maven.h"
#include "identify/xml.h"

enum {
    TAG_PROJECT,
    TAG_BUILT,
    TAG_PROPERTIES,
    PROPERTIES_MAX = 512,
};

struct pom {
    const struct job *job;
    struct sv text;
    struct sv group, artifact, version, parent_group, parent_version, name, url, organization;
    struct {
        struct sv name, value;
    } properties[PROPERTIES_MAX];
    size_t property_count;
};

/* The children of <project> that have a text. */
static void read_project(struct pom *pom, const struct xml *xml, const struct xml_item *item)
{
    const struct {
        const char *parent, *name;
        struct sv *to;
    } wanted[] = {
        {"project", "groupId", &pom->group},
        {"project", "artifactId", &pom->artifact},
        {"project", "version", &pom->version},
        {"project", "name", &pom->name},
        {"project", "url", &pom->url},
        {"parent", "groupId", &pom->parent_group},
        {"parent", "version", &pom->parent_version},
        {"organization", "name", &pom->organization},
    };
    struct sv parent = xml_parent(xml, 1);

    if (xml->depth == 3 && sv_eq(parent, SV("properties")) &&
        pom->property_count < PROPERTIES_MAX) {
        pom->properties[pom->property_count].name = item->name;
        pom->properties[pom->property_count++].value = sv_trim(item->text);
    }
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        size_t depth = sv_eq(sv_str(wanted[i].parent), SV("project")) ? 2 : 3;

        if (xml->depth == depth && sv_eq(parent, sv_str(wanted[i].parent)) &&
            sv_eq(item->name, sv_str(wanted[i].name)) && wanted[i].to->n == 0)
            *wanted[i].to = sv_trim(item->text);
    }
}

/* A value that is one "${name}" and nothing else is replaced; others stay as they are written. */
static struct sv resolved(const struct pom *pom, struct sv value)
{
    for (int rounds = 0; rounds < 4; rounds++) {
        struct sv name, found = {0};

        value = sv_trim(value);
        if (!sv_starts(value, SV("${")) || !sv_ends(value, SV("}")))
            break;
        name = (struct sv){value.p + 2, value.n - 3};
        if (sv_eq(name, SV("project.groupId")) || sv_eq(name, SV("pom.groupId")))
            found = pom->group.n ? pom->group : pom->parent_group;
        else if (sv_eq(name, SV("project.version")) || sv_eq(name, SV("pom.version")) ||
                 sv_eq(name, SV("version")))
            found = pom->version.n ? pom->version : pom->parent_version;
        else if (sv_eq(name, SV("project.parent.version")))
            found = pom->parent_version;
        for (size_t i = 0; i < pom->property_count && found.n == 0; i++) {
            if (sv_eq(pom->properties[i].name, name))
                found = pom->properties[i].value;
        }
        if (found.n == 0)
            break;
        value = found;
    }
    return value;
}

static bool emit_itself(const struct pom *pom)
{
    struct sv group = pom->group.n ? pom->group : pom->parent_group;
    struct sv version = pom->version.n ? pom->version : pom->parent_version;
    struct emit *out = pom->job->out;
    struct arena *arena = pom->job->arena;

    if (!maven_emit(pom->job, resolved(pom, group), resolved(pom, pom->artifact),
                    resolved(pom, version), pom->job->gate->state,
                    range_of(pom->text, pom->artifact)))
        return false;
    emit_field(out, FIELD_PRODUCT, xml_plain(pom->name, arena));
    emit_field(out, FIELD_SUPPLIER, xml_plain(pom->organization, arena));
    emit_field(out, FIELD_HOMEPAGE, xml_plain(pom->url, arena));
    return true;
}

/* <developers><developer><name>, <organization> belong to the project, which was just emitted. */
static void emit_developers(const struct pom *pom)
{
    struct xml xml = xml_over(pom->text);
    struct xml_item item;

    while (xml_next(&xml, &item)) {
        if (item.kind != XML_TEXT || !sv_eq(xml_parent(&xml, 1), SV("developer")))
            continue;
        if (sv_eq(item.name, SV("name")) || sv_eq(item.name, SV("email")) ||
            sv_eq(item.name, SV("organization")))
            emit_field(pom->job->out, FIELD_AUTHOR, xml_plain(item.text, pom->job->arena));
    }
}

static bool is_wanted(struct sv name)
{
    return sv_eq(name, SV("dependency")) || sv_eq(name, SV("plugin")) ||
           sv_eq(name, SV("extension")) || sv_eq(name, SV("path")) || sv_eq(name, SV("parent"));
}

static bool emit_wanted(const struct pom *pom)
{
    struct xml xml = xml_over(pom->text);
    struct sv group = {0}, artifact = {0}, version = {0};
    struct xml_item item;
    bool any = false;

    while (xml_next(&xml, &item)) {
        if (item.kind == XML_OPEN && is_wanted(item.name)) {
            group = artifact = version = (struct sv){0};
        } else if (item.kind == XML_TEXT && is_wanted(xml_parent(&xml, 1))) {
            if (sv_eq(item.name, SV("groupId")))
                group = sv_trim(item.text);
            else if (sv_eq(item.name, SV("artifactId")))
                artifact = sv_trim(item.text);
            else if (sv_eq(item.name, SV("version")))
                version = sv_trim(item.text);
        } else if (item.kind == XML_CLOSE && is_wanted(item.name)) {
            // Maven's own plugins may go without a group.
            if (group.n == 0 && sv_eq(item.name, SV("plugin")))
                group = SV("org.apache.maven.plugins");
            any |=
                maven_emit(pom->job, resolved(pom, group), resolved(pom, artifact),
                           resolved(pom, version), STATE_REFERENCED, range_of(pom->text, artifact));
            group = artifact = version = (struct sv){0};
        }
    }
    return any;
}

static bool identify_pom(const struct job *job, struct pom *pom)
{
    struct xml xml = xml_over(pom->text);
    struct xml_item item;
    bool any;

    while (xml_next(&xml, &item)) {
        if (item.kind == XML_TEXT && sv_eq(xml.path[0], SV("project")))
            read_project(pom, &xml, &item);
    }
    any = emit_itself(pom);
    if (any)
        emit_developers(pom);
    if (job->gate->tag == TAG_PROJECT)
        any |= emit_wanted(pom);
    return any;
}

static bool identify_properties(const struct job *job, struct sv text)
{
    struct sv rest = text, group = {0}, artifact = {0}, version = {0};

    while (rest.n) {
        struct sv value = sv_line(&rest);
        struct sv key = sv_trim(sv_cut(&value, '='));

        if (sv_eq(key, SV("groupId")))
            group = sv_trim(value);
        else if (sv_eq(key, SV("artifactId")))
            artifact = sv_trim(value);
        else if (sv_eq(key, SV("version")))
            version = sv_trim(value);
    }
    return maven_emit(job, group, artifact, version, job->gate->state, range_of(text, artifact));
}

static int identify_maven(const struct job *job, struct err *err)
{
    struct span all;
    struct pom *pom;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    if (job->gate->tag == TAG_PROPERTIES)
        return identify_properties(job, sv_of(all)) ? 0 : RECOG_NOT_MINE;
    pom = arena_take(job->arena, sizeof(*pom));
    if (!pom)
        return arena_error(job->arena, err);
    pom->job = job;
    pom->text = sv_of(all);
    return identify_pom(job, pom) ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "META-INF/maven/*/*/pom.properties",
     .state = STATE_PRESENT,
     .anchor_up = 5,
     .tag = TAG_PROPERTIES},
    {.path = "META-INF/maven/*/*/pom.xml",
     .state = STATE_PRESENT,
     .anchor_up = 5,
     .tag = TAG_BUILT},
    {.path = "*.pom", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_BUILT},
    {.path = "pom.xml", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_PROJECT},
    {0},
};

const struct recogniser recog_maven = {
    .name = "maven",
    .summary = "what Maven built and what its projects depend on",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_maven,
};
