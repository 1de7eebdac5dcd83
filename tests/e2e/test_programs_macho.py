# SPDX-License-Identifier: Apache-2.0
"""macOS programs put together here and signed with openssl: what the recogniser says of each signature."""
import hashlib
import struct

import pytest

from programs import CODE, Parties, Party, recognise, run

PAGE = 4096
IDENTIFIER, TEAM = b"com.kaspersky.kav\0", b"2Y8XE5CQ94\0"


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    return Parties(tmp_path_factory.mktemp("parties"))


def blob(magic, body):
    return struct.pack(">II", magic, len(body) + 8) + body


def code_directory(program, kind, flags=0):
    name = {1: "sha1", 2: "sha256"}[kind]
    pages = [hashlib.new(name, program[i:i + PAGE]).digest() for i in range(0, len(program), PAGE)]
    texts, fixed = IDENTIFIER + TEAM, 52
    body = struct.pack(">IIIIIIIBBBBIII", 0x20200, flags, fixed + len(texts), fixed, 0, len(pages), len(program),
                       len(pages[0]), kind, 0, 12, 0, 0, fixed + len(IDENTIFIER))
    return blob(0xfade0c02, body + texts + b"".join(pages))


def program(signature_size):
    """A program of a few pages whose last command names the signature behind it."""
    commands = struct.pack("<IIII", 0x1d, 16, 3 * PAGE + 512, signature_size)
    header = struct.pack("<IIIIIIII", 0xfeedfacf, 0x100000c, 0, 2, 1, len(commands), 0, 0)
    return (header + commands).ljust(3 * PAGE + 512, b"x")


def signed(folder, party, kinds=(2,), cms_of=None):
    """Everything but the signature's size is known beforehand, so it has a fixed one."""
    body = program(32768)
    directories = [code_directory(body, k) for k in kinds]
    (folder / "directory").write_bytes(cms_of or directories[0])
    cms = b""
    if party:
        cms = run("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-signer", party.certificate, "-inkey",
                  party.key, "-in", folder / "directory")
    slots = [0, *range(0x1000, 0x1000 + len(kinds) - 1), 0x10000]
    blobs = [*directories, blob(0xfade0b01, cms)]
    index, data, at = b"", b"", 12 + 8 * len(blobs)
    for slot, one in zip(slots, blobs):
        index += struct.pack(">II", slot, at + len(data))
        data += one
    superblob = blob(0xfade0cc0, struct.pack(">I", len(blobs)) + index + data)
    path = folder / "kav"
    path.write_bytes(body + superblob.ljust(32768, b"\0"))
    return path


def seen(path, parties=None):
    return recognise("macho", path, *(["--trust-ca", parties.ca.certificate] if parties else []))


def test_signed_by_a_trusted_and_by_an_untrusted_authority(parties, tmp_path):
    path = signed(tmp_path, parties.vendor)
    answer = seen(path, parties)
    assert answer.text.startswith("application present\n") and answer.all("bundle-id") == ["com.kaspersky.kav"]
    [signature] = answer.signatures()
    assert (signature["signature"], signature["team-id"], signature["signer-o"]) == (
        "verified", "2Y8XE5CQ94", "AO Kaspersky Lab")
    assert seen(path).signatures()[0]["signature"] == "untrusted"


def test_vendors_mark_extensions_of_their_own_as_critical(parties, tmp_path):
    party = Party(tmp_path, "apple", "/O=Acme/CN=Developer ID", parties.ca,
                  CODE + "1.2.840.113635.100.6.1.13=critical,DER:0500\n")
    assert seen(signed(tmp_path, party), parties).signatures()[0]["signature"] == "verified"


def test_every_directory_counts(parties, tmp_path):
    path = signed(tmp_path, parties.vendor, kinds=(1, 2))
    assert seen(path, parties).signatures()[0]["signature"] == "verified"
    data = bytearray(path.read_bytes())
    at = data.rindex(hashlib.sha256(bytes(data[PAGE:2 * PAGE])).digest())
    data[at] ^= 1
    path.write_bytes(data)
    assert seen(path, parties).signatures()[0]["signature"] == "broken"


def test_one_byte_breaks_it(parties, tmp_path):
    data = signed(tmp_path, parties.vendor).read_bytes()
    for at in (100, PAGE, 3 * PAGE + 511):
        copy = bytearray(data)
        copy[at] ^= 1
        (tmp_path / "t").write_bytes(copy)
        [signature] = seen(tmp_path / "t", parties).signatures()
        assert signature["signature"] == "broken" and "page" in signature["status"], at
        assert signature["signer-o"] == "AO Kaspersky Lab" and signature["team-id"] == "2Y8XE5CQ94"


def test_another_team_in_a_signed_directory_is_broken(parties, tmp_path):
    path = signed(tmp_path, parties.vendor)
    data = path.read_bytes().replace(TEAM, b"AAAAAAAAAA\0", 1)
    path.write_bytes(data)
    [signature] = seen(path, parties).signatures()
    assert (signature["signature"], signature["status"]) == ("broken", "the signer's signature is wrong")


def test_signature_of_another_program_is_broken(parties, tmp_path):
    other = code_directory(b"another program", 2)
    assert seen(signed(tmp_path, parties.vendor, cms_of=other), parties).signatures()[0]["signature"] == "broken"


def test_self_signed_and_ad_hoc(parties, tmp_path):
    assert seen(signed(tmp_path, parties.self_signed), parties).signatures()[0]["signature"] == "self-signed"
    [signature] = seen(signed(tmp_path, None), parties).signatures()
    assert signature["signature"] == "unsigned" and "ad hoc" in signature["status"]


def test_info_plist_inside_a_program(tmp_path):
    """A program of one file has its Info.plist in a section; unsigned, it is only what the program says."""
    info = b"""<?xml version="1.0"?><plist version="1.0"><dict><key>CFBundleIdentifier</key><string>com.acme.tool</string>
        <key>CFBundleName</key><string>Tool</string><key>CFBundleVersion</key><string>1.2</string></dict></plist>"""
    section = struct.pack("<16s16sQQIIIIIIII", b"__info_plist", b"__TEXT", 0x1000, len(info), 512, 0, 0, 0, 0, 0, 0, 0)
    segment = struct.pack("<II16sQQQQIIII", 0x19, 72 + len(section), b"__TEXT", 0, 4096, 0, 1024, 5, 5, 1, 0) + section
    header = struct.pack("<IIIIIIII", 0xfeedfacf, 0x100000c, 0, 2, 1, len(segment), 0, 0)
    (tmp_path / "tool").write_bytes((header + segment).ljust(512, b"\0") + info.ljust(512, b"\0"))
    answer = seen(tmp_path / "tool")
    assert answer.code == 0 and answer.all("product") == ["Tool"] and answer.all("version") == ["1.2"]
    assert answer.signatures() == [{"signature": "unsigned", "bundle-id": "com.acme.tool"}]
