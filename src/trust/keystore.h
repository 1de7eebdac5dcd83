// SPDX-License-Identifier: Apache-2.0
/*
 * The certificates in a PKCS#12 file: what Java keeps in `cacerts`, what browsers and Windows
 * export.
 *
 * Its parts are in the clear or locked with a password. A trust store holds nothing secret and its
 * password is only a check against damage: "changeit", an empty one, or none, which are tried.
 * Private keys are never unlocked.
 */
#pragma once

#include "trust/certificate.h"

/* Load now what old files need and a jail would refuse; see dissect_prepare() in scan/. */
void keystore_prepare(void);

struct keystore_visitor {
    void *to;
    void (*certificate)(void *to, const struct certificate *c, struct sv alias, bool trusted);
};

/*
 * `trusted` is false for the certificates that go with a private key. 0; KEYSTORE_NONE when the
 * bytes are something else; -ERR_ENCRYPTED, -ERR_LIMIT or -ERR_FORMAT when a part could not be
 * read: the others were visited.
 */
enum { KEYSTORE_NONE = 1 };
int keystore_read_pkcs12(struct span bytes, struct arena *arena,
                         const struct keystore_visitor *visitor, struct err *err) MUST_USE;
