// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_module_list;

enum {
    GATE_LOAD = 0,
    GATE_SETTINGS = 4,
};

#define LOAD "# /etc/modules\nloop\n; also a comment\n  acme_filter  option=1\n"
#define SETTINGS \
    "options acme_filter debug=1\nalias char-major-10-200 acme_tap\nblacklist evil\n" \
    "install bad /bin/false\ninstall odd /bin/true\ninstall good /sbin/modprobe x\n" \
    "softdep acme_net pre: acme_filter\nconfig x\n"

static void lists_modules_to_load(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_module_list, GATE_LOAD, BYTES(LOAD));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "device-driver residue\n"
                                    "  kernel-module=loop @15+4\n"
                                    "  name=loop\n"
                                    "  row=line 2\n"
                                    "device-driver residue\n"
                                    "  kernel-module=acme_filter @39+11\n"
                                    "  name=acme_filter\n"
                                    "  row=line 4\n");
    spy_clear(&spy);
}

static void lists_modules_with_settings_and_not_the_forbidden_ones(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_module_list, GATE_SETTINGS, BYTES(SETTINGS));

    assert_string_equal(spy.text.p, "device-driver residue\n"
                                    "  kernel-module=acme_filter @8+11\n"
                                    "  name=acme_filter\n"
                                    "  row=line 1\n"
                                    "device-driver residue\n"
                                    "  kernel-module=acme_tap @52+8\n"
                                    "  name=acme_tap\n"
                                    "  row=line 2\n"
                                    "device-driver residue\n"
                                    "  kernel-module=good @129+4\n"
                                    "  name=good\n"
                                    "  row=line 6\n"
                                    "device-driver residue\n"
                                    "  kernel-module=acme_net @159+8\n"
                                    "  name=acme_net\n"
                                    "  row=line 7\n");
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_module_list, GATE_LOAD, BYTES(LOAD));
    spy_contract(&recog_module_list, GATE_SETTINGS, BYTES(SETTINGS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_modules_to_load),
        cmocka_unit_test(lists_modules_with_settings_and_not_the_forbidden_ones),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_module_list", tests, NULL, NULL);
}
