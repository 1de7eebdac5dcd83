// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/json.h"
#include "support/spy.h"

static void what_was_started_can_be_finished(void **state)
{
    auto_buf b = {0};
    struct json_writer w = json_writer_to(&b, false);
    (void)state;

    json_object(&w);
    json_member(&w, "a", SV("q\"\\\n\x01\xff\xc3\xa9"));
    json_member(&w, "absent", SV(""));
    json_key(&w, "list");
    json_array(&w);
    json_u64(&w, 1);
    json_bool(&w, true);
    json_object(&w);
    json_key(&w, "cut");
    json_end_all(&w);

    assert_string_equal(b.p, "{\"a\":\"q\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\","
                             "\"list\":[1,true,{\"cut\":null}]}");
}

static void reads_members_and_says_where_it_is_broken(void **state)
{
    struct json *root;
    struct err err;
    (void)state;

    assert_int_equal(json_parse(SV("\xef\xbb\xbf{\"a\":{\"b\":[\"x\",2]}}"), &root, &err), 0);
    assert_true(sv_eq(json_text(json_first(json_get(json_get(root, "a"), "b"))), SV("x")));
    assert_int_equal(json_text(json_get(root, "none")).n, 0);
    json_free(root);
    assert_int_equal(json_parse(SV("{\n\"a\":\n}"), &root, &err), -ERR_FORMAT);
    assert_string_equal(err.text, "not valid JSON (line 3)");
}

static void a_document_of_too_many_values_is_not_taken_into_memory(void **state)
{
    enum { VALUES = 5 << 20 };
    char *text = malloc(2 * VALUES + 1);
    struct json *root;
    struct err err;
    (void)state;

    for (size_t i = 0; i < VALUES; i++)
        memcpy(text + 2 * i, i ? ",1" : "[1", 2);
    text[2 * VALUES] = ']';
    assert_int_equal(json_parse((struct sv){text, 2 * VALUES + 1}, &root, &err), -ERR_LIMIT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_started_can_be_finished),
        cmocka_unit_test(reads_members_and_says_where_it_is_broken),
        cmocka_unit_test(a_document_of_too_many_values_is_not_taken_into_memory),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
