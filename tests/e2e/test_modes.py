# SPDX-License-Identifier: Apache-2.0
"""Every mode answers the same: how a scan is carried out changes what it costs, not what it says."""
import gzip
import io
import os
import tarfile
import zipfile

import pytest

from debar_program import FOUND
from making import elf, installed_kesl, write

NOW = "2026-11-24T12:00:00Z"
JUNOS = "security { utm { feature-profile { anti-virus { type kaspersky-lab-engine; } } } }\n"
WORDS = "The engine is chosen by `type kaspersky-lab-engine`, the agent by KLNAGENT_SERVER=.\n"


def packed(files):
    """A tar of them, compressed as it is made: what is in it can only be read in order."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Products, packed ones, names, links, gaps and literals, in enough folders to go round among threads."""
    top = installed_kesl(tmp_path_factory.mktemp("modes") / "root")
    inner = packed({"node_modules/@kaspersky/hexa-ui/package.json": b'{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n',
                    "etc/juniper.conf": JUNOS.encode(), "doc/words.txt": WORDS.encode() * 4000})
    write(top, {
        "srv/app/package.json": '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n',
        "srv/backup/inner.tar.gz": inner,
        "srv/backup/damaged.zip": b"PK\3\4" + bytes(60),
        "srv/network/juniper.conf": JUNOS,
        "srv/network/large.conf": "# nothing\n" * 60_000 + JUNOS,
        "srv/doc/words.txt": WORDS,
        "srv/doc/words.conf.gz": gzip.compress(JUNOS.encode(), mtime=0),
        "srv/empty": "",
    })
    with zipfile.ZipFile(top / "srv/backup/outer.zip", "w", zipfile.ZIP_DEFLATED) as outer:
        outer.writestr("inner.tar.gz", inner)
        outer.writestr("stored.txt", WORDS * 2000, zipfile.ZIP_STORED)
    program = elf(top / "srv/bin/agent", 'const char text[] = "type kaspersky-lab-engine"; int main(void) { return text[3]; }\n')
    for name in ("same", "again"):
        os.link(program, top / "srv/bin" / name)
    (top / "srv/link").symlink_to("app")
    for folder in range(40):
        write(top / f"srv/many/{folder}", {f"{i}.txt": f"{folder} {i}\n" for i in range(20)})
        write(top / f"srv/many/{folder}", {"package.json": f'{{"name": "p{folder}", "version": "1.0.{folder}"}}\n'})
    return top


def answers(debar, root, *options):
    """What a scan says and what it stored, without what names this one scan."""
    run = debar("scan", "-o", "json", "--no-cache", "--root", root, *options, now=NOW)
    assert run.code == FOUND, run
    inventory = debar("inventory", "-o", "cyclonedx", now=NOW).json
    for own in ("serialNumber", "metadata"):
        inventory.pop(own)
    return {**run.json, "scan": None}, inventory


@pytest.fixture(scope="module")
def plain(root, session_debar):
    return answers(session_debar, root, "--jobs", "1", "--sandbox=off")


@pytest.mark.parametrize("options", [
    ("--jobs", "1"), ("--jobs", "2"), ("--jobs", "8"), ("--jobs", "2", "--sandbox=off"), ("--jobs", "8", "--sandbox=off"),
], ids=" ".join)
def test_what_is_found_is_the_same(options, root, plain, debar):
    report, inventory = answers(debar, root, *options)

    assert report == plain[0]
    assert inventory == plain[1]


def test_every_byte_is_the_same_in_every_process(root, debar):
    all_in_one = answers(debar, root, "--every-byte", "--jobs", "1", "--sandbox=off")

    for options in (("--jobs", "1"), ("--jobs", "8")):
        assert answers(debar, root, "--every-byte", *options) == all_in_one


def test_every_byte_adds_what_the_words_of_other_files_say(root, plain, debar):
    """A configuration that an indicator is about counts, also packed; a text about it is a trace."""
    report, _ = answers(debar, root, "--every-byte")
    configured = {}
    for finding in report["findings"]:
        for place in finding["places"] if finding["confidence"] != "trace" else ():
            configured.setdefault(place, []).append(finding["product"])

    srv = f"{root}/srv"
    for place in (f"{srv}/network/juniper.conf", f"{srv}/network/large.conf", f"{srv}/backup/inner.tar.gz!/etc/juniper.conf",
                  f"{srv}/backup/outer.zip!/inner.tar.gz!/etc/juniper.conf", f"{srv}/doc/words.conf.gz!/words.conf"):
        assert configured[place] == ["junos-engine"], report["findings"]
    assert not [p for p in configured if "words.txt" in p or "stored.txt" in p]
    assert [f for f in plain[0]["findings"] if f not in report["findings"]] == []
    assert report["verdict"] == plain[0]["verdict"]


def test_words_alone_are_no_finding(tmp_path, debar):
    write(tmp_path / "srv", {"news.txt": WORDS, "large.txt": WORDS * 9000, "data": bytes(range(256)) * 99 + WORDS.encode()})

    scan = debar.scan("--every-byte", tmp_path / "srv")

    assert scan.verdict == "absent" and not [f for f in scan.findings if f["confidence"] != "trace"], scan
