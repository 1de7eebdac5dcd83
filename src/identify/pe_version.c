// SPDX-License-Identifier: Apache-2.0
/*
 * A VS_VERSIONINFO is a block; a block is
 *
 *     length:u16 value_length:u16 is_text:u16 name:UTF-16 NUL  (to 4 bytes)  value  (to 4) blocks…
 *
 * and lengths count from its beginning. Compilers disagree on whether the length of a text counts
 * characters or bytes, so a text runs to its NUL or to the end of its block.
 * Format: Microsoft "VS_VERSIONINFO structure".
 */
#include "identify/pe_version.h"

#include <stdio.h>
#include <string.h>

#include "base/utf16.h"

enum {
    RT_VERSION = 16,
    SUBDIRECTORY = INT32_MIN, /* the top bit of an entry's target */
    ENTRIES_MAX = 1024,       /* of one directory */
    RESOURCES_MAX = 256,      /* version resources of one file */
    INFO_MAX = 64 * 1024,     /* bytes of one */
    FIXED_SIZE = 52,
};

#define FIXED_SIGNATURE UINT32_C(0xfeef04bd)

struct block {
    struct span name;  /* UTF-16LE, without NUL */
    struct span value; /* to its end by value_length, in bytes */
    struct span rest;  /* everything after the name: the value and the blocks in it */
    uint16_t value_length;
    bool text;
};

/* ---- VS_VERSIONINFO ---- */

static struct span aligned(struct span whole, struct span rest)
{
    size_t used = whole.n - rest.n;

    return span_from(rest, (4 - used % 4) % 4);
}

/* Cut the next block off `blocks`; false at the end, and for one that is damaged (*ret_bad). */
static bool next_block(struct span *blocks, struct block *ret, bool *ret_bad)
{
    struct reader r = reader_over(*blocks);
    struct span whole;
    uint16_t length;
    size_t value;

    if (blocks->n < 6) // padding
        return false;
    length = reader_u16le(&r);
    if (length == 0)
        return false;
    if (length < 6 || length > blocks->n) {
        *ret_bad = true;
        return false;
    }
    whole = (struct span){blocks->p, length};
    r = reader_over(span_from(whole, 2));
    ret->value_length = reader_u16le(&r);
    ret->text = reader_u16le(&r) == 1;
    ret->name = utf16_until_nul(r.rest);
    reader_skip(&r, ret->name.n + 2 <= r.rest.n ? ret->name.n + 2 : r.rest.n);
    ret->rest = aligned(whole, r.rest);
    value = ret->value_length * (ret->text ? 2u : 1u);
    ret->value = (struct span){ret->rest.p, value < ret->rest.n ? value : ret->rest.n};
    *blocks = span_from(*blocks, (length + 3u) / 4 * 4);
    return true;
}

static bool named(const struct block *b, const char *ascii)
{
    size_t n = strlen(ascii);

    if (b->name.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = (char)b->name.p[2 * i];

        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        if (c != ascii[i] || b->name.p[2 * i + 1] != 0)
            return false;
    }
    return true;
}

/* True for a version. */
static bool emit_string(const struct block *b, struct span info, uint64_t offset,
                        struct arena *arena, struct emit_once *out)
{
    static const struct {
        const char *name;
        enum field_key key;
    } strings[] = {
        {"companyname", FIELD_COMPANY},      {"productname", FIELD_PRODUCT},
        {"legalcopyright", FIELD_COPYRIGHT}, {"filedescription", FIELD_DESCRIPTION},
        {"originalfilename", FIELD_NAME},    {"internalname", FIELD_NAME},
        {"productversion", FIELD_VERSION},   {"fileversion", FIELD_VERSION},
    };

    for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
        if (named(b, strings[i].name)) {
            struct span value = utf16_until_nul(b->rest);
            struct sv text = sv_trim(utf16le_text(value, arena));

            emit_once_at(out, strings[i].key, text, offset + (uint64_t)(b->rest.p - info.p),
                         value.n);
            return strings[i].key == FIELD_VERSION && text.n;
        }
    }
    return false;
}

/* "6.1.7601.1" where the strings say nothing. Two such numbers: of the file, of the product. */
static void emit_fixed(struct span fixed, struct emit_once *out)
{
    struct reader r = reader_over(fixed);
    char text[64];
    uint32_t high, low;

    if (fixed.n < FIXED_SIZE || reader_u32le(&r) != FIXED_SIGNATURE)
        return;
    reader_skip(&r, 12);
    high = reader_u32le(&r); // of the product: it is what a catalogue's version range means
    low = reader_u32le(&r);
    if (high == 0 && low == 0)
        return;
    (void)snprintf(text, sizeof(text), "%u.%u.%u.%u", high >> 16, high & 0xffff, low >> 16,
                   low & 0xffff);
    emit_once_at(out, FIELD_VERSION, sv_str(text), 0, 0);
}

bool version_info_emit(struct span bytes, uint64_t offset, struct arena *arena,
                       struct emit_once *out)
{
    struct span rest = bytes, kinds;
    struct block root, kind, table, string;
    bool bad = false, versioned = false;

    if (!next_block(&rest, &root, &bad) || !named(&root, "vs_version_info"))
        return false;
    kinds = span_from(root.rest, root.value_length);
    kinds = span_from(kinds, (4 - root.value_length % 4u) % 4);
    while (next_block(&kinds, &kind, &bad)) {
        struct span tables = kind.rest;

        if (!named(&kind, "stringfileinfo"))
            continue;
        while (next_block(&tables, &table, &bad)) {
            struct span strings = table.rest;

            while (next_block(&strings, &string, &bad))
                versioned |= emit_string(&string, bytes, offset, arena, out);
        }
    }
    if (!versioned)
        emit_fixed(root.value, out);
    return !bad;
}

/* ---- the resource directory ---- */

struct walk {
    struct pe *pe;
    struct emit_once *out;
    unsigned found, bad;
};

/* The entries of one directory: pairs of an id or name and a target. */
static int read_directory(struct walk *w, uint32_t at, struct span *ret_entries, struct err *err)
{
    struct pe *pe = w->pe;
    uint64_t rva = (uint64_t)pe->directory[PE_RESOURCE].rva + at;
    struct span header;
    struct reader r;
    size_t count;
    uint8_t *copy;

    *ret_entries = (struct span){0};
    TRY(pe_at(pe, rva, 16, &header, err));
    r = reader_over(header);
    reader_skip(&r, 12);
    count = reader_u16le(&r);
    count += reader_u16le(&r);
    if (!reader_ok(&r)) {
        w->bad++;
        return 0;
    }
    TRY(pe_at(pe, rva + 16, 8 * (count < ENTRIES_MAX ? count : ENTRIES_MAX), ret_entries, err));
    // Deeper directories move the window, so the entries are kept.
    copy = arena_take(pe->arena, ret_entries->n);
    if (!copy)
        return arena_error(pe->arena, err);
    if (ret_entries->n)
        memcpy(copy, ret_entries->p, ret_entries->n);
    ret_entries->p = copy;
    return 0;
}

static int read_info(struct walk *w, uint32_t at, struct err *err)
{
    struct pe *pe = w->pe;
    struct span entry, info;
    struct reader r;
    uint32_t rva, size;
    uint64_t offset;

    if (++w->found > RESOURCES_MAX)
        return 0;
    TRY(pe_at(pe, (uint64_t)pe->directory[PE_RESOURCE].rva + at, 16, &entry, err));
    r = reader_over(entry);
    rva = reader_u32le(&r);
    size = reader_u32le(&r);
    if (!reader_ok(&r) || size > INFO_MAX || pe_offset(pe, rva, &offset) < size) {
        w->bad++;
        return 0;
    }
    TRY(source_read(pe->window.source, offset, size, pe->arena, &info, err));
    if (!version_info_emit(info, offset, pe->arena, w->out))
        w->bad++;
    return 0;
}

/* Level 0 is the kind, 1 the name, 2 the language: a fixed depth, so a cycle goes round twice. */
static int walk_level(struct walk *w, uint32_t at, unsigned level, struct err *err)
{
    struct span entries;
    struct reader r;

    TRY(read_directory(w, at, &entries, err));
    r = reader_over(entries);
    while (r.rest.n >= 8 && w->found < RESOURCES_MAX) {
        uint32_t id = reader_u32le(&r), target = reader_u32le(&r);
        bool directory = target & (uint32_t)SUBDIRECTORY;

        target &= INT32_MAX;
        if (level == 0 && id != RT_VERSION)
            continue;
        if (directory && level < 2)
            TRY(walk_level(w, target, level + 1, err));
        else if (!directory)
            TRY(read_info(w, target, err));
    }
    return 0;
}

int pe_version_emit(struct pe *pe, struct emit_once *out, struct err *err)
{
    struct walk w = {.pe = pe, .out = out};
    uint64_t offset;

    // A program that unpacks itself may have its resources nowhere in the file: not damage.
    if (pe_offset(pe, pe->directory[PE_RESOURCE].rva, &offset) == 0 ||
        pe->directory[PE_RESOURCE].rva == 0)
        return 0;
    TRY(walk_level(&w, 0, 0, err));
    if (w.bad)
        return ERR(err, ERR_FORMAT, "a version resource is damaged");
    return 0;
}
