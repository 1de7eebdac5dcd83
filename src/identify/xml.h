// SPDX-License-Identifier: Apache-2.0
/*
 * A tolerant walker over the tags of XML, for manifests of which a few names are wanted.
 *
 * It gives elements and text in order, with the path of open elements. There is no document type:
 * entities other than the five of XML and characters by number stay as they are written, so nothing
 * is ever fetched or expanded. Comments, declarations and instructions are passed over; a tag that
 * is never closed ends with its parent. Names are without their namespace prefix.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"

enum {
    XML_DEPTH_MAX = 64, /* what is deeper is passed over */
};

enum xml_kind {
    XML_OPEN,
    XML_CLOSE,
    XML_TEXT,
};

struct xml_item {
    enum xml_kind kind;
    struct sv name;       /* of the element that opens or closes, or that the text is in */
    struct sv attributes; /* of an element that opens, for xml_attribute() */
    struct sv text;       /* for xml_plain() */
    bool is_cdata;        /* text that is meant as it stands */
};

struct xml {
    struct sv rest;
    struct sv path[XML_DEPTH_MAX]; /* open elements; when one closes it is still the last */
    size_t depth;
    bool closing; /* the element at the end of the path ends before the next item */
    bool was_empty;
};

struct xml xml_over(struct sv text);
bool xml_next(struct xml *x, struct xml_item *ret_item);

/* The name of the element that is `up` above the current one (0: itself); empty above the root. */
struct sv xml_parent(const struct xml *x, size_t up);

/* The value of an attribute as it is written; empty when there is none. */
struct sv xml_attribute(const struct xml_item *item, struct sv name);

/* Text or an attribute's value for people: trimmed, with entities replaced. In the arena if it has
 * any. */
struct sv xml_plain(struct sv text, struct arena *arena);
