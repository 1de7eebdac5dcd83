// SPDX-License-Identifier: Apache-2.0
/* What the files that build a plan share: remedy/plan_build.c and plan_<part>.c. */
#pragma once

#include "remedy/facts_list.h"
#include "remedy/plan_build.h"

/* What is done about an indicator in a file, by the recogniser that read the file. */
enum disposal {
    DISPOSE_FILE,     /* the file itself, when nothing else owns it */
    DISPOSE_DATABASE, /* by its package */
    DISPOSE_RECORD,   /* stays: it records what was */
    DISPOSE_UNIT,     /* the file, once the unit is stopped */
    DISPOSE_ACCOUNT,  /* its lines in passwd, group, … */
    DISPOSE_EDIT,     /* one entry in it */
    DISPOSE_CERTIFICATE,
    DISPOSE_FOLDER,    /* the folder that is named as the extension is */
    DISPOSE_REFERENCE, /* a change is proposed */
};

struct disposing {
    const char *recogniser;
    enum disposal disposal;
    enum plan_stage stage;
    const char *edit; /* DISPOSE_EDIT, DISPOSE_REFERENCE: of remedy/edit.h; or NULL */
    enum { KEY_VALUE, KEY_COMMAND, KEY_CERTIFICATE, KEY_ROW } key;
};

/* How a hit is dealt with; DISPOSE_FILE for what is in no table. */
const struct disposing *disposing_of(const struct fact_hit *h);

/* Whether the hit speaks of the file itself, not of something that the file names. */
bool hit_is_of_file(const struct fact_hit *h);

struct building {
    const struct plan_input *in;
    const struct facts *facts;
    struct arena *arena;
    struct facts_list items, steps, refusals;
    const struct finding *finding;     /* the one that is planned for */
    const struct catalogue *catalogue; /* of its vendor; or NULL */
    const struct product *product;     /* or NULL */
    struct plan_item *item;
    const struct fact_hit *hits; /* of the finding */
    size_t hit_count;
    struct err *err;
    int failed; /* the first failure; checked once a finding */
};

/* A new step of the finding; a spare one, that nobody sees, when memory ran out. */
struct plan_step *building_step(struct building *b, enum plan_stage stage, enum plan_action action,
                                struct sv title);

/* Whether the plan has such a step already. */
bool building_has(const struct building *b, enum plan_action action, struct sv path, struct sv edit,
                  struct sv key);

/* Whether a step of the plan removes this path. */
bool building_removes(const struct building *b, struct sv path);

/* Note that something must not be done; true when it was allowed. Each (code, subject) is told once
 * a finding. */
bool building_refuse(struct building *b, const char *code, struct sv subject, struct sv text);

/* A text in the arena. */
#define TEXT(b, ...) arena_printf((b)->arena, __VA_ARGS__)
#define SV_ARG(s) (int)(s).n, (s).p

/* Paths to be removed, gathered for one step. */
struct removals {
    struct facts_list touches;
};
void removals_init(struct removals *r, struct building *b);

/* Add a path that is left, if it may be removed: nobody else owns it, nothing locks it. */
void removals_add(struct removals *r, struct building *b, const struct fact_path *p, struct sv why);
bool removals_has(const struct removals *r, struct sv path);

/* The touches of a REMOVE step; sorts them. */
void removals_end(struct removals *r, struct plan_step *step);

/* The stages of one finding. */
void plan_replacement(struct building *b);
void plan_stop(struct building *b);
void plan_uninstall(struct building *b);
void plan_residue(struct building *b);
void plan_trust(struct building *b);
void plan_edits(struct building *b, enum plan_stage stage);
void plan_filters(struct building *b); /* class filters out of registry hives */
void plan_extensions(struct building *b);
void plan_references(struct building *b);
void plan_block(struct building *b);

/* Packages of the finding: the n-th one from 0, or NULL. */
const struct fact_package *building_package(const struct building *b, size_t n);

/* Whether a package, "deb:kesl", is one that the plan removes. */
bool building_removes_package(const struct building *b, struct sv owner);
