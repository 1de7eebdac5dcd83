// SPDX-License-Identifier: Apache-2.0
/*
 * What the commands of a shell download, add and install.
 *
 * Nothing is run and no language is understood: text is cut into commands and words, and commands
 * of a known name are read for addresses, packages and images. What a variable would hold is not
 * known, so words that begin with one are passed over. All of it is referenced, with the ceiling of
 * the job's gate.
 */
#pragma once

#include "identify/package.h"

enum shell_flags {
    SHELL_COMMENTS_JOIN = 1 << 0, /* a command goes on behind a comment line, as in Dockerfiles */
};

/* Read a script. `whole` is the file, of which it is a piece. Whether anything was emitted. */
bool shell_emit(const struct job *job, struct sv whole, struct sv script, unsigned flags);

/* One command at a time, by its words. */
struct shell {
    const struct job *job;
    struct sv whole;
    const struct shell_program *program; /* NULL before it is known, and for unknown ones */
    struct sv last;                      /* the last word of the command before */
    unsigned phase, depth;
    bool skips_value; /* the next word belongs to an option */
    bool any;         /* something was emitted */
};

struct shell shell_for(const struct job *job, struct sv whole);

/* The next word, without quotes, and where it stands. */
void shell_word(struct shell *s, struct sv word, struct range at);
void shell_end_command(struct shell *s);
