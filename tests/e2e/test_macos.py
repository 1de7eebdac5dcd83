# SPDX-License-Identifier: Apache-2.0
"""What macOS is handed out in: disk images and packages, opened, and who signed them."""
import hashlib
import plistlib
import random
import subprocess
import unicodedata

import pytest

import macos
import packing
from making import write
from programs import Parties, recognise, tool

PACKAGE = "node_modules/@kaspersky/hexa-ui/package.json"


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    return Parties(tmp_path_factory.mktemp("parties"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A folder with the product, and much else around it."""
    return write(tmp_path_factory.mktemp("tree"), {
        PACKAGE: '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n', "a": bytes(range(256)) * 2000,
        "z": b"A" * 300000})


@pytest.fixture(scope="module")
def disk(tree, tmp_path_factory):
    path = tmp_path_factory.mktemp("disk") / "disk.iso"
    packing.iso("-R")(tree, path)
    return path.read_bytes()


WAYS = {"zlib": macos.ZLIB, "bzip2": macos.BZIP2, "xz": macos.XZ, "adc": macos.ADC}


@pytest.fixture(scope="module")
def scanned(session_debar, parties, tree, disk, tmp_path_factory):
    top = tmp_path_factory.mktemp("scanned")
    for name, kind in WAYS.items():
        macos.dmg(disk, top / f"{name}.dmg", kind, tables=3)
    plain = macos.dmg(disk, top / "plain.dmg", macos.ZLIB, chunk=2048)
    macos.sign_dmg(plain, top / "signed.dmg", parties.vendor, "com.kaspersky.kav", "2Y8XE5CQ94")
    inner = tmp_path_factory.mktemp("inner")
    (inner / "bzip2.dmg").write_bytes((top / "bzip2.dmg").read_bytes())
    (inner / "renamed").write_bytes(plain.read_bytes())
    packing.tar_in("gz")(inner, top / "images.tar.gz")
    (top / "renamed.bin").write_bytes(plain.read_bytes())
    macos.dmg(disk, top / "lzfse.dmg", macos.LZFSE)
    macos.dmg(disk, top / "part.dmg", macos.ZLIB, segments=2)
    (top / "locked.dmg").write_bytes(b"encrcdsa" + bytes(4096))
    (top / "old-locked.dmg").write_bytes(bytes(range(256)) * 16 + b"cdsaencr")
    (top / "hole.dmg").write_bytes(plain.read_bytes()[:1000] + plain.read_bytes()[1500:])
    (top / "cut.dmg").write_bytes(plain.read_bytes()[:-600])
    (top / "no.dmg").write_bytes(b"A drumming machine's patterns, not an image.\n" * 200)
    macos.package(tree, top / "x.pkg", "com.example.x")
    macos.package(tree, top / "gz.pkg", "com.example.gz", packed=lambda d: packing.compressed("gz", d))
    volume = macos.hfs(tree, tmp_path_factory.mktemp("hfs"))
    macos.dmg(macos.apple_disk(volume), top / "hfs.dmg", macos.ZLIB)
    macos.dmg(volume, top / "bare.dmg", macos.BZIP2)
    macos.package(tree, top / "vendor.pkg", "com.kaspersky.kav.core")
    write(top, {
        "var/db/receipts/com.kaspersky.klnagent.core.bom": b"BOMStore" + bytes(504),
        "Users/a/Library/Containers/com.apple.Safari/Data/Library/Safari/WebExtensions/Extensions.plist": plistlib.dumps(
            {"com.kaspersky.urla (2Y8XE5CQ94)": {"Enabled": True}}, fmt=plistlib.FMT_BINARY),
        "allow.mobileconfig": plistlib.dumps({
            "PayloadIdentifier": "org.example.allow", "PayloadDisplayName": "Allow", "PayloadContent": [{
                "PayloadType": "com.apple.system-extension-policy",
                "AllowedSystemExtensions": {"2Y8XE5CQ94": ["com.kaspersky.kav.sysext"]}}]})})
    return top, [session_debar.scan("--root", top, "--no-store", f"--sandbox={how}") for how in ("auto", "off")]


def test_images_hold_what_was_put_in(disk, tmp_path):
    """Another program reads the same from the images that are made here."""
    for name, kind in WAYS.items():
        path = macos.dmg(disk, tmp_path / f"{name}.dmg", kind, tables=2)
        done = subprocess.run(["7zz", "x", "-so", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        assert done.stdout == disk, name


def test_images_are_opened(scanned):
    top, (scan, _) = scanned
    places = {p for f in scan.find("kaspersky", "hexa-ui") for p in f["places"]}
    assert places >= {f"{top}/{name}.dmg!/{PACKAGE}" for name in [*WAYS, "plain", "signed"]}, scan
    assert f"{top}/renamed.bin!/{PACKAGE}" in places, scan
    assert {f"{top}/images.tar.gz!/{n}!/{PACKAGE}" for n in ("bzip2.dmg", "renamed")} <= places, scan


def test_volumes_of_macos_are_read(scanned):
    top, (scan, _) = scanned
    assert scan.find("kaspersky", "hexa-ui", place=f"{top}/hfs.dmg!/2/{PACKAGE}"), scan
    assert scan.find("kaspersky", "hexa-ui", place=f"{top}/bare.dmg!/{PACKAGE}"), scan


def entries(*paths):
    done = subprocess.run([tool("entries"), *paths], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode("utf-8", "surrogateescape")
    assert done.returncode in (0, 1, 2) and "Sanitizer" not in text and "runtime error" not in text, text
    return text.splitlines()


def test_every_file_of_a_volume_is_there_with_its_bytes(tmp_path):
    tree = tmp_path / "tree"
    files = {f"many/a file: number {i}": str(i) for i in range(3000)}
    files |= {"deep/" * 40 + "x": "deep", "é/日本": "name", "empty": "", "big": random.Random(1).randbytes(1 << 20)}
    write(tree, {k.replace(":", "-"): v for k, v in files.items()})
    (tree / "link").symlink_to("big")
    (tmp_path / "x.hfs").write_bytes(macos.hfs(tree, tmp_path))
    expected = {f"{p.stat().st_size} {hashlib.sha256(p.read_bytes()).hexdigest()} {p.relative_to(tree)}"
                for p in tree.rglob("*") if p.is_file() and not p.is_symlink()}
    told = {unicodedata.normalize("NFC", line) for line in entries(tmp_path / "x.hfs")}
    assert expected <= told and "- link link" in told and not [t for t in told if t.startswith("!")]
    assert len([t for t in told if t[0].isdigit()]) == len(expected)


def test_a_damaged_volume_ends(tree, tmp_path):
    data = macos.hfs(write(tmp_path / "tree", {f"f{i}": str(i) for i in range(100)}), tmp_path)
    chance, files = random.Random(7), []
    for i in range(250):
        changed = bytearray(data)
        for _ in range(6):
            changed[chance.randrange(1024, 64 * 1024 if i % 2 else len(data))] = chance.choice([0, 1, 0x7f, 0x80, 0xff])
        files.append(tmp_path / f"{i}")
        files[-1].write_bytes(changed)
    assert entries(*files)


def test_packages_are_opened(scanned):
    top, (scan, _) = scanned
    for name in ("x.pkg", "gz.pkg"):
        assert scan.find("kaspersky", "hexa-ui", place=f"{top}/{name}!/Payload!/{PACKAGE}"), scan


def test_receipts_of_what_is_not_installed_yet_or_any_more(scanned):
    top, (scan, _) = scanned
    new = scan.one("kaspersky", "kaspersky-mac", place=f"{top}/vendor.pkg!/PackageInfo")
    assert (new["state"], new["confidence"]) == ("contained", "confirmed"), scan
    old = scan.one("kaspersky", "network-agent", place=top / "var/db/receipts/com.kaspersky.klnagent.core.bom")
    assert old["state"] == "residue", scan


def test_what_a_profile_allows_is_referenced(scanned):
    top, (scan, _) = scanned
    allowed = scan.find(place=top / "allow.mobileconfig")
    assert allowed and all((f["state"], f["confidence"]) == ("referenced", "probable") for f in allowed), scan


def test_extensions_of_safari(scanned):
    top, (scan, _) = scanned
    at = top / "Users/a/Library/Containers/com.apple.Safari/Data/Library/Safari/WebExtensions/Extensions.plist"
    finding = scan.one("kaspersky", "protection-extension", place=at)
    assert (finding["state"], finding["confidence"]) == ("installed", "confirmed"), scan


def test_what_cannot_be_opened_is_said(scanned):
    top, (scan, _) = scanned
    assert set(scan.unexamined("unsupported")) == {f"{top}/part.dmg", f"{top}/lzfse.dmg"}, scan
    assert set(scan.unexamined("encrypted")) == {f"{top}/locked.dmg", f"{top}/old-locked.dmg"}, scan
    damaged = {p.split("!/")[0] for p in scan.unexamined("damaged")}
    assert damaged == {f"{top}/cut.dmg", f"{top}/hole.dmg"} and len(scan.unexamined()) == 6, scan


def test_the_signer_of_an_image_is_named(scanned, parties, tmp_path):
    top, (scan, _) = scanned
    assert scan.find(place=top / "signed.dmg"), scan
    seen = recognise("dmg", top / "signed.dmg", "--trust-ca", parties.ca.certificate)
    [signature] = seen.signatures()
    assert (signature["signature"], signature["team-id"], signature["bundle-id"], signature["signer-o"]) == (
        "verified", "2Y8XE5CQ94", "com.kaspersky.kav", "AO Kaspersky Lab")
    data = bytearray((top / "signed.dmg").read_bytes())
    data[1000] ^= 1
    (tmp_path / "changed.dmg").write_bytes(data)
    assert recognise("dmg", tmp_path / "changed.dmg").all("signature") == ["broken"]


def test_the_jail_changes_nothing(scanned):
    _, (jailed, free) = scanned
    assert jailed.findings == free.findings and jailed.coverage == free.coverage
