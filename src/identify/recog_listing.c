// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what tools list of a machine, and people keep: packages, programs, services, drivers, the
 * registry. What was listed is, or was, on some other machine: referenced, never more than
 * probable. A person may say that a file is a listing (listing:FILE); then less has to speak for
 * it, and one that is of no known format is reported as that.
 */
#include "identify/listing.h"

static const struct listing_format *const groups[] = {
    listings_of_registry, listings_of_json,    listings_of_mac,
    listings_of_packages, listings_of_windows, listings_of_tables,
};

static int read_as(struct listing *l, const struct listing_format *format, struct err *err)
{
    struct listing fresh = *l;
    int r;

    if (!format->is(fresh))
        return RECOG_NOT_MINE;
    r = format->read(&fresh, err);
    if (r < 0)
        return err_wrap(err, r, "%s", format->name);
    return r;
}

static int identify_listing(const struct job *job, struct err *err)
{
    struct listing l = {.job = job, .named = job->gate->named};
    int r = decoded_text_read(job, &l.file, err);

    if (r < 0 || (r == RECOG_NOT_MINE && !l.named))
        return r;
    l.all = l.rest = l.file.text;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(groups); i++) {
        for (const struct listing_format *f = groups[i]; f->name; f++) {
            r = read_as(&l, f, err);
            if (r != RECOG_NOT_MINE)
                return claims_end(job, r, err);
            r = 0;
        }
    }
    if (arena_failed(job->arena))
        return arena_error(job->arena, err);
    return l.named ? ERR(err, ERR_UNSUPPORTED, "this is no listing of a kind that is known")
                   : RECOG_NOT_MINE;
}

#define LISTING .state = STATE_REFERENCED, .ceiling = CONFIDENCE_PROBABLE
#define WITHIN(text, n) .within = {text, sizeof(text) - 1}, .within_n = n
#define MAGIC(text) .magic = {text, sizeof(text) - 1}
#define WIDE MAGIC("\xff\xfe")
#define JSON_WITH(text) \
    { \
        MAGIC("["), WITHIN(text, 8192), LISTING \
    }

/*
 * Gates without a first byte are asked about every file: there are few of them, and they look at
 * few bytes.
 */
static const struct gate gates[] = {
    {.named = true, LISTING},
    {MAGIC("\xff\xfeW\0i\0n\0d\0o\0w\0s\0 \0R\0e\0g\0i\0s\0t\0r\0y\0"), LISTING},
    {MAGIC("Windows Registry Editor Version"), LISTING},
    {MAGIC("REGEDIT4"), LISTING},
    {WITHIN("\n+++-==", 640), LISTING},
    {WITHIN("\tinstall\n", 512), LISTING},
    {WITHIN(",now ", 512), LISTING},
    {MAGIC("Listing..."), LISTING},
    {WITHIN(".noarch", 512), LISTING},
    {WITHIN(".x86_64", 512), LISTING},
    {.path = "installed-rpms", LISTING},
    {MAGIC("Name        : "), LISTING},
    {MAGIC("Package "), WITHIN("\n---", 1024), LISTING},
    {.path = "*pip*freeze*.txt", LISTING},
    // Tables with a ruler: driverquery and tasklist, in a code page or in UTF-16.
    {MAGIC("\r\n"), WITHIN("== ===", 1024), LISTING},
    {MAGIC("\n"), WITHIN("== ===", 1024), LISTING},
    {WIDE, WITHIN("=\0=\0 \0=\0=\0=\0", 4096), LISTING},
    {MAGIC("\""), WITHIN(".exe\",\"", 1024), LISTING},
    {MAGIC("\""), WITHIN("\"1394ohci\",", 1024), LISTING},
    {MAGIC("\"Module Name\",\"Display Name\""), LISTING},
    {MAGIC("\r\n"), WITHIN(" Microsoft Windows ", 1024), LISTING},
    {MAGIC("\n"), WITHIN(" Microsoft Windows ", 1024), LISTING},
    {MAGIC("Host Name: "), WITHIN(" Microsoft Windows ", 1024), LISTING},
    {WIDE, WITHIN(" \0M\0i\0c\0r\0o\0s\0o\0f\0t\0 \0W\0i\0n\0d\0o\0w\0s\0", 4096), LISTING},
    {MAGIC("Name "), WITHIN(" Id ", 512), LISTING},
    {MAGIC("Name "), WITHIN(" ID ", 512), LISTING},
    {MAGIC("\r "), WITHIN("\n--------------------", 4096), LISTING},
    // Properties by their names, which are not translated.
    {MAGIC("Name "), WITHIN(" Vendor", 1024), LISTING},
    {MAGIC("DisplayName "), LISTING},
    {MAGIC("\r\nDisplayName "), LISTING},
    {MAGIC("\nDisplayName "), LISTING},
    {MAGIC("\"DisplayName\","), LISTING},
    {MAGIC("\r\n"), WITHIN("IdentifyingNumber", 1024), LISTING},
    {MAGIC("IdentifyingNumber"), LISTING},
    {WIDE, WITHIN("V\0e\0n\0d\0o\0r\0", 2048), LISTING},
    {WIDE, WITHIN("V\0e\0r\0s\0i\0o\0n\0", 2048), LISTING},
    {WIDE, WITHIN("D\0i\0s\0p\0l\0a\0y\0N\0a\0m\0e\0", 2048), LISTING},
    // osquery, ConvertTo-Json, system_profiler.
    JSON_WITH("\"uninstall_string\""),
    JSON_WITH("\"install_location\""),
    JSON_WITH("\"identifying_number\""),
    JSON_WITH("\"bundle_identifier\""),
    JSON_WITH("\"package_group\""),
    JSON_WITH("\"maintainer\""),
    JSON_WITH("\"service_type\""),
    JSON_WITH("\"browser_type\""),
    JSON_WITH("\"program_arguments\""),
    JSON_WITH("\"DisplayName\""),
    {MAGIC("{"), WITHIN("\"SPApplicationsDataType\"", 512), LISTING},
    {MAGIC("{"), WITHIN("\"SPExtensionsDataType\"", 512), LISTING},
    {MAGIC("{"), WITHIN("\"SPInstallHistoryDataType\"", 512), LISTING},
    {MAGIC("<?xml"), WITHIN("_SPCommandLineArguments", 2048), LISTING},
    {WITHIN("\n      Version: ", 512), LISTING},
    {0},
};

const struct recogniser recog_listing = {
    .name = "listing",
    .summary = "what tools listed of other machines: packages, programs, drivers, registry",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_listing,
};
