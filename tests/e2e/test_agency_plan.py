# SPDX-License-Identifier: Apache-2.0
"""The plan that an order asks agencies for, from plans of machines and a file of answers."""
import csv
import io
import json

import jsonschema
import pytest

from debar_program import ABSENT, ERROR, TOP, UNKNOWN, Debar
from making import installed_kesl, make_root

NOW = "2017-11-01T10:00:00Z"
SCHEMA = json.loads((TOP / "docs/schema/debar.agency-plan-1.schema.json").read_text())
ANSWERS = {
    "agency_name": "Department of Roads", "components": '["Bridges", "Tunnels, east"]', "mission": "Traffic lights",
    "contact": '{name: "A. Person", telephone: "+1 555 0100", email: person@roads.example}', "agreements": "none",
    "removal_timeline": "by 1 February 2018", "controls": "anti-malware", "replacements": "not chosen yet",
    "replacement_timeline": "before the removal", "challenges": "none foreseen", "costs": '"12,000 dollars"'}


def answers(path, leave_out=()):
    path.write_text("schema: debar.agency/1\norder: bod-17-01\n"
                    + "".join(f"{k}: {v}\n" for k, v in ANSWERS.items() if k not in leave_out))
    return path


def report(debar, *arguments, code=ABSENT, form="json"):
    run = debar("plan", "--report", "bod-17-01", "-o", form, "--quiet", *arguments, now=NOW)
    assert run.code == code, run
    return run


@pytest.fixture
def scanned(tmp_path, debar):
    debar.scan("--root", installed_kesl(tmp_path / "root"), now=NOW)
    return debar


def test_the_plan_has_all_14_elements_in_every_form(scanned, tmp_path):
    file = answers(tmp_path / "agency.yaml")
    run = report(scanned, "--agency", file, "-o", f"csv={tmp_path}/a.csv", "-o", f"html={tmp_path}/a.html")

    plan = run.json
    jsonschema.validate(plan, SCHEMA)
    assert "".join(e["id"] for e in plan["elements"]) == "abcdefghijklmn"
    assert plan["complete"] and all(e["lines"] and not e["missing"] for e in plan["elements"])
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text(), newline="")))
    assert rows[0] == ["element", "title", "status", "label", "text"]
    assert [r[4] for r in rows if r[0] == "f"] == ["Bridges", "Tunnels, east"]
    assert sorted({r[0] for r in rows[1:]}) == list("abcdefghijklmn")
    page = (tmp_path / "a.html").read_text()
    assert "Every element is addressed" in page and "person@roads.example" in page


def test_what_is_missing_is_named_and_the_plan_is_not_called_complete(scanned, tmp_path):
    file = answers(tmp_path / "agency.yaml", leave_out=("mission", "costs"))
    run = report(scanned, "--agency", file, code=UNKNOWN)

    assert not run.json["complete"]
    assert [e["id"] for e in run.json["elements"] if e["missing"]] == ["g", "n"]
    assert "g. Mission function: key 'mission'" in run.err and "n. Costs: key 'costs'" in run.err and str(file) in run.err


def test_without_answers_the_way_to_give_them_is_told(scanned):
    run = report(scanned, code=UNKNOWN)
    assert "11 of 14 elements" in run.err and "--agency-template" in run.err


def test_the_template_can_be_filled_in(scanned, tmp_path):
    template = scanned("plan", "--report", "bod-17-01", "--agency-template", now=NOW)
    assert template.code == ABSENT
    (tmp_path / "filled.yaml").write_text(
        "".join(f"{line} x\n" if line.endswith(":") and line != "contact:" and not line.startswith("#") else f"{line}\n"
                for line in template.out.splitlines()))

    assert report(scanned, "--agency", tmp_path / "filled.yaml").json["complete"]


def test_machines_are_counted_from_their_plans_each_once(scanned, tmp_path):
    other = Debar(tmp_path / "other-state")
    other.scan("--root", installed_kesl(tmp_path / "other", machine_id="f" * 32), now=NOW)
    plan = other("plan", "--orders", "bod-17-01", "-o", f"json={tmp_path}/other.json", "--quiet", now=NOW)
    assert plan.code != ERROR, plan

    counted = report(scanned, "--with", tmp_path / "other.json", code=UNKNOWN).json
    assert [p["endpoints"] for p in counted["products"]] == [2]
    counts = counted["counts"]
    assert counts["found"] == sum(counts[k] for k in ("for-others", "removed", "mitigated", "excepted", "remaining")) == 2

    scanned("plan", "--orders", "bod-17-01", "-o", f"json={tmp_path}/own.json", "--quiet", now=NOW)
    twice = report(scanned, "--with", tmp_path / "own.json", code=ERROR)
    assert "one machine" in twice.err


def test_plan_of_other_orders_is_not_counted(scanned, tmp_path):
    scanned("plan", "-o", f"json={tmp_path}/all.json", "--quiet", now=NOW)
    run = report(scanned, "--with", tmp_path / "all.json", code=ERROR)
    assert "was not made under bod-17-01 alone" in run.err


def test_wrong_answers_are_refused_with_their_line(scanned, tmp_path):
    (tmp_path / "agency.yaml").write_text("schema: debar.agency/1\norder: bod-17-01\nmision: x\n")
    run = report(scanned, "--agency", tmp_path / "agency.yaml", code=ERROR)
    assert ":3: unknown key 'mision'" in run.err and "did you mean 'mission'" in run.err


@pytest.mark.parametrize("order, said", [("ndaa-1634", "asks for no plan"), ("bod-17-1", "no order has the id")])
def test_order_that_asks_for_none(scanned, order, said):
    run = scanned("plan", "--report", order, now=NOW)
    assert run.code == ERROR and said in run.err


def test_nothing_found_is_reported_too(tmp_path, debar):
    debar.scan("--root", make_root(tmp_path / "root"), now=NOW)
    plan = report(debar, code=UNKNOWN).json

    assert plan["counts"]["found"] == 0
    assert plan["elements"][2]["lines"] == [{"text": "None of the products was found."}]
