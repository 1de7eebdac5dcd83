// SPDX-License-Identifier: Apache-2.0
/*
 * Which symbols of a program or library say whose code it is.
 *
 * A software development kit gives its functions a family name, and that is what shows it inside
 * other products. Emitting every symbol of every library would drown an inventory, so a symbol is
 * kept for its form alone, never for who it belongs to:
 *
 *   C        begins with a capital letter, has two or more letters or digits before its first
 *            underscore, and consists of letters, digits and underscores: NET_Init, Java_org_x_Y.
 *            (The libraries of free systems use lower case: g_free; the Windows API has no
 *            underscores.) Its family reaches to the second underscore, or to the first when it has
 *            only one.
 *   C++      one name of each outermost scope, and one of what is nested deeper in it, whether
 *            mangled as in the Itanium ABI (_ZN3Net4InitEv) or as Microsoft does
 * (?Init@Net@@YAXXZ); not the standard library's. Swift    likewise, by module. Obj-C    every
 * class: OBJC_CLASS_$_NetClient.
 *
 * Decorations are taken off before: the underscore that Mach-O and 32-bit Windows put before a C
 * name, "@12" after it (stdcall), "__imp_".
 *
 * At most SYMBOLS_EMIT_MAX are emitted, sorted. When there are more, every family is shortened to
 * the same greatest length that fits, so that a family never disappears because another is large.
 */
#pragma once

#include "base/source.h"
#include "identify/name_set.h"
#include "model/message.h"

enum {
    SYMBOLS_EMIT_MAX = 4096,
    SYMBOL_LENGTH_MAX = 512, /* longer ones are not looked at */
};

enum symbols_flags {
    SYMBOLS_UNDERSCORE = 1 << 0, /* C names have one underscore more than in the source */
};

struct symbols {
    struct name_set names, families;
    struct symbol *of;      /* by number of the name */
    size_t room;            /* of `of` */
    uint32_t *family_count; /* by number of the family */
    unsigned flags;
};

int symbols_init(struct symbols *s, unsigned flags, struct arena *arena, struct err *err) MUST_USE;

/* `offset` is where the name stands in the file. Cheap for names that are not kept. */
void symbols_add(struct symbols *s, struct sv name, uint64_t offset);

/* All texts of a string table, each ended by NUL, [offset, offset + length) in the file. */
int symbols_add_strings(struct symbols *s, struct source *source, uint64_t offset, uint64_t length,
                        struct err *err) MUST_USE;

/* Emit what was kept as fields of the open component. -ERR_NOMEM or -ERR_LIMIT. */
int symbols_emit(struct symbols *s, struct emit *out, struct err *err) MUST_USE;
