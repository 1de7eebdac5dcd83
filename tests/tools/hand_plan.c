// SPDX-License-Identifier: Apache-2.0
/*
 * hand_plan ROOT: a plan whose steps a test says, one a line, words parted by tabs:
 *
 *     remove PATH…             each with all that is in it
 *     write PATH CONTENT
 *     edit PATH EDIT KEY
 *     run PROGRAM ARGUMENT…    what it touches is found by rehearsing it on the root as it is now
 *     refuse CODE SUBJECT      no step: a refusal of the plan
 *     reboot WHY
 *
 * Paths are as places are. The plan goes to stdout.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/place.h"
#include "os/below.h"
#include "remedy/rehearsal.h"
#include "remedy/stage.h"
#include "trust/digest.h"

enum {
    STEPS = 64,
    WORDS = 64,
    TOUCHES = 100000,
};

struct making {
    struct arena arena;
    int root_fd;
    struct plan plan;
    struct plan_step steps[STEPS];
    struct plan_refusal refusals[STEPS];
    struct plan_step *step;
};

static void must(int r, const struct err *err)
{
    if (r < 0) {
        fprintf(stderr, "hand_plan: %s\n", err->text);
        exit(2);
    }
}

static struct sv hex_of(struct making *m, const uint8_t digest[32])
{
    char hex[65];

    digest_hex((struct span){digest, 32}, hex);
    return arena_copy(&m->arena, sv_str(hex));
}

static void touch(struct making *m, struct sv place, enum touch_change change,
                  const struct path_state *before, enum path_type type)
{
    struct plan_step *s = m->step;
    struct plan_touch *t;
    char digest[PATH_DIGEST_HEX];

    if (!s->touches)
        s->touches = arena_take_array(&m->arena, TOUCHES, sizeof(*s->touches));
    bug_if(!s->touches || s->touch_count == TOUCHES);
    t = &s->touches[s->touch_count++];
    *t = (struct plan_touch){.path = arena_copy(&m->arena, place),
                             .change = change,
                             .type = sv_str(path_type_text(type)),
                             .why = SV("a test says so")};
    if (change == TOUCH_CREATED)
        return;
    path_state_digest(before, digest);
    t->before = arena_copy(&m->arena, sv_str(digest));
    t->size = before->size;
    if (before->type == PATH_FILE)
        t->sha256 = hex_of(m, before->sha256);
}

static void look(struct making *m, struct sv place, struct path_state *ret)
{
    struct err err = {0};
    struct sv path;

    must(stage_path(&m->arena, place, &path, &err), &err);
    must(path_state_get(m->root_fd, path.p, &m->arena, ret, &err), &err);
}

static void remove_all(struct making *m, struct sv place)
{
    struct path_state s;
    struct err err = {0};
    struct dirent **all;
    struct sv path;
    auto_buf whole = {0};
    int n;

    look(m, place, &s);
    if (s.type == PATH_ABSENT)
        return;
    touch(m, place, TOUCH_REMOVED, &s, s.type);
    if (s.type != PATH_FOLDER)
        return;
    must(stage_path(&m->arena, place, &path, &err), &err);
    buf_printf(&whole, "%s%s", m->plan.root.p, path.p);
    n = scandir(whole.p, &all, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        auto_buf below = {0};

        if (strcmp(all[i]->d_name, ".") != 0 && strcmp(all[i]->d_name, "..") != 0) {
            buf_sv(&below, place);
            buf_char(&below, '/');
            place_append(&below, sv_str(all[i]->d_name));
            remove_all(m, buf_view(&below));
        }
        free(all[i]);
    }
    free(n >= 0 ? all : NULL);
}

static int add_change(void *to, const struct rehearsal_change *c, struct err *err)
{
    auto_buf place = {0};
    (void)err;

    place_append(&place, c->path);
    touch(to, buf_view(&place), c->change, c->before,
          c->change == TOUCH_CREATED ? c->after->type : c->before->type);
    return 0;
}

static void rehearse(struct making *m)
{
    struct rehearsal *r = NULL;
    struct err err = {0};
    auto_buf output = {0};
    int code = 0;

    must(rehearsal_new(m->plan.root.p, &r, &err), &err);
    must(rehearsal_run(r, m->step->argv, m->step->argc, &code, &output, &err), &err);
    if (code)
        fprintf(stderr, "hand_plan: the program ended with %d: %s\n", code,
                output.n ? output.p : "");
    must(rehearsal_changes(r, add_change, m, &err), &err);
    rehearsal_free(r);
}

/* A file that is written or edited. */
static void one_file(struct making *m, struct sv place)
{
    struct path_state s;

    m->step->path = place;
    look(m, place, &s);
    touch(m, place, s.type == PATH_ABSENT ? TOUCH_CREATED : TOUCH_CHANGED, &s, PATH_FILE);
}

static void add_step(struct making *m, struct sv words[], size_t n)
{
    struct plan_step *s = m->step = &m->steps[m->plan.step_count++];

    *s = (struct plan_step){.number = m->plan.step_count, .stage = STAGE_RESIDUE};
    s->title = arena_printf(&m->arena, "%.*s %.*s", (int)words[0].n, words[0].p, (int)words[1].n,
                            words[1].p);
    if (sv_eq(words[0], SV("remove"))) {
        s->action = ACTION_REMOVE;
        for (size_t i = 1; i < n; i++)
            remove_all(m, words[i]);
    } else if (sv_eq(words[0], SV("write"))) {
        s->action = ACTION_WRITE;
        s->content = words[2];
        one_file(m, words[1]);
    } else if (sv_eq(words[0], SV("edit"))) {
        s->action = ACTION_EDIT;
        s->edit = words[2];
        s->edit_key = words[3];
        one_file(m, words[1]);
    } else {
        s->action = ACTION_RUN;
        s->argv = arena_take_array(&m->arena, n, sizeof(*s->argv));
        for (size_t i = 1; i < n; i++)
            s->argv[s->argc++] = words[i];
        rehearse(m);
    }
}

static void take_line(struct making *m, struct sv line)
{
    struct sv words[WORDS] = {{0}};
    size_t n = 0;

    while (line.n && n < WORDS)
        words[n++] = sv_cut(&line, '\t');
    if (sv_eq(words[0], SV("refuse"))) {
        m->refusals[m->plan.refusal_count++] = (struct plan_refusal){
            .code = words[1], .subject = words[2], .text = SV("a test refuses it")};
    } else if (sv_eq(words[0], SV("reboot"))) {
        m->plan.reboot = true;
        m->plan.reboot_why = words[1];
    } else if (n) {
        add_step(m, words, n);
    }
}

int main(int argc, char **argv)
{
    static struct making m;
    struct err err = {0};
    auto_buf in = {0}, out = {0};
    struct json_writer w = json_writer_to(&out, true);
    struct sv rest;
    char piece[4096];
    size_t n;

    bug_if(argc != 2);
    arena_init(&m.arena, (size_t)1 << 30);
    while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0)
        buf_bytes(&in, piece, n);
    m.plan.scan_id = SV("00000000-0000-0000-0000-000000000000");
    m.plan.host_id = SV("test");
    m.plan.root = sv_str(argv[1]);
    m.plan.steps = m.steps;
    m.plan.refusals = m.refusals;
    must(below_open_root(argv[1], &m.root_fd, &err), &err);
    rest = buf_view(&in);
    while (rest.n)
        take_line(&m, sv_line(&rest));
    must(plan_name(&m.plan, &m.arena, &err), &err);
    plan_write_json(&m.plan, true, &w);
    fwrite(out.p, 1, out.n, stdout);
    arena_clear(&m.arena);
    return 0;
}
