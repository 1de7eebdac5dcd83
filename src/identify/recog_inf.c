// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises driver packages of Windows by their .inf file.
 *
 *     [Version]  Signature="$Windows NT$"  Provider=%Maker%  Class=…  DriverVer=01/31/2024,10.0.1.2
 *     [*]        AddService = name, flags, section
 *     [Strings]  Maker="…"
 *
 * It is text that anybody can write, so it makes nothing more than probable; the catalog beside it
 * and the driver are signed.
 * Format: Microsoft "Summary of INF sections".
 */
#include "base/utf16.h"
#include "format/codepage.h"
#include "identify/key_file.h"
#include "identify/recogniser.h"

enum {
    INF_MAX = 8 << 20,
    SERVICES_MAX = 64,
};

struct inf {
    const struct job *job;
    struct sv text;
};

static struct sv until(struct sv s, char end)
{
    return sv_trim(sv_cut(&s, end));
}

/* Without what is said about it behind ';', without quotes. */
static struct sv plain(struct sv value)
{
    value = sv_trim(value);
    if (!sv_starts(value, SV("\"")))
        return until(value, ';');
    value = sv_from(value, 1);
    return until(value, '"');
}

static bool line_of(const struct inf *inf, struct sv section, struct sv key, struct sv *ret)
{
    struct key_file f = key_file_over(inf->text);
    struct key_line line;

    while (key_file_next(&f, false, &line)) {
        if (sv_eq_nocase(line.section, section) && sv_eq_nocase(line.key, key)) {
            *ret = plain(line.value);
            return true;
        }
    }
    return false;
}

/* "%Maker%" is what the section of texts says that it is. */
static struct sv expand(const struct inf *inf, struct sv value)
{
    struct sv key = value, text;

    if (value.n < 3 || value.p[0] != '%' || value.p[value.n - 1] != '%')
        return value;
    key = (struct sv){value.p + 1, value.n - 2};
    return line_of(inf, SV("Strings"), key, &text) ? text : (struct sv){0};
}

static struct sv version_field(const struct inf *inf, const char *key)
{
    struct sv value;

    return line_of(inf, SV("Version"), sv_str(key), &value) ? expand(inf, value) : (struct sv){0};
}

static void emit_services(const struct inf *inf)
{
    struct key_file f = key_file_over(inf->text);
    struct sv last = {0};
    struct key_line line;
    unsigned n = 0;

    while (key_file_next(&f, false, &line) && n < SERVICES_MAX) {
        struct sv name;

        if (!sv_eq_nocase(line.key, SV("AddService")))
            continue;
        name = expand(inf, plain(until(line.value, ',')));
        if (name.n && !sv_eq_nocase(name, last)) {
            emit_field(inf->job->out, FIELD_DRIVER, name);
            n++;
        }
        last = name;
    }
}

static int read_text(const struct job *job, struct sv *ret, struct err *err)
{
    struct span bytes;

    TRY(source_read_all(job->bytes, INF_MAX, job->arena, &bytes, err));
    *ret = sv_starts(sv_of(bytes), SV("\xff\xfe"))
               ? utf16le_text(span_from(bytes, 2), job->arena)
               : codepage_text(CODEPAGE_UTF8, bytes, job->arena);
    if (sv_starts(*ret, SV("\xef\xbb\xbf")))
        *ret = sv_from(*ret, 3);
    return arena_failed(job->arena) ? arena_error(job->arena, err) : 0;
}

static int identify_inf(const struct job *job, struct err *err)
{
    struct inf inf = {.job = job};
    struct sv signature, version;

    if (job->bytes->size > INF_MAX)
        return RECOG_NOT_MINE;
    TRY(read_text(job, &inf.text, err));
    signature = version_field(&inf, "Signature");
    if (!sv_eq_nocase(signature, SV("$Windows NT$")) && !sv_eq_nocase(signature, SV("$CHICAGO$")))
        return RECOG_NOT_MINE;
    emit_component(job->out, TYPE_DEVICE_DRIVER);
    emit_field(job->out, FIELD_PUBLISHER, version_field(&inf, "Provider"));

    emit_field(job->out, FIELD_DESCRIPTION, version_field(&inf, "Class"));
    version = version_field(&inf, "DriverVer");
    (void)sv_cut(&version, ','); // the date
    emit_field(job->out, FIELD_VERSION, sv_trim(version));
    emit_services(&inf);
    return 0;
}

static const struct gate gates[] = {
    {.path = "*.inf", .state = STATE_PRESENT, .ceiling = CONFIDENCE_PROBABLE, .anchor_up = 1},
    {0},
};

const struct recogniser recog_inf = {
    .name = "inf",
    .summary = "driver packages of Windows (.inf): who provides them, their services",
    .epoch = 1,
    .gates = gates,
    .identify = identify_inf,
};
