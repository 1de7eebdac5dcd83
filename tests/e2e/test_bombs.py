# SPDX-License-Identifier: Apache-2.0
"""What is made to keep a scanner busy or to fill its memory, besides archives: each ends, and says why."""
import json
import pathlib
import plistlib
import struct
import subprocess

import pytest

from debar_program import UNKNOWN, environment, place_of, program
from hives import circle
from making import write

LIMIT_KIB = 256 * 1024


def program_of_sections(count):
    """A PE file with as many sections as can be counted, each of which is all of it."""
    optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 0, 0, 0, 0, 0, 0x1000, 0x1000, 0x140000000, 0x1000, 0x200,
                           6, 0, 0, 0, 6, 0, 0, 0x7FFFF000, 0x1000, 0, 3, 0, 0, 0, 0, 0, 0, 16) + bytes(16 * 8)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x8664, count, 0, 0, 0, len(optional), 0x22)
    size = len(head) + len(optional) + 40 * count
    section = struct.pack("<8sIIIIIIHHI", b".x", size, 0x1000, size, 0, 0, 0, 0, 0, 0x60000020)
    return head + optional + section * count


def installer_in_circles():
    """A compound file whose directory is followed by itself."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    head = head.ljust(512, b"\xff")
    fat = struct.pack("<II", 0xFFFFFFFD, 1).ljust(512, b"\xff")
    root = "Root Entry".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBBIII", 22, 5, 1, 0xFFFFFFFF, 0xFFFFFFFF, 1)
    root += bytes.fromhex("84100c0000000000c000000000000046") + bytes(20) + struct.pack("<IQ", 0xFFFFFFFE, 0)
    return head + fat + (root * 4)


def deep_xml(depth):
    return b"<?xml version='1.0'?>" + b"<a>" * depth


def deep_list(depth):
    """A binary property list: an array in an array in an array."""
    made = b"bplist00"
    offsets = []
    for i in range(depth):
        offsets.append(len(made))
        made += b"\xa1" + struct.pack(">H", i + 1 if i + 1 < depth else i)
    table = b"".join(struct.pack(">I", o) for o in offsets)
    return made + table + struct.pack(">6xBBQQQ", 4, 2, depth, 0, len(made))


def list_in_a_circle():
    made = b"bplist00" + b"\xa1\x00"
    return made + b"\x08" + struct.pack(">6xBBQQQ", 1, 1, 1, 0, len(made))


BOMBS = {
    "sections.exe": lambda: program_of_sections(65535),
    "circles.msi": installer_in_circles,
    "SOFTWARE": circle,
    "nested/package.json": lambda: b'{"name":' + b"[" * 1000000,
    "list/Info.plist": lambda: deep_list(60000),
    "circle/Info.plist": list_in_a_circle,
    "xml/Info.plist": lambda: b"<?xml version='1.0'?><plist>" + b"<array>" * 200000,
    "pom.xml": lambda: deep_xml(500000),
    "twice/Info.plist": lambda: plistlib.dumps({"CFBundleIdentifier": "a" * 1000000}),
}


def is_sanitised():
    return b"__asan_init" in pathlib.Path(program()).read_bytes()


def all_memory(top):
    """KiB that a process and those that it started have for themselves and share, fairly divided."""
    total, left = 0, [top]
    while left:
        pid = left.pop()
        try:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                total += int(line.split()[1]) if line.startswith("Pss:") else 0
            left += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        except (OSError, ValueError):
            pass  # it has ended
    return total


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """One scan of them all, with one parser: its document, and the most memory that all its processes had."""
    top = tmp_path_factory.mktemp("bombs")
    folder = write(top / "srv", {name: make() for name, make in BOMBS.items()})
    for name, head in (("sparse.img", b""), ("sparse-table.img", bytes(446) + struct.pack("<B3xB3xII", 0, 0x83, 2048, 0xFFFFFFFF)
                                                + bytes(48) + b"\x55\xaa")):
        with (folder / name).open("wb") as f:
            f.write(head)
            try:
                f.truncate(8 << 40)
            except OSError:
                pytest.skip("no sparse file of 8 TiB can be made here")
    command = [program(), "scan", "--no-store", "--jobs", "1", "-o", f"json={top}/report.json", folder]
    peak = 0
    with subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL) as scan:
        while True:
            try:
                code = scan.wait(0.05)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, all_memory(scan.pid))
    return code, json.loads((top / "report.json").read_text()), place_of(folder), peak


# The others are no bombs any more once they are read: a list that ends, an image without a file system.
SAYS = {
    "SOFTWARE": "inside of another",
    "circle/Info.plist": "damaged or a trap",
    "circles.msi": "runs in circles",
    "list/Info.plist": "damaged or a trap",
    "nested/package.json": "not valid JSON",
    "sections.exe": "damaged",
    "xml/Info.plist": "too deep",
}


def test_each_ends_and_says_why(scanned):
    code, document, folder, _ = scanned
    coverage = document["coverage"]
    gaps = {u["place"].removeprefix(f"{folder}/"): u for u in coverage["unexamined"]}

    assert code == UNKNOWN
    assert {name: gap["reason"] for name, gap in gaps.items()} == dict.fromkeys(SAYS, "damaged")
    assert all(said in gaps[name]["detail"] for name, said in SAYS.items()), gaps
    assert coverage["examined"] + sum(coverage["skipped"].values()) + len(gaps) == coverage["seen"]


def test_all_processes_together_stay_within_their_memory(scanned):
    assert is_sanitised() or scanned[3] < LIMIT_KIB, f"{scanned[3]} KiB"
