// SPDX-License-Identifier: Apache-2.0
#include "os/leave.h"

#include <stdlib.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#    define SANITIZED 1
#else
#    define SANITIZED 0
#endif

_Noreturn void leave(int status)
{
    if (SANITIZED)
        exit(status);
    _exit(status);
}
