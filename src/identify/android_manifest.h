// SPDX-License-Identifier: Apache-2.0
/*
 * What the manifest of an Android app says of it, from the binary XML that is in every app.
 * Format: ResourceTypes.h of the Android Open Source Project.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct android_manifest {
    struct sv package, version_name, split;
    uint32_t version_code;   /* 0: none */
    struct sv label;         /* what people see */
    uint32_t label_resource; /* where `label` is in the table of resources instead; 0: it is not */
    uint32_t version_resource;
};

bool android_manifest_is(struct span bytes);

/* Texts are in the arena. -ERR_FORMAT for one that is damaged or names no package. */
int android_manifest_read(struct span bytes, struct arena *arena, struct android_manifest *ret,
                          struct err *err) MUST_USE;

/* The text of a resource, from an app's resources.arsc, in its default language; empty if none. */
struct sv android_resource_text(struct span table, uint32_t id, struct arena *arena);
