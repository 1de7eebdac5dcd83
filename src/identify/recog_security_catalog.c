// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises security catalogs: lists of the digests of files that one signature vouches for. Most
 * drivers are signed by one instead of in themselves.
 *
 * A catalog is PKCS#7 signed data whose content is a certificate trust list, 1.3.6.1.4.1.311.10.1.
 * Formats: RFC 2315; https://learn.microsoft.com/windows-hardware/drivers/install/catalog-files
 */
#include "identify/emit_signature.h"
#include "identify/recogniser.h"

/* "1.3.6.1.4.1.311.10.1" in DER; it stands near the beginning. */
static const char trust_list[] = "\x06\x09\x2b\x06\x01\x04\x01\x82\x37\x0a\x01";

static int identify_security_catalog(const struct job *job, struct err *err)
{
    struct sv head = sv_of(job->bytes->head);
    struct signatures signatures = {0};
    struct span all;

    if (head.n > 256)
        head.n = 256;
    // Catalogs of messages and of much else have the same ending.
    if (sv_find(head, (struct sv){trust_list, sizeof(trust_list) - 1}) == SIZE_MAX)
        return RECOG_NOT_MINE;
    TRY(source_read_all(job->bytes, SIGNATURE_SIZE_MAX, job->arena, &all, err));
    TRY(signature_check_catalog(all, job->roots, job->arena, &signatures, err));
    emit_component(job->out, TYPE_FILE);
    for (size_t i = 0; i < signatures.count; i++) {
        emit_signature(job->out, &signatures.at[i]);
        emit_group_end(job->out);
    }
    return 0;
}

/* A catalog stays when its driver is gone. */
static const struct gate gates[] = {
    {.path = "Windows/System32/CatRoot/*/*.cat",
     .magic = {"\x30", 1},
     .state = STATE_RESIDUE,
     .anchor_up = 5},
    {.path = "Windows/System32/DriverStore/FileRepository/*/*.cat",
     .magic = {"\x30", 1},
     .state = STATE_PRESENT,
     .anchor_up = 6},
    {.path = "*.cat", .magic = {"\x30", 1}, .state = STATE_PRESENT, .anchor_up = 1},
    {0},
};

const struct recogniser recog_security_catalog = {
    .name = "security_catalog",
    .summary = "who signed the catalogs of drivers",
    .epoch = 1,
    .gates = gates,
    .identify = identify_security_catalog,
};
