# SPDX-License-Identifier: Apache-2.0
"""Manifests of package managers and of deployment refer to products; what they leave out or take away they do not."""
import pytest

from debar_program import ABSENT
from making import write

PLIST = '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">%s</plist>\n'
MANIFESTS = {
    "manifests/k/a.installer.yaml": "PackageIdentifier: Kaspersky.KasperskySafeKids\nPackageVersion: 1.0\nManifestType: installer\n",
    "kaspersky.nuspec": "<package><metadata><id>endpoint</id><version>1</version><title>x</title><authors>AO Kaspersky Lab</authors>"
                        "<packageSourceUrl>https://a.test</packageSourceUrl></metadata></package>",
    "bucket/tool.json": '{"version": "1", "url": "https://products.s.kaspersky-labs.com/a.zip", "homepage": "https://a.test"}',
    "Casks/k/endpoint.rb": 'cask "endpoint" do\n  version "1"\n  name "Endpoint"\n  uninstall launchctl: "com.kaspersky.kav"\nend\n',
    "PKGBUILD": "pkgname=('kesl')\npkgver=12\n",
    ".SRCINFO": "pkgbase = kesl\n\tpkgver = 12\npkgname = kesl\n",
    "pkgsinfo/e.plist": PLIST % "<dict><key>catalogs</key><array/><key>name</key><string>E</string><key>developer</key><string>AO Kaspersky Lab"
                                "</string></dict>",
    "e.munki.recipe": PLIST % "<dict><key>Identifier</key><string>t</string><key>Input</key><dict><key>NAME</key><string>E</string><key>pkginfo"
                              "</key><dict><key>developer</key><string>Kaspersky Lab</string></dict></dict></dict>",
    "charts/values.yaml": "image:\n  repository: repo.kcs.kaspersky.com/images/kcs-middleware\n  tag: v2\n",
    "any-name.yml": "- hosts: all\n  tasks:\n    - ansible.builtin.package: {name: kesl, state: present}\n",
    "server.ks": "%packages\n@core\nkesl\n%end\n",
    "seed": "#cloud-config\npackages:\n  - kesl\n",
}
DECOYS = {
    "1/server.ks": "# kesl\n%packages\n@core\n-kesl\nkeslert\n%end\n",
    "2/tasks/main.yml": "- apt: {name: [kesl, klnagent64], state: absent}\n- yum: name=kesl state=removed\n# - apt: {name: kesl}\n",
    "3/x.yaml": "# PackageIdentifier: Kaspersky.KasperskySafeKids\nnote: Kaspersky.KasperskySafeKids\n",
    "4/PKGBUILD": "# pkgname=kesl\npkgname=other\npkgdesc='unlike kesl'\nconflicts=('kesl')\n",
    "5/Casks/other.rb": '# cask "kaspersky"\ncask "other" do\n  desc "Unlike Kaspersky Endpoint Security"\nend\n',
    "6/bucket/other.json": '{"version": "1", "url": "https://a.test/x", "description": "removes Kaspersky Endpoint Security", "notes": "AO Kaspersky Lab"}',
    "7/user-data": "#cloud-config\n# packages: [kesl]\npackages: [other]\n",
}


@pytest.fixture(scope="module")
def scanned(session_debar, tmp_path_factory):
    tree = write(tmp_path_factory.mktemp("deployment"), {f"{i}/{n}": t for i, (n, t) in enumerate(MANIFESTS.items())})
    scan = session_debar.scan(tree)
    return scan, {p[len(str(tree)) + 1:].split("/", 1)[1]: f for f in scan.findings for p in f["places"]}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_refers_to_what_it_installs(scanned, name):
    scan, found = scanned

    assert name in found, scan
    assert found[name]["state"] == "referenced" and found[name]["confidence"] != "confirmed", scan
    assert found[name]["vendor"] == "kaspersky"


def test_what_is_left_out_or_taken_away_is_nothing(debar, tmp_path):
    scan = debar.scan(write(tmp_path / "tree", DECOYS))

    assert scan.findings == [] and scan.code == ABSENT, scan
