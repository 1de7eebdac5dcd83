// SPDX-License-Identifier: Apache-2.0
/*
 * What the readers of orders, catalogues and exceptions share. Only rules.c and they include this.
 */
#pragma once

#include "order/check.h"
#include "order/rules.h"

struct reading {
    struct rules *rules;
    const struct rules_options *options;
    struct check check; /* of the file that is being read */
    struct buf text;    /* its bytes */
    struct arena nodes; /* of its tree, when that was compiled before */
    int64_t today;
};

/* Each reads one parsed file; what is wrong with it goes to r->check. */
void catalogue_read(struct reading *r, const struct yaml *root, struct catalogue *to);
void entities_read(struct reading *r, const struct yaml *node, struct catalogue *to);
void indicator_read(struct reading *r, const struct yaml *node, struct indicator *to);
void evidence_read(struct reading *r, const struct yaml *node, struct catalogue *to);
void removal_read(struct reading *r, const struct yaml *node, struct catalogue *to);
void order_read(struct reading *r, const struct yaml *root, struct order *to);
void order_elements_read(struct reading *r, const struct yaml *node, struct order *to);
void exception_read(struct reading *r, const struct yaml *root, struct exception *to);

/* From the entities that were read; `to->indicators` has room for one of each. */
void publishers_add(struct reading *r, struct catalogue *to);

extern const char *const strength_words[STRENGTH_CONCLUSIVE + 1];

/* The file's name without folders and ".yaml". */
struct sv reading_base_name(const struct reading *r);

/* Reports an id or vendor that is not the file's base name. */
void reading_check_name(struct reading *r, const struct yaml *node, struct sv id);

/* The product of a catalogue that a node names; NULL, and a problem, when it is none. */
const struct product *reading_product(struct reading *r, const struct yaml *node,
                                      const struct catalogue *in);

/* The products of a list; NULL when there is none. */
const struct product **reading_products(struct reading *r, const struct yaml *node,
                                        const struct catalogue *in, size_t *ret_count);

/* Reports an id that is not "<vendor>.<group>.<name>". */
void reading_check_id(struct reading *r, const struct yaml *node, struct sv id, struct sv vendor);
