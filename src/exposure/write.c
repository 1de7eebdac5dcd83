// SPDX-License-Identifier: Apache-2.0
/* The assessment as JSON and as text. */
#include "base/clock.h"
#include "base/json.h"
#include "exposure/exposure.h"
#include "report/plain.h"
#include "report/say.h"

enum {
    SHOWN_MAX = 12, // facts of one topic in the text; the JSON has all
    INDENT = 2,
    LABEL = 14,
};

#define X(name, text, title) [TOPIC_##name] = text,
static const char *const topic_texts[] = {EXPOSURE_TOPICS(X)};
#undef X
#define X(name, text, title) [TOPIC_##name] = title,
static const char *const topic_titles[] = {EXPOSURE_TOPICS(X)};
#undef X

/* What to do, by how much may have left. */
static const struct {
    enum exposure_conclusion from;
    const char *text;
} follow_up[] = {
    {EXPOSURE_POSSIBLE, "Keep this evidence and copies of firewall, proxy and name server logs "
                        "before they are overwritten."},
    {EXPOSURE_POSSIBLE, "Block the vendor's hosts at the edge of the network, and write down what "
                        "still asks for them."},
    {EXPOSURE_POSSIBLE, "Say what was within reach: what the machine is for, its class of data, "
                        "shares, and the secrets on it. No program knows this."},
    {EXPOSURE_LIKELY, "Replace passwords, keys and tokens that were on the machine, and recover "
                      "keys of encrypted disks before the removal."},
    {EXPOSURE_LIKELY, "Tell whoever has to be told: the security officer, and the owners of the "
                      "data."},
    {EXPOSURE_RECORDED, "Take the objects that were recorded as sent for disclosed."},
};

/* ---- JSON ---- */

static void json_time(struct json_writer *w, const char *name, int64_t ns)
{
    char text[CLOCK_TEXT];

    if (ns != INT64_MIN)
        json_member(w, name, sv_str(clock_text(ns, text)));
}

static void json_number_of(struct json_writer *w, const char *name, uint64_t n)
{
    json_key(w, name);
    json_u64(w, n);
}

static void write_facts(struct json_writer *w, const struct exposure *e)
{
    json_key(w, "facts");
    json_array(w);
    for (const struct exposure_fact *f = e->facts; f; f = f->next) {
        json_object(w);
        json_member(w, "topic", sv_str(topic_texts[f->topic]));
        if (f->gap) {
            json_key(w, "not-known");
            json_bool(w, true);
        }
        json_member(w, "what", f->what);
        json_member(w, "value", f->value);
        json_member(w, "place", f->place);
        json_end(w);
    }
    json_end(w);
}

static void write_finding(struct json_writer *w, const struct exposure *e)
{
    const struct finding *f = e->finding;

    json_object(w);
    json_member(w, "id", f->id);
    json_member(w, "vendor", f->vendor);
    json_member(w, "product", f->product);
    json_member(w, "name", f->name);
    json_member(w, "version", f->version);
    json_member(w, "state", sv_str(component_state_text(f->state)));
    json_time(w, "first-present", e->first_ns);
    json_time(w, "last-present", e->last_ns);
    json_member(w, "conclusion", sv_str(exposure_conclusion_text(e->conclusion)));
    json_key(w, "reasons");
    json_array(w);
    for (size_t i = 0; i < e->reason_count; i++)
        json_string(w, e->reasons[i]);
    json_end(w);
    json_key(w, "follow-up");
    json_array(w);
    for (size_t i = 0; i < ARRAY_LEN(follow_up); i++)
        if (e->conclusion >= follow_up[i].from)
            json_str(w, follow_up[i].text);
    json_end(w);
    write_facts(w, e);
    json_end(w);
}

static void write_file(struct json_writer *w, const struct exposure_file *f)
{
    auto_buf mode = {0};

    buf_printf(&mode, "%04o", f->mode & 07777);
    json_object(w);
    json_member(w, "name", f->name);
    json_member(w, "path", f->path);
    json_member(w, "title", f->title);
    json_member(w, "kind", sv_str(evidence_kind_text(f->kind)));
    json_member(w, "evidence", f->evidence);
    json_member(w, "finding", f->finding);
    json_number_of(w, "size", f->size);
    json_member(w, "sha256", sv_str(f->sha256));
    json_time(w, "modified", f->mtime_ns);
    json_time(w, "changed", f->ctime_ns);
    json_member(w, "mode", buf_view(&mode));
    json_number_of(w, "uid", f->uid);
    json_number_of(w, "gid", f->gid);
    json_end(w);
}

void exposure_write_json(const struct exposure_report *r, struct buf *to)
{
    struct json_writer w = json_writer_to(to, true);

    json_object(&w);
    json_member(&w, "schema", SV("debar.exposure/1"));
    json_member(&w, "version", r->version);
    json_member(&w, "scan", r->scan_id);
    json_key(&w, "host");
    json_object(&w);
    json_member(&w, "id", r->host.id);
    json_member(&w, "name", r->host.name);
    json_end(&w);
    json_member(&w, "root", r->root);
    json_time(&w, "collected", r->collected_ns);
    json_member(&w, "conclusion", sv_str(exposure_conclusion_text(r->worst)));
    json_key(&w, "findings");
    json_array(&w);
    for (size_t i = 0; i < r->count; i++)
        write_finding(&w, &r->all[i]);
    json_end(&w);
    json_key(&w, "files");
    json_array(&w);
    for (const struct exposure_file *f = r->files; f; f = f->next)
        write_file(&w, f);
    json_end_all(&w);
    buf_char(to, '\n');
}

/* ---- text ---- */

static enum plain_style style_of(enum exposure_conclusion conclusion)
{
    static const enum plain_style styles[] = {
        [EXPOSURE_NONE_SEEN] = PLAIN_GOOD,
        [EXPOSURE_POSSIBLE] = PLAIN_WARN,
        [EXPOSURE_LIKELY] = PLAIN_BAD,
        [EXPOSURE_RECORDED] = PLAIN_BAD,
    };

    return styles[conclusion];
}

static void text_fact(struct sink *s, const struct exposure_fact *f)
{
    auto_buf line = {0};

    buf_sv(&line, f->what);
    if (f->value.n) {
        buf_str(&line, ": ");
        buf_sv(&line, f->value);
    }
    plain_style(s, f->gap ? PLAIN_WARN : PLAIN_NORMAL);
    plain_pad(s, 2 * INDENT);
    plain_wrap(s, 2 * INDENT, 3 * INDENT, buf_view(&line));
    if (f->place.n) {
        plain_style(s, PLAIN_DIM);
        plain_pad(s, 3 * INDENT);
        plain_wrap(s, 3 * INDENT, 3 * INDENT, f->place);
    }
    plain_style(s, PLAIN_NORMAL);
}

static void text_topic(struct sink *s, const struct exposure *e, enum exposure_topic topic)
{
    size_t shown = 0, left = 0;
    auto_buf more = {0};

    plain_style(s, PLAIN_STRONG);
    sink_printf(s, "  %d. %s\n", (int)topic + 1, topic_titles[topic]);
    plain_style(s, PLAIN_NORMAL);
    for (const struct exposure_fact *f = e->facts; f; f = f->next) {
        if (f->topic != topic)
            continue;
        // What is not known is never among what is left away.
        if (shown < SHOWN_MAX || f->gap) {
            text_fact(s, f);
            shown++;
        } else {
            left++;
        }
    }
    if (left) {
        say_number(&more, left);
        sink_printf(s, "    and %.*s more in exposure.json\n", (int)more.n, more.p);
    }
    if (!shown)
        sink_str(s, "    nothing was found\n");
}

static void text_time(struct sink *s, const char *label, int64_t ns)
{
    char text[CLOCK_TEXT];

    plain_labelled(s, label, LABEL + INDENT,
                   ns == INT64_MIN ? SV("not recorded") : sv_str(clock_text(ns, text)));
}

static void text_finding(struct sink *s, const struct exposure *e, size_t number)
{
    const struct finding *f = e->finding;

    sink_str(s, "\n");
    plain_style(s, PLAIN_STRONG);
    sink_printf(s, "%zu. ", number);
    plain_text(s, f->name);
    sink_str(s, " ");
    plain_text(s, f->version);
    sink_str(s, "\n");
    plain_style(s, style_of(e->conclusion));
    sink_printf(s, "  Exposure: %s\n", exposure_conclusion_text(e->conclusion));
    plain_style(s, PLAIN_NORMAL);
    for (size_t i = 0; i < e->reason_count; i++) {
        sink_str(s, "  - ");
        plain_wrap(s, 2 * INDENT, 2 * INDENT, e->reasons[i]);
    }
    plain_labelled(s, "  finding", LABEL + INDENT, f->id);
    text_time(s, "  first present", e->first_ns);
    text_time(s, "  last present", e->last_ns);
    for (int t = 0; t < TOPIC_COUNT_; t++)
        text_topic(s, e, (enum exposure_topic)t);
}

static void text_follow_up(struct sink *s, enum exposure_conclusion worst)
{
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(follow_up); i++) {
        if (worst < follow_up[i].from)
            continue;
        if (!n++) {
            sink_str(s, "\n");
            plain_style(s, PLAIN_STRONG);
            sink_str(s, "What to do\n");
            plain_style(s, PLAIN_NORMAL);
        }
        sink_str(s, "  - ");
        plain_wrap(s, 2 * INDENT, 2 * INDENT, sv_str(follow_up[i].text));
    }
}

void exposure_write_text(const struct exposure_report *r, struct sink *s)
{
    auto_buf files = {0};
    char text[CLOCK_TEXT];

    plain_style(s, PLAIN_STRONG);
    sink_str(s, "Exposure assessment");
    plain_style(s, PLAIN_NORMAL);
    sink_str(s, "\n");
    plain_labelled(s, "machine", LABEL, r->host.name.n ? r->host.name : SV("not known"));
    plain_labelled(s, "root", LABEL, r->root);
    plain_labelled(s, "scan", LABEL, r->scan_id);
    plain_labelled(s, "collected", LABEL, sv_str(clock_text(r->collected_ns, text)));
    say_count(&files, r->file_count, "file", NULL);
    buf_str(&files, ", ");
    say_bytes(&files, r->bytes);
    plain_labelled(s, "evidence", LABEL, buf_view(&files));
    plain_labelled(s, "conclusion", LABEL, sv_str(exposure_conclusion_text(r->worst)));
    for (size_t i = 0; i < r->count; i++)
        text_finding(s, &r->all[i], i + 1);
    text_follow_up(s, r->worst);
}
