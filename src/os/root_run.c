// SPDX-License-Identifier: Apache-2.0
#include "os/root_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/copy_root_guest.h"
#include "os/file.h"

enum {
    OUTPUT_MAX = 256 << 10,
    KILLS_MAX = 1000, /* rounds: what is ended may have started another meanwhile */
};

/* What the init needs to know. */
struct job {
    const char *root;
    char **argv;
    int output, answer, alive;
    unsigned limit_s;
};

/* ---- the init ---- */

/* The parent of a process: its fourth word in /proc, after a name that may have spaces. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];
    const char *end;
    ssize_t n;
    auto_fd int fd = -1;

    (void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    end = strrchr(text, ')');
    return end && strlen(end) > 4 ? (pid_t)strtol(end + 4, NULL, 10) : -1;
}

/* What others left to this process; true when there was any. */
static bool end_children(void)
{
    DIR *proc = opendir("/proc");
    const struct dirent *e;
    bool any = false;

    while (proc && (e = readdir(proc)))
        if (*e->d_name >= '1' && *e->d_name <= '9' && parent_of(e->d_name) == getpid() &&
            kill((pid_t)strtol(e->d_name, NULL, 10), SIGKILL) == 0)
            any = true;
    if (proc)
        (void)closedir(proc);
    return any;
}

static void end_all(pid_t program)
{
    (void)kill(-program, SIGKILL);
    for (int i = 0; i < KILLS_MAX && end_children(); i++)
        while (waitpid(-1, NULL, 0) > 0)
            ;
}

/* Until the program has ended, its time is over, or nobody waits for it any more. */
static struct copy_run watch(const struct job *job, pid_t program)
{
    auto_fd int ended = (int)syscall(SYS_pidfd_open, program, 0);
    struct pollfd files[] = {{.fd = ended, .events = POLLIN}, {.fd = job->alive, .events = POLLIN}};
    struct copy_run run = {.code = 128 + SIGKILL};
    int status = 0, n;

    do
        n = poll(files, 2, ended < 0 ? 0 : (int)job->limit_s * 1000);
    while (n < 0 && errno == EINTR);
    run.timed_out = n == 0;
    if (!files[0].revents)
        (void)kill(program, SIGKILL);
    while (waitpid(program, &status, 0) < 0 && errno == EINTR)
        ;
    run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return run;
}

/* Only the init and this process's memory of it know of `job` from here on. */
__attribute__((noreturn)) static void become_init(const struct job *job)
{
    struct copy_run run;
    pid_t program;

    (void)prctl(PR_SET_NAME, "debar-init");
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    // A part of the machine that may be had here is a network of its own; not everybody may.
    (void)unshare(CLONE_NEWNET);
    program = fork();
    if (program == 0) {
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC); // the root may have none

        if ((strcmp(job->root, "/") != 0 && chroot(job->root) != 0) || chdir("/") != 0) {
            (void)dprintf(job->output, "debar: entering the root %s: %s\n", job->root,
                          strerror(errno));
            _exit(127);
        }
        // The caller has that lock.
        guest_become(job->argv, "DPKG_FRONTEND_LOCKED=true", null, job->output);
    }
    (void)close(job->output);
    run = program < 0 ? (struct copy_run){.code = 127} : watch(job, program);
    if (program > 0)
        end_all(program);
    (void)!write(job->answer, &run, sizeof(run));
    _exit(0);
}

/* ---- this process ---- */

static char **words_of(const struct sv *argv, size_t argc)
{
    char **words = calloc(argc + 1, sizeof(*words));

    for (size_t i = 0; words && i < argc; i++) {
        words[i] = strndup(argv[i].p, argv[i].n);
        if (!words[i])
            return NULL; // and the process ends soon
    }
    return words;
}

/* `pipes`: output, answer, and the one whose end says that this process is gone. */
static pid_t start(struct job *job, int pipes[3][2])
{
    pid_t init = fork();

    if (init != 0)
        return init;
    (void)close(pipes[0][0]);
    (void)close(pipes[1][0]);
    (void)close(pipes[2][1]);
    job->output = pipes[0][1];
    job->answer = pipes[1][1];
    job->alive = pipes[2][0];
    become_init(job);
}

static int ask(struct job *job, int pipes[3][2], struct copy_run *ret, struct buf *output,
               struct err *err)
{
    pid_t init = start(job, pipes);
    ssize_t n;

    (void)close(pipes[0][1]);
    (void)close(pipes[1][1]);
    (void)close(pipes[2][0]);
    pipes[0][1] = pipes[1][1] = pipes[2][0] = -1;
    if (init < 0)
        return ERR_SYS(err, "starting a process");
    file_drain(pipes[0][0], OUTPUT_MAX, output);
    do
        n = read(pipes[1][0], ret, sizeof(*ret));
    while (n < 0 && errno == EINTR);
    while (waitpid(init, NULL, 0) < 0 && errno == EINTR)
        ;
    return n == (ssize_t)sizeof(*ret) ? 0 : ERR(err, ERR_IO, "what watched the program has ended");
}

int root_run(const char *root, const struct sv *argv, size_t argc, unsigned limit_s,
             struct copy_run *ret, struct buf *output, struct err *err)
{
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    struct job job = {.root = root, .argv = words_of(argv, argc), .limit_s = limit_s};
    int r = 0;

    if (!job.argv)
        return ERR(err, ERR_NOMEM, "no memory");
    for (size_t i = 0; i < 3 && r == 0; i++)
        if (pipe2(pipes[i], O_CLOEXEC) != 0)
            r = ERR_SYS(err, "making a pipe");
    if (r == 0)
        r = ask(&job, pipes, ret, output, err);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 2; k++)
            if (pipes[i][k] >= 0)
                (void)close(pipes[i][k]);
    for (char **w = job.argv; *w; w++)
        free(*w);
    free(job.argv);
    return r;
}
