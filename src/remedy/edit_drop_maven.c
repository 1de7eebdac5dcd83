// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one artefact out of a pom.xml: each <dependency>, <plugin> and <extension> with its groupId
 * and artifactId, or with its groupId alone where the key has no ':'. What excludes it stays. To
 * propose a patch with. Format: https://maven.apache.org/pom.html
 */
#include "remedy/edit.h"

#include <string.h>

/* The next tag at or behind `at`, over comments and CDATA; false when there is none. */
static bool next_tag(struct sv text, size_t at, struct sv *ret)
{
    for (;;) {
        size_t open = sv_find(sv_from(text, at), SV("<")), end;
        struct sv rest;
        const char *closer = ">";

        if (open == SIZE_MAX)
            return false;
        rest = sv_from(text, at + open);
        if (sv_starts(rest, SV("<!--")))
            closer = "-->";
        else if (sv_starts(rest, SV("<![CDATA[")))
            closer = "]]>";
        end = sv_find(rest, sv_str(closer));
        if (end == SIZE_MAX)
            return false;
        *ret = (struct sv){rest.p, end + strlen(closer)};
        if (closer[0] == '>')
            return true;
        at += open + ret->n;
    }
}

static bool is_tag(struct sv tag, const char *name)
{
    struct sv rest = sv_from(tag, 1);

    if (!sv_starts(rest, sv_str(name)))
        return false;
    rest = sv_from(rest, strlen(name));
    return rest.n && strchr("> \t\r\n", rest.p[0]) && rest.p[0];
}

enum {
    NESTED_MAX = 16, /* a plug-in has dependencies of its own */
};

/* What one element holds of itself, not of what is deeper in it. */
struct element {
    struct sv group, artifact;
    size_t start, depth;
};

struct elements {
    struct element at[NESTED_MAX];
    size_t count;
    size_t depth; /* of the tag that is read */
};

static void end_element(struct edit_run *run, const struct element *e, size_t end)
{
    struct sv artifact = run->key, group = sv_cut(&artifact, ':');
    const char *first = run->text.p + e->start, *last = run->text.p + end;
    const char *all = run->text.p, *all_end = all + run->text.n, *line = first, *behind = last;

    if (!sv_eq(e->group, group) || (artifact.n && !sv_eq(e->artifact, artifact)))
        return;
    while (line > all && (line[-1] == ' ' || line[-1] == '\t'))
        line--;
    while (behind < all_end && (*behind == ' ' || *behind == '\t' || *behind == '\r'))
        behind++;
    if ((line == all || line[-1] == '\n') && behind < all_end && *behind == '\n') {
        first = line;
        last = behind + 1;
    }
    edit_cut(run, (struct sv){first, (size_t)(last - first)});
}

static bool is_element(struct sv tag)
{
    return is_tag(tag, "dependency") || is_tag(tag, "plugin") || is_tag(tag, "extension");
}

static void open_tag(struct edit_run *run, struct elements *open, struct sv tag)
{
    size_t start = (size_t)(tag.p - run->text.p);
    struct sv rest = sv_from(run->text, start + tag.n), value = sv_trim(sv_cut(&rest, '<'));
    struct element *in = open->count ? &open->at[open->count - 1] : NULL;

    open->depth++;
    if (is_element(tag) && open->count < NESTED_MAX)
        open->at[open->count++] = (struct element){.start = start, .depth = open->depth};
    else if (in && open->depth == in->depth + 1 && is_tag(tag, "groupId"))
        in->group = value;
    else if (in && open->depth == in->depth + 1 && is_tag(tag, "artifactId"))
        in->artifact = value;
}

static void close_tag(struct edit_run *run, struct elements *open, struct sv tag)
{
    if (open->count && open->at[open->count - 1].depth == open->depth)
        end_element(run, &open->at[--open->count], (size_t)(tag.p - run->text.p) + tag.n);
    if (open->depth)
        open->depth--;
}

static int find(struct edit_run *run, struct err *err)
{
    struct elements open = {0};
    size_t at = 0;
    struct sv tag;

    TRY(edit_check_text(run, "a pom.xml", err));
    while (next_tag(run->text, at, &tag)) {
        at = (size_t)(tag.p - run->text.p) + tag.n;
        if (sv_starts(tag, SV("</")))
            close_tag(run, &open, tag);
        else if (!sv_ends(tag, SV("/>")) && !sv_starts(tag, SV("<?")) && !sv_starts(tag, SV("<!")))
            open_tag(run, &open, tag);
    }
    return 0;
}

const struct edit edit_drop_maven = {
    .name = "drop-maven",
    .summary = "one artefact out of a pom.xml",
    .key = "group:artifact, or a group",
    .find = find,
};
