// SPDX-License-Identifier: Apache-2.0
#include "report/report.h"

#define FORMAT(name) extern const struct report_format format_##name;
#include "formats.inc"
#undef FORMAT

const struct report_format *const report_formats[] = {
#define FORMAT(name) &format_##name,
#include "formats.inc"
#undef FORMAT
    NULL,
};

const struct report_format *report_format_named(struct sv name)
{
    for (size_t i = 0; report_formats[i]; i++)
        if (sv_eq(sv_str(report_formats[i]->name), name))
            return report_formats[i];
    return NULL;
}

int report_write(const struct report_format *format, const struct scan_view *view,
                 struct sink *sink, struct err *err)
{
    int written = format->write(view, sink, err);

    // What was written is handed on in any case: a report with an error in it still tells
    // something.
    TRY(sink_finish(sink, written < 0 ? NULL : err));
    return written;
}
