// SPDX-License-Identifier: Apache-2.0
/*
 * Where the bytes of what was removed are kept: each content once, by its SHA-256, compressed.
 *
 *     vault/               0700, of whoever removes (root)
 *         objects/ab/<sha256>.zst
 *         evidence/<plan>/…
 *         index, index.sha256      what is in it and until when: store/vault_index.h
 *
 * An object is written beside, synced, read back from the disk and compared before it has its name.
 * Which plan needs which object is in the journal; the vault only keeps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "remedy/path_make.h"

struct vault;

#define auto_vault __attribute__((cleanup(vault_auto_close))) struct vault

/* Open the vault of a state folder. With `make` it is made when it is not there; else -ERR_GONE. */
int vault_open(const char *state_folder, bool make, struct vault **ret, struct err *err) MUST_USE;
void vault_close(struct vault *v);
void vault_auto_close(struct vault **v);

int vault_folder(const struct vault *v); /* its descriptor, borrowed */

/* Keep the content of an open file, which must have this size and digest. What is there already is
 * read again, and kept anew if it is damaged. -ERR_CONFLICT when the file has other bytes. */
int vault_keep(struct vault *v, int fd, uint64_t size, const uint8_t sha256[32],
               struct err *err) MUST_USE;

/* Keep bytes; their digest is the answer. */
int vault_keep_bytes(struct vault *v, struct span bytes, uint8_t ret_sha256[32],
                     struct err *err) MUST_USE;

/* What was kept since the last call is found again after a power cut. */
int vault_sync(struct vault *v, struct err *err) MUST_USE;

bool vault_has(const struct vault *v, const uint8_t sha256[32]);

/* Bytes that can still be written to its file system. */
int vault_free_bytes(const struct vault *v, uint64_t *ret, struct err *err) MUST_USE;

/* An object as content for path_make; it says at the end whether the digest is right. */
struct vault_object {
    struct content content;
    void *state; /* zeroed when closed */
};

int vault_object_open(const struct vault *v, const uint8_t sha256[32], struct vault_object *ret,
                      struct err *err) MUST_USE;
void vault_object_close(struct vault_object *o);

/* Read an object to its end. -ERR_FORMAT when it is not what its name says, -ERR_GONE. */
int vault_check(const struct vault *v, const uint8_t sha256[32], struct err *err) MUST_USE;

/* The whole of an object; -ERR_LIMIT when it is larger than max. */
int vault_read(const struct vault *v, const uint8_t sha256[32], uint64_t size, size_t max,
               struct arena *arena, struct span *ret, struct err *err) MUST_USE;

struct vault_entry {
    uint8_t sha256[32];
    uint64_t stored; /* bytes on the disk */
};

/* All objects, sorted by digest. What a crash left half written is removed when `tidy`. */
int vault_list(struct vault *v, bool tidy, struct arena *arena, struct vault_entry **ret,
               size_t *ret_count, struct err *err) MUST_USE;

int vault_drop(struct vault *v, const uint8_t sha256[32], struct err *err) MUST_USE;
