// SPDX-License-Identifier: Apache-2.0
/*
 * Runs one recogniser on bytes and writes its answer as text, one component a paragraph:
 *
 *     application installed
 *       package=kesl @0+120
 *       version=12.0
 *       [1] signer-cn=…            (group 1)
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "identify/recogniser.h"

struct spy {
    struct emit emit;
    struct arena arena;
    struct buf text;
    struct err err;
    int result;
};

/* `gate` is the index in the recogniser's table. The bytes are copied to an exact-size heap block.
 */
void spy_identify(struct spy *spy, const struct recogniser *recogniser, size_t gate,
                  struct span bytes);
void spy_clear(struct spy *spy);

/*
 * What support/contract.h asks of every recogniser, with one sample. With SPY_CONTRACT set, every
 * sample that is identified is asked first: so the tests contract_<name> come about.
 */
void spy_contract(const struct recogniser *recogniser, size_t gate, struct span sample);
