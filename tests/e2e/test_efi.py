# SPDX-License-Identifier: Apache-2.0
"""What a machine boots with: the boot loader shim by the certificate in it, and lists of what is trusted."""
import pathlib
import shutil
import struct
import uuid

import pytest

import debar_program
from debar_program import TOP, environment
from programs import CA, Party, recognise, run

SHIM = pathlib.Path("/usr/lib/shim/shimx64.efi")
CERTIFICATE = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072").bytes_le
KNOWN = "d12ecaf902a698e1e4e8a78f653d4ddd0d79367d85ea270d17005aae4079fdd0"


@pytest.fixture(scope="module")
def vendor(tmp_path_factory):
    return Party(tmp_path_factory.mktemp("vendor"), "boot", "/O=Acme/CN=Acme Secure Boot", extensions=CA)


@pytest.fixture(scope="module")
def der(vendor):
    return run("openssl", "x509", "-in", vendor.certificate, "-outform", "DER")


def signature_list(*certificates):
    return b"".join(CERTIFICATE + struct.pack("<III", 28 + 16 + len(c), 0, 16 + len(c)) + bytes(16) + c for c in certificates)


def shim_of(trusted, to):
    """Debian's shim with something else in the section of its vendor's certificate."""
    data = bytearray(SHIM.read_bytes())
    theirs = data.find(b"Debian Secure Boot CA")
    at = data.rfind(struct.pack("<I", 16), 0, theirs) - 8
    size, forbidden, offset, _ = struct.unpack_from("<IIII", data, at)
    assert offset == 16 and data[at + 16:at + 18] == b"\x30\x82" and len(trusted) <= size + forbidden
    struct.pack_into("<IIII", data, at, len(trusted), 0, 16, 16 + len(trusted))
    data[at + 16:at + 16 + len(trusted)] = trusted
    to.write_bytes(data)
    return to


def test_the_real_shim_trusts_its_distribution():
    seen = recognise("pe", SHIM)
    assert seen.all("certificate-cn") == ["Debian Secure Boot CA"] and seen.all("certificate-store") == ["shim"]
    assert recognise("pe", SHIM.parent / "mmx64.efi").all("certificate-cn") == []


def test_one_certificate_or_lists_of_them(der, vendor, tmp_path):
    for trusted in (der, signature_list(der, der)):
        seen = recognise("pe", shim_of(trusted, tmp_path / "shim.efi"))
        assert set(seen.all("certificate-sha256")) == {vendor.sha256()}, seen.text
    damaged = signature_list(der)[:-40]
    seen = recognise("pe", shim_of(damaged, tmp_path / "shim.efi"))
    assert seen.code != 0 and "needed" not in seen.text and seen.all("certificate-cn") == []


def test_the_vendors_shim_is_the_vendors_product(session_debar, monkeypatch, der, vendor, tmp_path):
    """With a catalogue that cites the certificate made here; the certificate alone stays a trace."""
    data = tmp_path / "data"
    for name in ("catalogue", "orders"):
        shutil.copytree(TOP / name, data / name)
    catalogue = data / "catalogue/kaspersky.yaml"
    catalogue.write_text(catalogue.read_text(encoding="utf-8").replace(KNOWN, vendor.sha256()).replace(
        KNOWN[:-1] + "1", "0" * 64), encoding="utf-8")
    root = tmp_path / "root"
    (root / "boot/efi/EFI/BOOT").mkdir(parents=True)
    shim_of(der, root / "boot/efi/EFI/BOOT/BOOTX64.EFI")
    shutil.copy(SHIM, root / "boot/efi/EFI/BOOT/other.efi")
    (root / "keys").mkdir()
    (root / "keys/vendor.esl").write_bytes(signature_list(der))
    (root / "keys/dbx.esl").write_bytes(signature_list(der))
    variables = root / "sys/firmware/efi/efivars"
    variables.mkdir(parents=True)
    (variables / "MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23").write_bytes(struct.pack("<I", 6) + signature_list(der))
    monkeypatch.setattr(debar_program, "environment", lambda now=None: environment(now, DEBAR_DATA=str(data)))
    scan = session_debar.scan("--root", root, "--no-store")
    shim = scan.one("kaspersky", "uefi-shim", place=root / "boot/efi/EFI/BOOT/BOOTX64.EFI")
    assert (shim["state"], shim["confidence"]) == ("present", "confirmed"), scan
    places = {p for f in scan.find("kaspersky", "uefi-shim") for p in f["places"]}
    assert str(root / "keys/vendor.esl") in places and any("MokListRT" in p for p in places), scan
    assert not any("dbx" in p or "other.efi" in p for p in places), scan
    enrolled = next(f for f in scan.find("kaspersky", "uefi-shim") if any("MokListRT" in p for p in f["places"]))
    assert (enrolled["state"], enrolled["confidence"]) == ("installed", "confirmed"), scan
    assert scan.one("kaspersky", "uefi-shim", place=root / "keys/vendor.esl")["confidence"] == "trace", scan
