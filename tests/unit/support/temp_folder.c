// SPDX-License-Identifier: Apache-2.0
#include "support/temp_folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"

void temp_folder_make(struct temp_folder *f)
{
    const char *base = getenv("TMPDIR");
    int n = snprintf(f->path, sizeof(f->path), "%s/debar-test-XXXXXX", base ? base : "/tmp");

    bug_if(n < 0 || (size_t)n >= sizeof(f->path) || !mkdtemp(f->path));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

void temp_folder_remove(struct temp_folder *f)
{
    (void)nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void temp_folder_write(const struct temp_folder *f, const char *name, struct sv text)
{
    char path[1024];
    int n = snprintf(path, sizeof(path), "%s/%s", f->path, name);
    FILE *file;

    bug_if(n < 0 || (size_t)n >= sizeof(path));
    for (char *slash = path + strlen(f->path) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        bug_if(mkdir(path, 0700) && errno != EEXIST);
        *slash = '/';
    }
    file = fopen(path, "wb");
    bug_if(!file || fwrite(text.p, 1, text.n, file) != text.n || fclose(file));
}
