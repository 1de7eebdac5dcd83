// SPDX-License-Identifier: Apache-2.0
/*
 * What a plan has to know of a root beside the findings: gathered once, plain data from then on, so
 * that making the plan is a pure function of both. Paths are within the root, encoded as places.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/finding.h"
#include "order/rules.h"
#include "remedy/path_state.h"
#include "store/store.h"

/* A path as it is. */
struct fact_path {
    struct sv path;
    enum path_type type;
    struct sv digest; /* of its state, in hex */
    struct sv sha256; /* of a file's bytes, in hex */
    uint64_t size;
    struct sv owner;  /* "deb:kesl": the package that owns it; or empty */
    struct sv target; /* of a link, raw */
    bool locked;      /* immutable or append-only */
};

/* An indicator of a finding, in a file of the root. */
struct fact_hit {
    struct sv finding;
    struct sv indicator;
    struct sv place; /* as the finding has it */
    struct sv path;  /* without what is inside a file */
    bool inside;     /* it stands in something that is in the file */
    struct sv recogniser;
    struct sv field, value;
    struct sv package;     /* that the same component names: "kesl" */
    struct sv certificate; /* SHA-256 of its DER */
    struct sv command;
    struct sv row; /* of the file that it stands in, as the scan says: a path in a registry hive */
    struct sv scanned; /* SHA-256 of the file when it was scanned; empty when that was not kept */
    size_t others; /* components of the same recogniser in this file that are not the finding's */
};

struct fact_package {
    struct sv type; /* "deb" or "rpm" */
    struct sv name, version, status;
    bool half;        /* its installation or removal was begun and not ended */
    struct sv *files; /* those that matter: units, init scripts */
    size_t file_count;
    struct sv *dependents; /* installed packages that need it */
    size_t dependent_count;
};

/* A script of a package that fails. */
struct fact_script {
    struct sv package;
    struct sv name; /* "prerm" */
    struct sv path;
};

struct fact_link { /* a link that enables a unit or an init script */
    struct sv path;
    struct sv name; /* of what it leads to */
};

struct fact_account {
    struct sv name;
    bool group;
    struct sv file;  /* where it stands: "/etc/passwd" */
    struct sv other; /* a file of it that stays; or empty */
};

struct fact_process {
    struct sv path; /* of its program */
    struct sv name;
};

/* Programs of the root that a plan may run, and files that it may write. */
struct fact_tools {
    bool dpkg, rpm, update_ca_trust, certutil, keytool;
    bool apt;      /* etc/apt/preferences.d is there */
    bool dnf_conf; /* etc/dnf/dnf.conf is there */
};

struct facts {
    struct sv root; /* "/" for the live machine */
    bool live;
    struct sv cannot_rehearse; /* why not; empty when it can */
    struct fact_tools tools;
    struct fact_hit *hits; /* sorted by finding, path, indicator */
    size_t hit_count;
    struct fact_package *packages; /* of the findings; sorted */
    size_t package_count;
    struct fact_link *links;
    size_t link_count;
    struct fact_account *accounts;
    size_t account_count;
    struct fact_process *processes; /* live: of programs in places of findings */
    size_t process_count;
    struct sv *protections; /* live: other anti-malware that runs */
    size_t protection_count;
    struct sv *modules; /* live: loaded kernel modules */
    size_t module_count;

    /* From the rehearsal. */
    struct fact_script *scripts; /* maintainer scripts that failed, to be neutralised */
    size_t script_count;
    struct sv failed;       /* why the uninstaller cannot do it; or empty */
    bool looked;            /* `left` is known: */
    struct fact_path *left; /* what is left when the uninstaller is done; sorted by path */
    size_t left_count;
};

struct facts_request {
    const char *root; /* as it was scanned: "/" or a folder */
    bool live;
    struct store *store; /* the scan is chosen */
    const struct finding *const *findings;
    size_t finding_count;
    const struct rules *rules;
};

int facts_gather(const struct facts_request *request, struct arena *arena, struct facts *ret,
                 struct err *err) MUST_USE;

/* A path of the finding within the root, without what is inside a file; empty when it lies
 * elsewhere. */
struct sv facts_path(struct sv root, struct sv place);

/* Look, in the folder `fd` as the root, at what is left: the paths that `wanted` names (a folder
 * with all that is in it), into facts->left. `recursive` says so for each. */
struct facts_wanted {
    struct sv path;
    bool recursive;
};
int facts_look(int fd, const struct facts_wanted *wanted, size_t count, struct arena *arena,
               struct facts *facts, struct err *err) MUST_USE;

const struct fact_path *facts_left(const struct facts *f, struct sv path);

/* Who owns what is left, from the dpkg database of the folder `fd`. */
int facts_dpkg_owners(int fd, struct facts *facts, struct arena *arena, struct err *err) MUST_USE;

/* What the accounts own beside what is left: the first such path, into their `other`. Looks through
 * the whole root, when there are accounts. */
int facts_others(int fd, struct facts *facts, struct arena *arena, struct err *err) MUST_USE;
