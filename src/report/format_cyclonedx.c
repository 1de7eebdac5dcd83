// SPDX-License-Identifier: Apache-2.0
/*
 * The inventory as a CycloneDX 1.6 bill of materials. https://cyclonedx.org/docs/1.6/json/
 *
 * Fields for which CycloneDX has a word are written as that; every other one becomes a property
 * `debar:<field>`, or `debar:<group>:<field>` for those of one signature or certificate. A value
 * that CycloneDX would refuse (a digest that is none, a link that is no URL) is a property as well:
 * nothing is lost, and the document stays valid whatever a scanned machine says.
 */
#include <string.h>

#include <unistr.h>

#include "base/arena.h"
#include "base/clock.h"
#include "report/fold.h"
#include "report/report.h"

enum {
    VERSION_MAX = 1024, /* characters; the schema's limit */
    PLACES_MAX = 10000, /* of one item; the count is given when there are more */
};

struct to {
    const struct scan_view *view;
    struct sink *sink;
    struct json_writer json;
    struct arena arena;
    bool services; /* write these, or everything else */
};

/* ---- what is valid where ---- */

static bool is_hex(struct sv text, size_t size)
{
    if (text.n != size)
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (!strchr("0123456789abcdefABCDEF", text.p[i]) || text.p[i] == '\0')
            return false;
    return true;
}

static bool is_sha256(struct sv text)
{
    return is_hex(text, 64);
}

/* Only what every reader of the format takes as an address. */
static bool is_url(struct sv text)
{
    if (!sv_starts(text, SV("https://")) && !sv_starts(text, SV("http://")))
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~' || strchr("<>\"{}|\\^`[]", text.p[i]))
            return false;
    return true;
}

static bool is_cpe(struct sv text)
{
    return sv_starts(text, SV("cpe:2.3:")) || sv_starts(text, SV("cpe:/"));
}

static bool is_purl(struct sv text)
{
    return sv_starts(text, SV("pkg:"));
}

static bool is_version(struct sv text)
{
    return text.n <= VERSION_MAX;
}

static bool is_text(struct sv text)
{
    return text.n == 0 ||
           (!u8_check((const uint8_t *)text.p, text.n) && !memchr(text.p, '\0', text.n));
}

static bool is_uuid(struct sv text)
{
    if (text.n != 36)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text.p[i] != '-' : !strchr("0123456789abcdef", text.p[i]))
            return false;
    }
    return true;
}

/* ---- one component's fields, each written exactly once ---- */

struct fields {
    const struct component *c;
    bool *written;
};

/* The next unwritten value of a field that `is_valid` (NULL: any); empty when there is none. */
static struct sv take_next(struct fields *f, enum field_key key, bool (*is_valid)(struct sv))
{
    for (size_t i = 0; i < f->c->field_count; i++) {
        const struct field *field = &f->c->fields[i];

        if (field->key != key || field->group || f->written[i] || field->value.n == 0 ||
            !is_text(field->value) || (is_valid && !is_valid(field->value)))
            continue;
        f->written[i] = true;
        return field->value;
    }
    return (struct sv){0};
}

static struct sv take_of_group(struct fields *f, enum field_key key, uint16_t group)
{
    for (size_t i = 0; i < f->c->field_count; i++) {
        const struct field *field = &f->c->fields[i];

        if (field->key == key && field->group == group && is_text(field->value)) {
            f->written[i] = true;
            return field->value;
        }
    }
    return (struct sv){0};
}

static struct sv take(struct fields *f, enum field_key key)
{
    return take_next(f, key, NULL);
}

static struct sv last_segment(struct sv place)
{
    size_t slash = sv_find_last(place, '/');

    return slash == SIZE_MAX ? place : sv_from(place, slash + 1);
}

static struct sv take_name(struct fields *f, struct sv place)
{
    static const enum field_key keys[] = {
        FIELD_NAME,    FIELD_PACKAGE,     FIELD_PRODUCT, FIELD_BUNDLE_ID,     FIELD_SERVICE,
        FIELD_SONAME,  FIELD_DEVICE_NAME, FIELD_IMAGE,   FIELD_KERNEL_MODULE, FIELD_EXTENSION_ID,
        FIELD_PROCESS, FIELD_USER,        FIELD_GROUP,   FIELD_FILE_NAME,
    };
    struct sv name = {0};

    for (size_t i = 0; i < ARRAY_LEN(keys) && name.n == 0; i++)
        name = take(f, keys[i]);
    for (size_t i = 0; i < f->c->field_count && name.n == 0; i++)
        if (f->c->fields[i].key == FIELD_CERTIFICATE_CN && is_text(f->c->fields[i].value))
            name = f->c->fields[i].value;
    return name.n ? name : last_segment(place);
}

static void organisation(struct json_writer *w, const char *name, struct sv value)
{
    if (value.n == 0)
        return;
    json_key(w, name);
    json_object(w);
    json_member(w, "name", value);
    json_end(w);
}

static void write_makers(struct fields *f, struct json_writer *w)
{
    struct sv author = take(f, FIELD_AUTHOR);
    struct sv manufacturer = take(f, FIELD_MANUFACTURER);

    organisation(w, "supplier", take(f, FIELD_SUPPLIER));
    organisation(w, "manufacturer", manufacturer.n ? manufacturer : take(f, FIELD_COMPANY));
    if (author.n) {
        json_key(w, "authors");
        json_array(w);
        for (; author.n; author = take(f, FIELD_AUTHOR)) {
            json_object(w);
            json_member(w, "name", author);
            json_end(w);
        }
        json_end(w);
    }
    json_member(w, "publisher", take(f, FIELD_PUBLISHER));
}

static void write_hash(struct json_writer *w, struct sv sha256)
{
    if (sha256.n == 0)
        return;
    json_key(w, "hashes");
    json_array(w);
    json_object(w);
    json_member(w, "alg", SV("SHA-256"));
    json_member(w, "content", sha256);
    json_end(w);
    json_end(w);
}

static void write_licences(struct fields *f, struct json_writer *w)
{
    struct sv licence = take(f, FIELD_LICENCE);

    if (licence.n == 0)
        return;
    json_key(w, "licenses");
    json_array(w);
    for (; licence.n; licence = take(f, FIELD_LICENCE)) {
        json_object(w);
        json_key(w, "license");
        json_object(w);
        json_member(w, "name", licence);
        json_end(w);
        json_end(w);
    }
    json_end(w);
}

static void write_homepage(struct fields *f, struct json_writer *w)
{
    struct sv url = take_next(f, FIELD_HOMEPAGE, is_url);

    if (url.n == 0)
        return;
    json_key(w, "externalReferences");
    json_array(w);
    json_object(w);
    json_member(w, "type", SV("website"));
    json_member(w, "url", url);
    json_end(w);
    json_end(w);
}

static const char *technique(const struct component *c)
{
    if (component_get(c, FIELD_PACKAGE_TYPE).n)
        return "manifest-analysis";
    if (component_get(c, FIELD_PID).n)
        return "instrumentation";
    if (component_get(c, FIELD_SHA256).n || component_get(c, FIELD_SONAME).n ||
        component_get(c, FIELD_BUILD_ID).n || component_get(c, FIELD_SIGNATURE).n)
        return "binary-analysis";
    if (c->field_count == 1 && c->fields[0].key == FIELD_PATH)
        return "filename";
    return "other";
}

/* How sure a finding may become that rests on this, as a number. */
static struct sv confidence(const struct component *c)
{
    static const char *const numbers[] = {"0", "0.3", "0.7", "1"};

    return sv_str(numbers[c->ceiling]);
}

static void write_identity(struct json_writer *w, const struct fold_item *item, const char *field,
                           struct sv value)
{
    const struct component *c = &item->first->component;
    auto_buf by = {0};

    if (value.n == 0)
        return;
    buf_str(&by, "recogniser ");
    buf_sv(&by, item->first->recogniser);
    json_object(w);
    json_member(w, "field", sv_str(field));
    json_key(w, "confidence");
    json_raw(w, confidence(c));
    json_member(w, "concludedValue", value);
    json_key(w, "methods");
    json_array(w);
    json_object(w);
    json_member(w, "technique", sv_str(technique(c)));
    json_key(w, "confidence");
    json_raw(w, confidence(c));
    json_member(w, "value", buf_view(&by));
    json_end(w);
    json_end(w);
    json_end(w);
}

static void write_occurrences(struct to *to, const struct fold_item *item)
{
    struct json_writer *w = &to->json;
    size_t n = 0;

    json_key(w, "occurrences");
    json_array(w);
    for (const struct fold_place *p = item->places; p && n < PLACES_MAX; p = p->next, n++) {
        json_object(w);
        json_key(w, "location");
        json_string(w, p->place);
        json_member(w, "additionalContext", p->context);
        json_end(w);
        sink_settle(to->sink);
    }
    json_end(w);
}

static void property(struct json_writer *w, const char *name, struct sv value)
{
    json_object(w);
    json_member(w, "name", sv_str(name));
    json_key(w, "value");
    json_string(w, value);
    json_end(w);
}

static void field_property(struct json_writer *w, const struct field *field)
{
    auto_buf name = {0}, hex = {0};

    buf_str(&name, "debar:");
    if (field->group)
        buf_printf(&name, "%u:", field->group);
    buf_str(&name, field_text(field->key));
    if (is_text(field->value)) {
        property(w, name.p, field->value);
        return;
    }
    // Bytes that are no text, a magic for one, would not survive in JSON.
    buf_str(&name, ":hex");
    for (size_t i = 0; i < field->value.n; i++)
        buf_printf(&hex, "%02x", (uint8_t)field->value.p[i]);
    property(w, name.p, buf_view(&hex));
}

/* A service has no evidence in CycloneDX. */
static void write_service_places(struct json_writer *w, const struct fold_item *item)
{
    size_t n = 0;

    for (const struct fold_place *p = item->places; p && n < PLACES_MAX; p = p->next, n++) {
        property(w, "debar:place", p->place);
        property(w, "debar:place-context", p->context);
    }
}

static void write_properties(struct fields *f, struct json_writer *w, const struct fold_item *item)
{
    char count[24];

    json_key(w, "properties");
    json_array(w);
    property(w, "debar:state", sv_str(component_state_text(item->state)));
    property(w, "debar:recogniser", item->first->recogniser);
    if (item->first->owner.n)
        property(w, "debar:owner", item->first->owner);
    if (item->place_count > PLACES_MAX) {
        snprintf(count, sizeof(count), "%zu", item->place_count);
        property(w, "debar:place-count", sv_str(count));
    }
    for (size_t i = 0; i < f->c->field_count; i++) {
        const struct field *field = &f->c->fields[i];

        // What belongs to one place is in that place's context.
        if (!f->written[i] && field_is_identity(field->key) && field->value.n)
            field_property(w, field);
    }
    if (f->c->type == TYPE_SERVICE)
        write_service_places(w, item);
    json_end(w);
}

static void distinguished_name(struct json_writer *w, const char *name, struct sv cn, struct sv o)
{
    auto_buf text = {0};

    if (cn.n) {
        buf_str(&text, "CN=");
        buf_sv(&text, cn);
    }
    if (o.n) {
        buf_str(&text, cn.n ? ", O=" : "O=");
        buf_sv(&text, o);
    }
    json_member(w, name, buf_view(&text));
}

/* The first certificate; any others are properties. */
static void write_certificate(struct fields *f, struct json_writer *w)
{
    uint16_t group = UINT16_MAX;

    for (size_t i = f->c->field_count; i-- > 0;)
        if (f->c->fields[i].key == FIELD_CERTIFICATE_CN ||
            f->c->fields[i].key == FIELD_CERTIFICATE_O)
            group = f->c->fields[i].group;
    if (group == UINT16_MAX)
        return;
    json_key(w, "cryptoProperties");
    json_object(w);
    json_member(w, "assetType", SV("certificate"));
    json_key(w, "certificateProperties");
    json_object(w);
    distinguished_name(w, "subjectName", take_of_group(f, FIELD_CERTIFICATE_CN, group),
                       take_of_group(f, FIELD_CERTIFICATE_O, group));
    distinguished_name(w, "issuerName", take_of_group(f, FIELD_CERTIFICATE_ISSUER_CN, group),
                       take_of_group(f, FIELD_CERTIFICATE_ISSUER_O, group));
    json_member(w, "certificateFormat", SV("X.509"));
    json_end(w);
    json_end(w);
}

static void write_component(struct to *to, struct fields *f, const struct fold_item *item)
{
    struct json_writer *w = &to->json;
    struct sv name = take_name(f, item->first->place), purl, cpe, sha256;

    json_object(w);
    json_member(w, "type", sv_str(component_type_text(f->c->type)));
    json_member(w, "bom-ref", sv_str(item->key));
    write_makers(f, w);
    json_key(w, "name");
    json_string(w, name);
    json_member(w, "version", take_next(f, FIELD_VERSION, is_version));
    json_member(w, "description", take(f, FIELD_DESCRIPTION));
    sha256 = take_next(f, FIELD_SHA256, is_sha256);
    write_hash(w, sha256);
    write_licences(f, w);
    json_member(w, "copyright", take(f, FIELD_COPYRIGHT));
    cpe = take_next(f, FIELD_CPE, is_cpe);
    json_member(w, "cpe", cpe);
    purl = take_next(f, FIELD_PURL, is_purl);
    json_member(w, "purl", purl);
    write_homepage(f, w);
    json_key(w, "evidence");
    json_object(w);
    json_key(w, "identity");
    json_array(w);
    write_identity(w, item, "name", name);
    write_identity(w, item, "purl", purl);
    write_identity(w, item, "cpe", cpe);
    write_identity(w, item, "hash", sha256);
    json_end(w);
    write_occurrences(to, item);
    json_end(w);
    if (f->c->type == TYPE_CRYPTOGRAPHIC_ASSET)
        write_certificate(f, w);
    write_properties(f, w, item);
    json_end(w);
}

static void write_service(struct to *to, struct fields *f, const struct fold_item *item)
{
    static const enum field_key makers[] = {FIELD_SUPPLIER, FIELD_MANUFACTURER, FIELD_PUBLISHER,
                                            FIELD_COMPANY};
    struct json_writer *w = &to->json;
    struct sv maker = {0}, url;

    json_object(w);
    json_member(w, "bom-ref", sv_str(item->key));
    for (size_t i = 0; i < ARRAY_LEN(makers) && maker.n == 0; i++)
        maker = take(f, makers[i]);
    organisation(w, "provider", maker);
    json_key(w, "name");
    json_string(w, take_name(f, item->first->place));
    json_member(w, "version", take_next(f, FIELD_VERSION, is_version));
    json_member(w, "description", take(f, FIELD_DESCRIPTION));
    url = take_next(f, FIELD_URL, is_url);
    if (url.n) {
        json_key(w, "endpoints");
        json_array(w);
        for (; url.n; url = take_next(f, FIELD_URL, is_url))
            json_string(w, url);
        json_end(w);
    }
    write_licences(f, w);
    write_homepage(f, w);
    write_properties(f, w, item);
    json_end(w);
}

static int add_item(void *to_, const struct fold_item *item, struct err *err)
{
    const struct component *c = &item->first->component;
    struct to *to = to_;
    struct fields f = {.c = c};

    if ((c->type == TYPE_SERVICE) != to->services)
        return 0;
    arena_reset(&to->arena);
    f.written = arena_take_array(&to->arena, c->field_count + 1, sizeof(*f.written));
    if (!f.written)
        return arena_error(&to->arena, err);
    if (to->services)
        write_service(to, &f, item);
    else
        write_component(to, &f, item);
    sink_settle(to->sink);
    return 0;
}

/* ---- the document ---- */

static void write_host(struct to *to)
{
    const struct host *h = &to->view->host;
    const struct {
        const char *name;
        struct sv value;
    } properties[] = {
        {"debar:host-id", h->id},        {"debar:os", h->os},
        {"debar:kernel", h->kernel},     {"debar:architecture", h->architecture},
        {"debar:dmi-uuid", h->dmi_uuid}, {"debar:root", to->view->root},
    };
    struct json_writer *w = &to->json;

    json_key(w, "component");
    json_object(w);
    json_member(w, "type", SV("device"));
    json_member(w, "bom-ref", SV("host"));
    json_key(w, "name");
    json_string(w, h->name.n ? h->name : h->id);
    json_key(w, "properties");
    json_array(w);
    for (size_t i = 0; i < ARRAY_LEN(properties); i++)
        if (properties[i].value.n)
            property(w, properties[i].name, properties[i].value);
    json_end(w);
    json_end(w);
}

static void write_metadata(struct to *to)
{
    struct json_writer *w = &to->json;
    char time[CLOCK_TEXT];

    json_key(w, "metadata");
    json_object(w);
    json_member(w, "timestamp", sv_str(clock_text(to->view->finished_ns, time)));
    json_key(w, "lifecycles");
    json_array(w);
    json_object(w);
    json_member(w, "phase", SV("operations"));
    json_end(w);
    json_end(w);
    json_key(w, "tools");
    json_object(w);
    json_key(w, "components");
    json_array(w);
    json_object(w);
    json_member(w, "type", SV("application"));
    json_member(w, "name", SV("debar"));
    json_member(w, "version", to->view->version);
    json_end(w);
    json_end(w);
    json_end(w);
    write_host(to);
    json_end(w);
}

/* Whether this is all of the machine. It is never claimed to be complete: see what is not seen. */
static void write_completeness(struct to *to)
{
    bool gaps = !to->view->complete || to->view->coverage.unexamined ||
                coverage_left_out(&to->view->coverage);
    struct json_writer *w = &to->json;

    json_key(w, "compositions");
    json_array(w);
    json_object(w);
    json_member(w, "aggregate", gaps ? SV("incomplete") : SV("unknown"));
    json_key(w, "assemblies");
    json_array(w);
    json_str(w, "host");
    json_end(w);
    json_end(w);
    json_end(w);
}

static int write_body(struct to *to, struct err *err)
{
    struct json_writer *w = &to->json;
    auto_buf serial = {0};
    auto_fold *fold = NULL;

    json_object(w);
    json_member(w, "$schema", SV("http://cyclonedx.org/schema/bom-1.6.schema.json"));
    json_member(w, "bomFormat", SV("CycloneDX"));
    json_member(w, "specVersion", SV("1.6"));
    if (is_uuid(to->view->scan_id)) {
        buf_str(&serial, "urn:uuid:");
        buf_sv(&serial, to->view->scan_id);
        json_member(w, "serialNumber", buf_view(&serial));
    }
    json_key(w, "version");
    json_u64(w, 1);
    write_metadata(to);
    TRY(fold_new(to->view, &fold, err));
    json_key(w, "components");
    json_array(w);
    TRY(fold_each(fold, add_item, to, err));
    json_end(w);
    to->services = true;
    json_key(w, "services");
    json_array(w);
    if (fold_has(fold, TYPE_SERVICE))
        TRY(fold_each(fold, add_item, to, err));
    json_end(w);
    write_completeness(to);
    json_end(w);
    return 0;
}

static int write_cyclonedx(const struct scan_view *view, struct sink *sink, struct err *err)
{
    struct to to = {.view = view, .sink = sink, .json = json_writer_to(&sink->buf, true)};
    int result;

    arena_init(&to.arena, 64 << 20);
    result = write_body(&to, err);
    json_end_all(&to.json);
    arena_clear(&to.arena);
    return result;
}

const struct report_format format_cyclonedx = {
    .name = "cyclonedx",
    .summary = "the inventory as a CycloneDX 1.6 bill of materials",
    .extension = "cdx.json",
    .write = write_cyclonedx,
};
