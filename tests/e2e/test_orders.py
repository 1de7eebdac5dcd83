# SPDX-License-Identifier: Apache-2.0
"""`debar orders` and `debar catalogue`, as a person at a terminal meets them."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


def program():
    for folder in filter(None, [os.environ.get("DEBAR_BUILD"), TOP / "build-test", TOP / "build"]):
        if (pathlib.Path(folder) / "debar").exists():
            return pathlib.Path(folder) / "debar"
    pytest.fail("debar is not built")


def debar(*words, data=TOP):
    done = subprocess.run([program(), *map(str, words)], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False,
                          env=dict(os.environ, DEBAR_DATA=str(data), DEBAR_NOW="2026-12-01T12:00:00Z"))
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def data(tmp_path):
    for folder in ("orders", "catalogue"):
        shutil.copytree(TOP / folder, tmp_path / folder)
    return tmp_path


def change(path, find, replace):
    text = path.read_text()
    assert find in text
    path.write_text(text.replace(find, replace, 1))


def test_list_names_every_order_and_its_vendors():
    code, out, err = debar("orders", "list")
    assert (code, err) == (0, "")
    assert {line.split()[0] for line in out.splitlines()[1:]} == {p.stem for p in (TOP / "orders").glob("*.yaml")}
    assert re.search(r"^bod-17-01 +2017-09-13  kaspersky +\S", out, re.M)


def test_show_says_what_is_in_and_out_and_until_when():
    code, out, err = debar("orders", "show", "bod-17-01")
    assert (code, err) == (0, "")
    assert "Citation      Binding Operational Directive 17-01" in out
    assert "2017-10-13 (past), identify" in out
    assert re.search(r"^Out of scope  embedded: ", out, re.M)
    assert max(len(line) for line in out.splitlines() if "://" not in line) <= 100


def test_an_unknown_word_is_met_with_a_suggestion():
    assert debar("orders", "show", "bod-1701") == (
        2, "", "debar: no order has the id 'bod-1701'; did you mean 'bod-17-01'?\n")
    assert debar("orders", "chek") == (2, "", "debar: `debar orders chek` is unknown; did you mean 'check'?\n")
    assert debar("orders", "list", "--exeptions", "x")[2] == (
        "debar: unknown option --exeptions; did you mean --exceptions?\n")


def test_the_shipped_orders_are_sound():
    code, out, err = debar("orders", "check")
    assert (code, err) == (0, "")
    assert out == f"{len(list((TOP / 'orders').glob('*.yaml')))} orders: no problem\n"


def test_check_reports_every_problem_of_every_file(data):
    change(data / "orders/bod-17-01.yaml", "issued: 2017-09-13", "issued: 2017-09-31")
    change(data / "orders/bod-17-01.yaml", "vendors: [kaspersky]", "vendors: [kaspersy]")
    change(data / "orders/lt-2017.yaml", "title:", "titel:")
    code, out, err = debar("orders", "check", data=data)
    assert (code, err) == (2, "")
    assert out.replace(f"{data}/orders/", "") == (
        "bod-17-01.yaml:8: 'issued' is '2017-09-31'; expected a date, YYYY-MM-DD\n"
        "bod-17-01.yaml:16: unknown vendor 'kaspersy'; did you mean 'kaspersky'?\n"
        "lt-2017.yaml:4: unknown key 'titel' in an order; did you mean 'title'?\n"
        "lt-2017.yaml:2: an order needs the key 'title'\n")


def test_check_of_one_file_knows_the_installed_catalogues(data):
    mine = data / "mine.yaml"
    mine.write_text((TOP / "orders/lt-2017.yaml").read_text().replace("id: lt-2017", "id: mine"))
    assert debar("orders", "check", mine) == (0, "1 order: no problem\n", "")


def test_a_class_that_an_order_leaves_open_is_noted(data):
    text = (TOP / "orders/lt-2017.yaml").read_text()
    text = re.sub(r"    - class: training\n      clause: .*\n(      .*\n|        .*\n)*?(?=    - class|[a-z])", "", text)
    (data / "orders/lt-2017.yaml").write_text(text)
    code, out, _ = debar("orders", "check", data=data)
    assert code == 0
    assert "lt-2017.yaml: scope says nothing of class 'training'; what is of it will not be covered\n" in out


def test_exceptions_are_checked_against_what_their_order_allows(tmp_path):
    exception = tmp_path / "lab.yaml"
    exception.write_text("schema: debar.exception/1\nid: lab\nkind: finding\n"
                         "match: {vendor: bytedance, product: tiktok, place: \"/opt/lab/**\"}\n"
                         "orders: [bytedance-far-52.204-27]\nwho: Head of the laboratory\nwhy: Research\n"
                         "until: 2027-06-01\nscope: One telephone\ncompensating_control: No account\n")
    assert debar("orders", "check", "--exceptions", exception)[1].endswith(" orders, 1 exception: no problem\n")
    change(exception, "2027-06-01", "2028-06-01")
    assert debar("orders", "check", "--exceptions", exception) == (
        2, f"{exception}:8: order 'bytedance-far-52.204-27' allows 365 days at most; "
           "expected 'until' 2027-12-01 or earlier\n", "")


def test_a_data_folder_without_data_is_said(tmp_path):
    assert debar("orders", "list", data=tmp_path) == (
        2, "", f"debar: DEBAR_DATA is '{tmp_path}', which holds no folders orders and catalogue\n")


def test_a_program_in_its_build_folder_reads_its_own_tree():
    done = subprocess.run([program(), "orders", "show", "bod-17-01"], text=True, stdout=subprocess.PIPE, check=True,
                          env={k: v for k, v in os.environ.items() if k != "DEBAR_DATA"})
    assert f"File          {TOP}/orders/bod-17-01.yaml\n" in done.stdout


def test_catalogue_list_counts_what_is_known():
    code, out, err = debar("catalogue")
    assert (code, err) == (0, "")
    assert {line.split()[0] for line in out.splitlines()[1:]} == {
        p.stem for p in (TOP / "catalogue").glob("*.yaml")}


def test_catalogue_show_gives_a_vendor_or_one_indicator():
    code, out, _ = debar("catalogue", "show", "kaspersky")
    assert code == 0
    assert re.search(r"^kaspersky\.pkg\.kesl +package +conclusive +branded$", out, re.M)
    code, out, _ = debar("catalogue", "show", "kaspersky.publisher.ao-kaspersky-lab")
    assert code == 0
    assert "Test          publisher names 'kaspersky lab'" in out
    assert debar("catalogue", "show", "kaspersy") == (
        2, "", "debar: no vendor or indicator is called 'kaspersy'; did you mean 'kaspersky'?\n")


def test_the_shipped_catalogues_do_as_their_examples_say():
    code, out, err = debar("catalogue", "check")
    assert (code, err) == (0, ""), out
    assert re.fullmatch(r"\d+ catalogues, \d+ indicators, \d{4,} examples: no problem\n", out)


def test_catalogue_check_runs_the_examples_of_a_file(data):
    path = data / "catalogue/zte.yaml"
    text = path.read_text()
    indicator = re.search(r"  - id: (zte\.\S+)\n(?:    .*\n)*?    hit: \[", text)
    path.write_text(text[:indicator.end()] + "qqq-qqq, " + text[indicator.end():])
    code, out, err = debar("catalogue", "check", path)
    assert (code, err) == (2, "")
    assert out.endswith(f"indicator '{indicator.group(1)}': 'qqq-qqq' stands under 'hit' but is not matched\n")
    assert out.count("\n") == 1


def test_catalogue_check_says_why_an_expression_does_not_compile(data):
    path = data / "catalogue/mine.yaml"
    path.write_text("schema: debar.catalogue/1\nvendor: mine\ntitle: Mine\n"
                    "entities: [{name: Mine, relation: named, source: x}]\n"
                    "products: [{id: a, name: A, kind: vpn, platforms: [any], source: x}]\n"
                    "indicators:\n"
                    "  - {id: mine.a.b, product: a, field: name, op: regex, value: \"a(b\", strength: weak,\n"
                    "     scope: branded, source: x, hit: [ab]}\n")
    code, out, err = debar("catalogue", "check", path)
    assert (code, err) == (2, "")
    assert out.startswith(f"{path}:7: regular expression 'a(b': ")


@pytest.mark.parametrize("page,source", [("debar-order", "order_*.c"), ("debar-catalogue", "catalogue_*.c"),
                                         ("debar-exception", "exception_*.c")])
def test_every_key_of_a_format_is_in_its_manual(page, source):
    keys = [key for file in (TOP / "src/order").glob(source) for key in re.findall(r'\] = \{"([a-z0-9_]+)"', file.read_text())]
    assert len(keys) > 10
    manual = (TOP / "docs/man" / f"{page}.5").read_text()
    assert [key for key in keys if not re.search(rf"\b{key}\b", manual)] == []
