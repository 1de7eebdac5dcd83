// SPDX-License-Identifier: Apache-2.0
/*
 * The accounts of a machine: users of etc/passwd and groups of etc/group.
 *
 * Many products make an account at their installation and leave it behind, so one alone says that
 * something was here, and no more. Formats: passwd(5), group(5).
 */
#include "identify/text_file.h"

enum {
    TAG_USERS,
    TAG_GROUPS,
};

static int identify_passwd(const struct job *job, struct err *err)
{
    bool users = job->gate->tag == TAG_USERS;
    struct emit *out = job->out;
    struct text_file f;
    int result = text_file_read(job, &f, err);

    if (result != 0)
        return result;
    while (text_file_next(&f, '#')) {
        struct sv rest = f.line, name = sv_cut(&rest, ':'), full_name;

        // "+" and "-" ask NIS for more.
        if (name.n == 0 || rest.n == 0 || name.p[0] == '+' || name.p[0] == '-')
            continue;
        for (int word = 0; word < 3; word++) // password, user, group
            (void)sv_cut(&rest, ':');
        full_name = sv_cut(&rest, ':');
        emit_component(out, TYPE_DATA);
        emit_field_at(out, users ? FIELD_USER : FIELD_GROUP, name, text_file_offset(&f, name),
                      name.n);
        emit_field(out, FIELD_NAME, name);
        if (users)
            emit_field(out, FIELD_DESCRIPTION, sv_cut(&full_name, ','));
        emit_fieldf(out, FIELD_ROW, "line %zu", f.number);
    }
    return 0;
}

static const struct gate gates[] = {
    {.path = "etc/passwd", .state = STATE_RESIDUE, .anchor_up = 2, .tag = TAG_USERS},
    {.path = "etc/group", .state = STATE_RESIDUE, .anchor_up = 2, .tag = TAG_GROUPS},
    {0},
};

const struct recogniser recog_passwd = {
    .name = "passwd",
    .summary = "users and groups of a machine",
    .epoch = 1,
    .gates = gates,
    .identify = identify_passwd,
};
