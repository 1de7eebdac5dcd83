// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, enum err_code code, const char *site, const char *fmt, ...)
{
    if (err) {
        va_list args;

        *err = (struct err){.code = code, .site = site};
        va_start(args, fmt);
        (void)vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
    }
    return -(int)code;
}

static enum err_code code_of_errno(int value)
{
    switch (value) {
    case ENOMEM:
        return ERR_NOMEM;
    case EACCES:
    case EPERM:
        return ERR_DENIED;
    case ENOENT:
    case ESTALE:
    case ESRCH:
        return ERR_GONE;
    default:
        return ERR_IO;
    }
}

int err_set_sys(struct err *err, const char *site, const char *fmt, ...)
{
    int value = errno;
    enum err_code code = code_of_errno(value);

    if (err) {
        va_list args;
        int used;

        *err = (struct err){.code = code, .sys_errno = value, .site = site};
        va_start(args, fmt);
        used = vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
        if (used >= 0 && (size_t)used < sizeof(err->text))
            (void)snprintf(err->text + used, sizeof(err->text) - (size_t)used, ": %s",
                           strerror(value));
    }
    return -(int)code;
}

int err_wrap(struct err *err, int result, const char *fmt, ...)
{
    if (err && result < 0) {
        char inner[sizeof(err->text)];
        va_list args;
        int used;

        memcpy(inner, err->text, sizeof(inner));
        va_start(args, fmt);
        used = vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
        if (used >= 0 && (size_t)used < sizeof(err->text))
            (void)snprintf(err->text + used, sizeof(err->text) - (size_t)used, ": %s", inner);
    }
    return result;
}
