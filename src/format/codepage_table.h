// SPDX-License-Identifier: Apache-2.0
/* What make_codepages.c makes: characters by their bytes, 0 where there is none. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    CODEPAGE_HIGH = 0x80, /* below it all of them are ASCII */
    CODEPAGE_LEAD = 0x81,
    CODEPAGE_LEADS = 0xff - CODEPAGE_LEAD,
    CODEPAGE_TRAIL = 0x40,
    CODEPAGE_TRAILS = 0xff - CODEPAGE_TRAIL,
};

struct codepage_single {
    unsigned number;
    uint16_t high[CODEPAGE_HIGH];
};

struct codepage_double {
    unsigned number;
    uint16_t high[CODEPAGE_HIGH]; /* of one byte */
    uint16_t pairs[CODEPAGE_LEADS * CODEPAGE_TRAILS];
};
