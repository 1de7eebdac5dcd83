// SPDX-License-Identifier: Apache-2.0
/*
 * Which container a file or entry is, by its first bytes; its name decides nothing, and where those
 * say nothing it is at most a reason to look.
 *
 * This is done for every file, so it only compares. Some kinds are guesses until more was read:
 * KIND_ISO, KIND_DISK, KIND_DMG, KIND_PROGRAM, KIND_SCRIPT and KIND_COMPOUND turn out to be
 * containers, or not, when they are opened.
 */
#pragma once

#include <stdbool.h>

#include "base/source.h"

enum container_kind {
    KIND_NONE,

    /* archives */
    KIND_ZIP,
    KIND_TAR,
    KIND_CPIO,
    KIND_AR,
    KIND_7Z,
    KIND_RAR,
    KIND_RAR5,
    KIND_CAB,
    KIND_XAR,
    KIND_ISO,
    KIND_LHA,
    KIND_WARC,

    /* one compressed file; what is in it may be an archive of the kinds that are read in order */
    KIND_GZIP,
    KIND_BZIP2,
    KIND_XZ,
    KIND_LZMA,
    KIND_LZIP,
    KIND_ZSTD,
    KIND_LZ4,
    KIND_PBZX,
    KIND_OSTREE, /* an object of an ostree repository */
    KIND_COMPRESS,

    /* one of the above behind something else */
    KIND_RPM,
    KIND_CRX,
    KIND_PROGRAM, /* PE: behind its sections */
    KIND_SCRIPT,  /* behind the lines of a shell script */

    /* a file that holds a disk */
    KIND_DMG,
    KIND_EWF,
    KIND_QCOW,
    KIND_VDI,
    KIND_VHD,
    KIND_VHDX,
    KIND_VMDK,

    /* a disk, or a part of one */
    KIND_DISK, /* with a table of partitions; or a disc that can also be started as a disk */
    KIND_EXT,
    KIND_FAT,
    KIND_EXFAT,
    KIND_HFS,
    KIND_NTFS,
    KIND_LVM,
    KIND_XFS,
    KIND_SQUASHFS,
    KIND_APPIMAGE, /* squashfs behind a program */
    KIND_VOLUME,   /* locked, or of a kind that is not read */

    /* installers */
    KIND_COMPOUND, /* a package of Windows Installer, when it is not a document */
    KIND_NSIS,     /* without the program before it */
    KIND_BUNDLE,   /* a program that has archives in it, not just behind it */

    KIND_CLOSED,      /* an image, an installer or a hive: not an archive, and not opened */
    KIND_UNSUPPORTED, /* an archive that nothing here reads */
    KIND_COUNT_,
};

enum container_kind kind_of(struct span head, uint64_t size);

/* A guess for what its first bytes do not tell: the kind that its name promises, to be settled. */
enum container_kind kind_by_name(struct sv name);

/* A compressed file that holds one other? */
bool kind_is_compressed(enum container_kind kind);

/* A file that holds a disk? */
bool kind_is_image(enum container_kind kind);

/* Does what is in it lie on a disk, as in a mounted root? Not so for what is handed on as a whole.
 */
bool kind_is_disk(enum container_kind kind);

/* Does it have to be read here and there, not just in order? */
bool kind_is_random(enum container_kind kind);

/* Its name, for people and tests: "zip". */
const char *kind_text(enum container_kind kind);

/* Whether a block of 512 bytes is the header of a tar archive. */
bool kind_is_tar(struct span head);
