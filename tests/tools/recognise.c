// SPDX-License-Identifier: Apache-2.0
/*
 * What one recogniser says of files, as text:
 *
 *     recognise [--trust-ca FILE]... [--system-roots] [--quiet] RECOGNISER GATE FILE...
 *
 * GATE is the index of a gate in the recogniser's table, or "auto" for the first one that takes the
 * file by its path and first bytes. Nobody is trusted but the given CAs. Exit code: 0 recognised,
 * 1 not mine (or no gate), 2 not read whole; the worst of several files. --quiet prints only what
 * is no success, one line a file. What the gate captures from the path follows the components.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identify/recogniser.h"
#include "support/describe.h"
#include "trust/roots.h"

enum {
    CAS_MAX = 16,
    ARENA_MAX = 1 << 30,
};

struct file_source {
    struct source source;
    int fd;
    uint8_t head[SOURCE_HEAD];
};

struct options {
    const struct recogniser *recogniser;
    const char *gate;
    const struct roots *roots;
    bool quiet;
};

static int file_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                        struct err *err)
{
    struct file_source *file = (struct file_source *)s;
    size_t done = 0;

    while (done < n) {
        ssize_t got = pread(file->fd, (uint8_t *)to + done, n - done, (off_t)(offset + done));

        if (got < 0)
            return ERR_SYS(err, "read");
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *ret_n = done;
    return 0;
}

static int file_open(struct file_source *file, const char *path, struct err *err)
{
    struct stat st;

    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0 || fstat(file->fd, &st) < 0)
        return ERR_SYS(err, "%s", path);
    file->source = (struct source){
        .size = (uint64_t)st.st_size,
        .head = {file->head, 0},
        .read_at = file_read_at,
    };
    return file_read_at(&file->source, 0, file->head, SOURCE_HEAD, &file->source.head.n, err);
}

static const struct gate *choose_gate(const struct options *o, const char *path, struct span head,
                                      struct captures *captures)
{
    const struct gate *g = o->recogniser->gates;

    captures->count = 0;

    if (strcmp(o->gate, "auto") != 0)
        return &g[strtoul(o->gate, NULL, 10)];
    for (; gate_is_row(g); g++) {
        if ((!g->path || gate_path_matches(g->path, sv_str(path), captures)) &&
            gate_magic_matches(g, head))
            return g;
    }
    return NULL;
}

static int print_message(const struct emit *emit, struct arena *arena, bool quiet, struct err *err)
{
    struct reader message =
        reader_over((struct span){(const uint8_t *)emit->bytes.p, emit->bytes.n});
    auto_buf text = {0};
    struct component c;
    int more;

    while ((more = message_next(&message, arena, &c, err)) == 0)
        describe_component(&text, &c);
    if (!quiet && text.n)
        (void)fwrite(text.p, 1, text.n, stdout);
    return more < 0 ? more : 0;
}

/* 0, 1 or 2, as the exit code. */
static int recognise(const struct options *o, const char *path)
{
    static struct file_source file;
    auto_arena arena = {0};
    struct emit emit;
    struct err err = {0};
    const struct gate *gate;
    struct captures captures;
    int result;

    if (file_open(&file, path, &err) < 0) {
        printf("%s: %s\n", path, err.text);
        return 2;
    }
    gate = choose_gate(o, path, file.source.head, &captures);
    if (!gate) {
        if (!o->quiet)
            printf("%s: no gate\n", path);
        (void)close(file.fd);
        return 1;
    }
    arena_init(&arena, ARENA_MAX);
    emit_init(&emit, gate->state, gate->ceiling);

    struct job job = {&file.source, gate, &arena, &emit, o->roots};

    result = recogniser_identify(o->recogniser, &job, &err);
    if (emit_finish(&emit, &err) < 0 || print_message(&emit, &arena, o->quiet, &err) < 0)
        result = -ERR_LIMIT;
    for (size_t i = 0; !o->quiet && i < captures.count; i++)
        printf("captured %s=%.*s\n", field_text(captures.at[i].key), (int)captures.at[i].value.n,
               captures.at[i].value.p);
    if (result < 0)
        printf("%s%serror: %s (%s)\n", o->quiet ? path : "", o->quiet ? ": " : "", err.text,
               err.site ? err.site : "");
    else if (result == RECOG_NOT_MINE)
        printf("%s%snot mine\n", o->quiet ? path : "", o->quiet ? ": " : "");
    emit_clear(&emit);
    (void)close(file.fd);
    return result < 0 ? 2 : result;
}

int main(int argc, char **argv)
{
    const char *cas[CAS_MAX + 1] = {0};
    struct options o = {0};
    struct roots *roots = NULL;
    struct err err = {0};
    bool system_roots = false;
    size_t ca_count = 0;
    int i = 1, worst = 0;

    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--trust-ca") == 0 && i + 1 < argc && ca_count < CAS_MAX)
            cas[ca_count++] = argv[++i];
        else if (strcmp(argv[i], "--system-roots") == 0)
            system_roots = true;
        else if (strcmp(argv[i], "--quiet") == 0)
            o.quiet = true;
    }
    for (size_t r = 0; i < argc && recognisers[r]; r++) {
        if (strcmp(recognisers[r]->name, argv[i]) == 0)
            o.recogniser = recognisers[r];
    }
    if (!o.recogniser || argc - i < 3) {
        fputs("recognise [--trust-ca FILE]... [--system-roots] [--quiet] RECOGNISER GATE FILE...\n",
              stderr);
        return 2;
    }
    o.gate = argv[i + 1];
    if ((system_roots ? roots_open : roots_open_only)(cas, &roots, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    o.roots = roots;
    for (i += 2; i < argc; i++) {
        int result = recognise(&o, argv[i]);

        worst = result > worst ? result : worst;
    }
    roots_free(roots);
    return worst;
}
