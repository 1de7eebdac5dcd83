// SPDX-License-Identifier: Apache-2.0
/*
 * The code signature of a macOS or iOS program.
 *
 * A blob is a magic and a length (u32be each). The super blob is an index of blobs; among them are
 * code directories, one for each digest algorithm: who the program says it is (identifier, team)
 * and the digest of each of its pages. The CMS blob is a signature over the first code directory.
 * So a program holds what its signer signed when every page has its digest in every directory and
 * the CMS signature holds. Without a CMS blob (an "ad hoc" signature) nobody vouches for it.
 * Format: xnu, osfmk/kern/cs_blobs.h.
 */
#pragma once

#include "identify/recogniser.h"
#include "trust/signature.h"

struct code_directory {
    bool there;
    bool by_linker;       /* the identifier is no more than the file's name */
    struct sv identifier; /* usually the bundle id; in the arena */
    struct sv team_id;
    uint64_t identifier_at, team_id_at; /* in the file */
    struct signatures signatures;       /* empty: ad hoc */
};

/*
 * Check the signature that stands at `offset` of a program, which itself stands at `start` in the
 * file. What is damaged is a broken signature; -ERR_* only when the file could not be read.
 */
int code_directory_check(const struct job *job, uint64_t start, uint64_t offset, uint64_t size,
                         struct code_directory *ret, struct err *err) MUST_USE;
