// SPDX-License-Identifier: Apache-2.0
/*
 * What the Go linker leaves in each program: which module it is, and which ones are linked into it.
 *
 *     offset  0   "\xff Go buildinf:"  at a multiple of 16 bytes
 *            14   pointer size, 4 or 8
 *            15   flags: 1 big-endian, 2 the texts stand here (Go 1.18 and later)
 *            16   else: pointers to two Go strings (pointer, length)
 *            32   uvarint length, toolchain version "go1.21.3"; uvarint length, module text
 *
 * The module text is framed by two 16-byte sentinels. Its lines are words parted by tabs: "mod" is
 * the program, "dep" is linked in, "=>" stands in place of the line above.
 * Format: https://pkg.go.dev/debug/buildinfo
 */
#pragma once

#include "identify/recogniser.h"

struct go_build_info {
    bool found;
    struct sv toolchain, modules;
    uint64_t modules_at; /* where the module text stands in the file */
};

/* The bytes at an address of the loaded program; short or empty where it has none in the file. */
struct go_memory {
    int (*at)(void *program, uint64_t address, size_t n, struct span *ret, struct err *err);
    void *program;
};

/* Look for it in a range of the file. Nothing found is no error; what was found before is kept. */
int go_build_info_find(struct go_build_info *info, const struct job *job, uint64_t offset,
                       uint64_t length, struct go_memory memory, struct err *err) MUST_USE;

/* The module of the program, as fields of the open component. */
void go_build_info_emit_main(const struct go_build_info *info, struct emit *out);

/* The modules linked in, each a component that is contained in this file. */
void go_build_info_emit_modules(const struct go_build_info *info, const struct job *job);
