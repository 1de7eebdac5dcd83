// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_image;

#define COMPOSE \
    "x-common: &common\n" \
    "  image: \"registry.test:5000/acme/base:1.2\"\n" \
    "services:\n" \
    "  a:\n" \
    "    <<: *common\n" \
    "  b: {image: acme/tool@sha256:00ff, ports: [\"80:80\"]}\n" \
    "  c:\n" \
    "    image: ${REGISTRY:-registry.test}/c:${TAG:-v1}\n" \
    "  d:\n" \
    "    image: ${REGISTRY}/hidden\n" \
    "  e:\n" \
    "    build: .\n"

#define KUBERNETES \
    "apiVersion: v1\n" \
    "kind: ConfigMap\n" \
    "data: {text: \"image: not/this\"}\n" \
    "---\n" \
    "apiVersion: apps/v1\n" \
    "kind: Deployment\n" \
    "spec:\n" \
    "  template:\n" \
    "    spec:\n" \
    "      containers:\n" \
    "      - name: x\n" \
    "        image: docker.io/acme/tool:2.0\n" \
    "---\n" \
    "apiVersion: argoproj.io/v1alpha1\n" \
    "kind: Application\n" \
    "spec: {source: {repoURL: \"https://charts.acme.test\", chart: tool}}\n"

#define VALUES \
    "image:\n" \
    "  registry: registry.test\n" \
    "  repository: acme/tool\n" \
    "  tag: \"v2\"\n" \
    "worker:\n" \
    "  repository: acme/worker\n" \
    "  digest: sha256:00ff\n" \
    "git:\n" \
    "  repository: acme/source\n" \
    "sidecar: {image: {repository: acme/side}}\n"

#define TEMPLATE \
    "apiVersion: apps/v1\n" \
    "kind: Deployment\n" \
    "{{- if .Values.x }}\n" \
    "      - image: \"registry.test/acme/tool:{{ .Values.tag }}\" # why\n" \
    "      - image: {{ .Values.image }}\n" \
    "{{- end }}\n"

static void reads_compose_files(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_image, 0, BYTES(COMPOSE));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container referenced\n"
                                    "  image=registry.test:5000/acme/base:1.2 @27+34\n"
                                    "  name=registry.test:5000/acme/base\n"
                                    "  version=1.2\n"
                                    "container referenced\n"
                                    "  image=acme/tool@sha256:00ff @106+21\n"
                                    "  name=acme/tool\n"
                                    "  version=sha256:00ff\n"
                                    "container referenced\n"
                                    "  image=registry.test/c:v1 @163+39\n"
                                    "  name=registry.test/c\n"
                                    "  version=v1\n");
    spy_clear(&spy);
}

static void reads_the_documents_of_kubernetes(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_image, 7, BYTES(KUBERNETES));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container referenced\n"
                                    "  image=docker.io/acme/tool:2.0 @181+23\n"
                                    "  name=docker.io/acme/tool\n"
                                    "  version=2.0\n"
                                    "data referenced\n"
                                    "  url=https://charts.acme.test @285+26\n");
    spy_clear(&spy);
}

static void puts_the_parts_of_helm_values_together(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_image, 2, BYTES(VALUES));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container referenced\n"
                                    "  image=registry.test/acme/tool:v2 @47+9\n"
                                    "  name=registry.test/acme/tool\n"
                                    "  version=v2\n"
                                    "container referenced\n"
                                    "  image=acme/worker@sha256:00ff @91+11\n"
                                    "  name=acme/worker\n"
                                    "  version=sha256:00ff\n"
                                    "container referenced\n"
                                    "  image=acme/side @186+9\n"
                                    "  name=acme/side\n");
    spy_clear(&spy);
}

static void reads_the_lines_of_a_template(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_image, 7, BYTES(TEMPLATE));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container referenced\n"
                                    "  image=registry.test/acme/tool @73+41\n"
                                    "  name=registry.test/acme/tool\n");
    spy_clear(&spy);
}

static void other_yaml_asks_for_no_image(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"no image", 0, BYTES("services: {}\n"), RECOG_NOT_MINE},
        {"not Kubernetes", 7, BYTES("image: acme/tool\n"), RECOG_NOT_MINE},
        {"a picture", 0, BYTES("image: ./picture file.png\n"), RECOG_NOT_MINE},
        {"a schema", 7,
         BYTES("apiVersion: v1\n"
               "kind: X\n"
               "image: {type: string}\n"),
         RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_image, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_image, 0, BYTES(COMPOSE));
    spy_contract(&recog_image, 7, BYTES(KUBERNETES));
    spy_contract(&recog_image, 2, BYTES(VALUES));
    spy_contract(&recog_image, 7, BYTES(TEMPLATE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_compose_files),
        cmocka_unit_test(reads_the_documents_of_kubernetes),
        cmocka_unit_test(puts_the_parts_of_helm_values_together),
        cmocka_unit_test(reads_the_lines_of_a_template),
        cmocka_unit_test(other_yaml_asks_for_no_image),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_image", tests, NULL, NULL);
}
