// SPDX-License-Identifier: Apache-2.0
/* Completion files for bash, zsh and fish, made from the commands' own tables. */
#pragma once

/* Print the file of one shell; an exit code. */
int completion_print(const char *shell);
