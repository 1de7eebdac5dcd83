// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises packages of macOS's installer by what their parts are called, which is what the
 * receipts of installed packages are called, too.
 *
 *     x.pkg, an archive   PackageInfo, Bom, Payload          a package of one part
 *                         Distribution, y.pkg/PackageInfo …  of several
 *     /var/db/receipts    x.plist (recog_plist.c), x.bom     what remains of it on the machine
 *
 * Format: not published; as Apple's pkgbuild and productbuild write it.
 */
#include "identify/name_set.h"
#include "identify/recogniser.h"
#include "identify/xml.h"

enum {
    TAG_INFO,
    TAG_DISTRIBUTION,
    TAG_BOM,
    FILE_MAX = 4 << 20,
    PARTS_MAX = 256,
};

static void emit_text(const struct job *job, struct span bytes, enum field_key key, struct sv text)
{
    struct sv plain = xml_plain(text, job->arena);

    emit_field_at(job->out, key, plain, (uint64_t)((const uint8_t *)text.p - bytes.p), text.n);
}

/* <pkg-info identifier="com.example.core" version="1.2" …> */
static int read_info(const struct job *job, struct span bytes)
{
    struct xml x = xml_over(sv_of(bytes));
    struct xml_item item;

    while (xml_next(&x, &item)) {
        struct sv id;

        if (item.kind != XML_OPEN || x.depth != 1)
            continue;
        id = xml_attribute(&item, SV("identifier"));
        if (!sv_eq(item.name, SV("pkg-info")) || id.n == 0)
            break;
        emit_component(job->out, TYPE_APPLICATION);
        emit_text(job, bytes, FIELD_RECEIPT, id);
        emit_text(job, bytes, FIELD_NAME, id);
        emit_text(job, bytes, FIELD_VERSION, xml_attribute(&item, SV("version")));
        return 0;
    }
    return RECOG_NOT_MINE;
}

/* <installer-gui-script> <title>…</title> <pkg-ref id="com.example.core" version="1.2">… */
static int read_distribution(const struct job *job, struct span bytes)
{
    struct xml x = xml_over(sv_of(bytes));
    struct name_set parts;
    struct xml_item item;
    bool begun = false;

    name_set_init(&parts, job->arena, PARTS_MAX);
    while (xml_next(&x, &item)) {
        struct sv id;
        size_t number;

        if (!begun && item.kind == XML_OPEN) {
            if (!sv_eq(item.name, SV("installer-gui-script")) &&
                !sv_eq(item.name, SV("installer-script")))
                break;
            emit_component(job->out, TYPE_APPLICATION);
            begun = true;
        } else if (item.kind == XML_TEXT && sv_eq(item.name, SV("title"))) {
            emit_text(job, bytes, FIELD_PRODUCT, item.text);
        } else if (item.kind == XML_OPEN && sv_eq(item.name, SV("product"))) {
            emit_text(job, bytes, FIELD_RECEIPT, xml_attribute(&item, SV("id")));
            emit_text(job, bytes, FIELD_VERSION, xml_attribute(&item, SV("version")));
        } else if (item.kind == XML_OPEN && sv_eq(item.name, SV("pkg-ref"))) {
            id = xml_attribute(&item, SV("id"));
            if (name_set_add(&parts, id, &number) == NAME_NEW)
                emit_text(job, bytes, FIELD_RECEIPT, id);
        }
    }
    return begun ? 0 : RECOG_NOT_MINE;
}

static int identify_mac_package(const struct job *job, struct err *err)
{
    struct span bytes;
    int result;

    if (job->gate->tag == TAG_BOM) {
        // Its place names it.
        emit_component(job->out, TYPE_APPLICATION);
        emit_field(job->out, FIELD_STATUS, SV("list of installed files"));
        return 0;
    }
    if (!sv_starts(sv_trim(sv_of(job->bytes->head)), SV("<")))
        return RECOG_NOT_MINE;
    TRY(source_read_all(job->bytes, FILE_MAX, job->arena, &bytes, err));
    result = job->gate->tag == TAG_INFO ? read_info(job, bytes) : read_distribution(job, bytes);
    return arena_failed(job->arena) ? arena_error(job->arena, err) : result;
}

static const struct gate gates[] = {
    {.path = "*.pkg!/*.pkg/PackageInfo", .state = STATE_PRESENT, .anchor_up = 2, .tag = TAG_INFO},
    {.path = "PackageInfo", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_INFO},
    {.path = "Distribution", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_DISTRIBUTION},
    {.path = "var/db/receipts/{receipt}.bom",
     .magic = {"BOMStore", 8},
     .state = STATE_RESIDUE,
     .anchor_up = 4,
     .tag = TAG_BOM},
    {0},
};

const struct recogniser recog_mac_package = {
    .name = "mac_package",
    .summary = "packages of macOS's installer, and what remains of them",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_mac_package,
};
