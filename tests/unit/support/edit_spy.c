// SPDX-License-Identifier: Apache-2.0
#include "support/edit_spy.h"

#include <stdlib.h>
#include <string.h>

enum {
    POINTS = 150, /* bytes of a sample at which it is damaged */
};

static int run(const char *edit, struct sv key, struct sv before, struct buf *after,
               struct err *err)
{
    uint8_t *copy = malloc(before.n ? before.n : 1);
    int result;

    if (before.n)
        memcpy(copy, before.p, before.n);
    *err = (struct err){0};
    result = edit_apply(sv_str(edit), (struct span){copy, before.n}, key, after, err);
    free(copy);
    return result;
}

/* Whether all of `part` stands in `whole` in its order. */
static bool stands_in(struct sv part, struct sv whole)
{
    size_t at = 0;

    for (size_t i = 0; i < whole.n && at < part.n; i++)
        at += whole.p[i] == part.p[at];
    return at == part.n;
}

static void check_damaged(const char *edit, struct sv key, struct sv bytes)
{
    auto_buf after = {0}, again = {0};
    struct err err;
    int r = run(edit, key, bytes, &after, &err);

    if (r < 0 && (-r != (int)err.code || !err.text[0]))
        fail_msg("%s: fails with %d and says '%s'", edit, r, err.text);
    if (r != 0 && after.n)
        fail_msg("%s: answers %d and writes %zu bytes", edit, r, after.n);
    if (r == 0 && strncmp(edit, "drop-", 5) == 0 && edit_named(sv_str(edit))->find &&
        !stands_in(buf_view(&after), bytes))
        fail_msg("%s: adds or moves bytes", edit);
    if (r == 0 && run(edit, key, buf_view(&after), &again, &err) != EDIT_NOTHING)
        fail_msg("%s: what it made of %.*s it changes again or cannot read: %s, %s", edit,
                 (int)bytes.n, bytes.p, after.p, again.p ? again.p : err.text);
}

static void check_damage(const char *edit, struct sv key, struct sv before)
{
    size_t step = 1 + before.n / POINTS;
    auto_buf copy = {0};

    buf_sv(&copy, before);
    for (size_t at = 0; at < before.n; at += step) {
        check_damaged(edit, key, (struct sv){before.p, at});
        copy.p[at] = (char)~before.p[at];
        check_damaged(edit, key, buf_view(&copy));
        copy.p[at] = (char)(before.p[at] ^ 1 << at % 8);
        check_damaged(edit, key, buf_view(&copy));
        copy.p[at] = before.p[at];
    }
}

void assert_edit(const char *why, const char *edit, const char *key, struct sv before,
                 const struct buf *after)
{
    auto_buf got = {0}, again = {0};
    struct err err;
    int r = run(edit, sv_str(key), before, &got, &err);

    if (r < 0)
        fail_msg("%s: %s: %s", edit, why, err.text);
    if (r != (after ? 0 : EDIT_NOTHING))
        fail_msg("%s: %s: answers %d: %s", edit, why, r, got.p ? got.p : "");
    if (after && !sv_eq(buf_view(&got), buf_view(after)))
        fail_msg("%s: %s: got '%s'", edit, why, got.p ? got.p : "");
    if (after && run(edit, sv_str(key), buf_view(&got), &again, &err) != EDIT_NOTHING)
        fail_msg("%s: %s: not idempotent: '%s'", edit, why, again.p ? again.p : err.text);
    check_damage(edit, sv_str(key), before);
}

void assert_edits(const char *edit, const char *key, const struct edit_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        auto_buf want = {0};

        buf_str(&want, cases[i].after ? cases[i].after : "");
        assert_edit(cases[i].why, edit, key, sv_str(cases[i].before),
                    cases[i].after ? &want : NULL);
    }
}

void assert_edit_fails_on(const char *edit, const char *key, struct sv before, enum err_code code)
{
    auto_buf got = {0};
    struct err err;
    int r = run(edit, sv_str(key), before, &got, &err);

    if (r != -(int)code || !err.text[0] || got.n)
        fail_msg("%s: answers %d: '%s'", edit, r, r < 0 ? err.text : got.p ? got.p : "");
}
