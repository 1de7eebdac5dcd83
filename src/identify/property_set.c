// SPDX-License-Identifier: Apache-2.0
#include "identify/property_set.h"

#include "format/codepage.h"

enum {
    PROPERTY_CODEPAGE = 1,
    PROPERTIES_MAX = 64,
    FIRST_SECTION_AT = 44, /* where it says where the first section begins */
    TYPE_I2 = 2,
    TYPE_TEXT = 30,
};

/* The value of a property, from its type on; empty without it. */
static struct span find(struct span set, uint32_t which)
{
    struct reader r = reader_over(span_from(set, FIRST_SECTION_AT));
    struct span section = span_from(set, reader_u32le(&r));
    uint32_t count;

    r = reader_over(section);
    reader_skip(&r, 4);
    count = reader_u32le(&r);
    for (uint32_t i = 0; i < count && i < PROPERTIES_MAX && reader_ok(&r); i++) {
        uint32_t id = reader_u32le(&r), at = reader_u32le(&r);

        if (reader_ok(&r) && id == which)
            return span_from(section, at);
    }
    return (struct span){0};
}

struct sv property_set_text(struct span set, enum property_set_text which, struct arena *arena)
{
    struct reader r = reader_over(find(set, PROPERTY_CODEPAGE));
    unsigned codepage = reader_u32le(&r) == TYPE_I2 ? reader_u16le(&r) : CODEPAGE_LATIN;
    struct span text;
    struct sv before;

    r = reader_over(find(set, which));
    if (reader_u32le(&r) != TYPE_TEXT)
        return (struct sv){0};

    uint32_t n = reader_u32le(&r);

    text = reader_take(&r, n);
    if (!reader_ok(&r))
        return (struct sv){0};
    before = sv_of(text);
    before = sv_cut(&before, '\0');
    return sv_trim(
        codepage_text(codepage, (struct span){(const uint8_t *)before.p, before.n}, arena));
}
