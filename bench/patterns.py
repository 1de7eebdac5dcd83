#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The literals and magics of all catalogues, as expressions for Vectorscan or as rules for the peers."""
import pathlib
import sys

import yaml

TOP = pathlib.Path(__file__).resolve().parent.parent


def literals():
    """(name, bytes, nocase) of every byte indicator with exact values."""
    for file in sorted((TOP / "catalogue").glob("*.yaml")):
        for i in yaml.safe_load(file.read_text())["indicators"]:
            if i["field"] in ("literal", "magic") and i.get("op") == "exact":
                for n, value in enumerate(i.get("values") or [i["value"]]):
                    yield f"{i['id']}.{n}", str(value).encode(), bool(i.get("nocase"))


def expression(raw, nocase):
    text = "".join(f"\\x{b:02x}" if not (nocase and chr(b).isalpha()) else f"[{chr(b).lower()}{chr(b).upper()}]"
                   for b in raw)
    return text


def wide(raw):
    return b"".join(bytes([b, 0]) for b in raw)


def main(kind):
    for name, raw, nocase in literals():
        word = "".join(c if c.isalnum() else "_" for c in name)
        if kind == "vectorscan":
            print(expression(raw, nocase))
            print(expression(wide(raw), nocase))
        elif kind == "clamav":
            print(f"debar.{word}:0:*:{raw.hex()}")
            print(f"debar.{word}.wide:0:*:{wide(raw).hex()}")
        elif kind == "yara":
            hexes = " ".join(f"{b:02x}" for b in raw)
            print(f'import "pe"\nrule r_{word} {{ strings: $a = {{ {hexes} }} condition: $a }}'.replace('import "pe"\n', ""))
        elif kind == "ripgrep" and b"\n" not in raw:
            sys.stdout.buffer.write(raw + b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
