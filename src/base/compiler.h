// SPDX-License-Identifier: Apache-2.0
/* What the compiler can check for us, and the few macros every file may use. */
#pragma once

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_USE __attribute__((warn_unused_result))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Take what `p` points to and leave NULL, so that the local's automatic release does nothing. */
#define STEAL(p) \
    __extension__({ \
        __typeof__(p) stolen_ = (p); \
        (p) = NULL; \
        stolen_; \
    })

/* Locals that release themselves. */
#define auto_free __attribute__((cleanup(auto_free_)))
#define auto_fd __attribute__((cleanup(auto_fd_)))

void auto_free_(void *pointer_to_pointer);
void auto_fd_(int *fd);

/* Abort when one of our own invariants is broken; never because of input. */
#define bug_if(cond) \
    do { \
        if (cond) \
            bug_(__FILE__, __LINE__, #cond); \
    } while (0)

__attribute__((noreturn)) void bug_(const char *file, int line, const char *what);
