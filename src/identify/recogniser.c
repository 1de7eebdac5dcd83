// SPDX-License-Identifier: Apache-2.0
#include "identify/recogniser.h"

#include <string.h>

#include "base/starved.h"
#include "identify/layer_folder.h"
#include "identify/sqlite_source.h"
#include "trust/digest.h"
#include "trust/keystore.h"

#define RECOGNISER(name) extern const struct recogniser recog_##name;
#include "recognisers.inc"
#undef RECOGNISER

const struct recogniser *const recognisers[] = {
#define RECOGNISER(name) &recog_##name,
#include "recognisers.inc"
#undef RECOGNISER
    NULL,
};

int recogniser_identify(const struct recogniser *recogniser, const struct job *job, struct err *err)
{
    int r;

    (void)starved_take();
    r = recogniser->identify(job, err);
    if (starved_take() && (r >= 0 || r == -ERR_FORMAT))
        return ERR(err, ERR_NOMEM, "no memory");
    return r >= 0 && arena_failed(job->arena) ? arena_error(job->arena, err) : r;
}

void recognisers_prepare(void)
{
    sqlite_source_prepare_library();
    digest_prepare();
    keystore_prepare();
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* One name against one name pattern, where `*` is any run of bytes. */
static bool name_matches(struct sv pattern, struct sv name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, star_n = 0;

    while (n < name.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            star_n = n;
        } else if (p < pattern.n && lower(pattern.p[p]) == lower(name.p[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++star_n;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

/* Cut the last name off a path; false when nothing is left. */
static bool cut_last(struct sv *path, struct sv *ret_name)
{
    size_t slash;

    if (path->n == 0)
        return false;
    slash = sv_find_last(*path, '/');
    if (slash == SIZE_MAX) {
        *ret_name = *path;
        path->n = 0;
    } else {
        *ret_name = sv_from(*path, slash + 1);
        path->n = slash;
    }
    return true;
}

static bool part_matches(struct sv part, struct sv name, struct captures *captures)
{
    size_t open = sv_find(part, SV("{")), close = sv_find(part, SV("}"));
    enum field_key key;

    if (open == SIZE_MAX || close == SIZE_MAX)
        return name_matches(part, name);
    // "{field}" alone or with text on either side: "{package}.list", "pkg-{version}"; what stands
    // after it may have stars, "{package}-*-*", and leaves it as much as it can.
    struct sv before = {part.p, open}, after = sv_from(part, close + 1);
    size_t n = name.n;

    if (!sv_starts(name, before))
        return false;
    while (n > before.n && !name_matches(after, sv_from(name, n)))
        n--;
    if (n <= before.n)
        return false;
    bug_if(!field_from_text((struct sv){part.p + open + 1, close - open - 1}, &key));
    bug_if(captures->count >= CAPTURES_MAX);
    captures->at[captures->count].key = key;
    captures->at[captures->count].value = (struct sv){name.p + before.n, n - before.n};
    captures->count++;
    return true;
}

/* The top of an archive may be that of a root, "/srv/image.tar!/etc/passwd"; that of a layer is. */
static bool is_top(struct sv path)
{
    auto_buf absolute = BUF_INIT(16384);

    if (path.n == 0 || sv_ends(path, SV("!")))
        return true;
    buf_char(&absolute, '/');
    buf_sv(&absolute, path);
    return buf_ok(&absolute) && layer_folder(buf_view(&absolute)) == absolute.n;
}

static bool ends_match(struct sv pattern, struct sv path, struct captures *captures, bool at_top)
{
    struct sv part, name;

    while (cut_last(&pattern, &part)) {
        if (sv_eq(part, SV("**"))) {
            size_t kept = captures->count;

            // Any number of folders: try the shortest first.
            do {
                captures->count = kept;
                if (ends_match(pattern, path, captures, at_top))
                    return true;
            } while (cut_last(&path, &name));
            return false;
        }
        if (!cut_last(&path, &name) || !part_matches(part, name, captures))
            return false;
    }
    return !at_top || is_top(path);
}

bool gate_path_matches(const char *pattern, struct sv path, struct captures *ret_captures)
{
    struct sv p = sv_str(pattern);
    bool at_top = sv_starts(p, SV("/"));

    ret_captures->count = 0;
    return ends_match(at_top ? sv_from(p, 1) : p,
                      sv_starts(path, SV("/")) ? sv_from(path, 1) : path, ret_captures, at_top);
}

/* How seldom a byte is in prose, source code and markup, by its kind. */
static unsigned rarity(char c)
{
    if (strchr(" etaoinsr.\n\"", c))
        return 0;
    if (strchr("ldhcumpfgybv,;:_-/=()<>\t", c))
        return 1;
    return (c >= 'a' && c <= 'z' && !strchr("xqzj", c)) || (c >= '0' && c <= '2') ? 2 : 3;
}

size_t gate_rarest(const struct gate *gate)
{
    size_t rarest = 0;

    for (size_t i = 1; i < gate->within.n; i++)
        if (rarity(gate->within.p[i]) > rarity(gate->within.p[rarest]))
            rarest = i;
    return rarest;
}

/* As sv_find() != SIZE_MAX, for a needle that mostly is not there. */
static bool stands_in(struct sv text, struct sv needle, size_t rarest)
{
    if (needle.n == 0)
        return true;
    for (size_t at = rarest; at < text.n; at++) {
        const char *found = memchr(text.p + at, needle.p[rarest], text.n - at);
        size_t start;

        if (!found)
            return false;
        at = (size_t)(found - text.p);
        start = at - rarest;
        if (needle.n <= text.n - start && text.p[start] == needle.p[0] &&
            memcmp(text.p + start, needle.p, needle.n) == 0)
            return true;
    }
    return false;
}

bool gate_begins(const struct gate *gate, struct span head)
{
    return gate->magic.n == 0 || sv_starts(sv_of(span_from(head, gate->magic_at)), gate->magic);
}

bool gate_holds_within(const struct gate *gate, struct span head, size_t rarest)
{
    struct sv first = sv_of(head);

    if (gate->within_n && gate->within_n < first.n)
        first.n = gate->within_n;
    return stands_in(first, gate->within, rarest);
}

bool gate_magic_matches(const struct gate *gate, struct span head)
{
    return gate_begins(gate, head) && gate_holds_within(gate, head, gate_rarest(gate));
}

bool gate_is_row(const struct gate *gate)
{
    return gate->path || gate->magic.n || gate->within.n || gate->named;
}
