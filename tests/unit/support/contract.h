// SPDX-License-Identifier: Apache-2.0
/*
 * What every recogniser promises, tried on one sample:
 *
 * - nothing crashes, reads beyond its bytes or leaks (the sanitizers look): whatever the sample is
 *   cut at, whichever bit is flipped, and when the file shrinks while it is read;
 * - the same bytes give the same answer;
 * - when memory runs out, at any place, the answer is a failure or what it would have been;
 * - a failure has a code and a sentence, and what is read again and again has an end.
 *
 * Samples of up to 4 KiB are tried at every byte, others at 2,000 places.
 */
#pragma once

#include "identify/recogniser.h"

void contract_check(const struct recogniser *recogniser, const struct gate *gate,
                    struct span sample);
