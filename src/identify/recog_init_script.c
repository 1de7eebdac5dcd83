// SPDX-License-Identifier: Apache-2.0
/*
 * Init scripts in etc/init.d: of System V, whose header is between two lines of comment, and of
 * OpenRC, which sets variables.
 *
 *     ### BEGIN INIT INFO                      #!/sbin/openrc-run
 *     # Provides:          acme                description="Acme agent"
 *     # Short-Description: Acme agent          command="/usr/sbin/acme"
 *     ### END INIT INFO
 *     DAEMON=/usr/sbin/acme
 *
 * Format: init-d-script(5), openrc-run(8), LSB "Comment conventions for init scripts".
 */
#include "identify/text_file.h"

/* A value without its quotes; empty when it has to be worked out by a shell. */
static struct sv plain_value(struct sv value)
{
    char quote = value.n ? value.p[0] : 0;

    if (quote == '"' || quote == '\'') {
        value = sv_from(value, 1);
        value = sv_cut(&value, quote);
    } else {
        value = text_word(&value);
    }
    return sv_find(value, SV("$")) == SIZE_MAX ? value : (struct sv){0};
}

static void emit_value(struct emit *out, const struct text_file *f, enum field_key key,
                       struct sv value)
{
    emit_field_at(out, key, value, text_file_offset(f, value), value.n);
}

static int identify_init_script(const struct job *job, struct err *err)
{
    static const char *const programs[] = {"DAEMON", "daemon", "command", "DAEMON_PATH",
                                           "exec",   "PROG",   "prog"};
    struct emit *out = job->out;
    struct text_file f;
    bool in_header = false, has_description = false, has_command = false;
    int result = text_file_read(job, &f, err);

    if (result != 0)
        return result;
    if (!sv_starts(f.rest, SV("#!")))
        return RECOG_NOT_MINE;
    emit_component(out, TYPE_SERVICE);
    while (text_file_next(&f, 0)) {
        struct sv value = f.line, key;

        if (sv_starts(value, SV("### BEGIN INIT INFO")))
            in_header = true;
        else if (sv_starts(value, SV("### END INIT INFO")))
            in_header = false;
        if (sv_starts(value, SV("#"))) {
            value = sv_from(value, 1);
            key = sv_trim(sv_cut(&value, ':'));
            if (in_header && sv_eq_nocase(key, SV("Short-Description")) && !has_description) {
                emit_value(out, &f, FIELD_DESCRIPTION, sv_trim(value));
                has_description = true;
            }
            continue;
        }
        key = sv_cut(&value, '=');
        if (sv_eq(key, SV("description")) && !has_description) {
            emit_value(out, &f, FIELD_DESCRIPTION, plain_value(value));
            has_description = true;
        }
        for (size_t i = 0; i < ARRAY_LEN(programs) && !has_command; i++) {
            struct sv program = plain_value(value);

            if (sv_eq(key, sv_str(programs[i])) && sv_starts(program, SV("/"))) {
                emit_value(out, &f, FIELD_COMMAND, program);
                has_command = true;
            }
        }
    }
    return 0;
}

static const struct gate gates[] = {
    {.path = "etc/rc.d/init.d/{service}", .state = STATE_INSTALLED, .anchor_up = 4},
    {.path = "etc/init.d/{service}", .state = STATE_INSTALLED, .anchor_up = 3},
    {0},
};

const struct recogniser recog_init_script = {
    .name = "init_script",
    .summary = "services that an init script starts",
    .epoch = 1,
    .gates = gates,
    .identify = identify_init_script,
};
