// SPDX-License-Identifier: Apache-2.0
/*
 * The edits that a removal makes inside of files: bytes before and a key to bytes after.
 *
 * An edit is pure: it opens nothing, and the same bytes and key give the same bytes. It is exact:
 * what it does not name stays byte for byte, line ends and comments too. When there is nothing to
 * take out, that is an outcome of its own (EDIT_NOTHING), so that doing it again does nothing. An
 * edit that cannot be sure refuses (-ERR_UNSUPPORTED, -ERR_FORMAT) and says what to do instead.
 *
 * Each edit is one file, edit_<name>.c, and one line in meson.build. Bytes are hostile: all of it
 * is bounded, and nothing recurses by them.
 *
 *     edit             files                                               key
 *     drop-account     passwd, shadow, group, gshadow, subuid, subgid      name
 *     drop-member      group, gshadow: of all groups' members              user
 *     drop-module      etc/modules, modules-load.d, modprobe.d             module
 *     drop-cron        crontabs, anacrontab                                command
 *     drop-host        etc/hosts                                           host name
 *     drop-line        any list: ld.so.preload, ca-certificates.conf       the whole line
 *     drop-pem         PEM bundles                                         SHA-256 of the DER
 *     drop-deb         dpkg's status, in an image of containers            package
 *     drop-java-cert   Java keystores, JKS and JCEKS (PKCS#12: keytool)    SHA-256 of the DER
 *     drop-nss-cert    cert9.db, with nothing having it open               SHA-256 of the DER
 *     drop-source      apt, dnf, yum, zypper, apk, pacman sources          host
 *     drop-extension   browser policies, native-messaging hosts' clients   id of the extension
 *     drop-native-host            Chromium's policies                      name of the host
 *     drop-policy-certificate     Chromium's policies                      SHA-256 of the DER
 *     drop-registry    a Windows hive: HKLM\SOFTWARE\… as rows say      path of a key or value
 *     drop-registry-text          a Windows hive: UpperFilters             path of the value=text
 *     drop-json        any JSON text                                       pointer, pointer=text
 *
 *     block-apt        a file of etc/apt/preferences.d                     packages
 *     block-dnf        etc/dnf/dnf.conf, etc/yum.conf                      packages
 *     block-pip        a constraints file of pip                           packages
 *     use-constraints  etc/pip.conf                                        the constraints file
 *
 * (npm, Go and Maven have no list of what must not be installed that holds for a machine),
 * and for patches that are only proposed (remedy/patch.h): drop-npm, drop-requirement,
 * drop-go-module, drop-maven.
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    EDIT_NOTHING = 1,          /* the key names nothing that is in the file */
    EDIT_FILE_MAX = 512 << 20, /* bytes of a file that is edited */
    EDIT_KEY_MAX = 64 << 10,
};

struct edit_run;

/* A row of the table: either `find` says which bytes go and come, or `rewrite` makes the file. */
struct edit {
    const char *name;    /* stable id, in plans: "drop-account" */
    const char *summary; /* one line for people */
    const char *key;     /* what the key is */
    int (*find)(struct edit_run *run, struct err *err);
    int (*rewrite)(struct edit_run *run, struct buf *after, struct err *err);
};

/* All of them; NULL at the end. */
extern const struct edit *const edits[];

/* NULL when there is none of that name. */
const struct edit *edit_named(struct sv name);

/*
 * Append what the file is after the edit `name` to `after`: 0, or EDIT_NOTHING and nothing is
 * appended. -ERR_* when the file cannot be edited so; ERR_USAGE for a key that makes no sense.
 */
int edit_apply(struct sv name, struct span before, struct sv key, struct buf *after,
               struct err *err) MUST_USE;

/* ---- for the files of the table ---- */

/* Bytes [at, at + cut) are replaced by `put`; `put` is in the arena or static. */
struct edit_splice {
    size_t at, cut;
    struct sv put;
};

struct edit_run {
    struct span before;
    struct sv text; /* the same */
    struct sv key;
    struct arena *arena;
    struct edit_splice *splices;
    size_t count, room;
};

/* Take out `part`, which lies in the file. What overlaps is taken out once. */
void edit_cut(struct edit_run *run, struct sv part);

/* Put `text` where byte `at` is. */
void edit_put(struct edit_run *run, size_t at, struct sv text);

/* Put `text` in the place of `part`, which lies in the file. */
void edit_replace(struct edit_run *run, struct sv part, struct sv text);

/* Append the file with all of that done: 0, or EDIT_NOTHING. Called for what has `find`. */
int edit_write(struct edit_run *run, struct buf *after, struct err *err) MUST_USE;

struct edit_line {
    struct sv whole; /* with its end */
    struct sv text;  /* without it and without white space at both ends */
};

/* Cut the next line off; false at the end. */
bool edit_next_line(struct sv *rest, struct edit_line *ret);

/* "\r\n" when the file's first line ends so, else "\n". */
struct sv edit_line_end(struct sv text);

/* Cut off and return the next word and the white space around it. */
struct sv edit_word(struct sv *line);

/* -ERR_FORMAT for what is no text (it has a NUL); `what` it should be. */
int edit_check_text(const struct edit_run *run, const char *what, struct err *err) MUST_USE;
