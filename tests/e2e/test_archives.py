# SPDX-License-Identifier: Apache-2.0
"""The same product is found, in its place, in everything that packs files; what cannot be opened is said."""
import gzip
import json
import os
import pathlib
import shutil
import struct
import subprocess
import zipfile

import pytest

import packing
from debar_program import ABSENT, ERROR, UNKNOWN, environment, place_of, program
from making import Windows, elf, write
from programs import run

PACKAGE = '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n'
NPM = "node_modules/@kaspersky/hexa-ui/package.json"
EXE = "avp.exe"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the product: a package of npm and a program that says whose it is."""
    top = tmp_path_factory.mktemp("made")
    folder = write(top / "tree", {NPM: PACKAGE})
    Windows(top)(folder / EXE, "AO Kaspersky Lab", "Kaspersky Anti-Virus")
    return folder


@pytest.fixture(scope="module")
def plain_exe(tmp_path_factory):
    """A program of nobody's."""
    top = tmp_path_factory.mktemp("plain")
    return Windows(top)(top / "setup.exe", "Example Corp", "Setup")


def expect(scan, file, prefix="", names=(NPM, EXE), state="contained"):
    """Both are found in the file, with these places and no others, and all of it was examined."""
    places = {f"{place_of(file)}!/{prefix}{n}" for n in names}
    assert {p for f in scan.findings for p in f["places"]} == places, scan
    assert {f["state"] for f in scan.findings} == {state}, scan
    assert not scan.coverage["unexamined"], scan


# ---- every kind ----

KINDS = {
    **{f"zip.{e}": ("x." + e, packing.zip_file, "") for e in
       ("zip", "jar", "war", "ear", "aar", "apk", "ipa", "whl", "nupkg", "vsix", "xpi", "docx", "dat")},
    "zip streamed": ("x.zip", packing.streamed_zip, ""),
    "crx": ("x.crx", packing.crx, ""),
    "tar": ("x.tar", packing.tar, ""),
    "tar gnu": ("x.tar", lambda f, t: packing.tar(f, t, "--format=gnu"), ""),
    "tar pax": ("x.tar", lambda f, t: packing.tar(f, t, "--format=pax"), ""),
    "tar v7": ("x.bin", lambda f, t: packing.tar(f, t, "--format=v7"), ""),
    **{f"tar.{k}": (f"x.tar.{k}", packing.tar_in(k), "") for k in packing.COMPRESSORS},
    "cpio newc": ("x.cpio", packing.cpio("newc"), ""),
    "cpio crc": ("x.cpio", packing.cpio("crc"), ""),
    "cpio odc": ("x.cpio", packing.cpio("odc"), ""),
    "cpio bin": ("x.cpio", packing.cpio("bin"), ""),
    "7z": ("x.7z", packing.seven_zip, ""),
    "7z solid bzip2": ("x.7z", lambda f, t: packing.seven_zip(f, t, "-m0=bzip2", "-ms=on"), ""),
    "7z ppmd": ("x.7z", lambda f, t: packing.seven_zip(f, t, "-m0=ppmd", "-mf=off"), ""),
    "rar4": ("x.rar", packing.rar4, ""),
    "rar5": ("x.rar", packing.rar5, ""),
    "lha": ("x.lzh", packing.lha, ""),
    "cab": ("x.cab", packing.cab(), ""),
    "cab mszip": ("x.cab", packing.cab("-z"), ""),
    "xar": ("x.pkg", packing.bsdtar("xar"), ""),
    "warc": ("x.warc", packing.bsdtar("warc"), ""),
    "iso rock ridge": ("x.iso", packing.iso("-R"), ""),
    "iso unpadded": ("x.iso", packing.iso("-R", "-no-pad"), ""),
    "iso joliet": ("x.dat", packing.iso("-J", "-joliet-long"), ""),
    "appimage": ("x.AppImage", packing.appimage, ""),
    "deb": ("x.deb", packing.deb, "data.tar.xz!/"),
    "rpm": ("x.rpm", packing.rpm(), "opt/made/"),
    "rpm xz": ("x.rpm", packing.rpm(payload="w2.xzdio"), "opt/made/"),
    "rpm gzip": ("x.rpm", packing.rpm(payload="w9.gzdio"), "opt/made/"),
    "alpine": ("x.apk", packing.alpine_apk("pkgname = made\npkgver = 1-r0\n"), ""),
    "initrd": ("initrd.img", packing.initrd, ""),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_product_is_found_in(kind, made, tmp_path, debar):
    name, pack, prefix = KINDS[kind]
    (tmp_path / "srv").mkdir()
    pack(made, tmp_path / "srv" / name)

    scan = debar.scan(tmp_path / "srv")

    expect(scan, tmp_path / "srv" / name, prefix)


@pytest.mark.parametrize("kind", ["zip", "7z", "rar4", "rar5", "cab"])
def test_a_product_is_found_in_an_installer(kind, made, plain_exe, tmp_path, debar):
    inner = {"zip": packing.zip_file, "7z": packing.seven_zip, "rar4": packing.rar4, "rar5": packing.rar5, "cab": packing.cab()}
    (tmp_path / "srv").mkdir()
    packing.installer(plain_exe, inner[kind])(made, tmp_path / "srv/setup.exe")

    expect(debar.scan(tmp_path / "srv"), tmp_path / "srv/setup.exe")


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_a_product_is_found_behind_a_script(kind, made, tmp_path, debar):
    (tmp_path / "srv").mkdir()
    packing.shell_installer(kind)(made, tmp_path / "srv/setup.run")

    expect(debar.scan(tmp_path / "srv"), tmp_path / "srv/setup.run")


def test_an_ar_archive_is_opened_and_a_static_library_is_not(made, tmp_path, debar):
    write(tmp_path / "flat", {"package.json": PACKAGE, EXE: (made / EXE).read_bytes()})
    (tmp_path / "srv").mkdir()
    packing.ar(tmp_path / "flat", tmp_path / "srv/x.ar")
    elf(tmp_path / "o.o", "int f(void) { return 1; }\n", "-c")
    run("ar", "rc", tmp_path / "srv/libx.a", tmp_path / "o.o")

    scan = debar.scan(tmp_path / "srv")

    expect(scan, tmp_path / "srv/x.ar", names=("package.json", EXE))
    assert scan.coverage["examined"] == 4  # two files and two members of one of them


@pytest.mark.parametrize("kind", packing.COMPRESSORS)
def test_one_compressed_file_is_what_it_holds(kind, made, tmp_path, debar):
    write(tmp_path, {f"srv/{EXE}.{kind}": packing.compressed(kind, (made / EXE).read_bytes()),
                     f"srv/node_modules/@kaspersky/hexa-ui/package.json.{kind}": packing.compressed(kind, PACKAGE.encode())})

    scan = debar.scan(tmp_path / "srv")

    places = {f"{place_of(tmp_path)}/srv/{EXE}.{kind}!/{EXE}", f"{place_of(tmp_path)}/srv/{NPM}.{kind}!/package.json"}
    assert {p for f in scan.findings for p in f["places"]} == places, scan
    assert scan.coverage["examined"] == 4 and not scan.coverage["unexamined"]


def test_what_was_compressed_keeps_its_folder(tmp_path, debar):
    """A kernel module is one by the folder it lies in, also when it is compressed."""
    from making import kernel_module

    module = kernel_module(tmp_path / "klflt.ko", name="klflt", author="AO Kaspersky Lab", description="filter")
    write(tmp_path, {"srv/lib/modules/6.1/extra/klflt.ko.xz": packing.compressed("xz", module.read_bytes())})

    scan = debar.scan(tmp_path / "srv")

    place = f"{place_of(tmp_path)}/srv/lib/modules/6.1/extra/klflt.ko.xz!/klflt.ko"
    assert {p for f in scan.findings for p in f["places"]} == {place}, scan


def test_members_of_one_gzip_file_are_one_file(made, tmp_path, debar):
    data = (made / EXE).read_bytes()
    write(tmp_path, {"srv/avp.exe.gz": gzip.compress(data[:3000]) + gzip.compress(data[3000:]) + bytes(100)})

    expect(debar.scan(tmp_path / "srv"), tmp_path / "srv/avp.exe.gz", names=(EXE,))


@pytest.mark.parametrize("kind", packing.COMPRESSORS)
def test_what_is_empty_is_no_damage(kind, tmp_path, debar):
    write(tmp_path, {f"srv/empty.{kind}": packing.compressed(kind, b""), f"srv/short.{kind}": packing.compressed(kind, b"short\n")})

    scan = debar.scan(tmp_path / "srv")

    assert scan.code == ABSENT and scan.coverage["examined"] == 4, scan


def test_names_are_unicode_in_any_locale(made, tmp_path, debar):
    write(tmp_path, {"tree/Програма/漢字/" + EXE: (made / EXE).read_bytes()})
    (tmp_path / "srv").mkdir()
    packing.seven_zip(tmp_path / "tree", tmp_path / "srv/x.7z")
    packing.zip_file(tmp_path / "tree", tmp_path / "srv/x.zip")
    packing.tar(tmp_path / "tree", tmp_path / "srv/x.tar", "--format=pax")
    run("xorriso", "-as", "mkisofs", "-quiet", "-J", "-R", "-o", tmp_path / "srv/x.iso", tmp_path / "tree") if shutil.which(
        "xorriso") else packing.iso("-R", "-input-charset", "utf-8")(tmp_path / "tree", tmp_path / "srv/x.iso")

    os.environ["LC_ALL"] = "C"
    try:
        scan = debar.scan(tmp_path / "srv")
    finally:
        del os.environ["LC_ALL"]

    assert {p for f in scan.findings for p in f["places"]} == {
        f"{place_of(tmp_path)}/srv/x.{k}!/Програма/漢字/{EXE}" for k in ("7z", "zip", "tar", "iso")}, scan


# ---- nests ----

def test_a_product_is_found_under_twelve_layers_of_mixed_kinds(made, tmp_path, debar):
    layers = [("1.zip", packing.zip_file), ("2.tar.gz", packing.tar_in("gz")), ("3.7z", packing.seven_zip),
              ("4.cab", packing.cab("-z")), ("5.iso", packing.iso("-R")), ("6.tar.zst", packing.tar_in("zst")),
              ("7.cpio", packing.cpio("newc")), ("8.rar", packing.rar5), ("9.tar.xz", packing.tar_in("xz")), ("10.xar", packing.bsdtar("xar")),
              ("11.ar", packing.ar), ("12.jar", packing.zip_file)]
    folder, place = made, ""
    for name, pack in layers:
        up = tmp_path / f"in-{name}"
        up.mkdir()
        pack(folder, up / name)
        folder, place = up, f"{name}!/{place}"

    scan = debar.scan(folder)

    assert {p for f in scan.findings for p in f["places"]} == {f"{place_of(folder)}/{place}{n}" for n in (NPM, EXE)}, scan
    assert all(p.count("!/") == 12 for f in scan.findings for p in f["places"])
    assert scan.coverage["examined"] == 14 and not scan.coverage["unexamined"], scan


def test_links_and_devices_in_an_archive_are_left_out_by_rule(tmp_path, debar):
    tree = write(tmp_path / "tree", {"file": "x", "folder/": None})
    (tree / "symbolic").symlink_to("file")
    (tree / "hard").hardlink_to(tree / "file")
    os.mkfifo(tree / "fifo")
    (tmp_path / "srv").mkdir()
    packing.tar(tree, tmp_path / "srv/x.tar")

    scan = debar.scan(tmp_path / "srv")

    assert scan.coverage["examined"] == 2 and scan.coverage["skipped"] == {"symlink": 2, "special-file": 1}, scan


STATUS = ("Package: kesl\nStatus: install ok installed\nVersion: 12.2.0-2412\nArchitecture: amd64\n"
          "Maintainer: AO Kaspersky Lab\nDescription: Kaspersky Endpoint Security for Linux\n\n")
BLOB = "blobs/sha256/" + "0" * 64


@pytest.mark.parametrize("image", ["docker save", "OCI archive", "OCI folder"])
def test_a_package_database_in_an_image_is_contained(image, tmp_path, debar):
    tree, layout, srv = write(tmp_path / "tree", {"var/lib/dpkg/status": STATUS}), tmp_path / "layout", tmp_path / "srv"
    (layout / "blobs/sha256").mkdir(parents=True)
    srv.mkdir()
    if image == "docker save":
        packing.tar(tree, layout / "layer.tar")
        write(layout, {"manifest.json": '[{"Config": "c.json", "RepoTags": ["made:1"], "Layers": ["layer.tar"]}]'})
    else:
        packing.tar_in("gz")(tree, layout / BLOB)
        write(layout, {"oci-layout": '{"imageLayoutVersion": "1.0.0"}', "index.json": '{"schemaVersion": 2, "manifests": []}'})
    if image == "OCI folder":
        shutil.move(layout, srv / "layout")
    else:
        packing.tar(layout, srv / "image.tar")

    scan = debar.scan(srv)

    finding = scan.one("kaspersky", "kesl")
    layer = {"docker save": "image.tar!/layer.tar", "OCI archive": f"image.tar!/{BLOB}", "OCI folder": f"layout/{BLOB}"}[image]
    assert finding["state"] == "contained" and finding["places"] == [f"{place_of(srv)}/{layer}!/var/lib/dpkg/status"], scan
    assert not scan.coverage["unexamined"], scan


def test_a_root_in_an_archive_has_what_the_root_has(tmp_path, debar):
    root = write(tmp_path / "root", {"var/lib/dpkg/status": STATUS, f"srv/{NPM}": PACKAGE, "etc/hostname": "made\n"})
    (tmp_path / "srv").mkdir()
    packing.tar_in("zst")(root, tmp_path / "srv/root.tar.zst")

    unpacked, packed = debar.scan(root), debar.scan(tmp_path / "srv")

    assert packed.coverage["examined"] == unpacked.coverage["examined"] + 1
    assert {f["product"] for f in packed.findings} == {f["product"] for f in unpacked.findings} == {"kesl", "hexa-ui"}
    assert sorted(p.split("!")[1] for f in packed.findings for p in f["places"]) == sorted(
        p[len(place_of(root)):] for f in unpacked.findings for p in f["places"])


@pytest.mark.parametrize("kind", ["deb", "rpm", "alpine"])
def test_a_package_that_is_not_installed_is_contained(kind, tmp_path, debar):
    from making import build_deb

    folder = write(tmp_path / "tree", {"notes.txt": "x"})
    (tmp_path / "srv").mkdir()
    if kind == "deb":
        build_deb(tmp_path / "srv", "kesl", {"opt/notes.txt": "x"}, control="Maintainer: AO Kaspersky Lab\n")
    elif kind == "rpm":
        packing.rpm("kesl", "AO Kaspersky Lab")(folder, tmp_path / "srv/kesl.rpm")
    else:
        packing.alpine_apk("pkgname = kesl\npkgver = 12-r0\nmaintainer = AO Kaspersky Lab\n")(folder, tmp_path / "srv/kesl.apk")

    scan = debar.scan(tmp_path / "srv")

    finding = scan.one("kaspersky", "kaspersky-software" if kind == "alpine" else "kesl")  # there is none for Alpine
    assert finding["state"] == "contained" and finding["confidence"] in ("confirmed", "probable"), scan
    inside = {"deb": "kesl_12.2.0-2412_amd64.deb!/control.tar.xz!/control", "rpm": "kesl.rpm", "alpine": "kesl.apk!/.PKGINFO"}
    assert f"{place_of(tmp_path)}/srv/{inside[kind]}" in finding["places"], scan
    assert not scan.coverage["unexamined"], scan


# ---- what cannot be opened ----

def test_encrypted_entries_are_named_one_by_one(made, tmp_path, debar):
    (tmp_path / "srv").mkdir()
    packing.seven_zip(made, tmp_path / "srv/x.zip", "-psecret")
    packing.seven_zip(made, tmp_path / "srv/aes.zip", "-psecret", "-mem=AES256")

    scan = debar.scan(tmp_path / "srv")

    assert scan.code == UNKNOWN and set(scan.unexamined("encrypted")) == {
        f"{place_of(tmp_path)}/srv/{z}!/{n}" for z in ("x.zip", "aes.zip") for n in (NPM, EXE)}, scan
    assert scan.coverage["examined"] == 2 and len(scan.coverage["unexamined"]) == 4, scan


@pytest.mark.parametrize("names", ["open", "locked"])
def test_an_encrypted_7z_is_said_to_be(names, made, tmp_path, debar):
    (tmp_path / "srv").mkdir()
    packing.seven_zip(made, tmp_path / "srv/x.7z", "-psecret", *(["-mhe=on"] if names == "locked" else []))

    scan = debar.scan(tmp_path / "srv")

    assert scan.code == UNKNOWN and {u["reason"] for u in scan.coverage["unexamined"]} == {"encrypted"}, scan
    whole = f"{place_of(tmp_path)}/srv/x.7z"
    assert set(scan.unexamined()) == ({whole} if names == "locked" else {f"{whole}!/{NPM}", f"{whole}!/{EXE}"}), scan


def test_what_is_not_encrypted_beside_it_is_found(made, tmp_path, debar):
    (tmp_path / "srv").mkdir()
    write(tmp_path / "other", {"secret.txt": "x"})
    packing.zip_file(made, tmp_path / "srv/x.zip")
    run("7zz", "a", "-bd", "-psecret", tmp_path / "srv/x.zip", "secret.txt", cwd=tmp_path / "other")

    scan = debar.scan(tmp_path / "srv")

    assert {p for f in scan.findings for p in f["places"]} == {f"{place_of(tmp_path)}/srv/x.zip!/{n}" for n in (NPM, EXE)}, scan
    assert scan.unexamined() == [f"{place_of(tmp_path)}/srv/x.zip!/secret.txt"]


TRUNCATED = ["zip.zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "tar.lz4", "tar.lz", "cpio newc", "7z", "rar4", "rar5",
             "cab", "cab mszip", "xar", "iso unpadded", "deb", "rpm", "lha", "initrd"]


@pytest.mark.parametrize("kind", TRUNCATED)
def test_a_truncated_archive_is_one_line(kind, tmp_path, debar):
    """Cut in the middle of its data, wherever that is: nothing is ever said to have been examined that was not."""
    name, pack, _ = KINDS[kind]
    tree = write(tmp_path / "tree", {f"{i}.bin": os.urandom(40000) for i in range(3)})
    (tmp_path / "srv").mkdir()
    whole = tmp_path / "srv" / name
    pack(tree, whole)
    data = whole.read_bytes()
    whole.write_bytes(data[:len(data) - 20000])

    scan = debar.scan(tmp_path / "srv")

    assert scan.code == UNKNOWN, scan
    assert [u["reason"] for u in scan.coverage["unexamined"]] == ["damaged"], scan
    assert scan.unexamined()[0].split("!/")[0] == place_of(whole), scan


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst", "lz4", "lz"])
@pytest.mark.parametrize("left", [40, 500000])
def test_a_truncated_compressed_file_is_one_line(kind, left, tmp_path, debar):
    data = packing.compressed(kind, os.urandom(1000000))
    write(tmp_path, {f"srv/x.bin.{kind}": data[:left]})

    scan = debar.scan(tmp_path / "srv")

    assert scan.code == UNKNOWN and scan.unexamined("damaged") == [f"{place_of(tmp_path)}/srv/x.bin.{kind}"], scan
    assert len(scan.coverage["unexamined"]) == 1


def test_what_was_read_before_the_damage_stands(made, tmp_path, debar):
    tree = write(tmp_path / "tree", {"a/package.json": PACKAGE, "z.bin": os.urandom(100000)})
    (tmp_path / "srv").mkdir()
    run("tar", "-czf", tmp_path / "srv/x.tar.gz", "a", "z.bin", cwd=tree)
    run("zip", "-qr", tmp_path / "srv/x.zip", "a", "z.bin", cwd=tree)
    for name in ("x.tar.gz", "x.zip"):
        data = (tmp_path / "srv" / name).read_bytes()
        (tmp_path / "srv" / name).write_bytes(data[:len(data) // 2])

    scan = debar.scan(tmp_path / "srv")

    assert {p for f in scan.findings for p in f["places"]} == {
        f"{place_of(tmp_path)}/srv/{n}!/a/package.json" for n in ("x.tar.gz", "x.zip")}, scan
    assert set(scan.unexamined("damaged")) == {f"{place_of(tmp_path)}/srv/{n}" for n in ("x.tar.gz", "x.zip")}, scan


def test_an_inner_damage_is_the_inner_archives(made, tmp_path, debar):
    inner = tmp_path / "inner"
    inner.mkdir()
    packing.tar_in("gz")(write(tmp_path / "random", {"x.bin": os.urandom(50000)}), inner / "bad.tar.gz")
    (inner / "bad.tar.gz").write_bytes((inner / "bad.tar.gz").read_bytes()[:30000])
    packing.zip_file(made, inner / "good.zip")
    (tmp_path / "srv").mkdir()
    packing.tar(inner, tmp_path / "srv/x.tar")

    scan = debar.scan(tmp_path / "srv")

    assert {p for f in scan.findings for p in f["places"]} == {
        f"{place_of(tmp_path)}/srv/x.tar!/good.zip!/{n}" for n in (NPM, EXE)}, scan
    assert scan.unexamined() == [f"{place_of(tmp_path)}/srv/x.tar!/bad.tar.gz"], scan


def test_a_wrong_checksum_is_that_entrys(made, tmp_path, debar):
    (tmp_path / "srv").mkdir()
    whole = packing.python_zip(tmp_path / "srv/x.zip", [(EXE, (made / EXE).read_bytes()), ("a/package.json", PACKAGE)],
                               zipfile.ZIP_STORED)
    data = bytearray(whole.read_bytes())
    data[2000] ^= 0xff
    whole.write_bytes(data)

    scan = debar.scan(tmp_path / "srv")

    assert scan.unexamined("damaged") == [f"{place_of(whole)}!/{EXE}"], scan
    assert f"{place_of(whole)}!/a/package.json" in {p for f in scan.findings for p in f["places"]}, scan


@pytest.mark.parametrize("name,head", [("x.lzo", b"\x89LZO\0\r\n\x1a\n"), ("x.wim", b"MSWIM\0\0\0"), ("x.sparseimage", b"sprs\0\0\0\3")])
def test_archives_of_kinds_that_nothing_reads_are_named(name, head, tmp_path, debar):
    write(tmp_path, {f"srv/{name}": head + bytes(1000)})

    scan = debar.scan(tmp_path / "srv")

    assert scan.unexamined("unsupported") == [f"{place_of(tmp_path)}/srv/{name}"], scan


def test_a_disc_of_today_that_only_has_a_note_for_old_readers_is_unsupported(tmp_path, debar):
    """Windows comes on discs whose files are in UDF; of ISO 9660 there is a file that says so."""
    (tmp_path / "srv").mkdir()
    packing.iso("-R")(write(tmp_path / "tree", {"README.TXT": "This disc contains a UDF file system.\n"}), tmp_path / "srv/x.iso")
    data = bytearray((tmp_path / "srv/x.iso").read_bytes())
    at = next(a for a in range(34816, 45056, 2048) if data[a + 1:a + 6] == b"CD001" and data[a] == 255)
    data[at + 2048:at + 2048 + 7] = b"\0BEA01\1"
    data[at + 4096:at + 4096 + 7] = b"\0NSR02\1"
    (tmp_path / "srv/x.iso").write_bytes(data)

    scan = debar.scan(tmp_path / "srv")

    assert scan.unexamined("unsupported") == [f"{place_of(tmp_path)}/srv/x.iso"], scan


# ---- options ----

def test_no_archives_leaves_each_out_by_rule(made, plain_exe, tmp_path, debar):
    (tmp_path / "srv").mkdir()
    packing.zip_file(made, tmp_path / "srv/x.zip")
    packing.tar_in("xz")(made, tmp_path / "srv/x.tar.xz")
    packing.installer(plain_exe, packing.seven_zip)(made, tmp_path / "srv/setup.exe")
    shutil.copy(plain_exe, tmp_path / "srv/plain.exe")
    subprocess.run(["ar", "rc", tmp_path / "srv/libx.a", made / EXE], check=True)

    scan = debar.scan("--no-archives", tmp_path / "srv")

    assert not scan.findings and scan.coverage["examined"] == 1, scan
    assert scan.coverage["skipped"] == {"archive-not-opened": 4}, scan


def test_large_programs_are_spilled(made, tmp_path, debar):
    (tmp_path / "srv").mkdir()
    (tmp_path / "spill").mkdir()
    large = (made / EXE).read_bytes() + bytes(3 << 20)
    packing.python_zip(tmp_path / "srv/x.zip", [(EXE, large)])

    for more in [[], ["--spill", tmp_path / "spill"]]:
        scan = debar.scan("--limit", "memory=64K", *more, tmp_path / "srv")
        expect(scan, tmp_path / "srv/x.zip", names=(EXE,))
    assert not list((tmp_path / "spill").iterdir())


def test_what_has_no_room_is_one_line(made, tmp_path, debar):
    (tmp_path / "srv").mkdir()
    packing.python_zip(tmp_path / "srv/x.zip", [(EXE, (made / EXE).read_bytes() + bytes(3 << 20)), ("a/package.json", PACKAGE)])

    scan = debar.scan("--limit", "memory=64K", "--limit", "spill=1M", tmp_path / "srv")

    assert scan.unexamined("limit-bytes") == [f"{place_of(tmp_path)}/srv/x.zip!/{EXE}"], scan
    assert {p for f in scan.findings for p in f["places"]} == {f"{place_of(tmp_path)}/srv/x.zip!/a/package.json"}, scan


@pytest.mark.parametrize("limit,reason", [("bytes=10K", "limit-bytes"), ("entries=1", "limit-entries"), ("time=0", "limit-time")])
def test_a_limit_ends_the_outer_file_with_one_line(limit, reason, made, tmp_path, debar):
    inner = tmp_path / "inner"
    inner.mkdir()
    packing.zip_file(write(tmp_path / "tree", {"a.bin": os.urandom(2 << 20), "b.bin": os.urandom(2 << 20), EXE: b"MZ" + bytes(2 << 20)}),
                     inner / "inner.zip")
    (tmp_path / "srv").mkdir()
    packing.tar(inner, tmp_path / "srv/x.tar")
    shutil.copy(made / EXE, tmp_path / "srv/beside.exe")

    scan = debar.scan("--limit", limit, tmp_path / "srv")

    assert [(u["place"], u["reason"]) for u in scan.coverage["unexamined"]] == [(f"{place_of(tmp_path)}/srv/x.tar", reason)], scan
    assert [f["places"] for f in scan.findings] == [[f"{place_of(tmp_path)}/srv/beside.exe"]], scan


@pytest.mark.parametrize("words", [["--limit", "colour=1"], ["--limit", "bytes"], ["--limit", "bytes=-1"], ["--limit", "depth=65"],
                                   ["--limit", "time=1K"]])
def test_limits_that_make_no_sense_are_refused(words, tmp_path, debar):
    done = debar("scan", *words, tmp_path)

    assert done.code == ERROR and "--limit" in done.err, done


# ---- bombs ----

MZ = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"

BOMBS = {
    "42.zip": ("42.zip", lambda: packing.nested_zips(4, 16, bytes(32 << 20)), "limit-ratio"),
    "overlapping.zip": ("o.zip", lambda: packing.overlapping_zip(20000, bytes(8 << 20)), "damaged"),
    "quoting.zip": ("q.zip", lambda: packing.overlapping_zip(250, MZ + bytes(8 << 20), shared=False), "limit-ratio"),
    "quine.gz": ("quine.gz", packing.gzip_quine, "limit-depth"),
    "gzip": ("x.gz", lambda: packing.zeros_through("gz", 1100, "-1", head=MZ), "limit-bytes"),
    "zstd": ("x.zst", lambda: packing.zeros_through("zst", 1024), "limit-ratio"),
    "zstd long": ("x.zst", lambda: packing.zeros_through("zst", 1024, "--long=27"), "limit-ratio"),
    "zstd longer": ("x.zst", lambda: packing.zeros_through("zst", 16, "--long=31", "--ultra", "-22"), "limit-bytes"),
    "zstd program": ("x.exe.zst", lambda: packing.zeros_through("zst", 1024, head=MZ), "limit-ratio"),
    "xz": ("x.xz", lambda: packing.zeros_through("xz", 1024, "-1"), "limit-ratio"),
    "xz dictionary": ("x.xz", lambda: packing.xz_that_wants(36, packing.zeros_through("xz", 300, "-1")), "limit-ratio"),
    "bzip2": ("x.bz2", lambda: packing.zeros_through("bz2", 300), "limit-ratio"),
    "a million names": ("x.tar.gz", lambda: packing.nameless_tar_gz(1000001), "limit-entries"),
    "twenty deep": ("x.zip", lambda: nested(20), "limit-depth"),
}


def nested(depth):
    made = b"bottom"
    for i in range(depth):
        made = gzip.compress(made) if i % 2 else packing.nested_zips(0, 1, made)
    return made


def measured(debar, *arguments):
    """A scan with the most memory that it had at once, in KiB."""
    command = ["/usr/bin/time", "-f", "%M", *debar.command("scan", "--no-store", "-o", "json", *arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env=environment())
    return done.returncode, done.stdout, done.stderr.decode(), int(done.stderr.split()[-1])


def is_sanitised():
    return b"__asan_init" in pathlib.Path(program()).read_bytes()


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_ends_within_its_budget(bomb, tmp_path, debar):
    name, make, reason = BOMBS[bomb]
    write(tmp_path, {f"srv/{name}": make()})

    code, out, err, memory = measured(debar, tmp_path / "srv")

    assert code == UNKNOWN, err
    coverage = json.loads(out)["coverage"]
    gaps = coverage["unexamined"]
    # Where entries quote each other, each looks like an archive that has no end.
    assert [u["reason"] for u in gaps if bomb != "quoting.zip" or u["reason"] != "damaged"] == [reason], gaps
    assert gaps[0]["place"].split("!/")[0] == f"{place_of(tmp_path)}/srv/{name}"
    assert coverage["examined"] + sum(coverage["skipped"].values()) + len(gaps) == coverage["seen"]
    assert is_sanitised() or memory < 256 * 1024, f"{memory} KiB"
