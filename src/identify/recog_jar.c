// SPDX-License-Identifier: Apache-2.0
/*
 * Names the Java packages whose classes are in a jar, war, ear or aar, from its central directory
 * alone: a library that was copied into a program keeps its packages when nothing else is left.
 *
 *     … entries … | central directory | [zip64 end, locator] | end record, comment
 *
 * The directory is looked for before the end record, where it lies also when something was put in
 * front of the archive. What the entries hold is read by those that open the archive.
 * Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
#include "identify/recogniser.h"

enum {
    END_SIZE = 22,
    COMMENT_MAX = 65535,
    LOCATOR_SIZE = 20,
    END64_SIZE = 56,
    ENTRY_SIZE = 46,
    DIRECTORY_MAX = 64 << 20,
    SLOTS = 1 << 14, /* of the set of packages; at most half of it is used */
    PACKAGES_MAX = SLOTS / 2,
    SHORT_PARTS = 4,
};

struct directory {
    uint64_t offset, size;
};

/* A set of folder names, in the order of their coming. */
struct folders {
    struct sv slot[SLOTS];
    struct sv in_order[PACKAGES_MAX];
    size_t count;
    bool full;
};

/* The last "PK\x05\x06" of a tail, or SIZE_MAX. */
static size_t find_end(struct sv tail)
{
    for (size_t at = tail.n < END_SIZE ? 0 : tail.n - END_SIZE + 1; at-- > 0;) {
        if (sv_starts(sv_from(tail, at), SV("PK\x05\x06")))
            return at;
    }
    return SIZE_MAX;
}

/* With zip64 the end record has no room for the sizes: another one, before its locator, has. */
static int find_directory64(const struct job *job, uint64_t end, struct directory *ret,
                            struct err *err)
{
    struct span locator, record;
    struct reader r;
    uint64_t at;

    if (end < LOCATOR_SIZE + END64_SIZE)
        return 0;
    TRY(source_read(job->bytes, end - LOCATOR_SIZE, LOCATOR_SIZE, job->arena, &locator, err));
    if (!sv_starts(sv_of(locator), SV("PK\x06\x07")))
        return 0;
    at = end - LOCATOR_SIZE - END64_SIZE;
    TRY(source_read(job->bytes, at, END64_SIZE, job->arena, &record, err));
    if (!sv_starts(sv_of(record), SV("PK\x06\x06")))
        return ERR(err, ERR_FORMAT, "zip64: its end record is not before the locator");
    r = reader_over(record);
    reader_skip(&r, 40);
    ret->size = reader_u64le(&r);
    ret->offset = ret->size <= at ? at - ret->size : 0;
    return 0;
}

static int find_directory(const struct job *job, struct directory *ret, struct err *err)
{
    uint64_t tail_at = job->bytes->size;
    struct directory d = {0};
    struct reader r;
    struct span tail;
    uint64_t end;
    size_t at;

    tail_at -= tail_at < END_SIZE + COMMENT_MAX ? tail_at : END_SIZE + COMMENT_MAX;
    TRY(source_read(job->bytes, tail_at, END_SIZE + COMMENT_MAX, job->arena, &tail, err));
    at = find_end(sv_of(tail));
    if (at == SIZE_MAX)
        return sv_starts(sv_of(job->bytes->head), SV("PK\x03\x04"))
                   ? ERR(err, ERR_FORMAT, "zip: no end record")
                   : RECOG_NOT_MINE;
    end = tail_at + at;
    r = reader_over(span_from(tail, at));
    reader_skip(&r, 12);
    d.size = reader_u32le(&r);
    d.offset = d.size <= end ? end - d.size : 0;
    TRY(find_directory64(job, end, &d, err));
    *ret = d;
    return 0;
}

static uint32_t hash(struct sv s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (uint8_t)s.p[i]) * 16777619u;
    return h;
}

static void folders_add(struct folders *f, struct sv folder)
{
    uint32_t at = hash(folder) % SLOTS;

    if (f->count && sv_eq(f->in_order[f->count - 1], folder))
        return;
    while (f->slot[at].n) {
        if (sv_eq(f->slot[at], folder))
            return;
        at = (at + 1) % SLOTS;
    }
    if (f->count == PACKAGES_MAX) {
        f->full = true;
        return;
    }
    f->slot[at] = f->in_order[f->count++] = folder;
}

/* The folder of a class, without those that stand for the archive's own layout. */
static struct sv folder_of_class(struct sv name)
{
    static const char *const layouts[] = {"WEB-INF/classes/", "BOOT-INF/classes/"};
    size_t slash;

    if (!sv_ends(name, SV(".class")))
        return (struct sv){0};
    for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
        if (sv_starts(name, sv_str(layouts[i])))
            name = sv_from(name, sv_str(layouts[i]).n);
    }
    if (sv_starts(name, SV("META-INF/versions/"))) {
        name = sv_from(name, sizeof("META-INF/versions/") - 1);
        (void)sv_cut(&name, '/');
    }
    slash = sv_find_last(name, '/');
    return slash == SIZE_MAX ? (struct sv){0} : (struct sv){name.p, slash};
}

static struct sv first_parts(struct sv folder, unsigned parts)
{
    for (size_t i = 0; i < folder.n; i++) {
        if (folder.p[i] == '/' && --parts == 0)
            return (struct sv){folder.p, i};
    }
    return folder;
}

/* `parts` 0: whole packages. */
static int read_directory(struct span directory, unsigned parts, struct folders *to,
                          struct err *err)
{
    struct reader r = reader_over(directory);

    *to = (struct folders){0};
    while (r.rest.n) {
        struct span entry = reader_take(&r, ENTRY_SIZE);
        struct reader lengths = reader_over(span_from(entry, 28));
        uint16_t name_n = reader_u16le(&lengths), extra_n = reader_u16le(&lengths),
                 comment_n = reader_u16le(&lengths);
        struct sv name = sv_of(reader_take(&r, name_n)), folder;

        reader_skip(&r, (size_t)extra_n + comment_n);
        if (!reader_ok(&r) || !sv_starts(sv_of(entry), SV("PK\x01\x02")))
            return ERR(err, ERR_FORMAT, "zip: the central directory is damaged");
        folder = folder_of_class(name);
        if (folder.n)
            folders_add(to, parts ? first_parts(folder, parts) : folder);
    }
    return 0;
}

static void emit_packages(const struct job *job, const struct folders *folders)
{
    emit_component(job->out, TYPE_LIBRARY);
    for (size_t i = 0; i < folders->count; i++) {
        struct sv package = arena_copy(job->arena, folders->in_order[i]);
        char *p = arena_take(job->arena, package.n + 1);

        if (!p)
            return;
        for (size_t k = 0; k < package.n; k++)
            p[k] = package.p[k] == '/' ? '.' : package.p[k];
        emit_field(job->out, FIELD_JAVA_PACKAGE, (struct sv){p, package.n});
    }
}

static int identify_jar(const struct job *job, struct err *err)
{
    struct folders *folders;
    struct directory at = {0};
    struct span directory;
    int result = find_directory(job, &at, err);

    if (result != 0)
        return result;
    if (at.size > DIRECTORY_MAX)
        return ERR(err, ERR_LIMIT, "zip: a central directory of %llu bytes",
                   (unsigned long long)at.size);
    TRY(source_read(job->bytes, at.offset, (size_t)at.size, job->arena, &directory, err));
    folders = arena_take(job->arena, sizeof(*folders));
    if (!folders)
        return arena_error(job->arena, err);
    // Programs made of thousands of packages are told by the beginnings of their names.
    result = read_directory(directory, 0, folders, err);
    if (result == 0 && folders->full)
        result = read_directory(directory, SHORT_PARTS, folders, err);
    if (folders->count)
        emit_packages(job, folders);
    TRY(result);
    if (folders->full)
        return ERR(err, ERR_LIMIT, "jar: more than %d Java packages", PACKAGES_MAX);
    return folders->count ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "*.jar", .state = STATE_PRESENT},
    {.path = "*.war", .state = STATE_PRESENT},
    {.path = "*.ear", .state = STATE_PRESENT},
    {.path = "*.aar", .state = STATE_PRESENT},
    {0},
};

const struct recogniser recog_jar = {
    .name = "jar",
    .summary = "the Java packages whose classes are in a jar",
    .epoch = 1,
    .gates = gates,
    .identify = identify_jar,
};
