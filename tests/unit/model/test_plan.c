// SPDX-License-Identifier: Apache-2.0
#include "model/plan.h"
#include "support/spy.h"

/* A text for what is static. */
#define T(literal) \
    { \
        (literal), sizeof(literal) - 1 \
    }

static struct plan_touch touches[] = {
    {.path = T("/opt/x/%FF"),
     .change = TOUCH_REMOVED,
     .type = T("file"),
     .before = T("aa"),
     .sha256 = T("bb"),
     .size = 7,
     .why = T("owned by deb:x")},
    {.path = T("/etc/new"), .change = TOUCH_CREATED, .type = T("file")},
};
static struct sv argv[] = {T("dpkg"), T("--purge"), T("x")};
static struct plan_step steps[] = {
    {.number = 1,
     .stage = STAGE_UNINSTALL,
     .action = ACTION_RUN,
     .finding = T("f"),
     .title = T("Purge the package \"x\""),
     .argv = argv,
     .argc = 3,
     .touches = touches,
     .touch_count = 2,
     .direct = true,
     .checked = T("the database has no x"),
     .undo = T("from the vault")},
    {.number = 2,
     .stage = STAGE_TRUST,
     .action = ACTION_EDIT,
     .path = T("/etc/bundle.pem"),
     .edit = T("drop-pem"),
     .edit_key = T("cc")},
    {.number = 3,
     .stage = STAGE_BLOCK,
     .action = ACTION_WRITE,
     .path = T("/p"),
     .content = T("c\n")},
    {.number = 4, .stage = STAGE_STOP, .action = ACTION_STOP_UNIT, .unit = T("x.service")},
};
static struct sv orders[] = {T("a"), T("b")};
static struct sv texts[] = {T("deb:y needs it")};
static struct plan_item items[] = {
    {.finding = T("f"),
     .vendor = T("v"),
     .product = T("p"),
     .name = T("P"),
     .version = T("1"),
     .state = STATE_INSTALLED,
     .confidence = CONFIDENCE_CONFIRMED,
     .why = T("its package"),
     .anchor = T("/opt/x"),
     .dependents = texts,
     .dependent_count = 1,
     .returns = texts,
     .return_count = 1,
     .status = STATUS_REMAINING,
     .status_why = T("refused"),
     .downtime = T("none")},
};
static struct plan_refusal refusals[] = {
    {.code = T("trace"),
     .finding = T("f"),
     .subject = T("f"),
     .text = T("only a trace"),
     .allowed = true},
    {.code = T("boot"), .subject = T("/boot"), .text = T("boots from it")},
};

static struct plan a_plan(void)
{
    return (struct plan){
        .scan_id = SV("s"),
        .host_id = SV("h"),
        .host_name = SV("host"),
        .root = SV("/"),
        .orders = orders,
        .order_count = 2,
        .items = items,
        .item_count = 1,
        .steps = steps,
        .step_count = ARRAY_LEN(steps),
        .refusals = refusals,
        .refusal_count = 2,
        .reboot = true,
        .reboot_why = SV("a driver is loaded"),
    };
}

static void write(const struct plan *p, bool pretty, struct buf *to)
{
    struct json_writer w = json_writer_to(to, pretty);

    plan_write_json(p, true, &w);
    assert_true(buf_ok(to));
}

static void comes_back_as_it_was_written(void **state)
{
    auto_arena arena;
    auto_buf text = {0}, again = {0};
    struct plan p = a_plan(), back;
    struct err err;
    (void)state;

    arena_init(&arena, 1 << 20);
    assert_int_equal(plan_name(&p, &arena, &err), 0);
    write(&p, true, &text);
    if (plan_read_json(buf_view(&text), &arena, &back, &err) < 0)
        fail_msg("%s", err.text);
    write(&back, true, &again);

    assert_string_equal(again.p, text.p);
    assert_true(sv_starts(back.id, SV("p-")) && back.id.n == 18);
    assert_true(plan_is_refused(&back));
    assert_int_equal(back.steps[0].touches[0].size, 7);
}

static void every_member_is_part_of_the_id(void **state)
{
    const struct {
        const char *why, *from, *to;
    } cases[] = {
        {"another path to remove", "/opt/x/%FF", "/opt/y/%FF"},
        {"another program to run", "\"dpkg\"", "\"rm\""},
        {"an argument more", "\"--purge\"", "\"--force-all\",\"--purge\""},
        {"a step less checked", "the database has no x", "nothing"},
        {"another edit", "drop-pem", "drop-line"},
        {"other content", "c\\n", "d\\n"},
        {"a refusal that is allowed", "\"allowed\":false", "\"allowed\":true"},
        {"another root", "\"root\":\"/\"", "\"root\":\"/mnt\""},
        {"another status", "remaining", "removed"},
        {"another size", "\"size\":7", "\"size\":8"},
        {"no reboot", "\"reboot\":true", "\"reboot\":false"},
    };
    auto_arena arena;
    auto_buf text = {0};
    struct plan p = a_plan(), back;
    struct err err;
    (void)state;

    arena_init(&arena, 1 << 20);
    assert_int_equal(plan_name(&p, &arena, &err), 0);
    write(&p, false, &text);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf altered = {0};
        size_t at = sv_find(buf_view(&text), sv_str(cases[i].from));

        if (at == SIZE_MAX)
            fail_msg("%s: '%s' is not in the plan", cases[i].why, cases[i].from);
        buf_bytes(&altered, text.p, at);
        buf_str(&altered, cases[i].to);
        buf_str(&altered, text.p + at + strlen(cases[i].from));
        if (plan_read_json(buf_view(&altered), &arena, &back, &err) != -ERR_CONFLICT)
            fail_msg("%s: was not noticed", cases[i].why);
    }
}

static void refuses_what_is_no_plan(void **state)
{
    const struct {
        const char *text, *says;
    } cases[] = {
        {"[]", "not a plan"},
        {"{\"schema\":\"debar.scan/1\"}", "debar.plan/1"},
        {"{\"schema\":\"debar.plan/1\"}", "which root"},
        {"{\"schema\":\"debar.plan/1\",\"root\":\"/\",\"steps\":[{\"number\":1,\"stage\":\"trust\","
         "\"action\":\"format-disk\"}]}",
         "action 'format-disk'"},
        {"{\"schema\":\"debar.plan/1\",\"root\":\"/\",\"steps\":[{\"number\":1,\"stage\":\"trust\","
         "\"action\":\"write\",\"path\":\"etc/x\"}]}",
         "path 'etc/x'"},
        {"{\"schema\":\"debar.plan/1\",\"root\":\"/\",\"steps\":[{\"number\":2,\"stage\":\"trust\","
         "\"action\":\"check\",\"title\":\"t\"}]}",
         "step 't'"},
        {"{", "JSON"},
    };
    auto_arena arena;
    struct plan p;
    (void)state;

    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err;

        assert_int_equal(plan_read_json(sv_str(cases[i].text), &arena, &p, &err), -ERR_FORMAT);
        if (!strstr(err.text, cases[i].says))
            fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was_written),
        cmocka_unit_test(every_member_is_part_of_the_id),
        cmocka_unit_test(refuses_what_is_no_plan),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
