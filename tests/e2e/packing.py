# SPDX-License-Identifier: Apache-2.0
"""Packs folders with the tools that people pack with; what no tool here writes is put together byte by byte."""
import gzip
import os
import pathlib
import shutil
import struct
import subprocess
import tarfile
import zipfile
import zlib

from programs import run


def listed(folder):
    """The files below, as paths relative to it."""
    return sorted(str(p.relative_to(folder)) for p in pathlib.Path(folder).rglob("*") if p.is_file())


def piped(command, given):
    done = subprocess.run([str(c) for c in command], input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr.decode(errors='replace')}"
    return done.stdout


# ---- compressors ----

COMPRESSORS = {
    "gz": ["gzip", "-c"], "bz2": ["bzip2", "-c"], "xz": ["xz", "-c"], "lzma": ["lzma", "-c"], "zst": ["zstd", "-qc"],
    "lz4": ["lz4", "-qc"], "lz": ["lzip", "-c"], "Z": ["compress", "-fc"],
}


def compressed(kind, data):
    return piped(COMPRESSORS[kind], data)


def legacy_lz4(data):
    """The frames that Linux itself is compressed with."""
    return piped(["lz4", "-qlc"], data)


# ---- archives: (folder to pack, file to make) ----

def tar(folder, to, *options):
    run("tar", "-C", folder, *options, "-cf", to, ".")


def tar_in(kind):
    def pack(folder, to):
        tar(folder, to)
        to.write_bytes(compressed(kind, to.read_bytes()))
    return pack


def bsdtar(form):
    def pack(folder, to):
        run("bsdtar", "-C", folder, "--format", form, "-cf", to, *sorted(os.listdir(folder)))
    return pack


def zip_file(folder, to):
    run("zip", "-qr", to, ".", cwd=folder)


def streamed_zip(folder, to):
    """Sizes behind the bytes, as written by programs that cannot go back."""
    to.write_bytes(piped(["bsdtar", "-C", folder, "--format", "zip", "-cf", "-", "."], b""))


def cpio(form):
    def pack(folder, to):
        to.write_bytes(cpio_of(folder, form))
    return pack


def cpio_of(folder, form="newc"):
    done = subprocess.run(["cpio", "--quiet", "-o", "-H", form], cwd=folder, input="\n".join(listed(folder)).encode(),
                          stdout=subprocess.PIPE, check=True)
    return done.stdout


def seven_zip(folder, to, *options):
    run("7zz", "a", "-bd", *options, to, ".", cwd=folder)


def cab(*options):
    def pack(folder, to):
        run("gcab", "-c", *options, to, *listed(folder), cwd=folder)
    return pack


def iso(*options):
    """-no-pad: ends where its last file ends."""
    def pack(folder, to):
        run("genisoimage", "-quiet", *options, "-o", to, folder)
    return pack


def appimage(folder, to):
    """Of the first type: a program in the part of an image of a disc that belongs to others."""
    iso("-R")(folder, to)
    data = bytearray(to.read_bytes())
    data[:11] = b"\x7fELF\2\1\1\0AI\1"
    to.write_bytes(data)


def ar(folder, to):
    """The format has no folders: files go in by their last names."""
    run("ar", "rcS", to, *listed(folder), cwd=folder)


def deb(folder, to):
    tree = to.parent / "deb-tree"
    shutil.copytree(folder, tree)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(
        "Package: made\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: made\n")
    run("dpkg-deb", "--root-owner-group", "-b", tree, to)
    shutil.rmtree(tree)


def rpm(name="made", vendor="", payload=None):
    def pack(folder, to):
        top = to.parent / "rpm-top"
        spec = top / "made.spec"
        top.mkdir()
        spec.write_text(f"""Name: {name}
Version: 1.0
Release: 1
Summary: made
License: none
{f"Vendor: {vendor}" if vendor else ""}
BuildArch: noarch
%description
made
%install
mkdir -p %{{buildroot}}/opt/made
cp -r {folder}/. %{{buildroot}}/opt/made/
%files
/opt/made
""")
        more = ["--define", f"_binary_payload {payload}"] if payload else []
        run("rpmbuild", "-bb", "--define", f"_topdir {top}", "--define", "_build_id_links none", "--define",
            "__os_install_post %{nil}", *more, spec)
        shutil.move(next((top / "RPMS").rglob("*.rpm")), to)
        shutil.rmtree(top)
    return pack


def alpine_apk(info):
    """Three gzip members, signature, control and data, of which only the last ends its tar archive."""
    def pack(folder, to):
        def part(files, ends):
            out = b""
            for name, data in files:
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                out += entry.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)
            return gzip.compress(out + bytes(1024 if ends else 0))

        files = [(n, (pathlib.Path(folder) / n).read_bytes()) for n in listed(folder)]
        to.write_bytes(part([(".SIGN.RSA.test.rsa.pub", b"x")], False) + part([(".PKGINFO", info.encode())], False)
                       + part(files, True))
    return pack


def crx(folder, to):
    """A zip behind a header and a signature."""
    inner = to.parent / "crx.zip"
    zip_file(folder, inner)
    header = b"\x82\xf1\x04\x12\x0a\x10" + bytes(16)
    to.write_bytes(b"Cr24" + struct.pack("<II", 3, len(header)) + header + inner.read_bytes())
    inner.unlink()


def rar4(folder, to):
    def block(kind, flags, body, data=b""):
        head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
        return struct.pack("<H", zlib.crc32(head) & 0xffff) + head + data

    out = b"Rar!\x1a\7\0" + block(0x73, 0, bytes(6))
    for name in listed(folder):
        data, raw = (pathlib.Path(folder) / name).read_bytes(), name.replace("/", "\\").encode()
        body = struct.pack("<IIBIIBBHI", len(data), len(data), 3, zlib.crc32(data), 0x58210000, 20, 0x30, len(raw), 0o100644)
        out += block(0x74, 0x8000, body + raw, data)
    to.write_bytes(out + block(0x7b, 0x4000, b""))


def rar5(folder, to):
    def number(n):
        out = b""
        while True:
            out, n = out + bytes([n & 0x7f | (0x80 if n > 0x7f else 0)]), n >> 7
            if not n:
                return out

    def block(body):
        sized = number(len(body)) + body
        return struct.pack("<I", zlib.crc32(sized)) + sized

    out = b"Rar!\x1a\7\1\0" + block(number(1) + number(0) + number(0))
    for name in listed(folder):
        data, raw = (pathlib.Path(folder) / name).read_bytes(), name.encode()
        out += block(number(2) + number(2) + number(len(data)) + number(4) + number(len(data)) + number(0o100644)
                     + struct.pack("<I", zlib.crc32(data)) + number(0) + number(1) + number(len(raw)) + raw) + data
    to.write_bytes(out + block(number(5) + number(0) + number(0)))


def lha(folder, to):
    """Level 0, stored; the format has no way to say a folder but in the name."""
    def crc16(data):
        crc = 0
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
        return crc

    out = b""
    for name in listed(folder):
        data, raw = (pathlib.Path(folder) / name).read_bytes(), name.encode()
        head = b"-lh0-" + struct.pack("<IIIBBB", len(data), len(data), 0x58210000, 0x20, 0, len(raw)) + raw + struct.pack(
            "<H", crc16(data))
        out += bytes([len(head), sum(head) & 0xff]) + head + data
    to.write_bytes(out + b"\0")


def installer(program, pack):
    """A Windows program with an archive behind it."""
    def put(folder, to):
        inner = to.parent / "inner.bin"
        pack(folder, inner)
        to.write_bytes(program.read_bytes() + inner.read_bytes())
        inner.unlink()
    return put


def shell_installer(kind):
    """As makeself makes them: a script that unpacks what follows it."""
    def pack(folder, to):
        inner = to.parent / "inner.tar"
        tar(folder, inner)
        script = "#!/bin/sh\n" + "# This script was generated\n" * 700 + 'tail -n +703 "$0" | tar xz\nexit 0\n'
        to.write_bytes(script.encode() + compressed(kind, inner.read_bytes()))
        inner.unlink()
    return pack


def initrd(folder, to):
    """Early microcode, then the rest compressed: two archives with zeros between them."""
    early = to.parent / "early"
    (early / "kernel/x86/microcode").mkdir(parents=True)
    (early / "kernel/x86/microcode/GenuineIntel.bin").write_bytes(b"\1" * 600)
    first = cpio_of(early)
    to.write_bytes(first + bytes(-len(first) % 4096) + compressed("zst", cpio_of(folder)))
    shutil.rmtree(early)


def python_zip(to, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(to, "w", method) as z:
        for name, data in files:
            z.writestr(name, data)
    return to


# ---- bombs ----

def gzip_quine():
    """
    A gzip file that unpacks to itself, after Russ Cox, "Zip Files All The Way Down" (2010).

    Literal blocks of n bytes are L(n); R(n) repeats the last n bytes in exactly five bytes. The checksum that the file
    has to hold of itself is found by solving for its 32 bits.
    """
    def bits(codes):
        value = at = 0
        for code, length, msb in codes:
            for i in range(length):
                value |= (code >> (length - 1 - i if msb else i) & 1) << at
                at += 1
        assert 37 < at <= 40, at
        return value.to_bytes(5, "little")

    def length_code(n):
        bases = [(3, 257, 0), (4, 258, 0), (5, 259, 0), (6, 260, 0), (7, 261, 0), (8, 262, 0), (9, 263, 0), (10, 264, 0),
                 (11, 265, 1), (13, 266, 1), (15, 267, 1), (17, 268, 1)]
        base, code, extra = max(b for b in bases if b[0] <= n)
        return [(code - 256, 7, True), (n - base, extra, False)]

    def distance_code(n):
        bases = [(9, 6, 2), (13, 7, 2), (17, 8, 3), (25, 9, 3)]
        base, code, extra = max(b for b in bases if b[0] <= n)
        return [(code, 5, True), (n - base, extra, False)]

    def repeat(n, first):
        pairs = [p for part in (first, n - first) for p in length_code(part) + distance_code(n)]
        return bits([(0, 1, False), (1, 2, False), *pairs, (0, 7, True)])

    def literal(n):
        return b"\0" + struct.pack("<HH", n, n ^ 0xffff)

    def assemble(stamp, checksum):
        p = b"\x1f\x8b\x08\0" + struct.pack("<I", stamp) + b"\0\xff"
        r3, r4, r18 = repeat(15, 11), repeat(20, 10), repeat(18, 8)
        l0, l1, l3, l4 = literal(0), literal(5), literal(15), literal(20)
        s = b"\1\0\0\xff\xff" + struct.pack("<I", checksum) + b"%s"
        ls = literal(18)
        parts = [p, l3, p, l3, r3, l1, r3, l1, l1, l4, r3, l1, l1, l4, r4, l4, r4, l4, r4, l4, r4, l4, r4, l0, l0, ls, r4,
                 l0, l0, ls, r18, s, r18, s]
        size = len(b"".join(parts)) + 2 * (4 - 2)
        return b"".join(parts).replace(b"%s", struct.pack("<I", size))

    for stamp in range(1, 200):
        base = zlib.crc32(assemble(stamp, 0))
        # crc(c) = base ^ A·c; wanted: crc(c) = c, so (A + I)·c = base, bit by bit.
        rows = [zlib.crc32(assemble(stamp, 1 << i)) ^ base ^ 1 << i for i in range(32)]
        solution, left, basis = 0, base, []
        for i, column in enumerate(rows):
            mask = 1 << i
            for b, m in basis:
                if column ^ b < column:
                    column, mask = column ^ b, mask ^ m
            if column:
                basis.append((column, mask))
                basis.sort(reverse=True)
        for b, m in basis:
            if left ^ b < left:
                left, solution = left ^ b, solution ^ m
        made = assemble(stamp, solution)
        if left == 0 and gzip.decompress(made) == made:
            return made
    raise AssertionError("no stamp has a solution")


def nested_zips(levels, width, leaf):
    """Like 42.zip: each level holds `width` copies of the one below."""
    import io

    def packed(files):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            for name, data in files:
                z.writestr(name, data)
        return out.getvalue()

    made = packed([("0.dll", leaf)])
    for level in range(levels):
        made = packed([(f"lib {i:x}.zip", made) for i in range(width)])
    return made


def overlapping_zip(count, leaf, shared=True):
    """Entries that all have the same bytes: at one place, or each within the one before it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel, crc, size = packer.compress(leaf) + packer.flush(), zlib.crc32(leaf), len(leaf)
    heads, entries = [], []
    for i in range(count):
        entries.append((b"%05d.dll" % i, len(kernel), size, crc))
    if shared:
        body = struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, 0, 8, 0, 0, crc, len(kernel), size, 9, 0) + b"00000.dll" + kernel
        offsets = [0] * count
    else:
        # From the last one forwards: a stored block quotes the header of the next entry, whose bytes follow.
        data_size, data, crcs = len(kernel), leaf, crc
        made = []
        for i in reversed(range(count)):
            name = b"%05d.dll" % i
            head = struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, 0, 8, 0, 0, crcs, data_size, size, len(name), 0) + name
            made.append((name, head, data_size, size, crcs))
            # The checksum of what unpacks from it: the quoted header, then the same as before.
            data = head + data
            crcs, size, data_size = zlib.crc32(data), size + len(head), data_size + 5 + len(head)
        made.reverse()
        body, offsets, entries = b"", [], []
        for at, (name, head, packed, unpacked, checksum) in enumerate(made):
            offsets.append(len(body))
            entries.append((name, packed, unpacked, checksum))
            body += head
            if at + 1 < count:
                body += b"\0" + struct.pack("<HH", len(made[at + 1][1]), len(made[at + 1][1]) ^ 0xffff)
        body += kernel
    directory = b"".join(
        struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 20, 20, 0, 8, 0, 0, checksum, packed, unpacked, len(name), 0, 0, 0, 0, 0,
                    offset) + name for (name, packed, unpacked, checksum), offset in zip(entries, offsets))
    return body + directory + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, count, count, len(directory), len(body), 0)


def zeros_through(kind, mib, *options, head=b""):
    """That many MiB of zeros behind `head`, compressed without ever standing on the disk."""
    command = [*COMPRESSORS[kind], *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        import threading

        def feed():
            process.stdin.write(head)
            for _ in range(mib):
                process.stdin.write(bytes(1 << 20))
            process.stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        out = process.stdout.read()
        feeder.join()
    assert process.returncode == 0
    return out


def nameless_tar_gz(count):
    """A tar archive of so many empty files without a name."""
    head = bytearray(tarfile.TarInfo("x").tobuf(tarfile.USTAR_FORMAT)[:512])
    head[0:100] = bytes(100)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    block = bytes(head) * 1000
    out = b"".join(packer.compress(block) for _ in range(count // 1000))
    return out + packer.compress(bytes(head) * (count % 1000) + bytes(1024)) + packer.flush()


def xz_that_wants(dictionary_bits, data):
    """An xz stream whose header asks for a larger dictionary than its encoder had: 22 bits are 8 MiB, 36 are 1 GiB."""
    made = bytearray(data)
    size = (made[12] + 1) * 4  # of the block's header, checksum included
    assert made[12 + 1] == 0 and made[12 + 2] == 0x21 and made[12 + 3] == 1, "one LZMA2 filter, sizes not told"
    made[12 + 4] = dictionary_bits
    made[12 + size - 4:12 + size] = struct.pack("<I", zlib.crc32(bytes(made[12:12 + size - 4])))
    return bytes(made)
