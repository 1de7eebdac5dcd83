// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises disk images of macOS (UDIF, *.dmg) by who signed them. What is in them is opened as a
 * disk.
 *
 *     packed blocks | property list | code signature | trailer, "koly", 512 bytes
 *
 * Images of the first kind of encryption have their header at the end, so that nothing tells them
 * but that and their name.
 * Format: not published; as Apple's hdiutil and codesign write it.
 */
#include "identify/code_directory.h"
#include "identify/emit_signature.h"

enum {
    TRAILER = 512,
    SIGNATURE_AT = 296,
};

static int read_signature(const struct job *job, struct span trailer, struct err *err)
{
    struct reader r = reader_over(span_from(trailer, SIGNATURE_AT));
    uint64_t at = reader_u64be(&r), size = reader_u64be(&r), end = job->bytes->size - TRAILER;
    struct code_directory d;

    if (size == 0)
        return RECOG_NOT_MINE;
    if (at > end || size > end - at)
        return ERR(err, ERR_FORMAT, "disk image: its signature is not in it");
    TRY(code_directory_check(job, 0, at, size, &d, err));
    emit_component(job->out, TYPE_APPLICATION);
    for (size_t i = 0; i < d.signatures.count; i++) {
        emit_signature(job->out, &d.signatures.at[i]);
        emit_field_at(job->out, FIELD_BUNDLE_ID, d.identifier, d.identifier_at, d.identifier.n);
        emit_field_at(job->out, FIELD_TEAM_ID, d.team_id, d.team_id_at, d.team_id.n);
    }
    if (d.signatures.count == 0) {
        emit_unsigned(job->out, SV("an ad hoc signature: nobody vouches for it"));
        emit_field_at(job->out, FIELD_BUNDLE_ID, d.identifier, d.identifier_at, d.identifier.n);
    }
    emit_group_end(job->out);
    return 0;
}

/* A first block by zlib or LZFSE. */
static bool begins_packed(struct span head)
{
    return sv_starts(sv_of(head), SV("bvx2")) || sv_starts(sv_of(head), SV("bvxn")) ||
           (head.n > 1 && head.p[0] == 0x78 && (head.p[0] << 8 | head.p[1]) % 31 == 0);
}

static int identify_dmg(const struct job *job, struct err *err)
{
    struct span trailer;

    if (job->bytes->size < TRAILER)
        return RECOG_NOT_MINE;
    TRY(source_read(job->bytes, job->bytes->size - TRAILER, TRAILER, job->arena, &trailer, err));
    if (trailer.n == TRAILER && sv_ends(sv_of(trailer), SV("cdsaencr")))
        return ERR(err, ERR_ENCRYPTED, "disk image: it is encrypted");
    if (trailer.n < TRAILER || !sv_starts(sv_of(trailer), SV("koly")))
        return begins_packed(job->bytes->head)
                   ? ERR(err, ERR_FORMAT, "disk image: it ends before its trailer")
                   : RECOG_NOT_MINE;
    return read_signature(job, trailer, err);
}

static const struct gate gates[] = {
    {.path = "*.dmg", .state = STATE_PRESENT},
    {0},
};

const struct recogniser recog_dmg = {
    .name = "dmg",
    .summary = "who signed a disk image of macOS",
    .epoch = 1,
    .gates = gates,
    .identify = identify_dmg,
};
