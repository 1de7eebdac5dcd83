// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_munki;

#define BYTES_(text) \
    { \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

static void reads_what_is_deployed(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        const char *answer;
    } cases[] = {
        {"pkgsinfo", 0,
         BYTES_(
             "<?xml version=\"1.0\"?><plist "
             "version=\"1.0\"><dict><key>catalogs</key><array/><key>name</key><string>Acme</"
             "string>\n"
             "<key>display_name</key><string>Acme Thing</string><key>developer</key><string>Acme "
             "Ltd</string><key>version</key><string>1.0</string>\n"
             "<key>description</key><string>unlike "
             "Other</string><key>receipts</key><array><dict><key>packageid</"
             "key><string>test.acme.pkg</string></dict></array>\n"
             "<key>installs</key><array><dict><key>CFBundleIdentifier</key><string>test.acme</"
             "string><key>path</key><string>/Applications/Acme.app</string></dict></array>\n"
             "</dict></plist>\n"),
         "application referenced <=probable\n"
         "  name=Acme @98+4\n"
         "  version=1.0\n"
         "  product=Acme Thing\n"
         "  publisher=Acme Ltd\n"
         "  receipt=test.acme.pkg\n"
         "  bundle-id=test.acme\n"
         "  path=/Applications/Acme.app\n"},
        {"catalog", 0,
         BYTES_("<?xml version=\"1.0\"?><plist "
                "version=\"1.0\"><array><dict><key>catalogs</key><array/><key>name</"
                "key><string>Acme</string></dict>\n"
                "<dict><key>catalogs</key><array/><key>name</key><string>Other</string></dict></"
                "array></plist>\n"),
         "application referenced <=probable\n"
         "  name=Acme @105+4\n"
         "  product=Acme @105+4\n"
         "application referenced <=probable\n"
         "  name=Other @182+5\n"
         "  product=Other @182+5\n"},
        {"recipe", 3,
         BYTES_("<?xml version=\"1.0\"?><plist "
                "version=\"1.0\"><dict><key>Identifier</key><string>test.recipe</string>\n"
                "<key>Input</key><dict><key>NAME</key><string>Acme</string></dict><key>Process</"
                "key><array><dict><key>Arguments</key><dict><key>url</key>\n"
                "<string>https://acme.test/a.dmg</string></dict></dict></array></dict></plist>\n"),
         "application referenced <=probable\n"
         "  name=Acme @143+4\n"
         "  product=Acme @143+4\n"
         "  url=https://acme.test/a.dmg\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_munki, cases[i].gate, cases[i].bytes);
        if (spy.result != 0 || strcmp(spy.text.p, cases[i].answer) != 0)
            fail_msg("%s: %d %s\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
        spy_contract(&recog_munki, cases[i].gate, cases[i].bytes);
    }
}

static void passes_over_other_files(void **state)
{
    const struct {
        size_t gate;
        struct span bytes;
    } cases[] = {
        {0, BYTES_("<?xml version=\"1.0\"?><plist "
                   "version=\"1.0\"><dict><key>name</key><string>x</string></dict></plist>\n")},
        {0, BYTES_("text about <?xml\n")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_munki, cases[i].gate, cases[i].bytes);
        if (spy.result != RECOG_NOT_MINE || spy.text.n)
            fail_msg("%zu: %d %s", i, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_deployed),
        cmocka_unit_test(passes_over_other_files),
    };
    return cmocka_run_group_tests_name("recog_munki", tests, NULL, NULL);
}
