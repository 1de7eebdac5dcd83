// SPDX-License-Identifier: Apache-2.0
/*
 * Runs edits on bytes in blocks of just their size, twice: the second time there has to be nothing
 * to do. Each sample that an edit takes is also tried cut at every byte, and with every byte
 * flipped: nothing may crash, a failure has a sentence, and an edit that only takes out leaves
 * nothing but bytes that were there, in their order.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "remedy/edit.h"

struct edit_case {
    const char *why, *before;
    const char *after; /* NULL: nothing to do */
};

/* `after` NULL: there is nothing to do. */
void assert_edit(const char *why, const char *edit, const char *key, struct sv before,
                 const struct buf *after);
void assert_edits(const char *edit, const char *key, const struct edit_case *cases, size_t count);
void assert_edit_fails_on(const char *edit, const char *key, struct sv before, enum err_code code);

#define EDITS(edit, key, ...) \
    assert_edits((edit), (key), (const struct edit_case[]){__VA_ARGS__}, \
                 ARRAY_LEN(((const struct edit_case[]){__VA_ARGS__})))
#define assert_edit_fails(edit, key, before, code) \
    assert_edit_fails_on((edit), (key), SV(before), (code))
