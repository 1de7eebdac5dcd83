// SPDX-License-Identifier: Apache-2.0
#include "trust/roots.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "trust/x509.h"

/* A certificate as it stands in its file, in DER. */
struct held {
    uint8_t *bytes;
    long n;
};

/*
 * Taking a certificate apart costs a millisecond, and most scans meet nothing that is signed: the
 * store is filled when something is verified first.
 */
struct filling {
    pthread_mutex_t lock;
    bool filled;       /* guarded by lock, as is the store until then */
    struct held *held; /* until it is filled */
    size_t room;
};

struct roots {
    X509_STORE *store;
    struct filling *filling;
    size_t count;
    uint8_t digest[DIGEST_SHA256_SIZE]; /* those of all, added up without carry */
};

enum {
    ROOTS_MAX = 100000,
    CHAIN_MAX = 10,
    DER_SEQUENCE = 0x30,
};

static void drop_held(struct filling *f, size_t count)
{
    for (size_t i = 0; i < count && f->held; i++)
        OPENSSL_free(f->held[i].bytes);
    free(f->held);
    f->held = NULL;
}

X509_STORE *roots_store(const struct roots *roots)
{
    struct filling *f = roots ? roots->filling : NULL;

    if (!roots)
        return NULL;
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < roots->count && !f->filled; i++) {
        const uint8_t *at = f->held[i].bytes;
        X509 *x509 = d2i_X509_AUX(NULL, &at, f->held[i].n);

        if (x509)
            (void)X509_STORE_add_cert(roots->store, x509);
        X509_free(x509);
    }
    if (!f->filled)
        drop_held(f, roots->count);
    f->filled = true;
    (void)pthread_mutex_unlock(&f->lock);
    return roots->store;
}

void roots_digest(const struct roots *roots, uint8_t ret_digest[DIGEST_SHA256_SIZE])
{
    memset(ret_digest, 0, DIGEST_SHA256_SIZE);
    if (roots)
        memcpy(ret_digest, roots->digest, DIGEST_SHA256_SIZE);
}

static void add_digest(struct roots *roots, const struct held *held)
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (EVP_Digest(held->bytes, (size_t)held->n, sum, &n, EVP_sha256(), NULL) != 1)
        return;
    for (unsigned i = 0; i < n && i < sizeof(roots->digest); i++)
        roots->digest[i] ^= sum[i];
}

size_t roots_count(const struct roots *roots)
{
    return roots ? roots->count : 0;
}

int x509_chain_error(X509 *leaf, STACK_OF(X509) * others, const struct roots *roots, int64_t at_ns,
                     int purpose)
{
    X509_STORE_CTX *context = roots ? X509_STORE_CTX_new() : NULL;
    int why = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;

    if (context && X509_STORE_CTX_init(context, roots_store(roots), leaf, others) == 1) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);

        (void)X509_VERIFY_PARAM_set_purpose(param, purpose);
        X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX);
        X509_VERIFY_PARAM_set_time(param, (time_t)(at_ns / NS_PER_S));
        // Vendors mark extensions of their own as critical; they do not change who signed.
        (void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_IGNORE_CRITICAL);
        if (X509_verify_cert(context) == 1)
            why = X509_V_OK;
        else if (X509_STORE_CTX_get_error(context) != X509_V_OK)
            why = X509_STORE_CTX_get_error(context);
    }
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return why;
}

void roots_free(struct roots *roots)
{
    if (!roots)
        return;
    X509_STORE_free(roots->store);
    if (roots->filling) {
        drop_held(roots->filling, roots->count);
        (void)pthread_mutex_destroy(&roots->filling->lock);
    }
    free(roots->filling);
    free(roots);
}

static bool is_certificate(const char *name, const struct held *held)
{
    static const char *const names[] = {PEM_STRING_X509, PEM_STRING_X509_OLD,
                                        PEM_STRING_X509_TRUSTED};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return held->n > 0 && held->bytes[0] == DER_SEQUENCE;
    return false;
}

/* Takes the bytes when it returns true. */
static bool hold(struct roots *roots, const struct held *held)
{
    struct filling *f = roots->filling;

    if (roots->count == f->room) {
        size_t room = f->room ? 2 * f->room : 256;
        struct held *more = reallocarray(f->held, room, sizeof(*more));

        if (!more)
            return false;
        f->held = more;
        f->room = room;
    }
    f->held[roots->count++] = *held;
    add_digest(roots, held);
    return true;
}

/* Every certificate of a PEM file; *ret_count is how many, damaged ones end the file. */
static int add_file(struct roots *roots, const char *path, size_t *ret_count, struct err *err)
{
    FILE *f = fopen(path, "re");
    char *name, *header;
    struct held held;

    *ret_count = 0;
    if (!f)
        return ERR_SYS(err, "%s", path);
    while (roots->count < ROOTS_MAX && PEM_read(f, &name, &header, &held.bytes, &held.n) == 1) {
        if (is_certificate(name, &held) && hold(roots, &held))
            ++*ret_count;
        else
            OPENSSL_free(held.bytes);
        OPENSSL_free(name);
        OPENSSL_free(header);
    }
    ERR_clear_error(); // the end of the file counts as an error there
    (void)fclose(f);   // it was only read
    return 0;
}

static bool add_folder(struct roots *roots, const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t before = roots->count, n;

    if (!dir)
        return false;
    while ((entry = readdir(dir))) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);

        if (entry->d_name[0] != '.' && length > 0 && (size_t)length < sizeof(path))
            (void)add_file(roots, path, &n, NULL); // what else lies there is not ours to judge
    }
    (void)closedir(dir);
    return roots->count > before;
}

static void add_system(struct roots *roots)
{
    static const char *const bundles[] = {
        "/etc/ssl/certs/ca-certificates.crt",                // Debian, Alpine, Arch
        "/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // newer RHEL
        "/etc/ssl/ca-bundle.pem",                            // SUSE
        "/etc/ssl/cert.pem",                                 // Alpine, BSD
    };
    const char *file = getenv(X509_get_default_cert_file_env());
    const char *folder = getenv(X509_get_default_cert_dir_env());
    size_t n = 0;

    if (file && *file) {
        (void)add_file(roots, file, &n, NULL);
        return;
    }
    if (folder && *folder) {
        (void)add_folder(roots, folder);
        return;
    }
    if (add_file(roots, X509_get_default_cert_file(), &n, NULL) == 0 && n)
        return;
    for (size_t i = 0; i < ARRAY_LEN(bundles); i++) {
        if (add_file(roots, bundles[i], &n, NULL) == 0 && n)
            return;
    }
    (void)add_folder(roots, X509_get_default_cert_dir());
}

static int open_with(bool system, const char *const *files, struct roots **ret, struct err *err)
{
    struct roots *roots = calloc(1, sizeof(*roots));
    int result = 0;

    if (roots)
        roots->store = X509_STORE_new();
    if (roots && (roots->filling = calloc(1, sizeof(*roots->filling))))
        (void)pthread_mutex_init(&roots->filling->lock, NULL);
    if (!roots || !roots->store || !roots->filling) {
        roots_free(roots);
        return ERR(err, ERR_NOMEM, "no memory for the root certificates");
    }
    // Vendors sign with certificates of every purpose; what a signature is for is not our question.
    (void)X509_STORE_set_purpose(roots->store, X509_PURPOSE_ANY);
    if (system)
        add_system(roots);
    for (size_t i = 0; result == 0 && files && files[i]; i++) {
        size_t n;

        result = add_file(roots, files[i], &n, err);
        if (result == 0 && n == 0)
            result = ERR(err, ERR_FORMAT, "%s: no certificate in it (PEM is expected)", files[i]);
    }
    if (result < 0) {
        roots_free(roots);
        return result;
    }
    *ret = roots;
    return 0;
}

int roots_open(const char *const *files, struct roots **ret, struct err *err)
{
    return open_with(true, files, ret, err);
}

int roots_open_only(const char *const *files, struct roots **ret, struct err *err)
{
    return open_with(false, files, ret, err);
}
