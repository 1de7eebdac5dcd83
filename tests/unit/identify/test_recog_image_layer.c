// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_image_layer;

enum {
    GATE_OVERLAY2,
    GATE_FUSE,
    GATE_AUFS,
    GATE_VFS,
    GATE_STORAGE_OVERLAY,
    GATE_STORAGE_VFS,
};

#define LAYERS \
    "[{\"id\":\"aa\",\"diff-digest\":\"sha256:01\"},{\"id\":\"bb\",\"parent\":\"aa\"}," \
    "{\"id\":\"../x\"},{\"parent\":\"aa\"}]"

static void says_where_docker_keeps_a_layer(void **state)
{
    const struct {
        size_t gate;
        const char *text;
    } cases[] = {
        {GATE_OVERLAY2, "data contained\n  layer-place=../../../../../overlay2/0a1b/diff\n"},
        {GATE_FUSE, "data contained\n  layer-place=../../../../../fuse-overlayfs/0a1b/diff\n"},
        {GATE_AUFS, "data contained\n  layer-place=../../../../../aufs/diff/0a1b\n"},
        {GATE_VFS, "data contained\n  layer-place=../../../../../vfs/dir/0a1b\n"},
    };
    struct captures captures;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_image_layer, cases[i].gate, BYTES("0a1b"));
        assert_int_equal(spy.result, 0);
        assert_string_equal(spy.text.p, cases[i].text);
        spy_clear(&spy);
    }
    assert_true(gate_path_matches(recog_image_layer.gates[GATE_OVERLAY2].path,
                                  SV("/var/lib/docker/image/overlay2/layerdb/sha256/00ff/cache-id"),
                                  &captures));
    assert_int_equal(captures.at[0].key, FIELD_LAYER);
    assert_true(sv_eq(captures.at[0].value, SV("00ff")));
}

static void says_where_podman_keeps_layers(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_image_layer, GATE_STORAGE_OVERLAY, BYTES(LAYERS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "data contained\n"
                                    "  layer=aa\n"
                                    "  layer-diff=sha256:01\n"
                                    "  layer-place=../overlay/aa/diff\n"
                                    "data contained\n"
                                    "  layer=bb\n"
                                    "  layer-parent=aa\n"
                                    "  layer-place=../overlay/bb/diff\n");
    spy_clear(&spy);
    spy_identify(&spy, &recog_image_layer, GATE_STORAGE_VFS, BYTES("[{\"id\":\"aa\"}]"));
    assert_string_equal(spy.text.p, "data contained\n  layer=aa\n  layer-place=../vfs/dir/aa\n");
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
        {"empty", GATE_OVERLAY2, BYTES(""), RECOG_NOT_MINE},
        {"a way out", GATE_OVERLAY2, BYTES("../../etc"), RECOG_NOT_MINE},
        {"several lines", GATE_OVERLAY2, BYTES("a\nb"), RECOG_NOT_MINE},
        {"no list", GATE_STORAGE_OVERLAY, BYTES("{\"a\":1}"), RECOG_NOT_MINE},
        {"cut short", GATE_STORAGE_OVERLAY, BYTES("[{\"id\":"), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_image_layer, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_image_layer, GATE_OVERLAY2, BYTES("0a1b"));
    spy_contract(&recog_image_layer, GATE_STORAGE_OVERLAY, BYTES(LAYERS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_where_docker_keeps_a_layer),
        cmocka_unit_test(says_where_podman_keeps_layers),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_image_layer", tests, NULL, NULL);
}
