// SPDX-License-Identifier: Apache-2.0
/*
 * Tables are for the recogniser; everything else that the package holds is an entry. Cabinets are
 * entries like others, whose members are called as the tables say.
 */
#include "source/installer.h"

#include <stdlib.h>

#include "source/installer_names.h"

enum {
    TABLES_MAX = 96 << 20, /* bytes of memory for the directory and the tables */
    STREAM_MAX = 24 << 20, /* for where one stream is */
};

struct installer {
    struct entry_reader entries;
    struct arena tables, item; /* item: of the stream at hand */
    struct budget *budget;
    struct msi msi;
    struct installer_names names;
    uint64_t opened; /* bytes of all streams so far */
    uint32_t at;     /* the entry at hand */
    struct buf name, member;
    struct stream {
        struct source source;
        struct source *bytes;
        struct installer *of;
    } stream;
};

/* ---- bytes ---- */

static int stream_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                          struct err *err)
{
    struct stream *stream = (struct stream *)s;

    return stream->bytes->read_at(stream->bytes, offset, to, n, ret_n, err);
}

static struct sv member_name(struct source *s, struct sv key)
{
    struct installer *in = ((struct stream *)s)->of;

    buf_reset(&in->member);
    installer_names_append(&in->names, key, &in->member);
    return buf_ok(&in->member) && !arena_failed(&in->tables) ? buf_view(&in->member) : key;
}

static int stream_open(struct entry_reader *r, struct source **ret, struct err *err)
{
    struct installer *in = (struct installer *)r;
    uint64_t size = in->msi.file.entries[in->at - 1].size;
    struct compound_stream *stream;

    in->opened += size;
    if (size > in->msi.file.size || in->opened > in->msi.file.size)
        return ERR(err, ERR_FORMAT, "msi: its streams are longer than it is: they overlap");
    TRY(compound_stream_open(&in->msi.file, in->at - 1, &in->item, &stream, err));
    TRY(budget_worked(in->budget, stream->chain.count * sizeof(*stream->chain.extents), err));
    in->stream = (struct stream){.source = stream->source, .bytes = &stream->source, .of = in};
    in->stream.source.read_at = stream_read_at;
    in->stream.source.entry_name = member_name;
    *ret = &in->stream.source;
    return 0;
}

/* ---- the next one ---- */

static bool is_entry(const struct installer *in, uint32_t i)
{
    const struct compound_entry *e = &in->msi.file.entries[i];

    // Names of the package's own begin with a control character: its summary, its signature.
    return e->type == COMPOUND_STREAM && e->parent != UINT32_MAX && !in->msi.is_table[i] &&
           in->msi.names[i].n && (uint8_t)in->msi.names[i].p[0] >= ' ';
}

static void set_name(struct installer *in, uint32_t entry)
{
    uint32_t above[COMPOUND_DEPTH + 1];
    size_t n = 0;

    buf_reset(&in->name);
    for (; entry != COMPOUND_ROOT && n < ARRAY_LEN(above);
         entry = in->msi.file.entries[entry].parent)
        above[n++] = entry;
    while (n--) {
        buf_sv(&in->name, in->msi.names[above[n]]);
        if (n)
            buf_char(&in->name, '/');
    }
}

static int next(struct entry_reader *r, struct entry_item *ret, struct err *err)
{
    struct installer *in = (struct installer *)r;
    const struct compound *file = &in->msi.file;

    arena_reset(&in->item);
    while (in->at < file->count && !is_entry(in, in->at))
        in->at++;
    if (in->at == file->count) {
        in->entries.broken = file->damaged;
        return file->damaged ? ERR(err, ERR_FORMAT, "msi: its directory is damaged")
                             : ENTRIES_ENDED;
    }
    set_name(in, in->at);
    if (!buf_ok(&in->name))
        return ERR(err, ERR_NOMEM, "no memory");
    *ret = (struct entry_item){
        .name = buf_view(&in->name), .type = ENTRY_FILE, .size = file->entries[in->at].size};
    in->at++;
    return 0;
}

static void close_installer(struct entry_reader *r)
{
    struct installer *in = (struct installer *)r;

    arena_clear(&in->item);
    arena_clear(&in->tables);
    buf_clear(&in->name);
    buf_clear(&in->member);
    free(in);
}

/* Without names the keys have to do; the recogniser tells what is wrong with the tables. */
static int read_names(struct installer *in, struct err *err)
{
    struct err wrong;
    int r = msi_open_tables(&in->msi, &wrong);

    if (r == 0)
        r = installer_names_init(&in->names, &in->msi, &wrong);
    if (r < 0)
        in->names = (struct installer_names){0};
    if (r == 0 || r == -ERR_FORMAT || r == -ERR_LIMIT) {
        in->tables.failed = false;
        return 0;
    }
    *err = wrong;
    return r;
}

int installer_open(struct source *source, uint64_t base, struct budget *budget,
                   struct entry_reader **ret, struct err *err)
{
    struct installer *in = calloc(1, sizeof(*in));
    int r;

    if (!in)
        return ERR(err, ERR_NOMEM, "no memory");
    in->entries.next = next;
    in->entries.open = stream_open;
    in->entries.close = close_installer;
    in->budget = budget;
    arena_init(&in->tables, TABLES_MAX);
    arena_init(&in->item, STREAM_MAX);
    r = msi_open(&in->msi, source, base, &in->tables, err);
    if (r == 0)
        r = read_names(in, err);
    if (r != 0) {
        close_installer(&in->entries);
        return r > 0 ? ERR(err, ERR_FORMAT, "msi: it is none") : r;
    }
    *ret = &in->entries;
    return 0;
}
