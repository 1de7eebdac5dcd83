// SPDX-License-Identifier: Apache-2.0
#include "scan/result.h"

#include "base/clock.h"
#include "match/match_run.h"
#include "os/program_id.h"
#include "trust/digest.h"
#include "version.h"

enum {
    RESULT_MAX = 512 << 20, /* bytes of all findings of one scan */
};

#define DAY_NS (INT64_C(86400) * NS_PER_S)

/* ---- the header ---- */

static void write_list(struct json_writer *w, const char *name, const struct sv *list, size_t n)
{
    json_key(w, name);
    json_array(w);
    for (size_t i = 0; i < n; i++)
        json_string(w, list[i]);
    json_end(w);
}

void header_write(const struct scan_view *v, struct buf *to)
{
    struct json_writer w = json_writer_to(to, false);
    const struct coverage *c = &v->coverage;

    json_object(&w);
    json_member(&w, "schema", SV("debar.scan-header/1"));
    json_member(&w, "version", v->version);
    json_key(&w, "host");
    json_object(&w);
    json_member(&w, "id", v->host.id);
    json_member(&w, "name", v->host.name);
    json_member(&w, "os", v->host.os);
    json_member(&w, "kernel", v->host.kernel);
    json_member(&w, "architecture", v->host.architecture);
    json_member(&w, "dmi-uuid", v->host.dmi_uuid);
    json_end(&w);
    json_member(&w, "root", v->root);
    write_list(&w, "targets", v->targets, v->target_count);
    write_list(&w, "catalogues", v->catalogues, v->catalogue_count);
    json_key(&w, "coverage");
    json_object(&w);
    json_key(&w, "seen");
    json_u64(&w, c->seen);
    json_key(&w, "examined");
    json_u64(&w, c->examined);
    json_key(&w, "bytes");
    json_u64(&w, c->bytes);
    json_key(&w, "unchanged");
    json_u64(&w, c->unchanged);
    json_key(&w, "unchanged-since");
    json_u64(&w, (uint64_t)(c->unchanged_since_ns / NS_PER_S));
    json_key(&w, "unexamined");
    json_u64(&w, c->unexamined);
    json_key(&w, "skipped");
    json_object(&w);
    for (int i = 0; i < RULE_COUNT_; i++) {
        json_key(&w, coverage_rule_text((enum coverage_rule)i));
        json_u64(&w, c->skipped[i]);
    }
    json_end(&w);
    json_key(&w, "reasons");
    json_object(&w);
    for (int i = 0; i < REASON_COUNT_; i++) {
        json_key(&w, coverage_reason_text((enum coverage_reason)i));
        json_u64(&w, c->by_reason[i]);
    }
    json_end(&w);
    json_end_all(&w);
}

static uint64_t number(const struct json *v, const char *name)
{
    double d = 0;

    return json_number(json_get(v, name), &d) && d >= 0 && d < 9e15 ? (uint64_t)d : 0;
}

static int read_list(const struct json *v, const char *name, struct arena *arena,
                     struct sv **ret_list, size_t *ret_count, struct err *err)
{
    const struct json *list = json_get(v, name);
    size_t n = 0;

    for (const struct json *e = json_first(list); e; e = json_next(e))
        n++;
    *ret_list = arena_take_array(arena, n, sizeof(**ret_list));
    if (!*ret_list && n)
        return arena_error(arena, err);
    n = 0;
    for (const struct json *e = json_first(list); e; e = json_next(e))
        (*ret_list)[n++] = arena_copy(arena, json_text(e));
    *ret_count = n;
    return 0;
}

static void read_coverage(const struct json *v, struct coverage *ret)
{
    const struct json *skipped = json_get(v, "skipped"), *reasons = json_get(v, "reasons");

    ret->seen = number(v, "seen");
    ret->examined = number(v, "examined");
    ret->bytes = number(v, "bytes");
    ret->unchanged = number(v, "unchanged");
    ret->unchanged_since_ns = (int64_t)number(v, "unchanged-since") * NS_PER_S;
    ret->unexamined = number(v, "unexamined");
    for (int i = 0; i < RULE_COUNT_; i++)
        ret->skipped[i] = number(skipped, coverage_rule_text((enum coverage_rule)i));
    for (int i = 0; i < REASON_COUNT_; i++)
        ret->by_reason[i] = number(reasons, coverage_reason_text((enum coverage_reason)i));
}

int header_read(struct sv header, struct arena *arena, struct scan_view *ret, struct err *err)
{
    auto_json *v = NULL;
    const struct json *host;

    TRY(err_wrap(err, json_parse(header, &v, err), "stored scan"));
    host = json_get(v, "host");
    ret->version = arena_copy(arena, json_get_text(v, "version"));
    ret->host = (struct host){
        .id = arena_copy(arena, json_get_text(host, "id")),
        .name = arena_copy(arena, json_get_text(host, "name")),
        .os = arena_copy(arena, json_get_text(host, "os")),
        .kernel = arena_copy(arena, json_get_text(host, "kernel")),
        .architecture = arena_copy(arena, json_get_text(host, "architecture")),
        .dmi_uuid = arena_copy(arena, json_get_text(host, "dmi-uuid")),
    };
    ret->root = arena_copy(arena, json_get_text(v, "root"));
    TRY(read_list(v, "targets", arena, &ret->targets, &ret->target_count, err));
    TRY(read_list(v, "catalogues", arena, &ret->catalogues, &ret->catalogue_count, err));
    read_coverage(json_get(v, "coverage"), &ret->coverage);
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

/* ---- the iterators of the view ---- */

static int each_finding(void *context,
                        int (*each)(void *to, const struct finding *f, struct err *err), void *to,
                        struct err *err)
{
    struct scan_result *r = context;

    for (size_t i = 0; i < r->finding_count; i++)
        TRY(each(to, &r->findings[i], err));
    return 0;
}

static int each_unexamined(void *context,
                           int (*each)(void *to, const struct unexamined *u, struct err *err),
                           void *to, struct err *err)
{
    return store_each_unexamined(((struct scan_result *)context)->store, each, to, err);
}

static int each_component(void *context,
                          int (*each)(void *to, const struct occurrence *o, struct err *err),
                          void *to, struct err *err)
{
    return store_each_occurrence(((struct scan_result *)context)->store, each, to, err);
}

/* ---- verdicts ---- */

static enum verdict verdict_under(const struct scan_result *r, struct sv order_id)
{
    bool complete = r->view.complete && !r->view.coverage.unexamined &&
                    !r->view.unknown_indicator_count && !coverage_left_out(&r->view.coverage);

    return match_verdict(r->findings, r->finding_count, order_id, complete);
}

static int summarise_orders(struct scan_result *r, const struct rules *rules, struct err *err)
{
    struct order_clocks clocks = ORDER_CLOCKS_UNKNOWN;
    int64_t today = clock_now_ns() / DAY_NS;

    r->view.orders = arena_take_array(&r->arena, rules->order_count, sizeof(*r->view.orders));
    if (!r->view.orders && rules->order_count)
        return arena_error(&r->arena, err);
    for (size_t i = 0; i < rules->order_count; i++)
        TRY(order_summarise(&rules->orders[i], &clocks, today, &r->arena, &r->view.orders[i], err));
    r->view.order_count = rules->order_count;
    for (size_t i = 0; i < r->view.order_count; i++)
        r->view.orders[i].verdict = verdict_under(r, r->view.orders[i].id);
    r->view.verdict = verdict_under(r, (struct sv){0});
    return 0;
}

static int begin(struct scan_result *r, struct store *store, const struct stored_scan *scan,
                 struct err *err)
{
    *r = (struct scan_result){.store = store};
    arena_init(&r->arena, RESULT_MAX);
    TRY(header_read(scan->header, &r->arena, &r->view, err));
    r->view.scan_id = arena_copy(&r->arena, scan->id);
    r->view.started_ns = scan->started_ns;
    r->view.finished_ns = scan->finished_ns;
    r->view.complete = scan->complete;
    r->view.findings = each_finding;
    r->view.unexamined = each_unexamined;
    r->view.inventory = each_component;
    return 0;
}

/* ---- findings ---- */

static int add_to_run(void *to, const struct occurrence *o, struct err *err)
{
    return match_run_add(to, o, err);
}

static int match_inventory(struct scan_result *r, const struct matcher *matcher, struct err *err)
{
    struct match_options options = {
        .host_id = r->view.host.id, .root = r->view.root, .today = clock_now_ns() / DAY_NS};
    struct match_run *run = NULL;
    int result;

    TRY(match_run_new(matcher, &options, &run, err));
    result = store_each_stored(r->store, add_to_run, run, err); // what is found knows no order
    if (result == 0)
        result = match_run_finish(run, &r->arena, &r->findings, &r->finding_count, err);
    match_run_free(run);
    return result;
}

struct gathering {
    struct scan_result *result;
    size_t room;
};

/* Findings die with the row that they were read from: copy through their JSON. */
static int gather(void *to, const struct finding *f, struct err *err)
{
    struct gathering *g = to;
    struct scan_result *r = g->result;
    auto_buf text = {0};
    auto_json *v = NULL;
    struct json_writer w = json_writer_to(&text, false);

    if (r->finding_count == g->room) {
        size_t room = g->room ? g->room * 2 : 64;
        struct finding *more = arena_take_array(&r->arena, room, sizeof(*more));

        if (!more)
            return arena_error(&r->arena, err);
        for (size_t i = 0; i < r->finding_count; i++)
            more[i] = r->findings[i];
        r->findings = more;
        g->room = room;
    }
    finding_write_json(f, &w);
    TRY(json_parse(buf_view(&text), &v, err));
    TRY(finding_read_json(v, &r->arena, &r->findings[r->finding_count], err));
    r->finding_count++;
    return 0;
}

static int gather_stored(struct scan_result *r, struct err *err)
{
    struct gathering g = {.result = r};

    return store_each_finding(r->store, gather, &g, err);
}

static int keep_findings(struct scan_result *r, struct sv key, struct err *err)
{
    TRY(store_clear_findings(r->store, err));
    for (size_t i = 0; i < r->finding_count; i++)
        TRY(store_add_finding(r->store, &r->findings[i], err));
    return store_matched(r->store, key, err);
}

/* All that findings are a function of beside the inventory. */
static int key_of(const struct rules *rules, uint8_t ret[32], struct err *err)
{
    auto_buf text = {0};

    program_id(&text);
    buf_printf(&text, "\n%s %lld", DEBAR_VERSION, (long long)(clock_now_ns() / DAY_NS));
    buf_bytes(&text, rules->digest, sizeof(rules->digest));
    for (size_t i = 0; i < rules->order_count; i++) { // of those that were read, the chosen ones
        buf_sv(&text, rules->orders[i].id);
        buf_char(&text, '\n');
    }
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory");
    digest_sha256((struct span){(const uint8_t *)text.p, text.n}, ret);
    return 0;
}

/* ---- indicators that the inventory knows nothing of ---- */

static void name_unknown(void *to, const struct indicator *indicator)
{
    struct scan_result *r = to;
    size_t n = r->view.unknown_indicator_count;
    struct sv *list = r->view.unknown_indicators;

    // Grows by doubling at powers of two: the arena has no realloc.
    if ((n & (n - 1)) == 0) {
        struct sv *more = arena_take_array(&r->arena, n ? n * 2 : 1, sizeof(*more));

        if (!more)
            return;
        for (size_t i = 0; i < n; i++)
            more[i] = list[i];
        r->view.unknown_indicators = list = more;
    }
    list[n] = indicator->id;
    r->view.unknown_indicator_count++;
}

static int find_unknown(struct scan_result *r, struct sv probes, const struct matcher *matcher,
                        struct err *err)
{
    struct sv *recorded = arena_take_array(&r->arena, probes.n / 64 + 1, sizeof(*recorded));
    size_t n = 0;

    if (!recorded)
        return arena_error(&r->arena, err);
    while (probes.n >= 64)
        recorded[n++] = sv_line(&probes);
    TRY(matcher_unknown(matcher, recorded, n, name_unknown, r, err));
    return arena_failed(&r->arena) ? arena_error(&r->arena, err) : 0;
}

static int matched(struct scan_result *r, const struct stored_scan *scan, const struct rules *rules,
                   const struct matcher *matcher, bool keep, struct err *err)
{
    uint8_t key[32];
    struct sv under = {(const char *)key, sizeof(key)};
    bool copied = false;

    if (keep) {
        TRY(key_of(rules, key, err));
        TRY(store_copy_findings(r->store, under, &copied, err));
    }
    TRY(copied ? gather_stored(r, err) : match_inventory(r, matcher, err));
    TRY(find_unknown(r, scan->probes, matcher, err));
    TRY(summarise_orders(r, rules, err));
    if (copied)
        return store_matched(r->store, under, err);
    return keep ? keep_findings(r, under, err) : 0;
}

int result_match(struct store *store, const struct stored_scan *scan, const struct rules *rules,
                 const struct matcher *matcher, bool keep, struct scan_result *ret, struct err *err)
{
    int r = begin(ret, store, scan, err);

    if (r == 0)
        r = matched(ret, scan, rules, matcher, keep, err);
    if (r < 0)
        result_clear(ret);
    else
        ret->view.context = ret;
    return r;
}

int result_stored(struct store *store, const struct stored_scan *scan, const struct rules *rules,
                  struct scan_result *ret, struct err *err)
{
    int r = begin(ret, store, scan, err);

    if (r == 0)
        r = gather_stored(ret, err);
    if (r == 0)
        r = summarise_orders(ret, rules, err);
    if (r < 0)
        result_clear(ret);
    else
        ret->view.context = ret;
    return r;
}

void result_clear(struct scan_result *r)
{
    arena_clear(&r->arena);
    *r = (struct scan_result){0};
}
