// SPDX-License-Identifier: Apache-2.0
/* What lies in a layer is installed in its image, whatever later layers hide. */
#include "match/images.h"

#include "support/matching.h"

static const char catalogue[] =
    "products:\n"
    "  - {id: anvil, name: Acme Anvil, kind: anti-virus, platforms: [linux], source: here}\n"
    "indicators:\n"
    "  - {id: acme.t.deb, product: anvil, strength: conclusive, field: package, op: exact, value: "
    "anvil, scope: branded, source: here, hit: [anvil]}\n"
    "  - {id: acme.t.image, product: anvil, strength: strong, field: image, op: prefix, value: "
    "acme/, scope: branded, source: here, hit: [acme/anvil]}\n";

static struct matching w;

static int set_up(void **state)
{
    (void)state;
    matching_init(&w, catalogue, NULL, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    matching_clear(&w);
    return 0;
}

#define PACKAGE(place, anchor) \
    "application contained\n  @place=" place "\n  @anchor=" anchor "\n" \
    "  package-type=deb\n  package=anvil\n  version=1.0\n"
#define DATABASE(layer) \
    PACKAGE("/x.tar!/blobs/sha256/" layer "!/var/db", "/x.tar!/blobs/sha256/" layer)
#define OTHER(layer, path) \
    "library contained\n  @place=/x.tar!/blobs/sha256/" layer "!" path \
    "\n  @anchor=/x.tar\n  name=x\n"
#define WHITEOUT(layer, folder, name) \
    "data contained\n  @place=/x.tar!/blobs/sha256/" layer "!" folder "/.wh." name \
    "\n  @anchor=/x.tar\n  whiteout=" name "\n"
#define INDEX(name, manifest) \
    "container contained\n  @place=/x.tar!/index.json\n  @anchor=/x.tar\n  image=" name \
    "\n  manifest=" manifest "\n"
#define MANIFEST(digest, config) \
    "container contained\n  @place=/x.tar!/blobs/sha256/" digest \
    "\n  @anchor=/x.tar\n  digest=" digest "\n  image-config=" config "\n"
#define LAYER(n, digest) \
    "  [" n "] layer=sha256:" digest "\n  [" n "] layer-place=../sha256/" digest "\n"
#define CONFIG(digest) \
    "container contained\n  @place=/x.tar!/blobs/sha256/" digest \
    "\n  @anchor=/x.tar\n  digest=" digest \
    "\n  [1] layer=sha256:c1\n  [1] created-by=ADD one\n  [2] layer=sha256:c2\n" \
    "  [2] created-by=RUN two\n  [3] layer=sha256:c3\n"
#define IMAGE \
    INDEX("r.test/made:1", "mm") \
    MANIFEST("mm", "cc") LAYER("1", "l1") LAYER("2", "l2") LAYER("3", "l3") CONFIG("cc")

static const struct finding *the_finding(void)
{
    (void)matching_findings(&w);
    assert_int_equal(w.count, 1);
    return &w.findings[0];
}

static void expect_layer(const struct finding_layer *l, uint64_t number, uint64_t by, bool deleted)
{
    assert_true(sv_eq(l->image, SV("r.test/made:1")));
    assert_int_equal(l->number, number);
    assert_int_equal(l->of, 3);
    assert_int_equal(l->by, by);
    assert_int_equal(l->deleted, deleted);
}

static void a_package_in_layers_is_installed_in_the_image(void **state)
{
    const struct finding *f;
    (void)state;

    matching_add(&w, DATABASE("l1") DATABASE("l2") IMAGE);

    f = the_finding();
    assert_string_equal(f->anchor.p, "/x.tar!/blobs/sha256/mm");
    assert_int_equal(f->state, STATE_CONTAINED);
    assert_int_equal(f->place_count, 2);
    assert_int_equal(f->layer_count, 2);
    expect_layer(&f->layers[0], 1, 2, false);
    expect_layer(&f->layers[1], 2, 0, false);
    assert_string_equal(f->layers[0].digest.p, "sha256:l1");
    assert_string_equal(f->layers[0].created_by.p, "ADD one");
    assert_string_equal(f->layers[1].created_by.p, "RUN two");
    assert_non_null(strstr(f->reason.p, "; in layers 1 and 2 of 3 of the image r.test/made:1"));
    assert_null(strstr(f->reason.p, "still in the image"));
}

static void what_a_later_layer_hides_is_still_there(void **state)
{
    const struct {
        const char *why, *component;
        uint64_t by;
        bool deleted;
    } cases[] = {
        {"the file", WHITEOUT("l3", "/var", "db"), 3, true},
        {"a folder above it", WHITEOUT("l2", "", "var"), 2, true},
        {"all that the folder held", WHITEOUT("l2", "/var", ".wh..opq"), 2, true},
        {"all that a folder above held",
         "data contained\n  @place=/x.tar!/blobs/sha256/l3!/.wh..wh..opq\n  @anchor=/x.tar\n"
         "  whiteout=.wh..opq\n",
         3, true},
        {"another file", OTHER("l3", "/var/db"), 3, false},
        {"a file in place of the folder", OTHER("l2", "/var"), 2, false},
        {"the layer below", WHITEOUT("l1", "/var", "db"), 0, false},
        {"a name that is longer", WHITEOUT("l2", "/var", "db2"), 0, false},
        {"a name that is shorter", WHITEOUT("l2", "/var", "d"), 0, false},
        {"the same elsewhere", WHITEOUT("l2", "/srv/var", "db"), 0, false},
        {"what lies beside it", OTHER("l2", "/var/db2"), 0, false},
        {"a layer of no image", WHITEOUT("l9", "/var", "db"), 0, false},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct finding *f;

        matching_add(&w, DATABASE("l1") IMAGE);
        matching_add(&w, cases[i].component);
        f = the_finding();
        if (f->layer_count != 1 || f->layers[0].by != cases[i].by ||
            f->layers[0].deleted != cases[i].deleted ||
            !strstr(f->reason.p, "still in the image") != !cases[i].by)
            fail_msg("%s: %.*s", cases[i].why, (int)f->reason.n, f->reason.p);
    }
}

static void what_is_in_a_file_goes_with_it(void **state)
{
    const struct finding *f;
    (void)state;

    matching_add(
        &w, PACKAGE("/x.tar!/blobs/sha256/l1!/opt/a.jar!/b/c", "/x.tar!/blobs/sha256/l1!/opt/a.jar")
                WHITEOUT("l2", "/opt", "a.jar") IMAGE);

    f = the_finding();
    expect_layer(&f->layers[0], 1, 2, true);
    assert_string_equal(f->anchor.p, "/x.tar!/blobs/sha256/mm!/opt/a.jar");
}

static void a_layer_of_several_images_is_of_the_first(void **state)
{
    const struct finding *f;
    (void)state;

    matching_add(&w, DATABASE("l1") IMAGE INDEX("a.test/first:1", "m2") MANIFEST("m2", "c2")
                         LAYER("1", "l1") LAYER("2", "l4"));

    f = the_finding();
    assert_string_equal(f->layers[0].image.p, "a.test/first:1");
    assert_int_equal(f->layers[0].of, 2);
    assert_int_equal(f->layers[0].images, 2);
    assert_non_null(strstr(f->reason.p, "first:1 (and of 1 more)"));
}

static void a_name_and_what_is_in_the_image_are_one(void **state)
{
    const struct finding *f;
    (void)state;

    matching_add(&w,
                 DATABASE("l1") INDEX("acme/anvil:1", "mm") MANIFEST("mm", "cc") LAYER("1", "l1"));

    f = the_finding();
    assert_string_equal(f->anchor.p, "/x.tar!/blobs/sha256/mm");
    assert_int_equal(f->place_count, 2);
    assert_int_equal(f->indicator_count, 2);
}

static void an_image_of_several_machines_says_for_which(void **state)
{
    (void)state;

    matching_add(
        &w,
        DATABASE("l1")
            INDEX("r.test/made:1",
                  "ii") "container contained\n  @place=/x.tar!/blobs/sha256/ii\n  @anchor=/x.tar\n"
                        "  digest=ii\n  manifest=mm\n  architecture=arm64\n" //
        MANIFEST("mm", "cc") LAYER("1", "l1"));

    assert_string_equal(the_finding()->layers[0].image.p, "r.test/made:1 for arm64");
}

#define STORED \
    "container installed\n  @place=/s/overlay-images/images.json\n  @anchor=/s\n  digest=cc\n" \
    "  layer=bb\n" \
    "container installed\n  @place=/s/overlay-images/images.json\n  @anchor=/s\n" \
    "  image=r.test/made:1\n  digest=cc\n" \
    "data contained\n  @place=/s/overlay-layers/layers.json\n  @anchor=/s\n  layer=aa\n" \
    "  layer-diff=sha256:d1\n  layer-place=../overlay/aa/diff\n" \
    "data contained\n  @place=/s/overlay-layers/layers.json\n  @anchor=/s\n  layer=bb\n" \
    "  layer-parent=aa\n  layer-place=../overlay/bb/diff\n"

static void layers_of_a_store_are_folders(void **state)
{
    const struct {
        const char *why, *component;
        bool deleted;
    } cases[] = {
        {"the device 0/0",
         "data contained\n  @place=/s/overlay/bb/diff/var/db\n  @anchor=/s\n  whiteout=db\n", true},
        {"an opaque folder",
         "data contained\n  @place=/s/overlay/bb/diff/var\n  @anchor=/s\n  whiteout=.wh..opq\n",
         true},
        {"another file",
         "library contained\n  @place=/s/overlay/bb/diff/var/db\n  @anchor=/s\n  name=x\n", false},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct finding *f;

        matching_add(&w, PACKAGE("/s/overlay/aa/diff/var/db", "/s/overlay/aa/diff") STORED);
        matching_add(&w, cases[i].component);
        f = the_finding();
        assert_string_equal(f->anchor.p, "/s/overlay-images/cc");
        if (f->layer_count != 1 || f->layers[0].number != 1 || f->layers[0].of != 2 ||
            f->layers[0].by != 2 || f->layers[0].deleted != cases[i].deleted)
            fail_msg("%s: %.*s", cases[i].why, (int)f->reason.n, f->reason.p);
    }
}

static void what_a_container_has_of_its_own_is_its_own(void **state)
{
    const struct finding *f;
    (void)state;

    matching_add(
        &w, PACKAGE("/s/overlay/dd/diff/var/db", "/s/overlay/dd/diff") STORED //
        "container installed\n  @place=/s/overlay-containers/containers.json\n  @anchor=/s\n"
        "  name=web\n  digest=ee\n  layer=dd\n"
        "data contained\n  @place=/s/overlay-layers/layers.json\n  @anchor=/s\n  layer=dd\n"
        "  layer-parent=bb\n  layer-place=../overlay/dd/diff\n");

    f = the_finding();
    assert_string_equal(f->layers[0].image.p, "container web");
    assert_int_equal(f->layers[0].number, 3);
    assert_int_equal(f->layers[0].of, 3);
}

static void what_a_container_has_of_its_image_is_of_the_image(void **state)
{
    const struct finding *f;
    (void)state;

    matching_add(
        &w, PACKAGE("/s/overlay/aa/diff/var/db", "/s/overlay/aa/diff") STORED //
        "container installed\n  @place=/s/overlay-containers/containers.json\n  @anchor=/s\n"
        "  name=a\n  digest=ee\n  layer=bb\n");

    f = the_finding();
    assert_string_equal(f->layers[0].image.p, "r.test/made:1");
    assert_int_equal(f->layers[0].images, 1);
}

/* Anyone can write a manifest: what it says of places outside its own folder is nothing. */
static void an_image_claims_nothing_that_is_not_its_own(void **state)
{
    const struct finding *f;
    (void)state;

    matching_add(
        &w,
        PACKAGE("/var/db",
                "/") "container contained\n  @place=/tmp/a/manifest.json\n  @anchor=/tmp/a\n"
                     "  image-config=cc\n  [1] layer-place=../../var\n  [2] layer-place=x\n"
                     "data contained\n  @place=/tmp/a/m/layers.json\n  @anchor=/tmp/a\n"
                     "  layer=aa\n  layer-place=../../../var\n"
                     "container contained\n  @place=/tmp/a/m/images.json\n  @anchor=/tmp/a\n"
                     "  digest=dd\n  layer=aa\n"
                     "data contained\n  @place=/tmp/a/x!/.wh.db\n  @anchor=/tmp\n  whiteout=db\n");

    f = the_finding();
    assert_int_equal(f->layer_count, 0);
    assert_string_equal(f->anchor.p, "/");
}

/* A store in which every layer is the parent of itself. */
static void a_ring_of_layers_ends(void **state)
{
    (void)state;

    matching_add(
        &w, PACKAGE("/s/overlay/aa/diff/var/db",
                    "/s/overlay/aa/diff") "container installed\n  @place=/s/i/images.json\n  "
                                          "@anchor=/s\n  digest=cc\n"
                                          "  layer=aa\n"
                                          "data contained\n  @place=/s/l/layers.json\n  "
                                          "@anchor=/s\n  layer=aa\n"
                                          "  layer-parent=aa\n  layer-place=../overlay/aa/diff\n");

    assert_int_equal(the_finding()->layer_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_package_in_layers_is_installed_in_the_image, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_a_later_layer_hides_is_still_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_in_a_file_goes_with_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_layer_of_several_images_is_of_the_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_name_and_what_is_in_the_image_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_image_of_several_machines_says_for_which, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(layers_of_a_store_are_folders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_container_has_of_its_own_is_its_own, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_a_container_has_of_its_image_is_of_the_image, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_image_claims_nothing_that_is_not_its_own, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_ring_of_layers_ends, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("images", tests, NULL, NULL);
}
