// SPDX-License-Identifier: Apache-2.0
#include "source/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "source/locate.h"
#include "source/mapped.h"

enum {
    BURN_MAGIC = 0x00f14300,
    BURN_CONTAINERS_MAX = 64,
    RESOURCES_MAX = 4096, /* that are looked at */
    RESOURCE_MIN = 64,    /* bytes; what is smaller holds nothing */
    RESOURCE_HEAD = 1024,
    TYPE_RAW = 10,
    TYPE_LAST = 24, /* above it a program's own begin */
    RESOURCE_NAME_MAX = 128,
    INNO_RESOURCE = 11111,
    INNO_HEADER_AT = 32,
    INNO_VERSION_MAX = 64,
    ARENA = 8 << 20,
};

#define DEEPER UINT32_C(0x80000000)

static void add(struct bundle *b, struct sv name, uint64_t at, uint64_t size)
{
    if (b->count < BUNDLE_PARTS_MAX && size)
        b->parts[b->count++] = (struct bundle_part){name, at, size};
}

/* ---- WiX Burn ---- */

static const struct pe_section *burn_section(const struct pe *pe)
{
    for (size_t i = 0; i < pe->section_count; i++) {
        if (strcmp(pe->sections[i].name, ".wixburn") == 0)
            return &pe->sections[i];
    }
    return NULL;
}

static int find_burn(struct pe *pe, struct bundle *b, struct err *err)
{
    const struct pe_section *s = burn_section(pe);
    uint64_t at, signature, signature_n;
    struct span bytes;
    struct reader r;
    uint32_t count;

    if (!s)
        return 0;
    TRY(window_at(&pe->window, s->raw_offset, 52 + BURN_CONTAINERS_MAX * 4, &bytes, err));
    r = reader_over(bytes);
    if (reader_u32le(&r) != BURN_MAGIC)
        return 0;
    reader_skip(&r, 20);
    at = reader_u32le(&r);
    reader_skip(&r, 4);
    signature = reader_u32le(&r);
    signature_n = reader_u32le(&r);
    reader_skip(&r, 4);
    count = reader_u32le(&r);
    for (uint32_t i = 0; i < count && i < BURN_CONTAINERS_MAX; i++) {
        uint32_t size = reader_u32le(&r);

        if (!reader_ok(&r))
            break;
        // It is signed before what it installs is put behind it.
        if (i == 1 && signature)
            at = signature + signature_n;
        add(b, i == 0 ? SV("UX") : arena_printf(pe->arena, "attached%.0u", i > 1 ? i : 0), at,
            size);
        at += size;
    }
    b->burn = b->count != 0;
    return 0;
}

/* ---- resources ---- */

struct walk {
    struct pe *pe;
    struct bundle *bundle;
    unsigned left;
    uint32_t wanted; /* a resource of this number, and no other; 0: all that hold something */
    uint64_t found;  /* then: where it is */
};

static int resource_at(struct walk *w, uint32_t offset, size_t n, struct span *ret, struct err *err)
{
    return pe_at(w->pe, (uint64_t)w->pe->directory[PE_RESOURCE].rva + (offset & ~DEEPER), n, ret,
                 err);
}

static int name_of(struct walk *w, uint32_t name, struct sv *ret, struct err *err)
{
    struct span bytes;
    struct reader r;
    uint16_t n;

    if (!(name & DEEPER)) {
        *ret = name == TYPE_RAW ? SV("RCDATA") : arena_printf(w->pe->arena, "%u", name);
        return 0;
    }
    TRY(resource_at(w, name, 2 + 2 * RESOURCE_NAME_MAX, &bytes, err));
    r = reader_over(bytes);
    n = reader_u16le(&r);
    *ret = utf16le_text(
        reader_take(&r, 2 * (size_t)(n < RESOURCE_NAME_MAX ? n : RESOURCE_NAME_MAX)), w->pe->arena);
    return 0;
}

static bool holds_something(struct span head)
{
    enum container_kind kind = kind_of(head, UINT64_MAX);

    return kind == KIND_ZIP || kind == KIND_7Z || kind == KIND_RAR || kind == KIND_RAR5 ||
           kind == KIND_CAB || kind == KIND_COMPOUND || kind == KIND_PROGRAM;
}

static int look_at_data(struct walk *w, uint32_t data, struct sv type, uint32_t name,
                        struct err *err)
{
    struct span bytes;
    struct reader r;
    uint64_t rva, offset, there;
    uint32_t size;
    struct sv text;

    TRY(resource_at(w, data, 8, &bytes, err));
    r = reader_over(bytes);
    rva = reader_u32le(&r);
    size = reader_u32le(&r);
    there = reader_ok(&r) ? pe_offset(w->pe, rva, &offset) : 0;
    if (there == 0 || size < RESOURCE_MIN - 20)
        return 0;
    if (w->wanted) {
        w->found = offset;
        return 0;
    }
    TRY(window_at(&w->pe->window, offset, RESOURCE_HEAD < there ? RESOURCE_HEAD : (size_t)there,
                  &bytes, err));
    if (!holds_something(bytes))
        return 0;
    TRY(name_of(w, name, &text, err));
    add(w->bundle,
        arena_printf(w->pe->arena, "%.*s/%.*s", (int)type.n, type.p ? type.p : "", (int)text.n,
                     text.p ? text.p : ""),
        offset, size < there ? size : there);
    return 0;
}

/* The rows of a directory, as pairs of a name and an offset; they are copied, for the window moves.
 */
static int rows_of(struct walk *w, uint32_t directory, struct span *ret, struct err *err)
{
    struct span bytes;
    struct reader r;
    size_t count;
    struct sv copy;

    *ret = (struct span){0};
    TRY(resource_at(w, directory, 16, &bytes, err));
    r = reader_over(bytes);
    reader_skip(&r, 12);
    count = reader_u16le(&r);
    count += reader_u16le(&r);
    if (!reader_ok(&r))
        return 0;
    if (count > w->left)
        count = w->left;
    w->left -= (unsigned)count;
    TRY(resource_at(w, (directory & ~DEEPER) + 16, count * 8, &bytes, err));
    copy = arena_copy(w->pe->arena, sv_of(bytes));
    *ret = (struct span){(const uint8_t *)copy.p, copy.n};
    return arena_failed(w->pe->arena) ? arena_error(w->pe->arena, err) : 0;
}

static int walk_names(struct walk *w, uint32_t directory, struct sv type, struct err *err)
{
    struct span names, languages;
    struct reader r;

    TRY(rows_of(w, directory, &names, err));
    r = reader_over(names);
    while (r.rest.n >= 8) {
        uint32_t name = reader_u32le(&r), at = reader_u32le(&r);
        struct reader l;

        if (w->wanted && name != w->wanted)
            continue;
        if (!(at & DEEPER)) {
            TRY(look_at_data(w, at, type, name, err));
            continue;
        }
        TRY(rows_of(w, at, &languages, err));
        l = reader_over(languages);
        while (l.rest.n >= 8) {
            reader_skip(&l, 4);
            at = reader_u32le(&l);
            if (!(at & DEEPER))
                TRY(look_at_data(w, at, type, name, err));
        }
    }
    return 0;
}

static int walk_types(struct walk *w, struct err *err)
{
    struct span types;
    struct reader r;

    if (w->pe->directory[PE_RESOURCE].rva == 0)
        return 0;
    TRY(rows_of(w, 0, &types, err));
    r = reader_over(types);
    while (r.rest.n >= 8) {
        uint32_t type = reader_u32le(&r), at = reader_u32le(&r);
        struct sv text;

        // Pictures, texts and dialogues hold nothing; a program's own types may.
        if ((type <= TYPE_LAST && type != TYPE_RAW) || !(at & DEEPER))
            continue;
        TRY(name_of(w, type, &text, err));
        TRY(walk_names(w, at, text, err));
    }
    return 0;
}

int bundle_find(struct pe *pe, struct bundle *ret, struct err *err)
{
    struct walk w = {.pe = pe, .bundle = ret, .left = RESOURCES_MAX};

    ret->count = 0;
    ret->burn = false;
    TRY(find_burn(pe, ret, err));
    return walk_types(&w, err);
}

/* ---- Inno Setup ---- */

int bundle_inno_version(struct pe *pe, struct sv *ret, struct err *err)
{
    static const struct sv title = {"Inno Setup Setup Data (", 23};
    struct walk w = {.pe = pe, .left = RESOURCES_MAX, .wanted = INNO_RESOURCE};
    struct span bytes;
    struct reader r;
    struct sv text;

    *ret = (struct sv){0};
    TRY(walk_types(&w, err));
    if (w.found == 0)
        return 0;
    TRY(window_at(&pe->window, w.found, INNO_HEADER_AT + 4, &bytes, err));
    if (!sv_starts(sv_of(bytes), SV("rDlPtS")))
        return 0;
    r = reader_over(span_from(bytes, INNO_HEADER_AT));
    *ret = SV("unknown");
    TRY(window_at(&pe->window, reader_u32le(&r), INNO_VERSION_MAX, &bytes, err));
    text = sv_of(bytes);
    if (!sv_starts(text, title))
        return 0;
    text = sv_from(text, title.n);
    *ret = arena_copy(pe->arena, sv_cut(&text, ')'));
    return arena_failed(pe->arena) ? arena_error(pe->arena, err) : 0;
}

/* ---- entries ---- */

struct bundle_reader {
    struct entry_reader entries;
    struct arena arena;
    struct source *source;
    struct budget *budget;
    struct bundle bundle;
    struct slice slice;
    size_t next;
};

static int next_part(struct entry_reader *entries, struct entry_item *ret, struct err *err)
{
    struct bundle_reader *r = (struct bundle_reader *)entries;
    const struct bundle_part *p = &r->bundle.parts[r->next];

    (void)err;
    if (r->next == r->bundle.count)
        return ENTRIES_ENDED;
    *ret = (struct entry_item){.name = p->name, .type = ENTRY_FILE, .size = p->size};
    r->next++;
    return 0;
}

static int open_part(struct entry_reader *entries, struct source **ret, struct err *err)
{
    struct bundle_reader *r = (struct bundle_reader *)entries;
    const struct bundle_part *p = &r->bundle.parts[r->next - 1];

    if (p->at > r->source->size || p->size > r->source->size - p->at)
        return ERR(err, ERR_FORMAT, "a part of the program stands beyond its end");
    slice_init(&r->slice, r->source, p->at, p->size, r->budget);
    TRY(mapped_read_head(&r->slice.mapped, err));
    *ret = &r->slice.mapped.source;
    return 0;
}

static void close_bundle(struct entry_reader *entries)
{
    struct bundle_reader *r = (struct bundle_reader *)entries;

    arena_clear(&r->arena);
    free(r);
}

static int find_all(struct bundle_reader *r, uint64_t overlay, struct err *err)
{
    struct pe pe;
    int result = pe_read(r->source, &r->arena, &pe, err);

    if (result == PE_NOT_PE)
        return ERR(err, ERR_FORMAT, "it is no Windows program");
    TRY(result);
    TRY(bundle_find(&pe, &r->bundle, err));
    if (overlay && !r->bundle.burn)
        add(&r->bundle, SV("overlay"), overlay, r->source->size - overlay);
    return 0;
}

/* `base` is where something stands behind the program's end; 0: nothing does. */
int bundle_open(struct source *source, uint64_t base, struct budget *budget,
                struct entry_reader **ret, struct err *err)
{
    struct bundle_reader *r = calloc(1, sizeof(*r));
    int result;

    if (!r)
        return ERR(err, ERR_NOMEM, "no memory");
    r->entries.next = next_part;
    r->entries.open = open_part;
    r->entries.close = close_bundle;
    r->source = source;
    r->budget = budget;
    arena_init(&r->arena, ARENA);
    result = find_all(r, base, err);
    if (result < 0) {
        close_bundle(&r->entries);
        return result;
    }
    *ret = &r->entries;
    return 0;
}
