// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of Maven and Gradle have in common: coordinates.
 */
#pragma once

#include "identify/package.h"

/* Group and artifact as one package "group:artifact". `at` is where it stands. False when either
 * cannot be one. */
bool maven_emit(const struct job *job, struct sv group, struct sv artifact, struct sv version,
                enum component_state state, struct range at);

/*
 * "group:artifact:version[:classifier][@type]" as a referenced package; also without a version when
 * `loose`. False for any other text.
 */
bool maven_emit_coordinates(const struct job *job, struct sv text, bool loose, struct range at);
