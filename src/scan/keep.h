// SPDX-License-Identifier: Apache-2.0
/*
 * What was found in an object becomes an occurrence: with what its place says, where it is
 * installed, who owns it, and whether it is still what it says it is.
 */
#pragma once

#include "identify/recogniser.h"
#include "scan/listener.h"

/* `up`: names up from the object to where it is installed, as in struct gate. `captures` may be
 * NULL. With `takes_extra` it has what the probes saw of the object, too. */
void keep_component(struct listener *l, struct object *o, const struct component *c, unsigned up,
                    const struct captures *captures, const char *recogniser, bool takes_extra);

/* What a probe saw in a file that no recogniser made a component of. */
void keep_probed(struct listener *l, struct object *o);

/*
 * Words in what is no program are a component by themselves: they are not what a recogniser says of
 * the file, and may only speak of a product (match/weigh.c).
 */
void keep_mentions(struct listener *l, struct object *o);
