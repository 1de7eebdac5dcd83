// SPDX-License-Identifier: Apache-2.0
/*
 * What the reports for people say: counts of a scan and the sentences made from them. Two formats
 * never tell the same fact in different words. Nothing here is coloured, escaped or wrapped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/scan_view.h"

/* What a finding is to the verdict. Every finding is in exactly one group. */
enum finding_group {
    GROUP_COUNTS,   /* covered, not excepted, probable or confirmed */
    GROUP_EXCEPTED, /* would count, but an exception stands */
    GROUP_OUTSIDE,  /* a vendor's product that none of the orders covers */
    GROUP_TRACE,    /* not sure enough to be more than a hint */
    GROUP_COUNT_,
};

enum finding_group finding_group(const struct finding *f);
const char *finding_group_title(enum finding_group group);
const char *finding_group_note(enum finding_group group); /* what it means, one sentence */

/* The exception that ran out and so lets this finding count; NULL when there is none. */
const struct finding_order *finding_lapsed(const struct finding *f);

struct order_tally {
    uint64_t open, excepted, outside, trace;
};

enum {
    TALLY_NAMES = 3,
    TALLY_NAME_MAX = 120,
};

struct tally {
    uint64_t findings, unexamined;
    uint64_t group[GROUP_COUNT_];
    uint64_t ranks[GROUP_COUNT_][CONFIDENCE_CONFIRMED + 1][STATE_COUNT_];
    uint64_t confirmed, probable; /* of those that count */
    struct order_tally *orders;   /* as many as the view has orders */

    /* The first names of those that count, each once, cut to a length. */
    char names[TALLY_NAMES][TALLY_NAME_MAX];
    size_t name_count;
    uint64_t other_names; /* findings with a name that is not among them */
    int64_t since_day;    /* the earliest known installation; INT64_MIN when none is known */
    uint64_t since_known;
};

#define auto_tally __attribute__((cleanup(tally_clear))) struct tally

/*
 * The findings of one group, the surest first and of these the most present; otherwise in the order
 * of the view.
 */
int tally_each(const struct tally *t, const struct scan_view *view, enum finding_group group,
               int (*each)(void *to, const struct finding *f, struct err *err), void *to,
               struct err *err) MUST_USE;

/* Count the findings of a view. */
int tally_take(const struct scan_view *view, struct tally *ret, struct err *err) MUST_USE;
void tally_clear(struct tally *t);

/* ---- words ---- */

/* 312456 as "312,456". */
void say_number(struct buf *to, uint64_t n);

/* "1 finding", "2 findings": `many` is NULL for one plus "s". */
void say_count(struct buf *to, uint64_t n, const char *one, const char *many);

/* Bytes as "38.4 GiB"; a duration as "3 min 12 s"; a day as "13 October 2026". */
void say_bytes(struct buf *to, uint64_t bytes);

/* "not read again: unchanged since the scan of 2027-06-01T00:00:00Z" */
void say_unchanged(struct buf *to, const struct coverage *c);
void say_duration(struct buf *to, int64_t ns);
void say_day(struct buf *to, int64_t day);

/* "13 October 2026" for a date or time; anything else as it stands. */
void say_date(struct buf *to, struct sv date);

/* The day on which the scan ended, from which deadlines are past or to come. */
int64_t scan_day(const struct scan_view *view);

/* The deadline that comes next, or NULL. */
const struct deadline *next_deadline(const struct order_summary *o);

/* "in 19 days", "today", "41 days ago"; empty for one that has no day. */
void say_distance(struct buf *to, const struct deadline *d, int64_t today);

/* The verdict as a heading, and what it rests on in one or two sentences. */
const char *say_verdict(enum verdict verdict);
void say_grounds(struct buf *to, const struct scan_view *view, const struct tally *t);

/* What is there beside the findings that count; empty when nothing is. */
void say_uncounted(struct buf *to, const struct tally *t);
const char *say_order_verdict(enum verdict verdict); /* "Found", "Not found", "Not known" */

const char *say_state(enum component_state state); /* what the word means */
const char *say_confidence(enum confidence confidence);

/* Why objects of this reason matter and what can be done about them. */
const char *say_reason(enum coverage_reason reason);
const char *say_reason_remedy(enum coverage_reason reason);
const char *say_rule(enum coverage_rule rule);

/* What to do next, one call of `each` for each step. */
void say_next(const struct scan_view *view, const struct tally *t,
              void (*each)(void *to, struct sv step), void *to);

/* How the search was made, one paragraph a call; NULL at the end. */
const char *say_method(size_t paragraph);

/* The reason for a finding's confidence, without the word that is shown beside it. */
struct sv say_why(const struct finding *f);

/* "bytes 27 to 1,230" or the row, or both; empty when neither is known. */
void say_range(struct buf *to, const struct finding_indicator *in);

/* "layer 1 of 3 of x:1, deleted in layer 3: still in the image". */
void say_layer(struct buf *to, const struct finding_layer *l);

/* "covered, excepted until 30 June 2027 (ex-2026-004)". */
void say_order_status(struct buf *to, const struct finding_order *o);
