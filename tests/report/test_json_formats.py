# SPDX-License-Identifier: Apache-2.0
import copy
import json
import pathlib

import jsonschema
import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((TOP / "docs/schema/debar.scan-1.schema.json").read_text())
SAMPLES = ["found", "absent", "unknown", "traces", "excepted", "many", "hostile", "stopped", "matched", "bare"]


def closed(schema):
    """The schema with nothing allowed that it does not name: what we write must all be in it."""
    schema = copy.deepcopy(schema)

    def walk(node):
        if isinstance(node, dict):
            if "properties" in node and "additionalProperties" not in node:
                node["additionalProperties"] = False
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema)
    return schema


def assert_balanced(coverage):
    assert coverage["examined"] + sum(coverage["skipped"].values()) + len(coverage["unexamined"]) == coverage["seen"]


def test_the_schema_itself_is_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_report_follows_the_schema_and_balances(sample, name):
    document = json.loads(sample("json", name))
    jsonschema.Draft202012Validator(closed(SCHEMA)).validate(document)
    assert_balanced(document["coverage"])


@pytest.mark.parametrize("change", [
    lambda d: d["findings"][0].pop("places"),
    lambda d: d["findings"][0].update(confidence="mention"),
    lambda d: d["findings"][0]["places"].append("relative/path"),
    lambda d: d["coverage"].pop("unexamined"),
    lambda d: d["coverage"]["unexamined"][0].update(reason="bored"),
    lambda d: d["coverage"]["skipped"].update(laziness=3),
    lambda d: d.update(verdict="clean"),
    lambda d: d.update(schema="debar.scan/2"),
    lambda d: d["orders"][0].pop("verdict"),
    lambda d: d.update(started="yesterday"),
])
def test_the_schema_refuses_what_is_wrong(sample, change):
    document = json.loads(sample("json", "found"))
    change(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_the_document_says_what_the_scan_said(sample):
    document = json.loads(sample("json", "found"))

    assert document["verdict"] == "found"
    assert [(o["id"], o["verdict"]) for o in document["orders"]] == [
        ("directive-31-07", "found"), ("statute-12", "found"), ("surveillance-equipment-list-2023", "found")]
    assert len(document["findings"]) == 6
    shield = document["findings"][0]
    assert shield["vendor"] == "nordwall" and shield["state"] == "running" and shield["confidence"] == "confirmed"
    assert shield["orders"][0] == {
        "id": "directive-31-07", "scope": "branded", "covered": True, "status": "open",
        "why": "Definition of branded products: security products that the company or a related company supplies, "
               "directly or indirectly."}
    assert len(shield["places"]) == 8
    assert shield["indicators"][0]["offset"] == 184223
    excepted = document["findings"][3]["orders"][0]
    assert excepted["status"] == "excepted" and excepted["until"] == "2027-06-30"
    assert document["coverage"]["unexamined"][0] == {
        "place": "/home/bob/vault.zip", "reason": "encrypted", "detail": "entry 3 of 12 needs a password"}
    assert document["coverage"]["skipped"] == {"symlink": 24310, "special-file": 214, "pseudo-file-system": 9}


def test_places_are_whole_however_long(sample):
    places = json.loads(sample("json", "hostile"))["findings"][0]["places"]
    assert len(places[0]) == 4096
    assert places[1] == "/srv/<b>%0A!/\u05e9\u05dc\u05d5\u05dd/=1+1.txt"


def test_everything_unexamined_is_listed(sample):
    assert len(json.loads(sample("json", "many"))["coverage"]["unexamined"]) == 1000


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_an_account_that_does_not_add_up_is_an_error_and_the_document_is_whole(run_sample, name):
    result = run_sample(name, "unbalanced")
    assert result.returncode == 1
    assert b"does not add up" in result.stderr
    for line in result.stdout.decode().splitlines() if name == "jsonl" else [result.stdout]:
        json.loads(line)


@pytest.mark.parametrize("name", SAMPLES)
def test_lines_hold_the_same_as_the_document(sample, name):
    document = json.loads(sample("json", name))
    text = sample("jsonl", name)
    lines = [json.loads(line) for line in text.split("\n")[:-1]]

    assert text.endswith("\n")
    assert [line["type"] for line in lines] == (
        ["scan"] + ["finding"] * len(document["findings"]) +
        ["unexamined"] * len(document["coverage"]["unexamined"]) + ["end"])
    assert [line["finding"] for line in lines if line["type"] == "finding"] == document["findings"]
    assert [line["unexamined"] for line in lines if line["type"] == "unexamined"] == document["coverage"]["unexamined"]
    for key in ("verdict", "host", "orders", "started", "schema"):
        assert lines[0][key] == document[key]
    assert lines[-1]["coverage"]["unexamined"] == len(document["coverage"]["unexamined"])
    assert lines[-1]["verdict"] == document["verdict"]
