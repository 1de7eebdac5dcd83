# SPDX-License-Identifier: Apache-2.0
"""Runs debar as a person would, and holds every scan to what is promised of all scans."""
import atexit
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.parse

import jsonschema
import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
ABSENT, FOUND, ERROR, UNKNOWN = range(4)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do this")
COMPILED = pathlib.Path(tempfile.mkdtemp(prefix="debar-compiled-"))
atexit.register(shutil.rmtree, COMPILED, ignore_errors=True)
WITHOUT_STATE = {"orders", "catalogue", "help"}


def program():
    return pathlib.Path(os.environ.get("DEBAR_PROGRAM", TOP / "build/debar"))


def environment(now=None, **more):
    env = {k: v for k, v in os.environ.items() if k not in ("DEBAR_NOW", "DEBAR_DATA")}
    env["DEBAR_DATA"] = str(TOP)
    if now:
        env["DEBAR_NOW"] = now
    env.update(more)
    return env


class Run:
    """How one command ended and what it said."""

    def __init__(self, command, done):
        self.command, self.code = command, done.returncode
        self.out_bytes, self.err_bytes = done.stdout, done.stderr
        self.out = done.stdout.decode("utf-8", "surrogateescape")
        self.err = done.stderr.decode("utf-8", "surrogateescape")

    @functools.cached_property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"{' '.join(self.command)}\n  exit {self.code}\n  stdout: {self.out[:3000]}\n  stderr: {self.err[:3000]}"


class Debar:
    """debar with a state folder of its own."""

    def __init__(self, state):
        self.state = pathlib.Path(state)

    def command(self, *arguments):
        words = [str(a) for a in arguments]
        keeps = words and words[0] not in WITHOUT_STATE and not words[0].startswith("-")
        if keeps and not {"--state", "--no-store", "--help"} & set(words):
            words[1:1] = ["--state", str(self.state)]
        return [str(program()), *words]

    def give_compiled(self, command):
        """To a new state folder: what an earlier scan compiled, which is most of a small scan's work."""
        if command[1] != "scan" or str(self.state) not in command or self.state.exists():
            return
        self.state.mkdir(mode=0o700, parents=True)
        if (COMPILED / "compiled").exists():
            shutil.copy(COMPILED / "compiled", self.state)

    def take_compiled(self):
        if (self.state / "compiled").exists() and not (COMPILED / "compiled").exists():
            shutil.copy(self.state / "compiled", COMPILED)

    def __call__(self, *arguments, now=None, timeout=120, as_user=None, **options):
        command = self.command(*arguments)
        if as_user is None:
            self.give_compiled(command)
        if as_user is not None:
            command = ["setpriv", f"--reuid={as_user}", f"--regid={as_user}", "--clear-groups", *command]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, timeout=timeout, env=environment(now), **options)
        self.take_compiled()
        run = Run(command, done)
        assert done.returncode in (ABSENT, FOUND, ERROR, UNKNOWN), run
        assert "Sanitizer" not in run.err and "runtime error" not in run.err, run
        return run

    def scan(self, *arguments, gone=False, **options):
        """A scan's JSON, checked against everything that holds for every scan; `gone`: files may be by now."""
        run = self("scan", "-o", "json", *arguments, **options)
        assert run.code != ERROR, run
        return check_scan(Scan(run), gone)


class Scan:
    """The document of one scan and the ways that tests look at it."""

    def __init__(self, run):
        self.run, self.code, self.json = run, run.code, run.json
        self.findings, self.coverage = self.json["findings"], self.json["coverage"]
        self.verdict = self.json["verdict"]

    def __repr__(self):
        lines = [f"exit {self.code}, {self.verdict}, {len(self.findings)} findings"]
        lines += [f"  {f['vendor']}/{f['product']} {f['state']} {f['confidence']}: {f.get('reason', '')}\n    "
                  + "\n    ".join(f["places"][:6] + [f"{i['id']} ({i['effective']}) {i.get('note', '')}"
                                                    for i in f["indicators"][:6]]) for f in self.findings]
        lines += [f"  not examined: {u}" for u in self.coverage["unexamined"][:10]]
        return "\n".join(lines)

    def find(self, vendor=None, product=None, place=None):
        """The findings of a vendor or product, or that have a place."""
        return [f for f in self.findings
                if (vendor is None or f["vendor"] == vendor) and (product is None or f["product"] == product)
                and (place is None or str(place) in f["places"])]

    def one(self, *vendor_and_product, **place):
        found = self.find(*vendor_and_product, **place)
        assert len(found) == 1, f"{len(found)} findings of {vendor_and_product} {place}\n{self!r}"
        return found[0]

    def order(self, order_id):
        return next(o for o in self.json["orders"] if o["id"] == order_id)

    def unexamined(self, reason=None):
        return [u["place"] for u in self.coverage["unexamined"] if reason in (None, u["reason"])]


def under(finding, order_id):
    """What an order says of a finding."""
    return next(o for o in finding["orders"] if o["id"] == order_id)


def place_of(path):
    """A path (bytes or text) as a place, from the definition of places."""
    raw = os.fsencode(path)
    out, at = "", 0
    while at < len(raw):
        for length in range(1, 5):
            try:
                char = raw[at:at + length].decode("utf-8")
                break
            except UnicodeDecodeError:
                char = None
        if char is None:
            out, length = out + f"%{raw[at]:02X}", 1
        elif ord(char) < 0x20 or 0x7f <= ord(char) < 0xa0 or char == "%":
            out += "".join(f"%{b:02X}" for b in raw[at:at + length])
        elif char == "!" and raw[at + 1:at + 2] in (b"", b"/"):
            out += "%21"
        else:
            out += char
        at += length
    return out


def path_of(place):
    """The path that a place stands for: of what lies inside something, the outermost file."""
    return urllib.parse.unquote_to_bytes(place.split("!/")[0])


@functools.lru_cache(maxsize=None)
def schema(name):
    document = json.loads((TOP / "docs/schema" / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def valid(document, name="debar.scan-1"):
    problems = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in schema(name).iter_errors(document)]
    assert not problems, "\n".join(problems[:20])


def counts(finding, order_id=None):
    """Whether a finding makes the verdict `found`."""
    return finding["confidence"] != "trace" and any(
        o["covered"] and o["status"] == "open" and order_id in (None, o["id"]) for o in finding["orders"])


def check_places(finding, gone):
    places = finding["places"]
    assert places and places == sorted(set(places), key=lambda p: p.encode()), finding
    assert all(p.startswith("/") for p in places), finding
    for indicator in finding["indicators"]:
        assert indicator["place"] in places, (indicator, places)
    for place in places if not gone else []:
        path = path_of(place)
        assert os.path.lexists(path), f"{place} leads nowhere"
    for indicator in finding["indicators"] if not gone else []:
        if "offset" in indicator and "!/" not in indicator["place"]:
            size = os.lstat(path_of(indicator["place"])).st_size
            assert indicator["offset"] + indicator["length"] <= size, indicator


def check_scan(scan, gone=False):
    document, coverage = scan.json, scan.coverage
    valid(document)
    assert coverage["examined"] + sum(coverage["skipped"].values()) + len(coverage["unexamined"]) == coverage["seen"]
    assert len({f["id"] for f in scan.findings}) == len(scan.findings)
    for finding in scan.findings:
        check_places(finding, gone)
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", finding["id"])
        assert {"name", "source"} <= finding.keys() | {"source"} and all(i["source"] for i in finding["indicators"])
    assert (scan.verdict == "found") == any(counts(f) for f in scan.findings), scan
    for order in document["orders"]:
        assert (order["verdict"] == "found") == any(counts(f, order["id"]) for f in scan.findings), order["id"]
    if scan.verdict == "absent":
        assert not coverage["unexamined"] and document["complete"], scan
    assert scan.code == {"absent": ABSENT, "found": FOUND, "unknown": UNKNOWN}[scan.verdict], scan
    assert (TOP / "catalogue").is_dir() and all(
        (TOP / f"catalogue/{f['vendor']}.yaml").exists() for f in scan.findings)
    return scan
