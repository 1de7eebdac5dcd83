// SPDX-License-Identifier: Apache-2.0
#include "remedy/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/starved.h"

#define EDIT(name) extern const struct edit edit_##name;
#include "edits.inc"
#undef EDIT

const struct edit *const edits[] = {
#define EDIT(name) &edit_##name,
#include "edits.inc"
#undef EDIT
    NULL,
};

enum {
    SPLICES_FIRST = 16,
    ARENA_TIMES = 8, /* memory for a file's own bytes, decoded, and for what is noted of them */
    ARENA_MORE = 4 << 20,
};

const struct edit *edit_named(struct sv name)
{
    for (size_t i = 0; edits[i]; i++)
        if (sv_eq(name, sv_str(edits[i]->name)))
            return edits[i];
    return NULL;
}

/* ---- splices ---- */

static void add(struct edit_run *run, struct edit_splice splice)
{
    if (run->count == run->room) {
        size_t room = run->room ? 2 * run->room : SPLICES_FIRST;
        struct edit_splice *more = arena_take_array(run->arena, room, sizeof(*more));

        if (!more)
            return; // the arena remembers
        if (run->count)
            memcpy(more, run->splices, run->count * sizeof(*more));
        run->splices = more;
        run->room = room;
    }
    run->splices[run->count++] = splice;
}

void edit_replace(struct edit_run *run, struct sv part, struct sv text)
{
    bug_if(part.p < run->text.p || part.p + part.n > run->text.p + run->text.n);
    add(run, (struct edit_splice){(size_t)(part.p - run->text.p), part.n, text});
}

void edit_cut(struct edit_run *run, struct sv part)
{
    if (part.n)
        edit_replace(run, part, (struct sv){0});
}

void edit_put(struct edit_run *run, size_t at, struct sv text)
{
    if (text.n)
        edit_replace(run, (struct sv){run->text.p + at, 0}, text);
}

static int by_place(const void *a, const void *b)
{
    const struct edit_splice *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

int edit_write(struct edit_run *run, struct buf *after, struct err *err)
{
    size_t done = 0, start = after->n;

    if (run->count == 0)
        return EDIT_NOTHING;
    qsort(run->splices, run->count, sizeof(*run->splices), by_place);
    for (size_t i = 0; i < run->count; i++) {
        const struct edit_splice *s = &run->splices[i];

        if (s->at > done) {
            buf_bytes(after, run->before.p + done, s->at - done);
            done = s->at;
        }
        buf_sv(after, s->put);
        if (s->at + s->cut > done)
            done = s->at + s->cut;
    }
    buf_bytes(after, run->before.p + done, run->before.n - done);
    if (!buf_ok(after))
        return ERR(err, ERR_LIMIT, "the file after the edit is larger than allowed");
    if (after->n - start == run->before.n &&
        (run->before.n == 0 || memcmp(after->p + start, run->before.p, run->before.n) == 0)) {
        after->n = start;
        return EDIT_NOTHING;
    }
    return 0;
}

/* ---- one edit ---- */

static int run_edit(const struct edit *edit, struct edit_run *run, struct buf *after,
                    struct err *err)
{
    int result;

    (void)starved_take();
    result = edit->find ? edit->find(run, err) : edit->rewrite(run, after, err);
    if (starved_take() && (result >= 0 || result == -ERR_FORMAT))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(result);
    if (arena_failed(run->arena))
        return arena_error(run->arena, err);
    if (!buf_ok(after))
        return ERR(err, ERR_LIMIT, "the file after the edit is larger than allowed");
    return edit->find ? edit_write(run, after, err) : result;
}

int edit_apply(struct sv name, struct span before, struct sv key, struct buf *after,
               struct err *err)
{
    const struct edit *edit = edit_named(name);
    struct edit_run run = {.before = before, .text = sv_of(before), .key = key};
    auto_arena arena = {0};
    size_t start = after->n;
    int result;

    if (!edit)
        return ERR(err, ERR_USAGE, "there is no edit '%.*s'", (int)name.n, name.p);
    if (key.n == 0 || key.n > EDIT_KEY_MAX || memchr(key.p, '\0', key.n))
        return ERR(err, ERR_USAGE, "%s: the key, %s, is empty, too long or has a NUL", edit->name,
                   edit->key);
    if (before.n > EDIT_FILE_MAX)
        return ERR(err, ERR_LIMIT, "%s: a file of more than %d MiB", edit->name,
                   EDIT_FILE_MAX >> 20);
    arena_init(&arena, ARENA_TIMES * before.n + ARENA_MORE);
    run.arena = &arena;
    result = run_edit(edit, &run, after, err);
    if (result != 0 && buf_ok(after))
        after->n = start;
    return result < 0 ? err_wrap(err, result, "%s", edit->name) : result;
}

/* ---- lines ---- */

bool edit_next_line(struct sv *rest, struct edit_line *ret)
{
    struct sv line = *rest;

    if (rest->n == 0)
        return false;
    ret->text = sv_trim(sv_line(rest));
    ret->whole = (struct sv){line.p, line.n - rest->n};
    return true;
}

struct sv edit_line_end(struct sv text)
{
    size_t end = sv_find(text, SV("\n"));

    return end != SIZE_MAX && end > 0 && text.p[end - 1] == '\r' ? SV("\r\n") : SV("\n");
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

struct sv edit_word(struct sv *line)
{
    struct sv rest = sv_trim(*line), word = rest;

    word.n = 0;
    while (word.n < rest.n && !is_space(rest.p[word.n]))
        word.n++;
    *line = sv_trim(sv_from(rest, word.n));
    return word;
}

int edit_check_text(const struct edit_run *run, const char *what, struct err *err)
{
    if (run->text.n && memchr(run->text.p, '\0', run->text.n))
        return ERR(err, ERR_FORMAT, "the file is no text, and should be %s", what);
    return 0;
}
