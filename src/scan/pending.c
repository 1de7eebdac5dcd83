// SPDX-License-Identifier: Apache-2.0
/*
 * Files that a parser process dissects: each is pending until the answer comes, which the listener
 * hears as if it had been dissected here. An image may ask for files beside it: it is submitted
 * again with those.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/examine_internal.h"
#include "scan/sibling_set.h"
#include "source/kind.h"

enum {
    LASTING = 512, /* descriptors from here on are of files that are parsed elsewhere */
};

static void on_parsing(void *to, struct parser_job *job)
{
    struct listener *l = to;
    const struct pending *p = (const struct pending *)job;
    struct object *o = listener_resume(l, buf_view(&p->path), buf_view(&p->place));

    l->file = p->file;
    l->origin = visited_origin(&p->visited);
    l->fd = job->fd;
    l->known = p->known;
    o->owner = p->owner;
    o->running = p->running;
    o->pid = p->pid;
}

/* Open what the parser of an image asks for; without it, it is told that there is none. */
static bool add_sibling(struct pending *p, const char *name)
{
    struct pending_siblings *s = p->siblings;
    uint32_t n = p->job.wire.sibling_count;
    int fd;

    if (!s)
        s = p->siblings = calloc(1, sizeof(*s));
    if (!s || n == SIBLINGS_MAX)
        return false;
    (void)snprintf(s->names[n], sizeof(s->names[n]), "%s", name);
    s->all[n].name = sv_str(s->names[n]);
    fd = sibling_open(p->folder, name, &s->all[n].size);
    s->all[n].present = fd >= 0;
    if (fd >= 0)
        s->files[s->file_count++] = fd;
    p->job.wire.siblings = s->all;
    p->job.wire.sibling_count = n + 1;
    p->job.siblings = s->files;
    return true;
}

static void drop_siblings(struct pending *p)
{
    for (unsigned i = 0; p->siblings && i < p->siblings->file_count; i++)
        (void)close(p->siblings->files[i]);
    free(p->siblings);
    p->siblings = NULL;
    if (p->folder >= 0)
        (void)close(p->folder);
    p->folder = -1;
}

void pending_free_all(struct pending *list)
{
    while (list) {
        struct pending *p = list;

        list = p->next;
        drop_siblings(p);
        buf_clear(&p->path);
        buf_clear(&p->place);
        free(p);
    }
}

static void on_parsed(void *to, struct parser_job *job, const struct parser_outcome *outcome)
{
    struct pending *p = (struct pending *)job;
    struct examiner *x = p->examiner;
    struct pending **at = &x->underway;
    struct err why = outcome->end.why;

    if (outcome->wants && p->folder >= 0 && add_sibling(p, outcome->end.wants)) {
        p->again = x->again;
        x->again = p;
        return;
    }
    if (!job->started)
        on_parsing(to, job);
    if (p->named && !outcome->lost)
        examiner_refuse(x, outcome->end.result, &why);
    if (outcome->lost)
        listener_lost(to, outcome->reason, why.text);
    else
        examiner_end_file(x, job->fd, outcome->end.result, &why, outcome->end.short_read,
                          p->bytes + outcome->end.bytes);
    if (p->siblings)
        x->listener.tally.flags |= CACHE_RECHECK; // they may change
    if (p->script)
        x->listener.tally.flags |= CACHE_SCRIPT;
    visited_end(&p->visited, &x->listener.tally);
    closer_close(x->context->closer, job->fd);
    drop_siblings(p);
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    p->next = x->free;
    x->free = p;
}

const struct parser_events pending_events = {on_parsing, &listener_events, on_parsed};

static bool is_underway(const struct examiner *x, const struct file_facts *file)
{
    for (const struct pending *p = x->underway; p; p = p->next)
        if (p->file.inode == file->inode && p->file.device == file->device)
            return true;
    return false;
}

static void check_parser(struct examiner *x, int result, const struct err *err)
{
    if (result < 0)
        collector_fail(x->context->collector, err);
}

struct pending *pending_room(struct examiner *x)
{
    struct pending *p = x->free;

    if (p || !x->parser)
        return p;
    p = calloc(1, sizeof(*p));
    if (p) {
        p->examiner = x;
        p->folder = -1;
        p->slot = x->slots++;
        parser_head_settle(x->parser, p->slot);
        x->free = p;
    }
    return p;
}

/* Before another file is begun, so that there is a slot for that one. */
static void submit_again(struct examiner *x)
{
    while (x->again) {
        struct pending *p = x->again;
        struct err why;

        x->again = p->again;
        check_parser(x, parser_submit(x->parser, &p->job, &why), &why);
    }
}

/*
 * A file that stays open for a while gets a higher descriptor, so that those of the others, which
 * are closed in runs, stay neighbours.
 */
static int out_of_the_way(struct examiner *x, int fd)
{
    int higher = x->context->closer ? fcntl(fd, F_DUPFD_CLOEXEC, LASTING) : -1;

    if (higher < 0)
        return fd;
    closer_close(x->context->closer, fd);
    return higher;
}

void pending_hand_over(struct examiner *x, int fd, const struct file_source *file,
                       const struct chosen *named)
{
    const struct object *o = &x->listener.object;
    struct pending *p = x->free;
    struct err why;

    x->free = p->next;
    fd = out_of_the_way(x, fd);
    buf_reset(&p->path);
    buf_sv(&p->path, o->path);
    buf_reset(&p->place);
    buf_sv(&p->place, o->place);
    p->file = x->listener.file;
    p->owner = listener_owner(&x->listener);
    p->running = o->running;
    p->pid = o->pid;
    p->visited = x->visited;
    p->script = dissector_looked_for_imports(x->dissector);
    p->job =
        (struct parser_job){.fd = fd,
                            .wire = {.path = buf_view(&p->path),
                                     .place = buf_view(&p->place),
                                     .size = p->file.size,
                                     .executable = p->file.mode & 0111,
                                     .hash = p->owner.n == 0,
                                     .head = parser_head(x->parser, p->slot) ? (int)p->slot : -1,
                                     .head_n = (uint32_t)file->source.head.n,
                                     .recogniser = -1}};
    p->named = named != NULL;
    if (named) {
        p->job.wire.recogniser =
            (int)classifier_index(x->context->dissect.classifier, named->recogniser);
        p->job.wire.gate = (int)(named->gate - named->recogniser->gates);
    }
    if (x->folder >= 0 && kind_is_image(kind_of(file->source.head, p->file.size)))
        p->folder = fcntl(x->folder, F_DUPFD_CLOEXEC, 0);
    p->bytes = p->job.wire.head < 0 ? 0 : file->bytes_read;
    // Of a file with several names the first is waited for, so that its bytes are read once.
    if (p->file.links > 1 && is_underway(x, &p->file))
        check_parser(x, parser_drain(x->parser, &why), &why);
    p->known = p->job.wire.known = listener_knows(&x->listener, &p->file, p->owner.n == 0);
    p->next = x->underway;
    x->underway = p;
    check_parser(x, parser_submit(x->parser, &p->job, &why), &why);
    submit_again(x);
}

void examiner_flush(struct examiner *x)
{
    struct err err;

    if (x->parser)
        check_parser(x, parser_flush(x->parser, &err), &err);
}

void examiner_finish(struct examiner *x)
{
    struct err err;

    while (x->parser) {
        check_parser(x, parser_drain(x->parser, &err), &err);
        if (!x->again)
            break;
        submit_again(x);
    }
}
