// SPDX-License-Identifier: Apache-2.0
#include "match/matcher.h"

#include <stdlib.h>

#include "support/matching.h"

#define ACME \
    "entities:\n" \
    "  - name: Acme Holding AG\n" \
    "    relation: named\n" \
    "    native: [\"АО «Акме»\"]\n" \
    "    publisher: strong\n" \
    "    not_publisher: [Acme Rocket]\n" \
    "    source: here\n" \
    "products:\n" \
    "  - {id: anvil, name: Acme Anvil, kind: anti-virus, platforms: [any], source: here}\n" \
    "indicators:\n"
#define INDICATOR(id, more, hit) \
    "  - {id: acme.t." id ", product: anvil, " more \
    ", strength: strong, scope: branded, source: here, hit: [" hit "]}\n"

static const char catalogue[] = ACME INDICATOR(
    "deb", "field: package, type: [deb, rpm], op: exact, value: anvil",
    "anvil") INDICATOR("old", "field: package, op: exact, value: hammer, version: \">=1.0 <2.0\"",
                       "hammer") INDICATOR("npm",
                                           "field: purl, op: exact, value: \"pkg:npm/%40acme/x\"",
                                           "\"pkg:npm/%40acme/x\"")
    INDICATOR("scope", "field: purl, op: prefix, value: \"pkg:npm/%40acme/\"",
              "\"pkg:npm/%40acme/y\"")
        INDICATOR(
            "brand", "field: publisher, op: regex, value: \"(?i)acme rockets\"",
            "Acme Rockets") INDICATOR("person",
                                      "field: maintainer, op: suffix, value: \"@acme.example>\"",
                                      "\"A <a@acme.example>\"")
            INDICATOR(
                "net", "field: ip-prefix, op: exact, value: 77.74.178.0/23",
                "77.74.178.0/23") INDICATOR("word",
                                            "field: description, op: regex, value: \"^Акм[её]$\"",
                                            "Акме")
                INDICATOR("driver",
                          "field: driver, op: prefix, value: av, "
                          "with: [{field: publisher, op: exact, value: Acme Holding AG}, "
                          "{field: path, op: glob, value: \"/opt/acme/**\"}]",
                          "avx")
                    INDICATOR(
                        "ca",
                        "field: certificate-cn, op: exact, value: Acme CA, "
                        "with: [{field: certificate-issuer-cn, op: regex, value: \"^Acme CA$\"}]",
                        "Acme CA")
                        INDICATOR("named",
                                  "field: symbol, op: glob, value: \"acme_*\", "
                                  "with: [{field: file-name, op: regex, value: \"\\\\.so$\"}]",
                                  "acme_x");

static void a_component_hits_what_all_conditions_hold_for(void **state)
{
    const struct {
        const char *why, *component, *hits;
    } cases[] = {
        {"the name of a package", "application installed\n  package-type=deb\n  package=anvil\n",
         "acme.t.deb"},
        {"of another type", "application installed\n  package-type=npm\n  package=anvil\n", ""},
        {"of a type that the purl says",
         "library present\n  package=anvil\n  purl=pkg:rpm/f/anvil\n", "acme.t.deb"},
        {"of the type that it says itself",
         "library present\n  package-type=npm\n  package=anvil\n  purl=pkg:rpm/f/anvil\n", ""},
        {"of no type", "library present\n  package=anvil\n", ""},
        {"a version inside", "library present\n  package=hammer\n  version=1.5\n", "acme.t.old"},
        {"a version outside", "library present\n  package=hammer\n  version=2.0\n", ""},
        {"no version", "library present\n  package=hammer\n", ""},
        {"a purl with its version", "library present\n  purl=pkg:npm/%40acme/x@1.0?a=b\n",
         "acme.t.npm acme.t.scope"},
        {"a purl of the scope", "library present\n  purl=pkg:npm/%40acme/z@1\n", "acme.t.scope"},
        {"a purl like it", "library present\n  purl=pkg:npm/%40acmefan/x@1\n", ""},
        {"the legal name", "file present\n  company=ACME Holding\n",
         "acme.publisher.acme-holding-ag"},
        {"in its own script", "file present\n  company=ао \"акме\"\n",
         "acme.publisher.acme-holding-ag"},
        {"with quotation marks inside", "file present\n  company=\"Acme\" Hol'ding' AG\n",
         "acme.publisher.acme-holding-ag"},
        {"before an address", "file present\n  maintainer=Acme Holding AG <x@example.org>\n",
         "acme.publisher.acme-holding-ag"},
        {"as a certificate's organisation",
         "cryptographic-asset present\n  certificate-o=Acme Holding\n",
         "acme.publisher.acme-holding-ag"},
        {"as a part of another name", "file present\n  company=Acme Holding Fans\n", ""},
        {"a name that does not count", "file present\n  supplier=Acme Rocket\n", ""},
        {"a name in a field that names nobody", "file present\n  name=Acme Holding AG\n", ""},
        {"a pattern over every publisher", "file present\n  author=the Acme Rockets team\n",
         "acme.t.brand"},
        {"the address of a maintainer", "file present\n  maintainer=B <b@acme.example>\n",
         "acme.t.person"},
        {"an address in a network", "service running\n  host=77.74.179.1:443\n", "acme.t.net"},
        {"an address outside", "service running\n  host=77.74.180.1\n", ""},
        {"characters, not bytes", "file present\n  description=Акмё\n", "acme.t.word"},
        {"all further conditions",
         "device-driver present\n  @place=/mnt/opt/acme/avx.sys\n  driver=avx\n"
         "  supplier=Acme Holding AG <x@y>\n",
         "acme.t.driver acme.publisher.acme-holding-ag"},
        {"one of them missing", "device-driver present\n  @place=/opt/acme/avx.sys\n  driver=avx\n",
         ""},
        {"the other missing",
         "device-driver present\n  @place=/opt/other/avx.sys\n  driver=avx\n  company=Other\n", ""},
        {"one certificate",
         "cryptographic-asset present\n  [1] certificate-cn=Acme CA\n"
         "  [1] certificate-issuer-cn=Acme CA\n",
         "acme.t.ca"},
        {"two certificates do not add up",
         "cryptographic-asset present\n  [1] certificate-cn=Acme CA\n"
         "  [2] certificate-issuer-cn=Acme CA\n",
         ""},
        {"the name of the file inside an archive",
         "file contained\n  @place=/a.zip!/lib/x.so\n  symbol=acme_init\n", "acme.t.named"},
        {"another name", "file contained\n  @place=/a.so!/lib/x.a\n  symbol=acme_init\n", ""},
        {"nothing of it", "file present\n  symbol=zlib\n", ""},
        {"no fields", "file present\n", ""},
    };
    struct matching w;
    (void)state;
    matching_init(&w, catalogue, NULL, NULL);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (strcmp(matching_hits(&w, cases[i].component), cases[i].hits) != 0)
            fail_msg("%s: hits '%s'", cases[i].why, w.text.p);

    matching_clear(&w);
}

static void text_that_is_not_utf8_is_looked_at_and_harmless(void **state)
{
    struct matching w;
    (void)state;
    matching_init(&w, catalogue, NULL, NULL);

    const char *hits = matching_hits(&w, "file present\n"
                                         "  description=\xff\xfe\n"
                                         "  company=\xc3\x28 Acme Holding AG\n"
                                         "  author=\xff Acme Rockets\n");

    assert_string_equal(hits, "acme.t.brand");
    matching_clear(&w);
}

static void hostile_numbers_of_hits_end_soon(void **state)
{
    enum { SYMBOLS = 100000 };
    struct field *fields = calloc(SYMBOLS + 1, sizeof(*fields));
    struct component c = {.fields = fields, .field_count = SYMBOLS};
    auto_matcher_scratch *scratch = NULL;
    const struct matcher_hit *hits;
    struct matching w;
    size_t count;
    (void)state;
    assert_non_null(fields);
    matching_init(&w, catalogue, NULL, NULL);
    assert_int_equal(matcher_scratch_new(w.matcher, &scratch, &w.err), 0);
    for (size_t i = 0; i < SYMBOLS; i++)
        fields[i] = (struct field){.key = FIELD_SYMBOL, .value = SV("acme_init")};

    // Each of them is tested for the name of the file, of which there is one.
    assert_int_equal(matcher_find(w.matcher, scratch, &c, SV("/a.so"), &hits, &count, &w.err), 0);

    assert_int_equal(count, 256);
    matching_clear(&w);
    free(fields);
}

static void a_bad_pattern_is_named_with_its_line(void **state)
{
    struct rules *rules;
    struct matching w;
    struct err err;
    (void)state;
    matching_init(&w, catalogue, NULL, NULL);
    rules = w.rules;

    for (size_t i = 0; i < rules->catalogues[0].indicator_count; i++) {
        struct indicator *in = &rules->catalogues[0].indicators[i];

        if (sv_eq(in->id, SV("acme.t.brand")))
            in->test.values[0] = SV("(?=lookahead)acme");
    }
    matcher_free(w.matcher);
    w.matcher = NULL;

    assert_int_equal(matcher_new(rules, NULL, &w.matcher, &err), -ERR_FORMAT);
    assert_non_null(strstr(err.text, "acme.yaml:18: indicator 'acme.t.brand'"));
    assert_non_null(strstr(err.text, "(?=lookahead)acme"));
    matching_clear(&w);
}

static void says_whether_a_regular_expression_can_be_used(void **state)
{
    struct err err;
    (void)state;

    assert_int_equal(matcher_check_regex(SV("^a(b|c)+$"), true, &err), 0);
    assert_int_equal(matcher_check_regex(SV("Акм[её]"), false, &err), 0);
    assert_int_equal(matcher_check_regex(SV("a(b"), false, &err), -ERR_FORMAT);
    assert_int_equal(matcher_check_regex(SV("(a)\\1"), false, &err), -ERR_FORMAT);
    assert_int_equal(matcher_check_regex(SV("x*"), false, &err), -ERR_FORMAT);
    assert_int_equal(matcher_check_regex((struct sv){"a\0b", 3}, false, &err), -ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_component_hits_what_all_conditions_hold_for),
        cmocka_unit_test(text_that_is_not_utf8_is_looked_at_and_harmless),
        cmocka_unit_test(hostile_numbers_of_hits_end_soon),
        cmocka_unit_test(a_bad_pattern_is_named_with_its_line),
        cmocka_unit_test(says_whether_a_regular_expression_can_be_used),
    };
    return cmocka_run_group_tests_name("matcher", tests, NULL, NULL);
}
