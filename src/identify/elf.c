// SPDX-License-Identifier: Apache-2.0
#include "identify/elf.h"

#include <string.h>

enum {
    HEADER_32 = 52,
    HEADER_64 = 64,
    SEGMENT_32 = 32,
    SEGMENT_64 = 56,
    SECTION_32 = 40,
    SECTION_64 = 64,
    SEGMENTS_MAX = 65535,
    SECTIONS_MAX = 1 << 18,
    MANY_SEGMENTS = 0xffff, /* the true number stands in the first section */
    MANY_SECTIONS = 0xffff,
    NAME_LENGTH_MAX = 64, /* of the names that are looked for */
};

struct header {
    uint64_t segments_at, sections_at;
    uint64_t segment_count, section_count;
    uint16_t segment_size, section_size;
    uint32_t names;
};

uint16_t elf_u16(const struct elf *elf, struct reader *r)
{
    return elf->big ? reader_u16be(r) : reader_u16le(r);
}

uint32_t elf_u32(const struct elf *elf, struct reader *r)
{
    return elf->big ? reader_u32be(r) : reader_u32le(r);
}

uint64_t elf_word(const struct elf *elf, struct reader *r)
{
    if (!elf->wide)
        return elf_u32(elf, r);
    return elf->big ? reader_u64be(r) : reader_u64le(r);
}

static struct elf_section read_section(const struct elf *elf, struct reader *r)
{
    struct elf_section s;

    s.name = elf_u32(elf, r);
    s.type = elf_u32(elf, r);
    (void)elf_word(elf, r); // flags
    (void)elf_word(elf, r); // address
    s.offset = elf_word(elf, r);
    s.size = elf_word(elf, r);
    s.link = elf_u32(elf, r);
    reader_skip(r, 4); // info
    s.align = elf_word(elf, r);
    return s;
}

static struct elf_segment read_segment(const struct elf *elf, struct reader *r)
{
    struct elf_segment s;

    s.type = elf_u32(elf, r);
    if (elf->wide)
        s.flags = elf_u32(elf, r);
    s.offset = elf_word(elf, r);
    s.address = elf_word(elf, r);
    (void)elf_word(elf, r); // physical address
    s.size = elf_word(elf, r);
    (void)elf_word(elf, r); // size in memory
    if (!elf->wide)
        s.flags = elf_u32(elf, r);
    s.align = elf_word(elf, r);
    return s;
}

static bool read_header(struct elf *elf, struct span bytes, struct header *h)
{
    struct reader r = reader_over(bytes);
    struct span ident = reader_take(&r, 16);

    elf->type = elf_u16(elf, &r);
    elf->machine = elf_u16(elf, &r);
    (void)elf_u32(elf, &r);  // version
    (void)elf_word(elf, &r); // entry
    h->segments_at = elf_word(elf, &r);
    h->sections_at = elf_word(elf, &r);
    reader_skip(&r, 6); // flags, size of this header
    h->segment_size = elf_u16(elf, &r);
    h->segment_count = elf_u16(elf, &r);
    h->section_size = elf_u16(elf, &r);
    h->section_count = elf_u16(elf, &r);
    h->names = elf_u16(elf, &r);
    return reader_ok(&r) && ident.n == 16;
}

/* Large numbers do not fit in the header and stand in the first section, which is otherwise null.
 */
static int read_large_numbers(struct elf *elf, struct header *h, struct err *err)
{
    struct span bytes;
    struct reader r;
    uint64_t size;
    uint32_t link, info;

    if (h->sections_at == 0 ||
        (h->section_count != 0 && h->segment_count != MANY_SEGMENTS && h->names != MANY_SECTIONS))
        return 0;
    TRY(window_at(&elf->window, h->sections_at, elf->wide ? SECTION_64 : SECTION_32, &bytes, err));
    r = reader_over(bytes);
    reader_skip(&r, elf->wide ? 32 : 20);
    size = elf_word(elf, &r);
    link = elf_u32(elf, &r);
    info = elf_u32(elf, &r);
    if (!reader_ok(&r))
        return 0;
    if (h->section_count == 0)
        h->section_count = size;
    if (h->segment_count == MANY_SEGMENTS)
        h->segment_count = info;
    if (h->names == MANY_SECTIONS)
        h->names = link;
    return 0;
}

static int read_segments(struct elf *elf, const struct header *h, struct err *err)
{
    size_t size = elf->wide ? SEGMENT_64 : SEGMENT_32;
    struct span bytes;

    if (h->segments_at == 0 || h->segment_count == 0 || h->segment_size != size)
        return 0;
    if (h->segment_count > SEGMENTS_MAX)
        return ERR(err, ERR_LIMIT, "more than %d segments", SEGMENTS_MAX);
    TRY(source_read(elf->window.source, h->segments_at, (size_t)h->segment_count * size, elf->arena,
                    &bytes, err));
    elf->segment_count = bytes.n / size;
    elf->cut |= elf->segment_count != h->segment_count;
    elf->segments = arena_take_array(elf->arena, elf->segment_count, sizeof(*elf->segments));
    if (!elf->segments && elf->segment_count)
        return arena_error(elf->arena, err);
    for (size_t i = 0; i < elf->segment_count; i++) {
        struct reader r = reader_over((struct span){span_from(bytes, i * size).p, size});

        elf->segments[i] = read_segment(elf, &r);
    }
    return 0;
}

static int read_sections(struct elf *elf, const struct header *h, struct err *err)
{
    size_t size = elf->wide ? SECTION_64 : SECTION_32;
    uint64_t file = elf->window.source->size;
    struct span bytes;

    if (h->sections_at == 0 || h->section_count == 0 || h->section_size != size)
        return 0;
    if (h->section_count > SECTIONS_MAX)
        return ERR(err, ERR_LIMIT, "more than %d sections", SECTIONS_MAX);
    TRY(source_read(elf->window.source, h->sections_at, (size_t)h->section_count * size, elf->arena,
                    &bytes, err));
    elf->section_count = bytes.n / size;
    elf->cut |= elf->section_count != h->section_count;
    elf->sections = arena_take_array(elf->arena, elf->section_count, sizeof(*elf->sections));
    if (!elf->sections && elf->section_count)
        return arena_error(elf->arena, err);
    for (size_t i = 0; i < elf->section_count; i++) {
        struct reader r = reader_over((struct span){span_from(bytes, i * size).p, size});
        struct elf_section *s = &elf->sections[i];

        *s = read_section(elf, &r);
        if (i && s->type && s->type != ELF_SECTION_NOBITS &&
            (s->offset > file || s->size > file - s->offset))
            elf->cut = true;
    }
    elf->names = h->names;
    return 0;
}

int elf_read(struct source *source, struct arena *arena, struct elf *ret, struct err *err)
{
    struct elf elf = {.arena = arena};
    struct header header = {0};
    struct span bytes;

    window_init(&elf.window, source, arena);
    TRY(window_at(&elf.window, 0, HEADER_64, &bytes, err));
    if (bytes.n < 16 || memcmp(bytes.p, "\177ELF", 4) != 0)
        return ELF_NOT_ELF;
    elf.wide = bytes.p[4] == 2;
    elf.big = bytes.p[5] == 2;
    if (bytes.p[4] == 0 || bytes.p[4] > 2 || bytes.p[5] == 0 || bytes.p[5] > 2)
        return ELF_NOT_ELF;
    if (bytes.n > (elf.wide ? HEADER_64 : HEADER_32))
        bytes.n = elf.wide ? HEADER_64 : HEADER_32;
    if (!read_header(&elf, bytes, &header))
        return ERR(err, ERR_FORMAT, "the header is cut");
    TRY(read_large_numbers(&elf, &header, err));
    TRY(read_segments(&elf, &header, err));
    TRY(read_sections(&elf, &header, err));
    *ret = elf;
    return 0;
}

uint64_t elf_offset(const struct elf *elf, uint64_t address, uint64_t *ret_offset)
{
    uint64_t size = elf->window.source->size;

    for (size_t i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *s = &elf->segments[i];
        uint64_t into = address - s->address, left;

        if (s->type != ELF_LOAD || address < s->address || into >= s->size || s->offset > size ||
            into >= size - s->offset)
            continue;
        *ret_offset = s->offset + into;
        left = s->size - into;
        return left < size - *ret_offset ? left : size - *ret_offset;
    }
    return 0;
}

int elf_section_named(struct elf *elf, const char *name, const struct elf_section **ret,
                      struct err *err)
{
    const struct elf_section *names =
        elf->names < elf->section_count ? &elf->sections[elf->names] : NULL;

    *ret = NULL;
    for (size_t i = 1; names && i < elf->section_count; i++) {
        const struct elf_section *s = &elf->sections[i];
        struct sv text;

        if (s->type == ELF_SECTION_NOBITS || s->name >= names->size)
            continue;
        TRY(window_text(&elf->window, names->offset + s->name, NAME_LENGTH_MAX, &text, err));
        if (sv_eq(text, sv_str(name))) {
            *ret = s;
            return 0;
        }
    }
    return 0;
}

const char *elf_machine_text(const struct elf *elf)
{
    static const struct {
        uint16_t machine;
        const char *narrow, *wide;
    } machines[] = {
        {3, "i386", "i386"},
        {62, "x86_64", "x86_64"},
        {183, "aarch64", "aarch64"},
        {40, "arm", "arm"},
        {243, "riscv32", "riscv64"},
        {8, "mips", "mips64"},
        {20, "powerpc", "powerpc"},
        {21, "powerpc64", "powerpc64"},
        {22, "s390", "s390x"},
        {2, "sparc", "sparc"},
        {43, "sparc64", "sparc64"},
        {258, "loongarch32", "loongarch64"},
        {50, "ia64", "ia64"},
        {15, "hppa", "hppa"},
        {42, "sh", "sh"},
        {4, "m68k", "m68k"},
        {247, "bpf", "bpf"},
        {36902, "alpha", "alpha"},
        {94, "xtensa", "xtensa"},
        {93, "arc", "arc"},
        {195, "arc", "arc"},
        {252, "csky", "csky"},
        {189, "microblaze", "microblaze"},
    };

    for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
        if (machines[i].machine == elf->machine)
            return elf->wide ? machines[i].wide : machines[i].narrow;
    }
    return "";
}
