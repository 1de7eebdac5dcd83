# SPDX-License-Identifier: Apache-2.0
"""Makes file systems, disks and images of disks with the tools of the system; nothing is mounted and no root is needed."""
import os
import pathlib
import shutil
import struct
import subprocess

from packing import listed
from programs import run

MIB = 1 << 20


def blank(to, size):
    with open(to, "wb") as f:
        f.truncate(size)
    return to


# ---- file systems: (folder with the files, file to make) ----

def ext(kind, *options, size=8 * MIB):
    def make(folder, to):
        run("mke2fs", "-q", "-t", kind, *options, "-d", folder, blank(to, size))
    return make


def fat(bits, size):
    def make(folder, to):
        run("mkfs.vfat", "-F", bits, blank(to, size))
        run("mcopy", "-s", "-Q", "-i", to, *(pathlib.Path(folder) / n for n in sorted(os.listdir(folder))), "::")
    return make


def exfat(folder, to):
    """No tool fills it without mounting: the records are put together here, each file in clusters that follow each other."""
    run("mkfs.exfat", blank(to, 8 * MIB))
    data = bytearray(to.read_bytes())
    heap, = struct.unpack_from("<I", data, 88)
    root, = struct.unpack_from("<I", data, 96)
    sector, cluster = 1 << data[108], 1 << (data[108] + data[109])
    free = [root + 1]

    def at(number):
        return heap * sector + (number - 2) * cluster

    def put(content):
        number = free[0]
        data[at(number):at(number) + len(content)] = content
        free[0] += max(1, -(-len(content) // cluster))
        return number

    def record(name, number, size, is_folder):
        text = name.encode("utf-16-le")
        parts = [text[i:i + 30].ljust(30, b"\0") for i in range(0, len(text), 30)]
        return (struct.pack("<BBHH26x", 0x85, 1 + len(parts), 0, 0x10 if is_folder else 0x20)
                + struct.pack("<BBBBHHQIIQ", 0xc0, 3, 0, len(name), 0, 0, size, 0, number, size)
                + b"".join(b"\xc1\0" + p for p in parts))

    def fill(path):
        out = b""
        for entry in sorted(path.iterdir()):
            if entry.is_dir():
                content = fill(entry)
                content = content.ljust(max(cluster, len(content)), b"\0")
                out += record(entry.name, put(content), len(content), True)
            else:
                content = entry.read_bytes()
                out += record(entry.name, put(content), len(content), False)
        return out

    used = data[at(root):at(root) + cluster].rstrip(b"\0")
    begin = at(root) + -(-len(used) // 32) * 32
    content = fill(pathlib.Path(folder))
    assert begin + len(content) <= at(root) + cluster
    data[begin:begin + len(content)] = content
    to.write_bytes(data)


def ntfs(folder, to):
    """Its tools make no folders: every file goes into the root."""
    run("mkntfs", "-q", "-F", "-Q", blank(to, 8 * MIB))
    for name in listed(folder):
        run("ntfscp", "-f", to, pathlib.Path(folder) / name, name.rsplit("/", 1)[-1])


def ntfs_stream(image, file, name, stream):
    run("ntfscp", "-f", "-N", stream, image, file, name)


def xfs(*options):
    """Filled from a list; it does not make smaller ones."""
    def make(folder, to):
        def listing(path, indent):
            out = ""
            for entry in sorted(path.iterdir()):
                if entry.is_symlink():
                    out += f"{indent}{entry.name} l--777 0 0 {os.readlink(entry)}\n"
                elif entry.is_dir():
                    out += f"{indent}{entry.name} d--755 0 0\n" + listing(entry, indent + " ") + f"{indent}$\n"
                else:
                    out += f"{indent}{entry.name} ---644 0 0 {entry}\n"
            return out

        plain = to.parent / "plain-names"
        shutil.copytree(folder, plain, symlinks=True)  # its list knows no spaces
        for path in sorted(plain.rglob("* *"), reverse=True):
            path.rename(path.with_name(path.name.replace(" ", "_")))
        (to.parent / "list").write_text("/dev/null\n0 0\nd--755 0 0\n" + listing(plain, "") + "$\n")
        run("mkfs.xfs", "-q", *options, "-p", to.parent / "list", blank(to, 310 * MIB))
        (to.parent / "list").unlink()
        shutil.rmtree(plain)
    return make


def squashfs(*options):
    def make(folder, to):
        run("mksquashfs", folder, to, "-quiet", "-no-progress", "-noappend", *options)
    return make


def appimage(folder, to):
    """Of the second type: squashfs behind a program."""
    from making import elf

    inner = to.parent / "inner.squashfs"
    squashfs()(folder, inner)
    program = bytearray(elf(to.parent / "runtime").read_bytes())
    program[8:11] = b"AI\2"
    to.write_bytes(program + inner.read_bytes())
    inner.unlink()
    (to.parent / "runtime").unlink()


# ---- disks: (file systems, file to make) ----

FIRST = 2048  # sectors


def table(label, parts, to, types=None):
    """A disk with these file systems, one behind the other."""
    at, lines = FIRST, [f"label: {label}"]
    for i, part in enumerate(parts):
        sectors = -(-os.path.getsize(part) // 512 // 2048) * 2048 if part else 2048
        kind = f",type={types[i]}" if types and types[i] else ""
        lines.append(f"start={at},size={sectors}{kind}")
        at += sectors + 2048
    blank(to, (at + 2048) * 512)
    run("sfdisk", "-q", "--no-reread", "--no-tell-kernel", to, input="\n".join(lines).encode())
    at = FIRST
    with open(to, "r+b") as f:
        for part in parts:
            data = pathlib.Path(part).read_bytes() if part else b""
            f.seek(at * 512)
            f.write(data)
            at += (-(-len(data) // 512 // 2048) * 2048 if part else 2048) + 2048
    return to


def gpt(parts, to, types=None):
    return table("gpt", parts, to, types)


def mbr(parts, to, types=None):
    return table("dos", parts, to, types)


def mbr_logical(part, to):
    """One partition, inside of an extended one."""
    sectors = -(-os.path.getsize(part) // 512)
    blank(to, (sectors + 8192) * 512)
    run("sfdisk", "-q", "--no-reread", "--no-tell-kernel", to,
        input=f"label: dos\nstart=2048,size={sectors + 4096},type=5\nstart=4096,size={sectors},type=83\n".encode())
    with open(to, "r+b") as f:
        f.seek(4096 * 512)
        f.write(pathlib.Path(part).read_bytes())
    return to


def apple(part, to):
    """The map of a Macintosh: itself, and one partition."""
    data = pathlib.Path(part).read_bytes()

    def entry(start, count, name, kind):
        return struct.pack(">2sHIII32s32s", b"PM", 0, 2, start, count, name, kind).ljust(512, b"\0")

    to.write_bytes(struct.pack(">2sHI", b"ER", 512, 64 + len(data) // 512).ljust(512, b"\0")
                   + entry(1, 63, b"Apple", b"Apple_partition_map")
                   + entry(64, len(data) // 512, b"disk", b"Apple_UNIX_SVR2") + bytes(61 * 512) + data)
    return to


# ---- images: (disk, file to make) ----

def qemu(form, *options):
    def make(disk, to):
        run("qemu-img", "convert", "-f", "raw", "-O", form, *(["-o", ",".join(options)] if options else []), disk, to)
    return make


def qemu_packed(*options):
    def make(disk, to):
        run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", *(["-o", ",".join(options)] if options else []), disk, to)
    return make


def ewf(compression):
    def make(disk, to):
        run("ewfacquire", "-u", "-q", "-t", to.with_suffix(""), "-c", compression, disk)
        shutil.move(to.with_suffix(".E01"), to)
    return make


def lvm(volumes, to):
    """
    A disk of LVM with these volumes: {name: file}, or {name: None} for one on another disk. Its tools want a kernel that
    knows LVM, and root. The first volume is in two pieces, behind the others.
    """
    extent, start = 4 * MIB, MIB
    identity = "abcdefghijklmnopqrstuvwxyz012345"
    at, text, data = 0, "", {}

    def segment(number, first, count, disk, place):
        return (f"segment{number} {{\nstart_extent = {first}\nextent_count = {count}\ntype = \"striped\"\nstripe_count = 1\n"
                f"stripes = [\n\"{disk}\", {place}\n]\n}}\n")

    for i, (name, file) in enumerate(reversed(volumes.items())):
        content = pathlib.Path(file).read_bytes() if file else b""
        count = max(2, -(-len(content) // extent))
        content = content.ljust(count * extent, b"\0")
        if i == len(volumes) - 1:
            parts = segment(1, 0, 1, "pv0", at + count) + segment(2, 1, count - 1, "pv0", at)
            data[at], data[at + count] = content[extent:], content[:extent]
        else:
            parts = segment(1, 0, count, "pv0" if file else "pv1", at)
            data[at] = content
        at += count + 1
        text += (f'{name} {{\nid = "x"\nstatus = ["READ", "WRITE", "VISIBLE"]\nsegment_count = {parts.count("{")}\n{parts}}}\n')
    dashed = "-".join([identity[:6], *(identity[i:i + 4] for i in range(6, 26, 4)), identity[26:]])
    text = (f'vg {{\nid = "y"  # {{ nothing\nextent_size = {extent // 512}\nphysical_volumes {{\npv0 {{\nid = "{dashed}"\n'
            f"pe_start = {start // 512}\npe_count = 99\n}}\n}}\nlogical_volumes {{\n{text}}}\n}}\n").encode()
    disk = bytearray(start + (at + 1) * extent)
    disk[512:544] = b"LABELONE" + struct.pack("<QII", 1, 0, 32) + b"LVM2 001"
    disk[544:544 + 32] = identity.encode()
    struct.pack_into("<10Q", disk, 576, len(disk), start, 0, 0, 0, 4096, start - 4096, 0, 0, 0)
    # The text goes on at the beginning of its ring.
    ring, first = start - 4096, start - 4096 - 100
    struct.pack_into("<I16sIQQQQ", disk, 4096, 0, b" LVM2 x[5A%r0N*>", 1, 4096, ring, first, len(text))
    disk[4096 + first:4096 + ring] = text[:100]
    disk[4096 + 512:4096 + 512 + len(text) - 100] = text[100:]
    for place, content in data.items():
        disk[start + place * extent:start + place * extent + len(content)] = content
    to.write_bytes(disk)
    return to


def raw(disk, to):
    shutil.copy(disk, to)


IMAGES = {
    "x.raw": raw,
    "x.qcow2": qemu("qcow2"),
    "x-v2.qcow2": qemu("qcow2", "compat=0.10"),
    "x-parts.qcow2": qemu("qcow2", "extended_l2=on", "cluster_size=64k"),
    "x-small.qcow2": qemu("qcow2", "cluster_size=512"),
    "x-packed.qcow2": qemu_packed(),
    "x-zstd.qcow2": qemu_packed("compression_type=zstd"),
    "x.vmdk": qemu("vmdk"),
    "x-stream.vmdk": qemu("vmdk", "subformat=streamOptimized"),
    "x.vhd": qemu("vpc"),
    "x-fixed.vhd": qemu("vpc", "subformat=fixed"),
    "x.vhdx": qemu("vhdx"),
    "x.vdi": qemu("vdi"),
    "x-static.vdi": qemu("vdi", "static=on"),
    "x.e01": ewf("best"),
    "x-stored.e01": ewf("none"),
}

FILE_SYSTEMS = {
    "ext2.img": ext("ext2"),
    "ext3.img": ext("ext3"),
    "ext4.img": ext("ext4"),
    "ext4-inline.img": ext("ext4", "-O", "inline_data", "-I", "256"),
    "ext4-1k.img": ext("ext4", "-b", "1024", "-O", "^64bit,meta_bg,^resize_inode"),
    "fat12.img": fat(12, 2 * MIB),
    "fat16.img": fat(16, 16 * MIB),
    "fat32.img": fat(32, 40 * MIB),
    "exfat.img": exfat,
    "ntfs.img": ntfs,
    "xfs.img": xfs(),
    "xfs-v4.img": xfs("-m", "crc=0", "-n", "ftype=0"),
    "xfs-1k.img": xfs("-b", "size=1024", "-m", "reflink=0"),
    **{f"squashfs-{c}.sqfs": squashfs("-comp", c) for c in ("gzip", "xz", "zstd", "lz4", "lzo")},
    "squashfs-plain.sqfs": squashfs("-noI", "-noD", "-noF", "-no-fragments"),
    "x.AppImage": appimage,
}


def has(tool):
    return subprocess.run(["sh", "-c", f"command -v {tool}"], stdout=subprocess.DEVNULL, check=False).returncode == 0
