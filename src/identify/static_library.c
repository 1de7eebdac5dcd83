// SPDX-License-Identifier: Apache-2.0
#include "identify/static_library.h"

#include <string.h>

#include "base/window.h"
#include "format/pe.h"
#include "identify/elf.h"

enum {
    MAGIC_SIZE = 8,
    HEADER_SIZE = 60,
    MEMBERS_MAX = 1 << 20,
    IMPORT_SIZE = 20,
    COFF_SIZE = 20,
    COFF_SECTION_SIZE = 40,
    COFF_SECTIONS_MAX = 32, /* of the members that are looked into */
    TEXT_MAX = 512,
    MACHO_MAGIC_32 = (int)0xfeedface,
    MACHO_MAGIC_64 = (int)0xfeedfacf,
};

enum index_kind {
    INDEX_NONE,
    INDEX_BIG_32,    /* "/" */
    INDEX_BIG_64,    /* "/SYM64/" */
    INDEX_LITTLE_32, /* "__.SYMDEF" */
    INDEX_LITTLE_64, /* "__.SYMDEF_64" */
};

struct member {
    struct sv name; /* in `text` */
    char text[64];
    uint64_t offset, size; /* of its bytes */
};

struct archive {
    const struct job *job;
    struct window window;
    struct emit_once *once;
    uint64_t start, end; /* in the file */
    enum index_kind kind;
    uint64_t index, index_size;
    const char *machine;
    bool thin, underscore;
};

/* The header at *at, which moves to the next one. */
static int next_member(struct archive *a, uint64_t *at, struct member *ret, struct err *err)
{
    uint64_t end = a->end, long_name;
    struct span bytes;
    struct sv name, size;

    TRY(window_at(&a->window, *at, HEADER_SIZE, &bytes, err));
    if (bytes.n != HEADER_SIZE || bytes.p[58] != '`' || bytes.p[59] != '\n')
        return ERR(err, ERR_FORMAT, "a member's header is damaged");
    name = sv_trim((struct sv){sv_of(bytes).p, 16});
    size = sv_trim((struct sv){sv_from(sv_of(bytes), 48).p, 10});
    if (!sv_to_u64(size, &ret->size))
        return ERR(err, ERR_FORMAT, "a member's size is no number");
    memcpy(ret->text, name.p, name.n);
    ret->name = (struct sv){ret->text, name.n};
    ret->offset = *at + HEADER_SIZE;

    // Of a thin archive only the lists are in the file.
    bool inside = !a->thin || sv_eq(ret->name, SV("/")) || sv_eq(ret->name, SV("//")) ||
                  sv_eq(ret->name, SV("/SYM64/"));

    if (ret->offset > end || (inside && ret->size > end - ret->offset))
        return ERR(err, ERR_FORMAT, "the archive ends inside a member");
    *at = ret->offset + (inside ? ret->size + ret->size % 2 : 0);
    if (inside && sv_starts(ret->name, SV("#1/")) && sv_to_u64(sv_from(ret->name, 3), &long_name) &&
        long_name <= ret->size) {
        size_t n = long_name < sizeof(ret->text) ? (size_t)long_name : sizeof(ret->text);

        TRY(window_at(&a->window, ret->offset, n, &bytes, err));
        memcpy(ret->text, bytes.p ? (const char *)bytes.p : "", bytes.n);
        ret->name = (struct sv){ret->text, bytes.n};
        ret->name = sv_cut(&ret->name, '\0');
        ret->offset += long_name;
        ret->size -= long_name;
    }
    return 0;
}

/* Remember the first list of symbols; true for members that are lists. */
static bool is_index(struct archive *a, const struct member *m)
{
    static const struct {
        const char *name;
        enum index_kind kind;
    } kinds[] = {
        {"/", INDEX_BIG_32},
        {"/SYM64/", INDEX_BIG_64},
        {"__.SYMDEF", INDEX_LITTLE_32},
        {"__.SYMDEF SORTED", INDEX_LITTLE_32},
        {"__.SYMDEF_64", INDEX_LITTLE_64},
        {"__.SYMDEF_64 SORTED", INDEX_LITTLE_64},
        {"//", INDEX_NONE},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!sv_eq(m->name, sv_str(kinds[i].name)))
            continue;
        // Windows has a second "/", sorted and otherwise the same.
        if (kinds[i].kind != INDEX_NONE && a->kind == INDEX_NONE) {
            a->kind = kinds[i].kind;
            a->index = m->offset;
            a->index_size = m->size;
        }
        return true;
    }
    return false;
}

/* ---- members ---- */

/* An import: the function's name and the DLL's, each ended by NUL. */
static int read_import(struct archive *a, const struct member *m, struct err *err)
{
    uint64_t at = m->offset + IMPORT_SIZE;
    struct sv text;

    TRY(window_text(&a->window, at, TEXT_MAX, &text, err));
    at += text.n + 1;
    TRY(window_text(&a->window, at, TEXT_MAX, &text, err));
    if (at + text.n < m->offset + m->size)
        emit_once_at(a->once, FIELD_NEEDED, text, at, text.n);
    return 0;
}

/* The import libraries of GNU tools are objects; the last has the DLL's name in ".idata$7". */
static int read_object(struct archive *a, const struct member *m, uint16_t count, struct err *err)
{
    struct span bytes;
    struct reader r;

    if (count > COFF_SECTIONS_MAX)
        return 0;
    TRY(window_at(&a->window, m->offset + COFF_SIZE, count * (size_t)COFF_SECTION_SIZE, &bytes,
                  err));
    r = reader_over(bytes);
    while (r.rest.n >= COFF_SECTION_SIZE) {
        struct sv name = sv_of(reader_take(&r, 8)), text;
        uint32_t size, offset;

        reader_skip(&r, 8);
        size = reader_u32le(&r);
        offset = reader_u32le(&r);
        reader_skip(&r, 16);
        if (!sv_eq(name, SV(".idata$7")) || size > TEXT_MAX || offset > m->size ||
            size > m->size - offset)
            continue;
        TRY(window_text(&a->window, m->offset + offset, size, &text, err));
        if (text.n > 4)
            emit_once_at(a->once, FIELD_NEEDED, text, m->offset + offset, text.n);
        break;
    }
    return 0;
}

static int read_member(struct archive *a, const struct member *m, struct err *err)
{
    struct span bytes;
    struct reader r;
    uint16_t machine, count;
    uint32_t magic;

    TRY(window_at(&a->window, m->offset, COFF_SIZE, &bytes, err));
    if (bytes.n < COFF_SIZE)
        return 0;
    r = reader_over(bytes);
    machine = reader_u16le(&r);
    count = reader_u16le(&r);
    r = reader_over(bytes);
    magic = reader_u32le(&r);
    if (magic == (uint32_t)MACHO_MAGIC_32 || magic == (uint32_t)MACHO_MAGIC_64) {
        a->underscore = true;
        return 0;
    }
    if (sv_starts(sv_of(bytes), SV("\177ELF")) && !a->machine) {
        struct elf elf = {.wide = bytes.p[4] == 2, .big = bytes.p[5] == 2};

        reader_skip(&r, 14);
        elf.machine = elf_u16(&elf, &r);
        a->machine = elf_machine_text(&elf);
    }
    if (machine == 0 && count == 0xffff) {
        reader_skip(&r, 2);
        machine = reader_u16le(&r);
        TRY(read_import(a, m, err));
    } else if (*pe_machine_text(machine)) {
        TRY(read_object(a, m, count, err));
    }
    if (*pe_machine_text(machine) && !a->machine) {
        a->machine = pe_machine_text(machine);
        a->underscore = sv_eq(sv_str(a->machine), SV("i386"));
    }
    return 0;
}

static int read_members(struct archive *a, struct err *err)
{
    uint64_t at = a->start + MAGIC_SIZE;
    struct member m;

    for (unsigned i = 0; at < a->end; i++) {
        if (i == MEMBERS_MAX)
            return ERR(err, ERR_LIMIT, "more than %d members", MEMBERS_MAX);
        TRY(next_member(a, &at, &m, err));
        if (!is_index(a, &m) && !a->thin)
            TRY(read_member(a, &m, err));
    }
    return 0;
}

/* ---- the list of symbols ---- */

/* Where the names begin and how many bytes they take. */
static int find_names(struct archive *a, uint64_t *ret_offset, uint64_t *ret_size, struct err *err)
{
    unsigned word = a->kind == INDEX_BIG_64 || a->kind == INDEX_LITTLE_64 ? 8 : 4;
    bool big = a->kind == INDEX_BIG_32 || a->kind == INDEX_BIG_64;
    uint64_t before, names;
    struct span bytes;
    struct reader r;

    *ret_size = 0;
    if (a->kind == INDEX_NONE)
        return 0;
    TRY(window_at(&a->window, a->index, word, &bytes, err));
    r = reader_over(bytes);
    if (big)
        before = word == 8 ? reader_u64be(&r) : reader_u32be(&r);
    else
        before = word == 8 ? reader_u64le(&r) : reader_u32le(&r);
    if (!reader_ok(&r) || before > a->index_size)
        return ERR(err, ERR_FORMAT, "the list of symbols is damaged");
    names = big ? word + before * word : word + before + word;
    if (names > a->index_size)
        return ERR(err, ERR_FORMAT, "the list of symbols is damaged");
    *ret_offset = a->index + names;
    *ret_size = a->index_size - names;
    return 0;
}

bool static_library_is(struct span head)
{
    struct sv rest = sv_from(sv_of(head), MAGIC_SIZE);

    return (sv_starts(sv_of(head), SV("!<arch>\n")) || sv_starts(sv_of(head), SV("!<thin>\n"))) &&
           !sv_starts(rest, SV("debian-binary"));
}

int static_library_read(const struct job *job, uint64_t offset, uint64_t size,
                        struct emit_once *once, struct symbols *symbols, struct err *err)
{
    struct archive a = {.job = job, .once = once, .start = offset, .end = offset + size};
    uint64_t names = 0, names_size;
    struct span head;
    int result;

    window_init(&a.window, job->bytes, job->arena);
    TRY(window_at(&a.window, offset, MAGIC_SIZE, &head, err));
    a.thin = sv_eq(sv_of(head), SV("!<thin>\n"));
    result = read_members(&a, err);
    if (result < 0 && result != -ERR_FORMAT)
        return result;
    emit_once_at(once, FIELD_ARCHITECTURE, sv_str(a.machine), 0, 0);
    TRY(find_names(&a, &names, &names_size, err));
    if (a.underscore)
        symbols->flags |= SYMBOLS_UNDERSCORE;
    TRY(symbols_add_strings(symbols, job->bytes, names, names_size, err));
    return result;
}
