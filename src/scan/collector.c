// SPDX-License-Identifier: Apache-2.0
#include "scan/collector.h"

#include "base/clock.h"

void collector_init(struct collector *c, struct store *store, const struct rules *rules,
                    atomic_bool *cancel, struct scan_progress *progress)
{
    *c = (struct collector){.lock = PTHREAD_MUTEX_INITIALIZER,
                            .store = store,
                            .exceptions = rules->exceptions,
                            .exception_count = rules->exception_count,
                            .today = clock_now_ns() / (INT64_C(86400) * NS_PER_S),
                            .cancel = cancel,
                            .progress = progress};
}

void collector_check(struct collector *c, int result, const struct err *err)
{
    if (result >= 0 || c->failed)
        return;
    c->failed = true;
    c->failure = *err;
    atomic_store(c->cancel, true);
}

void collector_fail(struct collector *c, const struct err *why)
{
    (void)pthread_mutex_lock(&c->lock);
    collector_check(c, -(int)why->code, why);
    (void)pthread_mutex_unlock(&c->lock);
}

void collector_add(struct collector *c, const struct occurrence *o, struct store_origin origin)
{
    struct err err;

    (void)pthread_mutex_lock(&c->lock);
    collector_check(c, store_add(c->store, o, origin, &err), &err);
    (void)pthread_mutex_unlock(&c->lock);
    atomic_fetch_add_explicit(&c->progress->components, 1, memory_order_relaxed);
}

static bool is_accepted(const struct collector *c, const struct unexamined *gap, struct sv sha256)
{
    for (size_t i = 0; i < c->exception_count; i++)
        if (exception_accepts_gap(&c->exceptions[i], gap, sha256, c->today) == EXCEPTION_YES)
            return true;
    return false;
}

bool collector_asks_digest(const struct collector *c, const struct unexamined *gap)
{
    for (size_t i = 0; i < c->exception_count; i++) {
        const struct exception *e = &c->exceptions[i];

        if (e->gap_sha256.n &&
            exception_accepts_gap(e, gap, e->gap_sha256, c->today) == EXCEPTION_YES)
            return true;
    }
    return false;
}

void collector_unexamined(struct collector *c, struct sv place, enum coverage_reason reason,
                          const char *detail)
{
    const struct unexamined gap = {.place = place, .reason = reason, .detail = sv_str(detail)};

    (void)collector_gap(c, &gap, (struct sv){0}, STORE_NOWHERE); // it is in the account either way
}

bool collector_gap(struct collector *c, const struct unexamined *gap, struct sv sha256,
                   struct store_origin origin)
{
    struct err err;
    bool accepted;

    (void)pthread_mutex_lock(&c->lock);
    c->coverage.seen++;
    accepted = is_accepted(c, gap, sha256);
    if (accepted) {
        c->coverage.skipped[RULE_ACCEPTED]++;
    } else {
        c->coverage.unexamined++;
        c->coverage.by_reason[gap->reason]++;
        collector_check(c, store_add_unexamined(c->store, gap, origin, &err), &err);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return accepted;
}

void collector_count(struct collector *c, const struct coverage *more)
{
    (void)pthread_mutex_lock(&c->lock);
    c->coverage.examined += more->examined;
    c->coverage.bytes += more->bytes;
    c->coverage.seen += more->examined + more->unexamined;
    c->coverage.unexamined += more->unexamined;
    c->coverage.unchanged += more->unchanged;
    for (int i = 0; i < REASON_COUNT_; i++)
        c->coverage.by_reason[i] += more->by_reason[i];
    for (int i = 0; i < RULE_COUNT_; i++) {
        c->coverage.skipped[i] += more->skipped[i];
        c->coverage.seen += more->skipped[i];
    }
    (void)pthread_mutex_unlock(&c->lock);
}

enum coverage_reason reason_of(const struct err *err)
{
    switch (err->code) {
    case ERR_DENIED:
        return REASON_DENIED;
    case ERR_GONE:
        return REASON_VANISHED;
    case ERR_FORMAT:
        return REASON_DAMAGED;
    case ERR_UNSUPPORTED:
        return REASON_UNSUPPORTED;
    case ERR_ENCRYPTED:
        return REASON_ENCRYPTED;
    case ERR_NOMEM:
    case ERR_LIMIT:
        return REASON_LIMIT_BYTES;
    case ERR_LIMIT_DEPTH:
        return REASON_LIMIT_DEPTH;
    case ERR_LIMIT_RATIO:
        return REASON_LIMIT_RATIO;
    case ERR_LIMIT_ENTRIES:
        return REASON_LIMIT_ENTRIES;
    case ERR_LIMIT_TIME:
        return REASON_LIMIT_TIME;
    case ERR_CANCELLED:
        return REASON_INTERRUPTED;
    case ERR_CONFLICT:
    case ERR_USAGE:
    case ERR_IO:
    case ERR_COUNT_:
    default:
        return REASON_IO_ERROR;
    }
}
