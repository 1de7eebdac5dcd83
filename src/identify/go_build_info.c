// SPDX-License-Identifier: Apache-2.0
#include "identify/go_build_info.h"

#include "identify/package.h"

enum {
    ALIGN = 16,
    POINTER_SIZE = 14,
    FLAGS = 15,
    HEADER_SIZE = 32,
    SENTINEL_SIZE = 16,
    FLAG_BIG_ENDIAN = 1 << 0,
    FLAG_INLINE = 1 << 1,
    TOOLCHAIN_MAX = 256,
    MODULES_MAX = 16 << 20,
    CHUNK = 256 * 1024,
    SEARCH_MAX = 64 << 20,
};

static struct sv magic(void)
{
    return SV("\xff Go buildinf:");
}

struct place {
    const struct job *job;
    struct go_memory memory;
    uint64_t at; /* of the header in the file */
    struct span header;
};

/* A uvarint length and a text at *offset, which moves behind it. */
static int read_inline(const struct place *p, uint64_t *offset, size_t max, struct sv *ret,
                       struct err *err)
{
    struct span bytes;
    struct reader r;
    uint64_t n;

    TRY(source_read(p->job->bytes, *offset, 10, p->job->arena, &bytes, err));
    r = reader_over(bytes);
    n = reader_uvarint(&r);
    *ret = (struct sv){0};
    if (!reader_ok(&r) || n > max)
        return 0;
    *offset += bytes.n - r.rest.n;
    TRY(source_read(p->job->bytes, *offset, (size_t)n, p->job->arena, &bytes, err));
    if (bytes.n == n)
        *ret = sv_of(bytes);
    *offset += n;
    return 0;
}

static uint64_t pointer(struct reader *r, struct span header)
{
    bool big = header.p[FLAGS] & FLAG_BIG_ENDIAN;

    if (header.p[POINTER_SIZE] == 8)
        return big ? reader_u64be(r) : reader_u64le(r);
    return big ? reader_u32be(r) : reader_u32le(r);
}

/* A Go string at the address that stands in the header's n-th pointer. */
static int read_string(const struct place *p, unsigned index, size_t max, struct sv *ret,
                       struct err *err)
{
    size_t size = p->header.p[POINTER_SIZE];
    struct reader r = reader_over(span_from(p->header, 16 + index * size));
    uint64_t address = pointer(&r, p->header), length;
    struct span bytes;

    *ret = (struct sv){0};
    TRY(p->memory.at(p->memory.program, address, 2 * size, &bytes, err));
    r = reader_over(bytes);
    address = pointer(&r, p->header);
    length = pointer(&r, p->header);
    if (!reader_ok(&r) || length == 0 || length > max)
        return 0;
    TRY(p->memory.at(p->memory.program, address, (size_t)length, &bytes, err));
    if (bytes.n == length)
        *ret = sv_of(bytes);
    return 0;
}

static int read_info(struct go_build_info *info, const struct place *p, struct err *err)
{
    struct sv toolchain, modules = {0};
    uint64_t offset = p->at + HEADER_SIZE;

    if (p->header.p[POINTER_SIZE] != 4 && p->header.p[POINTER_SIZE] != 8 &&
        !(p->header.p[FLAGS] & FLAG_INLINE))
        return 0;
    if (p->header.p[FLAGS] & FLAG_INLINE) {
        TRY(read_inline(p, &offset, TOOLCHAIN_MAX, &toolchain, err));
        TRY(read_inline(p, &offset, MODULES_MAX, &modules, err));
        offset -= modules.n;
    } else {
        TRY(read_string(p, 0, TOOLCHAIN_MAX, &toolchain, err));
        TRY(read_string(p, 1, MODULES_MAX, &modules, err));
        offset = 0;
    }
    // The magic also stands in programs that only read Go programs, such as this one.
    if (!sv_starts(toolchain, SV("go")) && !sv_starts(toolchain, SV("devel")))
        return 0;
    info->found = true;
    info->toolchain = toolchain;
    // Programs built outside a module have no module text and so no sentinels.
    if (modules.n > 2 * SENTINEL_SIZE) {
        info->modules = (struct sv){modules.p + SENTINEL_SIZE, modules.n - 2 * SENTINEL_SIZE};
        info->modules_at = offset ? offset + SENTINEL_SIZE : 0;
    }
    return 0;
}

int go_build_info_find(struct go_build_info *info, const struct job *job, uint64_t offset,
                       uint64_t length, struct go_memory memory, struct err *err)
{
    struct source *s = job->bytes;
    uint8_t *chunk = info->found || length < HEADER_SIZE ? NULL : arena_take_raw(job->arena, CHUNK);
    uint64_t done = 0;

    if (info->found || length < HEADER_SIZE)
        return 0;
    if (!chunk)
        return arena_error(job->arena, err);
    if (length > SEARCH_MAX)
        length = SEARCH_MAX;
    while (!info->found && done < length) {
        size_t want = length - done < CHUNK ? (size_t)(length - done) : CHUNK, got;

        TRY(s->read_at(s, offset + done, chunk, want, &got, err));

        struct sv rest = {(const char *)chunk, got};
        size_t at;

        while (!info->found && (at = sv_find(rest, magic())) != SIZE_MAX) {
            size_t in_chunk = (size_t)(rest.p - (const char *)chunk) + at;
            struct place p = {job, memory, offset + done + in_chunk, {0}};

            if ((done + in_chunk) % ALIGN == 0) {
                TRY(source_read(s, p.at, HEADER_SIZE, job->arena, &p.header, err));
                if (p.header.n == HEADER_SIZE)
                    TRY(read_info(info, &p, err));
            }
            rest = sv_from(rest, at + 1);
        }
        if (got < want || got == length - done)
            break;
        done += got - ALIGN; // the magic may stand across two chunks
    }
    return 0;
}

/* One line of the module text; false for other kinds of lines. */
static bool module_of(struct sv line, struct sv *ret_kind, struct sv *ret_name,
                      struct sv *ret_version)
{
    *ret_kind = sv_cut(&line, '\t');
    *ret_name = sv_cut(&line, '\t');
    *ret_version = sv_cut(&line, '\t');
    if (sv_eq(*ret_version, SV("(devel)")))
        *ret_version = (struct sv){0};
    return sv_eq(*ret_kind, SV("mod")) || sv_eq(*ret_kind, SV("dep")) || sv_eq(*ret_kind, SV("=>"));
}

static struct range place_of(const struct go_build_info *info, struct sv part)
{
    struct range at = range_of(info->modules, part);

    return info->modules_at ? (struct range){info->modules_at + at.offset, at.length}
                            : (struct range){0};
}

static struct package package_of(const struct go_build_info *info, struct sv name,
                                 struct sv version)
{
    return (struct package){
        .type = "golang",
        .name = name,
        .version = version,
        .at = place_of(info, name),
        .state = STATE_CONTAINED,
    };
}

void go_build_info_emit_main(const struct go_build_info *info, struct emit *out)
{
    struct sv rest = info->modules, kind, name, version;

    while (rest.n) {
        if (!module_of(sv_line(&rest), &kind, &name, &version) || !sv_eq(kind, SV("mod")))
            continue;

        struct package p = package_of(info, name, version);

        (void)package_emit_fields(out, &p); // a name that cannot be one is none
        return;
    }
}

void go_build_info_emit_modules(const struct go_build_info *info, const struct job *job)
{
    struct sv rest = info->modules, kind, name, version;

    while (rest.n) {
        if (!module_of(sv_line(&rest), &kind, &name, &version) || sv_eq(kind, SV("mod")))
            continue;

        struct package p = package_of(info, name, version);

        p.ceiling = job->gate->ceiling;
        (void)package_emit(job->out, &p); // a replacement by a local folder is no package
    }
}
