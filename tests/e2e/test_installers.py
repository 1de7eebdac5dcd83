# SPDX-License-Identifier: Apache-2.0
"""Installers: what they say of themselves, who signed them, and the product that is found in them."""
import random
import shutil

import pytest

import installing
from debar_program import place_of
from making import Windows, write
from programs import Parties, flip, recognise, run

EXE = "avp.exe"
CODES = ("{12345678-1234-1234-1234-123456789012}", "{22345678-1234-1234-1234-123456789012}")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the product's program, which is found by what it says of itself."""
    folder = tmp_path_factory.mktemp("made")
    Windows(folder.parent)(folder / EXE, "AO Kaspersky Lab", "Kaspersky Anti-Virus")
    return folder


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    return Parties(tmp_path_factory.mktemp("parties"))


@pytest.fixture(scope="module")
def package(tmp_path_factory, made):
    return installing.msi(tmp_path_factory.mktemp("package") / "a.msi", made / EXE)


def places(scan):
    return {p for f in scan.findings for p in f["places"]}


# ---- Windows Installer ----

def test_package_says_what_it_installs(package):
    seen = recognise("msi", package)

    assert seen.text.startswith("application contained\n"), seen.text
    assert seen.all("product") == ["Kaspersky Anti-Virus", "Made service"]
    assert seen.all("manufacturer") == ["AO Kaspersky Lab"] and seen.all("version") == ["21.3.10"]
    assert (*seen.all("product-code"), *seen.all("upgrade-code")) == CODES
    assert seen.all("service") == ["AVP21.3"]
    assert seen.all("architecture") == ["x86_64"] and seen.all("author") == ["AO Kaspersky Lab"]
    assert seen.signatures() == [{"signature": "unsigned"}]


@pytest.mark.parametrize("codepage, coding, product", [(1251, "cp1251", "Антивирус"), (936, "gbk", "安全软件安"), (65001, "utf-8", "Анти-1")])
def test_package_in_another_code_page(made, tmp_path, codepage, coding, product):
    encoded = product.encode(coding)
    package = installing.msi(tmp_path / "a.msi", made / EXE, product="P" * len(encoded))
    installing.set_codepage(package, codepage)
    package.write_bytes(package.read_bytes().replace(b"P" * len(encoded), encoded))  # msibuild knows no letters but ASCII

    seen = recognise("msi", package)

    assert seen.all("product")[0] == product


def test_other_products_are_only_referenced(package, tmp_path):
    other = "{99999999-1234-1234-1234-123456789012}"
    path = shutil.copy(package, tmp_path / "a.msi")
    installing.insert(path, "Upgrade", ["UpgradeCode", "VersionMin", "VersionMax", "Language", "Attributes", "Remove", "ActionProperty"],
                      ["s38", "S20", "S20", "S255", "i4", "S255", "s72"], ["UpgradeCode", "VersionMin", "VersionMax", "Language", "Attributes"],
                      [other, "1.0", "", "", "2", "", "OTHER"])

    seen = recognise("msi", path)

    assert seen.text.endswith(f"application referenced\n  upgrade-code={other}\n"), seen.text


@pytest.mark.parametrize("options", [[], ["-add-msi-dse"]])
def test_signature_of_a_package(parties, package, tmp_path, options):
    signed = parties.sign(parties.vendor, package, tmp_path / "signed.msi", *options)
    trust = ["--trust-ca", parties.ca.certificate]
    data = signed.read_bytes()
    at = data.index(b"MSCF") + 100

    for seen, expected in ((recognise("msi", signed, *trust), "verified"), (recognise("msi", signed), "untrusted"),
                           (recognise("msi", flip(signed, at, tmp_path / "b.msi"), *trust), "broken")):
        [signature] = seen.signatures()
        assert signature["signature"] == expected, seen.text
        assert signature["signer-cn"] == "AO Kaspersky Lab" and signature["signer-sha256"] == parties.vendor.sha256()


def test_names_are_signed_as_well_when_the_signature_says_so(parties, package, tmp_path):
    signed = parties.sign(parties.vendor, package, tmp_path / "signed.msi", "-add-msi-dse")
    data = bytearray(signed.read_bytes())
    at = bytes(data).index("\5SummaryInformation".encode("utf-16-le"))
    data[at + 108] ^= 1  # its time
    (tmp_path / "t.msi").write_bytes(data)

    [signature] = recognise("msi", tmp_path / "t.msi", "--trust-ca", parties.ca.certificate).signatures()

    assert signature["signature"] == "broken"


def test_product_is_found_in_packages(made, parties, package, tmp_path, debar):
    srv = tmp_path / "srv"
    plain = {"product": "Example", "maker": "Example Corp", "service": "example", "codes": installing.OTHER_CODES}
    write(srv, {"stored/": None, "in/": None})
    installing.msi(srv / "a.msi", made / EXE, **plain)
    installing.msi(srv / "folder.msi", made / EXE, folder="Made Folder", name="a long name of it.exe", **plain)
    installing.msi(srv / "stored/a.msi", made / EXE, embed=False, **plain)
    run("msibuild", srv / "stored/a.msi", "-a", "Binary.Tool", made / EXE)
    shutil.copy(srv / "a.msi", tmp_path / "b.msi")
    run("7zz", "a", "-bd", srv / "in/x.7z", tmp_path / "b.msi")
    installing.msi(srv / "page.msi", made / EXE, **{**plain, "product": "PPPPPPPP"})
    installing.set_codepage(srv / "page.msi", 936)
    (srv / "page.msi").write_bytes((srv / "page.msi").read_bytes().replace(b"PPPPPPPP", "安全软件".encode("gbk")))
    (srv / "document.doc").write_bytes((srv / "a.msi").read_bytes().replace(installing.MSI_CLASS, bytes([6]) + installing.MSI_CLASS[1:]))

    scan = debar.scan(srv)

    top = place_of(srv)
    assert places(scan) == {
        f"{top}/a.msi!/data.cab!/{EXE}", f"{top}/folder.msi!/data.cab!/Program Files/Made Folder/a long name of it.exe",
        f"{top}/page.msi!/data.cab!/{EXE}",
        f"{top}/stored/a.msi!/Binary.Tool", f"{top}/in/x.7z!/b.msi!/data.cab!/{EXE}"}, scan
    assert {f["state"] for f in scan.findings} == {"contained"} and not scan.coverage["unexamined"], scan


# ---- NSIS ----

NSIS = {f"{compressor}{'-solid' if solid else ''}-{letters}": (compressor, solid, letters)
        for compressor in ("zlib", "bzip2", "lzma") for solid in (False, True) for letters in ("ansi", "unicode")}


def test_product_is_found_in_nsis_installers(made, parties, tmp_path, debar):
    srv = tmp_path / "srv"
    srv.mkdir()
    dice = random.Random(5)
    files = write(tmp_path / "files", {EXE: (made / EXE).read_bytes(), "random.bin": dice.randbytes(150_000),
                                       "text.txt": "".join(f"{i}\n" for i in range(150_000))})  # more than one block of bzip2
    for name, (compressor, solid, letters) in NSIS.items():
        installing.nsis(srv / f"{name}.exe", files, compressor, solid, f"Unicode {'true' if letters == 'unicode' else 'false'}")
    installing.nsis(srv / "64.exe", files, "lzma", True, "Target amd64-unicode")
    installing.nsis(srv / "stored.exe", files, "zlib", False, "SetCompress off")
    parties.sign(parties.publisher, srv / "lzma-unicode.exe", srv / "signed.exe")

    scan = debar.scan(srv)

    top, installers = place_of(srv), [*NSIS, "64", "stored", "signed"]
    assert places(scan) == {f"{top}/{n}.exe!/sub folder/{EXE}" for n in installers} | {
        f"{top}/{n}.exe!/Windows/System32/drivers/klif.exe" for n in installers}, scan
    assert not scan.coverage["unexamined"], scan
    # the installer, five files that have bytes of their own, and one that has those of another
    assert scan.coverage["examined"] == 6 * len(installers) and scan.coverage["skipped"] == {"symlink": len(installers)}, scan


def test_damaged_nsis_installers_end(made, tmp_path, debar):
    srv = tmp_path / "srv"
    srv.mkdir()
    files = write(tmp_path / "files", {EXE: (made / EXE).read_bytes(), "random.bin": b"x", "text.txt": "x" * 5000})
    dice = random.Random(7)
    for name, (compressor, solid, letters) in list(NSIS.items())[::2]:
        data = installing.nsis(tmp_path / "whole.exe", files, compressor, solid, "Unicode true").read_bytes()
        begin = data.index(b"NullsoftInst") - 8
        write(srv, {f"{name}-cut.exe": data[:-3000]})
        for i in range(8):
            bad = bytearray(data)
            for _ in range(dice.choice((1, 5))):
                bad[dice.randrange(begin, len(bad))] = dice.randrange(256)
            write(srv, {f"{name}-{i}.exe": bytes(bad)})

    scan = debar.scan(srv)

    assert {u["reason"] for u in scan.coverage["unexamined"]} <= {"damaged", "unsupported", "limit-bytes"}, scan
    assert len({u["place"].split("!")[0] for u in scan.coverage["unexamined"] if "-cut" in u["place"]}) == 6, scan


# ---- programs that carry something ----

def test_product_is_found_in_what_programs_carry(made, parties, tmp_path, debar):
    srv, work = tmp_path / "srv", tmp_path / "work"
    srv.mkdir()
    write(work, {"0": "<BurnManifest/>\n", "u0": "text\n"})
    package = installing.msi(work / "a0", made / EXE, product="Example", maker="Example Corp", service="example", codes=installing.OTHER_CODES)
    needs = installing.cabinet(work / "needs.cab", [work / "0", work / "u0"]).read_bytes()
    installs = installing.cabinet(work / "installs.cab", [package]).read_bytes()
    cabinet = installing.cabinet(work / "x.cab", [made / EXE]).read_bytes()
    run("7zz", "a", "-bd", work / "x.7z", made / EXE)
    run("zip", "-qj", work / "x.nupkg", made / EXE)
    config = ';!@Install@!UTF-8!\nTitle="x"\nRunProgram="avp.exe"\n;!@InstallEnd@!'.encode()
    nupkg, seven = (work / "x.nupkg").read_bytes(), (work / "x.7z").read_bytes()
    installing.burn(srv / "bundle.exe", needs, installs)
    installing.burn(srv / "signed-bundle.exe", needs, installs, signed_n=1234)
    installing.with_resource(srv / "iexpress.exe", "CABINET", "RCDATA", cabinet)
    installing.with_resource(srv / "squirrel.exe", 131, "DATA", nupkg)
    installing.with_resource(srv / "package.exe", "PACKAGE", "MSI", package.read_bytes())
    installing.with_resource(srv / "driver.exe", "DRIVER", "RCDATA", (made / EXE).read_bytes())
    installing.with_resource(srv / "text.exe", "TEXT", "RCDATA", b"nothing to see here" * 10, config + seven)
    installing.with_resource(srv / "both.exe", "CABINET", "RCDATA", cabinet, nupkg)
    parties.sign(parties.publisher, srv / "iexpress.exe", srv / "signed.exe")

    scan = debar.scan(srv)

    assert {p.removeprefix(f"{place_of(srv)}/") for p in places(scan)} == {
        f"bundle.exe!/attached!/a0!/data.cab!/{EXE}", f"signed-bundle.exe!/attached!/a0!/data.cab!/{EXE}",
        f"iexpress.exe!/RCDATA/CABINET!/{EXE}", f"signed.exe!/RCDATA/CABINET!/{EXE}", f"squirrel.exe!/DATA/131!/{EXE}",
        f"package.exe!/MSI/PACKAGE!/data.cab!/{EXE}", "driver.exe!/RCDATA/DRIVER", f"text.exe!/{EXE}",
        f"both.exe!/RCDATA/CABINET!/{EXE}", f"both.exe!/overlay!/{EXE}"}, scan
    assert not scan.coverage["unexamined"], scan


def test_installers_that_are_not_opened_are_named(made, tmp_path, debar):
    srv = tmp_path / "srv"
    srv.mkdir()
    installing.inno(srv / "inno.exe", "6.2.1")
    installing.with_resource(srv / "shield.exe", "TEXT", "RCDATA", b"text" * 20, b"InstallShield\0" + bytes(200))
    write(srv, {"data1.cab": b"ISc(" + bytes(2000)})

    scan = debar.scan(srv)

    told = {u["place"].rsplit("/", 1)[1]: (u["reason"], u["detail"]) for u in scan.coverage["unexamined"]}
    assert {n: r for n, (r, _) in told.items()} == dict.fromkeys(("inno.exe", "shield.exe", "data1.cab"), "unsupported"), scan
    assert "Inno Setup 6.2.1" in told["inno.exe"][1] and "InstallShield" in told["shield.exe"][1]


def test_damaged_packages_end(package, tmp_path, debar):
    """Whatever is wrong with a package, its parser lives, and what cannot be read is said."""
    data, srv = package.read_bytes(), tmp_path / "srv"
    dice = random.Random(3)
    write(srv, {f"cut/{n}.msi": data[:n] for n in range(512, len(data), 2048)})
    for i in range(40):
        bad = bytearray(data)
        for _ in range(dice.choice((1, 4, 30))):
            bad[dice.randrange(512 if i % 2 else 0, len(bad))] = dice.randrange(256)
        write(srv, {f"changed/{i}.msi": bytes(bad)})

    scan = debar.scan(srv)

    assert {u["reason"] for u in scan.coverage["unexamined"]} <= {"damaged", "unsupported", "limit"}, scan
    assert scan.coverage["unexamined"], scan
