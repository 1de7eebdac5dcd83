# SPDX-License-Identifier: Apache-2.0
"""In a container image every finding says which layer brought it, and what a later layer hides is still there."""
import pathlib
import shutil
import subprocess
import tempfile

import pytest

import imaging
from debar_program import needs_root, place_of
from making import Windows
from programs import run

PACKAGE = '{"name": "@kaspersky/hexa-ui", "version": "6.0.0"}\n'
NPM = "app/node_modules/@kaspersky/hexa-ui/package.json"
EXE = "opt/win/avp.exe"
STATUS = "var/lib/dpkg/status"


def dpkg(*names):
    return "".join(f"Package: {n}\nStatus: install ok installed\nVersion: 12.2.0-2412\nArchitecture: amd64\n"
                   f"Maintainer: {'AO Kaspersky Lab' if n == 'kesl' else 'Somebody'}\nDescription: x\n\n" for n in names)


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    """All is planted in the first layer; the third deletes one, hides one in a folder, and replaces the database."""
    exe = Windows(tmp_path_factory.mktemp("exe"))(tmp_path_factory.mktemp("made") / "avp.exe", "AO Kaspersky Lab", "Kaspersky Anti-Virus")
    return [{STATUS: dpkg("base", "kesl"), NPM: PACKAGE, EXE: exe.read_bytes(), "srv/x.txt": "x"},
            {STATUS: dpkg("base", "kesl", "more"), "srv/y.txt": "y"},
            {STATUS: dpkg("base", "more"), "app/node_modules/.wh.@kaspersky": "", "opt/win/": b"", "opt/win/.wh..wh..opq": "",
             "srv/.wh.x.txt": ""}]


# what every form of the image is to say: product, file, layer, fate; the program of some product belongs to the one that is installed
EXPECTED = {("kesl", STATUS, 1, ("replaced_in", 2)), ("kesl", STATUS, 2, ("replaced_in", 3)), ("kesl", EXE, 1, ("deleted_in", 3)),
            ("hexa-ui", NPM, 1, ("deleted_in", 3))}


def fate(layer):
    return next(((k, layer[k]) for k in ("deleted_in", "replaced_in") if k in layer), None)


def below(scan, folder):
    """The findings of one form of the image."""
    top = place_of(folder)
    return [f for f in scan.findings if all(p == top or p.startswith((top + "/", top + "!/")) for p in f["places"])]


def said(findings):
    return {(f["product"], next(n for n in (STATUS, NPM, EXE) if la["place"].endswith("/" + n)), la["number"], fate(la)) for f in findings for la in f.get("layers", [])}


def check_image(findings, name, steps=True):
    """One finding a product, contained, in layers of the image of that name."""
    assert said(findings) == EXPECTED, findings
    assert len(findings) == 2, findings
    for f in findings:
        assert f["state"] == "contained", f
        assert {la["place"] for la in f["layers"]} == set(f["places"]), f
        assert "still in the image" in f["reason"], f["reason"]
        for la in f["layers"]:
            assert la["image"] == name and la["of"] == 3 and la["images"] == 1, la
            if steps:
                assert la["created_by"] == imaging.STEPS[la["number"] - 1], la
            assert la["digest"].startswith("sha256:"), la


@pytest.fixture(scope="module")
def forms(layers, tmp_path_factory):
    """The image in every form that is made by hand, and what tools make of that."""
    srv = tmp_path_factory.mktemp("images")
    for how in ("gzip", "zstd", ""):
        imaging.write_files(srv / f"oci-{how or 'plain'}", imaging.layout(layers, "r.test/made:1", how))
    imaging.write_tar(srv / "oci.tar", imaging.layout(layers, "r.test/made:1"))
    imaging.write_tar(srv / "save.tar", imaging.docker_save(layers, "r.test/made:1"))
    imaging.write_tar(srv / "save25.tar", imaging.docker_save(layers, "r.test/made:1", oci=True))
    run("gzip", "-k", srv / "save.tar")
    imaging.write_files(srv / "unpacked", imaging.docker_save(layers, "r.test/made:1"))
    if shutil.which("skopeo"):
        for to in (f"docker-archive:{srv}/skopeo.tar:r.test/made:1", f"oci-archive:{srv}/skopeo-oci.tar:r.test/made:1",
                   f"dir:{srv}/skopeo-dir"):
            run("skopeo", "--insecure-policy", "copy", "-q", f"oci:{srv}/oci-gzip:r.test/made:1", to, env={"PATH": "/usr/bin:/bin",
                                                                                                           "HOME": str(srv), "TMPDIR": str(srv)})
    return srv


@pytest.fixture(scope="module")
def scanned(forms, session_debar):
    return session_debar.scan(forms)


@pytest.mark.parametrize("form", ["oci-gzip", "oci-zstd", "oci-plain", "oci.tar", "save.tar", "save.tar.gz", "save25.tar", "unpacked",
                                  "skopeo.tar", "skopeo-oci.tar", "skopeo-dir"])
def test_every_form_of_an_image_says_the_same(form, scanned, forms):
    if form.startswith("skopeo") and not shutil.which("skopeo"):
        pytest.skip("needs skopeo")
    findings = below(scanned, forms / form)

    # A folder of skopeo has no name, and its configuration is not told from other files.
    config = next(iter(findings))["layers"][0]["image"] if form == "skopeo-dir" else ""
    assert form != "skopeo-dir" or len(config) == 12, config
    check_image(findings, config or "r.test/made:1", steps=form != "skopeo-dir")
    assert not scanned.unexamined()


def test_it_is_told_in_words(scanned, session_debar):
    f = next(f for f in scanned.findings if f["product"] == "hexa-ui" and "/oci.tar!" in f["places"][0])

    text = session_debar("explain", f["id"]).out

    assert "layer 1 of 3 of r.test/made:1, deleted in layer 3: still in the image" in text, text
    assert "made by ADD base" in text, text


def test_without_the_sandbox_it_is_the_same(forms, scanned, debar):
    other = debar.scan(forms, "--sandbox", "off")

    assert other.findings == scanned.findings


def test_what_stands_is_not_said_to_be_hidden(tmp_path, debar):
    layers = [{NPM: PACKAGE}, {"srv/x": "x", "app/.wh.node_module": "", "app/node_modules/@kaspersky/hexa-ui/.wh.lib": ""}]
    imaging.write_files(tmp_path / "srv/oci", imaging.layout(layers, "made:1"))

    f = debar.scan(tmp_path / "srv").one("kaspersky", "hexa-ui")

    assert fate(f["layers"][0]) is None and "still in the image" not in f["reason"], f


def test_an_image_for_several_machines(tmp_path, debar):
    made = imaging.Layout()
    amd64 = made.manifest([{"etc/x": "x"}], architecture="amd64")
    arm64 = made.manifest([{"etc/x": "x"}, {NPM: PACKAGE}], architecture="arm64")
    both = [{**amd64, "platform": {"os": "linux", "architecture": "amd64"}}, {**arm64, "platform": {"os": "linux", "architecture": "arm64"}}]
    made.name(made.index(both), "r.test/multi:1")
    imaging.write_tar(tmp_path / "srv/multi.tar", made.written())

    f = debar.scan(tmp_path / "srv").one("kaspersky", "hexa-ui")

    assert [(la["image"], la["number"], la["of"]) for la in f["layers"]] == [("r.test/multi:1 for arm64", 2, 2)], f


def test_images_that_share_a_layer(tmp_path, debar):
    made = imaging.Layout()
    base = {NPM: PACKAGE}
    made.name(made.manifest([base, {"a": "1"}]), "r.test/a:1").name(made.manifest([base, {"app/.wh.node_modules": ""}]), "r.test/b:1")
    imaging.write_files(tmp_path / "srv/oci", made.written())

    f = debar.scan(tmp_path / "srv").one("kaspersky", "hexa-ui")

    assert [(la["image"], la["images"], fate(la)) for la in f["layers"]] == [("r.test/a:1", 2, None)], f


def test_the_name_and_the_maker_of_an_image_count(tmp_path, debar):
    """The image of a vendor, and the same name in a file that only asks for it."""
    plain = [{"etc/x": "x"}]
    imaging.write_tar(tmp_path / "srv/k.tar", imaging.docker_save(plain, "docker.io/kaspersky/kesl-server:1"))
    imaging.write_files(tmp_path / "srv/oci", imaging.layout(plain, "r.test/x:1", Labels={
        "org.opencontainers.image.vendor": "AO Kaspersky Lab"}))
    (tmp_path / "srv/compose.yml").write_text("services:\n  a:\n    image: docker.io/kaspersky/kesl-server:1\n")

    scan = debar.scan(tmp_path / "srv")

    states = {f["state"]: f for f in scan.find("kaspersky")}
    labelled = [f for f in scan.find("kaspersky") if any("/oci/" in p for p in f["places"])]
    assert len(labelled) == 1 and labelled[0]["state"] == "contained", scan
    named = [f for f in scan.find("kaspersky") if any("k.tar!" in p for p in f["places"])]
    assert all(f["state"] == "contained" for f in named) and "referenced" in states or not named, scan


# ---- the stores of container engines ----

@pytest.fixture(scope="module")
def stores(layers, tmp_path_factory):
    """A root with the stores of Docker and, for the system and for a user, Podman."""
    root = tmp_path_factory.mktemp("stores")
    imaging.docker_store(root / "var/lib/docker", layers, "r.test/made:1")
    imaging.podman_store(root / "var/lib/containers/storage", layers, "r.test/made:1")
    imaging.podman_store(root / "home/ann/.local/share/containers/storage", layers, "r.test/made:1")
    imaging.write_files(root, {"etc/hostname": "made\n"})
    return root


@needs_root
@pytest.mark.parametrize("store", ["var/lib/docker", "var/lib/containers/storage", "home/ann/.local/share/containers/storage"])
def test_a_store_says_the_same(store, stores, session_debar):
    scan = session_debar.scan("--root", stores, "--sandbox", "off")

    check_image(below(scan, stores / store), "r.test/made:1")
    assert not scan.unexamined()


@needs_root
def test_what_is_below_a_layer_is_not_installed_here(tmp_path, debar):
    """Users, services and paths of an image's layer are those of its containers."""
    layer = {"etc/passwd": "root:x:0:0::/:/bin/sh\nkesl:x:998:998::/:/bin/false\n", STATUS: dpkg("kesl"),
             "usr/lib/systemd/system/kesl.service": "[Unit]\nDescription=x\n[Service]\nExecStart=/opt/kaspersky/kesl/libexec/kesl\n"}
    imaging.docker_store(tmp_path / "var/lib/docker", [{"etc/os-release": "ID=debian\n"}, layer], "r.test/made:1")

    f = debar.scan("--root", tmp_path).one("kaspersky")

    assert f["state"] == "contained" and {la["number"] for la in f["layers"]} == {2}, f
    assert {p.split("/diff/")[1] for p in f["places"]} >= {STATUS, "usr/lib/systemd/system/kesl.service"}, f


@needs_root
@pytest.mark.skipif(not shutil.which("buildah"), reason="needs buildah")
@pytest.mark.parametrize("driver", ["overlay", "vfs"])
def test_the_store_of_buildah_itself(driver, layers, tmp_path, debar):
    """Podman and CRI-O have the same; and what a container has of its own is its own layer."""
    imaging.write_tar(tmp_path / "save.tar", imaging.docker_save(layers, "r.test/made:1"))
    # It takes no long paths.
    with tempfile.TemporaryDirectory(prefix="st") as short:
        storage, root = pathlib.Path(short) / "root/storage", pathlib.Path(short) / "root"
        options = ["buildah", "--root", storage, "--runroot", f"{short}/run", "--storage-driver", driver]
        pulled = subprocess.run([*options, "pull", "-q", f"docker-archive:{tmp_path}/save.tar"], capture_output=True, check=False)
        if pulled.returncode:
            pytest.skip(pulled.stderr.decode()[-200:])

        scan = debar.scan("--root", root, "--sandbox", "off")

    assert all(f["state"] == "contained" for f in scan.findings), scan
    if driver == "overlay":
        check_image(scan.findings, "r.test/made:1")
        return
    # Every folder of this driver has all that lies below it, too: what is deleted is in those of the layers before.
    assert {(f["product"], la["number"]) for f in scan.findings for la in f["layers"]} == {
        ("kesl", 1), ("kesl", 2), ("hexa-ui", 1), ("hexa-ui", 2)}, scan


@needs_root
@pytest.mark.skipif(not shutil.which("containerd"), reason="needs containerd")
def test_the_store_of_containerd_itself(layers, tmp_path, debar):
    """Its layers lie there as they came and unpacked; the last one is a container's own."""
    imaging.write_tar(tmp_path / "save.tar", imaging.docker_save(layers, "r.test/made:1"))
    root, top = tmp_path / "root/var/lib/containerd", imaging.chain_ids([imaging.layer_tar(one) for one in layers])[-1]
    with tempfile.TemporaryDirectory(prefix="cd") as short:
        daemon = subprocess.Popen(["containerd", "--root", root, "--state", f"{short}/state", "--address", f"{short}/s"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            ctr = ["ctr", "--connect-timeout", "20s", "-a", f"{short}/s"]
            for words in (["images", "import", tmp_path / "save.tar"], ["snapshots", "prepare", "web", top]):
                done = subprocess.run([*ctr, *words], capture_output=True, check=False, timeout=60)
                if done.returncode:
                    pytest.skip(done.stderr.decode()[-200:])
        finally:
            daemon.terminate()
            daemon.wait(20)
    own = sorted((root / "io.containerd.snapshotter.v1.overlayfs/snapshots").iterdir(), key=lambda p: int(p.name))[-1] / "fs"
    imaging.write_files(own, {"srv/node_modules/@kaspersky/hexa-ui/package.json": PACKAGE})

    scan = debar.scan("--root", tmp_path / "root", "--sandbox", "off")

    mine = [f for f in scan.findings if any(p.startswith(place_of(own)) for p in f["places"])]
    assert [[(la["image"], la["number"], la["of"]) for la in f["layers"]] for f in mine] == [[("container web", 4, 4)]], scan
    rest = [f for f in scan.findings if f not in mine]
    check_image(rest, "r.test/made:1")
    assert {len(f["places"]) for f in rest} == {2, 6}, scan  # each in the blob and in the folder


# ---- ostree ----

@pytest.mark.skipif(not shutil.which("ostree"), reason="needs ostree")
def test_repositories_of_ostree(layers, tmp_path, debar):
    """A repository knows no names, so what says itself what it is is found; what flatpak deployed has its names."""
    imaging.write_files(tmp_path / "tree", {"files/" + EXE: layers[0][EXE], "files/" + NPM: PACKAGE,
                                            "metadata": "[Application]\nname=test.made.App\nruntime=x/y/1\n"})
    for mode in ("archive", "bare-user"):
        repo = f"--repo={tmp_path}/srv/{mode}"
        (tmp_path / "srv").mkdir(exist_ok=True)
        run("ostree", repo, "init", f"--mode={mode}")
        run("ostree", repo, "commit", "-b", "app/x", f"--tree=dir={tmp_path}/tree", "--owner-uid=0", "--owner-gid=0")
    deployed = tmp_path / "srv/var/lib/flatpak/app/test.made.App/x86_64/stable/0a"
    deployed.parent.mkdir(parents=True)
    run("ostree", f"--repo={tmp_path}/srv/bare-user", "checkout", "-U", "-H", "app/x", deployed)

    scan = debar.scan(tmp_path / "srv")

    places = {p[len(place_of(tmp_path / "srv")) + 1:] for f in scan.findings for p in f["places"]}
    assert {p for p in places if p.startswith("var/")} == {f"var/lib/flatpak/app/test.made.App/x86_64/stable/0a/files/{n}"
                                                           for n in (EXE, NPM)}, scan
    objects = sorted(p for p in places if not p.startswith("var/"))
    assert len(objects) == 2 and objects[0].startswith("archive/objects/") and ".filez!/" in objects[0], objects
    assert objects[1].startswith("bare-user/objects/") and objects[1].endswith(".file"), objects
    assert not scan.unexamined()
    inventory = debar("inventory", "-o", "cyclonedx").json["components"]
    assert any(c["name"] == "test.made.App" for c in inventory), [c["name"] for c in inventory]
