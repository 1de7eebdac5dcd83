# SPDX-License-Identifier: Apache-2.0
"""`debar scan --packages`: the packages of a full scan, without opening anything else, and never "absent"."""
import json
import zipfile

import pytest

from debar_program import FOUND, UNKNOWN, place_of
from making import elf, installed_kesl, make_root, write

KASPERSKY_PACKAGE = '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n'
DECLARED = {
    "srv/app/package.json": '{"name": "app", "version": "1.2.3"}\n',
    "srv/app/node_modules/left-pad/package.json": '{"name": "left-pad", "version": "1.3.0"}\n',
    "srv/app/Cargo.lock": 'version = 3\n[[package]]\nname = "serde"\nversion = "1.0.0"\n'
                          'source = "registry+https://github.com/rust-lang/crates.io-index"\n',
    "usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\n",
}
OTHERS = {"srv/app/index.js": "module.exports = 1\n", "srv/notes.txt": "kesl\n", "etc/crontab": "# nothing\n"}


@pytest.fixture
def root(tmp_path):
    top = write(installed_kesl(tmp_path / "root"), {**DECLARED, **OTHERS})
    elf(top / "srv/bin/agent", "int main(void) { return 0; }\n")
    with zipfile.ZipFile(top / "srv/packed.zip", "w") as packed:
        packed.writestr("package.json", KASPERSKY_PACKAGE)
    return top


def packages(debar):
    def each(components):
        for c in components:
            yield c.get("purl")
            yield from each(c.get("components", []))

    return sorted(p for p in each(debar("inventory", "-o", "cyclonedx").json["components"]) if p)


def test_the_packages_are_those_of_a_full_scan_and_nothing_else_is_opened(root, debar):
    alone = debar.scan("--packages", "--root", root)
    listed = packages(debar)
    full = debar.scan("--root", root)

    assert listed == [p for p in packages(debar) if "kaspersky" not in p], "what is packed is left out"
    assert {"pkg:npm/left-pad@1.3.0", "pkg:cargo/serde@1.0.0", "pkg:pypi/six@1.16.0"} <= set(listed)
    assert alone.code == FOUND and alone.one("kaspersky", "kesl")["state"] == "installed"
    assert alone.coverage["skipped"]["not-of-packages"] >= len(OTHERS) + 2, alone
    assert alone.coverage["examined"] < full.coverage["examined"] and not alone.unexamined()


def test_without_a_finding_the_answer_is_unknown(tmp_path, debar):
    write(make_root(tmp_path / "root"), {**DECLARED, **OTHERS})

    assert debar.scan("--packages", "--root", tmp_path / "root").code == UNKNOWN


def test_every_report_says_that_there_may_be_more(root, tmp_path, debar):
    outputs = {name: tmp_path / name for name in ("text", "html", "cyclonedx")}
    debar("scan", "--packages", "--root", root, *(f"--output={name}={file}" for name, file in outputs.items()))
    said = {name: " ".join(file.read_text().split()) for name, file in outputs.items()}

    assert "There may be more than was found." in said["text"] and "Scan again without --packages" in said["text"]
    assert "There may be more than was found." in said["html"] and "was left unexamined" not in said["html"]
    assert [c["aggregate"] for c in json.loads(said["cyclonedx"])["compositions"] if "host" in c["assemblies"]] == ["incomplete"]


def test_a_table_that_is_named_is_read_all_the_same(tmp_path, debar):
    write(tmp_path, {"goods.csv": "vendor,product,version\nKaspersky,Kaspersky Endpoint Security,12.2\n"})

    assert debar.scan("--packages", f"csv:{tmp_path}/goods.csv").one("kaspersky")["places"] == [f"{place_of(tmp_path)}/goods.csv!/row 2"]
