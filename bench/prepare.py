# SPDX-License-Identifier: Apache-2.0
"""What is made before something is timed. The corpus itself is only read."""
import os
import random
import shutil
import subprocess
import sys

import patterns

FILES_A_FOLDER = 1000
INDICATORS_A_FILE = 10_000


def literals(work):
    """The same literals for everybody: as expressions for `limit`, and as the peers want them."""
    known = list(patterns.literals())
    for name, lines in patterns.KINDS.items():
        (work / name).write_text("".join(line + "\n" for line in lines(known)))


def primed(debar, folder, root, options=()):
    """A state folder that one scan has left; compiled patterns are kept in it."""
    folder.mkdir(parents=True, exist_ok=True)
    r = subprocess.run([debar, "scan", "-q", "--state", folder, *options, "-o", "json=/dev/null", "--root", root],
                       check=False, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if r.returncode not in (0, 1, 3):
        sys.exit(f"bench: debar scan --root {root}: exit {r.returncode}: {r.stderr.strip()}")
    return folder


def copy(source, folder):
    """A copy with inodes of its own, for rows that change files."""
    shutil.copytree(source, folder, symlinks=True)
    return folder


class Changer:
    """Changes one file in a hundred of a copy, other ones each time."""

    def __init__(self, folder, share=0.01, seed=1):
        self.files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
        self.count = max(1, int(len(self.files) * share))
        self.random = random.Random(seed)

    def __call__(self):
        for p in self.random.sample(self.files, self.count):
            with open(p, "ab") as f:
                f.write(b"\n")


def small_files(folder, count):
    """Files of one to three lines, a thousand in a folder, each with its own inode."""
    for n in range(count):
        if n % FILES_A_FOLDER == 0:
            where = folder / f"{n // FILES_A_FOLDER:04}"
            where.mkdir(parents=True, exist_ok=True)
            fd = os.open(where, os.O_RDONLY | os.O_DIRECTORY)
        f = os.open(f"{n:07}.txt", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=fd)
        os.write(f, b"a line of text, number %d\n" % n * (1 + n % 3))
        os.close(f)
        if n % FILES_A_FOLDER == FILES_A_FOLDER - 1 or n == count - 1:
            os.close(fd)
    return folder


# ---- what grows ----

ELF = (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00" + bytes(28) + b"\x40\x00\x38\x00" +
       bytes(8))  # a header of a program for amd64, without sections


def prepared_folder(folder):
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def program(file, size, rng):
    """An ELF header and noise."""
    file.write_bytes(ELF + rng.randbytes(size - len(ELF)))


def word(rng):
    return f"{rng.choice('abcdefgh')}{rng.randrange(10**9)}"


def dpkg_root(folder, count):
    rng = random.Random(2)
    prepared_folder(folder / "var/lib/dpkg")
    with open(folder / "var/lib/dpkg/status", "w", encoding="utf-8") as f:
        for n in range(count):
            f.write(f"Package: p{n}-{word(rng)}\nStatus: install ok installed\nVersion: 1.{n}\nArchitecture: amd64\n"
                    f"Maintainer: {word(rng)} {word(rng)} <x@example.org>\nDescription: {word(rng)} {word(rng)}\n\n")
    return folder


def mixed_tree(folder):
    """10,000 small files, 32 programs of 1 MiB, 1,000 packages."""
    rng = random.Random(3)
    small_files(folder, 10_000)
    for n in range(32):
        program(folder / f"program{n}", 1 << 20, rng)
    return dpkg_root(folder, 1000)


def rules(folder, orders, indicators):
    """
    So many orders, and so many indicators of six kinds, of vendors that do not exist: one catalogue
    holds 10,000, since a file has a largest size.
    """
    rng = random.Random(4)
    vendors = [f"nobody{n}" for n in range(1 + (indicators - 1) // INDICATORS_A_FILE)]
    for name in ("orders", "catalogue"):
        prepared_folder(folder / name)
    for n in range(orders):
        (folder / f"orders/o{n:03}.yaml").write_text(f"""schema: debar.order/1
id: o{n:03}
title: Order {n}
authority: Nobody
citation: None
url: https://example.org/{n}
issued: 2020-01-01
effective: 2020-01-01
binds: Nobody
named: [Nobody 0 Example Ltd]
sources: [{{fact: None, url: "https://example.org/"}}]
notes: []
replacement: {{required: false, text: None}}
exceptions: {{blanket: false, text: None}}
nil_report: false
report_to: None
report_fields: []
milestones: []
relations: []
carve_outs: []
vendors: [{', '.join(vendors)}]
products: {{list: open, named: [A thing]}}
applies_to: [product, service, installation]
scope: {{in: [{{class: branded, clause: All of it}}], out: []}}
""")
    for number, vendor in enumerate(vendors):
        first = number * INDICATORS_A_FILE
        lines = [f"schema: debar.catalogue/1\nvendor: {vendor}\ntitle: Nobody\nentities:\n"
                 f"  - {{name: Nobody {number} Example Ltd, relation: named, publisher: strong, source: example}}\nproducts:\n"
                 "  - {id: thing, name: A thing, kind: software, platforms: [any], source: example}\nindicators:\n"]
        for n in range(first, min(indicators, first + INDICATORS_A_FILE)):
            kinds = {"package": f"nobody-{word(rng)}", "literal": f"nobody {word(rng)} {word(rng)}",
                     "path": f"/opt/nobody/{word(rng)}", "service": f"nobody{word(rng)}",
                     "sha256": rng.randbytes(32).hex(), "company": f"Nobody {word(rng)}"}
            field = list(kinds)[n % len(kinds)]
            lines.append(f"  - {{id: {vendor}.grown.i{n}, product: thing, field: {field}, op: exact, value: \"{kinds[field]}\", "
                         f"strength: strong, scope: branded, platform: any, source: example, hit: [\"{kinds[field]}\"], "
                         f"miss: [\"x{n}\"]}}\n")
        (folder / f"catalogue/{vendor}.yaml").write_text("".join(lines))
    return folder
