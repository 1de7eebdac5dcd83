// SPDX-License-Identifier: Apache-2.0
/* How sure a finding is, what the orders say of it, and what it says for itself. */
#include "match/match_run.h"

#include "support/matching.h"

#define INDICATOR(id, product, strength, more, hit) \
    "  - {id: acme.t." id ", product: " product ", strength: " strength ", " more \
    ", source: here, hit: [" hit "]}\n"
#define BRANDED ", scope: branded"

static const char catalogue[] =
    "entities:\n"
    "  - name: Acme Holding AG\n"
    "    relation: named\n"
    "    publisher: strong\n"
    "    source: here\n"
    "products:\n"
    "  - {id: some, name: Acme software, kind: software, generic: true, platforms: [any], source: "
    "here}\n"
    "  - {id: anvil, name: Acme Anvil, kind: anti-virus, platforms: [linux, windows], source: "
    "here}\n"
    "  - {id: app, name: Acme App, kind: mobile-app, platforms: [android], source: here}\n"
    "  - {id: ca, name: Acme CA, kind: trust-anchor, platforms: [any], source: here}\n"
    "  - {id: ui, name: Acme UI, kind: library, platforms: [any], source: here}\n"
    "indicators:\n" //
    INDICATOR("deb", "anvil", "conclusive",
              "field: package, type: [deb], op: exact, value: anvil" BRANDED, "anvil")
        INDICATOR("npm", "ui", "conclusive",
                  "field: purl, op: prefix, value: \"pkg:npm/%40acme/\", scope: vendor-open-source",
                  "\"pkg:npm/%40acme/x\"") INDICATOR("signer", "some", "conclusive",
                                                     "field: signer-cn, op: exact, value: Acme "
                                                     "Holding" BRANDED,
                                                     "Acme Holding")
            INDICATOR(
                "cited", "some", "conclusive",
                "field: signer-sha256, op: exact, value: "
                "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"" BRANDED,
                "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"")
                INDICATOR(
                    "path", "anvil", "conclusive",
                    "field: path, op: glob, value: \"/opt/anvil/**\"" BRANDED,
                    "/opt/anvil/x") INDICATOR("service", "anvil", "strong",
                                              "field: service, op: exact, value: anvild" BRANDED,
                                              "anvild")
                    INDICATOR("name", "anvil", "strong",
                              "field: product, op: exact, value: Anvil" BRANDED,
                              "Anvil") INDICATOR("process", "anvil", "weak",
                                                 "field: process, op: exact, value: av" BRANDED,
                                                 "av")
                        INDICATOR("host", "anvil", "strong",
                                  "field: host, op: suffix, value: acme.com, scope: service",
                                  "acme.com") INDICATOR("import", "ui", "strong",
                                                        "field: import, op: prefix, value: "
                                                        "\"@acme/\", scope: reference",
                                                        "\"@acme/x\"")
                            INDICATOR("engine", "anvil", "strong",
                                      "field: symbol, op: prefix, value: anvil_, scope: embedded",
                                      "anvil_init")
                                INDICATOR("words", "anvil", "strong",
                                          "field: literal, op: exact, value: acme words" BRANDED,
                                          "acme words")
                                    INDICATOR(
                                        "setting", "anvil", "strong",
                                        "field: literal, op: exact, value: acme setting, with: "
                                        "[{field: file-name, op: suffix, value: .conf}]" BRANDED,
                                        "acme setting")
                                        INDICATOR("ca", "ca", "conclusive",
                                                  "field: certificate-cn, op: exact, "
                                                  "value: Acme Root, scope: trust-anchor",
                                                  "Acme Root")
                                            INDICATOR(
                                                "app", "app", "conclusive",
                                                "field: bundle-id, op: exact, value: com.acme.app, "
                                                "platform: android" BRANDED,
                                                "com.acme.app");

static const char order[] = "schema: debar.order/1\n"
                            "id: ban\n"
                            "title: The ban\n"
                            "authority: The authority\n"
                            "citation: Act 1\n"
                            "url: https://example.com/\n"
                            "issued: 2020-01-01\n"
                            "binds: All.\n"
                            "carve_outs: []\n"
                            "vendors: [acme]\n"
                            "named: [Acme Holding AG]\n"
                            "relations: [successor]\n"
                            "products: {list: open, named: [Anvil], kinds: [anti-virus, software, "
                            "library], clause: Only these.}\n"
                            "applies_to: [product]\n"
                            "scope:\n"
                            "  in:\n"
                            "    - {class: branded, clause: Branded is in.}\n"
                            "    - {class: vendor-open-source, clause: So is their code.}\n"
                            "    - {class: service, clause: And services.}\n"
                            "  out:\n"
                            "    - {class: embedded, clause: Embedded is out.}\n"
                            "    - {class: reference, clause: A reference is out.}\n"
                            "    - {class: trust-anchor, clause: So are certificates.}\n"
                            "    - {class: hardware, clause: Out.}\n"
                            "    - {class: threat-intelligence, clause: Out.}\n"
                            "    - {class: training, clause: Out.}\n"
                            "    - {class: contribution, clause: Out.}\n"
                            "    - {class: successor, clause: Out.}\n"
                            "milestones: [{id: report, kind: report, days: 30, calendar: calendar, "
                            "from: issue, text: Report.}]\n"
                            "report_fields: [name]\n"
                            "report_to: the authority\n"
                            "nil_report: true\n"
                            "exceptions: {granted_by: the authority}\n"
                            "replacement: {required: false, text: None.}\n"
                            "notes: []\n"
                            "sources: [{fact: all, url: https://example.com/}]\n";

static struct matching w;

static int set_up(void **state)
{
    (void)state;
    matching_init(&w, catalogue, order, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    matching_clear(&w);
    return 0;
}

#define PE "application present\n  @place=/x/a.exe\n"
#define SIGNED(how) "  [1] signature=" how "\n  [1] signer-cn=Acme Holding\n"

#define SIGNED_ID(how) "  [1] signature=" how "\n  [1] bundle-id=com.acme.app\n"

static void confidence_is_earned(void **state)
{
    const struct {
        const char *why, *components, *confidence;
    } cases[] = {
        {"a registered package", "application installed\n  package-type=deb\n  package=anvil\n",
         "confirmed"},
        {"a verified signature", PE SIGNED("verified"), "confirmed"},
        {"a valid signature of an unknown chain", PE SIGNED("untrusted"), "probable"},
        {"a broken signature", PE SIGNED("broken"), "probable"},
        {"one that could not be checked", PE SIGNED("unchecked"), "probable"},
        {"a self-signed one", PE SIGNED("self-signed"), "trace"},
        {"one that nobody has looked at", PE "  [1] signer-cn=Acme Holding\n", "trace"},
        {"somebody else's good signature beside a bad one",
         PE SIGNED("broken") "  [2] signature=verified\n  [2] signer-cn=Other\n", "probable"},
        {"an unknown chain whose certificate is cited",
         PE SIGNED(
             "untrusted") "  [1] "
                          "signer-sha256="
                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
         "confirmed"},
        {"a cited certificate of another signature",
         PE SIGNED(
             "untrusted") "  [2] signature=broken\n  [2] "
                          "signer-sha256="
                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
         "probable"},
        {"a broken signature stays broken",
         PE SIGNED("broken") "  [1] "
                             "signer-sha256="
                             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
         "probable"},
        {"the id of an installed application", "application installed\n  bundle-id=com.acme.app\n",
         "confirmed"},
        {"an id in a verified signature", PE SIGNED_ID("verified"), "confirmed"},
        {"an id in a valid signature of an unknown chain", PE SIGNED_ID("untrusted"), "probable"},
        {"an id in a broken signature", PE SIGNED_ID("broken"), "probable"},
        {"an id that nobody signed", PE SIGNED_ID("unsigned"), "probable"},
        {"an id in a self-signed signature", PE SIGNED_ID("self-signed"), "trace"},
        {"a place, however conclusive", "file present\n  path=/opt/anvil/x\n", "probable"},
        {"any number of claims",
         PE "  company=Acme Holding\n  product=Anvil\n  path=/opt/anvil/a.exe\n"
            "file present\n  @place=/x/b\n  @anchor=/x/a.exe\n  path=/opt/anvil/b\n",
         "probable"},
        {"two families in one component",
         "service installed\n  service=anvild\n  path=/opt/anvil/x\n", "probable"},
        {"two families in two components",
         "service installed\n  @place=/a\n  @anchor=/\n  service=anvild\n"
         "file present\n  @place=/b\n  @anchor=/\n  path=/opt/anvil/x\n",
         "confirmed"},
        {"one family in two components",
         "service installed\n  @place=/a\n  @anchor=/\n  service=anvild\n"
         "service installed\n  @place=/b\n  @anchor=/\n  service=anvild\n",
         "probable"},
        {"two families, one of them under a ceiling",
         "service installed <=probable\n  @place=/a\n  @anchor=/\n  service=anvild\n"
         "file present\n  @place=/b\n  @anchor=/\n  path=/opt/anvil/x\n",
         "probable"},
        {"two families, one of them a broken signature",
         "service installed\n  @place=/a\n  @anchor=/\n  service=anvild\n"
         "application present\n  @place=/b\n  @anchor=/\n" SIGNED("broken"),
         "probable"},
        {"a conclusive hit in a place for traces",
         "application installed <=trace\n  package-type=deb\n  package=anvil\n", "trace"},
        {"a conclusive hit under a ceiling",
         "application installed <=probable\n  package-type=deb\n  package=anvil\n", "probable"},
        {"a manifest", "library referenced\n  purl=pkg:npm/%40acme/x@1\n", "probable"},
        {"a name", "application running\n  process=av\n", "trace"},
        {"any number of names",
         "application running\n  @place=/a\n  @anchor=/\n  process=av\n"
         "application running\n  @place=/b\n  @anchor=/\n  process=av\n",
         "trace"},
        {"where something goes to", "service running\n  host=dl.acme.com\n", "trace"},
        {"what is imported", "file referenced\n  import=@acme/x\n", "trace"},
        {"words in a program", "file present\n  literal=acme words\n", "probable"},
        {"words elsewhere", "file referenced\n  @place=/etc/a.conf\n  literal=acme words\n",
         "trace"},
        {"words where their indicator says that they are to be",
         "file referenced\n  @place=/etc/a.conf\n  literal=acme setting\n", "probable"},
        {"an import beside a package",
         "library installed\n  import=@acme/x\n  purl=pkg:npm/%40acme/y\n", "confirmed"},
        {"a catalogued certificate",
         "cryptographic-asset present\n  [1] certificate-cn=Acme Root\n"
         "  [1] certificate-kind=self-signed-ca\n  [1] certificate-o=Acme Holding AG\n",
         "confirmed"},
        {"anybody's certificate in their name",
         "cryptographic-asset present\n  [1] certificate-cn=Other\n"
         "  [1] certificate-kind=self-signed-leaf\n  [1] certificate-o=Acme Holding AG\n",
         "trace"},
        {"anybody's beside the catalogued one",
         "cryptographic-asset present\n  [1] certificate-kind=self-signed-ca\n"
         "  [1] certificate-o=Acme Holding AG\n  [2] certificate-cn=Acme Rooted\n",
         "trace"},
        {"their name on a site's certificate",
         "cryptographic-asset present\n  [1] certificate-kind=leaf\n"
         "  [1] certificate-o=Acme Holding AG\n",
         "trace"},
        {"their name on an authority that another vouches for",
         "cryptographic-asset present\n  [1] certificate-kind=ca\n"
         "  [1] certificate-o=Acme Holding AG\n",
         "probable"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        matching_add(&w, cases[i].components);
        matching_finish(&w);

        if (w.count != 1)
            fail_msg("%s: %zu findings", cases[i].why, w.count);
        if (strcmp(confidence_text(w.findings[0].confidence), cases[i].confidence) != 0)
            fail_msg("%s: %.*s", cases[i].why, (int)w.findings[0].reason.n, w.findings[0].reason.p);
    }
}

static void a_finding_says_why(void **state)
{
    const struct {
        const char *components, *reason, *raise;
    } cases[] = {
        {"application installed\n  @place=/var/lib/dpkg/status\n  package-type=deb\n  "
         "package=anvil\n",
         "confirmed: registered package `anvil` in the dpkg database (conclusive)",
         "Nothing can raise it. Without the package evidence there would be no finding."},
        {PE SIGNED("verified") "  company=Acme Holding\n",
         "confirmed: a verified signature of `Acme Holding` (conclusive)",
         "Nothing can raise it. Without the signature evidence it would be probable."},
        {PE SIGNED("broken"),
         "probable: a broken signature that names `Acme Holding` (strong; the signature is broken: "
         "the file is not the one that was signed)",
         "An unbroken signature would confirm it. Without the signature evidence there would be no "
         "finding."},
        {"service installed\n  @place=/a\n  @anchor=/\n  service=anvild\n"
         "file present\n  @place=/b\n  @anchor=/\n  path=/opt/anvil/x\n",
         "confirmed: a file at `/opt/anvil/x` (strong; a name or a place proves nothing alone); "
         "the "
         "service `anvild` (strong)",
         "Nothing can raise it. Without the name and place evidence it would be probable."},
        {"library referenced\n  package-type=npm\n  package=@acme/x\n  purl=pkg:npm/%40acme/x@1\n",
         "probable: the package `pkg:npm/%40acme/x@1` (strong; a manifest or script refers to it; "
         "that does not show it to be here)",
         "The product itself, installed or present, would confirm it. Without the package evidence "
         "there would be no finding."},
        {"application running\n  process=av\n", "trace: a process named `av` (weak)",
         "A verified signature, a registered package, or the product's files, services or code in "
         "their own place would raise it. Without the name and place evidence there would be no "
         "finding."},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        matching_add(&w, cases[i].components);
        matching_finish(&w);

        assert_int_equal(w.count, 1);
        assert_string_equal(w.findings[0].reason.p, cases[i].reason);
        assert_string_equal(w.findings[0].raise.p, cases[i].raise);
    }
}

static void each_order_says_whether_it_covers(void **state)
{
    const struct {
        const char *why, *components, *scope;
        bool covered;
        const char *clause;
    } cases[] = {
        {"the product", "application installed\n  package-type=deb\n  package=anvil\n", "branded",
         true, "Branded is in."},
        {"its code in another's package", "file present\n  @owner=deb:other\n  symbol=anvil_init\n",
         "embedded", false, "Embedded is out."},
        {"the product in another's package", "file present\n  @owner=deb:other\n  product=Anvil\n",
         "embedded", false, "Embedded is out."},
        {"a library", "library installed\n  purl=pkg:npm/%40acme/x\n", "vendor-open-source", true,
         "So is their code."},
        {"a library in another's package",
         "library installed\n  @owner=deb:other\n  purl=pkg:npm/%40acme/x\n", "vendor-open-source",
         true, "So is their code."},
        {"a library that is only referred to", "library referenced\n  purl=pkg:npm/%40acme/x\n",
         "reference", false, "A reference is out."},
        {"a kind that the order leaves out", "application installed\n  bundle-id=com.acme.app\n",
         "branded", false, "Only these."},
        {"a certificate",
         "cryptographic-asset present\n  @owner=deb:other\n  [1] certificate-o=Acme Holding AG\n",
         "trust-anchor", false, "So are certificates."},
        {"a publisher of a library",
         "library installed\n  package-type=pypi\n  package=x\n  author=Acme Holding\n",
         "vendor-open-source", true, "So is their code."},
        {"a publisher of a program", "application present\n  company=Acme Holding\n", "branded",
         true, "Branded is in."},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct finding_order *o;

        matching_add(&w, cases[i].components);
        matching_finish(&w);

        assert_int_equal(w.count, 1);
        o = &w.findings[0].orders[0];
        if (w.findings[0].order_count != 1 || !sv_eq(o->scope, sv_str(cases[i].scope)) ||
            o->covered != cases[i].covered || !sv_eq(o->why, sv_str(cases[i].clause)))
            fail_msg("%s: %.*s, %s: %.*s", cases[i].why, (int)o->scope.n, o->scope.p,
                     o->covered ? "covered" : "not covered", (int)o->why.n, o->why.p);
    }
}

static void traces_never_change_the_verdict(void **state)
{
    const struct {
        const char *components;
        enum verdict complete, incomplete;
    } cases[] = {
        {"", VERDICT_ABSENT, VERDICT_UNKNOWN},
        {"application running\n  process=av\n", VERDICT_ABSENT, VERDICT_UNKNOWN},
        {"file present\n  @owner=deb:other\n  symbol=anvil_init\n", VERDICT_ABSENT,
         VERDICT_UNKNOWN},
        {"service installed\n  service=anvild\n", VERDICT_FOUND, VERDICT_FOUND},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        matching_add(&w, cases[i].components);
        matching_finish(&w);

        assert_int_equal(match_verdict(w.findings, w.count, (struct sv){0}, true),
                         cases[i].complete);
        assert_int_equal(match_verdict(w.findings, w.count, SV("ban"), false), cases[i].incomplete);
        assert_int_equal(match_verdict(w.findings, w.count, SV("other"), true), VERDICT_ABSENT);
    }
}

static void an_exception_marks_a_finding_until_its_date(void **state)
{
    const char exceptions[] = "schema: debar.exception/1\n"
                              "id: e1\n"
                              "kind: finding\n"
                              "match: {vendor: acme, product: anvil}\n"
                              "orders: [ban]\n"
                              "who: A. Person\n"
                              "why: It is needed.\n"
                              "scope: this host\n"
                              "compensating_control: It is watched.\n"
                              "until: %s\n";
    const struct {
        const char *until;
        bool excepted;
    } cases[] = {{"2024-10-04", true}, {"2024-10-03", false}}; // day 20000 is 2024-10-04
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf text = {0};
        struct matching x;
        const char *hole = strstr(exceptions, "%s");

        buf_bytes(&text, exceptions, (size_t)(hole - exceptions));
        buf_printf(&text, "%s\n", cases[i].until);
        matching_init(&x, catalogue, order, text.p);
        matching_add(&x, "application installed\n  package-type=deb\n  package=anvil\n");
        matching_finish(&x);

        assert_int_equal(x.count, 1);
        assert_int_equal(x.findings[0].orders[0].excepted, cases[i].excepted);
        assert_string_equal(x.findings[0].orders[0].exception.p, "e1");
        assert_true(x.findings[0].orders[0].covered);
        assert_int_equal(match_verdict(x.findings, x.count, SV("ban"), true),
                         cases[i].excepted ? VERDICT_ABSENT : VERDICT_FOUND);
        matching_clear(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confidence_is_earned),
        cmocka_unit_test(a_finding_says_why),
        cmocka_unit_test(each_order_says_whether_it_covers),
        cmocka_unit_test(traces_never_change_the_verdict),
        cmocka_unit_test(an_exception_marks_a_finding_until_its_date),
    };
    return cmocka_run_group_tests_name("findings", tests, set_up, tear_down);
}
