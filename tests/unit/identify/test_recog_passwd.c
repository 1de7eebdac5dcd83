// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_passwd;

enum {
    GATE_USERS,
    GATE_GROUPS,
};

#define USERS \
    "root:x:0:0:root:/root:/bin/bash\n" \
    "# a comment\n\n" \
    "acme:x:998:998:Acme agent,,,:/nonexistent:/usr/sbin/nologin\n" \
    "+@admins::::::\nnocolon\n"

static void lists_the_users(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_passwd, GATE_USERS, BYTES(USERS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "data residue\n"
                                    "  user=root @0+4\n"
                                    "  name=root\n"
                                    "  description=root\n"
                                    "  row=line 1\n"
                                    "data residue\n"
                                    "  user=acme @45+4\n"
                                    "  name=acme\n"
                                    "  description=Acme agent\n"
                                    "  row=line 4\n");
    spy_clear(&spy);
}

static void lists_the_groups(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_passwd, GATE_GROUPS, BYTES("acme:x:998:root,www\n"));

    assert_string_equal(spy.text.p, "data residue\n"
                                    "  group=acme @0+4\n"
                                    "  name=acme\n"
                                    "  row=line 1\n");
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_passwd, GATE_USERS, BYTES(USERS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_the_users),
        cmocka_unit_test(lists_the_groups),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_passwd", tests, NULL, NULL);
}
