// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include "base/buf.h"

extern const struct recogniser recog_dmg;

enum {
    TRAILER = 512,
    SIGNATURE_AT = 296,
};

/* Something, and a trailer that says that the signature is so many bytes, at byte 16. */
static void put_image(struct buf *b, uint8_t size)
{
    for (unsigned i = 0; i < 64; i++)
        buf_char(b, 'x');
    buf_str(b, "koly");
    while (b->n < 64 + TRAILER)
        buf_char(b, 0);
    b->p[64 + SIGNATURE_AT + 7] = 16;
    b->p[64 + SIGNATURE_AT + 15] = (char)size;
}

static void expect(const struct buf *b, int result, const char *text)
{
    struct spy spy;

    spy_identify(&spy, &recog_dmg, 0, (struct span){(const uint8_t *)b->p, b->n});
    assert_int_equal(spy.result, result);
    if (text)
        assert_non_null(strstr(spy.text.p, text));
    else
        assert_int_equal(spy.text.n, 0);
    spy_clear(&spy);
}

static void an_image_without_a_signature_is_only_opened(void **state)
{
    auto_buf image = {0};
    (void)state;

    put_image(&image, 0);
    expect(&image, RECOG_NOT_MINE, NULL);
}

static void a_damaged_signature_vouches_for_nothing(void **state)
{
    auto_buf image = {0};
    (void)state;

    put_image(&image, 48);
    expect(&image, 0, "signature=broken");
    image.p[64 + SIGNATURE_AT + 7] = 17; // it would end in the trailer
    expect(&image, -ERR_FORMAT, NULL);
}

static void old_encryption_is_told_by_the_end(void **state)
{
    auto_buf image = {0};
    (void)state;

    for (unsigned i = 0; i < 1024; i++)
        buf_char(&image, (char)(i * 7));
    buf_str(&image, "cdsaencr");
    expect(&image, -ERR_ENCRYPTED, NULL);
}

static void other_files_are_not_its_own(void **state)
{
    auto_buf image = {0};
    (void)state;

    buf_str(&image, "koly");
    expect(&image, RECOG_NOT_MINE, NULL);
    image.n = 0;
    buf_str(&image, "\x78\x01");
    while (image.n < 1024)
        buf_char(&image, 'k');
    expect(&image, -ERR_FORMAT, NULL); // one that ends too early
    image.n = 0;
    while (image.n < 1024)
        buf_char(&image, 'k');
    expect(&image, RECOG_NOT_MINE, NULL);
}

static void survives_damage(void **state)
{
    auto_buf image = {0};
    (void)state;

    put_image(&image, 48);
    spy_contract(&recog_dmg, 0, (struct span){(const uint8_t *)image.p, image.n});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_without_a_signature_is_only_opened),
        cmocka_unit_test(a_damaged_signature_vouches_for_nothing),
        cmocka_unit_test(old_encryption_is_told_by_the_end),
        cmocka_unit_test(other_files_are_not_its_own),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_dmg", tests, NULL, NULL);
}
