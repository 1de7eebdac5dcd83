// SPDX-License-Identifier: Apache-2.0
/*
 * What is in a container, a line for each entry, as text:
 *
 *     entries FILE...          "SIZE SHA256 NAME", "- TYPE NAME" of what has no bytes
 *
 * Parts of a disk are gone into. What could not be read is a line "! ERROR NAME: why". Exit code: 0
 * read whole, 1 not whole, 2 no container.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"
#include "source/container.h"
#include "trust/digest.h"

enum { CHUNK = 64 * 1024 };

static int worst;

static void failed(int r, const char *prefix, struct sv name, const struct err *err)
{
    printf("! %d %s%.*s: %s\n", -r, prefix, (int)name.n, name.p, err->text);
    worst = 1;
}

static int hash(struct source *s, char hex[DIGEST_HEX_MAX], uint64_t *ret_n, struct err *err)
{
    static uint8_t bytes[CHUNK];
    uint8_t sum[DIGEST_MAX];
    auto_digest digest = {0};
    size_t n;

    *ret_n = 0;
    digest_init(&digest, DIGEST_SHA256);
    do {
        TRY(s->read_at(s, *ret_n, bytes, CHUNK, &n, err));
        digest_update(&digest, (struct span){bytes, n});
        *ret_n += n;
    } while (n);
    TRY(digest_finish(&digest, sum, err));
    digest_hex((struct span){sum, DIGEST_SHA256_SIZE}, hex);
    return 0;
}

static int list(struct source *source, struct budget *budget, const char *prefix, struct err *err);

static int show(struct container *c, const struct container_entry *e, struct budget *budget,
                const char *prefix, struct err *err)
{
    static const char *const types[] = {"file", "folder", "link", "special"};
    char hex[DIGEST_HEX_MAX] = "", deeper[4096];
    struct sv name = e->item.name;
    struct source *source;
    struct flow *flow;
    uint64_t n = 0;

    if (e->item.type != ENTRY_FILE) {
        printf("- %s %s%.*s\n", types[e->item.type], prefix, (int)name.n, name.p);
        return 0;
    }
    if (e->item.encrypted)
        return ERR(err, ERR_ENCRYPTED, "the entry is encrypted");
    TRY(container_read(c, &source, &flow, err));
    if (e->item.volume) {
        (void)snprintf(deeper, sizeof(deeper), "%s%.*s/", prefix, (int)name.n, name.p);
        return list(source, budget, deeper, err);
    }
    TRY(hash(source, hex, &n, err));
    printf("%llu %s %s%.*s\n", (unsigned long long)n, hex, prefix, (int)name.n, name.p);
    return 0;
}

static int list(struct source *source, struct budget *budget, const char *prefix, struct err *err)
{
    enum container_kind kind = kind_of(source->head, source->size);
    struct container *c = NULL;
    struct container_entry e;
    struct err why;
    int r = kind == KIND_NONE
                ? CONTAINER_NOT
                : container_open(kind, source, false, SV("file"), NULL, budget, &c, err);

    if (r != 0)
        return r;
    while ((r = container_next(c, &e, err)) == 0) {
        int shown = show(c, &e, budget, prefix, &why);

        if (shown < 0)
            failed(shown, prefix, e.item.name, &why);
    }
    container_close(c);
    return r < 0 ? r : 0;
}

int main(int argc, char **argv)
{
    static uint8_t head[SOURCE_HEAD];

    for (int i = 1; i < argc; i++) {
        struct file_source file;
        struct budget budget;
        struct stat st;
        struct err err;
        int fd = open(argv[i], O_RDONLY | O_CLOEXEC), r;

        if (fd < 0 || fstat(fd, &st) != 0 ||
            file_source_init(&file, fd, (uint64_t)st.st_size, head, &err) < 0)
            return 2;
        budget_begin(&budget, &limits_default, file.source.size, NULL, NULL);
        r = list(&file.source, &budget, "", &err);
        if (r < 0)
            failed(r, "", SV(""), &err);
        if (r == CONTAINER_NOT)
            worst = 2;
        (void)close(fd);
    }
    return worst;
}
