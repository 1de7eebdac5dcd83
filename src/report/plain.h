// SPDX-License-Identifier: Apache-2.0
/*
 * Text for a terminal: wrapped to its width, with colours only where the sink has them. Whatever is
 * written through here is safe to show: see report/visible.h.
 */
#pragma once

#include <stddef.h>

#include "report/report.h"

enum plain_style {
    PLAIN_NORMAL,
    PLAIN_STRONG,
    PLAIN_DIM,
    PLAIN_BAD,
    PLAIN_GOOD,
    PLAIN_WARN,
};

enum {
    PLAIN_COLUMNS_MIN = 40,
    PLAIN_COLUMNS_MAX = 120, /* longer lines are hard to read */
};

unsigned plain_columns(const struct sink *s);

/* Everything until the next call is in this style. */
void plain_style(struct sink *s, enum plain_style style);

/* How many columns a text takes, spelt out where it has to be. */
size_t plain_width(struct sv text);

/* The text as it is, without wrapping. */
void plain_text(struct sink *s, struct sv text);

/*
 * A text in exactly `width` columns: cut with an ellipsis, or padded at its end (at its start when
 * `right`).
 */
void plain_cell(struct sink *s, struct sv text, size_t width, bool right);

/* A text in at most `width` columns, cut with an ellipsis. */
void plain_cut(struct sink *s, struct sv text, size_t width);

/*
 * Words wrapped to the width and a new line. The first line begins after `at` columns, which the
 * caller has filled; the others are indented by `indent`. A word that is too long has a line of its
 * own and is not broken, so that a path can be copied.
 */
void plain_wrap(struct sink *s, size_t at, size_t indent, struct sv text);

/* A label, padded to `indent` columns, and after it a wrapped text. Nothing when `text` is empty.
 */
void plain_labelled(struct sink *s, const char *label, size_t indent, struct sv text);

void plain_pad(struct sink *s, size_t columns);
