// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_image_store;

#define DOCKER \
    "{\"Repositories\":{\"registry.test:5000/acme/tool\":{\"registry.test:5000/acme/" \
    "tool:1.2\":\"sha256:00\",\"registry.test:5000/acme/tool@sha256:01\":\"sha256:00\"}}}"

#define PODMAN \
    "[{\"id\":\"00ff\",\"names\":[\"docker.io/acme/" \
    "tool:latest\"],\"layer\":\"aa\"},{\"id\":\"01\"}]"

static void reads_the_store_of_docker(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_image_store, 0, BYTES(DOCKER));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container installed\n"
                                    "  image=registry.test:5000/acme/tool:1.2 @49+34\n"
                                    "  name=registry.test:5000/acme/tool\n"
                                    "  version=1.2\n"
                                    "  digest=00\n"
                                    "container installed\n"
                                    "  image=registry.test:5000/acme/tool@sha256:01 @96+40\n"
                                    "  name=registry.test:5000/acme/tool\n"
                                    "  version=sha256:01\n"
                                    "  digest=00\n");
    spy_clear(&spy);
}

static void reads_the_store_of_podman(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_image_store, 1, BYTES(PODMAN));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container installed\n"
                                    "  image=docker.io/acme/tool:latest @23+28\n"
                                    "  name=docker.io/acme/tool\n"
                                    "  version=latest\n"
                                    "  digest=00ff\n"
                                    "container installed\n"
                                    "  digest=00ff\n"
                                    "  layer=aa\n");
    spy_clear(&spy);
}

static void reads_the_containers_of_podman(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_image_store, 2,
                 BYTES("[{\"id\":\"cc\",\"names\":[\"web\"],\"image\":\"00\",\"layer\":\"bb\"}]"));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container installed\n"
                                    "  name=web\n"
                                    "  digest=cc\n"
                                    "  layer=bb\n");
    spy_clear(&spy);
}

static void tells_other_files_from_damage(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"another object", 0, BYTES("{\"a\":1}"), RECOG_NOT_MINE},
        {"another object for podman", 1, BYTES("{\"a\":1}"), RECOG_NOT_MINE},
        {"cut short", 0, BYTES("{\"Repositories\":{"), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_image_store, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_image_store, 0, BYTES(DOCKER));
    spy_contract(&recog_image_store, 1, BYTES(PODMAN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_store_of_docker),
        cmocka_unit_test(reads_the_store_of_podman),
        cmocka_unit_test(reads_the_containers_of_podman),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_image_store", tests, NULL, NULL);
}
