// SPDX-License-Identifier: Apache-2.0
/* debar diff: what appeared, went or changed between two stored scans. */
#include <string.h>

#include "cli/session.h"

enum change {
    SAME,
    APPEARED,
    GONE,
    CHANGED,
};

static const char *const change_texts[] = {"same", "appeared", "gone", "changed"};

/* The loaded findings of one side; ids are sorted by the store. */
static int load(const struct arguments *args, const char *id, struct arena *arena,
                const struct rules *rules, struct scan_result *ret, struct err *err)
{
    auto_store *store = NULL;
    struct stored_scan scan;
    const char *folder;

    TRY(state_folder(args, arena, &folder, err));
    TRY(store_open(folder, STORE_READ, NULL, &store, err));
    TRY(store_choose(store, sv_str(id), arena, &scan, err));
    return result_stored(store, &scan, rules, ret, err);
}

static bool differs(const struct finding *a, const struct finding *b)
{
    if (a->state != b->state || a->confidence != b->confidence || !sv_eq(a->version, b->version) ||
        a->place_count != b->place_count || finding_counts(a) != finding_counts(b))
        return true;
    for (size_t i = 0; i < a->place_count; i++)
        if (!sv_eq(a->places[i], b->places[i]))
            return true;
    return false;
}

static void describe(struct buf *to, const struct finding *f)
{
    buf_printf(to, "%.*s%s%.*s, %s, %s, %zu place%s", (int)f->name.n, f->name.p,
               f->version.n ? " " : "", (int)f->version.n, f->version.p,
               component_state_text(f->state), confidence_text(f->confidence), f->place_count,
               f->place_count == 1 ? "" : "s");
}

static void print(enum change change, const struct finding *a, const struct finding *b,
                  struct json_writer *json)
{
    const struct finding *f = b ? b : a;
    auto_buf line = {0};

    if (json) {
        json_object(json);
        json_member(json, "change", sv_str(change_texts[change]));
        json_member(json, "id", f->id);
        if (a) {
            json_key(json, "before");
            finding_write_json(a, json);
        }
        if (b) {
            json_key(json, "after");
            finding_write_json(b, json);
        }
        json_end(json);
        return;
    }
    describe(&line, f);
    if (change == CHANGED) {
        buf_str(&line, "\n           before: ");
        describe(&line, a);
    }
    printf("%-9s  %s\n           %.*s\n", change_texts[change], line.p, (int)f->id.n, f->id.p);
}

static size_t compare(const struct scan_result *a, const struct scan_result *b,
                      struct json_writer *json)
{
    size_t i = 0, j = 0, changes = 0;

    while (i < a->finding_count || j < b->finding_count) {
        const struct finding *x = i < a->finding_count ? &a->findings[i] : NULL;
        const struct finding *y = j < b->finding_count ? &b->findings[j] : NULL;
        int order = !x ? 1 : !y ? -1 : sv_cmp(x->id, y->id);
        enum change change = order < 0       ? GONE
                             : order > 0     ? APPEARED
                             : differs(x, y) ? CHANGED
                                             : SAME;

        i += order <= 0;
        j += order >= 0;
        if (change == SAME)
            continue;
        print(change, order <= 0 ? x : NULL, order >= 0 ? y : NULL, json);
        changes++;
    }
    return changes;
}

static void show(const struct arguments *args, const struct scan_result *a,
                 const struct scan_result *b)
{
    const char *format = arguments_get(args, "output");
    auto_buf out = {0};
    struct json_writer w = json_writer_to(&out, true);

    if (!format || strcmp(format, "json") != 0) {
        if (compare(a, b, NULL) == 0)
            printf("Nothing appeared, went or changed.\n");
        return;
    }
    json_object(&w);
    json_member(&w, "schema", SV("debar.diff/1"));
    json_member(&w, "before", a->view.scan_id);
    json_member(&w, "after", b->view.scan_id);
    json_key(&w, "changes");
    json_array(&w);
    (void)compare(a, b, &w);
    json_end_all(&w);
    (void)fwrite(out.p, 1, out.n, stdout);
}

static int run(const struct arguments *args, struct err *err)
{
    auto_result a = {0}, b = {0};
    const char *format = arguments_get(args, "output");
    struct session session;
    auto_arena arena;
    int r;

    if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
        return ERR(err, ERR_USAGE, "-o %s: text or json was expected", format);
    arena_init(&arena, (size_t)64 << 20);
    TRY(session_open(args, false, &session, err));
    r = load(args, args->operands[0], &arena, session.rules, &a, err);
    if (r == 0)
        r = load(args, args->operands[1], &arena, session.rules, &b, err);
    if (r == 0)
        show(args, &a, &b);
    session_close(&session);
    return r;
}

static const struct option_row options[] = {
    {"output", 'o', "FORMAT", "text or json"},
    OPTION_STATE,
    {0},
};

const struct command cmd_diff = {
    .name = "diff",
    .summary = "show what appeared, went or changed between two stored scans",
    .usage = "[OPTIONS] BEFORE AFTER",
    .details =
        "BEFORE and AFTER are ids of stored scans, or their beginnings; `debar scans` lists\n"
        "them.\n",
    .options = options,
    .operands_min = 2,
    .operands_max = 2,
    .run = run,
};
