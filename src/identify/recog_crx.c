// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises packed extensions for Chromium, *.crx, by the id in their header.
 *
 *     "Cr24"  u32 version
 *     2       u32 n, u32 m, n bytes of public key in DER, m of signature, a ZIP archive
 *     3       u32 n, n bytes of CrxFileHeader (protocol buffers), a ZIP archive:
 *                 field 10000  SignedData { field 1: the 16 bytes that are the id }
 *
 * All little-endian. Source: components/crx_file/crx3.proto and crx2_file.h in Chromium.
 */
#include "identify/extension.h"

enum {
    HEADER_MAX = 1 << 20,
    PROTO_SIGNED_DATA = 10000,
    PROTO_CRX_ID = 1,
    WIRE_VARINT = 0,
    WIRE_64_BIT = 1,
    WIRE_COUNTED = 2,
    WIRE_32_BIT = 5,
};

/* The first value of a field of bytes in a message of protocol buffers; empty when there is none.
 */
static struct span counted_field(struct span message, uint64_t wanted)
{
    struct reader r = reader_over(message);

    while (reader_ok(&r) && r.rest.n) {
        uint64_t key = reader_uvarint(&r);
        struct span value = {0};

        switch (key & 7) {
        case WIRE_VARINT:
            (void)reader_uvarint(&r);
            break;
        case WIRE_64_BIT:
            reader_skip(&r, 8);
            break;
        case WIRE_COUNTED:
            value = reader_counted(&r);
            break;
        case WIRE_32_BIT:
            reader_skip(&r, 4);
            break;
        default:
            return (struct span){0};
        }
        if (reader_ok(&r) && key >> 3 == wanted && (key & 7) == WIRE_COUNTED)
            return value;
    }
    return (struct span){0};
}

static int read_header(const struct job *job, struct span *ret_header, uint32_t *ret_version,
                       struct err *err)
{
    struct span start;
    uint32_t size;

    TRY(source_read(job->bytes, 0, 16, job->arena, &start, err));

    struct reader r = reader_over(start);

    reader_skip(&r, 4);
    *ret_version = reader_u32le(&r);
    size = reader_u32le(&r);
    if (!reader_ok(&r))
        return ERR(err, ERR_FORMAT, "packed extension: cut short");
    if (size > HEADER_MAX)
        return ERR(err, ERR_FORMAT, "packed extension: a header of %u bytes", size);
    return source_read(job->bytes, *ret_version == 2 ? 16 : 12, size, job->arena, ret_header, err);
}

static int identify_crx(const struct job *job, struct err *err)
{
    char id[CHROMIUM_ID_SIZE + 1];
    struct span header, crx_id;
    uint32_t version;

    TRY(read_header(job, &header, &version, err));
    if (version == 2) {
        chromium_id_of_key(header, id);
    } else if (version == 3) {
        crx_id = counted_field(counted_field(header, PROTO_SIGNED_DATA), PROTO_CRX_ID);
        if (!chromium_id_of_digest(crx_id, id))
            return ERR(err, ERR_FORMAT, "packed extension: no id in its header");
    } else {
        return ERR(err, ERR_UNSUPPORTED, "packed extension of version %u", version);
    }
    emit_component(job->out, TYPE_APPLICATION);
    emit_field_at(job->out, FIELD_EXTENSION_ID, sv_str(id), version == 2 ? 16 : 12, header.n);
    return 0;
}

static const struct gate gates[] = {
    {.magic = {"Cr24", 4}, .state = STATE_PRESENT},
    {0},
};

const struct recogniser recog_crx = {
    .name = "crx",
    .summary = "packed extensions for Chromium",
    .epoch = 1,
    .gates = gates,
    .identify = identify_crx,
};
