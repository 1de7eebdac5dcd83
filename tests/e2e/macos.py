# SPDX-License-Identifier: Apache-2.0
"""Puts together what only macOS writes: disk images, packages and what they are compressed with."""
import bz2
import hashlib
import lzma
import plistlib
import struct
import subprocess
import zlib

from packing import cpio_of
from programs import run

SECTOR = 512


def adc(data):
    """Plain bytes, and copies of a byte just before: both ways to say so."""
    out, at = b"", 0
    while at < len(data):
        run = 1
        while at + run < len(data) and run < 67 and data[at + run] == data[at]:
            run += 1
        if run > 5:
            out += bytes([0x80, data[at]])
            out += bytes([0x40 | run - 1 - 4, 0, 0]) if run - 1 >= 4 + 8 else bytes([(run - 1 - 3) << 2, 0])
            at += run
        else:
            piece = data[at:at + min(5, len(data) - at)]
            out += bytes([0x80 | len(piece) - 1]) + piece
            at += len(piece)
    return out


RAW, ZEROS, ADC, ZLIB, BZIP2, LZFSE, XZ = 1, 0, 0x80000004, 0x80000005, 0x80000006, 0x80000007, 0x80000008
PACKERS = {RAW: bytes, ADC: adc, ZLIB: zlib.compress, BZIP2: bz2.compress, LZFSE: bytes,
           XZ: lambda d: lzma.compress(d, check=lzma.CHECK_CRC32)}


def table(first, sectors, runs):
    head = struct.pack(">4sIQQQII24xII128xI", b"mish", 1, first, sectors, 0, 0, 0, 0, 0, len(runs))
    return head + b"".join(struct.pack(">IIQQQQ", kind, 0, start, count, at, n) for kind, start, count, at, n in runs)


def dmg(disk, to, kind=ZLIB, chunk=64, tables=1, **change):
    """A disk image of the bytes of a disk; `tables`: in how many parts; `change`: fields of the trailer."""
    disk += bytes(-len(disk) % SECTOR)
    packed, parts = b"", []
    total = len(disk) // SECTOR
    each = -(-total // tables)
    for first in range(0, total, each):
        runs = []
        for start in range(first, min(first + each, total), chunk):
            count = min(chunk, first + each - start, total - start)
            data = disk[start * SECTOR:(start + count) * SECTOR]
            if not any(data) and kind != RAW:
                runs.append((ZEROS, start - first, count, len(packed), 0))
                continue
            one = PACKERS[kind](data)
            runs.append((kind, start - first, count, len(packed), len(one)))
            packed += one
        runs.append((0xffffffff, min(each, total - first), 0, len(packed), 0))
        parts.append({"Attributes": "0x0050", "CFName": "part", "Data": table(first, min(each, total - first), runs),
                      "ID": str(len(parts)), "Name": "part"})
    xml = plistlib.dumps({"resource-fork": {"blkx": parts, "plst": []}})
    fields = {"segments": 1, "sectors": total, "xml": len(packed), **change}
    trailer = bytearray(512)
    struct.pack_into(">4sIII", trailer, 0, b"koly", 4, 512, 1)
    struct.pack_into(">QQQQQII", trailer, 16, 0, 0, len(packed), 0, 0, 1, fields["segments"])
    struct.pack_into(">QQ", trailer, 216, fields["xml"], len(xml))
    struct.pack_into(">IQ", trailer, 488, 1, fields["sectors"])
    to.write_bytes(packed + xml + bytes(trailer))
    return to


def pbzx(data, size=1 << 16):
    """The last piece is always smaller than the others; what does not shrink is kept as it is."""
    out = b"pbzx" + struct.pack(">Q", size)
    for at in range(0, len(data) + 1, size):
        piece = data[at:at + size]
        packed = lzma.compress(piece, check=lzma.CHECK_CRC32)
        if len(packed) >= len(piece):
            packed = piece
        out += struct.pack(">QQ", len(piece), len(packed)) + packed
    return out


def package(folder, to, identifier, version="1.0", packed=pbzx):
    """A flat package with one component, as pkgbuild writes it; xar by libarchive's bsdtar."""
    made = to.parent / (to.name + ".made")
    made.mkdir()
    (made / "PackageInfo").write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<pkg-info overwrite-permissions="true" identifier="{identifier}" '
        f'version="{version}" format-version="2" install-location="/" auth="root">\n'
        '  <payload numberOfFiles="2" installKBytes="1"/>\n</pkg-info>\n')
    (made / "Payload").write_bytes(packed(cpio_of(folder, "odc")))
    subprocess.run(["bsdtar", "-C", made, "--format", "xar", "-cf", to, "PackageInfo", "Payload"], check=True)
    return to


# ---- code signatures ----

def blob(magic, body):
    return struct.pack(">II", magic, len(body) + 8) + body


def code_directory(data, identifier, team):
    """One digest of all of it, as for disk images."""
    texts, fixed = identifier.encode() + b"\0" + team.encode() + b"\0", 52
    body = struct.pack(">IIIIIIIBBBBIII", 0x20200, 0, fixed + len(texts), fixed, 0, 1, len(data), 32, 2, 0, 0, 0, 0,
                       fixed + len(identifier) + 1)
    return blob(0xfade0c02, body + texts + hashlib.sha256(data).digest())


def sign_dmg(path, to, party, identifier, team):
    """What codesign puts between the property list and the trailer."""
    data, trailer = path.read_bytes()[:-512], bytearray(path.read_bytes()[-512:])
    directory = code_directory(data, identifier, team)
    to.write_bytes(directory)
    cms = run("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-signer", party.certificate, "-inkey", party.key,
              "-in", to)
    blobs = [(0, directory), (0x10000, blob(0xfade0b01, cms))]
    index, body, at = b"", b"", 12 + 8 * len(blobs)
    for slot, one in blobs:
        index += struct.pack(">II", slot, at + len(body))
        body += one
    signature = blob(0xfade0cc0, struct.pack(">I", len(blobs)) + index + body)
    struct.pack_into(">QQ", trailer, 296, len(data), len(signature))
    to.write_bytes(data + signature + bytes(trailer))
    return to


# ---- disks ----

def hfs(folder, work):
    """An HFS+ volume with the files of a folder: the one that xorriso puts beside an ISO file system."""
    iso = work / "hybrid.iso"
    run("xorriso", "-as", "mkisofs", "-quiet", "-hfsplus", "-o", iso, folder)
    data = iso.read_bytes()
    for i in range(1, struct.unpack_from(">I", data, 512 + 4)[0] + 1):
        entry = data[512 * i:512 * (i + 1)]
        if entry[48:57] == b"Apple_HFS":
            start, count = struct.unpack_from(">II", entry, 8)
            return data[512 * start:512 * (start + count)]
    raise AssertionError("no HFS+ volume")


def apple_disk(volume):
    """A disk whose only partition, behind the map of partitions, is the volume."""
    def entry(start, count, kind):
        return (b"PM\0\0" + struct.pack(">III", 2, start, count) + b"disk".ljust(32, b"\0") + kind.ljust(32, b"\0")).ljust(512, b"\0")

    sectors = -(-len(volume) // 512)
    head = b"ER" + struct.pack(">HI", 512, 64 + sectors)
    return (head.ljust(512, b"\0") + entry(1, 63, b"Apple_partition_map") + entry(64, sectors, b"Apple_HFS")).ljust(
        64 * 512, b"\0") + volume.ljust(512 * sectors, b"\0")
