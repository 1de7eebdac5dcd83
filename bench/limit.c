// SPDX-License-Identifier: Apache-2.0
/*
 * The least that a scan costs on this machine: as many threads as processors walk a tree and do
 * what is asked with every regular file, and nothing else.
 *
 *     limit stat DIR             getdents64, statx
 *     limit read DIR             and open, pread to the end into one buffer a thread, close
 *     limit match DIR PATTERNS   and one Vectorscan pass over every byte
 *     limit every DIR PATTERNS   and SHA-256 of programs
 *     limit work DIR PATTERNS    the first 16 KiB of every file; every byte of programs, with one
 *                                Vectorscan pass and SHA-256: the reads that a scan needs
 *     limit archives DIR PATTERNS  every file whole, opened as limit_archives.h says
 *
 * PATTERNS: one expression a line, as bench/patterns.py writes them. Prints what was done as JSON.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <hs/hs.h>
#include <openssl/evp.h>

#include "limit_archives.h"

enum mode { MODE_STAT, MODE_READ, MODE_MATCH, MODE_EVERY, MODE_WORK, MODE_ARCHIVES };

enum {
    LISTING = 64 * 1024,
    HEAD = 16 * 1024,
    CHUNK = 256 * 1024,
    THREADS_MAX = 64,
    EXPRESSIONS_MAX = 100000,
    MODES = 6,
};

struct folder {
    struct folder *next;
    char path[];
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct folder *folders;
    unsigned working;
    enum mode mode;
    hs_database_t *patterns;
    uint64_t files, bytes, hits;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

struct worker {
    uint8_t *chunk;
    hs_scratch_t *scratch;
    hs_stream_t *stream;
    EVP_MD_CTX *digest;
    struct unpacker *unpacker;
    uint8_t *whole; /* a file, for MODE_ARCHIVES */
    size_t whole_room;
    uint64_t files, bytes, hits;
};

static void die(const char *what)
{
    fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* ---- the folders to come ---- */

static void put(const char *parent, const char *name)
{
    size_t a = strlen(parent), b = strlen(name);
    struct folder *f = malloc(sizeof(*f) + a + b + 2);

    if (!f)
        die("memory");
    if (a)
        sprintf(f->path, "%s/%s", parent, name);
    else
        memcpy(f->path, name, b + 1);
    pthread_mutex_lock(&all.lock);
    f->next = all.folders;
    all.folders = f;
    pthread_cond_signal(&all.more);
    pthread_mutex_unlock(&all.lock);
}

static struct folder *take(void)
{
    struct folder *f;

    pthread_mutex_lock(&all.lock);
    all.working--;
    while (!all.folders && all.working)
        pthread_cond_wait(&all.more, &all.lock);
    f = all.folders;
    if (f) {
        all.folders = f->next;
        all.working++;
    } else {
        pthread_cond_broadcast(&all.more);
    }
    pthread_mutex_unlock(&all.lock);
    return f;
}

/* ---- one file ---- */

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                  void *worker)
{
    (void)id;
    (void)from;
    (void)to;
    (void)flags;
    ((struct worker *)worker)->hits++;
    return 0;
}

static bool is_program(const uint8_t *p, size_t n)
{
    static const uint8_t machos[][4] = {{0xfe, 0xed, 0xfa, 0xce},
                                        {0xfe, 0xed, 0xfa, 0xcf},
                                        {0xce, 0xfa, 0xed, 0xfe},
                                        {0xcf, 0xfa, 0xed, 0xfe}};

    if (n >= 4)
        for (size_t i = 0; i < 4; i++)
            if (memcmp(p, machos[i], 4) == 0)
                return true;
    return (n >= 4 && memcmp(p, "\177ELF", 4) == 0) || (n >= 2 && memcmp(p, "MZ", 2) == 0);
}

static void read_file(struct worker *w, int fd)
{
    bool match = all.mode == MODE_MATCH || all.mode == MODE_EVERY, hash = false;
    size_t want = all.mode == MODE_WORK ? HEAD : CHUNK;
    bool begun = false;

    for (off_t at = 0;;) {
        ssize_t n = pread(fd, w->chunk, want, at);

        if (n <= 0)
            break;
        if (at == 0 && all.mode >= MODE_EVERY) {
            hash = is_program(w->chunk, (size_t)n);
            if (all.mode == MODE_WORK && !hash) {
                w->bytes += (uint64_t)n;
                break;
            }
            match = true;
            want = CHUNK;
            if (hash)
                EVP_DigestInit_ex(w->digest, EVP_sha256(), NULL);
        }
        if (match && !begun)
            begun = hs_reset_stream(w->stream, 0, NULL, NULL, NULL) == HS_SUCCESS;
        if (match)
            hs_scan_stream(w->stream, (const char *)w->chunk, (unsigned)n, 0, w->scratch, on_hit,
                           w);
        if (hash)
            EVP_DigestUpdate(w->digest, w->chunk, (size_t)n);
        w->bytes += (uint64_t)n;
        at += n;
    }
    if (hash)
        EVP_DigestFinal_ex(w->digest, w->chunk, NULL);
}

static void open_archive(struct worker *w, int fd, size_t size)
{
    size_t n = 0;
    ssize_t r;

    if (size > w->whole_room) {
        free(w->whole);
        w->whole = malloc(w->whole_room = size);
        if (!w->whole)
            die("memory");
    }
    while (n < size && (r = pread(fd, w->whole + n, size - n, (off_t)n)) > 0)
        n += (size_t)r;
    unpacker_open(w->unpacker, w->whole, n);
}

static void do_file(struct worker *w, int folder, const char *name)
{
    struct statx s;
    int fd;

    if (statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &s) != 0)
        return;
    w->files++;
    if (all.mode == MODE_STAT || s.stx_size == 0)
        return;
    fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);
    if (fd < 0)
        return;
    if (w->unpacker)
        open_archive(w, fd, s.stx_size);
    else
        read_file(w, fd);
    close(fd);
}

/* ---- one folder ---- */

static void do_folder(struct worker *w, const char *path)
{
    static _Thread_local char listing[LISTING];
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    long n;

    if (fd < 0)
        return;
    while ((n = syscall(SYS_getdents64, fd, listing, sizeof(listing))) > 0) {
        for (long at = 0; at < n;) {
            struct dirent64 *e = (struct dirent64 *)(void *)(listing + at);

            at += e->d_reclen;
            if (e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
                put(path, e->d_name);
            else if (e->d_type == DT_REG)
                do_file(w, fd, e->d_name);
        }
    }
    close(fd);
}

static void *work(void *unused)
{
    struct worker w = {.chunk = malloc(CHUNK), .digest = EVP_MD_CTX_new()};
    struct folder *f;

    (void)unused;
    if (!w.chunk || !w.digest)
        die("memory");
    if (all.mode == MODE_ARCHIVES) {
        w.unpacker = unpacker_new(all.patterns);
        if (!w.unpacker)
            die("unpacker");
    } else if (all.patterns && (hs_alloc_scratch(all.patterns, &w.scratch) != HS_SUCCESS ||
                                hs_open_stream(all.patterns, 0, &w.stream) != HS_SUCCESS)) {
        die("scratch");
    }
    while ((f = take())) {
        do_folder(&w, f->path);
        free(f);
    }
    pthread_mutex_lock(&all.lock);
    all.files += w.files;
    all.bytes += w.unpacker ? unpacker_bytes(w.unpacker) : w.bytes;
    all.hits += w.unpacker ? unpacker_hits(w.unpacker) : w.hits;
    pthread_mutex_unlock(&all.lock);
    return NULL;
}

/* ---- patterns ---- */

static void compile(const char *path)
{
    static char *expressions[EXPRESSIONS_MAX];
    static unsigned flags[EXPRESSIONS_MAX], ids[EXPRESSIONS_MAX];
    hs_compile_error_t *problem;
    unsigned count = 0;
    FILE *f = fopen(path, "re");
    size_t room = 0;
    char *line = NULL;

    if (!f)
        die(path);
    while (count < EXPRESSIONS_MAX && getline(&line, &room, f) > 0) {
        line[strcspn(line, "\n")] = '\0';
        expressions[count] = strdup(line);
        flags[count] = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
        ids[count] = count;
        count++;
    }
    fclose(f);
    if (hs_compile_multi((const char *const *)expressions, flags, ids, count,
                         all.mode == MODE_ARCHIVES ? HS_MODE_BLOCK : HS_MODE_STREAM, NULL,
                         &all.patterns, &problem) != HS_SUCCESS) {
        fprintf(stderr, "limit: %s: %s\n", path, problem->message);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static const char *const modes[] = {"stat", "read", "match", "every", "work", "archives"};
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t threads[THREADS_MAX];
    int mode = 0;

    while (mode < MODES && (argc < 3 || strcmp(argv[1], modes[mode]) != 0))
        mode++;
    if (mode == MODES || argc != (mode >= MODE_MATCH ? 4 : 3)) {
        fprintf(stderr,
                "usage: limit stat|read DIR, limit match|every|work|archives DIR PATTERNS\n");
        return 2;
    }
    all.mode = (enum mode)mode;
    if (mode >= MODE_MATCH)
        compile(argv[3]);
    if (count > THREADS_MAX)
        count = THREADS_MAX;
    all.working = (unsigned)count;
    put("", argv[2]);
    for (long i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            die("threads");
    for (long i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    printf("{\"files\": %llu, \"bytes\": %llu, \"hits\": %llu}\n", (unsigned long long)all.files,
           (unsigned long long)all.bytes, (unsigned long long)all.hits);
    return 0;
}
