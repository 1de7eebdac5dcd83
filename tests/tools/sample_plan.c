// SPDX-License-Identifier: Apache-2.0
/*
 * Writes a made-up plan, for the tests of its reports:
 *
 *     sample_plan text|html|json SAMPLE [colour] [columns=N]
 *     sample_plan agency SAMPLE
 *
 * Samples: whole, refused, empty, many, hostile; of an agency's plan, as a page: whole, missing,
 * hostile. All in them is invented.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/agency.h"
#include "report/plan.h"

#define LIST(array) array, ARRAY_LEN(array)
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define T(literal) \
    { \
        (literal), sizeof(literal) - 1 \
    }

static const struct order_summary orders[] = {
    {.id = T("no-acme"),
     .title = T("No anvils on roads"),
     .authority = T("Office of Roads"),
     .citation = T("Directive 1"),
     .url = T("https://example.com/directive-1")},
};

static struct sv order_ids[] = {T("no-acme"), T("unknown-order")};
static struct sv dependents[] = {T("deb:acme-gui depends on deb:acme")};
static struct sv returns[] = {T("the management server acme-srv.example reinstalls it"),
                              T("package source /etc/apt/sources.list.d/acme.list")};
static struct sv command[] = {T("dpkg"), T("--purge"), T("acme"), T("it's")};

static struct plan_touch stop_touches[] = {
    {.path = T("/etc/systemd/system/multi-user.target.wants/acme.service"),
     .change = TOUCH_REMOVED,
     .type = T("link"),
     .before = T(HEX),
     .why = T("enables acme.service")},
};
static struct plan_touch run_touches[] = {
    {.path = T("/opt/acme/bin/acmed"),
     .change = TOUCH_REMOVED,
     .type = T("file"),
     .before = T(HEX),
     .sha256 = T(HEX),
     .size = 3 << 20,
     .why = T("owned by deb:acme")},
    {.path = T("/opt/acme"),
     .change = TOUCH_REMOVED,
     .type = T("folder"),
     .before = T(HEX),
     .why = T("owned by deb:acme")},
    {.path = T("/var/lib/dpkg/status"),
     .change = TOUCH_CHANGED,
     .type = T("file"),
     .before = T(HEX),
     .sha256 = T(HEX),
     .size = 81234,
     .why = T("the package database")},
};
static struct plan_touch block_touches[] = {
    {.path = T("/etc/apt/preferences.d/debar-acme"),
     .change = TOUCH_CREATED,
     .type = T("file"),
     .why = T("keeps deb:acme from being installed again")},
    {.path = T("/var/lib/dpkg/status"),
     .change = TOUCH_CHANGED,
     .type = T("file"),
     .before = T(HEX),
     .sha256 = T(HEX),
     .size = 81234,
     .why = T("the package database")},
};

static struct plan_step steps[] = {
    {.number = 1,
     .stage = STAGE_EVIDENCE,
     .action = ACTION_COLLECT,
     .title = T("Keep what the removal would destroy: settings, logs, records"),
     .checked = T("every file is read back from the vault and compared"),
     .undo = T("nothing to undo")},
    {.number = 2,
     .stage = STAGE_STOP,
     .action = ACTION_STOP_UNIT,
     .finding = T("f-1"),
     .title = T("Stop and disable acme.service"),
     .unit = T("acme.service"),
     .touches = stop_touches,
     .touch_count = ARRAY_LEN(stop_touches),
     .checked = T("the service is not active"),
     .undo = T("enabled and started again")},
    {.number = 3,
     .stage = STAGE_UNINSTALL,
     .action = ACTION_RUN,
     .finding = T("f-1"),
     .title = T("Remove the package acme with its own uninstaller"),
     .argv = LIST(command),
     .touches = run_touches,
     .touch_count = ARRAY_LEN(run_touches),
     .checked = T("the package database does not list acme"),
     .undo = T("every path is put back from the vault")},
    {.number = 4,
     .stage = STAGE_BLOCK,
     .action = ACTION_WRITE,
     .finding = T("f-1"),
     .title = T("Keep apt from installing acme again"),
     .path = T("/etc/apt/preferences.d/debar-acme"),
     .content = T("Package: acme\nPin: release *\nPin-Priority: -1\n"),
     .touches = block_touches,
     .touch_count = ARRAY_LEN(block_touches),
     .checked = T("the file is there"),
     .undo = T("the file is removed")},
    {.number = 5,
     .stage = STAGE_REFERENCE,
     .action = ACTION_PROPOSE,
     .finding = T("f-2"),
     .title = T("Take the module out of a manifest"),
     .path = T("/srv/shop/package.json"),
     .content = T("--- a/package.json\n+++ b/package.json\n-  \"@acme/kit\": \"^1\"\n"),
     .checked = T("nothing: a person applies it")},
    {.number = 6,
     .stage = STAGE_VERIFY,
     .action = ACTION_VERIFY,
     .title = T("Look again by a second method"),
     .checked = T("package database, files and processes agree that it is gone")},
};

static struct plan_item items[] = {
    {.finding = T("f-1"),
     .vendor = T("acme"),
     .product = T("anvil"),
     .name = T("Acme Anvil"),
     .version = T("12.2"),
     .state = STATE_RUNNING,
     .confidence = CONFIDENCE_CONFIRMED,
     .why = T("Registered package acme in the dpkg database (conclusive)."),
     .anchor = T("/opt/acme"),
     .dependents = dependents,
     .dependent_count = ARRAY_LEN(dependents),
     .returns = returns,
     .return_count = ARRAY_LEN(returns),
     .status = STATUS_REMOVED,
     .downtime = T("protection ends until its replacement runs")},
    {.finding = T("f-2"),
     .vendor = T("acme"),
     .product = T("kit"),
     .name = T("Acme Kit"),
     .state = STATE_REFERENCED,
     .confidence = CONFIDENCE_PROBABLE,
     .why = T("A manifest names it."),
     .anchor = T("/srv/shop"),
     .status = STATUS_REMAINING,
     .status_why = T("source trees are changed by people")},
};

static struct plan_refusal refusals[] = {
    {.code = T("last-protection"),
     .finding = T("f-1"),
     .subject = T("acme.service"),
     .text = T("It is the only protection that runs here. Start its replacement first.")},
    {.code = T("foreign-owner"),
     .subject = T("/opt/acme/share/logo.png"),
     .text = T("deb:theme owns it too."),
     .allowed = true},
};

static struct plan_step hostile_steps[] = {
    {.number = 1,
     .stage = STAGE_RESIDUE,
     .action = ACTION_REMOVE,
     .finding = T("</dd><script>alert(1)</script>"),
     .title = T("Remove \x1b[31m<b>this</b> \xe2\x80\xae gpj.exe"),
     .undo = T("'\"><img src=x onerror=alert(1)>")},
};
static struct plan_touch hostile_touches[] = {
    {.path = T("/srv/<img src=x onerror=alert(1)>/\xff\x01/a"),
     .change = TOUCH_REMOVED,
     .type = T("\"><iframe>"),
     .why = T("<b>&amp;")},
};
static struct plan_item hostile_items[] = {
    {.finding = T("</dd><script>alert(1)</script>"),
     .product = T("p"),
     .name = T("</title></style><img src=x onerror=alert(1)>"),
     .version = T("\x1b]0;x\x07"),
     .why = T("<form action=//x>")},
};

static struct plan sample(const char *name)
{
    struct plan p = {.id = SV("p-0123456789abcdef"),
                     .scan_id = SV("s-1"),
                     .host_id = SV("h-1"),
                     .host_name = SV("office-pc-7"),
                     .root = SV("/"),
                     .orders = LIST(order_ids)};

    if (strcmp(name, "empty") == 0)
        return p;
    p.items = items;
    p.item_count = 1;
    p.steps = steps;
    p.step_count = ARRAY_LEN(steps);
    if (strcmp(name, "refused") == 0 || strcmp(name, "many") == 0) {
        p.item_count = ARRAY_LEN(items);
        p.refusals = refusals;
        p.refusal_count = ARRAY_LEN(refusals);
        p.root = SV("/mnt/office-pc-7");
        p.reboot = true;
        p.reboot_why = SV("a kernel module cannot be unloaded");
    }
    if (strcmp(name, "hostile") == 0) {
        hostile_steps[0].touches = hostile_touches;
        hostile_steps[0].touch_count = 1;
        p.host_name = SV("</title></style><img src=x onerror=alert(1)>");
        p.items = hostile_items;
        p.steps = hostile_steps;
        p.step_count = 1;
    }
    return p;
}

/* ---- an agency's plan ---- */

static struct agency_line contact[] = {{T("name"), T("A. Person")},
                                       {T("telephone"), T("+1 555 0100")},
                                       {T("email"), T("person@roads.example")}};
static struct agency_line counts[] = {
    {T("Acme Anvil"), T("2 endpoints, 3 installations found: 2 to be removed, 1 remaining")},
    {T("In all"), T("2 endpoints")}};
static struct agency_line attack[] = {
    {T("<b>"), T("</dd><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m")}};
static struct agency_element elements[] = {
    {.id = T("a"),
     .title = T("Agency name"),
     .asked = T("The name of the agency."),
     .key = T("agency_name")},
    {.id = T("b"),
     .title = T("Point of contact"),
     .asked = T("Whom to ask."),
     .key = T("contact"),
     .lines = contact,
     .line_count = ARRAY_LEN(contact)},
    {.id = T("d"),
     .title = T("Endpoints affected"),
     .asked = T("The number of endpoints."),
     .lines = counts,
     .line_count = ARRAY_LEN(counts)},
};
static struct agency_product products[] = {
    {.vendor = T("acme"),
     .product = T("anvil"),
     .name = T("Acme Anvil"),
     .endpoints = 2,
     .found = 3,
     .statuses = {[STATUS_REMOVED] = 2, [STATUS_REMAINING] = 1}},
};
static struct sv plan_ids[] = {T("p-0123456789abcdef"), T("p-fedcba9876543210")};

static void write_agency(const char *name, struct sink *s)
{
    struct agency_plan a = {.order = SV("no-acme"),
                            .order_title = SV("No anvils on roads"),
                            .citation = SV("Directive 1"),
                            .url = SV("https://example.com/directive-1"),
                            .authority = SV("Office of Roads"),
                            .report_to = SV("Office of Roads"),
                            .made = SV("2026-12-01"),
                            .version = SV("0.1.0"),
                            .elements = elements,
                            .element_count = ARRAY_LEN(elements),
                            .products = products,
                            .product_count = ARRAY_LEN(products),
                            .endpoints = 2,
                            .found = 3,
                            .plans = LIST(plan_ids)};

    a.statuses[STATUS_REMOVED] = 2;
    a.statuses[STATUS_REMAINING] = 1;
    elements[0].lines = attack;
    elements[0].line_count = strcmp(name, "hostile") == 0;
    if (strcmp(name, "whole") == 0) {
        elements[0].lines = contact;
        elements[0].line_count = 1;
    }
    if (strcmp(name, "missing") == 0) {
        elements[0].missing = true;
        a.missing = 1;
    }
    if (strcmp(name, "hostile") == 0) {
        products[0].name = SV("</title></style><img src=x onerror=alert(1)>");
        a.citation = products[0].name;
    }
    agency_write_html(&a, s);
}

/* One step with very many paths. */
static bool grow(struct plan *p)
{
    static char names[400][32];
    struct plan_touch *all = calloc(400, sizeof(*all));

    if (!all)
        return false;
    for (size_t i = 0; i < 400; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "/opt/acme/%04zu.dat", i);
        all[i] = run_touches[0];
        all[i].path = sv_str(names[i]);
    }
    p->steps[2].touches = all;
    p->steps[2].touch_count = 400;
    return true;
}

static void write_json(const struct plan *p, struct sink *s)
{
    struct json_writer w = json_writer_to(&s->buf, true);

    plan_write_json(p, true, &w);
}

int main(int argc, char **argv)
{
    struct plan p = sample(argc > 2 ? argv[2] : "");
    struct plan_view v = {.plan = &p, .orders = orders, .order_count = ARRAY_LEN(orders)};
    struct sink s;
    bool many = argc > 2 && strcmp(argv[2], "many") == 0;
    int r;

    if (argc < 3 || (many && !grow(&p))) {
        fputs("usage: sample_plan text|html|json|agency SAMPLE [colour] [columns=N]\n", stderr);
        return 2;
    }
    sink_init(&s, stdout);
    for (int i = 3; i < argc; i++) {
        s.colour = s.colour || strcmp(argv[i], "colour") == 0;
        if (strncmp(argv[i], "columns=", 8) == 0)
            s.columns = (unsigned)atoi(argv[i] + 8);
    }
    if (strcmp(argv[1], "agency") == 0)
        write_agency(argv[2], &s);
    else if (strcmp(argv[1], "html") == 0)
        plan_write_html(&v, &s);
    else if (strcmp(argv[1], "json") == 0)
        write_json(&p, &s);
    else
        plan_write_text(&v, &s);
    r = sink_finish(&s, NULL);
    sink_clear(&s);
    if (many)
        free(p.steps[2].touches);
    return r == 0 ? 0 : 1;
}
