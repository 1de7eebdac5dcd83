// SPDX-License-Identifier: Apache-2.0
/* Expressions for Vectorscan: compiled, or taken from where they were kept when they were. */
#pragma once

#include <hs/hs.h>

#include "os/compiled_file.h"

struct pattern_set {
    const char *const *expressions;
    const unsigned *flags, *ids;
    const hs_expr_ext_t *const *extended; /* NULL: none */
    unsigned count, mode;
};

/* `file` may be NULL. False: `*ret_problem` says why, and is freed with hs_free_compile_error(). */
bool pattern_set_compile(const struct pattern_set *set, struct compiled_file *file,
                         hs_database_t **ret, hs_compile_error_t **ret_problem);

/* With the file that it was compiled with: what was kept there lives and dies with that. */
void pattern_set_free(const struct compiled_file *file, hs_database_t *database);
