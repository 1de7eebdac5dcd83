// SPDX-License-Identifier: Apache-2.0
#include "remedy/plan_make.h"

#include <stdlib.h>

#include "os/below.h"
#include "remedy/facts_list.h"
#include "remedy/plan_judge.h"
#include "remedy/plan_rehearse.h"

enum {
    TRIES_MAX = 5, // a package has four scripts
};

struct making {
    const struct plan_request *request;
    struct arena *arena;
    struct facts facts;
    struct plan_input in;
    struct facts_list scripts;
};

static void say(const struct making *m, const char *text)
{
    if (m->request->say)
        m->request->say(m->request->to, text);
}

/* ---- scripts that fail ---- */

/* What dpkg calls its scripts when they fail: dpkg/src/main/script.c says "installed kesl package
 * pre-removal script". */
static const struct {
    const char *words, *name;
} script_words[] = {
    {"pre-removal script", "prerm"},
    {"post-removal script", "postrm"},
    {"pre-installation script", "preinst"},
    {"post-installation script", "postinst"},
};

/* Where a package's script lies: with or without the architecture in its name. */
static struct sv script_path(const struct making *m, int root, struct sv package, const char *name)
{
    struct facts look = {0};
    struct facts_wanted wanted[] = {
        {arena_printf(m->arena, "/var/lib/dpkg/info/%.*s.%s", (int)package.n, package.p, name),
         false},
        {arena_printf(m->arena, "/var/lib/dpkg/info/%.*s:amd64.%s", (int)package.n, package.p,
                      name),
         false},
        {arena_printf(m->arena, "/var/lib/dpkg/info/%.*s:arm64.%s", (int)package.n, package.p,
                      name),
         false},
        {arena_printf(m->arena, "/var/lib/dpkg/info/%.*s:i386.%s", (int)package.n, package.p, name),
         false},
    };

    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (facts_look(root, &wanted[i], 1, m->arena, &look, NULL) == 0 && look.left_count)
            return wanted[i].path;
    return (struct sv){0};
}

/* The script that the output blames and that is not dealt with yet; false when there is none. */
static bool blame_script(struct making *m, int root, struct sv output, struct err *err)
{
    for (size_t i = 0; i < m->facts.package_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(script_words); k++) {
            struct sv package = m->facts.packages[i].name, path;
            struct sv blame = arena_printf(m->arena, "%.*s package %s", (int)package.n, package.p,
                                           script_words[k].words);
            const struct fact_script *all = m->scripts.items;
            struct fact_script *made;
            bool known = false;

            for (size_t s = 0; s < m->scripts.count; s++)
                known = known || (sv_eq(all[s].package, package) &&
                                  sv_eq(all[s].name, sv_str(script_words[k].name)));
            if (known || sv_find(output, blame) == SIZE_MAX)
                continue;
            path = script_path(m, root, package, script_words[k].name);
            if (!path.n || facts_list_add(&m->scripts, (void **)&made, err) < 0)
                continue;
            *made = (struct fact_script){package, sv_str(script_words[k].name), path};
            m->facts.scripts = m->scripts.items;
            m->facts.script_count = m->scripts.count;
            return true;
        }
    return false;
}

/* ---- the rehearsals ---- */

enum {
    AGAIN = 2, /* something was learnt: with another copy */
};

static int rehearse_steps(struct making *m, struct rehearsal *r, struct plan *p, struct err *err)
{
    for (size_t i = 0; i < p->step_count; i++) {
        struct rehearsed_failure failure;
        int result = plan_rehearse(r, &p->steps[i], m->arena, &failure, err);

        TRY(result);
        if (result != REHEARSED_FAILED)
            continue;
        if (blame_script(m, rehearsal_root(r), failure.output, err))
            return AGAIN;
        m->facts.failed = arena_printf(
            m->arena, "%.*s ended with %d when it was tried on a copy of the root: %.*s",
            (int)failure.program.n, failure.program.p, failure.code, (int)failure.output.n,
            failure.output.p);
    }
    return 0;
}

/* Who owns what is left, where that is an rpm database: asked of rpm, in the copy. */
static int ask_rpm(struct making *m, struct rehearsal *r, struct err *err)
{
    static const char *const question[] = {"rpm", "--query", "--queryformat", "%{NAME}\n",
                                           "--file"};
    struct fact_path *left = m->facts.left;
    int code;

    for (size_t i = 0; i < m->facts.left_count; i += 64) {
        struct sv argv[ARRAY_LEN(question) + 64], rest;
        size_t n = m->facts.left_count - i < 64 ? m->facts.left_count - i : 64;
        auto_buf output = {0};

        for (size_t k = 0; k < ARRAY_LEN(question); k++)
            argv[k] = sv_str(question[k]);
        for (size_t k = 0; k < n; k++)
            argv[ARRAY_LEN(question) + k] = left[i + k].path;
        TRY(rehearsal_run(r, argv, ARRAY_LEN(question) + n, &code, &output, err));
        rest = buf_view(&output);
        for (size_t k = 0; k < n && rest.n; k++) {
            struct sv line = sv_line(&rest);

            // "file /x is not owned by any package", or an error: not a name.
            if (!left[i + k].owner.n && line.n && sv_find(line, SV(" ")) == SIZE_MAX)
                left[i + k].owner = arena_printf(m->arena, "rpm:%.*s", (int)line.n, line.p);
        }
    }
    return 0;
}

static bool has_rpm(const struct facts *f)
{
    for (size_t i = 0; i < f->package_count; i++)
        if (sv_eq(f->packages[i].type, SV("rpm")))
            return f->tools.rpm;
    return false;
}

static int look(struct making *m, struct rehearsal *r, struct err *err)
{
    struct facts_wanted *wanted;
    size_t count;
    auto_fd int fd = -1;

    TRY(plan_wants(&m->in, m->arena, &wanted, &count, err));
    if (!r)
        TRY(below_open_root(m->request->facts.root, &fd, err));
    TRY(facts_look(r ? rehearsal_root(r) : fd, wanted, count, m->arena, &m->facts, err));
    TRY(facts_others(r ? rehearsal_root(r) : fd, &m->facts, m->arena, err));
    return r && has_rpm(&m->facts) ? ask_rpm(m, r, err) : 0;
}

/* What the uninstallers leave, on a copy of their own. */
static int rehearse_uninstallers(struct making *m, struct err *err)
{
    int r = AGAIN;

    for (int tries = 0; r == AGAIN && tries < TRIES_MAX; tries++) {
        auto_rehearsal *rehearsal = NULL;
        struct plan p;
        struct err why;

        r = rehearsal_new(m->request->facts.root, &rehearsal, &why);
        if (r == -ERR_UNSUPPORTED || r == -ERR_DENIED) {
            m->facts.cannot_rehearse = arena_copy(m->arena, sv_str(why.text));
            return look(m, NULL, err);
        }
        if (r < 0) {
            if (err)
                *err = why;
            return r;
        }
        TRY(plan_build(&m->in, m->arena, &p, err));
        r = rehearse_steps(m, rehearsal, &p, err);
        TRY(r);
        if (r == 0)
            return look(m, rehearsal, err);
    }
    return ERR(err, ERR_CONFLICT, "the uninstaller fails in one way after another");
}

/* A step that has nothing to do on this root is no step. */
static void prune(struct plan *p)
{
    size_t kept = 0;

    for (size_t i = 0; i < p->step_count; i++) {
        struct plan_step *s = &p->steps[i];

        if (!s->touch_count &&
            (s->action == ACTION_EDIT || s->action == ACTION_REMOVE || s->action == ACTION_WRITE))
            continue;
        p->steps[kept] = *s;
        p->steps[kept].number = kept + 1;
        kept++;
    }
    p->step_count = kept;
}

/* What a step before has touched is as that leaves it, at a time that nobody knows yet. */
static void forget_passing_states(struct plan *p)
{
    for (size_t i = 1; i < p->step_count; i++)
        for (size_t k = 0; k < p->steps[i].touch_count; k++) {
            struct plan_touch *t = &p->steps[i].touches[k];

            for (size_t j = 0; j < i; j++)
                for (size_t l = 0; l < p->steps[j].touch_count; l++)
                    if (sv_eq(p->steps[j].touches[l].path, t->path)) {
                        t->before = t->sha256 = (struct sv){0};
                        t->size = 0;
                    }
        }
}

/* What every step touches, told from the root as it is. */
static int foresee_all(struct making *m, struct plan *p, struct err *err)
{
    auto_fd int root = -1;

    TRY(below_open_root(m->request->facts.root, &root, err));
    for (size_t i = 0; i < p->step_count; i++) {
        struct foreseen program;

        TRY(plan_foresee_program(root, &p->steps[i], m->arena, &program, err));
        TRY(plan_foresee(root, &p->steps[i], &program, m->arena, err));
    }
    prune(p);
    forget_passing_states(p);
    return 0;
}

static int rehearse_all(struct making *m, struct plan *p, struct err *err)
{
    auto_rehearsal *rehearsal = NULL;

    if (m->facts.cannot_rehearse.n)
        return foresee_all(m, p, err);
    TRY(rehearsal_new(m->request->facts.root, &rehearsal, err));
    TRY(rehearse_steps(m, rehearsal, p, err));
    prune(p);
    forget_passing_states(p);
    return 0;
}

int plan_make(const struct plan_request *request, struct arena *arena, struct plan *ret,
              struct err *err)
{
    struct making m = {.request = request, .arena = arena};
    struct plan p;

    m.scripts = FACTS_LIST(arena, struct fact_script);
    m.in = (struct plan_input){
        .scan_id = request->scan_id,
        .host_id = request->host_id,
        .host_name = request->host_name,
        .findings = request->facts.findings,
        .finding_count = request->facts.finding_count,
        .rules = request->facts.rules,
        .facts = &m.facts,
        .allowances = request->allowances,
        .allowance_count = request->allowance_count,
    };
    say(&m, "looking at the root");
    TRY(facts_gather(&request->facts, arena, &m.facts, err));
    say(&m, "trying the uninstallers on a copy of the root");
    TRY(rehearse_uninstallers(&m, err));
    TRY(plan_build(&m.in, arena, &p, err));
    say(&m, "trying every step on a copy of the root");
    TRY(rehearse_all(&m, &p, err));
    TRY(plan_judge(&m.in, arena, &p, err));
    TRY(plan_name(&p, arena, err));
    *ret = p;
    return 0;
}
