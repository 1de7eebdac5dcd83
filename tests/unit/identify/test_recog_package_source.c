// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_package_source;

enum {
    GATE_APT_LIST = 0,
    GATE_APT_PARAGRAPHS = 2,
    GATE_REPO = 3,
    GATE_APK = 5,
    GATE_PACMAN = 6,
};

#define APT_LIST \
    "# deb https://off.example/x stable main\n" \
    "deb [arch=amd64 signed-by=/k.gpg] https://user:pw@apt.acme.example:8443/deb stable main\n" \
    "deb-src http://[fe80::1]/src ./\ndeb cdrom\n"
#define APT_PARAGRAPHS \
    "Types: deb\nURIs: https://a.example/\n  https://b.example/\nSuites: s\n\n" \
    "Enabled: no\nURIs: https://c.example/\n"
#define REPO \
    "[acme]\nname=Acme packages\nbaseurl=https://rpm.acme.example/9/\n   " \
    "https://two.example/?a=b\n" \
    "enabled=0\n[plain]\nmirrorlist=https://m.example/list\n"

static void describe(struct spy *spy, size_t gate, struct span bytes)
{
    spy_identify(spy, &recog_package_source, gate, bytes);
    assert_int_equal(spy->result, 0);
}

static void reads_sources_of_apt_one_a_line(void **state)
{
    struct spy spy;
    (void)state;

    describe(&spy, GATE_APT_LIST, BYTES(APT_LIST));
    assert_string_equal(spy.text.p, "data referenced\n"
                                    "  name=https://apt.acme.example:8443/deb\n"
                                    "  url=https://apt.acme.example:8443/deb @74+41\n"
                                    "  host=apt.acme.example\n"
                                    "  status=deb package source\n"
                                    "  row=line 2\n"
                                    "data referenced\n"
                                    "  name=http://[fe80::1]/src\n"
                                    "  url=http://[fe80::1]/src @136+20\n"
                                    "  host=fe80::1\n"
                                    "  status=deb package source\n"
                                    "  row=line 3\n");
    spy_clear(&spy);
}

static void reads_sources_of_apt_in_paragraphs(void **state)
{
    struct spy spy;
    (void)state;

    describe(&spy, GATE_APT_PARAGRAPHS, BYTES(APT_PARAGRAPHS));
    assert_string_equal(spy.text.p, "data referenced\n"
                                    "  name=https://a.example/\n"
                                    "  url=https://a.example/ @17+18\n"
                                    "  host=a.example\n"
                                    "  status=deb package source\n"
                                    "data referenced\n"
                                    "  name=https://b.example/\n"
                                    "  url=https://b.example/ @38+18\n"
                                    "  host=b.example\n"
                                    "  status=deb package source\n"
                                    "data referenced\n"
                                    "  name=https://c.example/\n"
                                    "  url=https://c.example/ @86+18\n"
                                    "  host=c.example\n"
                                    "  status=deb package source, disabled\n");
    spy_clear(&spy);
}

static void reads_repositories_of_yum(void **state)
{
    struct spy spy;
    (void)state;

    describe(&spy, GATE_REPO, BYTES(REPO));
    assert_string_equal(spy.text.p, "data referenced\n"
                                    "  name=Acme packages\n"
                                    "  url=https://rpm.acme.example/9/ @34+27\n"
                                    "  host=rpm.acme.example\n"
                                    "  status=rpm package source, disabled\n"
                                    "data referenced\n"
                                    "  name=Acme packages\n"
                                    "  url=https://two.example/?a=b @65+24\n"
                                    "  host=two.example\n"
                                    "  status=rpm package source, disabled\n"
                                    "data referenced\n"
                                    "  name=plain\n"
                                    "  url=https://m.example/list @119+22\n"
                                    "  host=m.example\n"
                                    "  status=rpm package source\n");
    spy_clear(&spy);
}

static void reads_those_of_apk_and_pacman(void **state)
{
    struct spy spy;
    (void)state;

    describe(&spy, GATE_APK, BYTES("/media/cd\n@edge https://a.example/alpine\n"));
    assert_string_equal(spy.text.p, "data referenced\n"
                                    "  name=https://a.example/alpine\n"
                                    "  url=https://a.example/alpine @16+24\n"
                                    "  host=a.example\n"
                                    "  status=apk package source\n"
                                    "  row=line 2\n");
    spy_clear(&spy);

    describe(&spy, GATE_PACMAN, BYTES("[core]\nSigLevel = x\nServer = https://p.example/$repo\n"));
    assert_string_equal(spy.text.p, "data referenced\n"
                                    "  name=https://p.example/$repo\n"
                                    "  url=https://p.example/$repo @29+23\n"
                                    "  host=p.example\n"
                                    "  status=pacman package source\n"
                                    "  row=line 3\n");
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_package_source, GATE_APT_LIST, BYTES(APT_LIST));
    spy_contract(&recog_package_source, GATE_APT_PARAGRAPHS, BYTES(APT_PARAGRAPHS));
    spy_contract(&recog_package_source, GATE_REPO, BYTES(REPO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_sources_of_apt_one_a_line),
        cmocka_unit_test(reads_sources_of_apt_in_paragraphs),
        cmocka_unit_test(reads_repositories_of_yum),
        cmocka_unit_test(reads_those_of_apk_and_pacman),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_package_source", tests, NULL, NULL);
}
