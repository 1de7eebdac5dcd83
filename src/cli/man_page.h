// SPDX-License-Identifier: Apache-2.0
/* debar(1), and debar-<command>(1), made from the commands' own tables. */
#pragma once

/* Print one page in roff, "debar" or a command's name; an exit code. */
int man_page_print(const char *name);
