// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include <stdlib.h>

#include "support/contract.h"
#include "support/describe.h"
#include "support/seed.h"

void spy_identify(struct spy *spy, const struct recogniser *recogniser, size_t gate,
                  struct span bytes)
{
    uint8_t *copy = malloc(bytes.n ? bytes.n : 1);
    struct source_memory memory;
    struct reader message;
    struct component c;
    int more;

    seed_keep(recogniser->name, bytes);
    if (getenv("SPY_CONTRACT"))
        contract_check(recogniser, &recogniser->gates[gate], bytes);
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

    spy->result = recogniser_identify(recogniser, &job, &spy->err);
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
    seed_keep(recogniser->name, sample);
    contract_check(recogniser, &recogniser->gates[gate], sample);
}
