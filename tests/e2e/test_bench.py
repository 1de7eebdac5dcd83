# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run on a few files: what they measure exists, is counted right, and is told apart."""
import gzip
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import zipfile

import pytest
from debar_program import TOP, environment

sys.path.insert(0, str(TOP / "bench"))
import listed  # noqa: E402

# A limit ends with what it has taken: the system takes that back sooner than it could.
LIMITS = {"ASAN_OPTIONS": "detect_leaks=0"}


def build():
    """The newest build with `limit` in it."""
    folders = [pathlib.Path(os.environ["DEBAR_BUILD"])] if "DEBAR_BUILD" in os.environ else TOP.glob("build*")
    built = [f for f in folders if (f / "bench/limit").exists() and (f / "debar").exists()]
    if not built:
        pytest.fail("bench/limit is not built: meson setup build && ninja -C build")
    return max(built, key=lambda f: (f / "bench/limit").stat().st_mtime)


@pytest.fixture
def corpus(tmp_path):
    at = tmp_path / "at"
    for name in ("corpus/npm/one", "corpus/deb", "sub", "archives"):
        (at / name).mkdir(parents=True)
    (at / "corpus/npm/one/package.json").write_text('{"name": "one", "version": "1.0.0"}')
    (at / "corpus/npm/one/index.js").write_text("module.exports = 1\n")
    (at / "corpus/deb/program").write_bytes(b"\x7fELF" + bytes(100_000))
    return at


def limit(mode, folder, tmp_path, expression="needle"):
    patterns = tmp_path / "patterns"
    patterns.write_text(expression + "\n")
    words = [build() / "bench/limit", mode, folder, *([patterns] if mode in ("match", "work", "archives") else [])]
    return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, env={**os.environ, **LIMITS}).stdout)


def bench(corpus, tmp_path, *words):
    out = tmp_path / "bench.json"
    r = subprocess.run([TOP / "bench/run", "--at", corpus, "--build", build(), "--rounds", "1", "--json", out, *words],
                       check=False, env=environment(**LIMITS), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert r.returncode == 0, r.stdout
    return r.stdout, json.loads(out.read_text())


def test_ratios_are_measured_and_told_to_people_and_machines(corpus, tmp_path):
    text, told = bench(corpus, tmp_path, "--only", "full", "--only", "changed", "--only", "start-up")
    names = [row["name"] for row in told["rows"]]
    assert names == ["full scan, archives closed", "full scan, archives closed", "sandbox", "re-scan, 1% changed",
                     "start-up, all orders and catalogues"]
    assert all(name in text for name in names)
    first = told["rows"][0]
    assert first["goal"] == 1.2 and first["value"] > 0 and first["met"] == (first["value"] <= 1.2)
    assert "limit work" in first["commands"][1] and told["failed"] == []
    assert not list(corpus.parent.glob("debar-bench-*")), "the scratch folder stays behind"


def test_a_peer_that_is_not_installed_is_named(corpus, tmp_path):
    out = tmp_path / "bench.json"
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("env", "sh", "find", "clamscan"):  # no yara; a clamscan that finds nothing
        os.symlink("/bin/true" if name == "clamscan" else f"/usr/bin/{name}", tools / name)
    r = subprocess.run([TOP / "bench/run", "--at", corpus, "--build", build(), "--rounds", "1", "--json", out, "--only", "peers"],
                       check=False, env=environment(PATH=str(tools)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert r.returncode == 0, r.stdout
    assert "skipped: yara is not installed" in r.stdout
    assert {row["against"].split(",")[0] for row in json.loads(out.read_text())["rows"]} == {"clamscan"}


def test_a_command_that_fails_is_no_measurement(corpus, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("env", "sh"):
        os.symlink(f"/usr/bin/{name}", tools / name)
    for name in ("clamscan", "yara"):
        os.symlink("/bin/false" if name == "yara" else "/bin/true", tools / name)
    r = subprocess.run([TOP / "bench/run", "--at", corpus, "--build", build(), "--rounds", "1", "--only", "peers"], check=False,
                       env=environment(PATH=str(tools)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert r.returncode == 1 and "exit 1" in r.stdout and "1 failed" in r.stdout


def test_the_limits_read_what_they_say(corpus, tmp_path):
    size = sum(p.stat().st_size for p in corpus.rglob("*") if p.is_file())
    (corpus / "corpus/deb/long").write_bytes(bytes(50_000) + b"needle")
    assert limit("stat", corpus, tmp_path) == {"files": 4, "bytes": 0, "hits": 0}
    assert limit("read", corpus, tmp_path) == {"files": 4, "bytes": size + 50_006, "hits": 0}
    assert limit("match", corpus, tmp_path) == {"files": 4, "bytes": size + 50_006, "hits": 1}
    # The head of a text, every byte of a program.
    assert limit("work", corpus, tmp_path) == {"files": 4, "bytes": size + 16_384, "hits": 0}


def test_the_limit_of_archives_opens_what_is_in_them(tmp_path):
    folder, inner = tmp_path / "archives", io.BytesIO()
    folder.mkdir()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a", b"x" * 1000 + b"needle")
        z.writestr("b.gz", gzip.compress(b"needle" * 2))
    with tarfile.open(folder / "t.tar.xz", "w:xz") as t:
        member = tarfile.TarInfo("inner.zip")
        member.size = len(inner.getvalue())
        t.addfile(member, io.BytesIO(inner.getvalue()))
    # One hit of an expression is told for each run of bytes.
    assert limit("archives", folder, tmp_path) == {"files": 1, "bytes": 1006 + 12, "hits": 2}


def test_lists_of_packages_are_compared_by_name_and_version(tmp_path):
    assert listed.of_purl("pkg:npm/%40babel/core@7.1.0") == ("npm", "@babel/core", "7.1.0")
    assert listed.of_purl("pkg:deb/debian/vim@9.0-1?arch=amd64&epoch=2") == ("deb", "vim", "2:9.0-1")
    assert listed.of_purl("pkg:pypi/Zope.Interface") == ("pypi", "zope-interface", "")
    bill = tmp_path / "bill.json"
    bill.write_text(json.dumps({"components": [{"purl": "pkg:npm/a@1", "components": [{"purl": "pkg:npm/b@2"}]}]}))
    ours = listed.cyclonedx(bill)
    assert ours == {("npm", "a", "1"), ("npm", "b", "2")}
    theirs = {("npm", "a", "1"), ("npm", "b", "3"), ("npm", "c", "1")}
    assert listed.missing(ours, theirs) == ([("npm", "c", "1")], [("npm", "b", "3")])
