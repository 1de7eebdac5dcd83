// SPDX-License-Identifier: Apache-2.0
#include "source/nsis_header.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/utf16.h"
#include "format/codepage.h"

enum {
    BLOCK_SECTIONS = 1,
    BLOCK_INSTRUCTIONS = 2,
    BLOCK_STRINGS = 3,
    BLOCK_LANGUAGES = 4,
    INSTRUCTION = 28,
    SET_FOLDER = 11, /* make a folder; with its second argument, what follows goes there */
    EXTRACT = 20,
    WRITE_UNINSTALLER = 62,
    NAME_MAX_UNITS = 2048,
    VARIABLE_INSTDIR = 21,
    VARIABLE_OUTDIR = 22,
};

struct codes {
    uint16_t language, shell, variable, skip;
};

static const struct codes codes_3 = {1, 2, 3, 4}, codes_2 = {255, 254, 253, 252},
                          codes_2_unicode = {0xe003, 0xe002, 0xe001, 0xe000};

struct strings {
    struct span bytes;
    bool wide; /* UTF-16 */
    const struct codes *codes;
    struct arena *arena;
};

/* ---- strings ---- */

static uint16_t unit_at(const struct strings *s, size_t i)
{
    size_t at = s->wide ? i * 2 : i;

    if (at + s->wide >= s->bytes.n)
        return 0;
    return (uint16_t)(s->wide ? s->bytes.p[at] | s->bytes.p[at + 1] << 8 : s->bytes.p[at]);
}

/* The argument of a code: two bytes, or one unit, with their highest bits set. */
static uint16_t argument_at(const struct strings *s, size_t i)
{
    return (uint16_t)(s->wide ? unit_at(s, i) : unit_at(s, i) | unit_at(s, i + 1) << 8);
}

/* Which codes it uses is seen from what follows them. */
static const struct codes *codes_of(const struct strings *s)
{
    const struct codes *old = s->wide ? &codes_2_unicode : &codes_2;
    size_t n = s->bytes.n / (s->wide ? 2 : 1), as_new = 0, as_old = 0;

    for (size_t i = 0; i < n; i++) {
        bool marked = (argument_at(s, i + 1) & 0x8080) == 0x8080;

        as_new += marked && unit_at(s, i) == codes_3.variable;
        as_old += marked && unit_at(s, i) == old->variable;
    }
    return as_old > as_new ? old : &codes_3;
}

static const char *variable_text(unsigned number)
{
    static const char *const names[] = {
        "$CMDLINE",    "",         "",         "$EXEDIR",     "$LANGUAGE", "$TEMP",
        "$PLUGINSDIR", "$EXEPATH", "$EXEFILE", "$HWNDPARENT", "$CLICK",    "$OUTDIR"};

    if (number >= 20 && number - 20 < ARRAY_LEN(names))
        return names[number - 20];
    return "$VAR";
}

/* A folder of Windows, by its number there; with the highest bit, by a name in the registry. */
static const char *folder_text(unsigned number)
{
    static const struct {
        unsigned number;
        const char *path;
    } known[] = {
        {0x00, "Desktop"},
        {0x02, "ProgramData/Microsoft/Windows/Start Menu/Programs"},
        {0x05, "Documents"},
        {0x07, "ProgramData/Microsoft/Windows/Start Menu/Programs/Startup"},
        {0x0b, "ProgramData/Microsoft/Windows/Start Menu"},
        {0x10, "Desktop"},
        {0x14, "Windows/Fonts"},
        {0x1a, "AppData/Roaming"},
        {0x1c, "AppData/Local"},
        {0x23, "ProgramData"},
        {0x24, "Windows"},
        {0x25, "Windows/System32"},
        {0x26, "Program Files"},
        {0x28, "$PROFILE"},
        {0x2b, "Program Files/Common Files"},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (known[i].number == number)
            return known[i].path;
    }
    return number & 0x80 ? "Program Files" : "$FOLDER";
}

static void append_unit(const struct strings *s, uint16_t unit, struct buf *to)
{
    const uint8_t bytes[2] = {(uint8_t)unit, (uint8_t)(unit >> 8)};
    struct sv text;

    if (unit == '\\')
        buf_char(to, '/');
    else if (unit < 0x80)
        buf_char(to, (char)unit);
    else if (s->wide)
        utf16le_append(to, (struct span){bytes, 2});
    else {
        text = codepage_text(CODEPAGE_LATIN, (struct span){bytes, 1}, s->arena);
        buf_sv(to, text);
    }
}

/* What one code stands for; `folder` is where files go at this point. */
static void append_code(uint16_t code, uint16_t argument, const struct strings *s, struct sv folder,
                        struct buf *to)
{
    unsigned number = (argument & 0x7f) | (unsigned)(argument >> 1 & 0x3f80);

    if (code == s->codes->shell)
        buf_str(to, folder_text(argument & 0xff));
    else if (code == s->codes->variable && number == VARIABLE_OUTDIR)
        buf_sv(to, folder);
    else if (code == s->codes->variable && number != VARIABLE_INSTDIR)
        buf_str(to, variable_text(number));
}

static void append_string(const struct strings *s, uint32_t at, struct sv folder, struct buf *to)
{
    for (size_t i = at; i - at < NAME_MAX_UNITS; i++) {
        uint16_t unit = unit_at(s, i);

        if (unit == 0)
            break;
        if (unit == s->codes->skip) {
            append_unit(s, unit_at(s, ++i), to);
        } else if (unit == s->codes->language || unit == s->codes->shell ||
                   unit == s->codes->variable) {
            append_code(unit, argument_at(s, i + 1), s, folder, to);
            i += s->wide ? 1 : 2;
        } else {
            append_unit(s, unit, to);
        }
    }
}

/* ---- blocks ---- */

struct block {
    uint64_t at;
    uint32_t count;
};

static bool read_blocks(struct span header, bool wide, struct block blocks[5])
{
    struct reader r = reader_over(header);

    reader_skip(&r, 4);
    for (unsigned i = 0; i < 5; i++) {
        blocks[i].at = wide ? reader_u64le(&r) : reader_u32le(&r);
        blocks[i].count = reader_u32le(&r);
        if (!reader_ok(&r) || blocks[i].at > header.n || (i && blocks[i].at < blocks[i - 1].at))
            return false;
    }
    return true;
}

/* ---- items ---- */

static int by_place(const void *a, const void *b)
{
    const struct nsis_item *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static struct sv name_of(const struct strings *s, uint32_t at, struct sv folder)
{
    auto_buf b = {0};
    struct sv name;
    uint16_t first = unit_at(s, at);
    // A name without a folder of its own goes where the last instruction said.
    bool absolute = first == s->codes->variable || first == s->codes->shell ||
                    unit_at(s, (size_t)at + 1) == ':';

    append_string(s, at, folder, &b);
    name = buf_view(&b);
    while (name.n && name.p[0] == '/')
        name = sv_from(name, 1);
    if (absolute || folder.n == 0)
        return arena_copy(s->arena, name);
    return arena_printf(s->arena, "%.*s/%.*s", (int)folder.n, folder.p, (int)name.n,
                        name.p ? name.p : "");
}

static int run(struct span instructions, const struct strings *s, struct nsis_item *items,
               size_t *ret_n, struct err *err)
{
    struct reader r = reader_over(instructions);
    struct sv folder = {0};
    size_t n = 0;

    while (r.rest.n >= INSTRUCTION) {
        uint32_t what = reader_u32le(&r), argument[6];

        for (unsigned i = 0; i < ARRAY_LEN(argument); i++)
            argument[i] = reader_u32le(&r);
        if (what == SET_FOLDER && argument[1])
            folder = name_of(s, argument[0], (struct sv){0});
        if (what != EXTRACT && what != WRITE_UNINSTALLER)
            continue;
        if (n == NSIS_ITEMS_MAX)
            return ERR(err, ERR_LIMIT_ENTRIES, "nsis: more than %d files", NSIS_ITEMS_MAX);
        items[n] = (struct nsis_item){
            .at = argument[what == EXTRACT ? 2 : 1],
            .uninstaller = what == WRITE_UNINSTALLER,
            .name = name_of(s, argument[what == EXTRACT ? 1 : 0], folder),
            .number = n,
        };
        n++;
    }
    *ret_n = n;
    return arena_failed(s->arena) ? arena_error(s->arena, err) : 0;
}

static void sort(struct nsis_item *items, size_t n)
{
    if (n)
        qsort(items, n, sizeof(*items), by_place);
    for (size_t i = 1; i < n; i++)
        items[i].again = items[i - 1].at == items[i].at;
}

int nsis_items(struct span header, struct arena *arena, struct nsis_item **ret, size_t *ret_n,
               struct err *err)
{
    struct block blocks[5];
    struct strings s = {.arena = arena};
    struct span code;
    uint64_t size;

    if (!read_blocks(header, false, blocks) && !read_blocks(header, true, blocks))
        return ERR(err, ERR_FORMAT, "nsis: its header is damaged");
    size = (uint64_t)blocks[BLOCK_INSTRUCTIONS].count * INSTRUCTION;
    code = span_from(header, (size_t)blocks[BLOCK_INSTRUCTIONS].at);
    if (size > code.n)
        return ERR(err, ERR_FORMAT, "nsis: its header is damaged");
    code.n = (size_t)size;
    s.bytes = span_from(header, (size_t)blocks[BLOCK_STRINGS].at);
    s.bytes.n = (size_t)(blocks[BLOCK_LANGUAGES].at - blocks[BLOCK_STRINGS].at);
    s.wide = s.bytes.n >= 2 && s.bytes.p[0] == 0 && s.bytes.p[1] == 0;
    s.codes = codes_of(&s);
    *ret = arena_take_array(
        arena, NSIS_ITEMS_MAX < code.n / INSTRUCTION ? NSIS_ITEMS_MAX : code.n / INSTRUCTION,
        sizeof(**ret));
    if (!*ret && code.n)
        return arena_error(arena, err);
    TRY(run(code, &s, *ret, ret_n, err));
    sort(*ret, *ret_n);
    return 0;
}
