// SPDX-License-Identifier: Apache-2.0
#include "identify/windows_path.h"

#include "base/buf.h"

static bool starts_nocase(struct sv s, struct sv prefix)
{
    return s.n >= prefix.n && sv_eq_nocase((struct sv){s.p, prefix.n}, prefix);
}

/* Where a path that is not quoted ends: after the first ending of a program. */
static bool unquoted(struct sv text, struct sv *ret)
{
    static const char *const ends[] = {".exe", ".sys",  ".dll", ".com", ".bat", ".cmd",
                                       ".ocx", ".json", ".cpl", ".scr", ".ico", ".msi"};

    for (size_t i = 0; i < text.n; i++) {
        for (size_t k = 0; text.p[i] == '.' && k < ARRAY_LEN(ends); k++) {
            struct sv end = sv_str(ends[k]), rest = sv_from(text, i);

            if (starts_nocase(rest, end) &&
                (rest.n == end.n || rest.p[end.n] == ' ' || rest.p[end.n] == ',' ||
                 rest.p[end.n] == '\t' || rest.p[end.n] == '"')) {
                *ret = (struct sv){text.p, i + end.n};
                return true;
            }
        }
    }
    // A folder, unless something follows that may be an argument.
    *ret = text;
    return sv_find(text, SV(" -")) == SIZE_MAX && sv_find(text, SV(" /")) == SIZE_MAX &&
           sv_find(text, SV("\"")) == SIZE_MAX && sv_find(text, SV(",")) == SIZE_MAX;
}

/* What a path begins with, as a folder of the root; `rest` is what follows. */
static bool folder_of(struct sv *rest, const char **ret_folder)
{
    static const struct {
        const char *prefix, *folder;
    } known[] = {
        {"C:\\", ""},
        {"%SystemDrive%\\", ""},
        {"\\SystemRoot\\", "/Windows"},
        {"%SystemRoot%\\", "/Windows"},
        {"%windir%\\", "/Windows"},
        {"\\Windows\\", "/Windows"},
        {"System32\\", "/Windows/System32"},
        {"SysWOW64\\", "/Windows/SysWOW64"},
        {"%ProgramFiles%\\", "/Program Files"},
        {"%ProgramW6432%\\", "/Program Files"},
        {"%ProgramFiles(x86)%\\", "/Program Files (x86)"},
        {"%CommonProgramFiles%\\", "/Program Files/Common Files"},
        {"%CommonProgramFiles(x86)%\\", "/Program Files (x86)/Common Files"},
        {"%ProgramData%\\", "/ProgramData"},
        {"%ALLUSERSPROFILE%\\", "/ProgramData"},
        {"%PUBLIC%\\", "/Users/Public"},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        struct sv prefix = sv_str(known[i].prefix);

        if (!starts_nocase(*rest, prefix))
            continue;
        *rest = sv_from(*rest, prefix.n);
        *ret_folder = known[i].folder;
        return true;
    }
    return false;
}

/* A name that is one, and not a pattern, a variable or the short form of another. */
static bool is_name(struct sv name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if ((unsigned char)c < ' ' || c == '%' || c == '*' || c == '?' || c == ':' || c == '"' ||
            (c == '~' && i + 1 < name.n && name.p[i + 1] >= '0' && name.p[i + 1] <= '9'))
            return false;
    }
    return !sv_eq(name, SV("..")) && !sv_eq(name, SV("."));
}

bool windows_path(struct sv text, struct arena *arena, struct sv *ret_path)
{
    auto_buf path = {0};
    const char *folder;

    text = sv_trim(text);
    if (sv_starts(text, SV("@")))
        text = sv_from(text, 1);
    if (sv_starts(text, SV("\""))) {
        text = sv_from(text, 1);
        text = sv_cut(&text, '"');
    } else if (!unquoted(text, &text)) {
        return false;
    }
    if (sv_starts(text, SV("\\??\\")) || sv_starts(text, SV("\\\\?\\")))
        text = sv_from(text, 4);
    if (!folder_of(&text, &folder))
        return false;
    buf_str(&path, folder);
    while (text.n) {
        size_t n = 0;
        struct sv name;

        while (n < text.n && text.p[n] != '\\' && text.p[n] != '/')
            n++;
        name = (struct sv){text.p, n};
        text = sv_from(text, n < text.n ? n + 1 : n);
        if (!is_name(name))
            return false;
        if (name.n)
            buf_char(&path, '/');
        buf_sv(&path, name);
    }
    *ret_path = arena_copy(arena, buf_view(&path));
    return ret_path->n > 0;
}
