# SPDX-License-Identifier: Apache-2.0
"""What a scan meets on real disks: odd names, blocked and vanishing things, limits, signals, full disks."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

import pytest

from debar_program import ABSENT, ERROR, FOUND, UNKNOWN, Debar, Run, Scan, check_scan, environment, needs_root, place_of
from making import installed_kesl, make_root, many_files, snapshot, write
from programs import run

NOBODY = 65534
PACKAGE = b'{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n'
ELF_HEAD = bytes.fromhex("7f454c4602010100000000000000000002003e000100000078004000000000004000000000000000") + bytes(24)


def raw(path):
    return os.fsencode(path)


# ---- names ----

NAMES = [b"new\nline", b"\xff\xfe", b"100%", b"%41", b"bang!", b"a!b", b"!", b"tab\tbell\x07", b"\x01\x1f\x7f", "ünï–漢字".encode(),
         b"\xed\xa0\x80", b"\xc2\x85", b" space ", b"-rf", b"quote\"'\\", b"<b>&amp;", b"l" * 255, b"\xe2\x80\xaertl", b"cut\xe6\xbc"]


@pytest.fixture
def odd_names(tmp_path):
    root = raw(make_root(tmp_path / "root"))
    for name in NAMES:
        folder = b"/".join([root, b"srv", name, b"node_modules/@kaspersky/hexa-ui"])
        os.makedirs(folder)
        with open(folder + b"/package.json", "wb") as file:
            file.write(PACKAGE)
        with open(b"/".join([root, b"srv", name, b"package-lock.json"]), "wb") as file:
            file.write(b'{"lockfileVersion": 3, "packages')
    return root


def test_odd_names_become_places_that_lead_back(odd_names, debar):
    scan = debar.scan("--root", odd_names.decode())

    expected = {place_of(b"/".join([odd_names, b"srv", n, b"node_modules/@kaspersky/hexa-ui/package.json"])) for n in NAMES}
    assert {p for f in scan.findings for p in f["places"]} == expected
    assert set(scan.unexamined("damaged")) == {place_of(b"/".join([odd_names, b"srv", n, b"package-lock.json"])) for n in NAMES}


@pytest.mark.parametrize("output", ["text", "csv", "jsonl", "html"])
def test_odd_names_break_no_format(odd_names, debar, output):
    run = debar("scan", "--root", odd_names.decode(), "-o", output)

    assert run.code == FOUND
    run.out_bytes.decode("utf-8")
    assert not {"\x01", "\x07", "\x1f", "\x7f", "\x85", "\x1b"} & set(run.out)
    assert output != "html" or "<b>&amp;/" not in run.out


def test_target_with_an_odd_name(odd_names, debar):
    target = os.fsdecode(odd_names + b"/srv/\xff\xfe")
    scan = debar.scan(target)

    assert scan.json["targets"] == [place_of(os.fsencode(target))] and len(scan.findings) == 1


# ---- kinds of things ----

def test_things_without_bytes_are_skipped_and_do_not_block(tmp_path, debar):
    root = make_root(tmp_path / "root")
    folder = root / "srv"
    folder.mkdir()
    os.mkfifo(folder / "package.json")
    os.mkfifo(folder / "status")
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as unix:
        unix.bind(os.path.relpath(folder / "socket"))
    specials = 3
    if os.geteuid() == 0:
        os.mknod(folder / "null", 0o600 | 0o020000, os.makedev(1, 3))
        os.mknod(folder / "disk", 0o600 | 0o060000, os.makedev(7, 200))
        specials += 2
    (folder / "loop").symlink_to("loop")
    (folder / "up").symlink_to("..")
    (folder / "package-lock.json").symlink_to("/dev/zero")
    scan = debar.scan("--root", root, timeout=60)

    assert scan.coverage["skipped"] == {"special-file": specials, "symlink": 3}
    assert scan.findings == [] and scan.code == ABSENT


def test_links_are_not_followed(tmp_path, debar):
    outside = write(tmp_path / "outside", {"node_modules/@kaspersky/hexa-ui/package.json": PACKAGE})
    root = make_root(tmp_path / "root")
    (root / "srv").symlink_to(outside)
    os.symlink(outside / "node_modules/@kaspersky/hexa-ui/package.json", root / "package.json")
    scan = debar.scan("--root", root)

    assert scan.findings == [] and scan.coverage["skipped"]["symlink"] == 2


def test_links_inside_a_root_do_not_lead_to_the_scanner(tmp_path, debar):
    """A package database, release file or machine-id that is a link to this machine's own."""
    root = make_root(tmp_path / "root")
    for name in ("etc/machine-id", "etc/os-release", "var/lib/dpkg/status", "etc/hostname"):
        (root / name).unlink()
        (root / name).symlink_to("/" + name)
    scan = debar.scan("--root", root)

    assert scan.json["host"].get("name") != socket.gethostname() or socket.gethostname() == ""
    debar_here = Debar(tmp_path / "here").scan(tmp_path / "root/var")
    assert scan.json["host"].get("id") != debar_here.json["host"].get("id")


def test_hard_links_are_told_at_each_path_and_read_once(tmp_path, debar):
    root = make_root(tmp_path / "root")
    first = root / "a/node_modules/@kaspersky/hexa-ui/package.json"
    write(root, {"a/node_modules/@kaspersky/hexa-ui/package.json": PACKAGE, "b/node_modules/@kaspersky/hexa-ui/": None,
                 "big/": None})
    os.link(first, root / "b/node_modules/@kaspersky/hexa-ui/package.json")
    (root / "big/1").write_bytes(ELF_HEAD + bytes(32 << 20))
    for i in range(2, 9):
        os.link(root / "big/1", root / f"big/{i}")
    scan = debar.scan("--root", root)

    places = {p for f in scan.findings for p in f["places"]}
    assert places == {f"{root}/{x}/node_modules/@kaspersky/hexa-ui/package.json" for x in "ab"}
    assert scan.coverage["bytes"] < 2 * (32 << 20), "each inode is read once"


@needs_root
def test_bind_mount_is_walked_once(tmp_path, debar):
    root = make_root(tmp_path / "root")
    write(root, {f"data/{i}.txt": "x" for i in range(50)})
    (root / "again").mkdir()
    command = debar.command("scan", "--root", root, "-o", "json")
    plain = debar.scan("--root", root)
    done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c",
                           'mount --bind "$1/data" "$1/again" || exit 99; shift; exec "$@"', "sh", str(root), *command],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env=environment())
    if done.returncode == 99:
        pytest.skip("mounting is not allowed here")
    scan = check_scan(Scan(Run(command, done)))

    assert scan.coverage["examined"] == plain.coverage["examined"]


@needs_root
def test_file_system_that_is_left_out_makes_the_answer_unknown(tmp_path, debar):
    root = make_root(tmp_path / "root")
    (root / "data").mkdir()
    command = debar.command("scan", "--root", root, "-o", "json")

    def scan(*options):
        done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c",
                               'mount -t tmpfs none "$1/data" && touch "$1/data/f" || exit 99; shift; exec "$@"', "sh",
                               str(root), *command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              env=environment())
        if done.returncode == 99:
            pytest.skip("mounting is not allowed here")
        return Scan(Run(command, done))

    whole, part = scan(), scan("--exclude-fs", "tmpfs")
    assert whole.code == ABSENT
    assert part.coverage["skipped"]["exclude-fs"] >= 1 and part.code == UNKNOWN and part.verdict == "unknown"


def test_exclude_is_a_rule_that_is_counted(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    write(root, {"srv/node_modules/@kaspersky/hexa-ui/package.json": PACKAGE, "srv/x.tmp": "x", "srv/y.tmp": "y"})
    scan = debar.scan("--root", root, "--exclude", "**/node_modules", "--exclude", "*.tmp")

    assert [f["product"] for f in scan.findings] == ["kesl"]
    assert scan.coverage["skipped"]["exclude"] == 3


# ---- what cannot be read ----

@pytest.fixture
def for_everybody():
    """A folder that other users can look into."""
    with tempfile.TemporaryDirectory(prefix="debar-tests-") as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


@needs_root
def test_what_may_not_be_read_is_denied_and_the_answer_unknown(for_everybody):
    root = write(make_root(for_everybody / "root"), {"secret/a/b.txt": "x", "file.txt": "x", "open/c.txt": "x"})
    (root / "secret").chmod(0o700)
    (root / "file.txt").chmod(0o600)
    state = for_everybody / "state"
    state.mkdir()
    os.chown(state, NOBODY, NOBODY)
    debar = Debar(state)
    scan = debar.scan("--root", root, as_user=NOBODY)

    assert scan.unexamined("denied") == [f"{root}/file.txt", f"{root}/secret"]
    assert scan.code == UNKNOWN and scan.findings == []
    text = debar("scan", "--root", root, as_user=NOBODY)
    assert f"{root}/secret" in text.out and "denied" in text.out


@needs_root
def test_nobody_scans_with_a_store_in_his_home(for_everybody):
    root = installed_kesl(for_everybody / "root")
    home = for_everybody / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    command = [c for c in Debar("/x").command("scan", "--root", root, "-o", "json") if c not in ("--state", "/x")]
    env = environment(HOME=str(home))
    env.pop("XDG_STATE_HOME", None)
    done = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env=env)

    assert done.returncode == FOUND, done.stderr
    assert (home / ".local/state/debar/debar.db").exists()


def test_files_that_vanish_are_told(memory_path, debar):
    root = make_root(memory_path / "root")
    many_files(root / "srv", 20000)
    scan = start(debar, "--root", root, "--jobs", "1")
    wait_until_open(scan, root / "srv")
    with stopped(scan):
        shutil.rmtree(root / "srv")
    result = finish(scan)

    assert result.coverage["unexamined"] and {u["reason"] for u in result.coverage["unexamined"]} == {"vanished"}
    assert result.code == UNKNOWN


def test_file_that_shrinks_while_it_is_read_is_told(tmp_path, debar):
    root = make_root(tmp_path / "root")
    big = sparse(root / "srv/big", 4 << 30)
    scan = start(debar, "--root", root)
    wait_until_open(scan, big)
    with stopped(scan):
        os.truncate(big, 4096)
    result = finish(scan)

    assert result.coverage["unexamined"][0]["place"] == str(big)
    assert result.unexamined("changed") == [str(big)] and result.code == UNKNOWN


@needs_root
def test_disk_that_cannot_be_read_is_an_input_error(tmp_path, debar):
    tree, image, mounted = tmp_path / "tree", tmp_path / "image", tmp_path / "mounted"
    mounted.mkdir()
    sparse(tree / "program", 64)
    with open(tree / "program", "ab") as file:
        file.write(os.urandom(40 << 20))
    image.touch()
    os.truncate(image, 64 << 20)
    run("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-O", "^has_journal", "-d", tree, image)
    command = debar.command("scan", "--root", mounted, "-o", "json")
    # The disk loses what lies behind its beginning while it is mounted.
    done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c",
                           'mount -o loop,ro "$1" "$2" && truncate -s 6M "$1" || exit 99; shift 2; exec "$@"', "sh",
                           str(image), str(mounted), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env=environment())
    if done.returncode == 99:
        pytest.skip("mounting an image is not allowed here")
    scan = check_scan(Scan(Run(command, done)), gone=True)

    assert scan.unexamined("io-error") == [f"{mounted}/program"] and scan.code == UNKNOWN


# ---- sizes ----

def sparse(path, size):
    """A file that begins as a program and is empty after that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ELF_HEAD)
    os.truncate(path, size)
    return path


@pytest.mark.parametrize("name", ["plain.img", "program", "x.jar", "x.tar", "x.zip", "package.json", "ca.pem"])
def test_file_of_a_tebibyte_does_not_hold_the_scan(tmp_path, debar, name):
    root = make_root(tmp_path / "root")
    heads = {"program": ELF_HEAD, "x.jar": b"PK\3\4" + bytes(26), "x.zip": b"PK\3\4" + bytes(26), "package.json": b"{"}
    (root / name).write_bytes(heads.get(name, b""))
    os.truncate(root / name, 1 << 40)
    began = time.monotonic()
    scan = debar.scan("--root", root, timeout=300)

    assert time.monotonic() - began < 60
    if name == "plain.img":
        assert scan.code == ABSENT
    if scan.coverage["unexamined"]:
        assert {u["reason"] for u in scan.coverage["unexamined"]} <= {"limit-bytes", "limit-time", "damaged"}
        assert scan.unexamined() == [str(root / name)] and scan.code == UNKNOWN


def test_path_longer_than_the_kernels_limit(tmp_path, debar):
    root = make_root(tmp_path / "root")
    at = os.open(root, os.O_RDONLY)
    names = [f"{i:02}" + "d" * 200 for i in range(24)] + ["node_modules", "@kaspersky", "hexa-ui"]
    try:
        for name in names:
            os.mkdir(name, dir_fd=at)
            below = os.open(name, os.O_RDONLY, dir_fd=at)
            os.close(at)
            at = below
        file = os.open("package.json", os.O_WRONLY | os.O_CREAT, dir_fd=at)
        os.write(file, PACKAGE)
        os.close(file)
        scan = debar.scan("--root", root, gone=True)
    finally:
        os.close(at)
        shutil.rmtree(root)
    place = "/".join([str(root), *names, "package.json"])

    assert len(place) > 4096
    assert [f["places"] for f in scan.findings] == [[place]]
    assert scan.coverage["unexamined"] == []


def peak_memory(debar, *arguments):
    """The most memory that a scan held, in bytes, and its document."""
    process = subprocess.Popen(debar.command("scan", "-o", "json", *arguments), stdout=subprocess.PIPE, env=environment())
    document = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (ABSENT, FOUND)
    return usage.ru_maxrss * 1024, json.loads(document)


def test_folder_of_200000_entries_in_bounded_memory(memory_path, debar):
    small, large = make_root(memory_path / "small"), make_root(memory_path / "large")
    many_files(small / "srv", 10000)
    many_files(large / "srv", 200000)

    little, _ = peak_memory(debar, "--root", small)
    much, document = peak_memory(debar, "--root", large)

    assert document["coverage"]["seen"] >= 200000 and document["verdict"] == "absent"
    assert much < little * 1.3 + (16 << 20), f"{little >> 20} MiB for 10,000 files, {much >> 20} MiB for 200,000"


def test_memory_does_not_grow_with_what_is_recognised(memory_path, debar):
    def packages(root, count):
        for i in range(count):
            write(root, {f"srv/{i}/package.json": f'{{"name": "n{i}", "version": "1.0.{i}", "description": "{"d" * 200}"}}\n'})
        return root

    little, _ = peak_memory(debar, "--root", packages(make_root(memory_path / "small"), 1000))
    much, document = peak_memory(debar, "--root", packages(make_root(memory_path / "large"), 20000))

    assert document["coverage"]["seen"] >= 20000
    assert much < little * 1.5 + (24 << 20), f"{little >> 20} MiB for 1,000 packages, {much >> 20} MiB for 20,000"


# ---- signals ----

def start(debar, *arguments):
    return subprocess.Popen(debar.command("scan", "-o", "json", *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment())


def finish(process):
    out, err = process.communicate(timeout=120)
    done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
    return check_scan(Scan(Run([str(a) for a in process.args], done)), gone=True)


def wait_until_open(process, path):
    """Until the process has that file or folder open."""
    folder = f"/proc/{process.pid}/fd"
    while process.poll() is None:
        with contextlib.suppress(OSError):
            for fd in os.listdir(folder):
                with contextlib.suppress(OSError):
                    if os.readlink(f"{folder}/{fd}") == str(path):
                        return
    pytest.fail(f"ended without opening {path}: {process.communicate()}")


@contextlib.contextmanager
def stopped(process):
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_a_scan_with_what_was_found_so_far(tmp_path, debar, number):
    root = installed_kesl(tmp_path / "root")
    big = sparse(root / "srv/big", 2 << 30)
    many_files(root / "later", 3000)
    process = start(debar, "--root", root, "--jobs", "1", root / "var", root / "opt", root / "srv", root / "later")
    wait_until_open(process, big)
    process.send_signal(number)
    scan = finish(process)

    assert scan.json["complete"] is False and "interrupted" in {u["reason"] for u in scan.coverage["unexamined"]}
    finding = scan.one("kaspersky", "kesl")
    assert finding["confidence"] == "confirmed" and scan.code == FOUND
    assert scan.coverage["seen"] < 3000
    assert "interrupted" in scan.run.err
    assert "interrupted" in debar("scans").out


def test_interrupted_scan_without_a_finding_is_unknown(tmp_path, debar):
    root = make_root(tmp_path / "root")
    big = sparse(root / "srv/big", 2 << 30)
    process = start(debar, "--root", root)
    wait_until_open(process, big)
    process.send_signal(signal.SIGINT)
    scan = finish(process)

    assert (scan.code, scan.verdict, scan.json["complete"]) == (UNKNOWN, "unknown", False)


# ---- wrong usage, full disks ----

@pytest.mark.parametrize("words, said", [
    (["scam"], "did you mean 'scan'"), (["scan", "--ordres", "bod-17-01"], "did you mean --orders"),
    (["scan", "--orders", "bod-17-1"], "did you mean 'bod-17-01'"), (["scan", "-o", "jsno"], "did you mean 'json'"),
    (["scan", "--jobs", "0"], "--jobs"), (["scan", "--jobs", "many"], "--jobs"), (["scan", "--root"], "--root"),
    (["scan", "--quite"], "did you mean --quiet"), (["findings", "--confidence", "sure"], "confirmed"),
    (["findings", "--state-is", "running,gone"], "gone"), (["scan", "/no/such/target"], "/no/such/target"),
    (["scan", "--trust-ca", "/no/such.pem"], "/no/such.pem"), (["diff", "aaaa"], "diff"), (["explain"], "explain"),
    (["scan", "--exceptions", "/no/such.yaml"], "/no/such.yaml"), (["inventory", "-o", "csv"], "cyclonedx"),
])
def test_wrong_usage_says_what_was_expected(debar, words, said):
    run = debar(*words)

    assert run.code == ERROR and run.out == "", run
    assert said in run.err and "\ndebar: " in "\n" + run.err and len(run.err.splitlines()) <= 3, run


def test_commands_without_a_stored_scan_say_so(debar):
    for words in (["findings"], ["match"], ["inventory"], ["explain", "abcd"], ["scans"]):
        run = debar(*words)
        assert run.code == ERROR and str(debar.state) in run.err and run.out == "", run


def test_stdout_that_takes_nothing_is_an_error(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    for output in ("json", "text", "html"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(debar.command("scan", "--root", root, "-o", output), stdout=full, stderr=subprocess.PIPE,
                                  check=False, env=environment())
        assert done.returncode == ERROR and done.stderr.startswith(b"debar: "), done


@needs_root
@pytest.mark.parametrize("what", ["report", "state"])
def test_full_disk_is_an_error_that_names_it(tmp_path, debar, what):
    root = installed_kesl(tmp_path / "root")
    write(root, {f"srv/{i}/package.json": f'{{"name": "n{i}", "version": "{i}"}}\n' for i in range(400)})
    disk = tmp_path / "disk"
    disk.mkdir()
    options = {"report": ["--no-store", "-o", f"html={disk}/report.html"], "state": ["--state", disk / "state"]}[what]
    command = debar.command("scan", "--root", root, *options)
    done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c",
                           'mount -t tmpfs -o size=8k none "$1" || exit 99; d=$1; shift; "$@"; r=$?; ls "$d"; exit $r', "sh",
                           str(disk), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env=environment(), timeout=60)
    if done.returncode == 99:
        pytest.skip("mounting is not allowed here")

    assert done.returncode == ERROR, done
    assert str(disk).encode() in done.stderr and done.stderr.startswith(b"debar: ") and b"report.html" not in done.stdout


def test_report_of_before_survives_a_failure(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    report = tmp_path / "no-such-folder/report.json"
    run = debar("scan", "--root", root, "-o", f"json={report}")

    assert run.code == ERROR and str(report) in run.err
    assert debar("findings", "-o", "json").json["findings"], "what was scanned is stored all the same"


# ---- reading leaves no trace ----

def test_nothing_of_the_target_changes(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    write(root, {"srv/lock/package-lock.json": '{"lockfileVersion": 3, "packages": {}}\n', "home/ann/.pki/nssdb/": None,
                 "home/ann/.mozilla/firefox/x.default/": None, "var/lib/rpm/": None})
    databases = ["home/ann/.mozilla/firefox/x.default/places.sqlite", "var/lib/rpm/rpmdb.sqlite"]
    for name in databases:
        base = sqlite3.connect(root / name)
        base.execute("pragma journal_mode = wal")
        base.execute("create table Packages (hnum integer primary key, blob blob)")
        base.commit()
        base.close()
    run("certutil", "-N", "-d", f"sql:{root}/home/ann/.pki/nssdb", "--empty-password")
    sparse(root / "srv/program", 4096)
    for path in [root, *root.rglob("*")]:
        os.utime(path, ns=(10 ** 18, os.lstat(path).st_mtime_ns), follow_symlinks=False)
    before = snapshot(root)
    debar.scan("--root", root)

    assert snapshot(root) == before


# ---- the same answer in other ways ----

def test_threads_change_nothing(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    write(root, {f"srv/{i}/node_modules/@kaspersky/p{i}/package.json": f'{{"name": "@kaspersky/p{i}", "version": "1.0.0"}}\n'
                 for i in range(60)})
    scans = [debar.scan("--root", root, "--jobs", n) for n in (1, 2, 8)]

    assert scans[0].findings and scans[0].findings == scans[1].findings == scans[2].findings
    assert scans[0].coverage == scans[1].coverage == scans[2].coverage


def test_second_scan_without_and_with_cache_is_the_same(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    first, second, third = debar.scan("--root", root), debar.scan("--root", root), debar.scan("--root", root, "--no-cache")

    assert first.findings == second.findings == third.findings
    for scan in (second, third):
        assert {k: v for k, v in scan.coverage.items() if k != "bytes"} == {k: v for k, v in first.coverage.items() if k != "bytes"}


def test_several_targets_in_one_scan(tmp_path, debar):
    root = write(tmp_path / "trees", {"a/node_modules/@kaspersky/x/package.json": '{"name": "@kaspersky/x", "version": "1.0.0"}\n',
                                      "b/node_modules/@kaspersky/y/package.json": '{"name": "@kaspersky/y", "version": "1.0.0"}\n',
                                      "c/node_modules/@kaspersky/z/package.json": '{"name": "@kaspersky/z", "version": "1.0.0"}\n'})
    scan = debar.scan(root / "a", root / "b/node_modules/@kaspersky/y/package.json", root / "a")

    assert {p for f in scan.findings for p in f["places"]} == {
        f"{root}/a/node_modules/@kaspersky/x/package.json", f"{root}/b/node_modules/@kaspersky/y/package.json"}
    assert scan.coverage["seen"] == 2


def test_quiet_and_piped_scans_do_not_chatter(tmp_path, debar):
    root = make_root(tmp_path / "root")

    assert debar("scan", "--root", root).err == "" and debar("scan", "-q", "--root", root).err == ""
    assert "\x1b" not in debar("scan", "--root", root).out
