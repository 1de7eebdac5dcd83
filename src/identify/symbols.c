// SPDX-License-Identifier: Apache-2.0
#include "identify/symbols.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEEP_MAX = 32768, /* names; families of which one is kept still get their first beyond it */
    FAMILIES_MAX = 8192,
    CHUNK = 256 * 1024,
};

struct symbol {
    uint64_t offset;
    uint32_t length; /* in the file, with decorations */
    uint32_t family;
};

int symbols_init(struct symbols *s, unsigned flags, struct arena *arena, struct err *err)
{
    *s = (struct symbols){.flags = flags};
    name_set_init(&s->names, arena, KEEP_MAX + FAMILIES_MAX);
    name_set_init(&s->families, arena, FAMILIES_MAX);
    s->family_count = arena_take_array(arena, FAMILIES_MAX, sizeof(*s->family_count));
    return s->family_count ? 0 : arena_error(arena, err);
}

static bool is_word(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool all_words(struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_word(s.p[i]))
            return false;
    }
    return s.n > 0;
}

/* ---- families: the part of a name that it shares with its kin; empty for a name not kept ---- */

static struct sv c_family(struct sv name)
{
    size_t first, second;

    if (name.p[0] < 'A' || name.p[0] > 'Z' || !all_words(name))
        return (struct sv){0};
    first = sv_find(name, SV("_"));
    if (first == SIZE_MAX || first < 2)
        return (struct sv){0};
    second = sv_find(sv_from(name, first + 1), SV("_"));
    return (struct sv){name.p, second == SIZE_MAX ? first + 1 : first + second + 2};
}

/* "5Outer…": a length and a name. Cut off; false when there is none. */
static bool cut_counted(struct sv *rest)
{
    size_t n = 0, digits = 0;

    while (digits < rest->n && digits < 3 && rest->p[digits] >= '0' && rest->p[digits] <= '9')
        n = 10 * n + (size_t)(rest->p[digits++] - '0');
    if (digits == 0 || n == 0 || n > rest->n - digits ||
        !all_words((struct sv){rest->p + digits, n}))
        return false;
    *rest = sv_from(*rest, digits + n);
    return true;
}

/*
 * _Z, perhaps what kind of table it is (TV TI TS…), N for a nested name, qualifiers, then names.
 * The family is the text up to the end of the outermost name, and one letter more when another
 * name follows that is itself followed by something: a digit.
 */
static struct sv itanium_family(struct sv name)
{
    struct sv rest = sv_from(name, 2);

    if (rest.n > 2 && rest.p[0] == 'T' && rest.p[2] == 'N')
        rest = sv_from(rest, 2);
    if (!sv_starts(rest, SV("N")))
        return (struct sv){0};
    rest = sv_from(rest, 1);
    while (rest.n && (rest.p[0] == 'K' || rest.p[0] == 'V' || rest.p[0] == 'r'))
        rest = sv_from(rest, 1);

    struct sv outer = rest, inner;

    if (!cut_counted(&rest))
        return (struct sv){0};
    outer.n -= rest.n;
    inner = rest;
    if (cut_counted(&inner) && inner.n && inner.p[0] >= '0' && inner.p[0] <= '9')
        outer.n++; // the first digit of the inner name tells this family from the other
    return outer;
}

/* "$s3Net…": the module. */
static struct sv swift_family(struct sv name)
{
    struct sv rest = sv_from(name, 2), family = rest;

    if (!cut_counted(&rest))
        return (struct sv){0};
    family.n -= rest.n;
    return family;
}

/* "?Init@Inner@Outer@@…": the last name before "@@"; with its separator when there are three. */
static struct sv microsoft_family(struct sv name)
{
    size_t end = sv_find(name, SV("@@")), at;
    struct sv scopes, outer;

    if (end == SIZE_MAX)
        return (struct sv){0};
    scopes = (struct sv){name.p, end};
    at = sv_find_last(scopes, '@');
    if (at == SIZE_MAX || at == 0)
        return (struct sv){0};
    outer = sv_from(scopes, at + 1);
    if (!all_words(outer) || sv_eq(outer, SV("std")))
        return (struct sv){0};
    if (sv_find_last((struct sv){name.p, at}, '@') != SIZE_MAX)
        outer = (struct sv){name.p + at, outer.n + 1};
    return outer;
}

struct kept {
    struct sv name, family;
    bool one; /* one name stands for the whole family */
};

static struct kept classify(struct sv name)
{
    struct kept k = {.name = name};

    if (sv_starts(name, SV("OBJC_CLASS_$_"))) {
        k.family = name;
    } else if (sv_starts(name, SV("_Z"))) {
        k.family = itanium_family(name);
        k.one = true;
    } else if (sv_starts(name, SV("?"))) {
        k.family = microsoft_family(name);
        k.one = true;
    } else if (sv_starts(name, SV("$s")) || sv_starts(name, SV("$S"))) {
        k.family = swift_family(name);
        k.one = true;
    } else {
        k.family = c_family(name);
    }
    return k;
}

static struct sv undecorated(struct sv name, unsigned flags)
{
    size_t at;

    if (sv_starts(name, SV("__imp_")))
        name = sv_from(name, 6);
    if ((flags & SYMBOLS_UNDERSCORE) && sv_starts(name, SV("_")))
        name = sv_from(name, 1);
    at = sv_find_last(name, '@');
    if (at != SIZE_MAX && at > 0 && name.p[0] != '?') {
        uint64_t bytes;

        if (sv_to_u64(sv_from(name, at + 1), &bytes)) {
            name.n = at;
            if (name.p[0] == '_') // _Init@12: stdcall always has both
                name = sv_from(name, 1);
        }
    }
    return name;
}

static bool make_room(struct symbols *s, size_t number)
{
    size_t room = s->names.room;
    struct symbol *of;

    if (number < s->room)
        return true;
    of = arena_take_array(s->names.arena, room, sizeof(*of));
    if (!of)
        return false;
    if (s->room)
        memcpy(of, s->of, s->room * sizeof(*of));
    s->of = of;
    s->room = room;
    return true;
}

void symbols_add(struct symbols *s, struct sv name, uint64_t offset)
{
    size_t family, number, length = name.n;
    enum name_set_outcome outcome;
    struct kept k;

    if (name.n < 4 || name.n > SYMBOL_LENGTH_MAX)
        return;
    name = undecorated(name, s->flags);
    if (name.n < 4)
        return;
    k = classify(name);
    if (k.family.n == 0)
        return;
    outcome = name_set_add(&s->families, k.family, &family);
    if (outcome == NAME_NO_ROOM ||
        (outcome == NAME_KNOWN && (k.one || s->names.count >= KEEP_MAX)) ||
        name_set_add(&s->names, name, &number) != NAME_NEW || !make_room(s, number))
        return;
    s->of[number] = (struct symbol){offset, (uint32_t)length, (uint32_t)family};
    s->family_count[family]++;
}

/* Every text that ends within the chunk; how many bytes of it are done. */
static size_t add_chunk(struct symbols *s, struct span chunk, uint64_t offset)
{
    struct span rest = chunk;
    const uint8_t *end;

    while (rest.n && (end = memchr(rest.p, '\0', rest.n))) {
        size_t n = (size_t)(end - rest.p);

        symbols_add(s, (struct sv){(const char *)rest.p, n}, offset + (chunk.n - rest.n));
        rest = span_from(rest, n + 1);
    }
    return chunk.n - rest.n;
}

int symbols_add_strings(struct symbols *s, struct source *source, uint64_t offset, uint64_t length,
                        struct err *err)
{
    uint8_t *chunk = arena_take_raw(s->names.arena, CHUNK);
    uint64_t done = 0;

    if (!chunk)
        return arena_error(s->names.arena, err);
    while (done < length) {
        size_t want = length - done < CHUNK ? (size_t)(length - done) : CHUNK, got, used;

        TRY(source->read_at(source, offset + done, chunk, want, &got, err));
        used = add_chunk(s, (struct span){chunk, got}, offset + done);
        // A text longer than a chunk is none that would be kept; its end is looked at as another.
        done += used ? used : got;
        if (got < want)
            break;
    }
    return 0;
}

/* ---- emitting ---- */

static size_t total_at(const struct symbols *s, uint32_t longest)
{
    size_t total = 0;

    for (size_t i = 0; i < s->families.count; i++)
        total += s->family_count[i] < longest ? s->family_count[i] : longest;
    return total;
}

/* The greatest length of a family at which all of them together fit, at least 1. */
static uint32_t longest_family(const struct symbols *s)
{
    uint32_t low = 1, high = KEEP_MAX + FAMILIES_MAX;

    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;

        if (total_at(s, middle) <= SYMBOLS_EMIT_MAX)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static int by_name(const void *a, const void *b, void *context)
{
    const struct sv *names = context;

    return sv_cmp(names[*(const uint32_t *)a], names[*(const uint32_t *)b]);
}

int symbols_emit(struct symbols *s, struct emit *out, struct err *err)
{
    struct arena *arena = s->names.arena;
    uint32_t *order = arena_take_array(arena, s->names.count, sizeof(*order));
    uint32_t longest = longest_family(s);
    size_t emitted = 0;

    if (arena_failed(arena))
        return arena_error(arena, err);
    if (s->names.count == 0)
        return 0;
    for (uint32_t i = 0; i < s->names.count; i++)
        order[i] = i;
    qsort_r(order, s->names.count, sizeof(*order), by_name, s->names.names);
    for (size_t i = 0; i < s->families.count; i++)
        s->family_count[i] = 0;
    for (size_t i = 0; i < s->names.count && emitted < SYMBOLS_EMIT_MAX; i++) {
        const struct symbol *symbol = &s->of[order[i]];

        if (s->family_count[symbol->family]++ >= longest)
            continue;
        emit_field_at(out, FIELD_SYMBOL, s->names.names[order[i]], symbol->offset, symbol->length);
        emitted++;
    }
    return 0;
}
