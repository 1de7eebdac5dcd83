// SPDX-License-Identifier: Apache-2.0
#include "source/volume.h"

#include <string.h>

enum {
    LOOK = 80 * 1024, /* bytes that are looked at */
    PIECE = 4096,
    SURE = 4, /* bytes of a mark */
};

struct mark {
    uint32_t at;
    struct sv bytes;
    enum err_code code; /* 0: nothing to be read */
    const char *name;
};

#define MARK(at, bytes, code, name) \
    { \
        (at), {(bytes), sizeof(bytes) - 1}, (code), (name) \
    }

static const struct mark marks[] = {
    MARK(0, "LUKS\xba\xbe", ERR_ENCRYPTED, "LUKS"),
    MARK(3, "-FVE-FS-", ERR_ENCRYPTED, "BitLocker"),
    MARK(424, "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01", ERR_ENCRYPTED,
         "BitLocker To Go"),
    MARK(88, "CS\1\0", ERR_UNSUPPORTED, "Core Storage"),
    MARK(4086, "SWAPSPACE2", 0, NULL),
    MARK(4086, "SWAP-SPACE", 0, NULL),
    MARK(4086, "S1SUSPEND", 0, NULL),
    MARK(8182, "SWAPSPACE2", 0, NULL),
    MARK(16374, "SWAPSPACE2", 0, NULL),
    MARK(65526, "SWAPSPACE2", 0, NULL),
    MARK(65600, "_BHRfS_M", ERR_UNSUPPORTED, "btrfs"),
    MARK(1024, "\x10\x20\xf5\xf2", ERR_UNSUPPORTED, "f2fs"),
    MARK(1024, "\xe2\xe1\xf5\xe0", ERR_UNSUPPORTED, "erofs"),
    MARK(65588, "ReIsEr", ERR_UNSUPPORTED, "reiserfs"),
    MARK(65536, "ReIsEr4", ERR_UNSUPPORTED, "reiser4"),
    MARK(32768, "JFS1", ERR_UNSUPPORTED, "JFS"),
    MARK(3, "ReFS\0\0\0\0", ERR_UNSUPPORTED, "ReFS"),
    MARK(32, "NXSB", ERR_UNSUPPORTED, "APFS"),
    MARK(1024, "BD", ERR_UNSUPPORTED, "HFS"),
    MARK(66908, "\x19\x01\x54\x19", ERR_UNSUPPORTED, "UFS"),
    MARK(66908, "\x54\x19\x01\x19", ERR_UNSUPPORTED, "UFS"),
    MARK(9564, "\x54\x19\x01\x19", ERR_UNSUPPORTED, "UFS"),
    MARK(1030, "\x34\x34", ERR_UNSUPPORTED, "NILFS2"),
    MARK(65536, "\x01\x16\x19\x70", ERR_UNSUPPORTED, "GFS2"),
    MARK(32769, "BEA01", ERR_UNSUPPORTED, "UDF"),
    MARK(32769, "NSR0", ERR_UNSUPPORTED, "UDF"),
    MARK(4096, "\xfc\x4e\x2b\xa9", ERR_UNSUPPORTED, "a part of a Linux RAID"),
    MARK(0, "\xfc\x4e\x2b\xa9", ERR_UNSUPPORTED, "a part of a Linux RAID"),
    MARK(4120, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81", ERR_UNSUPPORTED,
         "bcache"),
    MARK(0, "PRIVHEAD", ERR_UNSUPPORTED, "a dynamic disk of Windows"),
    MARK(0, "SPACEDB ", ERR_UNSUPPORTED, "Storage Spaces"),
    MARK(0, "-rom1fs-", ERR_UNSUPPORTED, "romfs"),
    MARK(0, "\x45\x3d\xcd\x28", ERR_UNSUPPORTED, "cramfs"),
    MARK(0, "UBI#", ERR_UNSUPPORTED, "UBI"),
    MARK(0, "ANDROID!", ERR_UNSUPPORTED, "a boot image of Android"),
    MARK(0, "Stratis", ERR_UNSUPPORTED, "Stratis"),
};

static bool matches(struct disk *d, const struct mark *m)
{
    uint8_t bytes[16];

    return m->bytes.n <= sizeof(bytes) && m->at + m->bytes.n <= d->size &&
           disk_read(d, m->at, bytes, m->bytes.n, NULL) == 0 &&
           memcmp(bytes, m->bytes.p, m->bytes.n) == 0;
}

static const struct mark *mark_of(struct disk *d)
{
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (matches(d, &marks[i]))
            return &marks[i];
    return NULL;
}

static int tell(const struct mark *m, struct err *err)
{
    if (!m->code)
        return 0;
    return ERR(err, m->code, m->code == ERR_ENCRYPTED ? "encrypted, %s" : "not supported: %s",
               m->name);
}

static int is_zeros(struct disk *d, bool *ret, struct err *err)
{
    static const uint8_t zeros[PIECE];
    uint8_t piece[PIECE];

    for (uint64_t at = 0; at < LOOK && at < d->size; at += PIECE) {
        size_t n = d->size - at < PIECE ? (size_t)(d->size - at) : PIECE;

        TRY(disk_read(d, at, piece, n, err));
        *ret = memcmp(piece, zeros, n) == 0;
        if (!*ret)
            return 0;
    }
    *ret = true;
    return 0;
}

/* Two bytes may be anything; swap space and the like has no name to tell. */
static bool is_sure(const struct mark *m)
{
    return m->bytes.n >= SURE && m->code;
}

bool volume_is_known(struct span head)
{
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (is_sure(&marks[i]) && sv_starts(sv_of(span_from(head, marks[i].at)), marks[i].bytes))
            return true;
    return false;
}

int volume_explain(struct disk *d, const char *what, struct err *err)
{
    const struct mark *m = mark_of(d);
    bool empty = false;

    if (m)
        return tell(m, err);
    TRY(is_zeros(d, &empty, err));
    if (empty)
        return 0;
    return ERR(err, ERR_UNSUPPORTED, "no known file system is in it%s%s",
               *what ? "; it is said to be " : "", what);
}

int volume_open(struct source *source, uint64_t base, struct budget *budget,
                struct entry_reader **ret, struct err *err)
{
    const struct mark *m;
    struct disk disk;

    (void)ret;
    disk_init(&disk, source, base, budget);
    m = mark_of(&disk);
    disk_clear(&disk);
    return m && m->code ? tell(m, err) : ERR(err, ERR_UNSUPPORTED, "a disk of an unknown kind");
}
