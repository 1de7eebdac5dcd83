// SPDX-License-Identifier: Apache-2.0
#include "order/show.h"

#include "base/clock.h"
#include "support/made_tree.h"
#include "support/spy.h"

static const char catalogue_text[] =
    "schema: debar.catalogue/1\n"
    "vendor: acme\n"
    "title: Acme\n"
    "entities:\n"
    "  - {name: Acme Holding AG, relation: named, former: [Acme Rocket], native: [艾克美],\n"
    "     publisher: strong, source: a}\n"
    "products:\n"
    "  - {id: anvil, name: Acme Anvil, kind: sdk, platforms: [linux, windows], source: b}\n"
    "indicators:\n"
    "  - id: acme.bytes.magic\n"
    "    product: anvil\n"
    "    field: magic\n"
    "    type: deb\n"
    "    op: exact\n"
    "    value: \"hex:00ff4d5a1b\"\n"
    "    version: \">1.0 <=2.0\"\n"
    "    offset: 2\n"
    "    with: [{field: file-name, op: suffix, value: .anv, nocase: true}]\n"
    "    strength: weak\n"
    "    scope: embedded\n"
    "    platform: linux\n"
    "    source: c\n"
    "    hit: [\"hex:00ff4d5a1b\"]\n";

static const char order_text[] =
    "schema: debar.order/1\n"
    "id: no-acme\n"
    "title: No anvils\n"
    "authority: Office of Roads\n"
    "citation: Directive 1\n"
    "url: https://example.com/order\n"
    "issued: 2017-09-13\n"
    "binds: >-\n"
    "  Every road of the country, every bridge that leads to one of them, and everybody who looks\n"
    "  after any of these on behalf of the office.\n"
    "carve_outs: [Tunnels]\n"
    "vendors: [acme]\n"
    "named: [Acme Holding]\n"
    "relations: [subsidiary, control]\n"
    "products: {list: closed, named: [Anvils], kinds: [sdk], platforms: [linux], clause: Why.}\n"
    "applies_to: [product, network-traffic]\n"
    "scope:\n"
    "  in: [{class: branded, clause: Section 1}]\n"
    "  out: [{class: embedded, clause: Section 2}]\n"
    "milestones:\n"
    "  - {id: plan, kind: plan, date: 2018-01-01, text: Make a plan., clause: Section 3}\n"
    "  - {id: tell, kind: report, days: 1, calendar: business, from: detection, text: Tell.}\n"
    "  - {id: status, kind: status, date: 2026-11-20, every: 30, until: all is gone, text: Say.}\n"
    "report_fields: [how many]\n"
    "report_to: Office of Roads\n"
    "nil_report: true\n"
    "exceptions: {granted_by: the office, max_days: 90, blanket: false}\n"
    "replacement: {required: true, text: A hammer.}\n"
    "notes: []\n"
    "sources: [{fact: The text, url: \"https://example.com/text\"}]\n";

static struct made_tree tree;
static struct rules *rules;

static int load(void **state)
{
    struct err err;
    (void)state;

    made_tree_init(&tree);
    made_file(&tree, "catalogue/acme.yaml", catalogue_text);
    made_file(&tree, "orders/no-acme.yaml", order_text);
    if (rules_load(&(struct rules_options){.data = tree.path}, &rules, &err) < 0) {
        print_error("%s\n", err.text);
        return 1;
    }
    return 0;
}

static int unload(void **state)
{
    (void)state;
    rules_free(rules);
    made_tree_clear(&tree);
    return 0;
}

/* Line by line, because cmocka cuts long texts; "File", whose folder is a new one each time, not.
 */
static void assert_shown(const struct buf *text, const char *wanted)
{
    struct sv want = sv_str(wanted);

    for (struct sv rest = buf_view(text); rest.n;) {
        struct sv line = sv_line(&rest), other;

        if (sv_starts(line, SV("File  ")))
            continue;
        other = sv_line(&want);
        if (!sv_eq(line, other))
            fail_msg("got    '%.*s'\nwanted '%.*s'", (int)line.n, line.p, (int)other.n, other.p);
    }
    assert_int_equal(want.n, 0);
}

static void an_order_is_shown_with_all_it_says(void **state)
{
    auto_buf text = BUF_INIT(0);
    int64_t today = 0;
    (void)state;
    assert_true(clock_parse_day(SV("2026-12-01"), &today));

    show_order(rules_order(rules, SV("no-acme")), today, &text);

    assert_shown(
        &text,
        "Order         no-acme\n"
        "Title         No anvils\n"
        "Authority     Office of Roads\n"
        "Citation      Directive 1\n"
        "              https://example.com/order\n"
        "Issued        2017-09-13\n"
        "Binds         Every road of the country, every bridge that leads to one of them, and "
        "everybody who\n"
        "              looks after any of these on behalf of the office.\n"
        "Does not bind - Tunnels\n"
        "Vendors       acme\n"
        "Names         - Acme Holding\n"
        "  and their   subsidiary, control\n"
        "Applies to    product, network-traffic\n"
        "Products      only these:\n"
        "              - Anvils\n"
        "  only        kind sdk; on linux: Why.\n"
        "In scope      branded: Section 1\n"
        "Out of scope  embedded: Section 2\n"
        "Deadlines     2018-01-01 (past), plan: Make a plan. [Section 3]\n"
        "              1 business day after detection, report: Tell.\n"
        "              2026-12-20, then every 30 days until all is gone, status: Say.\n"
        "Report to     Office of Roads\n"
        "              Also when nothing is found.\n"
        "Report says   - how many\n"
        "Exceptions    granted by the office. For 90 days at most. None for everything at once.\n"
        "Replacement   Required. A hammer.\n"
        "Sources       - The text: https://example.com/text\n");
}

static void a_catalogue_is_shown_with_its_entities_products_and_indicators(void **state)
{
    auto_buf text = BUF_INIT(0);
    (void)state;

    show_catalogue(rules_catalogue(rules, SV("acme")), &text);

    assert_shown(
        &text, "Vendor        acme\n"
               "Title         Acme\n"
               "Entities      - Acme Holding AG (named), formerly Acme Rocket, also 艾克美; strong "
               "as publisher\n"
               "Products      - anvil: Acme Anvil (sdk; windows, linux)\n"
               "              - acme: Acme (unspecified; any; generic)\n"
               "\n"
               "INDICATOR                       FIELD      STRENGTH    CLASS\n"
               "acme.bytes.magic                magic      weak        embedded\n"
               "acme.publisher.acme-holding-ag  publisher  strong      branded\n");
}

static void an_indicator_is_shown_with_its_bytes_made_readable(void **state)
{
    auto_buf text = BUF_INIT(0);
    (void)state;

    show_indicator(catalogue_indicator(rules_catalogue(rules, SV("acme")), SV("acme.bytes.magic")),
                   &text);

    assert_shown(&text, "Indicator     acme.bytes.magic\n"
                        "Product       anvil: Acme Anvil\n"
                        "Test          magic exact '\\x00\\xffMZ\\x1b' at byte 2\n"
                        "  and         file-name suffix (any case) '.anv'\n"
                        "Package type  deb\n"
                        "Version       >1.0 <=2.0\n"
                        "Strength      weak\n"
                        "Class         embedded\n"
                        "Platform      linux\n"
                        "Source        c\n"
                        "Hits          '\\x00\\xffMZ\\x1b'\n");
}

static void the_tables_have_a_line_for_each(void **state)
{
    auto_buf text = BUF_INIT(0);
    (void)state;

    show_orders(rules, &text);
    show_catalogues(rules, &text);

    assert_string_equal(text.p, "ID       ISSUED      VENDORS  TITLE\n"
                                "no-acme  2017-09-13  acme     No anvils\n"
                                "VENDOR  ENTITIES  PRODUCTS  INDICATORS  TITLE\n"
                                "acme           1         2           2  Acme\n");
}

static void an_order_that_leaves_a_class_undecided_is_noted(void **state)
{
    auto_buf text = BUF_INIT(0);
    struct order o = {.file = SV("x.yaml")};
    (void)state;

    for (unsigned i = 0; i < SCOPE_COUNT_; i++)
        o.scope[i].rule = i == SCOPE_TRAINING ? ORDER_SILENT : ORDER_OUT;
    show_undecided(&o, &text);

    assert_string_equal(text.p,
                        "x.yaml: scope says nothing of class 'training'; what is of it will "
                        "not be covered\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_shown_with_all_it_says),
        cmocka_unit_test(a_catalogue_is_shown_with_its_entities_products_and_indicators),
        cmocka_unit_test(an_indicator_is_shown_with_its_bytes_made_readable),
        cmocka_unit_test(the_tables_have_a_line_for_each),
        cmocka_unit_test(an_order_that_leaves_a_class_undecided_is_noted),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
