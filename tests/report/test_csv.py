# SPDX-License-Identifier: Apache-2.0
import csv
import io
import json

import pytest


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("name", ["found", "absent", "many", "hostile", "excepted"])
def test_one_row_for_each_finding_and_order(sample, name):
    findings = json.loads(sample("json", name))["findings"]
    expected = [(f["id"], o["id"]) for f in findings for o in f["orders"]]
    assert [(row["finding"], row["order"]) for row in rows(sample("csv", name))] == expected


def test_a_row_says_whether_it_counts(sample):
    got = {(r["name"], r["order"]): (r["counts"], r["covered"], r["status"]) for r in rows(sample("csv", "found"))}
    assert got["Nordwall Endpoint Shield for Linux", "statute-12"] == ("yes", "yes", "open")
    assert got["Nordwall Anti-Malware Engine", "directive-31-07"] == ("no", "no", "open")
    assert got["Nordwall Lab Agent", "statute-12"] == ("no", "yes", "excepted")
    assert got["Nordwall update servers", "statute-12"] == ("no", "yes", "open")


def test_lines_end_as_the_rfc_says_and_every_row_is_as_long_as_the_header(sample):
    text = sample("csv", "hostile")
    assert text.endswith("\r\n")
    table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert {len(row) for row in table} == {21}


def test_no_cell_is_a_formula(sample):
    for name in ("hostile", "found"):
        for row in csv.reader(io.StringIO(sample("csv", name), newline="")):
            for cell in row:
                assert not cell.lstrip(" \0").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b",
                                                         "\uff0d", "\uff20")), cell
    names = [row["name"] for row in rows(sample("csv", "hostile"))]
    assert "'=HYPERLINK(\"http://example.com\")" in names
    assert "'  =cmd|' /C calc'!A0" in names
    assert 'a,b"c",d' in names


def test_what_is_harmless_is_not_touched(sample):
    shield = rows(sample("csv", "found"))[0]
    assert shield["version"] == "12.1.0.1543"
    assert shield["place_count"] == "8"
    assert shield["places"].split("\n")[0] == "/etc/init.d/nordshield"
    assert len(shield["places"].split("\n")) == 8
