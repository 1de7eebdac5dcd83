// SPDX-License-Identifier: Apache-2.0
/* What SPDX says of packages in each of its formats. https://spdx.github.io/spdx-spec/v2.3/ */
#pragma once

#include "identify/claims.h"
#include "identify/json_file.h"

/* A checksum; only SHA-256 is kept. */
void spdx_checksum(struct claims *c, struct sv algorithm, struct sv value);

/* An external reference: purl and CPE are kept. */
void spdx_reference(struct claims *c, struct sv type, struct sv locator);

/* A text that is not "NOASSERTION" or "NONE". */
void spdx_claim(struct claims *c, enum field_key key, struct sv text);

/* "application", "OPERATING-SYSTEM" …: the purpose of a package. */
enum component_type spdx_type(struct sv purpose);

/* RECOG_NOT_MINE for another kind of JSON. */
int spdx_read_2(const struct job *job, struct json_file *f, struct err *err) MUST_USE;
int spdx_read_3(const struct job *job, struct json_file *f, struct err *err) MUST_USE;
