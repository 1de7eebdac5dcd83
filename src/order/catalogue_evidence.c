// SPDX-License-Identifier: Apache-2.0
/* The `evidence:` section of a catalogue: what to keep before a product is removed. */
#include "base/glob.h"
#include "order/reading.h"

#define X(name, text) text,
static const char *const kind_words[] = {EVIDENCE_KINDS(X)};
static const char *const form_words[] = {EVIDENCE_FORMS(X)};
static const char *const meaning_words[] = {EVIDENCE_MEANINGS(X)};
#undef X

enum {
    DEPTH_MAX = 32, // folders of a path
};

/* ---- values ---- */

enum {
    VALUE_NAME,
    VALUE_MEANS,
    VALUE_FORM,
    VALUE_KEY,
    VALUE_OFF,
    VALUE_QUERIES,
    VALUE_FILES,
    VALUE_ON,
};

static const struct check_key value_keys[] = {
    [VALUE_NAME] = {"name"},
    [VALUE_MEANS] = {"means"},
    [VALUE_FORM] = {"form"},
    [VALUE_KEY] = {"key", .optional = true},
    [VALUE_OFF] = {"off", .optional = true},
    [VALUE_QUERIES] = {"queries", .optional = true},
    [VALUE_FILES] = {"files", .optional = true},
    [VALUE_ON] = {"on", .optional = true},
};

static struct evidence_words read_words(struct reading *r, const struct yaml *node)
{
    struct evidence_words made = {0};

    made.words = check_texts(&r->check, node, true, &made.count);
    return made;
}

/* Only a value that says whether something is sent has words for it, and then it needs some. */
static void check_words(struct reading *r, const struct yaml *node, const struct yaml *const v[],
                        const struct evidence_value *to)
{
    size_t words = to->off.count + to->queries.count + to->files.count + to->on.count;

    if (to->means == MEANS_SENDING && !words)
        check_problem(
            &r->check, node->line,
            "a value that means 'sending' needs its words; expected one of: off, queries, "
            "files, on");
    for (size_t i = VALUE_OFF; i <= VALUE_ON && to->means != MEANS_SENDING; i++)
        if (v[i])
            check_problem(&r->check, v[i]->key_line,
                          "'%s' has a meaning for a value that means 'sending' only",
                          value_keys[i].name);
}

static void read_value(struct reading *r, const struct yaml *node, struct evidence_value *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(value_keys)];
    int i;

    if (!check_map(c, node, "a value", value_keys, ARRAY_LEN(value_keys), v))
        return;
    to->name = check_text(c, v[VALUE_NAME]);
    i = check_word(c, v[VALUE_MEANS], meaning_words, ARRAY_LEN(meaning_words));
    to->means = i < 0 ? MEANS_SETTING : (enum evidence_meaning)i;
    i = check_word(c, v[VALUE_FORM], form_words, ARRAY_LEN(form_words));
    to->form = i < 0 ? FORM_TEXT : (enum evidence_form)i;
    to->key = check_text(c, v[VALUE_KEY]);
    if (i >= 0 && to->form != FORM_TEXT && !v[VALUE_KEY])
        check_problem(c, node->line, "form '%s' needs the key 'key'", form_words[i]);
    if (i >= 0 && to->form == FORM_TEXT && v[VALUE_KEY])
        check_problem(c, v[VALUE_KEY]->key_line, "form 'text' has no key");
    to->off = read_words(r, v[VALUE_OFF]);
    to->queries = read_words(r, v[VALUE_QUERIES]);
    to->files = read_words(r, v[VALUE_FILES]);
    to->on = read_words(r, v[VALUE_ON]);
    check_words(r, node, v, to);
}

static void read_values(struct reading *r, const struct yaml *node, struct catalogue_evidence *to)
{
    const struct yaml *item = check_list(&r->check, node, false);

    if (!item)
        return;
    to->values = arena_take_array(r->check.arena, node->count, sizeof(*to->values));
    if (!to->values)
        return;
    for (; item; item = item->next)
        read_value(r, item, &to->values[to->value_count++]);
}

/* ---- paths ---- */

/* A path is looked for from the root, so it has to begin with a name. */
static const char *path_wants(struct sv path)
{
    size_t depth = 0;

    if (!sv_starts(path, SV("/")) || sv_find(path, SV("\\")) != SIZE_MAX)
        return "an absolute path parted by /, without a drive";
    if (path.n > GLOB_MAX / 2)
        return "a shorter path";
    for (struct sv rest = sv_from(path, 1); rest.n; depth++) {
        struct sv name = sv_cut(&rest, '/');

        if (!name.n || sv_eq(name, SV(".")) || sv_eq(name, SV("..")))
            return "a path without empty names, . and ..";
        if (sv_find(name, SV("**")) != SIZE_MAX && (name.n != 2 || rest.n))
            return "** as the last name only";
        if (!depth && (sv_find(name, SV("*")) != SIZE_MAX || sv_find(name, SV("?")) != SIZE_MAX))
            return "a path that begins with a name";
    }
    if (!depth)
        return "a path that begins with a name";
    return depth > DEPTH_MAX ? "fewer folders" : NULL;
}

static void read_paths(struct reading *r, const struct yaml *node, struct catalogue_evidence *to)
{
    const struct yaml *item;

    to->paths = check_texts(&r->check, node, true, &to->path_count);
    if (!node)
        return;
    item = node->kind == YAML_LIST ? node->first : node;
    for (size_t i = 0; i < to->path_count && item; i++, item = item->next) {
        struct sv path = to->paths[i];
        const char *wants = path.n ? path_wants(path) : NULL;

        if (wants)
            check_problem(&r->check, item->line, "path '%.*s'; expected %s",
                          (int)(path.n > 80 ? 80 : path.n), path.p, wants);
    }
}

/* ---- evidence ---- */

enum {
    EV_ID,
    EV_PRODUCTS,
    EV_KIND,
    EV_TITLE,
    EV_PATHS,
    EV_NOCASE,
    EV_VALUES,
    EV_SOURCE,
};

static const struct check_key evidence_keys[] = {
    [EV_ID] = {"id"},
    [EV_PRODUCTS] = {"products"},
    [EV_KIND] = {"kind"},
    [EV_TITLE] = {"title"},
    [EV_PATHS] = {"paths"},
    [EV_NOCASE] = {"nocase", .optional = true},
    [EV_VALUES] = {"values", .optional = true},
    [EV_SOURCE] = {"source"},
};

static void read_one(struct reading *r, const struct yaml *node, const struct catalogue *in,
                     struct catalogue_evidence *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(evidence_keys)];
    int i;

    to->line = node->line;
    if (!check_map(c, node, "evidence", evidence_keys, ARRAY_LEN(evidence_keys), v))
        return;
    to->id = check_id(c, v[EV_ID], "._-");
    reading_check_id(r, v[EV_ID], to->id, in->vendor);
    for (const struct catalogue_evidence *e = in->evidence; e < to && to->id.n; e++)
        if (sv_eq(e->id, to->id))
            check_problem(c, node->line, "evidence '%.*s' is there twice", (int)to->id.n, to->id.p);
    to->products = reading_products(r, v[EV_PRODUCTS], in, &to->product_count);
    i = check_word(c, v[EV_KIND], kind_words, ARRAY_LEN(kind_words));
    to->kind = i < 0 ? EVIDENCE_LOG : (enum evidence_kind)i;
    to->title = check_text(c, v[EV_TITLE]);
    read_paths(r, v[EV_PATHS], to);
    to->nocase = check_bool(c, v[EV_NOCASE]);
    if (v[EV_VALUES])
        read_values(r, v[EV_VALUES], to);
    to->source = check_prose(c, v[EV_SOURCE]);
}

void evidence_read(struct reading *r, const struct yaml *node, struct catalogue *to)
{
    const struct yaml *item = node ? check_list(&r->check, node, false) : NULL;

    if (!item)
        return;
    to->evidence = arena_take_array(r->check.arena, node->count, sizeof(*to->evidence));
    if (!to->evidence)
        return;
    for (; item; item = item->next)
        read_one(r, item, to, &to->evidence[to->evidence_count++]);
}
