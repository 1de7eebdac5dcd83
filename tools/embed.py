#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turn text files into C arrays, each with the base64 SHA-256 that a content security policy names.

embed.py OUTPUT FILE…: `report.css` becomes report_css[] (NUL-terminated) and report_css_sha256[].
"""
import base64
import hashlib
import pathlib
import sys

out = ["// SPDX-License-Identifier: Apache-2.0", "// Made by tools/embed.py.", "#pragma once", ""]
for path in map(pathlib.Path, sys.argv[2:]):
    data = path.read_bytes()
    name = path.name.replace(".", "_")
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    out.append(f"static const char {name}[] = {{")
    numbers = [str(b if b < 128 else b - 256) for b in data] + ["0"]
    out += ["    " + ", ".join(numbers[i:i + 24]) + "," for i in range(0, len(numbers), 24)]
    out += ["};", f'static const char {name}_sha256[] = "{digest}";', ""]
pathlib.Path(sys.argv[1]).write_text("\n".join(out))
