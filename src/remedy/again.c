// SPDX-License-Identifier: Apache-2.0
/* What state a removal is in, by looking again. */
#include "remedy/act_internal.h"
#include "remedy/verify.h"

static void keep_first(void *to, const struct drift *d)
{
    struct buf *first = to;

    if (first->n == 0)
        buf_printf(first, "%.*s: %s", (int)d->subject.n, d->subject.p, d->text);
}

int removal_verify(struct removal *r, struct err *err)
{
    const struct verify_request request = {
        .plan = &r->plan, .root_fd = r->root_fd, .proc = r->o.proc};
    auto_buf first = {0};
    struct verified v;
    int result = verify_plan(&request, keep_first, &first, &v, err);

    if (result == 0 && (v.drifts || v.unseen))
        result =
            removal_set_state(r, v.drifts ? JOURNAL_REMAINING : JOURNAL_UNVERIFIED, err,
                              "%zu of %zu things that were looked at: %s",
                              v.drifts ? v.drifts : v.unseen, v.looked_at, first.p ? first.p : "");
    else if (result == 0)
        result = removal_set_state(r, JOURNAL_REMOVED, err, "%s", "");
    return result;
}
