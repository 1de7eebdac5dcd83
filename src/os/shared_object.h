// SPDX-License-Identifier: Apache-2.0
/*
 * A library that is loaded when it is first needed. What the loader does for the larger ones costs
 * more than all else that a short command does.
 *
 * Their functions are named once, in a list that makes the names and a struct of pointers alike:
 *
 *     #define ACME_FUNCTIONS(X) X(acme_open) X(acme_close)
 *     struct acme { ACME_FUNCTIONS(SHARED_POINTER) };
 *     static const char *const names[] = {ACME_FUNCTIONS(SHARED_NAME)};
 *     shared_object_load(ACME_SONAME, names, ARRAY_LEN(names), &acme, err)
 *
 * Whoever may not open files later on, such as a parser, has it loaded before.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define SHARED_POINTER(function) __typeof__(function) *function;
#define SHARED_NAME(function) #function,

/* `ret_functions` is a struct of as many pointers as there are names. It is never unloaded. */
int shared_object_load(const char *soname, const char *const names[], size_t count,
                       void *ret_functions, struct err *err) MUST_USE;

/* The file that would be loaded. It is looked for as the loader does, or else it is loaded. */
bool shared_object_find(const char *soname, struct buf *ret_path);
