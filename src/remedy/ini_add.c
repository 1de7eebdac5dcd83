// SPDX-License-Identifier: Apache-2.0
#include "remedy/ini_add.h"

/* Where the setting, or at least its section, stands. */
struct found {
    struct sv value;   /* with the lines that continue it; NULL when there is none */
    size_t header_end; /* SIZE_MAX: no such section */
};

bool word_is_in(struct sv word, struct sv list)
{
    while (list.n) {
        struct sv some = edit_word(&list);

        while (some.n)
            if (sv_eq(sv_cut(&some, ','), word))
                return true;
    }
    return false;
}

static bool is_name(const struct ini_list *list, struct sv key)
{
    for (size_t i = 0; i < ARRAY_LEN(list->names) && list->names[i]; i++)
        if (sv_eq(key, sv_str(list->names[i])))
            return true;
    return false;
}

static struct found look(struct edit_run *run, const struct ini_list *list)
{
    struct found f = {.header_end = SIZE_MAX};
    struct sv rest = run->text;
    struct edit_line line;
    bool inside = false, more = false;

    while (edit_next_line(&rest, &line)) {
        struct sv text = line.text, key;

        if (more && (line.whole.p[0] == ' ' || line.whole.p[0] == '\t') && text.n) {
            f.value.n = (size_t)(text.p + text.n - f.value.p);
            continue;
        }
        more = false;
        if (sv_starts(text, SV("["))) {
            key = sv_from(text, 1);
            inside = sv_eq(sv_trim(sv_cut(&key, ']')), sv_str(list->section));
            if (inside && f.header_end == SIZE_MAX)
                f.header_end = (size_t)(line.whole.p + line.whole.n - run->text.p);
            continue;
        }
        key = sv_trim(sv_cut(&text, '='));
        if (!inside || f.value.p || sv_find(line.text, SV("=")) == SIZE_MAX || !is_name(list, key))
            continue;
        more = true;
        f.value = sv_trim(text);
        if (!f.value.p || f.value.n == 0)
            f.value = (struct sv){line.text.p + line.text.n, 0};
    }
    return f;
}

void ini_add(struct edit_run *run, const struct ini_list *list, struct sv words)
{
    struct found f = look(run, list);
    struct sv end = edit_line_end(run->text), added;
    auto_buf add = {0};

    while (words.n) {
        struct sv some = edit_word(&words);

        while (some.n) {
            struct sv word = sv_cut(&some, ',');

            if (!word.n || word_is_in(word, f.value) || word_is_in(word, buf_view(&add)))
                continue;
            buf_char(&add, ' ');
            buf_sv(&add, word);
        }
    }
    if (add.n == 0)
        return;
    if (f.value.p) {
        added = arena_copy(run->arena, buf_view(&add));
        edit_put(run, (size_t)(f.value.p + f.value.n - run->text.p), added);
        return;
    }
    if (f.header_end == SIZE_MAX)
        added =
            arena_printf(run->arena, "%s[%s]%.*s%s =%s%.*s",
                         run->text.n && !sv_ends(run->text, SV("\n")) ? "\n" : "", list->section,
                         (int)end.n, end.p, list->names[0], add.p, (int)end.n, end.p);
    else
        added = arena_printf(run->arena, "%s%s =%s%.*s",
                             run->text.p[f.header_end - 1] == '\n' ? "" : "\n", list->names[0],
                             add.p, (int)end.n, end.p);
    edit_put(run, f.header_end == SIZE_MAX ? run->text.n : f.header_end, added);
}
