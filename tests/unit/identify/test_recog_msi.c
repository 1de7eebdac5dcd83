// SPDX-License-Identifier: Apache-2.0
#include "support/made_compound.h"
#include "support/spy.h"

extern const struct recogniser recog_msi;

enum {
    PACKAGE = 0x84,
    PATCH = 0x86,
    TRANSFORM = 0x82,
    DOCUMENT = 0x06,
    NAMED = 0, /* gates */
    ANY = 4,
};

/* Strings 1 Property, 2 Value, 3 ProductName, 4 the name, 5 UpgradeCode, 6 a code. */
#define CODE "{22345678-1234-1234-1234-123456789012}"
#define OTHER "{99999999-1234-1234-1234-123456789012}"
#define DATA "PropertyValueProductName\xc0\xed\xf2\xe8UpgradeCode" CODE
#define POOL \
    "\xe3\4\0\0\x08\0\1\0\5\0\1\0\x0b\0\1\0" \
    "\4\0\1\0\x0b\0\1\0\x26\0\1\0"
/* Two rows: table, number, name, type (a key of 72 characters; a text). */
#define COLUMNS "\1\0\1\0\1\x80\2\x80\1\0\2\0\x48\xad\0\x8f"
#define PROPERTIES "\3\0\5\0\4\0\6\0"

/* A summary with an author, and what a patch is for. */
#define SUMMARY \
    "\xfe\xff\0\0\0\0\2\0" \
    "CLASSclassCLASSc\1\0\0\0FORMATformatFORM\x30\0\0\0" \
    "\x80\0\0\0\3\0\0\0\1\0\0\0\x20\0\0\0\4\0\0\0\x28\0\0\0\7\0\0\0\x38\0\0\0" \
    "\2\0\0\0\xe4\4\0\0\x1e\0\0\0\5\0\0\0Anna\0\0\0\0" \
    "\x1e\0\0\0\x27\0\0\0" CODE "\0"

static const struct made_stream tables[] = {
    {"!_StringPool", {(const uint8_t *)POOL, sizeof(POOL) - 1}},
    {"!_StringData", {(const uint8_t *)DATA, sizeof(DATA) - 1}},
    {"!_Columns", {(const uint8_t *)COLUMNS, sizeof(COLUMNS) - 1}},
    {"!Property", {(const uint8_t *)PROPERTIES, sizeof(PROPERTIES) - 1}},
    {"\5SummaryInformation", {(const uint8_t *)SUMMARY, sizeof(SUMMARY) - 1}},
};

static void expect(const char *why, struct span bytes, int result, const char *text)
{
    struct spy spy;

    spy_identify(&spy, &recog_msi, ANY, bytes);
    if (spy.result != result || strcmp(spy.text.p ? spy.text.p : "", text) != 0)
        fail_msg("%s: got %d (%s), '%s'", why, spy.result, spy.err.text,
                 spy.text.p ? spy.text.p : "");
    spy_clear(&spy);
}

static struct span made(struct buf *to, uint8_t class)
{
    made_compound(to, class, tables, ARRAY_LEN(tables));
    return (struct span){(const uint8_t *)to->p, to->n};
}

static void a_package_says_what_it_installs(void **state)
{
    auto_buf bytes = {0};
    (void)state;

    expect("its tables and its summary, in a code page", made(&bytes, PACKAGE), 0,
           "application contained\n"
           "  package-type=msi\n"
           "  product=Анти\n"
           "  upgrade-code=" CODE "\n"
           "  author=Anna\n"
           "  [1] signature=unsigned\n");
}

static void a_patch_refers_to_what_it_changes(void **state)
{
    auto_buf bytes = {0};
    (void)state;

    expect("the codes in its summary", made(&bytes, PATCH), 0,
           "application contained\n"
           "  package-type=msp\n"
           "  author=Anna\n"
           "  [1] signature=unsigned\n"
           "application referenced\n"
           "  product-code=" CODE "\n");
}

static void a_document_is_not_its_own(void **state)
{
    auto_buf bytes = {0};
    (void)state;

    expect("the class of a document", made(&bytes, DOCUMENT), RECOG_NOT_MINE, "");
}

static void what_runs_in_circles_ends(void **state)
{
    const struct {
        const char *why;
        size_t at;
        uint32_t value;
    } cases[] = {
        {"the directory's sectors", 512 + 3 * 4, 2},
        {"the small streams end before they do", 3 * 512 + 120, 1024},
        {"an entry that is its own sibling", 3 * 512 + 128 + 72, 1},
        {"an entry that is its parent's", 3 * 512 + 128 + 72, 0},
        {"a stream of 4 GiB", 3 * 512 + 128 + 120, UINT32_MAX},
        {"a small sector beyond the last", 2 * 512 + 4, 4095},
        {"a table of small sectors without end", 64, UINT32_MAX},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf bytes = {0};
        struct spy spy;

        (void)made(&bytes, PACKAGE);
        for (unsigned k = 0; k < 4; k++)
            bytes.p[cases[i].at + k] = (char)(cases[i].value >> 8 * k);
        spy_identify(&spy, &recog_msi, ANY, (struct span){(const uint8_t *)bytes.p, bytes.n});
        if (spy.result != -ERR_FORMAT)
            fail_msg("%s: got %d", cases[i].why, spy.result);
        spy_clear(&spy);
    }
}

static void anything_may_be_damaged(void **state)
{
    auto_buf bytes = {0};
    (void)state;

    spy_contract(&recog_msi, NAMED, made(&bytes, PACKAGE));
    buf_reset(&bytes);
    spy_contract(&recog_msi, ANY, made(&bytes, TRANSFORM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_says_what_it_installs),
        cmocka_unit_test(a_patch_refers_to_what_it_changes),
        cmocka_unit_test(a_document_is_not_its_own),
        cmocka_unit_test(what_runs_in_circles_ends),
        cmocka_unit_test(anything_may_be_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
