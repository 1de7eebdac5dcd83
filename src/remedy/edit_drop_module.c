// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one kernel module out of etc/modules, modules-load.d or modprobe.d: the lines that load it
 * and those that set it up (options, alias, install, remove, softdep). Lines that keep it out
 * ("blacklist", "install … /bin/false") stay. In a name '-' and '_' are the same.
 * Formats: modules(5), modules-load.d(5), modprobe.d(5).
 */
#include "remedy/edit.h"

static bool same_module(struct sv a, struct sv b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if ((a.p[i] == '-' ? '_' : a.p[i]) != (b.p[i] == '-' ? '_' : b.p[i]))
            return false;
    return true;
}

/* The module that a line is about; empty for one that is about none or keeps it out. */
static struct sv module_of(struct sv line)
{
    struct sv word = edit_word(&line), name;

    if (line.n == 0 || sv_eq(word, SV("blacklist")))
        return line.n ? (struct sv){0} : word;
    name = edit_word(&line);
    if (sv_eq(word, SV("alias")))
        return edit_word(&line);
    if (sv_eq(word, SV("install")) && (sv_ends(line, SV("/true")) || sv_ends(line, SV("/false"))))
        return (struct sv){0};
    if (sv_eq(word, SV("options")) || sv_eq(word, SV("install")) || sv_eq(word, SV("remove")) ||
        sv_eq(word, SV("softdep")))
        return name;
    return word; // etc/modules: settings may follow the name
}

static int find(struct edit_run *run, struct err *err)
{
    struct sv rest = run->text;
    struct edit_line line;

    TRY(edit_check_text(run, "a list of modules", err));
    while (edit_next_line(&rest, &line)) {
        struct edit_line more = line;

        // modprobe.d: a backslash at the end goes on with the next line.
        while (sv_ends(more.text, SV("\\")) && edit_next_line(&rest, &more))
            line.whole.n += more.whole.n;
        line.text = sv_trim(line.whole);
        if (line.text.n == 0 || line.text.p[0] == '#' || line.text.p[0] == ';')
            continue;
        if (same_module(module_of(line.text), run->key))
            edit_cut(run, line.whole);
    }
    return 0;
}

const struct edit edit_drop_module = {
    .name = "drop-module",
    .summary = "one kernel module out of etc/modules, modules-load.d or modprobe.d",
    .key = "the name of the module",
    .find = find,
};
