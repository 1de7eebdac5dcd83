// SPDX-License-Identifier: Apache-2.0
#include "report/csv_cell.h"

#include <unistr.h>

static bool is_formula(struct sv text)
{
    static const char *const fullwidth[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                            "\xef\xbc\xa0"};

    while (text.n && (text.p[0] == ' ' || text.p[0] == '\0'))
        text = sv_from(text, 1);
    if (text.n == 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(fullwidth); i++)
        if (sv_starts(text, sv_str(fullwidth[i])))
            return true;
    switch (text.p[0]) {
    case '=':
    case '+':
    case '-':
    case '@':
    case '\t':
    case '\r':
    case '\n':
        return true;
    default:
        return false;
    }
}

void csv_cell(struct sink *s, struct sv text)
{
    sink_char(s, '"');
    if (is_formula(text))
        sink_char(s, '\'');
    while (text.n) {
        int n = u8_mblen((const uint8_t *)text.p, text.n);

        // As in JSON; a NUL would end the cell for some readers.
        if (n < 0)
            sink_str(s, "\xef\xbf\xbd");
        else if (n > 0)
            sink_sv(s, (struct sv){text.p, (size_t)n});
        if (n == 1 && text.p[0] == '"')
            sink_char(s, '"');
        text = sv_from(text, n > 0 ? (size_t)n : 1);
    }
    sink_char(s, '"');
}
