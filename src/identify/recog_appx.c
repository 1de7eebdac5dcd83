// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises packages of Windows' store (MSIX, AppX) by their AppxManifest.xml.
 *
 *     <Package> <Identity Name= Version= Publisher="CN=…, O=…" ProcessorArchitecture=/>
 *     <Properties> <DisplayName> <PublisherDisplayName>
 *
 * The signature, which has to be the publisher's, is in another file; so this is a claim.
 * Format: Microsoft "App package manifest".
 */
#include "identify/recogniser.h"
#include "identify/xml.h"

enum { MANIFEST_MAX = 4 << 20 };

static bool is_in(const struct xml *x, struct sv parent)
{
    return sv_eq(xml_parent(x, 1), parent);
}

/* The organisation in "CN=A, O="B, C", …": between quotes a comma does not end it. */
static struct sv organisation(struct sv name)
{
    while (name.n) {
        bool mine;
        struct sv part;

        name = sv_trim(name);
        mine = sv_starts(name, SV("O="));
        (void)sv_cut(&name, '=');
        if (sv_starts(name, SV("\""))) {
            name = sv_from(name, 1);
            part = sv_cut(&name, '"');
            (void)sv_cut(&name, ',');
        } else {
            part = sv_cut(&name, ',');
        }
        if (mine)
            return sv_trim(part);
    }
    return (struct sv){0};
}

static void emit_identity(const struct job *job, const struct xml_item *item)
{
    struct sv publisher = xml_plain(xml_attribute(item, SV("Publisher")), job->arena);
    struct sv architecture = xml_attribute(item, SV("ProcessorArchitecture"));

    emit_component(job->out, TYPE_APPLICATION);
    emit_field(job->out, FIELD_PACKAGE_TYPE, SV("appx"));
    emit_field(job->out, FIELD_PACKAGE, xml_plain(xml_attribute(item, SV("Name")), job->arena));
    emit_field(job->out, FIELD_VERSION, xml_plain(xml_attribute(item, SV("Version")), job->arena));
    emit_field(job->out, FIELD_ARCHITECTURE,
               sv_eq(architecture, SV("x64"))     ? SV("x86_64")
               : sv_eq(architecture, SV("x86"))   ? SV("i386")
               : sv_eq(architecture, SV("arm64")) ? SV("aarch64")
                                                  : (struct sv){0});
    emit_field(job->out, FIELD_PUBLISHER, organisation(publisher));
}

static void emit_property(const struct job *job, const struct xml_item *item)
{
    struct sv text = xml_plain(item->text, job->arena);

    if (sv_starts(text, SV("ms-resource:")))
        return;
    if (sv_eq(item->name, SV("DisplayName")))
        emit_field(job->out, FIELD_PRODUCT, text);
    else if (sv_eq(item->name, SV("PublisherDisplayName")))
        emit_field(job->out, FIELD_MANUFACTURER, text);
}

static int identify_appx(const struct job *job, struct err *err)
{
    struct xml_item item;
    struct span bytes;
    struct xml x;
    bool any = false;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &bytes, err));
    x = xml_over(sv_of(bytes));
    while (xml_next(&x, &item)) {
        if (!any && item.kind == XML_OPEN && sv_eq(item.name, SV("Identity")) &&
            is_in(&x, SV("Package"))) {
            emit_identity(job, &item);
            any = true;
        }
        if (any && item.kind == XML_TEXT && is_in(&x, SV("Properties")))
            emit_property(job, &item);
    }
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "WindowsApps/*/AppxManifest.xml",
     .state = STATE_INSTALLED,
     .ceiling = CONFIDENCE_PROBABLE,
     .anchor_up = 1},
    {.path = "AppxManifest.xml",
     .state = STATE_PRESENT,
     .ceiling = CONFIDENCE_PROBABLE,
     .anchor_up = 1},
    {0},
};

const struct recogniser recog_appx = {
    .name = "appx",
    .summary = "packages of Windows' store (MSIX, AppX)",
    .epoch = 1,
    .gates = gates,
    .identify = identify_appx,
};
