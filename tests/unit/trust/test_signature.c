// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/cms.h>

#include "base/buf.h"
#include "base/clock.h"
#include "support/make_cert.h"
#include "trust/signature.h"

/* Detached CMS over `content`. */
static void sign(const struct made_cert *by, const char *content, unsigned flags, struct buf *to)
{
    BIO *in = BIO_new_mem_buf(content, -1);
    CMS_ContentInfo *cms = CMS_sign(by->x509, by->key, NULL, in, CMS_DETACHED | CMS_BINARY | flags);
    unsigned char *der = NULL;
    int n = i2d_CMS_ContentInfo(cms, &der);

    assert_true(n > 0);
    buf_bytes(to, der, (size_t)n);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
}

static struct span bytes_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static void tells_what_holds_and_what_does_not(void **state)
{
    struct made_cert root = made_cert("Root", "Tests", NULL, true, NULL);
    struct made_cert leaf = made_cert("Signer", "Acme", "HRB 1", false, &root);
    struct made_cert own = made_cert("Signer", "Acme", NULL, false, NULL);
    const struct {
        const char *why;
        const struct made_cert *by;
        unsigned flags;
        const char *content;
        enum signature_state state;
    } cases[] = {
        {"signed by somebody whom nobody trusts", &leaf, 0, "content", SIGNATURE_UNTRUSTED},
        {"signed by itself", &own, 0, "content", SIGNATURE_SELF_SIGNED},
        {"another content", &leaf, 0, "contend", SIGNATURE_BROKEN},
        {"another content, without attributes", &leaf, CMS_NOATTR, "contend", SIGNATURE_BROKEN},
        {"without attributes", &leaf, CMS_NOATTR, "content", SIGNATURE_UNTRUSTED},
        {"without a certificate", &leaf, CMS_NOCERTS, "content", SIGNATURE_UNCHECKED},
    };
    (void)state;

    clock_fix(INT64_C(1700000000) * NS_PER_S);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct signatures all = {0};
        auto_arena arena = {0};
        auto_buf cms = {0};

        arena_init(&arena, 1 << 20);
        sign(cases[i].by, "content", cases[i].flags, &cms);
        assert_int_equal(signature_check_detached(
                             bytes_of(&cms), (struct span){(const uint8_t *)cases[i].content, 7}, 5,
                             NULL, &arena, &all, NULL),
                         0);
        assert_int_equal(all.count, 1);
        if (all.at[0].state != cases[i].state)
            fail_msg("%s: %s (%.*s)", cases[i].why, signature_state_text(all.at[0].state),
                     (int)all.at[0].why.n, all.at[0].why.p);
        assert_int_equal(all.at[0].offset, 5);
        assert_int_equal(all.at[0].length, cms.n);
        // What could not be checked names no certificate that a catalogue could cite.
        assert_int_equal(all.at[0].signer.sha256.n,
                         all.at[0].state == SIGNATURE_UNCHECKED ? 0 : 64);
    }
    clock_fix(0);
    made_cert_clear(&own);
    made_cert_clear(&leaf);
    made_cert_clear(&root);
}

static void bytes_that_are_no_signature_are_broken(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
    } cases[] = {
        {"nothing", {0}},
        {"text", BYTES("not DER")},
        {"a length beyond the end", BYTES("\x30\x84\xff\xff\xff\xff")},
        {"an empty sequence", BYTES("\x30\x00")},
        {"another kind of content", BYTES("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
                                          "\xa0\x02\x04\x00")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct source_memory memory;
        struct signed_file file = {.bytes = &memory.source};
        struct signatures all = {0};
        auto_arena arena = {0};

        arena_init(&arena, 1 << 20);
        source_memory_init(&memory, BYTES("content"));
        assert_int_equal(
            signature_check_authenticode(&file, cases[i].bytes, 0, NULL, &arena, &all, NULL), 0);
        assert_int_equal(
            signature_check_detached(cases[i].bytes, BYTES("content"), 0, NULL, &arena, &all, NULL),
            0);
        assert_int_equal(all.count, 2);
        for (size_t k = 0; k < all.count; k++) {
            if (all.at[k].state != SIGNATURE_BROKEN || all.at[k].why.n == 0)
                fail_msg("%s: %s", cases[i].why, signature_state_text(all.at[k].state));
        }
    }
}

static void a_file_has_so_many_signatures_and_no_more(void **state)
{
    struct signatures all = {0};
    auto_arena arena = {0};
    (void)state;

    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < SIGNATURES_MAX + 5; i++)
        assert_int_equal(signature_add_broken("cut", i, 1, &arena, &all, NULL), 0);
    assert_int_equal(all.count, SIGNATURES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_holds_and_what_does_not),
        cmocka_unit_test(bytes_that_are_no_signature_are_broken),
        cmocka_unit_test(a_file_has_so_many_signatures_and_no_more),
    };
    return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
