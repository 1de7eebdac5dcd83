// SPDX-License-Identifier: Apache-2.0
#include "scan/host.h"

#include "os/host.h"
#include "trust/digest.h"

int host_describe(const char *root, struct arena *arena, struct host *ret, struct err *err)
{
    struct host_options options = {.root = root ? root : "/", .sys = "/sys", .live = !root};
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    uint8_t sum[DIGEST_SHA256_SIZE];
    struct host_facts facts;
    struct sv text;

    TRY(host_read(&options, arena, &facts, err));
    // Without a machine-id there is only the name, or where the root lies, to tell it by.
    if (facts.machine_id.n)
        text =
            arena_printf(arena, "debar host 1\n%.*s", (int)facts.machine_id.n, facts.machine_id.p);
    else
        text = arena_printf(arena, "debar host without machine-id 1\n%.*s\n%s", (int)facts.name.n,
                            facts.name.n ? facts.name.p : "", root ? root : "");
    digest_sha256((struct span){(const uint8_t *)text.p, text.n}, sum);
    digest_hex((struct span){sum, 16}, hex);
    *ret = (struct host){.id = arena_copy(arena, sv_str(hex)),
                         .name = facts.name,
                         .os = facts.os,
                         .kernel = facts.kernel,
                         .architecture = facts.architecture,
                         .dmi_uuid = facts.dmi_uuid};
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}
