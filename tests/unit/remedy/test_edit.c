// SPDX-License-Identifier: Apache-2.0
/* The edits of lines and certificates: what goes, and that everything else stays as it was. */
#include "support/edit_spy.h"

#include "support/make_cert.h"
#include "trust/certificate.h"

static void drops_accounts(void **state)
{
    (void)state;
    EDITS("drop-account", "kav",
          {"passwd", "root:x:0:0::/:/bin/sh\nkav:x:9:9::/:/bin/false\nkavx:x:8:8:::\n",
           "root:x:0:0::/:/bin/sh\nkavx:x:8:8:::\n"},
          {"the last line without an end", "a:x\nkav:!:1::::::", "a:x\n"},
          {"the only one", "kav:x:9:\n", ""},
          {"line ends stay", "a:\r\nkav:\r\nb:\r\n", "a:\r\nb:\r\n"},
          {"comments and blanks stay", "# kav:\n\n kav:x\nkav:y\n", "# kav:\n\n kav:x\n"},
          {"not a field of another", "x:kav:kav\n", NULL}, {"no fields", "kav\n", NULL},
          {"nothing", "", NULL});
    assert_edit_fails("drop-account", "a:b", "a:b:c\n", ERR_USAGE);
    assert_edit_fails("drop-account", "a", "a:b\0c", ERR_FORMAT);
}

static void drops_members(void **state)
{
    (void)state;
    EDITS("drop-member", "kav",
          {"alone, first, middle, last", "a:x:1:kav\nb:x:2:kav,u\nc:x:3:u,kav,v\nd:x:4:u,kav\n",
           "a:x:1:\nb:x:2:u\nc:x:3:u,v\nd:x:4:u\n"},
          {"twice", "a:x:1:kav,kav\nb:x:2:u,kav,kav\n", "a:x:1:\nb:x:2:u\n"},
          {"administrators of gshadow", "a:!:kav,r:u,kav\n", "a:!:r:u\n"},
          {"the group itself stays", "kav:x:1:\n", NULL},
          {"other names", "a:x:1:kav2,xkav\n", NULL}, {"a comment", "#a:x:1:kav\n", NULL});
}

static void drops_modules(void **state)
{
    (void)state;
    EDITS("drop-module", "kav_flt",
          {"with - or _", "loop\nkav-flt\nkav_flt mode=1\n# kav_flt\n", "loop\n# kav_flt\n"},
          {"settings", "options kav_flt a=1\nalias x kav_flt\nsoftdep kav_flt pre: y\n", ""},
          {"a line that goes on", "options kav_flt \\\n  a=1\noptions y b\n", "options y b\n"},
          {"what keeps it out stays", "blacklist kav_flt\ninstall kav_flt /bin/false\n", NULL});
}

static void drops_cron_lines(void **state)
{
    (void)state;
    EDITS("drop-cron", "/opt/kav/update -q",
          {"of a system, of a user, by name",
           "SHELL=/bin/sh\n5 * * * * root /opt/kav/update -q\n5 4 * * * /opt/kav/update -q\n"
           "@daily root   /opt/kav/update -q  \n@daily /opt/kav/update -q\n",
           "SHELL=/bin/sh\n"},
          {"other commands", "5 4 * * * root echo/opt/kav/update -q\n# /opt/kav/update -q\n", NULL},
          {"no time", "/opt/kav/update -q\nX= /opt/kav/update -q\n", NULL});
}

static void drops_hosts(void **state)
{
    (void)state;
    EDITS("drop-host", "ksc.example",
          {"its line", "127.0.0.1 localhost\n10.0.0.9\tKSC.example # server\n",
           "127.0.0.1 localhost\n"},
          {"its word", "10.0.0.9  ksc.example ksc # server\n10.0.0.9 ksc  ksc.example\n",
           "10.0.0.9 ksc # server\n10.0.0.9 ksc\n"},
          {"not in a comment", "10.0.0.9 ksc # ksc.example\n", NULL},
          {"not an address", "ksc.example x\n", NULL});
}

static void drops_packages_of_dpkg(void **state)
{
    (void)state;
    EDITS("drop-deb", "kesl",
          {"its paragraph",
           "Package: a\nVersion: 1\n\nPackage: kesl\nVersion: 2\n x\n\nPackage: kesl-gui\n\n",
           "Package: a\nVersion: 1\n\nPackage: kesl-gui\n\n"},
          {"the last one", "Package: a\n\nPackage: kesl\n", "Package: a\n\n"},
          {"what only needs it", "Package: a\nDepends: kesl\n\n", NULL});
}

static void drops_lines(void **state)
{
    (void)state;
    EDITS("drop-line", "/opt/kav/lib.so",
          {"as it is", "a\n  /opt/kav/lib.so\n/opt/kav/lib.so.1", "a\n/opt/kav/lib.so.1"});
}

struct bundle {
    struct buf one, two, all, key;
};

static void bundle_init(struct bundle *b, const char *before_one, const char *between,
                        const char *behind)
{
    struct made_cert one = made_cert("First Root", "First", NULL, true, NULL);
    struct made_cert two = made_cert("Second Root", "Second", NULL, true, NULL);
    auto_buf der = {0};
    auto_arena arena = {0};
    struct certificate c;

    *b = (struct bundle){0};
    made_cert_pem(&one, &b->one);
    made_cert_pem(&two, &b->two);
    made_cert_der(&two, &der);
    arena_init(&arena, 1 << 20);
    assert_int_equal(
        certificate_parse((struct span){(uint8_t *)der.p, der.n}, &arena, &c, NULL, NULL), 0);
    buf_sv(&b->key, c.sha256);
    buf_str(&b->all, before_one);
    buf_sv(&b->all, buf_view(&b->one));
    buf_str(&b->all, between);
    buf_sv(&b->all, buf_view(&b->two));
    buf_str(&b->all, behind);
    made_cert_clear(&one);
    made_cert_clear(&two);
}

static void bundle_clear(struct bundle *b)
{
    buf_clear(&b->one);
    buf_clear(&b->two);
    buf_clear(&b->all);
    buf_clear(&b->key);
}

static void drops_one_certificate_of_a_bundle(void **state)
{
    const struct {
        const char *why, *between, *behind, *kept_between;
    } cases[] = {
        {"directly behind each other", "", "", ""},
        {"its comment goes with it", "\n# Subject: CN=Second Root\n# Serial: 1\n", "\n", "\n"},
        {"a comment that does not name it stays", "\n# imported by hand\n", "# end\n",
         "\n# imported by hand\n"},
        {"a comment apart from it stays", "# Second Root\n\n", "", "# Second Root\n\n"},
        {"a key with its name stays",
         "# Second Root\n-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n", "",
         "# Second Root\n-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bundle b;
        auto_buf want = {0};

        bundle_init(&b, "# all\n", cases[i].between, cases[i].behind);
        buf_str(&want, "# all\n");
        buf_sv(&want, buf_view(&b.one));
        buf_str(&want, cases[i].kept_between);
        buf_str(&want, cases[i].behind);
        assert_edit(cases[i].why, "drop-pem", b.key.p, buf_view(&b.all), &want);
        bundle_clear(&b);
    }
}

static void blocks_on_one_line_are_parted(void **state)
{
    struct bundle b;
    auto_buf all = {0};
    (void)state;

    // `cat a.pem b.pem` of a file without an end of its last line
    bundle_init(&b, "", "", "");
    buf_bytes(&all, b.two.p, b.two.n - 1);
    buf_sv(&all, buf_view(&b.one));
    assert_edit("joined", "drop-pem", b.key.p, buf_view(&all), &b.one);
    bundle_clear(&b);
}

static void a_certificate_that_is_not_there_is_nothing(void **state)
{
    struct bundle b;
    (void)state;

    bundle_init(&b, "", "", "");
    assert_edit("not there", "drop-pem", b.key.p, buf_view(&b.one), NULL);
    assert_edit_fails("drop-pem", "abcd", "x", ERR_USAGE);
    bundle_clear(&b);
}

static void unknown_edits_are_named(void **state)
{
    (void)state;
    assert_edit_fails("drop-nothing", "x", "x", ERR_USAGE);
    assert_edit_fails("drop-line", "", "x", ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_accounts),
        cmocka_unit_test(drops_members),
        cmocka_unit_test(drops_modules),
        cmocka_unit_test(drops_cron_lines),
        cmocka_unit_test(drops_hosts),
        cmocka_unit_test(drops_lines),
        cmocka_unit_test(drops_packages_of_dpkg),
        cmocka_unit_test(drops_one_certificate_of_a_bundle),
        cmocka_unit_test(blocks_on_one_line_are_parted),
        cmocka_unit_test(a_certificate_that_is_not_there_is_nothing),
        cmocka_unit_test(unknown_edits_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
