// SPDX-License-Identifier: Apache-2.0
/*
 * Reads META-INF/MANIFEST.MF of a jar: what it is and who says to have made it. Only the main
 * section, before the first empty line; a line of more than 72 bytes goes on behind a space.
 * Format: https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html
 */
#include "identify/headers.h"
#include "identify/package.h"

enum {
    MAIN_SECTION_MAX = 1 << 20, /* what follows has a digest for every class */
    HEADERS_MAX = 4,
};

/* Which headers give a field, the best first. */
struct wanted {
    enum field_key key;
    bool all; /* each of them, not the first that is there */
    const char *headers[HEADERS_MAX];
};

static const struct wanted wanted[] = {
    {FIELD_NAME,
     true,
     {"Implementation-Title", "Bundle-Name", "Bundle-SymbolicName", "Automatic-Module-Name"}},
    {FIELD_VERSION, false, {"Implementation-Version", "Bundle-Version", "Specification-Version"}},
    {FIELD_SUPPLIER, true, {"Implementation-Vendor", "Bundle-Vendor", "Specification-Vendor"}},
    {FIELD_DESCRIPTION, false, {"Bundle-Description", "Specification-Title"}},
    {FIELD_HOMEPAGE, false, {"Bundle-DocURL", "Implementation-URL"}},
    {FIELD_COPYRIGHT, false, {"Bundle-Copyright"}},
};

/* "name;singleton:=true" of OSGi. */
static struct sv without_directives(struct sv value)
{
    return sv_trim(sv_cut(&value, ';'));
}

struct found {
    struct sv value, line;
};

static void read_main_section(struct sv text, struct arena *arena,
                              struct found found[ARRAY_LEN(wanted)][HEADERS_MAX])
{
    struct headers headers = {text};
    struct header h;

    while (header_next(&headers, HEADERS_JOIN, arena, &h)) {
        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            for (size_t k = 0; k < HEADERS_MAX && wanted[i].headers[k]; k++) {
                if (sv_eq_nocase(h.name, sv_str(wanted[i].headers[k])))
                    found[i][k] = (struct found){without_directives(h.value), h.line};
            }
        }
    }
}

static int identify_java_manifest(const struct job *job, struct err *err)
{
    struct found found[ARRAY_LEN(wanted)][HEADERS_MAX] = {0};
    struct span all;
    bool any = false;

    TRY(source_read(job->bytes, 0, MAIN_SECTION_MAX, job->arena, &all, err));
    read_main_section(sv_of(all), job->arena, found);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        for (size_t k = 0; k < HEADERS_MAX; k++)
            any |= found[i][k].value.n &&
                   (wanted[i].key == FIELD_NAME || wanted[i].key == FIELD_SUPPLIER);
    }
    if (!any)
        return RECOG_NOT_MINE;
    emit_component(job->out, TYPE_LIBRARY);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct sv last = {0};

        for (size_t k = 0; k < HEADERS_MAX; k++) {
            struct range at = range_of(sv_of(all), found[i][k].line);
            struct sv value = found[i][k].value;

            if (value.n == 0 || sv_eq(value, last) || (last.n && !wanted[i].all))
                continue;
            emit_field_at(job->out, wanted[i].key, value, at.offset, at.length);
            last = value;
        }
    }
    return 0;
}

static const struct gate gates[] = {
    {.path = "META-INF/MANIFEST.MF", .state = STATE_PRESENT, .anchor_up = 2},
    {0},
};

const struct recogniser recog_java_manifest = {
    .name = "java_manifest",
    .summary = "what the manifest of a jar says of it and its maker",
    .epoch = 1,
    .gates = gates,
    .identify = identify_java_manifest,
};
