// SPDX-License-Identifier: Apache-2.0
/* A certificate as a component: said in the same words by every recogniser of a trust store. */
#pragma once

#include "model/message.h"
#include "trust/certificate.h"

/* `store` is system, nss, java, bundle or loose; the range is where in the file it stands. */
void certificate_emit(struct emit *out, const struct certificate *c, const char *store,
                      enum component_state state, enum confidence ceiling, uint64_t offset,
                      uint64_t length);
