// SPDX-License-Identifier: Apache-2.0
#include "match/examples.h"

#include <string.h>

#include "match/matcher_internal.h"

enum {
    PADDING_MAX = 1 << 20, /* bytes before a magic example */
};

struct trial {
    const struct matcher *matcher;
    struct matcher_scratch *scratch;
    const struct indicator *indicator;
    bool found;
};

/* Whether the indicator is among what a component with this one field hits. */
static void look(struct trial *t, enum field_key key, struct sv value)
{
    t->scratch->candidate_count = 0;
    matcher_look(t->matcher, t->scratch, key, value, 0);
    for (size_t i = 0; i < t->scratch->candidate_count; i++)
        t->found |= t->matcher->tests[t->scratch->candidates[i].test].indicator == t->indicator;
}

static void note_seen(void *to, const struct matcher_seen *seen)
{
    struct trial *t = to;
    const struct indicator *in = t->indicator;

    if (seen->field != in->test.field || (seen->field == FIELD_MAGIC && seen->offset != in->offset))
        return;
    look(t, seen->field, seen->value);
}

static int try_bytes(struct trial *t, struct sv value, struct err *err)
{
    auto_buf bytes = {0};

    for (uint64_t i = 0; t->indicator->test.field == FIELD_MAGIC && i < t->indicator->offset; i++)
        buf_char(&bytes, '\0');
    buf_sv(&bytes, value);
    if (!buf_ok(&bytes) || bytes.n > PADDING_MAX)
        return ERR(err, ERR_LIMIT, "indicator '%.*s': an example of %zu bytes",
                   (int)t->indicator->id.n, t->indicator->id.p, bytes.n);
    return matcher_probe_bytes(t->matcher, t->scratch,
                               (struct span){(const uint8_t *)bytes.p, bytes.n}, note_seen, t, err);
}

static void note_path(void *to, const struct matcher_path *path)
{
    struct trial *t = to;

    if (path->field == t->indicator->test.field && path->prefix == 0)
        t->found = true;
}

/* A path must be wanted by some indicator, and then hit this one. */
static int try_path(struct trial *t, struct sv value, struct err *err)
{
    auto_buf path = {0};
    bool wanted;

    if (t->indicator->test.field == FIELD_FILE_NAME)
        buf_str(&path, "/folder/");
    buf_sv(&path, value);
    if (!buf_ok(&path))
        return ERR(err, ERR_NOMEM, "no memory for an example");
    TRY(matcher_probe_path(t->matcher, t->scratch, buf_view(&path), note_path, t, err));
    wanted = t->found;
    t->found = false;
    look(t, t->indicator->test.field, value);
    t->found &= wanted;
    return 0;
}

static int try_value(struct trial *t, struct sv value, struct err *err)
{
    const struct condition *c = &t->indicator->test;

    t->found = false;
    switch ((int)c->field) {
    case FIELD_MAGIC:
    case FIELD_LITERAL:
        return try_bytes(t, value, err);
    case FIELD_PATH:
    case FIELD_FILE_NAME:
        return try_path(t, value, err);
    default:
        look(t, c->publisher_family ? FIELD_SUPPLIER : c->field, value);
        return 0;
    }
}

int examples_run(const struct matcher *m, const struct catalogue *catalogue, struct buf *problems,
                 size_t *ret_run, size_t *ret_failed, struct err *err)
{
    auto_matcher_scratch *scratch = NULL;
    size_t run = 0, failed = 0;

    TRY(matcher_scratch_new(m, &scratch, err));
    TRY(matcher_scratch_fill(scratch, err));
    for (size_t i = 0; i < catalogue->indicator_count; i++) {
        const struct indicator *in = &catalogue->indicators[i];
        struct trial t = {.matcher = m, .scratch = scratch, .indicator = in};

        for (size_t k = 0; k < in->hit_count + in->miss_count; k++) {
            bool hit = k < in->hit_count;
            struct sv value = hit ? in->hits[k] : in->misses[k - in->hit_count];

            TRY(try_value(&t, value, err));
            run++;
            if (t.found == hit)
                continue;
            failed++;
            buf_printf(problems, "%.*s:%u: indicator '%.*s': '%.*s' stands under '%s' but %s\n",
                       (int)catalogue->file.n, catalogue->file.p, in->line, (int)in->id.n, in->id.p,
                       (int)value.n, value.p, hit ? "hit" : "miss",
                       hit ? "is not matched" : "is matched");
        }
    }
    *ret_run = run;
    *ret_failed = failed;
    return 0;
}
