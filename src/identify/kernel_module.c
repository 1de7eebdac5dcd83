// SPDX-License-Identifier: Apache-2.0
#include "identify/kernel_module.h"

#include "identify/emit_signature.h"
#include "identify/package.h"

enum {
    MODINFO_MAX = 4 << 20,
    MODULE_MAX = 64 << 20, /* bytes of a signed module: all of them are signed */
    TRAILER_SIZE = 12,
    KIND_PKCS7 = 2,
};

static struct sv marker(void)
{
    return SV("~Module signature appended~\n");
}

static void emit_info(struct emit *out, struct sv key, struct sv value, uint64_t offset)
{
    static const struct {
        const char *key;
        enum field_key field;
    } keys[] = {
        {"name", FIELD_NAME},
        {"name", FIELD_KERNEL_MODULE},
        {"description", FIELD_DESCRIPTION},
        {"version", FIELD_VERSION},
        {"license", FIELD_LICENCE},
    };

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (sv_eq(key, sv_str(keys[i].key)))
            emit_field_at(out, keys[i].field, value, offset, value.n);
    }
    if (sv_eq(key, SV("author")))
        person_emit(out, FIELD_AUTHOR, value);
    // A module of the kernel's own tree came with the kernel, whoever contributed it.
    if (sv_eq(key, SV("intree")) && sv_eq(value, SV("Y")))
        emit_field(out, FIELD_STATUS, SV("in the kernel's tree"));
}

static int emit_modinfo(const struct elf_section *modinfo, const struct job *job, struct err *err)
{
    struct span bytes;
    struct sv rest;

    if (modinfo->size > MODINFO_MAX)
        return ERR(err, ERR_LIMIT, "the module describes itself in more than %d MiB",
                   MODINFO_MAX >> 20);
    TRY(source_read(job->bytes, modinfo->offset, (size_t)modinfo->size, job->arena, &bytes, err));
    rest = sv_of(bytes);
    while (rest.n) {
        struct sv value = sv_cut(&rest, '\0');
        struct sv key = sv_cut(&value, '=');

        if (value.n)
            emit_info(job->out, key, value, modinfo->offset + range_of(sv_of(bytes), value).offset);
    }
    return 0;
}

/* The PKCS#7 that is appended, and how many bytes before it are signed; empty for none. */
static int find_signature(const struct job *job, struct span *ret, uint64_t *ret_signed,
                          struct err *err)
{
    uint64_t tail = TRAILER_SIZE + marker().n, size = job->bytes->size, length;
    struct span bytes;
    struct reader r;
    uint8_t kind;

    *ret = (struct span){0};
    if (size < tail)
        return 0;
    TRY(source_read(job->bytes, size - tail, (size_t)tail, job->arena, &bytes, err));
    if (!sv_ends(sv_of(bytes), marker()))
        return 0;
    r = reader_over(bytes);
    reader_skip(&r, 2);
    kind = reader_u8(&r);
    reader_skip(&r, 5);
    length = reader_u32be(&r);
    if (kind != KIND_PKCS7 || length == 0 || length > SIGNATURE_SIZE_MAX || length > size - tail)
        return 0;
    *ret_signed = size - tail - length;
    return source_read(job->bytes, *ret_signed, (size_t)length, job->arena, ret, err);
}

static int emit_signatures(const struct job *job, struct err *err)
{
    struct signatures all = {0};
    struct span pkcs7, content;
    uint64_t signed_bytes = 0;

    TRY(find_signature(job, &pkcs7, &signed_bytes, err));
    if (pkcs7.n == 0) {
        emit_unsigned(job->out, (struct sv){0});
        emit_group_end(job->out);
        return 0;
    }
    if (signed_bytes > MODULE_MAX)
        return ERR(err, ERR_LIMIT, "a signed kernel module of more than %d MiB", MODULE_MAX >> 20);
    TRY(source_read(job->bytes, 0, (size_t)signed_bytes, job->arena, &content, err));
    TRY(signature_check_detached(pkcs7, content, signed_bytes, job->roots, job->arena, &all, err));
    for (size_t i = 0; i < all.count; i++)
        emit_signature(job->out, &all.at[i]);
    emit_group_end(job->out);
    return 0;
}

int kernel_module_emit(const struct elf_section *modinfo, const struct job *job, struct err *err)
{
    TRY(emit_modinfo(modinfo, job, err));
    return emit_signatures(job, err);
}
