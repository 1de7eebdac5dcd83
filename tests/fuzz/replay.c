// SPDX-License-Identifier: Apache-2.0
/*
 * Everything that was once a crash, again:
 *
 *     replay CORPUS      each file of each folder in it, for the target of the folder's name
 *     replay --list      the names of all targets
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz/target.h"

static bool read_file(const char *path, struct buf *to)
{
    char piece[65536];
    FILE *f = fopen(path, "rb");
    size_t n;

    if (!f)
        return false;
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_bytes(to, piece, n);
    return fclose(f) == 0 && buf_ok(to);
}

/* How many files; -1 when something is wrong. */
static int replay_folder(const char *corpus, const char *name)
{
    auto_buf path = {0};
    struct target target;
    struct dirent *e;
    int files = 0;
    DIR *d;

    if (!target_named(name, &target)) {
        fprintf(stderr, "%s/%s: no target has this name\n", corpus, name);
        return -1;
    }
    buf_printf(&path, "%s/%s", corpus, name);
    d = opendir(path.p);
    while (d && (e = readdir(d))) {
        auto_buf bytes = {0};

        if (e->d_name[0] == '.')
            continue;
        buf_reset(&path);
        buf_printf(&path, "%s/%s/%s", corpus, name, e->d_name);
        printf("%s\n", path.p);
        (void)fflush(stdout);
        if (!read_file(path.p, &bytes))
            return -1;
        target_run(&target, (struct span){(const uint8_t *)bytes.p, bytes.n});
        files++;
    }
    if (d)
        (void)closedir(d);
    return files;
}

int main(int argc, char **argv)
{
    struct dirent *e;
    int files = 0, n;
    DIR *d;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; target_at(i); i++)
            puts(target_at(i));
        return 0;
    }
    d = argc == 2 ? opendir(argv[1]) : NULL;
    if (!d)
        return 2;
    target_prepare();
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.' || e->d_type == DT_REG)
            continue;
        n = replay_folder(argv[1], e->d_name);
        if (n < 0)
            return 1;
        files += n;
    }
    (void)closedir(d);
    printf("%d files\n", files);
    return 0;
}
