// SPDX-License-Identifier: Apache-2.0
/* What remove, resume and undo share: options, telling what happens, asking. */
#pragma once

#include "base/arena.h"
#include "cli/command.h"
#include "remedy/act.h"

#define OPTION_YES \
    { \
        "yes", 'y', NULL, "do not ask" \
    }
#define OPTION_ALLOW \
    { \
        "allow", 0, "CODE=SUBJECT", \
            "allow exactly this one refusal; recorded with time and user; may be repeated" \
    }

enum {
    KEEP_DAYS = 90,
};

/* Options of the removal from those of the command line. What it holds is in the arena. */
int removing_options(const struct arguments *args, struct arena *arena, struct removal_options *ret,
                     struct err *err) MUST_USE;

/* Whether there is neither --yes nor a terminal to ask at: then nothing is changed. */
bool removing_only_looks(const struct arguments *args);

/* Whether to go ahead: 1 yes, 0 no. `question` without its "? [y/N]". Without a terminal and
 * without
 * --yes it is no, which is said. */
int removing_ask(const struct arguments *args, const char *question);

/* Print the state at the end; the exit code that belongs to it. */
enum exit_code removing_end(const struct removal *r);

/* Which plan it is, for which root, and how far; nothing with --quiet. */
void removing_tell_state(const struct arguments *args, const struct removal *r);
