// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "support/make_cert.h"
#include "trust/roots.h"

static char folder[] = "/tmp/test-roots-XXXXXX";
static char bundle[64], text[64], absent[64];

static void write_file(const char *path, struct sv content)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    assert_int_equal(fwrite(content.p, 1, content.n, f), content.n);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    struct made_cert a = made_cert("A", NULL, NULL, true, NULL);
    struct made_cert b = made_cert("B", NULL, NULL, true, NULL);
    auto_buf pem = {0};
    (void)state;

    assert_non_null(mkdtemp(folder));
    (void)snprintf(bundle, sizeof(bundle), "%s/bundle.pem", folder);
    (void)snprintf(text, sizeof(text), "%s/text", folder);
    (void)snprintf(absent, sizeof(absent), "%s/absent", folder);
    buf_str(&pem, "# two of them\n");
    made_cert_pem(&a, &pem);
    made_cert_pem(&b, &pem);
    write_file(bundle, buf_view(&pem));
    write_file(text, SV("no certificate\n"));
    made_cert_clear(&a);
    made_cert_clear(&b);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(bundle);
    (void)unlink(text);
    return rmdir(folder);
}

static void reads_every_certificate_of_a_bundle(void **state)
{
    struct roots *roots = NULL;
    (void)state;

    assert_int_equal(roots_open_only((const char *[]){bundle, NULL}, &roots, NULL), 0);
    assert_int_equal(roots_count(roots), 2);
    roots_free(roots);
    assert_int_equal(roots_open_only(NULL, &roots, NULL), 0);
    assert_int_equal(roots_count(roots), 0);
    roots_free(roots);
}

static void the_environment_names_the_systems_roots(void **state)
{
    struct roots *roots = NULL;
    (void)state;

    assert_int_equal(setenv("SSL_CERT_FILE", bundle, 1), 0);
    assert_int_equal(roots_open(NULL, &roots, NULL), 0);
    assert_int_equal(roots_count(roots), 2);
    roots_free(roots);

    // A machine without any roots trusts nobody; that is no error.
    assert_int_equal(setenv("SSL_CERT_FILE", absent, 1), 0);
    assert_int_equal(roots_open(NULL, &roots, NULL), 0);
    assert_int_equal(roots_count(roots), 0);
    roots_free(roots);
    assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
}

static void a_file_that_was_asked_for_must_hold_certificates(void **state)
{
    struct roots *roots = NULL;
    struct err err = {0};
    (void)state;

    assert_int_equal(roots_open_only((const char *[]){bundle, text, NULL}, &roots, &err),
                     -ERR_FORMAT);
    assert_non_null(strstr(err.text, text));
    assert_true(roots_open_only((const char *[]){absent, NULL}, &roots, &err) < 0);
    assert_non_null(strstr(err.text, absent));
    assert_null(roots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_certificate_of_a_bundle),
        cmocka_unit_test(the_environment_names_the_systems_roots),
        cmocka_unit_test(a_file_that_was_asked_for_must_hold_certificates),
    };
    return cmocka_run_group_tests_name("roots", tests, set_up, tear_down);
}
