// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "scan/classify.h"

/* The state of the gate by which a recogniser gets the file; "none" when it does not. */
static const char *chosen_state(const struct classifier *c, struct folder_rows *folder,
                                const char *path, struct span head, const char *recogniser)
{
    struct chosen chosen[CHOSEN_MAX];
    size_t count = classify(c, folder, sv_str(path), head, chosen);

    for (size_t i = 0; i < count; i++)
        if (strcmp(chosen[i].recogniser->name, recogniser) == 0)
            return component_state_text(chosen[i].gate->state);
    return "none";
}

static void the_first_gate_of_a_table_that_fits_is_taken(void **state)
{
    const struct {
        const char *why, *path;
        struct span head;
        const char *recogniser, *state;
    } cases[] = {
        {"a folder that says more than the suffix", "/etc/ssl/certs/acme.pem", BYTES("#"),
         "certificate", "installed"},
        {"only the suffix", "/home/u/acme.pem", BYTES("#"), "certificate", "present"},
        {"only the first bytes", "/home/u/acme", BYTES("-----BEGIN CERTIFICATE-----"),
         "certificate", "present"},
        {"a name in a folder", "/p/Default/Extensions/a/1_0/manifest.json", BYTES("{"),
         "web_extension", "installed"},
        {"the name alone", "/src/manifest.json", BYTES("{"), "web_extension", "present"},
        {"what a command printed, under any name", "/home/u/notes", BYTES("a\n+++-====\n"),
         "listing", "referenced"},
        {"a name that a suffix of source code ends", "/src/Dockerfile.go", BYTES("FROM scratch\n"),
         "dockerfile", "referenced"},
        {"the same, deleted in a layer", "/src/.wh.main.go", BYTES(""), "whiteout", "contained"},
        {"no list, but source code", "/src/notes.js", BYTES("a\n+++-====\n"), "listing", "none"},
        {"nothing fits", "/home/u/letter.txt", BYTES("Dear"), "certificate", "none"},
    };
    struct folder_rows folder = {0};
    struct classifier *c;
    struct err err;
    (void)state;

    assert_int_equal(classifier_new(&c, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got =
            chosen_state(c, &folder, cases[i].path, cases[i].head, cases[i].recogniser);

        if (strcmp(got, cases[i].state) != 0)
            fail_msg("%s: got %s", cases[i].why, got);
    }
    classifier_free(c);
}

/* What is known of a folder is of that one alone, and of all its files. */
static void folders_are_told_apart(void **state)
{
    const struct {
        const char *path, *recogniser, *state;
    } cases[] = {
        {"/etc/cron.d/job", "cron", "installed"},
        {"/etc/cron.d/other", "cron", "installed"},
        {"/etc/cron.daily/job", "cron", "none"},
        {"/etc/cron.d/job", "cron", "installed"},
        {"/Windows/System32/Tasks/a/b/Update", "scheduled_task", "installed"},
        {"/Windows/System32/Tasks/a/b/Other", "scheduled_task", "installed"},
        {"/Windows/System32/Drivers/a/b/Other", "scheduled_task", "none"},
        {"/src/Dockerfile.build", "dockerfile", "referenced"},
        {"/src/Makefile.build", "dockerfile", "none"},
        {"Dockerfile.build", "dockerfile", "referenced"},
        {"/Dockerfile.build", "dockerfile", "referenced"},
        {"/", "dockerfile", "none"},
        {"", "dockerfile", "none"},
    };
    struct folder_rows folder = {0};
    struct classifier *c;
    struct err err;
    (void)state;

    assert_int_equal(classifier_new(&c, &err), 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            const char *got =
                chosen_state(c, &folder, cases[i].path, BYTES("x"), cases[i].recogniser);

            if (strcmp(got, cases[i].state) != 0)
                fail_msg("%s: got %s", cases[i].path, got);
        }
    }
    classifier_free(c);
}

/* Longer than what is kept of a folder's path. */
static void a_folder_may_have_a_long_path(void **state)
{
    struct folder_rows folder = {0};
    auto_buf path = {0};
    struct classifier *c;
    struct err err;
    (void)state;

    assert_int_equal(classifier_new(&c, &err), 0);
    for (size_t i = 0; i < sizeof(folder.path); i++)
        buf_str(&path, "/d");
    buf_str(&path, "/etc/cron.d/job");
    for (int round = 0; round < 2; round++)
        assert_string_equal(chosen_state(c, &folder, path.p, BYTES("x"), "cron"), "installed");
    classifier_free(c);
}

static void a_name_may_be_enough(void **state)
{
    const struct {
        const char *path;
        bool fits;
    } cases[] = {
        {"/srv/app/package.json", true}, {"/var/lib/dpkg/status", true},
        {"/srv/app.cdx.json", true}, // if it begins as JSON does
        {"/home/u/acme", false},         {"/home/u/notes", false},
    };
    struct folder_rows folder = {0};
    struct classifier *c;
    struct err err;
    (void)state;

    assert_int_equal(classifier_new(&c, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (classify_name(c, &folder, sv_str(cases[i].path)) != cases[i].fits)
            fail_msg("%s", cases[i].path);
    classifier_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_gate_of_a_table_that_fits_is_taken),
        cmocka_unit_test(folders_are_told_apart),
        cmocka_unit_test(a_folder_may_have_a_long_path),
        cmocka_unit_test(a_name_may_be_enough),
    };
    return cmocka_run_group_tests_name("classify", tests, NULL, NULL);
}
