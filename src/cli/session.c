// SPDX-License-Identifier: Apache-2.0
#include "cli/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"
#include "os/compiled_file.h"

enum {
    WORDS_MAX = 128,
};

/* ---- rules ---- */

static bool is_file(const char *word)
{
    size_t n = strlen(word);

    return strchr(word, '/') || (n > 5 && strcmp(word + n - 5, ".yaml") == 0);
}

/* "A,B" to words; `copy` owns their text. */
static int split(const char *list, char **ret_copy, const char *words[WORDS_MAX], size_t *ret_count,
                 struct err *err)
{
    char *save = NULL, *copy = strdup(list);

    *ret_count = 0;
    if (!copy)
        return ERR(err, ERR_NOMEM, "no memory");
    for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        if (*ret_count == WORDS_MAX) {
            free(copy);
            return ERR(err, ERR_USAGE, "--orders: more than %d orders", WORDS_MAX);
        }
        words[(*ret_count)++] = w;
    }
    *ret_copy = copy;
    return *ret_count ? 0 : ERR(err, ERR_USAGE, "--orders: no order is named");
}

static int no_such_order(const struct rules *rules, const char *id, struct err *err)
{
    const char *ids[WORDS_MAX + 1] = {0}, *near;

    for (size_t i = 0; i < rules->order_count && i < WORDS_MAX; i++)
        ids[i] = rules->orders[i].id.p;
    near = did_you_mean(id, ids);
    return near ? ERR(err, ERR_USAGE, "no order has the id '%s'; did you mean '%s'?", id, near)
                : ERR(err, ERR_USAGE,
                      "no order has the id '%s'; `debar orders list` names them all", id);
}

/* Keep only the orders that were named, in the order of their ids. */
static int keep_named(struct rules *rules, const char *const words[], size_t count, struct err *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (!is_file(words[i]) && !rules_order(rules, sv_str(words[i])))
            return no_such_order(rules, words[i], err);
    for (size_t i = 0; i < rules->order_count; i++) {
        bool named = false;

        for (size_t j = 0; j < count; j++)
            named = named || sv_eq(rules->orders[i].id, sv_str(words[j])) ||
                    (is_file(words[j]) && sv_eq(rules->orders[i].file, sv_str(words[j])));
        if (named)
            rules->orders[kept++] = rules->orders[i];
    }
    rules->order_count = kept;
    return 0;
}

static int load_rules(const struct arguments *args, struct session *s, struct err *err)
{
    const char *words[WORDS_MAX], *files[WORDS_MAX], *exceptions[WORDS_MAX], *file;
    const char *list = arguments_get(args, "orders");
    size_t count = 0, file_count = 0, exception_count = 0, at = 0;
    auto_free char *copy = NULL;
    auto_buf problems = {0};
    int r;

    // What an order asks for is answered under that order.
    if (!list)
        list = arguments_get(args, "report");
    if (list)
        TRY(split(list, &copy, words, &count, err));
    for (size_t i = 0; i < count; i++)
        if (is_file(words[i]))
            files[file_count++] = words[i];
    if (file_count && file_count != count)
        return ERR(err, ERR_USAGE, "--orders: name either ids or files, not both");
    while ((file = arguments_next(args, "exceptions", &at)) && exception_count < WORDS_MAX)
        exceptions[exception_count++] = file;

    struct rules_options options = {
        .order_files = file_count ? files : NULL,
        .order_file_count = file_count,
        .exception_files = exception_count ? exceptions : NULL,
        .exception_file_count = exception_count,
        .compiled = s->compiled,
        .problems = &problems,
    };

    r = rules_load(&options, &s->rules, err);
    if (r < 0) {
        if (problems.n)
            fprintf(stderr, "%s", problems.p);
        return r;
    }
    return count ? keep_named(s->rules, words, count, err) : 0;
}

/* What was compiled before, beside the store; NULL when no folder for it is known. */
static struct compiled_file *open_compiled(const struct arguments *args)
{
    const char *folder = NULL;
    auto_arena arena;
    auto_buf path = {0};

    arena_init(&arena, 1 << 20);
    if (state_folder(args, &arena, &folder, NULL) < 0)
        return NULL;
    buf_printf(&path, "%s/compiled", folder);
    return buf_ok(&path) ? compiled_file_open(path.p) : NULL;
}

int session_open(const struct arguments *args, bool matcher, struct session *ret, struct err *err)
{
    int r;

    *ret = (struct session){.compiled = open_compiled(args)};
    r = load_rules(args, ret, err);
    if (r == 0 && matcher)
        r = matcher_new(ret->rules, ret->compiled, &ret->matcher, err);
    // Without the matcher the patterns were not asked for, and would be dropped from the file.
    if (r == 0 && matcher && !arguments_has(args, "no-store"))
        compiled_file_save(ret->compiled);
    if (r < 0)
        session_close(ret);
    return r;
}

void session_close(struct session *s)
{
    matcher_free(s->matcher);
    rules_free(s->rules);
    compiled_file_close(s->compiled);
    *s = (struct session){0};
}

/* ---- the store ---- */

int state_folder(const struct arguments *args, struct arena *arena, const char **ret_folder,
                 struct err *err)
{
    const char *named = arguments_get(args, "state"), *home;
    struct sv folder;

    if (named)
        folder = arena_copy(arena, sv_str(named));
    else if (geteuid() == 0)
        folder = arena_copy(arena, SV("/var/lib/debar"));
    else if ((home = getenv("XDG_STATE_HOME")) && *home == '/')
        folder = arena_printf(arena, "%s/debar", home);
    else if ((home = getenv("HOME")) && *home == '/')
        folder = arena_printf(arena, "%s/.local/state/debar", home);
    else
        return ERR(err, ERR_USAGE, "no home folder is known; name a state folder with --state DIR");
    if (!folder.p)
        return arena_error(arena, err);
    *ret_folder = folder.p;
    return 0;
}

int store_of(const struct arguments *args, struct arena *arena, struct store **ret_store,
             struct stored_scan *ret_scan, struct err *err)
{
    struct store *store = NULL;
    const char *folder = NULL;
    int r;

    TRY(state_folder(args, arena, &folder, err));
    TRY(store_open(folder, STORE_READ, NULL, &store, err));
    r = store_choose(store, sv_str(arguments_get(args, "scan")), arena, ret_scan, err);
    if (r < 0)
        store_close(store);
    else
        *ret_store = store;
    return r;
}

/* ---- outputs ---- */

struct output {
    const struct report_format *format;
    const char *file; /* NULL: stdout */
};

static int output_of(const char *word, struct output *ret, struct err *err)
{
    const char *equals = strchr(word, '='), *names[WORDS_MAX + 1] = {0}, *near;
    auto_free char *name = strndup(word, equals ? (size_t)(equals - word) : strlen(word));

    if (!name)
        return ERR(err, ERR_NOMEM, "no memory");
    ret->format = report_format_named(sv_str(name));
    ret->file = equals ? equals + 1 : NULL;
    if (ret->format && ret->file && !*ret->file)
        return ERR(err, ERR_USAGE, "-o %s: no file is named", word);
    if (ret->format)
        return 0;
    for (size_t i = 0; report_formats[i] && i < WORDS_MAX; i++)
        names[i] = report_formats[i]->name;
    near = did_you_mean(name, names);
    return near ? ERR(err, ERR_USAGE, "-o %s: unknown format; did you mean '%s'?", name, near)
                : ERR(err, ERR_USAGE,
                      "-o %s: unknown format; text, json, jsonl, csv, html and "
                      "cyclonedx are known",
                      name);
}

bool colour_wanted(FILE *file)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return !(no && *no) && isatty(fileno(file)) && !(term && strcmp(term, "dumb") == 0);
}

unsigned terminal_columns(FILE *file)
{
    struct winsize size;

    return ioctl(fileno(file), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

struct scan_report {
    const struct report_format *format;
    const struct scan_view *view;
};

static int write_report(const void *of, struct sink *s, struct err *err)
{
    const struct scan_report *r = of;

    return report_write(r->format, r->view, s, err);
}

int check_outputs(const struct arguments *args, struct err *err)
{
    const char *word;
    size_t at = 0;

    while ((word = arguments_next(args, "output", &at))) {
        struct output o;

        TRY(output_of(word, &o, err));
    }
    return 0;
}

int write_outputs(const struct arguments *args, const char *otherwise, const struct scan_view *view,
                  struct err *err)
{
    const char *word;
    size_t at = 0;
    struct scan_report report = {report_format_named(sv_str(otherwise)), view};

    if (!arguments_has(args, "output"))
        return output_write(NULL, write_report, &report, err);
    while ((word = arguments_next(args, "output", &at))) {
        struct output o;

        TRY(output_of(word, &o, err));
        report.format = o.format;
        TRY(output_write(o.file, write_report, &report, err));
    }
    return 0;
}

enum exit_code exit_of(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_FOUND:
        return EXIT_FOUND;
    case VERDICT_UNKNOWN:
        return EXIT_UNKNOWN;
    case VERDICT_ABSENT:
    default:
        return EXIT_ABSENT;
    }
}
