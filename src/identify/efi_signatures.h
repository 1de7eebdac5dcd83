// SPDX-License-Identifier: Apache-2.0
/*
 * The lists in which UEFI firmware and its boot loaders keep the certificates that they trust.
 *
 *     { GUID of the kind, u32 size of the list, u32 of a header, u32 of an entry,
 *       header, { GUID of the owner, certificate or digest }… }…
 *
 * All little-endian. Format: UEFI specification, 32.4.1 "Signature Database".
 */
#pragma once

#include "identify/recogniser.h"
#include "trust/certificate.h"

/* How a list of X.509 certificates begins; of digests. */
#define EFI_LIST_CERTIFICATES "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"
#define EFI_LIST_SHA256 "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"

/* One certificate that stands at `at` in the file and is so long. */
typedef void efi_certificate_seen(void *to, const struct certificate *c, uint64_t at,
                                  uint64_t length);

/*
 * The certificates of the lists in `bytes`, which stand at `at` in the file. A single certificate
 * without a list is one, too. -ERR_FORMAT when a list is damaged; what came before it was told.
 */
int efi_signatures_each(struct span bytes, uint64_t at, struct arena *arena,
                        efi_certificate_seen *seen, void *to, struct err *err) MUST_USE;
