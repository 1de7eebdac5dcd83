# SPDX-License-Identifier: Apache-2.0
"""A scan that leaves the machine to others: less processor time, fewer bytes, the idle class."""
import contextlib
import os
import pathlib
import random
import resource
import signal
import subprocess
import time

import pytest

from debar_program import ERROR, UNKNOWN, environment, program


def programs(folder, count, size):
    """Files that begin like programs: all bytes of them are looked at."""
    noise = random.Random(1).randbytes(1 << 20)
    for n in range(count):
        (folder / f"program-{n}").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(57) + noise * (size >> 20))


def command(*arguments):
    return [str(program()), "scan", "--no-store", "--quiet", "-o", "json", *map(str, arguments)]


def use_of(*arguments):
    """Processor and wall seconds of one scan with all its processes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command(*arguments), env=environment(), stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode != ERROR
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - began


@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_processor_time_stays_below_its_share(tmp_path, sandbox):
    programs(tmp_path, 4, 16 << 20)
    (tmp_path / "empty").mkdir()
    start, _ = use_of("--root", tmp_path / "empty")
    percent = 5
    cpu, wall = use_of("--root", tmp_path, "--max-cpu", percent, "--sandbox", sandbox)
    # A busy machine only makes the wall clock go on: the share can come out smaller, not larger.
    assert (cpu - start) / wall / os.cpu_count() < 2 * percent / 100, (start, cpu, wall)


def test_what_is_read_stays_below_its_rate(tmp_path):
    programs(tmp_path, 6, 2 << 20)
    _, wall = use_of("--root", tmp_path, "--max-io", "4M")
    # What was read last is not waited for.
    assert (12 << 20) / wall < 1.25 * (4 << 20)


def children(pid):
    """A process and all that descend from it."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def named(pids):
    """The names of those that live, by number."""
    names = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            names[pid] = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    return names


def nice_of(pid):
    with contextlib.suppress(OSError):
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[16])
    return None


def class_of_io(pid):
    return subprocess.run(["ionice", "-p", str(pid)], stdout=subprocess.PIPE, text=True, check=False).stdout.strip()


def test_idle_is_for_parsers_too_and_an_interrupt_keeps_what_was_found(tmp_path):
    programs(tmp_path, 2, 64 << 20)
    with subprocess.Popen(command("--root", tmp_path, "--idle", "--max-io", "64K"), env=environment(),
                          stdout=subprocess.PIPE) as scan:
        try:
            while True:
                names = named(children(scan.pid))
                known = {pid: (nice_of(pid), class_of_io(pid)) for pid in names}
                names = named(names)  # some only try what the kernel allows, and are gone at once
                if "debar-parser" in names.values():
                    break
                assert scan.poll() is None
                time.sleep(0.02)
            assert {known[pid] for pid in names} == {(19, "idle")}, (names, known)
        finally:
            scan.send_signal(signal.SIGINT)
            report, _ = scan.communicate(timeout=60)
    assert scan.returncode == UNKNOWN
    assert b'"interrupted"' in report


@pytest.mark.parametrize("wrong", [["--max-cpu", "0"], ["--max-cpu", "101"], ["--max-cpu", "half"],
                                   ["--max-io", "0"], ["--max-io", "fast"]])
def test_what_is_no_limit_is_an_error(tmp_path, wrong):
    done = subprocess.run(command("--root", tmp_path, *wrong), env=environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == ERROR
    assert " ".join(wrong) in done.stderr and "expected" in done.stderr
