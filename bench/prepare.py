# SPDX-License-Identifier: Apache-2.0
"""What is made before something is timed. The corpus itself is only read."""
import os
import pathlib
import random
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FILES_A_FOLDER = 1000


def patterns(work):
    """The same literals for everybody: as expressions for `limit`, and as the peers want them."""
    for kind, name in (("vectorscan", "patterns"), ("clamav", "rules.ndb"), ("yara", "rules.yar"), ("ripgrep", "rules.txt")):
        text = subprocess.run([sys.executable, HERE / "patterns.py", kind], check=True, stdout=subprocess.PIPE).stdout
        (work / name).write_bytes(text)


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
