#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Small images for the fuzzer, by the tools that make such: seeds.py KIND FOLDER

What a tool that is not installed would make is left out.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile


def run(*command):
    if shutil.which(command[0]):
        subprocess.run([str(c) for c in command], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def tree(at):
    for name, text in (("a.txt", b"a" * 100), ("folder/b.bin", bytes(range(256)) * 8), ("long" * 20, b"x")):
        (at / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (at / "tree" / name).write_bytes(text)
    return at / "tree"


def blank(at, kib):
    at.write_bytes(b"")
    with at.open("r+b") as f:
        f.truncate(kib << 10)
    return at


def ext(at, to):
    for i, options in enumerate((["-t", "ext4"], ["-t", "ext2"], ["-t", "ext4", "-O", "inline_data,^has_journal"])):
        run("mke2fs", "-q", *options, "-d", tree(at), blank(to / f"ext{i}", 256))


def fat(at, to):
    for bits, kib in ((12, 256), (16, 1024)):
        image = blank(to / f"fat{bits}", kib)
        run("mkfs.vfat", "-F", bits, image)
        run("mcopy", "-s", "-i", image, *tree(at).iterdir(), "::/")


def ntfs(at, to):
    run("mkntfs", "-F", "-Q", "-q", "-c", "512", "-s", "512", "-p", "0", "-H", "16", "-S", "32", blank(to / "ntfs", 1024))


def squashfs(at, to):
    for compressor in ("gzip", "xz", "zstd", "lz4"):
        run("mksquashfs", tree(at), to / f"squash-{compressor}", "-noappend", "-quiet", "-comp", compressor)


def image_of(kind, at, to):
    formats = {"qcow": ["qcow2"], "vdi": ["vdi"], "vhd": ["vpc"], "vhdx": ["vhdx"], "vmdk": ["vmdk"]}[kind]
    ext(at, at)
    for f in formats:
        run("qemu-img", "convert", "-O", f, at / "ext0", to / f)
        if f == "qcow2":
            run("qemu-img", "convert", "-c", "-O", f, at / "ext0", to / "qcow2-packed")


def iso(at, to):
    run("genisoimage", "-quiet", "-J", "-R", "-o", to / "iso", tree(at))


def disk(at, to):
    ext(at, at)
    image = blank(to / "disk", 512)
    subprocess.run(["sfdisk", "-q", str(image)], input=b"label: gpt\nsize=256K\n", check=False) \
        if shutil.which("sfdisk") else None


def cab(at, to):
    run("gcab", "-c", "-z", to / "cab", *[p for p in tree(at).iterdir() if p.is_file()])


def seven(at, to):
    run("7z", "a", "-bd", "-mhe=off", to / "seven.7z", tree(at))


makers = {"ext": ext, "fat": fat, "ntfs": ntfs, "squashfs": squashfs, "iso": iso, "disk": disk, "cab": cab,
          "7z": seven}


def main():
    kind, to = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as tmp:
        at = pathlib.Path(tmp)
        if kind in makers:
            makers[kind](at, to)
        elif kind in ("qcow", "vdi", "vhd", "vhdx", "vmdk"):
            image_of(kind, at, to)
    for empty in to.iterdir():
        if empty.stat().st_size == 0 or not any(empty.read_bytes()):
            empty.unlink()


main()
