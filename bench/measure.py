# SPDX-License-Identifier: Apache-2.0
"""
Runs commands in turn and says what each cost.

CPU is user and system time of the process tree, also of what a command left behind: this process
takes in orphans and waits for them.
"""
import ctypes
import os
import pathlib
import re
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
    except KeyboardInterrupt:
        process.terminate()
        raise
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
        try:
            mine = [int(child) for child in task.read_text().split()]
        except OSError:
            continue  # it has just ended
        for child in mine:
            found += [child, *children(child)]
    return found


def memory_of(pid):
    """KiB that a process has now, pages that several have divided among them, and the most it ever had."""
    proc = pathlib.Path(f"/proc/{pid}")
    now = re.search(r"^Pss:\s*(\d+)", (proc / "smaps_rollup").read_text(), re.MULTILINE)
    most = re.search(r"^VmHWM:\s*(\d+)", (proc / "status").read_text(), re.MULTILINE)
    return int(now[1]) if now else 0, int(most[1]) if most else 0


def peak_memory(command, codes=(0,)):
    """
    {"tree": the most MiB that all its processes had together, pages that they share counted once,
    "process": the most that one of them had}, as looked at every 20 ms. What the kernel keeps of an
    ended process also counts this process, of which it was a copy.
    """
    process = subprocess.Popen(["/bin/sh", "-c", f"exec {command}"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    tree, largest, ended = 0, 0, threading.Event()

    def look():
        nonlocal tree, largest
        while not ended.wait(0.02):
            together = 0
            for pid in [process.pid, *children(process.pid)]:
                try:
                    now, most = memory_of(pid)
                except OSError:
                    continue  # it has just ended
                together, largest = together + now, max(largest, most)
            tree = max(tree, together)

    watcher = threading.Thread(target=look)
    watcher.start()
    err = process.stderr.read()
    process.wait()
    ended.set()
    watcher.join()
    wait_for_orphans()
    if process.returncode not in codes:
        raise Failed(f"{command}: exit {process.returncode}: {err.decode(errors='replace').strip()[-300:]}")
    return {"tree": tree / 1024, "process": largest / 1024}
