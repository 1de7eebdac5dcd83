// SPDX-License-Identifier: Apache-2.0
/*
 * Browser extensions, said in the same words by every recogniser that meets one.
 *
 * Chromium names an extension by 32 letters from a to p: the first half of the SHA-256 of its
 * public key, a letter for each four bits. Firefox takes the name that the extension gives itself,
 * or a GUID in braces.
 */
#pragma once

#include "base/json.h"
#include "identify/recogniser.h"

enum {
    CHROMIUM_ID_SIZE = 32,
};

bool chromium_id_is(struct sv text);

/* The id that goes with a public key, in DER; NUL-terminated. */
void chromium_id_of_key(struct span key, char ret_id[CHROMIUM_ID_SIZE + 1]);

/* The id that the first 16 bytes of that key's digest are; false for another number of bytes. */
bool chromium_id_of_digest(struct span digest, char ret_id[CHROMIUM_ID_SIZE + 1]);

/*
 * The fields of a manifest.json but for the id: name, version, description, author, homepage, url
 * (from which it updates). Texts that stand in another file ("__MSG_name__") are left out.
 * Format: https://developer.chrome.com/docs/extensions/reference/manifest
 */
void extension_emit_manifest(struct emit *out, const struct json *manifest);

/* The text, unless it only says where the text is. */
struct sv extension_text(struct sv text);

/* An address or path from which an extension is installed: url for the one, depends for the other.
 */
void extension_emit_origin(struct emit *out, struct sv origin);
