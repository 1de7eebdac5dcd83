// SPDX-License-Identifier: Apache-2.0
#include "support/packed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "os/spill_file.h"
#include "support/seed.h"

enum {
    SHOWN = 24, /* bytes of an entry */
};

static la_ssize_t append(struct archive *a, void *to, const void *p, size_t n)
{
    (void)a;
    buf_bytes(to, p, n);
    return (la_ssize_t)n;
}

void packed_archive(int format, int filter, const struct packed_file *files, struct buf *to)
{
    struct archive *a = archive_write_new();

    bug_if(archive_write_set_format(a, format) != ARCHIVE_OK ||
           archive_write_add_filter(a, filter) < ARCHIVE_WARN);
    (void)archive_write_set_bytes_per_block(a, 512);
    (void)archive_write_set_bytes_in_last_block(a, 1);
    bug_if(archive_write_open2(a, to, NULL, append, NULL, NULL) != ARCHIVE_OK);
    for (; files->name; files++) {
        struct archive_entry *e = archive_entry_new();

        archive_entry_set_pathname(e, files->name);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)files->bytes.n);
        bug_if(archive_write_header(a, e) < ARCHIVE_WARN);
        bug_if(archive_write_data(a, files->bytes.p, files->bytes.n) != (la_ssize_t)files->bytes.n);
        archive_entry_free(e);
    }
    bug_if(archive_write_close(a) < ARCHIVE_WARN);
    (void)archive_write_free(a);
}

/* ---- what a container tells ---- */

static int once_piece_at(struct source *s, uint64_t offset, struct span *ret, struct err *err)
{
    struct source_memory *m = (struct source_memory *)s;

    (void)err;
    // Small pieces, so that everything stands across some.
    *ret = span_from(m->bytes, offset < m->bytes.n ? (size_t)offset : m->bytes.n);
    if (ret->n > 100)
        ret->n = 100;
    return 0;
}

static const char *word_of(int result)
{
    switch (-result) {
    case ERR_FORMAT:
        return "damaged";
    case ERR_UNSUPPORTED:
        return "unsupported";
    case ERR_ENCRYPTED:
        return "encrypted";
    case ERR_LIMIT:
        return "limit-bytes";
    case ERR_LIMIT_RATIO:
        return "limit-ratio";
    case ERR_LIMIT_ENTRIES:
        return "limit-entries";
    case ERR_LIMIT_TIME:
        return "limit-time";
    default:
        return "failed";
    }
}

static void tell_bytes(struct source *s, struct buf *to)
{
    char shown[SHOWN];
    size_t n = 0;
    struct err err;

    if (s->read_at(s, 0, shown, sizeof(shown), &n, &err) < 0)
        buf_printf(to, " unreadable: %s", err.text);
    else
        buf_printf(to, " %llu %.*s", (unsigned long long)s->size, (int)n, shown);
}

static int tell_entry(struct container *c, const struct container_entry *e,
                      const struct unpacking *how, struct buf *to, struct err *err)
{
    struct source *source = NULL;
    struct flow *flow;
    int r;

    if (e->item.type == ENTRY_FOLDER)
        return 0;
    buf_sv(to, e->item.name);
    if (e->item.encrypted) {
        buf_str(to, " encrypted\n");
        return 0;
    }
    if (e->item.type != ENTRY_FILE) {
        buf_printf(to, " type %d\n", e->item.type);
        return 0;
    }
    r = container_read(c, &source, &flow, err);
    if (r == 0 && flow && how->keep)
        r = flow_keep(flow, err);
    if (r == 0)
        tell_bytes(source, to);
    else
        buf_printf(to, " %s", word_of(r));
    buf_char(to, '\n');
    return r < 0 && container_is_broken(c) ? r : 0;
}

static void keep_seed(struct span bytes)
{
    char target[64];

    (void)snprintf(target, sizeof(target), "container-%s", kind_text(kind_of(bytes, bytes.n)));
    seed_keep(target, bytes);
}

void unpack_told(struct span bytes, const struct unpacking *how, struct buf *to)
{
    uint8_t *copy = malloc(bytes.n ? bytes.n : 1);
    struct source_memory memory;
    struct container *c = NULL;
    struct container_entry e;
    struct spill_file spill;
    struct budget budget;
    struct err err;
    int r;

    bug_if(!copy);
    if (!how->quiet)
        keep_seed(bytes);
    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    source_memory_init(&memory, (struct span){copy, bytes.n});
    if (how->once)
        memory.source.piece_at = once_piece_at;
    spill_init(&spill, NULL);
    budget_begin(&budget, &how->limits, bytes.n, NULL, NULL);
    r = container_open(kind_of(memory.source.head, bytes.n), &memory.source, how->once,
                       sv_str(how->name), &spill, &budget, &c, &err);
    if (r == CONTAINER_NOT) {
        buf_str(to, "not a container");
    } else {
        while (r == 0 && (r = container_next(c, &e, &err)) == 0)
            r = tell_entry(c, &e, how, to, &err);
        if (how->quiet)
            buf_reset(to);
        if (r < 0)
            buf_printf(to, "%s: %s", word_of(r), err.text);
        else
            buf_str(to, "ended");
    }
    container_close(c);
    spill_clear(&spill);
    free(copy);
}
