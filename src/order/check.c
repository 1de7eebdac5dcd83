// SPDX-License-Identifier: Apache-2.0
#include "order/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/suggest.h"

enum {
    SHOWN_MAX = 60,   // bytes of a wrong value that a message repeats
    LISTED_MAX = 240, // bytes of the words that it offers
};

void check_problem(struct check *c, unsigned line, const char *fmt, ...)
{
    char text[480];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    // What a file says is repeated to a terminal.
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    if (c->count++ == 0)
        (void)ERR(c->err, ERR_FORMAT, "%.*s:%u: %s", (int)c->file.n, c->file.p, line, text);
    if (!c->problems || c->count > CHECK_PROBLEMS_MAX)
        return;
    buf_printf(c->problems, "%.*s:%u: %s\n", (int)c->file.n, c->file.p, line, text);
    if (c->count == CHECK_PROBLEMS_MAX)
        buf_printf(c->problems, "%.*s: more than %d problems; the rest is not shown\n",
                   (int)c->file.n, c->file.p, CHECK_PROBLEMS_MAX);
}

int check_result(const struct check *c)
{
    if (c->count)
        return -ERR_FORMAT;
    return arena_failed(c->arena) ? arena_error(c->arena, c->err) : 0;
}

/* "'key'" or "an item of 'key'". */
#define NAME_FMT "%s'%.*s'"
#define NAME(node) (node)->in_list ? "an item of " : "", (int)(node)->key.n, (node)->key.p

static int shown(struct sv s)
{
    return (int)(s.n > SHOWN_MAX ? SHOWN_MAX : s.n);
}

static const char *kind_text(const struct yaml *node)
{
    static const char *const texts[] = {"text", "a list", "a map"};

    return texts[node->kind];
}

static void wrong_kind(struct check *c, const struct yaml *node, const char *expected)
{
    check_problem(c, node->line, NAME_FMT " is %s; expected %s", NAME(node), kind_text(node),
                  expected);
}

static void list_words(struct buf *to, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        // A message is to be read; the manual has the whole list.
        if (to->n > LISTED_MAX) {
            buf_str(to, ", …");
            return;
        }
        buf_printf(to, "%s%s", i ? ", " : "", words[i]);
    }
}

static size_t key_names(const struct check_key *keys, size_t count, const char **names, size_t room)
{
    for (size_t i = 0; i < count && i < room; i++)
        names[i] = keys[i].name;
    return count < room ? count : room;
}

static void unknown_key(struct check *c, const struct yaml *member, const char *what,
                        const struct check_key *keys, size_t key_count)
{
    const char *names[64] = {0};
    size_t count = key_names(keys, key_count, names, ARRAY_LEN(names));
    const char *meant = suggest(member->key, names, count);
    auto_buf list = BUF_INIT(0);

    if (meant) {
        check_problem(c, member->key_line, "unknown key '%.*s' in %s; did you mean '%s'?",
                      shown(member->key), member->key.p, what, meant);
        return;
    }
    list_words(&list, names, count);
    check_problem(c, member->key_line, "unknown key '%.*s' in %s; expected one of: %s",
                  shown(member->key), member->key.p, what, list.p ? list.p : "");
}

static bool is_nothing(const struct yaml *node)
{
    return node->kind == YAML_TEXT && node->plain &&
           (!node->text.n || sv_eq(node->text, SV("~")) || sv_eq_nocase(node->text, SV("null")));
}

bool check_map(struct check *c, const struct yaml *node, const char *what,
               const struct check_key *keys, size_t key_count, const struct yaml **ret_values)
{
    for (size_t i = 0; i < key_count; i++)
        ret_values[i] = NULL;
    if (!node)
        return false;
    if (node->kind != YAML_MAP) {
        check_problem(c, node->line, "%s is %s; expected a map with the key '%s'", what,
                      kind_text(node), keys[0].name);
        return false;
    }
    for (const struct yaml *m = node->first; m; m = m->next) {
        size_t i = 0;

        while (i < key_count && !sv_eq(m->key, sv_str(keys[i].name)))
            i++;
        if (i < key_count)
            ret_values[i] = m;
        else
            unknown_key(c, m, what, keys, key_count);
    }
    for (size_t i = 0; i < key_count; i++)
        if (!ret_values[i] && !keys[i].optional)
            check_problem(c, node->line, "%s needs the key '%s'", what, keys[i].name);
    return true;
}

/* Text without the control characters that a terminal or a report would obey. */
static struct sv take_text(struct check *c, const struct yaml *node, bool lines)
{
    bool ascii = true;

    if (!node)
        return SV("");
    if (node->kind != YAML_TEXT) {
        wrong_kind(c, node, "text");
        return SV("");
    }
    if (is_nothing(node) || !sv_trim(node->text).n) {
        check_problem(c, node->line, NAME_FMT " is empty; expected text", NAME(node));
        return SV("");
    }
    for (size_t i = 0; i < node->text.n; i++) {
        char ch = node->text.p[i];

        ascii &= !(ch & 0x80);

        if (((unsigned char)ch < ' ' && !(lines && (ch == '\n' || ch == '\t'))) || ch == 0x7f) {
            check_problem(c, node->line,
                          NAME_FMT " holds the control character 0x%02x; expected %s", NAME(node),
                          (unsigned)(unsigned char)ch, lines ? "text" : "one line of text");
            return SV("");
        }
    }
    // libyaml lets through what an escape in a quoted text makes, such as half a surrogate pair.
    if (!ascii && u8_check((const uint8_t *)node->text.p, node->text.n)) {
        check_problem(c, node->line, NAME_FMT " is not UTF-8; expected text", NAME(node));
        return SV("");
    }
    return node->text;
}

struct sv check_text(struct check *c, const struct yaml *node)
{
    return take_text(c, node, false);
}

struct sv check_prose(struct check *c, const struct yaml *node)
{
    return sv_trim(take_text(c, node, true));
}

const struct yaml *check_list(struct check *c, const struct yaml *node, bool may_be_empty)
{
    if (!node)
        return NULL;
    if (node->kind != YAML_LIST) {
        wrong_kind(c, node, "a list");
        return NULL;
    }
    if (!node->first && !may_be_empty)
        check_problem(c, node->line, NAME_FMT " is an empty list; expected at least one item",
                      NAME(node));
    return node->first;
}

/* Texts by their hash: which of them were there before? */
struct seen {
    const struct sv *texts;
    uint32_t *slots; /* plus 1; 0: free */
    size_t room;     /* a power of two; 0: nothing is remembered */
};

static struct seen seen_of(const struct sv *texts, size_t count)
{
    struct seen seen = {texts, NULL, 16};

    while (seen.room < 2 * count)
        seen.room *= 2;
    seen.slots = count > 1 ? calloc(seen.room, sizeof(*seen.slots)) : NULL;
    return seen;
}

/* Whether text `n` stands among those before it. */
static bool was_seen(struct seen *seen, size_t n)
{
    struct sv text = seen->texts[n];
    size_t at = XXH3_64bits(text.p, text.n) & (seen->room - 1);

    if (!seen->slots || !text.n)
        return false;
    for (; seen->slots[at]; at = (at + 1) & (seen->room - 1))
        if (sv_eq(seen->texts[seen->slots[at] - 1], text))
            return true;
    seen->slots[at] = (uint32_t)n + 1;
    return false;
}

struct sv *check_texts(struct check *c, const struct yaml *node, bool one_will_do,
                       size_t *ret_count)
{
    const struct yaml *item = node;
    size_t count = 1, n = 0;
    struct seen seen;
    struct sv *texts;

    *ret_count = 0;
    if (!node)
        return NULL;
    if (node->kind != YAML_TEXT || !one_will_do) {
        item = check_list(c, node, true);
        if (!item)
            return NULL;
        count = node->count;
    }
    texts = arena_take_array(c->arena, count, sizeof(*texts));
    if (!texts)
        return NULL;
    seen = seen_of(texts, count);
    for (size_t i = 0; i < count; i++, item = item->next) {
        struct sv text = take_text(c, item, true);

        // A block text (`|`, `>`) ends in a line feed that nobody meant; spaces may matter.
        while (text.n && text.p[text.n - 1] == '\n')
            text.n--;
        texts[n] = text;
        if (was_seen(&seen, n++))
            check_problem(c, item->line, NAME_FMT " is there twice: '%.*s'", NAME(item),
                          shown(text), text.p);
    }
    free(seen.slots);
    *ret_count = n;
    return texts;
}

bool check_bool(struct check *c, const struct yaml *node)
{
    if (!node)
        return false;
    if (node->kind == YAML_TEXT && sv_eq(node->text, SV("true")))
        return true;
    if (node->kind != YAML_TEXT)
        wrong_kind(c, node, "true or false");
    else if (!sv_eq(node->text, SV("false")))
        check_problem(c, node->line, NAME_FMT " is '%.*s'; expected true or false", NAME(node),
                      shown(node->text), node->text.p);
    return false;
}

uint64_t check_number(struct check *c, const struct yaml *node, uint64_t min, uint64_t max)
{
    uint64_t n;

    if (!node)
        return 0;
    if (node->kind != YAML_TEXT) {
        wrong_kind(c, node, "a number");
        return 0;
    }
    if (sv_to_u64(node->text, &n) && n >= min && n <= max)
        return n;
    check_problem(c, node->line, NAME_FMT " is '%.*s'; expected a number from %llu to %llu",
                  NAME(node), shown(node->text), node->text.p, (unsigned long long)min,
                  (unsigned long long)max);
    return 0;
}

int64_t check_day(struct check *c, const struct yaml *node)
{
    int64_t day;

    if (!node)
        return INT64_MIN;
    if (node->kind == YAML_TEXT && clock_parse_day(node->text, &day))
        return day;
    if (node->kind != YAML_TEXT)
        wrong_kind(c, node, "a date, YYYY-MM-DD");
    else
        check_problem(c, node->line, NAME_FMT " is '%.*s'; expected a date, YYYY-MM-DD", NAME(node),
                      shown(node->text), node->text.p);
    return INT64_MIN;
}

struct sv check_id(struct check *c, const struct yaml *node, const char *also)
{
    struct sv text = check_text(c, node);

    for (size_t i = 0; i < text.n; i++) {
        char ch = text.p[i];

        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || (ch && strchr(also, ch)))
            continue;
        check_problem(c, node->line,
                      NAME_FMT " is '%.*s'; expected only lower-case letters, digits and '%s'",
                      NAME(node), shown(text), text.p, also);
        return SV("");
    }
    if (text.n > 128)
        check_problem(c, node->line, NAME_FMT " is longer than 128 bytes", NAME(node));
    return text;
}

int check_word(struct check *c, const struct yaml *node, const char *const *words, size_t count)
{
    auto_buf list = BUF_INIT(0);
    const char *meant;

    if (!node)
        return -1;
    if (node->kind != YAML_TEXT) {
        list_words(&list, words, count);
        check_problem(c, node->line, NAME_FMT " is %s; expected one of: %s", NAME(node),
                      kind_text(node), list.p);
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        if (sv_eq(node->text, sv_str(words[i])))
            return (int)i;
    meant = suggest(node->text, words, count);
    if (meant) {
        check_problem(c, node->line, NAME_FMT " is '%.*s'; did you mean '%s'?", NAME(node),
                      shown(node->text), node->text.p, meant);
        return -1;
    }
    list_words(&list, words, count);
    check_problem(c, node->line, NAME_FMT " is '%.*s'; expected one of: %s", NAME(node),
                  shown(node->text), node->text.p, list.p);
    return -1;
}

unsigned check_word_set(struct check *c, const struct yaml *node, const char *const *words,
                        size_t count, bool may_be_empty)
{
    unsigned set = 0;

    for (const struct yaml *item = check_list(c, node, may_be_empty); item; item = item->next) {
        int i = check_word(c, item, words, count);

        if (i >= 0)
            set |= 1u << i;
    }
    return set;
}

bool check_schema(struct check *c, const struct yaml *root, const char *schema)
{
    const struct yaml *m = root->kind == YAML_MAP ? root->first : NULL;

    while (m && !sv_eq(m->key, SV("schema")))
        m = m->next;
    if (m && m->kind == YAML_TEXT && sv_eq(m->text, sv_str(schema)))
        return true;
    if (!m)
        check_problem(c, root->line, "the file does not say what it is; expected 'schema: %s'",
                      schema);
    else if (m->kind != YAML_TEXT)
        wrong_kind(c, m, schema);
    else
        check_problem(c, m->line, "'schema' is '%.*s'; expected '%s'", shown(m->text), m->text.p,
                      schema);
    return false;
}
