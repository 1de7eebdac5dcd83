// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "identify/listing.h"

enum property {
    PROPERTY_NAME,
    PROPERTY_DISPLAY_NAME,
    PROPERTY_VERSION,
    PROPERTY_PUBLISHER,
    PROPERTY_MANUFACTURER,
    PROPERTY_MAINTAINER,
    PROPERTY_AUTHOR,
    PROPERTY_CODE,
    PROPERTY_PATH,
    PROPERTY_BUNDLE_ID,
    PROPERTY_IDENTIFIER,
    PROPERTY_LABEL,
    PROPERTY_RELEASE,
    PROPERTY_ARCHITECTURE,
    PROPERTY_KIND_OF_SERVICE,
    PROPERTY_SERVICE,
    PROPERTY_COMMON_NAME,
    PROPERTY_ISSUER,
    PROPERTY_PID,
    PROPERTY_COMMAND,
    PROPERTY_COPYRIGHT,
    PROPERTY_HOMEPAGE,
    PROPERTY_SHA256,
    PROPERTY_OF_DEB,
    PROPERTY_OF_RPM,
    PROPERTY_OF_EXTENSION,
    PROPERTY_OF_LAUNCHD,
    PROPERTY_OF_SERVICE,
    PROPERTY_OF_PROGRAM,
    PROPERTY_COUNT,
};

static const struct {
    const char *name;
    enum property property;
} names[] = {
    {"name", PROPERTY_NAME},
    {"caption", PROPERTY_DISPLAY_NAME},
    {"displayname", PROPERTY_DISPLAY_NAME},
    {"bundlename", PROPERTY_DISPLAY_NAME},
    {"version", PROPERTY_VERSION},
    {"displayversion", PROPERTY_VERSION},
    {"bundleshortversion", PROPERTY_VERSION},
    {"publisher", PROPERTY_PUBLISHER},
    {"vendor", PROPERTY_PUBLISHER},
    {"manufacturer", PROPERTY_MANUFACTURER},
    {"provider", PROPERTY_MANUFACTURER},
    {"maintainer", PROPERTY_MAINTAINER},
    {"packager", PROPERTY_MAINTAINER},
    {"author", PROPERTY_AUTHOR},
    {"identifyingnumber", PROPERTY_CODE},
    {"productcode", PROPERTY_CODE},
    {"pschildname", PROPERTY_CODE},
    {"installlocation", PROPERTY_PATH},
    {"path", PROPERTY_PATH},
    {"pathname", PROPERTY_PATH},
    {"imagepath", PROPERTY_PATH},
    {"executablepath", PROPERTY_PATH},
    {"image", PROPERTY_PATH},
    {"bundleidentifier", PROPERTY_BUNDLE_ID},
    {"identifier", PROPERTY_IDENTIFIER},
    {"label", PROPERTY_LABEL},
    {"release", PROPERTY_RELEASE},
    {"arch", PROPERTY_ARCHITECTURE},
    {"architecture", PROPERTY_ARCHITECTURE},
    {"servicetype", PROPERTY_KIND_OF_SERVICE},
    {"service", PROPERTY_SERVICE},
    {"commonname", PROPERTY_COMMON_NAME},
    {"issuer", PROPERTY_ISSUER},
    {"pid", PROPERTY_PID},
    {"processid", PROPERTY_PID},
    {"cmdline", PROPERTY_COMMAND},
    {"commandline", PROPERTY_COMMAND},
    {"copyright", PROPERTY_COPYRIGHT},
    {"url", PROPERTY_HOMEPAGE},
    {"sha256", PROPERTY_SHA256},
    {"revision", PROPERTY_OF_DEB},
    {"section", PROPERTY_OF_DEB},
    {"priority", PROPERTY_OF_DEB},
    {"packagegroup", PROPERTY_OF_RPM},
    {"sourcerpm", PROPERTY_OF_RPM},
    {"buildhost", PROPERTY_OF_RPM},
    {"browsertype", PROPERTY_OF_EXTENSION},
    {"fromwebstore", PROPERTY_OF_EXTENSION},
    {"profilepath", PROPERTY_OF_EXTENSION},
    {"programarguments", PROPERTY_OF_LAUNCHD},
    {"runatload", PROPERTY_OF_LAUNCHD},
    {"startmode", PROPERTY_OF_SERVICE},
    {"starttype", PROPERTY_OF_SERVICE},
    {"startname", PROPERTY_OF_SERVICE},
    {"useraccount", PROPERTY_OF_SERVICE},
    {"uninstallstring", PROPERTY_OF_PROGRAM},
    {"installsource", PROPERTY_OF_PROGRAM},
    {"installdate", PROPERTY_OF_PROGRAM},
    {"packagecode", PROPERTY_OF_PROGRAM},
};

static enum property property_of(struct sv name)
{
    char plain[24];
    size_t n = 0;

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (c == '_' || c == '-' || c == ' ' || c == '\t')
            continue;
        if (n == sizeof(plain))
            return PROPERTY_COUNT;
        plain[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (sv_eq((struct sv){plain, n}, sv_str(names[i].name)))
            return names[i].property;
    return PROPERTY_COUNT;
}

bool property_is_known(struct sv name)
{
    return property_of(name) != PROPERTY_COUNT;
}

struct properties properties_of(const struct listing *l)
{
    return (struct properties){.c = listing_claims(l, TYPE_APPLICATION, (struct sv){0})};
}

static void once(struct sv *to, struct sv value)
{
    if (to->n == 0)
        *to = value;
}

static void add_flag(struct properties *p, enum property property)
{
    p->is_deb |= property == PROPERTY_OF_DEB;
    p->is_rpm |= property == PROPERTY_OF_RPM;
    p->is_extension |= property == PROPERTY_OF_EXTENSION;
    p->is_launchd |= property == PROPERTY_OF_LAUNCHD;
    p->is_service |= property == PROPERTY_OF_SERVICE || property == PROPERTY_KIND_OF_SERVICE;
    p->is_program |= property == PROPERTY_OF_PROGRAM || property == PROPERTY_CODE;
}

static bool add_claim(struct properties *p, enum property property, struct sv value)
{
    static const struct {
        enum property property;
        enum field_key key;
    } fields[] = {
        {PROPERTY_PUBLISHER, FIELD_PUBLISHER},   {PROPERTY_MANUFACTURER, FIELD_MANUFACTURER},
        {PROPERTY_MAINTAINER, FIELD_MAINTAINER}, {PROPERTY_AUTHOR, FIELD_AUTHOR},
        {PROPERTY_BUNDLE_ID, FIELD_BUNDLE_ID},   {PROPERTY_ARCHITECTURE, FIELD_ARCHITECTURE},
        {PROPERTY_COPYRIGHT, FIELD_COPYRIGHT},   {PROPERTY_HOMEPAGE, FIELD_HOMEPAGE},
        {PROPERTY_SHA256, FIELD_SHA256},
    };

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (fields[i].property != property)
            continue;
        claim(&p->c, fields[i].key, property == PROPERTY_MAINTAINER ? claimed_party(value) : value);
        return true;
    }
    return false;
}

void property_add(struct properties *p, struct sv name, struct sv value)
{
    enum property property = property_of(name);
    struct sv *const texts[PROPERTY_COUNT] = {
        [PROPERTY_NAME] = &p->c.name,
        [PROPERTY_DISPLAY_NAME] = &p->display_name,
        [PROPERTY_VERSION] = &p->c.version,
        [PROPERTY_PUBLISHER] = &p->publisher,
        [PROPERTY_MAINTAINER] = &p->maintainer,
        [PROPERTY_CODE] = &p->code,
        [PROPERTY_PATH] = &p->path,
        [PROPERTY_IDENTIFIER] = &p->identifier,
        [PROPERTY_LABEL] = &p->label,
        [PROPERTY_RELEASE] = &p->release,
        [PROPERTY_ARCHITECTURE] = &p->architecture,
        [PROPERTY_KIND_OF_SERVICE] = &p->kind_of_service,
        [PROPERTY_SERVICE] = &p->service,
        [PROPERTY_COMMON_NAME] = &p->common_name,
        [PROPERTY_ISSUER] = &p->issuer,
        [PROPERTY_PID] = &p->pid,
        [PROPERTY_COMMAND] = &p->command,
    };

    if (property == PROPERTY_COUNT)
        return;
    value = sv_trim(value);
    p->known++;
    add_flag(p, property);
    if (value.n == 0 || sv_eq(value, SV("(none)")))
        return;
    (void)add_claim(p, property, value);
    if (texts[property])
        once(texts[property], value);
}

/* ---- what it is ---- */

static void add_package(struct properties *p, const char *type)
{
    p->c.type = TYPE_LIBRARY;
    claim(&p->c, FIELD_PACKAGE, p->c.name);
    claim(&p->c, FIELD_PACKAGE_TYPE, sv_str(type));
    if (p->release.n)
        p->c.version =
            arena_printf(p->c.arena, "%.*s-%.*s", (int)p->c.version.n,
                         p->c.version.n ? p->c.version.p : "", (int)p->release.n, p->release.p);
}

/* "C:\Windows\System32\drivers\x.sys" and the like: x. */
static struct sv driver_of(struct sv path)
{
    size_t at = sv_find_last(path, '\\');

    if (at == SIZE_MAX)
        at = sv_find_last(path, '/');
    path = at == SIZE_MAX ? path : sv_from(path, at + 1);
    if (path.n > 4 && sv_eq_nocase(sv_from(path, path.n - 4), SV(".sys")))
        path.n -= 4;
    return path;
}

static void add_service(struct properties *p)
{
    bool is_driver = sv_find(p->kind_of_service, SV("DRIVER")) != SIZE_MAX ||
                     sv_find(p->kind_of_service, SV("Driver")) != SIZE_MAX;

    p->c.type = is_driver ? TYPE_DEVICE_DRIVER : TYPE_SERVICE;
    claim(&p->c, is_driver ? FIELD_DRIVER : FIELD_SERVICE, p->c.name);
}

static bool add_kind(struct properties *p)
{
    bool has_name = p->c.name.n > 0;

    if (p->is_deb && p->maintainer.n && has_name) {
        add_package(p, "deb");
    } else if (p->release.n && p->c.version.n && has_name &&
               (p->is_rpm || p->architecture.n || p->publisher.n)) {
        add_package(p, "rpm");
    } else if (p->is_service && has_name) {
        add_service(p);
    } else if (p->service.n && p->path.n) {
        p->c.type = TYPE_DEVICE_DRIVER;
        claim(&p->c, FIELD_DRIVER, driver_of(p->path));
        claim(&p->c, FIELD_SERVICE, p->service);
    } else if (p->is_extension && p->identifier.n) {
        claim(&p->c, FIELD_EXTENSION_ID, p->identifier);
    } else if (p->is_launchd && p->label.n) {
        p->c.type = TYPE_SERVICE;
        claim(&p->c, FIELD_LAUNCHD, p->label);
    } else if (p->common_name.n && p->issuer.n) {
        p->c.type = TYPE_CRYPTOGRAPHIC_ASSET;
        claim_in_group(&p->c, FIELD_CERTIFICATE_CN, p->common_name, 1);
    } else if (p->pid.n && (p->command.n || p->path.n) && has_name) {
        claim(&p->c, FIELD_PROCESS, p->c.name);
    } else if (claims_have(&p->c, FIELD_BUNDLE_ID)) {
        return true;
    } else {
        return (has_name || p->display_name.n) && (p->is_program || p->publisher.n);
    }
    return true;
}

void properties_emit(struct listing *l, struct properties *p)
{
    struct sv rest;

    if (!add_kind(p))
        return;
    // "name" is the short one where there are two, and of a program what people call it.
    if (p->display_name.n)
        claim(&p->c, FIELD_PRODUCT, p->display_name);
    once(&p->c.name, p->display_name);
    rest = p->code;
    if (rest.n && rest.p[0] == '{')
        claim(&p->c, FIELD_PRODUCT_CODE, rest);
    claim(&p->c, FIELD_PATH, claimed_path(p->path, p->c.arena));
    p->c.at.offset = decoded_text_offset(&l->file, p->c.name, &p->c.at.length);
    listing_emit(l, &p->c);
}
