# SPDX-License-Identifier: Apache-2.0
"""False alarms are defects: what only names, resembles or attacks a vendor's product is no finding above trace."""
import pathlib
import types

import pytest

import decoys
from debar_program import TOP, Debar, path_of
from making import Certificates, Windows, make_root, write
from programs import run

SOUND = {"nothing": (), "trace": ("trace",)}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """The reports of a scan that found products."""
    root = make_root(tmp_path_factory.mktemp("earlier"), machine_id="fedcba9876543210fedcba9876543210")
    write(root, {
        "var/lib/dpkg/status": "Package: kesl\nStatus: install ok installed\nVersion: 12.2.0-2412\nArchitecture: amd64\n"
                               "Maintainer: AO Kaspersky Lab\nDescription: Kaspersky Endpoint Security for Linux\n\n",
        "opt/kaspersky/kesl/bin/kesl-control": "#!/bin/sh\n",
        "srv/node_modules/@kaspersky/hexa-ui/package.json": '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n'})
    debar = Debar(tmp_path_factory.mktemp("earlier-state"))
    assert debar.scan("--root", root).verdict == "found"
    store = (debar.state / "debar.db").read_bytes()
    reports = {f"reports/debar-report.{name}": debar("findings", "-o", name).out_bytes
               for name in ("json", "jsonl", "csv", "html", "text")}
    assert all(b"kaspersky" in r.lower() for r in reports.values())
    reports["state/debar.db"] = store
    return reports


@pytest.fixture(scope="module")
def tools(tmp_path_factory, earlier):
    """What the rows make their decoys with; whatever is left over on the way stays out of their folders."""
    def scratch():
        return tmp_path_factory.mktemp("scratch")

    def sign(party, program, to):
        run("osslsigncode", "sign", "-certs", party.certificate, "-key", party.key, "-h", "sha256", "-in", program, "-out", to)

    return types.SimpleNamespace(windows=Windows(scratch()), certificates=Certificates(scratch()), scratch=scratch(), sign=sign,
                                 earlier_reports=earlier)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, tools):
    """All rows, each in a folder of its name."""
    folder = tmp_path_factory.mktemp("decoys")
    for name, _, _, make in decoys.ROWS:
        (folder / name).mkdir()
        make(folder / name, tools)
    return folder


@pytest.fixture(scope="module")
def together(corpus, session_debar):
    return session_debar.scan(corpus)


def row_of(place, corpus):
    return pathlib.Path(path_of(place).decode()).relative_to(corpus).parts[0]


def false_alarms(scan, most, wanted=lambda finding: True):
    return [(f["product"], f["confidence"], f["places"][:5], [i["id"] for i in f["indicators"]], f.get("reason"))
            for f in scan.findings if wanted(f) and f["confidence"] not in SOUND[most]]


@pytest.mark.parametrize("name, most", [r[:2] for r in decoys.ROWS], ids=[r[0] for r in decoys.ROWS])
def test_decoy_is_no_finding(name, most, corpus, together):
    mine = false_alarms(together, most, lambda f: any(row_of(p, corpus) == name for p in f["places"]))

    assert mine == []


def test_the_words_of_a_decoy_are_a_trace_at_most(corpus, session_debar):
    assert false_alarms(session_debar.scan("--every-byte", corpus), "trace") == []


@pytest.mark.parametrize("name, most", [r[:2] for r in decoys.ROWS if r[2]], ids=[r[0] for r in decoys.ROWS if r[2]])
def test_decoy_is_no_finding_as_a_root_of_its_own(name, most, corpus, debar):
    scan = debar.scan("--root", corpus / name)

    assert false_alarms(scan, most) == []
    assert scan.verdict == "absent", scan


def test_decoys_are_examined_and_change_no_verdict(corpus, together):
    files = sum(1 for p in corpus.rglob("*") if not p.is_dir() or p.is_symlink())

    assert together.coverage["unexamined"] == []
    assert together.coverage["seen"] >= files
    assert together.verdict == "absent" and together.code == 0


def test_own_checkout_has_no_finding(debar):
    scan = debar.scan(TOP)

    assert scan.findings == [], scan
