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

#include "base/buf.h"
#include "base/clock.h"
#include "trust/x509.h"

/* A file of certificates as it stands there, in PEM. */
struct held {
    struct buf text;
    struct held *next;
};

/*
 * Most scans meet nothing that is signed: the texts are decoded, and the store filled, when
 * something is verified first.
 */
struct filling {
    pthread_mutex_t lock;
    bool filled;  /* guarded by lock, as are the store and the number until then */
    size_t count; /* of certificates */
};

struct roots {
    X509_STORE *store;
    struct filling *filling;
    struct held *files;
};

enum {
    ROOTS_MAX = 100000,
    CHAIN_MAX = 10,
    PIECE = 64 << 10,
    FILE_MAX = 256 << 20,
};

static bool is_certificate(const char *name)
{
    static const char *const names[] = {PEM_STRING_X509, PEM_STRING_X509_OLD,
                                        PEM_STRING_X509_TRUSTED};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Each certificate of a text, up to `max`, into the store unless that is NULL; damage ends it. */
static size_t take_certificates(const struct buf *text, size_t max, X509_STORE *store)
{
    BIO *bio = text->n <= INT_MAX ? BIO_new_mem_buf(text->p, (int)text->n) : NULL;
    char *name, *header;
    size_t count = 0;
    uint8_t *der;
    long n;

    while (bio && count < max && PEM_read_bio(bio, &name, &header, &der, &n) == 1) {
        const uint8_t *at = der;
        X509 *x509 = is_certificate(name) ? d2i_X509_AUX(NULL, &at, n) : NULL;

        if (x509 && store)
            (void)X509_STORE_add_cert(store, x509);
        count += x509 != NULL;
        X509_free(x509);
        OPENSSL_free(der);
        OPENSSL_free(name);
        OPENSSL_free(header);
    }
    ERR_clear_error(); // the end of the text counts as an error there
    BIO_free(bio);
    return count;
}

static void drop_files(struct roots *roots)
{
    while (roots->files) {
        struct held *next = roots->files->next;

        buf_clear(&roots->files->text);
        free(roots->files);
        roots->files = next;
    }
}

/* The texts stay until the end: what their digest is may be asked at any time. */
static void fill(const struct roots *roots)
{
    struct filling *f = roots->filling;

    (void)pthread_mutex_lock(&f->lock);
    for (const struct held *h = roots->files; h && !f->filled; h = h->next)
        f->count += take_certificates(&h->text, ROOTS_MAX - f->count, roots->store);
    f->filled = true;
    (void)pthread_mutex_unlock(&f->lock);
}

X509_STORE *roots_store(const struct roots *roots)
{
    if (!roots)
        return NULL;
    fill(roots);
    return roots->store;
}

void roots_digest(const struct roots *roots, uint8_t ret_digest[DIGEST_SHA256_SIZE])
{
    memset(ret_digest, 0, DIGEST_SHA256_SIZE);
    for (const struct held *h = roots ? roots->files : NULL; h; h = h->next) {
        uint8_t sum[DIGEST_SHA256_SIZE];

        digest_sha256((struct span){(const uint8_t *)h->text.p, h->text.n}, sum);
        for (size_t i = 0; i < sizeof(sum); i++)
            ret_digest[i] ^= sum[i];
    }
}

size_t roots_count(const struct roots *roots)
{
    if (!roots)
        return 0;
    fill(roots);
    return roots->filling->count;
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
    drop_files(roots);
    if (roots->filling)
        (void)pthread_mutex_destroy(&roots->filling->lock);
    free(roots->filling);
    free(roots);
}

static int read_file(const char *path, struct buf *to, struct err *err)
{
    FILE *f = fopen(path, "re");
    char piece[PIECE];
    size_t n;
    int r = 0;

    if (!f)
        return ERR_SYS(err, "%s", path);
    while (to->n < FILE_MAX && (n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_bytes(to, piece, n);
    if (ferror(f))
        r = ERR_SYS(err, "%s", path);
    (void)fclose(f); // it was only read
    if (r == 0 && !buf_ok(to))
        r = ERR(err, ERR_NOMEM, "no memory for the root certificates");
    return r;
}

static bool may_hold_certificates(const struct buf *text)
{
    static const char begin[] = "-----BEGIN ";

    return text->n && memmem(text->p, text->n, begin, sizeof(begin) - 1);
}

/* *ret_any: whether there may be a certificate in it. */
static int add_file(struct roots *roots, const char *path, bool *ret_any, struct err *err)
{
    struct held *held = calloc(1, sizeof(*held));
    int r = held ? read_file(path, &held->text, err)
                 : ERR(err, ERR_NOMEM, "no memory for the root certificates");

    *ret_any = r == 0 && may_hold_certificates(&held->text);
    if (*ret_any) {
        held->next = roots->files;
        roots->files = held;
    } else if (held) {
        buf_clear(&held->text);
        free(held);
    }
    return r;
}

static bool add_folder(struct roots *roots, const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    bool any, all = false;

    if (!dir)
        return false;
    while ((entry = readdir(dir))) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);

        if (entry->d_name[0] == '.' || length <= 0 || (size_t)length >= sizeof(path))
            continue;
        (void)add_file(roots, path, &any, NULL); // what else lies there is not ours to judge
        all = all || any;
    }
    (void)closedir(dir);
    return all;
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
    bool any = false;

    if (file && *file) {
        (void)add_file(roots, file, &any, NULL);
        return;
    }
    if (folder && *folder) {
        (void)add_folder(roots, folder);
        return;
    }
    if (add_file(roots, X509_get_default_cert_file(), &any, NULL) == 0 && any)
        return;
    for (size_t i = 0; i < ARRAY_LEN(bundles); i++) {
        if (add_file(roots, bundles[i], &any, NULL) == 0 && any)
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
        bool any;

        result = add_file(roots, files[i], &any, err);
        // The newest is the first. Who names a file is told at once when it is of no use.
        if (result == 0 && !(any && take_certificates(&roots->files->text, 1, NULL)))
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
