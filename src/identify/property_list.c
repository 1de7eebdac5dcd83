// SPDX-License-Identifier: Apache-2.0
/*
 * A binary list is "bplist00", objects, a table of the objects' offsets, and 32 bytes that say how
 * wide offsets and references are and where the table is. An object is a marker, kind and length in
 * one byte, or length 15 and the true length in the integer that follows; arrays and dictionaries
 * hold references: numbers of objects.
 * Format: CFBinaryPList.c of CoreFoundation.
 */
#include "identify/property_list.h"

#include <stdlib.h>

#include <plist/plist.h>

#include "base/clock.h"
#include "base/json.h"

enum {
    DEPTH_MAX = 128,
    WORK_MAX = 1 << 20,    /* objects after copying, and references looked at */
    COPIED_MAX = 64 << 20, /* bytes of texts and data after copying */
    TRAILER_SIZE = 32,
};

/* From the epoch of property lists, 2001-01-01, to 1970. */
#define EPOCH_S INT64_C(978307200)

static plist_t in(const struct property *p)
{
    return (plist_t)(uintptr_t)p; // libplist knows no const
}

/* ---- how large a binary list becomes ---- */

struct binary {
    struct span bytes;
    uint64_t count, table;
    unsigned offset_size, ref_size;
    uint32_t *size; /* of each object after copying; 0: not known yet */
    uint64_t *copied;
    uint64_t work;
};

static uint64_t number(struct reader *r, unsigned bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | reader_u8(r);
    return value;
}

static bool measure(struct binary *b, uint64_t object, unsigned depth);

/* The objects that an array or dictionary refers to. */
static bool measure_references(struct binary *b, uint64_t object, struct reader r, uint64_t count,
                               unsigned depth)
{
    uint64_t size = 1, copied = 0;

    if (count > r.rest.n / b->ref_size)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t other = number(&r, b->ref_size);

        if (++b->work > WORK_MAX || other >= b->count || !measure(b, other, depth + 1))
            return false;
        size += b->size[other];
        copied += b->copied[other];
        if (size > WORK_MAX || copied > COPIED_MAX)
            return false;
    }
    b->size[object] = (uint32_t)size;
    b->copied[object] = copied;
    return true;
}

/* False for an object that is damaged, refers to itself, is nested too deep or becomes too large.
 */
static bool measure(struct binary *b, uint64_t object, unsigned depth)
{
    struct reader r =
        reader_over(span_from(b->bytes, (size_t)(b->table + object * b->offset_size)));
    uint64_t offset, length;
    uint8_t marker;

    if (b->size[object])
        return true;
    if (depth > DEPTH_MAX)
        return false; // also an object that holds itself
    offset = number(&r, b->offset_size);
    if (!reader_ok(&r) || offset >= b->bytes.n)
        return false;
    r = reader_over(span_from(b->bytes, (size_t)offset));
    marker = reader_u8(&r);
    length = marker & 0xf;
    if (marker >> 4 >= 4 && length == 0xf) {
        uint8_t integer = reader_u8(&r);

        if (integer >> 4 != 1 || (integer & 0xf) > 3)
            return false;
        length = number(&r, 1u << (integer & 0xf));
    }
    switch (marker >> 4) {
    case 0xa: // array
    case 0xc: // set
        return measure_references(b, object, r, length, depth);
    case 0xd: // dictionary: keys, then values
        return length <= b->count * 2 && measure_references(b, object, r, 2 * length, depth);
    default: // what is no container is copied as it is
        b->size[object] = 1;
        b->copied[object] = length < b->bytes.n ? 2 * length : 0;
        return true;
    }
}

static bool binary_is_sane(struct span bytes, struct arena *arena)
{
    struct binary b = {.bytes = bytes};
    struct reader r;
    uint64_t root;

    if (bytes.n < 8 + TRAILER_SIZE)
        return false;
    r = reader_over(span_from(bytes, bytes.n - TRAILER_SIZE + 6));
    b.offset_size = reader_u8(&r);
    b.ref_size = reader_u8(&r);
    b.count = reader_u64be(&r);
    root = reader_u64be(&r);
    b.table = reader_u64be(&r);
    if (b.offset_size == 0 || b.offset_size > 8 || b.ref_size == 0 || b.ref_size > 8 ||
        b.count == 0 || b.count > bytes.n || b.table > bytes.n ||
        b.count * b.offset_size > bytes.n - b.table || root >= b.count)
        return false;
    b.size = arena_take_array(arena, (size_t)b.count, sizeof(*b.size));
    b.copied = arena_take_array(arena, (size_t)b.count, sizeof(*b.copied));
    return b.size && b.copied && measure(&b, root, 0);
}

/* ---- how deep an XML list goes ---- */

/* Cut off all up to and including `end`. */
static bool skip_past(struct sv *rest, struct sv end)
{
    size_t at = sv_find(*rest, end);

    if (at == SIZE_MAX)
        return false;
    *rest = sv_from(*rest, at + end.n);
    return true;
}

static bool xml_is_sane(struct sv text)
{
    unsigned depth = 0;

    while (skip_past(&text, SV("<"))) {
        if (sv_starts(text, SV("!--"))) {
            if (!skip_past(&text, SV("-->")))
                return false;
        } else if (sv_starts(text, SV("![CDATA["))) {
            if (!skip_past(&text, SV("]]>")))
                return false;
        } else if (sv_starts(text, SV("?")) || sv_starts(text, SV("!"))) {
            // <?xml …?> and <!DOCTYPE …>; libplist knows no entities but the five of XML.
        } else if (sv_starts(text, SV("/"))) {
            depth -= depth > 0;
        } else {
            struct sv tag = sv_cut(&text, '>');

            if (!sv_ends(tag, SV("/")) && ++depth > DEPTH_MAX)
                return false;
        }
    }
    return true;
}

/* ---- reading ---- */

static bool is_binary(struct span head)
{
    return sv_starts(sv_of(head), SV("bplist0"));
}

bool property_list_is(struct span head)
{
    struct sv text = sv_of(head);

    if (sv_starts(text, SV("\xef\xbb\xbf")))
        text = sv_from(text, 3);
    text = sv_trim(text);
    return is_binary(head) || sv_starts(text, SV("<?xml")) ||
           sv_starts(text, SV("<!DOCTYPE plist")) || sv_starts(text, SV("<plist"));
}

int property_list_parse(struct span bytes, struct arena *arena, struct property **ret_root,
                        struct err *err)
{
    struct sv text = sv_of(bytes);
    plist_t root = NULL;

    if (bytes.n > PROPERTY_LIST_MAX)
        return ERR(err, ERR_LIMIT, "a property list of more than %d MiB", PROPERTY_LIST_MAX >> 20);
    if (is_binary(bytes)) {
        if (!binary_is_sane(bytes, arena))
            return ERR(err, ERR_FORMAT, "a binary property list that is damaged or a trap");
        plist_from_bin((const char *)bytes.p, (uint32_t)bytes.n, &root);
    } else {
        if (sv_starts(text, SV("\xef\xbb\xbf")))
            text = sv_from(text, 3);
        text = sv_trim(text);
        if (!xml_is_sane(text))
            return ERR(err, ERR_FORMAT, "an XML property list that is damaged or too deep");
        plist_from_xml(text.p, (uint32_t)text.n, &root);
    }
    if (!root)
        return ERR(err, ERR_FORMAT, "not a property list");
    *ret_root = root;
    return 0;
}

void property_free(struct property *root)
{
    if (root)
        plist_free(root);
}

void property_auto_free(struct property **root)
{
    property_free(*root);
    *root = NULL;
}

bool property_is_dict(const struct property *p)
{
    return p && plist_get_node_type(in(p)) == PLIST_DICT;
}

static bool is_array(const struct property *p)
{
    return p && plist_get_node_type(in(p)) == PLIST_ARRAY;
}

const struct property *property_get(const struct property *dict, const char *key)
{
    return property_is_dict(dict) ? plist_dict_get_item(in(dict), key) : NULL;
}

size_t property_count(const struct property *array)
{
    return is_array(array) ? plist_array_get_size(in(array)) : 0;
}

const struct property *property_at(const struct property *array, size_t i)
{
    return i < property_count(array) ? plist_array_get_item(in(array), (uint32_t)i) : NULL;
}

void property_each(const struct property *dict, property_member *member, void *to)
{
    plist_dict_iter at = NULL;
    plist_t value = NULL;
    char *key = NULL;

    if (!property_is_dict(dict))
        return;
    plist_dict_new_iter(in(dict), &at);
    for (;;) {
        plist_dict_next_item(in(dict), at, &key, &value);
        if (!value)
            break;
        member(to, sv_str(key), value);
        free(key);
        key = NULL;
    }
    free(at);
}

struct span property_data(const struct property *p)
{
    uint64_t n = 0;
    const char *bytes =
        p && plist_get_node_type(in(p)) == PLIST_DATA ? plist_get_data_ptr(in(p), &n) : NULL;

    return bytes ? (struct span){(const uint8_t *)bytes, (size_t)n} : (struct span){0};
}

struct sv property_text(const struct property *p)
{
    uint64_t n = 0;
    const char *text =
        p && plist_get_node_type(in(p)) == PLIST_STRING ? plist_get_string_ptr(in(p), &n) : NULL;

    return text ? (struct sv){text, (size_t)n} : (struct sv){0};
}

struct sv property_get_text(const struct property *dict, const char *key)
{
    return property_text(property_get(dict, key));
}

int64_t property_date_ns(const struct property *p)
{
    int32_t s = 0, us = 0;

    if (!p || plist_get_node_type(in(p)) != PLIST_DATE)
        return 0;
    plist_get_date_val(in(p), &s, &us);
    return (s + EPOCH_S) * NS_PER_S;
}

static void write_members(const struct property *dict, struct json_writer *w)
{
    plist_dict_iter at = NULL;
    plist_t value = NULL;
    char *key = NULL;

    json_object(w);
    plist_dict_new_iter(in(dict), &at);
    for (;;) {
        plist_dict_next_item(in(dict), at, &key, &value);
        if (!value)
            break;
        json_key_sv(w, sv_str(key));
        property_write_json(value, w);
        free(key);
        key = NULL;
    }
    free(at);
    json_end(w);
}

static void write_elements(const struct property *array, struct json_writer *w)
{
    plist_array_iter at = NULL;
    plist_t value = NULL;

    json_array(w);
    plist_array_new_iter(in(array), &at);
    for (;;) {
        plist_array_next_item(in(array), at, &value);
        if (!value)
            break;
        property_write_json(value, w);
    }
    free(at);
    json_end(w);
}

void property_write_json(const struct property *p, struct json_writer *w)
{
    uint64_t n = 0;
    uint8_t yes = 0;

    switch (p && w->depth < JSON_DEPTH_MAX ? plist_get_node_type(in(p)) : PLIST_NONE) {
    case PLIST_DICT:
        write_members(p, w);
        break;
    case PLIST_ARRAY:
        write_elements(p, w);
        break;
    case PLIST_STRING:
        json_string(w, property_text(p));
        break;
    case PLIST_BOOLEAN:
        plist_get_bool_val(in(p), &yes);
        json_bool(w, yes);
        break;
    case PLIST_UINT:
        plist_get_uint_val(in(p), &n);
        json_u64(w, n);
        break;
    case PLIST_REAL:
    case PLIST_DATE:
    case PLIST_DATA:
    case PLIST_KEY:
    case PLIST_UID:
    case PLIST_NONE:
    default:
        json_null(w);
        break;
    }
}

struct span property_locate(struct span bytes, struct sv text)
{
    struct span first = bytes;
    size_t from = 0, at;

    if (text.n == 0)
        return bytes;
    while ((at = sv_find(sv_from(sv_of(bytes), from), text)) != SIZE_MAX) {
        struct span found = {span_from(bytes, from + at).p, text.n};
        struct span after = span_from(bytes, from + at + text.n);

        if (first.n != text.n)
            first = found;
        // In XML the whole of an element, not a part of a longer text.
        if (from + at > 0 && bytes.p[from + at - 1] == '>' && after.n && after.p[0] == '<')
            return found;
        from += at + 1;
    }
    return first;
}
