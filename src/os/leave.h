// SPDX-License-Identifier: Apache-2.0
/* The end of a process. */
#pragma once

/*
 * End it now, without the tidying up that libraries do: their memory goes with the process. What is
 * to be written was written and closed before. (With sanitizers it ends as usual: they look for
 * leaks then.)
 */
_Noreturn void leave(int status);
