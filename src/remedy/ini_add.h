// SPDX-License-Identifier: Apache-2.0
/* Words added to a list that a setting of a file with [sections] is. */
#pragma once

#include "remedy/edit.h"

struct ini_list {
    const char *section;  /* "main" */
    const char *names[3]; /* of the setting: the first is written, any is taken; NULL behind them */
};

/* Add those words of `words` (white space between them) that are not in the list. */
void ini_add(struct edit_run *run, const struct ini_list *list, struct sv words);

/* Whether a word stands in a list with white space or commas between its words. */
bool word_is_in(struct sv word, struct sv list);
