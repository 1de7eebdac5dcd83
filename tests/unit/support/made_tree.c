// SPDX-License-Identifier: Apache-2.0
#include "support/made_tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *made_path(const struct made_tree *t, const char *path)
{
    static char text[4096];

    bug_if(snprintf(text, sizeof(text), "%s/%s", t->path, path) >= (int)sizeof(text));
    return text;
}

void made_tree_init(struct made_tree *t)
{
    (void)snprintf(t->path, sizeof(t->path), "/tmp/made-tree-XXXXXX");
    bug_if(!mkdtemp(t->path));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void made_tree_clear(struct made_tree *t)
{
    bug_if(nftw(t->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0);
}

static void make_folders_above(const char *path)
{
    char text[4096];

    bug_if(strlen(path) >= sizeof(text));
    memcpy(text, path, strlen(path) + 1);
    for (char *slash = strchr(text + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(text, 0755); // it may be there
        *slash = '/';
    }
}

void made_folder(struct made_tree *t, const char *path)
{
    const char *whole = made_path(t, path);

    make_folders_above(whole);
    bug_if(mkdir(whole, 0755) != 0);
}

void made_bytes(struct made_tree *t, const char *path, const void *bytes, size_t n)
{
    const char *whole = made_path(t, path);
    int fd;

    make_folders_above(whole);
    fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bug_if(fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) != 0);
}

void made_file(struct made_tree *t, const char *path, const char *text)
{
    made_bytes(t, path, text, strlen(text));
}

void made_link(struct made_tree *t, const char *path, const char *target)
{
    const char *whole = made_path(t, path);

    make_folders_above(whole);
    bug_if(symlink(target, whole) != 0);
}
