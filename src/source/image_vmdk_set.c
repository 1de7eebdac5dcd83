// SPDX-License-Identifier: Apache-2.0
/*
 * A disk in several VMDK files: a text that names them, in order.
 *
 *     # Disk DescriptorFile
 *     RW 4192256 SPARSE "disk-s001.vmdk"       sectors, kind, file
 *     RW 4192256 FLAT "disk-f002.vmdk" 0       … and the sector that it begins with
 *
 * Format: VMware "Virtual Disk Format 5.0".
 */
#include "source/image_vmdk.h"

#include <stdlib.h>

enum {
    TEXT_MAX = 64 * 1024,
    SECTOR = 512,
};

struct vmdk_part {
    uint64_t first, size, at; /* bytes; where it begins in its source */
    struct image_below disk;  /* no source: zeros */
};

struct vmdk_set {
    struct image image;
    struct vmdk_part parts[SIBLINGS_MAX];
    unsigned count;
    uint64_t size;
    bool sparse; /* a part is */
};

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    const struct vmdk_set *s = (const struct vmdk_set *)m;

    for (unsigned i = 0; i < s->count; i++) {
        const struct vmdk_part *p = &s->parts[i];

        if (offset < p->first || offset - p->first >= p->size)
            continue;
        *ret = (struct extent){.how = p->disk.source ? EXTENT_AT : EXTENT_ZEROS,
                               .n = p->size - (offset - p->first),
                               .from = p->disk.source,
                               .at = p->at + (offset - p->first)};
        return 0;
    }
    return ERR(err, ERR_FORMAT, "vmdk: a part of the disk is missing");
}

static int open_part(struct vmdk_set *s, const struct image_file *file, struct vmdk_part *p,
                     struct sv kind, struct sv name, struct err *err)
{
    struct image_file part = {.siblings = file->siblings, .below = file->below};

    if (sv_eq(kind, SV("ZERO")))
        return 0;
    if (!sv_eq(kind, SV("SPARSE")) && !sv_eq(kind, SV("FLAT")) && !sv_eq(kind, SV("VMFS")))
        return ERR(err, ERR_UNSUPPORTED, "vmdk: a part of the kind %.*s",
                   (int)(kind.n < 40 ? kind.n : 40), kind.p);
    TRY(image_sibling(file, name, &part.source, err));
    p->disk.source = part.source;
    if (!sv_eq(kind, SV("SPARSE")))
        return 0;
    s->sparse = true;
    TRY(vmdk_part_open(&part, s->image.disk.budget, &p->disk.image, err));
    p->disk.source = &p->disk.image->raw.source;
    return 0;
}

static struct sv next_word(struct sv *line)
{
    *line = sv_trim(*line);
    return sv_cut(line, ' ');
}

/* One line of the text; those that name no part say nothing that is needed. */
static int read_line(struct vmdk_set *s, const struct image_file *file, struct sv line,
                     struct err *err)
{
    struct sv access = next_word(&line), sectors = next_word(&line), kind = next_word(&line), name;
    struct vmdk_part *p = &s->parts[s->count];
    uint64_t n = 0, at = 0;

    if ((!sv_eq(access, SV("RW")) && !sv_eq(access, SV("RDONLY")) &&
         !sv_eq(access, SV("NOACCESS"))) ||
        !sv_to_u64(sectors, &n))
        return 0;
    if (s->count == SIBLINGS_MAX)
        return ERR(err, ERR_LIMIT, "vmdk: a disk in more than %d files", SIBLINGS_MAX);
    line = sv_trim(line);
    (void)sv_cut(&line, '"');
    name = sv_cut(&line, '"');
    (void)sv_to_u64(sv_trim(line), &at);
    if (n == 0 || n > UINT64_MAX >> 14 || at > UINT64_MAX >> 14)
        return ERR(err, ERR_FORMAT, "vmdk: its description is damaged");
    *p = (struct vmdk_part){.first = s->size, .size = n * SECTOR, .at = at * SECTOR};
    s->count++;
    s->size += p->size;
    return open_part(s, file, p, kind, name, err);
}

static int read_text(struct vmdk_set *s, const struct image_file *file, struct err *err)
{
    size_t n = s->image.disk.size < TEXT_MAX ? (size_t)s->image.disk.size : TEXT_MAX;
    auto_free char *text = malloc(n);
    struct sv rest = {text, n};

    if (!text)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(disk_read(&s->image.disk, 0, text, n, err));
    while (rest.n)
        TRY(read_line(s, file, sv_line(&rest), err));
    if (s->count == 0)
        return ERR(err, ERR_UNSUPPORTED, "vmdk: a description without the files of a disk");
    // One file with the disk as it is: that is read by itself.
    return s->count == 1 && !s->sparse ? IMAGE_NOT : 0;
}

static void set_close(struct image *image)
{
    struct vmdk_set *s = (struct vmdk_set *)image;

    for (unsigned i = 0; i < s->count; i++)
        image_below_close(&s->parts[i].disk);
    free(s);
}

int vmdk_set_open(const struct image_file *file, struct budget *budget, struct image **ret,
                  struct err *err)
{
    struct vmdk_set *s = image_new(sizeof(*s), file->source, budget, set_close, err);
    int r;

    if (!s)
        return -ERR_NOMEM;
    s->image.raw.find = find;
    r = read_text(s, file, err);
    return image_opened(&s->image, r, s->size, ret, err);
}
