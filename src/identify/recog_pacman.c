// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the package database of pacman (Arch): a folder var/lib/pacman/local/NAME-VERSION-RELEASE
 * for each package, with the files `desc` (what it is) and `files` (what it owns).
 *
 * Both are sections: a line "%NAME%", the values one a line, an empty line. Names of files lack the
 * leading slash, and folders end with one. Format: alpm-db(7), lib/libalpm/be_local.c.
 */
#include "base/clock.h"
#include "identify/recogniser.h"

enum {
    TAG_DESC,
    TAG_FILES,
    DATABASE_MAX = 64 << 20,
};

/* The values of the next section; false at the end. */
static bool section_next(struct sv *rest, struct sv *ret_name, struct sv *ret_values)
{
    while (rest->n) {
        struct sv line = sv_line(rest);
        const char *start = rest->p;

        if (line.n < 3 || line.p[0] != '%' || line.p[line.n - 1] != '%')
            continue;
        *ret_name = (struct sv){line.p + 1, line.n - 2};
        *ret_values = (struct sv){start, 0};
        while (rest->n) {
            struct sv value = sv_line(rest);

            if (value.n == 0)
                break;
            ret_values->n = (size_t)(value.p + value.n - start);
        }
        return true;
    }
    return false;
}

static void own_files(struct emit *out, struct sv values)
{
    auto_buf path = BUF_INIT(EMIT_VALUE_MAX);

    while (values.n) {
        struct sv name = sv_line(&values);

        if (name.n == 0 || sv_ends(name, SV("/")))
            continue;
        buf_reset(&path);
        buf_char(&path, '/');
        buf_sv(&path, name);
        if (buf_ok(&path))
            emit_field(out, FIELD_OWNS, buf_view(&path));
    }
}

static void emit_files(struct emit *out, struct sv text)
{
    struct sv name, values;

    emit_component(out, TYPE_APPLICATION);
    emit_field(out, FIELD_PACKAGE_TYPE, SV("pacman"));
    while (section_next(&text, &name, &values)) {
        if (sv_eq(name, SV("FILES")))
            own_files(out, values);
    }
}

static void emit_desc(struct emit *out, struct sv text)
{
    const struct {
        struct sv section;
        enum field_key key;
    } wanted[] = {
        {SV("VERSION"), FIELD_VERSION},     {SV("ARCH"), FIELD_ARCHITECTURE},
        {SV("PACKAGER"), FIELD_MAINTAINER}, {SV("LICENSE"), FIELD_LICENCE},
        {SV("URL"), FIELD_HOMEPAGE},        {SV("DESC"), FIELD_DESCRIPTION},
    };
    struct sv rest = text, name, values, package = {0}, version = {0};
    uint64_t seconds, offset = 0;

    while (section_next(&rest, &name, &values)) {
        if (sv_eq(name, SV("NAME"))) {
            package = sv_line(&values);
            offset = (uint64_t)(package.p - text.p);
        }
    }
    if (package.n == 0)
        return;
    emit_component(out, TYPE_APPLICATION);
    emit_field_at(out, FIELD_PACKAGE, package, offset, package.n);
    emit_field(out, FIELD_NAME, package);
    emit_field(out, FIELD_PACKAGE_TYPE, SV("pacman"));
    for (rest = text; section_next(&rest, &name, &values);) {
        struct sv first = sv_line(&values);

        if (sv_eq(name, SV("VERSION")))
            version = first;
        if (sv_eq(name, SV("INSTALLDATE")) && sv_to_u64(first, &seconds) && seconds < UINT32_MAX) {
            char when[CLOCK_TEXT];

            emit_field(out, FIELD_INSTALLED_AT,
                       sv_str(clock_text((int64_t)seconds * NS_PER_S, when)));
        }
        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            if (sv_eq(name, wanted[i].section))
                emit_field(out, wanted[i].key, first);
        }
    }
    emit_purl(out, "alpm", SV("arch"), package, version);
}

static int identify_pacman(const struct job *job, struct err *err)
{
    struct span all;

    TRY(source_read_all(job->bytes, DATABASE_MAX, job->arena, &all, err));
    if (job->gate->tag == TAG_FILES)
        emit_files(job->out, sv_of(all));
    else
        emit_desc(job->out, sv_of(all));
    return 0;
}

static const struct gate gates[] = {
    {.path = "var/lib/pacman/local/*/desc",
     .state = STATE_INSTALLED,
     .anchor_up = 6,
     .first = true,
     .tag = TAG_DESC},
    {.path = "var/lib/pacman/local/{package}-*-*/files",
     .state = STATE_INSTALLED,
     .anchor_up = 6,
     .first = true,
     .tag = TAG_FILES},
    {0},
};

const struct recogniser recog_pacman = {
    .name = "pacman",
    .summary = "packages that pacman installed, and the files they own",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_pacman,
};
