# SPDX-License-Identifier: Apache-2.0
"""plan, remove, verify and undo of a package that a real dpkg installed, among neighbours that share folders and files with it."""
import os
import shutil
import subprocess

import pytest

import debian
from debar_program import ABSENT, ERROR, FOUND, TOP, UNKNOWN, Debar, needs_root, valid
from making import build_deb, write
from small_root import in_root, install, small_root, states

pytestmark = needs_root
CRON = "23 * * * * root /usr/bin/true\n"


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """The root with the product and its neighbours; to be copied."""
    folder = tmp_path_factory.mktemp("stock")
    root = small_root(folder / "root")
    install(root, build_deb(folder, "neighbour", {
        "opt/other/data": "not kesl's\n", "etc/cron.d/neighbour": CRON, "usr/lib/shared.so": "x\n",
        "etc/chromium/policies/managed/other.json": "{}\n"}, version="1.0", control="Maintainer: Example Inc.\n"))
    install(root, debian.kesl(folder))
    write(root, {"usr/local/share/ca-certificates/Own.crt": "own\n"})
    in_root(root, "update-ca-certificates")
    with open(root / "etc/passwd", "a", encoding="utf-8") as passwd:
        passwd.write("ksc:x:990:990::/nonexistent:/usr/sbin/nologin\n")
    return root


class Machine:
    def __init__(self, stock, folder):
        self.root = folder / "root"
        subprocess.run(["cp", "-a", "--reflink=auto", stock, self.root], check=True)
        self.debar = Debar(folder / "state")

    def scan(self):
        return self.debar.scan("--root", self.root, gone=True)

    def plan(self, *arguments, code=FOUND):
        run = self.debar("plan", "-o", "json", *arguments)
        assert run.code == code, run
        valid(run.json, "debar.plan-1")
        return run.json

    def do(self, *arguments, code=ABSENT):
        run = self.debar(*arguments)
        assert run.code == code, run
        return run


@pytest.fixture
def machine(stock, tmp_path):
    return Machine(stock, tmp_path)


def touched(plan):
    return {t["path"] for s in plan["steps"] for t in s.get("touches", [])}


def step(plan, action, **members):
    found = [s for s in plan["steps"] if s["action"] == action and all(s.get(k) == v for k, v in members.items())]
    assert len(found) == 1, [(s["action"], s["title"]) for s in plan["steps"]]
    return found[0]


def refusals(plan):
    return {(r["code"], r["subject"]) for r in plan["refusals"] if not r["allowed"]}


def test_same_input_gives_the_same_plan_and_changes_nothing(machine):
    machine.scan()
    before = states(machine.root)

    first, second = machine.plan(), machine.plan()

    assert first == second and first["id"] == second["id"]
    assert states(machine.root) == before
    assert [s["stage"] for s in first["steps"]][:5] == ["evidence", "replacement", "stop", "uninstall", "residue"]
    assert {i["status"] for i in first["items"]} == {"removed"} and first["refusals"] == [], first["items"]
    assert any("Administration Server" in r for i in first["items"] for r in i.get("returns", []))


def test_removal_ends_absent_touches_only_the_plan_and_is_undone_exactly(machine):
    machine.scan()
    before = states(machine.root)
    plan = machine.plan()

    machine.do("remove", "--yes", plan["id"])

    after = states(machine.root)
    changed = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
    assert changed <= touched(plan), changed - touched(plan)
    for kept in ("/opt/other/data", "/etc/chromium/policies/managed/other.json", "/etc/cron.d/neighbour", "/usr/local/share/ca-certificates/Own.crt"):
        assert before[kept] == after[kept]
    assert "own" in (machine.root / "etc/ssl/certs/ca-certificates.crt").read_text()
    assert machine.scan().verdict == "absent"
    assert in_root(machine.root, "dpkg", "--verify") == b"" and in_root(machine.root, "dpkg", "--audit") == b""
    assert "removed 2" in machine.do("verify", plan["id"]).out

    machine.do("undo", "--yes", plan["id"])
    assert states(machine.root) == before


def test_what_comes_back_is_drift(machine):
    machine.scan()
    plan = machine.plan()
    machine.do("remove", "--yes", plan["id"])
    write(machine.root, {"var/opt/kaspersky/kesl/private/storage/events.db": "again\n", "opt/kaspersky/kesl/bin/new": "#!/bin/sh\n"})
    (machine.root / "etc/apt/preferences.d/debar-kaspersky-kesl.pref").unlink()

    run = machine.do("verify", plan["id"], code=FOUND)

    assert "path          /var/opt/kaspersky/kesl/private/storage/events.db: it was removed and is there" in run.out
    assert "product       /opt/kaspersky/kesl/bin/new" in run.out and "content       /etc/apt/preferences.d" in run.out
    assert "removed 0" in run.out and "remaining 2" in run.out


def test_due_looks_are_made_once(machine):
    machine.scan()
    plan = machine.plan()
    machine.do("remove", "--yes", plan["id"])

    assert "Nothing is due" in machine.debar("verify", "--due").out
    assert "Nothing came back" in machine.debar("verify", "--due", now="2099-01-01T00:00:00Z").out
    assert "Nothing is due" in machine.debar("verify", "--due", now="2099-01-01T00:00:00Z").out


@pytest.mark.parametrize("script", ["prerm", "postrm"])
def test_package_whose_script_fails_has_a_way_out(machine, script):
    path = machine.root / f"var/lib/dpkg/info/kesl.{script}"
    path.write_text("#!/bin/sh\necho it is stuck >&2\nexit 1\n")
    path.chmod(0o755)
    in_root(machine.root, "dpkg", "--remove", "kesl", check=False)
    machine.scan()

    plan = machine.plan()
    neutral = step(plan, "write", path=f"/var/lib/dpkg/info/kesl.{script}")
    assert script in neutral["title"] and neutral["number"] < step(plan, "run")["number"]
    assert "--force-remove-reinstreq" in step(plan, "run")["argv"]

    before = states(machine.root)
    machine.do("remove", "--yes", plan["id"])
    assert "kesl" not in (machine.root / "var/lib/dpkg/status").read_text()
    machine.do("undo", "--yes", plan["id"])
    assert states(machine.root) == before


def test_uninstaller_that_always_fails_is_refused(machine):
    # No script of the package is to blame.
    (machine.root / "usr/bin/dpkg").write_text("#!/bin/sh\necho it is broken\nexit 2\n")
    machine.scan()

    plan = machine.plan(code=UNKNOWN)

    assert ("uninstaller-fails", "deb:kesl") in refusals(plan)
    assert plan["items"][0]["status"] == "remaining"
    assert machine.debar("remove", "--yes", plan["id"]).code == ERROR


def test_package_that_needs_it_is_named_and_refused(machine, tmp_path):
    install(machine.root, build_deb(tmp_path, "needy", {"usr/lib/needy": "x\n"}, control="Maintainer: X <x@example.com>\nDepends: kesl (>= 1), other\n"))
    machine.scan()

    plan = machine.plan(code=UNKNOWN)

    assert ("reverse-dependency", "needy") in refusals(plan)
    assert plan["items"][0]["dependents"] == ["deb:needy needs kesl"]
    allowed = machine.plan("--allow", "reverse-dependency=needy")
    assert refusals(allowed) == set() and "--force-depends" in step(allowed, "run")["argv"]


def test_file_of_another_package_is_refused_and_stays(machine, tmp_path):
    install(machine.root, build_deb(tmp_path, "plugin", {"opt/kaspersky/kesl/plugins/p": "x\n"}, control="Maintainer: X <x@example.com>\n"))
    machine.scan()

    plan = machine.plan(code=UNKNOWN)

    assert ("foreign-owner", "/opt/kaspersky/kesl/plugins/p") in refusals(plan)
    assert "/opt/kaspersky/kesl/plugins/p" not in touched(plan)
    assert "plugin" in next(r["text"] for r in plan["refusals"] if r["subject"].endswith("/p"))


def test_file_that_changed_since_the_scan_is_refused(machine):
    program = machine.root / "opt/kaspersky/kesl/libexec/unpacked"
    shutil.copy(machine.root / "opt/kaspersky/kesl/libexec/kesl", program)
    machine.scan()
    with open(program, "ab") as file:
        file.write(b"more")

    plan = machine.plan(code=UNKNOWN)

    assert ("changed", "/opt/kaspersky/kesl/libexec/unpacked") in refusals(plan)
    assert refusals(machine.plan("--allow", "changed=/opt/kaspersky/kesl/libexec/unpacked")) == set()


def test_immutable_file_is_refused(machine):
    path = machine.root / "var/opt/kaspersky/kesl/private/storage/events.db"
    if subprocess.run(["chattr", "+i", path], check=False, capture_output=True).returncode:
        pytest.skip("the file system has no immutable files")
    try:
        machine.scan()
        assert ("locked", "/var/opt/kaspersky/kesl/private/storage/events.db") in refusals(machine.plan(code=UNKNOWN))
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


def test_account_that_the_catalogue_names_is_taken_out(stock, tmp_path):
    machine = Machine(stock, tmp_path)
    in_root(machine.root, "dpkg", "--purge", "kesl")
    write(machine.root, {"opt/kaspersky/ksc64/sbin/klserver": "#!/bin/sh\n", "opt/kaspersky/ksc64/kuu/updater.ini": "x\n"})
    machine.scan()

    plan = machine.plan()
    assert step(plan, "edit", path="/etc/passwd")["edit_key"] == "ksc"
    write(machine.root, {"srv/data": "theirs\n"})
    os.chown(machine.root / "srv/data", 990, 0)
    assert refusals(machine.plan(code=UNKNOWN)) == {("shared-account", "ksc")}
    os.chown(machine.root / "srv/data", 0, 0)
    machine.do("remove", "--yes", plan["id"])

    assert (machine.root / "etc/passwd").read_text() == "root:x:0:0:root:/root:/bin/sh\nkept:x:1000:1000::/:/bin/sh\n"
    assert not (machine.root / "opt/kaspersky/ksc64").exists() and (machine.root / "opt/other/data").exists()


def test_what_lies_in_an_archive_is_proposed_not_touched(machine, tmp_path):
    in_root(machine.root, "dpkg", "--purge", "kesl")
    for left in ("opt/kaspersky/kesl", "var/opt/kaspersky", "var/log/kaspersky/kesl", "usr/local/share/ca-certificates"):
        shutil.rmtree(machine.root / left, ignore_errors=True)
    package = debian.kesl(tmp_path)
    shutil.copy(package, machine.root / "var/kesl.deb")
    machine.scan()
    before = states(machine.root)

    plan = machine.plan()
    item = next(i for i in plan["items"] if i["product"] == "kesl")
    assert item["status"] in ("found", "remaining") and item["status_why"]
    assert any(s["action"] == "propose" and s["path"] == "/var/kesl.deb" for s in plan["steps"])
    assert "/var/kesl.deb" not in touched(plan) and states(machine.root) == before


def test_reference_in_a_manifest_is_a_patch_and_not_applied(machine):
    text = '{\n  "name": "x",\n  "dependencies": {\n    "left-pad": "1.0.0",\n    "@kaspersky/ui": "2.0.0"\n  }\n}\n'
    write(machine.root, {"srv/app/package.json": text})
    scan = machine.scan()
    [finding] = scan.find(place=machine.root / "srv/app/package.json")

    plan = machine.plan("--finding", finding["id"])

    patch = step(plan, "propose", path="/srv/app/package.json")["content"]
    assert '-    "@kaspersky/ui": "2.0.0"' in patch and (machine.root / "srv/app/package.json").read_text() == text


def test_finding_that_is_named_alone(machine):
    scan = machine.scan()
    anchor = scan.one("kaspersky", "interception-ca")

    plan = machine.plan("--finding", anchor["id"][:10])

    assert [i["product"] for i in plan["items"]] == ["interception-ca"]
    assert not any(p.startswith("/opt/") for p in touched(plan))
    assert machine.debar("plan", "--finding", "no-such").code == ERROR


def test_plan_of_another_machine_is_refused(machine):
    machine.scan()
    (machine.root / "etc/machine-id").write_text("f" * 32 + "\n")

    run = machine.debar("plan")

    assert run.code == ERROR and "another machine" in run.err


def test_nothing_found_is_nothing_to_plan(debar, tmp_path):
    debar.scan("--root", write(tmp_path / "empty", {"etc/machine-id": "a" * 32 + "\n", "etc/os-release": "ID=debian\n"}))

    run = debar("plan")

    assert run.code == ABSENT and "Nothing to plan" in run.out


@pytest.mark.parametrize("line, says", [
    ("folders: [/opt]", "not shared with other software"), ("folders: [/opt/acme/*]", "without * and ?"), ("folders: [opt/acme]", "an absolute path"),
    ("folders: [/opt/acme/../x]", "without empty names"), ("uninstaller: [remove.sh]", "absolute path of a program"), ("frob: 1", "frob"),
    ("products: [other]", "other")])
def test_removal_section_is_checked(debar, tmp_path, line, says):
    head = (TOP / "catalogue/hytera.yaml").read_text()
    product = next(l.split("id:")[1].strip() for l in head[head.index("products:"):].splitlines() if "id:" in l)
    text = head + f"\nremoval:\n  - id: hytera.removal.x\n    products: [{product}]\n    source: here\n"
    good, bad = tmp_path / "good/hytera.yaml", tmp_path / "bad/hytera.yaml"
    write(tmp_path, {"good/hytera.yaml": text, "bad/hytera.yaml": text.replace(f"    products: [{product}]\n", "") + f"    {line}\n"
                     + ("" if line.startswith("products") else f"    products: [{product}]\n")})

    assert debar("catalogue", "check", good).code == ABSENT
    run = debar("catalogue", "check", bad)
    assert run.code != ABSENT and says in run.out + run.err, run
