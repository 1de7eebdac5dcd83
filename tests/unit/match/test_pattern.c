// SPDX-License-Identifier: Apache-2.0
#include "match/pattern.h"

#include "support/spy.h"

static void each_operation_means_what_the_catalogue_says(void **state)
{
    const struct {
        const char *why;
        enum field_key field;
        enum indicator_op op;
        bool nocase;
        const char *pattern, *subject;
        bool matches;
    } cases[] = {
        {"all of it", FIELD_PACKAGE, OP_EXACT, false, "kesl", "kesl", true},
        {"not a part", FIELD_PACKAGE, OP_EXACT, false, "kesl", "keslert", false},
        {"case counts", FIELD_TEAM_ID, OP_EXACT, false, "2Y8X", "2y8x", false},
        {"or not", FIELD_COMPANY, OP_EXACT, true, "Acme", "ACME", true},
        {"beginning", FIELD_PURL, OP_PREFIX, false, "pkg:npm/%40acme/", "pkg:npm/%40acme/x", true},
        {"only there", FIELD_PURL, OP_PREFIX, false, "acme", "pkg:npm/acme", false},
        {"longer than it", FIELD_PURL, OP_PREFIX, false, "acme", "acm", false},
        {"end", FIELD_FILE_NAME, OP_SUFFIX, true, ".PPL", "x.ppl", true},
        {"end, longer than it", FIELD_FILE_NAME, OP_SUFFIX, false, "x.ppl", ".ppl", false},
        {"a package itself", FIELD_JAVA_PACKAGE, OP_PREFIX, false, "com.acme", "com.acme", true},
        {"and below", FIELD_JAVA_PACKAGE, OP_PREFIX, false, "com.acme", "com.acme.a", true},
        {"not a longer name", FIELD_JAVA_PACKAGE, OP_PREFIX, false, "com.acme", "com.acmefan",
         false},
        {"with its own dot", FIELD_JAVA_PACKAGE, OP_PREFIX, false, "com.acme.", "com.acme.a", true},
        {"a host below", FIELD_HOST, OP_SUFFIX, true, "acme.com", "dl.ACME.com", true},
        {"the host itself", FIELD_HOST, OP_SUFFIX, true, "acme.com", "acme.com", true},
        {"not a longer host", FIELD_HOST, OP_SUFFIX, true, "acme.com", "notacme.com", false},
        {"glob stays in a folder", FIELD_PATH, OP_GLOB, false, "/opt/*/x", "/opt/a/b/x", false},
        {"or crosses them", FIELD_PATH, OP_GLOB, false, "/opt/**", "/opt/a/b/x", true},
        {"glob without case", FIELD_PATH, OP_GLOB, true, "/ProgramData/Acme/**",
         "/programdata/ACME/a/b", true},
        {"in the registry", FIELD_REGISTRY_KEY, OP_GLOB, true, "HKLM\\SOFTWARE\\*\\Acme",
         "HKLM\\Software\\WOW6432Node\\Acme", true},
        {"within one key", FIELD_REGISTRY_KEY, OP_GLOB, true, "HKLM\\*\\Acme",
         "HKLM\\SOFTWARE\\WOW6432Node\\Acme", false},
        {"GUID without braces", FIELD_CLSID, OP_EXACT, true, "{DD23-08}", "dd23-08", true},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct pattern p = {cases[i].field, cases[i].op, cases[i].nocase,
                                  sv_str(cases[i].pattern)};

        if (pattern_matches(&p, sv_str(cases[i].subject)) != cases[i].matches)
            fail_msg("%s: '%s' and '%s'", cases[i].why, cases[i].pattern, cases[i].subject);
    }
}

static void only_what_names_the_thing_is_compared(void **state)
{
    const struct {
        enum field_key field;
        const char *value, *subject;
    } cases[] = {
        {FIELD_PURL, "pkg:npm/%40acme/x@1.2?arch=any#a/b", "pkg:npm/%40acme/x"},
        {FIELD_PURL, "pkg:npm/@acme/x", "pkg:npm/@acme/x"},
        {FIELD_PURL, "pkg:golang/example.com/x@v1", "pkg:golang/example.com/x"},
        {FIELD_PURL, "nonsense", "nonsense"},
        {FIELD_UPGRADE_CODE, "{2753-88}", "2753-88"},
        {FIELD_UPGRADE_CODE, "{", "{"},
        {FIELD_NAME, "x@1", "x@1"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sv subject = pattern_subject(cases[i].field, sv_str(cases[i].value));

        if (!sv_eq(subject, sv_str(cases[i].subject)))
            fail_msg("'%s' gives '%.*s'", cases[i].value, (int)subject.n, subject.p);
    }
}

static void a_name_stands_before_its_address(void **state)
{
    const struct {
        const char *value, *name;
    } cases[] = {
        {"Acme AG <info@acme.example>", "Acme AG"},
        {"Acme AG (https://acme.example)", "Acme AG"},
        {"Acme (China) Co., Ltd.", "Acme (China) Co., Ltd."},
        {"<info@acme.example>", "<info@acme.example>"},
        {"", ""},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_true(sv_eq(pattern_name(sv_str(cases[i].value)), sv_str(cases[i].name)));
}

static void a_network_holds_its_addresses(void **state)
{
    const struct {
        const char *why, *prefix, *address;
        bool holds;
    } cases[] = {
        {"inside", "77.74.178.0/23", "77.74.179.9", true},
        {"outside", "77.74.178.0/23", "77.74.180.1", false},
        {"with a port", "77.74.178.0/23", "77.74.179.9:443", true},
        {"a part of it", "77.74.178.0/23", "77.74.179.0/24", true},
        {"more than it", "77.74.178.0/23", "77.74.0.0/16", false},
        {"version 6", "2a03:2480:68::/48", "2a03:2480:68:1::5", true},
        {"version 6 with a port", "2a03:2480:68::/48", "[2a03:2480:68:1::5]:443", true},
        {"version 6 outside", "2a03:2480:68::/48", "2a03:2480:69::1", false},
        {"not across versions", "0.0.0.0/0", "::1", false},
        {"a single one", "10.0.0.1", "10.0.0.1", true},
        {"no address", "77.74.178.0/23", "77.74.178.example.org", false},
        {"nothing", "77.74.178.0/23", "", false},
        {"too many bits", "77.74.178.0/33", "77.74.178.1", false},
        {"too long", "77.74.178.0/23",
         "1111111111111111111111111111111111111111111111111111111111111111", false},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (pattern_network_holds(sv_str(cases[i].prefix), sv_str(cases[i].address)) !=
            cases[i].holds)
            fail_msg("%s: %s in %s", cases[i].why, cases[i].address, cases[i].prefix);
}

static void what_is_searched_for_stands_in_whatever_matches(void **state)
{
    const struct {
        enum indicator_op op;
        const char *pattern, *regex;
    } cases[] = {
        {OP_PREFIX, "a.b", "a\\x2eb"},
        {OP_GLOB, "/**/libHC*.so", "\\x2flibHC"},
        {OP_GLOB, "*?", "."},
        {OP_REGEX, "^a.b$", "^a.b$"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct pattern p = {FIELD_PATH, cases[i].op, false, sv_str(cases[i].pattern)};
        auto_buf regex = {0};

        pattern_to_regex(&p, &regex);
        assert_string_equal(regex.p, cases[i].regex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_means_what_the_catalogue_says),
        cmocka_unit_test(only_what_names_the_thing_is_compared),
        cmocka_unit_test(a_name_stands_before_its_address),
        cmocka_unit_test(a_network_holds_its_addresses),
        cmocka_unit_test(what_is_searched_for_stands_in_whatever_matches),
    };
    return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
