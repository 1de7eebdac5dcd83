# SPDX-License-Identifier: Apache-2.0
"""What is kept of a scan, and everything that is answered from it later."""
import csv
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess

import jsonschema
import pytest

from debar_program import ABSENT, ERROR, FOUND, TOP, UNKNOWN, Debar, environment, path_of, valid
from making import Certificates, embedded_engine, installed_kesl, make_root, many_files, write

LOCK = ('{"lockfileVersion": 3, "packages": {"node_modules/@kaspersky/hexa-ui": {"version": "6.0.0", '
        '"resolved": "https://npm.example.org/@kaspersky/hexa-ui/-/hexa-ui-6.0.0.tgz"}}}\n')


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """A root with findings of every kind, and what could not be examined."""
    root = embedded_engine(tmp_path_factory.mktemp("rich") / "root")
    installed_kesl(root)
    write(root, {
        "srv/app/node_modules/@kaspersky/hexa-ui/package.json": '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n',
        "srv/app/node_modules/@rspack/core/package.json": '{"name": "@rspack/core", "version": "1.0.0"}\n',
        "srv/lock/package-lock.json": LOCK, "srv/damaged/package-lock.json": LOCK[:60], "srv/krd.iso": bytes(2048),
        "srv/odd\nname%/krd.iso": bytes(2048)})
    Certificates(tmp_path_factory.mktemp("keys")).pem(
        root / "usr/local/share/ca-certificates/kes.crt",
        "/O=AO Kaspersky Lab/CN=Kaspersky Endpoint Security Personal Certification Authority")
    return root


@pytest.fixture(scope="module")
def stored(tmp_path_factory, rich):
    """debar with one stored scan of the root, and that scan."""
    debar = Debar(tmp_path_factory.mktemp("stored") / "state")
    return debar, debar.scan("--root", rich)


def test_rich_root_has_findings_of_every_kind(stored):
    _, scan = stored

    assert {f["confidence"] for f in scan.findings} == {"confirmed", "probable", "trace"}
    assert {"installed", "present", "referenced"} <= {f["state"] for f in scan.findings}
    assert {f["vendor"] for f in scan.findings} == {"kaspersky", "bytedance"}
    assert [u["reason"] for u in scan.coverage["unexamined"]] == ["damaged"]


def test_match_answers_what_the_scan_answered(stored):
    debar, scan = stored
    match = debar("match", "-o", "json")

    assert match.code == scan.code
    assert match.out == scan.run.out


@pytest.mark.parametrize("orders", ["bod-17-01", "ndaa-1634,bytedance-far-52.204-27", "ndaa-889"])
def test_match_for_other_orders_equals_a_scan_for_them(stored, rich, orders, debar):
    match = stored[0]("match", "--orders", orders, "-o", "json")
    scan = debar.scan("--root", rich, "--orders", orders)

    assert match.code == scan.code
    assert [o["id"] for o in match.json["orders"]] == sorted(orders.split(","))
    for key in ("findings", "orders", "verdict", "coverage", "host"):
        assert match.json[key] == scan.json[key], key


def test_match_does_not_touch_the_disk(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    scan = debar.scan("--root", root)
    shutil.rmtree(root)

    match = debar("match", "-o", "json")

    assert match.code == FOUND and match.json["findings"] == scan.findings


def test_match_is_unknown_about_what_the_inventory_was_not_scanned_with(tmp_path):
    root = write(make_root(tmp_path / "root"), {"opt/acme/agent.bin": "x\n"})
    debar = Debar(tmp_path / "state")
    assert debar.scan("--root", root).code == ABSENT
    data = tmp_path / "data"
    shutil.copytree(TOP / "orders", data / "orders")
    shutil.copytree(TOP / "catalogue", data / "catalogue")
    catalogue = data / "catalogue/kaspersky.yaml"
    catalogue.write_text(catalogue.read_text(encoding="utf-8").replace(
        "\nindicators:\n", "\nindicators:\n"
        "  - id: kaspersky.path.later\n    product: kesl\n    field: path\n    op: exact\n"
        "    value: /opt/acme/agent.bin\n    strength: strong\n    scope: branded\n    source: a test\n"
        "    hit: [/opt/acme/agent.bin]\n", 1), encoding="utf-8")
    done = subprocess.run(debar.command("match", "-o", "json"), stdout=subprocess.PIPE, check=False,
                          env=environment(DEBAR_DATA=str(data)))
    match = json.loads(done.stdout)

    valid(match)
    assert done.returncode == UNKNOWN and match["verdict"] == "unknown"
    assert match["unknown_indicators"] == ["kaspersky.path.later"]


def test_inventory_validates_against_the_official_schema(stored, rich):
    document = stored[0]("inventory", "-o", "cyclonedx").json

    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    names = {c["name"] for c in document["components"]}
    assert {"kesl", "@rspack/core", "core"} & names and len(names) > 3
    folder = os.environ.get("DEBAR_SCHEMAS")
    if not folder:
        return
    schemas = {p: json.loads((pathlib.Path(folder) / "cyclonedx" / p).read_text())
               for p in ("bom-1.6.schema.json", "spdx.schema.json", "jsf-0.82.schema.json")}
    store = {s["$id"]: s for s in schemas.values()}
    bom = schemas["bom-1.6.schema.json"]
    jsonschema.Draft7Validator(bom, resolver=jsonschema.RefResolver(bom["$id"], bom, store=store)).validate(document)


def test_inventory_has_a_table(stored):
    table = stored[0]("inventory")

    assert table.code == ABSENT and "kesl" in table.out and "@kaspersky/hexa-ui" in table.out


def test_every_finding_is_explained_on_one_screen(stored):
    debar, scan = stored
    for finding in scan.findings:
        short, whole = debar("explain", finding["id"]), debar("explain", "--all", finding["id"][:13])

        assert short.code == ABSENT and len(short.out.splitlines()) <= 66, finding["name"]
        assert finding["id"] in short.out and finding["confidence"] in short.out
        assert finding["indicators"][0]["id"] in short.out
        for indicator in finding["indicators"]:
            assert indicator["id"] in whole.out and indicator["place"] in whole.out
        for place in finding["places"]:
            assert place in whole.out


def test_explain_of_nothing_says_so(stored):
    run = stored[0]("explain", "ffffffff")

    assert run.code == ERROR and "debar findings" in run.err and run.out == ""


@pytest.mark.parametrize("options, wanted", [
    (["--vendor", "bytedance"], lambda f: f["vendor"] == "bytedance"),
    (["--confidence", "confirmed,probable"], lambda f: f["confidence"] != "trace"),
    (["--confidence", "trace"], lambda f: f["confidence"] == "trace"),
    (["--state-is", "referenced"], lambda f: f["state"] == "referenced"),
    (["--orders", "bod-17-01"], lambda f: any(o["id"] == "bod-17-01" and o["covered"] for o in f["orders"])),
    (["--vendor", "kaspersky", "--state-is", "installed"], lambda f: f["vendor"] == "kaspersky" and f["state"] == "installed"),
    (["--vendor", "huawei"], lambda f: False),
])
def test_findings_are_filtered(stored, options, wanted):
    debar, scan = stored
    run = debar("findings", "-o", "json", *options)
    expected = [f["id"] for f in scan.findings if wanted(f)]

    assert [f["id"] for f in run.json["findings"]] == expected
    assert run.code == (FOUND if expected else ABSENT)


def test_same_findings_in_every_format(stored, tmp_path):
    debar, scan = stored
    files = {name: tmp_path / f"report.{name}" for name in ("json", "jsonl", "csv", "html", "text")}
    run = debar("findings", *[w for name, path in files.items() for w in ("-o", f"{name}={path}")], "-o", "jsonl")

    assert run.code == FOUND and sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in files.values())
    ids = {f["id"] for f in scan.findings}
    assert {f["id"] for f in json.loads(files["json"].read_text())["findings"]} == ids
    lines = [json.loads(line) for line in files["jsonl"].read_text().splitlines()]
    assert {line["finding"]["id"] for line in lines if line["type"] == "finding"} == ids and run.out == files["jsonl"].read_text()
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text(), newline="")))
    assert ids == {row["finding"] for row in rows}
    html = files["html"].read_text()
    assert all(f["name"] in html and (f["confidence"] == "trace" or f["id"] in html) for f in scan.findings)
    assert all(f["name"] in files["text"].read_text() for f in scan.findings if f["confidence"] != "trace")


def test_places_with_odd_names_lead_back(stored, rich):
    [place] = [p for f in stored[1].findings for p in f["places"] if "odd" in p]

    assert place == f"{rich}/srv/odd%0Aname%25/krd.iso"
    assert path_of(place).decode() == f"{rich}/srv/odd\nname%/krd.iso"


def test_id_of_a_finding_depends_on_the_host_and_the_place_in_its_root_alone(tmp_path, debar):
    first = installed_kesl(tmp_path / "first")
    moved, other = tmp_path / "moved", installed_kesl(tmp_path / "other", machine_id="f" * 32)
    shutil.copytree(first, moved)
    before = debar.scan("--root", first, now="2020-01-01").one("kaspersky", "kesl")["id"]

    assert debar.scan("--root", moved, "--orders", "bod-17-01").one("kaspersky", "kesl")["id"] == before
    assert debar.scan("--root", other).one("kaspersky", "kesl")["id"] != before


def test_host_is_the_target_and_not_the_scanner(stored, rich):
    host = stored[1].json["host"]

    assert host["name"] == "made" and "Debian" in host["os"] and "kernel" not in host
    assert "0123456789abcdef" not in json.dumps(host), "the machine-id itself is nobody's business"
    assert stored[1].json["root"] == str(rich)


def test_stored_scans_are_listed_and_chosen(tmp_path, debar):
    empty = make_root(tmp_path / "empty")
    first, second = debar.scan("--root", installed_kesl(tmp_path / "kesl")), debar.scan("--root", empty)
    listed = debar("scans").out.splitlines()

    assert [line.split()[0] for line in listed] == [second.json["scan"], first.json["scan"]]
    assert debar("findings", "-o", "json").json["findings"] == []
    chosen = debar("findings", "--scan", first.json["scan"][:8], "-o", "json")
    assert [f["product"] for f in chosen.json["findings"]] == ["kesl"]


def test_no_store_leaves_nothing(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    places = {name: tmp_path / name for name in ("home", "xdg", "tmp", "cwd")}
    for path in places.values():
        path.mkdir()
    system = sorted(os.listdir("/var/lib"))
    env = environment(HOME=str(places["home"]), XDG_STATE_HOME=str(places["xdg"]), XDG_CACHE_HOME=str(places["xdg"]),
                      TMPDIR=str(places["tmp"]))
    done = subprocess.run(debar.command("scan", "--no-store", "--root", root, "-o", "json"), cwd=places["cwd"], env=env,
                          stdout=subprocess.PIPE, check=False)

    assert done.returncode == FOUND and json.loads(done.stdout)["findings"]
    assert all(not any(path.iterdir()) for path in places.values())
    assert not debar.state.exists() and sorted(os.listdir("/var/lib")) == system


def test_own_state_is_no_object_of_a_scan(tmp_path):
    root = installed_kesl(tmp_path / "root")
    debar = Debar(root / "var/lib/debar")
    debar.scan("--root", root)
    again = debar.scan("--root", root)

    assert again.coverage["skipped"]["own-state"] >= 1
    assert [f["product"] for f in again.findings] == ["kesl"]
    assert not [p for p in again.findings[0]["places"] if "/var/lib/debar" in p]


def test_two_scans_on_one_state_folder(tmp_path, memory_path, debar):
    slow = make_root(memory_path / "slow")
    many_files(slow / "srv", 30000)
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()}
    first = subprocess.Popen(debar.command("scan", "--root", slow, "-o", "json"), **options)
    while not (debar.state / "debar.db").exists() and first.poll() is None:
        pass
    first.send_signal(signal.SIGSTOP)
    second = subprocess.Popen(debar.command("scan", "--root", installed_kesl(tmp_path / "kesl"), "-o", "json"), **options)
    said = second.stderr.readline().decode()
    first.send_signal(signal.SIGCONT)
    outputs = [json.loads(p.communicate(timeout=120)[0]) for p in (first, second)]

    assert "another scan" in said and str(debar.state) in said, said
    assert [p.returncode for p in (first, second)] == [ABSENT, FOUND]
    assert outputs[0]["coverage"]["seen"] >= 30000 and [f["product"] for f in outputs[1]["findings"]] == ["kesl"]
    assert len(debar("scans").out.splitlines()) == 2


def test_store_that_was_killed_in_the_middle_is_used_again(tmp_path, memory_path, debar):
    slow = make_root(memory_path / "slow")
    many_files(slow / "srv", 20000)
    killed = subprocess.Popen(debar.command("scan", "--root", slow), stdout=subprocess.DEVNULL, env=environment())
    while not (debar.state / "debar.db").exists() and killed.poll() is None:
        pass
    killed.kill()
    killed.wait()

    scan = debar.scan("--root", installed_kesl(tmp_path / "kesl"))

    assert scan.code == FOUND
    assert debar("findings", "-o", "json").json["findings"] == scan.findings

