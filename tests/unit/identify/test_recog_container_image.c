// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_container_image;

enum {
    GATE_CONTENT,
    GATE_BLOB,
    GATE_INDEX,
    GATE_FOLDER,
    GATE_ARCHIVE,
    GATE_CONFIG,
};

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

#define INDEX \
    "{\"schemaVersion\":2,\"manifests\":[" \
    "{\"digest\":\"sha256:" A64 "\",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}," \
    "\"annotations\":{\"org.opencontainers.image.ref.name\":\"r.test/acme/tool:1\"," \
    "\"org.opencontainers.image.vendor\":\"Acme\"}},{\"digest\":\"sha256:" B64 "\"}]}"

#define MANIFEST \
    "{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:" A64 "\"},\"layers\":[" \
    "{\"digest\":\"sha256:" B64 "\"},{\"digest\":\"sha256:" A64 "\"}]," \
    "\"annotations\":{\"org.opencontainers.image.title\":\"Tool\"}}"

#define CONFIG \
    "{\"architecture\":\"amd64\",\"author\":\"Ann <ann@acme.test>\",\"config\":{\"Entrypoint\":" \
    "[\"/bin/tool\"],\"Cmd\":[\"-d\"],\"Labels\":{\"maintainer\":\"Bob\"," \
    "\"org.label-schema.vendor\":\"Acme\"}}," \
    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" A64 "\",\"sha256:" B64 "\"]}," \
    "\"history\":[{\"created_by\":\"ADD a\"},{\"created_by\":\"ENV b\",\"empty_layer\":true}," \
    "{\"created_by\":\"RUN c\"}]}"

#define ARCHIVE \
    "[{\"Config\":\"" A64 ".json\",\"RepoTags\":[\"acme/tool:1\"]," \
    "\"Layers\":[\"x/layer.tar\",\"y/layer.tar\"]}]"

static void expect(size_t gate, struct span bytes, const char *text)
{
    struct spy spy;

    spy_identify(&spy, &recog_container_image, gate, bytes);
    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, text);
    spy_clear(&spy);
}

static void an_index_names_manifests(void **state)
{
    (void)state;

    expect(GATE_INDEX, BYTES(INDEX),
           "container contained\n"
           "  image=r.test/acme/tool:1 @216+20\n"
           "  name=r.test/acme/tool\n"
           "  version=1\n"
           "  manifest=" A64 "\n"
           "  architecture=arm64\n"
           "  supplier=Acme\n"
           "container contained\n"
           "  manifest=" B64 "\n");
}

static void a_manifest_lists_layers(void **state)
{
    (void)state;

    expect(GATE_BLOB, BYTES(MANIFEST),
           "container contained\n"
           "  image-config=" A64 "\n"
           "  product=Tool\n"
           "  [1] layer=sha256:" B64 "\n"
           "  [1] layer-place=../sha256/" B64 "\n"
           "  [2] layer=sha256:" A64 "\n"
           "  [2] layer-place=../sha256/" A64 "\n");
    expect(GATE_FOLDER,
           BYTES("{\"config\":{\"digest\":\"sha256:c\"},\"layers\":[{\"digest\":"
                 "\"sha256:d\"}]}"),
           "container contained\n"
           "  image-config=c\n"
           "  [1] layer=sha256:d\n"
           "  [1] layer-place=d\n");
}

static void a_configuration_says_what_made_each_layer(void **state)
{
    (void)state;

    // printf 'sha256:aa… sha256:bb…' | sha256sum
    expect(GATE_CONFIG, BYTES(CONFIG),
           "container contained\n"
           "  architecture=amd64\n"
           "  author=Ann\n"
           "  author=ann@acme.test\n"
           "  supplier=Acme\n"
           "  maintainer=Bob\n"
           "  command=/bin/tool -d\n"
           "  [1] layer=sha256:" A64 "\n"
           "  [1] layer-diff=sha256:" A64 "\n"
           "  [1] created-by=ADD a\n"
           "  [2] layer=sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c\n"
           "  [2] layer-diff=sha256:" B64 "\n"
           "  [2] created-by=RUN c\n");
}

static void docker_save_lists_images(void **state)
{
    (void)state;

    expect(GATE_ARCHIVE, BYTES(ARCHIVE),
           "container contained\n"
           "  image-config=" A64 ".json\n"
           "  [1] layer-place=x/layer.tar\n"
           "  [2] layer-place=y/layer.tar\n"
           "container contained\n"
           "  image=acme/tool:1 @95+13\n"
           "  name=acme/tool\n"
           "  version=1\n"
           "  digest=" A64 "\n");
}

static void tells_other_files_from_damage(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"another object", GATE_INDEX, BYTES("{\"a\":1}"), RECOG_NOT_MINE},
        {"an extension", GATE_FOLDER, BYTES("{\"manifest_version\":3,\"layers\":[]}"),
         RECOG_NOT_MINE},
        {"a list", GATE_ARCHIVE, BYTES("[{\"Layers\":1}]"), RECOG_NOT_MINE},
        {"an attestation", GATE_BLOB, BYTES("{\"subject\":[]}"), RECOG_NOT_MINE},
        {"a blob that breaks off", GATE_BLOB, BYTES("{\"layers\":["), -ERR_FORMAT},
        {"cut short", GATE_INDEX, BYTES("{\"manifests\":["), -ERR_FORMAT},
        {"a layer without a digest", GATE_CONFIG, BYTES("{\"rootfs\":{\"diff_ids\":[\"x\"]}}"),
         -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_container_image, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_container_image, GATE_INDEX, BYTES(INDEX));
    spy_contract(&recog_container_image, GATE_BLOB, BYTES(MANIFEST));
    spy_contract(&recog_container_image, GATE_CONFIG, BYTES(CONFIG));
    spy_contract(&recog_container_image, GATE_ARCHIVE, BYTES(ARCHIVE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_names_manifests),
        cmocka_unit_test(a_manifest_lists_layers),
        cmocka_unit_test(a_configuration_says_what_made_each_layer),
        cmocka_unit_test(docker_save_lists_images),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_container_image", tests, NULL, NULL);
}
