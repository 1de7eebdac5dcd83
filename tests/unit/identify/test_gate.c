// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

static void matches_the_end_of_a_place(void **state)
{
    const struct {
        const char *why, *pattern, *path;
        bool matches;
    } cases[] = {
        {"a name anywhere", "package.json", "/a/b/package.json", true},
        {"not a part of a name", "package.json", "/a/xpackage.json", false},
        {"a suffix", "*.jar", "/x/y.jar", true},
        {"no suffix", "*.jar", "/x/y.jar/z", false},
        {"case is nothing", "Windows/*.EXE", "/mnt/windows/a.exe", true},
        {"any folders", "node_modules/**/package.json", "/a/node_modules/@x/y/package.json", true},
        {"no folder at all", "node_modules/**/package.json", "/node_modules/package.json", true},
        {"the wrong tree", "node_modules/**/package.json", "/a/package.json", false},
        {"only at the top", "/etc/passwd", "/etc/passwd", true},
        {"not below", "/etc/passwd", "/srv/etc/passwd", false},
        {"the top of an archive", "/etc/passwd", "/srv/x.tar!/etc/passwd", true},
        {"the top of a layer", "/etc/passwd", "/var/lib/docker/overlay2/0a/diff/etc/passwd", true},
        {"of podman", "/etc/passwd",
         "/h/.local/share/containers/storage/overlay/0a/diff/etc/passwd", true},
        {"of containerd", "/etc/passwd",
         "/v/io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs/etc/passwd", true},
        {"of the vfs driver", "/etc/passwd", "/var/lib/docker/vfs/dir/0a/etc/passwd", true},
        {"not below it", "/etc/passwd", "/var/lib/docker/overlay2/0a/diff/srv/etc/passwd", false},
        {"not beside it", "/etc/passwd", "/var/lib/docker/overlay2/0a/etc/passwd", false},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct captures captures;

        if (gate_path_matches(cases[i].pattern, sv_str(cases[i].path), &captures) !=
            cases[i].matches)
            fail_msg("%s: '%s' on '%s'", cases[i].why, cases[i].pattern, cases[i].path);
    }
}

static void captures_what_stands_in_a_place(void **state)
{
    struct captures c;
    (void)state;

    assert_true(gate_path_matches("Extensions/{extension-id}/{version}/manifest.json",
                                  SV("/home/a/Extensions/abc/1.2_0/manifest.json"), &c));

    assert_int_equal(c.count, 2);
    assert_int_equal(c.at[1].key, FIELD_EXTENSION_ID);
    assert_true(sv_eq(c.at[1].value, SV("abc")));
    assert_true(sv_eq(c.at[0].value, SV("1.2_0")));
    assert_true(gate_path_matches("info/{package}.list", SV("/info/libc6:amd64.list"), &c));
    assert_true(sv_eq(c.at[0].value, SV("libc6:amd64")));
    assert_true(
        gate_path_matches("local/{package}-*-*/files", SV("/local/gtk-doc-1.0-2/files"), &c));
    assert_true(sv_eq(c.at[0].value, SV("gtk-doc")));
    assert_false(gate_path_matches("local/{package}-*-*/files", SV("/local/gtk-1/files"), &c));
}

static void looks_at_the_first_bytes(void **state)
{
    const struct {
        const char *why;
        struct gate gate;
        struct span head;
        bool matches;
    } cases[] = {
        {"nothing asked", {.path = "x"}, BYTES("abc"), true},
        {"at its offset", {.magic = {"b", 1}, .magic_at = 1}, BYTES("abc"), true},
        {"at another one", {.magic = {"b", 1}}, BYTES("abc"), false},
        {"anywhere", {.within = {"bc", 2}}, BYTES("abc"), true},
        {"not there", {.within = {"bd", 2}}, BYTES("abc"), false},
        {"too far in", {.within = {"bc", 2}, .within_n = 2}, BYTES("abc"), false},
        {"both", {.magic = {"a", 1}, .within = {"c", 1}}, BYTES("abc"), true},
        {"one of both", {.magic = {"b", 1}, .within = {"c", 1}}, BYTES("abc"), false},
        {"no bytes", {.within = {"bc", 2}}, BYTES(""), false},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (gate_magic_matches(&cases[i].gate, cases[i].head) != cases[i].matches)
            fail_msg("%s", cases[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_the_end_of_a_place),
        cmocka_unit_test(captures_what_stands_in_a_place),
        cmocka_unit_test(looks_at_the_first_bytes),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
