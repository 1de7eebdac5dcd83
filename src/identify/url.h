// SPDX-License-Identifier: Apache-2.0
/*
 * Addresses that something is fetched from, as referenced components with the ceiling of the job's
 * gate: the address and its host.
 */
#pragma once

#include "identify/package.h"

/* `url` up to the first byte that cannot be in one. False, with nothing emitted, when it has no
 * scheme or its host is not known. */
bool url_emit(const struct job *job, struct sv url, struct range at);

/*
 * The first address in a text, such as "--baseurl=https://…" or "deb https://… stable main". True
 * when there is one; `any` becomes true when it was emitted.
 */
bool url_emit_in(const struct job *job, struct sv text, struct range at, bool *any);
