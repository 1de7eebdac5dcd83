// SPDX-License-Identifier: Apache-2.0
/*
 * Each case takes three sound files, changes one line, and compares every problem that is reported.
 */
#include "order/rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "order/reading.h"
#include "support/made_tree.h"
#include "support/spy.h"
#include "trust/digest.h"

static const char catalogue_text[] =
    "schema: debar.catalogue/1\n"                                      // 1
    "vendor: acme\n"                                                   // 2
    "title: Acme\n"                                                    // 3
    "entities:\n"                                                      // 4
    "  - name: Acme Holding AG\n"                                      // 5
    "    relation: named\n"                                            // 6
    "    former: [Acme Rocket Company]\n"                              // 7
    "    native: [\"АО «Акме»\"]\n"                                    // 8
    "    publisher: strong\n"                                          // 9
    "    not_publisher: [Acme Rocket Company]\n"                       // 10
    "    source: https://example.com/1\n"                              // 11
    "  - name: Acme Holding GmbH\n"                                    // 12
    "    relation: subsidiary\n"                                       // 13
    "    publisher: weak\n"                                            // 14
    "    source: https://example.com/2\n"                              // 15
    "products:\n"                                                      // 16
    "  - id: anvil\n"                                                  // 17
    "    name: Acme Anvil\n"                                           // 18
    "    kind: anti-virus\n"                                           // 19
    "    platforms: [linux]\n"                                         // 20
    "    source: https://example.com/3\n"                              // 21
    "indicators:\n"                                                    // 22
    "  - id: acme.deb.anvil\n"                                         // 23
    "    product: anvil\n"                                             // 24
    "    field: package\n"                                             // 25
    "    type: [deb, rpm]\n"                                           // 26
    "    op: exact\n"                                                  // 27
    "    value: anvil\n"                                               // 28
    "    version: \">=1.0 <2.0\"\n"                                    // 29
    "    with: [{field: publisher, op: regex, value: \"(?i)acme\"}]\n" // 30
    "    strength: conclusive\n"                                       // 31
    "    scope: branded\n"                                             // 32
    "    platform: linux\n"                                            // 33
    "    source: https://example.com/4\n"                              // 34
    "    hit: [anvil]\n"                                               // 35
    "    miss: [anvils]\n"                                             // 36
    "  - id: acme.bytes.magic\n"                                       // 37
    "    product: anvil\n"                                             // 38
    "    field: magic\n"                                               // 39
    "    op: exact\n"                                                  // 40
    "    values: [\"hex:00ff4d5a\", \"ANVL\"]\n"                       // 41
    "    offset: 2\n"                                                  // 42
    "    strength: weak\n"                                             // 43
    "    scope: embedded\n"                                            // 44
    "    source: https://example.com/5\n"                              // 45
    "    hit: [\"hex:00ff4d5a\"]\n"                                    // 46
    "evidence:\n"                                                      // 47
    "  - id: acme.evidence.settings\n"                                 // 48
    "    products: [anvil]\n"                                          // 49
    "    kind: settings\n"                                             // 50
    "    title: Settings\n"                                            // 51
    "    paths: [/etc/anvil/*.ini]\n"                                  // 52
    "    values:\n"                                                    // 53
    "      - name: Cloud\n"                                            // 54
    "        means: sending\n"                                         // 55
    "        form: ini\n"                                              // 56
    "        key: Cloud\n"                                             // 57
    "        off: [\"No\"]\n"                                          // 58
    "    source: https://example.com/6\n";                             // 59

static const char order_text[] =
    "schema: debar.order/1\n"                                                          // 1
    "id: no-acme\n"                                                                    // 2
    "title: No anvils\n"                                                               // 3
    "authority: Office of Roads\n"                                                     // 4
    "citation: Directive 1\n"                                                          // 5
    "url: https://example.com/order\n"                                                 // 6
    "issued: 2017-09-13\n"                                                             // 7
    "effective: 2017-09-14\n"                                                          // 8
    "binds: Every road.\n"                                                             // 9
    "carve_outs: [Tunnels]\n"                                                          // 10
    "vendors: [acme]\n"                                                                // 11
    "named: [Acme Holding]\n"                                                          // 12
    "relations: [subsidiary, control]\n"                                               // 13
    "products:\n"                                                                      // 14
    "  list: closed\n"                                                                 // 15
    "  named: [Anvils]\n"                                                              // 16
    "  ids: [anvil]\n"                                                                 // 17
    "  kinds: [anti-virus]\n"                                                          // 18
    "  platforms: [linux]\n"                                                           // 19
    "  clause: Only anvils are named.\n"                                               // 20
    "applies_to: [product, network-traffic]\n"                                         // 21
    "scope:\n"                                                                         // 22
    "  in: [{class: branded, clause: Section 1}]\n"                                    // 23
    "  out: [{class: embedded, clause: Section 2}]\n"                                  // 24
    "milestones:\n"                                                                    // 25
    "  - id: identify\n"                                                               // 26
    "    kind: identify\n"                                                             // 27
    "    days: 30\n"                                                                   // 28
    "    calendar: business\n"                                                         // 29
    "    from: detection\n"                                                            // 30
    "    every: 30\n"                                                                  // 31
    "    until: all is gone\n"                                                         // 32
    "    text: Say what there is.\n"                                                   // 33
    "    clause: Section 3\n"                                                          // 34
    "report_fields: [how many]\n"                                                      // 35
    "report_to: Office of Roads\n"                                                     // 36
    "nil_report: true\n"                                                               // 37
    "flow_down: All contracts.\n"                                                      // 38
    "exceptions: {granted_by: The office, max_days: 90, blanket: false, text: Ask.}\n" // 39
    "replacement: {required: false, text: None.}\n"                                    // 40
    "notes: [One note]\n"                                                              // 41
    "sources: [{fact: The text, url: \"https://example.com/text\"}]\n";                // 42

static const char exception_text[] =
    "schema: debar.exception/1\n"                                     // 1
    "id: lab\n"                                                       // 2
    "kind: finding\n"                                                 // 3
    "match: {vendor: acme, product: anvil, place: \"/opt/lab/**\"}\n" // 4
    "orders: [no-acme]\n"                                             // 5
    "who: Head of roads\n"                                            // 6
    "why: The laboratory needs it.\n"                                 // 7
    "from: 2026-11-01\n"                                              // 8
    "until: 2026-12-31\n"                                             // 9
    "scope: The laboratory\n"                                         // 10
    "compensating_control: No network\n";                             // 11

/* The text with `find` replaced; `find` must be there. */
static void change(struct buf *to, const char *text, const char *find, const char *replace)
{
    const char *at = find ? strstr(text, find) : NULL;

    if (!find) {
        buf_str(to, text);
        return;
    }
    if (!at)
        fail_msg("'%s' is not in the text", find);
    buf_bytes(to, text, (size_t)(at - text));
    buf_str(to, replace);
    buf_str(to, at + strlen(find));
}

static int refuse_open_groups(struct sv pattern, bool nocase, struct err *err)
{
    (void)nocase;
    return sv_ends(pattern, SV("(")) ? ERR(err, ERR_FORMAT, "missing )") : 0;
}

struct fixture {
    struct made_tree folder;
    struct buf problems;
    struct rules *rules;
    struct err err;
    int result;
};

/* Load what is in the folder; problems lose the folder's path. */
static void load(struct fixture *f, struct rules_options options, const char *exception)
{
    char path[512];
    const char *files[] = {path};
    size_t prefix = strlen(f->folder.path) + 1;
    auto_buf problems = BUF_INIT(0);
    struct sv rest;

    (void)snprintf(path, sizeof(path), "%s/%s", f->folder.path, exception ? exception : "");
    options.data = f->folder.path;
    options.exception_files = exception ? files : NULL;
    options.exception_file_count = exception ? 1 : 0;
    options.problems = &problems;
    f->result = rules_load(&options, &f->rules, &f->err);
    for (rest = buf_view(&problems); rest.n;) {
        struct sv line = sv_line(&rest);
        size_t at;

        while ((at = sv_find(line, sv_str(f->folder.path))) != SIZE_MAX) {
            buf_sv(&f->problems, (struct sv){line.p, at});
            line = sv_from(line, at + prefix);
        }
        buf_printf(&f->problems, "%.*s\n", (int)line.n, line.p);
    }
}

static void begin(struct fixture *f)
{
    *f = (struct fixture){0};
    clock_fix(INT64_C(1796083200) * NS_PER_S); // 2026-12-01
    made_tree_init(&f->folder);
}

static void end(struct fixture *f)
{
    rules_free(f->rules);
    buf_clear(&f->problems);
    made_tree_clear(&f->folder);
    clock_fix(0);
}

struct case_row {
    const char *why;
    enum { CATALOGUE, ORDER, EXCEPTION } file;
    const char *find, *replace;
    const char *problems;
};

static void run_case(const struct case_row *row)
{
    const char *const texts[] = {catalogue_text, order_text, exception_text};
    const char *const names[] = {"catalogue/acme.yaml", "orders/no-acme.yaml", "lab.yaml"};
    struct fixture f;

    begin(&f);
    for (int i = CATALOGUE; i <= EXCEPTION; i++) {
        auto_buf text = BUF_INIT(0);

        change(&text, texts[i], i == (int)row->file ? row->find : NULL, row->replace);
        made_file(&f.folder, names[i], text.p);
    }
    load(&f, (struct rules_options){.check_regex = refuse_open_groups}, "lab.yaml");
    if ((f.result == 0) != !row->problems[0])
        fail_msg("%s: result %d", row->why, f.result);
    if (strcmp(f.problems.p ? f.problems.p : "", row->problems) != 0)
        fail_msg("%s: got\n%swanted\n%s", row->why, f.problems.p ? f.problems.p : "(none)\n",
                 row->problems);
    end(&f);
}

static void run_cases(const struct case_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        run_case(&rows[i]);
}

static void sound_files_have_no_problem(void **state)
{
    const struct case_row row = {"unchanged", CATALOGUE, NULL, NULL, ""};
    (void)state;

    run_case(&row);
}

#define IN_CATALOGUE "catalogue/acme.yaml:"
#define IN_ORDER "orders/no-acme.yaml:"
#define IN_EXCEPTION "lab.yaml:"

static void every_file_has_to_say_what_it_is(void **state)
{
    const struct case_row rows[] = {
        {"no schema", ORDER, "schema: debar.order/1", "version: 1",
         IN_ORDER
         "1: the file does not say what it is; expected 'schema: debar.order/1'\n" IN_EXCEPTION
         "5: unknown order 'no-acme'; expected an order's id, or 'all'\n"},
        {"another schema", CATALOGUE, "debar.catalogue/1", "debar.catalogue/2",
         IN_CATALOGUE
         "1: 'schema' is 'debar.catalogue/2'; expected 'debar.catalogue/1'\n" IN_ORDER
         "11: unknown vendor 'acme'; expected the name of a catalogue\n" IN_ORDER
         "17: no product of the order's vendors has the id 'anvil'\n" IN_ORDER
         "18: no product of the order's vendors has the kind 'anti-virus'\n" IN_EXCEPTION
         "4: unknown vendor 'acme'; expected the name of a catalogue\n"},
        {"not YAML", EXCEPTION, "kind: finding", "kind: [finding",
         IN_EXCEPTION "4: this is not YAML: did not find expected ',' or ']' while parsing a flow "
                      "sequence\n"},
    };
    (void)state;

    run_cases(rows, ARRAY_LEN(rows));
}

static void wrong_evidence_is_refused_with_line_and_expectation(void **state)
{
    const struct case_row rows[] = {
        {"another kind", CATALOGUE, "kind: settings", "kind: setting",
         IN_CATALOGUE "50: 'kind' is 'setting'; did you mean 'settings'?\n"},
        {"another product", CATALOGUE, "products: [anvil]", "products: [anvill]",
         IN_CATALOGUE "49: unknown product 'anvill'; did you mean 'anvil'?\n"},
        {"not from the root", CATALOGUE, "[/etc/anvil/*.ini]", "[etc/anvil]",
         IN_CATALOGUE "52: path 'etc/anvil'; expected an absolute path parted by /, without a "
                      "drive\n"},
        {"all of the machine", CATALOGUE, "[/etc/anvil/*.ini]", "[/**]",
         IN_CATALOGUE "52: path '/**'; expected a path that begins with a name\n"},
        {"out of the root", CATALOGUE, "[/etc/anvil/*.ini]", "[/etc/../*]",
         IN_CATALOGUE "52: path '/etc/../*'; expected a path without empty names, . and ..\n"},
        {"** inside", CATALOGUE, "[/etc/anvil/*.ini]", "[/etc/**/a]",
         IN_CATALOGUE "52: path '/etc/**/a'; expected ** as the last name only\n"},
        {"no words", CATALOGUE, "        off: [\"No\"]\n", "",
         IN_CATALOGUE "54: a value that means 'sending' needs its words; expected one of: off, "
                      "queries, files, on\n"},
        {"words without a meaning", CATALOGUE, "means: sending", "means: server",
         IN_CATALOGUE "58: 'off' has a meaning for a value that means 'sending' only\n"},
        {"no key", CATALOGUE, "        key: Cloud\n", "",
         IN_CATALOGUE "54: form 'ini' needs the key 'key'\n"},
        {"key of text", CATALOGUE, "form: ini", "form: text",
         IN_CATALOGUE "57: form 'text' has no key\n"},
        {"no source", CATALOGUE, "    source: https://example.com/6\n", "",
         IN_CATALOGUE "48: evidence needs the key 'source'\n"},
    };
    (void)state;

    run_cases(rows, ARRAY_LEN(rows));
}

static void a_wrong_catalogue_is_refused_with_line_and_expectation(void **state)
{
    const struct case_row rows[] = {
        {"unknown key", CATALOGUE, "    op: exact\n    value: anvil",
         "    oop: exact\n    value: anvil",
         IN_CATALOGUE "27: unknown key 'oop' in an indicator; did you mean 'op'?\n" IN_CATALOGUE
                      "23: an indicator needs the key 'op'\n"},
        {"unknown key, near none", CATALOGUE, "title: Acme\n", "title: Acme\ncolour: red\n",
         IN_CATALOGUE "4: unknown key 'colour' in a catalogue; expected one of: schema, vendor, "
                      "title, entities, products, indicators, evidence, removal\n"},
        {"key left out", CATALOGUE, "    strength: conclusive\n", "",
         IN_CATALOGUE "23: an indicator needs the key 'strength'\n"},
        {"empty text", CATALOGUE, "title: Acme",
         "title:", IN_CATALOGUE "3: 'title' is empty; expected text\n"},
        {"list for text", CATALOGUE, "title: Acme", "title: [Acme]",
         IN_CATALOGUE "3: 'title' is a list; expected text\n"},
        {"text for list", CATALOGUE, "former: [Acme Rocket Company]", "former: Acme Rocket",
         IN_CATALOGUE "7: 'former' is text; expected a list\n"},
        {"text for map", CATALOGUE, "  - id: anvil\n", "  - hammer\n  - id: anvil\n",
         IN_CATALOGUE "17: a product is text; expected a map with the key 'id'\n"},
        {"map in a list of texts", CATALOGUE, "hit: [anvil]", "hit: [{a: b}]",
         IN_CATALOGUE "35: an item of 'hit' is a map; expected text\n"},
        {"control character", CATALOGUE, "title: Acme", "title: \"A\\e[2Jcme\"",
         IN_CATALOGUE "3: 'title' holds the control character 0x1b; expected one line of text\n"},
        {"file of another name", CATALOGUE, "vendor: acme", "vendor: acne",
         IN_CATALOGUE
         "2: 'vendor' is 'acne', but the file is called 'acme.yaml'\n" IN_CATALOGUE
         "48: id 'acme.evidence.settings'; expected 'acne.<group>.<name>'\n" IN_CATALOGUE
         "23: id 'acme.deb.anvil'; expected 'acne.<group>.<name>'\n" IN_CATALOGUE
         "37: id 'acme.bytes.magic'; expected 'acne.<group>.<name>'\n" IN_ORDER
         "11: unknown vendor 'acme'; did you mean 'acne'?\n" IN_ORDER
         "17: no product of the order's vendors has the id 'anvil'\n" IN_ORDER
         "18: no product of the order's vendors has the kind 'anti-virus'\n" IN_EXCEPTION
         "4: unknown vendor 'acme'; expected the name of a catalogue\n"},
        {"id with a capital", CATALOGUE, "id: acme.deb.anvil", "id: acme.deb.Anvil",
         IN_CATALOGUE "23: 'id' is 'acme.deb.Anvil'; expected only lower-case letters, digits and "
                      "'._-'\n"},
        {"id without a group", CATALOGUE, "id: acme.deb.anvil", "id: acme.anvil",
         IN_CATALOGUE "23: id 'acme.anvil'; expected 'acme.<group>.<name>'\n"},
        {"id twice", CATALOGUE, "id: acme.bytes.magic", "id: acme.deb.anvil",
         IN_CATALOGUE "37: indicator id 'acme.deb.anvil' is already used in "
                      "catalogue/acme.yaml:23\n"},
        {"product twice", CATALOGUE, "indicators:\n",
         "  - {id: anvil, name: B, kind: vpn, platforms: [any], source: x}\nindicators:\n",
         IN_CATALOGUE "22: product id 'anvil' is there twice\n"},
        {"entity twice", CATALOGUE, "Acme Holding GmbH", "Acme Holding AG",
         IN_CATALOGUE "12: entity 'Acme Holding AG' is there twice\n"},
        {"unknown product", CATALOGUE, "    product: anvil\n    field: package",
         "    product: anvli\n    field: package",
         IN_CATALOGUE "24: unknown product 'anvli'; did you mean 'anvil'?\n"},
        {"unknown field", CATALOGUE, "field: package", "field: pakage",
         IN_CATALOGUE "25: 'field' is 'pakage'; did you mean 'package'?\n"},
        {"field of one host only", CATALOGUE, "field: package", "field: pid",
         IN_CATALOGUE "25: 'field' is 'pid'; expected one of: name, version, package, purl, cpe, "
                      "supplier, publisher, author, maintainer, manufacturer, company, copyright, "
                      "product, description, licence, homepage, architecture, sha256, build-id, "
                      "signature, signer-cn, signer-o, signer-serial-number, signer-sha256, …\n"},
        {"unknown op", CATALOGUE, "op: exact\n    value: anvil", "op: eaxct\n    value: anvil",
         IN_CATALOGUE "27: 'op' is 'eaxct'; did you mean 'exact'?\n"},
        {"unknown strength", CATALOGUE, "strength: conclusive", "strength: certain",
         IN_CATALOGUE "31: 'strength' is 'certain'; expected one of: weak, strong, conclusive\n"},
        {"a publisher is never conclusive", CATALOGUE, "publisher: strong", "publisher: conclusive",
         IN_CATALOGUE "9: 'publisher' is 'conclusive'; expected one of: weak, strong\n"},
        {"unknown class", CATALOGUE, "scope: branded", "scope: brand",
         IN_CATALOGUE "32: 'scope' is 'brand'; did you mean 'branded'?\n"},
        {"unknown platform", CATALOGUE, "platform: linux", "platform: lunix",
         IN_CATALOGUE "33: 'platform' is 'lunix'; did you mean 'linux'?\n"},
        {"unknown package type", CATALOGUE, "type: [deb, rpm]", "type: [deb, rpn]",
         IN_CATALOGUE "26: an item of 'type' is 'rpn'; did you mean 'rpm'?\n"},
        {"relation of orders only", CATALOGUE, "relation: subsidiary", "relation: control",
         IN_CATALOGUE
         "13: 'relation' is 'control'; expected one of: named, predecessor, successor, "
         "parent, subsidiary, affiliate\n"},
        {"no value", CATALOGUE, "    value: anvil\n", "",
         IN_CATALOGUE "23: neither 'value' nor 'values' is given\n"},
        {"two values", CATALOGUE, "    value: anvil\n", "    value: anvil\n    values: [a]\n",
         IN_CATALOGUE "29: both 'value' and 'values' are given\n"},
        {"list as value", CATALOGUE, "    value: anvil\n", "    value: [anvil]\n",
         IN_CATALOGUE "28: 'value' is a list or map; expected text, or 'values'\n"},
        {"text as values", CATALOGUE, "    value: anvil\n", "    values: anvil\n",
         IN_CATALOGUE "28: 'values' is text; expected a list\n"},
        {"no values", CATALOGUE, "    value: anvil\n", "    values: []\n",
         IN_CATALOGUE "28: 'values' is an empty list; expected at least one item\n"},
        {"value twice", CATALOGUE, "    value: anvil\n", "    values: [anvil, anvil]\n",
         IN_CATALOGUE "28: an item of 'values' is there twice: 'anvil'\n"},
        {"regular expression", CATALOGUE, "(?i)acme", "(?i)acme(",
         IN_CATALOGUE "30: regular expression '(?i)acme(': missing )\n"},
        {"version range the wrong way", CATALOGUE, ">=1.0 <2.0", ">=2.0 <1.0",
         IN_CATALOGUE "29: version range ends before it starts\n"},
        {"no must-hit example", CATALOGUE, "    hit: [anvil]\n", "",
         IN_CATALOGUE "23: an indicator needs the key 'hit'\n"},
        {"empty must-hit example", CATALOGUE, "hit: [anvil]", "hit: []",
         IN_CATALOGUE "35: 'hit' is an empty list; expected at least one item\n"},
        {"no source", CATALOGUE, "    source: https://example.com/4\n", "",
         IN_CATALOGUE "23: an indicator needs the key 'source'\n"},
        {"condition without op", CATALOGUE, "{field: publisher, op: regex,", "{field: publisher,",
         IN_CATALOGUE "30: a condition of 'with' needs the key 'op'\n"},
        {"offset of a name", CATALOGUE, "    strength: conclusive\n",
         "    strength: conclusive\n    offset: 1\n",
         IN_CATALOGUE "32: 'offset' has a meaning for field 'magic' only\n"},
        {"offset that is no number", CATALOGUE, "offset: 2", "offset: two",
         IN_CATALOGUE "42: 'offset' is 'two'; expected a number from 0 to 4294967295\n"},
        {"odd hex digits", CATALOGUE, "[\"hex:00ff4d5a\", \"ANVL\"]", "[\"hex:00ff4d5\"]",
         IN_CATALOGUE "41: 'hex:00ff4d5' is no run of bytes; expected 'hex:' and pairs of "
                      "lower-case hex digits\n"},
        {"two bytes", CATALOGUE, "[\"hex:00ff4d5a\", \"ANVL\"]", "[\"hex:4d5a\"]",
         IN_CATALOGUE "37: a value of 2 bytes stands in too many files; expected 4 or more\n"},
        {"magic by regex", CATALOGUE, "op: exact\n    values", "op: regex\n    values",
         IN_CATALOGUE "37: field 'magic' with op 'regex'; expected 'exact'\n"},
        {"not_publisher alone", CATALOGUE, "    publisher: strong\n", "",
         IN_CATALOGUE "9: 'not_publisher' has no effect without 'publisher'\n"},
        {"neither true nor false", CATALOGUE, "    platforms: [linux]\n",
         "    platforms: [linux]\n    generic: yes\n",
         IN_CATALOGUE "21: 'generic' is 'yes'; expected true or false\n"},
        {"two generic products", CATALOGUE, "    platforms: [linux]\n",
         "    platforms: [linux]\n    generic: true\n    source: x\n"
         "  - id: other\n    name: Other\n    kind: vpn\n    platforms: [any]\n    generic: true\n",
         IN_CATALOGUE "23: a second product is 'generic'; expected one\n"},
        {"a name that is only signs", CATALOGUE, "Acme Holding GmbH", "\"«»\"",
         IN_CATALOGUE "12: entity name '«»' has nothing to compare in it\n"},
    };
    (void)state;

    run_cases(rows, ARRAY_LEN(rows));
}

static void a_value_that_its_field_never_has_is_refused(void **state)
{
    const struct {
        const char *field, *op, *value, *problem; /* NULL: fine */
    } cases[] = {
        {"pci-vendor", "exact", "\"19e5\"", NULL},
        {"pci-vendor", "exact", "\"19E5\"",
         "value '19E5' of field 'pci-vendor'; expected four lower-case hex digits"},
        {"oui", "exact", "\"00:11:22\"",
         "value '00:11:22' of field 'oui'; expected six lower-case hex digits"},
        {"signer-sha256", "exact", "abcd",
         "value 'abcd' of field 'signer-sha256'; expected 64 lower-case hex digits"},
        {"team-id", "exact", "2Y8XE5CQ9",
         "value '2Y8XE5CQ9' of field 'team-id'; expected ten capital letters or digits"},
        {"asn", "exact", "AS64496", NULL},
        {"asn", "exact", "\"64496\"",
         "value '64496' of field 'asn'; expected AS and a number, such as AS64496"},
        {"ip-prefix", "exact", "192.0.2.0/24", NULL},
        {"ip-prefix", "exact", "\"2001:db8::/32\"", NULL},
        {"ip-prefix", "exact", "192.0.2.0/33",
         "value '192.0.2.0/33' of field 'ip-prefix'; expected an address and a length, such as "
         "192.0.2.0/24"},
        {"service", "exact", "anvil.service",
         "value 'anvil.service' of field 'service'; expected the name without .service"},
        {"driver", "exact", "anvil.sys",
         "value 'anvil.sys' of field 'driver'; expected the name without .sys"},
        {"file-name", "exact", "a/b",
         "value 'a/b' of field 'file-name'; expected a name without /"},
        {"path", "prefix", "/opt/anvil/", NULL},
        {"path", "glob", "\"/opt/**/anvil\"", NULL},
        {"path", "exact", "opt/anvil",
         "value 'opt/anvil' of field 'path'; expected an absolute path"},
        {"path", "glob", "'C:\\Anvil\\*'",
         "value 'C:\\Anvil\\*' of field 'path'; expected a path parted by /, without a drive"},
        {"purl", "exact", "pkg:npm/%40acme/anvil", NULL},
        {"purl", "exact", "pkg:npm/anvil@1.0",
         "value 'pkg:npm/anvil@1.0' of field 'purl'; expected a purl without version and "
         "qualifiers; an @ in a name is written %40"},
        {"purl", "prefix", "npm/anvil",
         "value 'npm/anvil' of field 'purl'; expected a purl, which begins with 'pkg:'"},
        {"registry-key", "exact", "'SOFTWARE\\Acme'",
         "value 'SOFTWARE\\Acme' of field 'registry-key'; expected a key that begins with HKLM\\ "
         "or "
         "HKU\\"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char changed[256], problems[512] = "";
        struct case_row row = {cases[i].field, CATALOGUE,
                               "    field: package\n    type: [deb, rpm]\n    op: exact\n"
                               "    value: anvil\n",
                               changed, problems};

        (void)snprintf(changed, sizeof(changed), "    field: %s\n    op: %s\n    value: %s\n",
                       cases[i].field, cases[i].op, cases[i].value);
        if (cases[i].problem)
            (void)snprintf(problems, sizeof(problems), IN_CATALOGUE "27: %s\n", cases[i].problem);
        run_case(&row);
    }
}

static void a_wrong_order_is_refused_with_line_and_expectation(void **state)
{
    const struct case_row rows[] = {
        {"unknown key", ORDER, "issued:", "isued:",
         IN_ORDER "7: unknown key 'isued' in an order; did you mean 'issued'?\n" IN_ORDER
                  "1: an order needs the key 'issued'\n"},
        {"no such day", ORDER, "2017-09-13", "2017-09-31",
         IN_ORDER "7: 'issued' is '2017-09-31'; expected a date, YYYY-MM-DD\n"},
        {"a date in another order", ORDER, "2017-09-13", "13.09.2017",
         IN_ORDER "7: 'issued' is '13.09.2017'; expected a date, YYYY-MM-DD\n"},
        {"no URL", ORDER, "url: https://example.com/order", "url: example.com/order",
         IN_ORDER "6: 'url' is 'example.com/order'; expected a URL, https://…\n"},
        {"unknown vendor", ORDER, "vendors: [acme]", "vendors: [acem]",
         IN_ORDER "11: unknown vendor 'acem'; did you mean 'acme'?\n" IN_ORDER
                  "17: no product of the order's vendors has the id 'anvil'\n" IN_ORDER
                  "18: no product of the order's vendors has the kind 'anti-virus'\n"},
        {"unknown product id", ORDER, "ids: [anvil]", "ids: [anvill]",
         IN_ORDER "17: no product of the order's vendors has the id 'anvill'; did you mean "
                  "'anvil'?\n"},
        {"unknown product kind", ORDER, "kinds: [anti-virus]", "kinds: [antivirus]",
         IN_ORDER "18: no product of the order's vendors has the kind 'antivirus'; did you mean "
                  "'anti-virus'?\n"},
        {"ids with an open list", ORDER, "list: closed", "list: open",
         IN_ORDER "17: 'ids' with an open list; expected 'list: closed'\n"},
        {"a restriction without its clause", ORDER, "  clause: Only anvils are named.\n", "",
         IN_ORDER
         "15: 'products' needs the key 'clause': why the other products are not covered\n"},
        {"unknown class", ORDER, "class: branded", "class: brandet",
         IN_ORDER "23: 'class' is 'brandet'; did you mean 'branded'?\n"},
        {"class in and out", ORDER, "class: embedded", "class: branded",
         IN_ORDER "24: class 'branded' is there twice; it is already 'in'\n"},
        {"class without clause", ORDER, "{class: branded, clause: Section 1}", "{class: branded}",
         IN_ORDER "23: a scope class needs the key 'clause'\n"},
        {"nothing in scope", ORDER, "in: [{class: branded, clause: Section 1}]", "in: []",
         IN_ORDER "23: 'in' is an empty list; expected at least one item\n"},
        {"unknown relation", ORDER, "relations: [subsidiary,", "relations: [subsidary,",
         IN_ORDER "13: an item of 'relations' is 'subsidary'; did you mean 'subsidiary'?\n"},
        {"unknown kind of milestone", ORDER, "kind: identify", "kind: identity",
         IN_ORDER "27: 'kind' is 'identity'; did you mean 'identify'?\n"},
        {"milestone without a time", ORDER, "    days: 30\n", "",
         IN_ORDER "26: a milestone needs either 'date' or 'days', 'calendar' and 'from'\n"},
        {"milestone with two times", ORDER, "    days: 30\n",
         "    days: 30\n    date: 2018-01-01\n",
         IN_ORDER "26: a milestone needs either 'date' or 'days', not both\n" IN_ORDER
                  "30: 'calendar' has no effect with 'date'\n" IN_ORDER
                  "31: 'from' has no effect with 'date'\n"},
        {"days without a clock", ORDER, "    from: detection\n", "",
         IN_ORDER "26: a milestone with 'days' needs the key 'from'\n"},
        {"days below zero", ORDER, "days: 30", "days: -30",
         IN_ORDER "28: 'days' is '-30'; expected a number from 0 to 36525\n"},
        {"until without every", ORDER, "    every: 30\n", "",
         IN_ORDER "31: 'until' has no effect without 'every'\n"},
        {"element that nobody can answer", ORDER,
         "report_fields:", "plan_elements: [{id: a, title: A, text: x}]\nreport_fields:",
         IN_ORDER "35: neither 'key' nor 'facts' is given: nobody could answer it\n"},
        {"element twice", ORDER, "report_fields:",
         "plan_elements: [{id: a, title: A, text: x, key: k}, {id: a, title: B, text: x, key: "
         "k}]\nreport_fields:",
         IN_ORDER "35: element 'a' is there twice\n" IN_ORDER "35: key 'k' is asked for twice\n"},
        {"element with other facts", ORDER, "report_fields:",
         "plan_elements: [{id: a, title: A, text: x, facts: [product]}]\nreport_fields:",
         IN_ORDER "35: an item of 'facts' is 'product'; did you mean 'products'?\n"},
        {"parts of nothing", ORDER, "report_fields:",
         "plan_elements: [{id: a, title: A, text: x, facts: [steps], parts: [b]}]\nreport_fields:",
         IN_ORDER "35: 'parts' are those of 'key', which is not given\n"},
        {"milestone twice", ORDER, "report_fields:",
         "  - {id: identify, kind: plan, date: 2018-01-01, text: x}\nreport_fields:",
         IN_ORDER "35: milestone id 'identify' is there twice\n"},
        {"nil report as a word", ORDER, "nil_report: true", "nil_report: never",
         IN_ORDER "37: 'nil_report' is 'never'; expected true or false\n"},
        {"file of another name", ORDER, "id: no-acme", "id: no-acne",
         IN_ORDER "2: 'id' is 'no-acne', but the file is called 'no-acme.yaml'\n" IN_EXCEPTION
                  "5: unknown order 'no-acme'; did you mean 'no-acne'?\n"},
        {"no sources", ORDER, "[{fact: The text, url: \"https://example.com/text\"}]", "[]",
         IN_ORDER "42: 'sources' is an empty list; expected at least one item\n"},
    };
    (void)state;

    run_cases(rows, ARRAY_LEN(rows));
}

static void a_wrong_exception_is_refused_with_line_and_expectation(void **state)
{
    const struct case_row rows[] = {
        {"no end", EXCEPTION, "until: 2026-12-31\n", "",
         IN_EXCEPTION "1: an exception needs the key 'until'\n"},
        {"an end before the beginning", EXCEPTION, "until: 2026-12-31", "until: 2026-10-31",
         IN_EXCEPTION "9: 'until' is before 'from'\n"},
        {"longer than the order allows", EXCEPTION, "until: 2026-12-31", "until: 2027-01-31",
         IN_EXCEPTION "9: order 'no-acme' allows 90 days at most; expected 'until' 2027-01-30 or "
                      "earlier\n"},
        {"longer, counted from today", EXCEPTION, "from: 2026-11-01\nuntil: 2026-12-31",
         "until: 2027-03-02",
         IN_EXCEPTION "8: order 'no-acme' allows 90 days at most; expected 'until' 2027-03-01 or "
                      "earlier\n"},
        {"longer, by way of all orders", EXCEPTION,
         "orders: [no-acme]\nwho: Head of roads\nwhy: The laboratory needs it.\nfrom: "
         "2026-11-01\nuntil: 2026-12-31",
         "orders: all\nwho: x\nwhy: y\nfrom: 2026-11-01\nuntil: 2099-12-31",
         IN_EXCEPTION "9: order 'no-acme' allows 90 days at most; expected 'until' 2027-01-30 or "
                      "earlier\n"},
        {"blanket", EXCEPTION, "{vendor: acme, product: anvil, place: \"/opt/lab/**\"}",
         "{vendor: acme}",
         IN_EXCEPTION
         "4: order 'no-acme' allows no blanket exception; name a product or a place\n"},
        {"blanket by its place", EXCEPTION,
         "{vendor: acme, product: anvil, place: \"/opt/lab/**\"}",
         "{vendor: acme, place: \"/**/*\"}",
         IN_EXCEPTION
         "4: order 'no-acme' allows no blanket exception; name a product or a place\n"},
        {"nothing to match", EXCEPTION, "{vendor: acme, product: anvil, place: \"/opt/lab/**\"}",
         "{}", IN_EXCEPTION "4: 'match' is empty; expected 'vendor', 'product' or 'place'\n"},
        {"product without vendor", EXCEPTION, "vendor: acme, product: anvil", "product: anvil",
         IN_EXCEPTION "4: 'product' needs its 'vendor' beside it\n"},
        {"unknown product", EXCEPTION, "product: anvil", "product: hammer",
         IN_EXCEPTION "4: vendor 'acme' has no product 'hammer'\n"},
        {"a place that is none", EXCEPTION, "/opt/lab/**", "lab",
         IN_EXCEPTION "4: 'place' is 'lab'; expected an absolute path or a glob such as "
                      "/opt/lab/**\n"},
        {"a finding that is none", EXCEPTION,
         "match: {vendor: acme, product: anvil, place: \"/opt/lab/**\"}", "finding: lab-1",
         IN_EXCEPTION "4: 'finding' is 'lab-1'; expected a finding's id, a UUID\n"},
        {"two subjects", EXCEPTION, "orders: [no-acme]",
         "orders: [no-acme]\nfinding: 6ba7b810-9dad-51d1-80b4-00c04fd430c8",
         IN_EXCEPTION "1: an exception of kind 'finding' needs either 'finding' or 'match', not "
                      "both\n"},
        {"unknown order", EXCEPTION, "orders: [no-acme]", "orders: [no-acne]",
         IN_EXCEPTION "5: unknown order 'no-acne'; did you mean 'no-acme'?\n"},
        {"no orders", EXCEPTION, "orders: [no-acme]\n", "",
         IN_EXCEPTION "1: an exception of kind 'finding' needs the key 'orders'\n"},
        {"a gap without its key", EXCEPTION, "kind: finding", "kind: coverage",
         IN_EXCEPTION "1: an exception of kind 'coverage' needs the key 'coverage'\n" IN_EXCEPTION
                      "4: 'match' has no effect with kind 'coverage'\n" IN_EXCEPTION
                      "5: a gap in the coverage is one for every order; expected 'orders: all'\n"},
        {"a gap for a reason that there is not", EXCEPTION,
         "kind: finding\nmatch: {vendor: acme, product: anvil, place: \"/opt/lab/**\"}\norders: "
         "[no-acme]",
         "kind: coverage\ncoverage: {place: /srv/x.zip, reason: encripted}",
         IN_EXCEPTION "4: 'reason' is 'encripted'; did you mean 'encrypted'?\n"},
        {"a gap nowhere", EXCEPTION,
         "kind: finding\nmatch: {vendor: acme, product: anvil, place: \"/opt/lab/**\"}\norders: "
         "[no-acme]",
         "kind: coverage\ncoverage: {reason: encrypted}",
         IN_EXCEPTION "4: 'coverage' needs 'place' or 'sha256'\n"},
        {"a digest that is none", EXCEPTION,
         "kind: finding\nmatch: {vendor: acme, product: anvil, place: \"/opt/lab/**\"}\norders: "
         "[no-acme]",
         "kind: coverage\ncoverage: {sha256: ABC}",
         IN_EXCEPTION "4: 'sha256'; expected 64 lower-case hex digits\n"},
        {"nobody", EXCEPTION, "who: Head of roads", "who: \"\"",
         IN_EXCEPTION "6: 'who' is empty; expected text\n"},
    };
    (void)state;

    run_cases(rows, ARRAY_LEN(rows));
}

static void an_exception_past_its_date_is_still_read(void **state)
{
    const struct case_row row = {"expired", EXCEPTION, "from: 2026-11-01\nuntil: 2026-12-31",
                                 "until: 2020-12-31", ""};
    (void)state;

    run_case(&row);
}

static void what_was_read_is_what_the_files_say(void **state)
{
    struct fixture f;
    uint8_t digest[DIGEST_SHA256_SIZE];
    const struct catalogue *c;
    const struct order *o;
    const struct indicator *i;
    (void)state;
    begin(&f);
    made_file(&f.folder, "catalogue/acme.yaml", catalogue_text);
    made_file(&f.folder, "orders/no-acme.yaml", order_text);

    load(&f, (struct rules_options){0}, NULL);

    assert_int_equal(f.result, 0);
    c = rules_catalogue(f.rules, SV("acme"));
    digest_sha256((struct span){(const uint8_t *)catalogue_text, strlen(catalogue_text)}, digest);
    assert_memory_equal(c->digest, digest, sizeof(digest));
    i = catalogue_indicator(c, SV("acme.deb.anvil"));
    assert_ptr_equal(i->product, catalogue_product(c, SV("anvil")));
    assert_ptr_equal(i->catalogue, c);
    assert_int_equal(i->test.field, FIELD_PACKAGE);
    assert_int_equal(i->test.op, OP_EXACT);
    assert_int_equal(i->type_count, 2);
    assert_true(sv_eq(i->version.low, SV("1.0")));
    assert_true(i->version.high_open);
    assert_true(i->with[0].publisher_family);
    assert_int_equal(i->strength, STRENGTH_CONCLUSIVE);
    assert_int_equal(i->platforms, SET_OF(PLATFORM_LINUX));
    assert_int_equal(i->line, 23);
    i = catalogue_indicator(c, SV("acme.bytes.magic"));
    assert_true(sv_eq(i->test.values[0], (struct sv){"\x00\xff\x4d\x5a", 4}));
    assert_true(sv_eq(i->hits[0], (struct sv){"\x00\xff\x4d\x5a", 4}));
    assert_int_equal(i->offset, 2);
    o = rules_order(f.rules, SV("no-acme"));
    assert_true(o->products.closed);
    assert_int_equal(o->relations, SET_OF(RELATION_SUBSIDIARY) | SET_OF(RELATION_CONTROL));
    assert_int_equal(o->scope[SCOPE_BRANDED].rule, ORDER_IN);
    assert_int_equal(o->scope[SCOPE_EMBEDDED].rule, ORDER_OUT);
    assert_int_equal(o->scope[SCOPE_TRAINING].rule, ORDER_SILENT);
    assert_int_equal(o->exceptions.max_days, 90);
    assert_false(o->exceptions.blanket);
    assert_true(o->milestones[0].business);
    end(&f);
}

static void the_names_of_entities_become_indicators(void **state)
{
    struct fixture f;
    const struct catalogue *c;
    const struct indicator *i;
    (void)state;
    begin(&f);
    made_file(&f.folder, "catalogue/acme.yaml", catalogue_text);
    made_file(&f.folder, "orders/no-acme.yaml", order_text);

    load(&f, (struct rules_options){0}, NULL);

    assert_int_equal(f.result, 0);
    c = rules_catalogue(f.rules, SV("acme"));
    i = catalogue_indicator(c, SV("acme.publisher.acme-holding-ag"));
    assert_true(i->synthetic && i->test.publisher_family && i->test.normalised);
    assert_int_equal(i->strength, STRENGTH_STRONG);
    // Not the former name, which `not_publisher` takes out.
    assert_int_equal(i->test.value_count, 2);
    assert_true(sv_eq(i->test.values[0], SV("acme holding")));
    assert_true(sv_eq(i->test.values[1], SV("акме")));
    assert_true(sv_eq(i->hits[1], SV("АО «Акме»")));
    // The GmbH is the same name and weaker: it has none of its own.
    assert_int_equal(c->indicator_count, 3);
    // There is no generic product in the file.
    assert_true(i->product->generic);
    assert_true(sv_eq(i->product->id, SV("acme")));
    assert_true(sv_eq(i->product->name, SV("Acme")));
    end(&f);
}

static void a_generic_product_of_the_file_takes_the_names(void **state)
{
    struct fixture f;
    auto_buf text = BUF_INIT(0);
    const struct catalogue *c;
    (void)state;
    begin(&f);
    change(&text, catalogue_text, "    platforms: [linux]\n",
           "    platforms: [linux]\n    generic: true\n");
    made_file(&f.folder, "catalogue/acme.yaml", text.p);
    made_file(&f.folder, "orders/no-acme.yaml", order_text);

    load(&f, (struct rules_options){0}, NULL);

    assert_int_equal(f.result, 0);
    c = rules_catalogue(f.rules, SV("acme"));
    assert_int_equal(c->product_count, 1);
    assert_ptr_equal(catalogue_indicator(c, SV("acme.publisher.acme-holding-ag"))->product,
                     &c->products[0]);
    end(&f);
}

static void an_id_in_two_files_is_refused(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    made_file(&f.folder, "catalogue/acme.yaml", catalogue_text);
    made_file(&f.folder, "orders/no-acme.yaml", order_text);
    made_file(&f.folder, "orders/old/no-acme.yaml", order_text);
    made_file(&f.folder, "x/acme.yaml", catalogue_text);
    char a[512], b[512], c[512], d[512];
    (void)snprintf(a, sizeof(a), "%s/catalogue", f.folder.path);
    (void)snprintf(b, sizeof(b), "%s/x/acme.yaml", f.folder.path);
    (void)snprintf(c, sizeof(c), "%s/orders", f.folder.path);
    (void)snprintf(d, sizeof(d), "%s/orders/old", f.folder.path);
    const char *catalogues[] = {a, b}, *orders[] = {c, d};

    load(&f,
         (struct rules_options){.catalogue_files = catalogues,
                                .catalogue_file_count = 2,
                                .order_files = orders,
                                .order_file_count = 2},
         NULL);

    assert_int_equal(f.result, -ERR_FORMAT);
    assert_string_equal(
        f.problems.p,
        "x/acme.yaml:1: vendor 'acme' already has the file catalogue/acme.yaml\n"
        "x/acme.yaml:37: indicator id 'acme.bytes.magic' is already used in "
        "catalogue/acme.yaml:37\n"
        "x/acme.yaml:23: indicator id 'acme.deb.anvil' is already used in "
        "catalogue/acme.yaml:23\n"
        "x/acme.yaml:5: indicator id 'acme.publisher.acme-holding-ag' is already used in "
        "catalogue/acme.yaml:5\n"
        "orders/old/no-acme.yaml:1: order 'no-acme' is already in orders/no-acme.yaml\n");
    end(&f);
}

static void a_folder_or_file_that_is_not_there_is_said(void **state)
{
    struct rules *rules = NULL;
    struct err err;
    const char *const files[] = {"/nonexistent/x.yaml"};
    (void)state;

    assert_true(rules_load(&(struct rules_options){.data = "/nonexistent"}, &rules, &err) < 0);
    assert_non_null(strstr(err.text, "'/nonexistent/catalogue'"));
    assert_true(rules_load(&(struct rules_options){.data = "/nonexistent",
                                                   .catalogue_files = files,
                                                   .catalogue_file_count = 1,
                                                   .order_files = files,
                                                   .order_file_count = 0},
                           &rules, &err) < 0);
    assert_string_equal(err.text,
                        "/nonexistent/x.yaml:1: cannot open '/nonexistent/x.yaml': No such "
                        "file or directory");
}

/* Any bytes in, no crash and no hang: every prefix and every flipped byte of each file. */
static void read_bytes(struct sv text, void (*read)(struct reading *r, const struct yaml *root))
{
    struct rules rules = {0};
    struct rules_options options = {0};
    struct yaml *root = NULL;
    struct err err;
    unsigned line;
    struct reading r = {.rules = &rules, .options = &options};
    char *copy = malloc(text.n ? text.n : 1);

    bug_if(!copy);
    if (text.n)
        memcpy(copy, text.p, text.n);
    arena_init(&rules.arena, 4 << 20);
    r.check = (struct check){.arena = &rules.arena, .file = SV("x.yaml"), .err = &err};
    if (yaml_parse((struct sv){copy, text.n}, &rules.arena, &root, &line, &err) == 0)
        read(&r, root);
    arena_clear(&rules.arena);
    free(copy);
}

static void as_catalogue(struct reading *r, const struct yaml *root)
{
    struct catalogue c = {0};

    catalogue_read(r, root, &c);
}

static void as_order(struct reading *r, const struct yaml *root)
{
    struct order o = {0};

    order_read(r, root, &o);
}

static void as_exception(struct reading *r, const struct yaml *root)
{
    struct exception e = {0};

    exception_read(r, root, &e);
}

static void damaged_files_do_no_harm(void **state)
{
    const struct {
        const char *text;
        void (*read)(struct reading *r, const struct yaml *root);
    } files[] = {
        {catalogue_text, as_catalogue},
        {order_text, as_order},
        {exception_text, as_exception},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        auto_buf text = BUF_INIT(0);

        buf_str(&text, files[i].text);
        for (size_t at = 0; at < text.n; at++) {
            read_bytes((struct sv){text.p, at}, files[i].read);
            text.p[at] = (char)(text.p[at] ^ 0x20);
            read_bytes(buf_view(&text), files[i].read);
            text.p[at] = (char)(text.p[at] ^ 0x20);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_files_have_no_problem),
        cmocka_unit_test(every_file_has_to_say_what_it_is),
        cmocka_unit_test(a_wrong_catalogue_is_refused_with_line_and_expectation),
        cmocka_unit_test(wrong_evidence_is_refused_with_line_and_expectation),
        cmocka_unit_test(a_value_that_its_field_never_has_is_refused),
        cmocka_unit_test(a_wrong_order_is_refused_with_line_and_expectation),
        cmocka_unit_test(a_wrong_exception_is_refused_with_line_and_expectation),
        cmocka_unit_test(an_exception_past_its_date_is_still_read),
        cmocka_unit_test(what_was_read_is_what_the_files_say),
        cmocka_unit_test(the_names_of_entities_become_indicators),
        cmocka_unit_test(a_generic_product_of_the_file_takes_the_names),
        cmocka_unit_test(an_id_in_two_files_is_refused),
        cmocka_unit_test(a_folder_or_file_that_is_not_there_is_said),
        cmocka_unit_test(damaged_files_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
