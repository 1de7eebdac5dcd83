#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fail when a file under src/ includes a header from a folder of the same or a higher rank (src/LAYERS)."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
rank = {}
for line in (root / "LAYERS").read_text().splitlines():
    if line and not line.startswith("#"):
        number, folder = line.split()
        rank[folder] = int(number)

bad = 0
for path in sorted(root.glob("*/**/*.[ch]")):
    mine = path.relative_to(root).parts[0]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'#\s*include "([a-z_]+)/', line)
        theirs = found and found.group(1)
        if mine not in rank or (theirs and theirs not in rank):
            print(f"{path}:{number}: folder not in LAYERS")
            bad += 1
            break
        if theirs and theirs != mine and rank[theirs] >= rank[mine]:
            print(f"{path}:{number}: {mine} (rank {rank[mine]}) may not include {theirs} (rank {rank[theirs]})")
            bad += 1
sys.exit(bad != 0)
