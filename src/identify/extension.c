// SPDX-License-Identifier: Apache-2.0
#include "identify/extension.h"

#include "trust/digest.h"

bool chromium_id_is(struct sv text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 'a' || text.p[i] > 'p')
            return false;
    return text.n == CHROMIUM_ID_SIZE;
}

bool chromium_id_of_digest(struct span digest, char ret_id[CHROMIUM_ID_SIZE + 1])
{
    if (digest.n != CHROMIUM_ID_SIZE / 2)
        return false;
    for (size_t i = 0; i < CHROMIUM_ID_SIZE; i++)
        ret_id[i] = (char)('a' + (i % 2 ? digest.p[i / 2] & 0xf : digest.p[i / 2] >> 4));
    ret_id[CHROMIUM_ID_SIZE] = '\0';
    return true;
}

void chromium_id_of_key(struct span key, char ret_id[CHROMIUM_ID_SIZE + 1])
{
    uint8_t digest[DIGEST_SHA256_SIZE];

    digest_sha256(key, digest);
    (void)chromium_id_of_digest((struct span){digest, CHROMIUM_ID_SIZE / 2}, ret_id);
}

struct sv extension_text(struct sv text)
{
    return sv_starts(text, SV("__MSG_")) ? (struct sv){0} : text;
}

void extension_emit_manifest(struct emit *out, const struct json *manifest)
{
    struct sv name = extension_text(json_get_text(manifest, "name"));
    const struct json *author = json_get(manifest, "author"),
                      *developer = json_get(manifest, "developer");

    emit_field(out, FIELD_NAME,
               name.n ? name : extension_text(json_get_text(manifest, "short_name")));
    emit_field(out, FIELD_VERSION, json_get_text(manifest, "version"));
    emit_field(out, FIELD_DESCRIPTION, extension_text(json_get_text(manifest, "description")));
    emit_field(out, FIELD_AUTHOR, extension_text(json_text(author)));
    emit_field(out, FIELD_AUTHOR, json_get_text(author, "email"));
    emit_field(out, FIELD_AUTHOR, extension_text(json_get_text(developer, "name")));
    emit_field(out, FIELD_HOMEPAGE, extension_text(json_get_text(manifest, "homepage_url")));
    emit_field(out, FIELD_URL, json_get_text(manifest, "update_url"));
}

void extension_emit_origin(struct emit *out, struct sv origin)
{
    bool is_url = sv_find(origin, SV("://")) != SIZE_MAX && !sv_starts(origin, SV("file:"));

    emit_field(out, is_url ? FIELD_URL : FIELD_DEPENDS, origin);
}
