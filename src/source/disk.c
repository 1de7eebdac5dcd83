// SPDX-License-Identifier: Apache-2.0
#include "source/disk.h"

#include <stdlib.h>
#include <string.h>

enum {
    READ_WORK = 128, /* a look into the cache counts as reading so many bytes */
};

void disk_init(struct disk *d, struct source *source, uint64_t base, struct budget *budget)
{
    *d = (struct disk){.source = source,
                       .base = base,
                       .size = source->size < base ? 0 : source->size - base,
                       .budget = budget};
}

void disk_clear(struct disk *d)
{
    free(d->blocks);
    d->blocks = NULL;
}

static int block_at(struct disk *d, uint64_t number, const uint8_t **ret, size_t *ret_n,
                    struct err *err)
{
    size_t slot = (size_t)((number ^ number / DISK_BLOCKS) % DISK_BLOCKS), got = 0;
    uint8_t *block;

    if (!d->blocks)
        d->blocks = malloc((size_t)DISK_BLOCK * DISK_BLOCKS);
    if (!d->blocks)
        return ERR(err, ERR_NOMEM, "no memory");
    block = d->blocks + slot * DISK_BLOCK;
    if (d->tags[slot] != number + 1) {
        d->tags[slot] = 0;
        TRY(budget_worked(d->budget, DISK_BLOCK, err));
        TRY(d->source->read_at(d->source, d->base + number * DISK_BLOCK, block, DISK_BLOCK, &got,
                               err));
        d->filled[slot] = (uint32_t)got;
        d->tags[slot] = number + 1;
    }
    *ret = block;
    *ret_n = d->filled[slot];
    return 0;
}

int disk_read(struct disk *d, uint64_t at, void *to, size_t n, struct err *err)
{
    TRY(budget_worked(d->budget, READ_WORK, err));
    if (at > d->size || n > d->size - at)
        return ERR(err, ERR_FORMAT, "the image ends before its byte %llu is there",
                   (unsigned long long)at);
    for (size_t done = 0; done < n;) {
        size_t in_block = (size_t)((at + done) % DISK_BLOCK), have = 0, piece;
        const uint8_t *block;

        TRY(block_at(d, (at + done) / DISK_BLOCK, &block, &have, err));
        if (have <= in_block)
            return ERR(err, ERR_FORMAT, "the image ends before its byte %llu is there",
                       (unsigned long long)(at + done));
        piece = have - in_block < n - done ? have - in_block : n - done;
        memcpy((uint8_t *)to + done, block + in_block, piece);
        done += piece;
    }
    return 0;
}
