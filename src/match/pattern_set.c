// SPDX-License-Identifier: Apache-2.0
#include "match/pattern_set.h"

#include <stdlib.h>
#include <string.h>

#include "trust/digest.h"

static void add(struct digest *d, const void *p, size_t n)
{
    digest_update(d, (struct span){p, n});
}

/* Of everything that the compiled form depends on; what it says of the machine Vectorscan checks.
 */
static bool key_of(const struct pattern_set *set, uint8_t ret[PATTERN_KEY])
{
    const char *version = hs_version();
    auto_digest d = {0};
    struct err err;

    digest_init(&d, DIGEST_SHA256);
    add(&d, version, strlen(version) + 1);
    add(&d, &set->mode, sizeof(set->mode));
    for (unsigned i = 0; i < set->count; i++) {
        add(&d, set->expressions[i], strlen(set->expressions[i]) + 1);
        add(&d, &set->flags[i], sizeof(set->flags[i]));
        add(&d, &set->ids[i], sizeof(set->ids[i]));
        if (set->extended)
            add(&d, set->extended[i], sizeof(*set->extended[i]));
    }
    return digest_finish(&d, ret, &err) == 0;
}

static void keep(struct pattern_file *file, const uint8_t key[PATTERN_KEY],
                 const hs_database_t *database)
{
    char *bytes = NULL;
    size_t n = 0;

    if (hs_serialize_database(database, &bytes, &n) == HS_SUCCESS)
        pattern_file_put(file, key, (struct span){(const uint8_t *)bytes, n});
    free(bytes);
}

bool pattern_set_compile(const struct pattern_set *set, struct pattern_file *file,
                         hs_database_t **ret, hs_compile_error_t **ret_problem)
{
    uint8_t key[PATTERN_KEY];
    bool keyed = file && key_of(set, key);
    struct span kept;

    if (keyed && pattern_file_get(file, key, &kept) &&
        hs_deserialize_database((const char *)kept.p, kept.n, ret) == HS_SUCCESS)
        return true;
    if (hs_compile_ext_multi(set->expressions, set->flags, set->ids, set->extended, set->count,
                             set->mode, NULL, ret, ret_problem) != HS_SUCCESS)
        return false;
    if (keyed)
        keep(file, key, *ret);
    return true;
}
