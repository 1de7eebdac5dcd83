// SPDX-License-Identifier: Apache-2.0
#include "format/pe.h"

#include <string.h>

enum {
    SECTIONS_MAX = 2048,
    SECTION_SIZE = 40,
    COFF_SIZE = 20,
    MAGIC_PE32 = 0x10b,
    MAGIC_PE32_PLUS = 0x20b,
    SECTOR = 512,
};

static void read_optional_header(struct pe *pe, struct span bytes, uint64_t offset)
{
    struct reader r = reader_over(bytes);
    uint32_t count;

    pe->plus = reader_u16le(&r) == MAGIC_PE32_PLUS;
    reader_skip(&r, pe->plus ? 22 : 26);
    pe->image_base = pe->plus ? reader_u64le(&r) : reader_u32le(&r);
    reader_skip(&r, 4);
    pe->file_alignment = reader_u32le(&r);
    reader_skip(&r, 20);
    pe->headers_size = reader_u32le(&r);
    pe->checksum_at = offset + 64;
    reader_skip(&r, 4);
    pe->subsystem = reader_u16le(&r);
    reader_skip(&r, pe->plus ? 38 : 22);
    count = reader_u32le(&r);
    for (uint32_t i = 0; i < count && i < PE_DIRECTORIES && reader_ok(&r); i++) {
        if (i == PE_SECURITY)
            pe->security_at = offset + (bytes.n - r.rest.n);
        pe->directory[i].rva = reader_u32le(&r);
        pe->directory[i].size = reader_u32le(&r);
    }
}

static int read_sections(struct pe *pe, uint64_t offset, size_t count, struct err *err)
{
    struct span bytes;
    struct reader r;

    TRY(source_read(pe->window.source, offset, count * SECTION_SIZE, pe->arena, &bytes, err));
    if (bytes.n != count * SECTION_SIZE)
        return ERR(err, ERR_FORMAT, "the section table is cut");
    pe->sections = arena_take_array(pe->arena, count, sizeof(*pe->sections));
    if (!pe->sections && count)
        return arena_error(pe->arena, err);
    r = reader_over(bytes);
    for (size_t i = 0; i < count; i++) {
        struct pe_section *s = &pe->sections[i];
        uint64_t size = pe->window.source->size;

        memcpy(s->name, reader_take(&r, 8).p, 8);
        s->virtual_size = reader_u32le(&r);
        s->rva = reader_u32le(&r);
        s->raw_size = reader_u32le(&r);
        s->raw_offset = reader_u32le(&r);
        reader_skip(&r, 16);
        // Alignment may count up to one sector more than the last section has.
        if (s->raw_size && s->raw_offset && (uint64_t)s->raw_offset + s->raw_size > size + SECTOR)
            pe->cut = true;
    }
    pe->section_count = count;
    return 0;
}

int pe_read(struct source *source, struct arena *arena, struct pe *ret, struct err *err)
{
    struct pe pe = {.arena = arena};
    struct span bytes;
    struct reader r;
    uint32_t header;
    uint16_t count, optional_size, magic;

    window_init(&pe.window, source, arena);
    TRY(window_at(&pe.window, 0, 64, &bytes, err));
    r = reader_over(bytes);
    if (reader_u16le(&r) != 0x5a4d)
        return PE_NOT_PE;
    reader_skip(&r, 58);
    header = reader_u32le(&r);
    if (!reader_ok(&r))
        return PE_NOT_PE;
    TRY(window_at(&pe.window, header, 4 + COFF_SIZE + 2, &bytes, err));
    r = reader_over(bytes);
    if (reader_u32le(&r) != 0x4550)
        return PE_NOT_PE;
    pe.machine = reader_u16le(&r);
    count = reader_u16le(&r);
    reader_skip(&r, 12);
    optional_size = reader_u16le(&r);
    pe.characteristics = reader_u16le(&r);
    magic = reader_u16le(&r);
    if (!reader_ok(&r) || (magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS) || count > SECTIONS_MAX)
        return ERR(err, ERR_FORMAT, "the headers are damaged");

    uint64_t optional = (uint64_t)header + 4 + COFF_SIZE;

    TRY(window_at(&pe.window, optional, optional_size, &bytes, err));
    read_optional_header(&pe, bytes, optional);
    TRY(read_sections(&pe, optional + optional_size, count, err));
    *ret = pe;
    return 0;
}

uint64_t pe_offset(const struct pe *pe, uint64_t rva, uint64_t *ret_offset)
{
    uint64_t size = pe->window.source->size;

    for (size_t i = 0; i < pe->section_count; i++) {
        const struct pe_section *s = &pe->sections[i];
        // The loader rounds down to sectors, except where sections are packed closer than that.
        uint64_t raw =
            pe->file_alignment < SECTOR ? s->raw_offset : s->raw_offset / SECTOR * SECTOR;
        uint64_t length = s->raw_size, into;

        if (s->virtual_size && s->virtual_size < length)
            length = s->virtual_size;
        if (rva < s->rva || rva - s->rva >= length)
            continue;
        into = rva - s->rva;
        if (raw + into >= size)
            return 0;
        *ret_offset = raw + into;
        return length - into < size - *ret_offset ? length - into : size - *ret_offset;
    }
    if (rva < pe->headers_size && rva < size) {
        *ret_offset = rva;
        return pe->headers_size - rva < size - rva ? pe->headers_size - rva : size - rva;
    }
    return 0;
}

int pe_at(struct pe *pe, uint64_t rva, size_t n, struct span *ret, struct err *err)
{
    uint64_t offset, there = pe_offset(pe, rva, &offset);

    *ret = (struct span){0};
    if (there == 0)
        return 0;
    return window_at(&pe->window, offset, n < there ? n : (size_t)there, ret, err);
}

int pe_text(struct pe *pe, uint64_t rva, size_t max, struct sv *ret, uint64_t *ret_offset,
            struct err *err)
{
    uint64_t there = pe_offset(pe, rva, ret_offset);

    *ret = (struct sv){0};
    if (there == 0)
        return 0;
    return window_text(&pe->window, *ret_offset, max < there ? max : (size_t)there, ret, err);
}

const char *pe_machine_text(uint16_t machine)
{
    static const struct {
        uint16_t machine;
        const char *text;
    } machines[] = {
        {PE_MACHINE_I386, "i386"}, {0x8664, "x86_64"},  {0xaa64, "aarch64"},
        {0xa641, "arm64ec"},       {0xa64e, "arm64x"},  {0x1c0, "arm"},
        {0x1c4, "armv7"},          {0x200, "ia64"},     {0xebc, "efi"},
        {0x5032, "riscv32"},       {0x5064, "riscv64"}, {0x6264, "loongarch64"},
        {0x6232, "loongarch32"},   {0x166, "mips"},     {0x1f0, "powerpc"},
    };

    for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
        if (machines[i].machine == machine)
            return machines[i].text;
    }
    return "";
}
