// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scan/classify.h"

/* "recogniser state; …" for each gate that a file goes through. */
static void describe(const struct classifier *c, const char *path, struct span head, char *to,
                     size_t n)
{
    struct chosen chosen[CHOSEN_MAX];
    size_t count = classify(c, sv_str(path), head, chosen), at = 0;

    to[0] = '\0';
    for (size_t i = 0; i < count; i++)
        at +=
            (size_t)snprintf(to + at, n - at, "%s%s %s", i ? "; " : "", chosen[i].recogniser->name,
                             component_state_text(chosen[i].gate->state));
}

static void the_first_gate_of_a_table_that_fits_is_taken(void **state)
{
    const struct {
        const char *why, *path;
        struct span head;
        const char *chosen;
    } cases[] = {
        {"a folder that says more than the suffix", "/etc/ssl/certs/acme.pem", BYTES("#"),
         "certificate installed"},
        {"only the suffix", "/home/u/acme.pem", BYTES("#"), "certificate present"},
        {"only the first bytes", "/home/u/acme", BYTES("-----BEGIN CERTIFICATE-----"),
         "certificate present"},
        {"a name in a folder", "/p/Default/Extensions/a/1_0/manifest.json", BYTES("{"),
         "web_extension installed"},
        {"the name alone", "/src/manifest.json", BYTES("{"), "web_extension present"},
        {"nothing fits", "/home/u/letter.txt", BYTES("Dear"), ""},
    };
    struct classifier *c;
    struct err err;
    (void)state;

    assert_int_equal(classifier_new(&c, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char got[256];

        describe(c, cases[i].path, cases[i].head, got, sizeof(got));
        if (strcmp(got, cases[i].chosen) != 0)
            fail_msg("%s: got '%s'", cases[i].why, got);
    }
    classifier_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_gate_of_a_table_that_fits_is_taken),
    };
    return cmocka_run_group_tests_name("classify", tests, NULL, NULL);
}
