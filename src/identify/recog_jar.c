// SPDX-License-Identifier: Apache-2.0
/*
 * Names the Java packages whose classes are in a jar, war, ear or aar, from its central directory
 * alone: a library that was copied into a program keeps its packages when nothing else is left.
 * What the entries hold is read by those that open the archive.
 */
#include "identify/java_packages.h"
#include "identify/zip.h"

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

static int read_directory(struct span directory, struct java_packages *to, struct err *err)
{
    struct reader rest = reader_over(directory);
    struct zip_entry entry;
    int r;

    while ((r = zip_next(&rest, &entry, err)) == 0)
        java_packages_add(to, folder_of_class(entry.name));
    return r < 0 ? r : 0;
}

static int identify_jar(const struct job *job, struct err *err)
{
    struct zip_directory directory;
    struct java_packages packages;
    struct err wrong;
    int result = zip_directory_read(job, &directory, err), emitted;

    if (result != 0)
        return result;
    java_packages_init(&packages, job->arena, false);
    result = read_directory(directory.bytes, &packages, err);
    if (result == 0 && packages.full) {
        java_packages_init(&packages, job->arena, true);
        result = read_directory(directory.bytes, &packages, err);
    }
    emitted = java_packages_emit(job, &packages, result < 0 ? &wrong : err);
    return result < 0 ? result : emitted;
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
