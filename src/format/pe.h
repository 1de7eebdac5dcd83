// SPDX-License-Identifier: Apache-2.0
/*
 * The frame of a Windows program: headers, sections, data directories.
 *
 * Addresses inside are relative to where the program is loaded (RVA); pe_offset() turns them into
 * offsets in the file by way of the section table.
 *
 *     0      "MZ" … 0x3c: offset of
 *            "PE\0\0", COFF header (20), optional header (PE32 or PE32+), section headers (40 each)
 *
 * Format: Microsoft "PE Format".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/window.h"

enum pe_directory {
    PE_EXPORT = 0,
    PE_IMPORT = 1,
    PE_RESOURCE = 2,
    PE_SECURITY = 4, /* its address is an offset in the file */
    PE_DELAY_IMPORT = 13,
    PE_DIRECTORIES = 16,
};

enum {
    PE_NOT_PE = 1,
    PE_DLL = 0x2000, /* in characteristics */
    PE_MACHINE_I386 = 0x14c,
};

struct pe_section {
    char name[9];
    uint32_t virtual_size, rva, raw_size, raw_offset;
};

struct pe {
    struct window window;
    struct arena *arena;
    uint16_t machine, characteristics, subsystem;
    bool plus; /* PE32+ */
    bool cut;  /* a section stands, in part, beyond the end of the file */
    uint64_t image_base;
    uint64_t checksum_at, security_at; /* offsets of what a signature does not cover */
    uint32_t headers_size, file_alignment;
    struct {
        uint32_t rva, size;
    } directory[PE_DIRECTORIES];
    struct pe_section *sections;
    size_t section_count;
};

/* 0; PE_NOT_PE for an MS-DOS or 16-bit program; -ERR_FORMAT for headers that are cut. */
int pe_read(struct source *source, struct arena *arena, struct pe *ret, struct err *err) MUST_USE;

/* How many bytes from that address on stand in the file, up to the end of the section; 0: none. */
uint64_t pe_offset(const struct pe *pe, uint64_t rva, uint64_t *ret_offset);

/* Up to n <= WINDOW_SIZE bytes at an address, as window_at(). */
int pe_at(struct pe *pe, uint64_t rva, size_t n, struct span *ret, struct err *err) MUST_USE;

/* The NUL-terminated text at an address, at most `max` long, and its offset. As window_text(). */
int pe_text(struct pe *pe, uint64_t rva, size_t max, struct sv *ret, uint64_t *ret_offset,
            struct err *err) MUST_USE;

const char *pe_machine_text(uint16_t machine);
