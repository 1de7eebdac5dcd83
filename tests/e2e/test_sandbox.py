# SPDX-License-Identifier: Apache-2.0
"""The processes that parse: what they may do, and what becomes of a scan when they are taken away."""
import contextlib
import functools
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import time
import zipfile

import pytest

from debar_program import ERROR, FOUND, Run, Scan, check_scan, environment, needs_root, program
from making import Certificates, installed_kesl, make_root, write
from programs import Parties, windows_program

ALLOWED = {"read", "pread64", "close", "recvmsg", "recvfrom", "sendto", "poll", "munmap", "mremap", "madvise", "brk", "futex",
           "getrandom", "clock_gettime", "gettimeofday", "getpid", "gettid", "rt_sigreturn", "rt_sigprocmask",
           "restart_syscall", "sched_yield", "exit", "exit_group", "mmap", "mprotect"}


def of_the_release(test):
    """Sanitizers need some of what is given up: their own system calls, stderr, a look at their process at the end."""
    @functools.wraps(test)
    def checked(*arguments, **options):
        if b"__asan_init" in program().read_bytes():
            pytest.skip("built with sanitizers")
        return test(*arguments, **options)
    return checked


def status(pid):
    return dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)


def children(pid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, KeyError):
            if entry.name.isdigit() and status(entry.name)["PPid"] == str(pid):
                found.append(int(entry.name))
    return found


def parsers(process, count):
    """The parser processes, once there are so many and all rights are given up, and the one that started them."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        for spawner in children(process.pid):
            with contextlib.suppress(OSError, KeyError):
                found = [p for p in children(spawner) if status(p)["Name"] == "debar-parser"]
                if len(found) == count and all(status(p)["Seccomp"] == "2" for p in [process.pid, *found]):
                    return spawner, found
    process.kill()  # it may go on for hours
    pytest.fail(f"no {count} parser processes: {process.communicate()}")


def sparse_program(path, size):
    """A program that takes its time: it is read to its end."""
    head = bytes.fromhex("7f454c4602010100000000000000000002003e000100000078004000000000004000000000000000") + bytes(24)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(size)
    return path


def start(debar, *arguments):
    return subprocess.Popen(debar.command("scan", "-o", "json", *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment())


def finish(process):
    out, err = process.communicate(timeout=120)
    assert out, (process.returncode, err)
    done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
    return check_scan(Scan(Run([str(a) for a in process.args], done)), gone=True)


@pytest.fixture
def busy(tmp_path, debar):
    """A scan that is at it for a while, with two parsers: more than one thread keeps waiting for its parser."""
    root = make_root(tmp_path / "root")
    for i in range(200):
        sparse_program(root / "srv" / str(i) / "big", 3 << 30)
    process = start(debar, "--jobs", "2", "--sandbox=require", "--root", root)
    yield process, *parsers(process, 2)
    process.kill()
    process.communicate()


def test_parsers_have_no_rights(busy):
    process, spawner, pids = busy
    for pid in pids:
        facts = status(pid)
        assert facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2", facts
        assert {facts[c] for c in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {"0" * 16}, facts
        assert facts["Threads"] == "1"
        assert pathlib.Path(f"/proc/{pid}/environ").read_bytes().strip(b"\0") == b""
        assert pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().strip(b"\0") == b"debar-parser"
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        for limit in ("Max core file size", "Max processes"):
            assert re.search(rf"{limit}\s+0\s+0\s", limits), limits
        assert re.search(rf"Max file size\s+{16 << 30}\s+{16 << 30}\s", limits), limits
    assert {status(spawner)[c] for c in ("CapEff", "CapPrm")} == {"0" * 16}


@of_the_release
@needs_root
def test_parsers_hold_nothing_but_their_channel_and_the_files_at_hand(busy):
    _, spawner, pids = busy
    for pid in pids:
        held = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        others = [h for h in held if not h.startswith(("/dev/null", "socket:")) and not h.endswith("/big")]
        # A file without a name, for what is too large for memory.
        assert len(others) == 1 and re.search(r"/debar-state/#\d+ \(deleted\)$", others[0]), held
        assert len([h for h in held if h.startswith("socket:")]) == 1, held
    held = [os.readlink(f"/proc/{spawner}/fd/{fd}") for fd in os.listdir(f"/proc/{spawner}/fd")]
    assert len([h for h in held if h.startswith("socket:")]) == 1 and len(held) == 4, held


@of_the_release
@needs_root
def test_the_process_that_opens_keeps_only_what_that_takes(busy):
    facts = status(busy[0].pid)
    dac_override, dac_read_search, fowner = 1 << 1, 1 << 2, 1 << 3

    assert facts["NoNewPrivs"] == "1" and facts["Seccomp"] == "2", facts
    assert int(facts["CapPrm"], 16) & ~(dac_override | dac_read_search | fowner) == 0, facts


def test_parsers_end_with_the_scan_that_is_killed(busy):
    process, spawner, pids = busy
    process.kill()
    process.wait()
    end = time.monotonic() + 30
    while time.monotonic() < end and any(
            pathlib.Path(f"/proc/{p}").exists() and status(p)["State"][0] != "Z" for p in [spawner, *pids]):
        time.sleep(0.01)
    assert not [p for p in [spawner, *pids] if pathlib.Path(f"/proc/{p}").exists() and status(p)["State"][0] != "Z"]


def test_killed_parsers_cost_at_most_the_files_in_hand(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    write(root, {f"srv/{i}/package.json": f'{{"name": "n{i}", "version": "{i}"}}\n' for i in range(3000)})
    sparse_program(root / "srv/z/big", 1 << 30)
    process = start(debar, "--jobs", "2", "--root", root)
    killed = 0
    while process.poll() is None and killed < 20:
        for spawner in children(process.pid):
            for pid in children(spawner):
                with contextlib.suppress(OSError, KeyError):
                    # One that has begun to work: who cannot even be started is another case.
                    if (state := status(pid))["Name"] == "debar-parser" and state["Seccomp"] == "2":
                        os.kill(pid, signal.SIGKILL)
                        killed += 1
    scan = finish(process)

    assert killed >= 2
    lost = scan.coverage["unexamined"]
    assert scan.code == FOUND
    # A file whose parser was killed twice is lost: only then is the product not known whole.
    if all("/srv/" in u["place"] for u in lost):
        assert scan.one("kaspersky", "kesl")["confidence"] == "confirmed"
    assert {u["reason"] for u in lost} <= {"parser-crashed"} and len(lost) <= killed, lost
    assert scan.coverage["seen"] >= 3000


def mixed_root(tmp_path):
    """Something for many recognisers: databases and archives among them."""
    root = installed_kesl(tmp_path / "root")
    write(root, {
        "srv/app/package.json": '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n',
        "srv/app/requirements.txt": "requests==2.0\n",
        "etc/systemd/system/x.service": "[Service]\nExecStart=/opt/x\n",
        "var/lib/rpm/keep": "",
    })
    with zipfile.ZipFile(root / "srv/app/é.jar", "w", zipfile.ZIP_DEFLATED) as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nImplementation-Title: x\r\n")
        jar.writestr("ü/größe.txt", "text")
    database = sqlite3.connect(root / "var/lib/rpm/rpmdb.sqlite")
    database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    database.close()
    work = tmp_path / "work"
    work.mkdir()
    parties = Parties(work)
    program = windows_program(work, "plain.exe", source="int main(void) { return 0; }\n", resource=None)
    parties.sign(parties.vendor, program, root / "srv/app/signed.exe", stamped=True)
    certificate = root / "etc/ssl/certs/x.pem"
    Certificates(work).pem(certificate, "/O=Acme/CN=Acme")
    # Its cipher is in a library of its own, which cannot be loaded once the parser is jailed.
    subprocess.run(["openssl", "pkcs12", "-export", "-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-nokeys", "-in", certificate,
                    "-passout", "pass:changeit", "-out", root / "srv/app/old.p12"], check=True)
    return root


def parser_calls(trace):
    """What each parser called once its filter was loaded."""
    names, jailed, calls = {}, set(), {}
    for line in trace.read_text(errors="replace").splitlines():
        pid, rest = line.split(None, 1)
        if name := re.match(r'prctl\(PR_SET_NAME, "([^"]*)"', rest):
            names[pid] = name[1]
        if pid in jailed and (call := re.match(r"([a-z0-9_]+)\(", rest)):
            calls.setdefault(pid, set()).add(call[1])
        if names.get(pid) == "debar-parser" and re.match(r"seccomp\(SECCOMP_SET_MODE_FILTER, .*len=.*= 0", rest):
            jailed.add(pid)
    return calls


@of_the_release
def test_parsers_make_no_other_system_calls(tmp_path, debar):
    root = mixed_root(tmp_path)
    trace = tmp_path / "trace"
    command = debar.command("scan", "-o", "json", "--sandbox=require", "--root", root)
    done = subprocess.run(["strace", "-f", "-o", trace, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env=environment(), timeout=120)
    scan = check_scan(Scan(Run(["strace"], done)))
    calls = parser_calls(trace)

    assert scan.code == FOUND and not scan.coverage["unexamined"], scan
    assert calls and set().union(*calls.values()) <= ALLOWED, calls


def named_processes(trace):
    return re.findall(r'prctl\(PR_SET_NAME, "([^"]*)"', trace.read_text(errors="replace"))


@of_the_release
@pytest.mark.parametrize("files, expected", [
    ({}, ["debar-spawner"]),
    ({"notes.txt": "nothing that is parsed\n"}, ["debar-spawner"]),
    ({"package.json": "{}\n"}, ["debar-spawner", "debar-parser"])])
def test_a_parser_is_started_when_there_is_a_file_for_it(tmp_path, debar, files, expected):
    root = tmp_path / "root"
    root.mkdir()
    write(root, files)
    trace = tmp_path / "trace"
    command = debar.command("scan", "--jobs", "4", "--root", root)
    done = subprocess.run(["strace", "-f", "-e", "trace=prctl", "-o", trace, *command],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env=environment(), timeout=120)

    assert done.returncode == 0, done
    assert sorted(set(named_processes(trace))) == sorted(expected)
    assert named_processes(trace).count("debar-parser") == expected.count("debar-parser")


@pytest.mark.parametrize("options", [[], ["--no-archives"]])
def test_the_same_is_found_with_and_without(tmp_path, debar, options):
    root = mixed_root(tmp_path)
    write(root, {"srv/damaged/package-lock.json": '{"lockfileVersion": 3, "packages'})

    documents = []
    for sandbox in ("off", "require"):
        document = debar.scan("--root", root, f"--sandbox={sandbox}", *options, now="2026-11-23T00:00:00Z").json
        assert document.pop("scan")
        documents.append(document)

    assert documents[0] == documents[1]
    assert [u["reason"] for u in documents[0]["coverage"]["unexamined"]] == ["damaged"]


def test_a_report_is_written_where_only_root_may(tmp_path, debar):
    root = mixed_root(tmp_path)
    folder = tmp_path / "reports"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
    run = debar("scan", "--root", root, "-o", f"json={folder}/a.json", "-o", "html=b.html", cwd=tmp_path)

    assert run.code == FOUND
    assert (folder / "a.json").stat().st_size > 1000 and (tmp_path / "b.html").stat().st_size > 1000


def test_one_file_is_scanned_by_itself(tmp_path, debar):
    root = mixed_root(tmp_path)

    assert debar.scan(root / "srv/app/package.json").find("kaspersky")


def test_unknown_words_are_refused(debar):
    run = debar("scan", "--sandbox=maybe", "/etc")

    assert run.code == ERROR and "--sandbox maybe: require, auto or off was expected" in run.err


def test_processes_that_cannot_be_started_are_an_error(tmp_path, debar):
    root = mixed_root(tmp_path)
    done = subprocess.run(["prlimit", "--nofile=12:12", *debar.command("scan", "--jobs", "8", "--root", root)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env=environment(), timeout=120)

    assert done.returncode == ERROR and b"parser process" in done.stderr, done
