// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Cargo's files: Cargo.lock, Cargo.toml and the list of what "cargo install" installed.
 *
 *     [[package]]                          [dependencies]
 *     name = "a"                           a = "1.2"
 *     version = "1.2.3"                    b = { version = "1", package = "real", git = "…" }
 *     source = "registry+https://…"        [dependencies.c]
 *                                          version = "2"
 *     [v1]
 *     "tool 1.0.0 (registry+https://…)" = ["tool"]          (.crates.toml)
 *
 * A Cargo.toml in Cargo's registry or a folder "vendor" is the source of a crate that something
 * was built from: present, and what it asks for is that crate's affair.
 * Format: https://doc.rust-lang.org/cargo/reference/manifest.html
 */
#include "identify/json_file.h"
#include "identify/package.h"
#include "identify/toml.h"

enum {
    TAG_LOCK,
    TAG_PROJECT,
    TAG_CRATE,
    TAG_INSTALLED,
};

struct crate {
    struct sv name, version, constraint, source, authors, description, homepage, repository;
};

static bool emit_crate(const struct job *job, struct sv text, const struct crate *c,
                       enum component_state state)
{
    const struct package p = {
        .type = "cargo",
        .name = c->name,
        .version = c->version,
        .constraint = c->constraint,
        .at = range_of(text, c->name),
        .state = state,
        .ceiling = job->gate->ceiling,
    };
    struct sv people = c->authors, person;

    if (!package_emit(job->out, &p))
        return false;
    while (toml_element(&people, &person))
        person_emit(job->out, FIELD_AUTHOR, toml_string(person));
    emit_field(job->out, FIELD_DESCRIPTION, c->description);
    emit_field(job->out, FIELD_HOMEPAGE, c->homepage);
    emit_field(job->out, FIELD_URL, c->repository);
    // What comes from the public registry needs no address.
    if (!sv_starts(c->source, SV("registry+https://github.com/rust-lang/crates.io-index")))
        emit_field(job->out, FIELD_URL, c->source);
    return true;
}

/* Without a source it is the workspace's own. */
static bool emit_locked(const struct job *job, struct sv text, const struct crate *c)
{
    return c->source.n && emit_crate(job, text, c, STATE_REFERENCED);
}

static bool identify_lock(const struct job *job, struct sv text)
{
    struct toml toml = toml_over(text);
    struct toml_item item;
    struct crate c = {0};
    bool any = false;

    while (toml_next(&toml, &item)) {
        if (!sv_eq(item.table, SV("package")))
            continue;
        any = true;
        if (item.is_header) {
            emit_locked(job, text, &c);
            c = (struct crate){0};
        } else if (sv_eq(item.key, SV("name"))) {
            c.name = toml_string(item.value);
        } else if (sv_eq(item.key, SV("version"))) {
            c.version = toml_string(item.value);
        } else if (sv_eq(item.key, SV("source"))) {
            c.source = toml_string(item.value);
        }
    }
    emit_locked(job, text, &c);
    return any;
}

static bool emit_itself(const struct job *job, struct sv text)
{
    struct toml toml = toml_over(text);
    struct toml_item item;
    struct crate c = {0};

    while (toml_next(&toml, &item)) {
        const struct {
            const char *key;
            struct sv *to;
        } wanted[] = {
            {"name", &c.name},
            {"version", &c.version},
            {"description", &c.description},
            {"homepage", &c.homepage},
            {"repository", &c.repository},
        };

        if (!sv_eq(item.table, SV("package")))
            continue;
        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            if (sv_eq(item.key, sv_str(wanted[i].key)))
                *wanted[i].to = toml_string(item.value);
        }
        if (sv_eq(item.key, SV("authors")))
            c.authors = item.value;
    }
    return emit_crate(job, text, &c, job->gate->state);
}

/* "dependencies", "dev-dependencies", "workspace.dependencies", "target.'…'.build-dependencies" */
static bool is_dependencies(struct sv table)
{
    return sv_ends(table, SV("dependencies")) &&
           (sv_ends(table, SV(".dependencies")) || sv_ends(table, SV("-dependencies")) ||
            sv_eq(table, SV("dependencies")));
}

static void read_member(struct crate *c, struct sv key, struct sv value)
{
    value = toml_string(value);
    if (sv_eq(key, SV("version")))
        c->constraint = value;
    else if (sv_eq(key, SV("package")))
        c->name = value;
    else if (sv_eq(key, SV("git")))
        c->source = value;
}

static bool emit_dependencies(const struct job *job, struct sv text)
{
    struct toml toml = toml_over(text);
    struct crate open = {0}; // that of a table [dependencies.<name>]
    struct toml_item item;
    bool any = false;

    while (toml_next(&toml, &item)) {
        if (item.is_header) {
            size_t dot = sv_find_last(item.table, '.');

            any |= open.name.n && emit_crate(job, text, &open, STATE_REFERENCED);
            open = (struct crate){0};
            if (dot != SIZE_MAX && is_dependencies((struct sv){item.table.p, dot}))
                open.name = toml_key(sv_from(item.table, dot + 1));
        } else if (open.name.n) {
            read_member(&open, item.key, item.value);
        } else if (is_dependencies(item.table)) {
            struct crate c = {.name = toml_key(item.key), .constraint = toml_string(item.value)};
            struct sv rest = item.value, key, value;

            while (toml_member(&rest, &key, &value))
                read_member(&c, key, value);
            any |= emit_crate(job, text, &c, STATE_REFERENCED);
        }
    }
    any |= open.name.n && emit_crate(job, text, &open, STATE_REFERENCED);
    return any;
}

/* "tool 1.0.0 (registry+https://…)" */
static bool identify_installed(const struct job *job, struct sv text)
{
    struct toml toml = toml_over(text);
    struct toml_item item;
    bool any = false;

    while (toml_next(&toml, &item)) {
        struct sv rest = toml_key(item.key);
        struct crate c = {.name = sv_cut(&rest, ' '), .version = sv_cut(&rest, ' ')};

        if (item.is_header || !sv_starts(rest, SV("(")))
            continue;
        rest = sv_from(rest, 1);
        c.source = sv_cut(&rest, ')');
        any |= emit_crate(job, text, &c, job->gate->state);
    }
    return any;
}

static int identify_cargo(const struct job *job, struct err *err)
{
    struct span all;
    struct sv text;
    bool any = false;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    text = sv_of(all);
    switch (job->gate->tag) {
    case TAG_LOCK:
        any = identify_lock(job, text);
        break;
    case TAG_INSTALLED:
        any = identify_installed(job, text);
        break;
    case TAG_CRATE:
        any = emit_itself(job, text);
        break;
    default:
        any = emit_itself(job, text);
        any |= emit_dependencies(job, text);
    }
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "Cargo.lock", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_LOCK},
    {.path = "cargo/registry/**/Cargo.toml",
     .state = STATE_PRESENT,
     .anchor_up = 1,
     .tag = TAG_CRATE},
    {.path = ".cargo/registry/**/Cargo.toml",
     .state = STATE_PRESENT,
     .anchor_up = 1,
     .tag = TAG_CRATE},
    {.path = "vendor/*/Cargo.toml", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_CRATE},
    {.path = "Cargo.toml", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_PROJECT},
    {.path = ".crates.toml", .state = STATE_INSTALLED, .anchor_up = 1, .tag = TAG_INSTALLED},
    {0},
};

const struct recogniser recog_cargo = {
    .name = "cargo",
    .summary = "crates of Rust that are installed, pinned or asked for",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_cargo,
};
