# SPDX-License-Identifier: Apache-2.0
"""How sure a scan is of Windows programs: who signed them, whether that holds, and who is only claimed."""
import shutil

import pytest

from debar_program import ABSENT, FOUND, under
from making import windows_root
from programs import CODE, Parties, Party, flip, windows_program

SOURCE = "int main(void) { return 0; }\n"
VENDOR_FOLDER = "Program Files (x86)/Kaspersky Lab/Kaspersky 21.3"


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    return Parties(tmp_path_factory.mktemp("parties"))


@pytest.fixture(scope="module")
def programs(tmp_path_factory, parties):
    """One program in every shape of trust, made once."""
    folder = tmp_path_factory.mktemp("programs")
    unsigned = windows_program(folder, "unsigned.exe", source=SOURCE)
    signed = parties.sign(parties.vendor, unsigned, folder / "signed.exe")
    plain = windows_program(folder, "plain.exe", source=SOURCE, resource=None)
    nobody = Party(folder, "nobody", "/C=RU/serialNumber=1027739867473/O=AO Kaspersky Lab/CN=AO Kaspersky Lab", extensions=CODE)
    outer = parties.sign(parties.publisher, plain, folder / "outer.exe", digest="sha1")
    return {
        "unsigned": unsigned, "signed": signed, "tampered": flip(signed, 0x800, folder / "tampered.exe"),
        "plain-signed": parties.sign(parties.vendor, plain, folder / "plain-signed.exe"),
        "by-others": parties.sign(parties.publisher, unsigned, folder / "by-others.exe"),
        "self-signed": parties.sign(nobody, plain, folder / "self-signed.exe"),
        "dual": parties.sign(parties.vendor, outer, folder / "dual.exe", "-nest"),
        "plain": plain,
    }


@pytest.fixture
def scan_of(programs, parties, tmp_path, debar):
    """Scan a Windows volume that holds one of the programs; its finding, or None."""
    def scan(name, place="Users/ann/Downloads/tool.exe", trust=True):
        root = windows_root(tmp_path / "volume")
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(programs[name], root / place)
        result = debar.scan("--root", root, *(["--trust-ca", parties.ca.certificate] if trust else []))
        found = result.find(place=root / place)
        assert len(found) <= 1 and len(result.findings) == len(found), result
        return found[0] if found else None

    return scan


def said(finding):
    return " ".join([finding["reason"], *[i.get("note", "") for i in finding["indicators"]]])


@pytest.mark.parametrize("place", ["Users/ann/Downloads/tool.exe", f"{VENDOR_FOLDER}/avp.exe"])
@pytest.mark.parametrize("name", ["signed", "plain-signed"])
def test_verified_signature_of_the_vendor_confirms(scan_of, name, place):
    finding = scan_of(name, place)

    assert finding["confidence"] == "confirmed" and finding["state"] == "present"
    assert "verified signature" in finding["reason"]
    ogrn = next(i for i in finding["indicators"] if i["id"] == "kaspersky.signer.ogrn")
    assert (ogrn["effective"], ogrn["value"]) == ("conclusive", "1027739867473")


@pytest.mark.parametrize("place", ["Users/ann/Downloads/tool.exe", f"{VENDOR_FOLDER}/avp.exe"])
@pytest.mark.parametrize("name", ["signed", "plain-signed"])
def test_chain_to_nowhere_is_probable_and_says_so(scan_of, name, place):
    finding = scan_of(name, place, trust=False)

    assert finding["confidence"] == "probable"
    assert "trusted root" in said(finding), said(finding)


@pytest.mark.parametrize("place", ["Users/ann/Downloads/tool.exe", f"{VENDOR_FOLDER}/avp.exe"])
def test_one_changed_byte_is_said_to_break_the_signature(scan_of, place):
    finding = scan_of("tampered", place)

    assert finding["confidence"] in ("probable", "trace")
    assert "broken" in said(finding), said(finding)
    assert all(i["effective"] != "conclusive" for i in finding["indicators"])


@pytest.mark.parametrize("place", ["Users/ann/Downloads/tool.exe", f"{VENDOR_FOLDER}/avp.exe"])
def test_unsigned_claim_is_probable_at_most(scan_of, place):
    finding = scan_of("unsigned", place)

    assert finding["confidence"] in ("probable", "trace")
    assert "unsigned" in said(finding) or "no signature" in said(finding) or "not signed" in said(finding), said(finding)


def test_claim_under_somebody_elses_signature_is_said_to_be_so(scan_of):
    finding = scan_of("by-others")

    assert finding["confidence"] in ("probable", "trace")
    assert not [i for i in finding["indicators"] if i["id"].startswith("kaspersky.signer")]


def test_self_signed_with_every_name_is_a_trace(scan_of):
    finding = scan_of("self-signed")

    assert finding["confidence"] == "trace" and "self-signed" in said(finding)


def test_inner_signature_counts_too(scan_of):
    finding = scan_of("dual")

    assert finding["confidence"] == "confirmed"


def test_program_of_nobody_is_found_in_the_vendors_folder_only(scan_of):
    finding = scan_of("plain", f"{VENDOR_FOLDER}/avp.exe")

    assert finding["confidence"] in ("probable", "trace")
    assert under(finding, "bod-17-01")["covered"]


def test_program_of_nobody_elsewhere_is_nothing(scan_of):
    assert scan_of("plain") is None


def test_embedded_engine_is_covered_by_one_order_and_not_by_another(programs, parties, tmp_path, debar):
    root = windows_root(tmp_path / "volume")
    place = root / "Program Files/Parallels/Parallels Internet Security Powered by Kaspersky/avp.exe"
    place.parent.mkdir(parents=True)
    shutil.copy(programs["plain-signed"], place)
    scan = debar.scan("--root", root, "--trust-ca", parties.ca.certificate)
    [finding] = scan.findings

    assert finding["product"] == "parallels-internet-security"
    law, directive = under(finding, "ndaa-1634"), under(finding, "bod-17-01")
    assert (law["scope"], law["covered"]) == ("embedded", True)
    assert (directive["scope"], directive["covered"]) == ("embedded", False) and directive["why"]
    assert scan.order("ndaa-1634")["verdict"] == "found" and scan.order("bod-17-01")["verdict"] == "absent"
    assert debar.scan("--root", root, "--orders", "bod-17-01").code == ABSENT
    assert debar.scan("--root", root, "--orders", "ndaa-1634").code == FOUND
