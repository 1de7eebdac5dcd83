// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the XML in which .NET names NuGet packages.
 *
 *     packages.config        <package id="Name" version="1.2.3" />
 *     *.csproj, *.props …    <PackageReference Include="Name" Version="1.2.3" /> or a child
 * <Version>
 *     *.nuspec               <metadata><id>, <version>, <authors>, <owners> of the package itself
 *
 * A .nuspec lies unpacked in a package folder or cache, and inside every .nupkg: present.
 */
#include "identify/json_file.h"
#include "identify/package.h"
#include "identify/xml.h"

enum {
    TAG_CONFIG,
    TAG_PROJECT,
    TAG_NUSPEC,
};

struct reading {
    const struct job *job;
    struct sv text;
    struct xml xml;
};

static bool emit_nuget(const struct reading *r, struct sv name, struct sv version,
                       enum component_state state)
{
    // "[1.2.3]" is exact, "1.2.3" the least that will do, "$(Property)" and "1.*" neither.
    bool ranged = sv_find(version, SV(",")) != SIZE_MAX || sv_find(version, SV("*")) != SIZE_MAX ||
                  sv_find(version, SV("$")) != SIZE_MAX;
    struct package p = {
        .type = "nuget",
        .name = xml_plain(name, r->job->arena),
        .at = range_of(r->text, name),
        .state = state,
        .ceiling = r->job->gate->ceiling,
    };

    version = xml_plain(version, r->job->arena);
    if (!ranged && sv_starts(version, SV("[")) && sv_ends(version, SV("]")))
        version = (struct sv){version.p + 1, version.n - 2};
    *(ranged ? &p.constraint : &p.version) = version;
    return package_emit(r->job->out, &p);
}

static bool read_config(struct reading *r)
{
    struct xml_item item;
    bool any = false;

    while (xml_next(&r->xml, &item)) {
        any |= item.kind == XML_OPEN && sv_eq(item.name, SV("packages"));
        if (item.kind == XML_OPEN && sv_eq(item.name, SV("package")))
            any |= emit_nuget(r, xml_attribute(&item, SV("id")),
                              xml_attribute(&item, SV("version")), STATE_REFERENCED);
    }
    return any;
}

static bool is_reference(struct sv name)
{
    return sv_eq(name, SV("PackageReference")) || sv_eq(name, SV("PackageVersion")) ||
           sv_eq(name, SV("GlobalPackageReference")) || sv_eq(name, SV("PackageDownload"));
}

static bool read_project(struct reading *r)
{
    struct sv name = {0}, version = {0};
    struct xml_item item;
    bool any = false;

    while (xml_next(&r->xml, &item)) {
        if (item.kind == XML_OPEN && is_reference(item.name)) {
            name = xml_attribute(&item, SV("Include"));
            if (name.n == 0)
                name = xml_attribute(&item, SV("Update"));
            version = xml_attribute(&item, SV("Version"));
        } else if (item.kind == XML_TEXT && sv_eq(item.name, SV("Version")) &&
                   is_reference(xml_parent(&r->xml, 1))) {
            version = item.text;
        } else if (item.kind == XML_CLOSE && is_reference(item.name)) {
            any |= emit_nuget(r, name, version, STATE_REFERENCED);
        }
    }
    return any;
}

/* "Acme, Inc." is one of its kind, "Acme, Joe" two: both readings are given. */
static void emit_makers(const struct reading *r, enum field_key key, struct sv makers)
{
    makers = xml_plain(makers, r->job->arena);
    if (sv_find(makers, SV(",")) != SIZE_MAX)
        emit_field(r->job->out, key, makers);
    people_emit(r->job->out, key, makers);
}

/* Elements that only Chocolatey knows: a recipe that fetches a program, which is not there. */
static bool is_chocolatey(struct sv text)
{
    return sv_find(text, SV("<packageSourceUrl>")) != SIZE_MAX ||
           sv_find(text, SV("<projectSourceUrl>")) != SIZE_MAX ||
           sv_find(text, SV("chocolateyInstall")) != SIZE_MAX ||
           sv_find(text, SV("chocolateyinstall")) != SIZE_MAX;
}

static bool emit_chocolatey(const struct reading *r, struct sv id, struct sv version)
{
    const struct package p = {
        .type = "chocolatey",
        .name = xml_plain(id, r->job->arena),
        .version = xml_plain(version, r->job->arena),
        .at = range_of(r->text, id),
        .state = STATE_REFERENCED,
        .ceiling = r->job->gate->ceiling,
    };

    return package_emit(r->job->out, &p);
}

static bool read_nuspec(struct reading *r)
{
    struct sv id = {0}, version = {0}, authors = {0}, owners = {0}, url = {0}, copyright = {0},
              description = {0}, title = {0};
    bool chocolatey = is_chocolatey(r->text);
    const struct {
        const char *name;
        struct sv *to;
    } wanted[] = {
        {"id", &id},
        {"title", &title},
        {"version", &version},
        {"authors", &authors},
        {"owners", &owners},
        {"projectUrl", &url},
        {"copyright", &copyright},
        {"description", &description},
    };
    struct arena *arena = r->job->arena;
    struct emit *out = r->job->out;
    struct xml_item item;

    while (xml_next(&r->xml, &item)) {
        if (item.kind != XML_TEXT || !sv_eq(xml_parent(&r->xml, 1), SV("metadata")))
            continue;
        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            if (sv_eq(item.name, sv_str(wanted[i].name)) && wanted[i].to->n == 0)
                *wanted[i].to = item.text;
        }
    }
    if (chocolatey ? !emit_chocolatey(r, id, version)
                   : !emit_nuget(r, id, version, r->job->gate->state))
        return false;
    if (chocolatey)
        emit_field(out, FIELD_PRODUCT, xml_plain(title, arena));
    emit_makers(r, FIELD_AUTHOR, authors);
    if (!chocolatey) // there the owner is who wrote the recipe
        emit_makers(r, FIELD_PUBLISHER, owners);
    emit_field(out, FIELD_HOMEPAGE, xml_plain(url, arena));
    emit_field(out, FIELD_COPYRIGHT, xml_plain(copyright, arena));
    emit_field(out, FIELD_DESCRIPTION, xml_plain(description, arena));
    return true;
}

static int identify_nuget_xml(const struct job *job, struct err *err)
{
    static bool (*const readers[])(struct reading *) = {
        [TAG_CONFIG] = read_config,
        [TAG_PROJECT] = read_project,
        [TAG_NUSPEC] = read_nuspec,
    };
    struct reading r = {.job = job};
    struct span all;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    r.text = sv_of(all);
    r.xml = xml_over(r.text);
    return readers[job->gate->tag](&r) ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "packages.config", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_CONFIG},
    {.path = "*.csproj", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_PROJECT},
    {.path = "*.fsproj", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_PROJECT},
    {.path = "*.vbproj", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_PROJECT},
    {.path = "*.vcxproj", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_PROJECT},
    {.path = "Directory.*.props", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_PROJECT},
    {.path = "Directory.*.targets", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_PROJECT},
    {.path = "*.nuspec", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_NUSPEC},
    {0},
};

const struct recogniser recog_nuget_xml = {
    .name = "nuget_xml",
    .summary = "NuGet packages that are unpacked or asked for",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_nuget_xml,
};
