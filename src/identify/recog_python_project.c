// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what a Python project says of itself and asks for: pyproject.toml (also Poetry's and PDM's
 * tables), setup.cfg, the lists in setup.py, and Pipfile.
 * Format: https://packaging.python.org/en/latest/specifications/pyproject-toml/
 */
#include "identify/json_file.h"
#include "identify/pypi.h"
#include "identify/toml.h"

enum {
    TAG_PYPROJECT,
    TAG_SETUP_CFG,
    TAG_SETUP_PY,
    TAG_PIPFILE,
    SETUP_PY_LISTS_MAX = 32, /* each may run to the end of the file */
};

struct project {
    struct sv name, version, description;
    struct sv authors, maintainers;            /* values of pyproject.toml */
    struct sv author, maintainer, author_mail; /* plain text of setup.cfg */
};

/* ["Name <mail>"] or [{name = "Name", email = "mail"}] */
static void emit_people(struct emit *out, enum field_key key, struct sv people)
{
    struct sv person;

    while (toml_element(&people, &person)) {
        struct sv name = toml_string(toml_get(person, SV("name")));
        struct sv mail = toml_string(toml_get(person, SV("email")));

        person_emit(out, key, toml_string(person));
        emit_field(out, key, name);
        emit_field(out, key, mail);
    }
}

static bool emit_project(const struct job *job, struct sv text, const struct project *project)
{
    const struct package p = {
        .type = "pypi",
        .name = project->name,
        .version = project->version,
        .at = range_of(text, project->name),
        .state = job->gate->state,
        .ceiling = job->gate->ceiling,
    };

    if (!package_emit(job->out, &p))
        return false;
    emit_people(job->out, FIELD_AUTHOR, project->authors);
    emit_people(job->out, FIELD_MAINTAINER, project->maintainers);
    person_emit(job->out, FIELD_AUTHOR, project->author);
    emit_field(job->out, FIELD_AUTHOR, project->author_mail);
    person_emit(job->out, FIELD_MAINTAINER, project->maintainer);
    emit_field(job->out, FIELD_DESCRIPTION, project->description);
    return true;
}

static bool emit_requirements(const struct job *job, struct sv text, struct sv array)
{
    struct sv element;
    bool any = false;

    while (toml_element(&array, &element))
        any |= pypi_emit_requirement(job, text, toml_string(element));
    return any;
}

/* name = "^1.2" or name = {version = "^1.2", git = "…"} */
static bool emit_pair(const struct job *job, struct sv text, const struct toml_item *item)
{
    struct sv name = toml_key(item->key), wanted = toml_string(item->value);
    struct sv address = toml_string(toml_get(item->value, SV("git")));

    if (wanted.n == 0)
        wanted = toml_string(toml_get(item->value, SV("version")));
    if (sv_eq(name, SV("python")) ||
        !pypi_emit(job, name, (struct sv){0}, wanted, range_of(text, name)))
        return false;
    emit_field(job->out, FIELD_URL, address);
    return true;
}

static bool is_poetry_group(struct sv table)
{
    return sv_eq(table, SV("tool.poetry.dependencies")) ||
           sv_eq(table, SV("tool.poetry.dev-dependencies")) ||
           (sv_starts(table, SV("tool.poetry.group.")) && sv_ends(table, SV(".dependencies")));
}

static bool is_requirement_list(const struct toml_item *item)
{
    return (sv_eq(item->table, SV("project")) && sv_eq(item->key, SV("dependencies"))) ||
           (sv_eq(item->table, SV("build-system")) && sv_eq(item->key, SV("requires"))) ||
           (sv_eq(item->table, SV("tool.uv")) && sv_eq(item->key, SV("dev-dependencies"))) ||
           sv_eq(item->table, SV("project.optional-dependencies")) ||
           sv_eq(item->table, SV("dependency-groups")) ||
           sv_eq(item->table, SV("tool.pdm.dev-dependencies"));
}

static struct project pyproject_read(struct sv text)
{
    struct toml toml = toml_over(text);
    struct toml_item item;
    struct project p = {0};

    while (toml_next(&toml, &item)) {
        if (!sv_eq(item.table, SV("project")) && !sv_eq(item.table, SV("tool.poetry")))
            continue;
        if (sv_eq(item.key, SV("name")))
            p.name = toml_string(item.value);
        else if (sv_eq(item.key, SV("version")))
            p.version = toml_string(item.value);
        else if (sv_eq(item.key, SV("description")))
            p.description = toml_string(item.value);
        else if (sv_eq(item.key, SV("authors")))
            p.authors = item.value;
        else if (sv_eq(item.key, SV("maintainers")))
            p.maintainers = item.value;
    }
    return p;
}

static bool identify_pyproject(const struct job *job, struct sv text)
{
    struct project p = pyproject_read(text);
    struct toml toml = toml_over(text);
    struct toml_item item;
    bool any = emit_project(job, text, &p);

    while (toml_next(&toml, &item)) {
        if (item.is_header)
            continue;
        if (is_requirement_list(&item))
            any |= emit_requirements(job, text, item.value);
        else if (is_poetry_group(item.table))
            any |= emit_pair(job, text, &item);
    }
    return any;
}

static bool identify_pipfile(const struct job *job, struct sv text)
{
    struct toml toml = toml_over(text);
    struct toml_item item;
    bool any = false;

    while (toml_next(&toml, &item)) {
        if (!item.is_header &&
            (sv_eq(item.table, SV("packages")) || sv_eq(item.table, SV("dev-packages"))))
            any |= emit_pair(job, text, &item);
    }
    return any;
}

/* setup.py: install_requires=["a>=1", 'b'], which reads like an array of TOML. */
static bool identify_setup_py(const struct job *job, struct sv text)
{
    static const char *const lists[] = {"install_requires", "setup_requires", "tests_require"};
    bool any = false;

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        struct sv word = sv_str(lists[i]), rest = text;
        size_t at;

        for (int n = 0; n < SETUP_PY_LISTS_MAX && (at = sv_find(rest, word)) != SIZE_MAX; n++) {
            struct sv key = sv_from(rest, at), value;

            rest = value = sv_from(key, word.n);
            while (value.n && (value.p[0] == ' ' || value.p[0] == '='))
                value = sv_from(value, 1);
            if (sv_starts(value, SV("[")))
                any |= emit_requirements(job, text, value);
        }
    }
    return any;
}

struct ini {
    struct sv rest, section, key;
};

/* The next "key = value" or, with the same key, a line that continues it. */
static bool ini_next(struct ini *ini, struct sv *ret_value)
{
    while (ini->rest.n) {
        struct sv line = sv_line(&ini->rest), value = sv_trim(line);

        if (value.n == 0 || value.p[0] == '#' || value.p[0] == ';')
            continue;
        if (value.p[0] == '[') {
            value = sv_from(value, 1);
            ini->section = sv_trim(sv_cut(&value, ']'));
            ini->key = (struct sv){0};
            continue;
        }
        if (line.p[0] != ' ' && line.p[0] != '\t') {
            ini->key = sv_trim(sv_cut(&value, '='));
            value = sv_trim(value);
        }
        *ret_value = value;
        return true;
    }
    return false;
}

static bool is_setup_cfg_list(const struct ini *ini)
{
    return (sv_eq(ini->section, SV("options")) && sv_ends(ini->key, SV("_requires"))) ||
           (sv_eq(ini->section, SV("options")) && sv_eq(ini->key, SV("tests_require"))) ||
           sv_eq(ini->section, SV("options.extras_require"));
}

static bool identify_setup_cfg(const struct job *job, struct sv text)
{
    struct project p = {0};
    struct ini ini = {.rest = text};
    struct sv value;
    bool any;

    while (ini_next(&ini, &value)) {
        const struct {
            const char *key;
            struct sv *to;
        } wanted[] = {
            {"name", &p.name},
            {"version", &p.version},
            {"description", &p.description},
            {"author", &p.author},
            {"author_email", &p.author_mail},
            {"maintainer", &p.maintainer},
        };

        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            if (sv_eq(ini.section, SV("metadata")) && sv_eq(ini.key, sv_str(wanted[i].key)) &&
                wanted[i].to->n == 0)
                *wanted[i].to = value;
        }
    }
    if (sv_starts(p.version, SV("attr:")) || sv_starts(p.version, SV("file:")))
        p.version = (struct sv){0};
    any = emit_project(job, text, &p);
    ini = (struct ini){.rest = text};
    while (ini_next(&ini, &value)) {
        if (is_setup_cfg_list(&ini))
            any |= pypi_emit_requirement(job, text, value);
    }
    return any;
}

static int identify_python_project(const struct job *job, struct err *err)
{
    static bool (*const readers[])(const struct job *, struct sv) = {
        [TAG_PYPROJECT] = identify_pyproject,
        [TAG_SETUP_CFG] = identify_setup_cfg,
        [TAG_SETUP_PY] = identify_setup_py,
        [TAG_PIPFILE] = identify_pipfile,
    };
    struct span all;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    return readers[job->gate->tag](job, sv_of(all)) ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "pyproject.toml", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_PYPROJECT},
    {.path = "setup.cfg", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_SETUP_CFG},
    {.path = "setup.py", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_SETUP_PY},
    {.path = "Pipfile", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_PIPFILE},
    {0},
};

const struct recogniser recog_python_project = {
    .name = "python_project",
    .summary = "Python projects and the packages that they ask for",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_python_project,
};
