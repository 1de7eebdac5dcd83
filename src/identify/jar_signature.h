// SPDX-License-Identifier: Apache-2.0
/*
 * Who signed a jar, or an Android app in the way of the first scheme.
 *
 *     META-INF/X.RSA         signs X.SF (also .DSA and .EC)
 *     META-INF/X.SF          has the digest of MANIFEST.MF
 *     META-INF/MANIFEST.MF   has the digests of the other members, by name
 *
 * All of a chain is checked for the members that say what the archive is; what else it holds is not
 * unpacked for it.
 * Format: https://docs.oracle.com/en/java/javase/17/docs/specs/jar/jar.html
 */
#pragma once

#include "identify/zip.h"
#include "trust/signature.h"

/* Append one signature for each signer. `vital` says which members are checked. */
int jar_signature_check(const struct job *job, const struct zip_directory *directory,
                        bool (*vital)(struct sv name), struct signatures *to,
                        struct err *err) MUST_USE;
