# SPDX-License-Identifier: Apache-2.0
"""A real Debian with a package that a real dpkg installs, removes and purges."""
import shutil

import pytest

from debar_program import Debar, needs_root, under
from debian import CA_NAME, kesl
from programs import run

FILES = ("/opt/kaspersky/kesl/bin/kesl-control", "/opt/kaspersky/kesl/libexec/kesl", "/opt/kaspersky/kesl/libexec/launcher",
         "/var/opt/kaspersky/kesl/common/kesl.ini", "/etc/opt/kaspersky/kesl/kesl.conf", "/usr/lib/systemd/system/kesl.service",
         "/etc/cron.d/kesl", "/etc/chromium/policies/managed/kesl.json")

pytestmark = [pytest.mark.mirror, needs_root]


class Life:
    """One root and its scans: with the package, after it was removed, after it was purged."""

    def __init__(self, stock, folder):
        self.root = folder / "root"
        run("cp", "-a", "--reflink=auto", stock, self.root)
        self.debar = Debar(folder / "state")
        self.before = self.scan()
        package = kesl(folder)
        shutil.copy(package, self.root / "kesl.deb")
        self.dpkg("-i", "/kesl.deb")
        (self.root / "kesl.deb").unlink()
        self.installed = self.scan()
        self.dpkg("-r", "kesl")
        self.removed = self.scan()
        self.dpkg("-P", "kesl")
        self.purged = self.scan()

    def dpkg(self, *arguments):
        # With PATH of its own: the caller's need not have sbin.
        run("chroot", self.root, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "dpkg", *arguments)

    def scan(self):
        return self.debar.scan("--root", self.root, gone=True)

    def places(self, *paths):
        return {str(self.root) + p for p in paths}


@pytest.fixture(scope="module")
def life(stock_debian, tmp_path_factory):
    return Life(stock_debian, tmp_path_factory.mktemp("life"))


def test_stock_debian_has_no_finding(life):
    assert life.before.findings == [] and life.before.verdict == "absent", life.before


def test_installed_package_is_one_finding_of_the_product(life):
    finding = life.installed.one("kaspersky", "kesl")

    assert (finding["state"], finding["confidence"], finding["version"]) == ("installed", "confirmed", "12.2.0-2412")
    assert {f["product"] for f in life.installed.findings} == {"kesl", "interception-ca"}
    assert finding["name"] == "Kaspersky Endpoint Security for Linux"


def test_finding_names_every_file_that_gave_evidence(life):
    places = set(life.installed.one("kaspersky", "kesl")["places"])

    assert life.places("/var/lib/dpkg/status") <= places
    assert life.places(*FILES) <= places, life.places(*FILES) - places
    assert life.places("/var/opt/kaspersky/kesl/private/storage/events.db", "/var/log/kaspersky/kesl/kesl_launcher.log") <= places
    assert all(p.startswith(str(life.root)) for p in places)
    assert not [p for p in places if p.endswith("/kesl") and not p.endswith(("/libexec/kesl", "/cron.d/kesl"))], "a folder is no place"


def test_package_row_is_told_with_its_bytes(life):
    finding = life.installed.one("kaspersky", "kesl")
    row = next(i for i in finding["indicators"] if i["id"] == "kaspersky.pkg.kesl")

    assert (row["strength"], row["effective"], row["value"]) == ("conclusive", "conclusive", "kesl")
    assert row["place"] == str(life.root) + "/var/lib/dpkg/status"


def test_certificate_in_the_store_is_a_trust_anchor(life):
    finding = life.installed.one("kaspersky", "interception-ca")
    bundle = life.places("/etc/ssl/certs/ca-certificates.crt")

    assert finding["confidence"] == "confirmed" and finding["state"] in ("installed", "present")
    assert all(o["scope"] == "trust-anchor" for o in finding["orders"])
    assert life.places(f"/usr/local/share/ca-certificates/{CA_NAME}.crt") | bundle <= set(finding["places"])


def test_orders_differ_over_the_same_machine(life):
    product, anchor = life.installed.one("kaspersky", "kesl"), life.installed.one("kaspersky", "interception-ca")

    for order in ("bod-17-01", "ndaa-1634", "commerce-2024-kaspersky"):
        assert under(product, order)["covered"] is True and under(product, order)["scope"] == "branded"
        assert life.installed.order(order)["verdict"] == "found"
    assert under(anchor, "bod-17-01")["covered"] is True
    assert life.installed.order("ndaa-889")["verdict"] == "absent"
    assert not [o for o in product["orders"] if o["id"] == "ndaa-889"]


def test_forced_extension_and_job_tell_why_they_are_evidence(life):
    told = {(i["id"], i["place"].removeprefix(str(life.root))) for i in life.installed.one("kaspersky", "kesl")["indicators"]}

    assert ("kaspersky.ext.chrome", "/etc/chromium/policies/managed/kesl.json") in told
    assert any(place == "/etc/cron.d/kesl" and "path" in indicator for indicator, place in told), told


def test_removed_package_is_residue(life):
    finding = life.removed.one("kaspersky", "kesl")

    assert finding["state"] == "residue" and finding["confidence"] in ("confirmed", "probable")
    assert life.places("/var/lib/dpkg/status", "/etc/opt/kaspersky/kesl/kesl.conf", "/etc/cron.d/kesl") <= set(finding["places"])
    assert not life.places("/opt/kaspersky/kesl/bin/kesl-control") & set(finding["places"])
    assert finding["id"] == life.installed.one("kaspersky", "kesl")["id"], "the same installation keeps its id"


def test_purged_package_is_gone_but_for_what_stays(life):
    named = {i["place"] for f in life.purged.findings for i in f["indicators"] if i["id"] == "kaspersky.pkg.kesl"}
    assert named <= life.places("/var/log/dpkg.log", "/var/log/apt/history.log"), "only logs remember the package"
    left = {p for f in life.purged.findings for p in f["places"]}
    assert life.places("/var/opt/kaspersky/kesl/private/storage/events.db",
                       f"/usr/local/share/ca-certificates/{CA_NAME}.crt") <= left
    assert not left & life.places("/var/lib/dpkg/status", "/etc/opt/kaspersky/kesl/kesl.conf", "/etc/cron.d/kesl")
    assert life.purged.one("kaspersky", "interception-ca")["confidence"] == "confirmed"
    assert all(f["state"] == "residue" for f in life.purged.find("kaspersky", "kesl"))


def test_diff_tells_what_each_step_changed(life):
    scans = [s.json["scan"] for s in (life.before, life.installed, life.removed)]
    product = life.installed.one("kaspersky", "kesl")["id"]

    appeared = life.debar("diff", "-o", "json", scans[0], scans[1]).json["changes"]
    changed = life.debar("diff", "-o", "json", scans[1], scans[2]).json["changes"]
    gone = life.debar("diff", "-o", "json", scans[1], scans[0]).json["changes"]

    assert (product, "appeared") in [(c["id"], c["change"]) for c in appeared]
    assert {c["change"] for c in appeared} == {"appeared"}
    [change] = [c for c in changed if c["id"] == product]
    assert (change["change"], change["before"]["state"], change["after"]["state"]) == ("changed", "installed", "residue")
    assert {c["change"] for c in gone} == {"gone"} and len(gone) == len(appeared)


def test_same_scan_twice_gives_the_same_findings(life):
    again = life.scan()

    assert again.findings == life.purged.findings
    assert again.json["host"] == life.purged.json["host"]
    same = life.debar("diff", again.json["scan"], life.purged.json["scan"])
    assert same.out == "Nothing appeared, went or changed.\n"
