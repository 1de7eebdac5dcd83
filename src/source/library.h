// SPDX-License-Identifier: Apache-2.0
/*
 * What archives and compressed files that libarchive reads have in common: how it gets its bytes,
 * and what its errors mean. Only one format or filter is ever allowed to it, so that it cannot go
 * through layers on its own, nor start a program.
 */
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "os/shared_object.h"
#include "source/input.h"

#define LIBRARY_FUNCTIONS(X) \
    X(archive_read_new) \
    X(archive_read_free) \
    X(archive_read_open1) \
    X(archive_read_set_read_callback) \
    X(archive_read_set_skip_callback) \
    X(archive_read_set_seek_callback) \
    X(archive_read_set_callback_data) \
    X(archive_set_error) \
    X(archive_errno) \
    X(archive_error_string) \
    X(archive_format) \
    X(archive_read_header_position) \
    X(archive_read_has_encrypted_entries) \
    X(archive_read_next_header) \
    X(archive_read_data_block) \
    X(archive_read_append_filter) \
    X(archive_read_support_format_raw) \
    X(archive_read_support_format_empty) \
    X(archive_read_support_format_zip_seekable) \
    X(archive_read_support_format_zip_streamable) \
    X(archive_read_support_format_tar) \
    X(archive_read_support_format_cpio) \
    X(archive_read_support_format_ar) \
    X(archive_read_support_format_7zip) \
    X(archive_read_support_format_rar) \
    X(archive_read_support_format_rar5) \
    X(archive_read_support_format_cab) \
    X(archive_read_support_format_xar) \
    X(archive_read_support_format_iso9660) \
    X(archive_read_support_format_lha) \
    X(archive_read_support_format_warc) \
    X(archive_entry_hardlink) \
    X(archive_entry_filetype) \
    X(archive_entry_pathname) \
    X(archive_entry_pathname_utf8) \
    X(archive_entry_size_is_set) \
    X(archive_entry_size) \
    X(archive_entry_mode) \
    X(archive_entry_is_encrypted)

/* libarchive's own, once library_load() was right; library_init() sees to that. */
extern struct library_functions {
    LIBRARY_FUNCTIONS(SHARED_POINTER)
} libarchive;

struct library {
    struct archive *archive;
    struct input *in;   /* borrowed */
    struct err failure; /* of reading `in`; code 0: none */
};

/* With libxml2 and ICU behind it, it is loaded when something is to be unpacked, not before. */
int library_load(struct err *err) MUST_USE;

/* `seeks`: the input may be read here and there. */
int library_init(struct library *l, struct input *in, bool seeks, struct err *err) MUST_USE;
void library_clear(struct library *l);

/* The failure that the last call told. */
int library_error(const struct library *l, struct err *err);
