# SPDX-License-Identifier: Apache-2.0
"""Removal where nothing can be rehearsed: without the right to mount, as in a container, a real dpkg works on the root itself."""
import os
import shutil
import signal
import stat
import subprocess

import pytest

import debian
from debar_program import ABSENT, FOUND, TOP, Debar, environment, needs_root, program
from making import write
from small_root import PROGRAMS, copy_debar, in_root, install, small_root, states

pytestmark = needs_root
UNPRIVILEGED = ["setpriv", "--bounding-set=-sys_admin"]
ALLOW = "--allow=no-rehearsal=deb:kesl"


class Container(Debar):
    """debar as it runs in a container: as root, without the right to mount anything."""

    def command(self, *arguments):
        return [*UNPRIVILEGED, *super().command(*arguments)]


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock")
    root = small_root(folder / "root", programs=[*PROGRAMS, "chmod"])
    os.mknod(root / "dev/null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    install(root, debian.kesl(folder))
    write(root, {"srv/precious": "nobody else has this\n", "srv/other": "nor this\n", "etc/other.conf": "mine\n"})
    return root


class Machine:
    def __init__(self, stock, folder):
        self.root, self.debar = folder / "root", Container(folder / "state")
        subprocess.run(["cp", "-a", "--reflink=auto", stock, self.root], check=True)

    def script(self, name, text):
        path = self.root / f"var/lib/dpkg/info/kesl.{name}"
        path.write_text(f"#!/bin/sh\n{text}")
        path.chmod(0o755)

    def plan(self, *allowed):
        self.debar.scan("--root", self.root, gone=True)
        run = self.debar("plan", "-o", "json", *allowed)
        return run.json


@pytest.fixture
def machine(stock, tmp_path):
    return Machine(stock, tmp_path)


def changed(before, after):
    return {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}


def test_what_could_not_be_rehearsed_runs_only_when_allowed(machine):
    before = states(machine.root)

    plan = machine.plan()
    run = machine.debar("remove", "--yes", plan["id"])

    assert [(r["code"], r["subject"]) for r in plan["refusals"]] == [("no-rehearsal", "deb:kesl")]
    assert "runs on the root itself" in plan["refusals"][0]["text"]
    assert {i["status"] for i in plan["items"] if i["product"] == "kesl"} == {"remaining"}
    assert run.code == 2 and "no-rehearsal=deb:kesl" in run.out, run
    assert states(machine.root) == before


def test_allowed_it_touches_only_the_plan_and_is_undone_exactly(machine):
    machine.script("postrm", "rm -rf /var/opt/kaspersky\n")
    before = states(machine.root)
    plan = machine.plan(ALLOW)
    assert states(machine.root) == before, "a plan changes nothing"

    run = machine.debar("remove", "--yes", plan["id"])

    assert run.code == ABSENT, run
    touched = {t["path"] for s in plan["steps"] for t in s.get("touches", [])}
    assert changed(before, states(machine.root)) <= touched
    assert b"kesl" not in in_root(machine.root, "dpkg-query", "-W") and in_root(machine.root, "dpkg", "--audit") == b""
    run = machine.debar("undo", "--yes", plan["id"])
    assert run.code == ABSENT, run
    assert states(machine.root) == before
    assert b"install ok installed" in in_root(machine.root, "dpkg-query", "-s", "kesl")


def test_more_than_the_plan_names_fails_is_taken_back_and_what_is_lost_is_named(machine):
    machine.script("prerm", "echo changed >/etc/other.conf\necho new >/srv/new\nrm /srv/precious\nchmod 600 /srv/other\n")
    before = states(machine.root)
    plan = machine.plan(ALLOW)

    run = machine.debar("remove", "--yes", plan["id"])

    assert run.code == FOUND and "4 paths that the plan does not name" in run.out, run
    assert "1 of them cannot be brought back" in run.out
    assert "/srv/precious, which the plan does not name, was changed, and its content was not kept" in run.err
    assert b"install ok installed" in in_root(machine.root, "dpkg-query", "-s", "kesl")
    stop = next(s for s in plan["steps"] if s["action"] == "stop-unit")
    assert changed(before, states(machine.root)) == {"/srv/precious"} | {t["path"] for t in stop.get("touches", [])}

    for _ in range(2):
        run = machine.debar("undo", "--yes", plan["id"])
        assert run.code == FOUND and "Undone in part" in run.out and "/srv/precious" in run.err, run
    assert changed(before, states(machine.root)) == {"/srv/precious"}


def test_a_path_that_it_touches_beyond_the_plan_can_be_allowed(machine):
    machine.script("prerm", "echo changed >/etc/other.conf\n")
    plan = machine.plan(ALLOW)

    run = machine.debar("remove", "--yes", "--allow=changed=/etc/other.conf", plan["id"])

    assert run.code == ABSENT, run
    assert (machine.root / "etc/other.conf").read_text() == "changed\n"
    assert machine.debar("undo", "--yes", plan["id"]).code == ABSENT
    assert (machine.root / "etc/other.conf").read_text() == "mine\n"


@pytest.mark.parametrize("then", ["undo", "resume"])
def test_when_debar_is_killed_the_uninstaller_ends_and_is_taken_back(machine, then):
    os.mkfifo(machine.root / "tmp/wait")
    # It says that it is at work, and would go on for ever.
    machine.script("prerm", "echo changed >/etc/other.conf\n[ -e /tmp/wait ] || exit 0\nexec 3>/tmp/wait; echo at work >&3\nwhile :; do :; done\n")
    before = states(machine.root)
    plan = machine.plan(ALLOW)
    command = ("remove", "--yes", "--allow=changed=/etc/other.conf", plan["id"])
    killed = subprocess.Popen(machine.debar.command(*command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=environment())
    with open(machine.root / "tmp/wait", encoding="utf-8") as told:
        assert told.readline() == "at work\n"
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        assert told.read() == "", "it ends when nothing that could write runs any more"
    (machine.root / "tmp/wait").unlink()
    before.pop("/tmp/wait")

    run = machine.debar(then, "--yes", plan["id"])

    assert run.code == ABSENT, run
    if then == "resume":
        assert b"kesl" not in in_root(machine.root, "dpkg-query", "-W")
        assert machine.debar("undo", "--yes", plan["id"]).code == ABSENT
    assert changed(before, states(machine.root)) <= {"/tmp"}


LIVE = """\
set +e
export DEBAR_DATA=/data
run() { setpriv --bounding-set=-sys_admin debar "$@"; }
run scan --state /state >/dev/null; echo scan $?
run plan --state /state --allow no-rehearsal=deb:kesl -o json=/plan.json >/dev/null; echo plan $?
id=$(sed -n 's/^  "id": "\\(.*\\)",$/\\1/p' /plan.json)
sh -c 'exec 3>>/srv/open; while [ -e /srv/go ]; do echo more >&3; done' &
run remove --state /state --yes $id >/remove.txt 2>&1; echo remove $?
cat /etc/other.conf
cat /srv/new
run undo --state /state --yes $id >/undo.txt 2>&1; echo undo $?
rm /srv/go; wait
"""


def test_on_a_machine_that_runs_others_work_is_left(tmp_path):
    root = small_root(tmp_path / "root", programs=[*PROGRAMS, "env", "setpriv"])
    copy_debar(root, program())
    for data in ("orders", "catalogue"):
        shutil.copytree(TOP / data, root / "data" / data)
    (root / "sys").mkdir()
    os.mknod(root / "dev/null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    install(root, debian.kesl(tmp_path))
    write(root, {"etc/other.conf": "mine\n", "srv/open": "", "srv/go": "", "var/lib/dpkg/info/kesl.prerm":
                 "#!/bin/sh\necho changed >/etc/other.conf\necho new >/srv/new\n"})
    (root / "var/lib/dpkg/info/kesl.prerm").chmod(0o755)

    code, out, err = debian.live(root, LIVE)

    told = out + err + (root / "remove.txt").read_text()[-3000:] + (root / "undo.txt").read_text()[-3000:]
    assert code == 0 and out.splitlines() == ["scan 1", "plan 1", "remove 1", "mine", "new", "undo 1"], told
    assert "/srv/new, which the plan does not name, was changed by it or by another program, and was left" in told
    assert "/srv/open was changed meanwhile by what has it open" in told
    assert "Undone in part" in told
