// SPDX-License-Identifier: Apache-2.0
#include "source/library.h"

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "sonames.h"

struct library_functions libarchive;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct err failure; /* of loading it */
static int loaded;

static void load(void)
{
    static const char *const names[] = {LIBRARY_FUNCTIONS(SHARED_NAME)};

    // Names in archives are Unicode, whatever the environment says; nothing else depends on it.
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    loaded = shared_object_load(ARCHIVE_SONAME, names, ARRAY_LEN(names), &libarchive, &failure);
}

int library_load(struct err *err)
{
    if (pthread_once(&once, load) != 0)
        return ERR(err, ERR_NOMEM, "no memory");
    if (loaded < 0 && err)
        *err = failure;
    return loaded;
}

static la_ssize_t on_read(struct archive *a, void *data, const void **ret)
{
    struct library *l = data;
    struct span piece;

    if (input_next(l->in, &piece, &l->failure) < 0) {
        libarchive.archive_set_error(a, EIO, "%s", l->failure.text);
        return -1;
    }
    *ret = piece.p;
    return (la_ssize_t)piece.n;
}

static la_int64_t on_skip(struct archive *a, void *data, la_int64_t bytes)
{
    struct library *l = data;
    uint64_t size = l->in->source->size - l->in->base;

    (void)a;
    // The end is for on_read to find, and say so.
    if (bytes < 0 || l->in->at > size || (uint64_t)bytes > size - l->in->at)
        return 0;
    l->in->at += (uint64_t)bytes;
    return bytes;
}

static la_int64_t on_seek(struct archive *a, void *data, la_int64_t offset, int whence)
{
    struct library *l = data;
    uint64_t size = l->in->source->size - l->in->base;
    int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)l->in->at : (int64_t)size;

    (void)a;
    if (__builtin_add_overflow(from, offset, &from) || from < 0 || (uint64_t)from > size)
        return ARCHIVE_FATAL;
    l->in->at = (uint64_t)from;
    return from;
}

int library_init(struct library *l, struct input *in, bool seeks, struct err *err)
{
    TRY(library_load(err));
    *l = (struct library){.archive = libarchive.archive_read_new(), .in = in};
    if (!l->archive)
        return ERR(err, ERR_NOMEM, "no memory");
    (void)libarchive.archive_read_set_read_callback(l->archive, on_read);
    if (seeks) {
        (void)libarchive.archive_read_set_skip_callback(l->archive, on_skip);
        (void)libarchive.archive_read_set_seek_callback(l->archive, on_seek);
    }
    (void)libarchive.archive_read_set_callback_data(l->archive, l);
    return 0;
}

void library_clear(struct library *l)
{
    if (l->archive)
        (void)libarchive.archive_read_free(l->archive);
    l->archive = NULL;
}

/* The library tells these apart only in its sentences. */
static enum err_code code_of(const char *text)
{
    static const struct {
        const char *word;
        enum err_code code;
    } words[] = {
        {"ncrypt", ERR_ENCRYPTED},
        {"Crypto", ERR_ENCRYPTED},
        {"assphrase", ERR_ENCRYPTED},
        {"assword", ERR_ENCRYPTED},
        {"nsupported", ERR_UNSUPPORTED},
        {"not supported", ERR_UNSUPPORTED},
        {"unavailable", ERR_UNSUPPORTED},
        {"nknown codec", ERR_UNSUPPORTED},
        {"Unexpected codec", ERR_UNSUPPORTED},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strstr(text, words[i].word))
            return words[i].code;
    return ERR_FORMAT;
}

int library_error(const struct library *l, struct err *err)
{
    const char *text = libarchive.archive_error_string(l->archive);

    if (l->failure.code) {
        if (err)
            *err = l->failure;
        return -(int)l->failure.code;
    }
    if (libarchive.archive_errno(l->archive) == ENOMEM)
        return ERR(err, ERR_NOMEM, "it takes more memory to unpack than there is");
    if (!text)
        return ERR(err, ERR_FORMAT, "the archive is damaged");
    return err_set(err, code_of(text), __FILE__ ":" ERR_STR(__LINE__), "archive: %s", text);
}
