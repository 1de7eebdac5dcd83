// SPDX-License-Identifier: Apache-2.0
/*
 * The frame of an ELF file, of both sizes and both byte orders: header, segments, sections.
 *
 * Numbers are read in the file's own byte order; sizes of both classes become 64 bits.
 * Format: System V ABI "Object Files"; elf(5).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/window.h"

enum {
    ELF_NOT_ELF = 1,
};

enum elf_type {
    ELF_REL = 1,
    ELF_EXEC = 2,
    ELF_DYN = 3,
    ELF_CORE = 4,
};

enum elf_segment_type {
    ELF_LOAD = 1,
    ELF_DYNAMIC = 2,
    ELF_INTERP = 3,
    ELF_NOTE = 4,
};

enum elf_section_type {
    ELF_SECTION_SYMTAB = 2,
    ELF_SECTION_STRTAB = 3,
    ELF_SECTION_DYNAMIC = 6,
    ELF_SECTION_NOTE = 7,
    ELF_SECTION_NOBITS = 8,
    ELF_SECTION_DYNSYM = 11,
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, address, size; /* size: in the file */
    uint64_t align;
};

struct elf_section {
    uint32_t name, type, link;
    uint64_t offset, size, align;
};

struct elf {
    struct window window;
    struct arena *arena;
    bool wide, big; /* 64-bit, big-endian */
    bool cut;       /* something stands beyond the end of the file */
    uint16_t type, machine;
    struct elf_segment *segments;
    size_t segment_count;
    struct elf_section *sections;
    size_t section_count;
    uint32_t names; /* index of the section that holds the names of sections */
};

/* 0, ELF_NOT_ELF, or -ERR_FORMAT, -ERR_LIMIT. */
int elf_read(struct source *source, struct arena *arena, struct elf *ret, struct err *err) MUST_USE;

uint16_t elf_u16(const struct elf *elf, struct reader *r);
uint32_t elf_u32(const struct elf *elf, struct reader *r);
uint64_t elf_word(const struct elf *elf, struct reader *r); /* 4 or 8 bytes */

/* How many bytes from an address on stand in the file, and where; 0: none. */
uint64_t elf_offset(const struct elf *elf, uint64_t address, uint64_t *ret_offset);

/* The section of that name that has bytes in the file; *ret is NULL when there is none. */
int elf_section_named(struct elf *elf, const char *name, const struct elf_section **ret,
                      struct err *err) MUST_USE;

const char *elf_machine_text(const struct elf *elf);
