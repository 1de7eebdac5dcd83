// SPDX-License-Identifier: Apache-2.0
/*
 * The database of a Windows Installer package (.msi), patch (.msp) or transform (.mst).
 *
 * It is a compound file whose streams are tables, files of the Binary and Icon tables, and
 * cabinets. Names of streams are packed two characters into one; those of tables begin with U+4840.
 *
 *     _StringPool  code page, then length and uses of each string; a string's number is its id
 *     _StringData  the strings
 *     _Columns     table, number, name and type of every column
 *     others       column by column: strings as ids of 2 or 3 bytes, numbers of 2 or 4 bytes with
 *                  their highest bit turned over
 *
 * Format: "The MSI file format" in Wine's and msitools' documentation; Microsoft "Windows Installer
 * Database Reference" for the tables.
 */
#pragma once

#include "format/compound.h"

enum msi_kind {
    MSI_NONE, /* another compound file */
    MSI_PACKAGE,
    MSI_PATCH,
    MSI_TRANSFORM,
};

struct msi {
    struct compound file;
    struct arena *arena; /* borrowed */
    enum msi_kind kind;
    struct sv *names; /* of the entries, unpacked, UTF-8; of tables without what marks them */
    bool *is_table;
    unsigned codepage, reference; /* bytes of a string's id */
    struct span data;             /* of all strings */
    uint32_t *ends;               /* of string i + 1 in data */
    uint32_t strings;
    struct span columns; /* the table _Columns */
};

enum { MSI_COLUMNS_MAX = 64 };

struct msi_table {
    const struct msi *msi;
    struct span bytes;
    size_t rows, count;
    struct msi_column {
        struct sv name;
        uint16_t type;
        size_t at; /* in bytes */
    } columns[MSI_COLUMNS_MAX];
};

/* What a compound file of this class is. */
enum msi_kind msi_kind_of(const uint8_t class[COMPOUND_CLASS]);

/* 0; COMPOUND_NONE when it is none, or another compound file; or a failure. */
int msi_open(struct msi *ret, struct source *source, uint64_t base, struct arena *arena,
             struct err *err) MUST_USE;

/* Read what all tables need. Without it, or when it failed, every table is empty. */
int msi_open_tables(struct msi *m, struct err *err) MUST_USE;

/* The index of a stream of the root; UINT32_MAX when there is none. */
uint32_t msi_find(const struct msi *m, struct sv name, bool table);

/* All of a stream, in the arena. */
int msi_stream(struct msi *m, uint32_t entry, struct span *ret, struct err *err) MUST_USE;

/* A table; one without rows when there is none of that name. */
int msi_table_open(struct msi *m, struct sv name, struct msi_table *ret, struct err *err) MUST_USE;

/* A cell; empty or 0 when there is no such column. The text is as it stands, not yet UTF-8. */
struct span msi_bytes(const struct msi_table *t, size_t row, const char *column);
uint32_t msi_number(const struct msi_table *t, size_t row, const char *column);

/* The same as UTF-8, in the arena. */
struct sv msi_text(const struct msi_table *t, size_t row, const char *column);
