// SPDX-License-Identifier: Apache-2.0
/*
 * A catalogue and orders as text, components as text, findings as text.
 *
 * A component is written as in spy.h, with what belongs to its occurrence behind an `@`:
 *
 *     application installed
 *       @place=/var/lib/dpkg/status
 *       @anchor=/
 *       @owner=deb:other
 *       package=anvil
 *       [1] signature=verified
 *
 * and a finding comes out as
 *
 *     confirmed installed acme/anvil "Acme Anvil" 1.0 at /
 *       place /var/lib/dpkg/status
 *       acme.deb.anvil package=anvil conclusive
 *       acme.path path=/opt/anvil/bin/anvil conclusive as strong
 *       ban: branded covered
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "match/match_run.h"
#include "support/made_tree.h"

struct matching {
    struct made_tree tree;
    struct rules *rules;
    struct matcher *matcher;
    struct match_run *run;
    struct arena arena;
    struct finding *findings;
    size_t count;
    struct buf text;
    struct err err;
};

/*
 * Any of `orders` and `exceptions` may be NULL. What stands in a catalogue before `products:` and
 * what no test asks about is filled in: the text begins with "products:".
 */
void matching_init(struct matching *w, const char *catalogue, const char *order,
                   const char *exceptions);

/* With the orders and catalogues of a source tree. */
void matching_init_shipped(struct matching *w, const char *tree);
void matching_clear(struct matching *w);

/* The component that `text` describes: its fields and values point into the arena. */
void matching_parse(struct arena *arena, const char *text, struct occurrence *ret);

/* Add what `text` describes, several paragraphs being several components. */
void matching_add(struct matching *w, const char *text);

/* The ids of the indicators that one component hits, parted by spaces. */
const char *matching_hits(struct matching *w, const char *text);

/* Finish and describe all findings, sorted by their text; the run begins anew. */
const char *matching_findings(struct matching *w);

/* Finish and keep the findings in w->findings; the run begins anew. */
void matching_finish(struct matching *w);
