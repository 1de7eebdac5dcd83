# SPDX-License-Identifier: Apache-2.0
"""What orders and exceptions make of the same machine, and the exit codes."""
import hashlib
import struct

import pytest

from debar_program import ABSENT, ERROR, FOUND, TOP, UNKNOWN, under
from making import embedded_engine, installed_kesl, make_root, write

NOW = "2026-06-15"


@pytest.fixture
def kesl_root(tmp_path):
    return installed_kesl(tmp_path / "kesl")


@pytest.fixture
def engine_root(tmp_path):
    return embedded_engine(tmp_path / "engine")


def test_embedded_code_is_in_under_the_law_and_out_under_the_directive(engine_root, debar):
    scan = debar.scan("--root", engine_root, "--orders", "bod-17-01,ndaa-1634")
    finding = scan.one("kaspersky", "scan-engine")

    assert finding["confidence"] in ("probable", "confirmed")
    assert (under(finding, "ndaa-1634")["covered"], under(finding, "bod-17-01")["covered"]) == (True, False)
    assert "embedded" in under(finding, "bod-17-01")["why"].lower()
    assert (scan.order("ndaa-1634")["verdict"], scan.order("bod-17-01")["verdict"]) == ("found", "absent")
    assert scan.code == FOUND


def test_exit_codes(kesl_root, engine_root, tmp_path, debar):
    empty = make_root(tmp_path / "empty")

    assert debar("scan", "--root", kesl_root).code == FOUND
    assert debar("scan", "--root", empty).code == ABSENT
    assert debar("scan", "--root", engine_root, "--orders", "bod-17-01").code == ABSENT
    assert debar("scan", "--root", tmp_path / "no-such-root").code == ERROR
    write(empty, {"srv/package-lock.json": '{"lockfileVersion": 3, "packages": '})
    assert debar("scan", "--root", empty).code == UNKNOWN
    write(kesl_root, {"srv/package-lock.json": '{"lockfileVersion": 3, "packages": '})
    assert debar("scan", "--root", kesl_root).code == FOUND, "what was found stays found"


def test_orders_that_name_no_vendor_of_the_finding_say_nothing_of_it(kesl_root, debar):
    scan = debar.scan("--root", kesl_root, "--orders", "ndaa-889")

    [finding] = scan.findings
    assert finding["orders"] == [] and scan.code == ABSENT


def test_traces_change_no_verdict(tmp_path, debar):
    root = write(make_root(tmp_path / "root"), {"srv/krd.iso": bytes(100)})
    scan = debar.scan("--root", root)

    assert [f["confidence"] for f in scan.findings] == ["trace"] and scan.code == ABSENT


def exception(folder, name, **changes):
    values = {"schema": "debar.exception/1", "id": name, "kind": "finding", "orders": "[ndaa-1634]", "who": "A. Officer",
              "why": "replacement is ordered", "until": "2026-06-30", "scope": "one host", "compensating_control": "isolated",
              **changes}
    path = folder / f"{name}.yaml"
    path.write_text("".join(f"{k}: {v}\n" for k, v in values.items() if v is not None))
    return path


def test_excepted_finding_stays_visible_and_counts_again_after_its_date(kesl_root, tmp_path, debar):
    finding = debar.scan("--root", kesl_root).one("kaspersky", "kesl")
    file = exception(tmp_path, "lab-7", finding=finding["id"])
    options = ["--root", kesl_root, "--exceptions", file, "--orders", "ndaa-1634"]

    on_the_day = debar.scan(*options, now="2026-06-30T12:00:00Z")
    the_day_after = debar.scan(*options, now="2026-07-01T12:00:00Z")

    answer = under(on_the_day.one("kaspersky", "kesl"), "ndaa-1634")
    assert (answer["covered"], answer["status"], answer["exception"], answer["until"]) == (True, "excepted", "lab-7", "2026-06-30")
    assert on_the_day.code == ABSENT and on_the_day.order("ndaa-1634")["verdict"] == "absent"
    answer = under(the_day_after.one("kaspersky", "kesl"), "ndaa-1634")
    assert (answer["covered"], answer["status"], answer["exception"]) == (True, "open", "lab-7")
    assert the_day_after.code == FOUND


def test_exception_is_for_its_orders_only(kesl_root, tmp_path, debar):
    file = exception(tmp_path, "by-place", match="{vendor: kaspersky, product: kesl}")
    scan = debar.scan("--root", kesl_root, "--exceptions", file, now=NOW)
    finding = scan.one("kaspersky", "kesl")

    assert under(finding, "ndaa-1634")["status"] == "excepted"
    assert under(finding, "bod-17-01")["status"] == "open"
    assert scan.order("ndaa-1634")["verdict"] == "absent" and scan.code == FOUND


def test_exception_for_another_finding_does_nothing(kesl_root, tmp_path, debar):
    file = exception(tmp_path, "other", finding="00000000-0000-5000-8000-000000000000")
    scan = debar.scan("--root", kesl_root, "--exceptions", file, "--orders", "ndaa-1634", now=NOW)

    assert under(scan.one("kaspersky", "kesl"), "ndaa-1634")["status"] == "open" and scan.code == FOUND


@pytest.mark.parametrize("changes, said", [
    ({"until": "2026-02-30"}, "until"), ({"whom": "x"}, "whom"), ({"who": None}, "who"), ({"orders": "[ndaa-1635]"}, "ndaa-1634"),
])
def test_wrong_exception_file_is_refused_with_its_line(kesl_root, tmp_path, debar, changes, said):
    file = exception(tmp_path, "wrong", finding="00000000-0000-5000-8000-000000000000", **changes)
    run = debar("scan", "--root", kesl_root, "--exceptions", file, now=NOW)

    assert run.code == ERROR and run.out == ""
    assert f"{file}:" in run.err and said in run.err


def test_accepted_gap_is_a_skip_rule_until_its_date(tmp_path, debar):
    root = write(make_root(tmp_path / "root"), {"srv/package-lock.json": '{"lockfileVersion": 3, "packages": '})
    file = exception(tmp_path, "gap", kind="coverage", orders=None, coverage=f"{{place: {root}/srv/package-lock.json}}")
    options = ["--root", root, "--exceptions", file]

    accepted, later = debar.scan(*options, now=NOW), debar.scan(*options, now="2026-07-01")

    assert accepted.code == ABSENT and accepted.coverage["skipped"]["accepted-gap"] == 1
    assert later.code == UNKNOWN and later.unexamined() == [f"{root}/srv/package-lock.json"]


def locked_zip(name):
    """One entry whose flags say that it is encrypted."""
    data = b"\x01" * 20
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 1, 0, 0, 0x21, 0, len(data), 8, len(name), 0)
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 1, 0, 0, 0x21, 0, len(data), 8, len(name), 0, 0, 0, 0,
                        0, 0)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(entry) + len(name), len(local) + len(name) + len(data), 0)
    return local + name + data + entry + name + end


@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_gap_is_accepted_by_the_digest_of_the_file_alone(tmp_path, debar, sandbox):
    vault = locked_zip(b"secret.txt")
    root = make_root(tmp_path / "root")
    for name, bytes_ in (("vault.zip", vault), ("moved.zip", vault), ("changed.zip", locked_zip(b"secret.exe"))):
        (root / "srv").mkdir(exist_ok=True)
        (root / "srv" / name).write_bytes(bytes_)
    digest = hashlib.sha256(vault).hexdigest()
    files = [exception(tmp_path, "vault", kind="coverage", orders=None, coverage=f"{{sha256: {digest}, reason: encrypted}}"),
             exception(tmp_path, "other", kind="coverage", orders=None, coverage=f"{{sha256: {'0' * 64}}}")]
    scan = debar.scan("--root", root, "--sandbox", sandbox, *(w for f in files for w in ("--exceptions", f)), now=NOW)

    assert scan.code == UNKNOWN and scan.unexamined() == [f"{root}/srv/changed.zip!/secret.exe"]
    assert scan.coverage["skipped"]["accepted-gap"] == 2


def test_own_order_files_can_be_used(kesl_root, tmp_path, debar):
    text = (TOP / "orders/bod-17-01.yaml").read_text().replace("id: bod-17-01", "id: house-rule")
    (tmp_path / "house-rule.yaml").write_text(text)
    scan = debar.scan("--root", kesl_root, "--orders", tmp_path / "house-rule.yaml")

    assert [o["id"] for o in scan.json["orders"]] == ["house-rule"] and scan.code == FOUND
