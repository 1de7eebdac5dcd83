// SPDX-License-Identifier: Apache-2.0
/*
 * One value of a catalogue against one value of a component, the plain way.
 *
 * matcher.h finds candidates quickly, over thousands of patterns at once; what it finds is decided
 * here, except for regular expressions, which are Vectorscan's own answer. So what `prefix`,
 * `suffix` and `glob` mean stands in this file alone.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "order/catalogue.h"

struct pattern {
    enum field_key field;
    enum indicator_op op;
    bool nocase; /* ASCII letters */
    struct sv value;
};

/* What of a value is compared: a purl without version, qualifiers and subpath; a GUID without
 * braces; of everything else all. */
struct sv pattern_subject(enum field_key field, struct sv value);

/* The name in "Name <address> (home page)"; `value` itself when there is none. */
struct sv pattern_name(struct sv value);

/* Whether case never counts here: digests, GUIDs, host names, and most names on Windows. */
bool pattern_ignores_case(enum field_key field, unsigned platforms);

/* `subject` comes from pattern_subject(). False for OP_REGEX. */
bool pattern_matches(const struct pattern *p, struct sv subject);

/* "\x41": one byte as an expression writes it; a catalogue's worth of them takes no printf(). */
void pattern_put_byte(struct buf *to, uint8_t byte);

/*
 * A regular expression that is found in every subject which pattern_matches(), and in others: the
 * longest piece that stands for itself. So plain a pattern compiles fast, and its place in the
 * subject is for pattern_matches() to judge. OP_REGEX is copied.
 */
void pattern_to_regex(const struct pattern *p, struct buf *to);

/* The bytes of a path pattern before its first wildcard, up to and without the last `/`. */
size_t pattern_fixed_folder(const struct pattern *p);

/* Whether an address ("77.74.176.9", "[2a03::1]:443", "77.74.176.0/24") lies in a prefix. */
bool pattern_network_holds(struct sv prefix, struct sv address);
