// SPDX-License-Identifier: Apache-2.0
/*
 * How Python's files say what they depend on.
 * https://packaging.python.org/en/latest/specifications/dependency-specifiers/
 */
#pragma once

#include "identify/package.h"

/*
 * One requirement as a referenced package: "name[extra] >=1,<2 ; marker", "name @ address",
 * "git+https://…#egg=name". `whole` is the file's text, of which it is a piece. False when it is
 * none, such as an option or prose.
 */
bool pypi_emit_requirement(const struct job *job, struct sv whole, struct sv requirement);

/* What a lock file pins, or a manifest's table asks for (`constraint`). */
bool pypi_emit(const struct job *job, struct sv name, struct sv version, struct sv constraint,
               struct range at);
