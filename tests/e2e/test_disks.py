# SPDX-License-Identifier: Apache-2.0
"""Disks, their images and file systems are read in place; what cannot be read of them is said."""
import os
import shutil
import subprocess

import pytest

import disks
import packing
from debar_program import UNKNOWN, place_of
from making import Windows, installed_kesl, write
from programs import run, tool

PACKAGE = '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n'
NPM = "node_modules/@kaspersky/hexa-ui/package.json"
EXE = "avp.exe"
FLAT = ("ntfs.img",)  # made by tools that put every file into the root


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the product, among other files, some of which are large or have odd names."""
    top = tmp_path_factory.mktemp("made")
    folder = write(top / "tree", {NPM: PACKAGE, "Some Folder/ÄÖ long name with spaces.txt": "x\n",
                                  "more/large.bin": os.urandom(300000), "more/zeros.bin": bytes(200000), "empty": ""})
    for i in range(70):
        write(folder, {f"many/a-file-with-a-name-of-some-length-{i}.txt": f"{i}\n"})
    Windows(top)(folder / EXE, "AO Kaspersky Lab", "Kaspersky Anti-Virus")
    return folder


def entries(image):
    """What the reader finds, by another way than a scan: {name: SHA-256}."""
    done = subprocess.run([tool("entries"), image], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
    lines = done.stdout.decode("utf-8", "surrogateescape").splitlines()
    return done.returncode, {n: h for _, h, n in (x.split(" ", 2) for x in lines if x[0] not in "-!")}, lines


def sums(folder):
    import hashlib
    return {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in packing.listed(folder)}


def places(scan):
    return {p for f in scan.findings for p in f["places"]}


def found(image, prefix="", flat=False):
    names = ("package.json" if flat else NPM, EXE)
    return {f"{place_of(image)}!/{prefix}{n}" for n in names}


# ---- file systems ----

def test_a_machine_in_an_image_has_what_its_root_has(tmp_path, debar):
    root = installed_kesl(tmp_path / "root")
    (tmp_path / "srv").mkdir()
    image = tmp_path / "srv/vm.img"
    run("mke2fs", "-q", "-t", "ext4", "-d", root, image, "32M")

    mounted = debar.scan("--root", root).one("kaspersky", "kesl")
    found = debar.scan(tmp_path / "srv").one("kaspersky", "kesl")

    assert (found["state"], found["confidence"]) == ("installed", "confirmed") == (mounted["state"], mounted["confidence"])
    assert found["version"] == mounted["version"]
    assert {p.split("!")[1] for p in found["places"]} == {p.removeprefix(place_of(root)) for p in mounted["places"]}


@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_a_product_is_found_in_every_file_system(sandbox, made, tmp_path, debar):
    srv = tmp_path / "srv"
    srv.mkdir()
    expected = set()
    for name, make in disks.FILE_SYSTEMS.items():
        make(made, srv / name)
        expected |= found(srv / name, flat=name in FLAT)

    scan = debar.scan(f"--sandbox={sandbox}", srv)

    assert places(scan) == expected, scan
    # A file system of a disk is as good as a mounted one; one that is handed on as a whole is packed.
    assert {(".sqfs" in p or ".AppImage" in p, f["state"] == "contained")
            for f in scan.findings for p in f["places"]} == {(True, True), (False, False)}, scan
    assert not scan.coverage["unexamined"], scan


@pytest.mark.parametrize("name", disks.FILE_SYSTEMS)
def test_every_byte_of_a_file_system_is_right(name, made, tmp_path):
    disks.FILE_SYSTEMS[name](made, tmp_path / name)

    code, seen, lines = entries(tmp_path / name)

    expected = sums(made)
    if name in FLAT:
        expected = {n.rsplit("/", 1)[-1]: h for n, h in expected.items()}
    if name.startswith("xfs"):
        expected = {n.replace(" ", "_"): h for n, h in expected.items()}
    assert code == 0, lines
    assert seen == expected


def test_streams_beside_a_file_are_files(tmp_path, debar):
    (tmp_path / "srv").mkdir()
    image = tmp_path / "srv/x.img"
    tree = write(tmp_path / "tree", {"notes.txt": "nothing\n"})
    Windows(tmp_path)(tmp_path / EXE, "AO Kaspersky Lab", "Kaspersky Anti-Virus")
    disks.ntfs(tree, image)
    disks.ntfs_stream(image, tmp_path / EXE, "notes.txt", "hidden.exe")

    scan = debar.scan(tmp_path / "srv")

    assert places(scan) == {f"{place_of(image)}!/notes.txt:hidden.exe"}, scan
    assert not scan.coverage["unexamined"], scan


def test_a_link_is_not_followed_and_a_sparse_file_costs_nothing(tmp_path, debar):
    tree = write(tmp_path / "tree", {NPM: PACKAGE})
    os.symlink("/etc/passwd", tree / "link")
    os.symlink("node_modules", tree / "again")
    os.link(tree / NPM, tree / "package.json")
    with open(tree / "sparse.bin", "wb") as f:
        f.truncate(1 << 40)
    (tmp_path / "srv").mkdir()
    disks.ext("ext4")(tree, tmp_path / "srv/x.img")

    scan = debar.scan(tmp_path / "srv")

    assert places(scan) == {f"{place_of(tmp_path)}/srv/x.img!/{n}" for n in (NPM, "package.json")}, scan
    assert scan.coverage["skipped"]["symlink"] == 2 and not scan.coverage["unexamined"], scan


# ---- images and partitions ----

@pytest.fixture(scope="module")
def disk(made, tmp_path_factory):
    """A disk with two file systems, and swap space between them."""
    top = tmp_path_factory.mktemp("disk")
    disks.fat(12, 2 * disks.MIB)(made, top / "fat")
    disks.ext("ext4")(made, top / "ext")
    disks.blank(top / "swap", disks.MIB)
    run("mkswap", top / "swap")
    return disks.gpt([top / "fat", top / "swap", top / "ext"], top / "disk", ["U", "S", "L"])


def test_a_product_is_found_in_every_image(disk, tmp_path, debar):
    srv = tmp_path / "srv"
    srv.mkdir()
    expected = set()
    for name, make in disks.IMAGES.items():
        make(disk, srv / name)
        expected |= found(srv / name, "1/") | found(srv / name, "3/")

    scan = debar.scan(srv)

    assert places(scan) == expected, scan
    assert not scan.coverage["unexamined"], scan


def test_every_kind_of_table_is_read(made, tmp_path, debar):
    srv, top = tmp_path / "srv", tmp_path
    srv.mkdir()
    disks.ext("ext2")(made, top / "ext")
    disks.fat(12, 2 * disks.MIB)(made, top / "fat")
    disks.mbr([top / "fat", top / "ext"], srv / "mbr.img", ["c", "83"])
    disks.mbr_logical(top / "ext", srv / "logical.img")
    disks.apple(top / "ext", srv / "apple.img")
    disks.gpt([top / "fat"], srv / "gpt.img")
    backup = disks.gpt([top / "ext"], srv / "backup.img")
    with open(backup, "r+b") as f:
        f.seek(512)
        f.write(bytes(512))
    packing.tar_in("gz")(write(top / "packed", {"disk.raw": (srv / "gpt.img").read_bytes()}), srv / "cloud.tar.gz")

    scan = debar.scan(srv)

    assert places(scan) == (found(srv / "mbr.img", "1/") | found(srv / "mbr.img", "2/") | found(srv / "logical.img", "5/")
                            | found(srv / "apple.img", "2/") | found(srv / "gpt.img", "1/") | found(backup, "1/")
                            | found(srv / "cloud.tar.gz", "disk.raw!/1/")), scan
    assert not scan.coverage["unexamined"], scan


def test_volumes_of_lvm_have_their_names(made, tmp_path, debar):
    srv = tmp_path / "srv"
    srv.mkdir()
    disks.ext("ext4")(made, tmp_path / "ext")
    disks.fat(16, 16 * disks.MIB)(made, tmp_path / "fat")
    disks.lvm({"root": tmp_path / "ext", "away": None, "home": tmp_path / "fat"}, tmp_path / "pv")
    disks.qemu("qcow2")(disks.gpt([tmp_path / "pv"], tmp_path / "disk"), srv / "vm.qcow2")

    scan = debar.scan(srv)

    assert places(scan) == found(srv / "vm.qcow2", "1/root/") | found(srv / "vm.qcow2", "1/home/"), scan
    assert scan.unexamined("unsupported") == [f"{place_of(srv)}/vm.qcow2!/1/away"], scan


def test_a_root_on_a_disk_has_what_the_root_has(tmp_path, debar):
    status = "Package: kesl\nStatus: install ok installed\nMaintainer: AO Kaspersky Lab\nVersion: 1\nArchitecture: amd64\n\n"
    root = write(tmp_path / "root", {"var/lib/dpkg/status": status, f"srv/{NPM}": PACKAGE, "etc/hostname": "made\n"})
    (tmp_path / "srv").mkdir()
    disks.ext("ext4")(root, tmp_path / "ext")
    disks.qemu_packed()(disks.gpt([tmp_path / "ext"], tmp_path / "disk"), tmp_path / "srv/vm.qcow2")

    unpacked, packed = debar.scan(root), debar.scan(tmp_path / "srv")

    assert {f["product"] for f in packed.findings} == {f["product"] for f in unpacked.findings} == {"kesl", "hexa-ui"}
    assert sorted(p.split("!/1")[1] for f in packed.findings for p in f["places"]) == sorted(
        p[len(place_of(root)):] for f in unpacked.findings for p in f["places"])


def test_a_nest_of_disks_and_archives(made, tmp_path, debar):
    layers = [("a.zip", packing.zip_file), ("b.img", disks.ext("ext4")), ("c.tar.gz", packing.tar_in("gz")),
              ("d.sqfs", disks.squashfs("-comp", "xz")), ("e.7z", packing.seven_zip), ("f.img", disks.fat(16, 16 * disks.MIB))]
    folder, place = made, ""
    for name, pack in layers:
        up = tmp_path / f"in-{name}"
        up.mkdir()
        pack(folder, up / name)
        folder, place = up, f"{name}!/{place}"
    (tmp_path / "srv").mkdir()
    disks.gpt([tmp_path / "in-f.img/f.img"], tmp_path / "disk")
    disks.qemu("vmdk", "subformat=streamOptimized")(tmp_path / "disk", tmp_path / "srv/x.vmdk")

    scan = debar.scan(tmp_path / "srv")

    assert places(scan) == found(tmp_path / "srv/x.vmdk", "1/" + place.replace("f.img!/", "")), scan
    assert not scan.coverage["unexamined"], scan


# ---- disks in several files ----

@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_an_image_is_read_with_those_that_it_builds_on(sandbox, disk, tmp_path, debar):
    srv = tmp_path / "srv"
    (srv / "sub").mkdir(parents=True)

    def child(form, base, base_form, to, *options):
        run("qemu-img", "create", "-q", *options, "-f", form, "-b", base, "-F", base_form, to, *(["64M"] if options else []), cwd=srv)

    shutil.copy(disk, srv / "base.raw")
    child("qcow2", "base.raw", "raw", "child.qcow2")
    child("qcow2", "child.qcow2", "qcow2", "grandchild.qcow2")
    disks.qemu("vmdk")(disk, srv / "sub/base.vmdk")
    child("vmdk", "sub/base.vmdk", "vmdk", "child.vmdk")
    child("qcow2", "other.qcow2", "qcow2", "self.qcow2", "-u")
    child("qcow2", "self.qcow2", "qcow2", "other.qcow2", "-u")
    for name, base in (("above", "../base.raw"), ("outside", str(disk)), ("gone", "gone.raw"), ("linked", "link.raw"), ("folder", "folder")):
        child("qcow2", base, "raw", f"sub/{name}.qcow2", "-u")
    (srv / "sub/link.raw").symlink_to("../base.raw")
    (srv / "sub/folder").mkdir()
    packing.zip_file(write(tmp_path / "packed", {"child.qcow2": (srv / "child.qcow2").read_bytes()}), srv / "x.zip")

    scan = debar.scan(f"--sandbox={sandbox}", srv)

    images = ("base.raw", "child.qcow2", "grandchild.qcow2", "sub/base.vmdk", "child.vmdk")
    assert places(scan) == {p for i in images for n in (1, 3) for p in found(srv / i, f"{n}/")}, scan
    lost = {u["place"][len(place_of(srv)) + 1:]: u for u in scan.coverage["unexamined"]}
    assert set(lost) == {"self.qcow2", "other.qcow2", "x.zip!/child.qcow2",
                         *(f"sub/{n}.qcow2" for n in ("above", "outside", "gone", "linked", "folder"))}, scan
    assert "gone.raw" in lost["sub/gone.qcow2"]["detail"] and "base.raw" in lost["x.zip!/child.qcow2"]["detail"]
    assert {u["reason"] for p, u in lost.items() if p not in ("self.qcow2", "other.qcow2")} == {"unsupported"}


@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_a_disk_in_parts_is_read_once(sandbox, disk, tmp_path, debar):
    srv = tmp_path / "srv"
    (srv / "less").mkdir(parents=True)
    run("ewfacquire", "-u", "-q", "-t", srv / "x", "-c", "none", "-S", "2MiB", disk)
    parts = sorted(srv.glob("x.E*"))
    assert len(parts) > 3
    for part in parts[:-2]:
        shutil.copy(part, srv / "less")
    shutil.copy(parts[1], srv / "less/alone.E02")
    disks.qemu("vmdk", "subformat=monolithicFlat")(disk, srv / "flat.vmdk")
    data, cut = disk.read_bytes(), 5000 * 512
    (tmp_path / "first").write_bytes(data[:cut])
    disks.qemu("vmdk", "subformat=twoGbMaxExtentSparse")(tmp_path / "first", srv / "y.vmdk")
    (srv / "y-f002.vmdk").write_bytes(bytes(512) + data[cut:])
    text = (srv / "y.vmdk").read_text()
    line = next(x for x in text.splitlines() if x.startswith("RW "))
    (srv / "y.vmdk").write_text(text.replace(line, f'{line}\nRW {(len(data) - cut) // 512} FLAT "y-f002.vmdk" 1'))

    scan = debar.scan(f"--sandbox={sandbox}", srv)

    expected = {p for i in ("x.E01", "y.vmdk", "flat-flat.vmdk") for n in (1, 3) for p in found(srv / i, f"{n}/")}
    assert {p for p in places(scan) if "/less/" not in p} == expected, scan
    assert found(srv / "less/x.E01", "1/") <= places(scan), scan
    lost = {u["place"].split("!/")[0][len(place_of(srv)) + 1:] for u in scan.coverage["unexamined"]}
    assert lost == {"less/x.E01", "less/alone.E02"}, scan


def locked_qcow2(path):
    """qemu-img measures how fast it derives keys, and gives up when the clock of its thread stood still meanwhile."""
    command = ["qemu-img", "create", "-f", "qcow2", "-o", "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10",
               "--object", "secret,id=s,data=x", str(path), "8M"]
    for _ in range(20):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if b"accurate CPU usage" not in done.stdout:
            break
    assert done.returncode == 0, done.stdout


# ---- what cannot be read ----

def test_what_is_locked_or_not_supported_is_named(made, tmp_path, debar):
    srv, top = tmp_path / "srv", tmp_path
    srv.mkdir()
    disks.ext("ext2")(made, top / "ext")
    write(top, {"luks": b"LUKS\xba\xbe\0\2" + bytes(disks.MIB), "bitlocker": b"\xeb\x58\x90-FVE-FS-" + bytes(disks.MIB),
                "btrfs": bytes(65600) + b"_BHRfS_M" + bytes(disks.MIB), "other": b"something" * 200000,
                "reserved": bytes(disks.MIB), "boot": b"\xeb\xfe" * 5000 + bytes(disks.MIB)})
    disks.gpt([top / n for n in ("luks", "bitlocker", "btrfs", "other", "reserved", "boot", "ext")], srv / "x.img",
              [None, None, None, "L", None, "21686148-6449-6E6F-744E-656564454649", None])
    shutil.copy(top / "btrfs", srv / "btrfs.img")
    shutil.copy(top / "luks", srv / "luks.img")
    locked_qcow2(srv / "locked.qcow2")
    disks.blank(top / "zeros", 8 * disks.MIB)
    disks.qemu("qcow2")(top / "zeros", srv / "empty.qcow2")

    scan = debar.scan(srv)

    assert places(scan) == found(srv / "x.img", "7/"), scan
    said = {u["place"][len(place_of(srv)) + 1:]: (u["reason"], u["detail"]) for u in scan.coverage["unexamined"]}
    assert {p: r for p, (r, _) in said.items()} == {
        "x.img!/1": "encrypted", "x.img!/2": "encrypted", "x.img!/3": "unsupported", "x.img!/4": "unsupported",
        "btrfs.img": "unsupported", "luks.img": "encrypted", "locked.qcow2": "encrypted"}, scan
    assert "LUKS" in said["x.img!/1"][1] and "BitLocker" in said["x.img!/2"][1] and "btrfs" in said["btrfs.img"][1]
    assert "Linux" in said["x.img!/4"][1]


def test_what_only_looks_like_a_disk_is_none(tmp_path, debar):
    (tmp_path / "srv").mkdir()
    disks.fat(16, 16 * disks.MIB)(write(tmp_path / "tree", {"a": "a"}), tmp_path / "fat")
    sector = (tmp_path / "fat").read_bytes()[:512]
    table = bytearray(1024)
    table[510:512] = b"\x55\xaa"
    part = bytearray(table)
    part[446:462] = bytes([0x80, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1, 0])
    write(tmp_path, {"srv/boot.img": sector, "srv/fat.bak": sector * 16, "srv/mbr.bin": bytes(part[:512]), "srv/mbr.bak": bytes(part),
                     "srv/zeros.bin": bytes(200000), "srv/sig.bin": bytes(table) + b"code" * 50000,
                     "srv/text.txt": "hsqs is how some sentences begin, QFI another, conectix a third\n"})

    scan = debar.scan(tmp_path / "srv")

    assert scan.code == 0 and scan.coverage["examined"] == 7 and not scan.coverage["unexamined"], scan


@pytest.mark.parametrize("name", ["ext4.img", "fat16.img", "ntfs.img", "squashfs-xz.sqfs", "exfat.img"])
def test_a_file_system_that_is_cut_is_said_to_be(name, made, tmp_path):
    disks.FILE_SYSTEMS[name](made, tmp_path / "x")
    data = (tmp_path / "x").read_bytes()
    used = len(data.rstrip(b"\0")) if name.endswith("img") else len(data)
    (tmp_path / "x").write_bytes(data[:max(70000, used // 2)])

    code, seen, lines = entries(tmp_path / "x")

    assert code == 1 and any(x.startswith("!") for x in lines), lines
    assert all(h == sums(made).get(n, h) for n, h in seen.items())


def test_cut_images_are_lines_and_what_was_read_counts(disk, tmp_path, debar):
    srv = tmp_path / "srv"
    srv.mkdir()
    for name in ("x.raw", "x.qcow2", "x.vmdk", "x-stream.vmdk", "x.vhd", "x.vhdx", "x.vdi", "x.e01"):
        disks.IMAGES[name](disk, srv / name)
        data = (srv / name).read_bytes()
        used = len(data.rstrip(b"\0"))
        (srv / name).write_bytes(data[:used // 2])

    scan = debar.scan(srv)

    cut = {u["place"].split("!/")[0].rsplit("/", 1)[-1] for u in scan.coverage["unexamined"]}
    assert scan.code != 0 and cut == {p.name for p in srv.iterdir()}, scan
    assert {u["reason"] for u in scan.coverage["unexamined"]} <= {"damaged"}, scan


def test_flipped_bytes_never_crash_or_hang(made, disk, tmp_path, debar):
    """Damage all over, always the same, also in the sandbox: everything ends, and no parser is lost."""
    import random
    luck = random.Random(3)
    srv = tmp_path / "srv"
    srv.mkdir()
    tree = write(tmp_path / "tree", {NPM: PACKAGE, **{f"f/{i}.txt": "x" * i for i in range(0, 3000, 100)}})
    for name in ("ext4.img", "ext3.img", "fat12.img", "exfat.img", "ntfs.img", "squashfs-gzip.sqfs"):
        disks.FILE_SYSTEMS[name](tree, tmp_path / name)
        data = (tmp_path / name).read_bytes()
        used = [i for i in range(0, len(data), 512) if any(data[i:i + 512])]
        for n in range(6):
            copy = bytearray(data)
            for _ in range(60):
                copy[luck.choice(used) + luck.randrange(min(512, len(copy) % 512 or 512))] = luck.randrange(256)
            (srv / f"{n}-{name}").write_bytes(copy)
    for name in ("x.qcow2", "x.vmdk", "x.vhdx", "x.vdi", "x.vhd", "x.e01"):
        disks.IMAGES[name](disk, tmp_path / name)
        copy = bytearray((tmp_path / name).read_bytes())
        for _ in range(200):
            copy[luck.randrange(1 << 17)] = luck.randrange(256)
        (srv / name).write_bytes(copy)

    scan = debar.scan(srv)

    assert not {u["reason"] for u in scan.coverage["unexamined"]} & {"parser-crashed", "timed-out", "memory"}, scan
