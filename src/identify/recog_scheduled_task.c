// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises what Windows runs by itself at a time or an event.
 *
 * Since Vista each task is XML, mostly UTF-16, in a folder that is also its name:
 *
 *     <Task><RegistrationInfo><Author/><Description/><URI>\Acme\Update</URI></RegistrationInfo>
 *           <Settings><Enabled>false</Enabled></Settings>
 *           <Actions><Exec><Command/><Arguments/></Exec>
 *                    <ComHandler><ClassId>{…}</ClassId></ComHandler></Actions></Task>
 *
 * Before, a file *.job: 68 bytes, a count, then UTF-16 texts, each after how many units it has:
 * program, parameters, folder, author, comment.
 *
 * Formats: MS-TSCH sections 2.3 (XML) and 2.4 (.JOB).
 */
#include "base/utf16.h"
#include "identify/recogniser.h"
#include "identify/xml.h"

enum {
    TAG_XML,
    TAG_JOB,
    TASK_MAX = 4 << 20,
    JOB_HEADER = 68 + 2, /* with the count of running ones */
};

/* UTF-8 whatever it was. */
static struct sv text_of(struct span all, struct arena *arena)
{
    if (all.n >= 2 && all.p[0] == 0xff && all.p[1] == 0xfe)
        return utf16le_text(span_from(all, 2), arena);
    if (all.n >= 4 && all.p[0] == '<' && all.p[1] == 0)
        return utf16le_text(all, arena);
    return sv_of(all);
}

struct task {
    const struct job *job;
    struct sv command, arguments;
    bool begun; /* the component is open */
    bool disabled;
};

static void emit_command(struct task *t)
{
    bool quoted = sv_starts(t->command, SV("\""));

    if (t->command.n == 0)
        return;
    // As a command line: a program with spaces in it would not end otherwise.
    emit_fieldf(t->job->out, FIELD_COMMAND, "%s%.*s%s%s%.*s", quoted ? "" : "\"", (int)t->command.n,
                t->command.p, quoted ? "" : "\"", t->arguments.n ? " " : "", (int)t->arguments.n,
                t->arguments.p);
    t->command = t->arguments = (struct sv){0};
}

static void take_text(struct task *t, const struct xml *x, const struct xml_item *item)
{
    static const struct {
        const char *parent, *name;
        enum field_key key;
    } fields[] = {
        {"RegistrationInfo", "Author", FIELD_AUTHOR},
        {"RegistrationInfo", "Description", FIELD_DESCRIPTION},
        {"RegistrationInfo", "URI", FIELD_ROW},
        {"ComHandler", "ClassId", FIELD_CLSID},
        {"Principal", "UserId", FIELD_USER},
    };
    struct sv parent = xml_parent(x, 1), text = xml_plain(item->text, t->job->arena);

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (sv_eq(item->name, sv_str(fields[i].name)) && sv_eq(parent, sv_str(fields[i].parent)))
            emit_field(t->job->out, fields[i].key, text);
    if (sv_eq(parent, SV("Exec")) && sv_eq(item->name, SV("Command")))
        t->command = text;
    else if (sv_eq(parent, SV("Exec")) && sv_eq(item->name, SV("Arguments")))
        t->arguments = text;
    else if (sv_eq(parent, SV("Settings")) && sv_eq(item->name, SV("Enabled")))
        t->disabled = sv_eq(text, SV("false"));
}

static int identify_xml(const struct job *job, struct sv text, struct err *err)
{
    struct xml x = xml_over(text);
    struct task t = {.job = job};
    struct xml_item item;

    while (xml_next(&x, &item)) {
        if (item.kind == XML_OPEN && !t.begun) {
            if (!sv_eq(item.name, SV("Task")))
                return RECOG_NOT_MINE;
            emit_component(job->out, TYPE_APPLICATION);
            t.begun = true;
        } else if (item.kind == XML_TEXT && t.begun) {
            take_text(&t, &x, &item);
        } else if (item.kind == XML_CLOSE && sv_eq(item.name, SV("Exec"))) {
            emit_command(&t);
        }
    }
    emit_command(&t);
    if (t.disabled)
        emit_field(job->out, FIELD_STATUS, SV("disabled"));
    if (arena_failed(job->arena))
        return arena_error(job->arena, err);
    return t.begun ? 0 : RECOG_NOT_MINE;
}

static struct sv counted_text(struct reader *r, struct arena *arena)
{
    return utf16le_text(utf16_until_nul(reader_take(r, (size_t)reader_u16le(r) * 2)), arena);
}

static int identify_job(const struct job *job, struct span all, struct err *err)
{
    struct reader r = reader_over(all);
    struct task t = {.job = job};
    struct sv author;

    reader_skip(&r, JOB_HEADER);
    t.command = counted_text(&r, job->arena);
    t.arguments = counted_text(&r, job->arena);
    (void)counted_text(&r, job->arena);
    author = counted_text(&r, job->arena);
    if (!reader_ok(&r))
        return ERR(err, ERR_FORMAT, "a task that ends before its texts do");
    emit_component(job->out, TYPE_APPLICATION);
    emit_command(&t);
    emit_field(job->out, FIELD_AUTHOR, author);
    return 0;
}

static int identify_scheduled_task(const struct job *job, struct err *err)
{
    struct span all;

    TRY(source_read_all(job->bytes, TASK_MAX, job->arena, &all, err));
    if (job->gate->tag == TAG_JOB)
        return identify_job(job, all, err);
    return identify_xml(job, text_of(all, job->arena), err);
}

#define TASK(pattern, up) \
    { \
        .path = "Windows/System32/Tasks/" pattern "{name}", .state = STATE_INSTALLED, \
        .anchor_up = 4 + (up) \
    }

static const struct gate gates[] = {
    TASK("", 0),
    TASK("*/", 1),
    TASK("*/*/", 2),
    TASK("*/*/*/", 3),
    TASK("*/*/*/*/", 4),
    TASK("*/*/*/*/*/", 5),
    {.path = "Windows/Tasks/{name}.job", .state = STATE_INSTALLED, .anchor_up = 3, .tag = TAG_JOB},
    {0},
};

const struct recogniser recog_scheduled_task = {
    .name = "scheduled_task",
    .summary = "scheduled tasks of Windows",
    .epoch = 1,
    .gates = gates,
    .identify = identify_scheduled_task,
};
