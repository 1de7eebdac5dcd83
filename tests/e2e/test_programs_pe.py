# SPDX-License-Identifier: Apache-2.0
"""Windows programs made by mingw-w64 and signed by osslsigncode: what the recogniser says of each."""
import random
import shutil
import struct

import pytest

from der import Der
from programs import Parties, flip, recognise, run, security_directory, windows_program


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    return Parties(tmp_path_factory.mktemp("parties"))


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return windows_program(tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="module")
def signed(parties, program):
    return parties.sign(parties.vendor, program, program.parent / "signed.exe")


def trusting(parties, path, **options):
    return recognise("pe", path, "--trust-ca", parties.ca.certificate, **options)


def test_version_resource_in_every_language(program):
    seen = recognise("pe", program)
    assert seen.code == 0
    assert seen.text.startswith("application present\n")
    assert seen.all("company") == ["AO Kaspersky Lab", "АО Лаб", "卡巴斯基"]
    assert seen.all("product") == ["Kaspersky Anti-Virus"]
    assert seen.all("copyright") == ["© 2021 AO Kaspersky Lab."]
    assert seen.all("description") == ["The scanner"]
    assert "21.3.10.391" in seen.all("version")
    assert seen.all("name") == ["avp", "avp.exe"]
    assert seen.all("architecture") == ["x86_64"]


def test_evidence_points_at_the_bytes(program):
    data = program.read_bytes()
    for line in recognise("pe", program).text.splitlines():
        if line.startswith("  company=АО Лаб @"):
            offset, length = map(int, line.split("@")[1].split("+"))
            assert data[offset:offset + length].decode("utf-16-le") == "АО Лаб"
            break
    else:
        pytest.fail("no company")


def test_exports_and_imports(program):
    seen = recognise("pe", program)
    assert seen.all("symbol") == ["NET_DVR_Init"]
    assert seen.all("soname") == ["t.exe"]
    assert "USER32.dll" in seen.all("needed")


def test_library_and_driver(tmp_path):
    library = windows_program(tmp_path, "HCNetSDK.dll", "-shared")
    seen = recognise("pe", library)
    assert seen.text.startswith("library present\n")
    assert seen.all("soname") == ["HCNetSDK.dll"]
    caller = windows_program(tmp_path, "caller.exe", library, resource=None,
                             source="int NET_DVR_Init(void); int main(void) { return NET_DVR_Init(); }")
    seen = recognise("pe", caller)
    assert "HCNetSDK.dll" in seen.all("needed") and seen.all("symbol") == ["NET_DVR_Init"]
    driver = windows_program(tmp_path, "klif.sys", "-Wl,--subsystem,native")
    assert recognise("pe", driver).text.startswith("device-driver present\n")
    for where in ("Windows/System32/drivers", "System32/DriverStore/FileRepository/klif.inf_amd64_1"):
        (tmp_path / where).mkdir(parents=True)
        shutil.copy(driver, tmp_path / where)
        assert recognise("pe", tmp_path / where / "klif.sys").text.endswith("captured driver=klif\n")


def test_unsigned_is_said(program):
    assert recognise("pe", program).signatures() == [{"signature": "unsigned"}]


def test_signed_by_a_trusted_and_by_an_untrusted_authority(parties, signed):
    signer = {
        "signer-cn": "AO Kaspersky Lab", "signer-o": "AO Kaspersky Lab", "signer-serial-number": "1027739867473",
        "signer-sha256": parties.vendor.sha256(), "signer-issuer": "Root of Tests",
    }
    for seen, expected in ((trusting(parties, signed), "verified"), (recognise("pe", signed), "untrusted")):
        [signature] = seen.signatures()
        assert signature["signature"] == expected
        assert signature.items() >= signer.items()
        assert signature["signer-certificate-serial"]


def test_place_of_the_signature_is_the_certificate_table(parties, signed):
    _, table, length = security_directory(signed.read_bytes())
    line = next(x for x in trusting(parties, signed).text.splitlines() if "signature=" in x)
    offset, size = map(int, line.split("@")[1].split("+"))
    assert table < offset and offset + size <= table + length


def test_one_byte_breaks_it_wherever_it_is(parties, signed, tmp_path):
    data = signed.read_bytes()
    entry, table, length = security_directory(data)
    for offset in (2, 0x60, 0x1000, table - 1):
        seen = trusting(parties, flip(signed, offset, tmp_path / "t.exe"))
        [signature] = seen.signatures()
        assert signature["signature"] == "broken", offset
        assert "digest of the file" in signature["status"]
        assert signature["signer-o"] == "AO Kaspersky Lab"
    # What a signature does not cover: the checksum, which loaders of programs do not look at.
    [signature] = trusting(parties, flip(signed, entry - 4 * 8 - 112 + 64, tmp_path / "t.exe")).signatures()
    assert signature["signature"] == "verified"


def test_bytes_behind_the_certificate_table_break_it(parties, signed, tmp_path):
    (tmp_path / "t.exe").write_bytes(signed.read_bytes() + b"more")
    assert trusting(parties, tmp_path / "t.exe").signatures()[0]["signature"] == "broken"


def test_right_digest_with_a_wrong_signature_is_broken(parties, signed, tmp_path):
    data = bytearray(signed.read_bytes())
    _, table, length = security_directory(data)
    pkcs7 = Der.parse(bytes(data[table + 8:table + length]))
    value = pkcs7.signer_info()[5].value  # the signer's octets
    at = bytes(data).rindex(value)
    data[at + 10] ^= 1
    (tmp_path / "t.exe").write_bytes(data)
    [signature] = trusting(parties, tmp_path / "t.exe").signatures()
    assert (signature["signature"], signature["status"]) == ("broken", "the signer's signature is wrong")


def test_signature_of_another_file_is_broken(parties, signed, program, tmp_path):
    other = windows_program(tmp_path, "other.exe", source="int main(void) { return 7; }", resource=None)
    forged = parties.sign(parties.publisher, other, tmp_path / "forged.exe")
    data, genuine = bytearray(forged.read_bytes()), signed.read_bytes()
    entry, table, _ = security_directory(data)
    _, from_table, from_length = security_directory(genuine)
    data[table:] = genuine[from_table:from_table + from_length]
    struct.pack_into("<I", data, entry + 4, from_length)
    (tmp_path / "t.exe").write_bytes(data)
    [signature] = trusting(parties, tmp_path / "t.exe").signatures()
    assert signature["signature"] == "broken" and signature["signer-cn"] == "AO Kaspersky Lab"


def test_self_signed_is_neither_verified_nor_untrusted(parties, program, tmp_path):
    path = parties.sign(parties.self_signed, program, tmp_path / "t.exe")
    [signature] = trusting(parties, path).signatures()
    assert signature["signature"] == "self-signed" and signature["signer-cn"] == "Kaspersky Lab"


def test_nested_signatures_all_count(parties, program, tmp_path):
    outer = parties.sign(parties.publisher, program, tmp_path / "outer.exe", digest="sha1")
    both = parties.sign(parties.vendor, outer, tmp_path / "both.exe", "-nest")
    first, second = trusting(parties, both).signatures()
    assert (first["signer-cn"], first["signature"]) == ("Compatibility Publisher", "untrusted")
    assert (second["signer-cn"], second["signature"]) == ("AO Kaspersky Lab", "verified")
    for signature in trusting(parties, flip(both, 0x1000, tmp_path / "t.exe")).signatures():
        assert signature["signature"] == "broken"


def test_page_hashes_do_not_matter(parties, program, tmp_path):
    path = parties.sign(parties.vendor, program, tmp_path / "t.exe", "-ph")
    assert trusting(parties, path).signatures()[0]["signature"] == "verified"


def test_timestamp_outlives_the_certificate(parties, signed, program, tmp_path):
    stamped = parties.sign(parties.vendor, program, tmp_path / "stamped.exe", stamped=True)
    [late] = trusting(parties, stamped, now="2060-01-01").signatures()
    assert late["signature"] == "verified"
    [late] = trusting(parties, signed, now="2060-01-01").signatures()
    assert late["signature"] == "untrusted" and "expired" in late["status"]


def test_timestamp_of_somebody_untrusted_is_no_timestamp(parties, program, tmp_path):
    stamped = parties.sign(parties.publisher, program, tmp_path / "stamped.exe", stamped=True)
    trusted = ["--trust-ca", parties.other_ca.certificate]
    assert recognise("pe", stamped, *trusted).signatures()[0]["signature"] == "verified"
    [late] = recognise("pe", stamped, *trusted, now="2060-01-01").signatures()
    assert late["signature"] == "untrusted" and "expired" in late["status"]


def test_timestamp_of_another_signature_is_no_timestamp(parties, signed, program, tmp_path):
    stamped = parties.sign(parties.vendor, program, tmp_path / "stamped.exe", "-n", "another", stamped=True)
    data, plain = stamped.read_bytes(), bytearray(signed.read_bytes())
    _, table, length = security_directory(data)
    token = Der.parse(data[table + 8:table + length]).signer_info()[6].encode()
    entry, table, length = security_directory(plain)
    pkcs7 = Der.parse(bytes(plain[table + 8:table + length]))
    pkcs7.signer_info().items.append(Der.parse(token))
    put_signature(plain, pkcs7.encode())
    (tmp_path / "t.exe").write_bytes(plain)
    assert trusting(parties, tmp_path / "t.exe").signatures()[0]["signature"] == "verified"
    [late] = trusting(parties, tmp_path / "t.exe", now="2060-01-01").signatures()
    assert late["signature"] == "untrusted"


def put_signature(pe, pkcs7):
    entry, table, _ = security_directory(pe)
    pkcs7 += bytes(-len(pkcs7) % 8)
    pe[table:] = struct.pack("<IHH", len(pkcs7) + 8, 0x200, 2) + pkcs7
    struct.pack_into("<I", pe, entry + 4, len(pkcs7) + 8)


def with_countersignature(parties, signed, octets, to):
    """An old (PKCS#9) timestamp: a SignerInfo over the signer's octets, and its certificate."""
    pe = bytearray(signed.read_bytes())
    _, table, length = security_directory(pe)
    pkcs7 = Der.parse(bytes(pe[table + 8:table + length]))
    signer = pkcs7.signer_info()
    (to.parent / "octets").write_bytes(octets or signer[5].value)
    counter = run("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-nosmimecap", "-signer",
                  parties.stamper.certificate, "-inkey", parties.stamper.key, "-in", to.parent / "octets")
    counter = Der.parse(counter)
    pkcs7.certificates().items.extend(counter.certificates().items)
    signer.items.append(Der.of(0xa1, Der.of(0x30, Der.oid("1.2.840.113549.1.9.6"),
                                            Der.of(0x31, counter.signer_info()))))
    put_signature(pe, pkcs7.encode())
    to.write_bytes(pe)
    return to


def test_old_countersignature_is_a_timestamp(parties, signed, tmp_path):
    stamped = with_countersignature(parties, signed, None, tmp_path / "t.exe")
    assert trusting(parties, stamped).signatures()[0]["signature"] == "verified"
    assert trusting(parties, stamped, now="2060-01-01").signatures()[0]["signature"] == "verified"
    wrong = with_countersignature(parties, signed, b"something else", tmp_path / "t.exe")
    assert trusting(parties, wrong, now="2060-01-01").signatures()[0]["signature"] == "untrusted"


def test_damaged_tables_are_said_to_be_so(parties, signed, tmp_path):
    data = bytearray(signed.read_bytes())
    entry, table, length = security_directory(data)

    def changed(offset, value):
        copy = bytearray(data)
        struct.pack_into("<I", copy, offset, value)
        (tmp_path / "t.exe").write_bytes(copy)
        return trusting(parties, tmp_path / "t.exe").signatures()

    assert changed(entry, 0xfffffff0)[0]["signature"] == "broken"
    assert changed(entry + 4, 0x7fffffff)[0]["signature"] == "broken"
    assert changed(table, 0x7fffffff)[0]["signature"] == "broken"
    assert changed(entry, 0)[0]["signature"] == "unsigned"


def test_dos_programs_are_not_ours(tmp_path):
    (tmp_path / "t.com").write_bytes(b"MZ" + bytes(100))
    assert recognise("pe", tmp_path / "t.com").code == 1


def test_a_cut_program_is_not_read_whole(signed, tmp_path):
    (tmp_path / "t.exe").write_bytes(signed.read_bytes()[:0x1800])
    assert recognise("pe", tmp_path / "t.exe").code == 2


def test_damaged_signatures_are_survived(parties, program, tmp_path):
    outer = parties.sign(parties.publisher, program, tmp_path / "outer.exe", digest="sha1", stamped=True)
    both = parties.sign(parties.vendor, outer, tmp_path / "both.exe", "-nest", stamped=True).read_bytes()
    _, table, _ = security_directory(both)
    chance = random.Random(17)
    paths = []
    for i in range(400):
        data = bytearray(both)
        for _ in range(chance.choice((1, 1, 2, 8))):
            at = chance.randrange(table, len(data))
            if chance.random() < 0.2:
                del data[at:at + chance.randrange(1, 30)]
            else:
                data[at] = chance.choice((0, 1, 0x7f, 0x80, 0xff, data[at] ^ 1 << chance.randrange(8)))
            if len(data) <= table + 1:
                break
        paths.append(tmp_path / str(i))
        paths[-1].write_bytes(data)
    recognise("pe", paths, "--quiet", "--trust-ca", parties.ca.certificate)
