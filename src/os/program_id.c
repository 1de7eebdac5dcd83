// SPDX-License-Identifier: Apache-2.0
#include "os/program_id.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/shared_object.h"

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

static bool describe(const char *path, char **ret_line)
{
    struct stat s;

    return stat(path, &s) == 0 &&
           asprintf(ret_line, "%s %llu %lld %lld.%ld %lld.%ld\n", path,
                    (unsigned long long)s.st_ino, (long long)s.st_size, (long long)s.st_mtim.tv_sec,
                    s.st_mtim.tv_nsec, (long long)s.st_ctim.tv_sec, s.st_ctim.tv_nsec) > 0;
}

/* One line of text for each file; in memory they lie in another order each time. */
static size_t read_lines(FILE *maps, char *lines[FILES_MAX])
{
    char *line = NULL;
    size_t room = 0, n = 0;

    while (n < FILES_MAX && getline(&line, &room, maps) > 0) {
        const char *path = program_of(line);

        if (path && describe(path, &lines[n]))
            n++;
    }
    free(line);
    return n;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct buf noted;

static void note(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char *lines[FILES_MAX];
    size_t n = maps ? read_lines(maps, lines) : 0;

    if (n)
        qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++) {
        buf_str(&noted, lines[i]);
        free(lines[i]);
    }
    if (maps)
        (void)fclose(maps); // it was only read
}

void program_id_note(void)
{
    (void)pthread_once(&once, note);
}

void program_id(struct buf *to)
{
    program_id_note();
    if (buf_ok(&noted))
        buf_sv(to, buf_view(&noted));
}

void program_id_add(const char *soname, struct buf *to)
{
    auto_buf path = {0};
    char *line;

    if (!shared_object_find(soname, &path) || !describe(path.p, &line))
        return;
    buf_str(to, line);
    free(line);
}
