// SPDX-License-Identifier: Apache-2.0
#include "model/plan.h"

#include "trust/digest.h"

enum {
    ID_DIGITS = 16,
};

#define X(name, text) text,
static const char *const stage_words[] = {PLAN_STAGES(X)};
static const char *const action_words[] = {PLAN_ACTIONS(X)};
static const char *const change_words[] = {TOUCH_CHANGES(X)};
static const char *const status_words[] = {PLAN_STATUSES(X)};
#undef X

const char *plan_stage_text(enum plan_stage stage)
{
    return stage_words[stage];
}

const char *plan_action_text(enum plan_action action)
{
    return action_words[action];
}

const char *touch_change_text(enum touch_change change)
{
    return change_words[change];
}

const char *plan_status_text(enum plan_status status)
{
    return status_words[status];
}

bool plan_is_refused(const struct plan *p)
{
    for (size_t i = 0; i < p->refusal_count; i++)
        if (!p->refusals[i].allowed)
            return true;
    return false;
}

/* ---- writing ---- */

static void write_texts(struct json_writer *w, const char *name, const struct sv *texts,
                        size_t count)
{
    if (!count)
        return;
    json_key(w, name);
    json_array(w);
    for (size_t i = 0; i < count; i++)
        json_string(w, texts[i]);
    json_end(w);
}

static void write_flag(struct json_writer *w, const char *name, bool flag)
{
    json_key(w, name);
    json_bool(w, flag);
}

static void write_number(struct json_writer *w, const char *name, uint64_t n)
{
    json_key(w, name);
    json_u64(w, n);
}

static void write_item(const struct plan_item *i, struct json_writer *w)
{
    json_object(w);
    json_member(w, "finding", i->finding);
    json_member(w, "vendor", i->vendor);
    json_member(w, "product", i->product);
    json_member(w, "name", i->name);
    json_member(w, "version", i->version);
    json_member(w, "state", sv_str(component_state_text(i->state)));
    json_member(w, "confidence", sv_str(confidence_text(i->confidence)));
    json_member(w, "why", i->why);
    json_member(w, "installation", i->anchor);
    write_texts(w, "dependents", i->dependents, i->dependent_count);
    write_texts(w, "returns", i->returns, i->return_count);
    json_member(w, "status", sv_str(plan_status_text(i->status)));
    json_member(w, "status_why", i->status_why);
    json_member(w, "downtime", i->downtime);
    json_end(w);
}

static void write_touch(const struct plan_touch *t, struct json_writer *w)
{
    json_object(w);
    json_member(w, "path", t->path);
    json_member(w, "change", sv_str(touch_change_text(t->change)));
    json_member(w, "type", t->type);
    json_member(w, "before", t->before);
    json_member(w, "sha256", t->sha256);
    if (t->size)
        write_number(w, "size", t->size);
    json_member(w, "why", t->why);
    json_end(w);
}

static void write_step(const struct plan_step *s, struct json_writer *w)
{
    json_object(w);
    write_number(w, "number", s->number);
    json_member(w, "stage", sv_str(plan_stage_text(s->stage)));
    json_member(w, "action", sv_str(plan_action_text(s->action)));
    json_member(w, "finding", s->finding);
    json_member(w, "title", s->title);
    write_texts(w, "argv", s->argv, s->argc);
    json_member(w, "path", s->path);
    json_member(w, "unit", s->unit);
    json_member(w, "content", s->content);
    json_member(w, "edit", s->edit);
    json_member(w, "edit_key", s->edit_key);
    if (s->touch_count) {
        json_key(w, "touches");
        json_array(w);
        for (size_t i = 0; i < s->touch_count; i++)
            write_touch(&s->touches[i], w);
        json_end(w);
    }
    if (s->direct)
        write_flag(w, "direct", true);
    json_member(w, "checked", s->checked);
    json_member(w, "undo", s->undo);
    json_end(w);
}

static void write_refusal(const struct plan_refusal *r, struct json_writer *w)
{
    json_object(w);
    json_member(w, "code", r->code);
    json_member(w, "finding", r->finding);
    json_member(w, "subject", r->subject);
    json_member(w, "text", r->text);
    write_flag(w, "allowed", r->allowed);
    json_end(w);
}

void plan_write_json(const struct plan *p, bool with_id, struct json_writer *w)
{
    json_object(w);
    json_member(w, "schema", SV("debar.plan/1"));
    if (with_id)
        json_member(w, "id", p->id);
    json_member(w, "scan", p->scan_id);
    json_key(w, "host");
    json_object(w);
    json_member(w, "id", p->host_id);
    json_member(w, "name", p->host_name);
    json_end(w);
    json_member(w, "root", p->root);
    write_texts(w, "orders", p->orders, p->order_count);
    write_flag(w, "reboot", p->reboot);
    json_member(w, "reboot_why", p->reboot_why);
    json_key(w, "items");
    json_array(w);
    for (size_t i = 0; i < p->item_count; i++)
        write_item(&p->items[i], w);
    json_end(w);
    json_key(w, "steps");
    json_array(w);
    for (size_t i = 0; i < p->step_count; i++)
        write_step(&p->steps[i], w);
    json_end(w);
    json_key(w, "refusals");
    json_array(w);
    for (size_t i = 0; i < p->refusal_count; i++)
        write_refusal(&p->refusals[i], w);
    json_end(w);
    json_end(w);
}

/* ---- the id ---- */

static int id_of(const struct plan *p, struct arena *arena, struct sv *ret, struct err *err)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    auto_buf text = {0};
    struct json_writer w = json_writer_to(&text, false);

    plan_write_json(p, false, &w);
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "plan: out of memory");
    digest_sha256((struct span){(const uint8_t *)text.p, text.n}, digest);
    digest_hex((struct span){digest, sizeof(digest)}, hex);
    *ret = arena_printf(arena, "p-%.*s", ID_DIGITS, hex);
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

int plan_name(struct plan *p, struct arena *arena, struct err *err)
{
    return id_of(p, arena, &p->id, err);
}

/* ---- reading ---- */

/* What reads one document: the first thing that is wrong is told. */
struct plan_reading {
    struct arena *arena;
    struct err *err;
    int failed;
};

static void wrong(struct plan_reading *r, const char *what, struct sv value)
{
    if (!r->failed)
        r->failed = ERR(r->err, ERR_FORMAT, "not a plan that this version knows: %s '%.*s'", what,
                        (int)(value.n > 80 ? 80 : value.n), value.p ? value.p : "");
}

static struct sv text_of(struct plan_reading *r, const struct json *v, const char *name)
{
    return arena_copy(r->arena, json_get_text(v, name));
}

static uint64_t number_of(const struct json *v, const char *name)
{
    double d = 0;

    return json_number(json_get(v, name), &d) && d >= 0 && d < 9e15 ? (uint64_t)d : 0;
}

static int word_of(struct plan_reading *r, const struct json *v, const char *name,
                   const char *const *words, int count)
{
    struct sv text = json_get_text(v, name);

    for (int i = 0; i < count; i++)
        if (sv_eq(text, sv_str(words[i])))
            return i;
    wrong(r, name, text);
    return 0;
}

/* Room for the elements of a list; NULL and a count of 0 when there are none. */
static void *room(struct plan_reading *r, const struct json *list, size_t size, size_t *ret_count)
{
    size_t n = 0;

    for (const struct json *v = json_first(list); v; v = json_next(v))
        n++;
    *ret_count = n;
    return n ? arena_take_array(r->arena, n, size) : NULL;
}

static struct sv *texts_of(struct plan_reading *r, const struct json *v, const char *name,
                           size_t *ret_count)
{
    const struct json *list = json_get(v, name);
    struct sv *texts = room(r, list, sizeof(*texts), ret_count);
    size_t n = 0;

    if (!texts)
        return NULL;
    for (const struct json *t = json_first(list); t; t = json_next(t))
        texts[n++] = arena_copy(r->arena, json_text(t));
    return texts;
}

/* A path of the plan's root; the engine checks every name of it again where it uses it. */
static struct sv path_of(struct plan_reading *r, const struct json *v)
{
    struct sv path = text_of(r, v, "path");

    if (path.n && path.p[0] != '/')
        wrong(r, "path", path);
    return path;
}

static void read_item(struct plan_reading *r, const struct json *v, struct plan_item *to)
{
    *to = (struct plan_item){
        .finding = text_of(r, v, "finding"),
        .vendor = text_of(r, v, "vendor"),
        .product = text_of(r, v, "product"),
        .name = text_of(r, v, "name"),
        .version = text_of(r, v, "version"),
        .why = text_of(r, v, "why"),
        .anchor = text_of(r, v, "installation"),
        .status = (enum plan_status)word_of(r, v, "status", status_words, STATUS_COUNT_),
        .status_why = text_of(r, v, "status_why"),
        .downtime = text_of(r, v, "downtime"),
    };
    if (!component_state_from_text(json_get_text(v, "state"), &to->state))
        wrong(r, "state", json_get_text(v, "state"));
    if (!confidence_from_text(json_get_text(v, "confidence"), &to->confidence))
        wrong(r, "confidence", json_get_text(v, "confidence"));
    to->dependents = texts_of(r, v, "dependents", &to->dependent_count);
    to->returns = texts_of(r, v, "returns", &to->return_count);
}

static void read_touch(struct plan_reading *r, const struct json *v, struct plan_touch *to)
{
    *to = (struct plan_touch){
        .path = path_of(r, v),
        .change = (enum touch_change)word_of(r, v, "change", change_words, TOUCH_COUNT_),
        .type = text_of(r, v, "type"),
        .before = text_of(r, v, "before"),
        .sha256 = text_of(r, v, "sha256"),
        .size = number_of(v, "size"),
        .why = text_of(r, v, "why"),
    };
    if (!to->path.n)
        wrong(r, "touch without a path", to->path);
}

static void read_step(struct plan_reading *r, const struct json *v, struct plan_step *to)
{
    const struct json *list = json_get(v, "touches");
    size_t n = 0;

    *to = (struct plan_step){
        .number = number_of(v, "number"),
        .stage = (enum plan_stage)word_of(r, v, "stage", stage_words, STAGE_COUNT_),
        .action = (enum plan_action)word_of(r, v, "action", action_words, ACTION_COUNT_),
        .finding = text_of(r, v, "finding"),
        .title = text_of(r, v, "title"),
        .path = path_of(r, v),
        .unit = text_of(r, v, "unit"),
        .content = text_of(r, v, "content"),
        .edit = text_of(r, v, "edit"),
        .edit_key = text_of(r, v, "edit_key"),
        .direct = json_is_true(json_get(v, "direct")),
        .checked = text_of(r, v, "checked"),
        .undo = text_of(r, v, "undo"),
    };
    to->argv = texts_of(r, v, "argv", &to->argc);
    to->touches = room(r, list, sizeof(*to->touches), &to->touch_count);
    for (const struct json *t = json_first(list); t && to->touches; t = json_next(t))
        read_touch(r, t, &to->touches[n++]);
}

static void read_lists(struct plan_reading *r, const struct json *root, struct plan *p)
{
    const struct json *items = json_get(root, "items"), *steps = json_get(root, "steps"),
                      *refusals = json_get(root, "refusals");
    size_t n = 0;

    p->orders = texts_of(r, root, "orders", &p->order_count);
    p->items = room(r, items, sizeof(*p->items), &p->item_count);
    for (const struct json *v = json_first(items); v && p->items; v = json_next(v))
        read_item(r, v, &p->items[n++]);
    n = 0;
    p->steps = room(r, steps, sizeof(*p->steps), &p->step_count);
    for (const struct json *v = json_first(steps); v && p->steps; v = json_next(v)) {
        read_step(r, v, &p->steps[n]);
        if (p->steps[n].number != n + 1)
            wrong(r, "step", text_of(r, v, "title"));
        n++;
    }
    n = 0;
    p->refusals = room(r, refusals, sizeof(*p->refusals), &p->refusal_count);
    for (const struct json *v = json_first(refusals); v && p->refusals; v = json_next(v))
        p->refusals[n++] = (struct plan_refusal){
            .code = text_of(r, v, "code"),
            .finding = text_of(r, v, "finding"),
            .subject = text_of(r, v, "subject"),
            .text = text_of(r, v, "text"),
            .allowed = json_is_true(json_get(v, "allowed")),
        };
}

int plan_read_json(struct sv text, struct arena *arena, struct plan *ret, struct err *err)
{
    auto_json *root = NULL;
    struct plan_reading r = {.arena = arena, .err = err};
    struct plan p = {0};
    struct sv id;

    TRY(json_parse(text, &root, err));
    if (!sv_eq(json_get_text(root, "schema"), SV("debar.plan/1")))
        return ERR(err, ERR_FORMAT, "not a plan: its schema is not debar.plan/1");
    p = (struct plan){
        .id = text_of(&r, root, "id"),
        .scan_id = text_of(&r, root, "scan"),
        .host_id = text_of(&r, json_get(root, "host"), "id"),
        .host_name = text_of(&r, json_get(root, "host"), "name"),
        .root = text_of(&r, root, "root"),
        .reboot = json_is_true(json_get(root, "reboot")),
        .reboot_why = text_of(&r, root, "reboot_why"),
    };
    read_lists(&r, root, &p);
    TRY(r.failed);
    if (arena_failed(arena))
        return arena_error(arena, err);
    if (!p.root.n || p.root.p[0] != '/')
        return ERR(err, ERR_FORMAT, "not a plan: it does not say for which root it is");
    TRY(id_of(&p, arena, &id, err));
    if (!sv_eq(id, p.id))
        return ERR(
            err, ERR_CONFLICT,
            "the plan says it is '%.*s', and what it holds is '%.*s': it was altered; make a "
            "new one with debar plan",
            (int)(p.id.n > 40 ? 40 : p.id.n), p.id.p, (int)id.n, id.p);
    *ret = p;
    return 0;
}
