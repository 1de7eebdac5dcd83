// SPDX-License-Identifier: Apache-2.0
/*
 * How a function says that it failed.
 *
 * Functions that can fail return int:
 *     0   done
 *   < 0   failed, -ERR_*; pass it up unchanged (TRY) or add context (err_wrap)
 *   > 0   an outcome this one function documents; handle it here, never pass it up
 */
#pragma once

#include "base/compiler.h"

enum err_code {
    ERR_NOMEM = 1,
    ERR_LIMIT,       /* a budget of ours was hit: bytes, or memory */
    ERR_IO,          /* reading or writing failed */
    ERR_DENIED,      /* permission */
    ERR_GONE,        /* it was there a moment ago */
    ERR_FORMAT,      /* damaged or invalid input */
    ERR_UNSUPPORTED, /* valid, and beyond us */
    ERR_ENCRYPTED,   /* valid, and locked */
    ERR_CANCELLED,
    ERR_CONFLICT,    /* somebody else holds it */
    ERR_USAGE,       /* the person asked for something that makes no sense */
    ERR_LIMIT_DEPTH, /* the other budgets of what is in archives */
    ERR_LIMIT_RATIO,
    ERR_LIMIT_ENTRIES,
    ERR_LIMIT_TIME,
    ERR_COUNT_,
};

struct err {
    enum err_code code;
    int sys_errno;    /* 0 when no system call was involved */
    const char *site; /* "file:line" where the failure was first seen */
    char text[480];
};

#define ERR_STR_(x) #x
#define ERR_STR(x) ERR_STR_(x)

/* Fill `err` (may be NULL) and return -code, so that a caller can write `return ERR(...)`. */
#define ERR(err, code, ...) err_set((err), (code), __FILE__ ":" ERR_STR(__LINE__), __VA_ARGS__)

/* The same from errno: the code is chosen by its value and strerror is added to the text. */
#define ERR_SYS(err, ...) err_set_sys((err), __FILE__ ":" ERR_STR(__LINE__), __VA_ARGS__)

int err_set(struct err *err, enum err_code code, const char *site, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
int err_set_sys(struct err *err, const char *site, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Put "context: " before the text of a failure and return `result`, which was its value. */
int err_wrap(struct err *err, int result, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Leave this function if `expr` failed. The only macro here that hides a return. */
#define TRY(expr) \
    do { \
        int try_result_ = (expr); \
        if (try_result_ < 0) \
            return try_result_; \
    } while (0)
