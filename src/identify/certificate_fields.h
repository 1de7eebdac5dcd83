// SPDX-License-Identifier: Apache-2.0
/* A certificate as a component: said in the same words by every recogniser of a trust store. */
#pragma once

#include "model/message.h"
#include "trust/certificate.h"

/* Only the group of fields, for the component that is open: what a program carries with it. */
void certificate_emit_fields(struct emit *out, const struct certificate *c, const char *store,
                             uint64_t offset, uint64_t length);

/*
 * `store` is system, nss, java, bundle, firmware, shim or loose; the range is where in the file it
 * stands.
 */
void certificate_emit(struct emit *out, const struct certificate *c, const char *store,
                      enum component_state state, enum confidence ceiling, uint64_t offset,
                      uint64_t length);
