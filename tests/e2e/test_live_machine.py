# SPDX-License-Identifier: Apache-2.0
"""debar's own package on a machine of its own: installed, scanning the live system, purged."""
import json
import os
import shutil
import types

import pytest

from debar_program import ABSENT, FOUND, Scan, check_scan, needs_root, under
from debian import kesl, live
from programs import run

PROGRAM = "/opt/kaspersky/kesl/libexec/kesl"

pytestmark = [pytest.mark.mirror, needs_root]


def files(root):
    """Every path but those that dpkg itself writes."""
    return {str(p.relative_to(root)) for p in root.rglob("*") if not str(p.relative_to(root)).startswith(("var/lib/dpkg/", "var/log/"))}


@pytest.fixture(scope="module")
def machine(stock_debian, debar_package, tmp_path_factory):
    """One life: debar comes, scans; the vendor's package comes, runs, is purged while it runs; debar goes."""
    folder = tmp_path_factory.mktemp("live")
    root = folder / "root"
    run("cp", "-a", "--reflink=auto", stock_debian, root)
    before = files(root)
    shutil.copy(debar_package, root / "root/debar.deb")
    shutil.copy(kesl(folder), root / "root/kesl.deb")
    code, out, err = live(root, f"""
        dpkg -i /root/debar.deb >/dev/null
        set +e
        debar scan --exclude /root/kesl.deb -o json=/root/1.json -o text >/root/1.text; echo $? >/root/1.code
        dpkg -i /root/kesl.deb >/dev/null
        {PROGRAM} & until [ "$(readlink /proc/$!/exe)" = {PROGRAM} ]; do :; done; echo $! >/root/pid
        debar scan --exclude /root/kesl.deb -o json=/root/2.json; echo $? >/root/2.code
        debar scan --packages --no-store -o json=/root/4.json; echo $? >/root/4.code
        dpkg -P kesl >/dev/null 2>&1
        debar scan --exclude /root/kesl.deb -o json=/root/3.json; echo $? >/root/3.code
        kill $!
    """)
    assert code == 0, (out, err)
    scans = []
    for i in "1234":
        document = json.loads((root / f"root/{i}.json").read_text())
        said = types.SimpleNamespace(code=int((root / f"root/{i}.code").read_text()), json=document)
        scans.append(check_scan(Scan(said), gone=True))
    return types.SimpleNamespace(root=root, before=before, stock=scans[0], running=scans[1], purged=scans[2], packages=scans[3],
                                 pid=(root / "root/pid").read_text().strip(), text=(root / "root/1.text").read_text())


def test_stock_machine_has_no_finding(machine):
    assert machine.stock.code == ABSENT and machine.stock.findings == [], machine.stock
    assert "No banned product was found" in machine.text
    assert machine.stock.json["host"]["kernel"] == os.uname().release


def test_an_inventory_of_packages_says_nothing_of_what_runs(machine):
    assert machine.packages.one("kaspersky", "kesl")["state"] == "installed"
    assert {f["state"] for f in machine.running.findings} > {"running"}
    assert "running" not in {f["state"] for f in machine.packages.findings}


def test_running_program_is_running(machine):
    finding = machine.running.one("kaspersky", "kesl")

    assert machine.running.code == FOUND
    assert (finding["state"], finding["confidence"]) == ("running", "confirmed")
    assert {PROGRAM, "/var/lib/dpkg/status", "/usr/lib/systemd/system/kesl.service", "/etc/cron.d/kesl"} <= set(finding["places"])
    assert under(finding, "bod-17-01")["covered"]


def test_exactly_what_was_put_there_is_found(machine):
    assert {f["product"] for f in machine.running.findings} == {"kesl", "interception-ca"}, machine.running
    allowed = ("/opt/kaspersky/", "/var/opt/kaspersky/", "/etc/opt/kaspersky/", "/var/log/kaspersky/", "/var/lib/dpkg/",
               "/usr/lib/systemd/system/kesl", "/etc/systemd/system/multi-user.target.wants/kesl", "/etc/cron.d/kesl",
               "/etc/chromium/policies/managed/kesl.json", "/etc/ssl/certs/", "/usr/local/share/ca-certificates/Kaspersky", "/proc/", "/var/log/dpkg.log")
    assert [p for f in machine.running.findings for p in f["places"] if not p.startswith(allowed)] == []


def test_program_that_runs_on_after_the_purge_is_still_running(machine):
    finding = machine.purged.one("kaspersky", "kesl")

    assert finding["state"] == "running", machine.purged
    assert f"process {machine.pid}" in [i.get("row") for i in finding["indicators"]], finding


def test_purge_of_debar_leaves_nothing(machine):
    code, out, err = live(machine.root, "dpkg -r debar >/dev/null; test -e /var/lib/debar/debar.db; dpkg -P debar >/dev/null")
    assert code == 0, (out, err)
    left = {p for p in files(machine.root) - machine.before
            if "kaspersky" not in p.lower() and "kesl" not in p and not p.startswith(("root/", "etc/ssl/certs/"))}

    assert left - {"usr/local/share/ca-certificates", "etc/systemd/system/multi-user.target.wants", "etc/systemd/system"} == set()
