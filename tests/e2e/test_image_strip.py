# SPDX-License-Identifier: Apache-2.0
"""A new container image without what was found in an old one: absent for a scan, sound for the tools of containers."""
import gzip
import hashlib
import io
import json
import pathlib
import subprocess
import tarfile

import pytest

import imaging
from debar_program import ABSENT, ERROR, FOUND, needs_root
from programs import run

PACKAGE = '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n'
NPM = "app/node_modules/@kaspersky/hexa-ui/package.json"
STATUS = "var/lib/dpkg/status"
INFO = "var/lib/dpkg/info/"


def dpkg(*names):
    return "".join(f"Package: {n}\nStatus: install ok installed\nVersion: 12.2.0-2412\nArchitecture: amd64\n"
                   f"Maintainer: {'AO Kaspersky Lab' if n == 'kesl' else 'Somebody'}\nDescription: x\n\n" for n in names)


LAYERS = [
    {STATUS: dpkg("base"), "etc/passwd": "root:x:0:0::/:/bin/sh\n", "usr/lib/": b"", "usr/lib/libc.so": "c",
     INFO + "base.list": "/.\n/usr\n/usr/lib\n/usr/lib/libc.so\n/opt/shared\n"},
    {STATUS: dpkg("base", "kesl", "more"), NPM: PACKAGE, "srv/x.txt": "x", "opt/shared": "s", "opt/kaspersky/": b"",
     "opt/kaspersky/kesl/bin/kesl": "#!/bin/sh\n", "opt/kaspersky/kesl/data.db": "data", INFO + "kesl.md5sums": "",
     INFO + "kesl.list": "/.\n/opt\n/opt/kaspersky\n/opt/kaspersky/kesl/bin/kesl\n/opt/kaspersky/kesl/data.db\n/opt/shared\n"},
    {"srv/y.txt": "y", "srv/.wh.x.txt": "", "opt/kaspersky/kesl/data.db": "data of later"},
]
GONE = {NPM, "opt/kaspersky/kesl/bin/kesl", "opt/kaspersky/kesl/data.db", INFO + "kesl.md5sums", INFO + "kesl.list"}


def make(folder, form):
    if form.startswith("oci-"):
        return imaging.write_files(folder / "old", imaging.layout(LAYERS, "r.test/made:1", form[4:]))
    if form == "oci.tar":
        return imaging.write_tar(folder / "old.tar", imaging.layout(LAYERS, "r.test/made:1"))
    return imaging.write_tar(folder / "old.tar", imaging.docker_save(LAYERS, "r.test/made:1", oci=form == "save25.tar"))


def strip(debar, folder, old, *options, now="2026-11-30T12:00:00Z"):
    """The new image, made of what a scan found in the old one."""
    new = folder / ("new" if old.is_dir() else "new.tar")
    before = tree(old)
    assert debar("scan", old).code == FOUND
    done = debar("image", "strip", old, "--to", new, *options, now=now)
    assert tree(old) == before
    assert not list(folder.glob("*.debar-part"))
    return new, done


def tree(path):
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return [(str(p), p.read_bytes()) for p in files]


def parts(image):
    """Names to bytes of the parts of an image."""
    if image.is_dir():
        return {str(p.relative_to(image)): p.read_bytes() for p in image.rglob("*") if p.is_file()}
    with tarfile.open(image) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}


def unpacked(data):
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def layers_of(image):
    """[{name: (metadata, bytes)}] of each layer, after everything that names a digest was checked."""
    files = parts(image)
    if "index.json" in files:
        found = json.loads(files["index.json"])["manifests"][0]
        manifest = json.loads(blob(files, found))
        config = json.loads(blob(files, manifest["config"]))
        tars = [unpacked(blob(files, d)) for d in manifest["layers"]]
    if "manifest.json" in files:
        saved = json.loads(files["manifest.json"])[0]
        config = json.loads(files[saved["Config"]])
        tars = [unpacked(files[n]) for n in saved["Layers"]]
        assert saved["RepoTags"] == ["r.test/made:1"]
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(t).hexdigest() for t in tars]
    assert sum(not h.get("empty_layer") for h in config["history"]) == len(tars)
    out = []
    for t in tars:
        with tarfile.open(fileobj=io.BytesIO(t)) as tar:
            out.append({m.name: (m.get_info() | {"pax": m.pax_headers}, tar.extractfile(m).read() if m.isfile() else b"") for m in tar})
    return out, config


def blob(files, descriptor):
    data = files["blobs/sha256/" + descriptor["digest"][7:]]
    assert hashlib.sha256(data).hexdigest() == descriptor["digest"][7:] and len(data) == descriptor["size"]
    return data


@pytest.mark.parametrize("form", ["oci-gzip", "oci-zstd", "oci.tar", "save.tar", "save25.tar"])
def test_what_was_found_is_gone_and_everything_else_is_there(form, debar, tmp_path):
    old = make(tmp_path, form)
    before, config = layers_of(old)
    new, done = strip(debar, tmp_path, old)
    assert done.code == ABSENT, done
    after, after_config = layers_of(new)
    for was, now in zip(before, after):
        assert set(was) - set(now) == set(was) & GONE
        for name in now:
            if name != STATUS:
                assert now[name] == was[name], name
    assert after[1][STATUS][1].decode() == dpkg("base", "more")
    assert after[0] == before[0]
    note = after_config["history"].pop()
    assert after_config["history"] == config["history"]
    assert note["empty_layer"] and note["created"] == "2026-11-30T12:00:00Z" and "Kaspersky" in note["comment"]
    scan = debar("scan", new, "-o", "json")
    assert scan.code == ABSENT and not scan.json["findings"], scan
    if form in ("oci-gzip", "oci-zstd"):  # as they were packed, and nothing of the old one is left behind
        kinds = [d["mediaType"] for d in json.loads(blob(parts(new), json.loads(parts(new)["index.json"])["manifests"][0]))["layers"]]
        assert all(k.endswith(form[4:]) for k in kinds)
        assert len(parts(new)) == len(parts(old))


def test_skopeo_takes_it_and_says_the_same_of_it(debar, tmp_path):
    old = make(tmp_path, "oci-gzip")
    new, _ = strip(debar, tmp_path, old)
    for image, to in ((new, "copy"), (old, "copy-old")):
        run("skopeo", "copy", "--insecure-policy", f"oci:{image}:r.test/made:1", f"dir:{tmp_path / to}")
    was, now = (json.loads(run("skopeo", "inspect", "--config", f"oci:{i}:r.test/made:1")) for i in (old, new))
    assert was["config"] == now["config"] and was["architecture"] == now["architecture"]
    run("skopeo", "copy", "--insecure-policy", f"oci:{new}:r.test/made:1", f"docker-archive:{tmp_path / 'd.tar'}:r.test/made:1")


def test_an_archive_of_skopeo_stays_one(debar, tmp_path):
    made = make(tmp_path, "oci-gzip")
    old = tmp_path / "docker.tar"
    run("skopeo", "copy", "--insecure-policy", f"oci:{made}:r.test/made:1", f"docker-archive:{old}:r.test/made:1")
    new, done = strip(debar, tmp_path, old)
    assert done.code == ABSENT, done
    layers, _ = layers_of(new)
    assert not any(GONE & set(one) for one in layers)
    run("skopeo", "copy", "--insecure-policy", f"docker-archive:{new}", f"dir:{tmp_path / 'copy'}")


@needs_root
def test_buildah_runs_from_it(debar, tmp_path):
    old = make(tmp_path, "oci-gzip")
    new, _ = strip(debar, tmp_path, old)
    storage = ["--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run"), "--storage-driver", "vfs"]
    policy = tmp_path / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    name = run("buildah", *storage, "from", "--signature-policy", policy, f"oci:{new}:r.test/made:1").decode().split()[-1]
    top = pathlib.Path(run("buildah", *storage, "mount", name).decode().strip())
    try:
        assert (top / "srv/y.txt").exists() and (top / "opt/shared").exists() and not (top / "srv/x.txt").exists()
        assert not (top / "opt/kaspersky/kesl/bin/kesl").exists()
    finally:
        run("buildah", *storage, "rm", name)


def test_only_the_finding_that_is_named(debar, tmp_path):
    old = make(tmp_path, "oci.tar")
    scan = debar("scan", old, "-o", "json")
    npm = next(f for f in scan.json["findings"] if f["product"] == "hexa-ui")
    new, done = strip(debar, tmp_path, old, "--finding", npm["id"])
    assert done.code == ABSENT, done
    layers, _ = layers_of(new)
    assert NPM not in layers[1] and "opt/kaspersky/kesl/bin/kesl" in layers[1]


def test_images_of_several_machines_keep_their_index_and_annotations(debar, tmp_path):
    made = imaging.Layout()
    manifests = [{**made.manifest(LAYERS, architecture=a), "platform": {"os": "linux", "architecture": a},
                  "annotations": {"x.test/kept": a}} for a in ("amd64", "arm64")]
    made.name(made.index(manifests), "r.test/made:1")
    old = imaging.write_files(tmp_path / "old", made.written())
    new, done = strip(debar, tmp_path, old)
    assert done.code == ABSENT, done
    files = parts(new)
    index = json.loads(blob(files, json.loads(files["index.json"])["manifests"][0]))
    for m, was in zip(index["manifests"], manifests):
        assert m["platform"] == was["platform"] and m["annotations"] == was["annotations"]
        manifest = json.loads(blob(files, m))
        assert not GONE & {n for d in manifest["layers"] for n in tarfile.open(fileobj=io.BytesIO(unpacked(blob(files, d)))).getnames()}
    assert debar("scan", new).code == ABSENT


def tar_with(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, kind, link, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size, info.mode = kind, link, len(data), 0o4751
            info.uid, info.gid, info.uname, info.mtime = 5, 6, "u", 1234567890
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_links_devices_and_long_names_stay_as_they_are(debar, tmp_path, monkeypatch):
    long = "srv/" + "n" * 90 + "/" + "m" * 150
    raw = tar_with((NPM, tarfile.REGTYPE, "", PACKAGE.encode()), ("dev/x", tarfile.CHRTYPE, "", b""), ("l", tarfile.SYMTYPE, "t" * 120, b""),
                   (long, tarfile.REGTYPE, "", b"long"), ("srv/hard", tarfile.LNKTYPE, long, b""), ("fifo", tarfile.FIFOTYPE, "", b""))
    kept = tar_with(*[("l", tarfile.SYMTYPE, "t" * 120, b"")])
    monkeypatch.setattr(imaging, "layer_tar", lambda _: raw)
    old = imaging.write_files(tmp_path / "old", imaging.layout([{}], "r.test/made:1"))
    new, done = strip(debar, tmp_path, old)
    assert done.code == ABSENT, done
    files = parts(new)
    manifest = json.loads(blob(files, json.loads(files["index.json"])["manifests"][0]))
    after = unpacked(blob(files, manifest["layers"][0]))
    start = 1024  # the header and the one block of what is gone
    assert after == raw[start:] and kept[:1536] in after


def test_a_hard_link_to_what_goes_is_refused(debar, tmp_path, monkeypatch):
    raw = tar_with((NPM, tarfile.REGTYPE, "", PACKAGE.encode()), ("srv/hard", tarfile.LNKTYPE, NPM, b""))
    monkeypatch.setattr(imaging, "layer_tar", lambda _: raw)
    old = imaging.write_files(tmp_path / "old", imaging.layout([{}], "r.test/made:1"))
    new, done = strip(debar, tmp_path, old)
    assert done.code == ERROR and "srv/hard" in done.err and "hard link" in done.err and not new.exists()


def test_what_cannot_be_taken_out_is_named(debar, tmp_path):
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as tar:
        info = tarfile.TarInfo("package/package.json")
        info.size = len(PACKAGE)
        tar.addfile(info, io.BytesIO(PACKAGE.encode()))
    apk = "P:kesl\nV:12.2.0\nA:x86_64\nm:AO Kaspersky Lab\nT:x\n\n"
    old = imaging.write_files(tmp_path / "old", imaging.layout([{"lib/apk/db/installed": apk, NPM: PACKAGE, "srv/a.tar": inner.getvalue()}],
                                                               "r.test/made:1"))
    new, done = strip(debar, tmp_path, old)
    assert done.code == FOUND and new.exists(), done
    assert "apk del" in done.err and "stays" in done.err
    assert "srv/a.tar" not in done.err or "not the vendor's as a whole" in done.err


def test_errors_say_what_to_do(debar, tmp_path):
    old = make(tmp_path, "oci.tar")
    assert debar("image", "strip", old, "--to", tmp_path / "new").code == ERROR  # nothing was scanned yet
    clean = imaging.write_tar(tmp_path / "clean.tar", imaging.layout([{"srv/x": "x"}], "r.test/clean:1"))
    debar("scan", clean)
    done = debar("image", "strip", clean, "--to", tmp_path / "new")
    assert done.code == ERROR and "scan it first" in done.err
    debar("scan", old)
    (tmp_path / "new").write_text("mine")
    done = debar("image", "strip", old, "--to", tmp_path / "new")
    assert done.code == ERROR and "there already" in done.err and (tmp_path / "new").read_text() == "mine"
    assert debar("image", "strip", old).code == ERROR
    assert debar("image", "peel", old, "--to", tmp_path / "x").code == ERROR


def test_damaged_images_end_in_errors(debar, tmp_path):
    old = make(tmp_path, "oci.tar")
    assert debar("scan", old).code == FOUND
    data = old.read_bytes()
    for cut in (100, 5000, len(data) // 2, len(data) - 3000):
        old.write_bytes(data[:cut])
        done = debar("image", "strip", old, "--to", tmp_path / "new")
        assert done.code == ERROR and done.err.startswith("debar: "), done
        assert not (tmp_path / "new").exists() and not list(tmp_path.glob("*.debar-part"))


def test_entries_go_out_of_files_of_others(debar, tmp_path):
    files = {STATUS: dpkg("base", "kesl"), "etc/passwd": "root:x:0:0::/:/bin/sh\nksnuser:x:9:9::/:/bin/false\n",
             "etc/shadow": "root:*:1::::::\nksnuser:!:1::::::\n", "etc/group": "root:x:0:\nadm:x:4:ksnuser,x\n",
             "etc/apt/sources.list.d/k.list": "deb https://repo.kaspersky.com/x a b\ndeb http://mirror.example.org/debian b main\n"}
    old = imaging.write_files(tmp_path / "old", imaging.layout([files], "r.test/made:1"))
    new, done = strip(debar, tmp_path, old)
    assert done.code == ABSENT, done
    (layer,), _ = layers_of(new)
    left = {name: data.decode() for name, (_, data) in layer.items()}
    assert left == {STATUS: dpkg("base"), "etc/passwd": "root:x:0:0::/:/bin/sh\n", "etc/shadow": "root:*:1::::::\n",
                    "etc/group": "root:x:0:\nadm:x:4:x\n",
                    "etc/apt/sources.list.d/k.list": "deb http://mirror.example.org/debian b main\n"}
    assert debar("scan", new).code == ABSENT
