// SPDX-License-Identifier: Apache-2.0
/*
 * OpenSSL says of a certificate for which it had no memory that it is none. So its allocations are
 * told of by base/starved.h.
 */
#pragma once

/* To be called before OpenSSL is used; later it does nothing. */
void crypto_memory_prepare(void);
