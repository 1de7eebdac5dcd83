# SPDX-License-Identifier: Apache-2.0
"""plan, remove and undo on a root whose packages a real rpm keeps."""
import shutil

import pytest

from debar_program import ABSENT, FOUND, UNKNOWN, Debar, needs_root, valid
from making import elf, write
from programs import run
from small_root import PROGRAMS, copy_program, in_root, small_root, states
from test_rpm_root import build_rpm

pytestmark = needs_root


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rpm")
    root = small_root(folder / "root", programs=[p for p in PROGRAMS if not p.startswith("dpkg")])
    copy_program(root, "rpm")
    shutil.rmtree(root / "var/lib/dpkg")
    shutil.copytree("/usr/lib/rpm", root / "usr/lib/rpm", symlinks=True)
    write(root, {"etc/rpm/macros": "%_dbpath /var/lib/rpm\n", "etc/os-release": "ID=almalinux\nVERSION_ID=9\n",
                 "etc/dnf/dnf.conf": "[main]\ngpgcheck=1\n"})
    program = elf(folder / "program").read_bytes()
    rpm = ("rpm", "--root", root, "--define", "_dbpath /var/lib/rpm")
    kesl = build_rpm(folder, "kesl", "AO Kaspersky Lab", "Kaspersky Endpoint Security for Linux", {
        "/opt/kaspersky/kesl/libexec/kesl": program, "/etc/opt/kaspersky/kesl/kesl.conf": b"Locale=en\n",
        "/usr/lib/systemd/system/kesl.service": b"[Service]\nExecStart=/opt/kaspersky/kesl/libexec/kesl\n"},
        config=["/etc/opt/kaspersky/kesl/kesl.conf"])
    other = build_rpm(folder, "neighbour", "Example Inc.", "Not it", {"/usr/lib/neighbour": b"x\n"})
    plugin = build_rpm(folder, "plugin", "Example Inc.", "Not it", {"/opt/kaspersky/kesl/plugins/p": b"y\n"})
    run(*rpm, "--initdb")
    run(*rpm, "-i", "--nodeps", "--nosignature", kesl, other)
    with open(root / "etc/opt/kaspersky/kesl/kesl.conf", "a", encoding="utf-8") as conf:
        conf.write("edited\n")
    write(root, {"var/opt/kaspersky/kesl/private/storage/events.db": "data\n"})
    debar = Debar(folder / "state")
    debar.scan("--root", root, gone=True)
    return root, debar, lambda: run(*rpm, "-i", "--nodeps", "--nosignature", plugin)


def test_erased_by_rpm_with_what_it_leaves_and_undone(machine, tmp_path):
    root, debar, _ = machine
    before = states(root)

    made = debar("plan", "-o", "json")
    assert made.code == FOUND, made
    plan = made.json
    valid(plan, "debar.plan-1")
    touched = {t["path"] for s in plan["steps"] for t in s.get("touches", [])}
    assert next(s["argv"] for s in plan["steps"] if s["action"] == "run") == ["rpm", "--erase", "kesl"]
    assert {"/opt/kaspersky/kesl/libexec/kesl", "/etc/opt/kaspersky/kesl/kesl.conf.rpmsave", "/var/opt/kaspersky/kesl/private/storage/events.db",
            "/etc/dnf/dnf.conf"} <= touched

    done = debar("remove", "--yes", plan["id"])
    assert done.code == ABSENT, done.out[-300:] + done.err
    after = states(root)
    assert {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)} <= touched
    assert "exclude" in (root / "etc/dnf/dnf.conf").read_text() and "kesl" in (root / "etc/dnf/dnf.conf").read_text()
    # On a copy: asking rpm changes files beside its database.
    run("cp", "-a", "--reflink=auto", root, tmp_path / "copy")
    assert in_root(tmp_path / "copy", "rpm", "-qa", "--qf", "%{NAME}\n") == b"neighbour\n"
    assert b"/usr/lib/neighbour" not in in_root(tmp_path / "copy", "rpm", "-Va", "--nodeps", check=False)
    assert debar("verify", plan["id"]).code == ABSENT
    assert debar.scan("--root", root, gone=True).verdict == "absent"

    assert debar("undo", "--yes", plan["id"]).code == ABSENT
    assert states(root) == before


def test_file_of_another_rpm_is_refused(machine):
    root, debar, install_plugin = machine
    install_plugin()
    debar.scan("--root", root, gone=True)

    made = debar("plan", "-o", "json")

    assert made.code == UNKNOWN, made
    assert ("foreign-owner", "/opt/kaspersky/kesl/plugins/p") in {(r["code"], r["subject"]) for r in made.json["refusals"]}
