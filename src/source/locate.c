// SPDX-License-Identifier: Apache-2.0
/*
 *     rpm      lead[96]  signature header, to 8  header  payload
 *     program  "MZ" … at 60: where "PE\0\0" is, COFF header, sections … what lies behind the last
 * one script   lines of text, then the archive at the beginning of a line iso      "CD001" at 32769
 *
 * Formats: rpm "Package format"; Microsoft "PE Format"; ECMA-119.
 */
#include "source/locate.h"

#include <string.h>

#include "format/msi.h"
#include "source/bundle.h"
#include "source/dmg.h"
#include "source/nsis.h"

enum {
    ISO_MAGIC_AT = 32769,
    BTRFS_MAGIC_AT = 65600,
    ELF_HEADER = 64,
    RPM_LEAD = 96,
    RPM_INTRO = 16,
    RPM_HEADER_MAX = 256 << 20,
    TAR_BLOCK = 512,
    PE_OFFSET_AT = 60,
    SECTOR = 512,
    PE_SECTION = 40,
    PE_SECTIONS_MAX = 96, /* as Windows allows */
    SFX_SEARCH = 96 * 1024,
    PROGRAM_ARENA = 8 << 20,
    SCRIPT_SEARCH = INPUT_PIECE,
};

static int peek_at(struct input *in, uint64_t at, size_t n, struct span *ret, struct err *err)
{
    in->at = at;
    return input_peek(in, n, ret, err);
}

static int locate_iso(enum container_kind guess, struct input *in, struct located *ret,
                      struct err *err)
{
    struct span bytes;

    TRY(peek_at(in, ISO_MAGIC_AT, 5, &bytes, err));
    if (sv_starts(sv_of(bytes), SV("CD001"))) {
        ret->kind = KIND_ISO;
    } else if (guess == KIND_ISO) {
        // What else begins with nothing.
        TRY(peek_at(in, BTRFS_MAGIC_AT, 8, &bytes, err));
        if (sv_starts(sv_of(bytes), SV("_BHRfS_M")))
            ret->kind = KIND_VOLUME;
    } else {
        ret->kind = guess;
    }
    return 0;
}

/* The end of the header at `at`. */
static int rpm_header_end(struct input *in, uint64_t at, uint64_t *ret, struct err *err)
{
    struct span intro;
    struct reader r;
    uint64_t rows, bytes;

    TRY(peek_at(in, at, RPM_INTRO, &intro, err));
    r = reader_over(intro);
    if (!sv_starts(sv_of(reader_take(&r, 8)), SV("\x8e\xad\xe8")))
        return ERR(err, ERR_FORMAT, "rpm: no header where one has to be");
    rows = reader_u32be(&r);
    bytes = reader_u32be(&r);
    if (!reader_ok(&r) || rows * 16 + bytes > RPM_HEADER_MAX)
        return ERR(err, ERR_FORMAT, "rpm: its header is damaged");
    *ret = at + RPM_INTRO + rows * 16 + bytes;
    return 0;
}

static int locate_payload(struct input *in, struct located *ret, struct err *err)
{
    struct span bytes;
    uint64_t at;

    TRY(rpm_header_end(in, RPM_LEAD, &at, err));
    TRY(rpm_header_end(in, (at + 7) & ~UINT64_C(7), &at, err));
    TRY(peek_at(in, at, TAR_BLOCK, &bytes, err));
    ret->base = at;
    ret->kind = kind_of(bytes, UINT64_MAX);
    // A package without files has no payload, or an empty one.
    if (bytes.n && !kind_is_compressed(ret->kind) && ret->kind != KIND_CPIO)
        return ERR(err, ERR_UNSUPPORTED, "rpm: a payload of an unknown kind");
    return 0;
}

/* Behind the table of sections, which stands at the end of the program. */
static int locate_appimage(struct input *in, struct located *ret, struct err *err)
{
    struct span bytes;
    struct reader r;
    bool wide;

    TRY(peek_at(in, 0, ELF_HEADER, &bytes, err));
    r = reader_over(bytes);
    reader_skip(&r, 4);
    wide = reader_u8(&r) == 2;
    reader_skip(&r, wide ? 35 : 27);
    ret->base = wide ? reader_u64le(&r) : reader_u32le(&r);
    reader_skip(&r, 10);
    ret->base += (uint64_t)reader_u16le(&r) * reader_u16le(&r);
    TRY(peek_at(in, ret->base, 4, &bytes, err));
    if (!reader_ok(&r) || !sv_starts(sv_of(bytes), SV("hsqs")))
        return ERR(err, ERR_UNSUPPORTED, "an AppImage whose file system is not squashfs");
    ret->kind = KIND_SQUASHFS;
    return 0;
}

/* Where the last section ends; 0 when it is no such program. */
static int sections_end(struct input *in, uint64_t *ret, struct err *err)
{
    struct span bytes;
    struct reader r;
    uint64_t pe, sections;
    uint16_t count, optional;

    *ret = 0;
    TRY(peek_at(in, PE_OFFSET_AT, 4, &bytes, err));
    r = reader_over(bytes);
    pe = reader_u32le(&r);
    TRY(peek_at(in, pe, 24, &bytes, err));
    r = reader_over(bytes);
    if (!sv_starts(sv_of(reader_take(&r, 4)), SV("PE\0\0")))
        return 0;
    reader_skip(&r, 2);
    count = reader_u16le(&r);
    reader_skip(&r, 12);
    optional = reader_u16le(&r);
    sections = pe + 24 + optional;
    if (!reader_ok(&r) || count > PE_SECTIONS_MAX)
        return 0;
    TRY(peek_at(in, sections, (size_t)count * PE_SECTION, &bytes, err));
    r = reader_over(bytes);
    while (count-- && r.rest.n >= PE_SECTION) {
        uint64_t size, at;

        reader_skip(&r, 16);
        size = reader_u32le(&r);
        at = reader_u32le(&r);
        reader_skip(&r, 16);
        if (size && at + size > *ret)
            *ret = at + size;
    }
    return 0;
}

/* An archive at the beginning of what was put behind a program, or a 7z behind a short text. */
static void find_in_overlay(struct span overlay, uint64_t at, struct located *ret)
{
    const struct sv magic_7z = SV("7z\xbc\xaf\x27\x1c");
    enum container_kind kind = kind_of(overlay, UINT64_MAX);
    size_t found, mark = sv_find(sv_of(overlay), SV(NSIS_MARK));

    if (mark != SIZE_MAX && mark >= NSIS_MARK_AT && (at + mark - NSIS_MARK_AT) % SECTOR == 0) {
        *ret = (struct located){.kind = KIND_NSIS, .base = at + mark - NSIS_MARK_AT};
    } else if (kind == KIND_ZIP) {
        // Its offsets may count from the beginning of the program; its directory is at the end.
        *ret = (struct located){KIND_ZIP, 0};
    } else if (kind == KIND_RAR || kind == KIND_RAR5 || kind == KIND_CAB) {
        *ret = (struct located){kind, at};
    } else {
        found = sv_find(sv_of(overlay), magic_7z);
        if (found != SIZE_MAX)
            *ret = (struct located){KIND_7Z, at + found};
    }
}

/* Installers that nothing here opens, by what they are made with. */
static int name_closed(struct pe *pe, struct span overlay, struct err *err)
{
    struct sv version;

    if (sv_starts(sv_of(overlay), SV("InstallShield")) ||
        sv_starts(sv_of(overlay), SV("ISSetupStream")))
        return ERR(err, ERR_UNSUPPORTED, "an installer made with InstallShield");
    TRY(bundle_inno_version(pe, &version, err));
    if (version.n)
        return ERR(err, ERR_UNSUPPORTED, "an installer made with Inno Setup %.*s", (int)version.n,
                   version.p);
    return 0;
}

/* Something may stand behind it, and something in it. */
static int locate_in_program(struct input *in, struct located *ret, struct err *err)
{
    auto_arena arena = {0};
    struct pe pe;
    struct bundle bundle;
    struct span overlay = {0};
    uint64_t at;
    int r;

    TRY(sections_end(in, &at, err));
    if (at == 0)
        return 0;
    arena_init(&arena, PROGRAM_ARENA);
    r = pe_read(in->source, &arena, &pe, err);
    if (r != 0)
        return r == -ERR_NOMEM || r == -ERR_IO ? r : 0; // the recogniser says what is wrong
    // Its signature stands behind a program, too.
    if (at < in->source->size && pe.directory[PE_SECURITY].rva != at) {
        TRY(peek_at(in, at, SFX_SEARCH, &overlay, err));
        find_in_overlay(overlay, at, ret);
    }
    TRY(bundle_find(&pe, &bundle, err));
    if (bundle.count)
        *ret = (struct located){KIND_BUNDLE, ret->kind == KIND_NONE  ? 0
                                             : ret->kind == KIND_ZIP ? at
                                                                     : ret->base};
    return ret->kind == KIND_NONE ? name_closed(&pe, overlay, err) : 0;
}

static int locate_in_script(struct input *in, struct located *ret, struct err *err)
{
    static const bool packed[KIND_COUNT_] = {
        [KIND_GZIP] = true, [KIND_BZIP2] = true, [KIND_XZ] = true, [KIND_ZSTD] = true,
        [KIND_7Z] = true,   [KIND_TAR] = true,   [KIND_ZIP] = true};
    const uint8_t *line;
    struct span rest;

    TRY(peek_at(in, 0, SCRIPT_SEARCH, &rest, err));
    if (rest.n == 0 || !memchr(rest.p, 0, rest.n))
        return 0;
    for (uint64_t at = 0; rest.n && (line = memchr(rest.p, '\n', rest.n));) {
        size_t n = (size_t)(line - rest.p) + 1;
        enum container_kind kind;

        at += n;
        rest = span_from(rest, n);
        kind = kind_of(rest, UINT64_MAX);
        if (packed[kind]) {
            *ret = (struct located){kind, kind == KIND_ZIP ? 0 : at};
            break;
        }
    }
    return 0;
}

int locate_dmg(struct input *in, struct located *ret, struct err *err)
{
    uint64_t size = in->source->size;
    struct span bytes;

    TRY(peek_at(in, 0, 8, &bytes, err));
    if (sv_starts(sv_of(bytes), SV("encrcdsa")))
        return ERR(err, ERR_ENCRYPTED, "dmg: it is encrypted");
    if (size < DMG_TRAILER)
        return 0;
    TRY(peek_at(in, size - DMG_TRAILER, DMG_TRAILER, &bytes, err));
    bytes.n = bytes.n < DMG_TRAILER ? bytes.n : DMG_TRAILER;
    if (dmg_is_trailer(bytes))
        *ret = (struct located){.kind = KIND_DMG};
    return 0;
}

/* Documents are compound files, too. */
static int locate_installer(struct input *in, struct located *ret, struct err *err)
{
    uint8_t class[COMPOUND_CLASS];
    struct err wrong;
    int r = compound_class(in->source, in->base, class, &wrong);

    if (r == 0 && msi_kind_of(class) != MSI_NONE)
        *ret = (struct located){.kind = KIND_COMPOUND};
    if (r == -ERR_NOMEM || r == -ERR_IO || r == -ERR_CANCELLED)
        *err = wrong;
    return r == -ERR_NOMEM || r == -ERR_IO || r == -ERR_CANCELLED ? r : 0;
}

int locate(enum container_kind guess, struct input *in, struct located *ret, struct err *err)
{
    *ret = (struct located){0};
    if (guess == KIND_ISO || guess == KIND_DISK)
        return locate_iso(guess, in, ret, err);
    if (guess == KIND_DMG)
        return locate_dmg(in, ret, err);
    if (guess == KIND_RPM)
        return locate_payload(in, ret, err);
    if (guess == KIND_PROGRAM)
        return locate_in_program(in, ret, err);
    if (guess == KIND_SCRIPT)
        return locate_in_script(in, ret, err);
    if (guess == KIND_COMPOUND)
        return locate_installer(in, ret, err);
    if (guess == KIND_APPIMAGE)
        return locate_appimage(in, ret, err);
    if (guess == KIND_UNSUPPORTED)
        return ERR(err, ERR_UNSUPPORTED, "an archive of a kind that is not read");
    // A crx is a zip behind a signature: its directory is at the end all the same.
    ret->kind = guess == KIND_CRX ? KIND_ZIP : guess;
    return 0;
}
