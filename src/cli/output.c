// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/session.h"

typedef int write_fn(const void *of, struct sink *s, struct err *err);

static int write_to(struct sink *s, const char *name, write_fn *write, const void *of,
                    struct err *err)
{
    int r = write(of, s, err);

    if (r >= 0)
        r = sink_finish(s, err);
    return err_wrap(err, r, "%s", name);
}

static int write_stdout(write_fn *write, const void *of, struct err *err)
{
    auto_sink sink;

    sink_init(&sink, stdout);
    sink.colour = colour_wanted(stdout);
    sink.columns = terminal_columns(stdout);
    return write_to(&sink, "standard output", write, of, err);
}

static int write_and_close(const char *name, FILE *file, write_fn *write, const void *of,
                           struct err *err)
{
    auto_sink sink;
    int r;

    sink_init(&sink, file);
    r = write_to(&sink, name, write, of, err);
    // A pipe or device cannot be made safe, only written to.
    if (r == 0 && (fflush(file) != 0 || (fsync(fileno(file)) != 0 && errno != EINVAL)))
        r = ERR_SYS(err, "writing %s", name);
    if (fclose(file) != 0 && r == 0)
        r = ERR_SYS(err, "writing %s", name);
    return r;
}

static int write_file(const char *path, write_fn *write, const void *of, struct err *err)
{
    auto_free char *beside = NULL;
    struct stat there;
    FILE *file;
    int r;

    if (lstat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        file = fopen(path, "we");
        return file ? write_and_close(path, file, write, of, err)
                    : ERR_SYS(err, "writing %s", path);
    }
    if (asprintf(&beside, "%s.part", path) < 0)
        return ERR(err, ERR_NOMEM, "no memory");
    file = fopen(beside, "we");
    if (!file)
        return ERR_SYS(err, "writing %s", path);
    r = write_and_close(path, file, write, of, err);
    if (r == 0 && rename(beside, path) != 0)
        r = ERR_SYS(err, "writing %s", path);
    if (r < 0)
        (void)unlink(beside); // the error is what matters
    return r;
}

int output_write(const char *file, write_fn *write, const void *of, struct err *err)
{
    return file && strcmp(file, "-") != 0 ? write_file(file, write, of, err)
                                          : write_stdout(write, of, err);
}

static int format_of(const char *word, const struct output_formats *formats,
                     const struct output_format **ret, const char **ret_file, struct err *err)
{
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);

    *ret_file = equals ? equals + 1 : NULL;
    if (equals && !equals[1])
        return ERR(err, ERR_USAGE, "-o %s: no file is named", word);
    for (const struct output_format *f = formats->all; f->name; f++)
        if (strlen(f->name) == n && memcmp(f->name, word, n) == 0) {
            *ret = f;
            return 0;
        }
    return ERR(err, ERR_USAGE, "-o %s: unknown format; %s are known", word, formats->known);
}

int output_check(const struct arguments *args, const struct output_formats *formats,
                 struct err *err)
{
    const struct output_format *format;
    const char *word, *file;

    for (size_t at = 0; (word = arguments_next(args, "output", &at));)
        TRY(format_of(word, formats, &format, &file, err));
    return 0;
}

int output_write_all(const struct arguments *args, const struct output_formats *formats,
                     const void *of, struct err *err)
{
    const struct output_format *format;
    const char *word, *file;

    if (!arguments_has(args, "output"))
        return output_write(NULL, formats->all[0].write, of, err);
    for (size_t at = 0; (word = arguments_next(args, "output", &at));) {
        TRY(format_of(word, formats, &format, &file, err));
        TRY(output_write(file, format->write, of, err));
    }
    return 0;
}
