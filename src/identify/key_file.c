// SPDX-License-Identifier: Apache-2.0
#include "identify/key_file.h"

struct key_file key_file_over(struct sv text)
{
    if (sv_starts(text, SV("\xef\xbb\xbf")))
        text = sv_from(text, 3);
    return (struct key_file){.all = text, .rest = text};
}

static bool is_comment(struct sv line)
{
    return sv_starts(line, SV("#")) || sv_starts(line, SV(";"));
}

/* One line with the lines that continue it. */
static struct sv whole_line(struct sv *rest, bool continued)
{
    struct sv line = sv_line(rest), last = line;

    while (continued && sv_ends(last, SV("\\")) && rest->n) {
        last = sv_line(rest);
        line.n = (size_t)(last.p + last.n - line.p);
    }
    return line;
}

bool key_file_next(struct key_file *f, bool continued, struct key_line *ret_line)
{
    while (f->rest.n) {
        struct sv line = sv_trim(whole_line(&f->rest, continued)), key;

        if (line.n == 0 || is_comment(line))
            continue;
        if (sv_starts(line, SV("["))) {
            f->section = sv_from(line, 1);
            f->section = sv_trim(sv_cut(&f->section, ']'));
            continue;
        }
        key = sv_trim(sv_cut(&line, '='));
        line = sv_trim(line);
        if (key.n == 0)
            continue;
        *ret_line = (struct key_line){.section = f->section, .key = key, .value = line};
        if (line.n) {
            ret_line->offset = (uint64_t)(line.p - f->all.p);
            ret_line->length = line.n;
        }
        return true;
    }
    return false;
}
