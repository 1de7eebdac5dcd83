# SPDX-License-Identifier: Apache-2.0
"""The literals and magics of all catalogues, as expressions for Vectorscan or as rules for the peers."""
import pathlib

import yaml

TOP = pathlib.Path(__file__).resolve().parent.parent


def literals():
    """(name, bytes, nocase) of every byte indicator with exact values."""
    for file in sorted((TOP / "catalogue").glob("*.yaml")):
        for i in yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["indicators"]:
            if i["field"] in ("literal", "magic") and i.get("op") == "exact":
                for n, value in enumerate(i.get("values") or [i["value"]]):
                    yield f"{i['id']}.{n}", str(value).encode(), bool(i.get("nocase"))


def expression(raw, nocase):
    return "".join(f"[{chr(b).lower()}{chr(b).upper()}]" if nocase and chr(b).isalpha() else f"\\x{b:02x}" for b in raw)


def wide(raw):
    return b"".join(bytes([b, 0]) for b in raw)


def for_vectorscan(known):
    return [e for _, raw, nocase in known for e in (expression(raw, nocase), expression(wide(raw), nocase))]


def for_clamav(known):
    return [line for name, raw, _ in known
            for line in (f"debar.{name}:0:*:{raw.hex()}", f"debar.{name}.wide:0:*:{wide(raw).hex()}")]


def for_yara(known):
    rules = ["import \"pe\"", "rule signed_for_nobody { condition: pe.is_pe and pe.number_of_signatures > 1000 }"]
    for name, raw, nocase in known:
        text = "".join(f"\\x{b:02x}" for b in raw)
        word = "".join(c if c.isalnum() else "_" for c in name)
        rules.append(f'rule r_{word} {{ strings: $a = "{text}" ascii wide{" nocase" if nocase else ""} condition: $a }}')
    return rules


def for_ripgrep(known):
    return [raw.decode() for _, raw, _ in known if b"\n" not in raw]


KINDS = {"patterns": for_vectorscan, "rules.ndb": for_clamav, "rules.yar": for_yara, "rules.txt": for_ripgrep}
