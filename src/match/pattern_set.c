// SPDX-License-Identifier: Apache-2.0
#include "match/pattern_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "trust/digest.h"

/* Of everything that the compiled form depends on; what it says of the machine Vectorscan checks.
 */
static bool key_of(const struct pattern_set *set, uint8_t ret[COMPILED_KEY])
{
    const char *version = hs_version();
    auto_buf all = {0};

    buf_bytes(&all, version, strlen(version) + 1);
    buf_bytes(&all, &set->mode, sizeof(set->mode));
    for (unsigned i = 0; i < set->count; i++) {
        buf_bytes(&all, set->expressions[i], strlen(set->expressions[i]) + 1);
        buf_bytes(&all, &set->flags[i], sizeof(set->flags[i]));
        buf_bytes(&all, &set->ids[i], sizeof(set->ids[i]));
        if (set->extended)
            buf_bytes(&all, set->extended[i], sizeof(*set->extended[i]));
    }
    digest_sha256((struct span){(const uint8_t *)all.p, all.n}, ret);
    return buf_ok(&all);
}

static void keep(struct compiled_file *file, const uint8_t key[COMPILED_KEY],
                 const hs_database_t *database)
{
    char *bytes = NULL;
    size_t n = 0;

    if (hs_serialize_database(database, &bytes, &n) == HS_SUCCESS)
        compiled_file_put(file, key, (struct span){(const uint8_t *)bytes, n});
    free(bytes);
}

bool pattern_set_compile(const struct pattern_set *set, struct compiled_file *file,
                         hs_database_t **ret, hs_compile_error_t **ret_problem)
{
    uint8_t key[COMPILED_KEY];
    bool keyed = file && key_of(set, key);
    struct span kept;

    if (keyed && compiled_file_get(file, key, &kept) &&
        hs_deserialize_database((const char *)kept.p, kept.n, ret) == HS_SUCCESS)
        return true;
    if (hs_compile_ext_multi(set->expressions, set->flags, set->ids, set->extended, set->count,
                             set->mode, NULL, ret, ret_problem) != HS_SUCCESS)
        return false;
    if (keyed)
        keep(file, key, *ret);
    return true;
}
