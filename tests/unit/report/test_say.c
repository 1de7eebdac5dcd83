// SPDX-License-Identifier: Apache-2.0
#include "report/say.h"

#include "report/report.h"
#include "support/spy.h"

static void says_numbers_amounts_and_days_for_people(void **state)
{
    auto_buf b = {0};
    (void)state;

    say_number(&b, 0);
    buf_char(&b, ' ');
    say_number(&b, 999);
    buf_char(&b, ' ');
    say_number(&b, 1000);
    buf_char(&b, ' ');
    say_number(&b, UINT64_MAX);
    assert_string_equal(b.p, "0 999 1,000 18,446,744,073,709,551,615");
    buf_reset(&b);

    say_count(&b, 1, "object", NULL);
    buf_str(&b, ", ");
    say_count(&b, 2, "object", NULL);
    buf_str(&b, ", ");
    say_count(&b, 0, "is", "are");
    assert_string_equal(b.p, "1 object, 2 objects, 0 are");
    buf_reset(&b);

    say_bytes(&b, 1);
    buf_str(&b, ", ");
    say_bytes(&b, 1023);
    buf_str(&b, ", ");
    say_bytes(&b, 1536);
    buf_str(&b, ", ");
    say_bytes(&b, UINT64_MAX);
    assert_string_equal(b.p, "1 byte, 1023 bytes, 1.5 KiB, 16.0 EiB");
    buf_reset(&b);

    say_duration(&b, 0);
    buf_str(&b, ", ");
    say_duration(&b, INT64_C(192) * 1000000000);
    buf_str(&b, ", ");
    say_duration(&b, INT64_C(7384) * 1000000000);
    buf_str(&b, ", ");
    say_duration(&b, INT64_C(180000) * 1000000000);
    assert_string_equal(b.p, "less than a second, 3 min 12 s, 2 h 3 min, 2 d 2 h");
    buf_reset(&b);

    say_date(&b, SV("2017-09-13"));
    buf_str(&b, ", ");
    say_date(&b, SV("2024-02-29T10:00:00Z"));
    buf_str(&b, ", ");
    say_date(&b, SV("last week"));
    assert_string_equal(b.p, "13 September 2017, 29 February 2024, last week");
}

static void tells_how_far_a_deadline_is(void **state)
{
    static const struct {
        int64_t due;
        const char *text;
    } rows[] = {
        {100, "today"},    {101, "in 1 day"},   {119, "in 19 days"},
        {99, "1 day ago"}, {50, "50 days ago"}, {INT64_MIN, ""},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct deadline d = {.due_day = rows[i].due};
        auto_buf b = {0};

        say_distance(&b, &d, 100);
        assert_string_equal(b.p ? b.p : "", rows[i].text);
    }
}

static void the_next_deadline_is_the_nearest_that_is_not_past(void **state)
{
    struct deadline list[] = {
        {.due_day = 10, .past = true}, {.due_day = INT64_MIN}, {.due_day = 40}, {.due_day = 30}};
    struct order_summary o = {.deadlines = list, .deadline_count = 4};
    (void)state;

    assert_ptr_equal(next_deadline(&o), &list[3]);
    o.deadline_count = 2;
    assert_null(next_deadline(&o));
}

static void every_finding_is_in_one_group(void **state)
{
    struct finding_order covered = {.id = SV("a"), .covered = true};
    struct finding_order excepted = {
        .id = SV("b"), .covered = true, .excepted = true, .exception = SV("e")};
    struct finding_order lapsed = {.id = SV("c"), .covered = true, .exception = SV("e")};
    struct finding_order outside = {.id = SV("d")};
    struct finding_order both[] = {excepted, covered};
    const struct {
        struct finding f;
        enum finding_group group;
    } rows[] = {
        {{.confidence = CONFIDENCE_CONFIRMED, .orders = &covered, .order_count = 1}, GROUP_COUNTS},
        {{.confidence = CONFIDENCE_PROBABLE, .orders = &lapsed, .order_count = 1}, GROUP_COUNTS},
        {{.confidence = CONFIDENCE_PROBABLE, .orders = both, .order_count = 2}, GROUP_COUNTS},
        {{.confidence = CONFIDENCE_CONFIRMED, .orders = &excepted, .order_count = 1},
         GROUP_EXCEPTED},
        {{.confidence = CONFIDENCE_CONFIRMED, .orders = &outside, .order_count = 1}, GROUP_OUTSIDE},
        {{.confidence = CONFIDENCE_CONFIRMED}, GROUP_OUTSIDE},
        {{.confidence = CONFIDENCE_TRACE, .orders = &covered, .order_count = 1}, GROUP_TRACE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(finding_group(&rows[i].f), rows[i].group);
    assert_null(finding_lapsed(&rows[0].f));
    assert_non_null(finding_lapsed(&rows[1].f));
}

static int two_findings(void *context, int (*each)(void *, const struct finding *, struct err *),
                        void *to, struct err *err)
{
    static char name[300];
    struct finding_order covered = {.id = SV("one"), .covered = true};
    struct finding f = {.confidence = CONFIDENCE_PROBABLE,
                        .state = STATE_RUNNING,
                        .since = SV("2020-05-01"),
                        .orders = &covered,
                        .order_count = 1};
    (void)context;

    // A name of characters of three bytes, which must not be cut in the middle of one.
    for (size_t i = 0; i < sizeof(name); i += 3)
        memcpy(name + i, "\xe2\x82\xac", 3);
    f.name = (struct sv){name, sizeof(name)};
    TRY(each(to, &f, err));
    f.name = SV("a\0b");
    f.since = SV("2019-01-02T00:00:00Z");
    f.confidence = CONFIDENCE_CONFIRMED;
    return each(to, &f, err);
}

static void a_tally_counts_by_order_and_keeps_names_whole(void **state)
{
    struct order_summary orders[] = {{.id = SV("zero")}, {.id = SV("one")}};
    struct scan_view view = {.findings = two_findings, .orders = orders, .order_count = 2};
    auto_tally t;
    auto_buf b = {0};
    (void)state;

    assert_int_equal(tally_take(&view, &t, NULL), 0);
    assert_int_equal(t.group[GROUP_COUNTS], 2);
    assert_int_equal(t.orders[0].open, 0);
    assert_int_equal(t.orders[1].open, 2);
    assert_int_equal(t.confirmed, 1);
    assert_int_equal(t.name_count, 2);
    assert_int_equal(strlen(t.names[0]) % 3, 0);
    say_day(&b, t.since_day);
    assert_string_equal(b.p, "2 January 2019");
}

static void a_part_of_a_machine_is_not_called_the_machine(void **state)
{
    struct sv etc[] = {SV("/etc")}, all[] = {SV("/")}, root[] = {SV("/mnt/x")};
    struct order_summary order = {.id = SV("a")};
    const struct {
        struct sv *targets, root;
        bool told;
    } rows[] = {{all, SV(""), false},
                {etc, SV(""), true},
                {root, SV("/mnt/x"), false},
                {root, SV(""), true}};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scan_view view = {.complete = true,
                                 .orders = &order,
                                 .order_count = 1,
                                 .root = rows[i].root,
                                 .targets = rows[i].targets,
                                 .target_count = 1};
        auto_tally t;
        auto_buf b = {0};

        assert_int_equal(tally_take(&view, &t, NULL), 0);
        say_grounds(&b, &view, &t);
        assert_int_equal(strstr(b.p, "not the whole machine") != NULL, rows[i].told);
    }
}

static void a_range_is_the_first_and_the_last_byte(void **state)
{
    struct finding_indicator in = {.offset = 27, .length = 1204, .row = SV("3")};
    auto_buf b = {0};
    (void)state;

    say_range(&b, &in);
    assert_string_equal(b.p, "bytes 27 to 1,230, row: 3");
}

/* A name that is asked for must be one that is written, and only once. */
static void every_format_has_a_name_a_summary_and_an_extension(void **state)
{
    (void)state;

    for (size_t i = 0; report_formats[i]; i++) {
        assert_ptr_equal(report_format_named(sv_str(report_formats[i]->name)), report_formats[i]);
        assert_true(strlen(report_formats[i]->summary) > 10);
        assert_true(strlen(report_formats[i]->extension) > 0);
    }
    assert_null(report_format_named(SV("nonsense")));
}

static int refuse(void *context, int (*each)(void *, const struct finding *, struct err *),
                  void *to, struct err *err)
{
    (void)context;
    (void)each;
    (void)to;
    return ERR(err, ERR_IO, "the store failed");
}

/* What was begun is finished, so that a reader gets a document and not half of one. */
static void a_failing_source_is_passed_on_and_the_document_ends(void **state)
{
    static const struct {
        const char *format, *end;
    } rows[] = {{"json", "}\n"}, {"html", "</html>\n"}};
    struct scan_view view = {.findings = refuse};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = {0};
        auto_sink s;

        sink_init(&s, NULL);
        assert_int_equal(report_write(report_format_named(sv_str(rows[i].format)), &view, &s, &err),
                         -ERR_IO);
        assert_string_equal(err.text, "the store failed");
        assert_true(sv_ends(buf_view(&s.buf), sv_str(rows[i].end)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_numbers_amounts_and_days_for_people),
        cmocka_unit_test(tells_how_far_a_deadline_is),
        cmocka_unit_test(the_next_deadline_is_the_nearest_that_is_not_past),
        cmocka_unit_test(every_finding_is_in_one_group),
        cmocka_unit_test(a_tally_counts_by_order_and_keeps_names_whole),
        cmocka_unit_test(a_part_of_a_machine_is_not_called_the_machine),
        cmocka_unit_test(a_range_is_the_first_and_the_last_byte),
        cmocka_unit_test(every_format_has_a_name_a_summary_and_an_extension),
        cmocka_unit_test(a_failing_source_is_passed_on_and_the_document_ends),
    };
    return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
