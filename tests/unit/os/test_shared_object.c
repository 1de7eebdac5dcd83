// SPDX-License-Identifier: Apache-2.0
#include "os/shared_object.h"

#include <string.h>
#include <unistd.h>

#include <hs/hs.h>

#include "os/program_id.h"
#include "sonames.h"
#include "support/spy.h"

#define FUNCTIONS(X) X(hs_version) X(hs_compile)

struct functions {
    FUNCTIONS(SHARED_POINTER)
};

static const char *const names[] = {FUNCTIONS(SHARED_NAME)};

static void what_is_loaded_later_is_no_other_program(void **state)
{
    struct functions f;
    auto_buf id = {0};
    (void)state;

    assert_int_equal(shared_object_load(VECTORSCAN_SONAME, names, ARRAY_LEN(names), &f, NULL), 0);
    program_id(&id);

    assert_string_equal(f.hs_version(), hs_version());
    buf_char(&id, '\0');
    assert_non_null(strstr(id.p, "/libhs_runtime.so."));
    assert_null(strstr(id.p, "/libhs.so."));
}

static void its_file_counts_when_that_is_asked_for(void **state)
{
    auto_buf path = {0}, id = {0};
    (void)state;

    assert_true(shared_object_find(VECTORSCAN_SONAME, &path));
    program_id_add(VECTORSCAN_SONAME, &id);

    assert_int_equal(access(path.p, R_OK), 0);
    assert_true(sv_starts(buf_view(&id), buf_view(&path)));
}

static void says_what_is_missing(void **state)
{
    static const char *const unknown[] = {"hs_version", "hs_no_such"};
    struct functions f;
    struct err err;
    (void)state;

    assert_int_equal(shared_object_load("libnone.so.9", names, ARRAY_LEN(names), &f, &err),
                     -ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "libnone.so.9 cannot be loaded"));
    assert_int_equal(shared_object_load(VECTORSCAN_SONAME, unknown, ARRAY_LEN(unknown), &f, &err),
                     -ERR_UNSUPPORTED);
    assert_string_equal(err.text, VECTORSCAN_SONAME " has no function hs_no_such; it is another "
                                                    "one than debar was built with");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_loaded_later_is_no_other_program),
        cmocka_unit_test(its_file_counts_when_that_is_asked_for),
        cmocka_unit_test(says_what_is_missing),
    };
    return cmocka_run_group_tests_name("shared_object", tests, NULL, NULL);
}
