// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "support/make_cert.h"
#include "trust/certificate.h"

#define assert_sv(got, text) \
    do { \
        struct sv got_ = (got); \
        assert_int_equal(got_.n, strlen(text)); \
        if (got_.n) \
            assert_memory_equal(got_.p, text, got_.n); \
    } while (0)

static struct certificate parse(const struct made_cert *made, struct arena *arena)
{
    struct certificate c = {0};
    auto_buf der = {0};
    size_t used = 0;

    made_cert_der(made, &der);
    buf_str(&der, "more");
    assert_int_equal(
        certificate_parse((struct span){(const uint8_t *)der.p, der.n}, arena, &c, &used, NULL), 0);
    assert_int_equal(used, der.n - 4);
    return c;
}

static void tells_subject_issuer_and_kind(void **state)
{
    struct made_cert root = made_cert("Root of Tests", "Tests Ltd", NULL, true, NULL);
    struct made_cert leaf = made_cert("Wörter GmbH", "Wörter", "HRB 12345", false, &root);
    auto_arena arena = {0};
    struct certificate c;
    (void)state;

    arena_init(&arena, 1 << 20);
    c = parse(&root, &arena);
    assert_sv(c.cn, "Root of Tests");
    assert_sv(c.o, "Tests Ltd");
    assert_sv(c.serial_number, "");
    assert_true(c.is_ca);
    assert_true(c.self_signed);

    c = parse(&leaf, &arena);
    assert_sv(c.cn, "Wörter GmbH");
    assert_sv(c.o, "Wörter");
    assert_sv(c.serial_number, "HRB 12345");
    assert_sv(c.issuer_cn, "Root of Tests");
    assert_sv(c.issuer_o, "Tests Ltd");
    assert_sv(c.serial, "1234abcd");
    assert_int_equal(c.sha256.n, 64);
    assert_int_equal(c.not_before_ns, INT64_C(1577836800) * NS_PER_S);
    assert_false(c.is_ca);
    assert_false(c.self_signed);
    made_cert_clear(&leaf);
    made_cert_clear(&root);
}

static void the_same_names_do_not_make_it_self_signed(void **state)
{
    struct made_cert one = made_cert("Twin", "Twins", NULL, true, NULL);
    struct made_cert other = made_cert("Twin", "Twins", NULL, false, &one);
    auto_arena arena = {0};
    (void)state;

    arena_init(&arena, 1 << 20);
    assert_true(parse(&one, &arena).self_signed);
    assert_false(parse(&other, &arena).self_signed);
    made_cert_clear(&other);
    made_cert_clear(&one);
}

static void cuts_certificates_off_a_text(void **state)
{
    struct made_cert a = made_cert("A", NULL, NULL, true, NULL);
    struct made_cert b = made_cert("B", NULL, NULL, true, NULL);
    auto_arena arena = {0};
    auto_buf text = {0};
    struct certificate c;
    struct span der;
    struct sv rest, block;
    (void)state;

    arena_init(&arena, 1 << 20);
    buf_str(&text, "# first\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    made_cert_pem(&a, &text);
    buf_str(&text, "noise\n-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\r\n");
    made_cert_pem(&b, &text);
    buf_str(&text, "-----BEGIN CERTIFICATE-----\nAAAA");
    rest = buf_view(&text);

    assert_int_equal(certificate_next_pem(&rest, &arena, &der, &block, NULL), 0);
    assert_int_equal(certificate_parse(der, &arena, &c, NULL, NULL), 0);
    assert_sv(c.cn, "A");
    assert_true(sv_starts(block, SV("-----BEGIN CERTIFICATE-----\n")));
    assert_true(sv_ends(block, SV("\n-----END CERTIFICATE-----")));
    assert_int_equal(certificate_next_pem(&rest, &arena, &der, &block, NULL), 0);
    assert_int_equal(certificate_parse(der, &arena, &c, NULL, NULL), 0);
    assert_sv(c.cn, "B");
    assert_int_equal(certificate_next_pem(&rest, &arena, &der, &block, NULL), -ERR_FORMAT);
    assert_int_equal(certificate_next_pem(&rest, &arena, &der, &block, NULL), CERTIFICATE_NONE);
    made_cert_clear(&a);
    made_cert_clear(&b);
}

/* One that reads it again and again takes hours. */
static void reads_a_hostile_text_once(void **state)
{
    const char *const pieces[] = {"-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE",
                                  "-----BEGIN CERTIFICATE-----AAAA-----END "};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        auto_arena arena = {0};
        auto_buf text = {0};
        struct span der;
        struct sv rest, block;

        arena_init(&arena, 64 << 20);
        while (text.n < 1 << 20)
            buf_str(&text, pieces[i]);
        rest = buf_view(&text);
        while (certificate_next_pem(&rest, &arena, &der, &block, NULL) != CERTIFICATE_NONE)
            continue;
        assert_int_equal(rest.n, 0);
    }
}

static void assert_same(const struct certificate *a, const struct certificate *b)
{
    assert_true(sv_eq(a->cn, b->cn) && sv_eq(a->o, b->o) && sv_eq(a->issuer_cn, b->issuer_cn));
    assert_true(sv_eq(a->serial_number, b->serial_number) && sv_eq(a->issuer_o, b->issuer_o));
    assert_true(sv_eq(a->serial, b->serial) && sv_eq(a->sha256, b->sha256));
    assert_int_equal(a->not_before_ns, b->not_before_ns);
    assert_int_equal(a->not_after_ns, b->not_after_ns);
    assert_true(a->is_ca == b->is_ca && a->self_signed == b->self_signed);
}

/* What is remembered of it is in nobody else's memory, and of no other certificate. */
static void tells_the_same_again(void **state)
{
    struct made_cert root = made_cert("Root of Tests", "Tests Ltd", NULL, true, NULL);
    struct made_cert made[] = {
        root,
        made_cert("Wörter GmbH", "Wörter", "HRB 12345", false, &root),
        made_cert("Root of Tests", "Tests Ltd", NULL, false, NULL),
    };
    struct certificate first[ARRAY_LEN(made)];
    auto_arena before = {0};
    (void)state;

    arena_init(&before, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(made); i++)
        first[i] = parse(&made[i], &before);
    for (unsigned round = 0; round < 3; round++)
        for (size_t i = 0; i < ARRAY_LEN(made); i++) {
            auto_arena arena = {0};
            struct certificate c;

            arena_init(&arena, 1 << 20);
            c = parse(&made[i], &arena);
            assert_same(&c, &first[i]);
        }
    for (size_t i = 0; i < ARRAY_LEN(made); i++)
        made_cert_clear(&made[i]);
}

static void survives_damage(void **state)
{
    struct made_cert made = made_cert("Wörter GmbH", "Wörter", "HRB 12345", true, NULL);
    auto_buf der = {0};
    auto_arena arena = {0};
    struct certificate c;
    (void)state;

    arena_init(&arena, 1 << 20);
    made_cert_der(&made, &der);
    for (size_t n = 0; n < der.n; n++) {
        uint8_t *copy = malloc(n ? n : 1);

        memcpy(copy, der.p, n);
        assert_int_not_equal(certificate_parse((struct span){copy, n}, &arena, &c, NULL, NULL), 0);
        free(copy);
    }
    for (size_t i = 0; i < der.n; i++) {
        uint8_t *copy = malloc(der.n);

        memcpy(copy, der.p, der.n);
        copy[i] ^= (uint8_t)(1u << (i % 8));
        if (certificate_parse((struct span){copy, der.n}, &arena, &c, NULL, NULL) == 0)
            assert_int_equal(c.sha256.n, 64);
        free(copy);
        arena_reset(&arena);
    }
    made_cert_clear(&made);
}

static void a_block_may_end_with_the_text(void **state)
{
    static const char text[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END ";
    struct sv rest = SV(text), block;
    struct span der;
    auto_arena arena;
    (void)state;

    arena_init(&arena, 1 << 20);
    assert_int_equal(certificate_next_pem(&rest, &arena, &der, &block, NULL), 0);
    assert_sv(block, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_may_end_with_the_text),
        cmocka_unit_test(tells_subject_issuer_and_kind),
        cmocka_unit_test(the_same_names_do_not_make_it_self_signed),
        cmocka_unit_test(cuts_certificates_off_a_text),
        cmocka_unit_test(reads_a_hostile_text_once),
        cmocka_unit_test(tells_the_same_again),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("certificate", tests, NULL, NULL);
}
