# SPDX-License-Identifier: Apache-2.0
"""Bills of materials are inventories of something else: read, wherever they lie and whatever they are called."""
import json
import os
import pathlib

import jsonschema
import pytest

from debar_program import FOUND
from making import write

COMPONENTS = [
    {"type": "application", "bom-ref": "kesl", "name": "kesl", "version": "12.2.0", "supplier": {"name": "AO Kaspersky Lab"}},
    {"type": "application", "name": "carrier", "components": [
        {"type": "library", "group": "@kaspersky", "name": "hexa-ui", "version": "6.0.0", "purl": "pkg:npm/%40kaspersky/hexa-ui@6.0.0"}]},
]
CLEAN = [{"type": "library", "name": "left-pad", "version": "1.3.0", "purl": "pkg:npm/left-pad@1.3.0",
          "description": "unlike anything of AO Kaspersky Lab", "properties": [{"name": "note", "value": "no kesl here"}],
          "pedigree": {"ancestors": [{"type": "library", "name": "kesl", "supplier": {"name": "AO Kaspersky Lab"}}]}}]
SPDX_PACKAGES = [("SPDXRef-1", "klnagent64", "15.1", "Organization: AO Kaspersky Lab (info@kaspersky.test)")]


def cyclonedx(components, version="1.5", **more):
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": version, "version": 1, "components": components, **more})


def cyclonedx_xml(version, inner):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/{version}" version="1">'
            f"<components>{inner}</components></bom>\n")


def spdx_json(version, packages):
    return json.dumps({
        "spdxVersion": version, "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "d", "documentNamespace": "https://d.test/1",
        "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: t"]},
        "packages": [{"SPDXID": i, "name": n, "versionInfo": v, "supplier": s, "downloadLocation": "NOASSERTION"}
                     for i, n, v, s in packages]}, sort_keys=True)


def spdx_tags(packages):
    return "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n" + "".join(
        f"\nPackageName: {n}\nSPDXID: {i}\nPackageVersion: {v}\nPackageSupplier: {s}\n" for i, n, v, s in packages)


SPDX_3 = json.dumps({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
    {"type": "Organization", "spdxId": "urn:o", "name": "AO Kaspersky Lab"},
    {"type": "software_Package", "spdxId": "urn:p", "name": "klnagent64", "software_packageVersion": "15.1", "suppliedBy": "urn:o"}]})
KESL_XML = '<component type="application"><supplier><name>AO Kaspersky Lab</name></supplier><name>kesl</name><version>12</version></component>'

BILLS = {
    "a.bin": cyclonedx(COMPONENTS[:1]),
    "b.json": cyclonedx(COMPONENTS[1:], "1.2"),
    "subject.json": cyclonedx([], metadata={"component": {"type": "device", "name": "Box"}, "supplier": {"name": "Kaspersky Lab"}}),
    "services.json": cyclonedx([], services=[{"name": "updates", "provider": {"name": "AO Kaspersky Lab"}}]),
    "c": cyclonedx_xml("1.2", KESL_XML),
    "d.xml": cyclonedx_xml("1.6", f"<component type='application'><name>carrier</name><components>{KESL_XML}</components></component>"),
    "e.json": spdx_json("SPDX-2.3", SPDX_PACKAGES),
    "f.txt": spdx_json("SPDX-2.2", SPDX_PACKAGES),
    "g": spdx_tags(SPDX_PACKAGES),
    "h.jsonld": SPDX_3,
}
DECOYS = {
    "clean.cdx.json": cyclonedx(CLEAN, metadata={"tools": {"components": [
        {"type": "application", "name": "kesl", "supplier": {"name": "AO Kaspersky Lab"}}]}}),
    "clean.xml": cyclonedx_xml("1.4", f"<component type='library'><name>x</name><pedigree><ancestors>{KESL_XML}</ancestors></pedigree></component>"),
    "clean.spdx": "SPDXVersion: SPDX-2.3\nPackageName: x\nPackageComment: <text>\nPackageName: kesl\nPackageSupplier: Organization: "
                  "AO Kaspersky Lab\n</text>\n",
    "clean.spdx.json": spdx_json("SPDX-2.3", [("SPDXRef-1", "keslert", "1", "Organization: Example")]),
    "page.html": "<html>http://cyclonedx.org/schema/bom/1.5 kesl AO Kaspersky Lab</html>",
}


@pytest.fixture(scope="module")
def scanned(session_debar, tmp_path_factory):
    tree = write(tmp_path_factory.mktemp("bills"), {f"{i}/{n}": t for i, (n, t) in enumerate({**BILLS, **DECOYS}.items())})
    scan = session_debar.scan(tree)
    names = {f"{tree}/{i}/{n}": n for i, n in enumerate({**BILLS, **DECOYS})}
    return scan, {names[p]: f for f in scan.findings for p in f["places"]}


@pytest.mark.parametrize("name", BILLS)
def test_what_a_bill_lists_is_referenced(scanned, name):
    scan, found = scanned

    assert name in found, scan
    assert (found[name]["state"], found[name]["confidence"]) == ("referenced", "probable"), scan
    assert found[name]["vendor"] == "kaspersky"


def test_what_a_bill_only_mentions_is_nothing(scanned):
    scan, found = scanned

    assert set(found) == set(BILLS), scan
    assert scan.unexamined() == [] and scan.code == FOUND, scan


def test_a_bill_is_the_same_without_processes_of_its_own(debar, tmp_path):
    tree = write(tmp_path / "tree", BILLS)
    key = lambda scan: sorted((f["id"], f["product"], f["confidence"], f["reason"]) for f in scan.findings)

    assert key(debar.scan(tree, "--sandbox=off")) == key(debar.scan(tree))


def test_a_damaged_bill_is_a_gap(debar, tmp_path):
    tree = write(tmp_path / "tree", {"cut.json": BILLS["a.bin"][:-20], "cut.xml": BILLS["c"][:-20], "v2": spdx_tags([]).replace("2.3", "1.2")})

    scan = debar.scan(tree)

    assert {u["place"].split("/")[-1]: u["reason"] for u in scan.coverage["unexamined"]} == {
        "cut.json": "damaged", "cut.xml": "damaged", "v2": "unsupported"}, scan


def test_debar_reads_back_its_own_bill(debar, tmp_path):
    root = write(tmp_path / "root", {
        "var/lib/dpkg/status": "Package: kesl\nStatus: install ok installed\nVersion: 12.2.0-1\nArchitecture: amd64\n"
                               "Maintainer: AO Kaspersky Lab\nDescription: x\n\n",
        "opt/kaspersky/kesl/libexec/kesl": "x", "etc/os-release": "ID=debian\n"})
    first = debar.scan("--root", root)
    assert first.code == FOUND, first
    write(tmp_path, {"bill/any-name": debar("inventory", "-o", "cyclonedx").out})

    again = debar.scan(tmp_path / "bill")

    finding = again.one("kaspersky", "kesl")
    assert (finding["state"], finding["confidence"], finding["version"]) == ("referenced", "probable", "12.2.0-1"), again


def test_the_bills_are_valid():
    if "DEBAR_SCHEMAS" not in os.environ:
        pytest.skip("DEBAR_SCHEMAS is not set: the official schemas are not at hand")
    folder = pathlib.Path(os.environ["DEBAR_SCHEMAS"])
    schemas = {n: json.loads((folder / "cyclonedx" / n).read_text())
               for n in ("bom-1.6.schema.json", "spdx.schema.json", "jsf-0.82.schema.json")}
    bom = schemas["bom-1.6.schema.json"]
    resolver = jsonschema.RefResolver(bom["$id"], bom, store={s["$id"]: s for s in schemas.values()})
    cyclonedx_1_6 = jsonschema.Draft7Validator(bom, resolver=resolver)

    for name in ("a.bin", "b.json", "subject.json", "services.json"):
        cyclonedx_1_6.validate({**json.loads(BILLS[name]), "specVersion": "1.6"})
    jsonschema.validate(json.loads(BILLS["e.json"]), json.loads((folder / "spdx/spdx-2.3-schema.json").read_text()))
