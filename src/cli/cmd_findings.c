// SPDX-License-Identifier: Apache-2.0
/* debar findings: list, filter and export the findings of a stored scan. */
#include "cli/session.h"

/* "a,b" has the word. */
static bool in_list(const char *list, struct sv word)
{
    struct sv rest = sv_str(list);

    while (rest.n)
        if (sv_eq(sv_cut(&rest, ','), word))
            return true;
    return false;
}

static bool under_order(const struct finding *f, const char *list)
{
    for (size_t i = 0; i < f->order_count; i++)
        if (f->orders[i].covered && in_list(list, f->orders[i].id))
            return true;
    return false;
}

static bool wanted(const struct arguments *args, const struct finding *f)
{
    const char *vendor = arguments_get(args, "vendor"), *state = arguments_get(args, "state-is");
    const char *confidence = arguments_get(args, "confidence");
    const char *orders = arguments_get(args, "orders");

    return (!vendor || in_list(vendor, f->vendor)) &&
           (!state || in_list(state, sv_str(component_state_text(f->state)))) &&
           (!confidence || in_list(confidence, sv_str(confidence_text(f->confidence)))) &&
           (!orders || under_order(f, orders));
}

static int check_words(const struct arguments *args, struct err *err)
{
    struct sv rest = sv_str(arguments_get(args, "state-is"));
    enum component_state state;
    enum confidence confidence;

    while (rest.n) {
        struct sv word = sv_cut(&rest, ',');

        if (!component_state_from_text(word, &state))
            return ERR(err, ERR_USAGE,
                       "--state-is %.*s: running, installed, present, contained, referenced or "
                       "residue was expected",
                       (int)word.n, word.p);
    }
    rest = sv_str(arguments_get(args, "confidence"));
    while (rest.n) {
        struct sv word = sv_cut(&rest, ',');

        if (!confidence_from_text(word, &confidence) || confidence == CONFIDENCE_NONE)
            return ERR(err, ERR_USAGE,
                       "--confidence %.*s: confirmed, probable or trace was expected", (int)word.n,
                       word.p);
    }
    return 0;
}

static int run(const struct arguments *args, struct err *err)
{
    struct session session;
    struct stored_scan scan;
    auto_result result = {0};
    auto_store *store = NULL;
    auto_arena arena;
    size_t kept = 0;
    int r;

    arena_init(&arena, (size_t)64 << 20);
    TRY(check_outputs(args, err));
    TRY(check_words(args, err));
    TRY(store_of(args, &arena, &store, &scan, err));
    TRY(session_open(args, false, &session, err));
    r = result_stored(store, &scan, session.rules, &result, err);
    if (r == 0) {
        for (size_t i = 0; i < result.finding_count; i++)
            if (wanted(args, &result.findings[i]))
                result.findings[kept++] = result.findings[i];
        result.finding_count = kept;
        r = write_outputs(args, "text", &result.view, err);
    }
    session_close(&session);
    TRY(r);
    return kept ? EXIT_FOUND : EXIT_ABSENT;
}

static const struct option_row options[] = {
    OPTION_ORDERS,
    {"vendor", 0, "A,B", "only these vendors"},
    {"state-is", 0, "A,B", "only running, installed, present, contained, referenced, residue"},
    {"confidence", 0, "A,B", "only confirmed, probable, trace"},
    OPTION_OUTPUT,
    OPTION_STATE,
    OPTION_SCAN,
    {0},
};

const struct command cmd_findings = {
    .name = "findings",
    .summary = "list, filter and export the findings of a stored scan",
    .usage = "[OPTIONS]",
    .details = "Exit codes: 1 when there is a finding to list, 0 when there is none, 2 an error.\n",
    .options = options,
    .run = run,
};
