// SPDX-License-Identifier: Apache-2.0
/* debar vault: what removals keep, whether it is whole, and giving it up. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/removing.h"
#include "cli/session.h"
#include "remedy/keeping.h"

static void print_keeping(const struct keeping *k)
{
    char began[CLOCK_TEXT], until[CLOCK_TEXT];

    printf("%.*s  %.10s  %-13s  %6" PRIu64 " objects  %8" PRIu64 " KiB  ", (int)k->plan.id.n,
           k->plan.id.p, clock_text(k->plan.began_ns, began), journal_state_text(k->plan.state),
           k->objects, (k->bytes + 1023) >> 10);
    if (!k->plan.kept_until_ns)
        printf("given up\n");
    else if (!k->can_be_undone)
        printf("no longer needed\n");
    else
        printf("can be undone; kept until %.10s%s\n", clock_text(k->plan.kept_until_ns, until),
               k->overdue ? ", which is past" : "");
}

static int list(struct journal *j, struct vault *v, struct arena *arena, struct err *err)
{
    struct keepings k;

    TRY(keeping_list(j, v, clock_now_ns(), arena, &k, err));
    for (size_t i = 0; i < k.count; i++)
        print_keeping(&k.all[i]);
    printf("In all %" PRIu64 " KiB", (k.bytes + 1023) >> 10);
    if (k.unneeded)
        printf(", %" PRIu64 " KiB in %" PRIu64 " objects that no plan needs",
               k.unneeded_bytes >> 10, k.unneeded);
    printf("\n");
    return EXIT_ABSENT;
}

static void print_bad(void *to, struct sv plan, const char *why)
{
    (void)to;
    printf("plan %.*s: %s\n", (int)plan.n, plan.p, why);
}

static int verify(struct journal *j, struct vault *v, struct err *err)
{
    uint64_t good, bad;

    TRY(keeping_verify(j, v, print_bad, NULL, &good, &bad, err));
    printf("%" PRIu64 " objects are whole, %" PRIu64 " are missing or damaged\n", good, bad);
    return bad ? EXIT_FOUND : EXIT_ABSENT;
}

/* "10M": bytes, with K, M, G, T for powers of 1024. */
static int size_of(const struct arguments *args, uint64_t *ret, struct err *err)
{
    const char *word = arguments_get(args, "max-size");
    struct sv number = sv_str(word);
    const char *unit = number.n ? strchr("KMGT", number.p[number.n - 1]) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - "KMGT" + 1) : 0;

    *ret = 0;
    if (!word)
        return 0;
    number.n -= unit ? 1 : 0;
    if (!sv_to_u64(number, ret) || *ret == 0 || *ret > UINT64_MAX >> shift)
        return ERR(err, ERR_USAGE, "--max-size %s: a number of bytes, such as 500M or 20G", word);
    *ret <<= shift;
    return 0;
}

static int expire(const struct arguments *args, struct journal *j, struct vault *v,
                  struct arena *arena, struct err *err)
{
    struct sv plan = sv_str(arguments_get(args, "plan"));
    uint64_t max;
    struct keepings k;
    size_t chosen, undoable = 0;

    TRY(size_of(args, &max, err));
    TRY(keeping_list(j, v, clock_now_ns(), arena, &k, err));
    chosen = keeping_choose(&k, plan, max);
    if (plan.n && !chosen)
        return ERR(err, ERR_GONE,
                   "no plan that begins with '%.*s' has anything in the vault that could go; one "
                   "that is under way keeps its own",
                   (int)plan.n, plan.p);
    for (size_t i = 0; i < k.count; i++)
        if (k.all[i].goes) {
            print_keeping(&k.all[i]);
            undoable += k.all[i].can_be_undone;
        }
    if (!chosen && !k.unneeded) {
        printf("Nothing is due to go.\n");
        return EXIT_ABSENT;
    }
    if (undoable) {
        printf(
            "%zu of these can still be undone, and this is the only copy: afterwards they cannot, "
            "and their evidence is gone too.\n",
            undoable);
        if (!removing_ask(args, "Give them up"))
            return EXIT_ABSENT;
    }
    TRY(keeping_expire(j, v, &k, err));
    printf("Given up.\n");
    return EXIT_ABSENT;
}

static int run(const struct arguments *args, struct err *err)
{
    static const char *const verbs[] = {"list", "verify", "expire", NULL};
    const char *verb = args->operands[0], *folder, *near;
    auto_journal *j = NULL;
    auto_vault *v = NULL;
    auto_arena arena;

    arena_init(&arena, (size_t)1 << 30);
    if (strcmp(verb, "list") != 0 && strcmp(verb, "verify") != 0 && strcmp(verb, "expire") != 0) {
        near = did_you_mean(verb, verbs);
        return near ? ERR(err, ERR_USAGE, "debar vault %s: did you mean '%s'?", verb, near)
                    : ERR(err, ERR_USAGE, "debar vault %s: say list, verify or expire", verb);
    }
    TRY(state_folder(args, &arena, &folder, err));
    TRY(journal_open(folder, strcmp(verb, "expire") == 0, &j, err));
    TRY(vault_open(folder, false, &v, err));
    if (strcmp(verb, "list") == 0)
        return list(j, v, &arena, err);
    return strcmp(verb, "verify") == 0 ? verify(j, v, err) : expire(args, j, v, &arena, err);
}

static const struct option_row options[] = {
    {"plan", 0, "ID", "expire: give up what this plan keeps, whatever its day"},
    {"max-size", 0, "SIZE", "expire: the oldest too, until the vault is no larger (500M, 20G)"},
    OPTION_YES,
    OPTION_STATE,
    {0},
};

const struct command cmd_vault = {
    .name = "vault",
    .summary = "what removals keep to be undone: list, verify, expire",
    .usage = "[OPTIONS] list|verify|expire",
    .details =
        "list      what each plan keeps, and until when (`debar remove --keep-days`)\n"
        "verify    read everything and compare; exit code 1 when something is missing or damaged\n"
        "expire    give up what is past its day or no longer needed; what could still be undone "
        "is\n"
        "          named and asked for first\n",
    .options = options,
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
