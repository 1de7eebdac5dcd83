// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>

#include "report/report.h"

enum {
    SINK_ROOM = 64 * 1024,
};

void sink_init(struct sink *s, FILE *file)
{
    *s = (struct sink){.file = file};
}

void sink_clear(struct sink *s)
{
    buf_clear(&s->buf);
}

static void hand_on(struct sink *s)
{
    if (!buf_ok(&s->buf) && !s->failed)
        s->failed = ERR(&s->err, ERR_NOMEM, "no memory for a report");
    if (!s->file)
        return;
    if (!s->failed && fwrite(s->buf.p, 1, s->buf.n, s->file) != s->buf.n)
        s->failed = ERR_SYS(&s->err, "write a report");
    buf_reset(&s->buf);
}

void sink_settle(struct sink *s)
{
    if (s->file && (s->buf.n >= SINK_ROOM || !buf_ok(&s->buf)))
        hand_on(s);
}

int sink_finish(struct sink *s, struct err *err)
{
    if (s->buf.n || !buf_ok(&s->buf))
        hand_on(s);
    if (s->file && !s->failed && fflush(s->file) != 0)
        s->failed = ERR_SYS(&s->err, "write a report");
    if (s->failed && err)
        *err = s->err;
    return s->failed;
}

void sink_bytes(struct sink *s, const void *p, size_t n)
{
    buf_bytes(&s->buf, p, n);
    sink_settle(s);
}

void sink_sv(struct sink *s, struct sv text)
{
    sink_bytes(s, text.p, text.n);
}

void sink_str(struct sink *s, const char *text)
{
    sink_sv(s, sv_str(text));
}

void sink_char(struct sink *s, char c)
{
    sink_bytes(s, &c, 1);
}

void sink_printf(struct sink *s, const char *fmt, ...)
{
    auto_free char *text = NULL;
    va_list args;
    int n;

    va_start(args, fmt);
    n = vasprintf(&text, fmt, args);
    va_end(args);
    if (n < 0) {
        text = NULL;
        s->buf.failed = true;
        return;
    }
    sink_bytes(s, text, (size_t)n);
}
