// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises programs, libraries, objects and kernel modules of Unix systems (ELF).
 *
 * What the loader uses is taken from where the loader takes it, the dynamic segment: the name of a
 * library, the libraries and functions it asks for and offers. Sections add what is not loaded:
 * symbols of an unstripped program, the description of a kernel module, what compilers leave.
 * Files that hold debug information apart keep the headers of what they were split from, but not
 * its bytes; their sections say so (NOBITS), and nothing is read through such headers.
 * Format: System V ABI; notes: https://systemd.io/ELF_PACKAGE_METADATA/
 */
#include <string.h>

#include "base/json.h"
#include "identify/cargo_audit.h"
#include "identify/elf.h"
#include "identify/emit_once.h"
#include "identify/go_build_info.h"
#include "identify/kernel_module.h"
#include "identify/recogniser.h"
#include "identify/symbols.h"
#include "trust/digest.h"

enum {
    DYNAMIC_NEEDED = 1,
    DYNAMIC_STRTAB = 5,
    DYNAMIC_STRSZ = 10,
    DYNAMIC_SONAME = 14,
    DYNAMIC_FLAGS_1 = 0x6ffffffb,
    FLAG_1_PIE = 0x08000000,
    DYNAMIC_MAX = 1 << 20, /* bytes of the dynamic segment */
    NEEDED_MAX = 1024,
    SEGMENT_WRITE = 2,
    SYMBOLS_MAX = 64 << 20, /* bytes of a symbol table */
    STRINGS_MAX = 32 << 20, /* bytes of names that are kept at hand; larger tables are streamed */
    SYMBOL_32 = 16,
    SYMBOL_64 = 24,
    BIND_GLOBAL = 1,
    BIND_WEAK = 2,
    BIND_UNIQUE = 10,
    NOTES_MAX = 256 * 1024,
    NOTE_BUILD_ID = 3,
    BUILD_ID_MAX = 64,
    TEXT_MAX = 1024,
};

#define NOTE_PACKAGE UINT32_C(0xcafe1a7e)

struct dynamic {
    bool there, pie, has_soname;
    uint64_t strings, strings_size; /* an address, and bytes */
    uint64_t soname, needed[NEEDED_MAX];
    size_t needed_count;
};

struct work {
    const struct job *job;
    struct elf elf;
    struct dynamic dynamic;
    struct emit_once once;
    struct symbols symbols;
};

static const struct elf_section *section_of_type(const struct elf *elf, uint32_t type)
{
    for (size_t i = 1; i < elf->section_count; i++) {
        if (elf->sections[i].type == type)
            return &elf->sections[i];
    }
    return NULL;
}

static const struct elf_segment *segment_of_type(const struct elf *elf, uint32_t type)
{
    for (size_t i = 0; i < elf->segment_count; i++) {
        if (elf->segments[i].type == type)
            return &elf->segments[i];
    }
    return NULL;
}

/* ---- the dynamic segment ---- */

static int read_dynamic(struct work *w, struct err *err)
{
    const struct elf_segment *segment = segment_of_type(&w->elf, ELF_DYNAMIC);
    struct dynamic *d = &w->dynamic;
    struct span bytes;
    struct reader r;

    if (!segment || (w->elf.section_count && !section_of_type(&w->elf, ELF_SECTION_DYNAMIC)))
        return 0;
    TRY(source_read(w->job->bytes, segment->offset,
                    segment->size < DYNAMIC_MAX ? (size_t)segment->size : DYNAMIC_MAX,
                    w->job->arena, &bytes, err));
    d->there = bytes.n > 0;
    r = reader_over(bytes);
    while (r.rest.n) {
        uint64_t tag = elf_word(&w->elf, &r), value = elf_word(&w->elf, &r);

        if (tag == 0 || !reader_ok(&r))
            break;
        if (tag == DYNAMIC_NEEDED && d->needed_count < NEEDED_MAX)
            d->needed[d->needed_count++] = value;
        else if (tag == DYNAMIC_STRTAB)
            d->strings = value;
        else if (tag == DYNAMIC_STRSZ)
            d->strings_size = value;
        else if (tag == DYNAMIC_FLAGS_1)
            d->pie = value & FLAG_1_PIE;
        else if (tag == DYNAMIC_SONAME) {
            d->has_soname = true;
            d->soname = value;
        }
    }
    return 0;
}

static int emit_name(struct work *w, enum field_key key, uint64_t name, struct err *err)
{
    uint64_t offset, there = elf_offset(&w->elf, w->dynamic.strings, &offset);
    struct sv text;

    if (name >= w->dynamic.strings_size || name >= there)
        return 0;
    TRY(window_text(&w->elf.window, offset + name, TEXT_MAX, &text, err));
    emit_once_at(&w->once, key, text, offset + name, text.n);
    return 0;
}

static int emit_dynamic(struct work *w, struct err *err)
{
    const struct dynamic *d = &w->dynamic;

    if (d->has_soname)
        TRY(emit_name(w, FIELD_SONAME, d->soname, err));
    for (size_t i = 0; i < d->needed_count; i++)
        TRY(emit_name(w, FIELD_NEEDED, d->needed[i], err));
    return 0;
}

/* ---- symbols ---- */

static void add_symbols(struct work *w, struct span table, struct span names, uint64_t names_at)
{
    struct reader r = reader_over(table);
    bool wide = w->elf.wide;

    while (r.rest.n >= (size_t)(wide ? SYMBOL_64 : SYMBOL_32)) {
        uint32_t name = elf_u32(&w->elf, &r);
        uint8_t bind;

        if (!wide)
            reader_skip(&r, 8);
        bind = reader_u8(&r) >> 4;
        reader_skip(&r, wide ? 19 : 3);
        if (bind != BIND_GLOBAL && bind != BIND_WEAK && bind != BIND_UNIQUE)
            continue;

        struct span text = span_from(names, name);
        const uint8_t *end = text.n ? memchr(text.p, '\0', text.n) : NULL;

        if (end)
            symbols_add(&w->symbols, (struct sv){(const char *)text.p, (size_t)(end - text.p)},
                        names_at + name);
    }
}

/* The symbols for the loader: by their table when sections name it, else all names there are. */
static int read_dynamic_symbols(struct work *w, struct err *err)
{
    const struct elf_section *table = section_of_type(&w->elf, ELF_SECTION_DYNSYM);
    const struct elf_section *names =
        table && table->link < w->elf.section_count ? &w->elf.sections[table->link] : NULL;
    struct source *file = w->job->bytes;
    struct span symbols, texts;
    uint64_t offset, there;

    if (names && names->type == ELF_SECTION_STRTAB) {
        if (table->size > SYMBOLS_MAX || names->size > STRINGS_MAX)
            return symbols_add_strings(&w->symbols, file, names->offset, names->size, err);
        TRY(source_read(file, table->offset, (size_t)table->size, w->job->arena, &symbols, err));
        TRY(source_read(file, names->offset, (size_t)names->size, w->job->arena, &texts, err));
        add_symbols(w, symbols, texts, names->offset);
        return 0;
    }
    there = w->dynamic.there ? elf_offset(&w->elf, w->dynamic.strings, &offset) : 0;
    if (there == 0)
        return 0;
    return symbols_add_strings(&w->symbols, file, offset,
                               w->dynamic.strings_size < there ? w->dynamic.strings_size : there,
                               err);
}

/* The symbols of what is not stripped: also of kits that are linked in. Their table may be huge. */
static int read_all_symbols(struct work *w, struct err *err)
{
    const struct elf_section *table = section_of_type(&w->elf, ELF_SECTION_SYMTAB);
    const struct elf_section *names =
        table && table->link < w->elf.section_count ? &w->elf.sections[table->link] : NULL;

    if (!names || names->type != ELF_SECTION_STRTAB)
        return 0;
    return symbols_add_strings(&w->symbols, w->job->bytes, names->offset, names->size, err);
}

/* ---- notes ---- */

/* {"type":"deb","os":"debian","name":"coreutils","version":"9.1-1","architecture":"amd64"} */
static void emit_package_note(struct work *w, struct span text, uint64_t offset)
{
    static const struct {
        const char *name;
        enum field_key key;
    } members[] = {
        {"name", FIELD_PACKAGE},
        {"type", FIELD_PACKAGE_TYPE},
        {"version", FIELD_VERSION},
        {"osCpe", FIELD_CPE},
    };
    auto_json *root = NULL;
    struct sv json = sv_of(text);

    json = sv_cut(&json, '\0');
    if (json_parse(json, &root, NULL) < 0)
        return; // somebody else's note
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        emit_once_at(&w->once, members[i].key, json_get_text(root, members[i].name), offset,
                     text.n);
}

static void emit_notes(struct work *w, struct span notes, uint64_t offset, uint64_t align)
{
    struct reader r = reader_over(notes);
    size_t step = align == 8 ? 8 : 4;

    while (r.rest.n >= 12) {
        uint32_t name_size = elf_u32(&w->elf, &r), size = elf_u32(&w->elf, &r);
        uint32_t type = elf_u32(&w->elf, &r);
        struct sv name = sv_of(reader_take(&r, name_size));

        reader_skip(&r, (step - (notes.n - r.rest.n) % step) % step);

        uint64_t at = offset + (notes.n - r.rest.n);
        struct span value = reader_take(&r, size);

        if (!reader_ok(&r))
            return;
        if (type == NOTE_BUILD_ID && sv_eq(name, (struct sv){"GNU", 4}) && size <= BUILD_ID_MAX) {
            char hex[2 * BUILD_ID_MAX + 1];

            digest_hex(value, hex);
            emit_once_at(&w->once, FIELD_BUILD_ID, sv_str(hex), at, size);
        } else if (type == NOTE_PACKAGE && sv_eq(name, (struct sv){"FDO", 4})) {
            emit_package_note(w, value, at);
        }
        // The last note need not be padded.
        size_t pad = (step - (notes.n - r.rest.n) % step) % step;

        reader_skip(&r, pad < r.rest.n ? pad : r.rest.n);
    }
}

static int read_notes_at(struct work *w, uint64_t offset, uint64_t size, uint64_t align,
                         struct err *err)
{
    struct span notes;

    TRY(source_read(w->job->bytes, offset, size < NOTES_MAX ? (size_t)size : NOTES_MAX,
                    w->job->arena, &notes, err));
    emit_notes(w, notes, offset, align);
    return 0;
}

static int read_notes(struct work *w, struct err *err)
{
    const struct elf *elf = &w->elf;

    for (size_t i = 1; i < elf->section_count; i++) {
        const struct elf_section *s = &elf->sections[i];

        if (s->type == ELF_SECTION_NOTE)
            TRY(read_notes_at(w, s->offset, s->size, s->align, err));
    }
    for (size_t i = 0; elf->section_count == 0 && i < elf->segment_count; i++) {
        const struct elf_segment *s = &elf->segments[i];

        if (s->type == ELF_NOTE)
            TRY(read_notes_at(w, s->offset, s->size, s->align, err));
    }
    return 0;
}

/* ---- what compilers leave ---- */

static int elf_address(void *program, uint64_t address, size_t n, struct span *ret, struct err *err)
{
    struct elf *elf = program;
    uint64_t offset, there = elf_offset(elf, address, &offset);

    *ret = (struct span){0};
    return there ? source_read(elf->window.source, offset, n < there ? n : (size_t)there,
                               elf->arena, ret, err)
                 : 0;
}

static int read_go(struct work *w, struct go_build_info *ret, struct err *err)
{
    struct go_memory memory = {elf_address, &w->elf};
    const struct elf_section *section;

    TRY(elf_section_named(&w->elf, ".go.buildinfo", &section, err));
    if (section)
        return go_build_info_find(ret, w->job, section->offset, section->size, memory, err);
    if (w->elf.section_count)
        return 0;
    for (size_t i = 0; i < w->elf.segment_count; i++) {
        const struct elf_segment *s = &w->elf.segments[i];

        if (s->type == ELF_LOAD && s->flags & SEGMENT_WRITE)
            TRY(go_build_info_find(ret, w->job, s->offset, s->size, memory, err));
    }
    return 0;
}

static int read_crates(struct work *w, struct err *err)
{
    const struct elf_section *section;

    TRY(elf_section_named(&w->elf, ".dep-v0", &section, err));
    return section ? cargo_audit_emit(w->job, section->offset, section->size, err) : 0;
}

/* ---- all of it ---- */

static enum component_type type_of(const struct work *w, bool module)
{
    if (module)
        return TYPE_DEVICE_DRIVER;
    if (w->elf.type == ELF_EXEC)
        return TYPE_APPLICATION;
    // A library that can also be run has a name for the loader; a program has none.
    if (w->elf.type == ELF_DYN && !w->dynamic.has_soname &&
        (w->dynamic.pie || segment_of_type(&w->elf, ELF_INTERP)))
        return TYPE_APPLICATION;
    return TYPE_LIBRARY;
}

static int identify_elf(const struct job *job, struct err *err)
{
    const struct elf_section *modinfo = NULL;
    struct go_build_info go = {0};
    struct work w = {.job = job};
    int result = elf_read(job->bytes, job->arena, &w.elf, err);

    if (result == ELF_NOT_ELF || (result == 0 && w.elf.type == ELF_CORE))
        return RECOG_NOT_MINE;
    if (result < 0)
        return result;
    TRY(symbols_init(&w.symbols, 0, job->arena, err));
    TRY(read_dynamic(&w, err));
    if (w.elf.type == ELF_REL)
        TRY(elf_section_named(&w.elf, ".modinfo", &modinfo, err));
    emit_component(job->out, type_of(&w, modinfo));
    emit_once_init(&w.once, job->out, job->arena);
    TRY(read_notes(&w, err));
    emit_field(job->out, FIELD_ARCHITECTURE, sv_str(elf_machine_text(&w.elf)));
    TRY(emit_dynamic(&w, err));
    TRY(read_go(&w, &go, err));
    go_build_info_emit_main(&go, job->out);
    TRY(read_dynamic_symbols(&w, err));
    TRY(read_all_symbols(&w, err));
    TRY(symbols_emit(&w.symbols, job->out, err));
    if (modinfo)
        TRY(kernel_module_emit(modinfo, job, err));
    go_build_info_emit_modules(&go, job);
    TRY(read_crates(&w, err));
    if (w.elf.cut)
        return ERR(err, ERR_FORMAT, "the file ends before what its headers name");
    return 0;
}

#define PROGRAM(where) \
    { \
        .path = (where), .magic = {"\177ELF", 4}, .state = STATE_PRESENT, .anchor_up = 1, \
        .whole = true \
    }

static const struct gate gates[] = {
    // Modules of kernels before 4.13 do not say what they are called.
    PROGRAM("{kernel-module}.ko"),
    PROGRAM(NULL),
    {0},
};

const struct recogniser recog_elf = {
    .name = "elf",
    .summary = "programs, libraries and kernel modules of Unix systems",
    .epoch = 1,
    .gates = gates,
    .identify = identify_elf,
};
