// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what source files import: one component for each file, with the names of the modules.
 *
 *     Python      import a.b, c as d          from a.b import c
 *     JavaScript  import x from "m"           require("m")          export * from "m"
 *     Java …      import a.b.C;               import static a.b.C.*;
 *     Go          import ("a/b"; x "c/d")
 *     Rust        use a::b::{c};              extern crate a;
 *     C#          using A.B;                  using static A.B;
 *     PHP, Ruby   use A\B;                    require "a/b"
 *     C …         #include <a/b.h>            @import A;
 *     Swift       import A
 *
 * Only the head of a file is read, a line at a time, and only lines that are such a statement from
 * their start; comments and strings of several lines are passed over. A module of the project
 * itself
 * ("./x", ".x") is none.
 */
#include <string.h>

#include "identify/package.h"

enum {
    TAG_PYTHON,
    TAG_SCRIPT, /* JavaScript, TypeScript */
    TAG_JVM,
    TAG_GO,
    TAG_RUST,
    TAG_DOTNET,
    TAG_PHP,
    TAG_RUBY,
    TAG_C,
    TAG_SWIFT,
    IMPORTS_MAX = 1024,
};

struct reading {
    const struct job *job;
    struct sv text;
    struct sv open; /* what ends the comment or string that is open; empty when none is */
    bool in_block;  /* of Go's import ( … ) */
    bool started;   /* the component is begun */
    unsigned count;
};

/* Of names and paths of modules in all of these languages. */
static bool is_module(struct sv s)
{
    if (s.n == 0 || s.n > 256 || s.p[0] == '.' || s.p[0] == '/')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
            (c == 0 || !strchr("._-/@:\\+~$", c)) && (unsigned char)c < 0x80)
            return false;
    }
    return true;
}

static void add_import(struct reading *r, struct sv module)
{
    struct range at;

    module = sv_trim(module);
    if (!is_module(module) || r->count == IMPORTS_MAX)
        return;
    if (!r->started)
        emit_component(r->job->out, TYPE_FILE);
    r->started = true;
    r->count++;
    at = range_of(r->text, module);
    emit_field_at(r->job->out, FIELD_IMPORT, module, at.offset, at.length);
}

/* Cut `word` off the front of a line if white space follows it. */
static bool cut_word(struct sv *line, const char *word)
{
    struct sv w = sv_str(word);

    if (!sv_starts(*line, w) || line->n == w.n || (line->p[w.n] != ' ' && line->p[w.n] != '\t'))
        return false;
    *line = sv_trim(sv_from(*line, w.n));
    return true;
}

static struct sv until_any(struct sv s, const char *stops)
{
    size_t n = 0;

    while (n < s.n && s.p[n] && !strchr(stops, s.p[n]))
        n++;
    return (struct sv){s.p, n};
}

/* The text in quotes at the front of `s`; empty when there is none. */
static struct sv quoted(struct sv s)
{
    char quote = s.n ? s.p[0] : 0;

    if (quote != '"' && quote != '\'' && quote != '`')
        return (struct sv){0};
    s = sv_from(s, 1);
    return sv_find(s, (struct sv){&quote, 1}) == SIZE_MAX ? (struct sv){0} : sv_cut(&s, quote);
}

/* ---- one line of each language ---- */

static void read_python(struct reading *r, struct sv line)
{
    if (cut_word(&line, "from")) {
        struct sv module = until_any(line, " \t");

        if (sv_find(line, SV(" import")) != SIZE_MAX)
            add_import(r, module);
    } else if (cut_word(&line, "import")) {
        line = until_any(line, "#;");
        while (line.n) {
            struct sv one = sv_trim(sv_cut(&line, ','));

            add_import(r, until_any(one, " \t"));
        }
    }
}

/* What stands in quotes behind `mark`. */
static struct sv quoted_behind(struct sv line, const char *mark)
{
    size_t at = sv_find(line, sv_str(mark));

    return at == SIZE_MAX ? (struct sv){0} : quoted(sv_trim(sv_from(line, at + strlen(mark))));
}

static void read_script(struct reading *r, struct sv line)
{
    bool statement =
        sv_starts(line, SV("import")) || sv_starts(line, SV("export")) || sv_starts(line, SV("}"));
    bool binding = sv_starts(line, SV("const ")) || sv_starts(line, SV("let ")) ||
                   sv_starts(line, SV("var ")) || sv_starts(line, SV("require(")) ||
                   sv_starts(line, SV("module.exports")) || sv_starts(line, SV("}"));

    if (statement) {
        struct sv module = quoted_behind(line, " from ");

        if (module.n == 0)
            module = quoted_behind(line, "}from");
        if (module.n == 0 && sv_starts(line, SV("import")))
            module = quoted(sv_trim(sv_from(line, 6)));
        add_import(r, module);
    }
    if (binding) {
        add_import(r, quoted_behind(line, "require("));
        add_import(r, quoted_behind(line, "import("));
    }
}

static void read_jvm(struct reading *r, struct sv line)
{
    if (cut_word(&line, "import")) {
        (void)cut_word(&line, "static");
        line = until_any(line, " ;\t{*");
        if (sv_ends(line, SV(".")))
            line.n--;
        add_import(r, line);
    }
}

static void read_go(struct reading *r, struct sv line)
{
    if (r->in_block) {
        r->in_block = !sv_starts(line, SV(")"));
    } else if (cut_word(&line, "import")) {
        if (sv_starts(line, SV("("))) {
            r->in_block = true;
            line = sv_trim(sv_from(line, 1));
        }
    } else {
        return;
    }
    // A name, "_" or "." may stand before the path.
    if (line.n && line.p[0] != '"' && line.p[0] != '`')
        line = sv_trim(sv_from(line, until_any(line, " \t").n));
    add_import(r, quoted(line));
}

static void read_rust(struct reading *r, struct sv line)
{
    if (sv_starts(line, SV("pub")))
        line = sv_trim(sv_from(line, until_any(line, " \t").n));
    if (cut_word(&line, "use") || (cut_word(&line, "extern") && cut_word(&line, "crate"))) {
        line = until_any(line, " ;{\t*");
        while (sv_ends(line, SV(":")))
            line.n--;
        if (sv_starts(line, SV("::")))
            line = sv_from(line, 2);
        if (!sv_starts(line, SV("crate")) && !sv_starts(line, SV("self")) &&
            !sv_starts(line, SV("super")))
            add_import(r, line);
    }
}

static void read_dotnet(struct reading *r, struct sv line)
{
    size_t equals;

    (void)cut_word(&line, "global");
    if (!cut_word(&line, "using") && !cut_word(&line, "open") && !cut_word(&line, "Imports"))
        return;
    (void)cut_word(&line, "static");
    line = until_any(line, ";");
    // "using X = A.B;" names one; "using (…)" and "using var x = …" are no imports.
    equals = sv_find(line, SV("="));
    if (sv_starts(line, SV("(")) || (equals != SIZE_MAX && sv_find(line, SV("(")) != SIZE_MAX) ||
        sv_starts(line, SV("var ")))
        return;
    if (equals != SIZE_MAX)
        line = sv_trim(sv_from(line, equals + 1));
    add_import(r, line);
}

static void read_php(struct reading *r, struct sv line)
{
    if (!cut_word(&line, "use"))
        return;
    if (!cut_word(&line, "function"))
        (void)cut_word(&line, "const");
    line = until_any(line, " ;{");
    while (sv_ends(line, SV("\\")))
        line.n--;
    if (sv_starts(line, SV("\\")))
        line = sv_from(line, 1);
    add_import(r, line);
}

static void read_ruby(struct reading *r, struct sv line)
{
    if (cut_word(&line, "require"))
        add_import(r, quoted(line));
}

static void read_c(struct reading *r, struct sv line)
{
    struct sv name;

    if (cut_word(&line, "@import")) {
        add_import(r, until_any(line, ";"));
        return;
    }
    if (!sv_starts(line, SV("#")))
        return;
    line = sv_trim(sv_from(line, 1));
    if (sv_starts(line, SV("include")))
        line = sv_trim(sv_from(line, sizeof("include") - 1));
    else if (sv_starts(line, SV("import")))
        line = sv_trim(sv_from(line, sizeof("import") - 1));
    else
        return;
    name = quoted(line);
    if (sv_starts(line, SV("<")))
        name = until_any(sv_from(line, 1), ">");
    add_import(r, name);
}

static void read_swift(struct reading *r, struct sv line)
{
    static const char *const kinds[] = {"struct", "class", "enum", "protocol", "func", "typealias"};

    (void)cut_word(&line, "@testable");
    if (!cut_word(&line, "import"))
        return;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        (void)cut_word(&line, kinds[i]);
    add_import(r, until_any(line, " ;\t/"));
}

/* ---- comments and strings of several lines ---- */

/* Cut off what is in an open comment; false when the line ends inside. */
static bool leave_open(struct reading *r, struct sv *line)
{
    size_t at;

    if (r->open.n == 0)
        return true;
    at = sv_find(*line, r->open);
    if (at == SIZE_MAX)
        return false;
    *line = sv_trim(sv_from(*line, at + r->open.n));
    r->open = (struct sv){0};
    return true;
}

/* Whether something opens in this line and is not closed in it. */
static void find_open(struct reading *r, struct sv line)
{
    struct sv rest = line;
    char in = 0;

    for (size_t i = 0; i < line.n; i++) {
        struct sv end = {0};
        char c = line.p[i];

        rest = sv_from(line, i);
        if (c == '\\' && in) {
            i++;
            continue;
        }
        if (r->job->gate->tag == TAG_PYTHON && (c == '"' || c == '\'') && !in) {
            end = c == '"' ? SV("\"\"\"") : SV("'''");
            end = sv_starts(rest, end) ? end : (struct sv){0};
        } else if (r->job->gate->tag == TAG_SCRIPT && c == '`' && !in) {
            end = SV("`");
        } else if (r->job->gate->tag != TAG_PYTHON && r->job->gate->tag != TAG_RUBY && !in &&
                   sv_starts(rest, SV("/*"))) {
            end = SV("*/");
        }
        if (end.n) {
            size_t skip = end.n == 2 ? 2 : end.n, close = sv_find(sv_from(rest, skip), end);

            if (close == SIZE_MAX) {
                r->open = end;
                return;
            }
            i += skip + close + end.n - 1;
            continue;
        }
        if (in ? c == in : c == '"' || c == '\'')
            in = in ? 0 : c;
        else if (!in &&
                 (sv_starts(rest, SV("//")) ||
                  (c == '#' && (r->job->gate->tag == TAG_PYTHON || r->job->gate->tag == TAG_RUBY))))
            return;
    }
}

static int identify_import(const struct job *job, struct err *err)
{
    static void (*const readers[])(struct reading *, struct sv) = {
        [TAG_PYTHON] = read_python, [TAG_SCRIPT] = read_script, [TAG_JVM] = read_jvm,
        [TAG_GO] = read_go,         [TAG_RUST] = read_rust,     [TAG_DOTNET] = read_dotnet,
        [TAG_PHP] = read_php,       [TAG_RUBY] = read_ruby,     [TAG_C] = read_c,
        [TAG_SWIFT] = read_swift,
    };
    struct reading r = {.job = job};
    struct span head;
    struct sv rest;

    TRY(source_read(job->bytes, 0, SOURCE_HEAD, job->arena, &head, err));
    rest = r.text = sv_of(head);
    if (sv_starts(rest, SV("\xef\xbb\xbf")))
        rest = sv_from(rest, 3);
    while (rest.n) {
        struct sv line = sv_trim(sv_line(&rest));

        if (!leave_open(&r, &line))
            continue;
        readers[job->gate->tag](&r, line);
        find_open(&r, line);
    }
    return r.started ? 0 : RECOG_NOT_MINE;
}

#define SOURCE(suffix, language) \
    { \
        .path = "*." suffix, .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE, \
        .on_hit = true, .tag = language \
    }

static const struct gate gates[] = {
    SOURCE("py", TAG_PYTHON),
    SOURCE("pyi", TAG_PYTHON),
    SOURCE("pyw", TAG_PYTHON),
    SOURCE("js", TAG_SCRIPT),
    SOURCE("mjs", TAG_SCRIPT),
    SOURCE("cjs", TAG_SCRIPT),
    SOURCE("jsx", TAG_SCRIPT),
    SOURCE("ts", TAG_SCRIPT),
    SOURCE("mts", TAG_SCRIPT),
    SOURCE("cts", TAG_SCRIPT),
    SOURCE("tsx", TAG_SCRIPT),
    SOURCE("vue", TAG_SCRIPT),
    SOURCE("svelte", TAG_SCRIPT),
    SOURCE("java", TAG_JVM),
    SOURCE("kt", TAG_JVM),
    SOURCE("kts", TAG_JVM),
    SOURCE("scala", TAG_JVM),
    SOURCE("groovy", TAG_JVM),
    SOURCE("go", TAG_GO),
    SOURCE("rs", TAG_RUST),
    SOURCE("cs", TAG_DOTNET),
    SOURCE("fs", TAG_DOTNET),
    SOURCE("vb", TAG_DOTNET),
    SOURCE("php", TAG_PHP),
    SOURCE("rb", TAG_RUBY),
    SOURCE("c", TAG_C),
    SOURCE("h", TAG_C),
    SOURCE("cc", TAG_C),
    SOURCE("cpp", TAG_C),
    SOURCE("cxx", TAG_C),
    SOURCE("hpp", TAG_C),
    SOURCE("m", TAG_C),
    SOURCE("mm", TAG_C),
    SOURCE("swift", TAG_SWIFT),
    {0},
};

const struct recogniser recog_import = {
    .name = "import",
    .summary = "modules that source files import",
    .epoch = 1,
    .gates = gates,
    .identify = identify_import,
};
