// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises the certificates that a machine's firmware and boot loader trust: the variables of the
 * firmware as Linux shows them, and the files from which such variables are set.
 *
 *     variable          u32 attributes, lists
 *     *.esl             lists
 *     *.auth            16 bytes of time, a signature { u32 length, … }, lists
 *
 * What a machine boots with is in db, KEK, PK and, of the boot loader, in the list of the machine's
 * owner (MOK). Lists of what must not boot (dbx, MokListX) are not trusted, and not named.
 * Format: UEFI specification, 8.2 and 32.4; Linux, efivarfs.
 */
#include "identify/certificate_fields.h"
#include "identify/efi_signatures.h"

enum {
    TAG_VARIABLE,
    TAG_LIST,
    TAG_UPDATE,
    TAG_FORBIDDEN,
    FILE_MAX = 4 << 20,
    ATTRIBUTES = 4,
    TIME = 16,
};

static void emit_one(void *to, const struct certificate *c, uint64_t at, uint64_t length)
{
    const struct job *job = to;
    bool set = job->gate->tag == TAG_VARIABLE;
    enum confidence ceiling = job->gate->ceiling;

    if (!set && !(c->is_ca && c->self_signed))
        ceiling = CONFIDENCE_TRACE;
    certificate_emit(job->out, c, set ? "firmware" : "loose", job->gate->state, ceiling, at,
                     length);
}

/* Where the lists begin. */
static int find_lists(const struct job *job, struct span bytes, size_t *ret, struct err *err)
{
    struct reader r = reader_over(span_from(bytes, TIME));
    uint32_t signature = reader_u32le(&r);

    *ret = job->gate->tag == TAG_VARIABLE ? ATTRIBUTES : 0;
    if (job->gate->tag != TAG_UPDATE)
        return 0;
    if (!reader_ok(&r) || signature < 8 || signature > bytes.n - TIME)
        return ERR(err, ERR_FORMAT, "EFI: the signature of an update is damaged");
    *ret = TIME + (size_t)signature;
    return 0;
}

static bool begins_list(struct span s)
{
    return sv_starts(sv_of(s), SV(EFI_LIST_CERTIFICATES)) ||
           sv_starts(sv_of(s), SV(EFI_LIST_SHA256));
}

static int identify_efi_signatures(const struct job *job, struct err *err)
{
    struct span bytes;
    size_t start;

    if (job->gate->tag == TAG_FORBIDDEN)
        return RECOG_NOT_MINE;
    TRY(source_read_all(job->bytes, FILE_MAX, job->arena, &bytes, err));
    if (bytes.n <= ATTRIBUTES)
        return RECOG_NOT_MINE; // a variable that is not set
    TRY(find_lists(job, bytes, &start, err));
    if (job->gate->tag != TAG_VARIABLE && !begins_list(span_from(bytes, start)))
        return RECOG_NOT_MINE; // other files have these names, too
    return efi_signatures_each(span_from(bytes, start), start, job->arena, emit_one,
                               (void *)(uintptr_t)job, err);
}

#define VARIABLE(name) \
    { \
        .path = "sys/firmware/efi/efivars/" name "-*", .state = STATE_INSTALLED, .anchor_up = 1, \
        .tag = TAG_VARIABLE \
    }
#define FORBIDDEN(name) \
    { \
        .path = (name), .state = STATE_PRESENT, .tag = TAG_FORBIDDEN \
    }

static const struct gate gates[] = {
    VARIABLE("db"),
    VARIABLE("KEK"),
    VARIABLE("PK"),
    VARIABLE("MokListRT"),
    VARIABLE("MokListTrustedRT"),
    FORBIDDEN("*dbx*.esl"),
    FORBIDDEN("*dbx*.auth"),
    {.path = "*.esl", .state = STATE_PRESENT, .tag = TAG_LIST},
    {.path = "*.auth", .state = STATE_PRESENT, .tag = TAG_UPDATE},
    {0},
};

const struct recogniser recog_efi_signatures = {
    .name = "efi_signatures",
    .summary = "certificates that firmware and boot loaders trust",
    .epoch = 1,
    .gates = gates,
    .identify = identify_efi_signatures,
};
