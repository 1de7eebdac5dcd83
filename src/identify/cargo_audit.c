// SPDX-License-Identifier: Apache-2.0
#include "identify/cargo_audit.h"

#define ZLIB_CONST
#include <zlib.h>

#include "base/json.h"
#include "identify/package.h"

enum {
    SECTION_MAX = 4 << 20,
    JSON_TEXT_MAX = 16 << 20,
};

static int unpack(struct span packed, struct buf *to, struct err *err)
{
    unsigned char chunk[16 * 1024];
    z_stream z = {.next_in = packed.p, .avail_in = (uInt)packed.n};
    int result = inflateInit(&z);

    if (result != Z_OK)
        return ERR(err, ERR_NOMEM, "no memory to unpack the list of crates");
    while (result == Z_OK && buf_ok(to)) {
        z.next_out = chunk;
        z.avail_out = sizeof(chunk);
        result = inflate(&z, Z_NO_FLUSH);
        buf_bytes(to, chunk, sizeof(chunk) - z.avail_out);
    }
    (void)inflateEnd(&z);
    if (!buf_ok(to))
        return ERR(err, ERR_LIMIT, "the list of crates unpacks to more than %d MiB",
                   JSON_TEXT_MAX >> 20);
    if (result != Z_STREAM_END)
        return ERR(err, ERR_FORMAT, "the list of crates is damaged");
    return 0;
}

int cargo_audit_emit(const struct job *job, uint64_t offset, uint64_t length, struct err *err)
{
    auto_buf text = BUF_INIT(JSON_TEXT_MAX);
    auto_json *root = NULL;
    struct span packed;

    if (length == 0)
        return 0;
    if (length > SECTION_MAX)
        return ERR(err, ERR_LIMIT, "the list of crates is larger than %d MiB", SECTION_MAX >> 20);
    TRY(source_read(job->bytes, offset, (size_t)length, job->arena, &packed, err));
    TRY(unpack(packed, &text, err));
    TRY(json_parse(buf_view(&text), &root, err));
    for (const struct json *crate = json_first(json_get(root, "packages")); crate;
         crate = json_next(crate)) {
        struct package p = {
            .type = "cargo",
            .name = json_get_text(crate, "name"),
            .version = json_get_text(crate, "version"),
            .at = {offset, length},
            .state = STATE_CONTAINED,
            .ceiling = job->gate->ceiling,
        };

        if (!sv_eq(json_get_text(crate, "kind"), SV("build")))
            (void)package_emit(job->out, &p); // a name that no registry accepts is none
    }
    return 0;
}
