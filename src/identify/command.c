// SPDX-License-Identifier: Apache-2.0
#include "identify/command.h"

#include <string.h>

bool command_program(struct sv command, struct sv *ret_path)
{
    struct sv path = sv_trim(command);
    char quote;

    // What systemd allows before a program.
    while (path.n && path.p[0] && strchr("-@:+!|", path.p[0]))
        path = sv_from(path, 1);
    quote = path.n && (path.p[0] == '"' || path.p[0] == '\'') ? path.p[0] : 0;
    if (quote)
        path = sv_from(path, 1);
    for (size_t i = 0; i < path.n; i++) {
        if (quote ? path.p[i] == quote : strchr(" \t;&|<>\n", path.p[i]) != NULL) {
            path.n = i;
            break;
        }
    }
    // A variable or an escape would have to be worked out first.
    if (!sv_starts(path, SV("/")) || sv_find(path, SV("$")) != SIZE_MAX ||
        sv_find(path, SV("%")) != SIZE_MAX || sv_find(path, SV("\\")) != SIZE_MAX)
        return false;
    *ret_path = path;
    return true;
}
