// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include <openssl/pkcs12.h>

#include "support/make_cert.h"

extern const struct recogniser recog_java_keystore;

enum {
    VERSION_TYPED = 2,
};

static struct span span_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static size_t gate_for(const char *path)
{
    struct captures captures;

    for (size_t i = 0;; i++) {
        const struct gate *g = &recog_java_keystore.gates[i];

        assert_true(g->path || g->magic.n);
        if (g->path && gate_path_matches(g->path, sv_str(path), &captures))
            return i;
    }
}

/* "head: name, row; …" of every component. */
static void summary(const struct spy *spy, struct buf *to)
{
    struct sv text = buf_view(&spy->text);

    while (text.n) {
        struct sv line = sv_line(&text);

        if (!sv_starts(line, SV("  "))) {
            buf_str(to, to->n ? "; " : "");
            buf_sv(to, line);
        } else if (sv_starts(line, SV("  name=")) || sv_starts(line, SV("  row="))) {
            buf_char(to, ',');
            buf_sv(to, sv_from(line, 1));
        }
    }
    buf_str(to, "");
}

/* ---- the old form ---- */

static void put_be(struct buf *to, uint64_t n, int bytes)
{
    while (bytes-- > 0)
        buf_char(to, (char)(n >> (8 * bytes)));
}

static void put_utf(struct buf *to, const char *text)
{
    put_be(to, strlen(text), 2);
    buf_str(to, text);
}

static void put_certificate(struct buf *to, const struct buf *der, uint32_t version)
{
    if (version == VERSION_TYPED)
        put_utf(to, "X.509");
    put_be(to, der->n, 4);
    buf_sv(to, buf_view(der));
}

static void put_entry(struct buf *to, uint32_t tag, const char *alias)
{
    put_be(to, tag, 4);
    put_utf(to, alias);
    put_be(to, 1600000000000, 8);
}

static void make_jks(struct buf *to, uint32_t magic, uint32_t version)
{
    struct made_cert root = made_cert("Acme Root", "Acme Ltd", NULL, true, NULL);
    struct made_cert own = made_cert("www.acme.test", NULL, NULL, false, &root);
    auto_buf root_der = {0}, own_der = {0};

    made_cert_der(&root, &root_der);
    made_cert_der(&own, &own_der);
    made_cert_clear(&root);
    made_cert_clear(&own);
    put_be(to, magic, 4);
    put_be(to, version, 4);
    put_be(to, 2, 4);
    put_entry(to, 1, "own");
    put_be(to, 3, 4);
    buf_str(to, "key");
    put_be(to, 2, 4);
    put_certificate(to, &own_der, version);
    put_certificate(to, &root_der, version);
    put_entry(to, 2, "acme");
    put_certificate(to, &root_der, version);
    buf_str(to, "a digest of 20 bytes");
}

static void reads_both_versions_of_the_old_form(void **state)
{
    const struct {
        uint32_t magic, version;
    } cases[] = {{0xfeedfeed, 2}, {0xfeedfeed, 1}, {0xcececece, 2}};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf file = {0}, got = {0};
        struct spy spy;

        make_jks(&file, cases[i].magic, cases[i].version);
        spy_identify(&spy, &recog_java_keystore, gate_for("/etc/ssl/certs/java/cacerts"),
                     span_of(&file));
        assert_int_equal(spy.result, 0);
        assert_non_null(strstr(spy.text.p, "certificate-store=java\n"));
        summary(&spy, &got);
        // What follows the name is where the DER stands in the file.
        assert_true(sv_starts(buf_view(&got),
                              SV("cryptographic-asset installed <=trace, name=www.acme.test @")));
        assert_non_null(strstr(got.p, "row=alias own; cryptographic-asset installed <=trace, "
                                      "name=Acme Root @"));
        assert_non_null(strstr(got.p, "row=alias own; cryptographic-asset installed, "
                                      "name=Acme Root @"));
        assert_true(sv_ends(buf_view(&got), SV(", row=alias acme")));
        spy_clear(&spy);
    }
}

static void says_where_the_old_form_breaks_off(void **state)
{
    auto_buf file = {0}, secret = {0};
    struct spy spy;
    (void)state;

    make_jks(&file, 0xfeedfeed, 2);
    spy_identify(&spy, &recog_java_keystore, gate_for("/x.jks"),
                 (struct span){(const uint8_t *)file.p, file.n - 30});
    assert_int_equal(spy.result, -ERR_FORMAT);
    assert_non_null(strstr(spy.text.p, "www.acme.test"));
    spy_clear(&spy);

    put_be(&secret, 0xcececece, 4);
    put_be(&secret, 2, 4);
    put_be(&secret, 1, 4);
    put_entry(&secret, 3, "secret");
    spy_identify(&spy, &recog_java_keystore, gate_for("/x.jceks"), span_of(&secret));
    assert_int_equal(spy.result, -ERR_UNSUPPORTED);
    spy_clear(&spy);
}

/* ---- PKCS#12 ---- */

enum lock {
    IN_THE_CLEAR = -1,
    AES = NID_aes_256_cbc,
    OLD = NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
};

struct want {
    const char *password;
    int lock;
    int hashes;
    bool with_key;
};

static void make_pkcs12(struct buf *to, const struct want *w)
{
    struct made_cert root = made_cert("Acme Root", "Acme Ltd", NULL, true, NULL);
    STACK_OF(X509) *others = sk_X509_new_null();
    unsigned char *der = NULL;
    PKCS12 *file;
    int n;

    X509_alias_set1(root.x509, (const unsigned char *)"acme", -1);
    sk_X509_push(others, root.x509);
    file = PKCS12_create(w->password, NULL, w->with_key ? root.key : NULL,
                         w->with_key ? root.x509 : NULL, w->with_key ? NULL : others,
                         w->with_key ? w->lock : -1, w->lock, w->hashes, -1, 0);
    assert_non_null(file);
    n = i2d_PKCS12(file, &der);
    assert_true(n > 0);
    buf_bytes(to, der, (size_t)n);
    OPENSSL_free(der);
    PKCS12_free(file);
    sk_X509_free(others);
    made_cert_clear(&root);
}

static void opens_what_is_locked_only_for_show(void **state)
{
    const struct {
        const char *why;
        struct want want;
        int result;
        const char *summary;
    } cases[] = {
        {"Java's password",
         {"changeit", AES, 100, false},
         0,
         "cryptographic-asset present, name=Acme Root, row=alias acme"},
        {"an empty password",
         {"", AES, 100, false},
         0,
         "cryptographic-asset present, name=Acme Root, row=alias acme"},
        {"no password",
         {NULL, AES, 100, false},
         0,
         "cryptographic-asset present, name=Acme Root, row=alias acme"},
        {"an older cipher",
         {"changeit", OLD, 100, false},
         0,
         "cryptographic-asset present, name=Acme Root, row=alias acme"},
        {"not locked",
         {"secret", IN_THE_CLEAR, 100, false},
         0,
         "cryptographic-asset present, name=Acme Root, row=alias acme"},
        {"somebody's own, with its key",
         {"changeit", AES, 100, true},
         0,
         "cryptographic-asset present <=trace, name=Acme Root, row=alias acme"},
        {"a real password", {"secret", AES, 100, false}, -ERR_ENCRYPTED, ""},
        {"a password that takes minutes to try", {"changeit", AES, 0x12345, false}, -ERR_LIMIT, ""},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf file = {0}, got = {0};
        struct want want = cases[i].want;
        bool slow = want.hashes > 1000;
        struct spy spy;

        make_pkcs12(&file, &want);
        if (slow) { // nobody has the time to make a real one
            size_t at = sv_find(buf_view(&file), SV("\x02\x03\x01\x23\x45"));

            assert_true(at != SIZE_MAX);
            memcpy(file.p + at, "\x02\x03\x7f\xff\xff", 5);
        }
        spy_identify(&spy, &recog_java_keystore, gate_for("/home/u/x.p12"), span_of(&file));
        summary(&spy, &got);
        if (spy.result != cases[i].result || strcmp(got.p, cases[i].summary) != 0)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, got.p);
        spy_clear(&spy);
    }
}

static void passes_by_what_is_no_keystore(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
    } cases[] = {
        {"empty", BYTES("")},
        {"text", BYTES("keystore=x\n")},
        {"DER of something else", BYTES("\x30\x03\x02\x01\x05")},
        {"a version that there is not", BYTES("\xfe\xed\xfe\xed\0\0\0\x09\0\0\0\1")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_java_keystore, gate_for("/x.keystore"), cases[i].bytes);
        if (spy.result != RECOG_NOT_MINE || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    auto_buf jks = {0}, locked = {0}, clear = {0};
    (void)state;

    make_jks(&jks, 0xfeedfeed, 2);
    make_pkcs12(&locked, &(struct want){"changeit", AES, 1, true});
    make_pkcs12(&clear, &(struct want){"changeit", IN_THE_CLEAR, 1, false});
    spy_contract(&recog_java_keystore, gate_for("/x.jks"), span_of(&jks));
    spy_contract(&recog_java_keystore, gate_for("/x.p12"), span_of(&locked));
    spy_contract(&recog_java_keystore, gate_for("/x.p12"), span_of(&clear));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_versions_of_the_old_form),
        cmocka_unit_test(says_where_the_old_form_breaks_off),
        cmocka_unit_test(opens_what_is_locked_only_for_show),
        cmocka_unit_test(passes_by_what_is_no_keystore),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_java_keystore", tests, NULL, NULL);
}
