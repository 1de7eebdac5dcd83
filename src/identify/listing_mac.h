// SPDX-License-Identifier: Apache-2.0
/* What system_profiler says of one program, extension or installation, in each of its formats. */
#pragma once

#include "identify/listing.h"

struct mac_item {
    struct sv data_type; /* "SPApplicationsDataType"; empty when it is not known */
    struct sv name, version, path, bundle_id;
    struct sv signer; /* "Developer ID Application: Acme (ABCDE12345)" */
};

void mac_item_emit(struct listing *l, const struct mac_item *item);
