// SPDX-License-Identifier: Apache-2.0
/*
 * The header of an rpm package: an index of tags, and a store of their values. All big-endian.
 *
 *     il:u32  dl:u32   il × { tag:u32  type:u32  offset:u32  count:u32 }   dl bytes of store
 *
 * The names of files are in three tags: the folders once each, and for each file its base name and
 * the number of its folder. Packages from before rpm 4 have whole names in one tag.
 * Format: https://rpm-software-management.github.io/rpm/manual/format_header.html
 */
#include "identify/rpm_header.h"

#include <sys/stat.h>

#include "base/clock.h"

enum tag {
    TAG_NAME = 1000,
    TAG_VERSION = 1001,
    TAG_RELEASE = 1002,
    TAG_EPOCH = 1003,
    TAG_SUMMARY = 1004,
    TAG_INSTALL_TIME = 1008,
    TAG_VENDOR = 1011,
    TAG_LICENCE = 1014,
    TAG_PACKAGER = 1015,
    TAG_URL = 1020,
    TAG_ARCH = 1022,
    TAG_OLD_FILE_NAMES = 1027,
    TAG_FILE_STATES = 1029,
    TAG_FILE_MODES = 1030,
    TAG_DIR_INDEXES = 1116,
    TAG_BASE_NAMES = 1117,
    TAG_DIR_NAMES = 1118,
};

enum type {
    TYPE_CHAR = 1,
    TYPE_INT8 = 2,
    TYPE_INT16 = 3,
    TYPE_INT32 = 4,
    TYPE_STRING = 6,
    TYPE_STRING_ARRAY = 8,
    TYPE_I18N_STRING = 9,
};

/* rpm's word on one file of a package: lib/rpmfiles.h, rpmfileState. */
enum file_state {
    FILE_NORMAL = 0,
    FILE_NET_SHARED = 3,
};

enum {
    INDEX_MAX = 0xffff,
    ENTRY_SIZE = 16,
    PATH_ROOM = 8192,
};

struct entry {
    uint32_t tag, type, offset, count;
};

struct header {
    struct span index, store;
};

/* The values of one tag. Strings are taken in turn; numbers by their place. */
struct values {
    struct span bytes;
    uint32_t count;
};

static int header_open(struct span blob, struct header *ret, struct err *err)
{
    struct reader r = reader_over(blob);
    uint32_t entries = reader_u32be(&r);
    uint32_t store = reader_u32be(&r);

    if (!reader_ok(&r) || entries == 0 || entries > INDEX_MAX)
        return ERR(err, ERR_FORMAT, "rpm header: %u tags", entries);
    ret->index = reader_take(&r, (size_t)entries * ENTRY_SIZE);
    ret->store = reader_take(&r, store);
    if (!reader_ok(&r))
        return ERR(err, ERR_FORMAT, "rpm header: cut short");
    return 0;
}

static size_t type_size(uint32_t type)
{
    switch (type) {
    case TYPE_CHAR:
    case TYPE_INT8:
    case TYPE_STRING:
    case TYPE_STRING_ARRAY:
    case TYPE_I18N_STRING:
        return 1;
    case TYPE_INT16:
        return 2;
    case TYPE_INT32:
        return 4;
    default:
        return 0;
    }
}

static bool is_text(uint32_t type)
{
    return type == TYPE_STRING || type == TYPE_STRING_ARRAY || type == TYPE_I18N_STRING;
}

/* Nothing (count 0) when the tag is missing, is of another type or lies outside the store. */
static struct values find(const struct header *h, enum tag tag, bool text)
{
    struct reader r = reader_over(h->index);

    while (r.rest.n) {
        struct entry e = {.tag = reader_u32be(&r)};

        e.type = reader_u32be(&r);
        e.offset = reader_u32be(&r);
        e.count = reader_u32be(&r);
        if (e.tag != (uint32_t)tag || is_text(e.type) != text || type_size(e.type) == 0)
            continue;

        struct span bytes = span_from(h->store, e.offset);
        size_t size;

        // A string has at least its NUL, so this bounds the count of strings too.
        if (__builtin_mul_overflow((size_t)e.count, type_size(e.type), &size) || size > bytes.n)
            continue;
        return (struct values){bytes, e.count};
    }
    return (struct values){0};
}

static struct sv next_text(struct values *v)
{
    struct sv rest = sv_of(v->bytes), text;

    if (v->count == 0)
        return (struct sv){0};
    v->count--;
    text = sv_cut(&rest, '\0');
    v->bytes = (struct span){(const uint8_t *)rest.p, rest.n};
    return text;
}

static struct sv text_of(const struct header *h, enum tag tag)
{
    struct values v = find(h, tag, true);

    return next_text(&v);
}

static bool number_of(const struct header *h, enum tag tag, uint32_t *ret_number)
{
    struct values v = find(h, tag, false);
    struct reader r = reader_over(v.bytes);

    if (v.count == 0)
        return false;
    *ret_number = reader_u32be(&r);
    return reader_ok(&r);
}

/* Everything there is to know of the files beside their names, one each; empty when not known. */
struct owned_facts {
    struct reader modes, states;
};

static bool owned_file(struct owned_facts *facts)
{
    bool has_mode = facts->modes.rest.n != 0, has_state = facts->states.rest.n != 0;
    uint16_t mode = reader_u16be(&facts->modes);
    uint8_t state = reader_u8(&facts->states);

    if (has_mode && reader_ok(&facts->modes) && S_ISDIR(mode))
        return false;
    return !has_state || state == FILE_NORMAL || state == FILE_NET_SHARED;
}

static struct reader over_numbers(struct values v, size_t size)
{
    struct reader r = reader_over(v.bytes);

    return reader_over(reader_take(&r, v.count * size));
}

static void own(struct emit *out, struct sv folder, struct sv name)
{
    char path[PATH_ROOM];
    size_t n = 0;

    if (folder.n + name.n > sizeof(path) || name.n == 0)
        return;
    for (size_t i = 0; i < folder.n; i++)
        path[n++] = folder.p[i];
    for (size_t i = 0; i < name.n; i++)
        path[n++] = name.p[i];
    if (path[0] == '/')
        emit_field(out, FIELD_OWNS, (struct sv){path, n});
}

static int own_old_files(struct values names, struct owned_facts facts, struct emit *out)
{
    while (names.count) {
        struct sv name = next_text(&names);

        if (owned_file(&facts))
            own(out, (struct sv){0}, name);
    }
    return 0;
}

static int own_files(const struct header *h, struct arena *arena, struct emit *out, struct err *err)
{
    struct values names = find(h, TAG_BASE_NAMES, true);
    struct values folders = find(h, TAG_DIR_NAMES, true);
    struct values folder_of = find(h, TAG_DIR_INDEXES, false);
    struct owned_facts facts = {over_numbers(find(h, TAG_FILE_MODES, false), sizeof(uint16_t)),
                                over_numbers(find(h, TAG_FILE_STATES, false), 1)};
    struct reader indexes = over_numbers(folder_of, sizeof(uint32_t));
    uint32_t folder_count = folders.count;
    struct sv *folder;

    if (names.count == 0)
        return own_old_files(find(h, TAG_OLD_FILE_NAMES, true), facts, out);
    folder = arena_take_array(arena, folder_count, sizeof(*folder));
    if (!folder)
        return arena_error(arena, err);
    for (uint32_t i = 0; i < folder_count; i++)
        folder[i] = next_text(&folders);
    while (names.count) {
        struct sv name = next_text(&names);
        uint32_t wanted = reader_u32be(&indexes);

        if (!reader_ok(&indexes) || wanted >= folder_count)
            return ERR(err, ERR_FORMAT, "rpm header: a file in folder %u of %u", wanted,
                       folder_count);
        if (owned_file(&facts))
            own(out, folder[wanted], name);
    }
    return 0;
}

int rpm_header_emit(struct span header, struct sv row, uint64_t offset, struct arena *arena,
                    struct emit *out, struct err *err)
{
    struct header h;
    struct sv name, version, release, epoch_text = {0};
    auto_buf epoch = BUF_INIT(16), full = BUF_INIT(4096);
    uint32_t number;

    TRY(header_open(header, &h, err));
    name = text_of(&h, TAG_NAME);
    if (name.n == 0)
        return ERR(err, ERR_FORMAT, "rpm header: no name");
    version = text_of(&h, TAG_VERSION);
    release = text_of(&h, TAG_RELEASE);
    buf_sv(&full, version);
    if (release.n) {
        buf_char(&full, '-');
        buf_sv(&full, release);
    }
    if (number_of(&h, TAG_EPOCH, &number) && number) {
        buf_printf(&epoch, "%u:", number);
        epoch_text = buf_view(&epoch);
    }
    // rpm keeps the keys that it trusts as packages of this name.
    emit_component(out,
                   sv_eq(name, SV("gpg-pubkey")) ? TYPE_CRYPTOGRAPHIC_ASSET : TYPE_APPLICATION);
    emit_field_at(out, FIELD_PACKAGE, name, offset, offset ? header.n : 0);
    emit_field(out, FIELD_NAME, name);
    emit_field(out, FIELD_PACKAGE_TYPE, SV("rpm"));
    if (buf_ok(&full))
        emit_fieldf(out, FIELD_VERSION, "%.*s%.*s", (int)epoch_text.n, epoch_text.p, (int)full.n,
                    full.p);
    emit_field(out, FIELD_ARCHITECTURE, text_of(&h, TAG_ARCH));
    emit_field(out, FIELD_SUPPLIER, text_of(&h, TAG_VENDOR));
    emit_field(out, FIELD_MAINTAINER, text_of(&h, TAG_PACKAGER));
    emit_field(out, FIELD_LICENCE, text_of(&h, TAG_LICENCE));
    emit_field(out, FIELD_HOMEPAGE, text_of(&h, TAG_URL));
    emit_field(out, FIELD_DESCRIPTION, text_of(&h, TAG_SUMMARY));
    if (number_of(&h, TAG_INSTALL_TIME, &number)) {
        char when[CLOCK_TEXT];

        emit_field(out, FIELD_INSTALLED_AT, sv_str(clock_text((int64_t)number * NS_PER_S, when)));
    }
    emit_field(out, FIELD_ROW, row);
    if (buf_ok(&full))
        emit_purl(out, "rpm", (struct sv){0}, name, buf_view(&full));
    return own_files(&h, arena, out, err);
}
