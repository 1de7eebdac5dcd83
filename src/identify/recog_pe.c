// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises Windows programs, libraries and drivers (PE), by what they say of themselves in their
 * version resources, by who signed them, and by the functions they offer and ask for.
 *
 * What a version resource says is a claim that anybody can make; a signature is checked, and a
 * program without one is said to be unsigned.
 * Format: Microsoft "PE Format"; signatures: trust/signature.h.
 */
#include <string.h>

#include "format/pe.h"
#include "identify/cargo_audit.h"
#include "identify/certificate_fields.h"
#include "identify/efi_signatures.h"
#include "identify/emit_once.h"
#include "identify/emit_signature.h"
#include "identify/go_build_info.h"
#include "identify/pe_version.h"
#include "identify/recogniser.h"
#include "identify/symbols.h"

enum {
    SUBSYSTEM_NATIVE = 1,
    SUBSYSTEM_EFI_APPLICATION = 10,
    SUBSYSTEM_EFI_BOOT_DRIVER = 11,
    SUBSYSTEM_EFI_RUNTIME_DRIVER = 12,
    SUBSYSTEM_EFI_ROM = 13,
    LIBRARIES_MAX = 1024,  /* that one program imports from */
    FUNCTIONS_MAX = 65536, /* that one library exports, or one program imports from it */
    TEXT_MAX = 1024,
    CERTIFICATE_ENTRIES_MAX = 64,
    VENDOR_HEADER = 16,
    VENDOR_MAX = 4 << 20,
    SIGNED_DATA = 2, /* kind of a certificate table entry */
};

struct work {
    const struct job *job;
    struct pe pe;
    struct emit_once once;
    struct symbols symbols;
    struct name_set needed;
};

static enum component_type type_of(const struct pe *pe)
{
    switch (pe->subsystem) {
    case SUBSYSTEM_NATIVE:
    case SUBSYSTEM_EFI_BOOT_DRIVER:
    case SUBSYSTEM_EFI_RUNTIME_DRIVER:
        return TYPE_DEVICE_DRIVER;
    case SUBSYSTEM_EFI_ROM:
        return TYPE_FIRMWARE;
    default:
        return pe->characteristics & PE_DLL ? TYPE_LIBRARY : TYPE_APPLICATION;
    }
}

/* ---- exports ---- */

static int read_exports(struct work *w, struct err *err)
{
    struct pe *pe = &w->pe;
    struct span bytes;
    struct reader r;
    uint32_t name, names, count;
    uint64_t offset;
    struct sv text;

    if (pe->directory[PE_EXPORT].rva == 0)
        return 0;
    TRY(pe_at(pe, pe->directory[PE_EXPORT].rva, 40, &bytes, err));
    r = reader_over(bytes);
    reader_skip(&r, 12);
    name = reader_u32le(&r);
    reader_skip(&r, 8);
    count = reader_u32le(&r);
    reader_skip(&r, 4);
    names = reader_u32le(&r);
    if (!reader_ok(&r))
        return 0; // not in the file: the program unpacks itself
    TRY(pe_text(pe, name, TEXT_MAX, &text, &offset, err));
    emit_once_at(&w->once, FIELD_SONAME, text, offset, text.n);
    if (count > FUNCTIONS_MAX)
        count = FUNCTIONS_MAX;
    for (uint32_t i = 0; i < count;) {
        uint32_t at[1024];
        uint32_t want = count - i < ARRAY_LEN(at) ? count - i : (uint32_t)ARRAY_LEN(at);

        // The names move the window, so a batch of addresses is copied first.
        TRY(pe_at(pe, (uint64_t)names + 4 * i, 4 * want, &bytes, err));
        r = reader_over(bytes);
        want = (uint32_t)(bytes.n / 4);
        if (want == 0)
            break;
        for (uint32_t k = 0; k < want; k++)
            at[k] = reader_u32le(&r);
        for (uint32_t k = 0; k < want; k++) {
            TRY(pe_text(pe, at[k], TEXT_MAX, &text, &offset, err));
            symbols_add(&w->symbols, text, offset);
        }
        i += want;
    }
    return 0;
}

/* ---- imports ---- */

/* A library's list of addresses: of a number and a name each, unless it goes by number alone. */
static int read_functions(struct work *w, uint64_t list, struct err *err)
{
    struct pe *pe = &w->pe;
    unsigned size = pe->plus ? 8 : 4, batch = 4096 / size;
    uint64_t at[1024];

    for (unsigned done = 0; done < FUNCTIONS_MAX; done += batch) {
        struct span bytes;
        struct reader r;
        unsigned count;

        TRY(pe_at(pe, list + (uint64_t)done * size, (size_t)batch * size, &bytes, err));
        r = reader_over(bytes);
        count = (unsigned)(bytes.n / size);
        for (unsigned i = 0; i < count; i++) {
            at[i] = pe->plus ? reader_u64le(&r) : reader_u32le(&r);
            if (at[i] == 0)
                count = i;
        }
        for (unsigned i = 0; i < count; i++) {
            struct sv text;
            uint64_t offset;

            if (at[i] >> (8 * size - 1))
                continue; // by number
            TRY(pe_text(pe, at[i] + 2, TEXT_MAX, &text, &offset, err));
            symbols_add(&w->symbols, text, offset);
        }
        if (count < batch)
            break;
    }
    return 0;
}

static int read_library(struct work *w, uint64_t name, uint64_t list, struct err *err)
{
    struct sv text;
    uint64_t offset;

    TRY(pe_text(&w->pe, name, TEXT_MAX, &text, &offset, err));
    emit_once_at(&w->once, FIELD_NEEDED, text, offset, text.n);
    return read_functions(w, list, err);
}

static int read_imports(struct work *w, struct err *err)
{
    uint64_t at = w->pe.directory[PE_IMPORT].rva;

    for (unsigned i = 0; at && i < LIBRARIES_MAX; i++, at += 20) {
        struct span bytes;
        struct reader r;
        uint32_t original, name, first;

        TRY(pe_at(&w->pe, at, 20, &bytes, err));
        r = reader_over(bytes);
        original = reader_u32le(&r);
        reader_skip(&r, 8);
        name = reader_u32le(&r);
        first = reader_u32le(&r);
        if (!reader_ok(&r) || name == 0)
            break;
        TRY(read_library(w, name, original ? original : first, err));
    }
    return 0;
}

/* Libraries that are loaded at the first call. Very old linkers wrote addresses, not RVAs. */
static int read_delayed_imports(struct work *w, struct err *err)
{
    uint64_t at = w->pe.directory[PE_DELAY_IMPORT].rva;

    for (unsigned i = 0; at && i < LIBRARIES_MAX; i++, at += 32) {
        struct span bytes;
        struct reader r;
        uint64_t base, name, list;

        TRY(pe_at(&w->pe, at, 32, &bytes, err));
        r = reader_over(bytes);
        base = reader_u32le(&r) & 1 ? 0 : w->pe.image_base;
        name = reader_u32le(&r);
        reader_skip(&r, 8);
        list = reader_u32le(&r);
        if (!reader_ok(&r) || name == 0)
            break;
        if (name < base || list < base)
            continue;
        TRY(read_library(w, name - base, list - base, err));
    }
    return 0;
}

/* ---- signatures ---- */

/* What a signature vouches for: the file without its checksum, the table's entry and the table. */
static struct signed_file signed_part(struct work *w, uint64_t table, uint64_t length)
{
    struct pe *pe = &w->pe;
    uint64_t after_checksum = pe->checksum_at + 4, after_entry = pe->security_at + 8;
    uint64_t end = table + length;

    return (struct signed_file){
        .bytes = w->job->bytes,
        .range = {{0, pe->checksum_at},
                  {after_checksum, pe->security_at - after_checksum},
                  {after_entry, table - after_entry},
                  {end, w->job->bytes->size - end}},
        .range_count = 4,
    };
}

static int check_entries(struct work *w, uint64_t table, uint64_t length, struct signatures *to,
                         struct err *err)
{
    struct signed_file file = signed_part(w, table, length);
    uint64_t at = 0;

    for (unsigned i = 0; at + 8 <= length && i < CERTIFICATE_ENTRIES_MAX; i++) {
        struct span bytes;
        struct reader r;
        uint32_t size;
        uint16_t kind;

        TRY(window_at(&w->pe.window, table + at, 8, &bytes, err));
        r = reader_over(bytes);
        size = reader_u32le(&r);
        reader_skip(&r, 2);
        kind = reader_u16le(&r);
        if (size == 0) // padding
            break;
        if (size < 8 || size > length - at)
            return signature_add_broken("the certificate table is damaged", table + at, length - at,
                                        w->job->arena, to, err);
        if (kind == SIGNED_DATA) {
            if (size > SIGNATURE_SIZE_MAX)
                return signature_add_broken("the signature is larger than any can be", table + at,
                                            size, w->job->arena, to, err);
            TRY(source_read(w->job->bytes, table + at + 8, size - 8, w->job->arena, &bytes, err));
            TRY(signature_check_authenticode(&file, bytes, table + at + 8, w->job->roots,
                                             w->job->arena, to, err));
        }
        at += ((uint64_t)size + 7) / 8 * 8;
    }
    return 0;
}

static int read_signatures(struct work *w, struct err *err)
{
    uint64_t table = w->pe.directory[PE_SECURITY].rva;
    uint64_t length = w->pe.directory[PE_SECURITY].size;
    uint64_t size = w->job->bytes->size;
    struct signatures all = {0};

    if (table == 0 || length == 0) {
        emit_unsigned(w->job->out, (struct sv){0});
        emit_group_end(w->job->out);
        return 0;
    }
    if (table < w->pe.security_at + 8 || table > size || length > size - table)
        TRY(signature_add_broken("the certificate table is not in the file", 0, 0, w->job->arena,
                                 &all, err));
    else
        TRY(check_entries(w, table, length, &all, err));
    if (all.count == 0)
        emit_unsigned(w->job->out, SV("the certificate table holds no signature"));
    for (size_t i = 0; i < all.count; i++)
        emit_signature(w->job->out, &all.at[i]);
    emit_group_end(w->job->out);
    return 0;
}

/* ---- what boot loaders trust ---- */

static bool is_efi(const struct pe *pe)
{
    return pe->subsystem >= SUBSYSTEM_EFI_APPLICATION && pe->subsystem <= SUBSYSTEM_EFI_ROM;
}

static void see_certificate(void *to, const struct certificate *c, uint64_t at, uint64_t length)
{
    certificate_emit_fields(to, c, "shim", at, length);
}

/*
 * The boot loader "shim" carries the certificates of who made it, and starts what they signed:
 *
 *     ".vendor_cert"  u32 size, u32 size of what is forbidden, u32 offset, u32 offset,
 *                     a certificate or lists of them
 *
 * Names of more than eight bytes stand elsewhere, so what begins like it is tried.
 */
static int read_vendor_certificates(struct work *w, const struct pe_section *s, struct err *err)
{
    struct span bytes;
    struct reader r;
    uint32_t size, at;

    if (s->raw_size > VENDOR_MAX)
        return 0;
    TRY(source_read(w->job->bytes, s->raw_offset, s->raw_size, w->job->arena, &bytes, err));
    r = reader_over(bytes);
    size = reader_u32le(&r);
    reader_skip(&r, 4);
    at = reader_u32le(&r);
    if (!reader_ok(&r) || size == 0 || at < VENDOR_HEADER || at > bytes.n || size > bytes.n - at)
        return 0;
    bytes = (struct span){bytes.p + at, size};
    if (!sv_starts(sv_of(bytes), SV("\x30\x82")) &&
        !sv_starts(sv_of(bytes), SV(EFI_LIST_CERTIFICATES)) &&
        !sv_starts(sv_of(bytes), SV(EFI_LIST_SHA256)))
        return 0;
    return efi_signatures_each(bytes, s->raw_offset + at, w->job->arena, see_certificate,
                               w->job->out, err);
}

static int read_trusted(struct work *w, struct err *err)
{
    for (size_t i = 0; is_efi(&w->pe) && i < w->pe.section_count; i++) {
        const struct pe_section *s = &w->pe.sections[i];

        if (s->name[0] == '/' || strcmp(s->name, ".vendor_") == 0)
            TRY(read_vendor_certificates(w, s, err));
    }
    return 0;
}

/* ---- what compilers leave ---- */

static int pe_address(void *context, uint64_t address, size_t n, struct span *ret, struct err *err)
{
    struct pe *pe = context;
    uint64_t offset;

    *ret = (struct span){0};
    if (address < pe->image_base)
        return 0;

    uint64_t there = pe_offset(pe, address - pe->image_base, &offset);

    return there ? source_read(pe->window.source, offset, n < there ? n : (size_t)there, pe->arena,
                               ret, err)
                 : 0;
}

static const struct pe_section *section_named(const struct pe *pe, const char *name)
{
    for (size_t i = 0; i < pe->section_count; i++) {
        if (strcmp(pe->sections[i].name, name) == 0)
            return &pe->sections[i];
    }
    return NULL;
}

static int read_go(struct work *w, struct go_build_info *ret, struct err *err)
{
    const struct pe_section *data = section_named(&w->pe, ".data");
    struct go_memory memory = {pe_address, &w->pe};

    return data ? go_build_info_find(ret, w->job, data->raw_offset, data->raw_size, memory, err)
                : 0;
}

static int read_crates(struct work *w, struct err *err)
{
    const struct pe_section *s = section_named(&w->pe, ".dep-v0");
    uint64_t length = 0;

    if (s)
        length = s->virtual_size && s->virtual_size < s->raw_size ? s->virtual_size : s->raw_size;
    return s ? cargo_audit_emit(w->job, s->raw_offset, length, err) : 0;
}

static int identify_pe(const struct job *job, struct err *err)
{
    struct go_build_info go = {0};
    struct work w = {.job = job};
    int result, version, trusted;

    result = pe_read(job->bytes, job->arena, &w.pe, err);
    if (result == PE_NOT_PE)
        return RECOG_NOT_MINE;
    if (result < 0)
        return result;
    TRY(symbols_init(&w.symbols, 0, job->arena, err));
    emit_component(job->out, type_of(&w.pe));
    emit_once_init(&w.once, job->out, job->arena);
    version = pe_version_emit(&w.pe, &w.once, err);
    if (version < 0 && version != -ERR_FORMAT)
        return version;
    emit_field(job->out, FIELD_ARCHITECTURE, sv_str(pe_machine_text(w.pe.machine)));
    TRY(read_go(&w, &go, err));
    go_build_info_emit_main(&go, job->out);
    TRY(read_exports(&w, err));
    TRY(read_imports(&w, err));
    TRY(read_delayed_imports(&w, err));
    TRY(symbols_emit(&w.symbols, job->out, err));
    TRY(read_signatures(&w, err));
    trusted = read_trusted(&w, err);
    if (trusted < 0 && trusted != -ERR_FORMAT)
        return trusted;
    go_build_info_emit_modules(&go, job);
    TRY(read_crates(&w, err));
    if (w.pe.cut)
        return ERR(err, ERR_FORMAT, "the file ends before its last section does");
    return trusted < 0 ? trusted : version;
}

#define PROGRAM(where) \
    { \
        .path = (where), .magic = {"MZ", 2}, .state = STATE_PRESENT, .anchor_up = 1, .whole = true \
    }

static const struct gate gates[] = {
    PROGRAM("Windows/System32/drivers/{driver}.sys"),
    PROGRAM("DriverStore/FileRepository/*/{driver}.sys"),
    PROGRAM(NULL),
    {0},
};

const struct recogniser recog_pe = {
    .name = "pe",
    .summary = "Windows programs, libraries and drivers, and who signed them",
    .epoch = 2,
    .gates = gates,
    .identify = identify_pe,
};
