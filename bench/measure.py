# SPDX-License-Identifier: Apache-2.0
"""
Runs commands in turn and says what each cost.

CPU is user and system time of the process tree, also of what a command left behind: this process
takes in orphans and waits for them.
"""
import ctypes
import os
import pathlib
import resource
import statistics
import subprocess
import threading
import time

PR_SET_CHILD_SUBREAPER = 36


class Failed(Exception):
    pass


def take_in_orphans():
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans():
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def drop_page_cache():
    subprocess.run(["sync"], check=True)
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n")


def once(command, codes=(0,), cold=False, timeout=900):
    """Wall and CPU seconds of one run of a shell command."""
    if cold:
        drop_page_cache()
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Failed(f"{command}: did not end within {timeout} s") from None
    wall = time.monotonic() - start
    wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in codes:
        raise Failed(f"{command}: exit {process.returncode}: {err.decode(errors='replace').strip()[-300:]}")
    return {"wall": wall, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def alternate(commands, rounds, warm=True, cold=False):
    """
    {label: [times of each round]}. A command is {"run": TEXT} with, when it needs them, "before" (a
    function that is called first and not timed) and "codes" (exit codes that are no failure).
    """
    times = {label: [] for label in commands}
    for n in range(0 if warm and not cold else 1, rounds + 1):
        for label, c in commands.items():
            if c.get("before"):
                c["before"]()
            t = once(c["run"], c.get("codes", (0,)), cold)
            if n:
                times[label].append(t)
    return times


def ratio(ours, theirs, measure):
    """The median of the rounds' ratios."""
    return statistics.median(a[measure] / max(b[measure], 1e-4) for a, b in zip(ours, theirs))


def median(times, measure):
    return statistics.median(t[measure] for t in times)


# ---- memory ----

def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def proportional_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def peak_memory(command, codes=(0,)):
    """
    {"tree": the most MiB that all its processes had together, shared pages counted once (looked at
    every 20 ms), "process": the most that one of them had}.
    """
    process = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak, ended = 0, threading.Event()

    def look():
        nonlocal peak
        while not ended.wait(0.02):
            now = 0
            try:
                for pid in [process.pid, *children(process.pid)]:
                    now += proportional_kib(pid)
            except (OSError, ValueError):
                pass  # one of them has just ended
            peak = max(peak, now)

    watcher = threading.Thread(target=look)
    watcher.start()
    err = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    ended.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    wait_for_orphans()
    if process.returncode not in codes:
        raise Failed(f"{command}: exit {process.returncode}: {err.decode(errors='replace').strip()[-300:]}")
    return {"tree": max(peak, used.ru_maxrss) / 1024, "process": used.ru_maxrss / 1024}
