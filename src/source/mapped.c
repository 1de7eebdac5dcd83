// SPDX-License-Identifier: Apache-2.0
#include "source/mapped.h"

#include <string.h>

enum {
    FIND_WORK = 256, /* looking for an extent counts as reading so many bytes */
};

static int copy_extent(const struct extent *e, uint64_t offset, void *to, size_t n, struct err *err)
{
    size_t got = 0;

    switch (e->how) {
    case EXTENT_ZEROS:
        memset(to, 0, n);
        return 0;
    case EXTENT_MADE:
        memcpy(to, e->made, n);
        return 0;
    case EXTENT_AT:
        TRY(e->from->read_at(e->from, e->at, to, n, &got, err));
        if (got < n)
            return ERR(err, ERR_FORMAT, "the image ends before its byte %llu is there",
                       (unsigned long long)(offset + got));
        return 0;
    }
    return 0;
}

static int mapped_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                          struct err *err)
{
    struct mapped *m = (struct mapped *)s;
    size_t done = 0;

    if (offset >= s->size)
        n = 0;
    else if (n > s->size - offset)
        n = (size_t)(s->size - offset);
    while (done < n) {
        struct extent e = {0};
        size_t piece = n - done;

        TRY(budget_worked(m->budget, FIND_WORK, err));
        TRY(m->find(m, offset + done, &e, err));
        bug_if(e.n == 0);
        if (e.n < piece)
            piece = (size_t)e.n;
        TRY(m->unpacks ? budget_unpacked(m->budget, piece, err)
                       : budget_worked(m->budget, piece, err));
        TRY(copy_extent(&e, offset + done, (uint8_t *)to + done, piece, err));
        done += piece;
    }
    *ret_n = done;
    return 0;
}

void mapped_init(struct mapped *m, uint64_t size, struct budget *budget, bool unpacks)
{
    m->source = (struct source){.size = size, .read_at = mapped_read_at};
    m->budget = budget;
    m->unpacks = unpacks;
}

int mapped_read_head(struct mapped *m, struct err *err)
{
    size_t n = 0;

    TRY(mapped_read_at(&m->source, 0, m->head, sizeof(m->head), &n, err));
    m->source.head = (struct span){m->head, n};
    return 0;
}

static int find_in_slice(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    const struct slice *s = (const struct slice *)m;

    (void)err;
    *ret = (struct extent){
        .how = EXTENT_AT, .n = m->source.size - offset, .from = s->from, .at = s->at + offset};
    return 0;
}

void slice_init(struct slice *s, struct source *from, uint64_t at, uint64_t size,
                struct budget *budget)
{
    s->mapped.find = find_in_slice;
    s->from = from;
    s->at = at;
    mapped_init(&s->mapped, size > UINT64_MAX - at ? UINT64_MAX - at : size, budget, false);
}
