// SPDX-License-Identifier: Apache-2.0
/* Expressions for Vectorscan: compiled, or taken from where they were kept when they were. */
#pragma once

#include <hs/hs.h>

#include "base/err.h"
#include "os/compiled_file.h"

struct pattern_set {
    const char *const *expressions;
    const unsigned *flags, *ids;
    const hs_expr_ext_t *const *extended; /* NULL: none */
    unsigned count, mode;
};

/*
 * `file` may be NULL. -ERR_FORMAT with the compiler's reason; `*ret_wrong` is then the expression
 * that it is about, or -1.
 */
int pattern_set_compile(const struct pattern_set *set, struct compiled_file *file,
                        hs_database_t **ret, int *ret_wrong, struct err *err) MUST_USE;

/* With the file that it was compiled with: what was kept there lives and dies with that. */
void pattern_set_free(const struct compiled_file *file, hs_database_t *database);
