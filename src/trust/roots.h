// SPDX-License-Identifier: Apache-2.0
/*
 * The root certificates that this machine trusts, to judge who signed a program.
 *
 * They are the scanner's own, never the scanned system's: the person who scans must be able to rely
 * on them. Everything is read when they are opened; after that no verification opens a file, so
 * that it works in a jail. They may be shared between threads.
 */
#pragma once

#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "trust/digest.h"

struct roots;

/*
 * The system's roots (the file that SSL_CERT_FILE names, when it is set; else the first bundle or
 * certificate folder of those that Linux distributions use; a machine without any has none) and
 * those of `files`: PEM bundles, NULL at the end of the list, or NULL for no list.
 * -ERR_* when one of `files` cannot be read or holds no certificate.
 */
int roots_open(const char *const *files, struct roots **ret, struct err *err) MUST_USE;

/* No roots of the system, only those of `files`. */
int roots_open_only(const char *const *files, struct roots **ret, struct err *err) MUST_USE;

void roots_free(struct roots *roots);
size_t roots_count(const struct roots *roots);

/* Of the files that they stand in, whatever the order of those. */
void roots_digest(const struct roots *roots, uint8_t ret_digest[DIGEST_SHA256_SIZE]);
