// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include "base/buf.h"

extern const struct recogniser recog_android;

enum { ANY_PLACE = 7 };

static void put_le(struct buf *b, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_char(b, (char)(i < 8 ? value >> (8 * i) & 0xff : 0));
}

static void put_u32_at(struct buf *b, size_t at, size_t value)
{
    for (unsigned i = 0; i < 4; i++)
        b->p[at + i] = (char)(value >> 8 * i & 0xff);
}

static struct span bytes_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

/* ---- chunks of a manifest ---- */

static size_t begin_chunk(struct buf *b, unsigned type, unsigned header)
{
    size_t at = b->n;

    put_le(b, type, 2);
    put_le(b, header, 2);
    put_le(b, 0, 4);
    return at;
}

static void end_chunk(struct buf *b, size_t at)
{
    put_u32_at(b, at + 4, b->n - at);
}

/* Strings as UTF-16: ASCII only. */
static void put_strings(struct buf *b, const char *const *texts, size_t count)
{
    size_t at = begin_chunk(b, 1, 28), offset = 0;

    put_le(b, count, 4);
    put_le(b, 0, 4);
    put_le(b, 0, 4);
    put_le(b, 28 + 4 * count, 4);
    put_le(b, 0, 4);
    for (size_t i = 0; i < count; i++) {
        put_le(b, offset, 4);
        offset += 2 * strlen(texts[i]) + 4;
    }
    for (size_t i = 0; i < count; i++) {
        put_le(b, strlen(texts[i]), 2);
        for (const char *p = texts[i]; *p; p++)
            put_le(b, (uint8_t)*p, 2);
        put_le(b, 0, 2);
    }
    end_chunk(b, at);
}

struct attribute {
    uint32_t name, type, data;
};

static void put_element(struct buf *b, uint32_t name, const struct attribute *all, size_t count)
{
    size_t at = begin_chunk(b, 0x102, 16);

    put_le(b, 0, 4);
    put_le(b, UINT32_MAX, 4);
    put_le(b, UINT32_MAX, 4);
    put_le(b, name, 4);
    put_le(b, 20, 2);
    put_le(b, 20, 2);
    put_le(b, count, 2);
    put_le(b, 0, 6);
    for (size_t i = 0; i < count; i++) {
        put_le(b, UINT32_MAX, 4);
        put_le(b, all[i].name, 4);
        put_le(b, all[i].type == 3 ? all[i].data : UINT32_MAX, 4);
        put_le(b, 8, 2);
        put_le(b, 0, 1);
        put_le(b, all[i].type, 1);
        put_le(b, all[i].data, 4);
    }
    end_chunk(b, at);
}

/* Names of attributes that have an id come first; what they are called plays no part. */
enum { S_A, S_B, S_C, S_PACKAGE, S_MANIFEST, S_APPLICATION, S_NAME, S_VERSION, S_LABEL, S_USES };
static const char *const strings[] = {
    "x",   "y",   "",        "package", "manifest", "application", "com.example.app",
    "2.5", "App", "uses-sdk"};

static void put_manifest(struct buf *b)
{
    const struct attribute of_manifest[] = {
        {S_PACKAGE, 3, S_NAME}, {S_A, 3, S_VERSION}, {S_B, 16, 7}};
    const struct attribute of_application[] = {{S_C, 3, S_LABEL}};
    const struct attribute of_other[] = {{S_C, 3, S_USES}};
    size_t at = begin_chunk(b, 3, 8), ids;

    put_strings(b, strings, ARRAY_LEN(strings));
    ids = begin_chunk(b, 0x180, 8);
    put_le(b, 0x0101021c, 4);
    put_le(b, 0x0101021b, 4);
    put_le(b, 0x01010001, 4);
    end_chunk(b, ids);
    put_element(b, S_MANIFEST, of_manifest, ARRAY_LEN(of_manifest));
    put_element(b, S_USES, of_other, ARRAY_LEN(of_other));
    end_chunk(b, begin_chunk(b, 0x103, 8));
    put_element(b, S_APPLICATION, of_application, ARRAY_LEN(of_application));
    end_chunk(b, at);
}

/* ---- archives ---- */

struct member {
    const char *name;
    struct span bytes;
};

static void put_zip(struct buf *b, const struct member *members, size_t count)
{
    size_t at[8], directory;

    for (size_t i = 0; i < count; i++) {
        at[i] = b->n;
        buf_str(b, "PK\3\4");
        put_le(b, 0, 22);
        put_le(b, strlen(members[i].name), 2);
        put_le(b, 0, 2);
        buf_str(b, members[i].name);
        buf_bytes(b, members[i].bytes.p, members[i].bytes.n);
    }
    directory = b->n;
    for (size_t i = 0; i < count; i++) {
        buf_str(b, "PK\1\2");
        put_le(b, 0, 8);
        put_le(b, 0, 8);
        put_le(b, members[i].bytes.n, 4);
        put_le(b, members[i].bytes.n, 4);
        put_le(b, strlen(members[i].name), 2);
        put_le(b, 0, 8);
        put_le(b, 0, 4);
        put_le(b, at[i], 4);
        buf_str(b, members[i].name);
    }
    directory = b->n - directory;
    buf_str(b, "PK\5\6");
    put_le(b, 0, 4);
    put_le(b, count, 2);
    put_le(b, count, 2);
    put_le(b, directory, 4);
    put_le(b, b->n - 16 - directory, 4);
    put_le(b, 0, 2);
}

static void put_app(struct buf *b)
{
    auto_buf manifest = {0};

    put_manifest(&manifest);

    const struct member members[] = {{"assets/a", BYTES("a")},
                                     {"AndroidManifest.xml", bytes_of(&manifest)}};

    put_zip(b, members, ARRAY_LEN(members));
}

static void expect(struct span bytes, const char *text, int result)
{
    struct spy spy;

    spy_identify(&spy, &recog_android, ANY_PLACE, bytes);
    assert_string_equal(spy.text.p ? spy.text.p : "", text);
    assert_int_equal(spy.result, result);
    spy_clear(&spy);
}

static const char expected[] = "application present\n"
                               "  product=App\n"
                               "  version=2.5\n"
                               "  [1] signature=unsigned\n"
                               "  [1] bundle-id=com.example.app\n";

static void names_the_app_by_the_ids_of_attributes(void **state)
{
    auto_buf app = {0};
    (void)state;

    put_app(&app);
    expect(bytes_of(&app), expected, 0);
}

static void an_archive_may_have_something_in_front(void **state)
{
    auto_buf app = {0}, all = {0};
    (void)state;

    put_app(&app);
    buf_str(&all, "PK\3\4 in front");
    buf_bytes(&all, app.p, app.n);
    expect(bytes_of(&all), expected, 0);
}

static void other_archives_are_not_its_own(void **state)
{
    const struct member of_library[] = {
        {"AndroidManifest.xml", BYTES("<manifest package=\"com.example\"/>")}};
    const struct member of_another[] = {{"a/AndroidManifest.xml", BYTES("\3\0\x08\0")}};
    auto_buf library = {0}, another = {0};
    (void)state;

    put_zip(&library, of_library, 1);
    expect(bytes_of(&library), "", RECOG_NOT_MINE);
    put_zip(&another, of_another, 1);
    expect(bytes_of(&another), "", RECOG_NOT_MINE);
    expect(BYTES("PK\3\4 and nothing more"), "", RECOG_NOT_MINE);
}

static void a_manifest_that_names_nothing_is_damaged(void **state)
{
    const struct member members[] = {{"AndroidManifest.xml", BYTES("\3\0\x08\0\x08\0\0\0")}};
    auto_buf app = {0};
    (void)state;

    put_zip(&app, members, 1);
    expect(bytes_of(&app), "", -ERR_FORMAT);
}

static void a_signature_that_is_damaged_vouches_for_nothing(void **state)
{
    auto_buf manifest = {0}, app = {0};
    (void)state;

    put_manifest(&manifest);

    const struct member members[] = {{"AndroidManifest.xml", bytes_of(&manifest)},
                                     {"META-INF/MANIFEST.MF", BYTES("Manifest-Version: 1.0\n\n")},
                                     {"META-INF/A.SF", BYTES("Signature-Version: 1.0\n\n")},
                                     {"META-INF/A.RSA", BYTES("none")}};

    put_zip(&app, members, ARRAY_LEN(members));

    struct spy spy;

    spy_identify(&spy, &recog_android, ANY_PLACE, bytes_of(&app));
    assert_int_equal(spy.result, 0);
    assert_non_null(strstr(spy.text.p, "  [1] signature=broken"));
    assert_non_null(strstr(spy.text.p, "  [1] bundle-id=com.example.app\n"));
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    auto_buf app = {0};
    (void)state;

    put_app(&app);
    spy_contract(&recog_android, ANY_PLACE, bytes_of(&app));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_app_by_the_ids_of_attributes),
        cmocka_unit_test(an_archive_may_have_something_in_front),
        cmocka_unit_test(other_archives_are_not_its_own),
        cmocka_unit_test(a_manifest_that_names_nothing_is_damaged),
        cmocka_unit_test(a_signature_that_is_damaged_vouches_for_nothing),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_android", tests, NULL, NULL);
}
