// SPDX-License-Identifier: Apache-2.0
/*
 * One edit of remedy/edit.h on a file, for end-to-end tests:
 *
 *     edit NAME KEY FILE           what the file becomes, on stdout
 *     edit --patch NAME KEY FILE   what that changes, as a patch
 *     edit --list                  names of all edits
 *
 * Exit code: 0 edited, 1 nothing to do, 2 refused.
 */
#include <stdio.h>
#include <string.h>

#include "remedy/edit.h"
#include "remedy/patch.h"

static int fail(const struct err *err)
{
    fprintf(stderr, "%s\n", err->text);
    return 2;
}

static bool read_file(const char *path, struct buf *to)
{
    FILE *f = fopen(path, "rb");
    char piece[65536];
    size_t n;

    if (!f)
        return false;
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_bytes(to, piece, n);
    (void)fclose(f);
    return true;
}

int main(int argc, char **argv)
{
    bool patch = argc == 5 && strcmp(argv[1], "--patch") == 0;
    auto_buf before = {0}, after = {0}, text = {0};
    struct err err = {0};
    struct span bytes;
    int result;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; edits[i]; i++)
            printf("%s\n", edits[i]->name);
        return 0;
    }
    argv += patch;
    if (argc - patch != 4 || !read_file(argv[3], &before)) {
        fprintf(stderr, "usage: edit [--patch] NAME KEY FILE\n");
        return 2;
    }
    bytes = (struct span){(const uint8_t *)before.p, before.n};
    result = edit_apply(sv_str(argv[1]), bytes, sv_str(argv[2]), &after, &err);
    if (result != 0)
        return result < 0 ? fail(&err) : 1;
    if (patch && patch_write(sv_str(argv[3]), bytes, (struct span){(uint8_t *)after.p, after.n},
                             &text, &err) < 0)
        return fail(&err);
    if (patch)
        fwrite(text.p, 1, text.n, stdout);
    else if (after.n)
        fwrite(after.p, 1, after.n, stdout);
    return 0;
}
