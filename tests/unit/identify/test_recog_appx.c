// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_appx;

#define MANIFEST \
    "<?xml version=\"1.0\"?><Package xmlns=\"x\"><Identity Name=\"Kaspersky.VPN\" " \
    "Publisher=\"CN=Kaspersky, O=&quot;Kaspersky, Inc&quot;, C=RU\" Version=\"1.2.3.0\" " \
    "ProcessorArchitecture=\"x64\"/><Properties><DisplayName>Kaspersky VPN</DisplayName>" \
    "<PublisherDisplayName>AO Kaspersky Lab</PublisherDisplayName></Properties></Package>"

static void expect(const char *why, struct span bytes, int result, const char *text)
{
    struct spy spy;

    spy_identify(&spy, &recog_appx, 0, bytes);
    if (spy.result != result || strcmp(spy.text.p ? spy.text.p : "", text) != 0)
        fail_msg("%s: got %d, '%s'", why, spy.result, spy.text.p ? spy.text.p : "");
    spy_clear(&spy);
}

static void a_package_says_whose_it_is(void **state)
{
    (void)state;

    expect("its identity and its names", BYTES(MANIFEST), 0,
           "application installed <=probable\n"
           "  package-type=appx\n"
           "  package=Kaspersky.VPN\n"
           "  version=1.2.3.0\n"
           "  architecture=x86_64\n"
           "  publisher=Kaspersky, Inc\n"
           "  product=Kaspersky VPN\n"
           "  manufacturer=AO Kaspersky Lab\n");
    expect("another manifest", BYTES("<Assembly><Identity Name=\"x\"/></Assembly>"), RECOG_NOT_MINE,
           "");
}

static void anything_may_be_damaged(void **state)
{
    (void)state;
    spy_contract(&recog_appx, 0, BYTES(MANIFEST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_says_whose_it_is),
        cmocka_unit_test(anything_may_be_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
