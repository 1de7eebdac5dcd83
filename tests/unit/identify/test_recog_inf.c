// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_inf;

#define INF \
    "; a driver\r\n[Version]\r\nSignature=\"$Windows NT$\"\r\nClass=AntiVirus ; of files\r\n" \
    "Provider=%Maker%\r\nDriverVer = 01/31/2024,10.0.1.2\r\n" \
    "[Install.Services]\r\nAddService = klif,0x2,Service\r\nAddService = klif,,Other\r\n" \
    "[Strings]\r\nMaker=\"AO Kaspersky Lab; Moscow\"\r\n"

static void expect(const char *why, struct span bytes, int result, const char *text)
{
    struct spy spy;

    spy_identify(&spy, &recog_inf, 0, bytes);
    if (spy.result != result || strcmp(spy.text.p ? spy.text.p : "", text) != 0)
        fail_msg("%s: got %d, '%s'", why, spy.result, spy.text.p ? spy.text.p : "");
    spy_clear(&spy);
}

static void a_driver_package_says_who_provides_it(void **state)
{
    static const char told[] = "device-driver present <=probable\n"
                               "  publisher=AO Kaspersky Lab; Moscow\n"
                               "  description=AntiVirus\n"
                               "  version=10.0.1.2\n"
                               "  driver=klif\n";
    uint8_t wide[2 * sizeof(INF)] = {0xff, 0xfe};
    (void)state;

    for (size_t i = 0; i + 1 < sizeof(INF); i++)
        wide[2 + 2 * i] = (uint8_t)INF[i];
    expect("as it is", BYTES(INF), 0, told);
    expect("in UTF-16", (struct span){wide, sizeof(INF) * 2}, 0, told);
    expect("what a disc starts", BYTES("[autorun]\r\nopen=setup.exe\r\n"), RECOG_NOT_MINE, "");
}

static void anything_may_be_damaged(void **state)
{
    (void)state;
    spy_contract(&recog_inf, 0, BYTES(INF));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driver_package_says_who_provides_it),
        cmocka_unit_test(anything_may_be_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
