// SPDX-License-Identifier: Apache-2.0
/*
 * Who signed an Android app, by its APK Signing Block (schemes v2, v3 and v3.1).
 *
 *     entries | [ signing block ] | central directory | end record
 *               u64 size, (u64 length, u32 id, value)…, u64 size, "APK Sig Block 42"
 *
 * Everything but the block is digested in pieces of 1 MiB. The certificates are the signer's own
 * and lead to no root: that a signature holds says that the app is as its signer made it, and the
 * certificate's digest, nothing else, who that is.
 * Format: https://source.android.com/docs/security/features/apksigning/v2
 */
#pragma once

#include "trust/signature.h"

struct apk_layout {
    struct source *bytes;
    uint64_t directory, end; /* where the central directory and the end record begin */
};

/*
 * Append one signature for each signer of the newest scheme that is there. Nothing is appended when
 * there is no signing block.
 */
int apk_signature_check(const struct apk_layout *apk, const struct roots *roots,
                        struct arena *arena, struct signatures *to, struct err *err) MUST_USE;
