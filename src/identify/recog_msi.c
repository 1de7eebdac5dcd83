// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises what Windows Installer installs from: packages (.msi), patches (.msp) and transforms
 * (.mst), by what they say in their tables and their summary, and by who signed them.
 *
 * A patch and a transform say which products they change; a package may name others that it
 * replaces or looks for. Neither is the product, so those are only referenced.
 * Format: format/msi.h.
 */
#include "format/msi.h"
#include "identify/emit_signature.h"
#include "identify/msi_signature.h"
#include "identify/property_set.h"
#include "identify/recogniser.h"

enum {
    ROWS_MAX = 4096, /* of services and upgrade codes */
    SERVICE_DRIVER = 3,
    CODE = 38, /* characters of "{8-4-4-4-12}" */
};

struct work {
    const struct job *job;
    struct msi msi;
    struct span summary;
};

static struct sv summary_of(struct work *w, enum property_set_text which)
{
    return property_set_text(w->summary, which, w->job->arena);
}

/* The first product code of a text: "{…}" alone, or with versions and others behind it. */
static struct sv first_code(struct sv text)
{
    size_t at = sv_find(text, SV("{"));

    if (at == SIZE_MAX || text.n - at < CODE || text.p[at + CODE - 1] != '}')
        return (struct sv){0};
    return (struct sv){text.p + at, CODE};
}

/* ---- packages ---- */

static void emit_properties(struct work *w, const struct msi_table *t)
{
    static const struct {
        const char *name;
        enum field_key key;
    } wanted[] = {
        {"ProductName", FIELD_PRODUCT},       {"ProductVersion", FIELD_VERSION},
        {"Manufacturer", FIELD_MANUFACTURER}, {"ProductCode", FIELD_PRODUCT_CODE},
        {"UpgradeCode", FIELD_UPGRADE_CODE},  {"ARPURLINFOABOUT", FIELD_HOMEPAGE},
        {"ARPCOMMENTS", FIELD_DESCRIPTION},
    };

    for (size_t row = 0; row < t->rows; row++) {
        struct sv name = sv_of(msi_bytes(t, row, "Property"));

        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            if (sv_eq(name, sv_str(wanted[i].name)))
                emit_field(w->job->out, wanted[i].key, sv_trim(msi_text(t, row, "Value")));
        }
    }
}

/* "x64;1033,1049": what it is for. */
static void emit_architecture(struct work *w)
{
    static const struct {
        const char *platform, *architecture;
    } known[] = {{"x64", "x86_64"},
                 {"AMD64", "x86_64"},
                 {"Intel", "i386"},
                 {"Arm64", "aarch64"},
                 {"Intel64", "ia64"}};
    struct sv text = summary_of(w, PROPERTY_TEMPLATE);
    struct sv platform = sv_cut(&text, ';');

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (sv_eq_nocase(platform, sv_str(known[i].platform)))
            emit_field(w->job->out, FIELD_ARCHITECTURE, sv_str(known[i].architecture));
    }
}

static void emit_summary(struct work *w)
{
    struct emit *out = w->job->out;

    emit_field(out, FIELD_AUTHOR, summary_of(w, PROPERTY_AUTHOR));
    emit_field(out, FIELD_DESCRIPTION, summary_of(w, PROPERTY_SUBJECT));
    emit_field(out, FIELD_BUILD_ID, first_code(summary_of(w, PROPERTY_REVISION)));
}

static int emit_signatures(struct work *w, struct err *err)
{
    struct signatures all = {0};

    TRY(msi_signature_check(&w->msi, w->job->roots, w->job->arena, &all, err));
    if (all.count == 0)
        emit_unsigned(w->job->out, (struct sv){0});
    for (size_t i = 0; i < all.count; i++)
        emit_signature(w->job->out, &all.at[i]);
    emit_group_end(w->job->out);
    return 0;
}

/* What it installs to run in the background. */
static int emit_services(struct work *w, struct err *err)
{
    struct msi_table t;

    TRY(msi_table_open(&w->msi, SV("ServiceInstall"), &t, err));
    for (size_t row = 0; row < t.rows && row < ROWS_MAX; row++) {
        bool driver = (msi_number(&t, row, "ServiceType") & SERVICE_DRIVER) != 0;
        struct sv name = msi_text(&t, row, "Name");

        if (name.n == 0)
            continue;
        emit_component(w->job->out, driver ? TYPE_DEVICE_DRIVER : TYPE_SERVICE);
        emit_field(w->job->out, driver ? FIELD_DRIVER : FIELD_SERVICE, name);
        emit_field(w->job->out, FIELD_PRODUCT, msi_text(&t, row, "DisplayName"));
        emit_field(w->job->out, FIELD_DESCRIPTION, msi_text(&t, row, "Description"));
    }
    return 0;
}

static void emit_reference(struct work *w, enum field_key key, struct sv code)
{
    if (code.n == 0)
        return;
    emit_component_as(w->job->out, TYPE_APPLICATION, STATE_REFERENCED, w->job->gate->ceiling);
    emit_field(w->job->out, key, code);
}

/* Other products that it replaces, or must not stand beside. */
static int emit_upgrades(struct work *w, struct sv own, struct err *err)
{
    struct msi_table t;
    struct sv last = {0};

    TRY(msi_table_open(&w->msi, SV("Upgrade"), &t, err));
    for (size_t row = 0; row < t.rows && row < ROWS_MAX; row++) {
        struct sv code = msi_text(&t, row, "UpgradeCode");

        if (!sv_eq_nocase(code, own) && !sv_eq_nocase(code, last))
            emit_reference(w, FIELD_UPGRADE_CODE, code);
        last = code;
    }
    return 0;
}

static int identify_package(struct work *w, struct err *err)
{
    struct sv own = {0};
    struct msi_table t;

    TRY(msi_table_open(&w->msi, SV("Property"), &t, err));
    for (size_t row = 0; row < t.rows; row++) {
        if (sv_eq(sv_of(msi_bytes(&t, row, "Property")), SV("UpgradeCode")))
            own = msi_text(&t, row, "Value");
    }
    emit_component(w->job->out, TYPE_APPLICATION);
    emit_field(w->job->out, FIELD_PACKAGE_TYPE, SV("msi"));
    emit_properties(w, &t);
    emit_summary(w);
    emit_architecture(w);
    TRY(emit_signatures(w, err));
    TRY(emit_services(w, err));
    return emit_upgrades(w, own, err);
}

/* ---- patches and transforms ---- */

static void emit_patch_properties(struct work *w, const struct msi_table *t)
{
    static const struct {
        const char *name;
        enum field_key key;
    } wanted[] = {
        {"DisplayName", FIELD_PRODUCT},           {"TargetProductName", FIELD_DESCRIPTION},
        {"ManufacturerName", FIELD_MANUFACTURER}, {"MoreInfoURL", FIELD_HOMEPAGE},
        {"Description", FIELD_DESCRIPTION},
    };

    for (size_t row = 0; row < t->rows; row++) {
        struct sv name = sv_of(msi_bytes(t, row, "Property"));

        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            if (sv_eq(name, sv_str(wanted[i].name)))
                emit_field(w->job->out, wanted[i].key, sv_trim(msi_text(t, row, "Value")));
        }
    }
}

static int identify_change(struct work *w, struct err *err)
{
    bool patch = w->msi.kind == MSI_PATCH;
    struct msi_table t;
    struct sv text = summary_of(w, patch ? PROPERTY_TEMPLATE : PROPERTY_REVISION);

    emit_component(w->job->out, TYPE_APPLICATION);
    emit_field(w->job->out, FIELD_PACKAGE_TYPE, patch ? SV("msp") : SV("mst"));
    TRY(msi_table_open(&w->msi, SV("MsiPatchMetadata"), &t, err));
    emit_patch_properties(w, &t);
    emit_field(w->job->out, FIELD_AUTHOR, summary_of(w, PROPERTY_AUTHOR));
    emit_field(w->job->out, FIELD_DESCRIPTION, summary_of(w, PROPERTY_SUBJECT));
    TRY(emit_signatures(w, err));
    // A patch lists products; a transform has those before and after it, then an upgrade code.
    for (unsigned i = 0; text.n && i < ROWS_MAX; i++) {
        struct sv code = first_code(sv_cut(&text, ';'));

        emit_reference(w, !patch && i == 2 ? FIELD_UPGRADE_CODE : FIELD_PRODUCT_CODE, code);
    }
    return 0;
}

static int identify_msi(const struct job *job, struct err *err)
{
    struct work w = {.job = job};
    struct err wrong = {0};
    uint32_t summary;
    int r, tables;

    r = msi_open(&w.msi, job->bytes, 0, job->arena, err);
    if (r != 0)
        return r == COMPOUND_NONE ? RECOG_NOT_MINE : r;
    summary = msi_find(&w.msi, SV("\5SummaryInformation"), false);
    TRY(msi_stream(&w.msi, summary, &w.summary, err));
    // Who signed it and what its summary says counts also when its tables are damaged.
    tables = msi_open_tables(&w.msi, &wrong);
    r = w.msi.kind == MSI_PACKAGE ? identify_package(&w, err) : identify_change(&w, err);
    if (r == 0 && tables < 0) {
        *err = wrong;
        r = tables;
    }
    if (r == 0 && w.msi.file.damaged)
        return ERR(err, ERR_FORMAT, "its directory is damaged");
    return r;
}

#define COMPOUND(where, all) \
    { \
        .path = (where), .magic = {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8}, \
        .state = STATE_CONTAINED, .whole = (all) \
    }

/* A document may mention anything, so only what is named as an installer is read for literals. */
static const struct gate gates[] = {
    COMPOUND("*.msi", true), COMPOUND("*.msp", true), COMPOUND("*.mst", true),
    COMPOUND("*.msm", true), COMPOUND(NULL, false),   {0},
};

const struct recogniser recog_msi = {
    .name = "msi",
    .summary = "packages, patches and transforms of Windows Installer, and who signed them",
    .epoch = 1,
    .gates = gates,
    .identify = identify_msi,
};
