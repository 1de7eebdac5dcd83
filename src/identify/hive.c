// SPDX-License-Identifier: Apache-2.0
#include "identify/hive.h"

#include <string.h>

#include "base/utf16.h"

enum {
    BASE_SIZE = 4096, /* before the first bin; cells are counted from there */
    SEQUENCE_1 = 4,
    SEQUENCE_2 = 8,
    FILE_TYPE = 28,
    ROOT_CELL = 36,
    BINS_SIZE = 40,
    CHECKSUM = 508,

    KEY_SIZE = 76,   /* of an nk without its name */
    VALUE_SIZE = 20, /* of a vk */
    KEY_NAME_PLAIN = 0x20,
    VALUE_NAME_PLAIN = 1,
    NAME_MAX_BYTES = 32 * 1024,
    DATA_PIECE = 16344, /* of a db; what is shorter has none */

    PAGE = 4096,
    PAGES = 256, /* kept, by their number's last bits */
    VISITS = 16, /* how often each key may be come by */
    VISITS_MORE = 4096,
    VISITS_MAX = 20 * 1000 * 1000,
};

static const uint32_t data_inline = UINT32_C(1) << 31;

struct page {
    uint64_t at; /* in the file, and 1; 0 for none */
    size_t n;
    uint8_t bytes[PAGE];
};

struct hive {
    struct source *source;
    struct arena *arena;
    uint64_t bins; /* bytes of cells */
    uint32_t root;
    bool dirty;
    uint64_t visits; /* that are left */
    struct page *pages[PAGES];

    struct err first; /* why the first of `damaged` could not be read */
    uint64_t damaged;
    int fatal; /* reading goes no further: `first` says why */
};

/* ---- failures ---- */

void hive_fail(struct hive *h, int r, const struct err *why)
{
    if (h->fatal)
        return;
    if (r != -ERR_FORMAT) {
        h->fatal = r;
        h->first = *why;
    } else if (h->damaged++ == 0) {
        h->first = *why;
    }
}

#define DAMAGED(h, ...) \
    do { \
        struct err damaged_; \
        int r_ = ERR(&damaged_, ERR_FORMAT, __VA_ARGS__); \
        hive_fail((h), r_, &damaged_); \
    } while (0)

int hive_finish(const struct hive *h, struct err *err)
{
    if (h->fatal) {
        *err = h->first;
        return err_wrap(err, h->fatal, "registry hive");
    }
    if (arena_failed(h->arena))
        return err_wrap(err, arena_error(h->arena, err), "registry hive");
    if (h->damaged)
        return ERR(err, ERR_FORMAT, "registry hive: %llu part%s could not be read; the first: %s",
                   (unsigned long long)h->damaged, h->damaged == 1 ? "" : "s", h->first.text);
    if (h->dirty)
        return ERR(err, ERR_UNSUPPORTED,
                   "registry hive: its last changes are only in the transaction logs beside it "
                   "(.LOG1, .LOG2), which are not read");
    return 0;
}

/* ---- bytes ---- */

static const struct page *page_at(struct hive *h, uint64_t at)
{
    struct page **slot = &h->pages[at / PAGE % PAGES];
    struct err err;
    int r;

    if (*slot && (*slot)->at == at + 1)
        return *slot;
    if (!*slot)
        *slot = arena_take(h->arena, sizeof(**slot));
    if (!*slot) {
        hive_fail(h, arena_error(h->arena, &err), &err);
        return NULL;
    }
    r = h->source->read_at(h->source, at, (*slot)->bytes, PAGE, &(*slot)->n, &err);
    (*slot)->at = r < 0 ? 0 : at + 1;
    if (r < 0)
        hive_fail(h, r, &err);
    return r < 0 ? NULL : *slot;
}

/* All of [offset, offset + n) of the file. */
static bool read_file(struct hive *h, uint64_t offset, void *to, size_t n)
{
    uint8_t *out = to;

    while (n && !h->fatal) {
        const struct page *p = page_at(h, offset / PAGE * PAGE);
        size_t skip = offset % PAGE, some;

        if (!p)
            return false;
        if (p->n <= skip) {
            DAMAGED(h, "the file ends at byte %llu, before what it names",
                    (unsigned long long)offset);
            return false;
        }
        some = p->n - skip < n ? p->n - skip : n;
        memcpy(out, p->bytes + skip, some);
        out += some;
        offset += some;
        n -= some;
    }
    return !h->fatal;
}

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* How many bytes a cell in use has; 0 for what is none. */
static uint32_t cell_size(struct hive *h, uint32_t cell, const char *what)
{
    uint8_t raw[4];
    uint32_t size;

    if (cell % 8 || cell >= h->bins || h->bins - cell < 8) {
        DAMAGED(h, "%s at cell %#x, which is outside", what, cell);
        return 0;
    }
    if (!read_file(h, (uint64_t)BASE_SIZE + cell, raw, sizeof(raw)))
        return 0;
    size = 0 - u32(raw); // of a cell in use it is negative
    if (size >= 1u << 31 || size < 8 || size > h->bins - cell) {
        DAMAGED(h, "%s at cell %#x, which is not in use or has no size", what, cell);
        return 0;
    }
    return size - 4;
}

/* The first `n` bytes of a cell that has at least as many. */
static bool read_cell(struct hive *h, uint32_t cell, const char *what, void *to, size_t n,
                      uint32_t *ret_size)
{
    uint32_t size = cell_size(h, cell, what);

    if (size == 0)
        return false;
    if (size < n) {
        DAMAGED(h, "%s at cell %#x is too short", what, cell);
        return false;
    }
    *ret_size = size;
    return read_file(h, (uint64_t)BASE_SIZE + cell + 4, to, n);
}

/* Bytes [at, at + n) of what is in a cell. */
static bool read_in_cell(struct hive *h, uint32_t cell, uint32_t at, void *to, size_t n)
{
    return read_file(h, (uint64_t)BASE_SIZE + 4 + cell + at, to, n);
}

/* ---- names ---- */

/* Latin-1, or UTF-16LE. */
static struct sv name_of(struct hive *h, struct span raw, bool plain)
{
    auto_buf text = BUF_INIT(4 * NAME_MAX_BYTES);

    if (!plain)
        return utf16le_text(raw, h->arena);
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] < 0x80) {
            buf_char(&text, (char)raw.p[i]);
        } else {
            buf_char(&text, (char)(0xc0 | raw.p[i] >> 6));
            buf_char(&text, (char)(0x80 | (raw.p[i] & 0x3f)));
        }
    }
    return arena_copy(h->arena, buf_view(&text));
}

static bool read_name(struct hive *h, uint32_t cell, uint32_t at, size_t n, bool plain,
                      struct sv *ret)
{
    uint8_t raw[1024], *p = raw;
    struct err err;

    if (n > sizeof(raw))
        p = arena_take(h->arena, n);
    if (p && !read_in_cell(h, cell, at, p, n))
        return false;
    if (p)
        *ret = name_of(h, (struct span){p, n}, plain);
    if (arena_failed(h->arena))
        hive_fail(h, arena_error(h->arena, &err), &err);
    return !h->fatal;
}

/* ---- keys ---- */

static bool visit(struct hive *h)
{
    struct err err;

    if (h->fatal)
        return false;
    if (h->visits-- > 0)
        return true;
    h->visits = 0;
    hive_fail(h,
              ERR(&err, ERR_LIMIT_ENTRIES, "it names more keys than a file of its size can hold"),
              &err);
    return false;
}

static bool key_at(struct hive *h, uint32_t cell, struct hive_key *ret)
{
    uint8_t raw[KEY_SIZE];
    uint32_t size;
    uint16_t name;

    if (!visit(h) || !read_cell(h, cell, "a key", raw, sizeof(raw), &size))
        return false;
    name = u16(raw + 72);
    if (raw[0] != 'n' || raw[1] != 'k' || name > size - KEY_SIZE) {
        DAMAGED(h, "cell %#x should be a key and is none", cell);
        return false;
    }
    *ret = (struct hive_key){.at = cell,
                             .subkeys = u32(raw + 20),
                             .subkey_list = u32(raw + 28),
                             .values = u32(raw + 36),
                             .value_list = u32(raw + 40)};
    return read_name(h, cell, KEY_SIZE, name, u16(raw + 2) & KEY_NAME_PLAIN, &ret->name);
}

bool hive_root(struct hive *h, struct hive_key *ret)
{
    return key_at(h, h->root, ret);
}

/* The kind of a list and how many entries it has and has room for. */
static bool list_at(struct hive *h, uint32_t cell, uint8_t ret_kind[2], uint32_t *ret_count,
                    unsigned *ret_step)
{
    uint8_t raw[4];
    uint32_t size;

    if (!visit(h) || !read_cell(h, cell, "a list of keys", raw, sizeof(raw), &size))
        return false;
    memcpy(ret_kind, raw, 2);
    *ret_step = raw[1] == 'f' || raw[1] == 'h' ? 8 : 4;
    *ret_count = u16(raw + 2);
    if ((raw[0] != 'l' || (raw[1] != 'f' && raw[1] != 'h' && raw[1] != 'i')) &&
        (raw[0] != 'r' || raw[1] != 'i')) {
        DAMAGED(h, "cell %#x should be a list of keys and is none", cell);
        return false;
    }
    if (*ret_count > (size - 4) / *ret_step) {
        DAMAGED(h, "the list of keys at cell %#x is shorter than it says", cell);
        *ret_count = (size - 4) / *ret_step;
    }
    return true;
}

struct hive_keys hive_keys(struct hive *h, const struct hive_key *key)
{
    struct hive_keys keys = {0};
    uint8_t kind[2];
    uint32_t count;
    unsigned step;

    if (key->subkeys == 0 || !list_at(h, key->subkey_list, kind, &count, &step))
        return keys;
    if (kind[0] == 'r') {
        keys.outer = key->subkey_list;
        keys.outer_count = count;
    } else {
        keys.list = key->subkey_list;
        keys.count = count;
        keys.step = step;
    }
    return keys;
}

/* Go to the next list of a list of lists. */
static bool next_list(struct hive *h, struct hive_keys *k)
{
    while (k->outer_at < k->outer_count) {
        uint8_t raw[4], kind[2];

        if (!read_in_cell(h, k->outer, 4 + 4 * k->outer_at++, raw, sizeof(raw)))
            return false;
        k->list = u32(raw);
        k->at = k->count = 0;
        if (!list_at(h, k->list, kind, &k->count, &k->step))
            continue;
        if (kind[0] == 'l' && k->count)
            return true;
        if (kind[0] == 'r')
            DAMAGED(h, "the list of lists at cell %#x is inside of another", k->list);
    }
    return false;
}

bool hive_next_key(struct hive *h, struct hive_keys *k, struct hive_key *ret)
{
    while (!h->fatal) {
        uint8_t raw[4];

        if (k->at >= k->count && !next_list(h, k))
            return false;
        if (!read_in_cell(h, k->list, 4 + k->step * k->at++, raw, sizeof(raw)))
            return false;
        if (key_at(h, u32(raw), ret))
            return true;
    }
    return false;
}

static bool child(struct hive *h, const struct hive_key *key, struct sv name, struct hive_key *ret)
{
    struct hive_keys keys = hive_keys(h, key);

    while (hive_next_key(h, &keys, ret))
        if (sv_eq_nocase(ret->name, name))
            return true;
    return false;
}

bool hive_find(struct hive *h, const struct hive_key *from, struct sv path, struct hive_key *ret)
{
    struct hive_key at = *from;

    while (path.n) {
        struct hive_key next;

        if (!child(h, &at, sv_cut(&path, '\\'), &next))
            return false;
        at = next;
    }
    *ret = at;
    return true;
}

/* ---- values ---- */

static bool value_at(struct hive *h, uint32_t cell, struct hive_value *ret)
{
    uint8_t raw[VALUE_SIZE];
    uint32_t size, length;
    uint16_t name;

    if (!visit(h) || !read_cell(h, cell, "a value", raw, sizeof(raw), &size))
        return false;
    name = u16(raw + 2);
    if (raw[0] != 'v' || raw[1] != 'k' || name > size - VALUE_SIZE) {
        DAMAGED(h, "cell %#x should be a value and is none", cell);
        return false;
    }
    length = u32(raw + 4);
    *ret = (struct hive_value){.type = (enum hive_type)u32(raw + 12),
                               .size = length & ~data_inline,
                               .data = u32(raw + 8),
                               .is_inline = length & data_inline,
                               .offset = (uint64_t)BASE_SIZE + 4 + cell + 8};
    if (ret->is_inline && ret->size > 4)
        ret->size = 4;
    if (!ret->is_inline)
        ret->offset = (uint64_t)BASE_SIZE + 4 + ret->data;
    return read_name(h, cell, VALUE_SIZE, name, u16(raw + 16) & VALUE_NAME_PLAIN, &ret->name);
}

struct hive_values hive_values(const struct hive_key *key)
{
    return (struct hive_values){.list = key->value_list, .count = key->values};
}

bool hive_next_value(struct hive *h, struct hive_values *v, struct hive_value *ret)
{
    if (v->at == 0 && v->count) {
        uint32_t size = cell_size(h, v->list, "a list of values");

        if (v->count > size / 4) {
            if (size)
                DAMAGED(h, "the list of values at cell %#x is shorter than its key says", v->list);
            v->count = size / 4;
        }
    }
    while (v->at < v->count && !h->fatal) {
        uint8_t raw[4];

        if (!read_in_cell(h, v->list, 4 * v->at++, raw, sizeof(raw)))
            return false;
        if (value_at(h, u32(raw), ret))
            return true;
    }
    return false;
}

bool hive_value(struct hive *h, const struct hive_key *key, const char *name,
                struct hive_value *ret)
{
    struct hive_values values = hive_values(key);

    while (hive_next_value(h, &values, ret))
        if (sv_eq_nocase(ret->name, sv_str(name)))
            return true;
    return false;
}

/* Data of more than DATA_PIECE bytes: a list of cells. */
static size_t read_pieces(struct hive *h, uint32_t cell, uint8_t *to, size_t n)
{
    uint8_t raw[8];
    uint32_t size, list, count, at = 0;
    size_t done = 0;

    if (!read_cell(h, cell, "a list of data", raw, sizeof(raw), &size))
        return 0;
    list = u32(raw + 4);
    count = u16(raw + 2);
    size = cell_size(h, list, "a list of data");
    if (count > size / 4)
        count = size / 4;
    while (at < count && done < n) {
        size_t some = n - done < DATA_PIECE ? n - done : DATA_PIECE;

        if (!read_in_cell(h, list, 4 * at++, raw, 4) ||
            !read_cell(h, u32(raw), "a piece of data", to + done, some, &size))
            break;
        done += some;
    }
    return done;
}

struct span hive_data(struct hive *h, const struct hive_value *value)
{
    size_t n = value->size < HIVE_DATA_MAX ? value->size : HIVE_DATA_MAX;
    uint8_t *bytes, kind[2];
    uint32_t size;

    if (value->is_inline) {
        bytes = arena_take(h->arena, sizeof(uint32_t));
        for (unsigned i = 0; bytes && i < n; i++)
            bytes[i] = (uint8_t)(value->data >> 8 * i);
        return (struct span){bytes, bytes ? n : 0};
    }
    if (n == 0 || !read_cell(h, value->data, "data", kind, sizeof(kind), &size))
        return (struct span){0};
    // Memory is taken for what the file can have only.
    if (n > h->bins)
        n = (size_t)h->bins;
    bytes = arena_take(h->arena, n);
    if (!bytes)
        return (struct span){0};
    if (n > DATA_PIECE && kind[0] == 'd' && kind[1] == 'b')
        return (struct span){bytes, read_pieces(h, value->data, bytes, n)};
    if (n > size) {
        DAMAGED(h, "data at cell %#x is shorter than its value says", value->data);
        n = size;
    }
    return read_in_cell(h, value->data, 0, bytes, n) ? (struct span){bytes, n} : (struct span){0};
}

static bool is_text(const struct hive_value *value)
{
    return value->type == HIVE_SZ || value->type == HIVE_EXPAND_SZ || value->type == HIVE_MULTI_SZ;
}

struct hive_text hive_text(struct hive *h, const struct hive_value *value)
{
    struct span data;

    if (!is_text(value))
        return (struct hive_text){0};
    data = utf16_until_nul(hive_data(h, value));
    return (struct hive_text){sv_trim(utf16le_text(data, h->arena)), value->offset, data.n};
}

struct hive_texts hive_texts(struct hive *h, const struct hive_value *value)
{
    return (struct hive_texts){is_text(value) ? hive_data(h, value) : (struct span){0}};
}

bool hive_next_text(struct hive *h, struct hive_texts *texts, struct sv *ret)
{
    while (texts->rest.n > 1) {
        struct span one = utf16_until_nul(texts->rest);

        texts->rest = span_from(texts->rest, one.n + 2);
        *ret = sv_trim(utf16le_text(one, h->arena));
        if (ret->n)
            return true;
    }
    return false;
}

struct hive_text hive_get(struct hive *h, const struct hive_key *key, const char *name)
{
    struct hive_value value;

    return hive_value(h, key, name, &value) ? hive_text(h, &value) : (struct hive_text){0};
}

bool hive_get_number(struct hive *h, const struct hive_key *key, const char *name,
                     uint32_t *ret_number)
{
    struct hive_value value;
    struct span data;

    if (!hive_value(h, key, name, &value) ||
        (value.type != HIVE_DWORD && value.type != HIVE_QWORD && value.type != HIVE_BINARY))
        return false;
    data = hive_data(h, &value);
    if (data.n < 4)
        return false;
    *ret_number = u32(data.p);
    return true;
}

/* ---- the file ---- */

static bool checksum_is_right(const uint8_t *base)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < CHECKSUM; i += 4)
        sum ^= u32(base + i);
    if (sum == 0 || sum == UINT32_MAX)
        sum = sum ? UINT32_MAX - 1 : 1;
    return sum == u32(base + CHECKSUM);
}

int hive_open(struct source *bytes, struct arena *arena, struct hive **ret, struct err *err)
{
    struct hive *h;
    struct span base;

    TRY(source_read(bytes, 0, CHECKSUM + 4, arena, &base, err));
    if (base.n < CHECKSUM + 4 || memcmp(base.p, "regf", 4) != 0 || u32(base.p + FILE_TYPE) != 0)
        return HIVE_NONE;
    h = arena_take(arena, sizeof(*h));
    if (!h)
        return arena_error(arena, err);
    *h = (struct hive){
        .source = bytes,
        .arena = arena,
        .bins = bytes->size > BASE_SIZE ? bytes->size - BASE_SIZE : 0,
        .root = u32(base.p + ROOT_CELL),
        .dirty = u32(base.p + SEQUENCE_1) != u32(base.p + SEQUENCE_2),
    };
    if (h->bins < u32(base.p + BINS_SIZE))
        DAMAGED(h, "the file is shorter than it says");
    else
        h->bins = u32(base.p + BINS_SIZE);
    if (!checksum_is_right(base.p))
        DAMAGED(h, "the checksum of its header is wrong");
    h->visits = h->bins / VALUE_SIZE * VISITS + VISITS_MORE;
    if (h->visits > VISITS_MAX)
        h->visits = VISITS_MAX;
    *ret = h;
    return 0;
}
