// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <unistr.h>

#include "base/starved.h"

#define JSON_MAX ((size_t)64 << 20)

enum {
    JSON_VALUES_MAX = 4 << 20, /* each takes a hundred bytes */
};

static const cJSON *in(const struct json *v)
{
    return (const cJSON *)(const void *)v;
}

static const struct json *out(const cJSON *v)
{
    return (const struct json *)(const void *)v;
}

/* At least as many as there are values in the text. */
static size_t count_values(struct sv text)
{
    size_t n = 1;

    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
    return n;
}

static void *take(size_t n)
{
    void *p = malloc(n);

    if (!p)
        starved_note();
    return p;
}

/* Without memory the library says that the text is wrong. */
static void watch_memory(void)
{
    cJSON_Hooks hooks = {take, free};

    cJSON_InitHooks(&hooks);
}

int json_parse(struct sv text, struct json **ret_root, struct err *err)
{
    const char *end = NULL;
    static pthread_once_t watched = PTHREAD_ONCE_INIT;
    cJSON *root;

    (void)pthread_once(&watched, watch_memory);
    if (text.n > JSON_MAX)
        return ERR(err, ERR_LIMIT, "JSON of %zu bytes; %zu are the most that are read", text.n,
                   JSON_MAX);
    if (count_values(text) > JSON_VALUES_MAX)
        return ERR(err, ERR_LIMIT, "JSON of more than %d values", JSON_VALUES_MAX);
    if (sv_starts(text, SV("\xef\xbb\xbf")))
        text = sv_from(text, 3);
    root = text.n ? cJSON_ParseWithLengthOpts(text.p, text.n, &end, false) : NULL;
    if (!root) {
        size_t line = 1, at = end && text.n ? (size_t)(end - text.p) : 0;

        for (size_t i = 0; i < at && i < text.n; i++)
            line += text.p[i] == '\n';
        return ERR(err, ERR_FORMAT, "not valid JSON (line %zu)", line);
    }
    *ret_root = (struct json *)(void *)root;
    return 0;
}

void json_free(struct json *root)
{
    cJSON_Delete((cJSON *)(void *)root);
}

void json_auto_free(struct json **root)
{
    json_free(*root);
    *root = NULL;
}

bool json_is_object(const struct json *v)
{
    return v && cJSON_IsObject(in(v));
}

bool json_is_array(const struct json *v)
{
    return v && cJSON_IsArray(in(v));
}

const struct json *json_get(const struct json *v, const char *name)
{
    return json_is_object(v) ? out(cJSON_GetObjectItemCaseSensitive(in(v), name)) : NULL;
}

const struct json *json_first(const struct json *v)
{
    return json_is_object(v) || json_is_array(v) ? out(in(v)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
    return child ? out(in(child)->next) : NULL;
}

struct sv json_name(const struct json *child)
{
    return child ? sv_str(in(child)->string) : (struct sv){0};
}

struct sv json_text(const struct json *v)
{
    return v && cJSON_IsString(in(v)) ? sv_str(in(v)->valuestring) : (struct sv){0};
}

struct sv json_get_text(const struct json *v, const char *name)
{
    return json_text(json_get(v, name));
}

bool json_is_true(const struct json *v)
{
    return v && cJSON_IsTrue(in(v));
}

bool json_number(const struct json *v, double *ret_number)
{
    if (!v || !cJSON_IsNumber(in(v)))
        return false;
    *ret_number = in(v)->valuedouble;
    return true;
}

struct json_writer json_writer_to(struct buf *to, bool pretty)
{
    return (struct json_writer){.out = to, .pretty = pretty};
}

static void new_line(struct json_writer *w)
{
    if (!w->pretty)
        return;
    buf_char(w->out, '\n');
    for (unsigned i = 0; i < w->depth; i++)
        buf_str(w->out, "  ");
}

static void before_value(struct json_writer *w)
{
    if (w->after_name) {
        w->after_name = false;
        return;
    }
    if (w->any[w->depth])
        buf_char(w->out, ',');
    w->any[w->depth] = true;
    if (w->depth)
        new_line(w);
}

static void open_with(struct json_writer *w, char opener, char closer)
{
    before_value(w);
    bug_if(w->depth >= JSON_DEPTH_MAX);
    buf_char(w->out, opener);
    w->closer[w->depth++] = closer;
    w->any[w->depth] = false;
}

void json_object(struct json_writer *w)
{
    open_with(w, '{', '}');
}

void json_array(struct json_writer *w)
{
    open_with(w, '[', ']');
}

void json_end(struct json_writer *w)
{
    bool any = w->any[w->depth];

    bug_if(w->depth == 0);
    w->depth--;
    if (any)
        new_line(w);
    buf_char(w->out, w->closer[w->depth]);
    if (w->depth == 0 && w->pretty)
        buf_char(w->out, '\n');
}

void json_end_all(struct json_writer *w)
{
    if (w->after_name)
        json_null(w);
    while (w->depth)
        json_end(w);
}

static void quoted(struct buf *b, struct sv text)
{
    const uint8_t *p = (const uint8_t *)text.p;
    size_t left = text.n, plain = 0;

    buf_char(b, '"');
    while (plain < left) {
        uint8_t c = p[plain];
        int n;

        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
            plain++;
            continue;
        }
        n = c < 0x80 ? 1 : u8_mblen(p + plain, left - plain);
        if (c >= 0x80 && n > 0) {
            plain += (size_t)n;
            continue;
        }
        buf_bytes(b, p, plain);
        if (c >= 0x80)
            buf_str(b, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else if (c == '\n')
            buf_str(b, "\\n");
        else
            buf_printf(b, "\\u%04x", c);
        p += plain + 1;
        left -= plain + 1;
        plain = 0;
    }
    buf_bytes(b, p, plain);
    buf_char(b, '"');
}

void json_key_sv(struct json_writer *w, struct sv name)
{
    before_value(w);
    quoted(w->out, name);
    buf_str(w->out, w->pretty ? ": " : ":");
    w->after_name = true;
}

void json_key(struct json_writer *w, const char *name)
{
    json_key_sv(w, sv_str(name));
}

void json_string(struct json_writer *w, struct sv text)
{
    before_value(w);
    quoted(w->out, text);
}

void json_str(struct json_writer *w, const char *text)
{
    json_string(w, sv_str(text));
}

void json_u64(struct json_writer *w, uint64_t n)
{
    before_value(w);
    buf_printf(w->out, "%llu", (unsigned long long)n);
}

void json_bool(struct json_writer *w, bool b)
{
    before_value(w);
    buf_str(w->out, b ? "true" : "false");
}

void json_null(struct json_writer *w)
{
    before_value(w);
    buf_str(w->out, "null");
}

void json_raw(struct json_writer *w, struct sv json)
{
    before_value(w);
    buf_sv(w->out, json);
}

void json_member(struct json_writer *w, const char *name, struct sv text)
{
    if (text.n == 0)
        return;
    json_key(w, name);
    json_string(w, text);
}
