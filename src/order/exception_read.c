// SPDX-License-Identifier: Apache-2.0
/* An exception file to struct exception. The format is described in debar-exception(5). */
#include "base/clock.h"
#include "base/glob.h"
#include "base/suggest.h"
#include "order/reading.h"

static const char *const kind_words[] = {"finding", "coverage"};

#define X(name, text) text,
static const char *const reason_words[] = {COVERAGE_REASONS(X)};
#undef X

enum {
    EXC_SCHEMA,
    EXC_ID,
    EXC_KIND,
    EXC_FINDING,
    EXC_MATCH,
    EXC_COVERAGE,
    EXC_ORDERS,
    EXC_WHO,
    EXC_WHY,
    EXC_FROM,
    EXC_UNTIL,
    EXC_SCOPE,
    EXC_CONTROL,
};

static const struct check_key exception_keys[] = {
    [EXC_SCHEMA] = {"schema"},
    [EXC_ID] = {"id"},
    [EXC_KIND] = {"kind"},
    [EXC_FINDING] = {"finding", .optional = true},
    [EXC_MATCH] = {"match", .optional = true},
    [EXC_COVERAGE] = {"coverage", .optional = true},
    [EXC_ORDERS] = {"orders", .optional = true},
    [EXC_WHO] = {"who"},
    [EXC_WHY] = {"why"},
    [EXC_FROM] = {"from", .optional = true},
    [EXC_UNTIL] = {"until"},
    [EXC_SCOPE] = {"scope"},
    [EXC_CONTROL] = {"compensating_control"},
};

static struct sv read_place(struct reading *r, const struct yaml *node)
{
    struct sv glob = check_text(&r->check, node);

    if (glob.n > GLOB_MAX)
        check_problem(&r->check, node->line, "glob is longer than %d bytes", GLOB_MAX);
    else if (glob.n && !sv_starts(glob, SV("/")) && !sv_starts(glob, SV("**")))
        check_problem(&r->check, node->line,
                      "'place' is '%.*s'; expected an absolute path or a glob such as /opt/lab/**",
                      (int)(glob.n > 60 ? 60 : glob.n), glob.p);
    return glob;
}

/* ---- what it is for ---- */

enum {
    MATCH_VENDOR,
    MATCH_PRODUCT,
    MATCH_PLACE,
};

static const struct check_key match_keys[] = {
    [MATCH_VENDOR] = {"vendor", .optional = true},
    [MATCH_PRODUCT] = {"product", .optional = true},
    [MATCH_PLACE] = {"place", .optional = true},
};

static void read_match(struct reading *r, const struct yaml *node, struct exception *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(match_keys)];
    const struct catalogue *catalogue;

    if (!check_map(c, node, "'match'", match_keys, ARRAY_LEN(match_keys), v))
        return;
    if (!node->first)
        check_problem(c, node->line, "'match' is empty; expected 'vendor', 'product' or 'place'");
    to->vendor = check_text(c, v[MATCH_VENDOR]);
    to->product = check_text(c, v[MATCH_PRODUCT]);
    to->place = read_place(r, v[MATCH_PLACE]);
    catalogue = rules_catalogue(r->rules, to->vendor);
    if (to->vendor.n && !catalogue)
        check_problem(c, v[MATCH_VENDOR]->line,
                      "unknown vendor '%.*s'; expected the name of a catalogue", (int)to->vendor.n,
                      to->vendor.p);
    if (to->product.n && !to->vendor.n)
        check_problem(c, v[MATCH_PRODUCT]->line, "'product' needs its 'vendor' beside it");
    if (to->product.n && catalogue && !catalogue_product(catalogue, to->product))
        check_problem(c, v[MATCH_PRODUCT]->line, "vendor '%.*s' has no product '%.*s'",
                      (int)to->vendor.n, to->vendor.p, (int)to->product.n, to->product.p);
}

enum {
    GAP_PLACE,
    GAP_SHA256,
    GAP_REASON,
};

static const struct check_key gap_keys[] = {
    [GAP_PLACE] = {"place", .optional = true},
    [GAP_SHA256] = {"sha256", .optional = true},
    [GAP_REASON] = {"reason", .optional = true},
};

static bool is_sha256(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return s.n == 64;
}

static void read_gap(struct reading *r, const struct yaml *node, struct exception *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(gap_keys)];
    int i;

    if (!check_map(c, node, "'coverage'", gap_keys, ARRAY_LEN(gap_keys), v))
        return;
    if (!v[GAP_PLACE] && !v[GAP_SHA256])
        check_problem(c, node->line, "'coverage' needs 'place' or 'sha256'");
    to->gap_place = read_place(r, v[GAP_PLACE]);
    to->gap_sha256 = check_text(c, v[GAP_SHA256]);
    if (to->gap_sha256.n && !is_sha256(to->gap_sha256))
        check_problem(c, v[GAP_SHA256]->line, "'sha256'; expected 64 lower-case hex digits");
    i = check_word(c, v[GAP_REASON], reason_words, ARRAY_LEN(reason_words));
    to->has_reason = i >= 0;
    to->reason = i < 0 ? REASON_DENIED : (enum coverage_reason)i;
}

static bool is_uuid(struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char ch = s.p[i];

        if (dash ? ch != '-'
                 : !((ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') ||
                     (ch >= 'A' && ch <= 'F')))
            return false;
    }
    return s.n == 36;
}

static void read_subject(struct reading *r, const struct yaml *root, const struct yaml *const *v,
                         struct exception *to)
{
    struct check *c = &r->check;
    bool for_finding = to->kind == EXCEPTION_FINDING;

    if (for_finding && !v[EXC_FINDING] == !v[EXC_MATCH])
        check_problem(c, root->line,
                      "an exception of kind 'finding' needs either 'finding' or 'match'%s",
                      v[EXC_MATCH] ? ", not both" : "");
    if (for_finding && v[EXC_COVERAGE])
        check_problem(c, v[EXC_COVERAGE]->key_line, "'coverage' has no effect with kind 'finding'");
    if (!for_finding && !v[EXC_COVERAGE])
        check_problem(c, root->line, "an exception of kind 'coverage' needs the key 'coverage'");
    for (int key = EXC_FINDING; !for_finding && key <= EXC_MATCH; key++)
        if (v[key])
            check_problem(c, v[key]->key_line, "'%s' has no effect with kind 'coverage'",
                          exception_keys[key].name);
    to->finding = check_text(c, v[EXC_FINDING]);
    if (to->finding.n && !is_uuid(to->finding))
        check_problem(c, v[EXC_FINDING]->line,
                      "'finding' is '%.*s'; expected a finding's id, a UUID",
                      (int)(to->finding.n > 60 ? 60 : to->finding.n), to->finding.p);
    if (v[EXC_MATCH])
        read_match(r, v[EXC_MATCH], to);
    if (v[EXC_COVERAGE])
        read_gap(r, v[EXC_COVERAGE], to);
}

/* ---- the orders it is for, and what they allow ---- */

static void unknown_order(struct reading *r, const struct yaml *node, struct sv id)
{
    struct sv nearest = {0};

    for (size_t i = 0; i < r->rules->order_count; i++) {
        struct sv two[2] = {nearest, r->rules->orders[i].id};

        nearest = suggest_sv(id, two, 2);
    }
    check_problem(&r->check, node->line, "unknown order '%.*s'%s%.*s%s",
                  (int)(id.n > 60 ? 60 : id.n), id.p,
                  nearest.n ? "; did you mean '" : "; expected an order's id, or 'all'",
                  (int)nearest.n, nearest.n ? nearest.p : "", nearest.n ? "'?" : "");
}

static void read_orders(struct reading *r, const struct yaml *root, const struct yaml *node,
                        struct exception *to)
{
    const struct yaml *item;

    if (to->kind == EXCEPTION_COVERAGE) {
        if (node && !(node->kind == YAML_TEXT && sv_eq(node->text, SV("all"))))
            check_problem(&r->check, node->line,
                          "a gap in the coverage is one for every order; expected 'orders: all'");
        to->all_orders = true;
        return;
    }
    if (!node) {
        check_problem(&r->check, root->line,
                      "an exception of kind 'finding' needs the key 'orders'");
        return;
    }
    if (node->kind == YAML_TEXT && sv_eq(node->text, SV("all"))) {
        to->all_orders = true;
        return;
    }
    item = check_list(&r->check, node, false);
    to->orders = check_texts(&r->check, node, false, &to->order_count);
    for (size_t i = 0; i < to->order_count && item; i++, item = item->next)
        if (to->orders[i].n && !rules_order(r->rules, to->orders[i]))
            unknown_order(r, item, to->orders[i]);
}

static bool is_everything(struct sv place)
{
    // A glob that takes a path in each of two folders which have nothing in common takes them all.
    return !place.n || (glob_match(place, SV("/a/b")) && glob_match(place, SV("/y/z.0")));
}

static bool is_blanket(const struct exception *e)
{
    return !e->finding.n && !e->product.n && is_everything(e->place);
}

static bool concerns(const struct exception *e, const struct order *o)
{
    for (size_t i = 0; i < e->order_count; i++)
        if (sv_eq(e->orders[i], o->id))
            return true;
    return e->all_orders && (!e->vendor.n || order_names_vendor(o, e->vendor));
}

static void check_against(struct reading *r, const struct yaml *const *v, const struct order *o,
                          const struct exception *e)
{
    int64_t start = e->from == NO_DAY ? r->today : e->from;
    char last[CLOCK_TEXT];

    if (!o->exceptions.blanket && is_blanket(e))
        check_problem(&r->check, v[EXC_MATCH]->line,
                      "order '%.*s' allows no blanket exception; name a product or a place",
                      (int)o->id.n, o->id.p);
    if (o->exceptions.max_days && e->until > start + o->exceptions.max_days)
        check_problem(&r->check, v[EXC_UNTIL]->line,
                      "order '%.*s' allows %u days at most; expected 'until' %s or earlier",
                      (int)o->id.n, o->id.p, o->exceptions.max_days,
                      clock_day_text(start + o->exceptions.max_days, last));
}

void exception_read(struct reading *r, const struct yaml *root, struct exception *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(exception_keys)];
    size_t before = c->count;

    to->line = root->line;
    if (!check_schema(c, root, "debar.exception/1") ||
        !check_map(c, root, "an exception", exception_keys, ARRAY_LEN(exception_keys), v))
        return;
    to->id = check_id(c, v[EXC_ID], "._-");
    to->kind = check_word(c, v[EXC_KIND], kind_words, ARRAY_LEN(kind_words)) == 1
                   ? EXCEPTION_COVERAGE
                   : EXCEPTION_FINDING;
    to->who = check_text(c, v[EXC_WHO]);
    to->why = check_prose(c, v[EXC_WHY]);
    to->scope = check_prose(c, v[EXC_SCOPE]);
    to->compensating_control = check_prose(c, v[EXC_CONTROL]);
    to->from = check_day(c, v[EXC_FROM]);
    to->until = check_day(c, v[EXC_UNTIL]);
    if (v[EXC_FROM] && v[EXC_UNTIL] && to->until < to->from)
        check_problem(c, v[EXC_UNTIL]->line, "'until' is before 'from'");
    if (!v[EXC_KIND] || c->count > before)
        return;
    read_subject(r, root, v, to);
    read_orders(r, root, v[EXC_ORDERS], to);
    for (size_t i = 0; c->count == before && i < r->rules->order_count; i++)
        if (to->kind == EXCEPTION_FINDING && concerns(to, &r->rules->orders[i]))
            check_against(r, v, &r->rules->orders[i], to);
}
