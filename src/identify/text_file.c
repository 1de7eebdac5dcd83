// SPDX-License-Identifier: Apache-2.0
#include "identify/text_file.h"

int text_file_read(const struct job *job, struct text_file *ret, struct err *err)
{
    struct span all;

    TRY(source_read_all(job->bytes, TEXT_FILE_MAX, job->arena, &all, err));
    *ret = (struct text_file){.all = sv_of(all), .rest = sv_of(all)};
    if (sv_starts(ret->rest, SV("\xef\xbb\xbf")))
        ret->rest = sv_from(ret->rest, 3);
    return sv_find((struct sv){ret->all.p, ret->all.n < 512 ? ret->all.n : 512}, SV("\0")) ==
                   SIZE_MAX
               ? 0
               : RECOG_NOT_MINE;
}

bool text_file_next(struct text_file *f, char comment)
{
    while (f->rest.n) {
        f->line = sv_trim(sv_line(&f->rest));
        f->number++;
        if (f->line.n && !(comment && f->line.p[0] == comment))
            return true;
    }
    return false;
}

uint64_t text_file_offset(const struct text_file *f, struct sv part)
{
    return part.n ? (uint64_t)(part.p - f->all.p) : 0;
}

struct sv text_word(struct sv *line)
{
    struct sv word = *line = sv_trim(*line);

    for (size_t i = 0; i < line->n; i++) {
        if (line->p[i] == ' ' || line->p[i] == '\t') {
            word.n = i;
            break;
        }
    }
    *line = sv_trim(sv_from(*line, word.n));
    return word;
}
