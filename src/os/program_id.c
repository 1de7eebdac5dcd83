// SPDX-License-Identifier: Apache-2.0
#include "os/program_id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FILES_MAX = 512,
};

/* The file that a line of /proc/self/maps says is mapped to be run, or NULL. */
static const char *program_of(char *line)
{
    const char *rights = strchr(line, ' ');
    char *path = strchr(line, '/');

    if (!rights || !path || rights[3] != 'x')
        return NULL;
    path[strcspn(path, "\n")] = '\0';
    return path;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One line of text for each file; in memory they lie in another order each time. */
static size_t read_lines(FILE *maps, char *lines[FILES_MAX])
{
    char *line = NULL;
    size_t room = 0, n = 0;

    while (n < FILES_MAX && getline(&line, &room, maps) > 0) {
        const char *path = program_of(line);
        struct stat s;

        if (path && stat(path, &s) == 0 &&
            asprintf(&lines[n], "%s %llu %lld %lld.%ld %lld.%ld\n", path,
                     (unsigned long long)s.st_ino, (long long)s.st_size,
                     (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec, (long long)s.st_ctim.tv_sec,
                     s.st_ctim.tv_nsec) > 0)
            n++;
    }
    free(line);
    return n;
}

void program_id(struct buf *to)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char *lines[FILES_MAX];
    size_t n = maps ? read_lines(maps, lines) : 0;

    if (n)
        qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++) {
        buf_str(to, lines[i]);
        free(lines[i]);
    }
    if (maps)
        (void)fclose(maps); // it was only read
}
