// SPDX-License-Identifier: Apache-2.0
/*
 * Exactly one of four words, by what was read and nothing else. That something was not recorded is
 * never taken for a sign that it did not happen.
 */
#include "exposure/collecting.h"

#define X(name, text) [EXPOSURE_##name] = text,
static const char *const texts[] = {EXPOSURE_CONCLUSIONS(X)};
#undef X

const char *exposure_conclusion_text(enum exposure_conclusion conclusion)
{
    return texts[conclusion];
}

static void because(struct subject *s, struct sv reason)
{
    struct exposure *e = s->exposure;

    if (e->reason_count < ARRAY_LEN(e->reasons))
        e->reasons[e->reason_count++] = reason;
}

/* Whether it is a product that ran here, not a copy in an archive or a name in a manifest. */
static bool was_in_use(const struct subject *s)
{
    enum component_state state = s->exposure->finding->state;

    return s->exposure->present || s->kept || state == STATE_RESIDUE;
}

static void sending_reason(struct subject *s)
{
    switch (s->sending) {
    case SENDING_FILES:
        because(s, SV("Its settings allow it to send objects or parts of them."));
        break;
    case SENDING_ON:
        because(s, SV("Its settings say that it takes part in the vendor's network, not in which "
                      "way."));
        break;
    case SENDING_QUERIES:
        because(s, SV("Its settings let it ask the vendor about objects: their digests and "
                      "addresses leave the machine, the objects do not."));
        break;
    case SENDING_OFF:
        because(s, s->unclear ? SV("A setting that was read says that nothing is sent; another "
                                   "was not understood.")
                              : SV("Every setting that was read says that nothing is sent."));
        break;
    case SENDING_UNKNOWN:
        because(s, SV("No setting was found that says whether it sends."));
        break;
    }
}

static void objects_reason(struct collecting *c, struct subject *s)
{
    if (s->objects)
        because(s, arena_printf(c->arena,
                                "%zu record%s of detections or objects set aside: each "
                                "could have been sent.",
                                s->objects, s->objects == 1 ? "" : "s"));
}

/* What is not there is said, and what it means. */
static void logs_reason(struct collecting *c, struct subject *s)
{
    if (!s->logs_known)
        because(s, SV("The catalogue knows no log of this product: that nothing is recorded says "
                      "nothing."));
    else if (!s->logs_kept)
        because(s, arena_printf(c->arena,
                                "No log kept of any of the %zu kinds known: that nothing "
                                "is recorded says nothing.",
                                s->logs_known));
    else if (s->logs_kept == s->logs_known)
        because(s, SV("Logs were kept; they say nothing of times before they begin."));
    else
        because(s, arena_printf(c->arena,
                                "Logs were kept, though not of each of the %zu kinds "
                                "known; they say nothing of times before they begin.",
                                s->logs_known));
}

static void say_what_is_never_known(struct collecting *c, struct subject *s)
{
    if (!s->logs_known)
        subject_gap(c, s, TOPIC_LOG, SV("The catalogue knows no log of this product"),
                    (struct sv){0});
    subject_add(c, s, TOPIC_SERVER, SV("Connections"),
                SV("not looked at: no log of a firewall, proxy or name server is part of this "
                   "assessment"),
                (struct sv){0});
}

/* A product that was never in use here keeps no log, so that none is there is no gap. */
static void expect_no_log(struct subject *s)
{
    s->first[TOPIC_LOG] = NULL;
    s->exposure->gaps = false;
    for (int t = 0; t < TOPIC_COUNT_; t++)
        for (const struct exposure_fact *f = s->first[t]; f; f = f->next)
            s->exposure->gaps = s->exposure->gaps || f->gap;
}

void subject_conclude(struct collecting *c, struct subject *s)
{
    struct exposure *e = s->exposure;
    bool sends = s->sending == SENDING_FILES || s->sending == SENDING_ON;

    if (!was_in_use(s) && !s->sent) {
        e->conclusion = EXPOSURE_NONE_SEEN;
        expect_no_log(s);
        because(s, SV("Nothing shows that the product was in use on this machine: it lies in an "
                      "archive or image, or is only named."));
        return;
    }
    say_what_is_never_known(c, s);
    if (s->sent) {
        e->conclusion = EXPOSURE_RECORDED;
        because(s, arena_printf(c->arena, "%zu record%s of objects that were sent.", s->sent,
                                s->sent == 1 ? "" : "s"));
    } else if (sends && s->objects) {
        e->conclusion = EXPOSURE_LIKELY;
    } else if (s->sending == SENDING_OFF && !s->unclear && !s->objects && !s->intercepts) {
        e->conclusion = EXPOSURE_NONE_SEEN;
    } else {
        e->conclusion = EXPOSURE_POSSIBLE;
    }
    sending_reason(s);
    objects_reason(c, s);
    if (s->intercepts)
        because(s, SV("A certification authority of the vendor was trusted: protected connections "
                      "could be read on this machine."));
    logs_reason(c, s);
}
