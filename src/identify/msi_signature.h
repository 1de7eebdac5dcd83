// SPDX-License-Identifier: Apache-2.0
/*
 * The signature of a Windows Installer package, in its stream "\5DigitalSignature".
 *
 * It vouches for the bytes of all streams, in the order of their names, each storage followed by
 * its class. With a stream "\5MsiDigitalSignatureEx", the digest of all names, sizes, classes and
 * times stands before that.
 */
#pragma once

#include "format/msi.h"
#include "trust/signature.h"

/* Append what is found to `to`: nothing for a package without a signature. */
int msi_signature_check(struct msi *m, const struct roots *roots, struct arena *arena,
                        struct signatures *to, struct err *err) MUST_USE;
