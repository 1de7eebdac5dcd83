// SPDX-License-Identifier: Apache-2.0
/* debar image strip: a new container image without what was found in an old one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/session.h"
#include "model/place.h"
#include "os/sandbox.h"
#include "remedy/image_cuts.h"

struct chosen {
    const struct finding **at;
    size_t count;
};

struct telling {
    size_t stays;
};

static void tell_stays(void *to, struct sv what, const char *why)
{
    struct telling *t = to;

    t->stays++;
    fprintf(stderr, "debar: stays: %.*s: %s\n", (int)what.n, what.p, why);
}

/* Those of --finding, or without it all that count. */
static int choose(const struct arguments *args, const struct scan_result *r,
                  const struct image_cuts_options *o, struct arena *arena, struct chosen *ret,
                  struct err *err)
{
    const char *id;
    size_t at = 0;

    ret->count = 0;
    ret->at = arena_take_array(arena, r->finding_count + 1, sizeof(*ret->at));
    if (!ret->at)
        return arena_error(arena, err);
    while ((id = arguments_next(args, "finding", &at))) {
        size_t before = ret->count;

        for (size_t i = 0; i < r->finding_count; i++)
            if (sv_starts(r->findings[i].id, sv_str(id)) && image_cuts_has(o, &r->findings[i]) &&
                ret->count < r->finding_count)
                ret->at[ret->count++] = &r->findings[i];
        if (ret->count == before)
            return ERR(err, ERR_GONE, "no finding '%s' of the stored scan lies in %s", id,
                       o->image);
        if (ret->count > before + 1)
            return ERR(err, ERR_USAGE, "more than one finding begins with '%s'; give more of it",
                       id);
    }
    for (size_t i = 0; !arguments_has(args, "finding") && i < r->finding_count; i++)
        if (finding_counts(&r->findings[i]) && image_cuts_has(o, &r->findings[i]))
            ret->at[ret->count++] = &r->findings[i];
    if (ret->count == 0)
        return ERR(
            err, ERR_GONE,
            "no finding of the stored scan that counts lies in %s; scan it first: debar scan "
            "%s",
            o->image, o->image);
    return 0;
}

static int note_of(const struct chosen *chosen, struct buf *to, struct err *err)
{
    buf_str(to, "removed by order:");
    for (size_t i = 0; i < chosen->count; i++) {
        const struct finding *f = chosen->at[i];

        buf_printf(to, "%s %.*s", i ? "," : "", (int)f->name.n, f->name.p);
        if (f->version.n)
            buf_printf(to, " %.*s", (int)f->version.n, f->version.p);
    }
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

/* What is in layers is hostile: from here on only the image is read, and written only beside the
 * new one. Where the system cannot do that, it goes on. */
static void give_up_rights(const char *image, const char *to, struct arena *arena)
{
    size_t slash = sv_find_last(sv_str(to), '/');
    struct sv above =
        slash == SIZE_MAX ? SV(".") : arena_copy(arena, (struct sv){to, slash ? slash : 1});
    const struct sandbox_path paths[] = {{image, SANDBOX_READ}, {above.p, SANDBOX_WRITE}};
    unsigned features;
    struct err err;

    if (!above.p || sandbox_confine(paths, ARRAY_LEN(paths), SANDBOX_READS, &features, &err) < 0)
        fprintf(stderr, "debar: reading the image keeps its rights\n");
}

static int strip(const struct arguments *args, const struct scan_result *r,
                 struct image_cuts_options *o, struct arena *arena, struct err *err)
{
    struct image_strip_options so = {.from = o->image, .to = arguments_get(args, "to")};
    struct telling *telling = o->to;
    struct image_strip_counts counts;
    struct chosen chosen;
    struct image_cuts cuts;
    auto_buf note = {0};
    int result;

    TRY(choose(args, r, o, arena, &chosen, err));
    give_up_rights(o->image, so.to, arena);
    TRY(image_cuts_of(o, chosen.at, chosen.count, arena, &cuts, err));
    TRY(note_of(&chosen, &note, err));
    so.cuts = cuts.at;
    so.cut_count = cuts.count;
    so.note = note.p;
    result = cuts.count ? image_strip(&so, &counts, err) : IMAGE_UNCHANGED;
    TRY(result);
    if (result == IMAGE_UNCHANGED)
        return ERR(err, ERR_GONE,
                   "nothing of what was found can be taken out of the layers of %s; nothing was "
                   "made",
                   o->image);
    if (!arguments_has(args, "quiet"))
        printf("%s: %zu file%s taken out, %zu edited, in %zu layer%s of %zu image%s.\n"
               "Signatures of the old image do not hold for it. Check it: debar scan %s\n",
               so.to, counts.files, counts.files == 1 ? "" : "s", counts.edits, counts.layers,
               counts.layers == 1 ? "" : "s", counts.images, counts.images == 1 ? "" : "s", so.to);
    return telling->stays ? EXIT_FOUND : EXIT_ABSENT;
}

static int place_of(const char *image, struct arena *arena, struct sv *ret, struct err *err)
{
    char *path = realpath(image, NULL);
    auto_buf place = {0};

    if (!path)
        return ERR_SYS(err, "%s", image);
    place_append(&place, sv_str(path));
    free(path);
    *ret = arena_copy(arena, buf_view(&place));
    return 0;
}

static int run(const struct arguments *args, struct err *err)
{
    struct telling telling = {0};
    struct image_cuts_options o = {.stays = tell_stays, .to = &telling};
    struct session session;
    struct stored_scan scan;
    auto_result result = {0};
    auto_store *store = NULL;
    auto_arena arena;
    int r;

    arena_init(&arena, (size_t)1 << 30);
    if (strcmp(args->operands[0], "strip") != 0)
        return ERR(err, ERR_USAGE, "`debar image %s` is unknown; expected strip",
                   args->operands[0]);
    if (args->operand_count != 2 || !arguments_get(args, "to"))
        return ERR(err, ERR_USAGE, "write: debar image strip IMAGE --to NEW");
    o.image = args->operands[1];
    TRY(place_of(o.image, &arena, &o.place, err));
    TRY(store_of(args, &arena, &store, &scan, err));
    TRY(session_open(args, false, &session, err));
    r = result_stored(store, &scan, session.rules, &result, err);
    if (r == 0)
        r = strip(args, &result, &o, &arena, err);
    session_close(&session);
    return r;
}

static const struct option_row options[] = {
    {"to", 0, "NEW", "the image to make: a file or folder that is not there yet, in IMAGE's form"},
    {"finding", 0, "ID", "only this finding, by the beginning of its id; may be repeated"},
    OPTION_ORDERS,
    OPTION_EXCEPTIONS,
    OPTION_STATE,
    OPTION_SCAN,
    {0},
};

const struct command cmd_image = {
    .name = "image",
    .summary = "make a container image anew without what was found in it",
    .usage = "strip [OPTIONS] IMAGE --to NEW",
    .details =
        "IMAGE is an OCI layout (a folder, or a tar of one) or an archive of `docker save` that "
        "was\n"
        "scanned; it is never changed. NEW has everything of it but the files of the findings, "
        "the\n"
        "files of their Debian packages, and their entries in files of others. Only the layers "
        "that\n"
        "had such a file are written anew; configuration, manifest and index get their digests, "
        "and\n"
        "the history one entry more. Tags, annotations and the order of layers stay.\n\n"
        "What cannot be taken out is named and stays: packages in a database of rpm, apk or "
        "pacman,\n"
        "files inside of archives of others, logs, and what the image says of itself.\n\n"
        "Exit codes: 0 all was taken out; 1 something stays; 2 an error, nothing was made.\n",
    .options = options,
    .operands_min = 1,
    .operands_max = 2,
    .run = run,
};
