# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib

import jsonschema
import pytest

SAMPLES = ["found", "absent", "bare", "many"]


@pytest.fixture(scope="module")
def validator():
    """The official schema, with the two that it refers to."""
    if "DEBAR_SCHEMAS" not in os.environ:
        pytest.skip("DEBAR_SCHEMAS is not set: the official CycloneDX schema is not at hand")
    folder = pathlib.Path(os.environ["DEBAR_SCHEMAS"]) / "cyclonedx"
    names = ("bom-1.6.schema.json", "jsf-0.82.schema.json", "spdx.schema.json")
    schemas = [json.loads((folder / name).read_text()) for name in names]
    resolver = jsonschema.RefResolver.from_schema(schemas[0], store={s["$id"]: s for s in schemas})
    return jsonschema.Draft7Validator(schemas[0], resolver=resolver, format_checker=jsonschema.FormatChecker())


def properties(thing):
    return {p["name"]: p["value"] for p in thing["properties"]}


@pytest.mark.parametrize("name", SAMPLES)
def test_it_follows_the_official_schema(sample, validator, name):
    validator.validate(json.loads(sample("cyclonedx", name)))


def test_references_are_unique(sample):
    bom = json.loads(sample("cyclonedx", "found"))
    refs = [bom["metadata"]["component"]["bom-ref"]] + [c["bom-ref"] for c in bom["components"] + bom["services"]]
    assert len(set(refs)) == len(refs)


def test_the_serial_number_is_the_scan(sample):
    assert json.loads(sample("cyclonedx", "found"))["serialNumber"] == "urn:uuid:3f8a1b52-7a53-5c50-9b1c-2d7c36f0a4ee"
    assert "serialNumber" not in json.loads(sample("cyclonedx", "bare"))


def test_a_package_has_its_words_and_the_files_it_owns(sample):
    package = json.loads(sample("cyclonedx", "found"))["components"][0]

    assert package["name"] == "nordshield" and package["version"] == "12.1.0.1543"
    assert package["supplier"] == {"name": "Nordwall Research AS"}
    assert package["manufacturer"] == {"name": "Nordwall Research AS"}
    assert package["publisher"] == "Nordwall"
    assert [a["name"] for a in package["authors"]] == ["Ada Example <ada@example.com>", "Bob Example"]
    assert package["purl"].startswith("pkg:deb/") and package["cpe"].startswith("cpe:2.3:a:nordwall:")
    assert [o["location"] for o in package["evidence"]["occurrences"]] == [
        "/var/lib/dpkg/status", "/opt/nordwall/shield/lib64/libnwengine.so.12"]
    assert package["evidence"]["occurrences"][1]["additionalContext"].startswith("owned file")
    assert {i["field"] for i in package["evidence"]["identity"]} == {"name", "purl", "cpe"}
    assert properties(package)["debar:maintainer"] == "Nordwall Support <support@example.com>"


def test_one_identity_at_two_places_is_one_component(sample):
    found = [c for c in json.loads(sample("cyclonedx", "found"))["components"] if c["name"] == "left-pad"]
    assert len(found) == 1
    assert [o["location"] for o in found[0]["evidence"]["occurrences"]] == [
        "/srv/a/node_modules/left-pad/package.json", "/srv/b/package-lock.json"]
    assert properties(found[0])["debar:state"] == "installed"


def test_the_same_file_outside_the_package_stands_alone(sample):
    found = [c for c in json.loads(sample("cyclonedx", "found"))["components"] if c["name"] == "libnwengine.so.12"]
    assert [o["location"] for c in found for o in c["evidence"]["occurrences"]] == ["/srv/copy/libnwengine.so.12"]
    assert found[0]["hashes"] == [{"alg": "SHA-256", "content":
                                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]
    assert properties(found[0])["debar:1:signer-cn"] == "Nordwall Research AS"
    assert properties(found[0])["debar:2:signer-cn"] == "Time Stamp Example"
    assert properties(found[0])["debar:magic:hex"] == "7f454c4600ff"


def test_what_the_format_would_refuse_is_a_property(sample):
    found = [c for c in json.loads(sample("cyclonedx", "found"))["components"] if c["name"] == "left-pad"][0]
    assert "hashes" not in found and "cpe" not in found and "externalReferences" not in found
    assert properties(found)["debar:sha256"] == "not a digest"
    assert properties(found)["debar:cpe"] == "nonsense"
    assert properties(found)["debar:homepage"] == "javascript:alert(1)"


def test_an_owner_that_is_not_there_hides_nothing(sample):
    found = [c for c in json.loads(sample("cyclonedx", "found"))["components"] if c["name"] == "strange"]
    assert properties(found[0])["debar:owner"] == "deb:not-in-the-inventory"


def test_services_and_certificates_are_what_they_are(sample):
    bom = json.loads(sample("cyclonedx", "found"))
    assert [s["name"] for s in bom["services"]] == ["nordshield.service"]
    assert bom["services"][0]["provider"] == {"name": "Nordwall"}
    assert bom["services"][0]["endpoints"] == ["https://update.nordwall.example/v1"]
    assert properties(bom["services"][0])["debar:place"] == "/etc/systemd/system/nordshield.service"
    certificate = [c for c in bom["components"] if c["type"] == "cryptographic-asset"][0]
    assert certificate["name"] == "Nordshield Root"
    assert certificate["cryptoProperties"]["certificateProperties"]["subjectName"] == (
        "CN=Nordshield Root, O=Nordwall Research AS")


def test_completeness_is_never_claimed(sample):
    def aggregate(name):
        return json.loads(sample("cyclonedx", name))["compositions"][0]["aggregate"]

    assert aggregate("found") == "incomplete"
    assert aggregate("absent") == "unknown"
    assert aggregate("stopped") == "incomplete"
