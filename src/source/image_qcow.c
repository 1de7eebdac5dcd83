// SPDX-License-Identifier: Apache-2.0
/*
 * The disk in a qcow2 file, versions 2 and 3, as it is now (not in its snapshots).
 *
 *     header   L1 table ─► L2 tables ─► clusters, as they are, compressed, or zeros
 *
 * Format: QEMU, docs/interop/qcow2.txt.
 */
#include "source/image.h"

#include <stdlib.h>
#include <string.h>

#include "source/fs.h"
#include "source/unpack.h"

enum {
    HEADER = 112,
    CLUSTER_BITS_MIN = 9,
    CLUSTER_BITS_MAX = 21,
    FEATURE_DATA_FILE = 1 << 2,
    FEATURE_EXTENDED = 1 << 4,
    FEATURES_KNOWN = 0x1f,
    SUBCLUSTERS = 32,
    SECTOR = 512,
    L1_MAX = 32 << 20, /* bytes, as QEMU allows */
    COMPRESSION_ZSTD = 1,
    NAME_MAX_ = 1023, /* bytes, as QEMU allows */
};

#define AT_MASK UINT64_C(0x00fffffffffffe00)
#define COMPRESSED (UINT64_C(1) << 62)

struct qcow {
    struct image image;
    unsigned cluster_bits;
    bool extended, zstd;
    uint64_t l1_at;
    uint32_t l1_count;
    struct blocks blocks;
    uint8_t *packed;
    struct image_below below;
};

static uint64_t u64be(const uint8_t *p)
{
    struct reader r = reader_over((struct span){p, 8});

    return reader_u64be(&r);
}

static int unpack_cluster(struct qcow *q, uint64_t entry, struct span *ret, struct err *err)
{
    unsigned shift = 62 - (q->cluster_bits - 8), slot = 0;
    uint64_t at = entry & ((UINT64_C(1) << shift) - 1);
    size_t size = (size_t)1 << q->cluster_bits, n = 0,
           packed = (size_t)(((entry & (COMPRESSED - 1)) >> shift) + 1) * SECTOR - at % SECTOR;
    uint8_t *to;

    if (blocks_get(&q->blocks, entry, ret))
        return 0;
    if (packed > 2 * size)
        return ERR(err, ERR_FORMAT, "qcow2: a compressed cluster is damaged");
    if (!q->packed)
        q->packed = malloc(2 * size);
    to = blocks_room(&q->blocks, &slot);
    if (!q->packed || !to)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(budget_worked(q->image.disk.budget, size, err));
    // The last sector may end with the file.
    if (at < q->image.disk.size && packed > q->image.disk.size - at)
        packed = (size_t)(q->image.disk.size - at);
    TRY(image_read(&q->image, at, q->packed, packed, err));
    TRY(unpack_block(q->zstd ? UNPACK_ZSTD : UNPACK_DEFLATE, (struct span){q->packed, packed}, to,
                     size, &n, err));
    if (n != size)
        return ERR(err, ERR_FORMAT, "qcow2: a compressed cluster is too short");
    *ret = blocks_put(&q->blocks, slot, entry, n);
    return 0;
}

/* The part of a cluster that is one of its 32 parts. */
static void find_part(const struct qcow *q, uint64_t entry, uint64_t bitmap, uint64_t offset,
                      uint64_t in_cluster, struct extent *ret)
{
    uint64_t part = UINT64_C(1) << (q->cluster_bits - 5), n = part - in_cluster % part;
    unsigned bit = (unsigned)(in_cluster / part);

    if (bitmap >> (32 + bit) & 1)
        *ret = (struct extent){.how = EXTENT_ZEROS, .n = n};
    else if (bitmap >> bit & 1)
        image_extent(&q->image, (entry & AT_MASK) + in_cluster, n, ret);
    else
        image_below_extent(&q->below, offset, n, ret);
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct qcow *q = (struct qcow *)m;
    uint64_t size = UINT64_C(1) << q->cluster_bits, in_cluster = offset & (size - 1), table, entry,
             index = offset >> q->cluster_bits;
    unsigned entry_bits = q->extended ? 4 : 3, bits = q->cluster_bits - entry_bits;
    uint8_t bytes[16];
    struct span unpacked;

    if (index >> bits >= q->l1_count)
        return ERR(err, ERR_FORMAT, "qcow2: its table is too short");
    TRY(disk_read(&q->image.disk, q->l1_at + (index >> bits) * 8, bytes, 8, err));
    table = u64be(bytes) & AT_MASK;
    if (!table) {
        image_below_extent(&q->below, offset, (size << bits) - (offset & ((size << bits) - 1)),
                           ret);
        return 0;
    }
    TRY(disk_read(&q->image.disk, table + ((index & ((UINT64_C(1) << bits) - 1)) << entry_bits),
                  bytes, (size_t)1 << entry_bits, err));
    entry = u64be(bytes);
    if (entry & COMPRESSED) {
        TRY(unpack_cluster(q, entry, &unpacked, err));
        *ret = (struct extent){
            .how = EXTENT_MADE, .n = size - in_cluster, .made = unpacked.p + in_cluster};
        return 0;
    }
    if (q->extended)
        find_part(q, entry, u64be(bytes + 8), offset, in_cluster, ret);
    else if (entry & 1)
        *ret = (struct extent){.how = EXTENT_ZEROS, .n = size - in_cluster};
    else if (entry & AT_MASK)
        image_extent(&q->image, (entry & AT_MASK) + in_cluster, size - in_cluster, ret);
    else
        image_below_extent(&q->below, offset, size - in_cluster, ret);
    return 0;
}

static void qcow_close(struct image *image)
{
    struct qcow *q = (struct qcow *)image;

    image_below_close(&q->below);
    blocks_clear(&q->blocks);
    free(q->packed);
    free(q);
}

static int open_below(struct qcow *q, const struct image_file *file, uint64_t at, size_t n,
                      struct err *err)
{
    char name[NAME_MAX_];

    if (n > sizeof(name))
        return ERR(err, ERR_FORMAT, "qcow2: the name of the image below it is damaged");
    TRY(disk_read(&q->image.disk, at, name, n, err));
    return image_below_open(file, (struct sv){name, n}, q->image.disk.budget, &q->below, err);
}

static int read_header(struct qcow *q, const struct image_file *file, uint64_t *ret_size,
                       struct err *err)
{
    uint8_t bytes[HEADER] = {0};
    struct reader r = reader_over((struct span){bytes, HEADER});
    uint64_t backing, features = 0;
    uint32_t version, crypt, length = 72;

    TRY(disk_read(&q->image.disk, 0, bytes, 72, err));
    if (q->image.disk.size >= HEADER)
        TRY(disk_read(&q->image.disk, 0, bytes, HEADER, err));
    reader_skip(&r, 4);
    version = reader_u32be(&r);
    backing = reader_u64be(&r);
    reader_skip(&r, 4);
    q->cluster_bits = reader_u32be(&r);
    *ret_size = reader_u64be(&r);
    crypt = reader_u32be(&r);
    q->l1_count = reader_u32be(&r);
    q->l1_at = reader_u64be(&r);
    reader_skip(&r, 24);
    if (version == 3) {
        features = reader_u64be(&r);
        reader_skip(&r, 20);
        length = reader_u32be(&r);
    }
    if (version != 2 && version != 3)
        return ERR(err, ERR_UNSUPPORTED, "qcow: version %u; 2 and 3 are read", version);
    if (crypt)
        return ERR(err, ERR_ENCRYPTED, "qcow2: its disk is encrypted");
    if (features & ~(uint64_t)FEATURES_KNOWN)
        return ERR(err, ERR_UNSUPPORTED, "qcow2: features that are not known, 0x%llx",
                   (unsigned long long)features);
    if (q->cluster_bits < CLUSTER_BITS_MIN || q->cluster_bits > CLUSTER_BITS_MAX ||
        q->l1_count > L1_MAX / 8 || *ret_size > UINT64_MAX >> 2)
        return ERR(err, ERR_FORMAT, "qcow2: its header is damaged");
    q->extended = features & FEATURE_EXTENDED;
    if (q->extended && q->cluster_bits < 14)
        return ERR(err, ERR_FORMAT, "qcow2: its header is damaged");
    q->zstd = length > 104 && bytes[104] == COMPRESSION_ZSTD;
    if (length > 104 && bytes[104] > COMPRESSION_ZSTD)
        return ERR(err, ERR_UNSUPPORTED, "qcow2: compressed in an unknown way");
    if (features & FEATURE_DATA_FILE)
        return ERR(err, ERR_UNSUPPORTED, "qcow2: its data are in another file");
    if (backing)
        TRY(open_below(q, file, backing, fs_be32(bytes + 16), err));
    blocks_init(&q->blocks, (size_t)1 << q->cluster_bits);
    return 0;
}

int qcow_open(const struct image_file *file, struct budget *budget, struct image **ret,
              struct err *err)
{
    struct qcow *q = image_new(sizeof(*q), file->source, budget, qcow_close, err);
    uint64_t size = 0;
    int r;

    if (!q)
        return -ERR_NOMEM;
    q->image.raw.find = find;
    r = read_header(q, file, &size, err);
    return image_opened(&q->image, r, size, ret, err);
}
