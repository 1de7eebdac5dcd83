// SPDX-License-Identifier: Apache-2.0
#include "identify/efi_signatures.h"

enum {
    LIST_HEADER = 28,
    GUID = 16,
    CERTIFICATES_MAX = 1024,
};

struct seeing {
    struct arena *arena;
    efi_certificate_seen *seen;
    void *to;
    unsigned count;
    bool damaged;
};

static int see(struct seeing *s, struct span der, uint64_t at, struct err *err)
{
    struct certificate c;
    struct err wrong;
    size_t used;
    int r = certificate_parse(der, s->arena, &c, &used, &wrong);

    if (r == -ERR_FORMAT) {
        s->damaged = true;
        return 0;
    }
    if (r < 0)
        return *err = wrong, r;
    if (s->count++ == CERTIFICATES_MAX)
        return ERR(err, ERR_LIMIT, "more than %d certificates in lists", CERTIFICATES_MAX);
    s->seen(s->to, &c, at, used);
    return 0;
}

static int each_entry(struct seeing *s, struct span entries, uint32_t size, uint64_t at,
                      struct err *err)
{
    while (entries.n >= size) {
        struct span entry = {entries.p, size};

        TRY(see(s, span_from(entry, GUID), at + GUID, err));
        entries = span_from(entries, size);
        at += size;
    }
    s->damaged |= entries.n != 0;
    return 0;
}

int efi_signatures_each(struct span bytes, uint64_t at, struct arena *arena,
                        efi_certificate_seen *seen, void *to, struct err *err)
{
    struct seeing s = {.arena = arena, .seen = seen, .to = to};

    if (sv_starts(sv_of(bytes), SV("\x30\x82"))) {
        TRY(see(&s, bytes, at, err));
        return s.damaged ? ERR(err, ERR_FORMAT, "EFI: a certificate is damaged") : 0;
    }
    while (bytes.n) {
        struct reader r = reader_over(bytes);
        struct span kind = reader_take(&r, GUID);
        uint32_t list = reader_u32le(&r), header = reader_u32le(&r), size = reader_u32le(&r);

        if (!reader_ok(&r) || list < LIST_HEADER || list > bytes.n || header > list - LIST_HEADER ||
            size <= GUID)
            return ERR(err, ERR_FORMAT, "EFI: a list of signatures is damaged");
        if (sv_eq(sv_of(kind), SV(EFI_LIST_CERTIFICATES))) {
            size_t skip = LIST_HEADER + (size_t)header;

            TRY(each_entry(&s, (struct span){bytes.p + skip, list - skip}, size, at + skip, err));
        }
        bytes = span_from(bytes, list);
        at += list;
    }
    return s.damaged ? ERR(err, ERR_FORMAT, "EFI: a certificate in a list is damaged") : 0;
}
