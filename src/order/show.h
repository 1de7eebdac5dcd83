// SPDX-License-Identifier: Apache-2.0
/* Orders and catalogues as text for people: what `debar orders` and `debar catalogue` print. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "order/rules.h"

/* A table with one line for each. */
void show_orders(const struct rules *r, struct buf *to);
void show_catalogues(const struct rules *r, struct buf *to);

/* Everything an order says, with the dates of its milestones as of today. */
void show_order(const struct order *o, int64_t today, struct buf *to);

/* Entities, products, and a line for each indicator; or all of one indicator. */
void show_catalogue(const struct catalogue *c, struct buf *to);
void show_indicator(const struct indicator *i, struct buf *to);

/* A note for each class that an order puts neither in nor out; nothing when it decides them all. */
void show_undecided(const struct order *o, struct buf *to);
