// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_dockerfile;

#define STAGES \
    "# syntax=docker/dockerfile:1\n" \
    "ARG BASE=registry.test/base\n" \
    "ARG TAG=\"1.2\"\n" \
    "FROM --platform=linux/amd64 ${BASE}:$TAG AS build\n" \
    "from build as again\n" \
    "FROM scratch\n" \
    "COPY --from=build /x /x\n" \
    "COPY --from=registry.test/tool:2 /y /y\n" \
    "FROM $UNKNOWN\n"

#define COMMANDS \
    "FROM debian:12\n" \
    "ADD --chown=0:0 https://dl.acme.test/a.tgz /opt/\n" \
    "RUN --mount=type=cache,target=/x apt-get update && \\\n" \
    "    # a comment in between\n" \
    "    apt-get install -y \\\n" \
    "\n" \
    "      acme-agent && rm -rf /x\n" \
    "RUN [\"pip\", \"install\", \"acme==1.0\"]\n" \
    "RUN <<EOF\n" \
    "curl https://dl.acme.test/b\n" \
    "EOF\n" \
    "ENV URL=https://not.test\n" \
    "CMD curl https://dl.acme.test/c\n"

static void references_images_but_not_its_own_stages(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_dockerfile, 0, BYTES(STAGES));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container referenced\n"
                                    "  image=registry.test/base:1.2 @99+12\n"
                                    "  name=registry.test/base\n"
                                    "  version=1.2\n"
                                    "container referenced\n"
                                    "  image=registry.test/tool:2 @190+20\n"
                                    "  name=registry.test/tool\n"
                                    "  version=2\n");
    spy_clear(&spy);
}

static void says_what_commands_download_and_install(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_dockerfile, 0, BYTES(COMMANDS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container referenced\n"
                                    "  image=debian:12 @5+9\n"
                                    "  name=debian\n"
                                    "  version=12\n"
                                    "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/a.tgz @31+26\n"
                                    "  host=dl.acme.test\n"
                                    "library referenced <=trace\n"
                                    "  package=acme-agent @176+10\n"
                                    "  name=acme-agent\n"
                                    "  package-type=deb\n"
                                    "library referenced <=trace\n"
                                    "  package=acme @224+4\n"
                                    "  name=acme\n"
                                    "  package-type=pypi\n"
                                    "  version=1.0\n"
                                    "  purl=pkg:pypi/acme@1.0\n"
                                    "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/b @251+22\n"
                                    "  host=dl.acme.test\n"
                                    "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/c @312+22\n"
                                    "  host=dl.acme.test\n");
    spy_clear(&spy);
}

static void other_text_is_no_dockerfile(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"prose", 0, BYTES("Docker files are nice\n"), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_dockerfile, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_dockerfile, 0, BYTES(STAGES));
    spy_contract(&recog_dockerfile, 0, BYTES(COMMANDS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_images_but_not_its_own_stages),
        cmocka_unit_test(says_what_commands_download_and_install),
        cmocka_unit_test(other_text_is_no_dockerfile),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_dockerfile", tests, NULL, NULL);
}
