// SPDX-License-Identifier: Apache-2.0
/*
 * What cron runs, one component a line:
 *
 *     etc/crontab, etc/cron.d/…     minute hour day month weekday  user  command
 *     var/spool/cron/…              minute hour day month weekday  command
 *     etc/anacrontab                days minutes name  command
 *
 * The five words of the time may be one: "@daily". "NAME=value" sets a variable of the environment.
 * Format: crontab(5), anacrontab(5).
 */
#include "identify/text_file.h"

enum {
    TAG_SYSTEM,
    TAG_USER,
    TAG_ANACRON,
};

/* "NAME = value", which is no job. */
static bool is_setting(struct sv line)
{
    size_t n = 0;

    while (n < line.n &&
           ((line.p[n] >= 'A' && line.p[n] <= 'Z') || (line.p[n] >= 'a' && line.p[n] <= 'z') ||
            line.p[n] == '_' || (n && line.p[n] >= '0' && line.p[n] <= '9')))
        n++;
    return n && sv_starts(sv_trim(sv_from(line, n)), SV("="));
}

static int identify_cron(const struct job *job, struct err *err)
{
    struct emit *out = job->out;
    struct text_file f;
    int result = text_file_read(job, &f, err);

    if (result != 0)
        return result;
    while (text_file_next(&f, '#')) {
        struct sv rest = f.line, first, user = {0};

        if (is_setting(rest))
            continue;
        first = text_word(&rest);
        if (job->gate->tag == TAG_ANACRON) {
            (void)text_word(&rest);
            (void)text_word(&rest);
        } else if (!sv_starts(first, SV("@"))) {
            for (int word = 0; word < 4; word++)
                (void)text_word(&rest);
        }
        if (job->gate->tag == TAG_SYSTEM)
            user = text_word(&rest);
        if (rest.n == 0)
            continue;
        emit_component(out, TYPE_SERVICE);
        emit_field_at(out, FIELD_COMMAND, rest, text_file_offset(&f, rest), rest.n);
        emit_field(out, FIELD_USER, user);
        emit_fieldf(out, FIELD_ROW, "line %zu", f.number);
    }
    return 0;
}

static const struct gate gates[] = {
    {.path = "etc/crontab", .state = STATE_INSTALLED, .anchor_up = 2, .tag = TAG_SYSTEM},
    {.path = "etc/cron.d/*", .state = STATE_INSTALLED, .anchor_up = 3, .tag = TAG_SYSTEM},
    {.path = "etc/anacrontab", .state = STATE_INSTALLED, .anchor_up = 2, .tag = TAG_ANACRON},
    {.path = "var/spool/cron/crontabs/{user}",
     .state = STATE_INSTALLED,
     .anchor_up = 5,
     .tag = TAG_USER},
    {.path = "var/spool/cron/tabs/{user}",
     .state = STATE_INSTALLED,
     .anchor_up = 5,
     .tag = TAG_USER},
    {.path = "var/spool/cron/{user}", .state = STATE_INSTALLED, .anchor_up = 4, .tag = TAG_USER},
    {0},
};

const struct recogniser recog_cron = {
    .name = "cron",
    .summary = "commands that cron runs",
    .epoch = 1,
    .gates = gates,
    .identify = identify_cron,
};
