// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "trust/digest.h"

static void knows_the_standard_answers(void **state)
{
    // FIPS 180-4 and RFC 1321 examples for "abc".
    const struct {
        enum digest_kind kind;
        const char *hex;
    } cases[] = {
        {DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72"},
        {DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {DIGEST_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
        {DIGEST_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {DIGEST_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                        "8086072ba1e7cc2358baeca134c825a7"},
        {DIGEST_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t digest[DIGEST_MAX];
        char hex[DIGEST_HEX_MAX];
        auto_digest d = {0};

        digest_init(&d, cases[i].kind);
        digest_update(&d, BYTES("a"));
        digest_update(&d, (struct span){0});
        digest_update(&d, BYTES("bc"));
        assert_int_equal(digest_finish(&d, digest, NULL), 0);
        digest_hex((struct span){digest, digest_size(cases[i].kind)}, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void one_shot_of_nothing_is_the_empty_digest(void **state)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    char hex[DIGEST_HEX_MAX];
    (void)state;

    digest_sha256((struct span){0}, digest);
    digest_hex((struct span){digest, sizeof(digest)}, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_sha1((struct span){0}, digest);
    digest_hex((struct span){digest, 20}, hex);
    assert_string_equal(hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_standard_answers),
        cmocka_unit_test(one_shot_of_nothing_is_the_empty_digest),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
