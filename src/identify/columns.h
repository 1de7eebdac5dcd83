// SPDX-License-Identifier: Apache-2.0
/*
 * What the columns of a table mean, as a person said: "name=Product,vendor=Manufacturer".
 */
#pragma once

#include "model/component.h"

enum {
    COLUMNS_MAX = 64,
};

struct columns {
    struct {
        enum field_key key;
        struct sv header;
    } at[COLUMNS_MAX];
    size_t count;
};

/*
 * Read pairs parted by commas: the name of a field (`vendor`, `host`, `serial` and other words are
 * understood as well) and the header of its column, or "#3" for the third one. A header with a
 * comma stands in quotes. Views into `text`. -ERR_USAGE says what is wrong.
 */
int columns_read(struct sv text, struct columns *ret, struct err *err) MUST_USE;

/* The field that a header of this name is usually about; false for none. */
bool column_of(struct sv header, enum field_key *ret_key);
