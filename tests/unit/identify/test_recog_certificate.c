// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include "support/make_cert.h"

extern const struct recogniser recog_certificate;

struct fixture {
    struct buf root, other, leaf; /* PEM */
    struct buf root_der, leaf_der;
};

static int make(void **state)
{
    static struct fixture f;
    struct made_cert root = made_cert("Acme Root", "Acme Ltd", NULL, true, NULL);
    struct made_cert other = made_cert("Other Root", NULL, NULL, true, NULL);
    struct made_cert leaf = made_cert("www.acme.test", "Acme Ltd", NULL, false, &root);

    made_cert_pem(&root, &f.root);
    made_cert_pem(&other, &f.other);
    made_cert_pem(&leaf, &f.leaf);
    made_cert_der(&root, &f.root_der);
    made_cert_der(&leaf, &f.leaf_der);
    made_cert_clear(&root);
    made_cert_clear(&other);
    made_cert_clear(&leaf);
    *state = &f;
    return 0;
}

static int unmake(void **state)
{
    struct fixture *f = *state;

    buf_clear(&f->root);
    buf_clear(&f->other);
    buf_clear(&f->leaf);
    buf_clear(&f->root_der);
    buf_clear(&f->leaf_der);
    return 0;
}

static struct span span_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

/* The index of the gate that a path takes by itself, first bytes not looked at. */
static size_t gate_for(const char *path)
{
    struct captures captures;

    for (size_t i = 0;; i++) {
        const struct gate *g = &recog_certificate.gates[i];

        assert_true(g->path || g->magic.n);
        if (g->path && gate_path_matches(g->path, sv_str(path), &captures))
            return i;
    }
}

/* The lines of an answer that are the same for every run: no digest. */
static void expect(struct spy *spy, const char *const *lines)
{
    struct sv text = buf_view(&spy->text);

    for (; *lines; lines++) {
        struct sv line;

        do {
            assert_true(text.n);
            line = sv_line(&text);
        } while (sv_find(line, SV("-sha256=")) != SIZE_MAX);
        if (!sv_eq(line, sv_str(*lines)))
            fail_msg("expected '%s' in\n%s", *lines, spy->text.p);
    }
    assert_int_equal(text.n, 0);
}

static void says_whose_certificate_it_is_and_where_it_stands(void **state)
{
    struct fixture *f = *state;
    auto_buf file = {0};
    char name[64], cn[64], o[64];
    struct spy spy;

    buf_str(&file, "# the root of Acme\n");
    size_t start = file.n;

    buf_sv(&file, buf_view(&f->root));

    size_t n = f->root.n - 1; // without the last line's end

    spy_identify(&spy, &recog_certificate, gate_for("/etc/ssl/certs/acme.crt"), span_of(&file));

    assert_int_equal(spy.result, 0);
    snprintf(name, sizeof(name), "  name=Acme Root @%zu+%zu", start, n);
    snprintf(cn, sizeof(cn), "  [1] certificate-cn=Acme Root @%zu+%zu", start, n);
    snprintf(o, sizeof(o), "  [1] certificate-o=Acme Ltd @%zu+%zu", start, n);
    expect(&spy, (const char *const[]){
                     "cryptographic-asset installed", name, cn, o,
                     "  [1] certificate-issuer-cn=Acme Root", "  [1] certificate-issuer-o=Acme Ltd",
                     "  [1] certificate-serial=1234abcd", "  [1] certificate-kind=self-signed-ca",
                     "  [1] certificate-store=system", NULL});
    spy_clear(&spy);
}

/* "head: name kind store; …" of every component. */
static void summary(const struct spy *spy, struct buf *to)
{
    struct sv text = buf_view(&spy->text);

    while (text.n) {
        struct sv line = sv_line(&text);
        size_t at;

        if (!sv_starts(line, SV("  "))) {
            buf_str(to, to->n ? "; " : "");
            buf_sv(to, line);
        } else if ((at = sv_find(line, SV("name="))) != SIZE_MAX) {
            line = sv_from(line, at + 5);
            buf_str(to, ": ");
            buf_sv(to, (struct sv){line.p, sv_find(line, SV(" @"))});
        } else if ((at = sv_find(line, SV("-kind="))) != SIZE_MAX ||
                   (at = sv_find(line, SV("store="))) != SIZE_MAX) {
            buf_str(to, ", ");
            buf_sv(to, sv_from(line, at + 6));
        }
    }
    buf_str(to, "");
}

static void where_it_stands_says_what_it_does(void **state)
{
    struct fixture *f = *state;
    auto_buf bundle = {0}, chain = {0};

    buf_sv(&bundle, buf_view(&f->root));
    buf_str(&bundle, "Other\n=====\n");
    buf_sv(&bundle, buf_view(&f->other));
    buf_sv(&chain, buf_view(&f->leaf));
    buf_sv(&chain, buf_view(&f->root));

    const struct {
        const char *why, *path;
        struct span bytes;
        const char *summary;
    } cases[] = {
        {"several roots are a trust store", "/opt/venv/lib/certifi/cacert.pem", span_of(&bundle),
         "cryptographic-asset present: Acme Root, self-signed-ca, bundle; "
         "cryptographic-asset present: Other Root, self-signed-ca, bundle"},
        {"a root is there to be trusted", "/home/u/acme.pem", span_of(&f->root),
         "cryptographic-asset present: Acme Root, self-signed-ca, loose"},
        {"a server's own certificate is not", "/etc/nginx/site.pem", span_of(&chain),
         "cryptographic-asset present <=trace: www.acme.test, leaf, loose; "
         "cryptographic-asset present: Acme Root, self-signed-ca, loose"},
        {"DER", "/home/u/acme.cer", span_of(&f->root_der),
         "cryptographic-asset present: Acme Root, self-signed-ca, loose"},
        {"a leaf as DER", "/home/u/site.der", span_of(&f->leaf_der),
         "cryptographic-asset present <=trace: www.acme.test, leaf, loose"},
        {"DER that the system trusts", "/etc/pki/ca-trust/source/anchors/acme.der",
         span_of(&f->root_der), "cryptographic-asset installed: Acme Root, self-signed-ca, system"},
        {"the system's bundle", "/etc/ssl/certs/ca-certificates.crt", span_of(&bundle),
         "cryptographic-asset installed: Acme Root, self-signed-ca, system; "
         "cryptographic-asset installed: Other Root, self-signed-ca, system"},
        {"what it is made from", "/usr/local/share/ca-certificates/acme/acme.crt",
         span_of(&f->root), "cryptographic-asset installed: Acme Root, self-signed-ca, system"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf got = {0};
        struct spy spy;

        spy_identify(&spy, &recog_certificate, gate_for(cases[i].path), cases[i].bytes);
        assert_int_equal(spy.result, 0);
        summary(&spy, &got);
        if (strcmp(got.p, cases[i].summary) != 0)
            fail_msg("%s: got %s", cases[i].why, got.p);
        spy_clear(&spy);
    }
}

static void a_damaged_block_hides_no_other(void **state)
{
    struct fixture *f = *state;
    auto_buf file = {0}, got = {0};
    struct spy spy;

    buf_str(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    buf_sv(&file, buf_view(&f->root));
    spy_identify(&spy, &recog_certificate, gate_for("/x.pem"), span_of(&file));

    assert_int_equal(spy.result, -ERR_FORMAT);
    summary(&spy, &got);
    assert_string_equal(got.p, "cryptographic-asset present: Acme Root, self-signed-ca, loose");
    spy_clear(&spy);
}

static void passes_by_what_has_no_certificate(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
    } cases[] = {
        {"empty", BYTES("")},
        {"text", BYTES("# nothing here\n")},
        {"a key", BYTES("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")},
        {"an example to fill in", BYTES("-----BEGIN CERTIFICATE-----\nReplace this; it is a "
                                        "dummy\n-----END CERTIFICATE-----\n")},
        {"DER of something else", BYTES("\x30\x03\x02\x01\x05")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_certificate, gate_for("/x.pem"), cases[i].bytes);
        if (spy.result != RECOG_NOT_MINE || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    struct fixture *f = *state;

    spy_contract(&recog_certificate, gate_for("/x.pem"), span_of(&f->leaf));
    spy_contract(&recog_certificate, gate_for("/x.der"), span_of(&f->leaf_der));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_whose_certificate_it_is_and_where_it_stands),
        cmocka_unit_test(where_it_stands_says_what_it_does),
        cmocka_unit_test(a_damaged_block_hides_no_other),
        cmocka_unit_test(passes_by_what_has_no_certificate),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_certificate", tests, make, unmake);
}
