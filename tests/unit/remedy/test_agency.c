// SPDX-License-Identifier: Apache-2.0
/*
 * The plan of an agency, from an order of the source tree (whose path is the only argument),
 * made-up answers and made-up plans of machines.
 */
#include "remedy/agency_made.h"

#include <stdio.h>

#include "base/clock.h"
#include "order/rules.h"
#include "report/agency.h"
#include "support/made_tree.h"
#include "support/spy.h"

static const char *tree;

static const char answers[] =
    "schema: debar.agency/1\n"
    "order: bod-17-01\n"
    "agency_name: Department of Roads\n"
    "contact: {name: A. Person, telephone: \"+1 555 0100\", email: a@b.example}\n"
    "components: [Bridges, Tunnels]\n"
    "mission: Traffic lights\n"
    "agreements: none\n"
    "removal_timeline: by 1 February 2018\n"
    "controls: anti-malware\n"
    "replacements: =cmd|calc\n"
    "replacement_timeline: before the removal\n"
    "challenges: none foreseen\n"
    "costs: \"12,000 dollars\"\n";

static struct sv order_ids[] = {{"bod-17-01", 9}, {"ndaa-1634", 9}};

static struct plan_item items[] = {
    {.vendor = {"kaspersky", 9},
     .product = {"kesl", 4},
     .name = {"KESL <1>", 8},
     .status = STATUS_REMOVED},
    {.vendor = {"kaspersky", 9},
     .product = {"kesl", 4},
     .name = {"KESL <1>", 8},
     .status = STATUS_REMAINING},
    {.vendor = {"kaspersky", 9},
     .product = {"network-agent", 13},
     .name = {"Agent", 5},
     .status = STATUS_EXCEPTED},
};

struct fixture {
    struct made_tree folder;
    struct rules *rules;
    const struct order *order;
    struct order_summary summary;
    struct arena arena;
    struct agency agency;
    struct agency_plan plan;
    struct plan machines[2];
    const struct plan *plans[2];
    struct buf problems;
    struct err err;
    int result;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){0};
    arena_init(&f->arena, 64 << 20);
    made_tree_init(&f->folder);
    assert_int_equal(rules_load(&(struct rules_options){.data = tree}, &f->rules, &f->err), 0);
    f->order = rules_order(f->rules, SV("bod-17-01"));
    assert_non_null(f->order);
    assert_int_equal(
        order_summarise(f->order, &ORDER_CLOCKS_UNKNOWN, 17482, &f->arena, &f->summary, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        f->machines[i] = (struct plan){.id = i ? SV("p-2") : SV("p-1"),
                                       .host_id = i ? SV("h2") : SV("h1"),
                                       .orders = order_ids,
                                       .order_count = 1,
                                       .items = items + i,
                                       .item_count = 2};
        f->plans[i] = &f->machines[i];
    }
}

static void end(struct fixture *f)
{
    made_tree_clear(&f->folder);
    rules_free(f->rules);
    buf_clear(&f->problems);
    arena_clear(&f->arena);
}

static void read_answers(struct fixture *f, const char *text)
{
    made_file(&f->folder, "agency.yaml", text);
    f->result = agency_read(made_path(&f->folder, "agency.yaml"), f->order, &f->arena, &f->problems,
                            &f->agency, &f->err);
}

static void make(struct fixture *f, const struct agency *agency, size_t plans)
{
    f->result = agency_plan_make(&(struct agency_parts){.order = f->order,
                                                        .summary = &f->summary,
                                                        .agency = agency,
                                                        .plans = f->plans,
                                                        .plan_count = plans,
                                                        .today = 17482},
                                 &f->arena, &f->plan, &f->err);
}

static const struct agency_element *element(const struct fixture *f, const char *id)
{
    for (size_t i = 0; i < f->plan.element_count; i++)
        if (sv_eq(f->plan.elements[i].id, sv_str(id)))
            return &f->plan.elements[i];
    fail_msg("no element %s", id);
    return NULL;
}

static bool says(const struct agency_element *e, const char *label, const char *text)
{
    for (size_t i = 0; i < e->line_count; i++)
        if (sv_eq(e->lines[i].label, sv_str(label)) &&
            sv_find(e->lines[i].text, sv_str(text)) != SIZE_MAX)
            return true;
    return false;
}

static void the_directive_asks_for_its_14_elements(void **state)
{
    struct fixture f;
    (void)state;

    begin(&f);
    make(&f, NULL, 2);

    assert_int_equal(f.result, 0);
    assert_int_equal(f.plan.element_count, 14);
    for (size_t i = 0; i < 14; i++)
        assert_int_equal(f.plan.elements[i].id.p[0], 'a' + (int)i);
    end(&f);
}

static void what_nobody_answered_is_missing_by_name(void **state)
{
    struct fixture f;
    (void)state;

    begin(&f);
    read_answers(&f, "schema: debar.agency/1\norder: bod-17-01\nagency_name: Roads\nmission:\n"
                     "contact: {name: A, telephone: \"1\"}\n");
    make(&f, &f.agency, 2);

    assert_int_equal(f.result, 0);
    assert_false(element(&f, "a")->missing);
    assert_true(element(&f, "b")->missing); // a part of it is
    assert_true(element(&f, "g")->missing);
    assert_true(element(&f, "n")->missing);
    assert_false(element(&f, "c")->missing); // the plans answer it
    assert_int_equal(f.plan.missing, 10);
    end(&f);
}

static void answers_and_plans_together_address_all_of_it(void **state)
{
    struct fixture f;
    (void)state;

    begin(&f);
    read_answers(&f, answers);
    assert_int_equal(f.result, 0);
    make(&f, &f.agency, 2);

    assert_int_equal(f.result, 0);
    assert_int_equal(f.plan.missing, 0);
    assert_true(says(element(&f, "b"), "telephone", "+1 555 0100"));
    assert_true(says(element(&f, "c"), "", "KESL <1>"));
    assert_true(says(element(&f, "e"), "", "without following symbolic links"));
    assert_true(says(element(&f, "f"), "", "Tunnels"));
    assert_true(says(element(&f, "i"), "", "by 1 February 2018"));
    assert_true(says(element(&f, "i"), "Date of the order", "12 December 2017"));
    end(&f);
}

static void endpoints_are_machines_and_each_is_counted_once(void **state)
{
    struct fixture f;
    (void)state;

    begin(&f);
    make(&f, NULL, 2);

    // Two machines have the first product, one of them twice; one has the second.
    assert_int_equal(f.plan.product_count, 2);
    assert_int_equal(f.plan.products[0].endpoints, 2);
    assert_int_equal(f.plan.products[0].found, 3);
    assert_int_equal(f.plan.products[0].statuses[STATUS_REMOVED], 1);
    assert_int_equal(f.plan.products[0].statuses[STATUS_REMAINING], 2);
    assert_int_equal(f.plan.products[1].endpoints, 1);
    assert_int_equal(f.plan.products[1].statuses[STATUS_EXCEPTED], 1);
    assert_int_equal(f.plan.endpoints, 2);
    assert_int_equal(f.plan.found, 4);
    assert_true(says(element(&f, "d"), "KESL <1>",
                     "2 endpoints, 3 installations found: 1 to be removed, 2 remaining"));
    end(&f);
}

static void nothing_found_is_said_too(void **state)
{
    struct fixture f;
    (void)state;

    begin(&f);
    f.machines[0].item_count = 0;
    make(&f, NULL, 1);

    assert_int_equal(f.result, 0);
    assert_true(says(element(&f, "c"), "", "None of the products was found."));
    assert_true(says(element(&f, "d"), "In all", "0 endpoints"));
    end(&f);
}

static void plans_that_would_falsify_the_count_are_refused(void **state)
{
    struct fixture f;
    (void)state;

    begin(&f);
    f.machines[1].host_id = SV("h1");
    make(&f, NULL, 2);
    assert_int_equal(f.result, -ERR_CONFLICT);
    assert_non_null(strstr(f.err.text, "one machine"));

    f.machines[0].order_count = 2;
    make(&f, NULL, 1);
    assert_int_equal(f.result, -ERR_CONFLICT);
    assert_non_null(strstr(f.err.text, "--orders bod-17-01"));
    end(&f);
}

static void wrong_answers_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {"schema: debar.agency/1\norder: bod-17-01\nmision: x\n",
         ":3: unknown key 'mision' in an agency's answers; did you mean 'mission'?"},
        {"schema: debar.agency/1\norder: ndaa-1634\n",
         ":2: the answers are for order 'ndaa-1634'; expected 'bod-17-01'"},
        {"schema: debar.agency/1\norder: bod-17-01\ncontact: me\n",
         ":3: 'contact' is text; expected a map with the key 'name'"},
        {"schema: debar.agency/1\norder: bod-17-01\ncosts: {a: b}\n",
         ":3: 'costs' is a map; expected text or a list of texts"},
        {"order: bod-17-01\n", ": the file does not say what it is"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fixture f;

        begin(&f);
        read_answers(&f, rows[i].text);
        if (f.result != -ERR_FORMAT || !strstr(f.problems.p ? f.problems.p : "", rows[i].problem))
            fail_msg("%s: %d %s", rows[i].problem, f.result, f.problems.p ? f.problems.p : "");
        end(&f);
    }
}

static void the_template_is_a_file_that_can_be_filled_in(void **state)
{
    auto_buf text = {0};
    struct fixture f;
    (void)state;

    begin(&f);
    agency_write_template(f.order, &text);
    read_answers(&f, text.p);

    assert_int_equal(f.result, 0);
    make(&f, &f.agency, 1);
    assert_int_equal(f.plan.missing, 11); // all that people answer
    assert_non_null(strstr(text.p, "\ncontact:\n  name:\n  telephone:\n  email:\n"));
    assert_non_null(strstr(text.p, "# g: Mission function.\n"));
    end(&f);
}

static void no_form_obeys_what_an_answer_says(void **state)
{
    struct fixture f;
    struct sink s;
    (void)state;

    begin(&f);
    read_answers(&f, answers);
    make(&f, &f.agency, 2);

    sink_init(&s, NULL);
    agency_write_csv(&f.plan, &s);
    assert_non_null(strstr(s.buf.p, "\"k\",\"Replacements\",\"answered\",\"\",\"'=cmd|calc\"\r\n"));
    assert_non_null(strstr(s.buf.p, "\"12,000 dollars\"\r\n"));
    buf_reset(&s.buf);
    agency_write_html(&f.plan, &s);
    assert_non_null(strstr(s.buf.p, "KESL &lt;1&gt;"));
    assert_null(strstr(s.buf.p, "KESL <1>"));
    buf_reset(&s.buf);
    agency_write_json(&f.plan, &s);
    assert_non_null(strstr(s.buf.p, "\"complete\": true"));
    sink_clear(&s);
    end(&f);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_directive_asks_for_its_14_elements),
        cmocka_unit_test(what_nobody_answered_is_missing_by_name),
        cmocka_unit_test(answers_and_plans_together_address_all_of_it),
        cmocka_unit_test(endpoints_are_machines_and_each_is_counted_once),
        cmocka_unit_test(nothing_found_is_said_too),
        cmocka_unit_test(plans_that_would_falsify_the_count_are_refused),
        cmocka_unit_test(wrong_answers_are_refused_with_their_line),
        cmocka_unit_test(the_template_is_a_file_that_can_be_filled_in),
        cmocka_unit_test(no_form_obeys_what_an_answer_says),
    };

    if (argc != 2) {
        fputs("usage: test_agency TREE\n", stderr);
        return 2;
    }
    tree = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
