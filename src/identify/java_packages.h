// SPDX-License-Identifier: Apache-2.0
/*
 * The Java packages whose classes are in a file, each once, in the order of their coming.
 *
 * Programs made of more packages than there is room for are told by the beginnings of their names:
 * when java_packages_full(), begin anew with `shorter` and add everything again.
 */
#pragma once

#include "identify/name_set.h"
#include "identify/recogniser.h"

enum { JAVA_PACKAGES_MAX = 8192 };

struct java_packages {
    struct name_set folders;
    struct sv last;
    bool shorter, full;
};

void java_packages_init(struct java_packages *p, struct arena *arena, bool shorter);

/* A folder of classes, "com/example"; an empty one is passed over. */
void java_packages_add(struct java_packages *p, struct sv folder);

/* As fields of a new component; nothing when there are none. 0, RECOG_NOT_MINE, or a failure. */
int java_packages_emit(const struct job *job, const struct java_packages *p,
                       struct err *err) MUST_USE;
