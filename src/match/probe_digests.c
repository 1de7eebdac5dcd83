// SPDX-License-Identifier: Apache-2.0
/* What an inventory was scanned with: a digest of each test that only a scan can make. */
#include <stdlib.h>
#include <string.h>

#include "match/matcher_internal.h"
#include "trust/digest.h"

static bool is_probe(const struct test *t)
{
    // A path or name among the `with` conditions is tested on the place, which is always known.
    // Imports are kept only where an indicator of the scan asked for them.
    return matcher_is_bytes(t->pattern.field) ||
           (t->main && (t->pattern.field == FIELD_PATH || t->pattern.field == FIELD_FILE_NAME ||
                        t->pattern.field == FIELD_IMPORT));
}

/* The canonical text of a test, and of it the SHA-256. */
static void digest_test(const struct test *t, struct buf *room, char ret_hex[DIGEST_HEX_MAX])
{
    uint8_t digest[DIGEST_SHA256_SIZE];

    buf_reset(room);
    buf_str(room, "debar.probe/1\n");
    buf_str(room, field_text(t->pattern.field));
    buf_char(room, '\n');
    buf_str(room, indicator_op_text(t->pattern.op));
    buf_str(room, t->pattern.nocase ? " nocase\n" : "\n");
    if (t->pattern.field == FIELD_MAGIC)
        buf_printf(room, "%llu\n", (unsigned long long)t->indicator->offset);
    else
        buf_str(room, "0\n");
    buf_sv(room, t->pattern.value);
    digest_sha256((struct span){(const uint8_t *)room->p, room->n}, digest);
    digest_hex((struct span){digest, sizeof(digest)}, ret_hex);
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

int matcher_compile_digests(struct matcher *m, struct err *err)
{
    auto_buf room = {0};
    size_t n = 0, kept = 0;

    m->digests = arena_take_array(&m->arena, m->test_count + 1, sizeof(*m->digests));
    if (!m->digests)
        return arena_error(&m->arena, err);
    for (size_t i = 0; i < m->test_count; i++) {
        char hex[DIGEST_HEX_MAX];

        if (!is_probe(&m->tests[i]))
            continue;
        digest_test(&m->tests[i], &room, hex);
        m->digests[n++] = arena_copy(&m->arena, sv_str(hex));
    }
    if (!buf_ok(&room))
        return ERR(err, ERR_NOMEM, "no memory for the digests of indicators");
    if (arena_failed(&m->arena))
        return arena_error(&m->arena, err);
    if (n)
        qsort(m->digests, n, sizeof(*m->digests), by_text);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !sv_eq(m->digests[kept - 1], m->digests[i]))
            m->digests[kept++] = m->digests[i];
    m->digest_count = kept;
    return 0;
}

const struct sv *matcher_probe_digests(const struct matcher *m, size_t *ret_count)
{
    *ret_count = m->digest_count;
    return m->digests;
}

static int by_indicator_id(const void *a, const void *b)
{
    const struct indicator *const *x = a, *const *y = b;

    return sv_cmp((*x)->id, (*y)->id);
}

/* Whether all digests stand in another sorted list. */
static bool all_recorded(const struct matcher *m, const struct sv *sorted, size_t count)
{
    size_t at = 0;

    for (size_t i = 0; i < m->digest_count; i++) {
        while (at < count && sv_cmp(sorted[at], m->digests[i]) < 0)
            at++;
        if (at == count || !sv_eq(sorted[at], m->digests[i]))
            return false;
    }
    return true;
}

int matcher_unknown(const struct matcher *m, const struct sv *recorded, size_t recorded_count,
                    matcher_unknown_fn *each, void *to, struct err *err)
{
    auto_free struct sv *sorted = calloc(recorded_count + 1, sizeof(*sorted));
    auto_free const struct indicator **unknown = calloc(m->test_count + 1, sizeof(const void *));
    auto_buf room = {0};
    size_t n = 0;

    if (!sorted || !unknown)
        return ERR(err, ERR_NOMEM, "no memory to compare with a recorded inventory");
    if (recorded_count)
        memcpy(sorted, recorded, recorded_count * sizeof(*sorted));
    qsort(sorted, recorded_count, sizeof(*sorted), by_text);
    if (all_recorded(m, sorted, recorded_count))
        return 0;
    for (size_t i = 0; i < m->test_count; i++) {
        char hex[DIGEST_HEX_MAX];
        struct sv key;

        if (!is_probe(&m->tests[i]))
            continue;
        digest_test(&m->tests[i], &room, hex);
        key = sv_str(hex);
        if (!bsearch(&key, sorted, recorded_count, sizeof(*sorted), by_text))
            unknown[n++] = m->tests[i].indicator;
    }
    if (!buf_ok(&room))
        return ERR(err, ERR_NOMEM, "no memory to compare with a recorded inventory");
    qsort(unknown, n, sizeof(const void *), by_indicator_id);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || unknown[i] != unknown[i - 1])
            each(to, unknown[i]);
    return 0;
}
