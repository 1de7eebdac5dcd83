// SPDX-License-Identifier: Apache-2.0
/* The `indicators` of a catalogue: what is compared with which field, and what that says. */
#include <arpa/inet.h>
#include <string.h>

#include "base/glob.h"
#include "order/reading.h"

#define X(name, text) text,
static const char *const scope_words[] = {SCOPE_CLASSES(X)};
static const char *const op_words[] = {INDICATOR_OPS(X)};
static const char *const platform_words[] = {PLATFORMS(X)};
#undef X

/* Package types and ecosystems, as purl writes them where it has a word. */
static const char *const package_types[] = {
    "apk",    "cargo", "chocolatey", "cocoapods", "composer", "conan",   "conda",
    "cran",   "deb",   "docker",     "flatpak",   "gem",      "generic", "github",
    "golang", "hex",   "homebrew",   "maven",     "npm",      "nuget",   "oci",
    "pacman", "pub",   "pypi",       "rpm",       "snap",     "swift",   "winget",
};

/* Fields that say something about one host or about the record, never about a vendor. */
static bool is_askable(enum field_key key)
{
    switch ((int)key) {
    case FIELD_PACKAGE_TYPE: // the key `type` of an indicator
    case FIELD_PID:
    case FIELD_MAC: // `oui`
    case FIELD_LISTEN:
    case FIELD_INSTALLED_AT:
    case FIELD_STATUS:
    case FIELD_ROW:
    case FIELD_PROFILE:
    case FIELD_OWNS:
    case FIELD_DEPENDS:
    case FIELD_LOCATION:
    case FIELD_SERIAL:
    case FIELD_ENTRY:
        return false;
    default:
        return true;
    }
}

static bool read_field(struct reading *r, const struct yaml *node, enum field_key *ret_key)
{
    const char *words[FIELD_COUNT_];
    enum field_key keys[FIELD_COUNT_];
    size_t count = 0;
    int i;

    for (enum field_key key = 0; key < FIELD_COUNT_; key++)
        if (is_askable(key)) {
            words[count] = field_text(key);
            keys[count++] = key;
        }
    i = check_word(&r->check, node, words, count);
    if (i < 0)
        return false;
    *ret_key = keys[i];
    return true;
}

/* ---- values ---- */

static bool is_hex(struct sv s, size_t digits)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return s.n == digits;
}

static bool is_team_id(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z')))
            return false;
    return s.n == 10;
}

static bool is_asn(struct sv s)
{
    uint64_t n;

    return sv_starts(s, SV("AS")) && sv_to_u64(sv_from(s, 2), &n) && n <= UINT32_MAX;
}

static bool is_ip_prefix(struct sv s)
{
    char text[64];
    uint8_t address[16];
    uint64_t bits;
    struct sv host = sv_cut(&s, '/');
    bool is_six = sv_find(host, SV(":")) != SIZE_MAX;

    if (!host.n || host.n >= sizeof(text) || !sv_to_u64(s, &bits) || bits > (is_six ? 128 : 32))
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    return inet_pton(is_six ? AF_INET6 : AF_INET, text, address) == 1;
}

/* What an exact value of a field has to look like to be ever met; NULL when it does. */
static const char *exact_value_wants(enum field_key field, struct sv v)
{
    switch ((int)field) {
    case FIELD_PCI_VENDOR:
    case FIELD_USB_VENDOR:
        return is_hex(v, 4) ? NULL : "four lower-case hex digits";
    case FIELD_OUI:
        return is_hex(v, 6) ? NULL : "six lower-case hex digits";
    case FIELD_SHA256:
    case FIELD_SIGNER_SHA256:
    case FIELD_CERTIFICATE_SHA256:
        return is_hex(v, 64) ? NULL : "64 lower-case hex digits";
    case FIELD_TEAM_ID:
        return is_team_id(v) ? NULL : "ten capital letters or digits";
    case FIELD_ASN:
        return is_asn(v) ? NULL : "AS and a number, such as AS64496";
    case FIELD_IP_PREFIX:
        return is_ip_prefix(v) ? NULL : "an address and a length, such as 192.0.2.0/24";
    case FIELD_SERVICE:
        return sv_ends(v, SV(".service")) ? "the name without .service" : NULL;
    case FIELD_DRIVER:
        return sv_ends(v, SV(".sys")) ? "the name without .sys" : NULL;
    case FIELD_KERNEL_MODULE:
        return sv_ends(v, SV(".ko")) ? "the name without .ko" : NULL;
    case FIELD_FILE_NAME:
        return sv_find(v, SV("/")) == SIZE_MAX ? NULL : "a name without /";
    case FIELD_PURL:
        return sv_find(v, SV("@")) == SIZE_MAX && sv_find(v, SV("?")) == SIZE_MAX
                   ? NULL
                   : "a purl without version and qualifiers; an @ in a name is written %40";
    default:
        return NULL;
    }
}

static const char *begin_wants(enum field_key field, struct sv v)
{
    switch ((int)field) {
    case FIELD_PATH:
        if (sv_find(v, SV("\\")) != SIZE_MAX)
            return "a path parted by /, without a drive";
        return sv_starts(v, SV("/")) ? NULL : "an absolute path";
    case FIELD_PURL:
        return sv_starts(v, SV("pkg:")) ? NULL : "a purl, which begins with 'pkg:'";
    case FIELD_REGISTRY_KEY:
        return sv_starts(v, SV("HK")) ? NULL : "a key that begins with HKLM\\ or HKU\\";
    default:
        return NULL;
    }
}

static void check_value(struct reading *r, const struct yaml *node, const struct condition *t,
                        struct sv v)
{
    const char *wants = NULL;
    struct err err;

    switch (t->op) {
    case OP_EXACT:
        wants = begin_wants(t->field, v);
        if (!wants)
            wants = exact_value_wants(t->field, v);
        break;
    case OP_PREFIX:
        wants = begin_wants(t->field, v);
        break;
    case OP_GLOB:
        wants = t->field == FIELD_PATH ? begin_wants(t->field, v) : NULL;
        if (v.n > GLOB_MAX / 2)
            check_problem(&r->check, node->line, "glob is longer than %d bytes", GLOB_MAX / 2);
        break;
    case OP_REGEX:
        if (r->options->check_regex && r->options->check_regex(v, t->nocase, &err) < 0)
            check_problem(&r->check, node->line, "regular expression '%.*s': %s",
                          (int)(v.n > 80 ? 80 : v.n), v.p, err.text);
        break;
    case OP_SUFFIX:
    case OP_COUNT_:
        break;
    }
    if (wants)
        check_problem(&r->check, node->line, "value '%.*s' of field '%s'; expected %s",
                      (int)(v.n > 80 ? 80 : v.n), v.p, field_text(t->field), wants);
}

static bool is_bytes(enum field_key field)
{
    return field == FIELD_MAGIC || field == FIELD_LITERAL;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* `hex:4d5a90` is bytes; anything else is itself, with the escapes that YAML knows. */
static struct sv read_bytes(struct reading *r, const struct yaml *node)
{
    struct sv text, hex;
    char *bytes;

    if (!node || node->kind != YAML_TEXT || !node->text.n)
        return check_text(&r->check, node);
    text = node->text;
    if (!sv_starts(text, SV("hex:")))
        return text;
    hex = sv_from(text, 4);
    bytes = arena_take(r->check.arena, hex.n / 2 + 1);
    if (!bytes)
        return SV("");
    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        int high = hex_digit(hex.p[i]), low = hex_digit(hex.p[i + 1]);

        if (high < 0 || low < 0) {
            hex.n = 1;
            break;
        }
        bytes[i / 2] = (char)(unsigned char)(high << 4 | low);
    }
    if (!hex.n || hex.n % 2) {
        check_problem(
            &r->check, node->line,
            "'%.*s' is no run of bytes; expected 'hex:' and pairs of lower-case hex digits",
            (int)(text.n > 80 ? 80 : text.n), text.p);
        return SV("");
    }
    return (struct sv){bytes, hex.n / 2};
}

/* A list of values of a field, or one. */
static struct sv *read_values(struct reading *r, const struct yaml *node, enum field_key field,
                              size_t *ret_count)
{
    const struct yaml *item = node;
    size_t n = 0;
    struct sv *values;

    if (!is_bytes(field))
        return check_texts(&r->check, node, true, ret_count);
    *ret_count = 0;
    if (!node)
        return NULL;
    if (node->kind != YAML_TEXT)
        item = check_list(&r->check, node, true);
    values = arena_take_array(r->check.arena, node->count + 1, sizeof(*values));
    if (!values)
        return NULL;
    for (; item; item = node->kind == YAML_TEXT ? NULL : item->next)
        values[n++] = read_bytes(r, item);
    *ret_count = n;
    return values;
}

/* ---- conditions ---- */

static void read_condition(struct reading *r, const struct yaml *owner, const struct yaml *field,
                           const struct yaml *op, const struct yaml *value,
                           const struct yaml *values, const struct yaml *nocase,
                           struct condition *to)
{
    const struct yaml *given = value ? value : values;
    int op_index = check_word(&r->check, op, op_words, ARRAY_LEN(op_words));
    const struct yaml *item;

    to->op = op_index < 0 ? OP_COUNT_ : (enum indicator_op)op_index;
    to->nocase = check_bool(&r->check, nocase);
    if (!given)
        check_problem(&r->check, owner->line, "neither 'value' nor 'values' is given");
    else if (value && values)
        check_problem(&r->check, values->key_line, "both 'value' and 'values' are given");
    if (!read_field(r, field, &to->field) || !given)
        return;
    to->publisher_family = to->field == FIELD_PUBLISHER;
    if (value && value->kind != YAML_TEXT) {
        check_problem(&r->check, value->line,
                      "'value' is a list or map; expected text, or 'values'");
        return;
    }
    if (values)
        (void)check_list(&r->check, values, false);
    if (values && values->kind != YAML_LIST)
        return;
    to->values = read_values(r, given, to->field, &to->value_count);
    item = given->kind == YAML_LIST ? given->first : given;
    for (size_t i = 0; i < to->value_count && item; i++, item = item->next)
        if (to->values[i].n)
            check_value(r, item, to, to->values[i]);
}

enum {
    WITH_FIELD,
    WITH_OP,
    WITH_VALUE,
    WITH_VALUES,
    WITH_NOCASE,
};

static const struct check_key with_keys[] = {
    [WITH_FIELD] = {"field"},
    [WITH_OP] = {"op"},
    [WITH_VALUE] = {"value", .optional = true},
    [WITH_VALUES] = {"values", .optional = true},
    [WITH_NOCASE] = {"nocase", .optional = true},
};

static void read_with(struct reading *r, const struct yaml *node, struct indicator *to)
{
    const struct yaml *item = check_list(&r->check, node, false);

    if (!item)
        return;
    to->with = arena_take_array(r->check.arena, node->count, sizeof(*to->with));
    if (!to->with)
        return;
    for (; item; item = item->next) {
        const struct yaml *v[ARRAY_LEN(with_keys)];

        if (!check_map(&r->check, item, "a condition of 'with'", with_keys, ARRAY_LEN(with_keys),
                       v))
            continue;
        read_condition(r, item, v[WITH_FIELD], v[WITH_OP], v[WITH_VALUE], v[WITH_VALUES],
                       v[WITH_NOCASE], &to->with[to->with_count++]);
    }
}

/* ---- indicators ---- */

enum {
    IND_ID,
    IND_PRODUCT,
    IND_FIELD,
    IND_TYPE,
    IND_OP,
    IND_VALUE,
    IND_VALUES,
    IND_VERSION,
    IND_NOCASE,
    IND_OFFSET,
    IND_WITH,
    IND_STRENGTH,
    IND_SCOPE,
    IND_PLATFORM,
    IND_SOURCE,
    IND_HIT,
    IND_MISS,
};

static const struct check_key indicator_keys[] = {
    [IND_ID] = {"id"},
    [IND_PRODUCT] = {"product"},
    [IND_FIELD] = {"field"},
    [IND_TYPE] = {"type", .optional = true},
    [IND_OP] = {"op"},
    [IND_VALUE] = {"value", .optional = true},
    [IND_VALUES] = {"values", .optional = true},
    [IND_VERSION] = {"version", .optional = true},
    [IND_NOCASE] = {"nocase", .optional = true},
    [IND_OFFSET] = {"offset", .optional = true},
    [IND_WITH] = {"with", .optional = true},
    [IND_STRENGTH] = {"strength"},
    [IND_SCOPE] = {"scope"},
    [IND_PLATFORM] = {"platform", .optional = true},
    [IND_SOURCE] = {"source"},
    [IND_HIT] = {"hit"},
    [IND_MISS] = {"miss", .optional = true},
};

static void check_types(struct reading *r, const struct yaml *node, struct indicator *to)
{
    const struct yaml *item;

    to->types = check_texts(&r->check, node, true, &to->type_count);
    if (!node)
        return;
    item = node->kind == YAML_LIST ? check_list(&r->check, node, false) : node;
    for (size_t i = 0; i < to->type_count && item; i++, item = item->next)
        (void)check_word(&r->check, item, package_types, ARRAY_LEN(package_types));
}

static void read_version(struct reading *r, const struct yaml *node, struct indicator *to)
{
    struct sv text = check_text(&r->check, node);
    struct err err;

    if (text.n && version_range_parse(text, &to->version, &err) < 0)
        check_problem(&r->check, node->line, "%s", err.text);
}

static void check_byte_test(struct reading *r, const struct yaml *node, const struct yaml *offset,
                            struct indicator *to)
{
    if (offset && to->test.field != FIELD_MAGIC)
        check_problem(&r->check, offset->key_line, "'offset' has a meaning for field 'magic' only");
    if (is_bytes(to->test.field) && to->test.op != OP_EXACT && to->test.op != OP_COUNT_ &&
        !(to->test.field == FIELD_LITERAL && to->test.op == OP_REGEX))
        check_problem(&r->check, node->line, "field '%s' with op '%s'; expected 'exact'%s",
                      field_text(to->test.field), indicator_op_text(to->test.op),
                      to->test.field == FIELD_LITERAL ? " or 'regex'" : "");
    for (size_t i = 0; is_bytes(to->test.field) && i < to->test.value_count; i++)
        if (to->test.values[i].n && to->test.values[i].n < 4)
            check_problem(&r->check, node->line,
                          "a value of %zu bytes stands in too many files; expected 4 or more",
                          to->test.values[i].n);
}

void indicator_read(struct reading *r, const struct yaml *node, struct indicator *to)
{
    struct check *c = &r->check;
    const struct catalogue *in = to->catalogue;
    const struct yaml *v[ARRAY_LEN(indicator_keys)];
    int i;

    to->line = node->line;
    if (!check_map(c, node, "an indicator", indicator_keys, ARRAY_LEN(indicator_keys), v))
        return;
    to->id = check_id(c, v[IND_ID], "._-");
    reading_check_id(r, v[IND_ID], to->id, in->vendor);
    to->product = reading_product(r, v[IND_PRODUCT], in);
    read_condition(r, node, v[IND_FIELD], v[IND_OP], v[IND_VALUE], v[IND_VALUES], v[IND_NOCASE],
                   &to->test);
    check_types(r, v[IND_TYPE], to);
    read_version(r, v[IND_VERSION], to);
    to->offset = check_number(c, v[IND_OFFSET], 0, UINT32_MAX);
    check_byte_test(r, node, v[IND_OFFSET], to);
    read_with(r, v[IND_WITH], to);
    i = check_word(c, v[IND_STRENGTH], strength_words, STRENGTH_CONCLUSIVE + 1);
    to->strength = i < 0 ? STRENGTH_WEAK : (enum strength)i;
    i = check_word(c, v[IND_SCOPE], scope_words, ARRAY_LEN(scope_words));
    to->scope = i < 0 ? SCOPE_BRANDED : (enum scope_class)i;
    i = check_word(c, v[IND_PLATFORM], platform_words, ARRAY_LEN(platform_words));
    to->platforms = i < 0 ? 0 : SET_OF((unsigned)i);
    to->source = check_prose(c, v[IND_SOURCE]);
    if (v[IND_HIT] && v[IND_HIT]->kind == YAML_LIST)
        (void)check_list(c, v[IND_HIT], false);
    to->hits = read_values(r, v[IND_HIT], to->test.field, &to->hit_count);
    to->misses = read_values(r, v[IND_MISS], to->test.field, &to->miss_count);
}
