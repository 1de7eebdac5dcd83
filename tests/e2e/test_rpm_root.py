# SPDX-License-Identifier: Apache-2.0
"""A root whose packages a real rpm installs and erases."""
import pytest

from debar_program import Debar, needs_root, under
from making import elf, make_root
from programs import run

SPEC = """\
Name: {name}
Version: 12.2.0
Release: 2412
Summary: {summary}
Vendor: {vendor}
License: Proprietary
%global debug_package %{{nil}}
%global __os_install_post %{{nil}}
AutoReqProv: no
%description
{summary}
%install
mkdir -p %{{buildroot}}
cp -a {tree}/. %{{buildroot}}/
%files
{files}
"""


def build_rpm(folder, name, vendor, summary, files, config=()):
    tree = folder / f"{name}-tree"
    for path, content in files.items():
        target = tree / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    listing = "".join(f"{'%config(noreplace) ' if f in config else ''}{f}\n" for f in files)
    spec = folder / f"{name}.spec"
    spec.write_text(SPEC.format(name=name, vendor=vendor, summary=summary, tree=tree, files=listing))
    run("rpmbuild", "-bb", "--define", f"_topdir {folder}/top", spec)
    [package] = folder.glob(f"top/RPMS/*/{name}-*.rpm")
    return package


class Life:
    def __init__(self, folder):
        self.root = make_root(folder / "root")
        (self.root / "var/lib/dpkg/status").unlink()
        self.debar = Debar(folder / "state")
        program = elf(folder / "program").read_bytes()
        kesl = build_rpm(folder, "kesl", "AO Kaspersky Lab", "Kaspersky Endpoint Security for Linux", {
            "/opt/kaspersky/kesl/bin/kesl-control": b"#!/bin/sh\n", "/opt/kaspersky/kesl/libexec/kesl": program,
            "/etc/opt/kaspersky/kesl/kesl.conf": b"Locale=en\n",
            "/usr/lib/systemd/system/kesl.service": b"[Service]\nExecStart=/opt/kaspersky/kesl/libexec/kesl\n",
        }, config=["/etc/opt/kaspersky/kesl/kesl.conf"])
        other = build_rpm(folder, "keslert", "Example Inc.", "Not it", {"/usr/bin/keslert": program})
        self.rpm("--initdb")
        self.rpm("-i", "--nodeps", "--nosignature", kesl, other)
        self.installed = self.scan()
        with open(self.root / "etc/opt/kaspersky/kesl/kesl.conf", "a", encoding="utf-8") as conf:
            conf.write("edited\n")
        self.rpm("-e", "--nodeps", "kesl")
        self.erased = self.scan()

    def rpm(self, *arguments):
        run("rpm", "--root", self.root, "--define", "_dbpath /var/lib/rpm", *arguments)

    def scan(self):
        before = sorted(p.name for p in (self.root / "var/lib/rpm").iterdir())
        scan = self.debar.scan("--root", self.root, gone=True)
        assert sorted(p.name for p in (self.root / "var/lib/rpm").iterdir()) == before, "something was written beside the database"
        return scan


pytestmark = needs_root


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    return Life(tmp_path_factory.mktemp("rpm"))


def test_installed_package_is_one_finding(life):
    [finding] = life.installed.findings

    assert (finding["vendor"], finding["product"]) == ("kaspersky", "kesl")
    assert (finding["state"], finding["confidence"], finding["version"]) == ("installed", "confirmed", "12.2.0-2412")
    assert finding["since"].startswith("20"), "rpm says when it was installed"
    places = {p.removeprefix(str(life.root)) for p in finding["places"]}
    assert {"/opt/kaspersky/kesl/bin/kesl-control", "/opt/kaspersky/kesl/libexec/kesl", "/etc/opt/kaspersky/kesl/kesl.conf",
            "/usr/lib/systemd/system/kesl.service"} <= places
    assert [p for p in places if p.startswith("/var/lib/rpm/")]
    assert under(finding, "bod-17-01")["covered"] and under(finding, "ndaa-1634")["covered"]


def test_database_row_is_told(life):
    [finding] = life.installed.findings
    row = next(i for i in finding["indicators"] if i["id"] == "kaspersky.pkg.kesl")

    assert row["place"].startswith(f"{life.root}/var/lib/rpm/") and row.get("row")


def test_edited_configuration_stays_as_residue(life):
    [finding] = life.erased.findings

    assert finding["product"] == "kesl" and finding["state"] == "residue" and finding["confidence"] != "confirmed"
    assert finding["places"] == [f"{life.root}/etc/opt/kaspersky/kesl/kesl.conf.rpmsave"]
