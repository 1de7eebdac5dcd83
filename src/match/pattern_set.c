// SPDX-License-Identifier: Apache-2.0
/*
 * A database is kept as it lies in memory, so that it can be used where the file is mapped:
 *
 *     check:u64 (XXH3 of the database)  zeros, to 64  database
 *
 * Vectorscan aligns what it looks up to 64 bytes of the address, and says by an offset where that
 * begins: at an address that is as aligned, the same bytes are the same database.
 */
#include "match/pattern_set.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "os/processor.h"
#include "os/shared_object.h"
#include "sonames.h"
#include "trust/digest.h"

enum {
    HEAD = COMPILED_ALIGN,
};

/*
 * The half of Vectorscan that compiles; the program is linked with the other half, which has no C++
 * and is loaded in no time. When all patterns were kept, this one is not needed.
 */
#define COMPILER_FUNCTIONS(X) X(hs_compile_ext_multi) X(hs_free_compile_error) X(hs_version)

static struct {
    COMPILER_FUNCTIONS(SHARED_POINTER)
} compiler;

static pthread_once_t compiler_once = PTHREAD_ONCE_INIT;
static struct err compiler_failure;
static int compiler_loaded;

static int load_compiler(struct err *err)
{
    static const char *const names[] = {COMPILER_FUNCTIONS(SHARED_NAME)};

    TRY(shared_object_load(VECTORSCAN_SONAME, names, ARRAY_LEN(names), &compiler, err));
    if (strcmp(compiler.hs_version(), hs_version()) != 0)
        return ERR(err, ERR_UNSUPPORTED,
                   "the two halves of Vectorscan are of different versions: %s and %s",
                   compiler.hs_version(), hs_version());
    return 0;
}

static void load_compiler_once(void)
{
    compiler_loaded = load_compiler(&compiler_failure);
}

static int compiler_ready(struct err *err)
{
    if (pthread_once(&compiler_once, load_compiler_once) != 0)
        return ERR(err, ERR_NOMEM, "no memory");
    if (compiler_loaded < 0 && err)
        *err = compiler_failure;
    return compiler_loaded;
}

/* A digest of digests: a hundred thousand expressions are not gathered in memory for it. */
struct summing {
    uint8_t sum[DIGEST_SHA256_SIZE];
    uint8_t piece[16 * 1024];
    size_t n;
};

static void sum_up(struct summing *s)
{
    uint8_t both[2 * DIGEST_SHA256_SIZE];

    memcpy(both, s->sum, DIGEST_SHA256_SIZE);
    digest_sha256((struct span){s->piece, s->n}, both + DIGEST_SHA256_SIZE);
    digest_sha256((struct span){both, sizeof(both)}, s->sum);
    s->n = 0;
}

static void add(struct summing *s, const void *p, size_t n)
{
    const uint8_t *from = p;

    while (n) {
        size_t room = sizeof(s->piece) - s->n, some = n < room ? n : room;

        memcpy(s->piece + s->n, from, some);
        s->n += some;
        from += some;
        n -= some;
        if (s->n == sizeof(s->piece))
            sum_up(s);
    }
}

/* Of everything that the compiled form depends on, the machine among it. */
static void key_of(const struct pattern_set *set, uint8_t ret[COMPILED_KEY])
{
    const char *version = hs_version();
    uint32_t processor[PROCESSOR_WORDS];
    struct summing s;

    processor_identity(processor);
    memset(s.sum, 0, sizeof(s.sum));
    s.n = 0;
    add(&s, version, strlen(version) + 1);
    add(&s, processor, sizeof(processor));
    add(&s, &set->mode, sizeof(set->mode));
    for (unsigned i = 0; i < set->count; i++) {
        add(&s, set->expressions[i], strlen(set->expressions[i]) + 1);
        add(&s, &set->flags[i], sizeof(set->flags[i]));
        add(&s, &set->ids[i], sizeof(set->ids[i]));
        if (set->extended)
            add(&s, set->extended[i], sizeof(*set->extended[i]));
    }
    sum_up(&s);
    memcpy(ret, s.sum, COMPILED_KEY);
}

/* Zeroed and aligned, to be freed; NULL without memory. */
static uint8_t *take_aligned(size_t n)
{
    void *p = NULL;

    if (posix_memalign(&p, COMPILED_ALIGN, n) != 0)
        return NULL;
    memset(p, 0, n);
    return p;
}

static void keep(struct compiled_file *file, const uint8_t key[COMPILED_KEY],
                 const hs_database_t *database)
{
    auto_free char *bytes = NULL;
    auto_free uint8_t *image = NULL;
    size_t n = 0, size = 0;
    uint64_t check;

    if (hs_serialize_database(database, &bytes, &n) != HS_SUCCESS ||
        hs_serialized_database_size(bytes, n, &size) != HS_SUCCESS ||
        !(image = take_aligned(HEAD + size)) ||
        hs_deserialize_database_at(bytes, n, (hs_database_t *)(void *)(image + HEAD)) != HS_SUCCESS)
        return;
    check = XXH3_64bits(image + HEAD, size);
    memcpy(image, &check, sizeof(check));
    compiled_file_put(file, key, (struct span){image, HEAD + size});
}

/* A database that was kept, where it is in the file; false when these are not the bytes of one. */
static bool take_kept(const struct compiled_file *file, struct span kept, hs_database_t **ret)
{
    struct span image = span_from(kept, HEAD);
    uint64_t check;
    size_t size;

    if (kept.n <= HEAD || !compiled_file_holds(file, kept.p))
        return false;
    memcpy(&check, kept.p, sizeof(check));
    if (check != XXH3_64bits(image.p, image.n))
        return false;
    *ret = (hs_database_t *)(uintptr_t)image.p; // which only reads it
    return hs_database_size(*ret, &size) == HS_SUCCESS && size == image.n;
}

static int compile(const struct pattern_set *set, hs_database_t **ret, int *ret_wrong,
                   struct err *err)
{
    hs_compile_error_t *problem = NULL;
    int result;

    TRY(compiler_ready(err));
    if (compiler.hs_compile_ext_multi(set->expressions, set->flags, set->ids, set->extended,
                                      set->count, set->mode, NULL, ret, &problem) == HS_SUCCESS)
        return 0;
    *ret_wrong = problem->expression;
    result = ERR(err, ERR_FORMAT, "%s", problem->message);
    (void)compiler.hs_free_compile_error(problem);
    return result;
}

int pattern_set_compile(const struct pattern_set *set, struct compiled_file *file,
                        hs_database_t **ret, int *ret_wrong, struct err *err)
{
    uint8_t key[COMPILED_KEY];
    struct span kept;

    if (file) {
        key_of(set, key);
        if (compiled_file_get(file, key, &kept) && take_kept(file, kept, ret))
            return 0;
    }
    *ret = NULL;
    *ret_wrong = -1;
    TRY(compile(set, ret, ret_wrong, err));
    if (file)
        keep(file, key, *ret);
    return 0;
}

void pattern_set_free(const struct compiled_file *file, hs_database_t *database)
{
    if (!compiled_file_holds(file, database))
        (void)hs_free_database(database);
}
