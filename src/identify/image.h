// SPDX-License-Identifier: Apache-2.0
/*
 * References to container images: "registry.test:5000/group/name:tag@sha256:…".
 */
#pragma once

#include "identify/package.h"

/*
 * Emit a container. "oci://" and "docker://" are taken off;
 * "${NAME:-value}" gives its value; what begins at any other variable or template is cut off, so
 * that "r.test/a:{{ tag }}" is r.test/a. False when nothing is left that can be a reference.
 */
bool image_emit(const struct job *job, struct sv reference, struct range at,
                enum component_state state, enum confidence ceiling);

/* The hex of a digest however it is written: "sha256:<hex>", "<hex>.json", "blobs/sha256/<hex>". */
struct sv image_digest(struct sv text);
