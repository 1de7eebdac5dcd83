// SPDX-License-Identifier: Apache-2.0
/* Whose driver it is that an authority has signed in its own name. For the files of trust/ only. */
#pragma once

#include <openssl/pkcs7.h>

#include "base/arena.h"

/*
 * Drivers go to the maker of Windows for a test, and come back with its signature; whoever sent one
 * in is the name of the program in the signature's signed attributes. Empty for a signer whose
 * certificate is not for that: then the name is whatever the signer liked.
 */
struct sv submitter_of(const PKCS7_SIGNER_INFO *info, X509 *signer, struct arena *arena);
