// SPDX-License-Identifier: Apache-2.0
/*
 * Programs that carry archives and other programs inside them, and not just behind their end.
 *
 *     WiX Burn    the section .wixburn says where cabinets follow: what the installer itself needs,
 *                 and what it installs
 *     resources   IExpress has a cabinet there, others packages, archives, drivers
 *
 * What stands behind the program's end is one more entry, "overlay".
 * Formats: WiX src/burn (section header), Microsoft "PE Format".
 */
#pragma once

#include "format/pe.h"
#include "source/entry_reader.h"
#include "source/kind.h"

struct bundle_part {
    struct sv name;
    uint64_t at, size;
};

enum { BUNDLE_PARTS_MAX = 256 };

struct bundle {
    struct bundle_part parts[BUNDLE_PARTS_MAX];
    size_t count;
    bool burn; /* its parts are all that stands behind its end */
};

/* What is in a program. A damaged one has what was found before the damage. */
int bundle_find(struct pe *pe, struct bundle *ret, struct err *err) MUST_USE;

/* The version of Inno Setup that made it, as it says; empty when it was another tool. */
int bundle_inno_version(struct pe *pe, struct sv *ret, struct err *err) MUST_USE;

entry_opener bundle_open;
