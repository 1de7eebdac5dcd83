// SPDX-License-Identifier: Apache-2.0
#include "remedy/plan_build.h"
#include "remedy/plan_judge.h"
#include "support/spy.h"

/* One product of a made-up vendor, and what a made-up root says of it. */
struct made {
    struct arena arena;
    struct product product;
    const struct product *products[1];
    struct sv folders[1], empty_folders[1], users[1], returns[1];
    struct catalogue_removal removal;
    struct catalogue catalogue;
    struct rules rules;
    struct finding_order order;
    struct finding finding;
    const struct finding *findings[1];
    struct fact_hit hits[8];
    struct fact_package package;
    struct sv dependents[1];
    struct fact_path left[8];
    struct fact_link link;
    struct fact_process process;
    struct fact_account account;
    struct sv protections[1];
    struct fact_script script;
    struct facts facts;
    struct allowance allowance;
    struct plan_input in;
    struct plan plan;
};

static struct made m;

static void add_hit(const char *recogniser, const char *path, const char *field, const char *value)
{
    m.hits[m.facts.hit_count++] = (struct fact_hit){
        .finding = m.finding.id,
        .indicator = SV("acme.x"),
        .place = sv_str(path),
        .path = sv_str(path),
        .recogniser = sv_str(recogniser),
        .field = sv_str(field),
        .value = sv_str(value),
        .package = sv_str(value),
        .command = SV("/opt/acme/run"),
        .certificate = SV("c0ffee"),
    };
}

static void add_left(const char *path, enum path_type type)
{
    m.left[m.facts.left_count++] = (struct fact_path){
        .path = sv_str(path), .type = type, .digest = SV("d1"), .sha256 = SV("5a")};
}

/* Paths must be added sorted. */
static int set_up(void **state)
{
    (void)state;
    memset(&m, 0, sizeof(m));
    arena_init(&m.arena, 4 << 20);
    m.product = (struct product){.id = SV("anvil"), .name = SV("Anvil"), .kind = SV("anti-virus")};
    m.products[0] = &m.product;
    m.folders[0] = SV("/opt/acme/anvil");
    m.empty_folders[0] = SV("/opt/acme");
    m.users[0] = SV("anviluser");
    m.returns[0] = SV("a server");
    m.removal = (struct catalogue_removal){.id = SV("acme.removal.anvil"),
                                           .products = m.products,
                                           .product_count = 1,
                                           .folders = m.folders,
                                           .folder_count = 1,
                                           .empty_folders = m.empty_folders,
                                           .empty_folder_count = 1,
                                           .users = m.users,
                                           .user_count = 1,
                                           .returns = m.returns,
                                           .return_count = 1,
                                           .source = SV("a source")};
    m.catalogue = (struct catalogue){.vendor = SV("acme"),
                                     .products = &m.product,
                                     .product_count = 1,
                                     .removals = &m.removal,
                                     .removal_count = 1};
    m.rules.catalogues = &m.catalogue;
    m.rules.catalogue_count = 1;
    m.order = (struct finding_order){.id = SV("ban"), .covered = true};
    m.finding = (struct finding){.id = SV("f1"),
                                 .vendor = SV("acme"),
                                 .product = SV("anvil"),
                                 .name = SV("Anvil"),
                                 .state = STATE_INSTALLED,
                                 .confidence = CONFIDENCE_CONFIRMED,
                                 .orders = &m.order,
                                 .order_count = 1};
    m.findings[0] = &m.finding;
    m.package =
        (struct fact_package){.type = SV("deb"), .name = SV("anvil"), .dependents = m.dependents};
    m.facts = (struct facts){.root = SV("/"),
                             .tools = {.dpkg = true, .rpm = true, .apt = true},
                             .hits = m.hits,
                             .packages = &m.package,
                             .package_count = 1,
                             .left = m.left,
                             .looked = true};
    m.in = (struct plan_input){.findings = m.findings,
                               .finding_count = 1,
                               .rules = &m.rules,
                               .facts = &m.facts,
                               .allowances = &m.allowance,
                               .allowance_count = 1};
    add_hit("dpkg", "/var/lib/dpkg/status", "package", "anvil");
    add_hit("elf", "/opt/acme/anvil/bin", "path", "/opt/acme/anvil/bin");
    add_left("/opt/acme", PATH_FOLDER);
    add_left("/opt/acme/anvil", PATH_FOLDER);
    add_left("/opt/acme/anvil/bin", PATH_FILE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_clear(&m.arena);
    return 0;
}

/* The plan as lines: stage, action, what it is about, touches; then refusals. */
static const char *planned(struct buf *to)
{
    struct err err;

    buf_reset(to);
    if (plan_build(&m.in, &m.arena, &m.plan, &err) < 0 ||
        plan_judge(&m.in, &m.arena, &m.plan, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < m.plan.step_count; i++) {
        const struct plan_step *s = &m.plan.steps[i];

        if (s->stage == STAGE_EVIDENCE || s->stage >= STAGE_VERIFY)
            continue;
        buf_printf(to, "%s %s", plan_stage_text(s->stage), plan_action_text(s->action));
        for (size_t k = 0; k < s->argc; k++)
            buf_printf(to, " %.*s", (int)s->argv[k].n, s->argv[k].p);
        buf_printf(to, "%s%.*s%s%.*s%s%.*s%s%.*s\n", s->unit.n ? " " : "", (int)s->unit.n,
                   s->unit.p ? s->unit.p : "", s->path.n ? " " : "", (int)s->path.n,
                   s->path.p ? s->path.p : "", s->edit.n ? " " : "", (int)s->edit.n,
                   s->edit.p ? s->edit.p : "", s->edit_key.n ? " " : "", (int)s->edit_key.n,
                   s->edit_key.p ? s->edit_key.p : "");
        for (size_t k = 0; k < s->touch_count; k++)
            buf_printf(to, "  -%.*s\n", (int)s->touches[k].path.n, s->touches[k].path.p);
    }
    for (size_t i = 0; i < m.plan.refusal_count; i++)
        buf_printf(to, "%s %.*s=%.*s\n", m.plan.refusals[i].allowed ? "allowed" : "refused",
                   (int)m.plan.refusals[i].code.n, m.plan.refusals[i].code.p,
                   (int)m.plan.refusals[i].subject.n, m.plan.refusals[i].subject.p);
    buf_str(to, "");
    return to->p ? to->p : "";
}

static void expect(const char *why, const char *expected)
{
    auto_buf text = {0};

    if (!strstr(planned(&text), expected))
        fail_msg("%s: no '%s' in\n%s", why, expected, text.p ? text.p : "nothing");
}

static void steps_stand_in_their_order(void **state)
{
    auto_buf text = {0};
    (void)state;

    m.link =
        (struct fact_link){SV("/etc/systemd/system/x.wants/anvil.service"), SV("anvil.service")};
    m.facts.links = &m.link;
    m.facts.link_count = 1;
    m.account = (struct fact_account){.name = SV("anviluser"), .file = SV("/etc/passwd")};
    m.facts.accounts = &m.account;
    m.facts.account_count = 1;
    m.facts.left_count = 0;
    add_left("/etc/apt/sources.list", PATH_FILE);
    add_left("/etc/crontab", PATH_FILE);
    add_left("/etc/ssl/a.pem", PATH_FILE);
    add_left("/opt/acme", PATH_FOLDER);
    add_left("/opt/acme/anvil", PATH_FOLDER);
    add_left("/opt/acme/anvil/bin", PATH_FILE);
    add_hit("package_source", "/etc/apt/sources.list", "host", "repo.acme.example");
    add_hit("cron", "/etc/crontab", "command", "/opt/acme/run");
    add_hit("certificate", "/etc/ssl/a.pem", "certificate-cn", "Acme");
    add_hit("unit", "/lib/systemd/system/anvil.service", "service", "anvil");

    assert_string_equal(planned(&text),
                        "replacement check\n"
                        "stop stop-unit anvil.service\n"
                        "  -/etc/systemd/system/x.wants/anvil.service\n"
                        "uninstall run dpkg --purge anvil\n"
                        "residue remove\n"
                        "  -/opt/acme\n"
                        "  -/opt/acme/anvil\n"
                        "  -/opt/acme/anvil/bin\n"
                        "residue edit /etc/passwd drop-account anviluser\n"
                        "residue edit /etc/crontab drop-cron /opt/acme/run\n"
                        "trust remove\n"
                        "  -/etc/ssl/a.pem\n"
                        "package-source edit /etc/apt/sources.list drop-source repo.acme.example\n"
                        "block write /etc/apt/preferences.d/debar-acme-anvil.pref\n");
    assert_int_equal(m.plan.items[0].status, STATUS_REMOVED);
    assert_true(sv_eq(m.plan.items[0].returns[0], SV("a server")));
}

static void same_input_gives_the_same_bytes(void **state)
{
    auto_buf first = {0}, second = {0};
    struct plan again;
    struct err err;
    (void)state;

    for (int i = 0; i < 2; i++) {
        struct buf *to = i ? &second : &first;
        struct json_writer w = json_writer_to(to, false);

        assert_int_equal(plan_build(&m.in, &m.arena, &again, &err), 0);
        assert_int_equal(plan_name(&again, &m.arena, &err), 0);
        plan_write_json(&again, true, &w);
    }
    assert_string_equal(first.p, second.p);
}

static void before_anything_was_rehearsed_it_ends_with_the_uninstaller(void **state)
{
    auto_buf text = {0};
    (void)state;

    m.facts.looked = false;
    assert_string_equal(planned(&text), "replacement check\nuninstall run dpkg --purge anvil\n");
}

static void a_folder_with_something_of_others_stays(void **state)
{
    auto_buf text = {0};
    (void)state;

    add_left("/opt/acme/other", PATH_FILE);
    (void)planned(&text);
    assert_non_null(strstr(text.p, "  -/opt/acme/anvil\n"));
    assert_null(strstr(text.p, "  -/opt/acme\n"));
    assert_null(strstr(text.p, "  -/opt/acme/other\n"));
}

static void foreign(void)
{
    m.left[2].owner = SV("deb:other");
}

static void own(void)
{
    m.left[2].owner = SV("deb:anvil");
}

static void locked(void)
{
    m.left[2].locked = true;
}

static void boot(void)
{
    add_hit("elf", "/boot/x.efi", "path", "/boot/x.efi");
    m.facts.left_count = 0;
    add_left("/boot/x.efi", PATH_FILE);
}

static void changed(void)
{
    m.hits[1].scanned = SV("6b");
}

static void trace(void)
{
    m.finding.confidence = CONFIDENCE_TRACE;
}

static void encrypts(void)
{
    m.removal.encrypts = true;
}

static void boots(void)
{
    m.removal.boots = true;
}

static void class_filter(void)
{
    add_hit("registry", "/Windows/System32/config/SYSTEM", "class-filter", "klflt");
}

static void needed(void)
{
    m.dependents[0] = SV("needy");
    m.package.dependent_count = 1;
}

static void runs_alone(void)
{
    m.facts.live = true;
    m.process = (struct fact_process){SV("/opt/acme/anvil/bin"), SV("bin")};
    m.facts.processes = &m.process;
    m.facts.process_count = 1;
}

static void runs_with_another(void)
{
    runs_alone();
    m.protections[0] = SV("ClamAV");
    m.facts.protections = m.protections;
    m.facts.protection_count = 1;
}

static void no_overlay(void)
{
    m.facts.cannot_rehearse = SV("no overlay");
}

static void no_dpkg(void)
{
    m.facts.tools.dpkg = false;
}

static void of_pacman(void)
{
    add_hit("pacman", "/var/lib/pacman/local/anvil-1/desc", "package", "anvil");
}

static void failed(void)
{
    m.facts.failed = SV("dpkg ended with 2");
}

static void shared_account(void)
{
    m.account = (struct fact_account){
        .name = SV("anviluser"), .file = SV("/etc/passwd"), .other = SV("/srv/data")};
    m.facts.accounts = &m.account;
    m.facts.account_count = 1;
}

static void what_is_dangerous_is_refused_and_can_be_allowed_by_name(void **state)
{
    static const struct {
        const char *why;
        void (*change)(void);
        const char *code, *subject; /* NULL: nothing is refused */
    } cases[] = {
        {"a file of another package", foreign, "foreign-owner", "/opt/acme/anvil/bin"},
        {"a file of the package itself", own, NULL, NULL},
        {"an immutable file", locked, "locked", "/opt/acme/anvil/bin"},
        {"a file to boot from", boot, "boot", "/boot/x.efi"},
        {"a file that changed", changed, "changed", "/opt/acme/anvil/bin"},
        {"a trace", trace, "trace", "f1"},
        {"encryption", encrypts, "disk-encryption", "anvil"},
        {"a part of booting", boots, "boot", "anvil"},
        {"a class filter", class_filter, "class-filter", "klflt"},
        {"a package that needs it", needed, "reverse-dependency", "needy"},
        {"the last protection", runs_alone, "last-protection", "anvil"},
        {"another protection runs", runs_with_another, NULL, NULL},
        {"no overlay", no_overlay, "no-rehearsal", "deb:anvil"},
        {"no package manager", no_dpkg, "no-uninstaller", "deb"},
        {"a package of pacman", of_pacman, "no-uninstaller", "pacman:anvil"},
        {"an uninstaller that fails", failed, "uninstaller-fails", "deb:anvil"},
        {"an account that owns more", shared_account, "shared-account", "anviluser"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf text = {0}, line = {0};

        assert_int_equal(set_up(state), 0);
        cases[i].change();
        (void)planned(&text);
        if (!cases[i].code && m.plan.refusal_count)
            fail_msg("%s: %s", cases[i].why, text.p);
        if (cases[i].code) {
            buf_printf(&line, "refused %s=%s\n", cases[i].code, cases[i].subject);
            expect(cases[i].why, line.p);
            assert_int_equal(m.plan.items[0].status, STATUS_REMAINING);
            assert_true(plan_is_refused(&m.plan));

            m.allowance = (struct allowance){sv_str(cases[i].code), sv_str(cases[i].subject)};
            buf_reset(&line);
            buf_printf(&line, "allowed %s=%s\n", cases[i].code, cases[i].subject);
            expect(cases[i].why, line.p);
            assert_false(plan_is_refused(&m.plan));

            m.allowance.subject = SV("something else");
            (void)planned(&text);
            assert_true(plan_is_refused(&m.plan));
        }
        assert_int_equal(tear_down(state), 0);
    }
    assert_int_equal(set_up(state), 0);
}

static void a_script_that_fails_is_put_out_of_the_way_first(void **state)
{
    (void)state;
    m.script = (struct fact_script){SV("anvil"), SV("prerm"), SV("/var/lib/dpkg/info/anvil.prerm")};
    m.facts.scripts = &m.script;
    m.facts.script_count = 1;
    expect("a failing script", "uninstall write /var/lib/dpkg/info/anvil.prerm\n"
                               "uninstall run dpkg --force-remove-reinstreq --purge anvil\n");
}

static void what_is_excepted_or_another_s_gets_no_steps(void **state)
{
    auto_buf text = {0};
    (void)state;

    m.order.excepted = true;
    assert_string_equal(planned(&text), "");
    assert_int_equal(m.plan.items[0].status, STATUS_EXCEPTED);

    m.order.excepted = false;
    m.finding.carrier = SV("Other product");
    assert_string_equal(planned(&text), "");
    assert_int_equal(m.plan.items[0].status, STATUS_REMAINING);

    m.finding.carrier = SV("");
    m.facts.hit_count = 0;
    add_hit("package_log", "/var/log/dpkg.log", "package", "anvil");
    assert_string_equal(planned(&text), "");
    assert_int_equal(m.plan.items[0].status, STATUS_FOUND);
}

static void what_only_names_it_is_never_removed(void **state)
{
    auto_buf text = {0};
    (void)state;

    m.facts.left_count = 0;
    add_left("/etc/some.conf", PATH_FILE);
    add_left("/srv/go.mod", PATH_FILE);
    m.facts.hit_count = 0;
    add_hit("elf", "/etc/some.conf", "host", "update.acme.example");
    add_hit("go_mod", "/srv/go.mod", "purl", "pkg:golang/acme");
    (void)planned(&text);
    assert_null(strstr(text.p, "  -"));
    assert_non_null(strstr(text.p, "propose /etc/some.conf"));
    assert_non_null(strstr(text.p, "propose /srv/go.mod"));
    assert_int_equal(m.plan.items[0].status, STATUS_REMAINING);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(steps_stand_in_their_order),
        TEST(same_input_gives_the_same_bytes),
        TEST(before_anything_was_rehearsed_it_ends_with_the_uninstaller),
        TEST(a_folder_with_something_of_others_stays),
        TEST(what_is_dangerous_is_refused_and_can_be_allowed_by_name),
        TEST(a_script_that_fails_is_put_out_of_the_way_first),
        TEST(what_is_excepted_or_another_s_gets_no_steps),
        TEST(what_only_names_it_is_never_removed),
    };
    return cmocka_run_group_tests_name("plan_build", tests, NULL, NULL);
}
