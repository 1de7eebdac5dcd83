// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/clock.h"
#include "exposure/collecting.h"
#include "model/place.h"
#include "os/spill_file.h"
#include "trust/digest.h"
#include "version.h"

enum {
    PIECE = 64 * 1024,
    IN_MEMORY = 1 << 20, // a larger copy goes to the folder for temporary files
    FACTS_MAX = 4096,    // of one topic of a finding
};

/* ---- the assessment grows ---- */

struct sv time_text(struct arena *arena, int64_t ns)
{
    char text[CLOCK_TEXT];

    return arena_copy(arena, sv_str(clock_text(ns, text)));
}

struct sv within_root(const struct collecting *c, struct sv place)
{
    struct sv root = c->report->root;

    if (root.n > 1 && sv_starts(place, root))
        place = sv_from(place, root.n);
    return place.n ? place : SV("/");
}

static void add(struct collecting *c, struct subject *s, const struct exposure_fact *fact)
{
    struct exposure_fact *made;

    if (s->fact_counts[fact->topic] >= FACTS_MAX) {
        s->left_away[fact->topic]++;
        return;
    }
    // Packages and services are often said twice, by a database and by a file.
    for (const struct exposure_fact *f = s->first[fact->topic]; f; f = f->next)
        if (sv_eq(f->what, fact->what) && sv_eq(f->value, fact->value) &&
            sv_eq(f->place, fact->place))
            return;
    made = arena_take(c->arena, sizeof(*made));
    if (!made)
        return;
    *made = *fact;
    made->what = arena_copy(c->arena, fact->what);
    made->value = arena_copy(c->arena, fact->value);
    made->place = arena_copy(c->arena, fact->place);
    *s->end[fact->topic] = made;
    s->end[fact->topic] = &made->next;
    s->fact_counts[fact->topic]++;
}

static void say_left_away(struct collecting *c, struct subject *s)
{
    for (enum exposure_topic t = 0; t < TOPIC_COUNT_; t++) {
        if (!s->left_away[t])
            continue;
        s->fact_counts[t] = 0; // there is always room for this one
        subject_gap(c, s, t, arena_printf(c->arena, "%zu more were left away", s->left_away[t]),
                    (struct sv){0});
    }
}

void subject_add(struct collecting *c, struct subject *s, enum exposure_topic topic, struct sv what,
                 struct sv value, struct sv place)
{
    add(c, s,
        &(struct exposure_fact){.topic = topic, .what = what, .value = value, .place = place});
}

void subject_gap(struct collecting *c, struct subject *s, enum exposure_topic topic, struct sv text,
                 struct sv place)
{
    s->exposure->gaps = true;
    add(c, s, &(struct exposure_fact){.topic = topic, .what = text, .place = place, .gap = true});
}

static void seen_last(struct subject *s, int64_t ns)
{
    struct exposure *e = s->exposure;

    if (e->last_ns == INT64_MIN || ns > e->last_ns)
        e->last_ns = ns;
}

void subject_seen(struct subject *s, int64_t ns)
{
    struct exposure *e = s->exposure;

    if (e->first_ns == INT64_MIN || ns < e->first_ns)
        e->first_ns = ns;
    seen_last(s, ns);
}

/*
 * What a file's time says of the product's presence. What it set aside may have kept the time that
 * it had before, and so may updates; what others wrote for it says nothing.
 */
static void seen_by(struct subject *s, const struct exposure_file *file)
{
    switch (file->kind) {
    case EVIDENCE_INSTALL:
    case EVIDENCE_SETTINGS:
    case EVIDENCE_STATEMENT:
    case EVIDENCE_LOG:
        subject_seen(s, file->mtime_ns);
        break;
    case EVIDENCE_UPDATE:
    case EVIDENCE_DETECTION:
    case EVIDENCE_SENT:
        seen_last(s, file->mtime_ns);
        break;
    case EVIDENCE_QUARANTINE:
    case EVIDENCE_SERVER:
    case EVIDENCE_CERTIFICATE:
    case EVIDENCE_COUNT_:
        break;
    }
}

/* ---- one file ---- */

struct keeping {
    struct collecting *c;
    struct subject *s;
    const struct catalogue_evidence *e;
    size_t met; /* files that its paths named */
};

static enum exposure_topic topic_of(enum evidence_kind kind)
{
    static const enum exposure_topic topics[] = {
        [EVIDENCE_INSTALL] = TOPIC_PRESENCE,  [EVIDENCE_SETTINGS] = TOPIC_SENDING,
        [EVIDENCE_STATEMENT] = TOPIC_SENDING, [EVIDENCE_SERVER] = TOPIC_SERVER,
        [EVIDENCE_UPDATE] = TOPIC_SERVER,     [EVIDENCE_LOG] = TOPIC_LOG,
        [EVIDENCE_DETECTION] = TOPIC_OBJECT,  [EVIDENCE_QUARANTINE] = TOPIC_OBJECT,
        [EVIDENCE_SENT] = TOPIC_OBJECT,       [EVIDENCE_CERTIFICATE] = TOPIC_CERTIFICATE,
    };

    return topics[kind];
}

static struct sv encoded(struct arena *arena, struct sv raw)
{
    auto_buf place = {0};

    place_append(&place, raw);
    return buf_ok(&place) ? arena_copy(arena, buf_view(&place)) : (struct sv){0};
}

static void left_out(struct keeping *k, struct sv path, struct sv why)
{
    subject_gap(k->c, k->s, topic_of(k->e->kind),
                arena_printf(k->c->arena, "Not kept: %.*s", (int)why.n, why.p), path);
}

/* The bytes that were there when it was opened: copied, digested, and the first of them at hand. */
static int copy(struct collecting *c, int fd, struct exposure_file *file, struct spill_file *to,
                struct err *err)
{
    uint8_t piece[PIECE], digest[DIGEST_SHA256_SIZE];
    struct file_source source;
    uint64_t size = file->size;
    auto_digest d = {0};

    file_source_init_with(&source, fd, size, (struct span){0});
    digest_init(&d, DIGEST_SHA256);
    buf_reset(&c->head);
    for (file->size = 0; file->size < size;) {
        size_t want = size - file->size < PIECE ? (size_t)(size - file->size) : PIECE;
        size_t n = 0, look;

        TRY(source.source.read_at(&source.source, file->size, piece, want, &n, err));
        if (n == 0)
            break; // it is shorter by now
        look = EXPOSURE_LOOKED_MAX - c->head.n;
        buf_bytes(&c->head, piece, n < look ? n : look);
        digest_update(&d, (struct span){piece, n});
        if (c->sink)
            TRY(spill_append(to, (struct span){piece, n}, err));
        file->size += n;
    }
    TRY(digest_finish(&d, digest, err));
    digest_hex((struct span){digest, sizeof(digest)}, file->sha256);
    return buf_ok(&c->head) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

static int hand_on(struct collecting *c, struct exposure_file *file, const struct spill_file *copy,
                   struct err *err)
{
    struct exposure_item item = {.name = file->name,
                                 .file = file,
                                 .fd = copy->fd,
                                 .size = file->size,
                                 .sha256 = file->sha256};

    *c->file_end = file;
    c->file_end = &file->next;
    c->report->file_count++;
    c->report->bytes += file->size;
    return c->sink ? c->sink->put(c->sink->to, &item, err) : 0;
}

static int keep_open(struct keeping *k, int fd, struct exposure_file *file, struct err *err)
{
    struct spill_file to;
    int r;

    spill_init(&to, file->size > IN_MEMORY ? k->c->request->temporary : NULL);
    r = copy(k->c, fd, file, &to, err);
    // A file without bytes has a descriptor too.
    if (r == 0 && k->c->sink && to.fd < 0)
        r = spill_append(&to, (struct span){0}, err);
    if (r == 0)
        r = hand_on(k->c, file, &to, err);
    spill_clear(&to);
    return r;
}

static const struct exposure_file *kept_already(const struct collecting *c, struct sv path)
{
    for (const struct exposure_file *f = c->report->files; f; f = f->next)
        if (sv_eq(f->path, path))
            return f;
    return NULL;
}

static void tell(struct keeping *k, const struct exposure_file *file)
{
    struct collecting *c = k->c;
    struct subject *s = k->s;

    k->met++;
    s->kept++;
    s->objects +=
        (k->e->kind == EVIDENCE_QUARANTINE || k->e->kind == EVIDENCE_DETECTION) && file->size;
    s->sent += k->e->kind == EVIDENCE_SENT && file->size;
    seen_by(s, file);
    subject_add(c, s, topic_of(k->e->kind), k->e->title,
                arena_printf(c->arena, "%llu bytes, last changed %.*s",
                             (unsigned long long)file->size, 20,
                             time_text(c->arena, file->mtime_ns).p),
                file->path);
}

static void look_into(struct keeping *k, const struct exposure_file *file)
{
    if (!k->e->value_count)
        return;
    values_read(k->c, k->s, k->e, buf_view(&k->c->head), file->path);
    if (file->size > EXPOSURE_LOOKED_MAX)
        subject_gap(k->c, k->s, topic_of(k->e->kind),
                    arena_printf(k->c->arena, "Only the first %d bytes were searched for values",
                                 EXPOSURE_LOOKED_MAX),
                    file->path);
}

static struct exposure_file *describe(struct keeping *k, struct sv path,
                                      const struct file_facts *facts)
{
    struct exposure_file *file = arena_take(k->c->arena, sizeof(*file));

    if (!file)
        return NULL;
    *file = (struct exposure_file){
        .name = arena_printf(k->c->arena, "files%.*s", (int)path.n, path.p),
        .path = path,
        .title = k->e->title,
        .evidence = k->e->id,
        .finding = k->s->exposure->finding->id,
        .kind = k->e->kind,
        .size = facts->size,
        .mtime_ns = facts->mtime_ns,
        .ctime_ns = facts->ctime_ns,
        .mode = facts->mode,
        .uid = facts->uid,
        .gid = facts->gid,
    };
    return file;
}

/* Beyond what one collection keeps? Then says so. */
static bool is_too_much(struct keeping *k, struct sv path, uint64_t size)
{
    const struct exposure_report *r = k->c->report;
    struct arena *arena = k->c->arena;

    if (size > EXPOSURE_FILE_MAX)
        left_out(k, path,
                 arena_printf(arena, "%llu bytes; a file of more than %llu is not copied",
                              (unsigned long long)size, (unsigned long long)EXPOSURE_FILE_MAX));
    else if (r->bytes + size > EXPOSURE_TOTAL_MAX)
        left_out(k, path, SV("the collection has all the bytes that it may have"));
    else if (r->file_count >= EXPOSURE_FILES_MAX)
        left_out(k, path, SV("the collection has all the files that it may have"));
    else
        return false;
    return true;
}

static int not_readable(struct keeping *k, struct sv path, int result, struct err *err)
{
    if (!k->c->request->tolerate || result == -ERR_NOMEM)
        return err_wrap(err, result, "evidence %.*s", (int)path.n, path.p);
    left_out(k, path, arena_copy(k->c->arena, sv_str(err ? err->text : "it cannot be read")));
    return 0;
}

/* Opened and looked at anew: what the folder said of it may be old by now. */
static int keep_found(struct keeping *k, const struct found *f, struct sv path, struct err *err)
{
    struct exposure_file *file;
    struct file_facts facts;
    auto_fd int fd = -1;

    TRY(file_open(f->dir_fd, f->name, &fd, err));
    TRY(file_facts(fd, "", &facts, err));
    if (facts.kind != FILE_REGULAR) {
        left_out(k, path, SV("it is no file any more"));
        return 0;
    }
    if (is_too_much(k, path, facts.size)) {
        k->met++;
        k->s->kept++; // it is there, only not here
        return 0;
    }
    file = describe(k, path, &facts);
    if (!file)
        return arena_error(k->c->arena, err);
    TRY(keep_open(k, fd, file, err));
    tell(k, file);
    look_into(k, file);
    return 0;
}

static int keep(void *to, const struct found *f, struct err *err)
{
    struct keeping *k = to;
    struct sv path = encoded(k->c->arena, f->path);
    const struct exposure_file *before = kept_already(k->c, path);
    struct err why = {0};
    int r;

    if (before) {
        tell(k, before);
        return 0;
    }
    r = keep_found(k, f, path, &why);
    if (r == 0)
        return 0;
    if (why.sys_errno == ENOENT || why.sys_errno == ELOOP) {
        left_out(k, path, SV("it went away meanwhile"));
        return 0;
    }
    if (err)
        *err = why;
    return not_readable(k, path, r, err);
}

static int odd(void *to, struct sv raw, const char *why, int result, struct err *err)
{
    struct keeping *k = to;
    struct sv path = encoded(k->c->arena, raw);

    if (!why)
        return not_readable(k, path, result, err);
    left_out(k, path, sv_str(why));
    return 0;
}

/* ---- all of a finding ---- */

static bool is_about(const struct catalogue_evidence *e, const struct finding *f)
{
    for (size_t i = 0; i < e->product_count; i++)
        if (sv_eq(e->products[i]->id, f->product))
            return true;
    return false;
}

static int collect_one(struct collecting *c, struct subject *s, const struct catalogue_evidence *e,
                       struct err *err)
{
    struct keeping k = {.c = c, .s = s, .e = e};
    struct finder f = {.root_fd = c->request->root_fd,
                       .nocase = e->nocase,
                       .names_left = &c->names_left,
                       .arena = c->arena,
                       .to = &k,
                       .each = keep,
                       .odd = odd};

    for (size_t i = 0; i < e->path_count; i++)
        TRY(find_files(&f, e->paths[i], err));
    if (e->kind != EVIDENCE_LOG)
        return 0;
    s->logs_known++;
    s->logs_kept += k.met != 0;
    if (!k.met)
        subject_gap(c, s, TOPIC_LOG,
                    arena_printf(c->arena, "No log kept: %.*s", (int)e->title.n, e->title.p),
                    e->paths[0]);
    return 0;
}

static int collect_finding(struct collecting *c, struct subject *s, struct err *err)
{
    const struct catalogue *k = s->catalogue;

    for (size_t i = 0; k && i < k->evidence_count; i++)
        if (is_about(&k->evidence[i], s->exposure->finding))
            TRY(collect_one(c, s, &k->evidence[i], err));
    return arena_failed(c->arena) ? arena_error(c->arena, err) : 0;
}

/* ---- documents ---- */

static int put_document(struct collecting *c, const char *name, const struct buf *text,
                        char sha256[65], struct err *err)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    struct exposure_item item = {
        .name = sv_str(name), .fd = -1, .bytes = buf_view(text), .size = text->n, .sha256 = sha256};

    if (!buf_ok(text))
        return ERR(err, ERR_NOMEM, "no memory for %s", name);
    digest_sha256((struct span){(const uint8_t *)text->p, text->n}, digest);
    digest_hex((struct span){digest, sizeof(digest)}, sha256);
    return c->sink->put(c->sink->to, &item, err);
}

static void write_subject(struct json_writer *w, struct sv name, const char *sha256)
{
    json_object(w);
    json_member(w, "name", name);
    json_key(w, "digest");
    json_object(w);
    json_member(w, "sha256", sv_str(sha256));
    json_end(w);
    json_end(w);
}

/* in-toto Statement v1. Nobody has signed it; its subjects are everything else. */
static void write_statement(const struct exposure_report *r, const char *json_sha256,
                            const char *text_sha256, struct buf *to)
{
    struct json_writer w = json_writer_to(to, true);

    json_object(&w);
    json_member(&w, "_type", SV("https://in-toto.io/Statement/v1"));
    json_key(&w, "subject");
    json_array(&w);
    for (const struct exposure_file *f = r->files; f; f = f->next)
        write_subject(&w, f->name, f->sha256);
    write_subject(&w, SV("exposure.json"), json_sha256);
    write_subject(&w, SV("exposure.txt"), text_sha256);
    json_end(&w);
    json_member(&w, "predicateType", SV("urn:debar:predicate:exposure:1"));
    json_key(&w, "predicate");
    json_object(&w);
    json_member(&w, "scan", r->scan_id);
    json_member(&w, "host", r->host.id);
    json_member(&w, "conclusion", sv_str(exposure_conclusion_text(r->worst)));
    json_member(&w, "assessment", SV("exposure.json"));
    json_end_all(&w);
    buf_char(to, '\n');
}

static int put_documents(struct collecting *c, struct err *err)
{
    char json_sha256[65], text_sha256[65], sha256[65];
    auto_buf json = {0}, statement = {0};
    auto_sink text = {0};

    exposure_write_json(c->report, &json);
    TRY(put_document(c, "exposure.json", &json, json_sha256, err));
    sink_init(&text, NULL);
    exposure_write_text(c->report, &text);
    TRY(put_document(c, "exposure.txt", &text.buf, text_sha256, err));
    write_statement(c->report, json_sha256, text_sha256, &statement);
    return put_document(c, "statement.json", &statement, sha256, err);
}

/* ---- everything ---- */

static void begin_subject(struct collecting *c, size_t i)
{
    const struct finding *f = c->request->findings[i];
    struct subject *s = &c->subjects[i];

    s->exposure = &c->report->all[i];
    *s->exposure = (struct exposure){
        .finding = f,
        .first_ns = INT64_MIN,
        .last_ns = INT64_MIN,
        .present =
            f->state == STATE_RUNNING || f->state == STATE_INSTALLED || f->state == STATE_PRESENT,
    };
    s->catalogue = rules_catalogue(c->request->rules, f->vendor);
    for (int t = 0; t < TOPIC_COUNT_; t++)
        s->end[t] = &s->first[t];
}

/* The lists of the topics, one after the other, and the conclusion. */
static void end_subject(struct collecting *c, struct subject *s)
{
    struct exposure_fact **end = &s->exposure->facts;

    subject_conclude(c, s);
    say_left_away(c, s);
    for (int t = 0; t < TOPIC_COUNT_; t++)
        for (*end = s->first[t]; *end;)
            end = &(*end)->next;
    if (s->exposure->conclusion > c->report->worst)
        c->report->worst = s->exposure->conclusion;
}

static int collect(struct collecting *c, struct err *err)
{
    size_t count = c->request->finding_count;

    c->report->all = arena_take_array(c->arena, count, sizeof(*c->report->all));
    c->subjects = arena_take_array(c->arena, count, sizeof(*c->subjects));
    if (count && (!c->report->all || !c->subjects))
        return arena_error(c->arena, err);
    c->report->count = count;
    for (size_t i = 0; i < count; i++)
        begin_subject(c, i);
    TRY(facts_read(c, err));
    for (size_t i = 0; i < count; i++)
        TRY(collect_finding(c, &c->subjects[i], err));
    for (size_t i = 0; i < count; i++)
        end_subject(c, &c->subjects[i]);
    if (arena_failed(c->arena))
        return arena_error(c->arena, err);
    return c->sink ? put_documents(c, err) : 0;
}

int exposure_collect(const struct exposure_request *request, const struct exposure_sink *sink,
                     struct arena *arena, struct exposure_report *ret, struct err *err)
{
    struct collecting c = {.request = request,
                           .sink = sink,
                           .arena = arena,
                           .report = ret,
                           .file_end = &ret->files,
                           .names_left = EXPOSURE_NAMES_MAX};
    struct sv root = request->view->root;
    int r;

    while (root.n > 1 && sv_ends(root, SV("/")))
        root.n--;
    *ret = (struct exposure_report){.scan_id = request->view->scan_id,
                                    .version = SV(DEBAR_VERSION),
                                    .host = request->view->host,
                                    .root = root.n ? root : SV("/"),
                                    .collected_ns = clock_now_ns()};
    r = collect(&c, err);
    buf_clear(&c.head);
    return r;
}
