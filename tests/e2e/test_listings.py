# SPDX-License-Identifier: Apache-2.0
"""What tools listed of other machines, met in a scan or named as a listing, and the logs of package managers."""
import json

import pytest

from debar_program import ABSENT, FOUND
from making import write

MAKER = "AO Kaspersky Lab"


def fixed(rows, widths, ruler=None):
    lines = ["".join(c.ljust(w) for c, w in zip(row, widths)) for row in rows]
    if ruler:
        lines.insert(1, " ".join(ruler * (w - 1) for w in widths))
    return "".join(line.rstrip() + "\r\n" for line in lines)


REG = ('Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{1}]\r\n'
       '"DisplayName"="Kaspersky Endpoint Security"\r\n"Publisher"="AO Kaspersky Lab"\r\n')
WMIC = fixed([("Name", "Vendor", "Version"), ("Endpoint Security", MAKER, "12.1")], (30, 20, 10))

LISTINGS = {
    "dpkg": "Desired=Unknown\n||/ Name Version\n+++-====-====-====-====\nii  kesl:amd64  12.2.0-1  amd64  x\n",
    "selections": "".join(f"lib{i}\t\tinstall\n" for i in range(6)) + "kesl\t\tinstall\n",
    "apt": "Listing...\nkesl/now 12.2.0-1 amd64 [installed,local]\n",
    "rpm": "acme-1.0-1.noarch\nother-2-1.x86_64\nkesl-12.2.0-1.x86_64\n",
    "rpm-info": "Name        : klnagent64\nVersion     : 15.1\nRelease     : 1\nArchitecture: x86_64\nVendor      : AO Kaspersky Lab\n",
    "pip-freeze.txt": "acme==1.0\nlark-oapi==1.2.0\n",
    "pip": "Package   Version\n--------- -------\nlark-oapi 1.2.0\n",
    "a.reg": REG.encode("utf-16"),
    "old.reg": "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\KasperskyLab\\protected\\AVP21.3\\Data]\r\n",
    "drivers": "\r\n" + fixed([("Modulname", "Anzeigename", "Treibertyp", "Linkdatum"), ("klif", "Kaspersky Lab Driver", "Kernel", "x")],
                              (13, 23, 14, 23), "="),
    "tasks": ("\r\n" + fixed([("Abbildname", "PID", "Dienste"), ("avp.exe", "     100", "AVP21.3"), ("x.exe", "     101", "klnagent")],
                             (26, 9, 45), "=")).encode("utf-16"),
    "tasks.csv": '"Image Name","PID","Services"\r\n"x.exe","7","klnagent"\r\n',
    "programs.json": json.dumps([{"name": "Endpoint", "version": "12", "publisher": MAKER, "identifying_number": "{1}",
                                  "install_location": ""}]),
    "debs.json": json.dumps([{"name": "kesl", "version": "12", "arch": "amd64", "maintainer": MAKER, "revision": "", "source": ""}]),
    "programs-powershell": ("\r\n" + fixed([("DisplayName", "DisplayVersion", "Publisher"), ("Endpoint", "12", MAKER)],
                                           (20, 15, 30), "-")).encode("utf-16"),
    "wmic": WMIC.replace("\r\n", "\r\r\n").encode("utf-16"),
    "winget": "Name      Id                               Version Source\r\n" + "-" * 60 +
              "\r\nSafe Kids Kaspersky.KasperskySafeKids      1       winget\r\n",
    "mac": "Applications:\n\n    Endpoint Security:\n\n      Version: 12\n      Signed by: Developer ID Application: Kaspersky Lab (2Y8XE5CQ94)\n"
           "      Location: /Applications/Endpoint Security.app\n",
    "mac.json": json.dumps({"SPApplicationsDataType": [
        {"_name": "Endpoint", "signed_by": ["Developer ID Application: Kaspersky Lab (2Y8XE5CQ94)"], "version": "1"}]}),
    "mac.xml": '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><array><dict><key>_SPCommandLineArguments</key><array/>'
               "<key>_dataType</key><string>SPApplicationsDataType</string><key>_items</key><array><dict><key>_name</key>"
               "<string>Endpoint</string><key>signed_by</key><array><string>Developer ID Application: Kaspersky Lab (2Y8XE5CQ94)</string>"
               "</array></dict></array></dict></array></plist>\n",
}
DECOYS = {
    "dpkg.txt": "Desired=Unknown\n||/ Name Version\n+++-====-====-====-====\nii  keslert  1  amd64  Better than kesl of AO Kaspersky Lab\n"
                "un  kesl  <none>  <none>  (no description)\n",
    "notes.txt": "We found kesl-12.2.0-1.x86_64 and klnagent64-15.1-1.noarch\non that machine.\n",
    "clean.reg": "Windows Registry Editor Version 5.00\r\n\r\n; [HKEY_LOCAL_MACHINE\\SOFTWARE\\KasperskyLab]\r\n"
                 "[-HKEY_LOCAL_MACHINE\\SOFTWARE\\KasperskyLab\\protected\\AVP21.3\\Data]\r\n"
                 '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Example]\r\n"Note"="HKEY_LOCAL_MACHINE\\\\SOFTWARE\\\\KasperskyLab"\r\n',
    "clean.json": json.dumps([{"name": "x", "maintainer": MAKER}]),
    "table.rst": "\nName  Maker\n===== =====\nkesl  AO Kaspersky Lab\n",
}
LOGS = {
    "var/log/dpkg.log": "2024-01-01 10:00:01 install kesl:amd64 <none> 12.2.0-1\n",
    "srv/a/var/log/apt/history.log": "Start-Date: 2024-01-01  10:00:00\nInstall: kesl:amd64 (12.2.0-1)\nEnd-Date: x\n",
    "srv/b/var/log/dnf.rpm.log": "2024-01-01T10:00:00+0000 SUBDEBUG Installed: kesl-12.2.0-1.x86_64\n",
    "srv/c/var/log/pacman.log": "[2024-01-01T10:00:00+0000] [ALPM] installed acme (1.0-1)\n",
}


@pytest.fixture(scope="module")
def met(session_debar, tmp_path_factory):
    files = {f"{i}/{n}": t for i, (n, t) in enumerate({**LISTINGS, **DECOYS}.items())}
    tree = write(tmp_path_factory.mktemp("listings"), files)
    scan = session_debar.scan(tree)
    return tree, scan, {p[len(str(tree)) + 1:].split("/", 1)[1]: f for f in scan.findings for p in f["places"]}


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_of_another_machine_is_a_reference(met, name):
    _, scan, found = met

    assert name in found, scan
    assert found[name]["state"] == "referenced" and found[name]["confidence"] == "probable", scan


def test_what_is_no_listing_counts_for_nothing(met):
    _, scan, found = met

    assert set(found) == set(LISTINGS) and scan.unexamined() == [] and scan.code == FOUND, scan


def test_named_listings_say_the_same(debar, met):
    tree, scan, found = met
    named = debar.scan(*[f"listing:{p}" for p in sorted(tree.rglob("*")) if p.name in LISTINGS])

    assert {(f["product"], f["confidence"], *f["places"]) for f in named.findings} == {
        (f["product"], f["confidence"], *f["places"]) for f in scan.findings}, named


def test_less_has_to_speak_for_a_named_listing(debar, tmp_path):
    tree = write(tmp_path / "tree", {"a": "kesl\t12.2.0-1\n", "b": "ii  kesl  12.2.0-1  amd64  x\n", "c": "about kesl\n"})

    scan = debar.scan(f"listing:{tree}/a", f"listing:{tree}/b", f"listing:{tree}/c")

    assert {p for f in scan.findings for p in f["places"]} == {f"{tree}/a", f"{tree}/b"}, scan
    assert scan.unexamined("unsupported") == [f"{tree}/c"], scan
    assert debar.scan(tree).findings == []


def test_logs_tell_what_was_there(debar, tmp_path):
    root = write(tmp_path / "root", {**LOGS, "etc/os-release": "ID=debian\n"})

    scan = debar.scan("--root", root)

    assert {(p[len(str(root)) + 1:], f["state"], f["confidence"]) for f in scan.findings for p in f["places"]} == {
        (n, "residue", "trace") for n in list(LOGS)[:3]}, scan
    assert ABSENT == debar.scan(root / "srv/c").code
