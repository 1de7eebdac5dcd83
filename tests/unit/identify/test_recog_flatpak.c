// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_flatpak;

#define METADATA \
    "[Application]\nname=com.acme.Agent\nruntime=org.x.Platform/x86_64/1\ncommand=agent\n\n" \
    "[Context]\nname=not this\n"

static void reads_an_application(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_flatpak, 0, BYTES(METADATA));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  package=com.acme.Agent @19+14\n"
                                    "  name=com.acme.Agent\n"
                                    "  package-type=flatpak\n"
                                    "  bundle-id=com.acme.Agent\n"
                                    "  command=agent\n");
    spy_clear(&spy);
}

static void reads_a_runtime_and_leaves_others_alone(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_flatpak, 1, BYTES("[Runtime]\nname=org.acme.Platform\n"));
    assert_true(sv_starts(buf_view(&spy.text),
                          SV("framework installed\n  package=org.acme.Platform @15+17\n")));
    spy_clear(&spy);

    spy_identify(&spy, &recog_flatpak, 1, BYTES("[Other]\nname=x\n"));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_flatpak, 0, BYTES(METADATA));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_application),
        cmocka_unit_test(reads_a_runtime_and_leaves_others_alone),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_flatpak", tests, NULL, NULL);
}
