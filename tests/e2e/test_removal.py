# SPDX-License-Identifier: Apache-2.0
"""remove, resume, undo and vault on throw-away roots: what goes, what comes back, and what is refused."""
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess

import pytest

from debar_program import ABSENT, ERROR, FOUND, Debar, environment, needs_root
from programs import tool

pytestmark = needs_root


# ---- looking, apart from debar ----

def facts(path):
    """Everything of one path that can be set."""
    s = os.lstat(path)
    what = [stat.S_IFMT(s.st_mode), stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid, s.st_mtime_ns,
            tuple((n, os.getxattr(path, n, follow_symlinks=False)) for n in sorted(os.listxattr(path, follow_symlinks=False)))]
    if stat.S_ISLNK(s.st_mode):
        what.append(os.readlink(path))
    elif stat.S_ISREG(s.st_mode):
        fd, at, ranges = os.open(path, os.O_RDONLY), 0, []
        while at < s.st_size:
            try:
                at = os.lseek(fd, at, os.SEEK_DATA)
            except OSError as e:
                assert e.errno == errno.ENXIO
                break
            ranges.append((at, os.lseek(fd, at, os.SEEK_HOLE)))
            at = ranges[-1][1]
        os.close(fd)
        with open(path, "rb") as f:
            what += [s.st_size, hashlib.sha256(f.read()).hexdigest(), tuple(ranges)]
    elif not stat.S_ISDIR(s.st_mode):
        what.append(s.st_rdev)
    return tuple(what)


def snapshot(root):
    """{path: facts}, and which names are one file."""
    root = os.fsencode(root)
    found, inodes = {b".": facts(root)}, {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, root)] = facts(path)
            if name in files:
                s = os.lstat(path)
                inodes.setdefault((s.st_dev, s.st_ino), set()).add(os.path.relpath(path, root))
    return found, {frozenset(names) for names in inodes.values() if len(names) > 1}


def same(before, after):
    if before != after:
        paths = [p for p in before[0].keys() | after[0].keys() if before[0].get(p) != after[0].get(p)]
        pytest.fail("\n".join(f"{p}: {before[0].get(p)} -> {after[0].get(p)}" for p in sorted(paths)[:10]) +
                    f"\nnames: {before[1] ^ after[1]}")


# ---- plans ----

class Removal:
    """A root, a plan for it that a test says, and debar's state."""

    def __init__(self, debar, root):
        self.debar, self.root, self.id = debar, root, None

    def plan(self, *steps):
        lines = "".join("\t".join(s) + "\n" for s in steps)
        done = subprocess.run([tool("hand_plan"), self.root], input=lines.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=True)
        self.id = json.loads(done.stdout)["id"]
        folder = self.debar.state / "plans"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.id}.json").write_bytes(done.stdout)
        return self

    def journal(self, sql):
        with contextlib.closing(sqlite3.connect(self.debar.state / "removal.db")) as db, db:
            return db.execute(sql).fetchall()

    def remove(self, *options, **more):
        return self.debar("remove", self.id, "--yes", *options, **more)

    def undo(self, **more):
        return self.debar("undo", self.id, "--yes", **more)

    def resume(self, **more):
        return self.debar("resume", "--yes", **more)


@pytest.fixture
def root(memory_path):
    """A product in /opt/k, what it left in /etc, and a neighbour."""
    at = memory_path / "root"
    for path, text in {"opt/k/bin/k": "#!/bin/sh\n", "opt/k/data/a": "a" * 5000, "opt/k/data/b": "", "etc/k.conf": "on\n",
                       "etc/passwd": "root:x:0:0::/:/bin/sh\nk:x:990:990::/opt/k:/bin/false\n", "opt/n/data": "n\n"}.items():
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        (at / path).write_text(text)
    os.chmod(at / "opt/k/bin/k", 0o4755)
    for folder, folders, files in os.walk(at, topdown=False):
        for name in folders + files:
            os.utime(os.path.join(folder, name), ns=(10**18 + 1, 10**18 + 7), follow_symlinks=False)
    return at


@pytest.fixture
def removal(memory_path, root):
    return Removal(Debar(memory_path / "debar-state"), root)


ALL = (("remove", "/opt/k"), ("remove", "/etc/k.conf"), ("edit", "/etc/passwd", "drop-account", "k"),
       ("write", "/etc/block", "no more"))


# ---- what goes and comes back ----

def test_a_removal_takes_what_the_plan_says_and_undo_brings_all_of_it_back(removal, root):
    before = snapshot(root)
    removal.plan(*ALL)

    run = removal.remove()

    assert run.code == ABSENT and "Removed, and verified" in run.out, run
    assert not (root / "opt/k").exists() and not (root / "etc/k.conf").exists()
    assert (root / "etc/passwd").read_text() == "root:x:0:0::/:/bin/sh\n"
    assert (root / "etc/block").read_text() == "no more"
    assert facts(root / "opt") == before[0][b"opt"], "a folder that lost a name keeps its times"
    assert facts(root / "opt/n/data") == before[0][b"opt/n/data"]
    assert removal.undo().code == ABSENT
    same(before, snapshot(root))


def test_names_of_one_file_are_one_file_again(removal, root):
    os.link(root / "opt/k/data/a", root / "opt/k/data/a2")
    os.link(root / "opt/k/data/a", root / "opt/n/shared")
    os.link(root / "opt/k/bin/k", root / "etc/k.link")
    os.symlink("nowhere", root / "opt/k/l")
    os.link(root / "opt/k/l", root / "opt/n/l", follow_symlinks=False)
    before = snapshot(root)
    removal.plan(*ALL, ("remove", "/etc/k.link"))

    assert removal.remove().code == ABSENT
    assert os.lstat(root / "opt/n/shared").st_nlink == 1
    assert removal.undo().code == ABSENT

    same(before, snapshot(root))


def test_a_name_whose_other_name_was_changed_meanwhile_comes_back_as_a_file_of_its_own(removal, root):
    os.link(root / "opt/k/data/a", root / "opt/n/shared")
    content = (root / "opt/k/data/a").read_text()
    removal.plan(("remove", "/opt/k"))
    assert removal.remove().code == ABSENT
    (root / "opt/n/shared").write_text("mine now")

    assert removal.undo().code == ABSENT

    assert (root / "opt/k/data/a").read_text() == content
    assert (root / "opt/n/shared").read_text() == "mine now"


def test_a_program_of_the_root_runs_on_a_copy_and_its_outcome_is_carried_out(removal, root):
    for program in ("/bin/sh", "/bin/rm"):
        for file in [program, *(w for w in subprocess.run(["ldd", program], stdout=subprocess.PIPE, check=True,
                                                          text=True).stdout.split() if w.startswith("/"))]:
            (root / file[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, root / file[1:])
    (root / "uninstall").write_text("#!/bin/sh\nrm -r /opt/k\necho off >/etc/k.conf\necho gone >/etc/k.log\n")
    (root / "uninstall").chmod(0o755)
    before = snapshot(root)
    removal.plan(("run", "/uninstall"))

    assert removal.remove(now="2026-11-30T12:00:00Z").code == ABSENT
    assert not (root / "opt/k").exists()
    assert (root / "etc/k.conf").read_text() == "off\n" and (root / "etc/k.log").read_text() == "gone\n"
    assert os.stat(root / "etc/k.log").st_mtime_ns == 1796040000 * 10**9, "as old as the removal"
    assert removal.undo().code == ABSENT
    same(before, snapshot(root))

    # The same program would do more by now than what was approved: nothing of it is carried out.
    with open(root / "uninstall", "a") as f:
        f.write("rm /opt/n/data\n")
    before = snapshot(root)
    removal.plan(("run", "/uninstall"))
    with open(root / "uninstall", "a") as f:
        f.write("echo more >/opt/n/more\n")
    before = snapshot(root)
    run = removal.remove()
    assert run.code == FOUND and "/opt/n/more" in run.err and "Something remains" in run.out, run
    same(before, snapshot(root))


# ---- what is refused ----

def test_without_yes_and_terminal_nothing_is_made_or_changed(removal, root):
    before = snapshot(root)
    removal.plan(*ALL)

    run = removal.debar("remove", removal.id)

    assert run.code == ABSENT and "dry run" in run.out and "/opt/k" in run.out, run
    assert {p.name for p in removal.debar.state.iterdir()} <= {"plans", "compiled"}
    same(before, snapshot(root))


def test_what_changed_since_the_plan_is_refused_until_it_is_allowed_by_name(removal, root):
    removal.plan(*ALL)
    (root / "opt/k/data/a").write_text("grown")
    (root / "opt/k/data/new").write_text("new")
    (root / "etc/k.conf").write_text("off\n")
    before = snapshot(root)

    run = removal.remove("--allow", "changed=/etc/k.conf")
    assert run.code == ERROR and "changed=/opt/k" in run.out and "changed=/etc/k.conf" not in run.out, run
    same(before, snapshot(root))

    assert removal.remove("--allow", "changed=/etc/k.conf", "--allow", "changed=/opt/k").code == ABSENT
    assert not (root / "opt/k").exists()
    assert removal.undo().code == ABSENT
    same(before, snapshot(root))


def test_a_refusal_of_the_plan_stops_before_anything_and_allow_names_exactly_one(removal, root):
    before = snapshot(root)
    removal.plan(*ALL, ("refuse", "foreign-owner", "/opt/k/bin/k"), ("refuse", "trace", "x"))

    for options in ((), ("--allow", "trace=x"), ("--allow", "trace=y", "--allow", "foreign-owner=/opt/k/bin/k")):
        run = removal.remove(*options)
        assert run.code == ERROR and "refuses it" in run.out, run
        same(before, snapshot(root))
    assert removal.remove("--allow", "trace=x", "--allow", "foreign-owner=/opt/k/bin/k").code == ABSENT
    kept = removal.journal("SELECT code, subject, user <> '', at > 0 FROM allowed ORDER BY code")
    assert kept == [("foreign-owner", "/opt/k/bin/k", 1, 1), ("trace", "x", 1, 1)]


def test_a_plan_that_was_altered_is_no_plan(removal, root, tmp_path):
    removal.plan(*ALL)
    path = removal.debar.state / "plans" / f"{removal.id}.json"
    path.write_text(path.read_text().replace("/etc/k.conf", "/etc/n.conf"))

    run = removal.remove()

    assert run.code == ERROR and "altered" in run.err, run
    assert removal.debar("remove", "p-00000", "--yes").code == ERROR


def test_a_path_swapped_for_a_symbolic_link_leads_nowhere(removal, root, tmp_path):
    removal.plan(("remove", "/opt/k"))
    other = tmp_path / "other"
    shutil.move(root / "opt/k", other)
    os.symlink(other, root / "opt/k")
    before, outside = snapshot(root), snapshot(other)

    run = removal.remove("--allow", "changed=/opt/k")

    assert run.code != ABSENT or not os.path.lexists(root / "opt/k"), run
    same(outside, snapshot(other))
    if run.code != ABSENT:
        same(before, snapshot(root))


def test_an_immutable_file_is_named_with_what_to_do(removal, root):
    removal.plan(*ALL)
    if subprocess.run(["chattr", "+i", root / "opt/k/data/a"], check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("this file system has no such flag")
    try:
        before = snapshot(root)
        run = removal.remove()
        assert run.code == ERROR and "chattr -i" in run.out and "/opt/k/data/a" in run.out, run
        same(before, snapshot(root))
    finally:
        subprocess.run(["chattr", "-i", root / "opt/k/data/a"], check=True)
    assert removal.remove().code == ABSENT


def test_a_read_only_file_system_is_named(removal, root):
    removal.plan(*ALL)
    subprocess.run(["mount", "--bind", root, root], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", root], check=True)
        run = removal.remove()
        assert run.code == ERROR and "read-only" in run.out, run
    finally:
        subprocess.run(["umount", root], check=True)


def test_waits_for_no_package_manager_but_names_it(removal, root):
    lock = root / "var/lib/dpkg/lock-frontend"
    lock.parent.mkdir(parents=True)
    lock.write_text("")
    before = snapshot(root)
    removal.plan(*ALL)
    with open(lock, "r+") as f:
        fcntl.lockf(f, fcntl.LOCK_EX)
        run = removal.remove()
        assert run.code == ERROR and "lock-frontend" in run.err and f"process {os.getpid()}" in run.err, run
        same(before, snapshot(root))
    assert removal.remove().code == ABSENT


def test_there_is_one_removal_at_a_time(removal, root):
    removal.plan(*ALL)
    (removal.debar.state / "removal.lock").touch()
    with open(removal.debar.state / "removal.lock", "r+") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        run = removal.remove()
    assert run.code == ERROR and "another debar" in run.err, run


# ---- what the system does to us ----

def failing(removal, call, error, when, *command):
    """One system call fails; the run of debar."""
    done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                           f"inject={call}:error={error}:when={when}", *removal.debar.command(*command)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env=environment(ASAN_OPTIONS="detect_leaks=0"), timeout=120)
    return done.returncode, done.stdout.decode(errors="replace")


@pytest.mark.parametrize("call, error, when, says", [
    ("unlinkat", "EPERM", "3+", "protects itself"),
    ("unlinkat", "EBUSY", "4", "mounted"),
    ("unlinkat", "ETXTBSY", "3", "end that first"),
    ("unlinkat", "EIO", "5", "Input/output"),
    ("renameat2", "ENOSPC", "1", "No space"),
    ("fchown", "EPERM", "1+", "owner"),
    ("pwrite64", "ENOSPC", "2+", "full|space|No space"),
    ("write", "ENOSPC", "1+", ""),
    ("fsync", "EIO", "3+", "Input/output|I/O|disk"),
])
def test_a_call_that_fails_leaves_all_or_nothing(removal, root, call, error, when, says):
    before = snapshot(root)
    removal.plan(*ALL)

    code, told = failing(removal, call, error, when, "remove", removal.id, "--yes", "-q")

    if code == ABSENT:
        pytest.fail(f"nothing failed: {told}")
    assert any(word in told for word in says.split("|")), told
    assert "Sanitizer" not in told, told
    run = removal.undo()
    assert run.code == ABSENT, run
    same(before, snapshot(root))


def test_a_step_that_failed_is_tried_again_by_resume(removal, root):
    before = snapshot(root)
    removal.plan(*ALL)
    code, told = failing(removal, "unlinkat", "EPERM", "3+", "remove", removal.id, "--yes", "-q")
    assert code == FOUND and "step 1 failed" in told, told
    same(before, snapshot(root))

    run = removal.debar("resume", removal.id, "--yes")

    assert run.code == ABSENT and not (root / "opt/k").exists(), run
    assert removal.undo().code == ABSENT
    same(before, snapshot(root))


def test_a_vault_without_room_is_told_before_anything_is_done(removal, root, tmp_path):
    (root / "opt/k/data/large").write_bytes(os.urandom(3 << 20))
    before = snapshot(root)
    removal.debar.state.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", removal.debar.state], check=True)
    try:
        removal.plan(*ALL)
        run = removal.remove()
        assert run.code == FOUND and "make room" in run.out + run.err, run
        same(before, snapshot(root))
    finally:
        subprocess.run(["umount", removal.debar.state], check=True)


@pytest.mark.parametrize("then", ["resume", "undo"])
def test_a_removal_that_was_killed_can_go_both_ways(removal, root, then):
    before = snapshot(root)
    removal.plan(*ALL)
    done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", "trace=unlinkat", "-e",
                           "inject=unlinkat:signal=KILL:when=5", *removal.debar.command("remove", removal.id, "--yes")],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                          env=environment(), timeout=120)
    assert done.returncode == -signal.SIGKILL or done.returncode == 137
    assert snapshot(root) != before

    if then == "resume":
        assert removal.resume().code == ABSENT
        assert not (root / "opt/k").exists()
    assert removal.undo().code == ABSENT
    same(before, snapshot(root))
    assert "nothing to go on with" in removal.resume().out


# ---- what people do meanwhile ----

def test_undo_overwrites_nothing_that_somebody_made_meanwhile(removal, root):
    before = snapshot(root)
    removal.plan(*ALL)
    assert removal.remove().code == ABSENT
    (root / "etc/k.conf").write_text("mine")
    (root / "etc/block").write_text("also mine")

    run = removal.undo()

    assert run.code == FOUND and "/etc/k.conf was left" in run.err and "/etc/block was left" in run.err, run
    assert (root / "etc/k.conf").read_text() == "mine" and (root / "etc/block").read_text() == "also mine"
    assert facts(root / "opt/k/bin/k") == before[0][b"opt/k/bin/k"]

    os.unlink(root / "etc/k.conf")
    os.unlink(root / "etc/block")
    run = removal.undo()
    assert run.code == ABSENT, run
    assert facts(root / "etc/k.conf") == before[0][b"etc/k.conf"]


def test_a_folder_in_which_somebody_worked_since_keeps_its_new_times(removal, root):
    removal.plan(*ALL)
    assert removal.remove().code == ABSENT
    (root / "opt/mine").write_text("mine")
    changed = os.stat(root / "opt").st_mtime_ns

    assert removal.undo().code == ABSENT

    assert os.stat(root / "opt").st_mtime_ns == changed
    assert (root / "opt/k/bin/k").exists() and (root / "opt/mine").exists()


# ---- the vault ----

def test_the_vault_is_listed_verified_and_given_up_only_when_told(removal, root):
    removal.plan(*ALL)
    assert removal.remove("--keep-days", "10", now="2026-11-30T12:00:00Z").code == ABSENT
    vault = removal.debar.state / "vault"
    assert stat.S_IMODE(vault.stat().st_mode) == 0o700

    assert "kept until 2026-12-10" in removal.debar("vault", "list").out
    run = removal.debar("vault", "verify")
    assert run.code == ABSENT and ", 0 are missing" in run.out, run
    assert "Nothing is due" in removal.debar("vault", "expire", now="2026-12-09T12:00:00Z").out
    run = removal.debar("vault", "expire", now="2026-12-11T12:00:00Z")
    assert "only copy" in run.out and "Nothing was changed" in run.out, run
    assert removal.debar("vault", "verify").code == ABSENT

    run = removal.debar("vault", "expire", "--yes", now="2026-12-11T12:00:00Z")
    assert run.code == ABSENT and not list(vault.glob("objects/*/*")), run
    run = removal.undo()
    assert run.code == ERROR and "no longer kept" in run.err, run


def test_a_damaged_object_is_found_and_keeps_nothing_else_from_coming_back(removal, root):
    before = snapshot(root)
    removal.plan(*ALL)
    assert removal.remove().code == ABSENT
    sha256 = before[0][b"opt/k/data/a"][7]
    path = removal.debar.state / "vault/objects" / sha256[:2] / f"{sha256}.zst"
    good = path.read_bytes()
    path.write_bytes(good[:-5] + bytes(5))

    run = removal.debar("vault", "verify")
    assert run.code == FOUND and "damaged" in run.out, run
    run = removal.undo()
    assert run.code == FOUND and "/opt/k/data/a was left" in run.err, run
    assert facts(root / "etc/k.conf") == before[0][b"etc/k.conf"]

    path.write_bytes(good)
    assert removal.undo().code == ABSENT
    same(before, snapshot(root))


def test_a_scan_knows_a_vault_and_a_folder_that_only_pretends(removal, root, debar, tmp_path):
    removal.plan(*ALL)
    assert removal.remove(now="2026-11-30T12:00:00Z").code == ABSENT
    other = tmp_path / "other"
    shutil.copytree(removal.debar.state / "vault", other / "var/lib/debar/vault")
    os.chmod(other / "var/lib/debar/vault", 0o700)

    scan = debar.scan("--root", other)
    assert scan.coverage["skipped"].get("vault") == 1
    assert "until 2027-02-28" in scan.run.err, scan.run

    (other / "var/lib/debar/vault/objects/hidden").write_text("not named")
    assert not debar.scan("--root", other).coverage["skipped"].get("vault")
    os.unlink(other / "var/lib/debar/vault/objects/hidden")
    os.chown(other / "var/lib/debar/vault", 1, 1)
    assert not debar.scan("--root", other).coverage["skipped"].get("vault")


# ---- all of it at random ----

def random_tree(at, dice):
    """Folders of every kind of name, linked, holed and with attributes."""
    folders, files = [at], []
    for n in range(dice.randint(20, 60)):
        path = dice.choice(folders) / f"{dice.choice(['n', 'ü', 'a b', 'x!', '%41', '.h'])}{n}"
        kind = dice.randrange(10)
        if kind < 3:
            path.mkdir(mode=dice.choice([0o755, 0o700, 0o2770, 0o1777]))
            folders.append(path)
            continue
        if kind == 3 and files:
            os.link(dice.choice(files), path, follow_symlinks=False)
        elif kind == 4:
            os.symlink(dice.choice(["/etc/passwd", "..", "no where", path.name]), path)
        elif kind == 5:
            os.mkfifo(path, 0o640)
        elif kind == 6:
            os.mknod(path, 0o755 | stat.S_IFSOCK)
        elif kind == 7:
            with open(path, "wb") as f:
                f.seek(dice.randrange(1 << 18))
                f.write(dice.randbytes(dice.randrange(1, 9000)))
                f.truncate(dice.randrange(1 << 18, 1 << 19))
        else:
            path.write_bytes(dice.randbytes(dice.choice([0, 1, 100, 70000])))
            os.chmod(path, dice.choice([0o644, 0o4711, 0o000, 0o2755]))
        files.append(path)
    for path in folders + files:
        if not path.is_symlink():
            if dice.random() < 0.3 and stat.S_ISREG(os.lstat(path).st_mode):
                os.setxattr(path, "user.note", dice.randbytes(dice.randrange(50)))
            if dice.random() < 0.2:
                os.setxattr(path, "trusted.note", b"t")
        if dice.random() < 0.3:
            os.chown(path, dice.randrange(3), dice.randrange(3), follow_symlinks=False)
    for path in reversed(folders + files):
        os.utime(path, ns=(dice.randrange(10**18), dice.randrange(2 * 10**18)), follow_symlinks=False)
    return folders, files


def encoded(path, at):
    text = "/" + os.path.relpath(path, at)
    text = text.replace("%", "%25")
    return "/".join(w[:-1] + "%21" if w.endswith("!") else w for w in text.split("/"))


@pytest.mark.parametrize("seed", range(9))
def test_undoing_a_removal_of_anything_gives_what_there_was(debar, memory_path, tmp_path, seed):
    dice = random.Random(seed)
    at = (memory_path if seed % 3 else tmp_path) / "root"
    at.mkdir()
    folders, files = random_tree(at, dice)
    before = snapshot(at)
    chosen = dice.sample(folders[1:] + files, dice.randint(1, 6))
    steps, gone = [], []
    for path in chosen:
        if any(path == g or g in path.parents or path in g.parents for g in gone):
            continue
        gone.append(path)
        regular = stat.S_ISREG(os.lstat(path).st_mode)
        steps.append(("write", encoded(path, at), "other") if regular and dice.random() < 0.3
                     else ("remove", encoded(path, at)))
    steps.append(("write", "/made-new", "new"))
    removal = Removal(debar, at).plan(*steps)

    run = removal.remove()
    assert run.code == ABSENT, run
    for step, path in zip(steps, gone):
        assert os.path.lexists(path) == (step[0] == "write"), step
    run = removal.undo()
    assert run.code == ABSENT, run

    same(before, snapshot(at))


# ---- a reboot ----

def test_a_plan_for_another_root_needs_no_boot_of_this_machine(removal, root):
    removal.plan(*ALL, ("reboot", "a driver is loaded"))

    assert removal.remove().code == ABSENT
    assert removal.debar("resume", "--after-boot").code == ABSENT


def test_what_waits_for_a_boot_goes_on_after_it_and_nothing_else_does(removal, root):
    assert removal.debar("resume", "--after-boot").code == ABSENT
    removal.plan(*ALL)
    assert removal.remove().code == ABSENT
    removal.journal("UPDATE plan SET state = 'reboot', boot = 'another'")
    (root / "etc/k.conf").write_text("back")

    run = removal.debar("resume", "--after-boot")
    assert run.code == FOUND and "/etc/k.conf" in run.out, run

    removal.journal("UPDATE plan SET state = 'acting'")
    run = removal.debar("resume", "--after-boot")
    assert run.code == ABSENT and run.out == "", run
