// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises programs and libraries of macOS and iOS (Mach-O), thin and fat.
 *
 * A fat file holds the same program for several processors: it is one component, and each part has
 * its own signature. A part may also be a static library. The magic of fat files is that of Java
 * classes too; a class has its version where a fat file has a small number of parts.
 *
 *     magic cpu subtype kind commands bytes flags (0)   { command length … }…
 *
 * Format: mach-o/loader.h, mach-o/fat.h.
 */
#include <string.h>

#include "identify/cargo_audit.h"
#include "identify/code_directory.h"
#include "identify/emit_once.h"
#include "identify/emit_signature.h"
#include "identify/go_build_info.h"
#include "identify/info_plist.h"
#include "identify/recogniser.h"
#include "identify/static_library.h"
#include "identify/symbols.h"
#include "trust/digest.h"

#define MAGIC_32 UINT32_C(0xfeedface)
#define MAGIC_64 UINT32_C(0xfeedfacf)
#define MAGIC_FAT UINT32_C(0xcafebabe)
#define MAGIC_FAT_64 UINT32_C(0xcafebabf)

enum {
    PARTS_MAX = 32,
    COMMANDS_BYTES_MAX = 4 << 20,
    SEGMENTS_MAX = 256,
    INFO_MAX = 1 << 20,
    KIND_OBJECT = 1,
    KIND_PROGRAM = 2,
    KIND_CORE = 4,
    KIND_KERNEL_EXTENSION = 11,
    COMMAND_MASK = 0x7fffffff, /* the top bit: the loader must know it */
    COMMAND_SEGMENT = 0x1,
    COMMAND_SYMTAB = 0x2,
    COMMAND_LOAD_DYLIB = 0xc,
    COMMAND_ID_DYLIB = 0xd,
    COMMAND_LOAD_WEAK_DYLIB = 0x18,
    COMMAND_SEGMENT_64 = 0x19,
    COMMAND_UUID = 0x1b,
    COMMAND_SIGNATURE = 0x1d,
    COMMAND_REEXPORT_DYLIB = 0x1f,
    COMMAND_LAZY_LOAD_DYLIB = 0x20,
    COMMAND_LOAD_UPWARD_DYLIB = 0x23,
};

struct segment {
    uint64_t address, offset, size; /* offset: in the part */
};

/* One program: a thin file, or a part of a fat one. */
struct part {
    uint64_t start, size;
    bool wide, big, cut;
    uint32_t cpu, kind;
    struct segment segments[SEGMENTS_MAX];
    size_t segment_count;
    uint64_t strings, strings_size, signature, signature_size;
    struct sv info_id; /* of the Info.plist inside */
    uint64_t info_id_at;
};

/* What is said in the group of a part's signature. */
struct signed_part {
    struct code_directory directory;
    struct sv info_id;
    uint64_t info_id_at;
};

struct work {
    const struct job *job;
    struct emit_once once;
    struct symbols symbols;
    struct go_build_info go;
    uint64_t crates, crates_size;
    struct part *part;
    bool begun, damaged;
    struct signed_part parts[PARTS_MAX];
    size_t part_count;
};

static uint32_t u32(const struct part *p, struct reader *r)
{
    return p->big ? reader_u32be(r) : reader_u32le(r);
}

static uint64_t word(const struct part *p, struct reader *r)
{
    if (!p->wide)
        return u32(p, r);
    return p->big ? reader_u64be(r) : reader_u64le(r);
}

/* Whether [offset, offset + size) lies in the part; remembers when it does not. */
static bool inside(struct part *p, uint64_t offset, uint64_t size)
{
    if (offset <= p->size && size <= p->size - offset)
        return true;
    p->cut = true;
    return false;
}

static const char *cpu_text(uint32_t cpu)
{
    static const struct {
        uint32_t cpu;
        const char *text;
    } cpus[] = {
        {7, "i386"},
        {0x01000007, "x86_64"},
        {12, "arm"},
        {18, "powerpc"},
        {0x0100000c, "aarch64"},
        {0x0200000c, "arm64_32"},
        {0x01000012, "powerpc64"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cpus); i++) {
        if (cpus[i].cpu == cpu)
            return cpus[i].text;
    }
    return "";
}

static void begin(struct work *w, uint32_t kind)
{
    if (w->begun)
        return;
    w->begun = true;
    emit_component(w->job->out, kind == KIND_PROGRAM            ? TYPE_APPLICATION
                                : kind == KIND_KERNEL_EXTENSION ? TYPE_DEVICE_DRIVER
                                                                : TYPE_LIBRARY);
}

/* ---- load commands ---- */

/* A text inside a command, at an offset from the command's beginning. */
static void emit_text(struct work *w, struct span command, uint32_t offset, uint64_t at,
                      enum field_key key)
{
    struct sv text = sv_of(span_from(command, offset));

    text = sv_cut(&text, '\0');
    emit_once_at(&w->once, key, text, at + offset, text.n);
}

static int go_memory_at(void *program, uint64_t address, size_t n, struct span *ret,
                        struct err *err)
{
    struct work *w = program;
    const struct part *p = w->part;

    *ret = (struct span){0};
    for (size_t i = 0; i < p->segment_count; i++) {
        const struct segment *s = &p->segments[i];
        uint64_t into = address - s->address;

        if (address >= s->address && into < s->size)
            return source_read(w->job->bytes, p->start + s->offset + into,
                               n < s->size - into ? n : (size_t)(s->size - into), w->job->arena,
                               ret, err);
    }
    return 0;
}

static int read_section(struct work *w, struct sv name, uint64_t offset, uint64_t size,
                        struct err *err)
{
    struct go_memory memory = {go_memory_at, w};
    struct part *p = w->part;

    if (sv_starts(name, SV("__go_buildinfo")) && inside(p, offset, size))
        return go_build_info_find(&w->go, w->job, p->start + offset, size, memory, err);
    if (sv_starts(name, SV(".dep-v0")) && inside(p, offset, size) && !w->crates) {
        w->crates = p->start + offset;
        w->crates_size = size;
    }
    if (sv_starts(name, SV("__info_plist")) && size <= INFO_MAX && inside(p, offset, size)) {
        auto_property *info = NULL;
        struct span bytes;

        TRY(source_read(w->job->bytes, p->start + offset, (size_t)size, w->job->arena, &bytes,
                        err));
        if (property_list_parse(bytes, w->job->arena, &info, NULL) == 0) {
            struct span id = property_locate(bytes, info_plist_id(info));

            info_plist_emit(info, bytes, p->start + offset, &w->once);
            p->info_id = arena_copy(w->job->arena, info_plist_id(info));
            p->info_id_at = p->start + offset + (uint64_t)(id.p - bytes.p);
        }
    }
    return 0;
}

static int read_segment(struct work *w, struct reader *r, struct err *err)
{
    struct part *p = w->part;
    struct segment s;
    uint32_t count;

    reader_skip(r, 16); // name
    s.address = word(p, r);
    (void)word(p, r);
    s.offset = word(p, r);
    s.size = word(p, r);
    reader_skip(r, 8);
    count = u32(p, r);
    reader_skip(r, 4);
    if (reader_ok(r) && p->kind != KIND_OBJECT && s.size && inside(p, s.offset, s.size) &&
        p->segment_count < SEGMENTS_MAX)
        p->segments[p->segment_count++] = s;
    while (count-- && r->rest.n) {
        struct sv name = sv_of(reader_take(r, 16));
        uint64_t size, offset;

        reader_skip(r, 16); // its segment
        (void)word(p, r);
        size = word(p, r);
        offset = u32(p, r);
        reader_skip(r, p->wide ? 28 : 24);
        if (!reader_ok(r))
            break;
        TRY(read_section(w, name, offset, size, err));
    }
    return 0;
}

static int read_command(struct work *w, uint32_t command, struct span bytes, uint64_t at,
                        struct err *err)
{
    struct reader r = reader_over(span_from(bytes, 8));
    struct part *p = w->part;

    switch (command & COMMAND_MASK) {
    case COMMAND_SEGMENT:
    case COMMAND_SEGMENT_64:
        return read_segment(w, &r, err);
    case COMMAND_SYMTAB:
        reader_skip(&r, 8);
        p->strings = u32(p, &r);
        p->strings_size = u32(p, &r);
        break;
    case COMMAND_ID_DYLIB:
        emit_text(w, bytes, u32(p, &r), at, FIELD_SONAME);
        break;
    case COMMAND_LOAD_DYLIB:
    case COMMAND_LOAD_WEAK_DYLIB:
    case COMMAND_REEXPORT_DYLIB:
    case COMMAND_LAZY_LOAD_DYLIB:
    case COMMAND_LOAD_UPWARD_DYLIB:
        emit_text(w, bytes, u32(p, &r), at, FIELD_NEEDED);
        break;
    case COMMAND_UUID: {
        struct span uuid = reader_take(&r, 16);
        char hex[33];

        digest_hex(uuid, hex);
        emit_once_at(&w->once, FIELD_BUILD_ID, (struct sv){hex, 2 * uuid.n}, at + 8, uuid.n);
        break;
    }
    case COMMAND_SIGNATURE:
        p->signature = u32(p, &r);
        p->signature_size = u32(p, &r);
        break;
    default:
        break;
    }
    return 0;
}

static int read_commands(struct work *w, uint64_t at, uint32_t count, uint32_t size,
                         struct err *err)
{
    struct part *p = w->part;
    struct span bytes;

    if (size > COMMANDS_BYTES_MAX)
        return ERR(err, ERR_LIMIT, "load commands of more than %d MiB", COMMANDS_BYTES_MAX >> 20);
    if (!inside(p, at - p->start, size))
        return 0;
    TRY(source_read(w->job->bytes, at, size, w->job->arena, &bytes, err));
    while (count-- && bytes.n >= 8) {
        struct reader r = reader_over(bytes);
        uint32_t command = u32(p, &r), length = u32(p, &r);

        if (length < 8 || length > bytes.n) {
            p->cut = true;
            break;
        }
        TRY(read_command(w, command, (struct span){bytes.p, length}, at, err));
        bytes = span_from(bytes, length);
        at += length;
    }
    return 0;
}

/* ---- one part ---- */

static int read_signature(struct work *w, struct err *err)
{
    struct signed_part *to = &w->parts[w->part_count++];
    struct part *p = w->part;

    to->info_id = p->info_id;
    to->info_id_at = p->info_id_at;
    if (p->signature_size == 0 || !inside(p, p->signature, p->signature_size))
        return 0;
    return code_directory_check(w->job, p->start, p->start + p->signature, p->signature_size,
                                &to->directory, err);
}

/* 0, or RECOG_NOT_MINE for bytes that are no program. */
static int read_part(struct work *w, uint64_t start, uint64_t size, struct err *err)
{
    struct part part = {.start = start, .size = size};
    uint32_t magic, count, length;
    struct span bytes;
    struct reader r;

    TRY(source_read(w->job->bytes, start, 64, w->job->arena, &bytes, err));
    if (w->begun && static_library_is(bytes))
        return static_library_read(w->job, start, size, &w->once, &w->symbols, err);
    r = reader_over(bytes);
    magic = reader_u32le(&r);
    if (magic != MAGIC_32 && magic != MAGIC_64) {
        part.big = true;
        magic = __builtin_bswap32(magic);
    }
    if (magic != MAGIC_32 && magic != MAGIC_64)
        return RECOG_NOT_MINE;
    part.wide = magic == MAGIC_64;
    part.cpu = u32(&part, &r);
    reader_skip(&r, 4);
    part.kind = u32(&part, &r);
    count = u32(&part, &r);
    length = u32(&part, &r);
    if (!reader_ok(&r) || part.kind == KIND_CORE)
        return RECOG_NOT_MINE;
    begin(w, part.kind);
    w->part = &part;
    emit_once_at(&w->once, FIELD_ARCHITECTURE, sv_str(cpu_text(part.cpu)), 0, 0);
    TRY(read_commands(w, start + (part.wide ? 32 : 28), count, length, err));
    if (part.strings_size && inside(&part, part.strings, part.strings_size))
        TRY(symbols_add_strings(&w->symbols, w->job->bytes, start + part.strings, part.strings_size,
                                err));
    TRY(read_signature(w, err));
    w->damaged |= part.cut;
    return 0;
}

/* ---- fat files ---- */

static int read_parts(struct work *w, struct span head, bool wide, struct err *err)
{
    uint64_t file = w->job->bytes->size;
    struct reader r = reader_over(span_from(head, 4));
    uint32_t count = reader_u32be(&r);

    if (count == 0 || count > PARTS_MAX)
        return RECOG_NOT_MINE; // a Java class
    for (uint32_t i = 0; i < count; i++) {
        uint64_t offset, size;
        int result;

        reader_skip(&r, 8);
        offset = wide ? reader_u64be(&r) : reader_u32be(&r);
        size = wide ? reader_u64be(&r) : reader_u32be(&r);
        reader_skip(&r, wide ? 8 : 4);
        if (!reader_ok(&r) || offset > file || size > file - offset) {
            w->damaged = true;
            continue;
        }

        struct span first;

        TRY(source_read(w->job->bytes, offset, 64, w->job->arena, &first, err));
        if (static_library_is(first))
            begin(w, KIND_OBJECT);
        result = read_part(w, offset, size, err);
        if (result < 0 && result != -ERR_FORMAT)
            return result;
        w->damaged |= result == -ERR_FORMAT;
    }
    return w->begun ? 0 : RECOG_NOT_MINE;
}

static int read_file(struct work *w, struct err *err)
{
    struct span head;
    struct reader r;
    uint32_t magic;

    TRY(source_read(w->job->bytes, 0, 8 + PARTS_MAX * 32, w->job->arena, &head, err));
    r = reader_over(head);
    magic = reader_u32be(&r);
    if (magic == MAGIC_FAT || magic == MAGIC_FAT_64)
        return read_parts(w, head, magic == MAGIC_FAT_64, err);
    return read_part(w, 0, w->job->bytes->size, err);
}

/* What the program says inside its signature is as good as the signature. */
static void emit_inside(struct work *w, const struct signed_part *p)
{
    const struct code_directory *d = &p->directory;
    struct emit *out = w->job->out;

    if (!d->by_linker)
        emit_field_at(out, FIELD_BUNDLE_ID, d->identifier, d->identifier_at, d->identifier.n);
    if (d->by_linker || !sv_eq(p->info_id, d->identifier))
        emit_field_at(out, FIELD_BUNDLE_ID, p->info_id, p->info_id_at, p->info_id.n);
    emit_field_at(out, FIELD_TEAM_ID, d->team_id, d->team_id_at, d->team_id.n);
    emit_group_end(out);
}

static void emit_signatures(struct work *w)
{
    struct emit *out = w->job->out;

    for (size_t i = 0; i < w->part_count; i++) {
        const struct signed_part *p = &w->parts[i];
        const struct signatures *all = &p->directory.signatures;

        for (size_t k = 0; k < all->count; k++) {
            emit_signature(out, &all->at[k]);
            emit_inside(w, p);
        }
        if (all->count == 0) {
            emit_unsigned(out, p->directory.there ? SV("an ad hoc signature: nobody vouches for it")
                                                  : (struct sv){0});
            emit_inside(w, p);
        }
    }
}

static int identify_macho(const struct job *job, struct err *err)
{
    struct work *w = arena_take(job->arena, sizeof(*w));
    int result;

    if (!w)
        return arena_error(job->arena, err);
    w->job = job;
    emit_once_init(&w->once, job->out, job->arena);
    TRY(symbols_init(&w->symbols, SYMBOLS_UNDERSCORE, job->arena, err));
    result = read_file(w, err);
    if (result)
        return result;
    go_build_info_emit_main(&w->go, job->out);
    TRY(symbols_emit(&w->symbols, job->out, err));
    emit_signatures(w);
    go_build_info_emit_modules(&w->go, job);
    TRY(cargo_audit_emit(job, w->crates, w->crates_size, err));
    if (w->damaged)
        return ERR(err, ERR_FORMAT, "the file ends before what its headers name");
    return 0;
}

#define PROGRAM(bytes) \
    { \
        .magic = {(bytes), sizeof(bytes) - 1}, .state = STATE_PRESENT, .anchor_up = 1, \
        .whole = true \
    }

static const struct gate gates[] = {
    PROGRAM("\xcf\xfa\xed\xfe"),
    PROGRAM("\xce\xfa\xed\xfe"),
    PROGRAM("\xfe\xed\xfa\xcf"),
    PROGRAM("\xfe\xed\xfa\xce"),
    // Fat, with so many parts: more than that would take in Java classes.
    PROGRAM("\xca\xfe\xba\xbe\0\0\0\1"),
    PROGRAM("\xca\xfe\xba\xbe\0\0\0\2"),
    PROGRAM("\xca\xfe\xba\xbe\0\0\0\3"),
    PROGRAM("\xca\xfe\xba\xbe\0\0\0\4"),
    PROGRAM("\xca\xfe\xba\xbe\0\0\0\5"),
    PROGRAM("\xca\xfe\xba\xbe\0\0\0\6"),
    PROGRAM("\xca\xfe\xba\xbf\0\0\0"),
    {0},
};

const struct recogniser recog_macho = {
    .name = "macho",
    .summary = "programs and libraries of macOS and iOS, and who signed them",
    .epoch = 1,
    .gates = gates,
    .identify = identify_macho,
};
