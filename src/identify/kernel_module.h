// SPDX-License-Identifier: Apache-2.0
/*
 * What a module of the Linux kernel says of itself, and who signed it.
 *
 * The section ".modinfo" holds "key=value" texts. A signature is appended to the file:
 *
 *     ELF | PKCS#7 | algo hash kind signer_len key_len 0 0 0 length:u32be | "~Module signature
 * appended~\n"
 *
 * Format: modinfo(8); Documentation/admin-guide/module-signing.rst.
 */
#pragma once

#include "identify/elf.h"
#include "identify/recogniser.h"

/* Fields of the open component, from the section ".modinfo"; the group of a signature last. */
int kernel_module_emit(const struct elf_section *modinfo, const struct job *job,
                       struct err *err) MUST_USE;
