# SPDX-License-Identifier: Apache-2.0
"""A scan after a scan: what has not changed is not read again, and the answer is that of a scan that reads everything."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile

import pytest

import debar_program
from debar_program import Debar, environment, needs_root
from making import elf, installed_kesl, many_files, write
from packing import python_zip

# Later than every change below is young: no test waits for files to grow old.
LATER = "2099-01-01T00:00:00Z"
PACKAGE = '{"name": "@kaspersky/hexa-ui", "version": "%s"}\n'


def text(name):
    return {f"srv/text/{name}/{i}.txt": f"{name} {i}\n" for i in range(8)}


@pytest.fixture
def root(tmp_path):
    """A little of everything that a scan has something to say of."""
    folder = installed_kesl(tmp_path / "root")
    write(folder, {
        **text("a"), **text("b"),
        "srv/app/node_modules/@kaspersky/hexa-ui/package.json": PACKAGE % "6.0.0",
        "srv/app/package-lock.json": '{"lockfileVersion": 3, "packages": {"node_modules/x": {"version": "1.0.0"}}}',
        "srv/cut/package-lock.json": '{"lockfileVersion": 3, "packages',
        "etc/systemd/system/tool.service": "[Service]\nExecStart=/opt/tool/bin/tool\n",
        "opt/tool/bin/tool": "#!/bin/sh\n",
        "empty/": None,
    })
    elf(folder / "opt/tool/lib/tool", "int main(void) { return 0; }\n")
    (folder / "srv/link").symlink_to("app")
    python_zip(folder / "srv/packed.zip", [("node_modules/@kaspersky/hexa-ui/package.json", PACKAGE % "5.0.0"), ("x/y.txt", "y")])
    return folder


class Machine:
    """A root with two states: one that scans follow each other in, and others where each is the first."""

    def __init__(self, root, folder):
        self.root, self.folder, self.count = root, folder, 0
        self.debar = Debar(folder / "kept")

    def answer(self, debar, *arguments, now=LATER, **options):
        scan = debar.scan("--root", self.root, *arguments, now=now, **options)
        bill = debar("inventory", "-o", "cyclonedx", now=now)
        return scan, bill.json

    def again(self, *arguments, **options):
        return self.answer(self.debar, *arguments, **options)

    def anew(self, *arguments, **options):
        self.count += 1
        return self.answer(Debar(self.folder / f"new-{self.count}"), *arguments, **options)

    def same(self, *arguments, reads=None, **options):
        """Scan again, hold it to what a first scan says, and give it back."""
        again, anew = self.again(*arguments, **options), self.anew(*arguments, **options)
        assert plain(again) == plain(anew)
        if reads is not None:
            assert again[0].coverage["bytes"] == reads, again[0].coverage
        return again[0]


def plain(answer):
    """Without what says when, which scan, and how much was read for it."""
    scan, bill = answer
    document = json.loads(json.dumps(scan.json))
    for key in ("scan", "started", "finished"):
        document.pop(key)
    for key in ("bytes", "unchanged", "unchanged_since"):
        document["coverage"].pop(key, None)
    bill = json.loads(json.dumps(bill))
    bill.pop("serialNumber", None)
    bill.get("metadata", {}).pop("timestamp", None)
    return document, bill


@pytest.fixture
def machine(root, tmp_path):
    m = Machine(root, tmp_path)
    m.again()
    return m


def size(*paths):
    return sum(os.path.getsize(p) for p in paths)


# A unit may have lost its program since: such files are read each time.
def units(root):
    return size(root / "etc/systemd/system/tool.service")


# ---- nothing changed ----

def test_nothing_is_read_again(machine):
    scan = machine.same(reads=units(machine.root))

    assert scan.coverage["unchanged"] == scan.coverage["seen"] - 2 - 1  # two entries of a zip, and the unit
    assert scan.coverage["unchanged_since"] == LATER


def test_an_inventory_of_packages_alone_is_kept_apart(machine):
    first, again, full = machine.same("--packages"), machine.same("--packages", reads=0), machine.same()

    assert "unchanged" not in first.coverage and again.coverage["unchanged"] > 0
    assert full.coverage["examined"] > again.coverage["examined"]


def test_nothing_is_written_again(machine):
    machine.again()
    with contextlib.closing(sqlite3.connect(machine.debar.state / "debar.db")) as db:
        before = db.execute("SELECT count(*), max(rowid) FROM occurrence").fetchone()
    machine.again()
    with contextlib.closing(sqlite3.connect(machine.debar.state / "debar.db")) as db:
        assert db.execute("SELECT count(*), max(rowid) FROM occurrence").fetchone() == before


def test_every_stored_scan_keeps_its_own_inventory(machine):
    first = machine.again()
    (machine.root / "srv/app/node_modules/@kaspersky/hexa-ui/package.json").write_text(PACKAGE % "7.0.0")
    second = machine.again()
    shutil.rmtree(machine.root / "srv/app")
    third = machine.again()

    for scan, bill in (first, second, third):
        stored = machine.debar("inventory", "-o", "cyclonedx", "--scan", scan.json["scan"], now=LATER)
        assert plain((scan, stored.json)) == plain((scan, bill))
    assert len({json.dumps(b["components"]) for _, b in (first, second, third)}) == 3


def test_text_says_since_when(machine):
    run = machine.debar("scan", "--root", machine.root, now=LATER)

    assert f"not read again: unchanged since the scan of {LATER}" in " ".join(run.out.split())


# ---- something changed ----

def write_to(path, content):
    def change(root):
        (root / path).write_text(content)
    return change


def forge_time(root):
    """Other bytes of the same number, and the time put back."""
    path = root / "srv/app/node_modules/@kaspersky/hexa-ui/package.json"
    was = path.stat()
    path.write_text(PACKAGE % "6.0.1")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert path.stat().st_size == was.st_size and path.stat().st_mtime_ns == was.st_mtime_ns


def swap(root):
    """Two files take each other's name: nothing of either has changed but that."""
    a, b = root / "srv/text/a/1.txt", root / "srv/app/package-lock.json"
    a.rename(root / "tmp")
    b.rename(a)
    (root / "tmp").rename(b)


def install(root):
    """A package takes over a program that nobody owned."""
    write(root, {"var/lib/dpkg/info/tool.list": "/opt/tool/lib\n/opt/tool/lib/tool\n"})
    with (root / "var/lib/dpkg/status").open("a") as status:
        status.write("Package: tool\nStatus: install ok installed\nVersion: 1.0\nArchitecture: amd64\n\n")


def remove(root):
    (root / "var/lib/dpkg/info/kesl.list").unlink()
    (root / "var/lib/dpkg/status").write_text("")


CHANGES = {
    "a file": write_to("srv/text/a/1.txt", "other\n"),
    "a program's text": write_to("opt/tool/bin/tool", "#!/bin/sh\n# /opt/kaspersky/kesl\n"),
    "a manifest": write_to("srv/app/node_modules/@kaspersky/hexa-ui/package.json", PACKAGE % "7.0.0"),
    "bytes, with the time put back": forge_time,
    "two names": swap,
    "a new file": lambda root: write(root, {"srv/text/a/9/node_modules/@kaspersky/hexa-ui/package.json": PACKAGE % "1.0.0"}),
    "a new name for a folder": lambda root: (root / "srv/app").rename(root / "srv/other"),
    "a new name for a folder above": lambda root: (root / "srv").rename(root / "data"),
    "a file that is gone": lambda root: (root / "srv/app/node_modules/@kaspersky/hexa-ui/package.json").unlink(),
    "a folder that is gone": lambda root: shutil.rmtree(root / "opt/kaspersky"),
    "a gap that is gone": lambda root: (root / "srv/cut/package-lock.json").unlink(),
    "a gap that heals": write_to("srv/cut/package-lock.json", '{"lockfileVersion": 3, "packages": {}}'),
    "another hard link": lambda root: os.link(root / "opt/tool/lib/tool", root / "opt/tool/lib/same"),
    "a link in place of a file": lambda root: ((root / "opt/tool/lib/tool").unlink(), (root / "opt/tool/lib/tool").symlink_to("/x")),
    "a folder in place of a file": lambda root: ((root / "srv/text/a/1.txt").unlink(), write(root, {"srv/text/a/1.txt/x": "x"})),
    "the rights to run it": lambda root: (root / "opt/tool/bin/tool").chmod(0o755),
    "an installed package": install,
    "a removed package": remove,
    "a service's program is gone": lambda root: (root / "opt/tool/bin/tool").unlink(),
    "an archive": lambda root: python_zip(root / "srv/packed.zip", [("x.txt", "x")]),
    "everything": lambda root: (shutil.rmtree(root), installed_kesl(root)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_change_is_seen(machine, what):
    CHANGES[what](machine.root)
    machine.same()
    machine.same()


def test_time_put_back_is_still_a_change(machine):
    path = machine.root / "srv/app/node_modules/@kaspersky/hexa-ui/package.json"
    forge_time(machine.root)
    scan = machine.same(reads=units(machine.root) + size(path))

    assert scan.one("kaspersky", "hexa-ui", place=path)["version"] == "6.0.1"


def test_service_whose_program_is_deleted_becomes_residue(machine):
    before, bill = machine.again()
    (machine.root / "opt/tool/bin/tool").unlink()
    after, other = machine.again()

    assert before.coverage["bytes"] == after.coverage["bytes"] == units(machine.root)  # of the unit itself nothing has changed
    assert json.dumps(bill).count("residue") < json.dumps(other).count("residue")


def test_file_that_was_just_written_is_read_again(root, tmp_path):
    """Its time could stand still while it changes once more."""
    machine = Machine(root, tmp_path)
    written = "2001-01-01T00:00:30Z"
    scans = [machine.again(now=written)[0] for _ in range(3)]

    assert all("unchanged" not in s.coverage or s.coverage["unchanged"] <= 2 for s in scans), scans
    assert len({s.coverage["bytes"] for s in scans}) == 1


@needs_root
def test_what_may_not_be_read_is_told_each_time_and_read_when_it_may():
    with tempfile.TemporaryDirectory(prefix="debar-tests-") as top:
        os.chmod(top, 0o755)
        folder, state = pathlib.Path(top, "tree"), pathlib.Path(top, "state")
        write(folder, {"node_modules/@kaspersky/hexa-ui/package.json": PACKAGE % "1.0.0", "x.txt": "x"})
        secret = folder / "node_modules/@kaspersky/hexa-ui/package.json"
        secret.chmod(0)
        state.mkdir()
        os.chown(state, 65534, 65534)
        debar = Debar(state)
        scans = [debar.scan(folder, now=LATER, as_user=65534) for _ in range(2)]
        secret.chmod(0o644)
        healed = debar.scan(folder, now=LATER, as_user=65534)

    assert [s.unexamined("denied") for s in scans] == [[str(secret)]] * 2
    assert healed.unexamined() == [] and healed.one("kaspersky", "hexa-ui")


def test_accepted_gap_is_weighed_anew(machine, tmp_path):
    place = machine.root / "srv/cut/package-lock.json"
    exception = tmp_path / "e.yaml"
    exception.write_text(f"""schema: debar.exception/1
id: e
kind: coverage
coverage: {{place: {place}}}
who: somebody
why: it is cut
until: 2099-12-31
scope: one host
compensating_control: none
""")
    accepted = machine.same("--exceptions", exception)
    assert accepted.unexamined() == [] and accepted.coverage["skipped"]["accepted-gap"] == 1
    assert machine.same().unexamined() == [str(place)]


# ---- what is remembered is not trusted blindly ----

def test_no_cache_reads_everything(machine):
    first = machine.anew()[0].coverage["bytes"]

    machine.same("--no-cache", reads=first)
    machine.same(reads=units(machine.root))


def test_no_store_knows_nothing(machine):
    scan = machine.debar.scan("--no-store", "--root", machine.root, now=LATER)

    assert "unchanged" not in scan.coverage and scan.coverage["bytes"] > units(machine.root)


@contextlib.contextmanager
def database(machine):
    with contextlib.closing(sqlite3.connect(machine.debar.state / "debar.db")) as db:
        yield db
        db.commit()


def flip(db):
    (n, body), = db.execute("SELECT n, body FROM record LIMIT 1").fetchall()
    body = bytearray(body)
    body[len(body) // 2] ^= 0x10
    db.execute("UPDATE record SET body = ? WHERE n = ?", (bytes(body), n))


def truncate(db):
    db.execute("UPDATE record SET body = substr(body, 1, length(body) - 8)")


def lose(db):
    db.execute("DELETE FROM record")


def flip_header(db):
    (body,), = db.execute("SELECT memory FROM lineage").fetchall()
    body = bytearray(body)
    body[100] ^= 1
    db.execute("UPDATE lineage SET memory = ?", (bytes(body),))


def foreign(db):
    """As another machine with the same root would have written it."""
    (body,), = db.execute("SELECT memory FROM lineage").fetchall()
    body = bytearray(body)
    body[24 + 32] ^= 1  # of the machine's digest
    body[16:24] = xxh3(bytes(body[24:]))
    db.execute("UPDATE lineage SET memory = ?", (bytes(body),))


def newer(db):
    (body,), = db.execute("SELECT memory FROM lineage").fetchall()
    db.execute("UPDATE lineage SET memory = ?", (b"debar.memory/9\n\0" + body[16:],))


def xxh3(data):
    """The checksum of the header, by the library that debar uses."""
    import ctypes
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    library.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return library.XXH3_64bits(data, len(data)).to_bytes(8, "little")


@pytest.mark.parametrize("damage, said", [(flip, "it is damaged"), (truncate, "it is damaged"), (lose, "it is damaged"),
                                          (flip_header, "it is damaged"), (foreign, "it is from another machine"),
                                          (newer, "another version of debar")])
def test_what_is_damaged_or_foreign_is_dropped_and_said(machine, damage, said):
    with database(machine) as db:
        damage(db)
    everything = machine.anew()[0].coverage["bytes"]
    scan = machine.same(reads=everything)

    assert said in scan.run.err and scan.run.err.count("\n") == 1
    again = machine.same(reads=units(machine.root))
    assert again.run.err == ""


def test_store_of_an_older_layout_is_refused_with_what_to_do(machine):
    with database(machine) as db:
        db.execute("PRAGMA user_version = 1")
    run = machine.debar("scan", "--root", machine.root)

    assert run.code == 2 and "older debar" in run.err and "--state" in run.err


def test_verify_finds_nothing_wrong_with_what_is_right(machine):
    scan = machine.debar.scan("--root", machine.root, "--verify-cache", "100", now=LATER)

    assert scan.coverage["bytes"] == machine.anew()[0].coverage["bytes"]
    assert scan.unexamined() == [str(machine.root / "srv/cut/package-lock.json")]
    machine.same(reads=units(machine.root))


def test_verify_finds_what_was_kept_wrong(machine):
    """What is stored of two files, a manifest and an archive, is not what they hold."""
    with database(machine) as db:
        db.execute("UPDATE occurrence SET sum = sum + 1 WHERE place LIKE '%hexa-ui/package.json'")
    scan = machine.debar.scan("--root", machine.root, "--verify-cache=100", now=LATER)
    told = next(u for u in scan.coverage["unexamined"] if u["reason"] == "changed")

    assert "2 of" in told["detail"] and "reads every file" in told["detail"]
    machine.same(reads=machine.anew()[0].coverage["bytes"])


@pytest.mark.parametrize("arguments, said", [(["--verify-cache", "0"], "1 to 100"), (["--verify-cache", "x"], "1 to 100"),
                                             (["--resume", "--no-store"], "--no-store"), (["--resume", "--no-cache"], "--no-cache")])
def test_what_makes_no_sense_is_refused(machine, arguments, said):
    run = machine.debar("scan", "--root", machine.root, *arguments)

    assert run.code == 2 and said in run.err


def test_targets_in_targets_are_not_followed(root, tmp_path):
    debar = Debar(tmp_path / "state")
    scans = [debar.scan(root, root / "srv", now=LATER) for _ in range(2)]

    assert "unchanged" not in scans[1].coverage
    assert scans[0].coverage == scans[1].coverage


# ---- other rules ----

INDICATOR = """  - id: acme.{group}.new
    product: all
    field: {field}
    op: {op}
    value: "{value}"
    strength: strong
    scope: branded
    source: "made for a test"
    hit: ["{value}"]
"""

CATALOGUE = """schema: debar.catalogue/1
vendor: acme
title: Acme
entities:
  - name: Acme Holding AG
    relation: named
    source: "made for a test"
products:
  - id: all
    name: Acme products
    kind: software
    generic: true
    platforms: [any]
    source: "made for a test"
indicators:
  - id: acme.deb.name
    product: all
    field: package
    op: exact
    value: "acme-that-nobody-has"
    strength: strong
    scope: branded
    source: "made for a test"
    hit: ["acme-that-nobody-has"]
"""

# Any indicator of paths wants these: they are read again with what a new one wants.
WANTED = ["opt/kaspersky/kesl/bin/kesl-control", "opt/kaspersky/kesl/doc/notes.txt"]

# What is new, and which files it could be about; an archive has names inside that only it knows.
NEW = {
    "literal": (dict(group="literal", field="literal", op="exact", value="acme-engine-7c1f"), ["opt/tool/lib/tool"]),
    "path": (dict(group="path", field="path", op="glob", value="/srv/text/a/1.txt"), ["srv/text/a/1.txt", "srv/packed.zip", *WANTED]),
    "file-name": (dict(group="file", field="file-name", op="exact", value="2.txt"),
                  ["srv/text/a/2.txt", "srv/text/b/2.txt", "srv/packed.zip", *WANTED]),
}


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """The shipped orders and catalogues, and one more vendor's; gives a function that adds an indicator of his."""
    data = tmp_path / "data"
    data.mkdir()
    for name in ("docs", "build"):
        (data / name).symlink_to(debar_program.TOP / name)
    for name in ("orders", "catalogue"):
        shutil.copytree(debar_program.TOP / name, data / name)
    (data / "catalogue/acme.yaml").write_text(CATALOGUE)
    monkeypatch.setenv("DEBAR_PROGRAM", str(debar_program.program()))
    monkeypatch.setattr(debar_program, "TOP", data)
    return lambda **indicator: (data / "catalogue/acme.yaml").write_text(CATALOGUE + INDICATOR.format(**indicator))


@pytest.mark.parametrize("what", NEW)
def test_new_indicator_reads_what_it_could_apply_to(rules, root, tmp_path, what):
    machine = Machine(root, tmp_path)
    elf(root / "opt/tool/lib/tool", 'const char *s = "acme-engine-7c1f"; int main(void) { return !s; }\n')
    machine.again()
    indicator, about = NEW[what]
    rules(**indicator)
    scan = machine.same()

    # A file is read from its head on, and a program or archive more than once.
    read = units(root) + size(*(root / p for p in about))
    assert units(root) < scan.coverage["bytes"] <= 4 * read, scan.coverage
    assert scan.coverage["unchanged"] == machine.again()[0].coverage["unchanged"] - len(about)
    machine.same(reads=units(root))


def test_indicator_that_is_gone_leaves_nothing_behind(rules, root, tmp_path):
    rules(**NEW["file-name"][0])
    machine = Machine(root, tmp_path)
    first = machine.again()
    (debar_program.TOP / "catalogue/acme.yaml").write_text(CATALOGUE)

    assert plain((machine.same(), first[1])) != plain(first)


def test_another_order_reads_nothing(machine):
    scan = machine.same("--orders", "ndaa-1634", reads=units(machine.root))

    assert {o["id"] for o in scan.json["orders"]} == {"ndaa-1634"}


# ---- killed and interrupted ----

@pytest.fixture
def many(memory_path, tmp_path):
    """So many files that they are saved several times."""
    root = installed_kesl(memory_path / "root")
    for i in range(60):
        many_files(root / f"srv/{i}/files", 1000)
    for i in range(0, 60, 6):
        write(root, {f"srv/{i}/node_modules/@kaspersky/hexa-ui/package.json": PACKAGE % f"{i}.0.0"})
    return Machine(root, tmp_path)


def records(state):
    """How often what is known of files was saved."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{state}/debar.db?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM record").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # it is not there yet


def begin(machine, *arguments):
    command = machine.debar.command("scan", "--root", machine.root, "--jobs", "1", "-o", "json", *arguments)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(LATER))


def stop(machine, number, *arguments):
    """End a scan by a signal as soon as it has saved once more."""
    before = records(machine.debar.state)
    process = begin(machine, *arguments)
    while process.poll() is None and records(machine.debar.state) == before:
        pass
    process.send_signal(number)
    out, err = process.communicate()
    return process.returncode, out, err.decode()


def test_killed_scan_goes_on_where_it_was(many):
    assert stop(many, signal.SIGKILL)[0] == -signal.SIGKILL
    listed = many.debar("scans").out
    for _ in range(2):
        code, _, err = stop(many, signal.SIGKILL, "--resume")
        assert code == -signal.SIGKILL and "going on with the scan of" in err
    answer = many.again("--resume")

    assert plain(answer) == plain(many.anew())
    assert listed.count("(not finished)") == 1 and listed.startswith(answer[0].json["scan"])
    assert answer[0].coverage["unchanged"] >= 20000 and "going on with the scan of" in answer[0].run.err
    assert many.debar("scans").out.count("\n") == 1
    many.same(reads=0)


def test_killed_scan_is_of_use_to_the_next_one(many):
    stop(many, signal.SIGKILL)
    shutil.rmtree(many.root / "srv/0")
    scan = many.same()

    assert scan.coverage["unchanged"] >= 5000
    assert many.debar("scans").out.count("(not finished)") == 1


def test_interrupted_scan_has_what_it_saw_and_goes_on(many):
    many.again()
    (many.root / "srv/0/node_modules/@kaspersky/hexa-ui/package.json").write_text(PACKAGE % "99.0.0")
    with contextlib.closing(sqlite3.connect(many.debar.state / "debar.db")) as db:
        db.execute("UPDATE lineage SET memory = x''")  # so that there is something to do
        db.commit()
    code, out, _ = stop(many, signal.SIGINT)
    interrupted = json.loads(out)
    places = {p for f in interrupted["findings"] for p in f["places"]}
    answer = many.again("--resume")

    assert code in (1, 3) and not interrupted["complete"]
    assert places <= {p for f in answer[0].findings for p in f["places"]}
    assert answer[0].json["scan"] == interrupted["scan"] and answer[0].json["complete"]
    assert plain(answer) == plain(many.anew())


def test_resume_without_anything_to_go_on_with_begins_anew(machine):
    scan = machine.again("--resume")[0]

    assert "a new one begins" in scan.run.err and machine.debar("scans").out.count("\n") == 2
