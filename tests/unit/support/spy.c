// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include <stdlib.h>

#include "support/describe.h"

void spy_identify(struct spy *spy, const struct recogniser *recogniser, size_t gate,
                  struct span bytes)
{
    uint8_t *copy = malloc(bytes.n ? bytes.n : 1);
    struct source_memory memory;
    struct reader message;
    struct component c;
    int more;

    *spy = (struct spy){0};
    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    source_memory_init(&memory, (struct span){copy, bytes.n});
    arena_init(&spy->arena, (size_t)512 << 20);
    emit_init(&spy->emit, recogniser->gates[gate].state, recogniser->gates[gate].ceiling);

    struct job job = {.bytes = &memory.source,
                      .gate = &recogniser->gates[gate],
                      .arena = &spy->arena,
                      .out = &spy->emit};

    spy->result = recogniser->identify(&job, &spy->err);
    assert_int_equal(emit_finish(&spy->emit, &spy->err), 0);
    message = reader_over((struct span){(const uint8_t *)spy->emit.bytes.p, spy->emit.bytes.n});
    buf_str(&spy->text, "");
    while ((more = message_next(&message, &spy->arena, &c, &spy->err)) == 0)
        describe_component(&spy->text, &c);
    assert_int_equal(more, MESSAGE_END);
    free(copy);
}

void spy_clear(struct spy *spy)
{
    emit_clear(&spy->emit);
    arena_clear(&spy->arena);
    buf_clear(&spy->text);
}

void spy_contract(const struct recogniser *recogniser, size_t gate, struct span sample)
{
    uint8_t *bytes = malloc(sample.n);
    size_t step = sample.n > 4096 ? sample.n / 2000 : 1;
    struct spy spy;

    for (size_t n = 0; n < sample.n; n += step) {
        spy_identify(&spy, recogniser, gate, (struct span){sample.p, n});
        spy_clear(&spy);
    }
    for (size_t i = 0; i < sample.n; i += step) {
        memcpy(bytes, sample.p, sample.n);
        bytes[i] ^= (uint8_t)(1u << (i % 8));
        spy_identify(&spy, recogniser, gate, (struct span){bytes, sample.n});
        spy_clear(&spy);
        bytes[i] = 0xff;
        spy_identify(&spy, recogniser, gate, (struct span){bytes, sample.n});
        spy_clear(&spy);
    }
    free(bytes);
}
