// SPDX-License-Identifier: Apache-2.0
#include "trust/seen_certificates.h"

#include <pthread.h>
#include <string.h>

enum {
    SLOTS = 512,     /* a list of authorities has about 150 */
    TEXTS_MAX = 480, /* bytes of one; who says more is parsed each time */
};

struct slot {
    bool used;
    uint8_t digest[DIGEST_SHA256_SIZE];
    struct certificate certificate; /* its texts in `texts`, one after the other */
    char texts[TEXTS_MAX];
};

/* A newer one takes the slot of an older one. */
static struct {
    pthread_mutex_t lock;
    struct slot slots[SLOTS];
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum { TEXTS = 7 };

static void texts_of(struct certificate *c, struct sv *ret[TEXTS])
{
    struct sv *const texts[TEXTS] = {&c->cn,       &c->o,      &c->serial_number, &c->issuer_cn,
                                     &c->issuer_o, &c->serial, &c->sha256};

    memcpy(ret, texts, sizeof(texts));
}

static struct slot *slot_of(const uint8_t digest[DIGEST_SHA256_SIZE])
{
    uint32_t n;

    memcpy(&n, digest, sizeof(n));
    return &seen.slots[n % SLOTS];
}

bool seen_certificate_get(const uint8_t digest[DIGEST_SHA256_SIZE], struct arena *arena,
                          struct certificate *ret)
{
    const struct slot *slot = slot_of(digest);
    struct sv *texts[TEXTS];
    bool found;

    (void)pthread_mutex_lock(&seen.lock);
    found = slot->used && memcmp(slot->digest, digest, DIGEST_SHA256_SIZE) == 0;
    if (found) {
        *ret = slot->certificate;
        texts_of(ret, texts);
        for (size_t i = 0; i < TEXTS; i++)
            *texts[i] = texts[i]->n ? arena_copy(arena, *texts[i]) : (struct sv){0};
    }
    (void)pthread_mutex_unlock(&seen.lock);
    return found;
}

void seen_certificate_put(const uint8_t digest[DIGEST_SHA256_SIZE], const struct certificate *c)
{
    struct slot *slot = slot_of(digest);
    struct certificate copy = *c;
    struct sv *texts[TEXTS];
    size_t n = 0;

    texts_of(&copy, texts);
    for (size_t i = 0; i < TEXTS; i++)
        n += texts[i]->n;
    if (n > TEXTS_MAX)
        return;
    (void)pthread_mutex_lock(&seen.lock);
    n = 0;
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i]->n)
            memcpy(slot->texts + n, texts[i]->p, texts[i]->n);
        texts[i]->p = slot->texts + n;
        n += texts[i]->n;
    }
    slot->certificate = copy;
    memcpy(slot->digest, digest, sizeof(slot->digest));
    slot->used = true;
    (void)pthread_mutex_unlock(&seen.lock);
}
