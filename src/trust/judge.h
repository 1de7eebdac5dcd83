// SPDX-License-Identifier: Apache-2.0
/* What the checks of all kinds of signature share. */
#pragma once

#include "trust/signature.h"
#include "trust/x509.h"

/* NULL when there is no room for another one or no memory; the latter shows in the arena. */
struct signature *signature_append(struct signatures *to, struct arena *arena);

/* The state of a signature whose digest and signature hold. */
void signature_judge_chain(struct signature *s, X509 *signer, STACK_OF(X509) * others,
                           const struct roots *roots, struct arena *arena);
