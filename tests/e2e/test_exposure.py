# SPDX-License-Identifier: Apache-2.0
"""What is kept of a product before it is removed, and what is concluded from it."""
import hashlib
import json
import os
import pathlib
import shutil
import tempfile

import jsonschema
import pytest

from debar_program import ABSENT, ERROR, FOUND, TOP, UNKNOWN, needs_root
from making import build_deb, installed_kesl, make_root, write

NOW = "2026-06-15T10:00:00Z"
DATA = "var/opt/kaspersky/kesl"
SCHEMA = json.loads((TOP / "docs/schema/debar.exposure-1.schema.json").read_text())


def kept_files(folder):
    return {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def root(tmp_path):
    """A root with the Linux product as it was in use: in full with the cloud, two objects set aside."""
    return write(installed_kesl(tmp_path / "root"), {
        f"{DATA}/private/exported_settings.ini": "[AppSettings]\nUseKSN=Extended\nProxyServer=proxy.example:8080\n",
        f"{DATA}/common/agreements.ini": "[Agreements]\nKsn=\x1b[31myes\n",
        f"{DATA}/common/objects-backup/1": b"\0\1\2", f"{DATA}/common/objects-backup/a b/2": b"x" * 5000,
        f"{DATA}/private/storage/events.db": b"SQLite format 3\0", "var/log/kaspersky/kesl/kesl_launcher.log": "start\n",
        "lib/systemd/system/kesl.service": "[Unit]\n[Service]\nExecStart=/opt/kaspersky/kesl/libexec/launcher\n"})


def exposure(debar, *arguments, code=FOUND, **options):
    run = debar("exposure", "-o", "json", *arguments, now=NOW, **options)
    assert run.code == code, run
    jsonschema.validate(run.json, SCHEMA)
    return run.json


def test_everything_kept_is_a_subject_of_the_statement_with_its_digest(root, tmp_path, debar):
    debar.scan("--root", root, now=NOW)
    report = exposure(debar, "--to", tmp_path / "kept")
    files = kept_files(tmp_path / "kept")
    statement = json.loads(files.pop("statement.json").read_text())

    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert {s["name"]: s["digest"] for s in statement["subject"]} == {n: {"sha256": sha256(p)} for n, p in files.items()}
    for path in (f"{DATA}/common/objects-backup/a b/2", f"{DATA}/private/storage/events.db", "var/log/kaspersky/kesl/kesl_launcher.log"):
        assert files[f"files/{path}"].read_bytes() == (root / path).read_bytes()
    assert json.loads(files["exposure.json"].read_text()) == report
    assert {p.stat().st_mode & 0o777 for p in files.values()} == {0o600}
    entry = next(f for f in report["files"] if f["path"].endswith("/a b/2"))
    assert entry["size"] == 5000 and entry["kind"] == "quarantine" and entry["sha256"] == sha256(root / entry["path"][1:])


def test_full_participation_with_objects_set_aside_is_likely_and_says_why(root, debar):
    scan = debar.scan("--root", root, now=NOW)
    report = exposure(debar)

    [finding] = report["findings"]
    assert finding["id"] == scan.one("kaspersky", "kesl")["id"]
    assert finding["conclusion"] == report["conclusion"] == "likely"
    values = {(f["topic"], f["what"]): f["value"] for f in finding["facts"] if "value" in f}
    assert values["sending", "Use of Kaspersky Security Network"].startswith("Extended (")
    assert values["server", "Proxy server"] == "proxy.example:8080"
    assert values["privilege", "Its service ran as"].startswith("root")
    assert NOW <= finding["first-present"] <= finding["last-present"]
    assert any("2 records" in r for r in finding["reasons"])
    assert any("passwords" in step for step in finding["follow-up"])


def test_the_same_collection_gives_the_same_bytes(root, tmp_path, debar):
    debar.scan("--root", root, now=NOW)
    for name in ("a", "b"):
        exposure(debar, "--to", tmp_path / name)

    assert {n: sha256(p) for n, p in kept_files(tmp_path / "a").items()} == {n: sha256(p) for n, p in kept_files(tmp_path / "b").items()}


def test_text_for_people_shows_what_a_file_says_and_obeys_none_of_it(root, debar):
    debar.scan("--root", root, now=NOW)
    run = debar("exposure", now=NOW)

    assert run.code == FOUND and "Exposure: likely" in run.out
    assert "\x1b" not in run.out and r"Ksn=\x1B[31myes" in run.out


def test_off_is_none_seen_and_a_log_that_was_not_kept_is_said(root, debar):
    shutil.rmtree(root / DATA / "common/objects-backup")
    (root / DATA / "private/exported_settings.ini").write_text("[AppSettings]\nUseKSN=No\n")
    debar.scan("--root", root, now=NOW)
    assert exposure(debar, code=ABSENT)["conclusion"] == "none seen"

    shutil.rmtree(root / "var/log/kaspersky")
    report = exposure(debar, code=UNKNOWN)

    assert report["conclusion"] == "none seen"
    assert [f["place"] for f in report["findings"][0]["facts"] if f.get("not-known")] == ["/var/log/kaspersky/**"]


def test_product_that_only_lies_in_an_archive_is_none_seen(tmp_path, debar):
    root = make_root(tmp_path / "root")
    (root / "srv").mkdir()
    shutil.move(build_deb(tmp_path, "kesl", {"opt/kaspersky/kesl/bin/kesl": "#!/bin/sh\n"}), root / "srv")
    debar.scan("--root", root, now=NOW)

    report = exposure(debar, code=ABSENT)

    assert report["findings"] and {f["conclusion"] for f in report["findings"]} == {"none seen"}


def test_only_the_finding_that_was_named(root, debar):
    scan = debar.scan("--root", root, now=NOW)
    known = scan.findings[0]["id"]

    assert [f["id"] for f in exposure(debar, "--finding", known[:8])["findings"]] == [known]
    wrong = debar("exposure", "--finding", "ffffffff", now=NOW)
    assert wrong.code == ERROR and "no finding of the stored scan" in wrong.err


def test_links_lead_nowhere(root, tmp_path, debar):
    secret = write(tmp_path / "outside", {"secret": "s3cret\n"}) / "secret"
    (root / DATA / "common/objects-backup/link").symlink_to(secret)
    shutil.rmtree(root / "var/log/kaspersky")
    (root / "var/log/kaspersky").symlink_to(secret.parent)
    debar.scan("--root", root, now=NOW)

    report = exposure(debar, "--to", tmp_path / "kept")

    assert not [n for n, p in kept_files(tmp_path / "kept").items() if b"s3cret" in p.read_bytes()]
    said = [f["place"] for f in report["findings"][0]["facts"] if "link" in f["what"]]
    assert sorted(said) == ["/var/log/kaspersky", f"/{DATA}/common/objects-backup/link"]


def test_a_folder_that_is_there_is_never_written_into(root, tmp_path, debar):
    debar.scan("--root", root, now=NOW)
    (tmp_path / "there").mkdir()
    run = debar("exposure", "--to", tmp_path / "there", now=NOW)

    assert run.code == ERROR and "there already" in run.err and not list((tmp_path / "there").iterdir())


@needs_root
def test_a_removal_keeps_the_evidence_before_it_removes_and_after_it_was_undone(root, debar):
    events = (root / DATA / "private/storage/events.db").read_bytes()
    debar.scan("--root", root, now=NOW)
    plan = debar("plan", "--orders", "bod-17-01", "--allow", "no-uninstaller=deb", "-o", "json", "--quiet", now=NOW).json
    removed = debar("remove", plan["id"], "--yes", now=NOW)

    assert removed.code == ABSENT and not (root / DATA).exists(), removed
    assert "evidence of Kaspersky Endpoint Security for Linux is kept" in removed.err and "likely" in removed.err
    [kept] = (debar.state / "vault/evidence" / plan["id"]).iterdir()
    files = kept_files(kept)
    statement = json.loads(files.pop("statement.json").read_text())
    assert {s["name"]: s["digest"]["sha256"] for s in statement["subject"]} == {n: sha256(p) for n, p in files.items()}
    assert files[f"files/{DATA}/private/storage/events.db"].read_bytes() == events

    assert debar("undo", plan["id"], "--yes", now=NOW).code == ABSENT
    assert (root / DATA / "private/storage/events.db").read_bytes() == events and kept_files(kept)


@needs_root
def test_what_cannot_be_read_is_an_error_unless_that_was_asked_for(root, tmp_path, debar):
    debar.scan("--root", root, now=NOW)
    (root / DATA / "common/objects-backup/1").chmod(0o600)
    for path in (debar.state, *debar.state.rglob("*")):
        os.chown(path, 65534, 65534)
    for path in (tmp_path, *tmp_path.parents):
        if path.owner() == "root" and pathlib.Path(tempfile.gettempdir()) in path.parents:
            path.chmod(path.stat().st_mode | 0o055)
    out = tmp_path / "out"
    out.mkdir()
    os.chown(out, 65534, 65534)

    run = debar("exposure", "--to", out / "kept", now=NOW, as_user=65534)
    assert run.code == ERROR and "objects-backup/1" in run.err and "ermission" in run.err
    assert "statement.json" not in kept_files(out / "kept"), "what is not whole has no statement"

    report = exposure(debar, "--skip-unreadable", as_user=65534)
    assert [f["place"] for f in report["findings"][0]["facts"] if f["what"].startswith("Not kept")] == [
        f"/{DATA}/common/objects-backup/1"]
