// SPDX-License-Identifier: Apache-2.0
#include "source/container.h"

#include <stdlib.h>

#include "os/program_id.h"
#include "sonames.h"
#include "source/archive.h"
#include "source/bundle.h"
#include "source/codec.h"
#include "source/dmg.h"
#include "source/fs.h"
#include "source/image.h"
#include "source/installer.h"
#include "source/locate.h"
#include "source/lvm.h"
#include "source/nsis.h"
#include "source/partition.h"
#include "source/volume.h"

enum {
    NEAR = 4 << 20, /* bytes: what ends before is unpacked to its end */
    STEP = 1 << 20,
    SUSPECT = 100,           /* growing so many times is no text and no program */
    SNIFF = 512,             /* bytes that kind_of() wants to see */
    ZIP_END = 22,            /* bytes of the end record without its comment */
    ZIP_TAIL = 65536 + 1024, /* where it is looked for */
    ISO_BLOCK = 2048,
    ISO_VOLUME_AT = 16 * ISO_BLOCK,
    ISO_VOLUME_BLOCKS = 80, /* where the descriptor says how many blocks there are */
    ISO_DESCRIPTORS = 8,
    UDF_FEW = 3, /* so few files in a disc that also has UDF are only a note for old readers */
};

/* Between two archives of a chain, or behind the last one. */
#define CHAIN_ZEROS_MAX (UINT64_C(4) << 30)

struct container {
    struct budget *budget;
    struct spill_file *spill;
    struct source *source;
    struct sv name;
    bool once; /* the source comes once */

    struct siblings *siblings;
    struct image *image; /* NULL: the file is no image of a disk */
    struct input in;
    struct codec *codec;
    struct flow_room unpacked_room, entry_room;
    struct flow unpacked; /* what the codec gives */
    struct input unpacked_in;
    struct entry_reader *entries; /* NULL: the one file that was compressed */
    enum container_kind kind;     /* of the entries */
    struct flow entry;
    struct entry_item item;
    uint64_t files, count; /* of the entries, so far */
    bool only_done, codec_broken, broken;
};

static void close_parts(struct container *c)
{
    flow_end(&c->entry);
    if (c->entries)
        c->entries->close(c->entries);
    flow_end(&c->unpacked);
    codec_close(c->codec);
    input_clear(&c->unpacked_in);
    input_clear(&c->in);
    c->entries = NULL;
    c->codec = NULL;
}

void container_close(struct container *c)
{
    if (!c)
        return;
    close_parts(c);
    image_close(c->image);
    flow_room_clear(&c->unpacked_room);
    flow_room_clear(&c->entry_room);
    free(c);
}

void container_prepare(void)
{
    archive_prepare();
}

void container_id(struct buf *to)
{
    program_id_add(ARCHIVE_SONAME, to);
}

bool container_is_broken(const struct container *c)
{
    return c->broken || c->codec_broken || (c->entries && c->entries->broken) ||
           budget_is_hit(c->budget);
}

static int codec_pull(void *container, struct span *ret_piece, struct err *err)
{
    struct container *c = container;
    int r = c->codec->next(c->codec, ret_piece, err);

    c->codec_broken = r < 0;
    return r;
}

/* A compressed file: what is in it decides whether it is an archive, too. */
static int open_compressed(struct container *c, enum container_kind kind, struct err *err)
{
    enum container_kind inner;

    TRY(codec_open(kind, &c->in, &c->codec, err));
    TRY(flow_begin(&c->unpacked, codec_pull, c, (uint64_t)FLOW_SIZE_UNKNOWN, &c->unpacked_room,
                   c->budget, err));
    inner = kind_of(c->unpacked.source.head, c->unpacked.source.size);
    if (inner != KIND_TAR && inner != KIND_CPIO)
        return 0;
    c->kind = inner;
    input_init(&c->unpacked_in, &c->unpacked.source, 0, c->budget);
    return archive_open(inner, &c->unpacked_in, false, &c->entries, err);
}

/* The kinds that have a reader of their own; libarchive reads the others. All are random. */
static entry_opener *const openers[KIND_COUNT_] = {
    [KIND_DISK] = partition_open,
    [KIND_EXT] = ext_open,
    [KIND_FAT] = fat_open,
    [KIND_EXFAT] = exfat_open,
    [KIND_HFS] = hfs_open,
    [KIND_NTFS] = ntfs_open,
    [KIND_LVM] = lvm_open,
    [KIND_XFS] = xfs_open,
    [KIND_SQUASHFS] = squash_open,
    [KIND_VOLUME] = volume_open,
    // installers
    [KIND_COMPOUND] = installer_open,
    [KIND_NSIS] = nsis_open,
    [KIND_BUNDLE] = bundle_open,
};

static int open_at(struct container *c, enum container_kind kind, uint64_t base, struct err *err)
{
    input_init(&c->in, c->source, base, c->budget);
    if (kind_is_compressed(kind))
        return open_compressed(c, kind, err);
    c->kind = kind;
    if (openers[kind])
        return openers[kind](c->source, base, c->budget, &c->entries, err);
    return archive_open(kind, &c->in, !c->once, &c->entries, err);
}

/* From a file that holds a disk to the disk: what is on that is opened in its place. */
static int enter_image(struct container *c, enum container_kind *kind, struct err *err)
{
    const struct image_file file = {.source = c->source, .name = c->name, .siblings = c->siblings};
    struct disk disk;
    int r = image_open(*kind, &file, c->budget, &c->image, err);

    if (r != 0)
        return r == IMAGE_NOT ? CONTAINER_NOT : r;
    c->source = &c->image->raw.source;
    *kind = kind_of(c->source->head, c->source->size);
    TRY(container_settle(kind, c->source, c->budget, err));
    if (kind_is_image(*kind))
        return ERR(err, ERR_UNSUPPORTED, "the disk is itself the image of another one");
    if (*kind != KIND_NONE)
        return 0;
    disk_init(&disk, c->source, 0, c->budget);
    r = volume_explain(&disk, "", err);
    disk_clear(&disk);
    return r < 0 ? r : CONTAINER_NOT;
}

/* The first block of a disk image looks like a compressed file: its end tells. */
static int settle_dmg(struct container *c, enum container_kind *kind, struct err *err)
{
    struct located at = {.kind = *kind == KIND_DMG ? KIND_NONE : *kind};
    int r;

    if (*kind != KIND_DMG && (c->once || (*kind != KIND_BZIP2 && *kind != KIND_XZ)))
        return 0;
    input_init(&c->in, c->source, 0, c->budget);
    r = locate_dmg(&c->in, &at, err);
    input_clear(&c->in);
    *kind = at.kind;
    return r;
}

static int open_located(struct container *c, enum container_kind guess, struct err *err)
{
    struct located at;
    int r;

    TRY(settle_dmg(c, &guess, err));
    if (guess == KIND_NONE)
        return CONTAINER_NOT;
    if (kind_is_image(guess)) {
        r = enter_image(c, &guess, err);
        if (r != 0)
            return r;
    }
    input_init(&c->in, c->source, 0, c->budget);
    r = locate(guess, &c->in, &at, err);
    input_clear(&c->in);
    TRY(r);
    return at.kind == KIND_NONE ? CONTAINER_NOT : open_at(c, at.kind, at.base, err);
}

int container_settle(enum container_kind *kind, struct source *source, struct budget *budget,
                     struct err *err)
{
    struct located at;
    struct input in;
    int r;

    if (*kind != KIND_ISO && *kind != KIND_DISK && *kind != KIND_DMG && *kind != KIND_PROGRAM &&
        *kind != KIND_SCRIPT && *kind != KIND_COMPOUND)
        return 0;
    input_init(&in, source, 0, budget);
    r = locate(*kind, &in, &at, err);
    input_clear(&in);
    // Where it lies is looked at again when it is opened.
    if (r == 0 && (at.kind == KIND_NONE || at.kind == KIND_VOLUME))
        *kind = at.kind;
    return r;
}

int container_open(enum container_kind kind, struct source *source, bool once, struct sv name,
                   struct spill_file *spill, struct budget *budget, struct container **ret,
                   struct err *err)
{
    return container_open_beside(kind, source, once, name, NULL, spill, budget, ret, err);
}

int container_open_beside(enum container_kind kind, struct source *source, bool once,
                          struct sv name, struct siblings *siblings, struct spill_file *spill,
                          struct budget *budget, struct container **ret, struct err *err)
{
    struct container *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return ERR(err, ERR_NOMEM, "no memory");
    c->budget = budget;
    c->spill = spill;
    c->source = source;
    c->name = name;
    c->siblings = siblings;
    c->once = once;
    c->unpacked_room.spill = c->entry_room.spill = spill;
    r = open_located(c, kind, err);
    if (r != 0)
        container_close(c);
    else
        *ret = c;
    return r;
}

/* ---- names of what was compressed ---- */

static struct sv name_inside(struct sv name)
{
    static const struct {
        const char *suffix;
        unsigned cut; /* bytes: ".svgz" keeps ".svg" */
    } suffixes[] = {
        {".gz", 3},   {".xz", 3}, {".bz2", 4},  {".zst", 4},  {".lz4", 4},   {".lz", 3},
        {".pbzx", 5}, {".Z", 2},  {".lzma", 5}, {".svgz", 1}, {".filez", 6},
    };

    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        struct sv suffix = sv_str(suffixes[i].suffix);

        if (name.n > suffix.n && sv_eq_nocase(sv_from(name, name.n - suffix.n), suffix))
            return (struct sv){name.p, name.n - suffixes[i].cut};
    }
    return name;
}

/* ---- after the end of an archive ---- */

/*
 * What is compressed and of which nothing more is wanted is not unpacked on, with two exceptions:
 * when its end is near, so that damage is seen, and when it grows like a bomb, which the budget
 * then calls by its name.
 */
static int finish_compressed(struct container *c, struct err *err)
{
    struct flow *f = &c->unpacked;

    TRY(flow_drop(f, NEAR, err));
    while (!f->ended && f->pulled / SUSPECT > c->in.at)
        TRY(flow_drop(f, f->pulled + STEP, err));
    return CONTAINER_ENDED;
}

/*
 * A cpio archive may be followed by another one, compressed or not, behind zeros: so a Linux kernel
 * takes its first files.
 */
static int next_in_chain(struct container *c, struct err *err)
{
    struct input *in = c->codec ? &c->unpacked_in : &c->in;
    enum container_kind kind;
    uint64_t farthest;
    struct span bytes;

    if (!archive_end(c->entries, &in->at))
        return CONTAINER_ENDED;
    farthest = in->at + CHAIN_ZEROS_MAX;
    for (;;) {
        size_t zeros = 0;

        TRY(input_peek(in, SNIFF, &bytes, err));
        if (bytes.n == 0)
            return CONTAINER_ENDED;
        while (zeros < bytes.n && bytes.p[zeros] == 0)
            zeros++;
        if (zeros == 0)
            break;
        in->at += zeros;
        if (in->at > farthest) {
            c->broken = true;
            return ERR(err, ERR_LIMIT, "cpio: more than %u MiB of zeros follow it",
                       (unsigned)(CHAIN_ZEROS_MAX >> 20));
        }
    }
    kind = kind_of(bytes, (uint64_t)FLOW_SIZE_UNKNOWN);
    if (kind != KIND_CPIO && !kind_is_compressed(kind)) {
        c->broken = true;
        return ERR(err, ERR_FORMAT, "cpio: something else follows it, from byte %llu on",
                   (unsigned long long)in->at);
    }
    // What is compressed in what is compressed needs a place of its own for its codec.
    if (c->codec && kind != KIND_CPIO) {
        c->broken = true;
        return ERR(err, ERR_UNSUPPORTED, "cpio: a compressed one follows in what is compressed");
    }
    c->entries->close(c->entries);
    c->entries = NULL;
    if (c->codec) {
        in->base += in->at;
        in->piece = (struct span){0};
        in->piece_at = in->at = 0;
        return archive_open(KIND_CPIO, in, false, &c->entries, err);
    }

    uint64_t base = in->base + in->at;

    close_parts(c);
    return open_at(c, kind, base, err);
}

/* What an image of a disc says of itself, and the library does not look at. */
static int check_iso(struct container *c, struct err *err)
{
    struct span volume;
    struct reader r;
    uint64_t blocks;
    bool udf = false;

    c->in.at = ISO_VOLUME_AT;
    TRY(input_peek(&c->in, ISO_BLOCK, &volume, err));
    r = reader_over(span_from(volume, ISO_VOLUME_BLOCKS));
    blocks = reader_u32le(&r);
    if (blocks * ISO_BLOCK > c->source->size - c->in.base) {
        c->broken = true;
        return ERR(err, ERR_FORMAT, "iso: it is shorter than the disc that it is of");
    }
    for (unsigned i = 0; i < ISO_DESCRIPTORS && !udf; i++) {
        struct span block;

        TRY(input_peek(&c->in, 6, &block, err));
        udf = sv_starts(sv_of(span_from(block, 1)), SV("NSR0"));
        c->in.at += ISO_BLOCK;
    }
    // Discs for today's Windows have their files in UDF, and for others a note that they have.
    if (udf && c->files < UDF_FEW) {
        c->broken = true;
        return ERR(err, ERR_UNSUPPORTED, "iso: its files are in a UDF file system");
    }
    return CONTAINER_ENDED;
}

/*
 * The library passes over entries that it does not understand, or that stand at the same place as
 * another. The directory says how many there are, modulo 65536.
 */
static int check_zip(struct container *c, struct err *err)
{
    uint64_t size = c->source->size;
    struct span tail;
    struct reader r;
    size_t at;
    uint16_t count;

    c->in.at = size < ZIP_TAIL ? 0 : size - ZIP_TAIL;
    TRY(input_peek(&c->in, ZIP_TAIL, &tail, err));
    for (at = tail.n < ZIP_END ? 0 : tail.n - ZIP_END + 1; at > 0; at--)
        if (sv_starts(sv_of(span_from(tail, at - 1)), SV("PK\5\6")))
            break;
    r = reader_over(span_from(tail, at ? at - 1 + 10 : tail.n));
    count = reader_u16le(&r);
    // With so many the number stands elsewhere.
    if (!reader_ok(&r) || count == UINT16_MAX || count == (uint16_t)c->count)
        return CONTAINER_ENDED;
    c->broken = true;
    return ERR(err, ERR_FORMAT, "zip: it says that %u entries are in it, and %llu were found",
               count, (unsigned long long)c->count);
}

/* ---- entries ---- */

static int next_of_archive(struct container *c, struct err *err)
{
    for (;;) {
        int r = c->entries->next(c->entries, &c->item, err);

        if (r != ENTRIES_ENDED)
            return r;
        if (c->image && c->image->noted.code) {
            *err = c->image->noted;
            return -(int)err->code;
        }
        if (c->kind == KIND_ZIP)
            return check_zip(c, err);
        if (c->kind == KIND_ISO)
            return check_iso(c, err);
        if (c->kind != KIND_CPIO)
            return c->codec ? finish_compressed(c, err) : CONTAINER_ENDED;
        r = next_in_chain(c, err);
        if (r != 0)
            return r;
        // What was compressed and proved to be no archive is one more entry.
        if (!c->entries)
            return 0;
    }
}

int container_next(struct container *c, struct container_entry *ret, struct err *err)
{
    int r = 0;

    flow_end(&c->entry);
    if (c->entries)
        r = next_of_archive(c, err);
    else if (c->only_done)
        return finish_compressed(c, err);
    if (r != 0)
        return r;
    if (!c->entries) {
        c->only_done = true;
        c->item = (struct entry_item){
            .name = name_inside(c->name), .type = ENTRY_FILE, .size = c->unpacked.source.size};
    }
    if (c->entries && c->source->entry_name)
        c->item.name = c->source->entry_name(c->source, c->item.name);
    TRY(budget_entry(c->budget, err));
    c->count++;
    c->files += c->item.type == ENTRY_FILE;
    *ret = (struct container_entry){.item = c->item, .only = !c->entries};
    return 0;
}

int container_read(struct container *c, struct source **ret, struct flow **ret_flow,
                   struct err *err)
{
    *ret_flow = c->entries ? &c->entry : &c->unpacked;
    *ret = &(*ret_flow)->source;
    if (!c->entries)
        return 0;
    if (c->entries->pull)
        return flow_begin(&c->entry, c->entries->pull, c->entries, c->item.size, &c->entry_room,
                          c->budget, err);
    *ret_flow = NULL;
    return c->entries->open(c->entries, ret, err);
}
